import {
  conditionIs,
  defineLesson,
  finding,
  firstOf,
  NO_READING,
  query,
  shown,
} from "../../lib/lesson/mod.ts";
import type { Deployment, KubeObject, LabView } from "../../lib/lesson/mod.ts";

const APP = "php-apache";
/** Where visitors come in: it is there always, so that its requests can be counted while nothing else runs. */
const FRONT = "nginx-keda-example";
const HPA = "horizontalpodautoscalers.autoscaling";
const SCALED_OBJECTS = "scaledobjects.keda.sh";
const PROMETHEUS = "operator-kube-prometheus-s-prometheus";
const FILE = "to-zero.yaml";
/** Requests a second for each pod. */
const EACH = 10;
/** Requests a second that probes (one in 10 s) and scrapes (one in 30 s) make of each pod, with room. */
const QUIET_EACH = 0.15;
/** Requests a second that have to wake it. */
const SOMEBODY = 5;
/** How many pods there are while people work, and while Prometheus cannot be asked. */
const AT_WORK = 2;
const BLIND = 3;
const SEOUL_MS = 9 * 3_600_000;

const RATE = (service: string, window = "2m") =>
  `sum(rate(nginx_http_requests_total{service="${service}"}[${window}]))`;

interface Trigger {
  type: string;
  metricType?: string;
  metadata: Record<string, string>;
}

interface ScaledObject extends KubeObject {
  spec?: {
    minReplicaCount?: number;
    idleReplicaCount?: number;
    fallback?: { failureThreshold?: number; replicas?: number; behavior?: string };
    triggers?: Trigger[];
  };
}

const BLANK = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: ${APP}
spec:
  scaleTargetRef:
    name: ${APP}
  minReplicaCount: 1
  maxReplicaCount: 5
  pollingInterval: 15
  cooldownPeriod: 60
  triggers:
    - type: prometheus
      metadata:
        serverAddress: http://${PROMETHEUS}.default.svc:9090
        query: ''
        threshold: ''`;

const REQUESTS: Trigger = {
  type: "prometheus",
  metadata: {
    serverAddress: `http://${PROMETHEUS}.default.svc:9090`,
    query: RATE(FRONT),
    threshold: String(EACH),
    activationThreshold: "1",
  },
};

const OFFICE: Trigger = {
  type: "cron",
  metadata: {
    timezone: "Asia/Seoul",
    start: "0 8 * * 1-5",
    end: "0 18 * * 1-5",
    desiredReplicas: String(AT_WORK),
  },
};

/** A line that applies the ScaledObject with these triggers. */
function apply(
  triggers: Trigger[],
  { spec = {}, annotations }: {
    spec?: Record<string, unknown>;
    annotations?: Record<string, string>;
  } = {},
): string {
  const object = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: APP, ...(annotations ? { annotations } : {}) },
    spec: {
      scaleTargetRef: { name: APP },
      minReplicaCount: 0,
      maxReplicaCount: 5,
      pollingInterval: 15,
      cooldownPeriod: 60,
      triggers,
      ...spec,
    },
  };
  return `kubectl apply -f - <<'EOF'\n${JSON.stringify(object, undefined, 1)}\nEOF`;
}

/** A trigger with other metadata. */
function but(trigger: Trigger, metadata: Record<string, string>): Trigger {
  return { ...trigger, metadata: { ...trigger.metadata, ...metadata } };
}

async function theScaledObject(view: LabView): Promise<ScaledObject | undefined> {
  return await view.get<ScaledObject>(SCALED_OBJECTS, "default", APP);
}

const CHANGE = `kubectl edit scaledobject ${APP}`;

async function isThere(view: LabView) {
  if (await theScaledObject(view)) return [];
  return [finding(
    [
      `a ScaledObject ${APP}`,
      "there is no such ScaledObject",
      "KEDA scales what a ScaledObject names, and nothing else",
      `fill in ${FILE}, then: kubectl apply -f ${FILE}`,
    ],
    [
      `ScaledObject ${APP}`,
      "그런 ScaledObject가 없습니다",
      "KEDA는 ScaledObject가 가리키는 것만 스케일합니다",
      `${FILE}을 채운 다음: kubectl apply -f ${FILE}`,
    ],
  )];
}

async function isNotPaused(view: LabView) {
  const annotations = (await theScaledObject(view))?.metadata.annotations ?? {};
  const paused = Object.keys(annotations).find((name) => /keda\.sh\/paused/.test(name));
  if (!paused) return [];
  return [finding(
    [
      "a ScaledObject that is at work",
      `it is paused, by ${paused}`,
      "what is paused is not woken by any visitor",
      `take the annotation away: kubectl annotate scaledobject ${APP} ${paused}-`,
    ],
    [
      "일하고 있는 ScaledObject",
      `${paused}(으)로 멈춰 있습니다`,
      "멈춘 것은 어떤 방문자도 깨우지 못합니다",
      `애너테이션을 지우세요: kubectl annotate scaledobject ${APP} ${paused}-`,
    ],
  )];
}

/** What a field of a trigger is, which nobody may have filled in. */
function triggerField(field: string, value?: string): { en: string; ko: string } {
  if (value === undefined) return { en: `it has no ${field}`, ko: `${field}이(가) 없습니다` };
  if (value === "") return { en: `its ${field} is empty`, ko: `${field}이(가) 비어 있습니다` };
  return { en: `its ${field} is ${value}`, ko: `${field}이(가) ${value}입니다` };
}

/** KEDA asks for the requests at the front. */
async function asksForRequests(view: LabView) {
  const triggers = (await theScaledObject(view))?.spec?.triggers ?? [];
  const { metricType, metadata } = triggers.find(({ type }) => type === "prometheus") ?? {};
  const asked = metadata?.query ?? "";
  const expected = [
    `a query for the requests per second at ${FRONT}, ${EACH} of them for each pod`,
    `${FRONT}의 초당 요청 수를 묻는 질의, 파드마다 ${EACH}`,
  ];
  const asExpected = `query: ${RATE(FRONT)}, threshold: "${EACH}": ${CHANGE}`;
  const wrong = (en: [string, string], ko: [string, string], next = asExpected) => [
    finding([expected[0], ...en, next], [expected[1], ...ko, next]),
  ];
  if (!metadata) {
    return wrong(
      [
        `its triggers are: ${triggers.map(({ type }) => type).join(", ")}`,
        "no trigger of type prometheus counts visitors",
      ],
      [
        `트리거: ${triggers.map(({ type }) => type).join(", ")}`,
        "방문자를 세는 prometheus 트리거가 없습니다",
      ],
    );
  }
  const isBlank = asked.trim() === "";
  const samples = isBlank ? undefined : await query(view, asked);
  if (!samples || samples.length === 0) {
    const blank = triggerField("query", metadata.query?.trim());
    return wrong(
      [
        isBlank
          ? blank.en
          : samples
          ? "its query finds no series"
          : "Prometheus cannot answer its query",
        "nothing counts as 0 for KEDA. What runs nowhere has no metric of its own, and would never wake",
      ],
      [
        isBlank
          ? blank.ko
          : samples
          ? "질의에 맞는 시계열이 없습니다"
          : "Prometheus가 질의에 답하지 못합니다",
        "KEDA는 없는 것을 0으로 봅니다. 돌지 않는 것에는 자기 메트릭도 없으므로 결코 깨어나지 못합니다",
      ],
    );
  }
  const [{ value }] = samples;
  const rates = await Promise.all(
    ["1m", "2m", "5m", "10m"].map(async (window) =>
      (await query(view, RATE(FRONT, window)))?.[0]?.value ?? 0
    ),
  );
  const isEnough = value >= Math.min(...rates) / 1.5;
  if (samples.length > 1 || !isEnough || value > Math.max(...rates) * 1.5 + 0.1) {
    const isFew = samples.length === 1 && !isEnough;
    return wrong(
      [
        samples.length > 1
          ? `its query gives ${samples.length} values`
          : `its query gives ${shown(value)}, and ${shown(rates[1])} requests come in a second`,
        isFew
          ? "a trigger that does not see who comes in is never woken by them"
          : "a count so far is never small again; rate() makes requests per second of it, sum() one value",
      ],
      [
        samples.length > 1
          ? `질의의 값이 ${samples.length}개입니다`
          : `질의의 값은 ${shown(value)}인데 요청은 초당 ${shown(rates[1])}개입니다`,
        isFew
          ? "들어오는 요청을 보지 못하는 트리거는 그 요청으로 깨어나지 못합니다"
          : "지금까지 센 수는 다시 작아지지 않습니다. rate()가 초당 요청 수로, sum()이 값 하나로 만듭니다",
      ],
    );
  }
  if (metricType === "Value") {
    return wrong(
      [
        "its metricType is Value",
        "Value multiplies by the pods that are there: with a total it runs away to the maximum",
      ],
      [
        "metricType이 Value입니다",
        "Value는 지금 있는 파드 수를 곱합니다. 합계에 쓰면 최대까지 달아납니다",
      ],
      `metricType: AverageValue: ${CHANGE}`,
    );
  }
  const { threshold } = metadata;
  if (Number(threshold) === EACH) return [];
  const is = triggerField("threshold", threshold);
  return wrong(
    [
      is.en,
      "threshold is for each pod, once there is one; what wakes the first is activationThreshold",
    ],
    [
      is.ko,
      "threshold는 파드가 있을 때 파드마다의 양입니다. 첫 파드를 깨우는 것은 activationThreshold입니다",
    ],
  );
}

/**
 * Nobody keeps it awake, and somebody wakes it. `hasLoad` is while visitors may be there still: they may have brought the
 * front more pods than it has when it is quiet, which is one at least.
 */
async function mayRest(view: LabView, { hasLoad = false } = {}) {
  const { minReplicaCount = 0, idleReplicaCount, triggers = [] } =
    (await theScaledObject(view))?.spec ?? {};
  const least = idleReplicaCount ?? minReplicaCount;
  if (least > 0) {
    const field = idleReplicaCount === undefined ? "minReplicaCount" : "idleReplicaCount";
    return [finding(
      [
        "no pod while nobody visits",
        `${field} is ${least}`,
        `KEDA goes down to ${field} and no further`,
        `${field}: 0: ${CHANGE}`,
      ],
      [
        "방문자가 없으면 파드도 없음",
        `${field}가 ${least}입니다`,
        `KEDA는 ${field}까지만 줄입니다`,
        `${field}: 0: ${CHANGE}`,
      ],
    )];
  }
  const metadata = triggers.find(({ type }) => type === "prometheus")?.metadata;
  const activation = Number(metadata?.activationThreshold || 0);
  const front = await view.get<Deployment>("deployments.apps", "default", FRONT);
  const nobody = QUIET_EACH * (hasLoad ? 1 : front?.spec?.replicas ?? 1);
  if (activation >= nobody && activation <= SOMEBODY) return [];
  const isLow = activation < nobody;
  const quiet = shown(nobody);
  return [finding(
    [
      "a trigger that sleeps while nobody visits, and wakes for a few requests a second",
      isLow
        ? `its activationThreshold is ${activation}, and up to ${quiet} requests a second come all the time`
        : `its activationThreshold is ${activation}: fewer requests than that never wake it`,
      isLow
        ? "probes and scrapes are requests too: a trigger above its activation threshold keeps a pod"
        : "visitors who are too few for it wait for ever",
      `activationThreshold: "1": ${CHANGE}`,
    ],
    [
      "방문자가 없으면 자고, 초당 몇 개의 요청이면 깨는 트리거",
      isLow
        ? `activationThreshold가 ${activation}인데 초당 ${quiet}개까지 요청이 늘 옵니다`
        : `activationThreshold가 ${activation}입니다. 요청이 그보다 적으면 결코 깨우지 못합니다`,
      isLow
        ? "probe와 수집도 요청입니다. 활성화 문턱을 넘은 트리거는 파드를 하나 남겨 둡니다"
        : "그보다 적은 방문자는 끝없이 기다립니다",
      `activationThreshold: "1": ${CHANGE}`,
    ],
  )];
}

/** The Deployment has so many pods. */
async function hasPods(view: LabView, wanted: { count: number; orMore?: boolean; next: string }) {
  const deployment = await view.get<Deployment>("deployments.apps", "default", APP);
  const replicas = deployment?.spec?.replicas ?? 1;
  const isSo = wanted.orMore ? replicas >= wanted.count : replicas === wanted.count;
  if (deployment && isSo) return [];
  const many = wanted.count === 1 ? "1 pod" : `${wanted.count} pods`;
  return [finding(
    [
      `${many} of ${APP}`,
      deployment ? `it has ${replicas}` : "there is no such Deployment",
      "KEDA looks every 15 seconds, and goes to 0 only when cooldownPeriod has passed",
      wanted.next,
    ],
    [
      `${APP}의 파드 ${wanted.count}개`,
      deployment ? `지금 ${replicas}개` : "그런 Deployment가 없습니다",
      "KEDA는 15초마다 보고, cooldownPeriod가 지나야 0으로 줄입니다",
      wanted.next,
    ],
    { waits: deployment !== undefined },
  )];
}

/** The fields of a schedule of cron, in order: what each has to be, and what it is. */
const CRON_FIELDS: {
  isRight(field: string, hour: number): boolean;
  en: string;
  ko: string;
}[] = [
  {
    isRight: (field) => Number(field) === 0,
    en: "the first field is the minute of the hour",
    ko: "첫 자리는 분입니다",
  },
  {
    isRight: (field, hour) => Number(field) === hour,
    en: "the second field is the hour",
    ko: "둘째 자리는 시입니다",
  },
  {
    isRight: (field) => /^[*?]$/.test(field),
    en: "the third field is the day of the month, and a star is each day",
    ko: "셋째 자리는 날짜이고, 별표는 모든 날입니다",
  },
  {
    isRight: (field) => /^[*?]$/.test(field),
    en: "the fourth field is the month, and a star is each month",
    ko: "넷째 자리는 달이고, 별표는 모든 달입니다",
  },
  {
    isRight: (field) => /^(1-5|mon-fri|1,2,3,4,5|mon,tue,wed,thu,fri)$/i.test(field),
    en: "the last field is the day of the week, and a star is each day",
    ko: "마지막 자리가 요일이고, 별표는 모든 요일입니다",
  },
];

/** What is wrong with a schedule for this hour of Monday to Friday; undefined where nothing is. */
function scheduleFault(schedule: string, hour: number): { en: string; ko: string } | undefined {
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== CRON_FIELDS.length) {
    return {
      en: "it has five fields: minute, hour, day of month, month, day of week",
      ko: "다섯 자리가 있습니다: 분, 시, 일, 월, 요일",
    };
  }
  const wrongAt = CRON_FIELDS.findIndex(({ isRight }, at) => !isRight(fields[at], hour));
  if (wrongAt === 0 && fields[0] === "*") {
    return {
      en: "a star for the minute is each minute of that hour",
      ko: "분 자리의 별표는 그 시간의 매분입니다",
    };
  }
  return CRON_FIELDS[wrongAt];
}

/** A second trigger keeps pods while people work. */
async function keepsHours(view: LabView) {
  const triggers = (await theScaledObject(view))?.spec?.triggers ?? [];
  const metadata = triggers.find(({ type }) => type === "cron")?.metadata;
  const { timezone, start = "", end = "", desiredReplicas } = metadata ?? {};
  const expected = [
    `${AT_WORK} pods from 8 to 18 o'clock in Seoul, Monday to Friday`,
    `월요일부터 금요일까지 서울 시간 8시에서 18시까지 파드 ${AT_WORK}개`,
  ];
  const wrong = (en: string[], ko: string[]) => [
    finding(
      [expected[0], en[0], en[1], `${en[2]}: ${CHANGE}`],
      [expected[1], ko[0], ko[1], `${ko[2] ?? en[2]}: ${CHANGE}`],
    ),
  ];
  if (!metadata) {
    return wrong(
      [
        "it has no trigger of type cron",
        "no metric knows when people begin to work",
        "add a second element to triggers, of type cron",
      ],
      [
        "cron 트리거가 없습니다",
        "사람들이 언제 일을 시작하는지 아는 메트릭은 없습니다",
        "triggers에 cron 트리거를 하나 더하세요",
      ],
    );
  }
  if (timezone !== "Asia/Seoul") {
    return wrong(
      [
        timezone ? `its time zone is ${timezone}` : "it has no timezone",
        "start and end go by the clock of that zone, and people go by the one in Seoul",
        "write it as timezone: Asia/Seoul",
      ],
      [
        timezone ? `시간대가 ${timezone}입니다` : "timezone이 없습니다",
        "start와 end는 그 시간대의 시계를 따르고, 사람들은 서울의 시계를 따릅니다",
        "이렇게 쓰세요: timezone: Asia/Seoul",
      ],
    );
  }
  const schedules: [key: string, is: string, hour: number][] = [["start", start, 8], [
    "end",
    end,
    18,
  ]];
  for (const [key, is, hour] of schedules) {
    const fault = scheduleFault(is, hour);
    if (!fault) continue;
    return wrong(
      [
        is ? `its ${key} is \`${is}\`` : `it has no ${key}`,
        fault.en,
        `${key}: 0 ${hour} * * 1-5`,
      ],
      [is ? `${key}가 \`${is}\`입니다` : `${key}가 없습니다`, fault.ko],
    );
  }
  if (Number(desiredReplicas) === AT_WORK) return [];
  const is = triggerField("desiredReplicas", desiredReplicas);
  return wrong(
    [
      is.en,
      "that many pods there are at least while it is active",
      `desiredReplicas: "${AT_WORK}"`,
    ],
    [
      is.ko,
      "활성인 동안 적어도 그만큼의 파드가 있습니다",
      `desiredReplicas: "${AT_WORK}"`,
    ],
  );
}

/** Whether people work at a time, and that time in Seoul. */
function inSeoul(nowMs: number): { isWork: boolean; time: string } {
  const there = new Date(nowMs + SEOUL_MS);
  const [weekday, hour] = [there.getUTCDay(), there.getUTCHours()];
  const isWork = weekday >= 1 && weekday <= 5 && hour >= 8 && hour < 18;
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][weekday];
  return { isWork, time: `${day} ${there.toISOString().slice(11, 16)}` };
}

/** What there is while Prometheus cannot be asked. */
async function fallsBack(view: LabView) {
  const fallback = (await theScaledObject(view))?.spec?.fallback;
  const expected = [
    `${BLIND} pods after more than three failures in a row to ask Prometheus`,
    `Prometheus에 잇달아 세 번 넘게 묻지 못하면 파드 ${BLIND}개`,
  ];
  const next = `fallback: failureThreshold: 3, replicas: ${BLIND}: ${CHANGE}`;
  const { behavior = "static" } = fallback ?? {};
  if (
    fallback?.failureThreshold === 3 && fallback.replicas === BLIND && behavior === "static"
  ) return [];
  if (fallback && behavior !== "static") {
    return [finding(
      [
        expected[0],
        `its fallback's behavior is ${behavior}`,
        "it goes by the pods that happen to be there then, not by replicas alone",
        `behavior: static: ${CHANGE}`,
      ],
      [
        expected[1],
        `fallback의 behavior가 ${behavior}입니다`,
        "replicas만이 아니라 그때 마침 있는 파드 수도 따릅니다",
        `behavior: static: ${CHANGE}`,
      ],
    )];
  }
  const isLate = fallback?.failureThreshold !== 3;
  return [finding(
    [
      expected[0],
      !fallback
        ? "it has no fallback"
        : isLate
        ? `its failureThreshold is ${fallback.failureThreshold}`
        : `its fallback is ${fallback.replicas} replicas`,
      !fallback
        ? "without one the HPA knows nothing, and leaves the replicas as they happen to be"
        : isLate
        ? "it counts failed questions, and no minutes"
        : "visitors may be there whom nobody counts",
      next,
    ],
    [
      expected[1],
      !fallback
        ? "fallback이 없습니다"
        : isLate
        ? `failureThreshold가 ${fallback.failureThreshold}입니다`
        : `fallback의 레플리카가 ${fallback.replicas}개입니다`,
      !fallback
        ? "없으면 HPA는 아무것도 모르고, 그때의 레플리카 수를 그대로 둡니다"
        : isLate
        ? "분이 아니라 실패한 질문의 수입니다"
        : "아무도 세지 못하는 방문자가 있을 수 있습니다",
      next,
    ],
  )];
}

const fallbackIs = (status: "True" | "False") =>
  conditionIs([SCALED_OBJECTS, APP], { type: "Fallback", status });

/** A line that has so many Prometheus running. */
function prometheis(replicas: number): string {
  return `kubectl patch prometheus ${PROMETHEUS} --type merge -p '{"spec":{"replicas":${replicas}}}'`;
}

export default defineLesson({
  id: "15-keda-to-zero",
  title: { en: "KEDA: to zero, and back", ko: "KEDA: 0으로, 그리고 다시" },
  minutes: 30,
  requires: ["08-keda"],
  setup: [
    "kubectl apply -f examples/03_php_apache/php-apache.yaml",
    `cat > ${FILE} <<'EOF'\n${BLANK}\nEOF`,
  ],
  steps: [
    {
      kind: "task",
      id: "zero",
      about: "keda",
      solution: [apply([REQUESTS])],
      check: firstOf(
        isThere,
        isNotPaused,
        asksForRequests,
        mayRest,
        conditionIs([SCALED_OBJECTS, APP], { type: "Ready", status: "True" }),
        (view) => hasPods(view, { count: 0, next: "give it time: clock +1m" }),
      ),
      withinMs: 10 * 60_000,
      wrongAnswers: [
        {
          name: "a query of its own requests",
          lines: [apply([but(REQUESTS, { query: RATE(APP) })])],
          says: "its query finds no series",
        },
        {
          name: "the count",
          lines: [
            apply([
              but(REQUESTS, { query: `sum(nginx_http_requests_total{service="${FRONT}"})` }),
            ]),
          ],
          says: "requests come in a second",
        },
        {
          name: "nothing in place of what comes in",
          lines: [apply([but(REQUESTS, { query: "vector(0)" })])],
          says: "its query gives 0",
        },
        {
          name: "for all pods together",
          lines: [apply([{ ...REQUESTS, metricType: "Value" }])],
          says: "its metricType is Value",
        },
        {
          name: "one pod at least",
          lines: [apply([REQUESTS], { spec: { minReplicaCount: 1 } })],
          says: "minReplicaCount is 1",
        },
        {
          name: "without an activation threshold",
          lines: [apply([but(REQUESTS, { activationThreshold: "0" })])],
          says: "its activationThreshold is 0",
        },
        {
          name: "an activation threshold that keeps it asleep",
          lines: [apply([but(REQUESTS, { activationThreshold: "100" })])],
          says: "fewer requests than that never wake it",
        },
        {
          name: "the threshold in place of it",
          lines: [apply([but(REQUESTS, { threshold: "1" })])],
          says: "its threshold is 1",
        },
        {
          name: "paused at zero",
          lines: [
            apply([REQUESTS], { annotations: { "autoscaling.keda.sh/paused-replicas": "0" } }),
          ],
          says: "it is paused",
        },
      ],
    },
    {
      kind: "run",
      id: "asleep",
      about: "hpa",
      after: "zero",
      lines: [`kubectl describe hpa keda-hpa-${APP}`],
      look: {
        at: {
          en: "why the HPA scales nothing now: the reason of ScalingActive",
          ko: "HPA가 지금 아무것도 스케일하지 않는 까닭: ScalingActive의 이유",
        },
        asks: [HPA],
        shows: ["ScalingDisabled"],
      },
      withinMs: 2 * 60_000,
    },
    {
      kind: "run",
      id: "wake",
      about: "keda",
      after: "zero",
      lines: [
        "load http://127.0.0.1:30951 --rps 30 --for 3m",
        `kubectl get hpa keda-hpa-${APP}`,
      ],
      look: {
        at: { en: "the HPA, its TARGETS and its replicas", ko: "HPA와 TARGETS, 레플리카 수" },
        asks: [HPA],
        shows: [`keda-hpa-${APP}`, "<2..5>"],
      },
      check: firstOf(
        isThere,
        (view) =>
          hasPods(view, {
            count: 2,
            orMore: true,
            next: "load http://127.0.0.1:30951 --rps 30 --for 3m",
          }),
      ),
      withinMs: 60_000,
    },
    {
      kind: "predict",
      id: "as-value",
      about: "hpa",
      async answer(view) {
        const [metric] = (await view.decide("default", `keda-hpa-${APP}`))?.derivation.metrics ??
          [];
        if (!metric?.ok) return NO_READING;
        const { totalMilli, pods = 1 } = metric.proposal;
        const total = Number(totalMilli) / 1000;
        const ratio = total / EACH;
        const value = Math.ceil(ratio * pods);
        return {
          value,
          arithmetic: [
            {
              en: `total / target = ${shown(total)} / ${EACH} = ${shown(ratio)}`,
              ko: `전체 / 목표 = ${shown(total)} / ${EACH} = ${shown(ratio)}`,
            },
            {
              en: `× pods that are there = ${shown(ratio)} × ${pods}, rounded up: ${value}`,
              ko: `× 지금 있는 파드 = ${shown(ratio)} × ${pods}, 올림: ${value}`,
            },
          ],
        };
      },
      tolerance: 1,
    },
    {
      kind: "task",
      id: "hours",
      about: "keda",
      solution: [apply([REQUESTS, OFFICE])],
      check: firstOf(
        isThere,
        isNotPaused,
        asksForRequests,
        (view) => mayRest(view, { hasLoad: true }),
        keepsHours,
        conditionIs([SCALED_OBJECTS, APP], { type: "Ready", status: "True" }),
      ),
      withinMs: 3 * 60_000,
      wrongAnswers: [
        {
          name: "in place of the other",
          lines: [apply([OFFICE])],
          says: "its triggers are: cron",
        },
        {
          name: "of another time zone",
          lines: [apply([REQUESTS, but(OFFICE, { timezone: "UTC" })])],
          says: "its time zone is UTC",
        },
        {
          name: "of no time zone",
          lines: [apply([REQUESTS, but(OFFICE, { timezone: "" })])],
          says: "it has no timezone",
        },
        {
          name: "half past",
          lines: [apply([REQUESTS, but(OFFICE, { start: "30 8 * * 1-5" })])],
          says: "the first field is the minute",
        },
        {
          name: "the night",
          lines: [
            apply([REQUESTS, but(OFFICE, { start: "0 18 * * 1-5", end: "0 8 * * 1-5" })]),
          ],
          says: "its start is `0 18 * * 1-5`",
        },
        {
          name: "each minute of an hour",
          lines: [apply([REQUESTS, but(OFFICE, { start: "* 8 * * 1-5" })])],
          says: "each minute of that hour",
        },
        {
          name: "on Sundays too",
          lines: [apply([REQUESTS, but(OFFICE, { start: "0 8 * * *", end: "0 18 * * *" })])],
          says: "a star is each day",
        },
        {
          name: "one pod",
          lines: [apply([REQUESTS, but(OFFICE, { desiredReplicas: "1" })])],
          says: "its desiredReplicas is 1",
        },
      ],
    },
    {
      kind: "predict",
      id: "greater",
      about: "keda",
      answer(view) {
        const { isWork, time } = inSeoul(view.now());
        const value = isWork ? AT_WORK : 0;
        return Promise.resolve({
          value,
          arithmetic: [
            { en: "no visitors: 0", ko: "방문자 없음: 0" },
            isWork
              ? {
                en: `${time} in Seoul: cron wants ${AT_WORK}`,
                ko: `서울 ${time}: cron이 ${AT_WORK}`,
              }
              : { en: `${time} in Seoul: cron is not active`, ko: `서울 ${time}: cron은 비활성` },
            { en: `the greater of both: ${value}`, ko: `둘 중 큰 쪽: ${value}` },
          ],
        });
      },
    },
    {
      kind: "run",
      id: "settles",
      about: "keda",
      after: "hours",
      lines: ["clock +8m", `kubectl get deploy ${APP}`],
      look: {
        at: { en: "the replicas of the Deployment", ko: "Deployment의 레플리카 수" },
        asks: ["deployments.apps", HPA],
        shows: [APP, ["0", "2", "0/0", "2/2"]],
      },
      check: firstOf(isThere, (view) =>
        hasPods(view, {
          count: inSeoul(view.now()).isWork ? AT_WORK : 0,
          next: "give it time: clock +1m",
        })),
      withinMs: 10 * 60_000,
    },
    {
      kind: "task",
      id: "fallback",
      about: "keda",
      solution: [
        apply([REQUESTS, OFFICE], {
          spec: { fallback: { failureThreshold: 3, replicas: BLIND } },
        }),
      ],
      check: firstOf(isThere, isNotPaused, fallsBack),
      wrongAnswers: [
        {
          name: "nothing to fall back on",
          lines: [
            apply([REQUESTS, OFFICE], {
              spec: { fallback: { failureThreshold: 3, replicas: 0 } },
            }),
          ],
          says: "its fallback is 0 replicas",
        },
        {
          name: "minutes in place of questions",
          lines: [
            apply([REQUESTS, OFFICE], {
              spec: { fallback: { failureThreshold: 180, replicas: BLIND } },
            }),
          ],
          says: "its failureThreshold is 180",
        },
        {
          name: "as many as there happen to be",
          lines: [
            apply([REQUESTS, OFFICE], {
              spec: {
                fallback: { failureThreshold: 3, replicas: BLIND, behavior: "currentReplicas" },
              },
            }),
          ],
          says: "its fallback's behavior is currentReplicas",
        },
      ],
    },
    {
      kind: "run",
      id: "blind",
      about: "prometheus",
      after: "fallback",
      lines: [prometheis(0), "clock +3m", `kubectl get scaledobject ${APP}`],
      look: {
        at: { en: "FALLBACK of the ScaledObject", ko: "ScaledObject의 FALLBACK" },
        asks: [SCALED_OBJECTS],
        shows: [APP, "True"],
      },
      check: firstOf(
        isThere,
        fallbackIs("True"),
        (view) => hasPods(view, { count: BLIND, next: "give it a moment: clock +30s" }),
      ),
      withinMs: 5 * 60_000,
    },
    {
      kind: "predict",
      id: "pretended",
      about: "keda",
      async answer(view) {
        const { fallback, triggers = [] } = (await theScaledObject(view))?.spec ?? {};
        const replicas = fallback?.replicas ?? 0;
        const index = triggers.findIndex(({ type }) => type === "prometheus");
        const threshold = Number(triggers[index]?.metadata.threshold ?? 0);
        const name = `s${index}-prometheus`;
        return {
          value: replicas * threshold,
          arithmetic: [
            {
              en: `${name} = fallback × threshold = ${replicas} × ${threshold} = ${
                replicas * threshold
              }`,
              ko: `${name} = fallback × threshold = ${replicas} × ${threshold} = ${
                replicas * threshold
              }`,
            },
            {
              en: `and back: ${replicas * threshold} / ${threshold} = ${replicas}`,
              ko: `거꾸로: ${replicas * threshold} / ${threshold} = ${replicas}`,
            },
          ],
        };
      },
    },
    {
      kind: "run",
      id: "sees-again",
      about: "prometheus",
      after: "blind",
      lines: [prometheis(1), "clock +3m", `kubectl get scaledobject ${APP}`],
      look: {
        at: { en: "FALLBACK of the ScaledObject", ko: "ScaledObject의 FALLBACK" },
        asks: [SCALED_OBJECTS],
        shows: [APP, "False"],
      },
      check: firstOf(isThere, fallbackIs("False")),
      withinMs: 5 * 60_000,
    },
  ],
});
