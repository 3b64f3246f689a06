import {
  conditionOf,
  isReady,
  type KubeObject,
  type Pod,
  selects,
  type Service,
} from "../../kube/mod.ts";
import { ownAdapterOf } from "../adapter.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence, missingEvidence, type Seen } from "../hop.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { MetricWalk } from "./metric_walk.ts";

/** Whether KEDA answers for it. */
export function isOfKeda(apiService: KubeObject | undefined): boolean {
  return /keda/.test(apiService?.spec?.service?.name ?? "");
}

/** Who serves an API, and whether it is available, as the hop of any chain shows it. */
export function seeApiService(name: string, apiService: KubeObject | undefined): Seen {
  if (!apiService) {
    return { object: name, state: "waits", saw: said("nobody serves it", "아무도 제공하지 않음") };
  }
  const { status, reason = "" } = conditionOf(apiService, "Available") ?? { status: "Unknown" };
  const { namespace, name: service } = apiService.spec?.service ?? {};
  const by = service ? `${namespace}/${service}` : "the API server";
  return {
    object: `APIService ${name}`,
    ...(status === "True"
      ? { state: "ok", saw: said(`served by ${by}`, `${by}이(가) 제공`) }
      : { state: "waits", saw: asIs(`${by}: Available=${status} ${reason}`) }),
  };
}

/** Why an APIService is not available, as far as its Service and pods tell. */
export async function unreachable(
  { cluster }: Pick<MetricWalk, "cluster">,
  apiService: KubeObject,
): Promise<Fault | undefined> {
  const available = conditionOf(apiService, "Available");
  const { namespace, name, port = 443 } = apiService.spec.service ?? {};
  const state = fieldEvidence("apiservices", apiService, ".status.conditions[0].message");
  const service = await cluster.service(namespace, name);
  const of = `${namespace}/${name}`;
  if (!service) return await noService(cluster, apiService, of);
  const pods = await cluster.podsOf(service);
  if (pods.length > 0 && !pods.some(isReady)) return undefined;
  const entry = service.spec?.ports?.find((one) => one.port === port);
  if (!entry && service.spec?.ports?.length) return noSuchPort(apiService, service);
  const listening = pods[0] && portsOf(pods[0]);
  const isLost = entry && listening &&
    !listening.some(({ name, containerPort }) =>
      [name, containerPort].includes(entry.targetPort ?? entry.port)
    );
  if (isLost) {
    const has = listening.map(({ name, containerPort }) =>
      name ? `${name} ${containerPort}` : containerPort
    );
    const to = listening[0].name ?? listening[0].containerPort;
    return {
      cause: "api-service-port",
      told: said(
        `The API server does not reach the adapter: the Service ${of} leads to port ${entry.targetPort}, ` +
          `and its pods listen on ${has.join(", ")}.`,
        `API 서버가 adapter에 닿지 못합니다: Service ${of}은(는) 포트 ${entry.targetPort}(으)로 가는데 ` +
          `파드의 포트는 ${has.join(", ")}입니다.`,
      ),
      evidence: [
        fieldEvidence("services", service, ".spec.ports[*].targetPort"),
        fieldEvidence("pods", pods[0], ".spec.containers[*].ports"),
        state,
      ],
      remedy: {
        command: `kubectl -n ${namespace} patch service ${name} --type=json -p ` +
          `'[{"op":"replace","path":"/spec/ports/${
            service.spec!.ports!.indexOf(entry)
          }/targetPort","value":${JSON.stringify(to)}}]'`,
      },
      upstream: DOCS.aggregation,
    };
  }
  if (pods.length === 0) {
    const deployment = (await cluster.reads.list("apps/v1/deployments", namespace)).find((
      { spec },
    ) =>
      service.spec?.selector &&
      selects({ matchLabels: service.spec.selector }, spec?.template?.metadata?.labels)
    );
    if (deployment?.spec?.replicas === 0) {
      const { name: at } = deployment.metadata;
      return {
        cause: "api-service-without-pods",
        told: said(
          `Nobody answers behind the APIService: the Deployment ${namespace}/${at} is at 0 replicas, and the Service ${of} ` +
            `has no pod.`,
          `APIService 뒤에서 답할 것이 없습니다: Deployment ${namespace}/${at}의 레플리카가 0이라 Service ${of}에 파드가 ` +
            `없습니다.`,
        ),
        evidence: [fieldEvidence("deployments", deployment, ".spec.replicas"), state],
        remedy: { command: `kubectl -n ${namespace} scale deployment ${at} --replicas=1` },
        upstream: DOCS.aggregation,
      };
    }
    return {
      cause: "api-service-without-pods",
      told: said(
        `The Service ${of} behind the APIService selects no pod.`,
        `APIService 뒤의 Service ${of}이(가) 고르는 파드가 없습니다.`,
      ),
      evidence: [fieldEvidence("services", service, ".spec.selector"), state],
      remedy: await selectorRemedy(cluster, service, deployment),
      upstream: DOCS.services,
    };
  }
  return {
    cause: "api-not-available",
    told: said(
      `The API server does not reach ${of}: ${available?.message ?? "it has not looked yet"}.`,
      `API 서버가 ${of}에 닿지 못합니다: ${available?.message ?? "아직 확인하지 않음"}.`,
    ),
    evidence: [state],
    remedy: { command: `kubectl describe apiservice ${apiService.metadata.name}` },
    upstream: DOCS.aggregation,
  };
}

/** The Service has no port of the number by which the API is asked. */
function noSuchPort(apiService: KubeObject, service: Service): Fault {
  const { metadata, spec } = service;
  const { metadata: { name: api }, spec: { service: { port = 443 } } } = apiService;
  const of = `${metadata.namespace}/${metadata.name}`;
  const ports = spec!.ports!.map((one) => one.port);
  return {
    cause: "api-service-port",
    told: said(
      `The APIService ${api} asks port ${port} of the Service ${of}, which has only ${
        ports.join(", ")
      }.`,
      `APIService ${api}이(가) Service ${of}의 포트 ${port}에 묻는데 있는 것은 ${
        ports.join(", ")
      }뿐입니다.`,
    ),
    evidence: [
      fieldEvidence("apiservices", apiService, ".spec.service"),
      fieldEvidence("services", service, ".spec.ports[*].port"),
    ],
    remedy: {
      command: `kubectl patch apiservice ${api} --type=merge -p ` +
        `'${JSON.stringify({ spec: { service: { port: ports[0] } } })}'`,
    },
    upstream: DOCS.aggregation,
  };
}

/** The Service that an API is asked of is not there; prometheus-adapter may be there by another. */
async function noService(cluster: Cluster, apiService: KubeObject, of: string): Promise<Fault> {
  const { metadata: { name: api }, spec: { service: { name, namespace } } } = apiService;
  const right = /(custom|external)\.metrics/.test(api) && !isOfKeda(apiService)
    ? await adapterService(cluster)
    : undefined;
  const { name: to, namespace: where } = right?.metadata ?? {};
  return {
    cause: "api-service-missing",
    told: said(
      `The APIService ${api} leads to the Service ${of}, which is not there` +
        (right ? `; the adapter's is ${where}/${to}.` : "."),
      `APIService ${api}이(가) 가리키는 Service ${of}이(가) 없습니다` +
        (right ? `. adapter의 것은 ${where}/${to}입니다.` : "."),
    ),
    evidence: [missingEvidence("services", name, namespace)],
    remedy: right
      ? {
        command: `kubectl patch apiservice ${api} --type=merge -p ` +
          `'${JSON.stringify({ spec: { service: { name: to, namespace: where } } })}'`,
      }
      : {
        told: said(
          "install again what serves it, or delete the APIService if nobody is to serve it",
          "제공하던 것을 다시 설치하세요. 아무도 제공하지 않을 것이면 APIService를 지우세요",
        ),
      },
    upstream: DOCS.aggregation,
  };
}

/** The Service in front of prometheus-adapter, where it runs. */
async function adapterService(cluster: Cluster): Promise<Service | undefined> {
  const adapter = await ownAdapterOf(cluster);
  const labels = adapter?.pod?.metadata.labels;
  return labels && (await cluster.reads.list<Service>("v1/services", adapter.namespace))
    .find(({ spec }) => spec?.selector && selects({ matchLabels: spec.selector }, labels));
}

function portsOf({ spec }: Pod): { name?: string; containerPort: number }[] {
  return (spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
}

/** The Service's selector as the Deployment of its name would have it; one that `fits` a Deployment is not what is wrong. */
async function selectorRemedy(
  cluster: Cluster,
  { metadata }: Service,
  fits: KubeObject | undefined,
): Promise<Fault["remedy"]> {
  const { name, namespace } = metadata;
  if (fits) return { command: `kubectl -n ${namespace} describe deployment ${fits.metadata.name}` };
  const deployment = (await cluster.reads.list("apps/v1/deployments", namespace))
    .find((one) => one.metadata.name === name);
  const selector: Record<string, string> | undefined = deployment?.spec?.selector?.matchLabels;
  if (!selector) return { command: `kubectl -n ${namespace} get deployments,pods` };
  return {
    command: `kubectl -n ${namespace} patch service ${name} --type=json -p ` +
      `'${JSON.stringify([{ op: "replace", path: "/spec/selector", value: selector }])}'`,
  };
}
