import type { StateFile } from "../../../lib/sim/seams.ts";

/** A state file in memory. */
export class MemoryState implements StateFile {
  readonly #entries = new Map<string, string | Uint8Array>();

  get(key: string): string | undefined {
    const value = this.#entries.get(key);
    return typeof value === "string" ? value : undefined;
  }
  getBytes(key: string): Uint8Array | undefined {
    const value = this.#entries.get(key);
    return value instanceof Uint8Array ? value : undefined;
  }
  *entries(prefix: string): Iterable<[string, string]> {
    for (const key of this.keys(prefix)) yield [key, this.get(key)!];
  }
  keys(prefix: string): Iterable<string> {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
  put(key: string, value: string | Uint8Array): void {
    this.#entries.set(key, value);
  }
  delete(key: string): void {
    this.#entries.delete(key);
  }
  deletePrefix(prefix: string): void {
    for (const key of this.keys(prefix)) this.#entries.delete(key);
  }
  commit(): void {}
  close(): void {}
}
