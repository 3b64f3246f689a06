import { defineLesson, ruleTask } from "../../lib/lesson/mod.ts";
import type { WantedMetric, WrongAnswer } from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const UPGRADE = "make install-prometheus-adapter";
const PROMETHEUS = "operator-kube-prometheus-s-prometheus";
const CUSTOM = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default";

const ON_SERVICE = `resources:
  overrides:
    namespace:
      resource: namespace
    service:
      resource: service`;

const OF_NGINX = `seriesQuery: '{__name__=~"^nginx_http_requests_total.*",namespace!=""}'
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
metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`;

const OF_A_COUNT = `seriesQuery: 'prometheus_http_request_duration_seconds_count{namespace!=""}'
${ON_SERVICE}
name:
  as: "prometheus_requests_per_second"
metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'`;

const ON_PODS = `seriesQuery: 'nginx_connections_accepted{namespace!="",pod!=""}'
resources:
  overrides:
    namespace:
      resource: namespace
    pod:
      resource: pod
name:
  as: "nginx_connections_per_second"
metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'`;

const EXTERNAL = `seriesQuery: 'kubelet_running_pods'
resources:
  namespaced: false
name:
  as: "running_pods"
metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'`;

const BLANK = `seriesQuery: ''
resources:
  overrides: {}
name:
  as: ''
metricsQuery: ''`;

/** A rule as an item of a list that is indented by four. */
function item(rule: string): string {
  return rule.split("\n").map((line, index) => `${index === 0 ? "    - " : "      "}${line}`)
    .join("\n");
}

/** Lines that make these the rules of the values file, whatever its rules were before. */
function writeRules(custom: string[], external: string[] = []): string[] {
  const listed = (key: string, rules: string[]) =>
    rules.length > 0 ? [`  ${key}:`, ...rules.map(item)] : [];
  return [
    `sed -i '/^[# ]*rules *:\\{0,1\\} *$/,$d' ${VALUES}`,
    [
      `cat >> ${VALUES} <<'EOF'`,
      "rules:",
      ...listed("custom", custom),
      ...listed("external", external),
      "EOF",
    ].join("\n"),
  ];
}

const requests = (series: string) => `${series}{namespace="default",service="${PROMETHEUS}"}`;
const COUNT = requests("prometheus_http_request_duration_seconds_count");
const WINDOWS = ["1m", "2m", "5m", "10m"];

const countRate: WantedMetric = {
  metric: "prometheus_requests_per_second",
  service: PROMETHEUS,
  series: "prometheus_http_request_duration_seconds_count",
  value: {
    promql: WINDOWS.map((window) => `sum(rate(${COUNT}[${window}]))`),
    mistaken: [
      {
        promql: `sum(${COUNT})`,
        is: {
          en: "that is the count of all requests so far",
          ko: "그것은 지금까지의 요청을 모두 센 수입니다",
        },
        why: {
          en: "a count only grows; its rate is what comes in per second",
          ko: "센 수는 커지기만 합니다. 초당 들어오는 수는 그 rate입니다",
        },
      },
      ...WINDOWS.map((window) => ({
        promql: `sum(rate(${requests("prometheus_http_request_duration_seconds_sum")}[${window}]))`,
        is: {
          en: "that is how many seconds were spent per second",
          ko: "그것은 초당 걸린 시간(초)입니다",
        },
        why: {
          en:
            "a histogram has three kinds of series: _sum adds up seconds, _count counts requests, _bucket counts them again for each bound",
          ko:
            "히스토그램의 시계열은 세 가지입니다. _sum은 걸린 초를 더하고, _count는 요청을 세고, _bucket은 경계마다 다시 셉니다",
        },
      })),
      ...WINDOWS.map((window) => ({
        promql: `sum(rate(${
          requests("prometheus_http_request_duration_seconds_bucket")
        }[${window}]))`,
        is: {
          en: "that counts each request once for every bucket it falls into",
          ko: "그것은 요청 하나를 버킷마다 다시 셉니다",
        },
        why: {
          en:
            "buckets are cumulative: a quick request is in all of them; _count has each request once",
          ko:
            "버킷은 누적입니다. 빠른 요청은 모든 버킷에 들어갑니다. 요청을 한 번씩 센 것은 _count입니다",
        },
      })),
    ],
  },
};

const connections: WantedMetric = {
  metric: "nginx_connections_per_second",
  pods: "app=nginx-custom-metric",
  series: "nginx_connections_accepted",
  value: {
    promql: WINDOWS.map((window) =>
      `sum(rate(nginx_connections_accepted{namespace="default"}[${window}])) by (pod)`
    ),
    mistaken: [{
      promql: `sum(nginx_connections_accepted{namespace="default"}) by (pod)`,
      is: {
        en: "that is every connection since the pod began",
        ko: "그것은 파드가 시작한 뒤의 연결을 모두 센 수입니다",
      },
      why: {
        en: "its name does not end in _total, and it is a counter all the same: it only grows",
        ko: "이름이 _total로 끝나지 않아도 카운터입니다. 커지기만 합니다",
      },
    }],
  },
};

const runningPods: WantedMetric = {
  metric: "running_pods",
  external: true,
  series: "kubelet_running_pods",
  value: {
    promql: ["sum(kubelet_running_pods)"],
    mistaken: [{
      promql: "count(kubelet_running_pods)",
      is: { en: "that is the number of nodes", ko: "그것은 노드의 수입니다" },
      why: {
        en:
          "each kubelet says how many pods run on its node; count() counts those who say it, sum() adds what they say",
        ko:
          "kubelet마다 자기 노드에서 도는 파드의 수를 말합니다. count()는 말하는 쪽의 수를 세고, sum()은 말한 수를 더합니다",
      },
    }],
  },
};

/** A wrong rule in the place of a right one, upgraded. */
function wrong(
  name: string,
  says: string,
  [custom, external]: [custom: string[], external?: string[]],
): WrongAnswer {
  return { name, says, lines: [...writeRules(custom, external), UPGRADE] };
}

/** A rule with one text in place of another, which has to be there. */
function instead(rule: string, old: string, by: string): string {
  if (!rule.includes(old)) throw new Error(`No "${old}" in the rule`);
  return rule.replaceAll(old, () => by);
}

export default defineLesson({
  id: "09-rules-of-your-own",
  title: { en: "Rules of your own", ko: "규칙 직접 쓰기" },
  minutes: 30,
  requires: [
    "01-cluster",
    "02-asking-too-early",
    "03-prometheus-adapter",
    "04-prometheus-operator",
    "05-nginx",
    "06-adapter-rules",
  ],
  setup: [
    ...writeRules([OF_NGINX, BLANK]),
    `cat > helm_values/blank-rule.yaml <<'EOF'\n${item(BLANK)}\nEOF`,
    `cat > helm_values/blank-external-rule.yaml <<'EOF'\n  external:\n${item(BLANK)}\nEOF`,
  ],
  steps: [
    ruleTask({
      id: "count",
      wanted: countRate,
      rule: OF_A_COUNT,
      lines: [...writeRules([OF_NGINX, OF_A_COUNT]), UPGRADE],
      wrongAnswers: [
        {
          name: "the blank rule upgraded as it is",
          lines: [UPGRADE],
          says: "the rule's `seriesQuery` is empty",
        },
        wrong("the count itself", "the count of all requests so far", [[
          OF_NGINX,
          instead(
            OF_A_COUNT,
            "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))",
            "sum(<<.Series>>{<<.LabelMatchers>>})",
          ),
        ]]),
        wrong("the sum of seconds", "how many seconds were spent", [[
          OF_NGINX,
          instead(OF_A_COUNT, "seconds_count", "seconds_sum"),
        ]]),
        wrong("the buckets", "once for every bucket", [[
          OF_NGINX,
          instead(OF_A_COUNT, "seconds_count", "seconds_bucket"),
        ]]),
        wrong("another name", "asked for is `prometheus_requests_per_second`", [[
          OF_NGINX,
          instead(OF_A_COUNT, "prometheus_requests_per_second", "requests_per_second"),
        ]]),
        wrong("without by", "has no label `service`", [[
          OF_NGINX,
          instead(OF_A_COUNT, " by (<<.GroupBy>>)", ""),
        ]]),
        wrong("without a sum", "the adapter takes one of them", [[
          OF_NGINX,
          instead(
            OF_A_COUNT,
            "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
            "rate(<<.Series>>{<<.LabelMatchers>>}[2m])",
          ),
        ]]),
        wrong("resources left blank", "no label stands for a Service", [[
          OF_NGINX,
          instead(OF_A_COUNT, ON_SERVICE, "resources:\n  overrides: {}"),
        ]]),
      ],
    }),
    {
      kind: "run",
      id: "count-value",
      about: "api-service",
      lines: [
        `kubectl get --raw "${CUSTOM}/services/${PROMETHEUS}/${countRate.metric}" | jq '.items[0].value'`,
      ],
      expect: { as: "text", output: '"<any>"' },
      look: {
        at: {
          en: `the value of ${countRate.metric} for the Service of Prometheus`,
          ko: `Prometheus의 Service에 대한 ${countRate.metric} 값`,
        },
        asks: ["service", "services"].map((name) =>
          `${CUSTOM}/${name}/${PROMETHEUS}/${countRate.metric}`
        ),
        shows: ["<number>"],
      },
      withinMs: 2 * 60_000,
    },
    ruleTask({
      id: "pods",
      wanted: connections,
      rule: ON_PODS,
      lines: [...writeRules([OF_NGINX, OF_A_COUNT, ON_PODS]), UPGRADE],
      wrongAnswers: [
        {
          name: "nothing written",
          lines: [UPGRADE],
          says: "no rule in the file is about nginx_connections_accepted",
        },
        wrong("on the Service", "no label stands for a pod", [[
          OF_NGINX,
          OF_A_COUNT,
          instead(
            ON_PODS,
            "    pod:\n      resource: pod",
            "    service:\n      resource: service",
          ),
        ]]),
        wrong("the counter itself", "every connection since the pod began", [[
          OF_NGINX,
          OF_A_COUNT,
          instead(
            ON_PODS,
            "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))",
            "sum(<<.Series>>{<<.LabelMatchers>>})",
          ),
        ]]),
        wrong("grouped by the Service", "has no label `pod`, only service", [[
          OF_NGINX,
          OF_A_COUNT,
          instead(ON_PODS, "by (<<.GroupBy>>)", "by (service)"),
        ]]),
        wrong("under external", "its parent is `custom:`", [
          [OF_NGINX, OF_A_COUNT],
          [ON_PODS],
        ]),
      ],
    }),
    {
      kind: "run",
      id: "pods-value",
      about: "api-service",
      lines: [
        `kubectl get --raw "${CUSTOM}/pods/*/${connections.metric}" | jq -r '.items[] | .describedObject.name + " " + .value'`,
      ],
      expect: { as: "text", output: "...\nnginx-custom-metric-<hash>-<hash> <any>\n..." },
      look: {
        at: {
          en: `the values of ${connections.metric} for the pods of nginx`,
          ko: `nginx 파드들의 ${connections.metric} 값`,
        },
        asks: ["pod", "pods"].map((name) => `${CUSTOM}/${name}/<any>/${connections.metric}`),
        shows: ["<number>"],
      },
      withinMs: 2 * 60_000,
    },
    ruleTask({
      id: "external",
      wanted: runningPods,
      rule: EXTERNAL,
      lines: [...writeRules([OF_NGINX, OF_A_COUNT, ON_PODS], [EXTERNAL]), UPGRADE],
      wrongAnswers: [
        wrong("in the namespace of the question", "say `namespaced: false`", [
          [OF_NGINX, OF_A_COUNT, ON_PODS],
          [instead(
            EXTERNAL,
            "  namespaced: false",
            "  overrides:\n    namespace:\n      resource: namespace",
          )],
        ]),
        wrong("without resources", "say `namespaced: false`", [
          [OF_NGINX, OF_A_COUNT, ON_PODS],
          [instead(EXTERNAL, "resources:\n  namespaced: false\n", "")],
        ]),
        wrong("under custom", "its parent is `external:`", [
          [
            OF_NGINX,
            OF_A_COUNT,
            ON_PODS,
            instead(EXTERNAL, "  namespaced: false", "  template: <<.Resource>>"),
          ],
        ]),
        wrong("the kubelets counted", "the number of nodes", [
          [OF_NGINX, OF_A_COUNT, ON_PODS],
          [instead(EXTERNAL, "sum(", "count(")],
        ]),
      ],
    }),
    {
      kind: "run",
      id: "external-value",
      about: "api-service",
      lines: [
        `kubectl get --raw "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/${runningPods.metric}" | jq -r '.items[0].value'`,
      ],
      expect: { as: "text", output: "<number>" },
      look: {
        at: { en: `the value of ${runningPods.metric}`, ko: `${runningPods.metric}의 값` },
        asks: [`/apis/external.metrics.k8s.io/v1beta1/namespaces/<any>/${runningPods.metric}`],
        shows: ["<number>"],
      },
      withinMs: 2 * 60_000,
    },
  ],
});
