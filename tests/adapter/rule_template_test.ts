import assert from "node:assert/strict";
import {
  GO_TYPE,
  GoTemplateError,
  type GoType,
  MAP_OF_STRINGS,
  SLICE_OF_STRINGS,
} from "../../lib/go/mod.ts";
import { parseRuleTemplate } from "../../lib/adapter/_rule_template.ts";

const ARGS: GoType = { name: "naming.queryTemplateArgs", kind: "struct" };
const DATA = {
  [GO_TYPE]: ARGS,
  Series: "hits",
  LabelMatchers: 'namespace="default",pod="a"',
  LabelValuesByName: { [GO_TYPE]: MAP_OF_STRINGS, namespace: "default", pod: "a|b" },
  GroupBy: "pod",
  GroupBySlice: Object.assign(["pod", "container"], { [GO_TYPE]: SLICE_OF_STRINGS }),
};

// Source: golang/go src/text/template/doc.go; the forms are those of prometheus-adapter's docs.
Deno.test("a rule's template fills in what rules use", async (t) => {
  const rows: [template: string, expected: string][] = [
    ["<<.Series>>{<<.LabelMatchers>>}", 'hits{namespace="default",pod="a"}'],
    ['<<index .LabelValuesByName "namespace">>', "default"],
    ['<<index .LabelValuesByName "nothing">>', ""],
    ["<<.LabelValuesByName.namespace>>", "default"],
    ["<<.LabelValuesByName>>", "map[namespace:default pod:a|b]"],
    ["<<index .GroupBySlice 1>>", "container"],
    ["<<if .GroupBy>>by (<<.GroupBy>>)<<else>>all<<end>>", "by (pod)"],
    ['<<if eq .Series "misses">>1<<else if eq .Series "hits">>2<<else>>3<<end>>', "2"],
    ["<<range .GroupBySlice>>[<<.>>]<<end>>", "[pod][container]"],
    ["<<with .LabelValuesByName>><<.pod>><<end>>", "a|b"],
    ['<<printf "%s_%q" .Series .GroupBy>>', 'hits_"pod"'],
    ['<<.Series | printf "%s!">>', "hits!"],
    ["a <<- .Series ->> b", "ahitsb"],
    ["a<</* nothing */>>b", "ab"],
    ["<<len .GroupBySlice>>", "2"],
    ["<<(index .GroupBySlice 0)>>", "pod"],
    ["no action", "no action"],
    ["<<range $i, $g := .GroupBySlice>><<if $i>>,<<end>><<$g>><<end>>", "pod,container"],
    ["<<range $k, $v := .LabelValuesByName>><<$k>>=<<$v>>;<<end>>", "namespace=default;pod=a|b;"],
    [
      "<<$s := .Series>><<with .LabelValuesByName>><<$s>>/<<.pod>>/<<$.GroupBy>><<end>>",
      "hits/a|b/pod",
    ],
    ['<<$n := "a">><<if .Series>><<$n = "b">><<end>><<$n>>', "b"],
    ["<<range .GroupBySlice>><<.>><<break>><<end>>", "pod"],
    ['<<range .GroupBySlice>><<if eq . "pod">><<continue>><<end>><<.>><<end>>', "container"],
    ["<<if false>>1<<else>>2<<end>>", "2"],
  ];
  for (const [template, expected] of rows) {
    await t.step(template, () => {
      assert.equal(parseRuleTemplate("metrics-query", template).execute(DATA), expected);
    });
  }
});

Deno.test("a rule's template says what is wrong as Go does", async (t) => {
  const rows: [template: string, message: string][] = [
    ["<<.Series", "template: metrics-query:1: unclosed action"],
    ["<<if .Series>>x", "template: metrics-query:1: unexpected EOF"],
    ["x<<end>>", "template: metrics-query:1: unexpected {{end}}"],
    ["<<rate .Series>>", 'template: metrics-query:1: function "rate" not defined'],
    ["<<$x>>", 'template: metrics-query:1: undefined variable "$x"'],
    ["sum(<<.Series)", "template: metrics-query:1: unexpected right paren"],
    ["<<.Series ^>>", 'template: metrics-query:1: unexpected "^" in operand'],
    ["<<break>>", "template: metrics-query:1: {{break}} outside {{range}}"],
    ["<<>>", "template: metrics-query:1: missing value for command"],
    ["<<if>>x<<end>>", "template: metrics-query:1: missing value for if"],
    [
      "<<.Serie>>",
      'template: metrics-query:1:2: executing "metrics-query" at <.Serie>: can\'t evaluate field ' +
      "Serie in type naming.queryTemplateArgs",
    ],
  ];
  for (const [template, message] of rows) {
    await t.step(template, () => {
      assert.throws(
        () => parseRuleTemplate("metrics-query", template).execute(DATA),
        new GoTemplateError(message),
      );
    });
  }
});
