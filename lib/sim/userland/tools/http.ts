import { type Failure, type Limits, type Outcome, readAddress } from "../../../curl/mod.ts";
import { toBytes } from "../../../go/mod.ts";
import { CHECKPOINT, type Task } from "../channels.ts";
import type { ToolCall } from "../tool.ts";
import { type HttpRequest, type HttpResponse, NetworkError } from "../../seams.ts";

/** Whether a resolver would look for it: others are not found without being asked for. */
function isHostName(host: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(host) || /^\[[0-9a-fA-F:.]+\]$/.test(host);
}

/** How long the kernel tries to connect to an address from which nothing comes back. */
export const CONNECT_MS = 127_000;
/** CPU time of a connection, a request and an answer, beside that of starting the program. */
const EXCHANGE_US = 1_500;
/** How long a resolver asks a server that is not there. */
const RESOLVE_MS = 5_000;

/**
 * Sends a request and waits for the answer as long as it takes in virtual time. `connectMs` and
 * `totalMs` bound it; when a bound is reached the failure is a timeout.
 */
export function* exchange(
  call: ToolCall,
  request: HttpRequest,
  limits: Limits = {},
): Task<Outcome<HttpResponse>> {
  const { machine } = call;
  const totalMs = limits.totalMs ?? Infinity;
  machine.work.spend(EXCHANGE_US, 2);
  yield CHECKPOINT;
  const host = readAddress(request.url)?.host;
  if (host === undefined || !isHostName(host) || !URL.canParse(request.url)) {
    return { failure: { kind: "name" }, ms: 0 };
  }
  try {
    const response = machine.host.net.request(request);
    const ms = response.durationMs ?? 0;
    if (ms > totalMs) {
      yield machine.sleep(totalMs);
      return { failure: { kind: "timeout", ip: "" }, ms: totalMs };
    }
    if (ms > 0) yield machine.sleep(ms);
    return { response, body: toBytes(response.body), ms };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const failure = failureOf(error.message);
    let ms = 0;
    if (failure.kind === "timeout") {
      ms = Math.min(CONNECT_MS, totalMs, limits.connectMs ?? Infinity);
    }
    if (failure.kind === "name" && !error.message.endsWith("no such host")) {
      ms = Math.min(RESOLVE_MS, totalMs, limits.connectMs ?? Infinity);
    }
    if (ms > 0) yield machine.sleep(ms);
    return { failure, ms };
  }
}

function failureOf(text: string): Failure {
  if (text.includes("lookup ")) return { kind: "name" };
  const ip = /dial tcp (\S+):\d+:/.exec(text)?.[1].replace(/^\[::1\]$/, "127.0.0.1") ?? "";
  if (text.endsWith("connection refused")) return { kind: "refused", ip };
  if (text.endsWith("i/o timeout")) return { kind: "timeout", ip };
  if (text.startsWith("tls: ")) return { kind: "certificate", text };
  return { kind: "protocol", text };
}

/** What the system says of a connection that does not come about, with its number. */
export function socketError(kind: Failure["kind"]): { errno: number; text: string } {
  switch (kind) {
    case "name":
      return { errno: -2, text: "Name or service not known" };
    case "refused":
      return { errno: 111, text: "Connection refused" };
    case "timeout":
      return { errno: 110, text: "Connection timed out" };
  }
  return { errno: 104, text: "Connection reset by peer" };
}

/** The first address of a name, for messages; undefined when it has none. */
export function addressOf(call: ToolCall, host: string): string | undefined {
  if (host === "localhost") return "127.0.0.1";
  if (!isHostName(host)) return undefined;
  try {
    return call.machine.host.net.lookup(host).addresses[0];
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return undefined;
  }
}
