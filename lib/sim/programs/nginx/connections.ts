import type { Call } from "./log.ts";

/** Connections that are open and how many there have been; saved with the process. */
export interface ConnectionState {
  accepted: number;
  /** Idle connections by client: number, requests so far, and when they were last used. */
  idle: Record<string, { number: number; requests: number; usedMs: number }>;
}

/** Clients that keep a connection for their next request. Others, and probes, close theirs. */
const KEEPING = /^(NGINX-Prometheus-Exporter|Prometheus|Go-http-client|Mozilla)/;
/** Source: nginx's `keepalive_requests`. */
const MAX_REQUESTS = 1000;

/**
 * Connections as `stub_status` counts them: a client that keeps its connection alive is accepted
 * once, however often it asks.
 */
export class Connections {
  readonly state: ConnectionState;
  #busy = 0;
  #timeoutMs = 75_000;

  /** `requests` have been counted so far. */
  constructor(resumed?: ConnectionState, public requests = 0) {
    this.state = resumed ? structuredClone(resumed) : { accepted: 0, idle: {} };
  }

  /** The number of the connection on which a request comes. */
  take(call: Call, timeoutMs: number, nowMs: number): number {
    this.requests++;
    this.#busy++;
    this.#timeoutMs = timeoutMs;
    const agent = call.headers["user-agent"] ?? "";
    const key = `${call.remoteAddress} ${agent}`;
    this.#dropStale(nowMs);
    const idle = this.state.idle[key];
    delete this.state.idle[key];
    const keeps = KEEPING.test(agent) && call.headers.connection !== "close";
    if (idle && idle.requests < MAX_REQUESTS) {
      this.#held = { key, number: idle.number, requests: idle.requests + 1 };
      return idle.number;
    }
    const number = ++this.state.accepted;
    this.#held = keeps ? { key, number, requests: 1 } : undefined;
    return number;
  }

  #held: { key: string; number: number; requests: number } | undefined;

  /** The request has been answered. */
  release(number: number, nowMs: number): void {
    this.#busy--;
    const held = this.#held;
    this.#held = undefined;
    if (held?.number !== number) return;
    this.state.idle[held.key] = { number, requests: held.requests, usedMs: nowMs };
  }

  counts(nowMs: number): Record<"active" | "accepted" | "waiting" | "requests", number> {
    this.#dropStale(nowMs);
    const { requests, state: { accepted } } = this;
    const waiting = Object.keys(this.state.idle).length;
    return { active: waiting + this.#busy, accepted, waiting, requests };
  }

  #dropStale(nowMs: number): void {
    for (const key in this.state.idle) {
      if (nowMs - this.state.idle[key].usedMs > this.#timeoutMs) delete this.state.idle[key];
    }
  }
}
