import {
  defineLesson,
  deploymentAvailable,
  finding,
  firstOf,
  formatSelector,
  quantityOf,
  query,
  selects,
} from "../../lib/lesson/mod.ts";
import type {
  Deployment,
  Finding,
  HorizontalPodAutoscaler,
  KubeObject,
  LabelSelector,
  LabView,
  Pod,
  Service,
} from "../../lib/lesson/mod.ts";

const APP = "shop";
const PORT = 30951;
const HPA = "horizontalpodautoscalers.autoscaling";
const PROMETHEUS = "http://127.0.0.1:30950";
/** How many requests a second are for one pod. */
const TARGET = 10;
const LEAST = 1;
const MOST = 5;
/** How many pods the visitors bring at least. */
const UP = 3;

/** An endpoint of a monitor: a port by its name, or by its number. */
interface Endpoint {
  port?: string;
}

/** What there is of a ServiceMonitor and of a PodMonitor here, and what the Prometheus object selects of either. */
interface Monitor extends KubeObject {
  spec?: { selector?: LabelSelector; endpoints?: Endpoint[]; podMetricsEndpoints?: Endpoint[] };
}

type MonitorKind = "serviceMonitor" | "podMonitor";

interface PrometheusObject extends KubeObject {
  spec?: Partial<Record<`${MonitorKind}Selector`, LabelSelector | null>>;
}

interface ScrapeTarget {
  labels: Record<string, string>;
  scrapeUrl: string;
  health: string;
  lastError: string;
}

async function theDeployment(view: LabView): Promise<Deployment | undefined> {
  return await view.get<Deployment>("deployments.apps", "default", APP);
}

/** The Deployment of that name, and its pods. */
async function there(view: LabView): Promise<Finding[]> {
  if (await theDeployment(view)) return await deploymentAvailable("default", APP, "")(view);
  return [finding(
    [
      `a Deployment ${APP} in the namespace default`,
      "there is none",
      "its pods are what visitors reach, what is scraped and what is scaled",
      `write one, named ${APP}, with one pod, and apply it`,
    ],
    [
      `네임스페이스 default에 Deployment ${APP}`,
      "없습니다",
      "방문자를 맞고, 수집되고, 스케일되는 것이 그 파드입니다",
      `이름이 ${APP}이고 파드가 하나인 것을 써서 적용하세요`,
    ],
  )];
}

/** Whether a Service leads to pods with these labels; one without a selector leads to none. */
function leadsTo({ spec }: Service, labels: Record<string, string> | undefined): boolean {
  const matchLabels = spec?.selector ?? {};
  return Object.keys(matchLabels).length > 0 && selects({ matchLabels }, labels);
}

/** The pods of the application that are not on their way out. */
async function podsOf(view: LabView): Promise<Pod[]> {
  const selector = (await theDeployment(view))?.spec?.selector;
  const pods = await view.list<Pod>("pods", { namespace: "default" });
  return pods.filter(({ metadata }) =>
    selects(selector, metadata.labels) && metadata.deletionTimestamp === undefined
  );
}

/** Whoever comes to the node port reaches the application. */
async function isReachable(view: LabView) {
  const labels = (await theDeployment(view))?.spec?.template?.metadata?.labels ?? {};
  const service = (await view.list<Service>("services", { namespace: "default" }))
    .find(({ spec }) => spec?.ports?.some(({ nodePort }) => nodePort === PORT));
  const expected = [
    `a Service of ${APP} with the node port ${PORT}`,
    `${APP}의 Service, 노드 포트 ${PORT}`,
  ];
  if (!service) {
    return [finding(
      [
        expected[0],
        `no Service has the node port ${PORT}`,
        "it is the door by which visitors come from outside",
        `a Service of type NodePort, nodePort: ${PORT}`,
      ],
      [
        expected[1],
        `노드 포트 ${PORT}인 Service가 없습니다`,
        "밖에서 오는 방문자의 문입니다",
        `NodePort 유형의 Service, nodePort: ${PORT}`,
      ],
    )];
  }
  const { name } = service.metadata;
  const selector = service.spec?.selector ?? {};
  if (leadsTo(service, labels)) return [];
  return [finding(
    [
      expected[0],
      `the Service ${name} selects no pod of ${APP}: it wants ${JSON.stringify(selector)}`,
      `the pods of ${APP} have ${JSON.stringify(labels)}`,
      "make spec.selector of the Service and the labels of the pods agree",
    ],
    [
      expected[1],
      `Service ${name}이(가) ${APP}의 파드를 고르지 않습니다. 찾는 것: ${JSON.stringify(selector)}`,
      `${APP}의 파드에 있는 것: ${JSON.stringify(labels)}`,
      "Service의 spec.selector와 파드의 레이블을 맞추세요",
    ],
  )];
}

async function targetsOf(view: LabView): Promise<ScrapeTarget[]> {
  const { code, text } = await view.http(`${PROMETHEUS}/api/v1/targets?state=active`);
  if (code !== 200) return [];
  const all: ScrapeTarget[] = JSON.parse(text).data.activeTargets;
  const pods = (await podsOf(view)).map(({ metadata }) => metadata.name);
  return all.filter(({ labels }) => labels.namespace === "default" && pods.includes(labels.pod));
}

/** Prometheus has numbers of the application's own. */
async function isScraped(view: LabView) {
  const targets = await targetsOf(view);
  const series = await query(
    view,
    `count({namespace="default",pod=~"${APP}-.*",job!~"kubelet|kube-state-metrics",` +
      `__name__!~"up|scrape_.*|kube_.*|container_.*"})`,
  );
  if (targets.some(({ health }) => health === "up") && (series?.[0]?.value ?? 0) > 0) return [];
  return await monitorMistake(view, targets) ?? [finding(
    [
      `a target of ${APP} that is up, in Prometheus`,
      "it is on its way",
      "the operator writes Prometheus's configuration, the kubelet brings it, Prometheus reads it and scrapes",
      "give it time: clock +1m",
    ],
    [
      `Prometheus에 ${APP}의 up인 대상`,
      "아직 가는 중입니다",
      "operator가 Prometheus의 설정을 쓰고, kubelet이 넣고, Prometheus가 읽은 뒤 수집합니다",
      "시간을 주세요: clock +1m",
    ],
    { waits: true },
  )];
}

/** What keeps Prometheus from the application; undefined where time will bring it. */
async function monitorMistake(
  view: LabView,
  targets: ScrapeTarget[],
): Promise<Finding[] | undefined> {
  const down = targets.find(({ health }) => health === "down");
  if (down) {
    return [finding(
      [
        `a target of ${APP} that is up, in Prometheus`,
        `${down.scrapeUrl} is down: ${down.lastError}`,
        "Prometheus asks there, and gets no metrics",
        "which port, and which path, has the application's metrics? A monitor's endpoint names both",
      ],
      [
        `Prometheus에 ${APP}의 up인 대상`,
        `${down.scrapeUrl}이(가) down입니다: ${down.lastError}`,
        "Prometheus가 거기에 묻는데 메트릭이 오지 않습니다",
        "애플리케이션의 메트릭은 어느 포트, 어느 경로에 있나요? 모니터의 endpoint에 둘 다 적습니다",
      ],
    )];
  }
  const monitors = await monitorsOf(view);
  const read = monitors.filter(({ isSelected }) => isSelected);
  const right = read.filter(({ ports }) => ports !== undefined);
  // Those that Prometheus reads and that find the application come first: no other is to blame beside them.
  if (right.length > 0) return portMistake(right);
  const found = monitors.find(({ ports }) => ports !== undefined);
  const unread = found ?? (read.length === 0 ? monitors[0] : undefined);
  if (unread) return unselected(unread);
  if (read.length > 0) return findsNone(read[0]);
  return [finding(
    [
      `a ServiceMonitor or a PodMonitor for ${APP}`,
      "there is neither in the namespace default",
      "Prometheus scrapes what monitors select, and nothing else",
      "write one, and apply it",
    ],
    [
      `${APP}에 대한 ServiceMonitor나 PodMonitor`,
      "네임스페이스 default에 둘 다 없습니다",
      "Prometheus는 모니터가 고른 것만 수집합니다",
      "하나를 써서 적용하세요",
    ],
  )];
}

/** A monitor of the namespace, what Prometheus selects of its kind, and which ports it has to choose from. */
interface Candidate {
  kind: MonitorKind;
  monitor: Monitor;
  wanted: LabelSelector | undefined;
  isSelected: boolean;
  /** The names of the application's ports that it finds; undefined where it does not find the application. */
  ports: string[] | undefined;
}

/** The monitors that might be meant for the application: not the chart's, nor those of other applications. */
async function monitorsOf(view: LabView): Promise<Candidate[]> {
  const [server] = await view.list<PrometheusObject>("prometheuses.monitoring.coreos.com");
  const namespace = { namespace: "default" };
  const template = (await theDeployment(view))?.spec?.template;
  const own = template?.metadata?.labels;
  const services = await view.list<Service>("services", namespace);
  const pods = await view.list<Pod>("pods", namespace);
  const containerPorts = template?.spec?.containers?.flatMap(({ ports = [] }) => ports) ?? [];
  const candidates: Candidate[] = [];
  for (const kind of ["serviceMonitor", "podMonitor"] as const) {
    const wanted = server?.spec?.[`${kind}Selector`] ?? undefined;
    const all = await view.list<Monitor>(
      `${kind.toLowerCase()}s.monitoring.coreos.com`,
      namespace,
    );
    for (const monitor of all) {
      const { labels } = monitor.metadata;
      if (labels?.["app.kubernetes.io/part-of"] || labels?.chart) continue;
      const selector = monitor.spec?.selector;
      const found = services.filter(({ metadata }) => selects(selector, metadata.labels));
      const ofOwn = found.filter((service) => leadsTo(service, own));
      const isOwn = kind === "serviceMonitor" ? ofOwn.length > 0 : selects(selector, own);
      const isOfOthers = kind === "serviceMonitor"
        ? found.length > 0
        : pods.some(({ metadata }) => selects(selector, metadata.labels));
      if (!isOwn && isOfOthers) continue;
      const ports = kind === "serviceMonitor"
        ? ofOwn.flatMap(({ spec }) => spec?.ports ?? [])
        : containerPorts;
      candidates.push({
        kind,
        monitor,
        wanted,
        isSelected: selects(wanted, labels),
        ports: isOwn ? ports.map(({ name }) => name ?? "") : undefined,
      });
    }
  }
  return candidates;
}

const KIND = { serviceMonitor: "ServiceMonitor", podMonitor: "PodMonitor" } as const;

/** No endpoint of any of them names a port that is there; undefined where one does. */
function portMistake(monitors: Candidate[]): Finding[] | undefined {
  const lost = monitors.map(({ monitor, ports = [] }) => {
    const endpoints = monitor.spec?.endpoints ?? monitor.spec?.podMetricsEndpoints ?? [];
    return endpoints.every(({ port }) => port !== undefined && !ports.includes(port))
      ? endpoints[0]?.port ?? "?"
      : undefined;
  });
  const [port] = lost;
  if (port === undefined || lost.includes(undefined)) return undefined;
  const [{ kind, monitor: { metadata: { name } }, ports = [] }] = monitors;
  const isOfService = kind === "serviceMonitor";
  const names = ports.join(", ");
  return [finding(
    [
      `a port named "${port}", which ${KIND[kind]} ${name} asks for`,
      `the ${isOfService ? "Service" : "container"}'s ports are named: ${
        names || "none has a name"
      }`,
      `an endpoint of a ${KIND[kind]} names a port of the ${
        isOfService ? "Service" : "container"
      } by its name; with another there is no target`,
      "give both the same name",
    ],
    [
      `${KIND[kind]} ${name}이(가) 찾는 이름이 "${port}"인 포트`,
      `${isOfService ? "Service" : "컨테이너"}의 포트 이름: ${names || "없음"}`,
      `${KIND[kind]}의 endpoint는 ${
        isOfService ? "Service" : "컨테이너"
      }의 포트를 이름으로 가리킵니다. 이름이 다르면 대상이 없습니다`,
      "둘의 이름을 같게 하세요",
    ],
  )];
}

/** Prometheus does not select the monitor. */
function unselected({ kind, monitor: { metadata }, wanted }: Candidate): Finding[] {
  const labels = formatSelector({ matchLabels: metadata.labels }, "");
  const field = `spec.${kind}Selector`;
  return [finding(
    [
      `a monitor of ${APP} that Prometheus reads`,
      wanted
        ? `Prometheus selects ${KIND[kind]}s with ${
          formatSelector(wanted)
        }, and ${metadata.name} has ${labels || "no labels"}`
        : `${field} of the Prometheus object is not set, so it selects no ${KIND[kind]}`,
      "the Prometheus object selects monitors by their labels; any other is not even looked at",
      "see what it selects: kubectl get prometheus -o yaml",
    ],
    [
      `Prometheus가 읽는 ${APP}의 모니터`,
      wanted
        ? `Prometheus는 ${formatSelector(wanted)}인 ${
          KIND[kind]
        }만 고르는데 ${metadata.name}의 레이블은 ${labels || "없음"}`
        : `Prometheus 오브젝트의 ${field}가 없어 ${KIND[kind]}를 하나도 고르지 않습니다`,
      "Prometheus 오브젝트는 레이블로 모니터를 고르고, 나머지는 보지도 않습니다",
      "무엇을 고르는지 보세요: kubectl get prometheus -o yaml",
    ],
  )];
}

/** Prometheus reads the monitor, and the monitor finds nothing. */
function findsNone({ kind, monitor: { metadata, spec } }: Candidate): Finding[] {
  const selector = formatSelector(spec?.selector);
  const isOfService = kind === "serviceMonitor";
  return [finding(
    [
      isOfService
        ? `a monitor that selects the Service of ${APP}`
        : `a monitor that selects the pods of ${APP}`,
      `the ${KIND[kind]} ${metadata.name} selects ${selector}, and no ${
        isOfService ? "Service" : "pod"
      } has that`,
      isOfService
        ? "a ServiceMonitor goes by labels of Services, not of their pods"
        : "a PodMonitor goes by labels of pods",
      `make its spec.selector and the labels of the ${isOfService ? "Service" : "pods"} agree`,
    ],
    [
      isOfService ? `${APP}의 Service를 고르는 모니터` : `${APP}의 파드를 고르는 모니터`,
      `${KIND[kind]} ${metadata.name}이(가) ${selector}을(를) 찾는데 그런 ${
        isOfService ? "Service" : "파드"
      }가 없습니다`,
      isOfService
        ? "ServiceMonitor는 파드가 아니라 Service의 레이블로 찾습니다"
        : "PodMonitor는 파드의 레이블로 찾습니다",
      `spec.selector와 ${isOfService ? "Service" : "파드"}의 레이블을 맞추세요`,
    ],
  )];
}

async function theHpa(view: LabView): Promise<HorizontalPodAutoscaler | undefined> {
  const all = await view.list<HorizontalPodAutoscaler>(HPA, { namespace: "default" });
  return all.find(({ spec }) => spec?.scaleTargetRef.name === APP);
}

interface ScaledObject extends KubeObject {
  spec?: {
    scaleTargetRef: { name: string };
    minReplicaCount?: number;
    idleReplicaCount?: number;
    maxReplicaCount?: number;
  };
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

async function scaledObjectOf(view: LabView): Promise<ScaledObject | undefined> {
  const all = await view.list<ScaledObject>("scaledobjects.keda.sh", { namespace: "default" });
  return all.find(({ spec }) => spec?.scaleTargetRef.name === APP);
}

/**
 * The bounds of what scales the application. A ScaledObject's are its own: the HPA that KEDA makes for it begins at 1
 * where KEDA itself goes down to 0. Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go (GetHPAMinReplicas).
 */
function boundsOf(hpa?: HorizontalPodAutoscaler, scaledObject?: ScaledObject) {
  if (scaledObject?.spec) {
    const { minReplicaCount = 0, idleReplicaCount = minReplicaCount, maxReplicaCount = 100 } =
      scaledObject.spec;
    return { least: idleReplicaCount, most: maxReplicaCount };
  }
  return { least: hpa?.spec?.minReplicas ?? 1, most: hpa?.spec?.maxReplicas };
}

/** An HPA of one's own or of KEDA's scales the application, between the bounds, by the target. */
async function isScaled(view: LabView) {
  const hpa = await theHpa(view);
  const scaledObject = await scaledObjectOf(view);
  const ready = scaledObject?.status?.conditions?.find(({ type }) => type === "Ready");
  const isRefused = ready?.status === "False";
  const { least, most } = boundsOf(hpa, scaledObject);
  const isBounded = least === LEAST && most === MOST;
  if (scaledObject && !hpa && (isRefused || isBounded)) {
    const { name } = scaledObject.metadata;
    return [finding(
      [
        `the HPA that KEDA makes for ${name}`,
        isRefused ? `KEDA makes none: ${ready?.message}` : "KEDA has not made it yet",
        "a ScaledObject scales nothing by itself between 1 and its maximum: that is its HPA's work",
        isRefused ? `kubectl describe scaledobject ${name}` : "give it a moment: clock +30s",
      ],
      [
        `KEDA가 ${name}에 대해 만드는 HPA`,
        isRefused ? `KEDA가 만들지 못합니다: ${ready?.message}` : "KEDA가 아직 만들지 않았습니다",
        "1개와 최대 사이에서 스케일하는 것은 ScaledObject가 아니라 그 HPA입니다",
        isRefused ? `kubectl describe scaledobject ${name}` : "잠시 기다리세요: clock +30s",
      ],
      { waits: !isRefused },
    )];
  }
  if (!hpa && !scaledObject) {
    return [finding(
      [
        `an HPA, or a ScaledObject, for the Deployment ${APP}`,
        "nothing scales it",
        "what is scaled is told by scaleTargetRef",
        `apply one whose scaleTargetRef says kind: Deployment, name: ${APP}`,
      ],
      [
        `Deployment ${APP}에 대한 HPA나 ScaledObject`,
        "스케일하는 것이 없습니다",
        "무엇을 스케일하는지는 scaleTargetRef에 씁니다",
        `scaleTargetRef에 kind: Deployment, name: ${APP}이라고 쓴 것을 적용하세요`,
      ],
    )];
  }
  if (!isBounded) {
    return [finding(
      [
        `from ${LEAST} to ${MOST} replicas`,
        `it goes from ${least} to ${most}`,
        "the upper bound is what a mistake in the metric can cost at most",
        "set both bounds; a ScaledObject without them has 0 and 100",
      ],
      [
        `레플리카 ${LEAST}개에서 ${MOST}개`,
        `${least}개에서 ${most}개까지입니다`,
        "위의 한도는 메트릭이 틀렸을 때 치를 수 있는 가장 큰 대가입니다",
        "한도를 둘 다 쓰세요. 쓰지 않은 ScaledObject는 0과 100입니다",
      ],
    )];
  }
  const metrics = hpa?.spec?.metrics ?? [];
  const [own] = ownTargets(hpa);
  if (own) return ownTargets(hpa).some(isTarget) ? [] : targetMistake(own);
  return [finding(
    [
      "a metric of the application's own",
      "its metric is " +
      (metrics.map(({ resource }) => resource?.name ?? "?").join(", ") || "the CPU"),
      "that is what the kubelet measures, whatever the application counts",
      "a metric of type Pods, Object or External",
    ],
    [
      "애플리케이션이 직접 내보내는 메트릭",
      `메트릭이 ${metrics.map(({ resource }) => resource?.name ?? "?").join(", ") || "CPU"}입니다`,
      "그것은 애플리케이션이 무엇을 세든 kubelet이 재는 것입니다",
      "Pods, Object, External 유형의 메트릭",
    ],
  )];
}

/** The targets of the metrics that are not the kubelet's. */
function ownTargets(hpa: HorizontalPodAutoscaler | undefined) {
  return hpa?.spec?.metrics?.flatMap(({ pods, object, external }) =>
    (pods ?? object ?? external)?.target ?? []
  ) ?? [];
}

type Target = ReturnType<typeof ownTargets>[number];

const isTarget = ({ averageValue }: Target) => quantityOf(averageValue) === TARGET;

function targetMistake({ averageValue, value }: Target): Finding[] {
  const isOfAll = averageValue === undefined;
  return [finding(
    [
      `a target of ${TARGET} requests a second for each pod`,
      isOfAll ? `its target is a Value of ${value}` : `its target is ${averageValue} for each pod`,
      isOfAll
        ? "a Value is for all pods together, and more pods do not make a total smaller"
        : "how many pods a load brings is what comes in, divided by the target",
      `AverageValue ${TARGET}; in a ScaledObject it is the trigger's threshold`,
    ],
    [
      `파드마다 초당 요청 ${TARGET}개라는 목표`,
      isOfAll ? `목표가 Value ${value}입니다` : `목표가 파드마다 ${averageValue}입니다`,
      isOfAll
        ? "Value는 모든 파드를 합친 것에 대한 목표이고, 파드가 늘어도 합계는 줄지 않습니다"
        : "부하에 파드가 몇 개 필요한지는 들어오는 것을 목표로 나눈 것입니다",
      `AverageValue ${TARGET}. ScaledObject에서는 트리거의 threshold입니다`,
    ],
  )];
}

/** What the HPA reads now: as it shows it, value / target, and their ratio. */
function readingOf(hpa: HorizontalPodAutoscaler | undefined) {
  const [asked] =
    hpa?.spec?.metrics?.flatMap(({ pods, object, external }) => pods ?? object ?? external ?? []) ??
      [];
  const [read] =
    hpa?.status?.currentMetrics?.flatMap(({ pods, object, external }) =>
      pods ?? object ?? external ?? []
    ) ?? [];
  const current = read?.current.averageValue ?? read?.current.value;
  const target = asked?.target.averageValue ?? asked?.target.value;
  if (current === undefined || target === undefined) return undefined;
  return { text: `${current}/${target}`, ratio: quantityOf(current) / quantityOf(target) };
}

/** The HPA has a number for its metric. */
async function isRead(view: LabView) {
  const hpa = await theHpa(view);
  const active = hpa?.status?.conditions?.find(({ type }) => type === "ScalingActive");
  if (active?.status === "True" && readingOf(hpa)) return [];
  const name = hpa?.metadata.name;
  if (active?.reason === "ScalingDisabled") {
    return [finding(
      [
        `an HPA that scales, and ${LEAST} pod at least`,
        "there is no pod: the Deployment is scaled to 0, and that turns its HPA off",
        "an HPA takes 0 replicas for a wish of somebody's, and neither asks nor scales",
        `kubectl scale deployment ${APP} --replicas=${LEAST}`,
      ],
      [
        `스케일하는 HPA와 파드 ${LEAST}개 이상`,
        "파드가 없습니다. Deployment를 0으로 스케일하면 HPA가 꺼집니다",
        "HPA는 레플리카 0을 누군가 원한 것으로 여기고, 묻지도 스케일하지도 않습니다",
        `kubectl scale deployment ${APP} --replicas=${LEAST}`,
      ],
    )];
  }
  return [finding(
    [
      `a number in TARGETS of the HPA ${name}`,
      active?.status === "False" ? `it reads none: ${active.reason}` : "it has not asked yet",
      "between the application and the HPA there are many hops, and the first that is broken is the cause",
      `let it name that one: why hpa/${name}; what is new takes a minute or two`,
    ],
    [
      `HPA ${name}의 TARGETS에 수`,
      active?.status === "False" ? `읽지 못합니다: ${active.reason}` : "아직 묻지 않았습니다",
      "애플리케이션과 HPA 사이에는 지점이 여럿 있고, 처음 끊긴 곳이 원인입니다",
      `어디인지 물어보세요: why hpa/${name}. 새것은 1~2분 걸립니다`,
    ],
    { waits: true },
  )];
}

/** So many pods are there, and it is the HPA that has them, for its metric. */
async function cameUp(view: LabView) {
  const hpa = await theHpa(view);
  const { desiredReplicas = 0, lastScaleTime } = hpa?.status ?? {};
  const ready = (await theDeployment(view))?.status?.readyReplicas ?? 0;
  const reading = readingOf(hpa);
  const isSince = Date.parse(lastScaleTime ?? "") >= Math.floor(view.since / 1000) * 1000;
  // Who had sent visitors before has an HPA that is there already, and is held there by its metric.
  const isAsked = desiredReplicas >= UP && (isSince || (reading?.ratio ?? 0) >= 0.5);
  if (isAsked && ready >= UP) return [];
  const expected = [
    `${UP} pods or more, ready, that the HPA has asked for under load`,
    `부하를 받아 HPA가 요구한, 준비된 파드 ${UP}개 이상`,
  ];
  if (isAsked) {
    return [finding(
      [
        expected[0],
        `${ready} of ${desiredReplicas} are ready`,
        "pods take a moment to start",
        "give it a moment: clock +30s",
      ],
      [
        expected[1],
        `${desiredReplicas}개 중 ${ready}개 준비`,
        "파드가 시작하는 데 시간이 걸립니다",
        "잠시 기다리세요: clock +30s",
      ],
      { waits: true },
    )];
  }
  const text = reading?.text ?? "<unknown>";
  const isByHand = ready >= UP;
  return [finding(
    [
      expected[0],
      isByHand
        ? `there are ${ready}, and it is not the HPA that wants them: its metric is ${text}`
        : `it wants ${desiredReplicas}, and its metric is ${text}`,
      isByHand
        ? "what is scaled by hand is put right by the HPA before long"
        : `${TARGET} requests a second are for one pod: do the visitors come, and does the metric see them?`,
      `send some to http://127.0.0.1:${PORT}, for minutes; then graph, or decide hpa/${hpa?.metadata.name}`,
    ],
    [
      expected[1],
      isByHand
        ? `${ready}개가 있지만 HPA가 원한 것이 아닙니다. 메트릭은 ${text}입니다`
        : `${desiredReplicas}개를 원하고, 메트릭은 ${text}입니다`,
      isByHand
        ? "손으로 스케일한 것은 HPA가 머지않아 되돌립니다"
        : `초당 요청 ${TARGET}개가 파드 하나의 몫입니다. 방문자가 오나요? 메트릭이 그것을 보나요?`,
      `몇 분 동안 http://127.0.0.1:${PORT} 로 보내세요. 그다음 graph나 decide hpa/${hpa?.metadata.name}`,
    ],
  )];
}

/** The HPA wants one, and one is there; it may have been long since that it came to that. */
async function cameDown(view: LabView) {
  const hpa = await theHpa(view);
  const replicas = (await theDeployment(view))?.spec?.replicas ?? 0;
  if (replicas === LEAST && hpa?.status?.desiredReplicas === LEAST) return [];
  const reading = readingOf(hpa)?.text ?? "<unknown>";
  return [finding(
    [
      `${LEAST} pod, when nobody visits any more`,
      `there are ${replicas}, and the metric is ${reading}`,
      "it waits until five minutes have asked for less. A metric that never falls is a count, and wants rate(); one that is above its target still has visitors",
      "let the visitors go, and give it time: clock +7m; graph shows whether the metric falls",
    ],
    [
      `방문자가 없으면 파드 ${LEAST}개`,
      `${replicas}개이고, 메트릭은 ${reading}입니다`,
      "더 적게 원하는 5분을 기다립니다. 전혀 줄지 않는 메트릭은 센 수이고 rate()가 필요합니다. 목표보다 높으면 아직 방문자가 있습니다",
      "방문자를 보내고 시간을 주세요: clock +7m. 메트릭이 줄어드는지는 graph에 보입니다",
    ],
    { waits: true },
  )];
}

const IMAGE = "ghcr.io/stefanprodan/podinfo:6.9.2";

/** A line that applies objects. */
const apply = (...objects: Record<string, unknown>[]) =>
  `kubectl apply -f - <<'EOF'\n${
    objects.map((object) => JSON.stringify(object, null, 2)).join("\n---\n")
  }\nEOF`;

const labels = { app: APP };

const deployment = (image = IMAGE) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: APP, labels },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [{
          name: APP,
          image,
          ports: [{ name: "web", containerPort: 9898 }],
          readinessProbe: { httpGet: { path: "/readyz", port: "web" } },
          resources: { requests: { cpu: "50m" }, limits: { memory: "64Mi" } },
        }],
      },
    },
  },
});

const service = (spec: Record<string, unknown> = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: APP, labels },
  spec: {
    type: "NodePort",
    selector: labels,
    ports: [{ name: "web", port: 80, targetPort: "web", nodePort: PORT }],
    ...spec,
  },
});

const monitor = (
  endpoint: Record<string, unknown> = {},
  own: Record<string, string> = { release: "operator" },
  matchLabels: Record<string, string> = labels,
) => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: APP, labels: { ...labels, ...own } },
  spec: { selector: { matchLabels }, endpoints: [{ port: "web", interval: "15s", ...endpoint }] },
});

const POD_MONITOR = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PodMonitor",
  metadata: { name: APP, labels: { release: "operator" } },
  spec: { selector: { matchLabels: { run: APP } }, podMetricsEndpoints: [{ port: "web" }] },
};

const METRIC = `${APP}_requests_per_second`;
const VALUES = "helm_values/prometheus-adapter.yaml";

const hpa = (spec: Record<string, unknown> = {}, name = METRIC) => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: APP },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: APP },
    minReplicas: LEAST,
    maxReplicas: MOST,
    metrics: [{
      type: "Pods",
      pods: {
        metric: { name },
        target: { type: "AverageValue", averageValue: String(TARGET) },
      },
    }],
    ...spec,
  },
});

const scaledObject = (spec: Record<string, unknown> = {}, threshold = TARGET) => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: APP },
  spec: {
    scaleTargetRef: { name: APP },
    triggers: [{
      type: "prometheus",
      metadata: {
        serverAddress: "http://operator-kube-prometheus-s-prometheus.default.svc:9090",
        query: `sum(rate(http_requests_total{namespace="default",pod=~"${APP}-.*"}[1m]))`,
        threshold: String(threshold),
      },
    }],
    ...spec,
  },
});

const RULE = [
  `sed -i '/^[# ]*rules *:\\{0,1\\} *$/,$d' ${VALUES}`,
  `cat >> ${VALUES} <<'EOF'
rules:
  custom:
    - seriesQuery: 'http_requests_total{namespace!="",pod=~"${APP}-.*"}'
      resources:
        overrides:
          namespace: {resource: namespace}
          pod: {resource: pod}
      name:
        as: ${METRIC}
      metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)'
EOF`,
  "make install-prometheus-adapter",
];

const CPU = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
};

export default defineLesson({
  id: "19-capstone",
  title: { en: "Capstone: from an app to an HPA", ko: "마무리: 애플리케이션에서 HPA까지" },
  minutes: 40,
  requires: ["04-prometheus-operator"],
  noSkips: true,
  steps: [
    {
      kind: "task",
      id: "app",
      about: "service",
      solution: [apply(deployment(), service())],
      check: firstOf(there, isReachable),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        {
          name: "an image that is nowhere",
          lines: [apply(deployment("hpa-tutor/shop:1"), service())],
          says: "hpa-tutor/shop:1",
        },
        {
          name: "no Service",
          lines: [apply(deployment())],
          says: `no Service has the node port ${PORT}`,
        },
        {
          name: "a Service of other pods",
          lines: [apply(deployment(), service({ selector: { app: "store" } }))],
          says: `selects no pod of ${APP}`,
        },
      ],
    },
    {
      kind: "task",
      id: "scraped",
      about: "prometheus",
      solution: [apply(monitor())],
      check: firstOf(there, isReachable, isScraped),
      withinMs: 4 * 60_000,
      wrongAnswers: [
        {
          name: "annotations, which no operator reads",
          lines: [
            `kubectl annotate service ${APP} prometheus.io/scrape=true prometheus.io/port=9898`,
          ],
          says: "there is neither",
        },
        {
          name: "a monitor that nobody selects",
          lines: [apply(monitor({}, {}))],
          says: "selects ServiceMonitors with release=operator, and shop has app=shop",
        },
        {
          name: "a label of pods that the Service lacks",
          lines: [apply(monitor({}, undefined, { run: APP }))],
          says: "and no Service has that",
        },
        {
          name: "a PodMonitor by a label that no pod has",
          lines: [apply(POD_MONITOR)],
          says: "and no pod has that",
        },
        {
          name: "a port that is a number",
          lines: [apply(monitor({ port: "9898" }))],
          says: "the Service's ports are named: web",
        },
        {
          name: "a page that has no metrics",
          lines: [apply(monitor({ path: "/version" }))],
          says: "is down",
        },
      ],
    },
    {
      kind: "task",
      id: "read",
      about: "hpa",
      solution: [...RULE, apply(hpa())],
      check: firstOf(there, isReachable, isScraped, isScaled, isRead),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        { name: "a rule alone", lines: RULE, says: "nothing scales it" },
        {
          name: "the CPU",
          lines: [apply(hpa({ metrics: [CPU] }))],
          says: "its metric is cpu",
        },
        {
          name: "without a bound",
          lines: [...RULE, apply(hpa({ maxReplicas: 50 }))],
          says: "it goes from 1 to 50",
        },
        {
          name: "a ScaledObject that says no bounds",
          lines: ["make install-keda", apply(scaledObject())],
          says: "it goes from 0 to 100",
        },
        {
          name: "a ScaledObject without a lower bound",
          lines: ["make install-keda", apply(scaledObject({ maxReplicaCount: MOST })), "clock +1m"],
          says: "it goes from 0 to 5",
        },
        {
          name: "another threshold",
          lines: [
            "make install-keda",
            apply(scaledObject({ minReplicaCount: LEAST, maxReplicaCount: MOST }, 100)),
          ],
          says: "its target is 100 for each pod",
        },
        {
          name: "a target for all pods together",
          lines: [
            ...RULE,
            apply(hpa({
              metrics: [{
                type: "Object",
                object: {
                  describedObject: { apiVersion: "v1", kind: "Service", name: APP },
                  metric: { name: METRIC },
                  target: { type: "Value", value: String(TARGET) },
                },
              }],
            })),
          ],
          says: "its target is a Value of 10",
        },
        {
          name: "a metric that nobody serves",
          lines: [apply(hpa())],
          says: "FailedGetPodsMetric",
        },
      ],
    },
    {
      kind: "task",
      id: "up",
      about: "deployment",
      after: "read",
      solution: [`load http://127.0.0.1:${PORT} --rps 35 --for 4m`],
      check: firstOf(there, isScaled, isRead, cameUp),
      withinMs: 2 * 60_000,
      wrongAnswers: [
        {
          name: "by hand",
          lines: [`kubectl scale deployment ${APP} --replicas=4`, "clock +1m"],
          says: "it is not the HPA that wants them",
        },
        {
          name: "by the lower bound",
          lines: [`kubectl patch hpa ${APP} -p '{"spec":{"minReplicas":3}}'`, "clock +1m"],
          says: "it goes from 3 to 5",
        },
        {
          name: "too few visitors",
          lines: [`load http://127.0.0.1:${PORT} --rps 2 --for 2m`],
          says: "requests a second are for one pod",
        },
      ],
    },
    {
      kind: "task",
      id: "down",
      about: "deployment",
      after: "up",
      solution: ["clock +7m"],
      check: firstOf(there, isScaled, isRead, cameDown),
      withinMs: 8 * 60_000,
      wrongAnswers: [
        {
          name: "the HPA taken away",
          lines: [`kubectl delete hpa ${APP}`, `kubectl scale deployment ${APP} --replicas=1`],
          says: "nothing scales it",
        },
        {
          name: "none, by hand",
          lines: [`kubectl scale deployment ${APP} --replicas=0`, "clock +1m"],
          says: "that turns its HPA off",
        },
        {
          name: "the upper bound lowered",
          lines: [`kubectl patch hpa ${APP} -p '{"spec":{"maxReplicas":1}}'`],
          says: "it goes from 1 to 1",
        },
        {
          name: "a count in the place of the rate",
          lines: [
            `sed -i 's/sum(rate(\\(.*\\)\\[1m\\]))/sum(\\1)/' ${VALUES}`,
            "make install-prometheus-adapter",
            "clock +9m",
          ],
          says: "a count, and wants rate()",
        },
      ],
    },
  ],
});
