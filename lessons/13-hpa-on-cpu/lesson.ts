import {
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  hpaIsThere,
  NO_READING,
  quantityOf,
  shown,
} from "../../lib/lesson/mod.ts";
import type { Deployment, HorizontalPodAutoscaler, LabView } from "../../lib/lesson/mod.ts";

const APP = "php-apache";
const HPA = "horizontalpodautoscalers.autoscaling";
const FILE = "on-cpu.yaml";
/** What one pod is to request, and what each is to use, in cores. */
const REQUEST = 0.2;
const EACH = 0.1;
/** The percentage that the HPA holds at first. */
const PERCENT = 50;

/** A web server that takes its time to be ready, with a second container beside it, and nothing requested for either. */
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
      terminationGracePeriodSeconds: 5
      containers:
        - name: ${APP}
          image: registry.k8s.io/hpa-example
          ports:
            - containerPort: 80
          readinessProbe:
            httpGet:
              path: /
              port: 80
            initialDelaySeconds: 120
        - name: logger
          image: busybox:1.36
          command: ["/bin/sh", "-c", "sleep infinity"]
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
  maxReplicas: 1
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: ${PERCENT}`;

type MetricSpec = NonNullable<NonNullable<HorizontalPodAutoscaler["spec"]>["metrics"]>[number];

async function theHpa(view: LabView): Promise<HorizontalPodAutoscaler | undefined> {
  return await view.get<HorizontalPodAutoscaler>(HPA, "default", APP);
}

/** The HPA's first metric, where it is CPU: of whole pods, or of one of their containers. */
function cpuOf({ resource, containerResource }: MetricSpec) {
  const metric = containerResource ?? resource;
  return metric?.name === "cpu"
    ? { ...metric, container: containerResource?.container }
    : undefined;
}

const isThere = hpaIsThere(APP, `kubectl apply -f ${FILE}`);

/** An HPA that asks for one container alone asks for the web server's. */
async function ofTheWebServer(view: LabView) {
  const [metric] = (await theHpa(view))?.spec?.metrics ?? [];
  const only = metric && cpuOf(metric)?.container;
  if (only === undefined || only === APP) return [];
  return [finding(
    [
      `an HPA on the CPU that ${APP} uses`,
      `it asks for the container ${only} alone`,
      `visitors cost ${APP} CPU; the container beside it knows nothing of them`,
      `container: ${APP}: kubectl edit hpa ${APP}`,
    ],
    [
      `${APP}가 쓰는 CPU를 보는 HPA`,
      `컨테이너 ${only}만 묻습니다`,
      `방문자가 쓰게 하는 것은 ${APP}의 CPU입니다. 옆의 컨테이너는 방문자를 모릅니다`,
      `container: ${APP}: kubectl edit hpa ${APP}`,
    ],
  )];
}

/** The HPA counts CPU in percent of what is requested, and holds the percentage of before. */
async function inPercent(view: LabView) {
  const [metric] = (await theHpa(view))?.spec?.metrics ?? [];
  const target = metric && cpuOf(metric)?.target;
  if (target?.type === "Utilization" && target.averageUtilization === PERCENT) return [];
  const isPercent = target?.type === "Utilization";
  return [finding(
    [
      `an HPA that holds ${PERCENT}% of what the pods request`,
      isPercent
        ? `it holds ${target.averageUtilization}%`
        : target
        ? `it counts millicores, ${target.averageValue}`
        : "it does not ask for cpu",
      isPercent
        ? "the target stays as it was: what is to be mended is what it is a percentage of"
        : "millicores need no request; here the percentage is to be understood first",
      `ask for it as before: kubectl apply -f ${FILE}`,
    ],
    [
      `파드가 request한 것의 ${PERCENT}%를 지키는 HPA`,
      isPercent
        ? `${target.averageUtilization}%를 지킵니다`
        : target
        ? `밀리코어 ${target.averageValue}(을)를 셉니다`
        : "cpu를 묻지 않습니다",
      isPercent
        ? "목표는 그대로 둡니다. 고칠 것은 무엇의 백분율인가입니다"
        : "밀리코어에는 request가 필요 없습니다. 여기서는 먼저 백분율을 알아봅니다",
      `처음처럼 묻게 하세요: kubectl apply -f ${FILE}`,
    ],
  )];
}

/** Whether a quantity of CPU is written in whole cores, not in thousandths. */
function isWholeCores(quantity: unknown): boolean {
  return quantityOf(quantity) >= 1 && !String(quantity).endsWith("m");
}

/** Each container that the percentage is of requests CPU, and the web server just so much. */
async function requested(view: LabView) {
  const deployment = await view.get<Deployment>("deployments.apps", "default", APP);
  const [metric] = (await theHpa(view))?.spec?.metrics ?? [];
  const only = metric && cpuOf(metric)?.container;
  const containers = deployment?.spec?.template?.spec?.containers ?? [];
  const milli = `${REQUEST * 1000}m`;
  for (const { name, resources: { requests = {}, limits = {} } = {} } of containers) {
    if (only !== undefined && name !== only) continue;
    const set = `kubectl set resources deployment ${APP} -c ${name} --requests=cpu=`;
    // A request that is left out is as large as the limit.
    const cpu = requests.cpu ?? limits.cpu;
    const isRight = name === APP ? quantityOf(cpu) === REQUEST : cpu !== undefined;
    if (isRight) continue;
    if (requests.cpu === undefined && limits.cpu !== undefined) {
      return [finding(
        [
          `the container ${name} requests ${milli} of CPU`,
          `it has only a limit, ${limits.cpu}, and so its pods request all of that`,
          "a request that is left out is as large as the limit: the percentage is then of the limit",
          `${set}${milli}`,
        ],
        [
          `컨테이너 ${name}이(가) CPU ${milli}을(를) request함`,
          `limit ${limits.cpu}만 있어서 파드는 그만큼을 모두 request합니다`,
          "request를 쓰지 않으면 limit과 같아집니다. 그러면 백분율은 limit에 대한 것이 됩니다",
          `${set}${milli}`,
        ],
      )];
    }
    if (cpu === undefined) {
      const memory = requests.memory === undefined
        ? { en: "", ko: "" }
        : { en: `memory, ${requests.memory}, but `, ko: `메모리 ${requests.memory}은(는) 있지만 ` };
      return [finding(
        [
          "every container requests CPU",
          `the container ${name} requests ${memory.en}no CPU`,
          "the percentage is of what all containers of a pod request together; where one requests nothing, there is none",
          `${set}${name === APP ? milli : "10m"}`,
        ],
        [
          "모든 컨테이너가 CPU를 request함",
          `컨테이너 ${name}에 ${memory.ko}CPU request가 없습니다`,
          "백분율은 파드의 모든 컨테이너가 request한 것의 합에 대한 것입니다. 하나라도 없으면 백분율도 없습니다",
          `${set}${name === APP ? milli : "10m"}`,
        ],
      )];
    }
    const isWhole = isWholeCores(cpu);
    return [finding(
      [
        `the container ${name} requests ${milli} of CPU`,
        isWhole
          ? `it requests ${cpu} whole ${Number(cpu) === 1 ? "core" : "cores"}`
          : `it requests ${cpu}`,
        isWhole
          ? "an m behind the number means thousandths; a pod that no node has room for stays Pending"
          : "the percentage is of the request: another request, another number of pods",
        `${set}${milli}`,
      ],
      [
        `컨테이너 ${name}이(가) CPU ${milli}을(를) request함`,
        isWhole ? `온전한 코어 ${cpu}개를 request합니다` : `${cpu}을(를) request합니다`,
        isWhole
          ? "수 뒤의 m은 천분의 일입니다. 자리가 있는 노드가 없으면 파드는 Pending으로 남습니다"
          : "백분율은 request에 대한 것입니다. request가 다르면 파드 수도 다릅니다",
        `${set}${milli}`,
      ],
    )];
  }
  return [];
}

/** The HPA shows a number of CPU. */
async function isRead(view: LabView) {
  const [now] = (await theHpa(view))?.status?.currentMetrics ?? [];
  const current = (now?.containerResource ?? now?.resource)?.current;
  if (current?.averageUtilization !== undefined) return [];
  return [finding(
    [
      "a percentage in TARGETS",
      "TARGETS says <unknown> still",
      "the new pods have to be ready and measured twice before there is a percentage of them",
      "give it a moment: clock +1m",
    ],
    [
      "TARGETS의 백분율",
      "TARGETS가 아직 <unknown>입니다",
      "새 파드가 준비되고 두 번 측정되어야 백분율이 나옵니다",
      "잠시 기다리세요: clock +1m",
    ],
    { waits: true },
  )];
}

/** The pods use far more than they are to. */
async function isLoaded(view: LabView) {
  const generator = await view.get("pods", "default", "load-generator");
  const decision = await view.decide("default", APP);
  const [metric] = decision?.derivation.metrics ?? [];
  if (metric?.ok && metric.proposal.ratio > 2) return [];
  return [finding(
    [
      "pods that use far more than the HPA wants them to",
      generator ? "the load does not show yet" : "nobody visits them",
      "what the HPA reads is a mean since the measurement before: load shows in it after half a minute",
      generator
        ? "give it a moment: clock +1m"
        : "kubectl apply -f examples/03_php_apache/load-generator.yaml",
    ],
    [
      "HPA가 원하는 것보다 훨씬 많이 쓰는 파드",
      generator ? "아직 부하가 보이지 않습니다" : "방문자가 없습니다",
      "HPA가 읽는 것은 지난번 측정 이후의 평균입니다. 부하가 나타나기까지 30초쯤 걸립니다",
      generator
        ? "잠시 기다리세요: clock +1m"
        : "kubectl apply -f examples/03_php_apache/load-generator.yaml",
    ],
    { waits: generator !== undefined },
  )];
}

/** The HPA holds millicores for each pod, and nothing else. */
async function inMillicores(view: LabView) {
  const metrics = (await theHpa(view))?.spec?.metrics ?? [];
  const expected = [
    `a target of ${EACH * 1000}m of CPU for each pod`,
    `파드마다 CPU ${EACH * 1000}m이 목표`,
  ];
  const change = `kubectl edit hpa ${APP}`;
  if (metrics.length > 1) {
    return [finding(
      [
        expected[0],
        `the HPA has ${metrics.length} metrics`,
        "of several metrics an HPA takes the one that wants the most pods: the other still counts",
        `leave one in spec.metrics: ${change}`,
      ],
      [
        expected[1],
        `HPA에 메트릭이 ${metrics.length}개 있습니다`,
        "메트릭이 여럿이면 HPA는 파드를 가장 많이 원하는 쪽을 따릅니다. 다른 하나도 여전히 셉니다",
        `spec.metrics에 하나만 남기세요: ${change}`,
      ],
    )];
  }
  const metric = metrics[0] && cpuOf(metrics[0]);
  const target = metric?.target;
  if (target?.type === "Utilization") {
    return [finding(
      [
        expected[0],
        `its target is ${target.averageUtilization}% of the request`,
        "a percentage moves with the request, and the number of pods moves with it",
        `say type: AverageValue, averageValue: ${EACH * 1000}m: ${change}`,
      ],
      [
        expected[1],
        `목표가 request의 ${target.averageUtilization}%입니다`,
        "백분율은 request를 따라 움직이고, 파드 수도 따라 움직입니다",
        `type: AverageValue, averageValue: ${EACH * 1000}m로 하세요: ${change}`,
      ],
    )];
  }
  if (target && quantityOf(target.averageValue) === EACH) return [];
  const isWhole = isWholeCores(target?.averageValue);
  return [finding(
    [
      expected[0],
      target ? `its target is ${target.averageValue} for each` : "it does not ask for cpu",
      isWhole
        ? "an m would make thousandths of these whole cores; no pod will ever use so many, so it never scales"
        : "the target is what each pod should use, on the average",
      `say averageValue: ${EACH * 1000}m of cpu: ${change}`,
    ],
    [
      expected[1],
      target ? `목표가 파드마다 ${target.averageValue}입니다` : "cpu를 묻지 않습니다",
      isWhole
        ? "온전한 코어입니다. m이 붙어야 천분의 일입니다. 그만큼 쓰는 파드는 없으므로 결코 늘리지 않습니다"
        : "목표는 파드 하나가 평균으로 써야 할 만큼입니다",
      `cpu의 averageValue를 ${EACH * 1000}m로 하세요: ${change}`,
    ],
  )];
}

/** A line that lets the HPA hold a target of CPU, in place of what it holds. */
function hold(...targets: Record<string, unknown>[]): string {
  return holdAll(targets.map((target) => ({
    type: "Resource",
    resource: { name: "cpu", target },
  })));
}

/** The same, of one container alone. */
function holdOf(container: string, target: Record<string, unknown>): string {
  return holdAll([{
    type: "ContainerResource",
    containerResource: { name: "cpu", container, target },
  }]);
}

function holdAll(metrics: Record<string, unknown>[]): string {
  return `kubectl patch hpa ${APP} --type merge -p '${JSON.stringify({ spec: { metrics } })}'`;
}

/** The HPA has as many pods as it wants, and more than one. */
async function hasGrown(view: LabView) {
  const hpa = await theHpa(view);
  const { currentReplicas = 0, desiredReplicas = 0, conditions = [] } = hpa?.status ?? {};
  const max = hpa?.spec?.maxReplicas ?? 0;
  const isHeld = conditions.some(({ reason }) => reason === "ScaleUpLimit");
  const isUnderWay = currentReplicas !== desiredReplicas;
  if (max >= 10 && currentReplicas > 1 && !isUnderWay && !isHeld) return [];
  return [finding(
    [
      "as many pods as the load asks for, of up to 10",
      max < 10
        ? `at most ${max} may be`
        : isUnderWay
        ? `${currentReplicas} of ${desiredReplicas}`
        : `${currentReplicas} so far`,
      max < 10
        ? "no metric brings more pods than maxReplicas says"
        : "at most four, or twice as many, in one go: the rest comes with the next sync, 15 seconds later",
      max < 10
        ? `kubectl patch hpa ${APP} --type merge -p '{"spec":{"maxReplicas":10}}'`
        : "give it a moment: clock +30s",
    ],
    [
      "부하가 요구하는 만큼의 파드, 최대 10개",
      max < 10
        ? `최대 ${max}개입니다`
        : isUnderWay
        ? `${desiredReplicas}개 중 ${currentReplicas}개`
        : `아직 ${currentReplicas}개`,
      max < 10
        ? "어떤 메트릭도 maxReplicas보다 많은 파드를 만들지 못합니다"
        : "한 번에 4개까지, 또는 두 배까지입니다. 나머지는 15초 뒤 다음 동기화에 늘어납니다",
      max < 10
        ? `kubectl patch hpa ${APP} --type merge -p '{"spec":{"maxReplicas":10}}'`
        : "잠시 기다리세요: clock +30s",
    ],
    { waits: max >= 10 },
  )];
}

/** Every pod is ready, and each uses about as much as it should. */
async function isSettled(view: LabView) {
  const decision = await view.decide("default", APP);
  const [metric] = decision?.derivation.metrics ?? [];
  if (metric?.ok && metric.proposal.rule === "within tolerance" && !metric.proposal.assumed) {
    return [];
  }
  return [finding(
    [
      "each pod near its target",
      "the new pods do not count yet",
      "a pod counts once it is ready and has been measured twice after that",
      "give it a minute: clock +1m",
    ],
    [
      "목표에 가까운 파드들",
      "새 파드가 아직 계산에 들어가지 않습니다",
      "파드는 준비되고 그 뒤 두 번 측정된 다음부터 계산에 들어갑니다",
      "1분 기다리세요: clock +1m",
    ],
    { waits: true },
  )];
}

async function isBackAtOne(view: LabView) {
  const replicas = (await theHpa(view))?.status?.currentReplicas ?? 0;
  if (replicas === 1) return [];
  const generator = await view.get("pods", "default", "load-generator");
  const isGone = !generator || generator.metadata.deletionTimestamp !== undefined;
  return [finding(
    [
      "1 replica",
      isGone ? `the HPA has ${replicas}` : "load-generator is still at it",
      "an HPA scales down only when no recommendation of the last 5 minutes asked for more",
      isGone ? "let the window pass: clock +1m" : "kubectl delete pod load-generator",
    ],
    [
      "레플리카 1개",
      isGone ? `HPA에는 ${replicas}개` : "load-generator가 아직 일하고 있습니다",
      "HPA는 지난 5분의 모든 권고가 더 적은 수일 때만 줄입니다",
      isGone ? "그 시간을 보내세요: clock +1m" : "kubectl delete pod load-generator",
    ],
    { waits: isGone },
  )];
}

export default defineLesson({
  id: "13-hpa-on-cpu",
  title: { en: "The HPA on CPU", ko: "CPU로 움직이는 HPA" },
  minutes: 25,
  requires: ["01-cluster"],
  setup: [`cat > ${FILE} <<'EOF'\n${MANIFEST}\nEOF`, `kubectl apply -f ${FILE}`],
  steps: [
    {
      kind: "run",
      id: "unknown",
      about: "hpa",
      lines: ["clock +3m", `kubectl get hpa ${APP}`],
      expect: {
        as: "table",
        output: [
          "NAME         REFERENCE               TARGETS              MINPODS   MAXPODS   REPLICAS   AGE",
          `${APP}   Deployment/${APP}   cpu: <unknown>/50%   1         1         1          <age>`,
        ].join("\n"),
      },
      look: {
        at: { en: "the TARGETS of the HPA", ko: "HPA의 TARGETS" },
        asks: [HPA],
        shows: [APP, ["<unknown>", "FailedGetResourceMetric"]],
      },
      check: deploymentAvailable("default", APP, `kubectl apply -f ${FILE}`),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "reason",
      about: "hpa",
      lines: [`kubectl describe hpa ${APP}`],
      look: {
        at: {
          en: "the reason of ScalingActive, and which container it names",
          ko: "ScalingActive의 이유, 그리고 거기 나오는 컨테이너",
        },
        asks: [HPA, "events", "events.events.k8s.io"],
        shows: [`missing request for cpu in container ${APP}`],
      },
      withinMs: 2 * 60_000,
    },
    {
      kind: "task",
      id: "request",
      about: "container",
      solution: [
        `kubectl set resources deployment ${APP} -c ${APP} --requests=cpu=200m`,
        `kubectl set resources deployment ${APP} -c logger --requests=cpu=10m`,
      ],
      check: firstOf(
        isThere,
        ofTheWebServer,
        requested,
        inPercent,
        deploymentAvailable("default", APP, `kubectl apply -f ${FILE}`),
        isRead,
      ),
      withinMs: 10 * 60_000,
      wrongAnswers: [
        {
          name: "the web server alone",
          lines: [`kubectl set resources deployment ${APP} -c ${APP} --requests=cpu=200m`],
          says: "the container logger requests no CPU",
        },
        {
          name: "a limit alone",
          lines: [`kubectl set resources deployment ${APP} --limits=cpu=500m`],
          says: "it has only a limit, 500m",
        },
        {
          name: "cores in place of thousandths",
          lines: [`kubectl set resources deployment ${APP} --requests=cpu=200`],
          says: "it requests 200 whole cores",
        },
        {
          name: "memory",
          lines: [`kubectl set resources deployment ${APP} --requests=memory=200Mi`],
          says: "requests memory, 200Mi, but no CPU",
        },
        {
          name: "millicores, which need no request",
          lines: [
            `kubectl set resources deployment ${APP} -c ${APP} --requests=cpu=200m`,
            `kubectl set resources deployment ${APP} -c logger --requests=cpu=10m`,
            hold({ type: "AverageValue", averageValue: "100m" }),
          ],
          says: "it counts millicores",
        },
        {
          name: "ten times the percentage",
          lines: [
            `kubectl set resources deployment ${APP} -c ${APP} --requests=cpu=200m`,
            `kubectl set resources deployment ${APP} -c logger --requests=cpu=10m`,
            hold({ type: "Utilization", averageUtilization: 500 }),
          ],
          says: "it holds 500%",
        },
        {
          name: "of the container beside it",
          lines: [
            `kubectl set resources deployment ${APP} -c logger --requests=cpu=10m`,
            holdOf("logger", { type: "Utilization", averageUtilization: PERCENT }),
          ],
          says: "it asks for the container logger alone",
        },
        {
          name: "more than a core, in thousandths",
          lines: [`kubectl set resources deployment ${APP} --requests=cpu=1500m`],
          says: "it requests 1500m",
        },
        {
          name: "a core",
          lines: [`kubectl set resources deployment ${APP} --requests=cpu=1`],
          says: "it requests 1 whole core",
        },
      ],
    },
    {
      kind: "run",
      id: "load",
      about: "container",
      lines: [
        "kubectl apply -f examples/03_php_apache/load-generator.yaml",
        "clock +2m",
        `kubectl get hpa ${APP}`,
      ],
      look: {
        at: { en: "the percentage in TARGETS under load", ko: "부하를 받을 때 TARGETS의 백분율" },
        asks: [HPA],
        shows: [APP, "<101..2000>"],
      },
      check: firstOf(isThere, isLoaded),
      withinMs: 3 * 60_000,
    },
    {
      kind: "predict",
      id: "wanted",
      about: "hpa",
      async answer(view) {
        const decision = await view.decide("default", APP);
        const [metric] = decision?.derivation.metrics ?? [];
        if (!metric?.ok) return NO_READING;
        const { replicas, ratio, utilization = 0, pods = 0, unrounded = replicas } =
          metric.proposal;
        return {
          value: replicas,
          arithmetic: [
            {
              en: `percentage / target = ${utilization} / ${PERCENT} = ${shown(ratio)}`,
              ko: `백분율 / 목표 = ${utilization} / ${PERCENT} = ${shown(ratio)}`,
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
      kind: "predict",
      id: "doubled",
      about: "hpa",
      async answer(view) {
        const decision = await view.decide("default", APP);
        const [metric] = decision?.derivation.metrics ?? [];
        if (!metric?.ok || metric.proposal.requestsTotalMilli === undefined) return NO_READING;
        const { usageMilli, requestsTotalMilli, samples = [], pods = 1, tolerances } =
          metric.proposal;
        const used = Number(usageMilli);
        const before = Number(requestsTotalMilli) / Math.max(samples.length, 1);
        const after = before + REQUEST * 1000;
        const percent = Math.floor(100 * used / after);
        const ratio = percent / PERCENT;
        const isSame = 1 - tolerances.scaleDown <= ratio && ratio <= 1 + tolerances.scaleUp;
        const unrounded = ratio * pods;
        const value = isSame ? pods : Math.ceil(unrounded);
        return {
          value,
          arithmetic: [
            {
              en: `used / requested = ${used}m / ${after}m = ${percent}%, not of ${before}m`,
              ko:
                `사용 / request = ${used}m / ${after}m = ${percent}%. ${before}m으로 나누지 않습니다`,
            },
            isSame
              ? {
                en: `${percent} / ${PERCENT} = ${
                  shown(ratio)
                }, within a tenth of 1: stays ${value}`,
                ko: `${percent} / ${PERCENT} = ${shown(ratio)}, 1에서 10분의 1 안: 그대로 ${value}`,
              }
              : {
                en: `${percent} / ${PERCENT} × ${pods} = ${shown(unrounded)}, rounded up: ${value}`,
                ko: `${percent} / ${PERCENT} × ${pods} = ${shown(unrounded)}, 올림: ${value}`,
              },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "absolute",
      about: "hpa",
      solution: [hold({ type: "AverageValue", averageValue: "100m" })],
      check: firstOf(isThere, ofTheWebServer, inMillicores),
      wrongAnswers: [
        {
          name: "a hundred percent",
          lines: [hold({ type: "Utilization", averageUtilization: 100 })],
          says: "its target is 100% of the request",
        },
        {
          name: "a hundred cores",
          lines: [hold({ type: "AverageValue", averageValue: "100" })],
          says: "no pod will ever use so many",
        },
        {
          name: "beside the percentage",
          lines: [
            hold(
              { type: "Utilization", averageUtilization: PERCENT },
              { type: "AverageValue", averageValue: "100m" },
            ),
          ],
          says: "the one that wants the most pods",
        },
        {
          name: "of memory",
          lines: [
            hold({ type: "AverageValue", averageValue: "100m" }).replace('"cpu"', '"memory"'),
          ],
          says: "it does not ask for cpu",
        },
        {
          name: "of the container beside it",
          lines: [holdOf("logger", { type: "AverageValue", averageValue: "100m" })],
          says: "it asks for the container logger alone",
        },
        {
          name: "fifteen times as much, in thousandths",
          lines: [hold({ type: "AverageValue", averageValue: "1500m" })],
          says: "the target is what each pod should use",
        },
      ],
    },
    {
      kind: "run",
      id: "grow",
      about: "hpa",
      after: "absolute",
      lines: [
        `kubectl patch hpa ${APP} --type merge -p '{"spec":{"maxReplicas":10}}'`,
        "clock +40s",
        `kubectl get hpa ${APP}`,
      ],
      look: {
        at: { en: "the replicas that the HPA made", ko: "HPA가 늘린 레플리카 수" },
        asks: [HPA],
        shows: [APP, "<2..10>"],
      },
      check: firstOf(isThere, hasGrown),
      withinMs: 2 * 60_000,
    },
    {
      kind: "predict",
      id: "warming-up",
      about: "hpa",
      async answer(view) {
        const decision = await view.decide("default", APP);
        const [metric] = decision?.derivation.metrics ?? [];
        if (!metric?.ok) return NO_READING;
        const { replicas, ratio, adjustedRatio, assumed = [], samples = [], usageMilli } =
          metric.proposal;
        const count = samples.length + assumed.length;
        const mean = Math.floor(Number(usageMilli) * samples.length / Math.max(count, 1));
        const target = EACH * 1000;
        const isSame = metric.proposal.rule !== "ratio times pods";
        return {
          value: replicas,
          arithmetic: [
            assumed.length === 0
              ? { en: "every pod counts", ko: "모든 파드가 계산에 들어갑니다" }
              : {
                en:
                  `${samples.length} counted, ${usageMilli}m each; ${assumed.length} not ready, as 0`,
                ko:
                  `센 파드 ${samples.length}개, 각각 ${usageMilli}m. 준비되지 않은 ${assumed.length}개는 0으로`,
              },
            {
              en: `mean / target = ${mean}m / ${target}m = ${shown(adjustedRatio ?? ratio)}`,
              ko: `평균 / 목표 = ${mean}m / ${target}m = ${shown(adjustedRatio ?? ratio)}`,
            },
            isSame
              ? {
                en: `within a tenth of 1, so it stays: ${replicas}`,
                ko: `1에서 10분의 1 안이므로 그대로: ${replicas}`,
              }
              : {
                en: `× ${count} pods, rounded up: ${replicas}`,
                ko: `× 파드 ${count}개, 올림: ${replicas}`,
              },
          ],
        };
      },
    },
    {
      kind: "run",
      id: "settled",
      about: "hpa",
      after: "grow",
      lines: ["clock +4m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "what each pod uses once all are ready", ko: "모두 준비된 뒤 파드마다 쓰는 양" },
        asks: [HPA],
        shows: [APP, "<60..120>m"],
      },
      check: firstOf(
        isThere,
        deploymentAvailable("default", APP, `kubectl apply -f ${FILE}`),
        isSettled,
      ),
      withinMs: 5 * 60_000,
    },
    {
      kind: "run",
      id: "quiet",
      about: "hpa",
      after: "grow",
      lines: ["kubectl delete pod load-generator", "clock +7m", `kubectl get hpa ${APP}`],
      look: {
        at: { en: "the HPA back at one replica", ko: "다시 하나가 된 HPA" },
        asks: [HPA],
        shows: [APP, "1"],
      },
      check: firstOf(isThere, isBackAtOne),
      withinMs: 5 * 60_000,
    },
  ],
});
