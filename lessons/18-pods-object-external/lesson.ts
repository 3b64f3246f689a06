import {
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  formatSelector,
  hpaIsThere,
  NO_READING,
  quantityOf,
  query,
  shown,
} from "../../lib/lesson/mod.ts";
import type { Deployment, HorizontalPodAutoscaler, LabView } from "../../lib/lesson/mod.ts";

const VALUES = "helm_values/prometheus-adapter.yaml";
const UPGRADE = "make install-prometheus-adapter";
const APP = "nginx-custom-metric";
/** Another application with the same series. */
const OTHER = "web";
const METRIC = "nginx_requests_per_second";
const EXTERNAL = "nginx_requests_of_all";
const HPA = "horizontalpodautoscalers.autoscaling";
const FILE = "three.yaml";
/** How many requests a second are for one pod. */
const TARGET = 10;
/** What somebody writes as a target for all pods together. */
const VALUE = 20;
/** What somebody lowers the external target to. */
const LOWER = 4;
const MAX = 10;

const CUSTOM_PATH = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default";
const EXTERNAL_PATH = `/apis/external.metrics.k8s.io/v1beta1/namespaces/default/${EXTERNAL}`;
const OF_SERVICE = `${CUSTOM_PATH}/services/${APP}/${METRIC}`;
const ALL = (service: string) =>
  `sum(rate(nginx_http_requests_total{namespace="default",service=~"${service}"}[2m]))`;

const RULES = `rules:
  custom:
    - seriesQuery: 'nginx_http_requests_total{namespace!="",pod!=""}'
      resources:
        overrides:
          namespace:
            resource: namespace
          pod:
            resource: pod
          service:
            resource: service
      name:
        as: '${METRIC}'
      metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
  external:
    - seriesQuery: 'nginx_http_requests_total{namespace!="",pod!=""}'
      resources:
        overrides:
          namespace:
            resource: namespace
      name:
        as: '${EXTERNAL}'
      metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (service)'`;

const VISITORS = `# Who visits ${APP}, and a few who visit ${OTHER}.
# ${APP}의 방문자와, ${OTHER}의 방문자 몇 명
apiVersion: v1
kind: Pod
metadata:
  name: visitors
spec:
  terminationGracePeriodSeconds: 5
  containers:
    - name: visitors
      image: busybox:1.36
      command:
        - /bin/sh
        - -c
        - while sleep 0.037; do wget -q -O- http://${APP}; done
    - name: others
      image: busybox:1.36
      command:
        - /bin/sh
        - -c
        - while sleep 0.1; do wget -q -O- http://${OTHER}; done`;

const MANIFEST = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${APP}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${APP}
  minReplicas: 1
  maxReplicas: ${MAX}
  metrics:
    - type: Pods
      pods:
        metric:
          name: ${METRIC}
        target:
          type: AverageValue
          averageValue: "${TARGET}"`;

/** A line that puts a text into a file. */
const write = (file: string, text: string) => `cat > ${file} <<'EOF'\n${text}\nEOF`;

const APPLY = `kubectl apply -f ${FILE}`;
const CHANGE = `kubectl edit hpa ${APP}`;

type Target = { type: string; averageValue?: string | number; value?: string | number };
const EACH: Target = { type: "AverageValue", averageValue: String(TARGET) };

/** A line that adds a metric to the HPA's. */
function add(metric: Record<string, unknown>): string {
  const patch = [{ op: "add", path: "/spec/metrics/-", value: metric }];
  return `kubectl patch hpa ${APP} --type json -p '${JSON.stringify(patch)}'`;
}

function ofObject(target: Target, kind = "Service", name = METRIC): Record<string, unknown> {
  const apiVersion = kind === "Service" ? "v1" : "apps/v1";
  const describedObject = { apiVersion, kind, name: APP };
  return { type: "Object", object: { describedObject, metric: { name }, target } };
}

function ofNothing(target: Target, matchLabels?: Record<string, string>): Record<string, unknown> {
  const metric = { name: EXTERNAL, ...(matchLabels ? { selector: { matchLabels } } : {}) };
  return { type: "External", external: { metric, target } };
}

async function theHpa(view: LabView): Promise<HorizontalPodAutoscaler | undefined> {
  return await view.get<HorizontalPodAutoscaler>(HPA, "default", APP);
}

type Metrics = NonNullable<NonNullable<HorizontalPodAutoscaler["spec"]>["metrics"]>;

async function metricsOf(view: LabView): Promise<Metrics> {
  return (await theHpa(view))?.spec?.metrics ?? [];
}

/** The HPA asks its pods, whatever else it asks. */
async function asksPods(view: LabView) {
  const metrics = await metricsOf(view);
  if (metrics.some(({ pods }) => pods?.metric.name === METRIC)) return [];
  const names = metrics.map(({ type }) => type).join(", ");
  return [finding(
    [
      `an HPA that asks its pods for ${METRIC}`,
      `it asks for ${names || "nothing"} alone`,
      "what a merge patch or an edit puts in the place of a list takes all the others away",
      `${APPLY}, and add to spec.metrics what is missing`,
    ],
    [
      `파드에 ${METRIC}을(를) 묻는 HPA`,
      `지금 묻는 것은 ${names || "없음"}뿐입니다`,
      "merge patch나 편집으로 목록을 바꾸면 나머지는 모두 없어집니다",
      `${APPLY}, 그리고 spec.metrics에 빠진 것을 더하세요`,
    ],
  )];
}

/** What is wrong with a target that should be TARGET for each pod; undefined when nothing is. */
function targetMistake(target: Target) {
  const next = `target: type: AverageValue, averageValue: "${TARGET}": ${CHANGE}`;
  if (target.type === "AverageValue") {
    if (quantityOf(target.averageValue) === TARGET) return undefined;
    return finding(
      [
        `a target of ${TARGET} for each pod`,
        `its target is ${target.averageValue} for each pod`,
        "two ways to ask for the same have to have the same target, or the lower one decides alone",
        next,
      ],
      [
        `파드마다 목표 ${TARGET}`,
        `목표가 파드마다 ${target.averageValue}입니다`,
        "같은 것을 두 가지로 물을 때는 목표도 같아야 합니다. 아니면 낮은 쪽이 혼자 정합니다",
        next,
      ],
    );
  }
  return finding(
    [
      `a target of ${TARGET} for each pod`,
      `its target is a Value of ${target.value}, for all pods together`,
      "the ratio to a Value is multiplied by the pods that run: twice the pods, and it asks for twice as many",
      next,
    ],
    [
      `파드마다 목표 ${TARGET}`,
      `목표가 모든 파드를 합쳐 Value ${target.value}입니다`,
      "Value에 대한 비율에는 도는 파드의 수를 곱합니다. 파드가 두 배면 두 배를 원합니다",
      next,
    ],
  );
}

/** The HPA asks the Service, for each pod. */
async function asksService(view: LabView) {
  const objects = (await metricsOf(view)).flatMap(({ object }) => object ?? []);
  const object = objects.find(({ describedObject: { kind, name }, metric }) =>
    kind === "Service" && name === APP && metric.name === METRIC
  );
  if (object) {
    const mistake = targetMistake(object.target);
    return mistake ? [mistake] : [];
  }
  const asked = objects.map(({ metric, describedObject: { kind, name } }) => ({
    en: `${metric.name} of ${kind}/${name}`,
    ko: `${kind}/${name}의 ${metric.name}`,
  }));
  const askedIn = (language: "en" | "ko") => asked.map((one) => one[language]).join(", ");
  return [finding(
    [
      `a metric of type Object: ${METRIC} of the Service ${APP}`,
      asked.length > 0 ? `it asks for ${askedIn("en")}` : "it has no metric of that type",
      "what the rule makes of a label is what can be asked for: here pods, Services and the namespace",
      `add it to spec.metrics: ${CHANGE}`,
    ],
    [
      `Object 유형의 메트릭: Service ${APP}의 ${METRIC}`,
      asked.length > 0 ? `지금 묻는 것: ${askedIn("ko")}` : "그런 유형의 메트릭이 없습니다",
      "규칙이 레이블에서 만든 것만 물을 수 있습니다. 여기서는 파드, Service, 네임스페이스입니다",
      `spec.metrics에 더하세요: ${CHANGE}`,
    ],
  )];
}

interface MetricValues {
  items?: { value: string; metricLabels?: Record<string, string> }[];
}

async function valuesAt(view: LabView, path: string): Promise<number[]> {
  const { body } = await view.raw(path);
  return ((body as MetricValues | undefined)?.items ?? []).map(({ value }) => quantityOf(value));
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** What the HPA's external metric asks for, and what comes of it; undefined where it asks for none. */
async function externalOf(view: LabView) {
  const external = (await metricsOf(view)).flatMap(({ external }) => external ?? [])
    .find(({ metric }) => metric.name === EXTERNAL);
  if (!external) return undefined;
  const selector = formatSelector(external.metric.selector, "");
  const asked = selector ? `?labelSelector=${encodeURIComponent(selector)}` : "";
  const values = await valuesAt(view, EXTERNAL_PATH + asked);
  return { target: external.target, selector, values };
}

/** The HPA asks for an external metric, of this application alone, for each pod. */
async function asksOutside(view: LabView) {
  const external = await externalOf(view);
  if (!external) {
    const names = (await metricsOf(view)).flatMap(({ external }) => external?.metric.name ?? []);
    return [finding(
      [
        `a metric of type External: ${EXTERNAL}`,
        names.length > 0 ? `it asks for ${names.join(", ")}` : "it has no metric of that type",
        "an external metric has a name and labels, and no object",
        `add it to spec.metrics: ${CHANGE}`,
      ],
      [
        `External 유형의 메트릭: ${EXTERNAL}`,
        names.length > 0 ? `지금 묻는 것: ${names.join(", ")}` : "그런 유형의 메트릭이 없습니다",
        "external 메트릭에는 이름과 레이블이 있고, 오브젝트는 없습니다",
        `spec.metrics에 더하세요: ${CHANGE}`,
      ],
    )];
  }
  const { target, selector, values } = external;
  const expected = [
    `${EXTERNAL} of ${APP} alone`,
    `${APP}만의 ${EXTERNAL}`,
  ];
  const next = [
    `metric.selector.matchLabels, with a label of the series: ${CHANGE}`,
    `metric.selector.matchLabels에 시계열의 레이블을 쓰세요: ${CHANGE}`,
  ];
  if (values.length === 0) {
    return [finding(
      [
        expected[0],
        `no series has ${selector}`,
        "the selector becomes a condition of the query, so it goes by labels of the series, not of pods; what finds nothing is unknown, not 0",
        next[0],
      ],
      [
        expected[1],
        `${selector}인 시계열이 없습니다`,
        "셀렉터는 질의의 조건이 되므로 파드가 아니라 시계열의 레이블로 찾습니다. 아무것도 찾지 못하면 0이 아니라 모르는 값입니다",
        next[1],
      ],
    )];
  }
  const [own = 0, all = 0] = await Promise.all(
    [APP, `${APP}|${OTHER}`].map(async (service) => (await query(view, ALL(service)))?.[0]?.value),
  );
  const isNear = (value: number) => Math.abs(sum(values) - value) <= value * 0.1 + 0.05;
  if (!isNear(own)) {
    const isAll = isNear(all);
    return [finding(
      [
        expected[0],
        isAll
          ? `it adds up the series of both Services: ${values.map(shown).join(" + ")}`
          : `it reads ${shown(sum(values))}, and ${APP} has ${shown(own)}`,
        "an external metric without a selector is all there is under the name in the namespace, and the HPA adds it up",
        next[0],
      ],
      [
        expected[1],
        isAll
          ? `두 Service의 시계열을 더합니다: ${values.map(shown).join(" + ")}`
          : `읽는 값은 ${shown(sum(values))}인데 ${APP}은(는) ${shown(own)}입니다`,
        "셀렉터가 없으면 그 네임스페이스에서 그 이름인 것이 모두 external 메트릭이고, HPA는 그것을 더합니다",
        next[1],
      ],
    )];
  }
  const mistake = targetMistake(target);
  return mistake ? [mistake] : [];
}

/** Each metric of the HPA has a reading. */
async function allRead(view: LabView) {
  const hpa = await theHpa(view);
  const asked = hpa?.spec?.metrics?.length ?? 0;
  const read =
    hpa?.status?.currentMetrics?.filter(({ pods, object, external }) =>
      (pods ?? object ?? external)?.current !== undefined
    ).length ?? 0;
  if (read >= asked) return [];
  return [finding(
    [
      "a number for each metric",
      `${read} of ${asked} have one so far`,
      "the HPA asks every 15 seconds, and the adapter knows what is new within a minute",
      "give it time: clock +1m",
    ],
    [
      "메트릭마다 수가 있음",
      `지금까지 ${asked}개 중 ${read}개`,
      "HPA는 15초마다 묻고, adapter는 새것을 1분 안에 압니다",
      "시간을 주세요: clock +1m",
    ],
    { waits: true },
  )];
}

/** Nobody visits any more, and the rates have fallen. */
async function isQuiet(view: LabView) {
  const isThere = await view.get("pods", "default", "visitors") !== undefined;
  const rate = (await query(view, ALL(APP)))?.[0]?.value ?? 0;
  if (!isThere && rate < 2) return [];
  return [finding(
    [
      "nobody who visits",
      isThere ? "the pod visitors is there still" : `${shown(rate)} requests a second, still`,
      "only an HPA that wants to go down shows what keeps it",
      isThere ? "kubectl delete pod visitors" : "give it time: clock +1m",
    ],
    [
      "방문자가 없음",
      isThere ? "파드 visitors가 아직 있습니다" : `아직 초당 요청 ${shown(rate)}개`,
      "줄이려는 HPA라야 무엇이 막는지 보입니다",
      isThere ? "kubectl delete pod visitors" : "시간을 주세요: clock +1m",
    ],
    { waits: !isThere },
  )];
}

/** One of the three finds nothing, and the HPA has noticed. */
async function oneIsLost(view: LabView) {
  const external = await externalOf(view);
  if (external && external.values.length === 0) return [];
  return [finding(
    [
      "an external metric that finds nothing",
      external ? "it finds what it asks for" : "the HPA asks for none",
      "this step is about what one metric that is lost does to the others",
      `let its selector ask for app: ${APP}: ${CHANGE}`,
    ],
    [
      "아무것도 찾지 못하는 external 메트릭",
      external ? "묻는 것을 찾습니다" : "HPA가 external 메트릭을 묻지 않습니다",
      "메트릭 하나를 잃으면 나머지가 어떻게 되는지 보는 단계입니다",
      `셀렉터가 app: ${APP}을(를) 찾게 하세요: ${CHANGE}`,
    ],
  )];
}

/** The HPA reads whatever it asks for, has room, and has gone down to one by itself. */
async function goesDown(view: LabView) {
  const hpa = await theHpa(view);
  const { minReplicas = 1, maxReplicas = 0 } = hpa?.spec ?? {};
  const active = hpa?.status?.conditions?.find(({ type }) => type === "ScalingActive");
  const external = await externalOf(view);
  const find = "find what it cannot read: why hpa/" + APP;
  const ko = "무엇을 읽지 못하는지 찾으세요: why hpa/" + APP;
  if (external?.values.length === 0) {
    return [finding(
      [
        "an HPA at one replica that reads all of its metrics",
        `${EXTERNAL} is unknown to it: no series has ${external.selector}`,
        "as long as one metric is unknown, an HPA goes up by the others, and never down: the unknown one might want more",
        find,
      ],
      [
        "메트릭을 모두 읽고 레플리카가 하나인 HPA",
        `${EXTERNAL}을(를) 모릅니다: ${external.selector}인 시계열이 없습니다`,
        "메트릭 하나라도 모르면 HPA는 나머지로 늘리기만 하고 줄이지 않습니다. 모르는 것이 더 원할 수도 있기 때문입니다",
        ko,
      ],
    )];
  }
  if (minReplicas !== 1 || maxReplicas < 3) {
    return [finding(
      [
        `an HPA between 1 and ${MAX}`,
        `it is between ${minReplicas} and ${maxReplicas}`,
        "a bound holds the HPA, and the visitors of tomorrow with it",
        `minReplicas: 1, maxReplicas: ${MAX}: ${CHANGE}`,
      ],
      [
        `1개에서 ${MAX}개까지인 HPA`,
        `${minReplicas}개에서 ${maxReplicas}개까지입니다`,
        "한도는 HPA를 붙들고, 내일 올 방문자도 붙듭니다",
        `minReplicas: 1, maxReplicas: ${MAX}: ${CHANGE}`,
      ],
    )];
  }
  const replicas = hpa?.status?.currentReplicas ?? 0;
  if (active?.status === "True" && replicas === 1) return [];
  return [finding(
    [
      "an HPA at one replica that reads all of its metrics",
      `the HPA has ${replicas}`,
      "down waits until five minutes have asked for less",
      "give it time: clock +1m",
    ],
    [
      "메트릭을 모두 읽고 레플리카가 하나인 HPA",
      `HPA에는 ${replicas}개`,
      "줄이는 것은 5분 내내 더 적게 원한 뒤에 합니다",
      "시간을 주세요: clock +1m",
    ],
    { waits: true },
  )];
}

/** How many replicas a total asks for by a target for each pod, and the ratio it goes by. */
function byAverage(total: number, target: number, replicas: number) {
  const ratio = total / (target * replicas);
  return Math.abs(ratio - 1) <= 0.1 ? replicas : Math.ceil(total / target);
}

/** What the Service has in all, and the pods of it that are ready; undefined where either is unknown. */
async function loadOf(view: LabView): Promise<{ total: number; pods: number } | undefined> {
  const total = sum(await valuesAt(view, OF_SERVICE));
  const deployment = await view.get<Deployment>("deployments.apps", "default", APP);
  const pods = deployment?.status?.readyReplicas ?? 0;
  return total > 0 && pods > 0 ? { total, pods } : undefined;
}

const LOSE = `kubectl patch hpa ${APP} --type json -p '${
  JSON.stringify([{
    op: "replace",
    path: "/spec/metrics/2/external/metric/selector",
    value: { matchLabels: { app: APP } },
  }])
}'`;

const isThere = hpaIsThere(APP, APPLY);

export default defineLesson({
  id: "18-pods-object-external",
  title: { en: "Pods, Object and External side by side", ko: "Pods, Object, External 나란히" },
  minutes: 25,
  requires: ["06-adapter-rules"],
  setup: [
    `kubectl delete hpa ${APP}`,
    `sed -i '/^[# ]*rules *:\\{0,1\\} *$/,$d' ${VALUES}`,
    `cat >> ${VALUES} <<'EOF'\n${RULES}\nEOF`,
    UPGRADE,
    "for one in deployment service servicemonitor; do " +
    `sed 's/${APP}$/${OTHER}/; /nodePort:/d; s/NodePort/ClusterIP/' examples/01_nginx_custom_metrics/$one.yaml | ` +
    "kubectl apply -f -; done",
    write("visitors.yaml", VISITORS),
    write(FILE, MANIFEST),
    "kubectl apply -f visitors.yaml",
    "clock +3m",
  ],
  steps: [
    {
      kind: "run",
      id: "custom",
      about: "api-service",
      lines: [
        `for one in 'pods/*' services/${APP}; do kubectl get --raw "${CUSTOM_PATH}/$one/${METRIC}" | ` +
        `jq -r '.items[] | .describedObject.kind + " " + .describedObject.name + " " + .value'; done`,
      ],
      look: {
        at: {
          en: "the value of each pod, and that of the Service",
          ko: "파드마다의 값과 Service의 값",
        },
        asks: [
          ...["pod", "pods"].map((name) => `${CUSTOM_PATH}/${name}/<any>/${METRIC}`),
          ...["service", "services"].map((name) => `${CUSTOM_PATH}/${name}/${APP}/${METRIC}`),
        ],
        shows: [`${APP}-<hash>-<hash>`, "Service"],
      },
    },
    {
      kind: "run",
      id: "external",
      about: "api-service",
      lines: [
        `for one in '' '?labelSelector=service%3D${APP}'; do echo "labels: $one"; kubectl get --raw "${EXTERNAL_PATH}$one" | ` +
        `jq -r '.items[] | .metricLabels.service + " " + .value'; done`,
      ],
      look: {
        at: {
          en: "the values of the external metric, of both Services",
          ko: "두 Service에 대한 external 메트릭의 값",
        },
        asks: [`/apis/external.metrics.k8s.io/v1beta1/namespaces/<any>/${EXTERNAL}`],
        shows: [APP, OTHER],
      },
    },
    {
      kind: "run",
      id: "pods",
      about: "hpa",
      lines: [APPLY, "clock +2m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "the HPA with a number in TARGETS", ko: "TARGETS에 수가 있는 HPA" },
        asks: [HPA],
        shows: [APP],
      },
      check: firstOf(isThere, asksPods, allRead),
      withinMs: 3 * 60_000,
    },
    {
      kind: "task",
      id: "object",
      about: "hpa",
      solution: [add(ofObject(EACH))],
      check: firstOf(isThere, asksPods, asksService, allRead),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        {
          name: "a target for all pods together",
          lines: [add(ofObject({ type: "Value", value: String(TARGET) }))],
          says: "multiplied by the pods that run",
        },
        {
          name: "the target of all divided by hand",
          lines: [add(ofObject({ type: "AverageValue", averageValue: "25" }))],
          says: "25 for each pod",
        },
        {
          name: "of the Deployment",
          lines: [add(ofObject(EACH, "Deployment"))],
          says: `${METRIC} of Deployment/${APP}`,
        },
        {
          name: "the counter",
          lines: [add(ofObject(EACH, "Service", "nginx_http_requests_total"))],
          says: `nginx_http_requests_total of Service/${APP}`,
        },
        {
          name: "in the place of the other",
          lines: [
            `kubectl patch hpa ${APP} --type merge -p '${
              JSON.stringify({ spec: { metrics: [ofObject(EACH)] } })
            }'`,
          ],
          says: "it asks for Object alone",
        },
      ],
    },
    {
      kind: "predict",
      id: "value",
      about: "hpa",
      async answer(view) {
        const load = await loadOf(view);
        if (!load) return NO_READING;
        const { total, pods } = load;
        const ratio = total / VALUE;
        const isTolerated = Math.abs(ratio - 1) <= 0.1;
        const value = Math.min(MAX, isTolerated ? pods : Math.ceil(ratio * pods));
        const product = shown(ratio * pods);
        return {
          value,
          arithmetic: [
            {
              en: `metric / target = ${shown(total)} / ${VALUE} = ${shown(ratio)}`,
              ko: `메트릭 / 목표 = ${shown(total)} / ${VALUE} = ${shown(ratio)}`,
            },
            isTolerated
              ? { en: `close enough to 1: ${value}`, ko: `1에 충분히 가까움: ${value}` }
              : {
                en: `× ready pods = ${shown(ratio)} × ${pods} = ${product}, rounded up: ${value}`,
                ko: `× 준비된 파드 = ${shown(ratio)} × ${pods} = ${product}, 올림: ${value}`,
              },
            {
              en: `an AverageValue of ${VALUE} would want ${byAverage(total, VALUE, pods)}`,
              ko: `AverageValue ${VALUE}이라면 ${byAverage(total, VALUE, pods)}`,
            },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "outside",
      about: "hpa",
      solution: [add(ofNothing(EACH, { service: APP }))],
      check: firstOf(isThere, asksPods, asksService, asksOutside, allRead),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        {
          name: "without a selector",
          lines: [add(ofNothing(EACH))],
          says: "the series of both Services",
        },
        {
          name: "by the label of the pods",
          lines: [add(ofNothing(EACH, { app: APP }))],
          says: `no series has app=${APP}`,
        },
        {
          name: "of the other Service",
          lines: [add(ofNothing(EACH, { service: OTHER }))],
          says: `and ${APP} has`,
        },
        {
          name: "a target for all pods together",
          lines: [add(ofNothing({ type: "Value", value: String(TARGET) }, { service: APP }))],
          says: `a Value of ${TARGET}`,
        },
      ],
    },
    {
      kind: "predict",
      id: "largest",
      about: "hpa",
      async answer(view) {
        const load = await loadOf(view);
        if (!load) return NO_READING;
        const { total, pods } = load;
        const [usual, lower] = [TARGET, LOWER].map((target) => byAverage(total, target, pods));
        const value = Math.min(MAX, Math.max(usual, lower));
        return {
          value,
          arithmetic: [
            {
              en: `Pods and Object: ${shown(total)} / ${TARGET}, so ${usual}`,
              ko: `Pods와 Object: ${shown(total)} / ${TARGET}, 그래서 ${usual}`,
            },
            {
              en: `External: ${shown(total)} / ${LOWER}, so ${lower}`,
              ko: `External: ${shown(total)} / ${LOWER}, 그래서 ${lower}`,
            },
            {
              en: `the largest, at most ${MAX}: ${value}`,
              ko: `가장 큰 것, 많아야 ${MAX}: ${value}`,
            },
          ],
        };
      },
    },
    {
      kind: "run",
      id: "lost",
      about: "hpa",
      after: "outside",
      lines: [
        LOSE,
        "kubectl delete pod visitors",
        "clock +8m",
        `kubectl describe hpa ${APP}`,
      ],
      look: {
        at: {
          en: "what the HPA says of the metric that it cannot read",
          ko: "HPA가 읽지 못하는 메트릭에 대해 하는 말",
        },
        asks: [HPA],
        shows: ["FailedGetExternalMetric"],
      },
      check: firstOf(isThere, oneIsLost, isQuiet),
      withinMs: 4 * 60_000,
    },
    {
      kind: "task",
      id: "down",
      about: "hpa",
      after: "lost",
      solution: [LOSE.replace(`{"app":`, `{"service":`)],
      check: firstOf(
        isThere,
        deploymentAvailable("default", APP, "kubectl apply -f examples/01_nginx_custom_metrics/"),
        asksPods,
        isQuiet,
        goesDown,
      ),
      withinMs: 8 * 60_000,
      wrongAnswers: [
        { name: "more time", lines: ["clock +6m"], says: "is unknown to it" },
        {
          name: "by hand",
          lines: [`kubectl scale deployment ${APP} --replicas=1`, "clock +1m"],
          says: "the unknown one might want more",
        },
        {
          name: "a lower maximum",
          lines: [
            LOSE.replace(`{"app":`, `{"service":`),
            `kubectl patch hpa ${APP} -p '{"spec":{"maxReplicas":1}}'`,
          ],
          says: "it is between 1 and 1",
        },
      ],
    },
  ],
});
