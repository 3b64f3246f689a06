import assert from "node:assert/strict";
import {
  DurationSyntaxError,
  formatGoDuration,
  formatPromDuration,
  formatRequirements,
  httpStatus,
  humanDuration,
  matches,
  parseGoDuration,
  parsePromDuration,
  parseSelector,
  Quantity,
  QuantitySyntaxError,
  SeededRandom,
  SelectorSyntaxError,
  selects,
} from "../../lib/base/mod.ts";

Deno.test("Quantity.toString() gives the canonical form", () => {
  const table: [string, string, number][] = [
    ["100m", "100m", 100],
    ["0.1", "100m", 100],
    ["1500m", "1500m", 1500],
    ["64Mi", "64Mi", 67_108_864_000],
    ["65536Ki", "64Mi", 67_108_864_000],
    ["1.5Gi", "1536Mi", 1_610_612_736_000],
    ["12000", "12k", 12_000_000],
    ["160", "160", 160_000],
    ["10.5", "10500m", 10_500],
    ["1e3", "1e3", 1_000_000],
    ["0", "0", 0],
    ["-2", "-2", -2000],
  ];
  for (const [text, canonical, milli] of table) {
    assert.equal(Quantity.parse(text).toString(), canonical, text);
    assert.equal(Quantity.parse(text).milliValue, milli, text);
  }
});

Deno.test("Quantity.parse() rejects a bare suffix", () => {
  for (const text of ["Mi", "", "1.2.3", "ten", "1 Mi"]) {
    assert.throws(() => Quantity.parse(text), QuantitySyntaxError, text);
  }
});

Deno.test("durations read as Go and Prometheus write them", () => {
  assert.equal(parseGoDuration("1h15m30.5s"), 4_530_500);
  assert.equal(formatGoDuration(90_000), "1m30s");
  assert.equal(formatGoDuration(500), "500ms");
  assert.equal(formatGoDuration(3_600_000), "1h0m0s");
  assert.throws(() => parseGoDuration("5"), DurationSyntaxError);
  assert.equal(parsePromDuration("1d12h"), 129_600_000);
  assert.equal(formatPromDuration(300_000), "5m");
  assert.equal(formatPromDuration(129_600_000), "36h");
  assert.throws(() => parsePromDuration("5m1h"), DurationSyntaxError);
});

Deno.test("humanDuration() prints ages as kubectl does", () => {
  const table: [number, string][] = [
    [0, "0s"],
    [46, "46s"],
    [119, "119s"],
    [120, "2m"],
    [200, "3m20s"],
    [2940, "49m"],
    [10_800, "3h"],
    [19_800, "5h30m"],
    [172_800, "2d"],
    [86_400 * 9, "9d"],
    [86_400 * 800, "2y70d"],
  ];
  for (const [seconds, text] of table) assert.equal(humanDuration(seconds * 1000), text);
});

Deno.test("parseSelector() reads and refuses selectors as labels.Parse did", () => {
  const { labels } = JSON.parse(
    Deno.readTextFileSync(new URL("./testdata/selectors.json", import.meta.url)),
  );
  for (const { Text: text, Error: refused, Parsed: parsed } of labels) {
    let shown: string;
    try {
      shown = formatRequirements(parseSelector(text));
    } catch (error) {
      assert.equal((error as Error).message, refused, text);
      continue;
    }
    // labels.Parse keeps the doubled sign.
    assert.equal(shown, parsed.replaceAll("==", "="), text);
  }
});

Deno.test("selectors match as Kubernetes matches them", () => {
  const labels = { app: "web", tier: "a" };
  const table: [string, boolean][] = [
    ["app=web", true],
    ["app==web,tier!=b", true],
    ["tier in (a, b)", true],
    ["tier notin (a)", false],
    ["other notin (a)", true],
    ["app", true],
    ["!app", false],
    ["", true],
  ];
  for (const [text, expected] of table) {
    assert.equal(matches(parseSelector(text), labels), expected, text);
  }
  assert.throws(() => parseSelector("app=web,"), SelectorSyntaxError);
  assert.throws(() => parseSelector("a=b=c"), SelectorSyntaxError);
  assert.equal(selects(undefined, labels), false);
  assert.equal(selects({}, labels), true);
  assert.equal(
    selects({ matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] }, labels),
    true,
  );
});

Deno.test("SeededRandom repeats itself from its state", () => {
  const one = new SeededRandom(7);
  one.suffix();
  const state = one.state;
  const rest = [one.next(), one.uuid(), one.suffix()];
  const two = new SeededRandom(0);
  two.state = state;
  assert.deepEqual([two.next(), two.uuid(), two.suffix()], rest);
});

Deno.test("httpStatus() has Go's words, and the number alone where there are none", () => {
  const cases: [number, string][] = [[200, "200 OK"], [413, "413 Request Entity Too Large"], [
    799,
    "799",
  ]];
  for (const [code, words] of cases) assert.equal(httpStatus(code), words);
});
