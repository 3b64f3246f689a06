import {
  type BuiltInKinds,
  dns1123SubdomainFaults,
  type KubeObject,
  labelKeyFaults,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import {
  hasHealthCheck,
  hasNodePorts,
  isExternallyAccessible,
  isHeadlessWithoutSelector,
} from "../service_types.ts";
import { type Causes, IMMUTABLE } from "./_causes.ts";
import { cidrFaults, ipFaults, reachFaults } from "./_network.ts";
import {
  checkLabelKey,
  checkLabels,
  checkPortOrName,
  checkPrefixedPath,
  checkSubdomain,
  labelFaults,
  portFaults,
  portNameFaults,
  PROTOCOLS,
  wildcardFaults,
} from "./_names.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const IP_TEXT = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

/**
 * Everything of a Service but the allocation of its addresses.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidateService).
 */
export function checkService(causes: Causes, service: KubeObject, previous?: KubeObject): void {
  const spec: Loose<models.ServiceSpec> = service.spec;
  const isExternal = spec.type === "ExternalName";
  const isBalanced = spec.type === "LoadBalancer";
  const ports: Loose<models.ServicePort>[] = spec.ports ?? [];
  if (ports.length === 0 && !isExternal && spec.clusterIP !== "None") causes.required("spec.ports");
  if (isExternal) checkExternalName(causes, spec);
  else if (hasNodePorts(spec)) checkNoHeadless(causes, spec);
  const names = new Set<string>();
  ports.forEach((port, i) => checkPort(causes, i, port, ports.length > 1, names));
  checkLabels(causes, "spec.selector", spec.selector);
  causes.oneOf("spec.sessionAffinity", spec.sessionAffinity, ["ClientIP", "None"]);
  checkAffinity(causes, spec);
  (spec.externalIPs ?? []).forEach((ip, i) =>
    checkExternalIp(causes, `spec.externalIPs[${i}]`, ip)
  );
  causes.oneOf("spec.type", spec.type, TYPES);
  if (spec.type === "ClusterIP") checkNoNodePorts(causes, ports);
  checkDistinct(causes, ports);
  checkRanges(causes, spec.loadBalancerSourceRanges ?? [], isBalanced);
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalanced) {
    causes.forbidden("spec.allocateLoadBalancerNodePorts", BALANCED_ONLY);
  }
  checkBalancerClass(causes, spec.loadBalancerClass, isBalanced);
  checkTraffic(causes, spec, previous?.spec);
  checkFamilies(causes, spec, !previous);
  checkClusterIp(causes, spec, previous);
}

const BALANCED_ONLY = "may only be used when `type` is 'LoadBalancer'";

function checkExternalName(causes: Causes, spec: Loose<models.ServiceSpec>): void {
  if (spec.clusterIP || spec.clusterIPs?.length) {
    causes.forbidden("spec.clusterIPs", "may not be set for ExternalName services");
  }
  if (!spec.externalName) return causes.required("spec.externalName");
  for (const fault of dns1123SubdomainFaults(spec.externalName.replace(/\.$/, ""))) {
    causes.invalid("spec.externalName", spec.externalName, fault);
  }
}

function checkNoHeadless(causes: Causes, { type, clusterIP }: Loose<models.ServiceSpec>): void {
  if (clusterIP !== "None") return;
  causes.invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`);
}

const DAY_SECONDS = 86_400;

function checkAffinity(causes: Causes, spec: Loose<models.ServiceSpec>): void {
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity !== "ClientIP" || seconds === undefined) return;
  if (seconds > 0 && seconds <= DAY_SECONDS) return;
  const detail = `must be greater than 0 and less than ${DAY_SECONDS}`;
  causes.invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, detail);
}

function checkExternalIp(causes: Causes, at: string, ip: string): void {
  const faults = ipFaults(ip);
  for (const fault of faults.length > 0 ? faults : reachFaults(ip)) causes.invalid(at, ip, fault);
}

function checkRanges(causes: Causes, ranges: readonly string[], isBalanced: boolean): void {
  // Upstream writes it with a capital.
  const at = "spec.LoadBalancerSourceRanges";
  if (ranges.length > 0 && !isBalanced) causes.forbidden(at, BALANCED_ONLY);
  ranges.forEach((range, i) => {
    for (const fault of cidrFaults(range.trim())) causes.invalid(`${at}[${i}]`, range, fault);
  });
}

function checkBalancerClass(causes: Causes, name: string | undefined, isBalanced: boolean): void {
  if (name === undefined) return;
  const at = "spec.loadBalancerClass";
  if (!isBalanced) return causes.forbidden(at, BALANCED_ONLY);
  for (const fault of labelKeyFaults(name)) causes.invalid(at, name, fault);
}

/** Source: validateServiceExternalTrafficPolicy, validateServiceInternalTrafficFieldsValue. */
function checkTraffic(
  causes: Causes,
  spec: Loose<models.ServiceSpec>,
  before: Loose<models.ServiceSpec> | undefined,
): void {
  const { externalTrafficPolicy: policy, healthCheckNodePort = 0 } = spec;
  if (policy !== undefined) {
    const at = "spec.externalTrafficPolicy";
    if (!isExternallyAccessible(spec)) {
      causes.invalid(at, policy, "may only be set for externally-accessible services");
    } else causes.oneOf(at, policy, ["Cluster", "Local"]);
  }
  if (healthCheckNodePort !== 0 && !hasHealthCheck(spec)) {
    const detail =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    causes.invalid("spec.healthCheckNodePort", healthCheckNodePort, detail);
  }
  for (const fault of healthCheckNodePort === 0 ? [] : portFaults(healthCheckNodePort)) {
    if (hasHealthCheck(spec)) {
      causes.invalid("spec.healthCheckNodePort", healthCheckNodePort, fault);
    }
  }
  const kept = before && hasHealthCheck(before) ? before.healthCheckNodePort : undefined;
  if (kept && hasHealthCheck(spec) && kept !== healthCheckNodePort) {
    causes.forbidden("spec.healthCheckNodePort", IMMUTABLE);
  }
  const policies = ["Cluster", "Local"];
  causes.oneOf("spec.internalTrafficPolicy", spec.internalTrafficPolicy, policies);
  const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
  causes.oneOf("spec.trafficDistribution", spec.trafficDistribution, distributions);
}

/** Of a cluster that has addresses of IPv4 alone. Source: also pkg/registry/core/service/storage/alloc.go. */
function checkFamilies(
  causes: Causes,
  spec: Loose<models.ServiceSpec>,
  isNew: boolean,
): void {
  if (spec.type === "ExternalName") return;
  const { ipFamilies = [], ipFamilyPolicy, clusterIP = "", clusterIPs = [] } = spec;
  const known = ["IPv4", "IPv6"];
  ipFamilies.forEach((family, i) => causes.oneOf(`spec.ipFamilies[${i}]`, family, known));
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  causes.oneOf("spec.ipFamilyPolicy", ipFamilyPolicy, policies);
  const isFour = (ip: string) => ip === "None" || !ip.includes(":");
  if (clusterIPs.length > 0 && !clusterIP) {
    const detail = "must be empty when `clusterIP` is not specified";
    causes.invalid("spec.clusterIPs", clusterIPs, detail);
  } else if (isNew && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    causes.invalid("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`");
  }
  if (clusterIPs.length > 1 && clusterIPs.every(isFour)) {
    const detail = "may specify no more than one IP for each IP family";
    causes.invalid("spec.clusterIPs", clusterIPs, detail);
  }
  if (isHeadlessWithoutSelector(spec)) return;
  if (ipFamilyPolicy === "RequireDualStack") {
    const detail = "this cluster is not configured for dual-stack services";
    causes.invalid("spec.ipFamilyPolicy", ipFamilyPolicy, detail);
  }
  ipFamilies.forEach((family, i) => {
    if (family !== "IPv6") return;
    causes.invalid(`spec.ipFamilies[${i}]`, family, "not configured on this cluster");
  });
}

function checkPort(
  causes: Causes,
  i: number,
  { name, port, targetPort, protocol, appProtocol }: Loose<models.ServicePort>,
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
  if (appProtocol !== undefined) checkLabelKey(causes, `${at}.appProtocol`, appProtocol);
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
    if (host) checkHost(causes, `${at}.host`, host);
    if (http && !http.paths?.length) causes.required(`${at}.http.paths`);
    (http?.paths ?? []).forEach((path, j) => checkPath(causes, `${at}.http.paths[${j}]`, path));
  });
  (spec?.tls ?? []).forEach(({ hosts = [], secretName }, i) => {
    const at = `spec.tls[${i}]`;
    hosts.forEach((host, j) => checkDomain(causes, `${at}.hosts[${j}]`, host));
    if (secretName) checkSubdomain(causes, `${at}.secretName`, secretName);
  });
  if (spec?.ingressClassName !== undefined) {
    checkSubdomain(causes, "spec.ingressClassName", spec.ingressClassName);
  }
}

function checkHost(causes: Causes, at: string, host: string): void {
  if (ipFaults(host).length === 0) {
    causes.invalid(at, host, "must be a DNS name, not an IP address");
  }
  checkDomain(causes, at, host);
}

/** A domain, or all that are below one. */
function checkDomain(causes: Causes, at: string, host: string): void {
  if (!host.includes("*")) return checkSubdomain(causes, at, host);
  for (const fault of wildcardFaults(host)) causes.invalid(at, host, fault);
}

const NO_SEQUENCES = ["//", "/./", "/../", "%2f", "%2F"];
const NO_ENDINGS = ["/..", "/."];

function checkPath(
  causes: Causes,
  at: string,
  { path = "", pathType, backend }: Loose<models.HTTPIngressPath>,
): void {
  if (!pathType) causes.required(`${at}.pathType`, "pathType must be specified");
  else if (!PATH_TYPES.includes(pathType)) {
    causes.unsupported(`${at}.pathType`, pathType, PATH_TYPES);
  } else if (pathType !== "ImplementationSpecific") {
    if (!path.startsWith("/")) causes.invalid(`${at}.path`, path, "must be an absolute path");
    for (const part of path ? NO_SEQUENCES : []) {
      if (path.includes(part)) causes.invalid(`${at}.path`, path, `must not contain '${part}'`);
    }
    for (const end of path ? NO_ENDINGS : []) {
      if (path.endsWith(end)) causes.invalid(`${at}.path`, path, `cannot end with '${end}'`);
    }
  } else if (path && !path.startsWith("/")) {
    causes.invalid(`${at}.path`, path, "must be an absolute path");
  }
  checkBackend(causes, `${at}.backend`, backend ?? {});
}

function checkBackend(
  causes: Causes,
  at: string,
  { service, resource }: Loose<models.IngressBackend>,
): void {
  if (resource && service) {
    return causes.invalid(at, "", "cannot set both resource and service backends");
  }
  if (resource) return;
  if (!service) return causes.invalid(at, "", "resource or service backend is required");
  const here = `${at}.service`;
  if (!service.name) causes.required(`${here}.name`);
  else {
    for (const fault of labelFaults(service.name)) {
      causes.invalid(`${here}.name`, service.name, fault);
    }
  }
  const { name, number } = service.port ?? {};
  if (name && number) causes.invalid(at, "", "cannot set both port name & port number");
  else if (name) {
    for (const fault of portNameFaults(name)) causes.invalid(`${here}.port.name`, name, fault);
  } else if (number) {
    for (const fault of portFaults(number)) causes.invalid(`${here}.port.number`, number, fault);
  } else causes.required(at, "port name or number is required");
}

const MAX_CONTROLLER_BYTES = 250;

/** Source: as above (ValidateIngressClassSpec). */
export function checkIngressClass(
  causes: Causes,
  { spec = {} }: Loose<BuiltInKinds["ingressclasses.networking.k8s.io"]>,
): void {
  const { controller, parameters } = spec;
  if (!controller) causes.required("spec.controller");
  else checkPrefixedPath(causes, "spec.controller", controller, MAX_CONTROLLER_BYTES);
  if (!parameters) return;
  const at = "spec.parameters";
  if (!parameters.kind) causes.required(`${at}.kind`);
  if (!parameters.name) causes.required(`${at}.name`);
  const { scope, namespace } = parameters;
  causes.oneOf(`${at}.scope`, scope, ["Cluster", "Namespace"]);
  if (scope === "Namespace" && !namespace) {
    causes.required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'");
  } else if (scope === "Cluster" && namespace) {
    causes.forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'");
  }
}
