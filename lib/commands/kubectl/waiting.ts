import { ApiError, type KubeObject } from "../../kube/mod.ts";
import { CliError, failure } from "./errors.ts";
import type { Info } from "./resources.ts";
import type { Session } from "./session.ts";

/** How a wait ended before its time: undefined, or that the time was up. */
export type Outcome = "done" | "timeout";

/**
 * Hands `decide` the object as it is and as it changes until it returns true; undefined stands for an
 * object that is not there. The lab's clock hurries meanwhile. `timeoutMs` is lab time; 0 waits on.
 * Errors: what `decide` throws, ApiError, CliError with 130 when the run is interrupted.
 */
export async function follow(
  session: Session,
  info: Info,
  decide: (object: KubeObject | undefined, type: string) => boolean,
  timeoutMs = 0,
): Promise<Outcome> {
  const { io } = session;
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const limitMs = timeoutMs > 0 ? timeoutMs : undefined;
  const startedMs = io.lab.clock.now();
  const watching = watchObject(session, info, decide, signal);
  const outOfTime = timeUp(session, startedMs, limitMs, signal);
  try {
    const outcome = await io.lab.clock.hurry(Promise.race([watching, outOfTime]), {
      ...(limitMs === undefined ? {} : { limitMs }),
      signal: io.signal,
    });
    if (io.signal.aborted) throw new CliError("", 130);
    return outcome;
  } finally {
    stop.abort();
  }
}

/** How often a wait looks whether its lab time is up, in wall milliseconds. */
const TIME_CHECK_MS = 20;

async function timeUp(
  session: Session,
  startedMs: number,
  limitMs: number | undefined,
  signal: AbortSignal,
): Promise<Outcome> {
  const { clock } = session.io.lab;
  while (!signal.aborted) {
    if (limitMs !== undefined && clock.now() - startedMs >= limitMs) return "timeout";
    await new Promise((resolve) => setTimeout(resolve, TIME_CHECK_MS));
  }
  return "timeout";
}

async function watchObject(
  session: Session,
  info: Info,
  decide: (object: KubeObject | undefined, type: string) => boolean,
  signal: AbortSignal,
): Promise<Outcome> {
  const query = { fieldSelector: `metadata.name=${info.name}` };
  while (!signal.aborted) {
    const list = await session.client.list(info.mapping, info, { query, signal });
    if (decide(list.items[0], list.items.length > 0 ? "ADDED" : "DELETED")) return "done";
    const resourceVersion = list.metadata.resourceVersion;
    const events = session.client.watch(info.mapping, info, {
      query: { ...query, resourceVersion },
      signal,
    });
    try {
      for await (const { type, object } of events) {
        if (decide(type === "DELETED" ? undefined : object, type)) return "done";
      }
    } catch (error) {
      // Too old a version: list again.
      if (!(error instanceof ApiError && error.code === 410)) throw error;
    }
  }
  return "timeout";
}

/** Waits until the objects are gone, or replaced by others of the same name. `timeoutMs` 0 waits on. */
export async function untilGone(
  session: Session,
  infos: readonly Info[],
  timeoutMs: number,
): Promise<void> {
  for (const info of infos) {
    const uid = info.object?.metadata?.uid;
    const outcome = await follow(
      session,
      info,
      (object) => object === undefined || (!!uid && object.metadata.uid !== uid),
      timeoutMs,
    );
    if (outcome === "timeout") {
      throw failure(`timed out waiting for the condition on ${info.mapping.resource}/${info.name}`);
    }
  }
}
