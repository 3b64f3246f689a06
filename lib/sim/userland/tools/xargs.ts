import { readAll } from "../channels.ts";
import { findTool, type Tool, type ToolCall } from "../tool.ts";
import { badOption, fail, linesOf, looked } from "./common.ts";
import { readOptions } from "./options.ts";

export const xargs: Tool = function* (call) {
  const options = readOptions(call.args, "n:I:rt0P:", { stopAtFirst: true, long: { null: "0" } });
  if (options.unknown) return badOption(call, options.unknown, "[OPTIONS] [PROG ARGS]");
  const text = yield* readAll(call.stdin, call.held);
  call.held.grow(text.length * 8);
  looked(call, text.length * 4);
  const replace = options.value("I");
  const items = replace !== undefined
    ? linesOf(call, text).map((line) => line.trim()).filter((line) => line !== "")
    : options.has("0")
    ? text.split("\0").filter((word) => word !== "")
    : words(text);
  const command = options.rest.length > 0 ? options.rest : ["echo"];
  const size = replace !== undefined ? 1 : Math.max(1, Number(options.value("n") ?? Infinity) || 1);
  if (items.length === 0 && (options.has("r") || replace !== undefined)) return 0;
  const batches = batchesOf(items, size);
  let status = 0;
  for (const batch of batches.length > 0 ? batches : [[]]) {
    const argv = replace !== undefined
      ? command.map((word) => inserted(call, word, { replace, by: batch[0] }))
      : [...command, ...batch];
    if (options.has("t")) call.err(`${argv.join(" ")}\n`);
    if (!findTool(call.machine, argv[0], { path: call.env.PATH ?? "", cwd: call.cwd })) {
      return fail(call, `${argv[0]}: No such file or directory`, 127);
    }
    const code = yield* call.run(argv);
    if (code !== 0) status = code === 126 || code === 127 ? code : 123;
  }
  return status;
};

function inserted(
  call: ToolCall,
  word: string,
  { replace, by }: { replace: string; by: string },
): string {
  if (replace === "") return word;
  const parts = word.split(replace);
  call.held.grow(word.length + (parts.length - 1) * by.length);
  return parts.join(by);
}

/** Source: busybox findutils/xargs.c (what a command line of its own may hold). */
const MAX_LINE_BYTES = 131_072 - 2_048;

/** Words in lists of at most `size` of them, and of what a command line holds. */
function batchesOf(items: readonly string[], size: number): string[][] {
  const out: string[][] = [];
  let bytes = Infinity;
  for (const item of items) {
    bytes += item.length + 1;
    if (bytes > MAX_LINE_BYTES || out.at(-1)!.length >= size) {
      out.push([]);
      bytes = item.length + 1;
    }
    out.at(-1)!.push(item);
  }
  return out;
}

function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|((?:\\.|[^\s"'\\])+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain.replace(/\\(.)/g, "$1"));
}
