import assert from "node:assert/strict";
import { AlertTemplate } from "../../../../lib/sim/programs/prometheus/alert_template.ts";

const data = {
  labels: { job: "web", instance: "10.0.0.1:80" },
  externalLabels: { cluster: "a" },
  externalUrl: "http://prometheus:9090/p",
  value: 1234567.891,
  nowMs: 0,
};

function expanded(text: string): string {
  return new AlertTemplate("A", text).expand(data);
}

Deno.test("an AlertTemplate expands what the chart's rules use", () => {
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
  for (const [text, wanted] of table) assert.equal(expanded(text), wanted, text);
});

Deno.test("an AlertTemplate fills in what Go's templates have besides", () => {
  const table: [text: string, expanded: string][] = [
    ["{{ if gt $value 1000.0 }}high{{ else }}low{{ end }}", "high"],
    ["{{ with $labels.none }}{{ . }}{{ else }}none{{ end }}", "none"],
    [
      "{{ range $name, $text := $labels }}{{ $name }}={{ $text }};{{ end }}",
      "instance=10.0.0.1:80;job=web;",
    ],
    ['{{ printf "%5.1f|%-4s|%03d" 1.5 "x" 7 }}', "  1.5|x   |007"],
    ["{{ $x := 0.00012 }}{{ $x | humanize }} {{ humanizeDuration 0.00012 }}", "120u 120us"],
    [
      '{{ stripPort "[::1]:80" }} {{ stripDomain "web.example.com:80" }} {{ stripDomain "10.0.0.1:80" }}',
      "::1 web:80 10.0.0.1:80",
    ],
    [
      '{{ parseDuration "-1h30m" }} {{ toDuration 90 }} {{ toTime 1.5 }}',
      "-5400 1m30s 1970-01-01 00:00:01.5 +0000 UTC",
    ],
    [
      '{{ graphLink "up == 0" }} {{ externalURL }} {{ pathPrefix }}',
      "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 http://prometheus:9090/p /p",
    ],
    [
      '{{ (args 1 2).arg1 }}{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" $value }}',
      "2<1.234567891e+06>",
    ],
  ];
  for (const [text, wanted] of table) assert.equal(expanded(text), wanted, text);
});

Deno.test("an AlertTemplate says what it cannot expand", () => {
  const failed = "<error expanding template: error executing template __alert_A: template: " +
    '__alert_A:1:115: executing "__alert_A" at ';
  const table: [text: string, expanded: string][] = [
    [
      "{{ $nope }}",
      '<error expanding template: error parsing template __alert_A: template: __alert_A:1: undefined variable "$nope">',
    ],
    [
      "{{ nope 1 }}",
      '<error expanding template: error parsing template __alert_A: template: __alert_A:1: function "nope" not defined>',
    ],
    [
      "a {{ b",
      '<error expanding template: error parsing template __alert_A: template: __alert_A:1: function "b" not defined>',
    ],
    [
      "a {{ .b",
      "<error expanding template: error parsing template __alert_A: template: __alert_A:1: unclosed action>",
    ],
    [
      '{{ match "(" "a" }}',
      failed +
      '<match "(" "a">: error calling match: error parsing regexp: missing closing ): `(`>',
    ],
    [
      '{{ reReplaceAll "(" "" "a" }}',
      failed +
      '<reReplaceAll "(" "" "a">: error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`>',
    ],
    [
      "{{ range 1000000000 }}{{ end }}",
      failed.replace("115", "121") + "<1000000000>: the template takes more than 50000 steps>",
    ],
  ];
  for (const [text, wanted] of table) assert.equal(expanded(text), wanted, text);
});
