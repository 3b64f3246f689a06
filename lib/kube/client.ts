import { fromHeaderBytes, quote, toHeaderBytes } from "../go/mod.ts";
import { ApiError, ConnectionError } from "./errors.ts";
import { PATCH_TYPES, type PatchType } from "./patches.ts";
import { groupResource, pathOf, type Place, resourceOf, type ResourceRef } from "./paths.ts";
import type { KubeList, KubeObject } from "./types.ts";

/** Sends an HTTP request somewhere, as `fetch` does; bodies may stream. */
export type Transport = (request: Request) => Promise<Response>;

export interface ClientOptions {
  /** Hears each warning of the server once. */
  onWarning?: (text: string) => void;
  /** Ends every request that has no signal of its own. */
  signal?: AbortSignal;
  /** Awaited once, before the first request. */
  before?: () => Promise<void>;
  /** Sent with every request. */
  headers?: readonly [name: string, value: string][];
  userAgent?: string;
  /** The error to end with instead of one that is no answer of the server's. */
  translate?: (error: unknown) => unknown;
}

export interface RequestOptions {
  /** Empty and absent values are left out. */
  query?: Record<string, string | undefined>;
  /** Sent as JSON unless it is a string. */
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
}

/** An object that goes, or the Status that it is gone. */
export type Deleted = KubeObject & { details?: { uid?: string } };

/** What a request is about, for errors that carry no Status: `deployments.apps`, and a name. */
interface About {
  resource: string;
  name?: string | undefined;
}

/** Asks for lists and objects as tables. Source: kubectl pkg/cmd/get/get.go (transformRequests). */
export const TABLE_ACCEPT =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/**
 * The client of an API server, over whatever carries requests to one: the embedded cluster's door, or `fetch`
 * with a kubeconfig's address and credentials behind it. A request's URL is `https://lab<path>`.
 *
 * Errors, of every method: ApiError for an answer that is not 2xx, NameError for a name that no path can be
 * made of, ConnectionError when no server answers, what else the transport throws as it comes (an AbortError
 * when a signal aborts); all but the first go through `translate`.
 * Source: kubernetes/client-go rest/request.go.
 */
export class KubeClient {
  readonly #warned = new Set<string>();
  #prepared: Promise<void> | undefined;

  constructor(readonly transport: Transport, readonly options: ClientOptions = {}) {}

  /** One object, or what is below it. */
  async get<T = KubeObject>(
    ref: ResourceRef,
    place: Place,
    options: RequestOptions = {},
  ): Promise<T> {
    return await this.#ask("GET", ref, place, options);
  }

  /** One object, or undefined when there is none. */
  async find<T = KubeObject>(ref: ResourceRef, place: Place): Promise<T | undefined> {
    try {
      return await this.get(ref, place);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  /** A list; one page of it where the query has a `limit`. */
  async list<T extends KubeObject = KubeObject>(
    ref: ResourceRef,
    place: { namespace?: string | undefined } = {},
    options: RequestOptions = {},
  ): Promise<KubeList<T>> {
    return await this.#ask("GET", ref, { namespace: place.namespace }, options);
  }

  /** The changes that a watch tells of, from the query's `resourceVersion` on. Errors: also ApiError for an ERROR event. */
  async *watch(
    ref: ResourceRef,
    place: { namespace?: string | undefined },
    options: RequestOptions = {},
  ): AsyncGenerator<{ type: string; object: KubeObject }> {
    const path = this.path(ref, { namespace: place.namespace });
    const query = { ...options.query, watch: "true" };
    let rest = "";
    for await (const chunk of this.chunks(path, { ...options, query })) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.trim() === "") continue;
        const event = JSON.parse(line);
        if (event.type === "ERROR") throw ApiError.fromStatus(event.object, 500);
        if (event.type !== "BOOKMARK") yield event;
      }
    }
  }

  /** Makes an object in a collection, or asks a subresource such as `eviction`. */
  async create<T = KubeObject>(
    ref: ResourceRef,
    place: Place,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<T> {
    return await this.#ask("POST", ref, place, { ...options, body });
  }

  async update<T = KubeObject>(
    ref: ResourceRef,
    place: Place,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<T> {
    return await this.#ask("PUT", ref, place, { ...options, body });
  }

  async patch<T = KubeObject>(
    ref: ResourceRef,
    place: Place,
    body: unknown,
    { type, ...options }: RequestOptions & { type: PatchType },
  ): Promise<T> {
    const contentType = PATCH_TYPES[type];
    return await this.#ask("PATCH", ref, place, { ...options, body, contentType });
  }

  /** `body` are DeleteOptions. Gives the object as it goes, or a Status. */
  async delete<T = Deleted>(
    ref: ResourceRef,
    place: Place,
    options: RequestOptions = {},
  ): Promise<T> {
    return await this.#ask("DELETE", ref, place, options);
  }

  /** The parsed answer to a request for a path. */
  async json(method: string, path: string, options: RequestOptions = {}): Promise<any> {
    return JSON.parse(await this.text(method, path, options));
  }

  /** The answer to a request for a path, as it came. */
  async text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
    return await (await this.#send(method, path, options)).text();
  }

  /** The answer to `GET path` with its status, also one that is not 2xx: of a server behind the API server it may be anything. */
  async answer(
    path: string,
    options: RequestOptions = {},
  ): Promise<{ code: number; text: string }> {
    const response = await this.#answered("GET", path, options);
    return { code: response.status, text: await response.text() };
  }

  /** The answer to `GET path`, chunk by chunk, until it ends or the signal aborts. */
  async *chunks(path: string, options: RequestOptions = {}): AsyncGenerator<string> {
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

  async #ask(
    method: string,
    ref: ResourceRef,
    place: Place,
    options: RequestOptions,
  ): Promise<any> {
    const about = { resource: groupResource(resourceOf(ref)), name: place.name };
    const response = await this.#send(method, this.path(ref, place), options, about);
    return JSON.parse(await response.text());
  }

  /** The path of a resource. Errors: NameError. */
  path(ref: ResourceRef, place: Place): string {
    try {
      return pathOf(ref, place);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): unknown {
    return this.options.translate?.(error) ?? error;
  }

  async #send(
    method: string,
    path: string,
    options: RequestOptions,
    about?: About,
  ): Promise<Response> {
    const response = await this.#answered(method, path, options);
    if (response.ok) return response;
    throw ApiError.fromResponse(method, response.status, await response.text(), about);
  }

  async #answered(method: string, path: string, options: RequestOptions): Promise<Response> {
    await (this.#prepared ??= this.options.before?.() ?? Promise.resolve());
    let response: Response;
    try {
      response = await this.#reach(this.#request(method, path, options));
    } catch (error) {
      throw this.#translated(error);
    }
    this.#warn(response);
    return response;
  }

  #request(method: string, path: string, options: RequestOptions): Request {
    const url = new URL(path, "https://lab");
    for (const [key, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined && value !== "") url.searchParams.set(key, value);
    }
    const { body, accept = "application/json", contentType = "application/json" } = options;
    const { userAgent, headers = [] } = this.options;
    const request = new Request(url, {
      method,
      headers: {
        accept,
        ...(userAgent ? { "user-agent": userAgent } : {}),
        ...(body === undefined ? {} : { "content-type": contentType }),
      },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
      signal: options.signal ?? this.options.signal ?? null,
    });
    for (const [name, value] of headers) {
      if (/\p{Cc}/u.test(value.replaceAll("\t", ""))) {
        const why = `net/http: invalid header field value for ${quote(name)}`;
        throw new ConnectionError(`Unable to connect to the server: ${why}`);
      }
      request.headers.append(name, toHeaderBytes(value));
    }
    return request;
  }

  async #reach(request: Request): Promise<Response> {
    try {
      return await this.transport(request);
    } catch (error) {
      const isUnreachable = error instanceof TypeError && !request.signal.aborted &&
        /refused|connect|sending request/i.test(error.message);
      if (!isUnreachable) throw request.signal.aborted ? aborted() : error;
      throw new ConnectionError(
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

function aborted(): DOMException {
  return new DOMException("The request was given up", "AbortError");
}
