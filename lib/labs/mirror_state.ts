import { KeyValues } from "../base/mod.ts";

/** What changed since the last commit: values by key, and keys that are gone. */
export type Batch = [key: string, value: string | Uint8Array | undefined][];

/**
 * The state of a cluster whose file lies on the other side of the wall: everything is in memory, and a
 * commit hands over what was staged since the one before.
 */
export class MirrorState extends KeyValues {
  #staged = new Map<string, string | Uint8Array | undefined>();

  constructor(entries: Iterable<[string, string | Uint8Array]>) {
    super(entries, (key, value) => this.#staged.set(key, value));
  }

  /** Hands over what was staged since the last time, committed or not. */
  take(): Batch {
    const batch = [...this.#staged];
    this.#staged = new Map();
    return batch;
  }
}
