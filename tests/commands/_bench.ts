import { type Command, type CommandIo, FileError } from "../../lib/commands/command.ts";
import type { Lab, Transport } from "../../lib/labs/lab.ts";
import { MemoryState } from "../labs/fake_lab.ts";

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface BenchOptions {
  api?: Transport;
  charts?: Lab["charts"];
  files?: Record<string, string>;
  clusters?: string[];
  run?: (line: string) => number;
}

/** Commands on a lab that has no more than it is given; lab time moves a second with every look at it. */
export class Bench {
  readonly files: Map<string, string>;
  readonly lines: string[] = [];
  readonly clusters: string[];
  nowMs = Date.UTC(2026, 10, 24, 4, 5, 6);
  readonly lab: Lab;

  constructor(readonly options: BenchOptions = {}) {
    this.files = new Map(Object.entries(options.files ?? {}));
    this.clusters = options.clusters ?? ["hpa-practice"];
    this.lab = {
      kind: "sandbox",
      hostPorts: [],
      ready: () => Promise.resolve(),
      stream: () => Promise.reject(new TypeError("no cluster")),
      api: options.api ?? (() => Promise.reject(new TypeError("no server"))),
      http: () => Promise.reject(new TypeError("nothing listens")),
      clock: {
        now: () => (this.nowMs += 1000),
        speed: 1,
        movable: true,
        setSpeed() {},
        advance: () => Promise.resolve(),
        hurry: (promise) => promise,
      },
      clusters: () => Promise.resolve([...this.clusters]),
      createCluster: (name) => {
        this.clusters.push(name);
        return Promise.resolve();
      },
      deleteCluster: (name) => {
        this.clusters.splice(this.clusters.indexOf(name), 1);
        return Promise.resolve();
      },
      charts: options.charts ?? [],
      state: new MemoryState(),
      namespace: "default",
      setNamespace() {},
      save: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }

  /** Runs a line whose words no space is in; `ctrlC` aborts the run. */
  run(command: Command, line: string, stdin = "", ctrlC?: AbortSignal): Promise<Ran> {
    return this.execute(command, line.split(" ").filter((word) => word !== ""), stdin, ctrlC);
  }

  async execute(
    command: Command,
    args: readonly string[],
    stdin = "",
    ctrlC: AbortSignal = new AbortController().signal,
  ): Promise<Ran> {
    let out = "";
    let err = "";
    const io: CommandIo = {
      lab: this.lab,
      files: {
        read: (path) => {
          const text = this.files.get(path.replace(/^\.\//, ""));
          if (text === undefined) return Promise.reject(new FileError("no such file or directory"));
          return Promise.resolve(text);
        },
        write: () => Promise.resolve(),
        list: () => Promise.resolve([...this.files.keys()]),
        stat: (path) => {
          const name = path.replace(/^\.\//, "").replace(/\/$/, "");
          if (this.files.has(name)) return Promise.resolve({ isDirectory: false });
          const isDirectory = [...this.files.keys()].some((file) => file.startsWith(`${name}/`));
          return Promise.resolve(isDirectory ? { isDirectory } : undefined);
        },
      },
      env: {},
      stdin,
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      signal: ctrlC,
      run: (typed) => {
        this.lines.push(typed);
        return Promise.resolve(this.options.run?.(typed) ?? 0);
      },
    };
    const code = await command.execute(args, io);
    return { code, out, err };
  }
}
