import type { CustomCommand, ScriptNode, TransformPlugin, WordNode } from "just-bash";
import { defineCommand, serialize } from "./_mended_engine.ts";
import type { Tree } from "./_tree.ts";
import { fileMessage } from "./workspace.ts";

/*
 * `> file` where the file cannot be opened: Bash says why and goes on with the next command, just-bash lets the
 * file system's error end everything. So each target is asked about before: `> "$W"` becomes
 * `> "$(__target '"$W"' "$W")"`, whose command gives the name back and tells the tree what to refuse.
 * Source: bash redir.c (redirection_error).
 * Differs: where the message goes through a pipe or into a file, it does not say why.
 */

const TARGET = "__target";
const WRITING = [">", ">>", ">|", "&>", "&>>"];
/** How a command of just-bash passes on an error that it does not know. */
const SYSTEM_ERROR = /: (E[A-Z]{3,}: .*)$/gm;
const UNOPENED = /^bash: (.*): cannot open redirect target$/gm;

/** Puts the question in front of each redirection that opens a file for writing. */
export const guardRedirections: TransformPlugin = {
  name: "guard-redirections",
  transform: ({ ast }) => ({ ast: rewrite(ast) as ScriptNode }),
};

/** The command that is asked; its arguments are the target as typed, and what became of it. */
export function openTarget(tree: Tree): CustomCommand {
  return defineCommand(TARGET, async ([typed, ...words], { cwd }) => {
    const [word] = words;
    const name = words.length === 1 ? word : typed;
    const path = tree.resolvePath(cwd, name);
    const why = words.length === 1 ? await tree.refusal(path) : "ambiguous redirect";
    if (why !== undefined) tree.refuse(path, name, why);
    return { stdout: name, stderr: "", exitCode: 0 };
  });
}

/** Tells why files could not be opened, as Bash and its commands do. */
export function tellRefusals(stderr: string, tree: Tree): string {
  return stderr
    .replace(UNOPENED, (_, name) => {
      return `bash: ${name}: ${tree.refusals.get(name) ?? "Permission denied"}`;
    })
    .replace(SYSTEM_ERROR, (whole, error) => {
      const told = fileMessage(new Error(error));
      return told === undefined ? whole : `: ${capitalized(told)}`;
    });
}

export function capitalized(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

/** A copy of a part of a script; nothing is changed in place, for the parser may keep what it read. */
function rewrite(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rewrite);
  if (typeof node !== "object" || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, part]) => [key, rewrite(part)]));
  if (copy.type !== "Redirection" || !WRITING.includes(copy.operator as string)) return copy;
  return { ...copy, target: asked(copy.target as WordNode) };
}

function asked(target: WordNode): WordNode {
  const [first] = target.parts;
  const device = first?.type === "Literal" && first.value.startsWith("/dev/");
  if (device || target.parts.some(({ type }) => type === "ProcessSubstitution")) return target;
  const name: WordNode = { type: "Word", parts: [{ type: "Literal", value: TARGET }] };
  const typed = serialize(scriptOf({ type: "Word", parts: target.parts }, [])).trim();
  const body = scriptOf(name, [
    { type: "Word", parts: [{ type: "SingleQuoted", value: typed }] },
    target,
  ]);
  const substitution = { type: "CommandSubstitution" as const, body, legacy: false };
  return { type: "Word", parts: [{ type: "DoubleQuoted", parts: [substitution] }] };
}

function scriptOf(name: WordNode, args: WordNode[]): ScriptNode {
  const command = { type: "SimpleCommand" as const, assignments: [], name, args, redirections: [] };
  const pipeline = { type: "Pipeline" as const, commands: [command], negated: false };
  return {
    type: "Script",
    statements: [{ type: "Statement", pipelines: [pipeline], operators: [], background: false }],
  };
}
