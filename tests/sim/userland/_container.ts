import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { ContainerFiles } from "../../../lib/sim/kubelet/filesystem.ts";
import {
  type ContainerContext,
  type HttpRequest,
  type HttpResponse,
  NetworkError,
  type RunningProgram,
  type ShellImage,
} from "../../../lib/sim/seams.ts";
import { shells } from "../../../lib/sim/programs/shells/mod.ts";
import { withUserland } from "../../../lib/sim/userland/mod.ts";

export const BUSYBOX = shells.find(({ name }) => name === "busybox")!;
export const CURL = shells.find(({ name }) => name === "curl")!;

export const START_MS = Date.UTC(2026, 10, 24);

/** A container with a shell and a network of one's own making. */
export class ShellContainer {
  readonly clock = new VirtualClock(START_MS);
  readonly files = new ContainerFiles([], {});
  readonly requests: HttpRequest[] = [];
  output = "";
  exitCode: number | undefined;
  how: { reason: string; message?: string } | undefined;
  running: RunningProgram | undefined;
  /** When its one core works. */
  readonly #busy: { fromMs: number; toMs: number }[] = [];
  memoryBytes = 0;
  /** Types into the terminal of the main process. */
  type = (_keys: string): void => {};

  constructor(
    readonly image: Pick<ShellImage, "userland">,
    readonly options: {
      reference?: string;
      answer?: (request: HttpRequest) => HttpResponse;
      memoryBytes?: number;
      /** Its main process has a terminal, whose keys come from `type`. */
      tty?: boolean;
      /** How much longer CPU work takes than on a core of its own. */
      slowness?: number;
    } = {},
  ) {
    this.files.mkdir("/work");
  }

  start(argv: readonly string[]): this {
    this.running = withUserland({ name: "test", images: ["test"], ...this.image })
      .start(this.#context(argv));
    this.clock.drain();
    return this;
  }

  /** Runs a script to its end, in /work. */
  run(script: string): string {
    this.start(["sh", "-c", `cd /work\n${script}`]);
    this.wait(3600);
    return this.output;
  }

  /** Millicores used over the last five seconds, as a list of one. */
  get usage(): number[] {
    const sinceMs = this.clock.now() - 5_000;
    const busyMs = this.#busy.reduce(
      (sum, { fromMs, toMs }) =>
        sum + Math.max(0, Math.min(toMs, this.clock.now()) - Math.max(fromMs, sinceMs)),
      0,
    );
    return [busyMs / 5];
  }

  wait(seconds: number): this {
    this.clock.advance(seconds * 1000);
    return this;
  }

  #context(argv: readonly string[]): ContainerContext {
    const { clock, files } = this;
    const refused = (host: string, port: string) =>
      host === "127.0.0.1"
        ? new NetworkError(`dial tcp 127.0.0.1:${port}: connect: connection refused`)
        : new NetworkError(`dial tcp: lookup ${host} on 10.96.0.10:53: no such host`);
    const context: Partial<ContainerContext> = {
      command: argv,
      args: [],
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOSTNAME: "web",
      },
      pod: {
        name: "web",
        namespace: "default",
        uid: "uid",
        ip: "10.244.1.5",
        nodeName: "node",
        nodeIp: "172.18.0.3",
        serviceAccountName: "default",
        labels: {},
      },
      containerName: "main",
      image: this.options.reference ?? "busybox",
      startedAtMs: clock.now(),
      tty: this.options.tty === true,
      ...(this.options.tty
        ? {
          stdin: (onData: (bytes: string) => void) => {
            this.type = onData;
            return () => {};
          },
        }
        : {}),
      files: {
        read: (path) => files.read(path),
        list: (folder) => files.list(folder),
        write: (path, text) => files.write(path, text),
        kind: (path) => files.kind(path),
        entries: (folder) => files.entries(folder),
        mkdir: (path) => files.mkdir(path),
        remove: (path) => files.remove(path),
        isMounted: (path) => files.isMounted(path),
      },
      net: {
        listen: () => () => {},
        request: (request) => {
          this.requests.push(request);
          if (this.options.answer) return this.options.answer(request);
          const { hostname, port } = new URL(request.url);
          throw refused(hostname, port || "80");
        },
        dial: (host, port) => {
          throw refused(host, String(port));
        },
        lookup: (host) => {
          if (/^[\d.]+$/.test(host)) return { name: host, addresses: [host] };
          if (this.options.answer) return { name: host, addresses: ["10.96.0.7"] };
          throw refused(host, "80");
        },
      },
      random: new SeededRandom(1),
      now: () => clock.now(),
      after: (delayMs, fn) => clock.after(delayMs, fn),
      use: ({ memoryBytes }) => void (this.memoryBytes = memoryBytes),
      // One core of its own.
      note() {},
      burn: (cpuMs) => {
        const fromMs = Math.max(this.#busy.at(-1)?.toMs ?? 0, clock.now());
        const toMs = fromMs + cpuMs * (this.options.slowness ?? 1);
        this.#busy.push({ fromMs, toMs });
        return toMs - clock.now();
      },
      room: { memoryBytes: this.options.memoryBytes ?? 8 * 2 ** 30, reserve: () => true },
      log: (line) => void (this.output += `${line}\n`),
      write: (bytes) => void (this.output += bytes),
      exit: (code, how) => {
        if (this.exitCode !== undefined) return;
        this.exitCode = code;
        this.how = how;
      },
    };
    return context as ContainerContext;
  }
}
