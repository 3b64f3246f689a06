import type { Transport } from "../../../lib/labs/lab.ts";

/** One request of a run and the answer it got; bodies lie in the recording's pool. */
export interface Exchange {
  request: string;
  status: number;
  body: number;
  warning?: string;
}

/** A line as stock kubectl ran it, and what the API answered the same line in process. */
export interface RecordedLine {
  line: string;
  stdin?: string;
  /** The time ages were counted from. */
  nowMs: number;
  stdout: string;
  stderr: string;
  exitCode: number;
  exchanges: Exchange[];
}

export interface Recording {
  tool: string;
  date: string;
  pool: string[];
  lines: RecordedLine[];
}

/** What tells requests apart: method, path, query, the form of the answer, and the body. */
export async function keyOf(request: Request): Promise<string> {
  const { pathname, search } = new URL(request.url);
  const accept = request.headers.get("accept") ?? "";
  const form = accept.includes("as=Table") ? " table" : "";
  const body = request.body ? ` ${await request.clone().text()}` : "";
  return `${request.method} ${pathname}${search}${form}${body}`;
}

/** An API that answers a recorded line's requests, each once and in order; others fail the test. */
export function replay(line: RecordedLine, pool: readonly string[]): Transport {
  const left = [...line.exchanges];
  return async (request) => {
    const key = await keyOf(request);
    const at = left.findIndex((each) => each.request === key);
    if (at < 0) throw new Error(`unexpected request: ${key}`);
    const [{ status, body, warning }] = left.splice(at, 1);
    const headers = new Headers({ "content-type": "application/json" });
    if (warning) headers.set("warning", warning);
    return new Response(pool[body], { status, headers });
  };
}
