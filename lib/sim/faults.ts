import type { Fault } from "../base/mod.ts";

/** A mistake of the cluster's own parts, as it is kept. */
export interface FaultRecord {
  /** Virtual times in milliseconds since the Unix epoch. */
  firstMs: number;
  lastMs: number;
  count: number;
  /** What it happened in: `container default/web/nginx`, `controller deployment default/web`. */
  label: string;
  message: string;
  stack: string;
}

/** How many different faults are kept. */
const MAX_RECORDS = 100;

/**
 * What was thrown where nothing should be, oldest first: the same thing in the same place is counted, and of
 * different ones the last are kept.
 */
export class FaultLog {
  readonly #records = new Map<string, FaultRecord>();

  get records(): readonly FaultRecord[] {
    return [...this.#records.values()];
  }

  /** Notes a fault. Gives its record. */
  add({ atMs, label, error }: Fault): FaultRecord {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const key = `${label}\n${message}`;
    const known = this.#records.get(key);
    if (known) {
      known.count++;
      known.lastMs = atMs;
      return known;
    }
    const stack = error instanceof Error ? error.stack ?? message : message;
    const record = { firstMs: atMs, lastMs: atMs, count: 1, label, message, stack };
    this.#records.set(key, record);
    if (this.#records.size > MAX_RECORDS) {
      this.#records.delete(this.#records.keys().next().value!);
    }
    return record;
  }
}
