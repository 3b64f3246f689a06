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
      ["eval range from 5m to 1m step 1m m\n", 1],
      ["eval instant at -1m m\n", 1],
      ["eval instant at 1m m\n  expect warn\n  expect no_warn\n", 1],
      ["eval instant at 1m m\n  expect fail\n  expect fail\n", 1],
      ["eval instant at 1m m\n  expect fail regex: (\n", 2],
      ["eval instant at 1m m\n  m 1 2\n", 1],
      ["eval instant at 1m 5\n  5\n  6\n", 3],
      ["eval_fail instant at 1m m\n  expected_fail_message x\n  m 1\n", 3],
    ] as const
  ) {
    assert.throws(
      () => parseScript(text),
      (error) => error instanceof ScriptError && error.line === line,
      text,
    );
  }
});

Deno.test("a query that cannot be read ends its script, whatever is expected of it", () => {
  const place = (text: string) => {
    try {
      parseScript(text);
    } catch (error) {
      assert.ok(error instanceof ScriptError);
      return [error.line, error.column, error.message];
    }
  };
  assert.deepEqual(place("clear\n\n  eval instant at 1m sum(m\n    expect fail\n"), [
    3,
    27,
    "parse error: unclosed left parenthesis",
  ]);
  assert.deepEqual(place("eval range from 0 to 1m step 1m rate(m)\n"), [
    1,
    38,
    'parse error: expected type range vector in call to function "rate", got instant vector',
  ]);
  // What only a feature flag opens can be read, and is left out when it is run.
  const off = 'eval instant at 1m m anchored\n\neval instant at 1m info(m, {a=~".*"})\n';
  assert.deepEqual(runScript(parseScript(off)).map(({ leftOut }) => leftOut), [
    "switched off",
    "switched off",
  ]);
});

Deno.test("every form of the language is read", () => {
  const script = `# Sequences, the last of which is a comment's neighbour.
load 1m
  m{a="x"} 1+2x3 _ _x2 stale -Inf NaN 5x2 3-1x2
  n 0x2 1e3 -.5 +Inf 1_000
  {__name__="o"} 1
  {"u.v"} 2

eval range from 0 to 15m step 1m m
  m{a="x"} 1 3 5 7 7 7 7 _ -Inf NaN 5 5 5 3 2 1

eval range from 0 to 6m step 1m n
  n 0x2 1000 -0.5 Inf 1000

eval instant at 0 {__name__=~"o|u.v"}
  o 1
  {"u.v"} 2

eval instant at 1m 1 + 1
  2

eval instant at 1m ("foo")
  expect string \`foo\`

eval instant at 3m m[2m]
  expect range vector from 2m to 3m step 1m
  m{a="x"} 5 7

eval instant at 1m nothing

eval_fail instant at 0 m + on() group_left() {__name__=~"n|o"}
  expected_fail_regexp found duplicate series.*

eval instant at 0 m + on() group_left() {__name__=~"n|o"}
  expect fail regex: found duplicate .*

eval_ordered instant at 0 sort_desc({__name__=~"m|n"})
  m{a="x"} 1
  n 0

eval_warn instant at 1m quantile(2, m)
  {} +Inf

eval instant at 2m rate(m[2m])
  expect info msg: PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "m" (1:6)
  expect no_warn
  {a="x"} 0.0333333333333

clear

eval instant at 1m m
`;
  const verdicts = runScript(parseScript(script));
  assert.equal(verdicts.length, 13);
  assert.deepEqual(verdicts.filter(({ problem, leftOut }) => problem ?? leftOut), []);
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
