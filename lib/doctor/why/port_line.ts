import type { Pod, Service } from "../../kube/mod.ts";
import type { ScrapeTarget } from "../../prometheus/mod.ts";
import { type Evidence, fieldEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { endpointsOf, type Monitor, nameOf, resourceOf } from "./monitors.ts";

/** The line of an object that says at which port a target is scraped. */
export interface PortLine {
  /** `the targetPort 9131 of the Service web`. */
  line: Localized;
  evidence: Evidence;
  /** What writes another port there; undefined of a container's own, which its workload's template says. */
  patch?: (port: number) => string;
}

/** What a target was found by. */
interface Found {
  target: ScrapeTarget;
  pod: Pod;
  services: readonly Service[];
  monitor: Monitor | undefined;
}

/**
 * Which object's line a target's port comes from: the monitor's, the Service's or the container's.
 * Source: prometheus-operator pkg/prometheus/promcfg.go; kubernetes/kubernetes pkg/api/v1/pod/util.go (FindPort).
 */
export function portLineOf({ target, pod, services, monitor }: Found): PortLine | undefined {
  const at = Number(target.scrapePool.split("/")[3]);
  const endpoint = monitor && endpointsOf(monitor)[at];
  if (!endpoint) return undefined;
  const { port, portNumber, targetPort } = endpoint;
  if (monitor.kind === "ServiceMonitor" && port !== undefined) {
    const name = target.discoveredLabels.__meta_kubernetes_service_name;
    const service = services.find(({ metadata }) => metadata.name === name);
    return service && lineOfService(service, port, pod);
  }
  const wanted = port ?? portNumber ?? targetPort;
  if (typeof wanted === "string") return lineOfContainer(pod, wanted);
  const [field, list] = [
    portNumber === undefined ? "targetPort" : "portNumber",
    monitor.kind === "ServiceMonitor" ? "endpoints" : "podMetricsEndpoints",
  ];
  const { name, namespace } = monitor.object.metadata;
  return {
    line: said(
      `the ${field} ${wanted} of the ${nameOf(monitor)}`,
      `${nameOf(monitor)}의 ${field} ${wanted}`,
    ),
    evidence: fieldEvidence(resourceOf(monitor), monitor.object, `.spec.${list}[${at}].${field}`),
    patch: (right) =>
      `kubectl -n ${namespace} patch ${monitor.kind.toLowerCase()} ${name} --type=json ` +
      `-p '[{"op":"replace","path":"/spec/${list}/${at}/${field}","value":${right}}]'`,
  };
}

/** A Service's port says the number, or names a container's. */
function lineOfService(service: Service, port: string, pod: Pod): PortLine | undefined {
  const ports = service.spec?.ports ?? [];
  const at = ports.findIndex(({ name }) => name === port);
  const found = ports[at];
  if (!found) return undefined;
  if (typeof found.targetPort === "string") return lineOfContainer(pod, found.targetPort);
  const { name, namespace } = service.metadata;
  const field = found.targetPort === undefined ? "port" : "targetPort";
  return {
    line: said(
      `the ${field} ${found[field]} of the port ${port} in the Service ${name}`,
      `Service ${name}의 포트 ${port}에 쓰인 ${field} ${found[field]}`,
    ),
    evidence: fieldEvidence("services", service, `.spec.ports[?(@.name=="${port}")].${field}`),
    patch: (right) =>
      `kubectl -n ${namespace} patch service ${name} --type=json ` +
      `-p '[{"op":"add","path":"/spec/ports/${at}/targetPort","value":${right}}]'`,
  };
}

function lineOfContainer(pod: Pod, port: string): PortLine | undefined {
  const container = pod.spec?.containers.find(({ ports = [] }) =>
    ports.some(({ name }) => name === port)
  );
  const found = container?.ports?.find(({ name }) => name === port);
  if (!container || !found) return undefined;
  return {
    line: said(
      `the containerPort ${found.containerPort} of the port ${port} in the container ${container.name}`,
      `컨테이너 ${container.name}의 포트 ${port}에 쓰인 containerPort ${found.containerPort}`,
    ),
    evidence: fieldEvidence("pods", pod, `.spec.containers[?(@.name=="${container.name}")].ports`),
  };
}
