import { formatGoFloat } from "../../../go/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import type { Collector, Family } from "./family.ts";

/** The text of one family, by object and as a whole. */
interface FamilyText {
  family: Family;
  head: string;
  byObject: Map<string, string>;
  /** The text of all objects; undefined when one has changed since it was put together. */
  whole: string | undefined;
}

/**
 * The metrics of all objects of one resource, kept as text: an object's lines are made when it changes,
 * and a scrape only puts together what is there.
 */
export class CollectorStore {
  readonly #collector: Collector;
  readonly #families: FamilyText[];
  readonly #isWatched: (namespace: string) => boolean;
  #text: string | undefined;

  constructor(
    collector: Collector,
    options: {
      isWanted: (family: string) => boolean;
      isWatched: (namespace: string) => boolean;
    },
  ) {
    this.#collector = collector;
    this.#isWatched = options.isWatched;
    this.#families = collector.families.filter(({ name }) => options.isWanted(name))
      .map((family) => ({
        family,
        head: `# HELP ${family.name} ${family.help}\n# TYPE ${family.name} ${family.type}\n`,
        byObject: new Map(),
        whole: undefined,
      }));
  }

  /** Follows the objects of the resource. Errors: ApiError when they may not be watched. */
  watch(kube: SimApi): void {
    kube.watch(this.#collector.resource, ({ type, object }) => {
      if (!this.#isWatched(object.metadata.namespace ?? "")) return;
      const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
      for (const text of this.#families) {
        const lines = type === "DELETED" ? "" : this.#lines(text.family, object);
        if (lines === (text.byObject.get(key) ?? "")) continue;
        if (lines === "") text.byObject.delete(key);
        else text.byObject.set(key, lines);
        text.whole = undefined;
        this.#text = undefined;
      }
    });
  }

  /** Whether {@linkcode CollectorStore.text} is what it was when it was last asked for. */
  get isUnchanged(): boolean {
    return this.#text !== undefined;
  }

  text(): string {
    return this.#text ??= this.#assemble();
  }

  #assemble(): string {
    let out = "";
    for (const text of this.#families) {
      if (text.byObject.size === 0) {
        out += text.head;
        continue;
      }
      text.whole ??= text.head + Array.from(text.byObject.values()).join("");
      out += text.whole;
    }
    return out;
  }

  #lines(family: Family, object: KubeObject): string {
    const found = family.lines(object);
    if (found === undefined) return "";
    const own = this.#collector.labels(object);
    const lines = typeof found === "number" ? [[[], found] as const] : found;
    return lines.map(([labels, value]) =>
      `${family.name}{${
        [...own, ...labels].map(([name, text]) => `${name}="${escape(String(text ?? ""))}"`)
          .join(",")
      }} ${formatGoFloat(value)}\n`
    ).join("");
  }
}

function escape(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => char === "\n" ? "\\n" : `\\${char}`);
}
