import assert from "node:assert/strict";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { send } from "../../sim/api/_requests.ts";
import { testServer } from "../../sim/api/fixtures.ts";
import { fakeIo } from "./_lab.ts";

// What templates give is in tests/go/template_test.ts; here is what kubectl adds, and how it tells of mistakes.
// Source: kubernetes/cli-runtime pkg/printers/template.go.
Deno.test("kubectl -o go-template fills in objects, and tells mistakes with their place", async (t) => {
  const { server } = testServer("v");
  const data = { user: "cMOkc3M=", bad: "a%", short: "abc", big: "1" };
  const body = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m", namespace: "v" },
    data,
  };
  send(server, { method: "POST", path: "/api/v1/namespaces/v/configmaps", body });
  const run = async (template: string) => {
    const io = fakeIo({ api: (request) => server.handle(request) });
    const code = await kubectl.execute(
      ["get", "cm", "m", "-n", "v", `-o=go-template=${template}`],
      io,
    );
    return { code, text: io.stdout, error: io.stderr };
  };
  const rows: [template: string, text: string][] = [
    ["{{.kind}}/{{.metadata.name}}{{.nope}}{{.nope.x}}", "ConfigMap/m<no value><no value>"],
    ["{{.data.user | base64decode}}", "päss"],
    [
      '{{exists . "data" "user"}} {{exists . "data" "nope"}} {{exists . "x" "y"}} {{exists . "toString"}}',
      "true false false false",
    ],
    [
      '{{define "x"}}<{{.}}>{{end}}{{range $k, $v := .data}}{{template "x" $k}}{{end}}',
      "<bad><big><short><user>",
    ],
    ['{{printf "%5.1f|%-4s|%03d" 1.5 "x" 7}}', "  1.5|x   |007"],
    [
      '{{with .nope}}{{.}}{{else with .kind}}{{slice . 0 6}}{{end}} {{0x10}} {{html "<"}}',
      "Config 16 &lt;",
    ],
  ];
  for (const [template, text] of rows) {
    await t.step(template, async () => {
      assert.deepEqual(await run(template), { code: 0, text, error: "" });
    });
  }
  const parse = (why: string) => (template: string) =>
    `error: error parsing template ${template}, template: output:1: ${why}\n`;
  const execute = (column: number, at: string, why: string) => (template: string) =>
    `error: error executing template ${JSON.stringify(template)}: template: output:1:${column}: ` +
    `executing "output" at <${at}>: ${why}\n`;
  const base64 = (name: string, byte: number) =>
    execute(
      14 + name.length - 3,
      "base64decode",
      `error calling base64decode: base64 decode failed: illegal base64 data at input byte ${byte}`,
    );
  const refused: [template: string, error: (template: string) => string][] = [
    ["{{.a", parse("unclosed action")],
    ["{{nope .a}}", parse('function "nope" not defined')],
    ["{{range .a}}", parse("unexpected EOF")],
    ["{{$x}}", parse('undefined variable "$x"')],
    ["{{1 | 2}}", parse("non executable command in pipeline stage 2")],
    ["{{break}}", parse("{{break}} outside {{range}}")],
    ["{{.kind.x}}", execute(7, ".kind.x", "can't evaluate field x in type interface {}")],
    [
      "{{eq .kind 1}}",
      execute(
        2,
        "eq .kind 1",
        "error calling eq: incompatible types for comparison: string and int",
      ),
    ],
    ["{{.data.bad | base64decode}}", base64("bad", 1)],
    ["{{.data.short | base64decode}}", base64("short", 0)],
  ];
  for (const [template, error] of refused) {
    await t.step(template, async () => {
      assert.deepEqual(await run(template), { code: 1, text: "", error: error(template) });
    });
  }
});
