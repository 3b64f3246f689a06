import assert from "node:assert/strict";
import {
  formatRequirements,
  labelKeyFaults,
  labelValueFaults,
  matches,
  parseSelector,
  Quantity,
  QuantitySyntaxError,
  SelectorSyntaxError,
  selects,
} from "../../lib/kube/mod.ts";

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

Deno.test("labels are held to one rule in selectors and objects, by bytes", () => {
  const long = "x".repeat(64);
  assert.deepEqual(labelValueFaults(long), ["must be no more than 63 bytes"]);
  assert.deepEqual(labelKeyFaults(`example.com/${long}`), [
    "name part must be no more than 63 bytes",
  ]);
  assert.match(labelKeyFaults("a/b/c").join(), /^a valid label key must consist of/);
  assert.match(labelKeyFaults("A/b").join(), /^prefix part a lowercase RFC 1123 subdomain/);
  assert.deepEqual(labelKeyFaults("/b"), ["prefix part must be non-empty"]);
});
