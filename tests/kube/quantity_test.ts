import assert from "node:assert/strict";
import { goInt64, Quantity, QuantitySyntaxError } from "../../lib/kube/mod.ts";

Deno.test("Quantity.parse() does not work out what nobody could write out", async (t) => {
  const rows: [text: string, gives: string | undefined][] = [
    ["1e990", "1e990"],
    ["1e999999999", undefined],
    ["1e99999999999999999999", undefined],
    ["9".repeat(1_001), undefined],
    [`0.${"1".repeat(1_001)}`, undefined],
    [`${"9".repeat(999)}E`, undefined],
    // What is asked for is never nothing.
    ["1e-999999999", "1e-9"],
    ["-1e-999999999", "-1e-9"],
    ["0e999999999", "0"],
    ["0e-999999999", "0"],
    ["123e-11", "2e-9"],
  ];
  for (const [text, gives] of rows) {
    await t.step(text.slice(0, 40), () => {
      if (gives !== undefined) return assert.equal(Quantity.parse(text).toString(), gives);
      assert.throws(
        () => Quantity.parse(text),
        new QuantitySyntaxError("unable to parse numeric part of quantity"),
      );
    });
  }
});

// Source: Go's conversion of a float64 that is out of range, on amd64.
Deno.test("Quantity.fromFloat() takes any number, as Go does", () => {
  const least = "-9223372036854775808m";
  const rows: [value: number, gives: string][] = [
    [1.2345, "1234m"],
    [-1.2345, "-1234m"],
    [9e15, "9P"],
    ...[1e16, -1e16, 1e30, Infinity, -Infinity, NaN].map((value): [number, string] => [
      value,
      least,
    ]),
  ];
  for (const [value, gives] of rows) {
    assert.equal(Quantity.fromFloat(value).toString(), gives, `${value}`);
  }
  assert.equal(goInt64(2 ** 63 - 1024), 2n ** 63n - 1024n);
});
