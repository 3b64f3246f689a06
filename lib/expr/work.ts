import { ExprMap, type ExprValue, Panic } from "./values.ts";

/**
 * How much working an expression out may take: a step is a part that is looked at, or an element or a character that
 * is gone over. A million takes about a tenth of a second.
 */
const MAX_STEPS = 10_000_000;

/**
 * What working one expression out may still take.
 * Differs: upstream bounds what an expression makes, and not how long it takes.
 */
export class Work {
  #left = MAX_STEPS;
  readonly #sizes = new WeakMap<ExprValue[] | ExprMap, number>();

  /** Errors: Panic, when that is more than is left. */
  take(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new Panic(`it takes more than ${MAX_STEPS} steps`);
  }

  /** Going over all of a value. Errors: Panic. */
  goOver(value: ExprValue): void {
    this.take(this.#sizeOf(value));
  }

  /** Characters and elements, what lies in elements included. Lists within lists that are one list count each time. */
  #sizeOf(value: ExprValue): number {
    if (typeof value === "string") return value.length;
    if (!Array.isArray(value) && !(value instanceof ExprMap)) return 1;
    let size = this.#sizes.get(value);
    if (size !== undefined) return size;
    size = 1;
    if (Array.isArray(value)) { for (const one of value) size += this.#sizeOf(one); }
    else for (const [key, one] of value.entries) size += this.#sizeOf(key) + this.#sizeOf(one);
    this.#sizes.set(value, size);
    return size;
  }
}
