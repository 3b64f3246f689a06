import assert from "node:assert/strict";
import { renderChart, type RenderContext } from "../../../lib/commands/helm/_chart_render.ts";
import { HelmError } from "../../../lib/commands/helm/_errors.ts";

const HELPERS = '{{ define "h" }}{{ .Values.a.b }}{{ end }}\n' +
  '{{ define "g" }}{{ index .Values.l 9 }}{{ end }}{{ define "f" }}{{ fail "deep" }}{{ end }}';
const CONTEXT: RenderContext = {
  name: "r",
  namespace: "default",
  revision: 1,
  isInstall: true,
  isUpgrade: false,
  kubeVersion: "v1.36.3",
  apiVersions: new Set(),
};

function errorOf(text: string): string | undefined {
  const source = {
    metadata: { name: "web", version: "1" },
    values: {},
    templates: [{ path: "templates/a.yaml", text }, { path: "templates/_h.tpl", text: HELPERS }],
    files: [],
    charts: [],
  };
  try {
    renderChart(source as never, { l: [1], s: "str", n: 3 }, CONTEXT);
  } catch (error) {
    if (error instanceof HelmError) return error.message;
    throw error;
  }
}

// Recorded from helm.sh/helm/v4 v4.0.0 pkg/engine (Render) on Go 1.26.
Deno.test("a chart that cannot be rendered is told of in helm's words", async (t) => {
  const rows: [template: string, error: string][] = [
    ['{{ fail "no" }}', "execution error at (web/templates/a.yaml:1:3): no"],
    ['{{ required "need x" .Values.x }}', "execution error at (web/templates/a.yaml:1:3): need x"],
    [
      "{{ .Values.a.b }}",
      'web/templates/a.yaml:1:10\n  executing "web/templates/a.yaml" at <.Values.a.b>:\n    nil pointer evaluating interface {}.b',
    ],
    [
      '{{ include "h" . }}',
      'web/templates/a.yaml:1:3\n  executing "web/templates/a.yaml" at <include "h" .>:\n    error calling include:\nweb/templates/_h.tpl:1:26\n  executing "h" at <.Values.a.b>:\n    nil pointer evaluating interface {}.b',
    ],
    [
      'x\n{{ include "g" . }}',
      'template: web/templates/a.yaml:2:3: executing "web/templates/a.yaml" at <include "g" .>: error calling include: template: web/templates/_h.tpl:2:19: executing "g" at <index .Values.l 9>: error calling index: index out of range: 9',
    ],
    [
      '{{ include "nope" . }}',
      'web/templates/a.yaml:1:3\n  executing "web/templates/a.yaml" at <include "nope" .>:\n    error calling include:\ntemplate: no template "nope" associated with template "gotpl"',
    ],
    [
      "{{ index .Values.l 5 }}",
      'template: web/templates/a.yaml:1:3: executing "web/templates/a.yaml" at <index .Values.l 5>: error calling index: index out of range: 5',
    ],
    [
      "{{ .Values.s.x }}",
      'web/templates/a.yaml:1:10\n  executing "web/templates/a.yaml" at <.Values.s.x>:\n    can\'t evaluate field x in type interface {}',
    ],
    ["{{ if }}", "parse error at (web/templates/a.yaml:1): missing value for if"],
    ["a\n{{ nope }}", 'parse error at (web/templates/a.yaml:2): function "nope" not defined'],
    [
      '{{ tpl "{{ .Values.q.r }}" . }}',
      'template: web/templates/a.yaml:1:3: executing "web/templates/a.yaml" at <tpl "{{ .Values.q.r }}" .>: error calling tpl: error during tpl function execution for "{{ .Values.q.r }}": template: gotpl:1:10: executing "gotpl" at <.Values.q.r>: nil pointer evaluating interface {}.r',
    ],
    [
      '{{ tpl "{{ nope }}" . }}',
      'template: web/templates/a.yaml:1:3: executing "web/templates/a.yaml" at <tpl "{{ nope }}" .>: error calling tpl: cannot parse template "{{ nope }}": template: gotpl:1: function "nope" not defined',
    ],
    ['{{ include "f" . }}', "execution error at (web/templates/a.yaml:1:3): deep"],
    ['{{ tpl "{{ fail \\"z\\" }}" . }}', "execution error at (web/templates/a.yaml:1:3): z"],
    [
      '{{ eq 1 "a" }}',
      'template: web/templates/a.yaml:1:3: executing "web/templates/a.yaml" at <eq 1 "a">: error calling eq: incompatible types for comparison: int and string',
    ],
    [
      '{{ template "t2" . }}',
      'web/templates/a.yaml:1:12\n  executing "web/templates/a.yaml" at <{{template "t2" .}}>:\n    template "t2" not defined',
    ],
  ];
  for (const [template, error] of rows) {
    await t.step(template, () => assert.equal(errorOf(template), error));
  }
});
