import assert from "node:assert/strict";
import {
  DESCRIBE_TABLE,
  formatGoFloat,
  GET_TABLE,
  goJson,
  goSprint,
  humanDuration,
  quote,
  TabWriter,
} from "../../../lib/go/mod.ts";
import { smartLabel } from "../../../lib/commands/kubectl/describe/generic.ts";

Deno.test("formatGoFloat() prints as Go's %g", () => {
  const rows: [value: number, text: string][] = [
    [0.5, "0.5"],
    [1.5e-5, "1.5e-05"],
    [0.0001, "0.0001"],
    [123456.5, "123456.5"],
    [1234567.5, "1.2345675e+06"],
    [1e21, "1e+21"],
    [-2.25, "-2.25"],
  ];
  for (const [value, text] of rows) assert.equal(formatGoFloat(value), text);
});

Deno.test("goJson() sorts keys and escapes what HTML would misread", () => {
  assert.equal(
    goJson({ b: "<a&b>", a: [1, null, true] }),
    '{"a":[1,null,true],"b":"\\u003ca\\u0026b\\u003e"}',
  );
  assert.equal(goJson({ a: [], b: {} }, "    "), '{\n    "a": [],\n    "b": {}\n}');
});

Deno.test("goSprint() prints maps and lists as Go does", () => {
  assert.equal(goSprint({ b: [1, "x"], a: null }), "map[a:<nil> b:[1 x]]");
});

Deno.test("quote() escapes control characters and quotes", () => {
  assert.equal(quote('a"b\\c\n\x01\u00e9'), '"a\\"b\\\\c\\n\\x01\u00e9"');
});

Deno.test("TabWriter aligns runs of lines that have the column", () => {
  const table = new TabWriter(DESCRIBE_TABLE);
  table.write("Name:\tweb\nLonger name:\tx\nTitle:\n  a:\t1\n  bcd:\t2\n");
  assert.equal(table.flush(), "Name:         web\nLonger name:  x\nTitle:\n  a:    1\n  bcd:  2\n");
});

Deno.test("TabWriter never narrows a watched table", () => {
  const table = new TabWriter(GET_TABLE);
  table.line("a-long-name", "x");
  assert.equal(table.flush(), "a-long-name   x\n");
  table.line("a", "x");
  assert.equal(table.flush(), "a             x\n");
  table.forgetWidths();
  table.line("a", "x");
  assert.equal(table.flush(), "a     x\n");
});

Deno.test("humanDuration() takes the two largest units that matter", () => {
  const rows: [seconds: number, text: string][] = [
    [0, "0s"],
    [119, "119s"],
    [120, "2m"],
    [190, "3m10s"],
    [600, "10m"],
    [10_799, "179m"],
    [10_800, "3h"],
    [12_000, "3h20m"],
    [28_800, "8h"],
    [172_800, "2d"],
    [180_000, "2d2h"],
    [691_200, "8d"],
    [63_072_000, "2y"],
    [65_000_000, "2y22d"],
    [-5, "<invalid>"],
  ];
  for (const [seconds, text] of rows) assert.equal(humanDuration(seconds * 1000), text);
});

Deno.test("smartLabel() titles fields as describe does", () => {
  const rows: [field: string, title: string][] = [
    ["apiVersion", "API Version"],
    ["scaleTargetRef", "Scale Target Ref"],
    ["podUID", "Pod UID"],
    ["serverURL", "Server URL"],
    ["metadata", "Metadata"],
    ["insecureSkipTLSVerify", "Insecure Skip TLSVerify"],
    ["with_underscore", "with_underscore"],
    ["app.kubernetes.io/name", "app.kubernetes.io/name"],
  ];
  for (const [field, title] of rows) assert.equal(smartLabel(field), title);
});
