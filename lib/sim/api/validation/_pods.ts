import { checkEphemeralContainers } from "./_pod_parts.ts";
import {
  dns1123SubdomainFaults,
  type KubeObject,
  labelKeyFaults,
  type Loose,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import { type Causes, NOT_NEGATIVE, quantityOf } from "./_causes.ts";
import { checkLabels, checkPortOrName, labelFaults, portFaults, portNameFaults } from "./_names.ts";
import { checkPlacement } from "./_scheduling.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const TOLERATION_OPERATORS = ["Equal", "Exists"];
const PROBE_HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc"] as const;

/**
 * The spec of a pod or of a pod template.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidatePodSpec).
 */
export function checkPodSpec(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  const volumes = checkVolumes(causes, `${at}.volumes`, spec.volumes ?? []);
  const inits: Loose<models.Container>[] = spec.initContainers ?? [];
  if (!spec.containers?.length) causes.required(`${at}.containers`);
  const names = new Set<string>();
  checkContainers(causes, `${at}.containers`, spec.containers ?? [], volumes, names);
  checkContainers(causes, `${at}.initContainers`, inits, volumes, names);
  causes.oneOf(`${at}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES);
  causes.oneOf(`${at}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES);
  checkLabels(causes, `${at}.nodeSelector`, spec.nodeSelector);
  checkPlacement(causes, at, spec);
  if (spec.serviceAccountName) {
    for (const fault of dns1123SubdomainFaults(spec.serviceAccountName)) {
      causes.invalid(`${at}.serviceAccountName`, spec.serviceAccountName, fault);
    }
  }
  (spec.tolerations ?? []).forEach((toleration, i) =>
    checkToleration(causes, `${at}.tolerations[${i}]`, toleration)
  );
}

/** The ephemeral containers of a pod whose spec has been checked. */
export function checkEphemeral(causes: Causes, spec: Loose<models.PodSpec>): void {
  const { containers = [], initContainers = [], ephemeralContainers = [], volumes = [] } = spec;
  const nameOf = ({ name = "" }: { name?: string }) => name;
  const names = new Set<string>([...containers, ...initContainers].map(nameOf));
  const others = new Set(names);
  const known = new Set<string>(volumes.map(nameOf));
  checkContainers(causes, "spec.ephemeralContainers", ephemeralContainers, known, names);
  checkEphemeralContainers(causes, spec, others);
}

function checkToleration(causes: Causes, at: string, toleration: Loose<models.Toleration>): void {
  const { key = "", operator = "Equal", value = "" } = toleration;
  if (key) {
    for (const fault of labelKeyFaults(key)) causes.invalid(`${at}.key`, key, fault);
  } else if (operator !== "Exists") {
    const detail =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    causes.invalid(`${at}.operator`, operator, detail);
  }
  if (!TOLERATION_OPERATORS.includes(operator)) {
    causes.unsupported(`${at}.operator`, operator, TOLERATION_OPERATORS);
  } else if (operator === "Exists" && value) {
    const detail = "value must be empty when `operator` is 'Exists'";
    causes.invalid(`${at}.operator`, toleration, detail);
  }
}

/** Gives the names of the volumes. */
function checkVolumes(causes: Causes, at: string, volumes: Loose<models.Volume>[]): Set<string> {
  const names = new Set<string>();
  volumes.forEach((volume, i) => {
    const { name, ...sources } = volume;
    const here = `${at}[${i}]`;
    const [first, ...more] = Object.keys(sources);
    for (const source of more) {
      causes.forbidden(`${here}.${source}`, "may not specify more than 1 volume type");
    }
    if (first === "configMap" && !sources.configMap?.name) {
      causes.required(`${here}.configMap.name`);
    }
    if (first === "secret" && !sources.secret?.secretName) {
      causes.required(`${here}.secret.secretName`);
    }
    if (first === "persistentVolumeClaim" && !sources.persistentVolumeClaim?.claimName) {
      causes.required(`${here}.persistentVolumeClaim.claimName`);
    }
    if (!name) causes.required(`${here}.name`);
    else {
      for (const fault of labelFaults(name)) causes.invalid(`${here}.name`, name, fault);
      if (names.has(name)) causes.duplicate(`${here}.name`, name);
      names.add(name);
    }
  });
  return names;
}

function checkContainers(
  causes: Causes,
  at: string,
  containers: Loose<models.Container>[],
  volumes: Set<string>,
  names: Set<string>,
): void {
  containers.forEach((container, i) => {
    const here = `${at}[${i}]`;
    checkName(causes, `${here}.name`, container.name, names);
    checkImage(causes, `${here}.image`, container.image);
    causes.oneOf(`${here}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES);
    checkPorts(causes, `${here}.ports`, container.ports ?? []);
    checkEnv(causes, `${here}.env`, container.env ?? []);
    checkMounts(causes, `${here}.volumeMounts`, container.volumeMounts ?? [], volumes);
    for (const name of ["livenessProbe", "readinessProbe", "startupProbe"] as const) {
      const probe = container[name];
      if (probe) checkProbe(causes, `${here}.${name}`, probe, name);
    }
    checkResources(causes, `${here}.resources`, container.resources ?? {});
  });
}

function checkName(causes: Causes, at: string, name: string | undefined, names: Set<string>): void {
  if (!name) return causes.required(at);
  for (const fault of labelFaults(name)) causes.invalid(at, name, fault);
  if (names.has(name)) causes.duplicate(at, name);
  names.add(name);
}

function checkImage(causes: Causes, at: string, image: string | undefined): void {
  if (!image) causes.required(at);
  else if (image.trim() !== image) {
    causes.invalid(at, image, "must not have leading or trailing whitespace");
  }
}

function checkPorts(causes: Causes, at: string, ports: Loose<models.ContainerPort>[]): void {
  const names = new Set<string>();
  ports.forEach(({ name, containerPort, hostPort, protocol = "TCP" }, i) => {
    const here = `${at}[${i}]`;
    if (name) {
      const faults = portNameFaults(name);
      for (const fault of faults) causes.invalid(`${here}.name`, name, fault);
      if (faults.length === 0 && names.has(name)) causes.duplicate(`${here}.name`, name);
      names.add(name);
    }
    if (!containerPort) causes.required(`${here}.containerPort`);
    else {
      for (const fault of portFaults(containerPort)) {
        causes.invalid(`${here}.containerPort`, containerPort, fault);
      }
    }
    if (hostPort) {
      for (const fault of portFaults(hostPort)) causes.invalid(`${here}.hostPort`, hostPort, fault);
    }
    causes.oneOf(`${here}.protocol`, protocol, PROTOCOLS);
  });
}

const ENV_NAME =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const ENV_FIELDS =
  /^(metadata\.(name|namespace|uid)|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?)|metadata\.(labels|annotations)\['.*'\])$/;

function checkEnv(causes: Causes, at: string, env: Loose<models.EnvVar>[]): void {
  env.forEach(({ name, value, valueFrom }, i) => {
    const here = `${at}[${i}]`;
    if (!name) causes.required(`${here}.name`);
    else if (!/^[ -<>-~]+$/.test(name)) causes.invalid(`${here}.name`, name, ENV_NAME);
    if (!valueFrom) return;
    const from = `${here}.valueFrom`;
    if (Object.keys(valueFrom).length === 0) {
      causes.invalid(
        from,
        "",
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
      );
    }
    const path = valueFrom.fieldRef?.fieldPath;
    if (valueFrom.fieldRef && !path) causes.required(`${from}.fieldRef.fieldPath`);
    else if (path && !ENV_FIELDS.test(path)) {
      const detail = `error converting fieldPath: field label not supported: ${path}`;
      causes.invalid(`${from}.fieldRef.fieldPath`, path, detail);
    }
    for (const kind of ["configMapKeyRef", "secretKeyRef"] as const) {
      const reference = valueFrom[kind];
      if (reference && !reference.name) causes.required(`${from}.${kind}.name`);
      if (reference && !reference.key) causes.required(`${from}.${kind}.key`);
    }
    if (value) causes.invalid(from, "", "may not be specified when `value` is not empty");
  });
}

function checkMounts(
  causes: Causes,
  at: string,
  mounts: Loose<models.VolumeMount>[],
  volumes: Set<string>,
): void {
  const paths = new Set<string>();
  mounts.forEach(({ name, mountPath }, i) => {
    const here = `${at}[${i}]`;
    if (!name) causes.required(`${here}.name`);
    else if (!volumes.has(name)) causes.notFound(`${here}.name`, name);
    if (!mountPath) return causes.required(`${here}.mountPath`);
    if (paths.has(mountPath)) causes.invalid(`${here}.mountPath`, mountPath, "must be unique");
    paths.add(mountPath);
  });
}

function checkProbe(causes: Causes, at: string, probe: Loose<models.Probe>, name: string): void {
  const handlers = PROBE_HANDLERS.filter((handler) => probe[handler]);
  if (handlers.length === 0) causes.required(at, "must specify a handler type");
  for (const extra of handlers.slice(1)) {
    causes.forbidden(`${at}.${extra}`, "may not specify more than 1 handler type");
  }
  if (probe.httpGet) checkPortOrName(causes, `${at}.httpGet.port`, probe.httpGet.port);
  if (probe.tcpSocket) checkPortOrName(causes, `${at}.tcpSocket.port`, probe.tcpSocket.port);
  if (probe.exec && !probe.exec.command?.length) causes.required(`${at}.exec.command`);
  const numbers = [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const;
  for (const number of numbers) causes.notNegative(`${at}.${number}`, probe[number]);
  if (name !== "readinessProbe" && (probe.successThreshold ?? 0) > 1) {
    causes.invalid(`${at}.successThreshold`, probe.successThreshold, "must be 1");
  }
}

const STANDARD_RESOURCES = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

function checkResources(
  causes: Causes,
  at: string,
  resources: Loose<models.ResourceRequirements>,
): void {
  const { limits = {}, requests = {} } = resources;
  for (const [part, values] of [["limits", limits], ["requests", requests]] as const) {
    for (const name of Object.keys(values).sort()) {
      const here = `${at}.${part}[${name}]`;
      if (!name.includes("/") && !STANDARD_RESOURCES.test(name)) {
        causes.invalid(here, name, "must be a standard resource type or fully qualified");
        causes.invalid(here, name, "must be a standard resource for containers");
      }
      const quantity = quantityOf(values[name]);
      if (quantity && quantity.nano < 0n) causes.invalid(here, quantity.toString(), NOT_NEGATIVE);
    }
  }
  for (const name of Object.keys(requests).sort()) {
    const [asked, limit] = [quantityOf(requests[name]), quantityOf(limits[name] ?? "")];
    if (asked && limit && asked.nano > limit.nano) {
      const detail = `must be less than or equal to ${name} limit of ${limit}`;
      causes.invalid(`${at}.requests`, asked.toString(), detail);
    }
  }
}

/** What is asked of a pod alone, and not of a template. Source: ValidatePodCreate, in the same file. */
export function checkNewPod(causes: Causes, { spec }: KubeObject): void {
  if (spec.ephemeralContainers?.length) {
    causes.forbidden("spec.ephemeralContainers", "cannot be set on create");
  }
}

const POD_UPDATES =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/**
 * What may change of a pod that is there.
 * Source: pkg/apis/core/validation/validation.go (ValidatePodUpdate).
 * Differs: upstream adds a dump of the difference.
 */
export function checkPodUpdate(causes: Causes, pod: KubeObject, previous: KubeObject): void {
  const fixed = ({ spec }: KubeObject) => {
    const {
      activeDeadlineSeconds: _,
      tolerations: __,
      terminationGracePeriodSeconds: ___,
      ...rest
    } = spec;
    const imageless = (list: models.Container[] = []) =>
      list.map(({ image: _, ...container }) => container);
    // Binding sets the node, once.
    const nodeName = previous.spec.nodeName ? spec.nodeName : undefined;
    return {
      ...rest,
      nodeName,
      containers: imageless(spec.containers),
      initContainers: imageless(spec.initContainers),
    };
  };
  if (!sameJson(fixed(pod), fixed(previous))) causes.forbidden("spec", POD_UPDATES);
}
