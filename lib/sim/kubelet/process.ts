import type { Cancel, SeededRandom, VirtualClock } from "../../base/mod.ts";
import type {
  ContainerContext,
  HttpRequest,
  HttpResponse,
  Network,
  Peer,
  Program,
  RunningProgram,
  SimApi,
  StateFile,
} from "../seams.ts";
import { ApiError } from "../../kube/mod.ts";
import type { ContainerFiles } from "./filesystem.ts";

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
    "command" | "args" | "env" | "pod" | "containerName" | "image" | "startedAtMs"
  >;
  resumed: unknown;
  onLog(line: string): void;
  onUse(usage: { cpuMillicores: number; memoryBytes: number }): void;
  /** Gives how long the work takes. */
  onBurn(cpuMs: number): number;
  /** The process ended by itself. */
  onExit(code: number): void;
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

  /** SIGTERM: the program lets go; the process still runs until {@linkcode Process.kill}. */
  terminate(): void {
    if (this.#alive) this.#program?.stop?.();
  }

  /** Ends the process and all it holds, without a word to anyone. */
  kill(): void {
    this.#alive = false;
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

  #exit(code: number): void {
    if (!this.#alive) return;
    this.kill();
    this.options.onExit(code);
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
    const { clock, network, peer, view, files, kube, random, storage, resumed } = this.options;
    return {
      ...view,
      files: {
        read: (path) => files.read(path),
        list: (directory) => files.list(directory),
        write: (path, text) => files.write(path, text),
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
      use: (usage) => {
        if (this.#alive) this.options.onUse(usage);
      },
      burn: (cpuMs) => this.#alive ? this.options.onBurn(cpuMs) : 0,
      exit: (code) => this.#exit(code),
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
