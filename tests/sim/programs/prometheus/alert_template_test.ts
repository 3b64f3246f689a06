import assert from "node:assert/strict";
import { expandAlertText } from "../../../../lib/sim/programs/prometheus/alert_template.ts";

const data = {
  labels: { job: "web", instance: "10.0.0.1:80" },
  externalLabels: { cluster: "a" },
  externalUrl: "http://prometheus:9090",
  value: 1234567.891,
  nowMs: 0,
};

Deno.test("expandAlertText() expands what the chart's rules use", () => {
  const table: [text: string, expanded: string][] = [
    ["plain", "plain"],
    ["{{ $labels.job }}/{{ .Labels.instance }}", "web/10.0.0.1:80"],
    ["{{ $labels.none }}", ""],
    ["{{ $value }}", "1.234567891e+06"],
    ['{{ printf "%.4g" $value }}', "1.235e+06"],
    ['{{ $value | printf "%.2f" }}', "1234567.89"],
    ["{{ $value | humanize }}", "1.235M"],
    ["{{ $value | humanizeDuration }}", "14d 6h 56m 7s"],
    ["{{ 0.1234 | humanizePercentage }}", "12.34%"],
    ['{{ reReplaceAll ":.*" "" $labels.instance }}', "10.0.0.1"],
    ["{{ $externalLabels.cluster | toUpper }}", "A"],
  ];
  for (const [text, expanded] of table) assert.equal(expandAlertText(text, data), expanded, text);
});

Deno.test("expandAlertText() says what it cannot expand", () => {
  assert.equal(
    expandAlertText("{{ $nope }}", data),
    '<error expanding template: undefined variable "$nope">',
  );
  assert.equal(
    expandAlertText("{{ nope 1 }}", data),
    '<error expanding template: function "nope" not defined>',
  );
  assert.equal(
    expandAlertText('{{ match "(" "a" }}', data),
    "<error expanding template: error calling match: error parsing regexp: missing closing ): `(`>",
  );
  assert.equal(
    expandAlertText('{{ reReplaceAll "(" "" "a" }}', data),
    "<error expanding template: error calling reReplaceAll: regexp: Compile(`(`): " +
      "error parsing regexp: missing closing ): `(`>",
  );
  assert.equal(expandAlertText("a {{ b", data), "<error expanding template: unclosed action>");
});
