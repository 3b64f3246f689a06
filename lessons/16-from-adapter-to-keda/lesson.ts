import {
  broughtTo,
  conditionIs,
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  NO_READING,
  query,
  shown,
} from "../../lib/lesson/mod.ts";
import type { HorizontalPodAutoscaler, KubeObject, LabView } from "../../lib/lesson/mod.ts";

const APP = "nginx-custom-metric";
const HPA = "horizontalpodautoscalers.autoscaling";
const SCALED_OBJECTS = "scaledobjects.keda.sh";
const API = "v1beta1.custom.metrics.k8s.io";
const FILE = "scaledobject.yaml";
const TARGET = 50;
const KEDA = ["keda-admission-webhooks", "keda-operator", "keda-operator-metrics-apiserver"];
const RATE = (window: string) =>
  `sum(rate(nginx_http_requests_total{namespace="default",service="${APP}"}[${window}]))`;

interface ScaledObject extends KubeObject {
  spec?: {
    scaleTargetRef: { name: string };
    minReplicaCount?: number;
    idleReplicaCount?: number;
    maxReplicaCount?: number;
    triggers?: { type: string; metadata: Record<string, string> }[];
  };
}

/** The HPAs of the application's Deployment. */
async function hpasOf(view: LabView): Promise<HorizontalPodAutoscaler[]> {
  const all = await view.list<HorizontalPodAutoscaler>(HPA, { namespace: "default" });
  return all.filter(({ spec }) => spec?.scaleTargetRef.name === APP);
}

const theOneHpa = async (view: LabView) => (await hpasOf(view)).at(0);

const TRANSLATE = `rules keda -o yaml > ${FILE}`;
const APPLY = `kubectl apply -f ${FILE}`;

/** The HPA of before is KEDA's now, and was there all the time. */
async function isTakenOver(view: LabView) {
  const hpas = await hpasOf(view);
  const hpa = hpas.find(({ metadata }) => metadata.name === APP);
  const owner = hpas.flatMap(({ metadata }) => metadata.ownerReferences ?? [])
    .find(({ kind }) => kind === "ScaledObject");
  const expected = [
    `the HPA ${APP} of before, owned by a ScaledObject`,
    `이전의 HPA ${APP}, 소유자는 ScaledObject`,
  ];
  const born = Date.parse(hpa?.metadata.creationTimestamp ?? "");
  if (!hpa || born >= Math.floor(view.since / 1000) * 1000) {
    const names = hpas.map(({ metadata }) => metadata.name).join(", ");
    return [finding(
      [
        expected[0],
        names === "" ? "nothing scales the Deployment" : `it was made anew: ${names}`,
        "between one scaler and the next nobody scaled. With visitors that is a time of failures",
        "`undo` it, and let the ScaledObject take over the HPA that is there",
      ],
      [
        expected[1],
        names === "" ? "Deployment를 스케일하는 것이 없습니다" : `새로 만들어졌습니다: ${names}`,
        "앞의 것과 뒤의 것 사이에는 아무도 스케일하지 않았습니다. 방문자가 있으면 장애입니다",
        "`undo`로 되돌리고, 있는 HPA를 ScaledObject가 넘겨받게 하세요",
      ],
    )];
  }
  if (hpa.metadata.ownerReferences?.some(({ kind }) => kind === "ScaledObject")) return [];
  const scaled = (await view.list<ScaledObject>(SCALED_OBJECTS, { namespace: "default" }))
    .some(({ spec }) => spec?.scaleTargetRef.name === APP);
  return [finding(
    [
      expected[0],
      owner || scaled
        ? "the ScaledObject does not have this HPA yet"
        : "no ScaledObject scales the Deployment",
      "KEDA takes an HPA over by its name, when an annotation of the ScaledObject says that it may",
      `${TRANSLATE} && ${APPLY}`,
    ],
    [
      expected[1],
      owner || scaled
        ? "ScaledObject가 아직 이 HPA를 넘겨받지 않았습니다"
        : "Deployment를 스케일하는 ScaledObject가 없습니다",
      "ScaledObject의 애너테이션이 허락하면 KEDA는 이름으로 HPA를 넘겨받습니다",
      `${TRANSLATE} && ${APPLY}`,
    ],
    { waits: scaled },
  )];
}

/** No ScaledObject is there yet: once it has the HPA, KEDA refuses it no more. */
async function isNobodysYet(view: LabView) {
  const [own] = (await view.list<ScaledObject>(SCALED_OBJECTS, { namespace: "default" }))
    .filter(({ spec }) => spec?.scaleTargetRef.name === APP);
  if (!own) return [];
  return [finding(
    [
      "an HPA that is no ScaledObject's yet",
      `ScaledObject ${own.metadata.name} is there already`,
      "what is refused is a second scaler, and this one was let in with the line that lets it take the HPA over",
      "`undo` it, and apply it without that line",
    ],
    [
      "아직 어느 ScaledObject의 것도 아닌 HPA",
      `ScaledObject ${own.metadata.name}이(가) 이미 있습니다`,
      "KEDA는 두 번째 스케일러를 막는데, 이것은 넘겨받기를 허락하는 줄이 있어 막히지 않았습니다",
      "`undo`로 되돌리고, 그 줄을 빼고 적용하세요",
    ],
  )];
}

/** It scales as it did: the same bounds, the same target, the same number. */
async function isTheSame(view: LabView) {
  const hpa = (await hpasOf(view)).find(({ metadata }) => metadata.name === APP);
  const { metrics = [] } = hpa?.spec ?? {};
  const scaled = (await view.list<ScaledObject>(SCALED_OBJECTS, { namespace: "default" }))
    .find(({ spec }) => spec?.scaleTargetRef.name === APP)?.spec;
  // An HPA has 1 where KEDA may go to 0.
  const least = scaled?.idleReplicaCount ?? scaled?.minReplicaCount ?? 0;
  const most = scaled?.maxReplicaCount ?? 100;
  const change = `change the ScaledObject: kubectl edit scaledobject ${APP}`;
  const ko = `ScaledObject를 바꾸세요: kubectl edit scaledobject ${APP}`;
  if (least !== 1 || most !== 3) {
    return [finding(
      [
        "from 1 to 3 replicas, as before",
        `it goes from ${least} up to ${most}`,
        "what a ScaledObject does not say is 0 and 100, whatever the HPA had",
        change,
      ],
      [
        "이전처럼 레플리카 1개에서 3개",
        `${least}개에서 ${most}개까지입니다`,
        "ScaledObject에 쓰지 않은 것은 HPA에 무엇이 있었든 0과 100입니다",
        ko,
      ],
    )];
  }
  const target = metrics[0]?.external?.target;
  const isSame = target?.type === "Value" && Number(target.value) === TARGET;
  if (metrics.length > 1 || target && !isSame) {
    const actual = metrics.length > 1
      ? { en: `it has ${metrics.length} metrics`, ko: `메트릭이 ${metrics.length}개입니다` }
      : target?.type === "AverageValue"
      ? {
        en: `its target is for each pod, ${target.averageValue}`,
        ko: `목표가 파드마다 ${target.averageValue}입니다`,
      }
      : { en: `its target is ${target?.value}`, ko: `목표가 ${target?.value}입니다` };
    return [finding(
      [
        `one metric, its target a Value of ${TARGET}, as before`,
        actual.en,
        "metricType is AverageValue where nothing is said: another sum, another number of pods",
        change,
      ],
      [
        `이전처럼 메트릭 하나, 목표는 Value ${TARGET}`,
        actual.ko,
        "metricType을 쓰지 않으면 AverageValue입니다. 계산이 다르고 파드 수도 다릅니다",
        ko,
      ],
    )];
  }
  const asked = scaled?.triggers?.[0]?.metadata.query ?? "";
  const samples = await query(view, asked) ?? [];
  const rates = await Promise.all(
    ["1m", "2m", "5m", "10m"].map(async (window) =>
      (await query(view, RATE(window)))?.[0]?.value ?? 0
    ),
  );
  const value = samples[0]?.value;
  const isRate = samples.length === 1 && value !== undefined &&
    value <= Math.max(...rates) * 1.5 + 0.1 && value >= Math.min(...rates) / 1.5;
  if (isRate) return [];
  const now = shown(rates[1]);
  return [finding(
    [
      "a query for the requests per second, as the adapter's rule asks",
      samples.length === 0
        ? "its query finds no series"
        : samples.length > 1
        ? `its query gives ${samples.length} values`
        : `its query gives ${shown(value)}, and ${now} come in a second`,
      "what the adapter filled in for <<.Series>> and <<.LabelMatchers>> has to stand in the query whole",
      `as the rules come to it: ${TRANSLATE}`,
    ],
    [
      "adapter의 규칙처럼 초당 요청 수를 묻는 질의",
      samples.length === 0
        ? "질의에 맞는 시계열이 없습니다"
        : samples.length > 1
        ? `질의의 값이 ${samples.length}개입니다`
        : `질의의 값은 ${shown(value)}인데 요청은 초당 ${now}개입니다`,
      "adapter가 <<.Series>>와 <<.LabelMatchers>>에 채우던 것이 질의에 그대로 있어야 합니다",
      `규칙에서 나온 대로: ${TRANSLATE}`,
    ],
  )];
}

/** The HPA shows a number that KEDA gave it. */
async function isRead(view: LabView) {
  const hpa = (await hpasOf(view)).find(({ metadata }) => metadata.name === APP);
  if (hpa?.status?.currentMetrics?.[0]?.external?.current.value !== undefined) return [];
  return [finding(
    [
      "TARGETS with a number of KEDA's",
      "the HPA has not read it yet",
      "until it has, it leaves the replicas as they are",
      "give it a moment: clock +30s",
    ],
    [
      "KEDA가 준 수가 있는 TARGETS",
      "HPA가 아직 읽지 않았습니다",
      "읽을 때까지 레플리카를 그대로 둡니다",
      "잠시 기다리세요: clock +30s",
    ],
    { waits: true },
  )];
}

/** Nothing of the adapter is left. */
async function adapterGone(view: LabView) {
  const api = await view.get("apiservices.apiregistration.k8s.io", "", API);
  const pods = await view.get("deployments.apps", "default", "prometheus-adapter");
  const service = await view.get("services", "default", "prometheus-adapter");
  if (!api && !pods) {
    if (!service) return [];
    return [finding(
      [
        "nothing of what the adapter's chart brought",
        "the Service prometheus-adapter is left",
        "helm still has a release of which a part is gone, and the rest leads nowhere",
        "helm uninstall prometheus-adapter",
      ],
      [
        "adapter의 차트가 가져온 것이 하나도 없음",
        "Service prometheus-adapter가 남았습니다",
        "helm에는 일부만 없어진 릴리스가 있고, 남은 것은 어디로도 이어지지 않습니다",
        "helm uninstall prometheus-adapter",
      ],
    )];
  }
  const isLeft = api !== undefined && pods === undefined;
  return [finding(
    [
      "no adapter, and no API of its own",
      isLeft ? `the APIService ${API} is left, and nobody answers for it` : "the adapter runs",
      isLeft
        ? "whoever asks the API server what there is gets an error, and a namespace is not deleted any more"
        : "what nobody asks for costs memory, and somebody has to look after it",
      "helm uninstall prometheus-adapter",
    ],
    [
      "adapter도, 그 API도 없음",
      isLeft ? `APIService ${API}가 남았고, 답하는 쪽이 없습니다` : "adapter가 돌고 있습니다",
      isLeft
        ? "API 서버에 무엇이 있는지 묻는 쪽마다 오류를 받고, 네임스페이스도 지워지지 않습니다"
        : "아무도 묻지 않는 것도 메모리를 쓰고, 누군가 돌봐야 합니다",
      "helm uninstall prometheus-adapter",
    ],
    { waits: api?.metadata.deletionTimestamp !== undefined },
  )];
}

/** The ScaledObject of the rules with one text in place of another, applied. */
const altered = (sed: string) => [TRANSLATE, `sed -i '${sed}' ${FILE}`, APPLY];

export default defineLesson({
  id: "16-from-adapter-to-keda",
  title: { en: "From the adapter to KEDA", ko: "adapter에서 KEDA로" },
  minutes: 20,
  requires: ["07-hpa-acts"],
  steps: [
    {
      kind: "run",
      id: "install",
      about: "keda",
      lines: ["make install-keda", "kubectl -n keda get po"],
      look: {
        at: { en: "the STATUS of KEDA's three pods", ko: "KEDA의 파드 세 개의 STATUS" },
        asks: ["pods"],
        shows: [...KEDA.map((name) => `${name}-<hash>-<hash>`), ["Running", "condition met"]],
      },
      check: firstOf(...KEDA.map((name) => deploymentAvailable("keda", name, "make install-keda"))),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "translate",
      about: "adapter",
      lines: ["rules keda"],
      look: {
        at: {
          en: "the ScaledObject that does what rule and HPA do, and the way over",
          ko: "규칙과 HPA가 하던 일을 하는 ScaledObject, 그리고 옮기는 순서",
        },
        asks: [],
        shows: ["transfer-hpa-ownership"],
      },
      withinMs: 60_000,
    },
    {
      kind: "run",
      id: "refused",
      about: "keda",
      lines: ["rules keda -o yaml | grep -v transfer | kubectl apply -f -"],
      expect: {
        as: "text",
        output:
          `Error from server (Forbidden): error when creating "STDIN": admission webhook "vscaledobject.kb.io" denied the request: the workload '${APP}' of type 'apps/v1.Deployment' is already managed by the hpa '${APP}'`,
        exitCode: 1,
      },
      check: isNobodysYet,
    },
    {
      kind: "task",
      id: "take-over",
      about: "keda",
      solution: [TRANSLATE, APPLY],
      check: firstOf(
        isTakenOver,
        isTheSame,
        conditionIs([SCALED_OBJECTS, APP], { type: "Ready", status: "True" }),
        isRead,
      ),
      withinMs: 3 * 60_000,
      wrongAnswers: [
        {
          name: "the old one deleted first",
          lines: [TRANSLATE, `kubectl delete hpa ${APP}`, APPLY],
          says: "nobody scaled",
        },
        {
          name: "for each pod",
          lines: altered("s/metricType: Value/metricType: AverageValue/"),
          says: "its target is for each pod",
        },
        {
          name: "without a maximum",
          lines: altered("/maxReplicaCount/d"),
          says: "up to 100",
        },
        {
          name: "without a minimum",
          lines: altered("/minReplicaCount/d"),
          says: "it goes from 0 up to 3",
        },
        {
          name: "another threshold",
          lines: altered('s/threshold: "50"/threshold: "5"/'),
          says: "its target is 5",
        },
        {
          name: "the count in place of the rate",
          lines: altered("s/rate(\\(.*\\)\\[2m\\])/\\1/"),
          says: "come in a second",
        },
      ],
    },
    {
      kind: "predict",
      id: "same-sum",
      about: "hpa",
      async answer(view) {
        const [metric] = (await view.decide("default", APP))?.derivation.metrics ?? [];
        if (!metric?.ok) return NO_READING;
        const { replicas, ratio, totalMilli, pods = 0, unrounded = replicas } = metric.proposal;
        const total = shown(Number(totalMilli) / 1000);
        return {
          value: replicas,
          arithmetic: [
            {
              en: `metric / target = ${total} / ${TARGET} = ${shown(ratio)}`,
              ko: `메트릭 / 목표 = ${total} / ${TARGET} = ${shown(ratio)}`,
            },
            {
              en: `× ready pods = ${shown(ratio)} × ${pods} = ${shown(unrounded)}`,
              ko: `× 준비된 파드 = ${shown(ratio)} × ${pods} = ${shown(unrounded)}`,
            },
            { en: `rounded up: ${replicas}`, ko: `올림: ${replicas}` },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "retire",
      about: "adapter",
      solution: ["helm uninstall prometheus-adapter"],
      check: firstOf(isTakenOver, adapterGone),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        {
          name: "its Deployment alone",
          lines: ["kubectl delete deployment prometheus-adapter"],
          says: "nobody answers for it",
        },
        {
          name: "its Deployment and its API",
          lines: [
            "kubectl delete deployment prometheus-adapter",
            `kubectl delete apiservice ${API}`,
          ],
          says: "the Service prometheus-adapter is left",
        },
      ],
    },
    {
      kind: "run",
      id: "rest",
      about: "hpa",
      after: "retire",
      lines: ["clock +7m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "the HPA at one replica", ko: "하나가 된 HPA" },
        asks: [HPA],
        shows: [APP, "1"],
      },
      check: firstOf(adapterGone, broughtTo(1, theOneHpa)),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "up",
      about: "hpa",
      after: "rest",
      lines: [
        "load http://127.0.0.1:30951 --rps 120 --for 4m",
        `kubectl get hpa ${APP}`,
      ],
      look: {
        at: { en: "the HPA and its replicas under load", ko: "부하를 받는 HPA와 레플리카 수" },
        asks: [HPA],
        shows: [APP, "3"],
      },
      check: broughtTo(3, theOneHpa),
      withinMs: 60_000,
    },
  ],
});
