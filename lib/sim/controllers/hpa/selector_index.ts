import { type Labels, matches, parseSelector, type Requirement } from "../../../kube/mod.ts";

interface Selecting {
  name: string;
  namespace: string;
  requirements: readonly Requirement[];
  bucket: string;
}

/**
 * The selectors of all HPAs' targets, found by the labels that they select without looking at every
 * one: a selector lies in the bucket of a label that it asks for.
 * Source: kubernetes/kubernetes pkg/controller/util/selectors/bimultimap.go.
 */
export class SelectorIndex {
  readonly #byHpa = new Map<string, Selecting>();
  readonly #buckets = new Map<string, Set<Selecting>>();

  /** Puts a selector in the place of the HPA's last one. Errors: SelectorSyntaxError. */
  put({ namespace, name }: { namespace: string; name: string }, selector: string): void {
    const key = `${namespace}/${name}`;
    const requirements = parseSelector(selector);
    const asked = requirements.find(({ operator }) => operator === "=");
    const bucket = bucketOf(namespace, asked && [asked.key, asked.values[0]]);
    this.delete(key);
    const selecting = { name, namespace, requirements, bucket };
    this.#byHpa.set(key, selecting);
    const bucketed = this.#buckets.get(bucket);
    if (bucketed) bucketed.add(selecting);
    else this.#buckets.set(bucket, new Set([selecting]));
  }

  /** Forgets an HPA, by namespace and name with a slash between. */
  delete(key: string): void {
    const selecting = this.#byHpa.get(key);
    if (!selecting) return;
    this.#byHpa.delete(key);
    const bucketed = this.#buckets.get(selecting.bucket)!;
    bucketed.delete(selecting);
    if (bucketed.size === 0) this.#buckets.delete(selecting.bucket);
  }

  /** The HPAs of a namespace whose targets select any of these labels, by name. */
  selecting(
    namespace: string,
    labels: Iterable<Labels>,
  ): { name: string; namespace: string }[] {
    const found = new Set<Selecting>();
    for (const one of distinct(labels)) {
      const buckets = [
        bucketOf(namespace),
        ...Object.entries(one).map((label) => bucketOf(namespace, label)),
      ];
      for (const bucket of buckets) {
        for (const selecting of this.#buckets.get(bucket) ?? []) {
          if (!found.has(selecting) && matches(selecting.requirements, one)) found.add(selecting);
        }
      }
    }
    return [...found].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function bucketOf(namespace: string, label?: readonly [key: string, value: string]): string {
  return label ? `${namespace}/${label[0]}=${label[1]}` : namespace;
}

/** Pods of one workload have the same labels, and are asked about once. */
function distinct(labels: Iterable<Labels>): Iterable<Labels> {
  const seen = new Map<string, Labels>();
  for (const one of labels) seen.set(JSON.stringify(one), one);
  return seen.values();
}
