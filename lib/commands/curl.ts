import {
  curl as run,
  CURL_OPTIONS,
  type CurlHost,
  type CurlRequest,
  type Outcome,
} from "../curl/mod.ts";
import { bytesOfArray, toBytes, toHeaderBytes, toReadable, toText } from "../go/mod.ts";
import { type Command, type CommandIo, FileError } from "./command.ts";

/** The addresses kind maps to the host, the only ones the lab reaches. */
const LAB_PORTS = [30950, 30951, 30952];
const LAB_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]", "0.0.0.0"]);
const ELSEWHERE = " (the lab reaches only its own addresses, " +
  `http://127.0.0.1:${LAB_PORTS[0]} to :${LAB_PORTS.at(-1)}; for an address inside the cluster ` +
  "give its Service a nodePort among them, or use kubectl get --raw)";

/** `curl`, for the lab's own addresses. Differs: no progress meter, and no other address. */
export const curl: Command = {
  name: "curl",
  summary: "fetch a page of the lab: `curl http://127.0.0.1:30951`",
  summaryKo: "실습 환경의 페이지 받기: `curl http://127.0.0.1:30951`",
  execute,
  complete: (words) =>
    Promise.resolve(
      words.at(-1)?.startsWith("-")
        ? CURL_OPTIONS.map((option) => `--${option.name}`)
        : LAB_PORTS.map((port) => `http://127.0.0.1:${port}`),
    ),
};

async function execute(args: readonly string[], io: CommandIo): Promise<number> {
  const steps = run(args.map(toBytes), hostOf(io));
  try {
    let step = steps.next();
    while (!step.done) step = steps.next(await step.value);
    return step.value;
  } catch (error) {
    if (io.signal.aborted) return 130;
    throw error;
  }
}

function hostOf(io: CommandIo): CurlHost<Promise<unknown>> {
  return {
    build: "(the lab's own)",
    meter: { stdout: false, file: false },
    ownIp: "127.0.0.1",
    out: (text) => io.out(toReadable(text)),
    err: (text) => io.err(toReadable(text)),
    addressOf: () => "127.0.0.1",
    *send(request, { totalMs }) {
      return yield* awaited(send(request, totalMs, io));
    },
    *read(path) {
      if (path === "-") return toBytes(io.stdin);
      return yield* awaited(ifFile(async () => toBytes(await io.files.read(path))));
    },
    *write(path, text) {
      if (path === "/dev/null") return true;
      const written = ifFile(() => io.files.write(path, toReadable(text)).then(() => true));
      return (yield* awaited(written)) ?? false;
    },
    *sleep(ms) {
      yield new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
        io.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(io.signal.reason);
        }, { once: true });
      });
    },
  };
}

/** What a promise comes to, once the runner has waited by it. */
function* awaited<T>(promise: Promise<T>): Generator<Promise<unknown>, T, unknown> {
  return (yield promise) as T;
}

async function ifFile<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return undefined;
  }
}

/** What HTTP's names and methods are made of. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Methods that `Request` knows and does not take. */
const FORBIDDEN_METHODS = /^(CONNECT|TRACE|TRACK)$/i;
/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

async function send(
  { method, url, headers, body }: CurlRequest,
  totalMs: number | undefined,
  io: CommandIo,
): Promise<Outcome> {
  const target = URL.parse(toText(url));
  if (!target || !LAB_HOSTS.has(target.hostname)) {
    return { failure: { kind: "name", note: ELSEWHERE }, ms: 0 };
  }
  // The lab's servers are asked by Requests, which carry no such methods, and no body of a GET.
  if (!TOKEN.test(method)) {
    return { response: { status: 400, headers: {} }, body: "400 Bad Request", ms: 0 };
  }
  if (FORBIDDEN_METHODS.test(method)) {
    return { response: { status: 405, headers: {} }, body: "", ms: 0 };
  }
  const carries = body !== undefined && !/^(GET|HEAD)$/i.test(method);
  const timeout = totalMs === undefined
    ? undefined
    : AbortSignal.timeout(Math.max(0, Math.min(totalMs, MAX_TIMER_MS)));
  const signal = AbortSignal.any([io.signal, ...(timeout ? [timeout] : [])]);
  const startedMs = performance.now();
  try {
    const response = await io.lab.http(
      new Request(target, {
        method,
        signal,
        headers: sendable(headers),
        ...(carries ? { body: toText(body) } : {}),
      }),
    );
    const bytes = bytesOfArray(new Uint8Array(await response.arrayBuffer()));
    return {
      response: { status: response.status, headers: Object.fromEntries(response.headers) },
      body: bytes,
      ms: performance.now() - startedMs,
    };
  } catch (error) {
    if (timeout?.aborted) return { failure: { kind: "timeout", ip: "" }, ms: Math.round(totalMs!) };
    return { failure: failureOf(error), ms: performance.now() - startedMs };
  }
}

/** Headers as a Request takes them. What is no name cannot be sent; a server would answer 400 to it. */
function sendable(headers: Readonly<Record<string, string>>): Headers {
  const out = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (TOKEN.test(name)) out.set(name, toHeaderBytes(toText(value)));
  }
  return out;
}

/** Errors: what is no failure to connect goes on as it is. */
function failureOf(error: unknown): { kind: "reset" } | { kind: "refused"; ip: string } {
  if (!(error instanceof TypeError)) throw error;
  if (error.message.includes("Connection reset")) return { kind: "reset" };
  if (!/refused|connect|sending request/i.test(error.message)) throw error;
  return { kind: "refused", ip: "127.0.0.1" };
}
