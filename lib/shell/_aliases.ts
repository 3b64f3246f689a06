import type { ScriptNode, TransformPlugin } from "just-bash";
import { parse } from "./_mended_engine.ts";
import { ALIAS, literalOf } from "./syntax.ts";

type Pipeline = ScriptNode["statements"][number]["pipelines"][number];
type Command = Pipeline["commands"][number];
type SimpleCommand = Extract<Command, { type: "SimpleCommand" }>;

/** How many aliases one line may come to; each may name two others. */
const MAX_EXPANSIONS = 1_000;

/**
 * Expands the aliases of a line before it runs. just-bash would evaluate the text of one that is more than a simple
 * command anew, where the alias's own name means itself again, without end.
 * Source: bash alias.c, parse.y (an alias is not expanded within itself).
 */
export function expandAliases(env: Readonly<Record<string, string>>): TransformPlugin {
  return {
    name: "aliases",
    transform: ({ ast }) => ({ ast: new Expansion(env).rewrite(ast, []) }),
  };
}

class Expansion {
  #left = MAX_EXPANSIONS;

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  /** A copy of a part of a script; nothing is changed in place, for the parser may keep what it read. */
  rewrite<Node>(node: Node, within: readonly string[]): Node {
    return this.#rewritten(node, within) as Node;
  }

  #rewritten(node: unknown, within: readonly string[]): unknown {
    if (Array.isArray(node)) return node.map((part) => this.#rewritten(part, within));
    if (typeof node !== "object" || node === null) return node;
    const expanded = isSimple(node) ? this.#expanded(node, within) : undefined;
    if (expanded) return expanded;
    return Object.fromEntries(
      Object.entries(node).map(([key, part]) => [key, this.#rewritten(part, within)]),
    );
  }

  /** What stands in the place of a command; undefined when it is no alias's. */
  #expanded(command: SimpleCommand, within: readonly string[]): Command | undefined {
    const word = command.name;
    const isPlain = word?.parts.length === 1 && word.parts[0].type === "Literal";
    const name = isPlain ? literalOf(word) ?? "" : "";
    const key = ALIAS + name;
    if (name === "" || !Object.hasOwn(this.env, key)) return undefined;
    if (within.includes(name)) return this.#final(command, name, within);
    const text = this.env[key];
    // What follows such a one may be an alias too, which just-bash sees to.
    if (/\s$/.test(text) || --this.#left < 0) return undefined;
    const script = parsed(text);
    if (!script) return undefined;
    const inside = [...within, name];
    const last = script.statements.at(-1)?.pipelines.at(-1)?.commands.at(-1);
    if (!last || !isSimple(last)) return undefined;
    // Arguments come after the last word of the text.
    last.args.push(...command.args);
    last.redirections.push(...command.redirections);
    const only = single(script);
    if (only) only.assignments.unshift(...command.assignments);
    if (only) return this.rewrite<Command>(only, inside);
    return { type: "Group", body: this.rewrite(script.statements, inside), redirections: [] };
  }

  /** A command whose name is no alias any more. */
  #final(command: SimpleCommand, name: string, within: readonly string[]): SimpleCommand {
    const rest = this.rewrite({ ...command, name: null }, within);
    return { ...rest, name: { type: "Word", parts: [{ type: "SingleQuoted", value: name }] } };
  }
}

/** A copy of what a text reads as; undefined for one that does not read well. */
function parsed(text: string): ScriptNode | undefined {
  try {
    return structuredClone(parse(text));
  } catch {
    return undefined;
  }
}

function isSimple(node: object): node is SimpleCommand {
  return "type" in node && node.type === "SimpleCommand";
}

/** The one simple command that a script is; undefined when it is more. */
function single({ statements }: ScriptNode): SimpleCommand | undefined {
  const [pipeline, ...more] = statements.flatMap(({ pipelines }) => pipelines);
  const isOne = more.length === 0 && pipeline.commands.length === 1 && !pipeline.negated &&
    !pipeline.timed && !statements[0].background;
  const [only] = pipeline.commands;
  return isOne && isSimple(only) ? only : undefined;
}
