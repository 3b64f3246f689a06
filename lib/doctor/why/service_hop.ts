import { formatSelector, type Pod, type Service } from "../../kube/mod.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { DOCS } from "../upstream.ts";
import { endpointsOf } from "./monitors.ts";
import type { Source } from "./source.ts";

export const serviceHop: HopLook<Source> = {
  hop: "service",
  async see(source) {
    const services = await source.services();
    if (services.length === 0) {
      return {
        object: "",
        state: "absent",
        saw: { en: "none selects these pods", ko: "이 파드를 고르는 것이 없음" },
      };
    }
    const [service] = services;
    const behind = await source.cluster.podsOf(service);
    const ports = (service.spec?.ports ?? []).map(({ name, port }) =>
      name ? `${name} ${port}` : port
    );
    return {
      object: `Service ${service.metadata.name} (${ports.join(", ")})`,
      state: behind.length > 0 ? "ok" : "waits",
      saw: {
        en: `selects ${behind.length} pod${behind.length === 1 ? "" : "s"}`,
        ko: `파드 ${behind.length}개를 고름`,
      },
    };
  },
  causes: [selectsNone, noTargetPort],
};

/** The Service's selector fits no pod. */
async function selectsNone(source: Source): Promise<Fault | undefined> {
  if (source.parts.isAtZero || await source.flows()) return undefined;
  for (const service of await source.services()) {
    if (!service.spec?.selector || (await source.cluster.podsOf(service)).length > 0) continue;
    return await selectsNoPod(source, service);
  }
}

/** What is told of a Service whose selector fits no pod. */
export async function selectsNoPod(source: Source, service: Service): Promise<Fault> {
  const { metadata, spec } = service;
  const [pod] = await source.pods();
  const selector = formatSelector({ matchLabels: spec?.selector });
  return {
    cause: "service-selects-no-pod",
    told: {
      en: `The Service ${metadata.name} selects pods with ${selector}, and there are none` +
        (pod ? `; ${pod.metadata.name} has other labels.` : "."),
      ko:
        `Service ${metadata.name}은(는) 레이블이 ${selector}인 파드를 고르는데 그런 파드가 없습니다` +
        (pod ? `. ${pod.metadata.name}의 레이블은 다릅니다.` : "."),
    },
    evidence: [
      fieldEvidence("services", service, ".spec.selector"),
      ...(pod ? [fieldEvidence("pods", pod, ".metadata.labels")] : []),
    ],
    remedy: pod ? { command: selectorPatch(service, pod) } : {
      told: { en: "scale the workload up", ko: "워크로드의 파드를 늘리세요" },
    },
    upstream: DOCS.services,
  };
}

/** A selector of those labels of a pod that its own workload selects it by, as far as the Service can tell. */
function selectorPatch({ metadata, spec }: Service, { metadata: { labels = {} } }: Pod): string {
  const wrong = Object.keys(spec!.selector!).filter((key) => spec!.selector![key] !== labels[key]);
  const kept = wrong.filter((key) => labels[key] !== undefined).map((key) => [key, labels[key]]);
  const selector = Object.fromEntries(
    kept.length > 0
      ? kept
      : Object.entries(labels).filter(([key]) => !/hash|generation|revision/.test(key)),
  );
  return `kubectl -n ${metadata.namespace} patch service ${metadata.name} --type=merge ` +
    `-p '${JSON.stringify({ spec: { selector } })}'`;
}

/** The Service's port leads to a port of the pod that it does not have. */
async function noTargetPort(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  const wanted = new Set((await source.monitors()).flatMap(endpointsOf).map(({ port }) => port));
  for (const service of await source.services()) {
    const [pod] = await source.cluster.podsOf(service);
    const names = (pod?.spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
      .map(({ name }) => name);
    for (const port of service.spec?.ports ?? []) {
      if (!pod || typeof port.targetPort !== "string" || names.includes(port.targetPort)) continue;
      if (wanted.size > 0 && !wanted.has(port.name)) continue;
      const has = names.filter(Boolean).join(", ");
      return {
        cause: "service-target-port",
        told: {
          en:
            `The port ${port.name ?? port.port} of the Service ${service.metadata.name} leads to ` +
            `"${port.targetPort}", which is no port of its pods (${has || "none has a name"}).`,
          ko: `Service ${service.metadata.name}의 포트 ${port.name ?? port.port}은(는) ` +
            `"${port.targetPort}"(으)로 가는데 파드에 그런 포트가 없습니다 (${
              has || "이름 없음"
            }).`,
        },
        evidence: [
          fieldEvidence("services", service, ".spec.ports"),
          fieldEvidence("pods", pod, ".spec.containers[*].ports[*].name"),
        ],
        remedy: {
          told: {
            en: "name a port of the container in targetPort, or its number",
            ko: "targetPort에 컨테이너 포트의 이름이나 번호를 쓰세요",
          },
        },
        upstream: DOCS.services,
      };
    }
  }
}
