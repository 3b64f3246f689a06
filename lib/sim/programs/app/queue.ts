import type { HttpHandler, HttpResponse } from "../../seams.ts";
import { head, labelText } from "./metric_set.ts";
import type { QueueConfig } from "./queue_config.ts";
import { cameBetween } from "./rates.ts";

/** What is kept of a queue. */
export interface QueueState {
  length: number;
  added: number;
  taken: number;
  refused: number;
  /** The part of an item that has come so far, and until when. */
  part: number;
  atMs: number;
}

/** A queue that an app keeps: items are alike, so that their number is all there is. */
export class Queue {
  readonly state: QueueState;

  constructor(readonly config: QueueConfig, nowMs: number, resumed?: QueueState) {
    const { length } = config;
    this.state = resumed ??
      { length, added: length, taken: 0, refused: 0, part: 0, atMs: nowMs };
  }

  length(nowMs: number): number {
    this.#settle(nowMs);
    return this.state.length;
  }

  /** Puts items in, as many as there is room for, and gives how many. */
  put(count: number, nowMs: number): number {
    this.#settle(nowMs);
    return this.#add(count);
  }

  /** Takes items out, at most so many, and gives how many. */
  take(count: number, nowMs: number): number {
    this.#settle(nowMs);
    const taken = Math.min(count, this.state.length);
    this.state.length -= taken;
    this.state.taken += taken;
    return taken;
  }

  #add(count: number): number {
    const added = Math.min(count, Math.max(0, this.config.max - this.state.length));
    this.state.length += added;
    this.state.added += added;
    this.state.refused += count - added;
    return added;
  }

  /** Lets come what has come since the last look. */
  #settle(nowMs: number): void {
    const { arrives } = this.config;
    const { state } = this;
    if (arrives && nowMs > state.atMs) {
      const came = state.part + cameBetween(arrives, state.atMs, nowMs);
      // A hair below a whole is a whole: sums of fractions are not exact.
      const whole = Math.floor(came + 1e-6);
      state.part = came - whole;
      this.#add(whole);
    }
    state.atMs = nowMs;
  }
}

const JSON_TYPE = { "content-type": "application/json" };

/**
 * The requests that a queue takes: GET tells of it, POST puts `?count=` in, POST to `…/take` takes out, DELETE
 * empties it. Undefined for a path that is none of its.
 */
export function answerQueue(
  queues: ReadonlyMap<string, Queue>,
  { method = "GET", path, query }: Parameters<HttpHandler>[0],
  nowMs: number,
): HttpResponse | undefined {
  const [, name, verb] = /^\/queues\/([^/]+)(?:\/(take))?$/.exec(path) ?? [];
  const queue = name === undefined ? undefined : queues.get(name);
  if (!queue) return undefined;
  const text = query.get("count") ?? "1";
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text)) {
    return plain(400, `count=${text} is no whole number from 0 to 999999999\n`);
  }
  const told = (status: number, more: Record<string, number> = {}): HttpResponse => ({
    status,
    headers: JSON_TYPE,
    body: `${JSON.stringify({ queue: name, length: queue.length(nowMs), ...more })}\n`,
  });
  if (verb === "take") {
    if (method !== "POST") return plain(405, "POST takes items\n");
    return told(200, { taken: queue.take(count, nowMs) });
  }
  switch (method) {
    case "GET":
    case "HEAD":
      return told(200);
    case "POST": {
      const added = queue.put(count, nowMs);
      return told(added === count ? 201 : 429, { added });
    }
    case "DELETE":
      return told(200, { taken: queue.take(queue.length(nowMs), nowMs) });
    default:
      return plain(405, "GET, POST and DELETE are what a queue takes\n");
  }
}

export function plain(status: number, body: string): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

/** What queues tell of themselves, in Prometheus' text format. */
export function queueMetrics(queues: ReadonlyMap<string, Queue>, nowMs: number): string {
  if (queues.size === 0) return "";
  const family = (
    name: string,
    { type, help }: { type: string; help: string },
    value: (state: QueueState) => number,
  ) =>
    head(name, type, help) +
    [...queues].map(([queue, { state }]) =>
      `${name}{${labelText("queue", queue)}} ${value(state)}\n`
    ).join("");
  for (const queue of queues.values()) queue.length(nowMs);
  return family("queue_added_total", { type: "counter", help: "Items put in." }, (s) => s.added) +
    family("queue_length", { type: "gauge", help: "Items that wait." }, (s) => s.length) +
    family(
      "queue_refused_total",
      { type: "counter", help: "Items without room." },
      (s) => s.refused,
    ) +
    family("queue_taken_total", { type: "counter", help: "Items taken out." }, (s) => s.taken);
}
