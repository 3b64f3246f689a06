import {
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  hpaIsThere,
  NO_READING,
  passed,
  quantityOf,
  shown,
} from "../../lib/lesson/mod.ts";
import type { HorizontalPodAutoscaler, LabView } from "../../lib/lesson/mod.ts";

const APP = "php-apache";
const HPA = "horizontalpodautoscalers.autoscaling";
const FILE = "steady.yaml";
/** How long the visitors stay away between two waves, in seconds, with the time until the HPA knows. */
const QUIET_SECONDS = 150;
/** How long pods may be kept for nobody, in seconds. */
const LONGEST_SECONDS = 600;
/** How many pods may be taken away in a minute. */
const PER_MINUTE = 1;
/** How many pods the visitors of this lab bring. */
const AT_MOST = 7;
/** What each pod is to use after all, in millicores: less than a tenth from what it uses. */
const CLOSER = 92;

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${APP}
spec:
  selector:
    matchLabels:
      run: ${APP}
  template:
    metadata:
      labels:
        run: ${APP}
    spec:
      containers:
        - name: ${APP}
          image: registry.k8s.io/hpa-example
          ports:
            - containerPort: 80
          readinessProbe:
            httpGet:
              path: /
              port: 80
            initialDelaySeconds: 20
          resources:
            requests:
              cpu: 200m
---
apiVersion: v1
kind: Service
metadata:
  name: ${APP}
spec:
  ports:
    - port: 80
  selector:
    run: ${APP}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${APP}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${APP}
  minReplicas: 1
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: AverageValue
          averageValue: 100m
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 0
---
# Visitors who come in waves: two minutes without a pause, then two minutes none.
# 밀려왔다 가는 방문자: 2분은 쉬지 않고, 2분은 하나도 없음
apiVersion: v1
kind: Pod
metadata:
  name: waves
spec:
  terminationGracePeriodSeconds: 5
  containers:
    - name: waves
      image: busybox:1.36
      command:
        - /bin/sh
        - -c
        - |
          while true; do
            end=$(($(date +%s) + 120))
            while [ $(date +%s) -lt $end ]; do sleep 0.01; wget -q -O- http://${APP}; done
            sleep 120
          done`;

const CHANGE = `kubectl edit hpa ${APP}`;
const APPLY = `kubectl apply -f ${FILE}`;

async function theHpa(view: LabView): Promise<HorizontalPodAutoscaler | undefined> {
  return await view.get<HorizontalPodAutoscaler>(HPA, "default", APP);
}

/** A line that changes the HPA's spec. */
function patch(spec: Record<string, unknown>): string {
  return `kubectl patch hpa ${APP} --type merge -p '${JSON.stringify({ spec })}'`;
}

function cpuOf(averageValue: string) {
  const target = { type: "AverageValue", averageValue };
  return [{ type: "Resource", resource: { name: "cpu", target } }];
}

const isThere = hpaIsThere(APP, APPLY);

async function wavesCome(view: LabView) {
  if (await view.get("pods", "default", "waves")) return [];
  return [finding(
    ["visitors who come in waves", "there is no pod waves", "without them all is quiet", APPLY],
    [
      "밀려왔다 가는 방문자",
      "파드 waves가 없습니다",
      "방문자가 없으면 모든 것이 조용합니다",
      APPLY,
    ],
  )];
}

/** The HPA scales by itself between bounds that leave it room, and scales up at once. */
async function staysFree(view: LabView) {
  const { minReplicas = 1, maxReplicas = 0, behavior } = (await theHpa(view))?.spec ?? {};
  if (minReplicas > 1) {
    return [finding(
      [
        "an HPA that may go down to 1",
        `it keeps at least ${minReplicas} pods, whatever comes`,
        "that is paid for in the night too, when nobody comes for hours",
        `minReplicas: 1: ${CHANGE}`,
      ],
      [
        "1개까지 줄일 수 있는 HPA",
        `무엇이 오든 적어도 ${minReplicas}개를 둡니다`,
        "몇 시간 동안 아무도 오지 않는 밤에도 비용이 듭니다",
        `minReplicas: 1: ${CHANGE}`,
      ],
    )];
  }
  if (maxReplicas < 8) {
    return [finding(
      [
        "an HPA that may have 10 pods",
        `it may have ${maxReplicas}`,
        "what is held down by a limit is slow for its visitors",
        `maxReplicas: 10: ${CHANGE}`,
      ],
      [
        "파드를 10개까지 둘 수 있는 HPA",
        `${maxReplicas}개까지입니다`,
        "제한에 걸리면 방문자가 느리게 느낍니다",
        `maxReplicas: 10: ${CHANGE}`,
      ],
    )];
  }
  const up = behavior?.scaleUp;
  if (!up?.stabilizationWindowSeconds && up?.selectPolicy !== "Disabled") return [];
  return [finding(
    [
      "an HPA that scales up at once",
      up?.selectPolicy === "Disabled"
        ? "scaleUp is disabled"
        : `it is scaleUp that waits, ${up?.stabilizationWindowSeconds} seconds`,
      "a window of scaleUp makes visitors wait for pods; what goes up and down is calmed by scaleDown",
      `leave scaleUp out of behavior: ${CHANGE}`,
    ],
    [
      "바로 늘리는 HPA",
      up?.selectPolicy === "Disabled"
        ? "scaleUp이 꺼져 있습니다"
        : `기다리는 쪽이 scaleUp입니다(${up?.stabilizationWindowSeconds}초)`,
      "scaleUp의 창은 방문자가 파드를 기다리게 합니다. 오르내림을 가라앉히는 것은 scaleDown입니다",
      `behavior에서 scaleUp을 빼세요: ${CHANGE}`,
    ],
  )];
}

/** What is taken away waits for longer than the visitors stay away, and not for ever. */
async function holdsOn(view: LabView) {
  const down = (await theHpa(view))?.spec?.behavior?.scaleDown;
  const seconds = down?.stabilizationWindowSeconds ?? 300;
  const expected = [
    "an HPA that keeps its pods from wave to wave, for ten minutes at most",
    "물결 사이에 파드를 그대로 두는 HPA, 길어야 10분",
  ];
  const next = `behavior.scaleDown.stabilizationWindowSeconds: 300: ${CHANGE}`;
  if (down?.selectPolicy === "Disabled") {
    return [finding(
      [
        expected[0],
        "scaleDown is disabled: it never takes a pod away",
        "after the first wave the pods stay for good",
        `take selectPolicy out: ${CHANGE}`,
      ],
      [
        expected[1],
        "scaleDown이 꺼져 있어 파드를 결코 줄이지 않습니다",
        "첫 물결이 지나면 파드가 영영 남습니다",
        `selectPolicy를 빼세요: ${CHANGE}`,
      ],
    )];
  }
  if (seconds > LONGEST_SECONDS) {
    return [finding(
      [
        expected[0],
        `its scale-down window is ${seconds} seconds`,
        "so long it keeps the most that it ever wanted, for one short peak too",
        next,
      ],
      [
        expected[1],
        `축소의 창이 ${seconds}초입니다`,
        "그동안은 잠깐의 절정에도 가장 많이 원했던 수를 유지합니다",
        next,
      ],
    )];
  }
  if (seconds >= QUIET_SECONDS) return [];
  return [finding(
    [
      expected[0],
      seconds === 0
        ? "its scale-down window is 0: it goes by the last sync alone"
        : `its scale-down window is ${seconds} seconds, and the quiet lasts two minutes`,
      "down to the highest recommendation of the window: the wave of before has to lie in it still",
      next,
    ],
    [
      expected[1],
      seconds === 0
        ? "축소의 창이 0입니다. 마지막 동기화만 봅니다"
        : `축소의 창이 ${seconds}초인데 조용한 시간은 2분입니다`,
      "창 안에서 가장 높은 권고까지만 줄입니다. 앞의 물결이 아직 그 안에 있어야 합니다",
      next,
    ],
  )];
}

/** The HPA has changed nothing for longer than a wave and a quiet take. */
async function isSteady(view: LabView) {
  const { lastScaleTime, currentReplicas = 0 } = (await theHpa(view))?.status ?? {};
  const minutes = Math.floor((view.now() - Date.parse(lastScaleTime ?? "")) / 60_000);
  if (minutes >= 5 && currentReplicas > 1) return [];
  const ago = Number.isNaN(minutes)
    ? { en: "never", ko: "없음" }
    : { en: `${minutes}m ago`, ko: `${minutes}분 전` };
  return [finding(
    [
      "the same number of pods through a wave and a quiet",
      `${currentReplicas} pods, last changed ${ago.en}`,
      "a wave and a quiet are four minutes; what outlasts both is steady",
      "let them pass: clock +2m",
    ],
    [
      "물결과 고요를 지나도 같은 파드 수",
      `파드 ${currentReplicas}개, 마지막 변경 ${ago.ko}`,
      "물결과 고요를 합하면 4분입니다. 둘 다 견디면 안정된 것입니다",
      "시간을 보내세요: clock +2m",
    ],
    { waits: true },
  )];
}

interface Policy {
  type: string;
  value: number;
  periodSeconds: number;
}

/** How many of `pods` a policy may take away in a minute: on the average of a long time, or in the worst minute of it. */
function perMinute(
  { type, value, periodSeconds }: Policy,
  pods: number,
  of: "average" | "worst",
): number {
  const each = type === "Pods" ? value : pods - Math.trunc(pods * (1 - value / 100));
  // What a long period allows may all go in one minute of it.
  const periods = 60 / periodSeconds;
  return Math.min(pods, each * (of === "worst" ? Math.max(1, periods) : periods));
}

/** How many of `pods` an HPA may take away in a minute. */
function downPerMinute(
  hpa: HorizontalPodAutoscaler | undefined,
  pods: number,
  of: "average" | "worst",
): number {
  const { policies = [], selectPolicy } = hpa?.spec?.behavior?.scaleDown ?? {};
  const each = (policies as Policy[]).map((policy) => perMinute(policy, pods, of));
  if (each.length === 0) return Infinity;
  return selectPolicy === "Min" ? Math.min(...each) : Math.max(...each);
}

/** What the API server writes where nobody names a policy of scaleDown. */
function isUsual([first, ...others]: Policy[]): boolean {
  return first === undefined || others.length === 0 && first.type === "Percent" &&
      first.value === 100 && first.periodSeconds === 15;
}

/** Not more than a pod a minute is taken away. */
async function goesGently(view: LabView) {
  const hpa = await theHpa(view);
  const { scaleDown: { policies = [] } = {}, scaleUp } = hpa?.spec?.behavior ?? {};
  const average = downPerMinute(hpa, AT_MOST, "average");
  const worst = downPerMinute(hpa, AT_MOST, "worst");
  if (worst <= PER_MINUTE && average >= PER_MINUTE / 2) return [];
  const expected = ["at most one pod a minute taken away", "1분에 하나까지만 줄임"];
  const next =
    `behavior.scaleDown.policies: one of type Pods, value 1, periodSeconds 60: ${CHANGE}`;
  if (isUsual(policies as Policy[])) {
    const isOther = (scaleUp?.policies ?? []).some(({ type }) => type === "Pods") &&
      scaleUp?.policies?.length === 1;
    return [finding(
      [
        expected[0],
        isOther
          ? "the policy stands in scaleUp, and scaleDown has none"
          : "scaleDown has no policy of its own, and so may take all away in one go",
        isOther
          ? "it slows down what should be quick"
          : "without policies the limit is 100 percent in 15 seconds",
        next,
      ],
      [
        expected[1],
        isOther
          ? "정책이 scaleUp에 있고 scaleDown에는 없습니다"
          : "scaleDown에 정책이 없어 한꺼번에 모두 줄일 수 있습니다",
        isOther ? "빨라야 할 쪽을 늦춥니다" : "정책이 없으면 15초에 100%가 한도입니다",
        next,
      ],
    )];
  }
  const isTooMany = worst > PER_MINUTE;
  const pods = shown(isTooMany ? worst : average);
  const isOfSeveral = policies.length > 1 && isTooMany;
  const isAtOnce = isTooMany && average < worst;
  return [finding(
    [
      expected[0],
      isOfSeveral
        ? `of its ${policies.length} policies the one that takes most counts: ${pods} of ${AT_MOST} a minute`
        : `its policy takes ${pods} of ${AT_MOST} pods ${isAtOnce ? "in one go" : "a minute"}`,
      isOfSeveral
        ? "selectPolicy is Max where nothing is said: the greatest change, and not the most careful one"
        : isAtOnce
        ? "periodSeconds spreads nothing: all of value may go in the first moment of a period"
        : "a policy says how many in a period: value ÷ periodSeconds",
      isOfSeveral ? `leave one policy, or say selectPolicy: Min: ${CHANGE}` : next,
    ],
    [
      expected[1],
      isOfSeveral
        ? `정책 ${policies.length}개 가운데 가장 많이 줄이는 것이 쓰입니다: 1분에 ${AT_MOST}개 중 ${pods}개`
        : `정책이 ${isAtOnce ? "한꺼번에" : "1분에"} ${AT_MOST}개 중 ${pods}개를 줄입니다`,
      isOfSeveral
        ? "selectPolicy를 쓰지 않으면 Max입니다. 가장 조심스러운 것이 아니라 가장 큰 변화입니다"
        : isAtOnce
        ? "periodSeconds에 걸쳐 나누어 줄이지 않습니다. 기간이 시작되자마자 value만큼 줄일 수 있습니다"
        : "정책은 한 기간에 몇 개인지 말합니다: value ÷ periodSeconds",
      isOfSeveral ? `정책을 하나만 남기거나 selectPolicy: Min으로 하세요: ${CHANGE}` : next,
    ],
  )];
}

/** Pods are going, one after the other. */
async function isGoingDown(view: LabView) {
  const { currentReplicas = 0, desiredReplicas = 0 } = (await theHpa(view))?.status ?? {};
  const waves = await view.get("pods", "default", "waves");
  const isGone = !waves || waves.metadata.deletionTimestamp !== undefined;
  if (isGone && currentReplicas > 0 && desiredReplicas <= 5) return [];
  return [finding(
    [
      "pods that go, one after the other",
      isGone ? `the HPA has ${currentReplicas} still` : "the waves still come",
      "first the window has to pass; then the policy says how many may go",
      isGone ? "give it time: clock +1m" : "kubectl delete pod waves",
    ],
    [
      "하나씩 줄어드는 파드",
      isGone ? `HPA에 아직 ${currentReplicas}개` : "물결이 아직 옵니다",
      "먼저 창이 지나야 합니다. 그다음 정책이 몇 개까지 줄일지 정합니다",
      isGone ? "시간을 주세요: clock +1m" : "kubectl delete pod waves",
    ],
    { waits: isGone },
  )];
}

/** The HPA has all the pods it wants for visitors who stay, and each counts. */
async function isSettled(view: LabView) {
  const generator = await view.get("pods", "default", "load-generator");
  const [metric] = (await view.decide("default", APP))?.derivation.metrics ?? [];
  const proposal = metric?.ok ? metric.proposal : undefined;
  const isBusy = (proposal?.samples?.length ?? 0) > 4;
  if (generator && isBusy && proposal?.rule === "within tolerance" && !proposal.assumed) return [];
  return [finding(
    [
      "each pod near its target, under load",
      generator ? "the pods for it are still to come, or to be ready" : "nobody visits",
      "a sum is worth something once every pod counts",
      generator
        ? "give it a minute: clock +1m"
        : "kubectl apply -f examples/03_php_apache/load-generator.yaml",
    ],
    [
      "부하를 받으며 목표에 가까운 파드들",
      generator ? "그 파드들이 아직 생기거나 준비되는 중입니다" : "방문자가 없습니다",
      "모든 파드가 계산에 들어간 다음이라야 계산이 뜻을 가집니다",
      generator
        ? "1분 기다리세요: clock +1m"
        : "kubectl apply -f examples/03_php_apache/load-generator.yaml",
    ],
    { waits: generator !== undefined },
  )];
}

/** The HPA holds less for each pod than it did. */
async function targetIsCloser(view: LabView) {
  const [metric] = (await theHpa(view))?.spec?.metrics ?? [];
  const is = metric?.resource?.target.averageValue;
  if (is === `${CLOSER}m`) return [];
  return [finding(
    [
      `a target of ${CLOSER}m for each pod`,
      `its target is ${is ?? "another one"}`,
      `from ${CLOSER}m on the pods of now are a little too few`,
      patch({ metrics: cpuOf(`${CLOSER}m`) }),
    ],
    [
      `파드마다 목표 ${CLOSER}m`,
      `목표가 ${is ?? "다른 것"}입니다`,
      `${CLOSER}m이면 지금의 파드로는 조금 모자랍니다`,
      patch({ metrics: cpuOf(`${CLOSER}m`) }),
    ],
  )];
}

/** The HPA scales up for less than a tenth too much, and has done so. */
async function isClose(view: LabView) {
  const hpa = await theHpa(view);
  const { scaleUp, scaleDown } = hpa?.spec?.behavior ?? {};
  const tolerance = quantityOf(scaleUp?.tolerance);
  const expected = [
    "an HPA that minds 5% too much: 8 pods",
    "5%만 넘어도 늘리는 HPA: 파드 8개",
  ];
  const next = `behavior.scaleUp.tolerance: "0.05": ${CHANGE}`;
  if (tolerance <= 0.06) {
    const replicas = hpa?.status?.currentReplicas ?? 0;
    if (replicas >= 8) return [];
    return [finding(
      [expected[0], `${replicas} pods so far`, "it acts at its next sync", "clock +30s"],
      [expected[1], `아직 파드 ${replicas}개`, "다음 동기화에 움직입니다", "clock +30s"],
      { waits: true },
    )];
  }
  const isDown = scaleUp?.tolerance === undefined && scaleDown?.tolerance !== undefined;
  return [finding(
    [
      expected[0],
      isDown
        ? `scaleDown has a tolerance of ${
          shown(quantityOf(scaleDown?.tolerance))
        }, and scaleUp the usual one`
        : scaleUp?.tolerance === undefined
        ? "its tolerance is the usual one, a tenth"
        : `its tolerance is ${tolerance}, which is ${shown(tolerance * 100)}% too much`,
      isDown
        ? "each direction has its own: from 7 to 8 is up"
        : "a tolerance is a part of 1: a ratio within it changes nothing",
      next,
    ],
    [
      expected[1],
      isDown
        ? `scaleDown의 허용 오차가 ${
          shown(quantityOf(scaleDown?.tolerance))
        }이고 scaleUp은 기본값입니다`
        : scaleUp?.tolerance === undefined
        ? "허용 오차가 기본값인 10분의 1입니다"
        : `허용 오차가 ${tolerance}, 곧 ${shown(tolerance * 100)}%까지 허용합니다`,
      isDown
        ? "방향마다 따로 있습니다. 7에서 8은 늘리는 것입니다"
        : "허용 오차는 1에 대한 비율입니다. 그 안의 비율은 아무것도 바꾸지 않습니다",
      next,
    ],
  )];
}

const ONE_POD = { type: "Pods", value: 1, periodSeconds: 60 };
const HALF = { type: "Percent", value: 50, periodSeconds: 60 };

export default defineLesson({
  id: "14-stabilization",
  title: { en: "Stabilization and behavior", ko: "안정화와 behavior" },
  minutes: 30,
  requires: ["01-cluster"],
  setup: [`cat > ${FILE} <<'EOF'\n${MANIFEST}\nEOF`, APPLY],
  steps: [
    {
      kind: "run",
      id: "flapping",
      about: "hpa",
      lines: ["clock +10m", `kubectl describe hpa ${APP}`],
      look: {
        at: {
          en: "the events of the HPA: how often it went up, and down",
          ko: "HPA의 이벤트: 몇 번 늘리고 몇 번 줄였는지",
        },
        asks: [HPA, "events", "events.events.k8s.io"],
        shows: ["above target", "below target"],
      },
      check: firstOf(
        isThere,
        wavesCome,
        deploymentAvailable("default", APP, APPLY),
        passed(10),
      ),
      withinMs: 4 * 60_000,
    },
    {
      kind: "task",
      id: "hold",
      about: "hpa",
      solution: [patch({ behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } })],
      check: firstOf(isThere, staysFree, holdsOn),
      wrongAnswers: [
        {
          name: "shorter than the quiet",
          lines: [patch({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } })],
          says: "its scale-down window is 60 seconds",
        },
        {
          name: "of an hour",
          lines: [patch({ behavior: { scaleDown: { stabilizationWindowSeconds: 3600 } } })],
          says: "its scale-down window is 3600 seconds",
        },
        {
          name: "in the other direction",
          lines: [patch({ behavior: { scaleUp: { stabilizationWindowSeconds: 300 } } })],
          says: "it is scaleUp that waits",
        },
        {
          name: "never down",
          lines: [patch({ behavior: { scaleDown: { selectPolicy: "Disabled" } } })],
          says: "it never takes a pod away",
        },
        {
          name: "seven pods for good",
          lines: [patch({ minReplicas: 7 })],
          says: "it keeps at least 7 pods",
        },
      ],
    },
    {
      kind: "run",
      id: "held",
      about: "hpa",
      after: "hold",
      lines: ["clock +8m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "the replicas from wave to wave", ko: "물결 사이의 레플리카 수" },
        asks: [HPA],
        shows: [APP, "<2..10>"],
      },
      check: firstOf(isThere, wavesCome, isSteady),
      withinMs: 10 * 60_000,
    },
    {
      kind: "predict",
      id: "two-policies",
      about: "hpa",
      async answer(view) {
        const pods = (await theHpa(view))?.status?.currentReplicas ?? 0;
        const left = [pods - ONE_POD.value, Math.trunc(pods * (1 - HALF.value / 100))];
        const value = Math.max(1, Math.min(...left));
        return {
          value,
          arithmetic: [
            { en: `Pods 1: ${pods} - 1 = ${left[0]}`, ko: `Pods 1: ${pods} - 1 = ${left[0]}` },
            {
              en: `Percent 50: ${pods} × 0.5 = ${pods * 0.5}, cut off: ${left[1]}`,
              ko: `Percent 50: ${pods} × 0.5 = ${pods * 0.5}, 버림: ${left[1]}`,
            },
            {
              en: `selectPolicy Max, the greatest change: ${value}`,
              ko: `selectPolicy Max, 가장 큰 변화: ${value}`,
            },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "gently",
      about: "hpa",
      solution: [patch({ behavior: { scaleDown: { policies: [ONE_POD] } } })],
      check: firstOf(isThere, staysFree, holdsOn, goesGently),
      wrongAnswers: [
        {
          name: "a pod every 15 seconds",
          lines: [
            patch({ behavior: { scaleDown: { policies: [{ ...ONE_POD, periodSeconds: 15 }] } } }),
          ],
          says: "takes 4 of 7 pods a minute",
        },
        {
          name: "five pods every five minutes",
          lines: [
            patch({
              behavior: {
                scaleDown: { policies: [{ type: "Pods", value: 5, periodSeconds: 300 }] },
              },
            }),
          ],
          says: "takes 5 of 7 pods in one go",
        },
        {
          name: "half of them",
          lines: [patch({ behavior: { scaleDown: { policies: [HALF] } } })],
          says: "of 7 pods a minute",
        },
        {
          name: "both policies",
          lines: [patch({ behavior: { scaleDown: { policies: [ONE_POD, HALF] } } })],
          says: "the one that takes most counts",
        },
        {
          name: "in the other direction",
          lines: [patch({ behavior: { scaleUp: { policies: [ONE_POD] } } })],
          says: "the policy stands in scaleUp",
        },
        {
          name: "without the window",
          lines: [
            patch({
              behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [ONE_POD] } },
            }),
          ],
          says: "its scale-down window is 0",
        },
      ],
    },
    {
      kind: "run",
      id: "leave",
      about: "hpa",
      after: "gently",
      lines: ["kubectl delete pod waves", "clock +7m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "the replicas as they go", ko: "줄어드는 레플리카 수" },
        asks: [HPA],
        shows: [APP, "<1..6>"],
      },
      check: firstOf(isThere, isGoingDown),
      withinMs: 5 * 60_000,
    },
    {
      kind: "predict",
      id: "minutes",
      about: "hpa",
      async answer(view) {
        const hpa = await theHpa(view);
        const pods = hpa?.status?.currentReplicas ?? 1;
        const rate = downPerMinute(hpa, pods, "average");
        const value = Math.ceil((pods - 1) / rate);
        return {
          value,
          arithmetic: [
            {
              en: `${pods} - 1 = ${pods - 1} pods to go`,
              ko: `${pods} - 1 = 줄일 파드 ${pods - 1}개`,
            },
            { en: `${shown(rate)} a minute: ${value}`, ko: `1분에 ${shown(rate)}개: ${value}` },
          ],
        };
      },
      tolerance: 1,
    },
    {
      kind: "run",
      id: "closer",
      about: "hpa",
      lines: [
        "kubectl apply -f examples/03_php_apache/load-generator.yaml",
        "clock +6m",
        patch({ metrics: cpuOf(`${CLOSER}m`) }),
        "clock +30s",
        `kubectl get hpa ${APP}`,
      ],
      look: {
        at: {
          en: "TARGETS, a little above the target, and the replicas",
          ko: "목표를 조금 넘은 TARGETS와 레플리카 수",
        },
        asks: [HPA],
        shows: [APP, `${CLOSER}m`],
      },
      check: firstOf(isThere, isSettled, targetIsCloser),
      withinMs: 8 * 60_000,
    },
    {
      kind: "predict",
      id: "tolerance",
      about: "hpa",
      async answer(view) {
        const [metric] = (await view.decide("default", APP))?.derivation.metrics ?? [];
        if (!metric?.ok) return NO_READING;
        const { replicas, ratio, usageMilli, rule } = metric.proposal;
        const off = shown(Math.abs(ratio - 1));
        return {
          value: replicas,
          arithmetic: [
            {
              en: `${usageMilli}m / ${CLOSER}m = ${shown(ratio)}`,
              ko: `${usageMilli}m / ${CLOSER}m = ${shown(ratio)}`,
            },
            rule === "within tolerance"
              ? {
                en: `${off} from 1, and 0.1 is tolerated: it stays at ${replicas}`,
                ko: `1에서 ${off} 차이, 0.1까지 허용: 그대로 ${replicas}`,
              }
              : {
                en: `${off} from 1, more than 0.1: ${replicas}`,
                ko: `1에서 ${off} 차이, 0.1을 넘음: ${replicas}`,
              },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "mind",
      about: "hpa",
      after: "closer",
      solution: [patch({ behavior: { scaleUp: { tolerance: "0.05" } } })],
      check: firstOf(isThere, staysFree, targetIsCloser, isClose),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        {
          name: "in the other direction",
          lines: [patch({ behavior: { scaleDown: { tolerance: "0.05" } } })],
          says: "scaleDown has a tolerance of 0.05",
        },
        {
          name: "in percent",
          lines: [patch({ behavior: { scaleUp: { tolerance: "5" } } })],
          says: "which is 500% too much",
        },
        {
          name: "seven percent",
          lines: [patch({ behavior: { scaleUp: { tolerance: "0.07" } } })],
          says: "which is 7% too much",
        },
        {
          name: "eight pods for good",
          lines: [patch({ minReplicas: 8 })],
          says: "it keeps at least 8 pods",
        },
        {
          name: "another target",
          lines: [patch({ metrics: cpuOf("80m") })],
          says: "its target is 80m",
        },
      ],
    },
  ],
});
