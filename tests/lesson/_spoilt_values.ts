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
];

/** Other ways to write the same rule. */
export const RIGHT: [name: string, text: string][] = [
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
