import { METRICS_GROUPS, type MetricSpec, toMilli } from "../../autoscale/mod.ts";
import { conditionOf, isReady, type KubeObject, type Pod } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { pathOf, questionOf } from "../decide.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence, rawEvidence } from "../hop.ts";
import { containerTrouble, isStuck, podsText, withoutHead } from "../pods.ts";
import { lazy, refusalOf } from "../reads.ts";
import { asIs, said } from "../said.ts";
import type { Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";
import { unreachable } from "./api_service.ts";

const NAME = `v1beta1.${METRICS_GROUPS.resource}`;

/** A metric of CPU or memory: the kubelets tell it, metrics-server collects it, requests make percent of it. */
export class ResourceWalk {
  readonly server: () => Promise<Pod[]>;
  readonly items: () => Promise<{ path: string; items: any[] } | { path: string; refused: string }>;

  constructor(readonly cluster: Cluster, readonly spec: MetricSpec, readonly scaled: Scaled) {
    this.server = lazy(() => this.#server());
    this.items = lazy(() => this.#items());
  }

  get resource(): string {
    return (this.spec.resource ?? this.spec.containerResource)!.name;
  }

  get container(): string | undefined {
    return this.spec.containerResource?.container;
  }

  get isUtilization(): boolean {
    const { target } = (this.spec.resource ?? this.spec.containerResource)!;
    return target.averageUtilization !== undefined && target.averageUtilization !== null;
  }

  async apiService(): Promise<KubeObject | undefined> {
    return await this.cluster.apiService(NAME);
  }

  async #server(): Promise<Pod[]> {
    const behind = (await this.apiService())?.spec?.service;
    const service = behind && await this.cluster.service(behind.namespace, behind.name);
    return service ? await this.cluster.podsOf(service) : [];
  }

  async #items() {
    const { namespace, scale } = this.scaled;
    const selector = "error" in scale ? "" : scale.selector;
    const path = pathOf(await questionOf(this.cluster, this.spec, namespace, selector));
    const answer = await this.cluster.reads.raw(path);
    if (answer.code !== 200) return { path, refused: refusalOf(answer).message };
    return { path, items: JSON.parse(answer.text).items ?? [] };
  }
}

const apiHop: HopLook<ResourceWalk> = {
  hop: "api",
  async see(walk) {
    const apiService = await walk.apiService();
    const available = conditionOf(apiService, "Available");
    const { namespace, name } = apiService?.spec?.service ?? {};
    if (!apiService) {
      return {
        object: NAME,
        state: "waits",
        saw: said("nobody serves it", "아무도 제공하지 않음"),
      };
    }
    return {
      object: `APIService ${NAME}`,
      state: available?.status === "True" ? "ok" : "waits",
      saw: available?.status === "True"
        ? said(`served by ${namespace}/${name}`, `${namespace}/${name}이(가) 제공`)
        : asIs(`Available=${available?.status ?? "Unknown"} ${available?.reason ?? ""}`),
    };
  },
  causes: [noServer, lostServer],
};

async function noServer(walk: ResourceWalk): Promise<Fault | undefined> {
  if (await walk.apiService()) return undefined;
  return {
    cause: "no-metrics-server",
    told: said(
      `Nobody serves ${METRICS_GROUPS.resource}: metrics-server is not installed.`,
      `${METRICS_GROUPS.resource}을(를) 제공하는 것이 없습니다. metrics-server가 설치되어 있지 않습니다.`,
    ),
    evidence: [missingEvidence("apiservices.apiregistration.k8s.io", NAME)],
    remedy: { command: "helm upgrade --install metrics-server metrics-server/metrics-server" },
    upstream: DOCS.metricsServer,
  };
}

async function lostServer(walk: ResourceWalk): Promise<Fault | undefined> {
  const apiService = await walk.apiService();
  if (!apiService || conditionOf(apiService, "Available")?.status === "True") return undefined;
  return await unreachable(walk, apiService);
}

const serverHop: HopLook<ResourceWalk> = {
  hop: "metrics-server",
  async see(walk) {
    const pods = await walk.server();
    const ready = pods.filter(isReady).length;
    return {
      object: pods.length === 0 ? "" : podsText(pods),
      state: ready > 0 ? "ok" : "waits",
      saw: said(
        `${ready} of ${pods.length} pods ready`,
        `파드 ${pods.length}개 중 ${ready}개 준비됨`,
      ),
    };
  },
  causes: [certificates, serverDown],
};

/** metrics-server does not trust the kubelets' certificates. */
async function certificates(walk: ResourceWalk): Promise<Fault | undefined> {
  const pods = await walk.server();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const [pod] = pods;
  const lines = (await walk.cluster.reads.log(pod)).split("\n");
  const line = lines.findLast((line) => /x509|certificate/.test(line));
  if (!line) return undefined;
  const { name, namespace } = pod.metadata;
  return {
    cause: "kubelet-certificates",
    told: said(
      `metrics-server cannot verify the kubelets' certificates, and so has no metrics: ${
        withoutHead(line)
      }.`,
      `metrics-server가 kubelet의 인증서를 확인하지 못해 메트릭이 없습니다: ${withoutHead(line)}.`,
    ),
    evidence: [{
      command: `kubectl -n ${namespace} logs ${name} | grep x509 | tail -1`,
      printed: line.trim(),
    }],
    remedy: {
      diff: "+args:\n+  - --kubelet-insecure-tls",
      told: said(
        "in the metrics-server chart's values, on a cluster to learn on; elsewhere sign the kubelets' certificates",
        "연습용 클러스터라면 metrics-server 차트의 values에. 아니면 kubelet 인증서를 서명하세요",
      ),
    },
    upstream: DOCS.metricsServer,
  };
}

async function serverDown(walk: ResourceWalk): Promise<Fault | undefined> {
  const pods = await walk.server();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const lost = pods.find(isStuck) ?? pods[0];
  const { pod, reason, told } = await containerTrouble(walk.cluster.reads, lost);
  return {
    cause: "metrics-server-not-ready",
    told: said(
      `metrics-server's pod ${pod.metadata.name} is not ready (${reason})${
        told ? `: ${told}` : ""
      }.`,
      `metrics-server의 파드 ${pod.metadata.name}이(가) 준비되지 않았습니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    ),
    evidence: [fieldEvidence("pods", pod, '.status.conditions[?(@.type=="Ready")].message')],
    remedy: { command: `kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name}` },
    upstream: DOCS.metricsServer,
  };
}

const readingsHop: HopLook<ResourceWalk> = {
  hop: "readings",
  async see(walk) {
    const answer = await walk.items();
    if ("refused" in answer) return { object: "", state: "waits", saw: asIs(answer.refused) };
    const { pods } = walk.scaled;
    return {
      object: pods.length === 0 ? "" : podsText(pods),
      state: answer.items.length > 0 ? "ok" : "waits",
      saw: said(
        `${answer.items.length} of ${pods.length} pods have a sample`,
        `파드 ${pods.length}개 중 ${answer.items.length}개의 샘플`,
      ),
    };
  },
  causes: [noContainer, noReadings],
};

/** The container that is named is in no pod. */
function noContainer({ container, scaled }: ResourceWalk): Fault | undefined {
  const [pod] = scaled.pods;
  if (container === undefined || !pod) return undefined;
  const names = (pod.spec?.containers ?? []).map(({ name }) => name);
  if (names.includes(container)) return undefined;
  return {
    cause: "container-unknown",
    told: said(
      `The metric is of the container ${container}, and the pods have only ${names.join(", ")}.`,
      `메트릭은 컨테이너 ${container}의 것인데 파드에는 ${names.join(", ")}뿐입니다.`,
    ),
    evidence: [fieldEvidence("pods", pod, ".spec.containers[*].name")],
    remedy: { diff: `-      container: ${container}\n+      container: ${names[0]}` },
    upstream: DOCS.hpa,
  };
}

/** metrics-server runs, and has no sample of any of the pods. */
async function noReadings(walk: ResourceWalk): Promise<Fault | undefined> {
  const answer = await walk.items();
  const { pods } = walk.scaled;
  if ("refused" in answer || answer.items.length > 0 || pods.length === 0) return undefined;
  const lost = pods.find(isStuck);
  if (!lost) return undefined;
  const { pod, reason, told } = await containerTrouble(walk.cluster.reads, lost);
  return {
    cause: "pods-not-ready",
    told: said(
      `No pod has a sample: ${pod.metadata.name} does not run (${reason})${
        told ? `: ${told}` : ""
      }.`,
      `샘플이 있는 파드가 없습니다: ${pod.metadata.name}이(가) 뜨지 못합니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    ),
    evidence: [rawEvidence(answer.path, '{"items":[]}')],
    remedy: { command: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}` },
    upstream: DOCS.probes,
  };
}

const requestsHop: HopLook<ResourceWalk> = {
  hop: "requests",
  see(walk) {
    const { isUtilization, resource, scaled } = walk;
    const object = scaled.pods[0] ? podsText(scaled.pods) : "";
    if (!isUtilization) {
      return {
        object,
        state: "absent",
        saw: said("not asked for: an average value", "필요 없음: 평균값"),
      };
    }
    const total = (scaled.pods[0]?.spec?.containers ?? [])
      .reduce(
        (sum, { resources }) => sum + toMilli(String(resources?.requests?.[resource] ?? 0)),
        0n,
      );
    return {
      object,
      state: "ok",
      saw: asIs(resource === "cpu" ? `cpu: ${total}m` : `${resource}: ${total / 1000n}`),
    };
  },
  causes: [noRequest],
};

/** A container requests nothing, so there is nothing that percent could be of. */
function noRequest(
  { isUtilization, resource, container, scaled }: ResourceWalk,
): Fault | undefined {
  if (!isUtilization) return undefined;
  for (const pod of scaled.pods) {
    const lacking = (pod.spec?.containers ?? []).find(({ name, resources }) =>
      (container === undefined || name === container) &&
      resources?.requests?.[resource] === undefined
    );
    const ofPod = (pod.spec as { resources?: { requests?: Record<string, string> } }).resources
      ?.requests;
    if (!lacking || ofPod?.[resource] !== undefined) continue;
    const amount = resource === "memory" ? "64Mi" : "100m";
    return {
      cause: "missing-request",
      told: said(
        `The container ${lacking.name} of ${pod.metadata.name} requests no ${resource}, and a target in percent is ` +
          `percent of what is requested: missing request for ${resource}.`,
        `${pod.metadata.name}의 컨테이너 ${lacking.name}에 ${resource} request가 없습니다. 퍼센트 목표는 request의 ` +
          `퍼센트입니다: missing request for ${resource}.`,
      ),
      evidence: [fieldEvidence("pods", pod, ".spec.containers[*].resources")],
      remedy: {
        command:
          `kubectl -n ${scaled.namespace} set resources ${scaled.kind.toLowerCase()} ${scaled.name} ` +
          `-c ${lacking.name} --requests=${resource}=${amount}`,
      },
      upstream: DOCS.requests,
    };
  }
}

/** From the metrics API to what percent are of. */
export const RESOURCE: readonly HopLook<ResourceWalk>[] = [
  apiHop,
  serverHop,
  readingsHop,
  requestsHop,
];
