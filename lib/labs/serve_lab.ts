import type { Handlers, IncomingCall } from "../base/mod.ts";
import type { Lab } from "./lab.ts";
import type { SteppedClock } from "./hurry.ts";
import { type VisitOptions, visitPage, type VisitPlan } from "./visits.ts";

/** A request as data. */
export interface SentRequest {
  method: string;
  url: string;
  headers: [string, string][];
  body?: Uint8Array<ArrayBuffer>;
}

/** A response as data; `body` is absent where it comes in chunks. */
export interface SentResponse {
  status: number;
  headers: [string, string][];
  body?: Uint8Array<ArrayBuffer>;
  /** The revision of the last write when it was made; what it tells may not be durable before that is. */
  revision: number;
}

/** A lab whose time can be kept for oneself. */
export interface ServedLab extends Lab {
  readonly clock: Lab["clock"] & SteppedClock;
}

/**
 * What one side of the wall answers for its lab: requests, streams, time and clusters. The other side
 * calls it as a {@linkcode RemoteLab}.
 */
export function serveLab(lab: ServedLab, revision: () => number = () => 0): Handlers {
  return {
    api: (call, request: SentRequest) => answer(call, lab.api, request, revision),
    http: (call, request: SentRequest) => answer(call, lab.http, request, revision),
    stream: (call, path: string, protocols: string[], authorization?: string) =>
      stream(call, lab, { path, protocols, authorization }),
    visit: (call, plan: VisitPlan) => {
      const options: VisitOptions = {
        signal: call.signal,
        onProgress: (doneMs, tally) => call.emit("progress", doneMs, tally),
      };
      return lab.visit?.(plan, options) ?? visitPage(lab, plan, options);
    },
    advance: (call, durationMs: number) =>
      lab.clock.advance(durationMs, {
        signal: call.signal,
        onProgress: (doneMs) => call.emit("progress", doneMs),
      }),
    hold: (call) => lab.clock.hold(() => aborted(call.signal)),
    setSpeed: (_call, speed: number) => lab.clock.setSpeed(speed),
    clusters: () => lab.clusters(),
    createCluster: (call, name: string, config: unknown) =>
      lab.createCluster(name, { config, onProgress: (line) => call.emit("progress", line) }),
    deleteCluster: (_call, name: string) => lab.deleteCluster(name),
  };
}

async function answer(
  call: IncomingCall,
  transport: Lab["api"],
  { method, url, headers, body }: SentRequest,
  revision: () => number,
): Promise<SentResponse> {
  const request = new Request(url, { method, headers, body, signal: call.signal });
  const response = await transport(request);
  const head = {
    status: response.status,
    headers: [...response.headers] as [string, string][],
    revision: revision(),
  };
  if (!response.body || response.headers.has("content-length")) {
    return { ...head, body: new Uint8Array(await response.arrayBuffer()) };
  }
  call.emit("head", head);
  const reader = response.body.getReader();
  const way = new Way(call);
  call.signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    call.emit("chunk", value, revision());
    await way.room(value.length);
  }
  return head;
}

/** How much of an answer may be on its way to a reader who takes his time, in bytes. */
const WAY_BYTES = 256 * 1024;

/** What is on its way to the other side, which tells how much it has taken. */
class Way {
  #bytes = 0;
  #wake = () => {};
  #closed = false;

  constructor(call: IncomingCall) {
    call.onTell((taken: number) => {
      this.#bytes -= taken;
      this.#wake();
    });
    call.signal.addEventListener("abort", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Notes what was sent, and resolves when more may follow. */
  async room(sent: number): Promise<void> {
    this.#bytes += sent;
    while (this.#bytes > WAY_BYTES && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** Runs until either side has closed the stream; what the other side tells is what it sends. */
async function stream(
  call: IncomingCall,
  lab: Lab,
  { path, protocols, authorization }: {
    path: string;
    protocols: string[];
    authorization?: string;
  },
): Promise<void> {
  let close = () => {};
  const closed = new Promise<void>((resolve) => close = resolve);
  const opened = await lab.stream(path, {
    protocols,
    authorization,
    // A copy: the sender may use its buffer again.
    onMessage: (bytes) => call.emit("message", new Uint8Array(bytes)),
    onClose: (code, reason) => {
      call.emit("close", code, reason);
      close();
    },
  });
  call.emit("open", opened.protocol);
  call.onTell((bytes: Uint8Array) => opened.send(bytes));
  call.signal.addEventListener("abort", () => {
    opened.close();
    close();
  });
  if (call.signal.aborted) opened.close();
  else await closed;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
