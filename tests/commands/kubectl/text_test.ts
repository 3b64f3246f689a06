import assert from "node:assert/strict";
import { formatGoFloat, goJson, goSprint, quote } from "../../../lib/go/mod.ts";
import { DESCRIBE_TABLE, GET_TABLE, TabWriter } from "../../../lib/commands/kubectl/tabwriter.ts";
import { humanDuration } from "../../../lib/go/mod.ts";
import { smartLabel } from "../../../lib/commands/kubectl/describe/generic.ts";
import { GoTemplate } from "../../../lib/commands/kubectl/go_template.ts";

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

Deno.test("GoTemplate runs fields, ranges, conditions, variables and pipes", () => {
  const data = { name: "web", on: true, list: ["a", "b"], map: { y: 2, x: 1 }, secret: "cMOkc3M=" };
  const rows: [template: string, text: string][] = [
    ["{{.name}}", "web"],
    ["{{.missing}}", "<no value>"],
    ['{{range .list}}<{{.}}>{{else}}none{{end}}{{"\\n"}}', "<a><b>\n"],
    ["{{range .nothing}}x{{else}}none{{end}}", "none"],
    ["{{range $i, $v := .list}}{{$i}}={{$v}} {{end}}", "0=a 1=b "],
    ["{{range $k, $v := .map}}{{$k}}{{$v}}{{end}}", "x1y2"],
    ["{{if and .on (eq .name `web`)}}yes{{else}}no{{end}}", "yes"],
    ["{{if not .on}}a{{else if gt (len .list) 1}}b{{end}}", "b"],
    ["{{with .map}}{{.x}}{{$.name}}{{end}}", "1web"],
    ["{{.secret | base64decode}}", "päss"],
    ['{{printf "%-5s|%q|%d" .name .name 3}}', 'web  |"web"|3'],
    ["a {{- .name -}} b", "awebb"],
    ["{{/* nothing */}}{{index .list 1}}{{index .map `x`}}", "b1"],
    ["{{$n := .name}}{{$n}}", "web"],
  ];
  for (const [template, text] of rows) {
    assert.equal(new GoTemplate(template).execute(data), text, template);
  }
});

Deno.test("GoTemplate refuses what will not parse", () => {
  assert.throws(() => new GoTemplate("{{.a"), /unclosed action/);
  assert.throws(() => new GoTemplate("{{nope .a}}"), /function "nope" not defined/);
  assert.throws(() => new GoTemplate("{{range .a}}"), /unexpected EOF/);
  assert.throws(() => new GoTemplate("{{$x}}").execute({}), /undefined variable "\$x"/);
});
