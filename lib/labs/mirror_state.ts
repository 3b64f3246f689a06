import type { StateFile } from "../sim/seams.ts";

/** What changed since the last commit: values by key, and keys that are gone. */
export type Batch = [key: string, value: string | Uint8Array | undefined][];

/**
 * The state of a cluster whose file lies on the other side of the wall: everything is in memory, and a
 * commit hands over what was staged since the one before.
 */
export class MirrorState implements StateFile {
  readonly #values: Map<string, string | Uint8Array>;
  #staged = new Map<string, string | Uint8Array | undefined>();

  constructor(entries: Iterable<[string, string | Uint8Array]>) {
    this.#values = new Map(entries);
  }

  get(key: string): string | undefined {
    const value = this.#values.get(key);
    return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  }

  getBytes(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    return typeof value === "string" ? new TextEncoder().encode(value) : value;
  }

  *entries(prefix: string): Iterable<[string, string]> {
    for (const key of this.keys(prefix)) yield [key, this.get(key)!];
  }

  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  put(key: string, value: string | Uint8Array): void {
    this.#values.set(key, value);
    this.#staged.set(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
    this.#staged.set(key, undefined);
  }

  deletePrefix(prefix: string): void {
    for (const key of this.keys(prefix)) this.delete(key);
  }

  /** What is staged stays so until {@linkcode MirrorState.take}. */
  commit(): void {}

  close(): void {}

  /** Hands over what was staged since the last time. */
  take(): Batch {
    const batch = [...this.#staged];
    this.#staged = new Map();
    return batch;
  }
}
