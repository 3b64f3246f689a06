import assert from "node:assert/strict";
import { ConfigError, loadConfig } from "../../../../lib/sim/programs/prometheus/config.ts";
import { configYaml } from "../../../../lib/sim/programs/prometheus/config_yaml.ts";
import { parseRuleFile } from "../../../../lib/sim/programs/prometheus/rule_files.ts";

Deno.test("loadConfig() refuses what promtool refuses, in its words", () => {
  // Recorded from promtool of Prometheus 3.16, 2026-11-24.
  const table: [text: string, message: string][] = [
    [
      "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: foo\n",
      'unknown relabel action "foo"',
    ],
    [
      "scrape_configs:\n- job_name: a\n  scrape_timeout: 50s\n  scrape_interval: 30s\n",
      'scrape timeout greater than scrape interval for scrape config with job name "a"',
    ],
    [
      "scrape_configs:\n- job_name: a\n- job_name: a\n",
      'found multiple scrape configs with job name "a"',
    ],
    ['scrape_configs:\n- job_name: ""\n', "job_name is empty"],
    [
      "global:\n  scrape_interval: 10s\n  scrape_timeout: 20s\n",
      "global scrape timeout greater than scrape interval",
    ],
    [
      "scrape_configs:\n- job_name: b\n  honor_labels: maybe\n  sample_limit: -1\n  static_configs: {a: b}\n",
      "yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `maybe` into bool\n" +
      "  line 4: cannot unmarshal !!int `-1` into uint\n" +
      "  line 5: cannot unmarshal !!map into []*targetgroup.Group",
    ],
    [
      "scrape_configs:\n- job_name: a\n  kubernetes_sd_configs:\n  - namespaces: {names: [a]}\n",
      "role missing (one of: pod, service, endpoints, endpointslice, node, ingress)",
    ],
    [
      "global:\n  scrape_interval: 30x\n",
      'unknown unit "x" in duration "30x"',
    ],
  ];
  for (const [text, message] of table) {
    assert.throws(() => loadConfig(text), new ConfigError(message), text);
  }
});

Deno.test("parseRuleFile() finds every mistake and says where, as promtool does", () => {
  const text = `groups:
- name: a
  rules:
  - record: a-b
    expr: up
  - alert: X
    expr: up ==
  - record: c
    expr: up
    for: 1m
  - expr: up
- name: a
  rules: []
`;
  // Recorded from promtool of Prometheus 3.16, 2026-11-24.
  const message = [
    '7:11: group "a", rule 2, "X": could not parse expression: 1:6: parse error: unexpected end of input',
    `8:13: group "a", rule 3, "c": invalid field 'for' in recording rule`,
    `0:0: 0:0: group "a", rule 4, "": one of 'record' or 'alert' must be set`,
    '0:0: groupname: "a" is repeated in the same file',
  ].map((line) => `/tmp/rule1.yaml: ${line}`).join("\n");
  assert.throws(() => parseRuleFile(text, "/tmp/rule1.yaml"), new ConfigError(message));
});

Deno.test("configYaml() shows a configuration with its defaults", () => {
  const shown = configYaml(
    loadConfig(`
global: {scrape_interval: 30s, evaluation_interval: 30s, external_labels: {b: "2", a: "1"}}
scrape_configs:
- job_name: web
  bearer_token_file: /token
  relabel_configs:
  - {source_labels: [job], target_label: x}
`),
    86_400_000,
  );
  assert.match(shown, /^global:\n {2}scrape_interval: 30s\n {2}scrape_timeout: 10s\n/);
  assert.match(shown, /external_labels:\n {4}a: "1"\n {4}b: "2"\n/);
  assert.match(shown, /authorization:\n {4}type: Bearer\n {4}credentials_file: \/token\n/);
  assert.match(
    shown,
    /- source_labels:\n {4}- job\n {4}separator: ;\n {4}regex: \(\.\*\)\n {4}target_label: x\n {4}replacement: \$1\n {4}action: replace\n/,
  );
});
