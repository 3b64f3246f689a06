export type KeptValue = string | Uint8Array;

/**
 * Values by key in memory, with a state file's methods: nothing is kept by a commit. `told` hears of every change;
 * undefined is a key that went.
 */
export class KeyValues {
  readonly #values: Map<string, KeptValue>;

  constructor(
    entries: Iterable<[string, KeptValue]> = [],
    readonly told: (key: string, value: KeptValue | undefined) => void = () => {},
  ) {
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

  /** In their order. */
  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  put(key: string, value: KeptValue): void {
    this.#values.set(key, value);
    this.told(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
    this.told(key, undefined);
  }

  deletePrefix(prefix: string): void {
    for (const key of this.keys(prefix)) this.delete(key);
  }

  commit(): void {}
  close(): void {}
}
