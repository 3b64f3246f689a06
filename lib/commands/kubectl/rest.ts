import { ApiError } from "../../kube/mod.ts";
import type { Transport } from "../../labs/lab.ts";
import { CliError } from "./errors.ts";
import { fromHeaderBytes, quote, toHeaderBytes } from "../../go/mod.ts";

export interface RestOptions {
  query?: Record<string, string | undefined>;
  /** Sent as JSON unless it is a string. */
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
  /** What the request is about, for errors that carry no Status: `pods`, and a name. */
  about?: { resource: string; name?: string };
}

/** Asks for lists and objects as tables. Source: kubectl pkg/cmd/get/get.go (transformRequests). */
export const TABLE_ACCEPT =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/**
 * Requests to an API server, as client-go's RESTClient makes them. Answers that are not 2xx become
 * ApiErrors; a server that is not there, the CliError kubectl ends with.
 */
export class Rest {
  readonly #warned = new Set<string>();
  #prepared: Promise<void> | undefined;

  constructor(
    readonly transport: Transport,
    readonly options: {
      onWarning?: (text: string) => void;
      signal?: AbortSignal;
      /** Awaited once, before the first request. */
      before?: () => Promise<void>;
      /** Sent with every request. */
      headers?: readonly [name: string, value: string][];
    } = {},
  ) {}

  /** The parsed answer. */
  async json(method: string, path: string, options: RestOptions = {}): Promise<any> {
    return JSON.parse(await this.text(method, path, options));
  }

  /** The answer as it came. */
  async text(method: string, path: string, options: RestOptions = {}): Promise<string> {
    const response = await this.#send(method, path, options);
    return await response.text();
  }

  /** The answer's body, chunk by chunk, until it ends or the signal aborts. */
  async *chunks(path: string, options: RestOptions = {}): AsyncGenerator<string> {
    const outer = options.signal ?? this.options.signal;
    // A signal of its own: the stream, once read to its end or let go, must not be aborted any more.
    const own = new AbortController();
    const abort = () => own.abort();
    outer?.addEventListener("abort", abort, { once: true });
    if (outer?.aborted) abort();
    let reader: ReadableStreamDefaultReader<string> | undefined;
    try {
      const response = await this.#send("GET", path, { ...options, signal: own.signal });
      reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      while (reader) {
        const { done, value } = await reader.read();
        if (done) return;
        if (value) yield value;
      }
    } catch (error) {
      if (!outer?.aborted) throw error;
    } finally {
      outer?.removeEventListener("abort", abort);
      await reader?.cancel().catch(() => {});
    }
  }

  /** The events of a watch. Errors: ApiError for an ERROR event. */
  async *watch(
    path: string,
    options: RestOptions = {},
  ): AsyncGenerator<{ type: string; object: any }> {
    let rest = "";
    const query = { ...options.query, watch: "true" };
    for await (const chunk of this.chunks(path, { ...options, query })) {
      rest += chunk;
      const lines = rest.split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.trim() === "") continue;
        const event = JSON.parse(line);
        if (event.type === "ERROR") {
          throw ApiError.fromStatus(event.object, event.object.code ?? 500);
        }
        if (event.type !== "BOOKMARK") yield event;
      }
    }
  }

  async #send(method: string, path: string, options: RestOptions): Promise<Response> {
    await (this.#prepared ??= this.options.before?.() ?? Promise.resolve());
    const url = new URL(path, "https://lab");
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined && value !== "") url.searchParams.set(key, value);
    }
    const { body } = options;
    const request = new Request(url, {
      method,
      headers: {
        accept: options.accept ?? "application/json",
        "user-agent": "kubectl/v1.36.3 (linux/amd64) kubernetes/lab",
        ...(body === undefined
          ? {}
          : { "content-type": options.contentType ?? "application/json" }),
      },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
      signal: options.signal ?? this.options.signal ?? null,
    });
    for (const [name, value] of this.options.headers ?? []) {
      if (/\p{Cc}/u.test(value.replaceAll("\t", ""))) {
        const why = `invalid header field value for ${quote(name)}`;
        throw new CliError(`Unable to connect to the server: net/http: ${why}`);
      }
      request.headers.append(name, toHeaderBytes(value));
    }
    const response = await this.#reach(request);
    this.#warn(response);
    if (!response.ok) throw await errorOf(method, response, options.about);
    return response;
  }

  async #reach(request: Request): Promise<Response> {
    try {
      return await this.transport(request);
    } catch (error) {
      if (request.signal.aborted) throw new CliError("", 130);
      const unreachable = error instanceof TypeError &&
        /refused|connect|sending request/i.test(error.message);
      if (!unreachable) throw error;
      throw new CliError(
        "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
      );
    }
  }

  #warn(response: Response): void {
    const header = fromHeaderBytes(response.headers.get("warning") ?? "");
    for (const [, text] of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g) ?? []) {
      const plain = text.replace(/\\(.)/g, "$1");
      if (this.#warned.has(plain)) continue;
      this.#warned.add(plain);
      this.options.onWarning?.(plain);
    }
  }
}

async function errorOf(
  method: string,
  response: Response,
  about: RestOptions["about"],
): Promise<ApiError> {
  const body = await response.text();
  try {
    const status = JSON.parse(body);
    if (status.kind === "Status") return ApiError.fromStatus(status, response.status);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return genericError(method, response.status, body, about);
}

/**
 * What a client makes of an answer that is not a Status.
 * Source: kubernetes/apimachinery pkg/api/errors/errors.go (NewGenericServerResponse).
 */
function genericError(
  method: string,
  code: number,
  body: string,
  about: RestOptions["about"],
): ApiError {
  const text = body.trim();
  const known: Record<number, [reason: string, message: string]> = {
    400: ["BadRequest", "the server rejected our request for an unknown reason"],
    401: ["Unauthorized", "the server has asked for the client to provide credentials"],
    403: ["Forbidden", text || "unknown"],
    404: ["NotFound", "the server could not find the requested resource"],
    405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
    406: ["NotAcceptable", text || "unknown"],
    409: ["Conflict", "the server reported a conflict"],
    410: ["Gone", "the server reported a conflict"],
    415: ["UnsupportedMediaType", text || "unknown"],
    422: ["Invalid", "the server rejected our request due to an error in our request"],
    429: [
      "TooManyRequests",
      "the server has received too many requests and has asked us to try again later",
    ],
    503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
    504: [
      "Timeout",
      "the server was unable to return a response in the time allotted, but may still be processing the request",
    ],
  };
  const [reason, message] = known[code] ??
    (code >= 500
      ? [
        "InternalError",
        `an error on the server (${quote(text)}) has prevented the request from succeeding`,
      ]
      : [
        "",
        `the server responded with the status code ${code} but did not return more information`,
      ]);
  const subject = about ? [method.toLowerCase(), about.resource, about.name].filter(Boolean) : [];
  return new ApiError(
    code,
    reason,
    message + (subject.length > 0 ? ` (${subject.join(" ")})` : ""),
    about ? { kind: about.resource, ...(about.name ? { name: about.name } : {}) } : {},
  );
}
