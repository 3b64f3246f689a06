import type {
  CommandNode,
  PipelineNode,
  ScriptNode,
  SimpleCommandNode,
  StatementNode,
  WordNode,
} from "just-bash";
import { literalOf } from "./syntax.ts";

/*
 * just-bash hands over what a script printed when it has ended. What nothing else reads may go to the terminal
 * at once: each such command of a script gets a mark among its arguments before it runs, and takes it out again.
 */

/** Among the arguments of a command whose output goes to the shell's own. */
const TO_TERMINAL = "\u0001to-terminal";
/** Among the arguments of a command of which only the errors do. */
const ERRORS_TO_TERMINAL = "\u0001errors-to-terminal";

/** Builtins that print nothing, beside which other commands may stream. */
const SILENT =
  /^(cd|export|alias|unalias|unset|set|shopt|true|false|:|local|readonly|break|continue|exit|return|read|shift|let|wait|sleep|test|\[)$/;

/**
 * Marks the commands of a script that write to the terminal, and gives whether there is nothing else that
 * prints: only then do all parts come in their order. `isKnown` tells which commands take marks.
 */
export function markStreams(script: ScriptNode, isKnown: (name: string) => boolean): boolean {
  const marks: [words: WordNode[], mark: string][] = [];
  const isPlain = script.statements.every((statement) => visitStatement(statement));
  if (isPlain) { for (const [words, mark] of marks) words.push(markWord(mark)); }
  return isPlain;

  function visitStatement({ background, pipelines, deferredError }: StatementNode): boolean {
    return !background && !deferredError && pipelines.every(visitPipeline);
  }

  function visitPipeline({ commands, pipeStderr }: PipelineNode): boolean {
    commands.slice(0, -1).forEach((command, i) => {
      if (!pipeStderr?.[i]) markErrors(command);
    });
    return visit(commands.at(-1)!);
  }

  /** Whatever else stands in front of a pipe is collected whole. */
  function markErrors(command: CommandNode): void {
    if (command.type !== "SimpleCommand" || !command.name || !isToFile(command)) return;
    const name = literalOf(command.name);
    if (name !== undefined && isKnown(name)) marks.push([command.args, ERRORS_TO_TERMINAL]);
  }

  function visit(command: CommandNode): boolean {
    if (command.type === "SimpleCommand") {
      if (!command.name) return true;
      const name = literalOf(command.name);
      if (name === undefined) return false;
      if (SILENT.test(name)) return true;
      if (!isKnown(name)) return false;
      if (command.redirections.every(({ operator }) => operator.startsWith("<"))) {
        marks.push([command.args, TO_TERMINAL]);
        return true;
      }
      markErrors(command);
      return isToFile(command);
    }
    // What a function prints depends on where it is called.
    if (command.type === "FunctionDef") return false;
    if (command.redirections.length > 0) return false;
    switch (command.type) {
      case "If":
        return command.clauses.every(({ condition, body }) => all(condition) && all(body)) &&
          all(command.elseBody ?? []);
      case "While":
      case "Until":
        return all(command.condition) && all(command.body);
      case "For":
      case "CStyleFor":
      case "Group":
      case "Subshell":
        return all(command.body);
      case "Case":
        return command.items.every(({ body }) => all(body));
      default:
        return true; // (( … )) and [[ … ]] print nothing.
    }
  }

  function all(statements: readonly StatementNode[]): boolean {
    return statements.every((statement) => visitStatement(statement));
  }
}

/** Whether all that is redirected is standard output, to files, and input. */
function isToFile({ redirections }: SimpleCommandNode): boolean {
  return redirections.every(({ fd, operator }) =>
    operator.startsWith("<") || ((fd ?? 1) === 1 && /^>{1,2}$/.test(operator))
  );
}

function markWord(value: string): WordNode {
  return { type: "Word", parts: [{ type: "SingleQuoted", value }] };
}

/** Takes the marks out of the arguments of a command, and tells what they were. */
export function readMarks(args: readonly string[]): {
  args: string[];
  out: boolean;
  err: boolean;
} {
  const out = args.includes(TO_TERMINAL);
  return {
    args: args.filter((arg) => arg !== TO_TERMINAL && arg !== ERRORS_TO_TERMINAL),
    out,
    err: out || args.includes(ERRORS_TO_TERMINAL),
  };
}
