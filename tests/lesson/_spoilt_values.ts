import assert from "node:assert/strict";
import { VALUES_PATH } from "../../lib/lesson/mod.ts";

/** The values file as it is given out, up to the rule. */
export const HEAD = (await Deno.readTextFile(new URL(`../../${VALUES_PATH}`, import.meta.url)))
  .split("\n").slice(0, 19).join("\n") + "\n";

export const RULE = `rules:
  custom:
    - seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
      resources:
        overrides:
          namespace:
            resource: namespace
          pod:
            resource: pod
          service:
            resource: service
        template: "<<.Resource>>"
      name:
        matches: "nginx_http_requests_total"
        as: "nginx_http_requests_total"
      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
`;
export const GOOD = HEAD + RULE;

export function lines(change: (line: string, index: number) => string): string {
  return HEAD + RULE.trimEnd().split("\n").map(change).join("\n") + "\n";
}

/** The good file with one text in place of another, which has to be there. */
export function instead(old: string, by: string): string {
  assert.ok(GOOD.includes(old), old);
  return GOOD.replace(old, () => by);
}

const METRICS_QUERY = "'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'";
const SERIES_QUERY = `'{__name__=~"^nginx_http_requests_total.*",namespace!=""}'`;
const ADDRESS = "http://operator-kube-prometheus-s-prometheus.default.svc";
const ESCAPED = "sum(\\u003c\\u003c.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)";
const mq = (query: string) => instead(METRICS_QUERY, query);
const sq = (query: string) => instead(SERIES_QUERY, query);

/** What editors, chats, keyboards and hurry do to the file, and the words of the cause. */
export const MORE_SPOILT: [name: string, text: string, says: string[]][] = [
  ["another key of the chart misspelt", `${GOOD}loglevel: 4\n`, [
    "line 36",
    "`loglevel` is no field of the chart's values; `logLevel` is",
  ]],
  ["smart quotes", mq("‘sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)’"), [
    "line 35",
    "a typographic quote, ‘",
  ]],
  [
    "smart quotes in seriesQuery",
    sq(`'{__name__=~“^nginx_http_requests_total.*”,namespace!=""}'`),
    ["line 22", "a typographic quote, “", "column 32"],
  ],
  [
    "nbsp indentation",
    instead("      resources:", "\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0resources:"),
    ["line 23", "another kind of space, U+00A0"],
  ],
  ["nbsp after colon", instead('as: "', 'as:\u00a0"'), ["line 34", "U+00A0"]],
  ["fullwidth colon rules", instead("rules:\n", "rules：\n"), ["line 20", "a full-width sign, ："]],
  ["fullwidth colon as", instead('as: "', 'as："'), ["line 34", "a full-width sign"]],
  ["fullwidth paren", mq("'sum（<<.Series>>{<<.LabelMatchers>>}） by (<<.GroupBy>>)'"), [
    "line 35",
    "where `(` is meant",
  ]],
  ["conflict markers", instead("rules:\n", "<<<<<<< HEAD\nrules:\n"), [
    "line 20",
    "a merge that is not settled",
  ]],
  ["conflict ===", GOOD + "=======\n", ["line 36", "a merge that is not settled"]],
  [
    "line numbers",
    HEAD + RULE.trimEnd().split("\n").map((l, i) => `${20 + i} ${l}`).join("\n") + "\n",
    ["line 20", "begin with line numbers"],
  ],
  ["code fence", instead("rules:\n", "```yaml\nrules:\n") + "```\n", [
    "line 20",
    "a code fence of Markdown",
  ]],
  ["rules: custom: one line", instead("rules:\n  custom:\n", "rules: custom:\n"), [
    "line 20",
    "`custom:` belongs on the next line",
  ]],
  ["no space after dash", instead("- seriesQuery", "-seriesQuery"), [
    "line 22",
    "a space is missing after the dash",
  ]],
  ["no space resource:pod", instead("resource: pod", "resource:pod"), [
    "line 28",
    "a space is missing after the colon in `resource:pod`",
  ]],
  ["no space as:", instead('as: "', 'as:"'), ["line 34", "a space is missing after the colon"]],
  ["no space metricsQuery:", instead("metricsQuery: '", "metricsQuery:'"), [
    "line 35",
    "a space is missing after the colon",
  ]],
  ["curly template", mq("'sum({{.Series}}{{{.LabelMatchers}}}) by ({{.GroupBy}})'"), [
    "line 35",
    "here between {{ and }}: {{.Series}}",
  ]],
  ["lowercase series", mq("'sum(<<.series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"), [
    "line 35",
    "<<.series>>; the field's name is <<.Series>>",
  ]],
  ["no dot", mq("'sum(<<Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"), [
    "line 35",
    "the dot is missing in <<Series>>",
  ]],
  ["LabelMatcher", mq("'sum(<<.Series>>{<<.LabelMatcher>>}) by (<<.GroupBy>>)'"), [
    "line 35",
    "the field's name is <<.LabelMatchers>>",
  ]],
  ["single <", mq("'sum(<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"), [
    "line 35",
    "two of each: <.Series>>",
  ]],
  ["single < >", mq("'sum(<.Series>{<.LabelMatchers>}) by (<.GroupBy>)'"), [
    "line 35",
    "two of each: <.Series>",
  ]],
  ["double braces", mq("'sum(<<.Series>>{{<<.LabelMatchers>>}}) by (<<.GroupBy>>)'"), [
    "line 35",
    "one brace is enough",
  ]],
  ["parens for braces", mq("'sum(<<.Series>>(<<.LabelMatchers>>)) by (<<.GroupBy>>)'"), [
    "line 35",
    "has to stand in braces",
  ]],
  ["no braces", mq("'sum(<<.Series>><<.LabelMatchers>>) by (<<.GroupBy>>)'"), [
    "line 35",
    "has to stand in braces",
  ]],
  ["by without parens", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) by <<.GroupBy>>'"), [
    "line 35",
    "<<.GroupBy>> has to stand in parentheses",
  ]],
  ["window outside", mq("'sum(rate(<<.Series>>{<<.LabelMatchers>>})[2m]) by (<<.GroupBy>>)'"), [
    "line 35",
    "a window belongs right behind the series",
  ]],
  ["[2min]", mq("'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2min])) by (<<.GroupBy>>)'"), [
    "line 35",
    "bad number or duration syntax",
  ]],
  ["~=", sq(`'{__name__~="^nginx_http_requests_total.*",namespace!=""}'`), [
    "line 22",
    "`~=` is no operator; `=~` is",
  ]],
  ["==", sq(`'{__name__=="nginx_http_requests_total",namespace!=""}'`), [
    "line 22",
    "a label is matched by `=`",
  ]],
  ["inner quotes missing", sq(`'{__name__=~^nginx_http_requests_total.*,namespace!=""}'`), [
    "line 22",
    "wants quotes",
  ]],
  ["double in double", sq(`"{__name__=~"^nginx_http_requests_total.*",namespace!=""}"`), [
    "line 22",
    "put ' around the whole",
  ]],
  ["colon in matcher", sq(`'{__name__:"nginx_http_requests_total"}'`), [
    "line 22",
    "by `=`, not by `:`",
  ]],
  [
    "name scalar",
    instead(
      `name:\n        matches: "nginx_http_requests_total"\n        as: "nginx_http_requests_total"`,
      `name: nginx_http_requests_total`,
    ),
    ["line 32", "`name` holds a text"],
  ],
  ["as under matches", instead(`        as:`, `          as:`), [
    "line 34",
    "`matches:` above has a value already",
  ]],
  [
    "name's fields not indented",
    instead(
      `        matches: "nginx_http_requests_total"\n        as: "nginx_http_requests_total"`,
      `      matches: "nginx_http_requests_total"\n      as: "nginx_http_requests_total"`,
    ),
    ["line 33", "`matches:` stands beside `name:`, and belongs under it"],
  ],
  [
    "overrides list",
    instead(
      `          namespace:\n            resource: namespace\n`,
      `          - namespace:\n            resource: namespace\n`,
    ),
    ["line 27", "stands beside items of a list, and has no `- `"],
  ],
  [
    "overrides leaf",
    instead(`namespace:\n            resource: namespace\n`, `namespace: namespace\n`),
    ["line 25", "`resources.overrides.namespace` holds a text"],
  ],
  ["svc", instead("resource: service", "resource: svc"), ["line 30", "no resource `svc`"]],
  ["template broken", instead(`"<<.Resource>>"`, `"<<.Resource>"`), [
    "line 31",
    "`resources.template` has `<<` without `>>`",
  ]],
  [
    "template kube_",
    instead(
      `          service:\n            resource: service\n        template: "<<.Resource>>"`,
      `        template: "kube_<<.Resource>>"`,
    ),
    ["no label stands for a Service"],
  ],
  [
    "all indented 2 under prometheus",
    HEAD.trimEnd() + "\n" + RULE.replace(/^/gm, "  ").trimEnd() + "\n",
    ["`rules:` stands under `prometheus:`"],
  ],
  ["prometeus", instead("prometheus:\n  url", "prometeus:\n  url"), [
    "line 6",
    "`prometeus` is no field",
    "`prometheus` is",
  ]],
  ["URL key", instead("  url:", "  URL:"), ["line 7", "`URL` is no field", "`url` is"]],
  ["host key", instead("  url:", "  host:"), ["line 7", "`host` is no key of `prometheus:`"]],
  ["port word", instead("port: 9090", "port: web"), ["line 8", "prometheus.port is web"]],
  ["url slash", instead("default.svc\n", "default.svc/\n"), [
    "line 7",
    "prometheus.url ends in `/`",
  ]],
  ["url typo prot", instead("http://", "htp://"), ["line 7", "begins with htp://"]],
  ["url one slash", instead("http://", "http:/"), ["line 7", "no `//` behind its colon"]],
  [
    "url localhost",
    instead("http://operator-kube-prometheus-s-prometheus.default.svc", "http://localhost"),
    ["line 7", "prometheus.url names localhost"],
  ],
  ["customRules", instead("custom:", "customRules:"), [
    "line 21",
    "`customRules` is no key of `rules:`",
  ]],
  ["rules.custom:", instead("rules:\n  custom:\n", "rules.custom:\n"), [
    "line 20",
    "one key with a dot in its name",
  ]],
  ["star unquoted", mq("*sum"), ["line 35", "begins with *"]],
  ["percent", sq("%{__name__}"), ["line 22", "begins with %"]],
  ["backtick", mq("`sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)`"), [
    "line 35",
    "begins with `",
  ]],
  ["comment eats", mq("sum(<<.Series>>{<<.LabelMatchers>>}) #by (<<.GroupBy>>)"), [
    "line 35",
    "`#by (<<.GroupBy>>)` is a comment",
  ]],
  [
    "$1 group",
    instead(
      `matches: "nginx_http_requests_total"\n        as: "nginx_http_requests_total"`,
      `matches: "^(.*)_total$"\n        as: "\${1}"`,
    ),
    ["line 34", "names it `nginx_http_requests`"],
  ],
  ["as dashes", instead(`as: "nginx_http_requests_total"`, `as: "nginx-http-requests-total"`), [
    "line 34",
    "names it `nginx-http-requests-total`",
  ]],
  [
    "as trailing space",
    instead(`as: "nginx_http_requests_total"`, `as: "nginx_http_requests_total "`),
    ["line 34", "names it `nginx_http_requests_total `"],
  ],
  ["as upper", instead(`as: "nginx_http_requests_total"`, `as: "Nginx_http_requests_total"`), [
    "line 34",
    "names it `Nginx_http_requests_total`",
  ]],
  ["zero width key", instead("metricsQuery:", "metrics\u200bQuery:"), [
    "line 35",
    "an invisible sign, U+200B",
  ]],
  ["dash dash", instead("- seriesQuery", "- - seriesQuery"), [
    "line 23",
    "stands beside items of a list",
  ]],
  [
    "filters map",
    instead("      resources:", "      seriesFilters:\n        isNot: x$\n      resources:"),
    ["line 24", "`seriesFilters` holds a map"],
  ],
  [
    "isnot",
    instead("      resources:", "      seriesFilters:\n        - isnot: x$\n      resources:"),
    ["line 24", "`isnot` is no field", "`isNot` is"],
  ],
  [
    "swapped overrides",
    instead(
      "pod:\n            resource: pod\n          service:\n            resource: service",
      "pod:\n            resource: service\n          service:\n            resource: pod",
    ),
    ["line 27", "reads the label `pod` as the service"],
  ],
  [
    "other series in query",
    mq("'sum(nginx_http_request_total{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"),
    ["line 35", "Prometheus has no such series; nearest: nginx_http_requests_total"],
  ],
  [
    "namespace in query",
    mq(`'sum(<<.Series>>{<<.LabelMatchers>>,namespace="kube-system"}) by (<<.GroupBy>>)'`),
    ["line 35", 'namespace="default" and namespace="kube-system" at once'],
  ],
  ["empty file", "", ["the file is empty"]],
  ["doc separator", instead("rules:\n", "---\nrules:\n"), [
    "line 20",
    "`---` begins a second document",
  ]],
  [":wq", instead("rules:\n", "rules::wq\n"), ["line 20", "a command of vi"]],
  ["iii", "iii" + GOOD, ["line 1"]],
  ["escape char", instead("rules:\n", "rules:\x1b\n"), ["line 20", "control characters"]],
  ["jj line", instead("      name:\n", "jj\n      name:\n"), [
    "line 32",
    "`jj` is no `key: value`",
  ]],
  ["prometheus commented", GOOD.replace(/^(prometheus:| {2}url| {2}port| {2}path)/gm, "# $1"), [
    "line 6",
    "prometheus.url is not set (it is commented)",
  ]],
  ["metricsQuery commented", instead("      metricsQuery", "#       metricsQuery"), [
    "line 35",
    "`metricsQuery` is still commented",
  ]],
  ["dash line commented", instead("    - seriesQuery", "#     - seriesQuery"), [
    "line 22",
    "is still commented",
  ]],
  ["custom commented", instead("  custom:", "#   custom:"), [
    "line 21",
    "`custom:` is still commented",
  ]],
  ["one line extra space", instead("          pod:", "           pod:"), [
    "line 27",
    "`pod:` is indented by 11",
  ]],
  ["overrides not indented", instead("        overrides:", "      overrides:"), [
    "line 31",
    "indented by 8, which fits nothing above it",
  ]],
  ["semicolons", instead("resource: pod", "resource: pod;"), ["line 28", "no resource `pod;`"]],
  ["equals", instead("resource: pod", "resource = pod"), [
    "line 28",
    "`=` stands where YAML wants a colon",
  ]],
  [
    "trailing comma",
    instead('as: "nginx_http_requests_total"', 'as: "nginx_http_requests_total",'),
    ["line 34", "something follows where the value"],
  ],
  ["value on rules", instead("rules:\n", "rules: true\n"), [
    "line 21",
    "`rules:` above has a value already",
  ]],
  ["prose pasted", GOOD + "make install-prometheus-adapter\n", ["line 36", "a line for the shell"]],
  ["prompt pasted", GOOD + "$ make install-prometheus-adapter\n", [
    "line 36",
    "a line for the shell, with its prompt",
  ]],
  ["EOF left", GOOD + "EOF\n", ["line 36", "the end of a here-document"]],
  ["quote doubled end", mq(METRICS_QUERY + "'"), ["line 35", "a quote ' is opened"]],
  ["sum((", mq("'sum((<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"), [
    "line 35",
    "a `)` is missing",
  ]],
  ["extra )", mq("'sum(<<.Series>>{<<.LabelMatchers>>})) by (<<.GroupBy>>)'"), [
    "line 35",
    "unexpected right parenthesis",
  ]],
  ["group by", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) group by (<<.GroupBy>>)'"), [
    "line 35",
    "does not parse as PromQL",
  ]],
  ["count quoted num", instead('matches: "nginx_http_requests_total"', 'matches: "*nginx"'), [
    "line 33",
    "missing argument to repetition operator in *nginx",
  ]],
  ["unicode dash item", instead("    - seriesQuery", "    – seriesQuery"), [
    "line 22",
    "a long dash, –",
  ]],
  ["rules dup custom", instead("  custom:\n", "  custom: []\n  custom:\n"), [
    "line 23",
    "`custom:` stands here a second time",
  ]],
  ["resources twice", instead("      name:\n", "      resources: {}\n      name:\n"), [
    "line 32",
    "`resources:` stands here a second time",
  ]],
  ["rule in default list", instead("custom:", "default:"), [
    "line 21",
    "the rule stands under `default:`",
  ]],
  ["last line cut", GOOD.slice(0, -20), ["line 35", "a quote ' is opened"]],
  ["half line join", instead("      name:\n        matches", "      name: matches"), [
    "line 32",
    "`matches:` belongs on the next line",
  ]],
  ["by instance", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) by (instance)'"), [
    "line 35",
    "no label `service`, only instance",
  ]],
  ["without", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) without (service)'"), [
    "line 35",
    "no label `service`",
  ]],
  ["rate no sum", mq("'rate(<<.Series>>{<<.LabelMatchers>>})'"), ["line 35", "range vector"]],
  ["namespace typo", sq(`'{__name__=~"^nginx_http_requests_total.*",namspace!=""}'`), [
    "line 22",
    'without namspace!=""',
  ]],
  ["anchor typo", sq(`'{__name__=~"^nginx_http_requests_total$.*x",namespace!=""}'`), [
    "line 22",
    "nearest names in Prometheus: nginx_http_requests_total",
  ]],
  ["glob", sq(`'{__name__=~"nginx_http_*total"}'`), ["line 22", "finds no series"]],
  ["name only prefix", sq(`'{__name__="nginx_http_requests"}'`), [
    "line 22",
    "nearest names in Prometheus: nginx_http_requests_total",
  ]],
  // Lines that are indented other than they belong: the one that is to be moved comes first.
  ["dash left of its fields", instead("    - seriesQuery", "  - seriesQuery"), [
    "line 22: `- seriesQuery:` is indented by 2 spaces, and belongs at 4",
  ]],
  ["dash as far as its fields", instead("    - seriesQuery", "      - seriesQuery"), [
    "line 22: `- seriesQuery:` is indented by 6 spaces, and belongs at 4",
  ]],
  ["metricsQuery under name", instead("      metricsQuery", "        metricsQuery"), [
    "line 35: `metricsQuery:` is indented by 8 spaces, and belongs at 6",
  ]],
  ["metricsQuery at the dash", instead("      metricsQuery", "    metricsQuery"), [
    "line 35: `metricsQuery:` is indented by 4 spaces, and belongs at 6",
  ]],
  ["metricsQuery at the edge", instead("      metricsQuery", "metricsQuery"), [
    "line 35: `metricsQuery:` is indented by 0 spaces, and belongs at 6",
  ]],
  ["template among overrides", instead("        template:", "          template:"), [
    "line 31: `template:` is indented by 10 spaces, and belongs at 8",
  ]],
  ["template beside resources", instead("        template:", "      template:"), [
    "line 31: `template:` is indented by 6 spaces, and belongs at 8",
  ]],
  [
    "resource beside its label",
    instead("            resource: pod", "          resource: pod"),
    ["line 28: `resource:` is indented by 10 spaces, and belongs at 12"],
  ],
  ["a label under another", instead("          service:\n", "            service:\n"), [
    "line 29: `service:` is indented by 12 spaces, and belongs at 10",
  ]],
  ["as beside name", instead("        as:", "      as:"), [
    "line 34: `as:` is indented by 6 spaces, and belongs at 8",
  ]],
  [
    "name and its fields under resources",
    instead("      name:\n        matches", "        name:\n          matches")
      .replace("        as:", "          as:"),
    ["line 32: `name:` is indented by 8 spaces, and belongs at 6"],
  ],
  [
    "name and its fields at the dash",
    instead("      name:\n        matches", "    name:\n      matches").replace(
      "        as:",
      "      as:",
    ),
    ["line 32: `name:` is indented by 4 spaces, and belongs at 6"],
  ],
  ["port at the edge", instead("  port: 9090", "port: 9090"), [
    "line 8: `port:` is indented by 0 spaces, and belongs at 2",
  ]],
  // A text or a map where a list belongs.
  ["custom: |", instead("  custom:\n", "  custom: |\n"), ["line 21: `custom:` holds a text"]],
  ["rules: >", instead("rules:\n", "rules: >\n"), ["line 20: `rules:` holds a text, `custom:`"]],
  ["a rule with a name", instead("    - seriesQuery", "    nginx:\n      seriesQuery"), [
    "line 22: under `custom:` stands `nginx:`",
  ]],
  [
    "prometheus: address",
    GOOD.replace(/prometheus:\n {2}url: (.*)\n.*\n.*\n/, "prometheus: $1\n"),
    ["line 6: `prometheus:` holds a text, `http://operator"],
  ],
  // Signs of elsewhere.
  ["guillemets", mq("'sum(«.Series»{«.LabelMatchers»}) by («.GroupBy»)'"), [
    "line 35: another sign for <<, « (U+00AB)",
  ]],
  ["angle brackets of Korean", instead('"<<.Resource>>"', '"《.Resource》"'), [
    "line 31: another sign for <<, 《 (U+300A)",
  ]],
  [
    "HTML entities",
    mq("'sum(&lt;&lt;.Series&gt;&gt;{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"),
    ["line 35: another sign for <<, &lt;&lt;"],
  ],
  ["nbsp behind a resource", instead("resource: pod", "resource: pod\u00a0"), [
    "line 28: another kind of space, U+00A0",
  ]],
  ["UTF-16", GOOD.split("").join("\0"), ["the file is in UTF-16"]],
  ["a quote that is open over lines", instead("http://", '"http://'), [
    'line 7: a quote " is opened',
  ]],
  [
    "matches without its last quote",
    instead('matches: "nginx_http_requests_total"', 'matches: "x'),
    [
      'line 33: a quote " is opened',
    ],
  ],
  // seriesQuery.
  ["no { in seriesQuery", sq(`'__name__=~"^nginx_http_requests_total.*",namespace!=""}'`), [
    "line 22",
    "a `{` is missing",
  ]],
  [
    "no comma in seriesQuery",
    sq(`'{__name__=~"^nginx_http_requests_total.*" namespace!=""}'`),
    ["line 22", "a comma is missing between two conditions"],
  ],
  ["rate in seriesQuery", sq(`'rate(nginx_http_requests_total{namespace!=""}[2m])'`), [
    "line 22",
    "functions and windows belong into `metricsQuery`",
  ]],
  ["<<.Series>> in seriesQuery", sq(`'<<.Series>>{namespace!=""}'`), [
    "line 22",
    "filled in in `metricsQuery` alone",
  ]],
  ["{} in seriesQuery", sq("'{}'"), ["line 22", "it leaves no series out"]],
  ["an expression by =", sq(`'{__name__="^nginx_http_requests_total.*",namespace!=""}'`), [
    "line 22",
    "compares letter by letter",
  ]],
  [
    "two conditions that nothing meets",
    sq(`'nginx_http_requests_total{namespace="prod",job="x"}'`),
    [
      "line 22",
      'without namespace="prod", job="x" it would find 1',
    ],
  ],
  ["!~", sq(`'{__name__!~"^nginx_http_requests_total.*",namespace!=""}'`), [
    "line 22: `seriesQuery` finds",
    "and not nginx_http_requests_total",
  ]],
  // resources.
  [
    "a group that has no such resource",
    instead("resource: service", "resource: service\n            group: apps"),
    [
      "line 31: the group `apps` has no resource `service`",
    ],
  ],
  ["an override without a resource", instead("            resource: service\n", ""), [
    "line 29: the override of the label `service` names no resource",
  ]],
  [
    "namespace by a label that is not there",
    instead("          namespace:\n", "          kubernetes_namespace:\n"),
    ["line 25", "asks by `kubernetes_namespace`"],
  ],
  // name.
  [
    "a group that is not there",
    instead(
      `matches: "nginx_http_requests_total"\n        as: "nginx_http_requests_total"`,
      `matches: "^nginx_(.*)$"\n        as: "\${2}"`,
    ),
    ["line 34: `name.as` (${2}) takes group 2 of `name.matches`, which has 1 group"],
  ],
  [
    "no name.as, and a group",
    instead(
      `matches: "nginx_http_requests_total"\n        as: "nginx_http_requests_total"`,
      `matches: "^nginx_(.*)$"`,
    ),
    ["line 32", "names it `http_requests_total`"],
  ],
  // metricsQuery.
  [
    "a field that is none",
    mq("'sum(rate(<<.Series>>{<<.LabelMatchers>>}[<<.Window>>])) by (<<.GroupBy>>)'"),
    [
      "line 35: `metricsQuery` asks for <<.Window>>",
      "there are <<.Series>>, <<.LabelMatchers>>",
    ],
  ],
  ["by left out", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) (<<.GroupBy>>)'"), [
    "line 35",
    "`by` is missing before (<<.GroupBy>>)",
  ]],
  ["bye", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) bye (<<.GroupBy>>)'"), [
    "line 35",
    "before (<<.GroupBy>>) stands `by`",
  ]],
  [
    "irate without a window",
    mq("'sum(irate(<<.Series>>{<<.LabelMatchers>>})) by (<<.GroupBy>>)'"),
    [
      "line 35",
      "a window is missing",
    ],
  ],
  ["a window without rate", mq("'sum(<<.Series>>{<<.LabelMatchers>>}[2m]) by (<<.GroupBy>>)'"), [
    "line 35",
    "a function such as rate(…) makes one",
  ]],
  ["(2m)", mq("'sum(rate(<<.Series>>{<<.LabelMatchers>>}(2m))) by (<<.GroupBy>>)'"), [
    "line 35",
    "a window stands in square brackets",
  ]],
  ["[2 m]", mq("'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2 m])) by (<<.GroupBy>>)'"), [
    "line 35",
    "a window stands in square brackets",
  ]],
  [
    "a window before the braces",
    mq("'sum(rate(<<.Series>>[2m]{<<.LabelMatchers>>})) by (<<.GroupBy>>)'"),
    [
      "line 35",
      "a window stands in square brackets right behind the braces",
    ],
  ],
  ["rates", mq("'sum(rates(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'"), [
    "line 35",
    "there is no function `rates`; `rate` there is",
  ]],
  ["a brace too many", mq("'sum(<<.Series>>{<<.LabelMatchers>>}}) by (<<.GroupBy>>)'"), [
    "line 35",
    "one `}` is too many",
  ]],
  ["another service", mq(`'sum(<<.Series>>{service="nginx"}) by (service)'`), [
    "line 35",
    'asks for service="nginx", and the series carry service="nginx-custom-metric"',
  ]],
  ["a comparison", mq("'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) > 100000'"), [
    "line 35: the comparison `>` in the rule's query drops every value",
  ]],
  ["an offset", mq("'sum(<<.Series>>{<<.LabelMatchers>>} offset 1d) by (<<.GroupBy>>)'"), [
    "line 35",
    "looks `offset 1d` into the past",
  ]],
  // YAML's own signs.
  ["...", instead("rules:\n", "...\nrules:\n"), ["line 20: `...` ends the document here"]],
  ["an alias of nothing", instead('as: "nginx_http_requests_total"', "as: *name"), [
    "line 34",
    "stands for the anchor &name, and there is none above",
  ]],
  ["a picture", "\x89PNG\r\n\x1a\n\0\0\0IHDR", ["the file is no text"]],
  ["an escape that is none", instead('matches: "nginx_http', 'matches: "\\w+_http'), [
    "line 33: in double quotes YAML takes the backslash",
  ]],
  ["a value that begins with {", mq("{sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)}"), [
    "line 35",
    "begins with {, which opens a map in YAML",
  ]],
  // The address, and the pods.
  ["url .scv", instead(".default.svc\n", ".default.scv\n"), [
    "line 7: prometheus.url ends in .scv",
  ]],
  ["url with a path", instead(".default.svc\n", ".default.svc/graph\n"), [
    "line 7: prometheus.url has a path, /graph",
  ]],
  ["url without http://", instead("http://", ""), [
    "line 7: prometheus.url has to begin with http://",
  ]],
  ["url http//", instead("http://", "http//"), [
    "line 7: prometheus.url has to begin with http://",
  ]],
  [
    "url 127.0.0.1",
    instead("http://operator-kube-prometheus-s-prometheus.default.svc", "http://127.0.0.1"),
    ["line 7: prometheus.url names 127.0.0.1, which is the adapter's own pod"],
  ],
  ["port 0", instead("port: 9090", "port: 0"), ["line 8: prometheus.port is 0"]],
  ["url empty", instead(ADDRESS, '""'), ["line 7: prometheus.url is empty"]],
  ["url a map", instead(ADDRESS, "{host: prometheus}"), ["line 7: prometheus.url is no text"]],
  ["url localhost without http://", instead(ADDRESS, "localhost:9090"), [
    "line 7: prometheus.url has to begin with http://",
  ]],
  [
    "url with another port",
    instead(`${ADDRESS}\n  port: 9090`, `${ADDRESS}:8080\n  port: ''`),
    ["line 7: prometheus.url ends in port 8080", "has 9090"],
  ],
  ["url a pod's address", instead(ADDRESS, "http://10.244.9.9"), [
    "line 7: prometheus.url names 10.244.9.9:9090, and no Service of Prometheus has this address",
  ]],
  ["replicas: 0", `${GOOD}replicas: 0\n`, [
    "line 36: `replicas: 0` leaves the adapter without a pod",
  ]],
  // A key that is misspelt, or nobody's, and the last of its map: no other place makes it right.
  ["port misspelt and last", instead('  port: 9090\n  path: ""\n', "  prt: 9090\n"), [
    "line 8: `prt` is no field of the chart's values; `port` is",
  ]],
  ...[["names", "name"], ["Name", "name"], ["seriesFilter", "seriesFilters"]].map((
    [key, meant],
  ): [string, string, string[]] => [
    `${key} last in a rule`,
    `${GOOD}      ${key}: x\n`,
    [`line 36: \`${key}\` is no field of a rule; \`${meant}\` is`],
  ]),
  ...["namespaced", "foo"].map((key): [string, string, string[]] => [
    `${key} last in a rule`,
    `${GOOD}      ${key}: false\n`,
    [`line 36: \`${key}\` is no field here; the fields are seriesQuery`],
  ]),
  ["extrenal last", `${GOOD}  extrenal:\n    - seriesQuery: up\n      metricsQuery: up\n`, [
    "line 36: `extrenal` is no field of the chart's values; `external` is",
  ]],
  ["custom: {}", `${HEAD}rules: {custom: {}}\n`, ["line 20: `custom:` is empty"]],
  ["custom that merges nothing", `${HEAD}rules:\n  custom:\n    <<: {}\n`, [
    "line 21: `custom:` is empty",
  ]],
  ['custom: ""', `${HEAD}rules:\n  custom: ""\n`, ["line 21: `custom:` holds an empty text"]],
  ["an escape of JSON in single quotes", mq(`'${ESCAPED}'`), [
    "line 35: another sign for <<, \\u003c\\u003c",
  ]],
  ["an escape in double quotes, and another mistake", `${mq(`"${ESCAPED}"`)}loglevel: 4\n`, [
    "line 36: `loglevel` is no field",
  ]],
  [
    "a look into the future",
    mq("'sum(<<.Series>>{<<.LabelMatchers>>} offset -5m) by (<<.GroupBy>>)'"),
    [
      "line 35: the rule's query looks `offset -5m` into the future",
    ],
  ],
  [
    "a comparison of one side",
    mq(`'sum(<<.Series>>{<<.LabelMatchers>>,pod="x"}) by (<<.GroupBy>>) / (sum(up) > 0)'`),
    ['line 35: the rule\'s query asks for pod="x"'],
  ],
  [
    "a comparison around all",
    mq("'sum(<<.Series>>{<<.LabelMatchers>>} > 1e9) by (<<.GroupBy>>)'"),
    [
      "line 35: the comparison `>` in the rule's query drops every value",
    ],
  ],
  [
    "a condition that is not met",
    mq("'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) and on () (sum(up) > 99)'"),
    ["line 35: the condition `sum(up) > 99` in the rule's query is not met now"],
  ],
];

/** Other ways to write the same rule. */
export const RIGHT: [name: string, text: string][] = [
  ["external: {}", `${GOOD}  external: {}\n`],
  ["an escape in double quotes", mq(`"${ESCAPED}"`)],
  ["url with a dot at the end", instead(ADDRESS, `${ADDRESS}.cluster.local.`)],
  ["CR", GOOD.replaceAll("\n", "\r")],
  [
    "a node's address and port",
    instead("http://operator-kube-prometheus-s-prometheus.default.svc", "http://172.18.0.2")
      .replace("9090", "30950"),
  ],
  ["an anchor", instead("        overrides:\n", "        overrides: &overrides\n")],
  [
    "rules that are merged",
    HEAD + "podLabels: &more\n  default: true\n" +
    RULE.replace("rules:\n", "rules:\n  <<: *more\n"),
  ],
  ["a tab behind a value", instead("resource: pod", "resource: pod\t")],
  ["CRLF", GOOD.replaceAll("\n", "\r\n")],
  ["BOM", "\ufeff" + GOOD],
  ["[120]", mq("'sum(rate(<<.Series>>{<<.LabelMatchers>>}[120])) by (<<.GroupBy>>)'")],
  ["by first", mq("'sum by (<<.GroupBy>>) (<<.Series>>{<<.LabelMatchers>>})'")],
  ["block scalar", mq("|\n        sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)")],
  ["plain", mq("sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)")],
  ["plain sq", sq("nginx_http_requests_total")],
  ["Service", instead("resource: service", "resource: Service")],
  ["port quoted", instead("port: 9090", 'port: "9090"')],
  [
    "url quoted",
    instead(
      "http://operator-kube-prometheus-s-prometheus.default.svc",
      '"http://operator-kube-prometheus-s-prometheus.default.svc"',
    ),
  ],
  ["as empty", instead(`as: "nginx_http_requests_total"`, `as: ""`)],
  ["list at key", HEAD + RULE.replace(/^ {4}/gm, "  ")],
  ["SUM", mq("'SUM(<<.Series>>{<<.LabelMatchers>>}) BY (<<.GroupBy>>)'")],
  ["GroupBy string", mq(`'sum(<<.Series>>{<<.LabelMatchers>>}) by ("<<.GroupBy>>")'`)],
];
