import assert from "node:assert/strict";
import type { Client } from "./_client.ts";

type Json = any;

/**
 * What a controller has of a collection: it lists once, watches from there on over every end of the server, and
 * lists again only when it is told that its revision is too old.
 */
export class Informer {
  readonly #path: string;
  readonly #revisions = new Map<string, string>();
  #revision = 0;
  /** How often it had to list. */
  lists = 0;
  events = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Follows until `signal` aborts; a server that is gone is none of its business. */
  async follow(client: Client, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#revision === 0) await this.#list(client);
        const path = `${this.#path}?watch=1&resourceVersion=${this.#revision}`;
        if (this.#revision > 0) await client.watch(path, (event) => this.#take(event), signal);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #list(client: Client): Promise<void> {
    const { status, json } = await client.send("GET", this.#path);
    if (status !== 200) return;
    this.lists++;
    const revision = Number(json.metadata.resourceVersion);
    this.#revisions.clear();
    for (const { metadata } of json.items) {
      this.#revisions.set(metadata.name, metadata.resourceVersion);
    }
    this.#revision = revision;
  }

  #take({ type, object }: Json): void {
    if (type === "ERROR" || object.kind === "Status") {
      assert.equal(object.code, 410, JSON.stringify(object));
      this.#revision = 0;
      return;
    }
    this.events++;
    const { name, resourceVersion } = object.metadata;
    assert.ok(Number(resourceVersion) > this.#revision, `${name}: a revision came twice`);
    this.#revision = Number(resourceVersion);
    if (type === "DELETED") this.#revisions.delete(name);
    else this.#revisions.set(name, resourceVersion);
  }

  /** Waits until it has seen what there is; to be called while nobody writes. Errors: when it never does. */
  async settled(client: Client, told: string): Promise<void> {
    for (let tries = 0;; tries++) {
      const { status, json } = await client.send("GET", this.#path);
      const there = (status === 200 ? json.items : []).map((
        { metadata }: Json,
      ) => [metadata.name, metadata.resourceVersion]);
      const known = [...this.#revisions].sort();
      if (status === 200 && JSON.stringify(there.sort()) === JSON.stringify(known)) return;
      assert.ok(tries < 100, `${told}: seen ${JSON.stringify(known)} of ${JSON.stringify(there)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
