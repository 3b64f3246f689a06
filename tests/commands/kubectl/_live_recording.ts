import type { Files } from "../../../lib/commands/command.ts";
import { FileError } from "../../../lib/commands/command.ts";
import type { Transport } from "../../../lib/labs/lab.ts";
import { folder } from "./_lab.ts";

/**
 * How a line is run: `~` lets time pass while it waits, `!` prepares what follows and is not compared,
 * `?` prints something else on purpose.
 */
export type Mark = "waits" | "setup" | "differs";

/** The longest stdout that is kept with its line, readable; longer ones go to the packed pool. */
export const LONG_OUTPUT = 1000;

/** One request of a run and the answer it got; bodies lie in the pool. */
export interface RecordedAnswer {
  request: string;
  status: number;
  body: number;
  warning?: string;
}

export interface LineText {
  line: string;
  stdin?: string;
  /** The command KUBE_EDITOR is set to. */
  editor?: string;
  mark?: Mark;
  /** Lab time after which a following line is interrupted. */
  followMs?: number;
}

/** A line as stock kubectl ran it, and what the API answered the same line in process. */
export interface LiveLine extends LineText {
  /** The lab's time. */
  nowMs?: number;
  /** The context's namespace, where it is not `default`. */
  namespace?: string;
  /** Of a long one, where it lies in the pool. */
  stdout?: string | number;
  stderr?: string;
  exitCode?: number;
  answers?: RecordedAnswer[];
}

export interface LiveRecording {
  tool: string;
  date: string;
  lines: LiveLine[];
}

const MARKS: Readonly<Record<string, Mark>> = { "~": "waits", "!": "setup", "?": "differs" };

/**
 * Reads a line of the list: marks, the line, and after `<<<` its standard input as a JSON string.
 * `w20 ` interrupts after 20 s of lab time; `EDITOR='…' ` names the editor. Undefined for comments.
 */
export function parseLine(text: string): LineText | undefined {
  if (text.trim() === "" || text.startsWith("#")) return undefined;
  const parts = /^([~!?])?(?:w(\d+) )?(?:EDITOR='([^']*)' )?(.*?)(?: <<< (".*"))?$/.exec(text)!;
  const [, mark, seconds, editor, line, stdin] = parts;
  return {
    line,
    ...(stdin ? { stdin: JSON.parse(stdin) } : {}),
    ...(editor ? { editor } : {}),
    ...(mark ? { mark: MARKS[mark] } : {}),
    ...(seconds ? { followMs: Number(seconds) * 1000 } : {}),
  };
}

/** What tells requests apart: method, path, query, the form of the answer, and the body. */
export async function keyOf(request: Request): Promise<string> {
  const { pathname, search } = new URL(request.url);
  const accept = request.headers.get("accept") ?? "";
  const form = accept.includes("as=Table") ? " table" : "";
  const type = request.method === "PATCH" ? ` ${request.headers.get("content-type")}` : "";
  const body = request.body ? ` ${await request.clone().text()}` : "";
  return `${request.method} ${pathname}${search}${form}${type}${body}`;
}

/**
 * An API that gives a recorded line its answers, each once and in order; other requests fail the test.
 * `onStreamEnd` is called where a watch or a followed log was read as far as it was recorded.
 */
export function replay(
  answers: readonly RecordedAnswer[],
  pool: readonly string[],
  onStreamEnd: () => void = () => {},
): Transport {
  const left = [...answers];
  return async (request) => {
    const key = await keyOf(request);
    const at = left.findIndex((each) => each.request === key);
    if (at < 0) throw new Error(`unexpected request: ${key}`);
    const [{ status, body, warning }] = left.splice(at, 1);
    const headers = new Headers({ "content-type": "application/json" });
    if (warning) headers.set("warning", warning);
    const follows = /[?&](watch=true|follow=true)/.test(key);
    return new Response(follows ? streamOf(pool[body], onStreamEnd) : pool[body], {
      status,
      headers,
    });
  };
}

/** How long what was sent last may take to be read, in wall milliseconds. */
const READ_MS = 5;
/** How long a client may take to see that its time is up. */
const TIME_UP_MS = 60;

/** A stream that sends a text, tells that it has, and ends a little later. */
function streamOf(text: string, onEnd: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      if (text !== "") controller.enqueue(new TextEncoder().encode(text));
    },
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, READ_MS));
      onEnd();
      await new Promise((resolve) => setTimeout(resolve, TIME_UP_MS));
      controller.close();
    },
    cancel() {},
  }, { highWaterMark: 0 });
}

/** A text without what no two runs have in common: the names and times of diff's temporary files. */
export function withHoles(text: string): string {
  return text.replace(/\/tmp\/(LIVE|MERGED)-\d+/g, "/tmp/$1-<number>")
    .replace(/^((?:---|\+\+\+) \S+)\t\d{4}-.*$/gm, "$1\t<time>")
    .replace(/(stored to ")[^"]*(")/g, "$1<path>$2");
}

/** Runs a command of the system's shell, as an editor is. */
export async function runInFolder(command: string, cwd: string): Promise<number> {
  const { code } = await new Deno.Command("sh", { args: ["-c", command], cwd }).output();
  return code;
}

/** A folder of the disk, for reading and writing. */
export function scratchFiles(root: string): Files {
  return {
    ...folder(root),
    write: (path, text) =>
      Deno.writeTextFile(`${root}/${path}`, text).catch(() => {
        throw new FileError("no such file or directory");
      }),
  };
}
