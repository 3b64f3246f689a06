import { type CallOptions, type Peer, PeerGoneError, type Revive } from "../base/mod.ts";
import { ApiError, ConnectionError } from "../kube/mod.ts";
import type { Chart, StateFile } from "../sim/seams.ts";
import type { Board } from "./board.ts";
import { hurry, type SteppedClock } from "./hurry.ts";
import type { HostPort, Lab, LabClock, LabStream, LabStreamOptions } from "./lab.ts";
import type { ProgramIo, ProgramRun } from "./programs.ts";
import type { SentRequest, SentResponse } from "./serve_lab.ts";
import type { Tally, VisitOptions, VisitPlan } from "./visits.ts";

/** Errors that keep their class when they come over the wall. */
export const LAB_ERRORS: Record<string, Revive> = {
  ApiError: (message, { code, reason, details }) => new ApiError(code, reason, message, details),
  ConnectionError: (message, { ko }) => new ConnectionError(message, ko),
};

/** What is told of an answer besides what `fetch` tells. */
export interface Delivery {
  /** Holds back what a client may not see before this revision is durable. */
  settled?(revision: number): Promise<void>;
}

export interface RemoteLabOptions {
  /** The side that has the lab; another one after it was brought back. */
  peer(): Promise<Peer>;
  board: Board;
  state: StateFile;
  charts?: readonly Chart[];
  /** What is on the other side; only a sandbox has a time that can be moved. */
  kind?: Lab["kind"];
  /** As those of {@linkcode Lab}. */
  context?: string;
  server?: string;
  programs?: readonly string[];
  /** Told when somebody moves the clock, or changes its pace. */
  onMove?(): void;
}

/** A lab on the other side of a wall, called by messages; see {@linkcode serveLab}. */
export class RemoteLab implements Lab {
  readonly kind: Lab["kind"];
  readonly context: string | undefined;
  readonly server: string | undefined;
  readonly programs: readonly string[];
  readonly clock: LabClock & SteppedClock;
  readonly state: StateFile;
  readonly #options: RemoteLabOptions;

  constructor(options: RemoteLabOptions) {
    this.#options = options;
    this.kind = options.kind ?? "sandbox";
    this.context = options.context;
    this.server = options.server;
    this.programs = options.programs ?? [];
    this.state = options.state;
    this.clock = new RemoteClock(options);
  }

  get charts(): readonly Chart[] {
    return this.#options.charts ?? [];
  }

  get namespace(): string {
    return this.state.get(NAMESPACE) ?? "default";
  }

  setNamespace(namespace: string): void {
    this.state.put(NAMESPACE, namespace);
  }

  readonly api = (request: Request, delivery?: Delivery): Promise<Response> =>
    this.#send("api", request, delivery);

  readonly http = (request: Request, delivery?: Delivery): Promise<Response> =>
    this.#send("http", request, delivery);

  async #send(name: string, request: Request, delivery: Delivery = {}): Promise<Response> {
    const sent: SentRequest = {
      method: request.method,
      url: request.url,
      headers: [...request.headers],
      ...(request.body ? { body: new Uint8Array(await request.arrayBuffer()) } : {}),
    };
    const peer = await this.#options.peer();
    return await new Promise((resolve, reject) => {
      const chunks = new Chunks({
        cancel: () => call.abort(),
        taken: (bytes) => call.tell(bytes),
      }, delivery);
      const call = peer.open(name, [sent], {
        signal: request.signal,
        on: {
          head: ({ status, headers, revision }: SentResponse) =>
            void chunks.after(
              revision,
              () => resolve(new Response(chunks.stream, { status, headers })),
            ).catch(reject),
          chunk: (bytes: Uint8Array, revision: number) => chunks.add(bytes, revision),
        },
      });
      call.result.then((value) => {
        const { status, headers, body, revision } = value as SentResponse;
        if (!body) return chunks.close();
        const isEmpty = body.length === 0 || [204, 205, 304].includes(status);
        const response = new Response(isEmpty ? null : body, { status, headers });
        return chunks.after(revision, () => resolve(response));
      }).catch((error) => {
        const told = lost(error);
        chunks.fail(told);
        reject(request.signal.aborted ? request.signal.reason : told);
      });
    });
  }

  async stream(path: string, options: LabStreamOptions): Promise<LabStream> {
    const peer = await this.#options.peer();
    return await new Promise((resolve, reject) => {
      let open = true;
      const close = (code?: number, reason?: string) => {
        if (open) options.onClose(code, reason);
        open = false;
      };
      const call = peer.open("stream", [path, [...options.protocols], options.authorization], {
        on: {
          open: (protocol: string) =>
            resolve({
              protocol,
              // A copy: its bytes go over later.
              send: (bytes) => void (open && call.tell(new Uint8Array(bytes))),
              close: () => {
                open = false;
                call.abort();
              },
            }),
          message: (bytes: Uint8Array) => void (open && options.onMessage(bytes)),
          close,
        },
      });
      call.result.then(() => close(), (error) => {
        reject(lost(error));
        close();
      });
    });
  }

  async visit(plan: VisitPlan, { signal, onProgress }: VisitOptions): Promise<Tally> {
    return await this.#call("visit", [plan], { signal, on: { progress: onProgress } });
  }

  async runProgram(run: ProgramRun, { signal, out, err, asked }: ProgramIo): Promise<number> {
    return await this.#call("program", [run], {
      signal,
      on: { out, err, asked: asked ?? (() => {}) },
    });
  }

  async clusters(): Promise<string[]> {
    return await this.#call("clusters");
  }

  async createCluster(
    name: string,
    options: { config?: unknown; onProgress?: (line: string) => void },
  ): Promise<void> {
    await this.#call("createCluster", [name, options.config], {
      on: { progress: (line: string) => options.onProgress?.(line) },
    });
  }

  async deleteCluster(name: string): Promise<void> {
    await this.#call("deleteCluster", [name]);
    this.state.delete(NAMESPACE);
  }

  /** Of the side that opens them. */
  readonly hostPorts: readonly HostPort[] = [];

  async ready(): Promise<void> {
    await this.#options.peer();
  }

  /** Who reads lines saves, on the other side. */
  save(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #call<T>(name: string, args: unknown[] = [], options: CallOptions = {}): Promise<T> {
    const peer = await this.#options.peer();
    return await peer.call<T>(name, args, options).catch((error) => {
      throw lost(error);
    });
  }
}

const LOST = "The connection to the lab was lost";

/** As `fetch` tells of a connection that broke. */
function lost(error: unknown): unknown {
  if (!(error instanceof PeerGoneError)) return error;
  return new TypeError(`${LOST}: ${error.message}`, { cause: error });
}

/** What an error, of whichever side, says of a lab that ended before it answered; undefined for any other. */
export function lossOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message.startsWith(LOST)) return error.message;
  return error.name === "PeerGoneError" ? `${LOST}: ${error.message}` : undefined;
}

/** The namespace in use. */
export const NAMESPACE = "lab/namespace";
/** Lab time, in milliseconds since the Unix epoch. */
export const TIME = "lab/now";
/** How many clusters the lab has made: each has its own chance. */
export const MADE = "lab/made";
/** How fast lab time was told to pass. */
export const SPEED = "lab/speed";
/** Lab seconds per wall second while a learner works. */
export const USUAL_SPEED = 10;

/** The chunks of a response as its body; each waits for its revision, in order. */
class Chunks {
  readonly stream: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #delivery: Delivery;
  #tail: Promise<void> = Promise.resolve();
  #open = true;
  /** Those that were not read yet, by their sizes. */
  readonly #sizes: number[] = [];

  /** `taken` is told how many bytes were read, that the other side may send more. */
  constructor(call: { cancel(): void; taken(bytes: number): void }, delivery: Delivery) {
    this.#delivery = delivery;
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      // Called whenever all that came was read.
      pull: () => {
        const bytes = this.#sizes.splice(0).reduce((sum, size) => sum + size, 0);
        if (bytes > 0) call.taken(bytes);
      },
      cancel: () => {
        this.#open = false;
        call.cancel();
      },
    });
  }

  /** Does `work` once what is told of `revision` may be seen, and after all that came before. */
  after(revision: number, work: () => void): Promise<void> {
    const { settled } = this.#delivery;
    if (!settled) return Promise.resolve(work());
    this.#tail = this.#tail.then(() => settled(revision)).then(work);
    return this.#tail;
  }

  add(bytes: Uint8Array, revision: number): void {
    this.after(revision, () => {
      if (!this.#open) return;
      this.#sizes.push(bytes.length);
      this.#controller.enqueue(bytes);
    }).catch((error) => this.fail(error));
  }

  close(): void {
    this.after(0, () => this.#end((controller) => controller.close())).catch(() => {});
  }

  fail(error: unknown): void {
    this.#end((controller) => controller.error(error));
  }

  #end(how: (controller: ReadableStreamDefaultController<Uint8Array>) => void): void {
    if (!this.#open) return;
    this.#open = false;
    how(this.#controller);
  }
}

class RemoteClock implements LabClock, SteppedClock {
  readonly movable: boolean;
  readonly #options: RemoteLabOptions;

  constructor(options: RemoteLabOptions) {
    this.#options = options;
    this.movable = (options.kind ?? "sandbox") === "sandbox";
  }

  now(): number {
    return this.#options.board.nowMs;
  }

  get speed(): number {
    return this.#options.board.speed;
  }

  setSpeed(speed: number): void {
    this.#options.onMove?.();
    // Seen at once by the prompt; obeyed when the message is there.
    this.#options.board.speed = speed;
    this.#options.state.put(SPEED, String(speed));
    void this.#options.peer().then((peer) => peer.call("setSpeed", [speed])).catch(() => {});
  }

  async advance(
    durationMs: number,
    options: { signal?: AbortSignal; onProgress?: (doneMs: number) => void } = {},
  ): Promise<void> {
    this.#options.onMove?.();
    const peer = await this.#options.peer();
    await peer.call("advance", [durationMs], {
      signal: options.signal,
      on: { progress: (doneMs: number) => options.onProgress?.(doneMs) },
    });
  }

  async hold<T>(work: () => Promise<T>): Promise<T> {
    const held = (await this.#options.peer()).open("hold");
    held.result.catch(() => {}); // Its end is the other side's, which `work` hears of itself.
    try {
      return await work();
    } finally {
      held.abort();
    }
  }

  async hurry<T>(
    promise: Promise<T>,
    options?: { limitMs?: number; signal?: AbortSignal },
  ): Promise<T> {
    return this.movable ? await hurry(this, promise, options) : await promise;
  }
}

/** The charts that in-process helm installs on a lab; they are large, and loaded when asked for. */
export async function loadCharts(kind: Lab["kind"]): Promise<readonly Chart[]> {
  const { charts } = await import("../sim/charts/mod.ts");
  if (kind === "sandbox") return charts;
  return charts.map((chart) => ({
    ...chart,
    render: (values, release) => chart.render(values, { ...release, certifiedAtMs: Date.now() }),
  }));
}

/** Labs on real clusters; what they need is loaded when one is asked for. */
export async function loadContextLabs(): Promise<typeof import("./context/mod.ts")> {
  return await import("./context/mod.ts");
}

/** Labs on kind clusters of one's own, and what a machine needs for them, likewise. */
export async function loadKindLabs() {
  const kind = await import("./kind/mod.ts");
  const { findKindCluster, KIND_CONTEXT, openKindLab, lookAtPrograms } = kind;
  const { findings, lookAtMachine, standsInTheWay } = kind;
  return {
    ...{ findKindCluster, KIND_CONTEXT, openKindLab, lookAtPrograms },
    ...{ findings, lookAtMachine, standsInTheWay },
  };
}
