import assert from "node:assert/strict";
import { runScript } from "./promqltest/run.ts";
import { parseScript, ScriptError } from "./promqltest/script.ts";

const here = import.meta.dirname!;

Deno.test("scripts in Prometheus' own test language come out as they say", async () => {
  for await (const { name } of Deno.readDir(`${here}/scripts`)) {
    const verdicts = runScript(parseScript(await Deno.readTextFile(`${here}/scripts/${name}`)));
    assert.ok(verdicts.length > 4, name);
    assert.deepEqual(verdicts.filter(({ problem, leftOut }) => problem ?? leftOut), [], name);
  }
});

Deno.test("what a script expects wrongly is told, by its line", () => {
  const wrong = `load 1m
  m{a="1"} 1 2
  h{b="1"} {{schema:0 count:1}}

eval instant at 1m m
  m{a="1"} 3

eval instant at 1m m
  m{a="2"} 2

eval instant at 1m h
  h{b="1"} {{schema:0 count:1}}

eval instant at 1m m
  expect fail

eval instant at 1m {b="1"} > 0
  expect info

eval instant at 1m {a="1"} > 0
  expect info
  m{a="1"} 2
`;
  assert.deepEqual(runScript(parseScript(wrong)), [
    { line: 5, expr: "m", problem: '{__name__="m", a="1"}: expected 3, got 2' },
    { line: 8, expr: "m", problem: 'unexpected {__name__="m", a="1"}: 2' },
    { line: 11, expr: "h", leftOut: "native histograms" },
    { line: 14, expr: "m", problem: "expected a failure, got none" },
    { line: 17, expr: '{b="1"} > 0', leftOut: "native histograms" },
    { line: 20, expr: '{a="1"} > 0', problem: "expected info, got none" },
  ]);
});

Deno.test("a script that cannot be read says where", () => {
  for (
    const [text, line] of [
      ["lod 1m\n", 1],
      ["load\n  m 1\n", 1],
      ["load 1m\n  m x\n", 2],
      ["\neval instant m\n", 2],
      ["eval instant at 1q m\n", 1],
      ["eval instant at 1m m\n  expect nothing\n", 2],
      ['load 1m\n  m{a="1} 1\n', 2],
    ] as const
  ) {
    assert.throws(
      () => parseScript(text),
      (error) => error instanceof ScriptError && error.line === line,
      text,
    );
  }
});

Deno.test("deno task promqltest answers by its exit status", async () => {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "promqltest", ...args],
      cwd: `${here}/../..`,
    }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  };
  const good = await run(`${here}/scripts/counters.test`);
  assert.match(good.text, /counters\.test: 7 passed, 0 differ\n$/);
  assert.equal(good.code, 0);
  const wrong = await Deno.makeTempFile({ suffix: ".test" });
  await Deno.writeTextFile(wrong, "eval instant at 0 vector(1)\n  {} 2\n");
  const differs = await run(wrong);
  assert.match(differs.text, /:1: vector\(1\)\n {2}\{\}: expected 2, got 1\n/);
  assert.equal(differs.code, 1);
  await Deno.remove(wrong);
  const missing = await run(wrong);
  assert.equal(missing.code, 2);
  assert.doesNotMatch(missing.text, /\n\s+at /);
});
