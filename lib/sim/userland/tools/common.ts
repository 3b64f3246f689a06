import { type Channel, CHECKPOINT, readAll, readLine, type Task, writeTo } from "../channels.ts";
import { orRefused } from "../files.ts";
import type { ToolCall } from "../tool.ts";
import { openFile } from "../open.ts";

/** Whether the image's tools are GNU's. */
export function isGnu(call: ToolCall): boolean {
  return call.machine.image.flavor === "gnu";
}

/** The version of busybox, as a number: 1.28. */
export function busyboxVersion(call: ToolCall): number {
  const match = /^(\d+)\.(\d+)/.exec(call.machine.image.version);
  return match ? Number(match[1]) + Number(match[2]) / 100 : 1.37;
}

/** A complaint that begins with the tool's name; gives exit code 1. */
export function fail(call: ToolCall, text: string, code = 1): number {
  call.err(`${call.name}: ${text}\n`);
  return code;
}

/** What a tool prints for an option it does not have. */
export function badOption(call: ToolCall, option: string, usage = ""): number {
  const { name } = call;
  if (option === "") return showUsage(call, usage);
  const letter = option.replace(/^-(?!-)/, "");
  if (isGnu(call)) {
    call.err(
      option.startsWith("--")
        ? `${name}: unrecognized option '${option}'\nTry '${name} --help' for more information.\n`
        : `${name}: invalid option -- '${letter}'\nTry '${name} --help' for more information.\n`,
    );
    return name === "ls" || name === "grep" ? 2 : 1;
  }
  call.err(
    option.startsWith("--")
      ? `${name}: unrecognized option '${option}'\n`
      : `${name}: invalid option -- '${letter}'\n`,
  );
  return showUsage(call, usage);
}

/** What busybox prints for a tool that was called in a way it cannot be. */
export function showUsage(call: ToolCall, usage: string): number {
  call.err(`BusyBox v${busyboxRelease(call)} multi-call binary.\n\nUsage: ${call.name} ${usage}\n`);
  return 1;
}

function busyboxRelease(call: ToolCall): string {
  const { version } = call.machine.image;
  return `${/^\d+\.\d+\.\d+/.test(version) ? version : `${version}.0`} (2024-09-26 21:31:42 UTC)`;
}

/** A file opened for reading, `-` being standard input; undefined, and a complaint, when it cannot be. */
export function openInput(call: ToolCall, path: string): Channel | undefined {
  if (path === "-") return call.stdin;
  const channels = new Map([[0, call.stdin], [1, call.stdout], [2, call.stderr]]);
  return orRefused(
    () => openFile(call.machine, call.path(path), "read", channels),
    (why) => complain(call, path, why),
  );
}

export function complain(call: ToolCall, path: string, why: string): undefined {
  if (isGnu(call)) {
    const opens = ["head", "tail"].includes(call.name) ? `cannot open '${path}' for reading` : path;
    call.err(`${call.name}: ${opens}: ${why}\n`);
  } else if (why === "Is a directory") call.err(`${call.name}: read error: ${why}\n`);
  else if (call.name === "cat" || call.name === "tail") {
    call.err(`${call.name}: can't open '${path}': ${why}\n`);
  } else call.err(`${call.name}: ${path}: ${why}\n`);
}

/** Each of the files named, or standard input; `status` becomes 1 when one is missing. */
export function* inputs(
  call: ToolCall,
  paths: readonly string[],
  use: (input: Channel, path: string) => Task<void>,
): Task<number> {
  let status = 0;
  for (const path of paths.length > 0 ? paths : ["-"]) {
    const input = openInput(call, path);
    if (input) yield* use(input, path);
    else status = 1;
  }
  return status;
}

/** All the text of files, or of standard input; and the exit code so far. */
export function* textOf(
  call: ToolCall,
  paths: readonly string[],
): Task<{ text: string; status: number }> {
  let text = "";
  const status = yield* inputs(call, paths, function* (input) {
    text += yield* readAll(input, call.held);
  });
  return { text, status };
}

/** What a line takes in a list of lines, beside its text. */
const LINE_BYTES = 32;

/** Lines without their newline, all at once. */
export function linesOf(call: ToolCall, text: string): string[] {
  if (text === "") return [];
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  call.held.grow(count * LINE_BYTES);
  call.machine.work.spend(0, count / 4);
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** Prints lines that are there all at once, a block at a time. */
export function* printLines(call: ToolCall, lines: readonly string[]): Task<void> {
  let block = "";
  for (const line of lines) {
    block += `${line}\n`;
    if (block.length < BLOCK_BYTES) continue;
    yield* writeTo(call.stdout, block);
    block = "";
  }
  if (block !== "") yield* writeTo(call.stdout, block);
}

/** What a tool prints together where it has much to print. */
export const BLOCK_BYTES = 4_096;

/** Characters that a tool looks at for each step it is charged. */
const CHARS_PER_STEP = 512;

/** Calls `each` with every line of a channel, until it says false. */
export function* eachLine(
  call: ToolCall,
  input: Channel,
  each: (line: string, whole: boolean) => boolean | void,
): Task<void> {
  for (;;) {
    const line = yield* readLine(input, call.held);
    if (line === undefined) return;
    call.machine.work.spend(0, 1 + line.length / CHARS_PER_STEP);
    const whole = line.endsWith("\n");
    if (each(whole ? line.slice(0, -1) : line, whole) === false) return;
    yield CHECKPOINT;
  }
}

/** Notes that a tool looked at so many characters one by one. */
export function looked(call: ToolCall, chars: number): void {
  call.machine.work.spend(0, chars / CHARS_PER_STEP);
}
