import { fnv32a, messageOf } from "../../base/mod.ts";
import { goLogTime } from "../../go/mod.ts";
import type { Crash } from "../seams.ts";

/**
 * A program in Go that panics: on its own the process ends, while serving a request that connection.
 * Source: golang/go src/runtime/panic.go (printpanics, exit code 2), src/net/http/server.go ((*conn).serve).
 * Differs: the trace ends with its first line.
 */
export const GO_CRASH: Crash = {
  exitCode: 2,
  lines: (why) => [`panic: ${why}`, "", "goroutine 1 [running]:"],
  requestLines: (why, { nowMs, client }) => [
    `${goLogTime(nowMs)} http: panic serving ${client}: ${why}`,
    "goroutine 1 [running]:",
  ],
};

/** What was thrown, in one line. */
export function whyOf(error: unknown): string {
  const text = messageOf(error);
  return text.split("\n", 1)[0] || "unknown error";
}

/** A client's address with the port that it came from. */
export function clientOf(ip: string, nowMs: number): string {
  return `${ip}:${32_768 + fnv32a(`${ip} ${nowMs}`) % 28_232}`;
}
