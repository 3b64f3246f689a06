import assert from "node:assert/strict";
import { lessonIds, LESSONS_URL, readSources } from "../../lib/lesson/load.ts";
import { examineSource } from "../../lib/lesson/source.ts";

const WITHIN = [
  "export default { steps: [] };",
  "const text = 'await', other = `await ${1}`; // await",
  "async function f(view: View) {\n  return (await view.get()) ?? await view.list();\n}",
  "async function f<T>(view: View, { path }: P): Promise<{ a: T }[]> {\n  return await view.get(path);\n}",
  "const f = async (view) => (await view.get()).spec;\nconst g = async view => await view.list(), h = 1;",
  "const f = async (view: View): Promise<void> => {\n  for await (const one of view) if (one) { await one; }\n};",
  "export default { async check(view) { return [await view.get()]; }, other: async () => await 1 };",
  "const list = async function* () { yield await 1; }",
];

const AT_ITS_TOP = [
  "await Promise.resolve();\nexport default {};",
  "if (true) {\n  await new Promise(() => {});\n}",
  "for await (const one of many) one();",
  "async function f() {\n  await 1;\n}\nawait f();",
  "const f = async (x) => await x\nawait f(1)",
  "const f = async x => x, y = await 1;",
  "const text = `${await 1}`;",
  "export default { steps: [await 1] };",
  "function f() {} { await 1; }",
];

Deno.test("a module whose awaits stand within functions waits for nothing", () => {
  for (const text of WITHIN) assert.equal(examineSource(text).awaitsWithin, true, text);
  for (const text of AT_ITS_TOP) assert.equal(examineSource(text).awaitsWithin, false, text);
});

Deno.test("each lesson is loaded without waiting for anything", async () => {
  for (const id of await lessonIds()) {
    assert.equal((await readSources(id, LESSONS_URL)).isPrompt, true, id);
  }
});
