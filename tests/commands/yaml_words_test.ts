import assert from "node:assert/strict";
import { parseAdapterConfig } from "../../lib/adapter/mod.ts";
import { parseValues } from "../../lib/commands/helm/_values.ts";
import { documentsOf } from "../../lib/commands/kubectl/manifest_stream.ts";
import { loadConfig } from "../../lib/sim/programs/prometheus/config.ts";

const HELM =
  "failed to parse v.yaml: cannot unmarshal yaml document: error converting YAML to JSON: ";
const READERS: [name: string, prefix: string, read: (text: string) => unknown][] = [
  ["kubectl", "error converting YAML to JSON: ", (text) => [...documentsOf(text)]],
  ["helm", HELM, (text) => parseValues(text, "v.yaml")],
  ["prometheus-adapter", "unable to parse metrics discovery config: ", parseAdapterConfig],
  ["Prometheus", "", loadConfig],
];

Deno.test("whatever reads a broken YAML text names the same line in the same words", async (t) => {
  const { cases } = JSON.parse(
    Deno.readTextFileSync(new URL("kubectl/testdata/yaml.json", import.meta.url)),
  );
  const broken: [text: string, words: string][] = [[
    'rules:\n- seriesQuery: x\n  name:\n   matches: {as: "x"\n  metricsQuery: y\n',
    "yaml: line 4: did not find expected ',' or '}'",
  ]];
  for (const { text, err } of cases) {
    // What is said of a document's meaning is JSON's; several documents, or JSON's, are not read by all of them.
    if (err === undefined || /map key|json: /.test(err) || /^---|^\s*\{/m.test(text)) continue;
    broken.push([text, err]);
  }
  assert.ok(broken.length > 120, `${broken.length}`);
  for (const [name, prefix, read] of READERS) {
    await t.step(name, () => {
      for (const [text, words] of broken) {
        assert.throws(() => read(text), { message: prefix + words }, JSON.stringify(text));
      }
    });
  }
});
