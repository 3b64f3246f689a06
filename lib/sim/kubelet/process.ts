import type { Cancel, Clock, ClockScope, SeededRandom } from "../../base/mod.ts";
import {
  commandNotFound,
  type ContainerContext,
  ExecError,
  type Execution,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type MemoryRoom,
  type Network,
  NetworkError,
  type Peer,
  type Program,
  type RunningProgram,
  type SimApi,
  type StateFile,
  type Stdio,
} from "../seams.ts";
import { ApiError } from "../../kube/mod.ts";
import { clientOf, GO_CRASH, whyOf } from "./crash.ts";
import type { ContainerFiles } from "./filesystem.ts";
import type { ContainerInput } from "./output.ts";

/** What a process is started with, and whom it tells. */
export interface ProcessOptions {
  clock: Clock;
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

/**
 * A program running in a container; everything it holds goes with it.
 *
 * What it throws ends it, as the real one would end: after a word in the log. Only a request that it
 * serves fails alone. See {@linkcode Program.crash}.
 */
export class Process {
  readonly #held = new Set<Cancel>();
  readonly #scope: ClockScope;
  #program: RunningProgram | undefined;
  #alive = true;

  constructor(private readonly program: Program, private readonly options: ProcessOptions) {
    const { pod, containerName } = options.view;
    this.#scope = options.clock.scope(
      `container ${pod.namespace}/${pod.name}/${containerName}`,
      (error) => this.#crash(error),
    );
    const running = this.#fenced(
      () =>
        this.#unlessForbidden(() => program.start(this.#context()), () => {
          this.#exit(1);
          return {};
        }),
      {},
    );
    // A program may exit while it starts.
    if (this.#alive) this.#program = running;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What the program wants to keep over a restart, as JSON; "" for nothing. */
  snapshot(): string {
    return this.#fenced(() => {
      const snapshot = this.#program?.snapshot?.();
      return snapshot === undefined ? "" : JSON.stringify(snapshot);
    }, "");
  }

  save(): void {
    this.#fenced(() => this.#program?.save?.(), undefined);
  }

  /**
   * SIGTERM: the program lets go; the process still runs until {@linkcode Process.kill}. Gives "running"
   * when it means to go on.
   */
  terminate(): void | "running" {
    if (this.#alive) return this.#fenced(() => this.#program?.stop?.(), undefined);
  }

  /** Errors: ExecError. */
  exec(argv: readonly string[], stdio: Stdio): Execution {
    const program = this.#program;
    if (!program?.exec) throw new ExecError(commandNotFound(argv[0]));
    const execution = this.#scope.run<Execution | ExecError>(
      () => orError(ExecError, () => program.exec!(argv, stdio)),
      (error) => {
        this.#crash(error);
        return new ExecError("container not running");
      },
    );
    if (execution instanceof ExecError) throw execution;
    return {
      write: (bytes) => this.#fenced(() => execution.write(bytes), undefined),
      closeStdin: () => this.#fenced(() => execution.closeStdin(), undefined),
      kill: () => this.#fenced(() => execution.kill(), undefined),
    };
  }

  /** Ends the process and all it holds, without a word to anyone. */
  kill(): void {
    const { alive } = this;
    this.#alive = false;
    if (alive) this.#scope.run(() => this.#program?.killed?.(), () => {});
    this.#held.forEach((cancel) => cancel());
    this.#held.clear();
    this.#scope.close();
  }

  /** Runs a call into the program, which ends when it throws. */
  #fenced<T>(run: () => T, otherwise: T): T {
    return this.#scope.run(run, (error) => {
      this.#crash(error);
      return otherwise;
    });
  }

  /** The end of a program that broke. */
  #crash(error: unknown): void {
    if (!this.#alive) return;
    const { exitCode, lines } = this.program.crash ?? GO_CRASH;
    for (const line of lines(whyOf(error), this.options.clock.now())) this.options.onLog(line);
    this.#exit(exitCode);
  }

  /** Serves a request; one that breaks the program never gets its answer. Errors: NetworkError. */
  #serve(handler: HttpHandler, request: Parameters<HttpHandler>[0]): HttpResponse {
    const answer = this.#scope.run<HttpResponse | NetworkError>(
      () =>
        orError(
          NetworkError,
          () => this.#unlessForbidden(() => handler(request), internalError),
        ),
      (error) => {
        this.#requestCrashed(error, request.remoteAddress ?? "127.0.0.1");
        return new NetworkError("EOF");
      },
    );
    if (answer instanceof NetworkError) throw answer;
    return answer;
  }

  #requestCrashed(error: unknown, ip: string): void {
    const { requestLines } = this.program.crash ?? GO_CRASH;
    if (!requestLines) return this.#scope.post(() => this.#crash(error));
    const nowMs = this.options.clock.now();
    const lines = requestLines(whyOf(error), { nowMs, client: clientOf(ip, nowMs) });
    if (this.#alive) lines.forEach((line) => this.options.onLog(line));
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
    const scope = this.#scope;
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
            (request) => this.#serve(handler, request),
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
        const release = this.#hold(scope.after(delayMs, () => {
          release();
          this.#unlessForbidden(fn, () => {});
        }));
        return release;
      },
      every: (intervalMs, fn, every) =>
        this.#hold(
          scope.every(intervalMs, () => this.#unlessForbidden(fn, () => {}), {
            originMs: every?.originMs ?? view.startedAtMs,
          }),
        ),
      log: (line) => {
        if (this.#alive) line.split("\n").forEach((one) => this.options.onLog(one));
      },
      write: (bytes) => {
        if (this.#alive) this.options.onWrite(bytes);
      },
      ...(input
        ? {
          stdin: (onBytes, onEnd) =>
            this.#hold(input.read(
              (bytes) => this.#fenced(() => onBytes(bytes), undefined),
              () => this.#fenced(onEnd, undefined),
            )),
        }
        : {}),
      use: (usage) => {
        if (this.#alive) this.options.onUse(usage);
      },
      burn: (cpuMs) => this.#alive ? this.options.onBurn(cpuMs) : 0,
      note: (what) => scope.note(what),
      exit: (code, how) => this.#exit(code, how),
      room,
    };
  }

  /** The API whose watches and leases end with the process. */
  #guarded(kube: SimApi): SimApi {
    return new Proxy(kube, {
      get: (target, property) => {
        const value = Reflect.get(target, property, target);
        if (property === "watch") {
          return (...[resource, handler, options]: Parameters<SimApi["watch"]>) =>
            this.#hold(target.watch(resource, (event) =>
              this.#scope.run(
                () => handler(event),
                // Not inside somebody's write.
                (error) => this.#scope.post(() => this.#crash(error)),
              ), options));
        }
        if (property === "holdLease") {
          return (...lease: Parameters<SimApi["holdLease"]>) =>
            this.#hold(target.holdLease(...lease));
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

/** What `run` gives, or the error that it is known to throw. */
function orError<T, E extends Error>(known: new (message: string) => E, run: () => T): T | E {
  try {
    return run();
  } catch (error) {
    if (error instanceof known) return error;
    throw error;
  }
}
