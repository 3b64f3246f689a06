import type { SeededRandom } from "../../../lib/base/mod.ts";

type Json = any;

/** Values that belong nowhere. */
export const JUNK: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  "",
  " ",
  "a",
  "-1",
  "1e3",
  "\u0000",
  "\ud800",
  "é日本🦕",
  "../../etc",
  "x".repeat(300),
  "kube-system",
  "100m",
  "50%",
  "2026-01-01T00:00:00Z",
  "NaN",
  [],
  {},
  [null],
  [[]],
  [{}],
  { "": "" },
  { a: { b: { c: { d: null } } } },
  { $patch: "delete" },
  { $patch: "replace" },
  JSON.parse('{"__proto__":{"x":1}}'),
  JSON.parse('{"constructor":{"prototype":1}}'),
  { toString: "x", hasOwnProperty: 1 },
];
const KEYS = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "managedFields",
  "ownerReferences",
  "finalizers",
  "deletionTimestamp",
  "generation",
  "labels",
  "spec",
  "status",
  "replicas",
  "selector",
  "nope",
  "",
  "__proto__",
  "constructor",
  "$patch",
  "$retainKeys",
  "$setElementOrder/containers",
  "$deleteFromPrimitiveList/finalizers",
];

/** A value with one thing in it changed. */
export function mutated(random: SeededRandom, value: Json): Json {
  const out = structuredClone(value);
  const places: [Json, string | number][] = [];
  const collect = (at: Json) => {
    if (at === null || typeof at !== "object") return;
    for (const key of Object.keys(at)) {
      places.push([at, Array.isArray(at) ? Number(key) : key]);
      collect(at[key]);
    }
  };
  collect(out);
  if (places.length === 0) return random.pick(JUNK);
  const [owner, key] = random.pick(places);
  switch (random.int(6)) {
    case 0:
      if (Array.isArray(owner)) owner.splice(key as number, 1);
      else delete owner[key];
      break;
    case 1:
      if (Array.isArray(owner)) owner.push(structuredClone(owner[key as number]));
      else set(owner, random.pick(KEYS), random.pick(JUNK));
      break;
    case 2:
      set(owner, key, [owner[key]]);
      break;
    case 3:
      set(owner, key, { [random.pick(KEYS)]: owner[key] });
      break;
    default:
      set(owner, key, random.pick(JUNK));
  }
  return out;
}

/** As JSON.parse does: `__proto__` is a key like any other. */
function set(owner: Json, key: string | number, value: Json): void {
  Object.defineProperty(owner, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
