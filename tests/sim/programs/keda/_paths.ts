import { SeededRandom } from "../../../../lib/base/mod.ts";
import { findByPath } from "../../../../lib/sim/programs/keda_operator/gjson_path.ts";

/** A path, and what it is followed through. */
export interface Question {
  document: string;
  path: string;
}

/** What is there: gjson's word for its type, and the value. */
export interface Answer {
  type: string;
  value: string;
}

const DOCUMENTS = [
  '{"tasks":{"pending":7,"done":[1,2,3]},"queues":[{"name":"mail","length":12},{"name":"sms","length":3}],' +
  '"a.b":5,"wait*":6,"fav.@#(x":4,"ratio":0.25,"big":1e21,"text":"12k","on":true,"off":false,"none":null,"":8}',
  '[1,[2,3],{"x":4}]',
  "42",
  '"word"',
  '{"0":{"x":9}}',
  "{}",
  "[]",
];

const PATHS = [
  "tasks.pending",
  "tasks|pending",
  "tasks.done.1",
  "tasks.done.#",
  "tasks.done.9",
  "tasks.done.-1",
  "tasks.done.01",
  "tasks.done.x",
  "queues.#",
  "queues.#.length",
  "queues.#.nothing",
  "queues.#.name",
  "queues.0.length",
  "queues.1.name",
  "queues.length",
  "queues.*",
  "a\\.b",
  "a.b",
  "wait\\*",
  "fav\\.\\@\\#\\(x",
  "wait*",
  "ta*.pend*",
  "t?sks.pending",
  "*.pending",
  "?",
  "*",
  "ratio",
  "big",
  "text",
  "text.length",
  "on",
  "off",
  "none",
  "none.x",
  "0",
  "2.x",
  "0.x",
  "queues.#.length|0",
  "queues.#|0",
  "queues.#.length.0",
  "queues|1|name",
  "1.#",
  "1.1",
  "#",
  "missing",
  "tasks.missing.deep",
  "tasks",
];

/** Every path through every document, and `count` more at random. */
export function questions(count: number, seed: number): Question[] {
  const random = new SeededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)];
  const parts = [
    "tasks",
    "queues",
    "length",
    "0",
    "1",
    "2",
    "#",
    "x",
    "done",
    "t*",
    "*s",
    "pe?ding",
  ];
  const some = () => Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => pick(parts));
  return [
    ...DOCUMENTS.flatMap((document) => PATHS.map((path) => ({ document, path }))),
    ...Array.from({ length: count }, () => ({
      document: pick(DOCUMENTS),
      path: some().join(pick([".", ".", "|"])),
    })),
  ];
}

/** What we find, as the recorder tells it. */
export function answer({ document, path }: Question): Answer {
  const found = findByPath(JSON.parse(document), path);
  if (!found) return { type: "Null", value: "" };
  const { value } = found;
  const type = value === null
    ? "Null"
    : typeof value === "boolean"
    ? value ? "True" : "False"
    : typeof value === "number"
    ? "Number"
    : typeof value === "string"
    ? "String"
    : "JSON";
  return { type, value: JSON.stringify(value) };
}

/** An answer whose value is compared as what it says, not as it is spelled. */
export function comparable({ type, value }: Answer): unknown {
  return [type, value === "" ? undefined : JSON.parse(value)];
}
