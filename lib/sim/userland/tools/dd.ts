import { readSome, writeTo } from "../channels.ts";
import { FileFault, orRefused } from "../files.ts";
import { openFile } from "../open.ts";
import type { Tool } from "../tool.ts";
import { fail, openInput } from "./common.ts";

const SIZES: Record<string, number> = {
  "": 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  M: 1 << 20,
  G: 1 << 30,
};

/** `dd` with if, of, bs, count and skip. Source: busybox coreutils/dd.c. */
export const dd: Tool = function* (call) {
  const given = Object.fromEntries(call.args.map((arg) => {
    const equals = arg.indexOf("=");
    return [arg.slice(0, equals), arg.slice(equals + 1)];
  }));
  const size = (text: string | undefined, otherwise: number) => {
    const match = /^(\d+)([cwbkKMG]?)B?$/.exec(text ?? "");
    return match ? Number(match[1]) * SIZES[match[2]] : otherwise;
  };
  const block = Math.max(1, size(given.bs, 512));
  const count = given.count === undefined ? Infinity : size(given.count, 0);
  const input = given.if === undefined ? call.stdin : openInput(call, given.if);
  if (!input) return 1;
  const output = given.of === undefined ? call.stdout : orRefused(
    () => openFile(call.machine, call.path(given.of), "write", new Map()),
    (why) => fail(call, `can't open '${given.of}': ${why}`),
  );
  if (typeof output === "number") return output;
  call.machine.memory.touch(block);
  const startMs = call.machine.now();
  let skip = size(given.skip, 0) * block;
  let left = count * block;
  let total = 0;
  let status = 0;
  while (left > 0) {
    const text = yield* readSome(input);
    if (text === undefined) break;
    const part = text.slice(skip).slice(0, left);
    skip = Math.max(0, skip - text.length);
    left -= part.length;
    total += part.length;
    try {
      yield* writeTo(output, part);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      total -= part.length;
      status = fail(call, `error writing '${given.of}': ${error.message}`);
      break;
    }
  }
  const whole = Math.floor(total / block);
  const records = `${whole}+${total % block === 0 ? 0 : 1}`;
  const seconds = Math.max(0.000001, (call.machine.now() - startMs) / 1000);
  call.err(
    `${records} records in\n${records} records out\n` +
      `${total} bytes (${humanBytes(total)}) copied, ${seconds.toFixed(6)} seconds, ${
        humanBytes(total / seconds)
      }/s\n`,
  );
  return status;
};

function humanBytes(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const next of ["KB", "MB", "GB", "TB"]) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value.toFixed(1)}${unit}`;
}
