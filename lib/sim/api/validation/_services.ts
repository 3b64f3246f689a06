import {
  type BuiltInKinds,
  dns1123SubdomainFaults,
  type KubeObject,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import { type Causes } from "./_causes.ts";
import { checkLabels, checkPortOrName, labelFaults, portFaults } from "./_names.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/**
 * Everything of a Service but the allocation of its addresses.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateService).
 */
export function checkService(causes: Causes, service: KubeObject, previous?: KubeObject): void {
  const { spec } = service;
  const isExternal = spec.type === "ExternalName";
  const ports: Loose<models.ServicePort>[] = spec.ports ?? [];
  if (ports.length === 0 && !isExternal && spec.clusterIP !== "None") causes.required("spec.ports");
  if (isExternal && !spec.externalName) causes.required("spec.externalName");
  else if (isExternal) {
    for (const fault of dns1123SubdomainFaults(spec.externalName.replace(/\.$/, ""))) {
      causes.invalid("spec.externalName", spec.externalName, fault);
    }
  }
  const names = new Set<string>();
  ports.forEach((port, i) => checkPort(causes, i, port, ports.length > 1, names));
  checkLabels(causes, "spec.selector", spec.selector);
  causes.oneOf("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  causes.oneOf("spec.type", spec.type, TYPES);
  if (spec.type === "ClusterIP") checkNoNodePorts(causes, ports);
  checkDistinct(causes, ports);
  checkClusterIp(causes, spec, previous);
}

function checkPort(
  causes: Causes,
  i: number,
  { name, port, targetPort, protocol }: Loose<models.ServicePort>,
  needsName: boolean,
  names: Set<string>,
): void {
  const at = `spec.ports[${i}]`;
  if (!name) {
    if (needsName) causes.required(`${at}.name`);
  } else {
    for (const fault of labelFaults(name)) causes.invalid(`${at}.name`, name, fault);
    if (names.has(name)) causes.duplicate(`${at}.name`, name);
    names.add(name);
  }
  for (const fault of portFaults(port)) causes.invalid(`${at}.port`, port ?? 0, fault);
  causes.oneOf(`${at}.protocol`, protocol, PROTOCOLS);
  checkPortOrName(causes, `${at}.targetPort`, targetPort);
}

function checkNoNodePorts(causes: Causes, ports: Loose<models.ServicePort>[]): void {
  ports.forEach(({ nodePort }, i) => {
    if (nodePort) {
      const detail = "may not be used when `type` is 'ClusterIP'";
      causes.forbidden(`spec.ports[${i}].nodePort`, detail);
    }
  });
}

function checkDistinct(causes: Causes, ports: Loose<models.ServicePort>[]): void {
  const seen = new Set<string>();
  ports.forEach(({ port, protocol = "TCP" }, i) => {
    const key = `${protocol}/${port}`;
    if (seen.has(key)) {
      causes.duplicate(`spec.ports[${i}]`, {
        Name: "",
        Protocol: protocol,
        AppProtocol: null,
        Port: port,
        TargetPort: 0,
        NodePort: 0,
      });
    }
    seen.add(key);
  });
}

function checkClusterIp(
  causes: Causes,
  spec: Loose<models.ServiceSpec>,
  previous: KubeObject | undefined,
): void {
  const address = spec.clusterIP;
  if (!address || spec.type === "ExternalName") return;
  const isIpv4 = /^(\d{1,3}\.){3}\d{1,3}$/.test(address) &&
    address.split(".").every((part: string) => Number(part) <= 255);
  if (address !== "None" && !isIpv4) causes.invalid("spec.clusterIPs[0]", address, IP_TEXT);
  const before = previous?.spec.clusterIP;
  const keeps = previous && previous.spec.type !== "ExternalName" && before;
  if (keeps && before !== address) {
    causes.invalid("spec.clusterIPs[0]", [address], "may not change once set");
  }
}

const PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"];

/** Source: kubernetes/kubernetes pkg/apis/networking/validation/validation.go (ValidateIngressSpec). */
export function checkIngress(
  causes: Causes,
  { spec }: Loose<BuiltInKinds["ingresses.networking.k8s.io"]>,
): void {
  if (!spec?.rules?.length && !spec?.defaultBackend) {
    const detail = "either `defaultBackend` or `rules` must be specified";
    causes.invalid("spec", spec?.rules, detail);
  }
  if (spec?.defaultBackend) checkBackend(causes, "spec.defaultBackend", spec.defaultBackend);
  (spec?.rules ?? []).forEach(({ host, http }, i) => {
    const at = `spec.rules[${i}]`;
    if (host && !host.startsWith("*.")) {
      for (const fault of dns1123SubdomainFaults(host)) causes.invalid(`${at}.host`, host, fault);
    }
    if (http && !http.paths?.length) causes.required(`${at}.http.paths`);
    (http?.paths ?? []).forEach((path, j) => checkPath(causes, `${at}.http.paths[${j}]`, path));
  });
}

function checkPath(
  causes: Causes,
  at: string,
  { path = "", pathType, backend }: Loose<models.HTTPIngressPath>,
): void {
  if (!pathType) causes.required(`${at}.pathType`, "pathType must be specified");
  else if (!PATH_TYPES.includes(pathType)) {
    causes.unsupported(`${at}.pathType`, pathType, PATH_TYPES);
  } else if (pathType !== "ImplementationSpecific" && !path.startsWith("/")) {
    causes.invalid(`${at}.path`, path, "must be an absolute path");
  }
  checkBackend(causes, `${at}.backend`, backend ?? {});
}

function checkBackend(
  causes: Causes,
  at: string,
  { service, resource }: Loose<models.IngressBackend>,
): void {
  if (resource) return;
  if (!service?.name) return causes.required(`${at}.service.name`);
  const { name, number } = service.port ?? {};
  if (!name && !number) causes.required(at, "port name or number is required");
  else if (number) {
    for (const fault of portFaults(number)) {
      causes.invalid(`${at}.service.port.number`, number, fault);
    }
  }
}
