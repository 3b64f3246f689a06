import assert from "node:assert/strict";
import { Agent, request as httpsRequest } from "node:https";
import { parse } from "yaml";
import type { SeededRandom } from "../../lib/base/mod.ts";

type Json = any;

export const WRITERS = 8;
export const MAPS = "/api/v1/namespaces/default/configmaps";

export interface Answer {
  status: number;
  json: Json;
}

/** A client of a kubeconfig that knows one thing: what it was answered. */
export class Client {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #token: string;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig);
    const ca = atob(clusters[0].cluster["certificate-authority-data"]);
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 2 * WRITERS });
    this.#url = clusters[0].cluster.server;
    this.#token = users[0].user.token;
  }

  /** Rejects when the server went away before it answered, and when `signal` aborts. */
  send(
    method: string,
    path: string,
    body?: unknown,
    options: { type?: string; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { type = "application/json", signal } = options;
      const request = httpsRequest(`${this.#url}${path}`, {
        method,
        agent: this.#agent,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": type },
        ...(signal ? { signal } : {}),
      }, (response) => {
        let text = "";
        response.on("data", (chunk) => text += chunk);
        response.on("error", reject);
        response.on("aborted", () => reject(new Error("aborted")));
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          try {
            resolve({ status, json: isJson(response.headers) ? JSON.parse(text) : text });
          } catch (error) {
            reject(error);
          }
        });
      });
      request.on("error", reject);
      request.end(
        body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      );
    });
  }

  /** Follows a watch until the server ends it, goes away, or `signal` aborts. */
  watch(path: string, onEvent: (event: Json) => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      // A request that is aborted before it has a socket tells nobody.
      signal.addEventListener("abort", () => resolve(), { once: true });
      const request = httpsRequest(`${this.#url}${path}`, {
        agent: this.#agent,
        headers: { authorization: `Bearer ${this.#token}` },
        signal,
      }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          const lines = (text + chunk).split("\n");
          text = lines.pop()!;
          lines.forEach((line) => onEvent(JSON.parse(line)));
        });
        response.on("close", resolve);
        response.on("error", () => resolve());
      });
      request.on("error", () => resolve());
      request.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function isJson(headers: Record<string, unknown>): boolean {
  return String(headers["content-type"] ?? "").includes("json");
}

/** What is at a path, once the cluster is there to tell. */
export async function patiently(client: Pick<Client, "send">, path: string): Promise<Answer> {
  for (let tries = 0;; tries++) {
    const answer = await client.send("GET", path);
    if (answer.status === 200) return answer;
    assert(tries < 300, JSON.stringify(answer.json));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const GONE = Symbol("gone");
type Value = string | typeof GONE;

/** What each object was acknowledged to be, and what it may be since: writes whose end is not known. */
export class Ledger {
  readonly acknowledged = new Map<string, Value>();
  readonly #may = new Map<string, Set<Value>>();
  newestRevision = 0;

  check(items: Json[], told: string): void {
    const found = new Map(items.map(({ metadata, data }) => [metadata.name, data?.value]));
    for (const [name, value] of this.acknowledged) {
      const is = found.get(name) ?? GONE;
      const may = [value, ...this.#may.get(name) ?? []];
      assert(may.includes(is), `${told}: ${name} is ${String(is)}, not ${may.map(String)}`);
    }
    this.#may.clear();
    for (const name of [...this.acknowledged.keys()]) {
      this.acknowledged.set(name, found.get(name) ?? GONE);
    }
  }

  /** Makes, changes or removes one object. Errors: those of the client. */
  async write(
    client: Pick<Client, "send">,
    name: string,
    value: string,
    options: { remove?: boolean; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const is = this.acknowledged.get(name) ?? GONE;
    const becomes = options.remove === true && is !== GONE ? GONE : value;
    const may = this.#may.get(name) ?? new Set();
    this.acknowledged.set(name, is);
    this.#may.set(name, new Set([...may, becomes]));
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } };
    const { signal } = options;
    const answer = becomes === GONE
      ? await client.send("DELETE", `${MAPS}/${name}`, undefined, { signal })
      : is === GONE
      ? await client.send("POST", MAPS, map, { signal })
      : await client.send("PUT", `${MAPS}/${name}`, map, { signal });
    const { status, json } = answer;
    // What came too late, or not from the cluster, may have been done all the same.
    if (status === 503 || status === 504) return answer;
    if (status >= 300) {
      this.#may.set(name, may);
      return answer;
    }
    this.acknowledged.set(name, becomes);
    this.#may.delete(name);
    const revision = Number(json.metadata?.resourceVersion ?? 0);
    this.newestRevision = Math.max(this.newestRevision, revision);
    return answer;
  }
}

/** Writes to objects of its own, until the server is gone or does not answer, or `signal` aborts. */
export async function writeOn(
  client: Client,
  id: string,
  ledger: Ledger,
  random: SeededRandom,
  signal?: AbortSignal,
): Promise<void> {
  for (let step = 0; !signal?.aborted; step++) {
    const value = `${step}-${"x".repeat(random.int(2_000))}`;
    const remove = random.int(4) === 0;
    const { status, json } = await ledger.write(client, `${id}-${random.int(5)}`, value, {
      remove,
    });
    if (status === 503 || status === 504) return;
    assert(status < 300, JSON.stringify(json));
  }
}
