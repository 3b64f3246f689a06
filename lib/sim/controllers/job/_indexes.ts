import type { Pod } from "../../../kube/mod.ts";

const INDEX = "batch.kubernetes.io/job-completion-index";

/** The completion index of a pod of an Indexed Job. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Completion indexes as a Job's status writes them: `0,1,3-5`.
 * Source: kubernetes pkg/controller/job/indexed_job_utils.go.
 */
export class IndexSet {
  readonly #indexes: ReadonlySet<number>;

  constructor(indexes: Iterable<number> = []) {
    this.#indexes = new Set(indexes);
  }

  /** Reads a status; indexes from `completions` on are left out. */
  static parse(text: string | undefined, completions: number): IndexSet {
    const indexes: number[] = [];
    for (const part of (text ?? "").split(",")) {
      const [first, last = first] = part.split("-");
      if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) continue;
      const end = Math.min(Number(last), completions - 1);
      for (let index = Number(first); index <= end; index++) indexes.push(index);
    }
    return new IndexSet(indexes);
  }

  get size(): number {
    return this.#indexes.size;
  }

  has(index: number): boolean {
    return this.#indexes.has(index);
  }

  with(more: Iterable<number>): IndexSet {
    return new IndexSet([...this.#indexes, ...more]);
  }

  [Symbol.iterator](): Iterator<number> {
    return this.#indexes[Symbol.iterator]();
  }

  /** The `count` lowest indexes below `completions` that are not in the set. */
  missing(count: number, completions: number): number[] {
    const out: number[] = [];
    for (let index = 0; index < completions && out.length < count; index++) {
      if (!this.has(index)) out.push(index);
    }
    return out;
  }

  toString(): string {
    const parts: string[] = [];
    const sorted = [...this.#indexes].sort((a, b) => a - b);
    for (let i = 0; i < sorted.length;) {
      let end = i;
      while (sorted[end + 1] === sorted[end] + 1) end++;
      const separator = end - i === 1 ? "," : "-";
      parts.push(end === i ? `${sorted[i]}` : `${sorted[i]}${separator}${sorted[end]}`);
      i = end + 1;
    }
    return parts.join(",");
  }
}
