import assert from "node:assert/strict";
import {
  adapterUpgraded,
  judgeStep,
  labView,
  loadLessons,
  playLesson,
  type Step,
  type TaskStep,
  UPGRADE,
  VALUES_PATH,
} from "../../lib/lesson/mod.ts";
import type { Service } from "../../lib/kube/mod.ts";
import { valuesMistake } from "../../lib/lesson/values.ts";
import { atStartOf, gateOf } from "./_starts.ts";
import { GOOD, HEAD, instead, lines, MORE_SPOILT, RIGHT, RULE } from "./_spoilt_values.ts";

/** Spoilt files of learners, and the words of the cause that must be named; told from the file, then with it upgraded. */
const CASES: [name: string, text: string, says: string[], afterUpgrade?: string[]][] = [
  ["only the hash taken away", lines((line) => ` ${line}`), [
    "line 20",
    "`rules:` stands 1 space right of `prometheus:`",
  ], []],
  ["all indentation lost", lines((line) => line.trim()), [
    "`rules:` is empty",
    "beside it (line 21, `custom:`)",
  ], []],
  ["a tab", lines((line, i) => i === 2 ? `\t${line.trim()}` : line), ["line 22: a tab"]],
  [
    "a regular expression without )",
    instead("nginx_http_requests_total.*", "nginx_http_(requests_total.*"),
    ["line 22", "`seriesQuery`", "missing closing )", "^nginx_http_(requests_total.*", "column 45"],
    ["unable to update list"],
  ],
  ["a template without >>", instead("by (<<.GroupBy>>)", "by (<<.GroupBy)"), [
    "line 35",
    "`metricsQuery` has `<<` without `>>`",
  ], ["crashes on it", "while the old one serves"]],
  ["an external rule", instead("custom:", "external:"), ["line 22", "under `external:`"], []],
  ["quotes of two kinds", instead("metricsQuery: 'sum", 'metricsQuery: "sum'), [
    "line 35: the value begins with \" and ends with '",
  ]],
  ["only the first line", HEAD + RULE.replace(/\n(.)/g, "\n# $1"), [
    "line 20: `rules:` is empty",
    "still commented (line 21)",
  ], []],
  ["no groupBy", instead(" by (<<.GroupBy>>)", ""), ["line 35", "no label `service`"], [
    "None of the results returned",
  ]],
  ["another name", instead('as: "nginx_http_requests_total"', 'as: "nginx_requests"'), [
    "line 34",
    "names it `nginx_requests`",
    "asks for `nginx_http_requests_total`",
  ], []],
  ["rules indented", lines((line, i) => i < 2 ? `    ${line}` : line), [
    "line 20",
    "`rules:` stands 4 spaces right of `prometheus:`",
  ]],
  ["a colon missing", instead("rules:\n", "rules\n"), [
    "line 20: a colon is missing after `rules`",
  ]],
  ["PromQL without )", instead("}) by", "} by"), ["line 35", "a `)` is missing"], [
    "unable to fetch metrics",
  ]],
  ["a key misspelt", instead("metricsQuery", "metricQuery"), [
    "line 35",
    "`metricQuery` is no field of a rule; `metricsQuery` is",
  ], ["crashes on it"]],
  // Of our own.
  ["nothing uncommented", HEAD + RULE.replace(/^/gm, "# "), ["line 20", "still commented"]],
  ["everything deleted", HEAD, ["there is no `rules:` in the file"]],
  ["rule for rules", instead("rules:\n", "rule:\n"), [
    "line 20",
    "`rule` is no field",
    "`rules` is",
  ]],
  ["Rules for rules", instead("rules:\n", "Rules:\n"), [
    "line 20",
    "`Rules` is no field",
    "`rules` is",
  ]],
  ["customs for custom", instead("custom:", "customs:"), [
    "line 21",
    "`customs` is no field",
    "`custom` is",
  ]],
  ["custom left out", instead("  custom:\n", ""), ["line 21", "`custom:` is missing"]],
  ["the dash left out", instead("    - seriesQuery", "      seriesQuery"), [
    "line 22",
    "without its `- `",
  ]],
  ["rules under prometheus", HEAD.replace('path: ""', 'path: ""\n  rules:\n    custom: []'), [
    "`rules:` stands under `prometheus:`",
  ]],
  ["resource for custom", instead("custom:", "resource:"), ["under `resource:`"]],
  ["custom at the top", GOOD.replace("rules:\n", "").replace(/^ {2}/gm, ""), [
    "`custom:` stands at the top of the file",
  ]],
  ["custom empty, its list commented", instead(RULE, RULE.replace(/^( {4}.*)$/gm, "# $1")), [
    "`custom:` is empty",
    "still commented (line 22)",
  ]],
  ["rules twice", GOOD + "rules:\n  default: true\n", ["`rules:` stands here a second time"]],
  ["metricsQuery twice", GOOD + "      metricsQuery: 'up'\n", [
    "line 36",
    "`metricsQuery:` stands here a second time",
  ]],
  [
    "a field at the wrong depth",
    instead("      name:\n        matches", "      name:\n      matches"),
    ["line 34", "`matches:` above has a value already"],
  ],
  ["resources without its s", instead("      resources:", "      resource:"), [
    "line 23",
    "`resource` is no field of a rule; `resources` is",
  ]],
  ["override for overrides", instead("overrides", "override"), [
    "line 24",
    "`override` is no field",
    "`overrides` is",
  ]],
  ["match for matches", instead("matches:", "match:"), [
    "line 33",
    "`match` is no field",
    "`matches` is",
  ]],
  ["seriesquery", instead("seriesQuery", "seriesquery"), [
    "line 22",
    "`seriesquery` is no field",
    "`seriesQuery` is",
  ]],
  [
    "no seriesQuery",
    instead(
      '    - seriesQuery: \'{__name__=~"^nginx_http_requests_total.*",namespace!=""}\'\n      resources',
      "    - resources",
    ),
    ["no `seriesQuery`"],
  ],
  [
    "seriesQuery without quotes",
    instead(`'{__name__=~"^nginx_http_requests_total.*",namespace!=""}'`, "{a: b}"),
    ["line 22", "`seriesQuery` is no text"],
  ],
  ["a brace missing", instead(`namespace!=""}'`, `namespace!=""'`), [
    "line 22",
    "`seriesQuery` does not parse",
    "a `}` is missing",
  ]],
  [
    "seriesQuery of another name",
    instead("^nginx_http_requests_total", "^nginx_http_request_totals"),
    ["line 22", "finds no series", "nearest names in Prometheus: nginx_http_requests_total"],
  ],
  ["another namespace in seriesQuery", instead('namespace!=""', 'namespace="prod"'), [
    "line 22",
    "finds no series",
    'without namespace="prod"',
  ]],
  ["a label that is not there", instead('namespace!=""', 'namespace!="",app="nginx"'), [
    "finds no series",
    'without app="nginx"',
  ]],
  ["an unknown resource", instead("resource: service", "resource: servcie"), [
    "line 30",
    "no resource `servcie`",
    "`service`",
  ]],
  [
    "no label of a Service",
    GOOD.replace("          service:\n            resource: service\n", "").replace(
      '        template: "<<.Resource>>"\n',
      "",
    ),
    ["no label stands for a Service"],
  ],
  [
    "an override of a label that is not there",
    GOOD.replace("          service:\n", "          svc:\n").replace(
      '        template: "<<.Resource>>"\n',
      "",
    ),
    ["`svc` is no label of the series"],
  ],
  [
    "an override of a label that is not there, and a template",
    instead("          service:\n", "          svc:\n"),
    ["asks by `svc`", "no label of the series"],
  ],
  [
    "no label of a namespace",
    GOOD.replace("          namespace:\n            resource: namespace\n", "").replace(
      '        template: "<<.Resource>>"\n',
      "",
    ),
    ["unable to convert resource namespaces into label"],
  ],
  ["matches something else", instead('matches: "nginx_http_requests_total"', 'matches: "^http_"'), [
    "line 33",
    "`name.matches` (^http_) keeps out nginx_http_requests_total",
  ]],
  ["matches broken", instead('matches: "nginx_http_requests_total"', 'matches: "nginx_[http"'), [
    "line 33",
    "`name.matches` is broken",
    "missing closing ]",
  ]],
  [
    "a filter that keeps it out",
    instead("      resources:", "      seriesFilters:\n        - isNot: _total$\n      resources:"),
    ["line 24", "`seriesFilters.isNot` (_total$) keeps out"],
  ],
  ["a dollar that eats the name", instead('as: "nginx_http_requests_total"', 'as: "$1_total"'), [
    "line 34",
    "the rule names it",
  ]],
  ["another field in the template", instead("<<.GroupBy>>", "<<.GroupBys>>"), [
    "line 35",
    "`metricsQuery`",
    "GroupBys",
  ]],
  ["braces of helm in the template", instead("<<.Series>>", "<<.Series>"), [
    "line 35",
    "`<<` without `>>`",
  ]],
  ["by another label", instead("by (<<.GroupBy>>)", "by (pod)"), [
    "line 35",
    "no label `service`, only pod",
  ]],
  [
    "rate without a window",
    instead("sum(<<.Series>>{<<.LabelMatchers>>})", "sum(rate(<<.Series>>{<<.LabelMatchers>>}))"),
    ["line 35", "range vector"],
  ],
  [
    "a window under two scrapes",
    instead(
      "sum(<<.Series>>{<<.LabelMatchers>>})",
      "sum(rate(<<.Series>>{<<.LabelMatchers>>}[20s]))",
    ),
    ["line 35", "window [20s] holds no two scrapes, which come every 30s"],
  ],
  [
    "a label in the query that is not there",
    instead("<<.LabelMatchers>>", '<<.LabelMatchers>>,app="x"'),
    ["asks by `app`"],
  ],
  ["a function that is none", instead("sum(<<", "summ(<<"), [
    "line 35",
    "does not parse as PromQL",
    "summ",
  ]],
  ["a port of nobody", instead("port: 9090", "port: 9091"), [
    "prometheus.port is 9091",
    "has 9090",
  ]],
  ["the port of the reloader", instead("port: 9090", "port: 8080"), [
    "prometheus.port is 8080",
    "has 9090",
  ]],
  ["no port", instead("port: 9090", "port:"), ["prometheus.port is not set"]],
  ["a port twice", instead("default.svc\n", "default.svc:9090\n"), [
    "prometheus.url ends in a port",
  ]],
  [
    "a host of nobody",
    instead("operator-kube-prometheus-s-prometheus", "operator-kube-prometheus-prometheus"),
    [
      "prometheus.url names operator-kube-prometheus-prometheus",
      "operator-kube-prometheus-s-prometheus.default.svc",
    ],
  ],
  ["another namespace", instead("prometheus.default.svc", "prometheus.monitoring.svc"), [
    "in namespace monitoring",
  ]],
  ["a path", instead('path: ""', "path: /prometheus"), ["prometheus.path is /prometheus"]],
  ["https", instead("http://", "https://"), ["begins with https://"]],
  ["no scheme", instead("http://", ""), ["prometheus.url"]],
];

const lessons = await loadLessons();
const rules = lessons.find(({ lesson }) => lesson.id === "06-adapter-rules")!.lesson;
const step = rules.steps.find(({ id }) => id === "rules") as TaskStep;
const wanted = { metric: "nginx_http_requests_total", service: "nginx-custom-metric" };

Deno.test("a check names the cause of each spoilt file, and lets no time pass where none can help", async (t) => {
  const gate = await gateOf(lessons);
  try {
    const stage = await atStartOf(gate, lessons.find(({ lesson }) => lesson === rules)!);
    for (const before of rules.steps.slice(0, rules.steps.indexOf(step))) {
      for (const line of before.kind === "run" ? before.lines : []) await stage.shell.run(line);
    }
    const told = async (says: readonly string[], at: Step = step) => {
      const { ok, findings: [found], waitedMs } = await judgeStep(stage, at, undefined);
      assert.equal(ok, false);
      for (const text of says) {
        assert.ok(found.actual.en.includes(text), `no "${text}" in: ${found.actual.en}`);
      }
      assert.match(found.actual.ko, /[가-힣]/);
      assert.equal(waitedMs, 0, found.actual.en);
    };
    const put = (text: string) => stage.files.write(VALUES_PATH, text);

    for (const [name, text, says, afterUpgrade] of CASES) {
      await t.step(name, async () => {
        await put(text);
        await told(says);
        if (!afterUpgrade) return;
        await stage.shell.run(UPGRADE);
        await told([...says, ...afterUpgrade]);
      });
    }
    await t.step("a list that a spoilt file emptied, at the step before", async () => {
      const [, text, says] = CASES.find(([name]) => name === "a regular expression without )")!;
      await put(text);
      await stage.shell.run(`${UPGRADE} && clock +2m`);
      await told(says, rules.steps.find(({ id }) => id === "other-name"));
    });
    for (const [name, text, says] of MORE_SPOILT) {
      await t.step(name, async () => {
        await put(text);
        await told(says);
      });
    }
    const view = labView(stage.lab, stage.files);
    for (const [name, text] of RIGHT) {
      await t.step(`right: ${name}`, async () => {
        assert.equal(await valuesMistake(view, text, wanted), undefined);
      });
    }
    await t.step("a value that only the cluster finds wrong", async () => {
      await put(`${GOOD}logLevel: debug\n`);
      await told(["is right, but not upgraded"]);
      await stage.shell.run(UPGRADE);
      await told(["line 36: `logLevel: debug`; with it the pod", 'invalid argument "debug"']);
      await put(`${GOOD}image:\n  repository: registry.k8s.io/adaptr\n`);
      await stage.shell.run(UPGRADE);
      await told(["line 37: `repository: registry.k8s.io/adaptr`", "ErrImagePull"]);
      await put(`${GOOD}image:\n  repository: registry.k8s.io/Adapter\n`);
      await stage.shell.run(UPGRADE);
      const { findings: [{ actual, next }] } = await judgeStep(stage, step, undefined);
      assert.match(actual.en, /line 37: `repository: registry.k8s.io\/Adapter`.*InvalidImageName/);
      assert.match(next.en, /^correct line 37/);
      await put(HEAD);
      await stage.shell.run(UPGRADE);
    });
    await t.step("an address in numbers is looked at for its path", async () => {
      const service = await view.get<Service>(
        "services",
        "default",
        "operator-kube-prometheus-s-prometheus",
      );
      const numbers = GOOD.replace(/url: .*/, `url: http://${service?.spec?.clusterIP}`);
      assert.equal(await valuesMistake(view, numbers, wanted), undefined);
      const found = await valuesMistake(view, numbers.replace('path: ""', "path: /x"), wanted);
      assert.match(found?.is.en ?? "", /^prometheus\.path is \/x/);
    });
    await t.step("a pod that a rollout took away", async () => {
      const { stdout: pod } = await stage.shell.run(
        "kubectl get pod -l app=nginx-custom-metric -o jsonpath='{.items[0].metadata.name}'",
      );
      assert.match(pod, /^nginx-custom-metric-/);
      await stage.shell.run(`kubectl delete pod ${pod} && clock +10m`);
      await put(instead('namespace!=""', `namespace!="",pod="${pod}"`));
      await told(["line 22", "finds no series", `without pod="${pod}" it would find`]);
    });
    await t.step("the file is right, and not upgraded", async () => {
      await put(GOOD);
      assert.equal(await valuesMistake(view, GOOD, wanted), undefined);
      await told(["is right, but not upgraded"]);
      // Who asks for the release alone has no rule tried, and calls none right.
      const [behind] = await adapterUpgraded(view);
      assert.match(
        behind.actual.en,
        /is saved, but not upgraded: the running release has no `rules`/,
      );
    });
    await t.step("the solution mends what an edit left half-way", async () => {
      await put(CASES[7][1]);
      for (const line of step.solution) {
        assert.equal((await stage.shell.run(line)).exitCode, 0, line);
      }
      const { ok } = await judgeStep(stage, step, undefined);
      assert.ok(ok);
    });
    await t.step("an object changed by hand, the file right", async () => {
      const read = await stage.shell.run("kubectl -n default get cm prometheus-adapter -o yaml");
      await stage.files.write(
        "cm.yaml",
        read.stdout.replace(/as: nginx_http_requests_total/, "as: nginx_hits"),
      );
      await stage.shell.run(
        "kubectl apply -f cm.yaml && kubectl -n default rollout restart deploy/prometheus-adapter && clock +2m",
      );
      await told([
        "the ConfigMap prometheus-adapter was changed by hand",
        "as: nginx_hits",
        "as: nginx_http_requests_total",
      ]);
      await stage.shell.run(UPGRADE);
      await told(["is older than the ConfigMap's last change"]);
      await stage.shell.run(
        "kubectl -n default scale deploy/prometheus-adapter --replicas 0 && clock +1m",
      );
      await told(["the Deployment prometheus-adapter was changed by hand: replicas: 1 → 0"]);
    });
    await t.step("a recorded series, which has no job, and is gone", async () => {
      const rule = {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: "recorded", namespace: "default", labels: { release: "operator" } },
        spec: { groups: [{ name: "a", rules: [{ record: "svc:hits", expr: "vector(1)" }] }] },
      };
      await stage.files.write("rule.yaml", JSON.stringify(rule));
      await stage.shell.run("kubectl apply -f rule.yaml && clock +3m");
      await stage.shell.run("kubectl delete prometheusrule recorded && clock +10m");
      await put(instead(/seriesQuery: (.*)/.exec(RULE)![1], "svc:hits"));
      await told(["Prometheus has no svc:hits now; it was there until a while ago"]);
      await put(GOOD);
    });
    await t.step("what is asked for is not scraped any more", async () => {
      await stage.shell.run(`${UPGRADE}; clock +1m`);
      await stage.shell.run("helm uninstall prometheus-adapter");
      await stage.shell.run("kubectl delete servicemonitor nginx-custom-metric && clock +10m");
      await told(["the rule is right, but Prometheus has no nginx_http_requests_total now"]);
      await stage.shell.run("kubectl apply -f examples/01_nginx_custom_metrics/ && clock +3m");
      await stage.shell.run(`${UPGRADE}; clock +1m`);
    });
    await t.step("the adapter's Service is gone", async () => {
      await stage.shell.run("kubectl -n default delete service prometheus-adapter && clock +1m");
      await told(["ServiceNotFound"]);
      await stage.shell.run(`${UPGRADE} && clock +2m`);
      assert.ok((await judgeStep(stage, step, undefined)).ok);
    });
    await t.step("Prometheus has no pod", async () => {
      const patch = `'{"spec":{"replicas":0}}'`;
      await stage.shell.run(
        `helm uninstall prometheus-adapter; kubectl patch prometheus operator-kube-prometheus-s-prometheus --type=merge -p ${patch} && clock +3m`,
      );
      await told(["the Prometheus operator-kube-prometheus-s-prometheus is at 0 replicas"]);
    });
  } finally {
    await gate.close();
  }
});

Deno.test("checks of lessons 4 and 5 tell the file from what the cluster has", async () => {
  const gate = await gateOf(lessons);
  const before = lessons.find(({ lesson }) => lesson.id === "04-prometheus-operator")!;
  const { lesson: operator } = before;
  const stage = await atStartOf(gate, before);
  const stepOf = (lesson: string, id: string) =>
    lessons.find((loaded) => loaded.lesson.id === lesson)!.lesson.steps
      .find((step) => step.id === id) as TaskStep;
  const told = async (step: TaskStep) => {
    const { findings: [found], waitedMs } = await judgeStep(stage, step, undefined);
    assert.equal(waitedMs, 0);
    return found;
  };
  const run = async (...lines: string[]) => {
    for (const line of lines) await stage.shell.run(line);
  };
  try {
    const mend = stepOf(operator.id, "mend");
    for (const step of operator.steps.slice(0, -1)) {
      await run(...step.kind === "run" ? step.lines : []);
    }
    await run(`sed -i 's/nowhere/operator-kube-prometheus-s-prometheus/' ${VALUES_PATH}`);
    const notSent = await told(mend);
    assert.match(
      notSent.actual.en,
      /is right, but not upgraded: prometheus\.url is http:\/\/operator/,
    );
    assert.equal(notSent.next.en, `only this is missing: ${UPGRADE}`);
    await run(`sed -i 's/9090/9091/' ${VALUES_PATH}`, UPGRADE);
    const port = await told(mend);
    assert.match(port.actual.en, /line 8: prometheus\.port is 9091; .* has 9090/);
    assert.match(port.next.en, /^correct prometheus\.port/);
    await run(...mend.solution);

    await playLesson(stage, operator);
    const nginx = lessons.find(({ lesson }) => lesson.id === "05-nginx")!.lesson;
    await run(
      "kubectl apply -f examples/01_nginx_custom_metrics/",
      "clock +2m",
      "kubectl label servicemonitor nginx-custom-metric release-",
    );
    const label = await told(stepOf(nginx.id, "mend"));
    assert.match(
      label.actual.en,
      /the file servicemonitor\.yaml has it, and the object in the cluster lacks it/,
    );
    assert.match(label.next.en, /^the file needs no change/);
    await run(
      "sed -i '/release: operator/d' examples/01_nginx_custom_metrics/servicemonitor.yaml",
    );
    assert.match(
      (await told(stepOf(nginx.id, "mend"))).next.en,
      /^add the label "release: operator"/,
    );
  } finally {
    await gate.close();
  }
});
