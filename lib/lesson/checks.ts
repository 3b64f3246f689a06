import { fromYaml, YamlError } from "../go/mod.ts";
import {
  conditionOf,
  type Deployment,
  isConditionTrue,
  isReady,
  type KubeObject,
  type Pod,
  selects,
} from "../kube/mod.ts";
import { dataOf } from "../prometheus/mod.ts";
import { type Finding, finding, type LabView } from "./lesson.ts";
import { prometheusOf } from "./_prometheus.ts";

/*
 * Checks that several lessons need. Each walks the hops a metric takes and stops at the first that is
 * broken, so that the finding names the cause and not its consequences.
 */

/** Runs checks in order and stops at the first with findings: later hops depend on earlier ones. */
export function firstOf(...checks: ((view: LabView) => Promise<Finding[]>)[]) {
  return async (view: LabView): Promise<Finding[]> => {
    for (const check of checks) {
      const findings = await check(view);
      if (findings.length > 0) return findings;
    }
    return [];
  };
}

/** There is a cluster, and its nodes are Ready. */
export async function clusterReady(view: LabView): Promise<Finding[]> {
  const nodes = await view.list("nodes");
  if (nodes.length === 0) {
    return [finding(
      [
        "a cluster that answers",
        "no cluster: nothing listens where kubectl asks",
        "every later step happens on this cluster",
        "create it: make install",
      ],
      [
        "응답하는 클러스터",
        "클러스터가 없습니다: kubectl이 요청하는 주소에 아무것도 없습니다",
        "이후의 모든 단계는 이 클러스터에서 진행됩니다",
        "클러스터를 만드세요: make install",
      ],
    )];
  }
  return nodes.filter((node) => !isReady(node)).map(({ metadata: { name } }) =>
    finding(
      [
        `node ${name} Ready`,
        "NotReady",
        "pods only run on ready nodes",
        "give it a moment: clock +30s",
      ],
      [
        `노드 ${name}이(가) Ready`,
        "NotReady",
        "파드는 준비된 노드에서만 실행됩니다",
        "잠시 기다리세요: clock +30s",
      ],
      { waits: true },
    )
  );
}

/** A Deployment exists and all of its replicas are available; otherwise says what holds its pods. */
export function deploymentAvailable(namespace: string, name: string, install: string) {
  return async (view: LabView): Promise<Finding[]> => {
    const deployment = await view.get<Deployment>("deployments.apps", namespace, name);
    if (!deployment) {
      return [finding(
        [
          `Deployment ${namespace}/${name}`,
          "there is no such Deployment",
          `the pods of ${name} do the work of this step`,
          `install it: ${install}`,
        ],
        [
          `Deployment ${namespace}/${name}`,
          "그런 Deployment가 없습니다",
          `${name}의 파드가 이 단계의 일을 합니다`,
          `설치하세요: ${install}`,
        ],
      )];
    }
    const wanted = deployment.spec?.replicas ?? 1;
    const available = deployment.status?.availableReplicas ?? 0;
    if (
      available >= wanted &&
      deployment.status?.observedGeneration === deployment.metadata.generation
    ) {
      return [];
    }
    const pods = (await view.list<Pod>("pods", { namespace }))
      .filter((pod) => selects(deployment.spec?.selector, pod.metadata.labels));
    const held = pods.map(holdUp).find((text) => text !== undefined);
    return [finding(
      [
        `Deployment ${namespace}/${name} available, ${wanted} of ${wanted}`,
        held ?? `${available} of ${wanted} available`,
        "a pod that is not ready gets no traffic from its Service",
        held
          ? `look closer: kubectl -n ${namespace} describe deploy ${name}, then describe its pod`
          : "give it a moment: clock +30s",
      ],
      [
        `Deployment ${namespace}/${name} 사용 가능, ${wanted}개 중 ${wanted}개`,
        held ?? `${wanted}개 중 ${available}개 사용 가능`,
        "준비되지 않은 파드는 Service의 트래픽을 받지 못합니다",
        held
          ? `자세히 보세요: kubectl -n ${namespace} describe deploy ${name}, 그다음 파드를 describe`
          : "잠시 기다리세요: clock +30s",
      ],
      // A node of a cluster that is just made takes no pods yet.
      { waits: held === undefined || /not-ready/.test(held) },
    )];
  };
}

/** Why a pod does not run, in kubectl's words; undefined while it is merely starting. */
function holdUp(pod: Pod): string | undefined {
  for (const status of pod.status?.containerStatuses ?? []) {
    const waiting = status.state?.waiting;
    if (waiting?.reason && !["ContainerCreating", "PodInitializing"].includes(waiting.reason)) {
      return `pod ${pod.metadata.name}: ${waiting.reason}${
        waiting.message ? `: ${waiting.message}` : ""
      }`;
    }
  }
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") {
    return `pod ${pod.metadata.name}: Pending: ${scheduled.message}`;
  }
}

/** An aggregated API is registered and answers. */
export function apiServiceAvailable(name: string, install: string) {
  return async (view: LabView): Promise<Finding[]> => {
    const apiService = await view.get("apiservices.apiregistration.k8s.io", "", name);
    if (!apiService) {
      return [finding(
        [
          `APIService ${name}`,
          "it is not registered",
          "without it the API server answers NotFound for the whole API group",
          `install what serves it: ${install}`,
        ],
        [
          `APIService ${name}`,
          "등록되어 있지 않습니다",
          "이것이 없으면 API 서버는 이 API 그룹 전체에 NotFound로 답합니다",
          `이 API를 제공하는 것을 설치하세요: ${install}`,
        ],
      )];
    }
    if (isConditionTrue(apiService, "Available")) return [];
    const condition = conditionOf(apiService, "Available");
    const said = condition && `${condition.reason}: ${condition.message}`;
    // No time brings a Service back.
    const isGone = condition?.reason === "ServiceNotFound";
    return [finding(
      [
        `APIService ${name} Available`,
        isGone ? `its Service is gone (${said})` : said ?? "not yet probed",
        "the API server passes requests on only to an APIService that answers",
        isGone
          ? `install again what serves it: ${install}`
          : `see why: kubectl describe apiservice ${name}`,
      ],
      [
        `APIService ${name} Available`,
        isGone ? `그 뒤의 Service가 없습니다 (${said})` : said ?? "아직 확인되지 않았습니다",
        "API 서버는 응답하는 APIService에만 요청을 넘깁니다",
        isGone
          ? `이 API를 제공하는 것을 다시 설치하세요: ${install}`
          : `이유를 보세요: kubectl describe apiservice ${name}`,
      ],
      { waits: !isGone },
    )];
  };
}

/** Prometheus answers on its node port. */
export async function prometheusAnswers(view: LabView): Promise<Finding[]> {
  if ("data" in await prometheusOf(view).get("status/buildinfo")) return [];
  const installed = await view.list("prometheuses.monitoring.coreos.com");
  const asleep = installed.find(({ spec }) => spec?.replicas === 0);
  if (asleep) return [noPrometheusPod(asleep)];
  return [finding(
    [
      "Prometheus answers at http://127.0.0.1:30950",
      "nothing answers there",
      "every later hop asks Prometheus",
      "install it, or give it a moment: make install-prometheus-operator, then clock +1m",
    ],
    [
      "Prometheus가 http://127.0.0.1:30950 에서 응답",
      "응답이 없습니다",
      "이후의 모든 단계는 Prometheus에 물어봅니다",
      "설치하거나 잠시 기다리세요: make install-prometheus-operator, 그다음 clock +1m",
    ],
    { waits: installed.length > 0 },
  )];
}

function noPrometheusPod({ metadata: { name, namespace } }: KubeObject): Finding {
  const wake =
    `kubectl -n ${namespace} patch prometheus ${name} --type=merge -p '{"spec":{"replicas":1}}'`;
  return finding(
    [
      "Prometheus answers at http://127.0.0.1:30950",
      `the Prometheus ${name} is at 0 replicas`,
      "every later hop asks Prometheus",
      `start it again: ${wake}`,
    ],
    [
      "Prometheus가 http://127.0.0.1:30950 에서 응답",
      `Prometheus ${name}의 레플리카가 0입니다`,
      "이후의 모든 단계는 Prometheus에 물어봅니다",
      `다시 띄우세요: ${wake}`,
    ],
  );
}

/**
 * A ServiceMonitor is read by the operator, finds its Service's port, and its targets are up: each
 * hop from the label that the operator selects to the sample.
 */
export function scraped(namespace: string, name: string, example: string) {
  return async (view: LabView): Promise<Finding[]> => {
    const monitor = await view.get("servicemonitors.monitoring.coreos.com", namespace, name);
    if (!monitor) {
      return [finding(
        [
          `ServiceMonitor ${namespace}/${name}`,
          "there is none",
          "the operator tells Prometheus to scrape what ServiceMonitors select, and nothing else",
          `apply it: kubectl apply -f ${example}`,
        ],
        [
          `ServiceMonitor ${namespace}/${name}`,
          "없습니다",
          "operator는 ServiceMonitor가 고른 것만 Prometheus가 수집하게 합니다",
          `적용하세요: kubectl apply -f ${example}`,
        ],
      )];
    }
    return await notSelected(view, monitor, example) ?? await noSuchPort(view, monitor) ??
      await notUp(view, monitor) ?? [];
  };
}

async function notSelected(
  view: LabView,
  monitor: KubeObject,
  example: string,
): Promise<Finding[] | undefined> {
  const [server] = await view.list("prometheuses.monitoring.coreos.com");
  const selector = server?.spec?.serviceMonitorSelector;
  if (!server || selects(selector ?? undefined, monitor.metadata.labels)) return undefined;
  const wanted = Object.entries(selector?.matchLabels ?? {}).map(([k, v]) => `${k}: ${v}`).join(
    ", ",
  );
  const labels = Object.entries(monitor.metadata.labels ?? {}).map(([k, v]) => `${k}: ${v}`).join(
    ", ",
  );
  const isInFile = selects(
    selector,
    await labelsInFile(view, `${example.replace(/\/$/, "")}/servicemonitor.yaml`),
  );
  const apply = `kubectl apply -f ${example}`;
  return [finding(
    [
      `ServiceMonitor ${monitor.metadata.name} carries the label ${wanted}`,
      isInFile
        ? `the file servicemonitor.yaml has it, and the object in the cluster lacks it; its labels are: ${
          labels || "none"
        }`
        : `its labels are: ${labels || "none"}`,
      "the Prometheus object selects ServiceMonitors by that label; any other is not even looked at, so there is no scrape job",
      isInFile
        ? `the file needs no change; label the object, or apply the file again: ${apply}`
        : `add the label "${wanted}" to metadata.labels of servicemonitor.yaml, then: ${apply}`,
    ],
    [
      `ServiceMonitor ${monitor.metadata.name}에 레이블 ${wanted}`,
      isInFile
        ? `파일 servicemonitor.yaml에는 있는데 클러스터의 오브젝트에는 없습니다. 지금 레이블: ${
          labels || "없음"
        }`
        : `지금 레이블: ${labels || "없음"}`,
      "Prometheus 오브젝트는 이 레이블로 ServiceMonitor를 고릅니다. 다른 것은 보지도 않으므로 수집 작업이 생기지 않습니다",
      isInFile
        ? `파일은 고칠 것이 없습니다. 오브젝트에 레이블을 붙이거나 파일을 다시 적용하세요: ${apply}`
        : `servicemonitor.yaml의 metadata.labels에 "${wanted}"을(를) 넣고: ${apply}`,
    ],
  )];
}

/** The labels of the object in a file; none where it cannot be read. */
async function labelsInFile(view: LabView, path: string): Promise<Record<string, string>> {
  try {
    const object = fromYaml(await view.file(path) ?? "") as KubeObject | null;
    return object?.metadata?.labels ?? {};
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    return {};
  }
}

async function noSuchPort(view: LabView, monitor: KubeObject): Promise<Finding[] | undefined> {
  const namespace = monitor.metadata.namespace ?? "";
  const services = (await view.list("services", { namespace }))
    .filter((service) => selects(monitor.spec?.selector, service.metadata.labels));
  const selector = JSON.stringify(monitor.spec?.selector ?? {});
  if (services.length === 0) {
    return [finding(
      [
        `a Service in ${namespace} whose labels match ${selector}`,
        "no Service matches",
        "a ServiceMonitor finds Services by their labels (not their pods' labels), then scrapes the endpoints behind them",
        "make spec.selector of the ServiceMonitor and metadata.labels of the Service agree",
      ],
      [
        `${namespace}에서 레이블이 ${selector}와 맞는 Service`,
        "맞는 Service가 없습니다",
        "ServiceMonitor는 (파드가 아니라) Service의 레이블로 Service를 찾고, 그 뒤의 엔드포인트를 수집합니다",
        "ServiceMonitor의 spec.selector와 Service의 metadata.labels를 맞추세요",
      ],
    )];
  }
  const named: string[] = services.flatMap(({ spec }) => spec?.ports ?? []).map((port) =>
    port.name ?? ""
  );
  const endpoints: { port?: string }[] = monitor.spec?.endpoints ?? [];
  const lost = endpoints.find(({ port }) => port !== undefined && !named.includes(port));
  if (!lost) return undefined;
  return [finding(
    [
      `a Service port named "${lost.port}"`,
      `the Service's ports are named: ${named.join(", ")}`,
      "a ServiceMonitor's endpoint names a port of the Service by its name; with another name the job exists but has 0 targets",
      `make the port name in service.yaml and in servicemonitor.yaml the same, and apply both`,
    ],
    [
      `이름이 "${lost.port}"인 Service 포트`,
      `Service의 포트 이름: ${named.join(", ")}`,
      "ServiceMonitor의 endpoint는 Service 포트를 이름으로 가리킵니다. 이름이 다르면 작업은 있지만 대상이 0개입니다",
      "service.yaml과 servicemonitor.yaml의 포트 이름을 같게 하고 둘 다 적용하세요",
    ],
  )];
}

async function notUp(view: LabView, monitor: KubeObject): Promise<Finding[] | undefined> {
  const unanswered = await prometheusAnswers(view);
  if (unanswered.length > 0) return unanswered;
  const pool = `serviceMonitor/${monitor.metadata.namespace}/${monitor.metadata.name}/0`;
  const all = dataOf(await prometheusOf(view).targets()) ?? [];
  const targets = all.filter(({ scrapePool }) => scrapePool === pool);
  const down = targets.find(({ health }) => health === "down");
  if (targets.length > 0 && targets.every(({ health }) => health === "up")) return undefined;
  const actual = down
    ? {
      en: `${down.scrapeUrl} is down: ${down.lastError}`,
      ko: `${down.scrapeUrl}이(가) down입니다: ${down.lastError}`,
    }
    : targets.length === 0
    ? { en: `the job ${pool} has no target yet`, ko: `작업 ${pool}에 아직 대상이 없습니다` }
    : { en: "the first scrape is still to come", ko: "아직 한 번도 수집하지 않았습니다" };
  return [finding(
    [
      `every target of ${pool} up`,
      actual.en,
      "only a target that is up brings samples",
      down
        ? "curl the address in its pod's Service; is the exporter listening on that port?"
        : "Prometheus reloads within a minute or so: clock +1m. If the target stays away, look at http://127.0.0.1:30950/service-discovery",
    ],
    [
      `${pool}의 모든 대상이 up`,
      actual.ko,
      "up인 대상만 샘플을 가져옵니다",
      down
        ? "Service의 주소를 curl로 확인하세요. exporter가 그 포트에서 듣고 있나요?"
        : "Prometheus는 1분쯤 안에 설정을 다시 읽습니다: clock +1m. 그래도 없으면 http://127.0.0.1:30950/service-discovery 를 보세요",
    ],
    // A target that answers with something else than samples will go on to do so.
    { waits: !down || /refused|no such host|deadline|EOF/.test(down.lastError) },
  )];
}
