import { compareLabels } from "./labels.ts";
import { compareNanFirst } from "./_math.ts";
import type { Sample } from "./_vector.ts";

/**
 * How `sort`, `sort_by_label` and their like, of the names of labels, put samples in order.
 * Source: prometheus/prometheus promql/functions.go (funcSort, funcSortByLabel).
 */
export function orderOf(
  fn: string,
  names: readonly string[],
): (a: Sample, b: Sample) => number {
  const direction = fn.endsWith("_desc") ? -1 : 1;
  if (fn === "sort" || fn === "sort_desc") {
    return (a, b) => {
      // NaN goes to the end either way.
      if (Number.isNaN(a.value) || Number.isNaN(b.value)) return compareNanFirst(b.value, a.value);
      return direction * (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
    };
  }
  return (a, b) => {
    for (const name of names) {
      const [left, right] = [a.metric.get(name), b.metric.get(name)];
      if (left !== right) return naturalLess(left, right) ? -direction : direction;
    }
    return direction * compareLabels(a.metric.labels, b.metric.labels);
  };
}

/**
 * Whether `a` sorts before `b` when digits count as numbers: `x2` before `x10`.
 * Source: github.com/facette/natsort natsort.go (Compare).
 */
function naturalLess(a: string, b: string): boolean {
  const aChunks = a.match(/\d+|\D+/g) ?? [];
  const bChunks = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < aChunks.length; i++) {
    if (i >= bChunks.length) return false;
    const [aChunk, bChunk] = [aChunks[i], bChunks[i]];
    const numeric = /^\d/.test(aChunk) && /^\d/.test(bChunk);
    const equal = numeric ? Number(aChunk) === Number(bChunk) : aChunk === bChunk;
    if (!equal) return numeric ? Number(aChunk) < Number(bChunk) : aChunk < bChunk;
    if (i === aChunks.length - 1) return true;
    if (i === bChunks.length - 1) return false;
  }
  return false;
}
