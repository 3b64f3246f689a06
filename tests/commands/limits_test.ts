import assert from "node:assert/strict";
import { curl } from "../../lib/commands/curl.ts";
import { CHART_FUNCTIONS } from "../../lib/commands/helm/_sprig.ts";
import { mergeValues, overlayValues } from "../../lib/commands/helm/_merge_values.ts";
import { partTexts } from "../../lib/commands/helm/_manifest.ts";
import { coerce, readSet } from "../../lib/commands/helm/_strvals.ts";
import { parseValues } from "../../lib/commands/helm/_values.ts";
import { kind } from "../../lib/commands/kind.ts";
import { TemplateSet } from "../../lib/go/mod.ts";
import { JsonPath } from "../../lib/kube/mod.ts";
import { escapeTerminal } from "../../lib/commands/kubectl/get_table.ts";
import { oneHunk } from "../../lib/commands/kubectl/verbs/diff.ts";
import { kubectl } from "../../lib/commands/kubectl/mod.ts";
import { make } from "../../lib/commands/make.ts";
import { commands } from "../../lib/commands/mod.ts";
import { expand, parseMakefile } from "../../lib/commands/_makefile.ts";
import { send } from "../sim/api/_requests.ts";
import { testServer } from "../sim/api/fixtures.ts";
import { Bench } from "./_bench.ts";
import { fakeIo } from "./kubectl/_lab.ts";

function rendered(text: string, data: unknown = {}): string {
  const set: TemplateSet = new TemplateSet({
    functions: {
      ...CHART_FUNCTIONS,
      include: (name: string, given: unknown) => set.execute(name, given),
    },
  });
  return set.parse("t", text).execute(data);
}

Deno.test("templates that would go on without end are ended", async (t) => {
  const steps = /the template takes more than 5000000 steps/;
  const cases: [template: string, message: RegExp][] = [
    ["{{range 1000000000}}{{end}}", steps],
    ["{{range 100000}}{{range 100000}}x{{end}}{{end}}", steps],
    ["{{$l := list}}{{range until 100000}}{{$l = append $l 1}}{{end}}", steps],
    [
      '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}',
      /: exceeded maximum template depth \(200\)$/,
    ],
    [
      '{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}',
      /: exceeded maximum template depth/,
    ],
    [
      '{{$x := "a"}}{{range 60}}{{$x = print $x $x}}{{end}}',
      /text of more than 16777216 characters/,
    ],
    [`{{range 1000}}${"x".repeat(100_000)}{{end}}`, /text of more than 16777216 characters/],
    ...["toJson", "toYaml", "toString", "deepEqual 1", "print", 'printf "%v"', "html"].map((
      name,
    ): [string, RegExp] => [
      `{{$x := list}}{{range until 40}}{{$x = list $x $x}}{{end}}{{${name} $x}}`,
      /text of more than 16777216 characters/,
    ]),
    ["{{until 1000000000}}", /makeslice: len out of range/],
    ["{{seq 1 1000000000}}", /makeslice: len out of range/],
    ['{{repeat 1000000000 "x"}}', /strings: Repeat output length overflow/],
    ['{{indent 1000000 (repeat 100000 "a\\n")}}', /strings: Repeat output length overflow/],
    [`{{${"(".repeat(5_000)}1${")".repeat(5_000)}}}`, /: max expression depth exceeded$/],
    ["{{if 1}}".repeat(5_000) + "{{end}}".repeat(5_000), /: max expression depth exceeded$/],
  ];
  for (const [template, message] of cases) {
    await t.step(template.slice(0, 60), () => {
      assert.throws(() => rendered(template), { name: "GoTemplateError", message });
    });
  }
  assert.equal(rendered('{{printf "%1000000000d" 1}}'), "%!(NOVERB)%!(EXTRA int=1)");
  assert.throws(() => rendered('{{printf "%999999v" (until 1000)}}'), /text of more than 16777216/);
  assert.equal(
    rendered("{{range 3}}{{.}}{{else}}none{{end}}{{range 0}}{{else}}none{{end}}"),
    "012none",
  );
});

Deno.test("what is no number is none to sprig, however large it is", () => {
  const doubled = "{{$x := list 1}}{{range until 40}}{{$x = list $x $x}}{{end}}";
  assert.equal(
    rendered(`${doubled}{{add $x 2}} {{float64 $x}} {{max 1 $x}} {{addf 1 $x}}`),
    "2 0 1 1",
  );
  assert.equal(rendered('{{add (list 3) (dict) "4" nil 1}}'), "5");
});

Deno.test("templates reach nothing of JavaScript's own", async (t) => {
  const cases: [template: string, text: string][] = [
    ["{{.constructor}}", "<no value>"],
    ['{{$f := .constructor.constructor "x"}}{{$f}}', "<no value>"],
    ['{{index . "__proto__"}}', "<no value>"],
    ['{{get . "toString"}}', ""],
    ['{{hasKey . "toString"}}', "false"],
    [
      '{{index (fromYamlArray "{") 0}}',
      "error converting YAML to JSON: yaml: line 1: did not find expected node content",
    ],
    ['{{(set (dict) "__proto__" (dict "polluted" 1)).polluted}}', "<no value>"],
    [
      '{{$x := merge (dict) (fromJson "{\\"__proto__\\":{\\"polluted\\":1}}")}}{{$x.polluted}}',
      "<no value>",
    ],
  ];
  for (const [template, text] of cases) {
    await t.step(template, () => assert.equal(rendered(template), text));
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("a function that is given what it does not take is the template's mistake", async (t) => {
  const cases = [
    '{{b64dec "%"}}',
    '{{fromJsonArray "{"}}',
    "{{chunk 0 (list 1)}}",
    "{{first 5}}",
  ];
  for (const template of cases) {
    await t.step(template, () => {
      assert.throws(() => rendered(template), {
        name: "GoTemplateError",
        message: /: error calling/,
      });
    });
  }
});

Deno.test("a path that multiplies what it finds is ended", () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? 1 : { a: deep(levels - 1), b: deep(levels - 1) };
  const path = new JsonPath("{..a..a..a..a..a..a..a..a}", { allowMissingKeys: true });
  const wide = new JsonPath("{..[*]..[*]..[*]..[*]..[*]..[*]}", { allowMissingKeys: true });
  const lists = (levels: number): unknown =>
    levels === 0 ? [] : [lists(levels - 1), lists(levels - 1)];
  assert.ok(path.find(deep(6)).length > 0);
  assert.throws(() => wide.find(lists(12)), {
    name: "JsonPathError",
    message: "the path finds more than 2000000 values",
  });
});

Deno.test("a terminal's escapes and returns are shown, as kubectl shows them", () => {
  assert.equal(escapeTerminal("\x1b]0;x\x07\x1b[2J\rz"), "^[]0;x\x07^[[2J\\rz");
});

Deno.test("--set has helm's limits, and sets no more than values", async (t) => {
  const set = (text: string) => {
    const values = {};
    readSet(values, text, { read: coerce });
    return values;
  };
  const refused: [text: string, why: string][] = [
    ["a[1000000000]=1", "index of 1000000000 is greater than maximum supported index of 65536"],
    [
      `${Array(40).fill("a").join(".")}=1`,
      "value name nested level is greater than maximum supported nested level of 30",
    ],
  ];
  for (const [text, why] of refused) {
    await t.step(text.slice(0, 40), () => {
      assert.throws(() => set(text), { message: `failed parsing --set data: ${why}` });
    });
  }
  assert.deepEqual(Object.keys(set("__proto__.polluted=1")), ["__proto__"]);
  set("constructor.prototype.polluted=1");
  const evil = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  );
  overlayValues({}, evil);
  mergeValues("c", {}, evil);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("values files without end are refused, large ones are read", () => {
  const message =
    "failed to parse v.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: exceeded max depth of 10000";
  assert.throws(() => parseValues(`a: ${"[".repeat(2_900_000)}`, "v.yaml"), { message });
  const lines = Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`);
  assert.equal(Object.keys(parseValues(lines.join("\n"), "v.yaml")).length, 200_000);
});

Deno.test("rendered manifests whose heads cannot be read are refused in helm's words", async (t) => {
  const cases: [text: string, why: string][] = [
    ["- 1", "array into Go value of type releaseutil.SimpleHead"],
    ["kind: 5", "number into Go struct field SimpleHead.kind of type string"],
    ["metadata: {name: 5}", "number into Go struct field .metadata.name of type string"],
    [
      "metadata: {annotations: {helm.sh/hook: 5}}",
      "number into Go struct field .metadata.annotations of type string",
    ],
  ];
  for (const [text, why] of cases) {
    await t.step(text, () => {
      assert.throws(() => partTexts([{ path: "c/templates/a.yaml", text }]), {
        message:
          "YAML parse error on c/templates/a.yaml: error unmarshaling JSON: while decoding JSON: " +
          `json: cannot unmarshal ${why}`,
      });
    });
  }
});

Deno.test("a makefile's variables that grow without end are refused as make refuses them", async (t) => {
  const doubled = (first: string) =>
    [`A0=${first}`, ...Array.from({ length: 60 }, (_, i) => `A${i + 1}=$(A${i})$(A${i})`)].join(
      "\n",
    );
  const chain = Array.from({ length: 20_000 }, (_, i) => `A${i}=$(A${i + 1})`).join("\n");
  const cases: Record<string, [makefile: string, variable: string]> = {
    "text that doubles": [doubled("x"), "A60"],
    "nothing that doubles": [doubled(""), "A60"],
    "a long chain": [chain, "A0"],
  };
  for (const [name, [text, variable]] of Object.entries(cases)) {
    await t.step(name, () => {
      const { variables } = parseMakefile(text);
      assert.throws(() => expand(`$(${variable})`, variables), {
        name: "MakefileError",
        message: "*** virtual memory exhausted.  Stop.",
      });
    });
  }
  const self = parseMakefile("A = $(B)\nB = $(A)\n").variables;
  assert.throws(() => expand("$(A)", self), {
    message: "*** Recursive variable 'A' references itself (eventually).  Stop.",
  });
  const grows = `A:=xx\n${"A:=$(A)$(A)\n".repeat(60)}`;
  assert.throws(() => parseMakefile(grows), { message: "*** virtual memory exhausted.  Stop." });
});

Deno.test("make that calls itself is ended", async () => {
  const made = new Bench({ files: { Makefile: "all:\n\t@make all || make all\n" } });
  let runs = 0;
  const nestedIo = async (): Promise<number> => {
    runs++;
    const first = await execute();
    return first === 0 ? 0 : await execute();
  };
  const io = {
    ...fakeIo(),
    lab: made.lab,
    files: {
      read: () => Promise.resolve(made.files.get("Makefile")!),
      write: () => Promise.resolve(),
      list: () => Promise.resolve([]),
      stat: (path: string) =>
        Promise.resolve(path === "Makefile" ? { isDirectory: false } : undefined),
    },
    run: nestedIo,
  };
  const execute = () => make.execute(["all"], io);
  assert.equal(await execute(), 2);
  assert.ok(runs <= 201, `${runs} runs`);
});

Deno.test("kind refuses configurations of the wrong types, and those without end", async (t) => {
  const head = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n";
  const cases: [text: string, said: RegExp][] = [
    [`a: ${"[".repeat(2_900_000)}`, /yaml: exceeded max depth of 10000\n$/],
    [`${head}nodes: 5`, /cannot unmarshal !!int `5` into \[\]v1alpha4\.Node/],
    [`${head}nodes: [[]]`, /line 3: cannot unmarshal !!seq into v1alpha4\.Node/],
    [
      `${head}nodes: [{extraPortMappings: [{containerPort: 99999999999}]}]`,
      /line 3: cannot unmarshal !!int `9999999\.\.\.` into int32/,
    ],
    [`${head}name: a\nname: b`, /line 4: mapping key "name" already defined at line 3/],
    [`${head}name: {a: b}`, /cannot unmarshal !!map into string/],
    ["5", /line 1: cannot unmarshal !!int `5` into encoding\.typeMeta/],
  ];
  for (const [text, said] of cases) {
    await t.step(text.slice(0, 70), async () => {
      const made = new Bench({ clusters: [], files: { "k.yaml": text } });
      const { code, err } = await made.run(kind, "create cluster --config k.yaml");
      assert.equal(code, 1);
      assert.match(err, said);
    });
  }
});

Deno.test("curl sends any header and any method as far as a request can carry them", async (t) => {
  const seen: string[] = [];
  const run = async (...args: string[]) => {
    const io = fakeIo({
      http: (request) => {
        seen.push(`${request.method} ${request.headers.get("x") ?? ""}`);
        return Promise.resolve(new Response("ok"));
      },
    });
    return await curl.execute([...args, "http://127.0.0.1:30951"], io);
  };
  const cases: [name: string, args: string[]][] = [
    ["a value in any script", ["-H", "x: 한글", "-A", "한글"]],
    ["a name that is none", ["-H", "a b: 1"]],
    ["a GET with a body", ["-X", "GET", "-d", "x"]],
    ["a method that is none", ["-X", "A B"]],
    ["a method that requests do not take", ["-X", "TRACE"]],
    ["a time that no timer waits", ["--max-time", "99999999999999999999"]],
  ];
  for (const [name, args] of cases) {
    await t.step(name, async () => assert.equal(await run(...args), 0));
  }
  assert.equal(seen[0], "GET \u00ed\u0095\u009c\u00ea\u00b8\u0080");
});

Deno.test("a command that is given too much ends by itself", async () => {
  const all = await commands();
  const found = all.find(({ name }) => name === "kubectl")!;
  const io = fakeIo({
    api: () => Promise.reject(new RangeError("Maximum call stack size exceeded")),
  });
  assert.equal(await found.execute(["get", "pods"], io), 1);
  assert.equal(io.stderr, "kubectl: what it was given is too large, or nested too deeply\n");
});

Deno.test("texts with next to nothing in common are shown as one hunk", () => {
  const lines = (mark: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${mark}${i}\n`).join("");
  const same = "1\n2\n3\n4\n";
  const hunk = oneHunk(`${same}a\nb\n${same}`, `${same}c\n${same}`);
  assert.equal(hunk, "@@ -2,8 +2,7 @@\n 2\n 3\n 4\n-a\n-b\n+c\n 1\n 2\n 3\n");
  assert.equal(oneHunk("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
  const long = oneHunk(lines("a", 20_000), lines("b", 20_000));
  assert.match(long, /^@@ -1,20000 \+1,20000 @@\n-a0\n/);
});

Deno.test("kubectl diff does not look for the shortest way between texts that differ everywhere", async () => {
  const { server } = testServer("v");
  const map = (value: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m", namespace: "v" },
    data: Object.fromEntries(
      Array.from({ length: 4_000 }, (_, i) => [`k${1000 + i}`, i % 2 === 0 ? value : "same"]),
    ),
  });
  send(server, { method: "POST", path: "/api/v1/namespaces/v/configmaps", body: map("a") });
  const io = fakeIo({
    api: (request) => server.handle(request),
    stdin: JSON.stringify(map("b")),
  });
  assert.equal(await kubectl.execute(["diff", "-f", "-"], io), 1);
  assert.ok(io.stdout.includes("\n-  k1000: a\n-  k1001: same\n-  k1002: a\n"));
});
