import { Buffer } from "node:buffer";
import http, { type IncomingMessage } from "node:http";
import type { LabClock } from "../lab.ts";
import type { Tally, VisitOptions, VisitPlan } from "../visits.ts";
import { responseOf } from "./responses.ts";

/** One request on a connection of its own, as curl makes it. Errors: TypeError, as `fetch`'s. */
export async function visitOnce(request: Request, url: URL): Promise<Response> {
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined;
  const { method, signal } = request;
  const headers = { ...Object.fromEntries(request.headers), connection: "close" };
  const answer = await send(url, { method, headers, agent: false }, body, signal);
  const response = responseOf(answer, signal);
  response.headers.delete("connection");
  return response;
}

async function send(
  url: URL,
  options: http.RequestOptions,
  body: Buffer | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = http.request(url, options, resolve);
    const abort = () => void sent.destroy();
    signal.addEventListener("abort", abort, { once: true });
    sent.on("close", () => signal.removeEventListener("abort", abort));
    sent.on("error", (error: Error & { code?: string }) => {
      if (signal.aborted) return reject(signal.reason);
      const why = error.code === "ECONNREFUSED"
        ? `connect to 127.0.0.1 port ${url.port} failed: Connection refused`
        : "Recv failure: Connection reset by peer";
      reject(new TypeError(why, { cause: error }));
    });
    sent.end(body);
  });
}

/** How many visitors there are at once, and after how many pages each comes anew, perhaps to another pod. */
const VISITORS = 32;
const PAGES = 50;
/** How often visitors come in, in the lab's milliseconds. */
const STEP_MS = 100;
const PROGRESS_MS = 30_000;

/**
 * Visits a page again and again in real time, by several visitors who keep their connections: each connection takes a
 * round through the API server, which would be too slow for every page. Ends early when `signal` aborts.
 */
export async function visitMany(
  url: URL,
  clock: LabClock,
  plan: VisitPlan,
  { signal, onProgress }: VisitOptions,
): Promise<Tally> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: VISITORS });
  const tally: Tally = { sent: 0, statuses: new Map(), refused: 0, lastError: "" };
  const total = Math.round(plan.rps * plan.durationMs / 1000);
  const under = new Set<Promise<void>>();
  const startMs = clock.now();
  let toldMs = 0;
  try {
    while (!signal.aborted) {
      const passedMs = Math.min(clock.now() - startMs, plan.durationMs);
      const due = Math.min(total, Math.floor(passedMs * plan.rps / 1000));
      while (tally.sent < due && !signal.aborted) {
        if (under.size >= VISITORS) await Promise.race(under);
        const connection = ++tally.sent % PAGES === 0 ? "close" : "keep-alive";
        const options = { agent, headers: { "user-agent": "load", connection } };
        const page: Promise<void> = visitPage(url, options, tally, signal)
          .finally(() => under.delete(page));
        under.add(page);
      }
      if (passedMs >= plan.durationMs) break;
      if (passedMs - toldMs >= PROGRESS_MS) {
        toldMs = Math.floor(passedMs / PROGRESS_MS) * PROGRESS_MS;
        onProgress(toldMs, tally);
      }
      await clock.advance(Math.min(STEP_MS, plan.durationMs - passedMs), { signal });
    }
    await Promise.all(under);
  } finally {
    agent.destroy();
  }
  return tally;
}

async function visitPage(
  url: URL,
  options: http.RequestOptions,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  try {
    const answer = await send(url, options, undefined, signal);
    const status = answer.statusCode ?? 0;
    await new Promise<void>((resolve) => answer.on("close", resolve).resume());
    tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof TypeError)) return; // It was given up.
    tally.refused++;
    tally.lastError = error.message;
  }
}
