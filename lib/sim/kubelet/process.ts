import type { Cancel, SeededRandom, VirtualClock } from "../../base/mod.ts";
import {
  type ContainerContext,
  ExecError,
  type Execution,
  type HttpRequest,
  type HttpResponse,
  type MemoryRoom,
  type Network,
  type Peer,
  type Program,
  type RunningProgram,
  type SimApi,
  type StateFile,
  type Stdio,
} from "../seams.ts";
import { ApiError } from "../../kube/mod.ts";
import { notFound } from "../userland/mod.ts";
import type { ContainerFiles } from "./filesystem.ts";
import type { ContainerInput } from "./output.ts";

/** What a process is started with, and whom it tells. */
export interface ProcessOptions {
  clock: VirtualClock;
  network: Network;
  random: SeededRandom;
  /** The API as the pod's service account. */
  kube: SimApi;
  storage: StateFile;
  files: ContainerFiles;
  peer: Peer;
  view: Pick<
    ContainerContext,
    "command" | "args" | "env" | "pod" | "containerName" | "image" | "startedAtMs" | "tty"
  >;
  /** Standard input, where it is open. */
  input: ContainerInput | undefined;
  resumed: unknown;
  onLog(line: string): void;
  onWrite(bytes: string): void;
  onUse(usage: { cpuMillicores: number; memoryBytes: number }): void;
  /** Gives how long the work takes. */
  onBurn(cpuMs: number): number;
  room: MemoryRoom;
  /** The process ended by itself. */
  onExit(code: number, how?: { reason: string; message?: string }): void;
}

function internalError(why: string): HttpResponse {
  return { status: 500, headers: { "content-type": "text/plain" }, body: `${why}\n` };
}

/** A program running in a container; everything it holds goes with it. */
export class Process {
  readonly #held = new Set<Cancel>();
  #program: RunningProgram | undefined;
  #alive = true;

  constructor(program: Program, private readonly options: ProcessOptions) {
    const running = this.#unlessForbidden(() => program.start(this.#context()), () => {
      this.#exit(1);
      return {};
    });
    // A program may exit while it starts.
    if (this.#alive) this.#program = running;
  }

  get alive(): boolean {
    return this.#alive;
  }

  snapshot(): unknown {
    return this.#program?.snapshot?.();
  }

  save(): void {
    this.#program?.save?.();
  }

  /**
   * SIGTERM: the program lets go; the process still runs until {@linkcode Process.kill}. Gives "running"
   * when it means to go on.
   */
  terminate(): void | "running" {
    if (this.#alive) return this.#program?.stop?.();
  }

  /** Errors: ExecError. */
  exec(argv: readonly string[], stdio: Stdio): Execution {
    if (!this.#program?.exec) throw new ExecError(notFound(argv[0]));
    return this.#program.exec(argv, stdio);
  }

  /** Ends the process and all it holds, without a word to anyone. */
  kill(): void {
    const { alive } = this;
    this.#alive = false;
    if (alive) this.#program?.killed?.();
    this.#held.forEach((cancel) => cancel());
    this.#held.clear();
  }

  /**
   * Runs what a program does. What its service account may not do it logs, and it goes on: few real
   * programs end for want of a permission.
   */
  #unlessForbidden<T>(run: () => T, otherwise: (why: string) => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 403)) throw error;
      if (this.#alive) this.options.onLog(error.message);
      return otherwise(error.message);
    }
  }

  #exit(code: number, how?: { reason: string; message?: string }): void {
    if (!this.#alive) return;
    this.kill();
    this.options.onExit(code, how);
  }

  #hold(cancel: Cancel): Cancel {
    if (!this.#alive) {
      cancel();
      return () => {};
    }
    const release = () => {
      this.#held.delete(release);
      cancel();
    };
    this.#held.add(release);
    return release;
  }

  #context(): ContainerContext {
    const { clock, network, peer, view, files, kube, random, storage, resumed, input, room } =
      this.options;
    return {
      ...view,
      files: {
        read: (path) => files.read(path),
        list: (directory) => files.list(directory),
        write: (path, text) => files.write(path, text),
        kind: (path) => files.kind(path),
        entries: (directory) => files.entries(directory),
        mkdir: (path) => files.mkdir(path),
        remove: (path) => files.remove(path),
        isMounted: (path) => files.isMounted(path),
      },
      net: {
        listen: (port, handler, listen) =>
          this.#hold(network.listen(
            peer.ip,
            port,
            (request) => this.#unlessForbidden(() => handler(request), internalError),
            listen,
          )),
        request: (request: HttpRequest) => network.request(peer, request),
        dial: (host, port) => network.dial(peer, host, port),
        lookup: (host) => network.lookup(peer, host),
      },
      kube: this.#guarded(kube),
      random,
      storage,
      resumed,
      now: () => clock.now(),
      after: (delayMs, fn) => {
        const release = this.#hold(clock.after(delayMs, () => {
          release();
          this.#unlessForbidden(fn, () => {});
        }));
        return release;
      },
      every: (intervalMs, fn, every) =>
        this.#hold(
          clock.every(intervalMs, () => this.#unlessForbidden(fn, () => {}), {
            originMs: every?.originMs ?? view.startedAtMs,
          }),
        ),
      log: (line) => {
        if (this.#alive) line.split("\n").forEach((one) => this.options.onLog(one));
      },
      write: (bytes) => {
        if (this.#alive) this.options.onWrite(bytes);
      },
      ...(input ? { stdin: (onBytes, onEnd) => this.#hold(input.read(onBytes, onEnd)) } : {}),
      use: (usage) => {
        if (this.#alive) this.options.onUse(usage);
      },
      burn: (cpuMs) => this.#alive ? this.options.onBurn(cpuMs) : 0,
      exit: (code, how) => this.#exit(code, how),
      room,
    };
  }

  /** The API whose watches end with the process. */
  #guarded(kube: SimApi): SimApi {
    return new Proxy(kube, {
      get: (target, property) => {
        const value = Reflect.get(target, property, target);
        if (property === "watch") {
          return (...args: Parameters<SimApi["watch"]>) => this.#hold(target.watch(...args));
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}
