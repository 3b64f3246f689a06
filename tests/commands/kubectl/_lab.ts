import { type CommandIo, FileError, type Files } from "../../../lib/commands/command.ts";
import type { Lab, Transport } from "../../../lib/labs/lab.ts";

/** Splits a line as a shell does: words, quotes, backslashes in double quotes. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  const word = /\s*((?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+)/gy;
  for (let match = word.exec(line); match; match = word.exec(line)) {
    words.push(
      match[1].replace(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"/g,
        (_, single, double) => single ?? double.replace(/\\(["\\$`])/g, "$1"),
      ),
    );
  }
  return words;
}

/** A folder of the disk, for reading. */
export function folder(root: string): Files {
  const resolve = (path: string) => `${root}/${path}`;
  return {
    read: (path) =>
      Deno.readTextFile(resolve(path)).catch(() => {
        throw new FileError("no such file or directory");
      }),
    write: () => Promise.reject(new FileError("read-only file system")),
    list: (path) => {
      const entries = [...Deno.readDirSync(resolve(path))];
      return Promise.resolve(
        entries.map((each) => each.name + (each.isDirectory ? "/" : "")).sort(),
      );
    },
    stat: async (path) => {
      try {
        return { isDirectory: (await Deno.stat(resolve(path))).isDirectory };
      } catch {
        return undefined;
      }
    },
  };
}

export interface FakeOptions {
  api?: Transport;
  http?: Transport;
  files?: Files;
  stdin?: string;
  nowMs?: number;
  namespace?: string;
  signal?: AbortSignal;
  movable?: boolean;
  env?: Record<string, string>;
  run?: (line: string) => Promise<number>;
}

/** What a command is given in tests, and what it wrote. */
export function fakeIo(options: FakeOptions = {}): CommandIo & { stdout: string; stderr: string } {
  let nowMs = options.nowMs ?? 0;
  const refuse: Transport = () => Promise.reject(new TypeError("connection refused"));
  const lab = {
    kind: "context",
    api: options.api ?? refuse,
    http: options.http ?? refuse,
    namespace: options.namespace ?? "default",
    setNamespace() {},
    clusters: () => Promise.resolve(["hpa-practice"]),
    clock: {
      now: () => nowMs,
      speed: 1,
      movable: options.movable ?? false,
      advance: (durationMs: number) => {
        nowMs += durationMs;
        return Promise.resolve();
      },
      hurry: <T>(promise: Promise<T>) => promise,
    },
  } as unknown as Lab;
  const io = {
    lab,
    files: options.files ?? folder("/nonexistent"),
    env: options.env ?? {},
    stdin: options.stdin ?? "",
    stdout: "",
    stderr: "",
    out(text: string) {
      io.stdout += text;
    },
    err(text: string) {
      io.stderr += text;
    },
    signal: options.signal ?? new AbortController().signal,
    run: options.run ?? (() => Promise.resolve(0)),
  };
  return io;
}
