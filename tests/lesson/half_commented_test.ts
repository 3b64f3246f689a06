import assert from "node:assert/strict";
import { isMistake, readValues } from "../../lib/lesson/mod.ts";

const LINES =
  (await Deno.readTextFile(new URL("../../helm_values/prometheus-adapter.yaml", import.meta.url)))
    .split("\n");
const FROM = LINES.indexOf("# rules:");
const EXAMPLE = LINES.flatMap((line, at) => at >= FROM && line.startsWith("#") ? [at + 1] : []);
/** Lines without which the rule is still a rule, if not the same: their fields may be left out, or stand empty. */
const OPTIONAL = ["resource: namespace", "resource: pod", "resource: service", "template:", "as:"]
  .concat("matches:").map((field) => LINES.findIndex((line) => line.includes(`  ${field}`)) + 1);

/** What is said of the example where these of its lines are comments still. */
function said(commented: readonly number[], uncomment = (line: string) => line.slice(2)) {
  const text = LINES.map((line, at) =>
    EXAMPLE.includes(at + 1) && !commented.includes(at + 1) ? uncomment(line) : line
  ).join("\n");
  const read = readValues(text, true);
  return isMistake(read) ? read : undefined;
}

Deno.test("the whole example is right, and with none of its lines nothing was begun", () => {
  assert.equal(EXAMPLE.length, 16);
  assert.equal(said([]), undefined);
  assert.match(said(EXAMPLE)!.is.en, /^`rules:` and what is under it are still commented/);
});

Deno.test("where one line of the example is a comment still, that is the cause, and which", () => {
  const needed = EXAMPLE.filter((line) => !OPTIONAL.includes(line));
  assert.equal(needed.length, 10);
  for (const line of needed) {
    const found = said([line])!;
    assert.equal(found.line, line);
    assert.match(found.is.en, /^`[^`]+` is still commented/);
    assert.match(found.is.ko, /아직 주석/);
    assert.match(found.next.en, new RegExp(`^take \`# \` away from line ${line}[:,]`));
  }
});

Deno.test("where the beginning or the end of the example is a comment still, the lines are told", () => {
  for (const at of EXAMPLE.keys()) {
    if (at === 0) continue;
    for (const commented of [EXAMPLE.slice(0, at), EXAMPLE.slice(at)]) {
      const found = said(commented)!;
      assert.doesNotMatch(found.is.en, /has a value already|fits nothing above|no key of/);
      // A key that has nothing under it names the line where that begins.
      const isEmptyKey = /is empty: what belongs under it is still commented/.test(found.is.en);
      if (isEmptyKey) assert.match(found.is.en, new RegExp(`\\(line ${commented[0]}\\)$`));
      else assert.equal(found.line, commented[0]);
      if (commented.length < 3 || isEmptyKey) continue;
      const lines = `lines ${commented[0]} to ${commented.at(-1)}`;
      assert.ok(found.is.en.startsWith(`${lines} are still commented`), found.is.en);
      assert.ok(found.next.en.includes(`away from ${lines}`));
      assert.ok(found.is.ko.includes(`${commented[0]}-${commented.at(-1)}번째 줄`), found.is.ko);
    }
  }
  const [first, second, third, , fifth] = EXAMPLE;
  assert.match(
    said([first, second, third, fifth])!.is.en,
    new RegExp(`^lines ${first} to ${third} and ${fifth} are`),
  );
});

Deno.test("a comment that is meant to be one is not the cause of another mistake", () => {
  const whole = LINES.map((line, at) => EXAMPLE.includes(at + 1) ? line.slice(2) : line).join("\n");
  const kept = whole.replace(/( +)metricsQuery:.*/, "$&\n$1# metricsQuery: 'max(<<.Series>>)'");
  assert.ok(!isMistake(readValues(kept, true)));
  for (const [from, to] of [["seriesQuery", "seriesQeury"], ["(<<.GroupBy>>)", "(<<.GroupBy>>"]]) {
    const read = readValues(kept.replace(from, to), true);
    assert.ok(isMistake(read));
    assert.doesNotMatch(read.is.en, /commented/);
  }
});
