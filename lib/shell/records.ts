import type { StateFile } from "../labs/lab.ts";

/** What a lab keeps for commands, as a thread without its file sees it: every write is told. */
export class Records implements StateFile {
  readonly #values: Map<string, string>;
  readonly #tell: (key: string, value: string | undefined) => void;

  constructor(
    entries: Iterable<[string, string]>,
    tell: (key: string, value: string | undefined) => void,
  ) {
    this.#values = new Map(entries);
    this.#tell = tell;
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  getBytes(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    return value === undefined ? undefined : new TextEncoder().encode(value);
  }

  *entries(prefix: string): Iterable<[string, string]> {
    for (const key of this.keys(prefix)) yield [key, this.#values.get(key)!];
  }

  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  put(key: string, value: string | Uint8Array): void {
    const text = typeof value === "string" ? value : new TextDecoder().decode(value);
    this.#values.set(key, text);
    this.#tell(key, text);
  }

  delete(key: string): void {
    this.#values.delete(key);
    this.#tell(key, undefined);
  }

  deletePrefix(prefix: string): void {
    for (const key of this.keys(prefix)) this.delete(key);
  }

  commit(): void {}
  close(): void {}
}
