import {
  broughtTo,
  defineLesson,
  finding,
  firstOf,
  formatSelector,
  quantityOf,
  query,
  ruleTask,
  selects,
  shown,
} from "../../lib/lesson/mod.ts";
import type {
  Finding,
  HorizontalPodAutoscaler,
  KubeObject,
  LabelSelector,
  LabView,
  WantedMetric,
  WrongAnswer,
} from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const UPGRADE = "make install-prometheus-adapter";
const APP = "nginx-custom-metric";
const COUNTER = "nginx_http_requests_total";
const RECORD = "namespace_pod:nginx_http_requests:rate2m";
const METRIC = "nginx_requests_per_second";
const HPA = "horizontalpodautoscalers.autoscaling";
const RULES = "prometheusrules.monitoring.coreos.com";
const FILE = "recording.yaml";
const NAME = "nginx-rates";
const APPLY = `kubectl apply -f ${FILE}`;
const PROMETHEUS = "http://127.0.0.1:30950";
/** How many requests a second are for one pod. */
const TARGET = 20;
/** How often the HPA controller asks, in seconds. */
const SYNC_SECONDS = 15;

const SERIES = `${COUNTER}{service="${APP}"}`;
const WINDOWS = ["1m", "2m", "5m", "10m"];
/** The window that the name promises, in seconds. */
const WINDOW_SECONDS = 120;
const RIGHT = `sum by (namespace, pod) (rate(${SERIES}[2m]))`;
/** What the file has at first: a label is missing in it, and a parenthesis. */
const BROKEN = `sum by (pod) (rate(${SERIES}[2m])`;

/** Lines that make the file record this under that name. */
function write(expr: string, record = RECORD): string {
  return `cat > ${FILE} <<'EOF'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ${NAME}
spec:
  groups:
    - name: ${NAME}
      rules:
        - record: ${record}
          expr: ${expr}
EOF`;
}

interface PrometheusRule extends KubeObject {
  spec?: { groups?: { name: string; rules?: Recording[] }[] };
}

interface Recording {
  record?: string;
  expr?: string | number;
}

interface PrometheusObject extends KubeObject {
  spec?: { ruleSelector?: LabelSelector | null };
}

/** A rule as the Prometheus that runs has it. */
interface RunningRule {
  name: string;
  query: string;
  health: string;
  lastError?: string;
  interval: number;
}

/** What `/api/v1/rules` and `/api/v1/targets` answer, of all that they do. */
interface RulesAnswer {
  data: { groups: { interval: number; rules: Omit<RunningRule, "interval">[] }[] };
}

interface TargetsAnswer {
  data: { activeTargets: { labels: Record<string, string>; scrapeInterval: string }[] };
}

async function askPrometheus<T>(view: LabView, path: string): Promise<T | undefined> {
  const { code, text } = await view.http(`${PROMETHEUS}/api/v1/${path}`);
  return code === 200 ? JSON.parse(text) : undefined;
}

/** The rule that Prometheus itself runs under the name. */
async function runningRule(view: LabView): Promise<RunningRule | undefined> {
  const answer = await askPrometheus<RulesAnswer>(view, "rules?type=record");
  return answer?.data.groups
    .flatMap(({ interval, rules }) => rules.map((rule) => ({ ...rule, interval })))
    .find(({ name }) => name === RECORD);
}

/** The PrometheusRules, in whatever namespace, with what they record under the name. */
async function recorders(view: LabView): Promise<{ object: PrometheusRule; expr: string }[]> {
  const all = await view.list<PrometheusRule>(RULES);
  return all.flatMap((object) =>
    recordingsOf(object).filter(({ record }) => record === RECORD)
      .map(({ expr }) => ({ object, expr: String(expr) }))
  );
}

function recordingsOf({ spec }: PrometheusRule): Recording[] {
  return spec?.groups?.flatMap(({ rules = [] }) => rules) ?? [];
}

const EXPECTED = {
  en: `${RECORD}: the requests per second of each pod, with namespace and pod`,
  ko: `${RECORD}: 파드마다의 초당 요청 수, 레이블은 namespace, pod`,
};

/** What is wrong with samples that should be each pod's rate; undefined when nothing is. */
async function mistakeIn(
  view: LabView,
  samples: { metric: Readonly<Record<string, string>>; value: number }[],
): Promise<Finding | undefined> {
  const change = `change expr in ${FILE}, then: ${APPLY}`;
  const ko = `${FILE}의 expr을 고치고: ${APPLY}`;
  if (samples.length === 0) {
    return finding(
      [
        EXPECTED.en,
        "its expression finds no series",
        "Prometheus scrapes nginx every 30 seconds, and rate() needs two scrapes in its window; or the counter or a label is misspelt",
        change,
      ],
      [
        EXPECTED.ko,
        "그 식에 맞는 시계열이 없습니다",
        "Prometheus는 nginx를 30초마다 수집하고, rate()의 창에는 수집이 두 번 있어야 합니다. 카운터나 레이블의 이름이 틀렸을 수도 있습니다",
        ko,
      ],
    );
  }
  const missing = ["namespace", "pod"].filter((label) => !(label in samples[0].metric));
  if (missing.length > 0) {
    const labels = Object.keys(samples[0].metric).filter((label) => label !== "__name__");
    return finding(
      [
        EXPECTED.en,
        `its series have no label \`${missing.join("` and none `")}\`, they have: ${
          labels.join(", ") || "none"
        }`,
        "a recorded series has the labels that its expression leaves, and the adapter finds a pod by namespace and pod",
        change,
      ],
      [
        EXPECTED.ko,
        `그 시계열에 레이블 \`${missing.join("`, `")}\`이(가) 없습니다. 있는 것: ${
          labels.join(", ") || "없음"
        }`,
        "기록된 시계열에는 식이 남긴 레이블만 있고, adapter는 레이블 `namespace`와 `pod`로 파드를 찾습니다",
        ko,
      ],
    );
  }
  const { metric: { pod }, value } = samples[0];
  const of = `${COUNTER}{service="${APP}",pod="${pod}"}`;
  const valueOf = async (promql: string) => (await query(view, promql))?.[0]?.value;
  const rates = await Promise.all(WINDOWS.map((window) => valueOf(`sum(rate(${of}[${window}]))`)));
  const known = rates.filter((rate) => rate !== undefined);
  const isNear = (most: number, least: number) =>
    value <= most * 1.5 + 0.1 && value >= least / 1.5 - 0.01;
  if (known.length === 0 || isNear(Math.max(...known), Math.min(...known))) return undefined;
  const count = await valueOf(`sum(${of})`) ?? NaN;
  const isCount = value > count * 0.9 && value < count * 1.1;
  const increases = await Promise.all(
    WINDOWS.map((window) => valueOf(`sum(increase(${of}[${window}]))`)),
  );
  const isIncrease = increases.some((one) =>
    one !== undefined && value > one * 0.9 && value < one * 1.1
  );
  const rate = shown(known[0]);
  return finding(
    [
      EXPECTED.en,
      isCount
        ? `it records ${shown(value)} for ${pod}: the count of all requests so far`
        : isIncrease
        ? `it records ${shown(value)} for ${pod}: the requests in the whole window`
        : `it records ${shown(value)} for ${pod}, and ${rate} come in a second`,
      "what stands in its name as rate2m is what everybody takes it for who reads it",
      change,
    ],
    [
      EXPECTED.ko,
      isCount
        ? `${pod}에 대해 ${shown(value)}을(를) 기록합니다. 지금까지의 요청을 모두 센 수입니다`
        : isIncrease
        ? `${pod}에 대해 ${shown(value)}을(를) 기록합니다. 창 전체의 요청 수입니다`
        : `${pod}에 대해 ${shown(value)}을(를) 기록하는데 요청은 초당 ${rate}개입니다`,
      "읽는 사람은 모두 이름에 있는 rate2m이라고 여깁니다",
      ko,
    ],
  );
}

/** A window that is not the one in the name; where a load is even, no number would tell. */
function windowMistake(expr: string): Finding | undefined {
  const windows = [...expr.matchAll(/\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*[\]:]/g)].map(([, window]) =>
    window
  );
  const other = windows.find((window) => secondsOf(window) !== WINDOW_SECONDS);
  if (!other) return undefined;
  return finding(
    [
      EXPECTED.en,
      `its window is ${other}, and its name says rate2m`,
      "what stands in its name is what everybody takes it for who reads it",
      `write [2m] into expr in ${FILE}, then: ${APPLY}`,
    ],
    [
      EXPECTED.ko,
      `창은 ${other}인데 이름은 rate2m입니다`,
      "읽는 사람은 모두 이름에 있는 대로 여깁니다",
      `${FILE}의 expr에 [2m]을 쓰고: ${APPLY}`,
    ],
  );
}

/** A PrometheusRule records each pod's rate, whether anybody reads it or not. */
async function isWritten(view: LabView) {
  const [found] = await recorders(view);
  if (found) {
    const mistake = await mistakeIn(view, await query(view, found.expr) ?? []) ??
      windowMistake(found.expr);
    return mistake ? [mistake] : [];
  }
  const others = (await view.list<PrometheusRule>(RULES, { namespace: "default" }))
    .flatMap(recordingsOf)
    .filter(({ expr }) => String(expr).includes("nginx"))
    .flatMap(({ record }) => record ?? []);
  return [finding(
    [
      EXPECTED.en,
      others.length > 0
        ? `what is recorded of nginx is called ${others.join(", ")}`
        : "no PrometheusRule records it",
      others.length > 0
        ? "who reads a recorded series asks for it by its name, letter by letter"
        : "a file that is refused has made nothing: the old rule stays, or none is there",
      `mend ${FILE}, then: ${APPLY}`,
    ],
    [
      EXPECTED.ko,
      others.length > 0
        ? `nginx에 대해 기록하는 이름은 ${others.join(", ")}입니다`
        : "그것을 기록하는 PrometheusRule이 없습니다",
      others.length > 0
        ? "기록된 시계열을 읽는 쪽은 이름을 글자 그대로 묻습니다"
        : "거부된 파일은 아무것도 만들지 않습니다. 이전 규칙이 그대로이거나, 아무것도 없습니다",
      `${FILE}을(를) 고치고: ${APPLY}`,
    ],
  )];
}

/** Which PrometheusRules the operator takes for Prometheus; undefined takes none. */
async function ruleSelectorOf(view: LabView): Promise<LabelSelector | undefined> {
  const [server] = await view.list<PrometheusObject>("prometheuses.monitoring.coreos.com");
  return server?.spec?.ruleSelector ?? undefined;
}

/** Prometheus has read the rule, and its series are there. */
async function isRecorded(view: LabView) {
  const [{ object, expr }] = await recorders(view);
  const samples = await query(view, RECORD) ?? [];
  const running = await runningRule(view);
  if (running && samples.length > 0 && !await mistakeIn(view, samples)) return [];
  const { name, labels } = object.metadata;
  const wanted = await ruleSelectorOf(view);
  if (!selects(wanted, labels)) {
    const text = formatSelector(wanted);
    const own = formatSelector({ matchLabels: labels }, "");
    return [finding(
      [
        `Prometheus runs the rule of ${name}`,
        wanted
          ? `Prometheus takes PrometheusRules with ${text} alone, and ${name} has ${
            own || "no labels"
          }`
          : "the Prometheus object has no ruleSelector, and takes no PrometheusRule",
        "what the operator does not select is stored all the same, and nothing says that nobody reads it",
        wanted
          ? `give ${name} that label, or have Prometheus take all; then a minute or two`
          : "give it one, spec.ruleSelector: an empty one, {}, takes all; then a minute or two",
      ],
      [
        `Prometheus가 ${name}의 규칙을 실행함`,
        wanted
          ? `Prometheus는 ${text}인 PrometheusRule만 읽는데 ${name}의 레이블은 ${own || "없음"}`
          : "Prometheus 오브젝트에 ruleSelector가 없어 PrometheusRule을 하나도 읽지 않습니다",
        "operator가 고르지 않은 것도 저장은 되고, 아무도 읽지 않는다는 말은 어디에도 없습니다",
        wanted
          ? `${name}에 그 레이블을 붙이거나 Prometheus가 모두 읽게 하고, 1~2분 기다리세요`
          : "spec.ruleSelector를 주고 1~2분 기다리세요. 빈 것({})은 모두 고릅니다",
      ],
    )];
  }
  const isBad = running?.health === "err";
  return [finding(
    [
      `Prometheus runs the rule of ${name}, and has its series`,
      isBad
        ? `it runs, and fails: ${running.lastError}`
        : running
        ? "it runs, and has not written the series yet"
        : "the operator has it, and Prometheus not yet",
      isBad
        ? "what can be read need not be right: it is found out at each evaluation anew"
        : "the operator writes a ConfigMap, the kubelet brings it into the pod, Prometheus reloads: a minute or more",
      isBad ? `expr is: ${expr}` : "give it time: clock +1m",
    ],
    [
      `Prometheus가 ${name}의 규칙을 실행하고 그 시계열이 있음`,
      isBad
        ? `실행하지만 실패합니다: ${running.lastError}`
        : running
        ? "실행하지만 아직 시계열을 쓰지 않았습니다"
        : "operator는 읽었고 Prometheus는 아직입니다",
      isBad
        ? "읽을 수 있다고 옳은 것은 아닙니다. 평가할 때마다 드러납니다"
        : "operator가 ConfigMap을 쓰고, kubelet이 파드에 넣고, Prometheus가 다시 읽습니다. 1분 넘게 걸립니다",
      isBad ? `expr: ${expr}` : "시간을 주세요: clock +1m",
    ],
    { waits: !isBad },
  )];
}

const BLANK = `seriesQuery: ''
resources:
  overrides: {}
name:
  as: ''
metricsQuery: ''`;

const ON_RECORD = `seriesQuery: '${RECORD}'
resources:
  overrides:
    namespace:
      resource: namespace
    pod:
      resource: pod
name:
  as: '${METRIC}'
metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`;

/** Lines that make this rule the only one of the values file, whatever was there before. */
function writeRule(rule: string): string[] {
  const item = rule.split("\n")
    .map((line, index) => `${index === 0 ? "    - " : "      "}${line}`).join("\n");
  return [
    `sed -i '/^[# ]*rules *:\\{0,1\\} *$/,$d' ${VALUES}`,
    [`cat >> ${VALUES} <<'EOF'`, "rules:", "  custom:", item, "EOF"].join("\n"),
  ];
}

/** The rule with one text in place of another, upgraded. */
function wrong(name: string, says: string, old: string, by: string): WrongAnswer {
  if (!ON_RECORD.includes(old)) throw new Error(`No "${old}" in the rule`);
  return { name, says, lines: [...writeRule(ON_RECORD.replaceAll(old, () => by)), UPGRADE] };
}

const perPod: WantedMetric = {
  metric: METRIC,
  pods: `app=${APP}`,
  series: RECORD,
  value: {
    promql: [RECORD, ...WINDOWS.map((window) => `sum(rate(${SERIES}[${window}])) by (pod)`)],
    mistaken: [{
      promql: `sum(rate(${RECORD}[2m])) by (pod)`,
      is: { en: "that is the rate of a rate", ko: "그것은 rate의 rate입니다" },
      why: {
        en: "what is recorded goes up and down by itself: it is read as it is",
        ko: "기록된 것은 스스로 오르내립니다. 그대로 읽으면 됩니다",
      },
    }],
  },
};

async function theHpa(view: LabView): Promise<HorizontalPodAutoscaler | undefined> {
  return await view.get<HorizontalPodAutoscaler>(HPA, "default", APP);
}

const ASK = `kubectl patch hpa ${APP} --type merge -p '${
  JSON.stringify({
    spec: {
      metrics: [{
        type: "Pods",
        pods: {
          metric: { name: METRIC },
          target: { type: "AverageValue", averageValue: String(TARGET) },
        },
      }],
    },
  })
}'`;

/** The HPA asks for the metric of its pods, and for nothing else. */
async function asksForIt(view: LabView) {
  const metrics = (await theHpa(view))?.spec?.metrics ?? [];
  const target = quantityOf(metrics[0]?.pods?.target.averageValue);
  if (metrics.length === 1 && metrics[0].pods?.metric.name === METRIC && target === TARGET) {
    return [];
  }
  const names = metrics.map(({ object, pods, external, resource }) =>
    (object ?? pods ?? external)?.metric.name ?? resource?.name ?? "?"
  );
  const isOther = names.length === 1 && names[0] === METRIC;
  const { type, averageValue, value } = metrics[0]?.pods?.target ?? {};
  const asked = names.join(", ") + (isOther ? `, ${type} ${averageValue ?? value ?? "?"}` : "");
  return [finding(
    [
      `the HPA asks its pods for ${METRIC}, ${TARGET} of each, and nothing else`,
      metrics.length === 0 ? "there is no such HPA" : `it asks for ${asked}`,
      "a metric that is served is read by nobody until somebody asks for it",
      ASK,
    ],
    [
      `HPA가 파드마다 ${TARGET}을 목표로 ${METRIC}만 물음`,
      metrics.length === 0 ? "그런 HPA가 없습니다" : `지금 묻는 것: ${asked}`,
      "제공되는 메트릭도 누가 묻기 전에는 아무도 읽지 않습니다",
      ASK,
    ],
  )];
}

/** Nobody records any more, and the series have ended. */
async function isGone(view: LabView) {
  const samples = await query(view, RECORD);
  if (samples?.length === 0 && !await runningRule(view)) return [];
  const wanted = await ruleSelectorOf(view);
  const isSelected = (await recorders(view))
    .some(({ object: { metadata } }) => selects(wanted, metadata.labels));
  return [finding(
    [
      `no series ${RECORD}`,
      isSelected ? "the rule is still selected" : "the rule is on its way out of Prometheus",
      "this step is about what an HPA makes of it",
      isSelected
        ? `take the label away: kubectl label prometheusrule ${NAME} release-`
        : "give it time: clock +1m",
    ],
    [
      `시계열 ${RECORD}이(가) 없음`,
      isSelected ? "규칙이 아직 골라집니다" : "규칙이 Prometheus에서 빠지는 중입니다",
      "HPA가 어떻게 하는지 보는 단계입니다",
      isSelected
        ? `레이블을 떼세요: kubectl label prometheusrule ${NAME} release-`
        : "시간을 주세요: clock +1m",
    ],
    { waits: !isSelected },
  )];
}

/** The seconds of a duration of Prometheus': `30s`, `1m30s`. */
function secondsOf(duration: string): number {
  const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
  return [...duration.matchAll(/(\d+)(ms|[smhd])/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit], 0);
}

const LABEL = `kubectl label prometheusrule ${NAME} release=operator`;

export default defineLesson({
  id: "17-recording-rules",
  title: { en: "Recording rules", ko: "기록 규칙" },
  minutes: 25,
  requires: ["06-adapter-rules"],
  setup: [...writeRule(BLANK), write(BROKEN)],
  steps: [
    {
      kind: "run",
      id: "recorded",
      about: "prometheus",
      lines: [
        `curl -s '${PROMETHEUS}/api/v1/rules?type=record' | jq -r '.data.groups[].rules[].name'`,
      ],
      look: {
        at: { en: "the names of what is recorded", ko: "기록되는 것들의 이름" },
        asks: [":30950/", RULES],
        shows: ["instance:node_cpu:rate:sum"],
      },
      withinMs: 60_000,
    },
    {
      kind: "run",
      id: "refused",
      about: "prometheus",
      lines: [APPLY],
      expect: {
        as: "text",
        output:
          `The  "prometheusrules" is invalid: <any>could not parse expression: <any>unclosed left parenthesis`,
        exitCode: 1,
      },
    },
    {
      kind: "task",
      id: "labels",
      about: "prometheus",
      solution: [
        `sed -i 's/by (pod)/by (namespace, pod)/; s/\\[2m\\])$/[2m]))/' ${FILE}`,
        APPLY,
      ],
      check: isWritten,
      wrongAnswers: [
        {
          name: "the file as it is",
          lines: [APPLY],
          says: "no PrometheusRule records it",
        },
        {
          name: "the parenthesis alone",
          lines: [`sed -i 's/\\[2m\\])$/[2m]))/' ${FILE}`, APPLY],
          says: "no label `namespace`, they have: pod",
        },
        {
          name: "a sum that keeps no label",
          lines: [write(`sum(rate(${SERIES}[2m]))`), APPLY],
          says: "no label `namespace` and none `pod`",
        },
        {
          name: "the counter itself",
          lines: [write(`sum by (namespace, pod) (${SERIES})`), APPLY],
          says: "the count of all requests so far",
        },
        {
          name: "increase in place of rate",
          lines: [write(RIGHT.replace("rate(", "increase(")), APPLY],
          says: "in the whole window",
        },
        {
          name: "a window under two scrapes",
          lines: [write(RIGHT.replace("[2m]", "[20s]")), APPLY],
          says: "finds no series",
        },
        {
          name: "another window than its name's",
          lines: [write(RIGHT.replace("[2m]", "[10m]")), APPLY],
          says: "its window is 10m, and its name says rate2m",
        },
        {
          name: "a name of one's own",
          lines: [write(RIGHT, "nginx_http_requests_rate"), APPLY],
          says: "is called nginx_http_requests_rate",
        },
      ],
    },
    {
      kind: "task",
      id: "selected",
      about: "prometheus",
      solution: [LABEL],
      check: firstOf(isWritten, isRecorded),
      withinMs: 4 * 60_000,
      wrongAnswers: [
        {
          name: "more time",
          lines: ["clock +3m"],
          says: `${NAME} has no labels`,
        },
        {
          name: "the label of another release",
          lines: [`kubectl label prometheusrule ${NAME} release=prometheus`],
          says: `${NAME} has release=prometheus`,
        },
        {
          name: "a namespace of its own",
          lines: [
            "kubectl create namespace monitoring",
            `kubectl delete -f ${FILE}`,
            `kubectl -n monitoring apply -f ${FILE}`,
          ],
          says: "alone",
        },
      ],
    },
    {
      kind: "predict",
      id: "late",
      about: "prometheus",
      async answer(view) {
        const targets = await askPrometheus<TargetsAnswer>(view, "targets?state=active");
        const target = targets?.data.activeTargets.find(({ labels }) => labels.service === APP);
        const scrape = secondsOf(target?.scrapeInterval ?? "30s");
        const interval = (await runningRule(view))?.interval ?? 30;
        const value = scrape + interval + SYNC_SECONDS;
        return {
          value,
          arithmetic: [
            { en: `until it is scraped: ${scrape} s`, ko: `수집할 때까지: ${scrape}초` },
            { en: `until the rule runs: ${interval} s`, ko: `규칙을 평가할 때까지: ${interval}초` },
            {
              en: `until the HPA asks: ${SYNC_SECONDS} s`,
              ko: `HPA가 물을 때까지: ${SYNC_SECONDS}초`,
            },
            { en: `together: ${value} s`, ko: `모두: ${value}초` },
          ],
        };
      },
    },
    ruleTask({
      id: "rule",
      wanted: perPod,
      rule: ON_RECORD,
      lines: [...writeRule(ON_RECORD), UPGRADE],
      wrongAnswers: [
        {
          name: "the blank rule upgraded as it is",
          lines: [UPGRADE],
          says: "the rule's `seriesQuery` is empty",
        },
        wrong(
          "the rate of a rate",
          "the rate of a rate",
          "<<.Series>>{<<.LabelMatchers>>}",
          "rate(<<.Series>>{<<.LabelMatchers>>}[2m])",
        ),
        wrong(
          "a name that only rules for counters take",
          "keeps out namespace_pod:nginx_http_requests:rate2m",
          `as: '${METRIC}'`,
          `matches: '^(.*)_total$'\n  as: '\${1}_per_second'`,
        ),
        wrong(
          "the series without its level",
          "nginx_http_requests:rate2m",
          RECORD,
          "nginx_http_requests:rate2m",
        ),
        wrong(
          "on the Service",
          "no label stands for a pod",
          "    pod:\n      resource: pod",
          "    service:\n      resource: service",
        ),
      ],
    }),
    {
      kind: "run",
      id: "ask",
      about: "hpa",
      after: "rule",
      lines: [ASK, "clock +6m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "the HPA at one replica", ko: "하나가 된 HPA" },
        asks: [HPA],
        shows: [APP, "1"],
      },
      check: firstOf(asksForIt, broughtTo(1, theHpa)),
      withinMs: 4 * 60_000,
    },
    {
      kind: "run",
      id: "gone",
      about: "prometheus",
      after: "ask",
      lines: [
        `kubectl label prometheusrule ${NAME} release-`,
        "clock +3m",
        `why hpa/${APP}`,
      ],
      // The hop that is told at length is the first that is broken; the words for its state are each language's own.
      expect: { as: "text", output: "...\nseries: <any>\n...", exitCode: 1 },
      look: {
        at: {
          en: `what \`why hpa/${APP}\` says of the series`,
          ko: `\`why hpa/${APP}\`이(가) 시계열에 대해 하는 말`,
        },
        asks: [],
        // Whoever deletes the rule gets another cause than whoever takes its label away.
        shows: [["release=operator", "<any>/recording_rules/"]],
      },
      check: isGone,
      withinMs: 4 * 60_000,
    },
    {
      kind: "run",
      id: "back",
      about: "hpa",
      after: "gone",
      lines: [
        LABEL,
        "clock +3m",
        "load http://127.0.0.1:30951 --rps 50 --for 4m",
        `kubectl get hpa ${APP}`,
      ],
      look: {
        at: { en: "the HPA and its replicas under load", ko: "부하를 받는 HPA와 레플리카 수" },
        asks: [HPA],
        shows: [APP, "3"],
      },
      check: firstOf(isWritten, isRecorded, broughtTo(3, theHpa)),
      withinMs: 3 * 60_000,
    },
  ],
});
