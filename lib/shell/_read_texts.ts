import {
  type CustomCommand,
  defineCommand,
  type ScriptNode,
  type TransformPlugin,
} from "just-bash";
import { parse } from "./_parse.ts";
import type { Tree } from "./_tree.ts";
import { literalOf, neverEnds, TEXT } from "./syntax.ts";

/*
 * Texts that a line runs as commands. just-bash reads them with its own parser, which nobody can give up; so it is found
 * out before whether that comes to an end. `bash` and `sh` are asked about as they are called; `eval W…` becomes
 * `{ __text=(W…); __readable eval "${__text[@]}" && eval "${__text[@]}"; }`, and so does `source`.
 * A text for another `eval` within theirs is read unasked.
 */

const READABLE = "__readable";
const READERS = /^(eval|source|\.)$/;

type Json = any;

/** Asks about what `eval` and `source` are to read. */
export const guardTexts: TransformPlugin = {
  name: "guard-texts",
  transform: ({ ast }) => ({ ast: rewrite(ast) as ScriptNode }),
};

/** The command that is asked. */
export function readable(tree: Tree): CustomCommand {
  return defineCommand(READABLE, async ([name, ...words], { cwd }) => {
    const isEval = name === "eval";
    const text = isEval ? words.join(" ") : await textOf(tree, cwd, words[0]);
    const why = neverEnds(text, parse);
    if (why === undefined) return { stdout: "", stderr: "", exitCode: 0 };
    return { stdout: "", stderr: `bash: ${isEval ? name : words[0]}: ${why}\n`, exitCode: 2 };
  });
}

/** Why `bash` or `sh`, called with these arguments, would not come to the end of what it reads. */
export async function whyUnread(
  [first, text]: readonly string[],
  { cwd, stdin, fs }: { cwd: string; stdin: () => string; fs: Tree },
): Promise<string | undefined> {
  if (first === undefined) return neverEnds(stdin(), parse);
  const why = neverEnds(first === "-c" ? text ?? "" : await textOf(fs, cwd, first), parse);
  return why && `${first}: ${why}`;
}

/** A file's text; nothing where `source` itself will tell why it cannot be read. */
async function textOf(tree: Tree, cwd: string, path: string): Promise<string> {
  return await tree.readFile(tree.resolvePath(cwd, path)).catch(() => "");
}

/** A copy of a part of a script; nothing is changed in place, for the parser may keep what it read. */
function rewrite(node: Json): Json {
  if (Array.isArray(node)) return node.map(rewrite);
  if (typeof node !== "object" || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, part]) => [key, rewrite(part)]));
  const name = copy.type === "SimpleCommand" && copy.name ? literalOf(copy.name) : undefined;
  return name !== undefined && READERS.test(name) && copy.args.length > 0
    ? asked(copy, name)
    : copy;
}

function asked(command: Json, name: string): Json {
  const { args } = command;
  // What such a word stands for can be read once.
  if (
    args.some(({ parts }: Json) => parts.some(({ type }: Json) => type === "ProcessSubstitution"))
  ) {
    return command;
  }
  const text = `{ ${TEXT}=(); ${READABLE} ${name} "\${${TEXT}[@]}" && ${name} "\${${TEXT}[@]}"; }`;
  const group = structuredClone(parse(text)).statements[0].pipelines[0].commands[0] as Json;
  group.body[0].pipelines[0].commands[0].assignments[0].array = args;
  const run = group.body[1].pipelines[1].commands[0];
  run.assignments = command.assignments;
  run.redirections = command.redirections;
  return group;
}
