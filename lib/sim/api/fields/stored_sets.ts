import type { KubeObject } from "../../../kube/mod.ts";
import type { StateFile } from "../../seams.ts";
import type { FieldSet } from "./field_set.ts";

const SETS = "api/fieldset/";

/**
 * Objects as text for the state file. Their sets of fields, which are long and much alike (every event has the
 * same), lie there once each, by number.
 */
export class StoredSets {
  readonly #byNumber = new Map<number, FieldSet>();
  readonly #byText = new Map<string, number>();
  #bySet = new WeakMap<FieldSet, number>();
  /** Sets that no object has any more; found when the file is read. */
  readonly #unused: Set<number>;
  #last = 0;

  constructor(state: StateFile) {
    for (const [key, text] of state.entries(SETS)) {
      const number = Number(key.slice(SETS.length));
      this.#learn(number, text, JSON.parse(text));
    }
    this.#unused = new Set(this.#byNumber.keys());
  }

  /** An object from its text. */
  read(text: string): KubeObject {
    const object: KubeObject = JSON.parse(text);
    for (const entry of (object.metadata.managedFields ?? []) as { fieldsV1?: unknown }[]) {
      if (typeof entry.fieldsV1 !== "number") continue;
      this.#unused.delete(entry.fieldsV1);
      entry.fieldsV1 = this.#byNumber.get(entry.fieldsV1) ?? {};
    }
    return object;
  }

  /** The text of an object; sets that it is the first to have are staged with it. */
  write(object: KubeObject, state: StateFile): string {
    for (const number of this.#unused) this.#forget(number, state);
    const { managedFields } = object.metadata;
    if (!managedFields) return JSON.stringify(object);
    const numbered = (managedFields as { fieldsV1: FieldSet }[]).map((entry) => ({
      ...entry,
      fieldsV1: this.#number(entry.fieldsV1, state),
    }));
    return JSON.stringify({
      ...object,
      metadata: { ...object.metadata, managedFields: numbered },
    });
  }

  #number(set: FieldSet, state: StateFile): number {
    const known = this.#bySet.get(set);
    if (known !== undefined) return known;
    const text = JSON.stringify(set);
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = ++this.#last;
      state.put(SETS + number, text);
      this.#learn(number, text, set);
    } else this.#bySet.set(set, number);
    return number;
  }

  #learn(number: number, text: string, set: FieldSet): void {
    this.#byNumber.set(number, set);
    this.#byText.set(text, number);
    this.#bySet.set(set, number);
    this.#last = Math.max(this.#last, number);
  }

  #forget(number: number, state: StateFile): void {
    state.delete(SETS + number);
    this.#unused.delete(number);
    this.#byText.delete(JSON.stringify(this.#byNumber.get(number)));
    this.#bySet = new WeakMap();
    this.#byNumber.delete(number);
  }
}
