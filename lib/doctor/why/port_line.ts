import { controllerOf, type Pod, type Service, workloadOf } from "../../kube/mod.ts";
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
  /** What names another port instead, so that what else is asked at this one stays; undefined where none leads there. */
  rename?: (port: number) => string | undefined;
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
  if (!endpoint) return monitor ? undefined : lineOfAnnotation(pod);
  const { port, portNumber, targetPort } = endpoint;
  if (monitor.kind === "ServiceMonitor" && port !== undefined) {
    const name = target.discoveredLabels.__meta_kubernetes_service_name;
    const service = services.find(({ metadata }) => metadata.name === name);
    const line = service && lineOfService(service, port, pod);
    const { metadata } = monitor.object;
    return line && {
      ...line,
      rename: (right) => {
        const other = service.spec?.ports?.find((one) => one.name && leadsTo(one, pod) === right);
        return other && `kubectl -n ${metadata.namespace} patch servicemonitor ${metadata.name} ` +
            `--type=json -p '[{"op":"replace","path":"/spec/endpoints/${at}/port","value":"${other.name}"}]'`;
      },
    };
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

/** By this annotation a pod says its port where no monitor does. Source: prometheus-community/helm-charts prometheus values.yaml. */
export const PORT_ANNOTATION = "prometheus.io/port";

function lineOfAnnotation(pod: Pod): PortLine | undefined {
  const port = pod.metadata.annotations?.[PORT_ANNOTATION];
  if (port === undefined) return undefined;
  return {
    line: said(
      `the annotation ${PORT_ANNOTATION}: "${port}" of the pod`,
      `파드의 어노테이션 ${PORT_ANNOTATION}: "${port}"`,
    ),
    evidence: fieldEvidence("pods", pod, ".metadata.annotations"),
    patch: (right) => annotateTemplate(pod, { [PORT_ANNOTATION]: String(right) }),
  };
}

/** A line that annotates the template that a pod is made of, or the pod where it is made of none. */
export function annotateTemplate(pod: Pod, annotations: Record<string, string>): string {
  const { namespace, name, labels } = pod.metadata;
  const kind = labels?.["pod-template-hash"] ? "deployment" : controllerOf(pod)?.kind.toLowerCase();
  if (!kind) {
    const pairs = Object.entries(annotations).map(([key, value]) => `${key}=${value}`).join(" ");
    return `kubectl -n ${namespace} annotate pod ${name} --overwrite ${pairs}`;
  }
  const patch = { spec: { template: { metadata: { annotations } } } };
  return `kubectl -n ${namespace} patch ${kind} ${workloadOf(pod)} --type=merge ` +
    `-p '${JSON.stringify(patch)}'`;
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

/** The container port that a Service's port leads to. */
function leadsTo(
  { port, targetPort = port }: { port: number; targetPort?: number | string },
  pod: Pod,
): number | undefined {
  if (typeof targetPort === "number") return targetPort;
  return (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
    .find(({ name }) => name === targetPort)?.containerPort;
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
