import { checkEphemeralContainers } from "./_pod_parts.ts";
import {
  type KubeObject,
  labelKeyFaults,
  labelValueFaults,
  type Loose,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import { type Causes, quantityOf } from "./_causes.ts";
import {
  checkCommon,
  checkContainers,
  checkInitContainers,
  checkUnique,
  type ContainerSurroundings,
} from "./_containers.ts";
import { ipFaults } from "./_network.ts";
import { checkLabels, checkSubdomain, labelFaults, searchFaults } from "./_names.ts";
import { checkAmount, checkContainerResourceName, checkPodResources } from "./_requirements.ts";
import { checkPlacement, TAINT_EFFECTS } from "./_scheduling.ts";
import { checkHostUsers, checkOs, checkPodSecurity } from "./_security.ts";
import { checkVolumes } from "./_volumes.ts";

const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const MAX_INT32 = 2 ** 31 - 1;

/**
 * The spec of a pod or of a pod template.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (ValidatePodSpec).
 */
export function checkPodSpec(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  const volumes = checkVolumes(causes, `${at}.volumes`, spec.volumes ?? []);
  const claims = checkClaims(causes, `${at}.resourceClaims`, spec);
  const pod = surroundingsOf(spec, volumes, claims);
  if (!spec.containers?.length) causes.required(`${at}.containers`);
  checkContainers(causes, `${at}.containers`, spec.containers ?? [], pod);
  checkInitContainers(causes, `${at}.initContainers`, spec.initContainers ?? [], pod);
  if (spec.resources) checkPodResources(causes, `${at}.resources`, spec.resources);
  checkHostNetwork(causes, at, spec);
  causes.oneOf(`${at}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES);
  causes.oneOf(`${at}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES);
  checkLabels(causes, `${at}.nodeSelector`, spec.nodeSelector);
  checkPodSecurity(causes, at, spec);
  checkPlacement(causes, at, spec, () => checkDns(causes, `${at}.dnsConfig`, spec));
  checkHostUsers(causes, at, spec);
  checkNames(causes, at, spec);
  (spec.tolerations ?? []).forEach((toleration, i) =>
    checkToleration(causes, `${at}.tolerations[${i}]`, toleration)
  );
  (spec.hostAliases ?? []).forEach(({ ip = "", hostnames = [] }, i) => {
    const here = `${at}.hostAliases[${i}]`;
    checkIp(causes, `${here}.ip`, ip);
    hostnames.forEach((name, j) => checkSubdomain(causes, `${here}.hostnames[${j}]`, name));
  });
  if (spec.priorityClassName) {
    checkSubdomain(causes, `${at}.priorityClassName`, spec.priorityClassName);
  }
  if (spec.runtimeClassName !== undefined) {
    checkSubdomain(causes, `${at}.runtimeClassName`, spec.runtimeClassName);
  }
  const preemptions = ["PreemptLowerPriority", "Never"];
  causes.oneOf(`${at}.preemptionPolicy`, spec.preemptionPolicy, preemptions);
  for (const name of Object.keys(spec.overhead ?? {}).sort()) {
    const here = `${at}.overhead.limits[${name}]`;
    checkContainerResourceName(causes, here, name);
    checkAmount(causes, here, name, quantityOf(spec.overhead?.[name] ?? 0));
  }
  checkOs(causes, at, spec);
}

/** Names of what a pod belongs to, and of itself, and how long it may run. */
function checkNames(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  const { serviceAccountName, nodeName, activeDeadlineSeconds } = spec;
  if (serviceAccountName) {
    checkSubdomain(causes, `${at}.serviceAccountName`, serviceAccountName);
  }
  if (nodeName) checkSubdomain(causes, `${at}.nodeName`, nodeName);
  const outOfRange = activeDeadlineSeconds !== undefined &&
    (activeDeadlineSeconds < 1 || activeDeadlineSeconds > MAX_INT32);
  if (outOfRange) {
    const detail = `must be between 1 and ${MAX_INT32}, inclusive`;
    causes.invalid(`${at}.activeDeadlineSeconds`, activeDeadlineSeconds, detail);
  }
  for (const field of ["hostname", "subdomain"] as const) {
    const name = spec[field];
    if (!name) continue;
    for (const fault of labelFaults(name)) causes.invalid(`${at}.${field}`, name, fault);
  }
}

function surroundingsOf(
  spec: Loose<models.PodSpec>,
  volumes: ContainerSurroundings["volumes"],
  claims: ReadonlySet<string>,
): ContainerSurroundings {
  return {
    volumes,
    claims,
    names: new Set(),
    restartPolicy: spec.restartPolicy ?? "Always",
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    hostUsers: spec.hostUsers ?? true,
  };
}

/** The ephemeral containers of a pod whose spec has been checked. */
export function checkEphemeral(causes: Causes, spec: Loose<models.PodSpec>): void {
  const { containers = [], initContainers = [], ephemeralContainers = [], volumes = [] } = spec;
  const nameOf = ({ name = "" }: { name?: string }) => name;
  const others = new Set<string>([...containers, ...initContainers].map(nameOf));
  const known = new Map(volumes.map((volume) => [nameOf(volume), volume]));
  const claims = new Set((spec.resourceClaims ?? []).map(nameOf));
  const pod = { ...surroundingsOf(spec, known, claims), names: new Set(others) };
  ephemeralContainers.forEach((container, i) => {
    const at = `spec.ephemeralContainers[${i}]`;
    checkCommon(causes, at, container, pod);
    checkUnique(causes, at, container, pod);
  });
  checkEphemeralContainers(causes, spec, others);
}

function checkToleration(causes: Causes, at: string, toleration: Loose<models.Toleration>): void {
  const { key = "", operator = "Equal", value = "", effect = "", tolerationSeconds } = toleration;
  if (key) {
    for (const fault of labelKeyFaults(key)) causes.invalid(`${at}.key`, key, fault);
  } else if (operator !== "Exists") {
    const detail =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    causes.invalid(`${at}.operator`, toleration.operator ?? "", detail);
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    causes.invalid(`${at}.effect`, effect, detail);
  }
  if (operator === "Equal") {
    const faults = labelValueFaults(value);
    if (faults.length > 0) causes.invalid(`${at}.operator`, value, faults.join(";"));
  } else if (operator === "Exists") {
    const detail = "value must be empty when `operator` is 'Exists'";
    if (value) causes.invalid(`${at}.operator`, value, detail);
  } else {
    // Those that compare are behind a feature that is off, and named all the same.
    const known = ["Equal", "Exists"];
    const compares = operator === "Lt" || operator === "Gt";
    causes.unsupported(`${at}.operator`, operator, compares ? [...known, "Lt", "Gt"] : known);
  }
  if (effect) causes.oneOf(`${at}.effect`, effect, TAINT_EFFECTS);
}

/** Source: validatePodDNSConfig. */
function checkDns(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  const { dnsPolicy, dnsConfig } = spec;
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === "None") {
    const when = "when `dnsPolicy` is None";
    if (!dnsConfig) return causes.required(at, `must provide \`dnsConfig\` ${when}`);
    if (nameservers.length === 0) {
      const detail = `must provide at least one DNS nameserver ${when}`;
      return causes.required(`${at}.nameservers`, detail);
    }
  }
  const tooMany = (field: string, value: readonly string[], what: string) =>
    causes.invalid(`${at}.${field}`, value, `must not have more than ${what}`);
  if (nameservers.length > 3) tooMany("nameservers", nameservers, "3 nameservers");
  nameservers.forEach((ip, i) => checkIp(causes, `${at}.nameservers[${i}]`, ip));
  if (searches.length > 32) tooMany("searches", searches, "32 search paths");
  if (searches.join(" ").length > 2048) {
    tooMany("searches", searches, "2048 characters (including spaces) in the search list");
  }
  searches.forEach((search, i) => {
    const name = search.replace(/\.$/, "");
    const here = `${at}.searches[${i}]`;
    if (search === ".") return;
    for (const fault of searchFaults(name)) causes.invalid(here, name, fault);
  });
  options.forEach(({ name }, i) => {
    if (!name) causes.required(`${at}.options[${i}]`, "must not be empty");
  });
}

function checkIp(causes: Causes, at: string, ip: string): void {
  for (const fault of ipFaults(ip)) causes.invalid(at, ip, fault);
}

/** Source: validatePodResourceClaims. */
function checkClaims(causes: Causes, at: string, spec: Loose<models.PodSpec>): Set<string> {
  const names = new Set<string>();
  (spec.resourceClaims ?? []).forEach((claim, i) => {
    const here = `${at}[${i}]`;
    const { name = "", resourceClaimName = null, resourceClaimTemplateName = null } = claim;
    if (!name) causes.required(`${here}.name`);
    else if (names.has(name)) causes.duplicate(`${here}.name`, name);
    else for (const fault of labelFaults(name)) causes.invalid(`${here}.name`, name, fault);
    names.add(name);
    const shown = {
      Name: name,
      ResourceClaimName: resourceClaimName,
      ResourceClaimTemplateName: resourceClaimTemplateName,
    };
    if (resourceClaimName && resourceClaimTemplateName) {
      const detail =
        "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
      causes.invalid(here, shown, detail);
    } else if (!resourceClaimName && !resourceClaimTemplateName) {
      const detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
      causes.invalid(here, shown, detail);
    }
  });
  return names;
}

/** Source: validatePodHostNetworkDeps. */
function checkHostNetwork(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  if (!spec.hostNetwork) return;
  const containers: Loose<models.Container>[] = spec.containers ?? [];
  containers.forEach(({ ports = [] }, i) =>
    ports.forEach(({ containerPort, hostPort }, j) => {
      if (!hostPort || hostPort === containerPort) return;
      const detail = "must match `containerPort` when `hostNetwork` is true";
      causes.invalid(`${at}.containers[${i}].ports[${j}].hostPort`, hostPort, detail);
    })
  );
}

/**
 * What is asked of a pod alone, and not of a template.
 * Source: ValidatePodCreate, validateContainersOnlyForPod, in the same file.
 */
export function checkNewPod(causes: Causes, { spec }: KubeObject): void {
  for (const list of ["containers", "initContainers"] as const) {
    const containers: Loose<models.Container>[] = spec[list] ?? [];
    containers.forEach(({ image }, i) => {
      if (!image || image.trim() === image) return;
      const detail = "must not have leading or trailing whitespace";
      causes.invalid(`spec.${list}[${i}].image`, image, detail);
    });
  }
  if (spec.ephemeralContainers?.length) {
    causes.forbidden("spec.ephemeralContainers", "cannot be set on create");
  }
  if (spec.nodeName && spec.schedulingGates?.length) {
    const detail = "cannot be set until all schedulingGates have been cleared";
    causes.forbidden("spec.nodeName", detail);
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
  checkDeadlineUpdate(causes, pod.spec, previous.spec);
  const fixed = ({ spec }: KubeObject) => {
    const {
      activeDeadlineSeconds: _,
      tolerations: __,
      terminationGracePeriodSeconds: ___,
      ...rest
    } = spec;
    const imageless = (list: models.Container[] = []) =>
      list.map(({ image: _, ...container }) => container);
    return {
      ...rest,
      containers: imageless(spec.containers),
      initContainers: imageless(spec.initContainers),
    };
  };
  if (!sameJson(fixed(pod), fixed(previous))) causes.forbidden("spec", POD_UPDATES);
}

/** A pod's deadline may be set once, and then comes nearer alone. */
function checkDeadlineUpdate(
  causes: Causes,
  { activeDeadlineSeconds: next }: models.PodSpec,
  { activeDeadlineSeconds: before }: models.PodSpec,
): void {
  const at = "spec.activeDeadlineSeconds";
  if (before === undefined) return;
  if (next === undefined) {
    causes.invalid(at, next, "must not update from a positive integer to nil value");
  } else if (next > before) {
    causes.invalid(at, next, "must be less than or equal to previous value");
  }
}
