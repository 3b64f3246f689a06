import assert from "node:assert/strict";
import { JsonPath } from "../../lib/kube/mod.ts";
import { relaxedJsonPath } from "../../lib/commands/kubectl/jsonpath.ts";

const DATA = {
  kind: "List",
  items: [
    { metadata: { name: "web", labels: { "app.kubernetes.io/name": "w" } }, spec: { replicas: 2 } },
    { metadata: { name: "db" }, spec: { replicas: 1, ratio: 0.5, on: true, none: null } },
    { metadata: { name: "job" }, spec: { replicas: 5 }, list: ["a", "b", "c", "d"] },
  ],
};

Deno.test("JsonPath fills in templates as kubectl does", () => {
  const rows: [template: string, text: string][] = [
    ["{.kind}", "List"],
    ["{kind}", ""],
    ["kind is {.kind}!", "kind is List!"],
    ["{.items[*].metadata.name}", "web db job"],
    ["{.items[0].metadata.name}", "web"],
    ["{.items[-1].metadata.name}", "job"],
    ["{.items[-2:].metadata.name}", "db job"],
    ["{.items[0:3:2].metadata.name}", "web job"],
    ["{.items[2].list[1:3]}", "b c"],
    ["{.items[*]['metadata.name','spec.replicas']}", "web db job 2 1 5"],
    ["{.items[0,2].metadata.name}", "web job"],
    ["{..replicas}", "2 1 5"],
    ["{.items[?(@.spec.replicas>1)].metadata.name}", "web job"],
    ["{.items[?(@.metadata.name=='db')].spec.replicas}", "1"],
    ['{.items[?(@.metadata.name!="db")].metadata.name}', "web job"],
    ["{.items[?(@.list)].metadata.name}", "job"],
    ["{.items[1].spec.ratio} {.items[1].spec.on} {.items[1].spec.none}", "0.5 true null"],
    ["{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "w"],
    ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", "w"],
    ["{.items[0].spec}", '{"replicas":2}'],
    [
      '{range .items[*]}{.metadata.name}{"\\t"}{.spec.replicas}{"\\n"}{end}',
      "web\t2\ndb\t1\njob\t5\n",
    ],
    ["{range .nothing[*]}{.x}{end}done", "done"],
    ["{range .items[*]}[{range .list[*]}{@}{end}]{end}", "[][][abcd]"],
    ["{.missing.deep}", ""],
    ["{@.kind} {$.kind}", "List List"],
    ["{'quoted'}{3}", "quoted3"],
  ];
  for (const [template, text] of rows) {
    if (template === "{kind}") {
      assert.throws(() => new JsonPath(template).execute(DATA), /unrecognized identifier kind/);
      continue;
    }
    const path = new JsonPath(template, { allowMissingKeys: true });
    assert.equal(path.execute(DATA), text, template);
  }
});

Deno.test("JsonPath rejects templates with upstream's words", () => {
  const rows: [template: string, message: string][] = [
    ["{.a", "unclosed action"],
    ["{.a[}", "unterminated array"],
    ["{.a[x]}", "invalid array index x"],
    ["{.a[?(@.b==1}", "unterminated filter"],
    ["{'a}", "unterminated quoted string"],
    ["{^}", "unrecognized character in action: U+005E '^'"],
    ["{....a}", "invalid multiple recursive descent"],
  ];
  for (const [template, message] of rows) {
    assert.throws(() => new JsonPath(template), { message }, template);
  }
});

Deno.test("JsonPath says what it cannot find or index", () => {
  const rows: [template: string, message: string][] = [
    ["{.nope}", "nope is not found"],
    ["{.items[7]}", "array index out of bounds: index 7, length 3"],
    ["{.kind[0]}", "string is not array or slice"],
    ["{end}", "not in range, nothing to end"],
    ["{.items[?(@.spec.replicas>'x')]}", "incompatible types for comparison"],
  ];
  for (const [template, message] of rows) {
    assert.throws(() => new JsonPath(template).execute(DATA), { message }, template);
  }
});

Deno.test("relaxedJsonPath() takes a path with or without dot and braces", () => {
  for (const text of ["spec.x", ".spec.x", "{.spec.x}", "{spec.x}"]) {
    assert.equal(relaxedJsonPath(text), "{.spec.x}");
  }
  assert.throws(() => relaxedJsonPath("{.a}{.b}"), /unexpected path string/);
});
