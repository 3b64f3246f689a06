import { fnv32a } from "../../lib/base/mod.ts";

/** What no two clusters have alike, as the hole that it fills. The first that fits a place is taken. */
const HOLES: readonly [pattern: RegExp, hole: string][] = [
  [/-----BEGIN [\s\S]*?-----END [^-]*-----\n?/g, "<certificate>"],
  [/\bLS0tLS1CRUdJTi[A-Za-z0-9+/=]+/g, "<certificate>"],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "<uid>"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>"],
  // kubectl's and helm's own ways to write a time.
  [
    /\b[A-Z][a-z]{2},? +(?:[A-Z][a-z]{2} +\d+|\d+ [A-Z][a-z]{2}) +(?:\d{4} )?\d\d:\d\d:\d\d(?: [+-]\d{4}| [A-Z]{3,4})?(?: \d{4})?/g,
    "<time>",
  ],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} [A-Z]+/g, "<time>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<ip>"],
  // The letters of Kubernetes' names: k8s.io/apimachinery/pkg/util/rand.
  [/-[bcdfghjklmnpqrstvwxz2456789]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-<hash>-<hash>"],
  [/-(?=[a-z]*\d)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-<hash>"],
  [/-(?=[a-z]*\d)[bcdfghjklmnpqrstvwxz2456789]{8,10}\b/g, "-<hash>"],
  [/\bkube-api-access-[a-z0-9]{5}\b/g, "kube-api-access-<hash>"],
  [/(?<=^|[\s(])(?:\d+(?:d|h|m|s)){1,2}(?=$|[\s)])/gm, "<age>"],
  [/\b(resourceVersion|Resource Version)(["=: ]+)\d+/g, "$1$2<number>"],
  [/\b(pod-template-hash|controller-revision-hash)([=:] ?)"?[a-z0-9]+"?/g, "$1$2<hash>"],
  // A node port that nobody named.
  [/(?<=:)3(?!095[012])[0-2]\d{3}(?=\/TCP)/g, "<port>"],
];

/** A text with its holes open again, and with runs of blanks as one: tables are as wide as what fills them. */
export function plain(text: string): string {
  const open = HOLES.reduce((at, [pattern, hole]) => at.replace(pattern, hole), text);
  return open.split("\n").map((line) => line.replace(/(?<=\S)\s+/g, " ").trimEnd()).join("\n");
}

/** A value of JSON with the holes of its texts open. */
export function plainValue(value: unknown): unknown {
  if (typeof value === "string") return short(plain(value));
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([key, each]) => [plain(key), UNLIKE[key]?.(each) ?? plainValue(each)]),
  );
}

/** Values whose key says that no two clusters have them alike. */
const UNLIKE: Record<string, (value: unknown) => unknown> = {
  "pod-template-hash": () => "<hash>",
  "controller-revision-hash": () => "<hash>",
  modifiedAt: () => "<time>",
  nodePort: (value) => [30950, 30951, 30952].includes(Number(value)) ? value : "<port>",
};

/** How long a text may be that is kept as it is. */
const SHORT = 400;

/** A long text as its beginning, its length and a sum, by which it is compared all the same. */
function short(text: string): string {
  if (text.length <= SHORT) return text;
  return `${text.slice(0, 40)}… (${text.length} characters, ${sumOf(text)})`;
}

export function sumOf(text: string): string {
  return fnv32a(text).toString(16).padStart(8, "0");
}
