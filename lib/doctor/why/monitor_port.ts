import { type Fault, fieldEvidence } from "../hop.ts";
import { DOCS } from "../upstream.ts";
import type { Pod } from "../../kube/mod.ts";
import { endpointsOf, type Monitor, resourceOf } from "./monitors.ts";
import type { Source } from "./source.ts";

/** The monitor names a port that the Service, or the pod, does not have. */
export async function wrongPort(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget()) return undefined;
  const [services, pods] = [await source.services(), await source.pods()];
  for (const monitor of await source.monitors()) {
    const numbered = wrongNumber(monitor, pods);
    if (numbered) return numbered;
    const names = monitor.kind === "ServiceMonitor"
      ? services.flatMap(({ spec }) => spec?.ports ?? []).map(({ name }) => name ?? "")
      : pods.flatMap(({ spec }) => spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
        .map(({ name }) => name ?? "");
    const wanted = endpointsOf(monitor).map(({ port }) => port).filter((port) =>
      port !== undefined
    );
    if (wanted.length === 0 || wanted.some((port) => names.includes(port))) continue;
    const has = [...new Set(names.filter((name) => name !== ""))];
    const { name, namespace } = monitor.object.metadata;
    const whose = monitor.kind === "ServiceMonitor"
      ? `Service ${services[0]?.metadata.name}`
      : `pod ${pods[0]?.metadata.name}`;
    const list = monitor.kind === "ServiceMonitor" ? "endpoints" : "podMetricsEndpoints";
    const isNumber = services.flatMap(({ spec }) => spec?.ports ?? []).find(({ port }) =>
      String(port) === String(wanted[0])
    );
    const meant = isNumber?.name ?? likelyPort(has);
    return {
      cause: "monitor-port",
      told: {
        en: `The ${monitor.kind} ${name} scrapes a port named "${wanted[0]}"; the ${whose} has ` +
          `${has.length > 0 ? `only ${has.join(", ")}` : "no port with a name"}.`,
        ko:
          `${monitor.kind} ${name}은(는) 이름이 "${wanted[0]}"인 포트를 수집하는데, ${whose}에는 ` +
          `${has.length > 0 ? `${has.join(", ")}뿐입니다` : "이름이 있는 포트가 없습니다"}.`,
      },
      evidence: [
        fieldEvidence(resourceOf(monitor), monitor.object, `.spec.${list}[*].port`),
        ...(services[0] && monitor.kind === "ServiceMonitor"
          ? [fieldEvidence("services", services[0], ".spec.ports[*].name")]
          : []),
      ],
      remedy: meant === undefined
        ? {
          told: {
            en: "give the port that serves the metrics a name, and name it in the monitor",
            ko: "메트릭을 내보내는 포트에 이름을 붙이고 monitor에 그 이름을 쓰세요",
          },
        }
        : {
          command:
            `kubectl -n ${namespace} patch ${monitor.kind.toLowerCase()} ${name} --type=json ` +
            `-p '[{"op":"replace","path":"/spec/${list}/0/port","value":"${meant}"}]'`,
        },
      upstream: DOCS.monitors,
    };
  }
}

/**
 * A monitor that finds its port by the container's number, where no container declares it. Source: prometheus-operator
 * pkg/prometheus/promcfg.go (portNumber and targetPort keep __meta_kubernetes_pod_container_port_number).
 */
function wrongNumber(monitor: Monitor, pods: readonly Pod[]): Fault | undefined {
  const [pod] = pods;
  const has = (pod?.spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  const endpoints = endpointsOf(monitor);
  const numbers = endpoints.map(({ port, portNumber, targetPort }) =>
    port !== undefined ? undefined : portNumber ?? targetPort
  );
  const isNone = numbers.length > 0 &&
    numbers.every((wanted) =>
      wanted !== undefined &&
      !has.some(({ name, containerPort }) => [name, containerPort].includes(wanted))
    );
  if (!pod || !isNone) return undefined;
  const { name, namespace } = monitor.object.metadata;
  const list = monitor.kind === "ServiceMonitor" ? "endpoints" : "podMetricsEndpoints";
  const field = endpoints[0].portNumber === undefined ? "targetPort" : "portNumber";
  const shown = has.map(({ name, containerPort }) =>
    name ? `${containerPort} (${name})` : String(containerPort)
  ).join(", ");
  const meant = has.find(({ name = "" }) => /metric|export|prom/.test(name)) ?? has[0];
  return {
    cause: "monitor-port",
    told: {
      en:
        `The ${monitor.kind} ${name} scrapes the container port ${
          numbers[0]
        }; the pod ${pod.metadata.name} declares ` +
        `${shown ? `only ${shown}` : "none"}.`,
      ko:
        `${monitor.kind} ${name}은(는) 컨테이너 포트 ${
          numbers[0]
        }을(를) 수집하는데, 파드 ${pod.metadata.name}에 ` +
        `${shown ? `선언된 것은 ${shown}뿐입니다` : "선언된 포트가 없습니다"}.`,
    },
    evidence: [
      fieldEvidence(resourceOf(monitor), monitor.object, `.spec.${list}[*].${field}`),
      fieldEvidence("pods", pod, ".spec.containers[*].ports"),
    ],
    remedy: meant
      ? {
        command:
          `kubectl -n ${namespace} patch ${monitor.kind.toLowerCase()} ${name} --type=json ` +
          `-p '[{"op":"replace","path":"/spec/${list}/0/${field}","value":${meant.containerPort}}]'`,
      }
      : {
        told: {
          en: "declare the port that serves the metrics in the container's ports",
          ko: "메트릭을 내보내는 포트를 컨테이너의 ports에 선언하세요",
        },
      },
    upstream: DOCS.monitors,
  };
}

/** The port that most likely serves metrics. */
function likelyPort(names: readonly string[]): string | undefined {
  return names.find((name) => /metric|export|prom/.test(name)) ?? names[0];
}
