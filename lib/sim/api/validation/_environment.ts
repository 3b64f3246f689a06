/**
 * Where a container's variables, and the files that tell a pod of itself, come from.
 * Source of every rule and text here: kubernetes/kubernetes pkg/apis/core/validation/validation.go.
 *
 * @module
 */
import {
  dns1123SubdomainFaults,
  labelKeyFaults,
  type Loose,
  type models,
} from "../../../kube/mod.ts";
import { type Causes, quantityOf } from "./_causes.ts";
import { configKeyFaults } from "./_names.ts";

const ENV_NAME =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const MORE_THAN_ONE = "may not have more than one field specified at a time";

/** Source: ValidateEnv. */
export function checkEnv(causes: Causes, at: string, env: Loose<models.EnvVar>[]): void {
  env.forEach(({ name, value, valueFrom }, i) => {
    const here = `${at}[${i}]`;
    if (!name) causes.required(`${here}.name`);
    else if (!isEnvName(name)) causes.invalid(`${here}.name`, name, ENV_NAME);
    if (valueFrom) checkValueFrom(causes, `${here}.valueFrom`, valueFrom, value);
  });
}

function isEnvName(name: string): boolean {
  return /^[ -<>-~]+$/.test(name);
}

function checkValueFrom(
  causes: Causes,
  at: string,
  from: Loose<models.EnvVarSource>,
  value: string | undefined,
): void {
  const { fieldRef, resourceFieldRef } = from;
  if (fieldRef) checkFieldRef(causes, `${at}.fieldRef`, fieldRef, ENV_FIELDS);
  if (resourceFieldRef) {
    checkResourceRef(causes, `${at}.resourceFieldRef`, resourceFieldRef, false);
  }
  for (const kind of ["configMapKeyRef", "secretKeyRef"] as const) {
    const reference = from[kind];
    if (!reference) continue;
    const { name = "", key } = reference;
    for (const fault of dns1123SubdomainFaults(name)) {
      causes.invalid(`${at}.${kind}.name`, name, fault);
    }
    if (!key) causes.required(`${at}.${kind}.key`);
    else for (const fault of configKeyFaults(key)) causes.invalid(`${at}.${kind}.key`, key, fault);
  }
  const sources = Object.values(from).filter((source) => source !== undefined).length;
  if (sources === 0) {
    const detail =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    causes.invalid(at, "", detail);
  } else if (value) causes.invalid(at, "", "may not be specified when `value` is not empty");
  else if (sources > 1) causes.invalid(at, "", MORE_THAN_ONE);
}

/** Source: ValidateEnvFrom. */
export function checkEnvFrom(
  causes: Causes,
  at: string,
  sources: Loose<models.EnvFromSource>[],
): void {
  sources.forEach((source, i) => {
    const here = `${at}[${i}]`;
    const { prefix } = source;
    if (prefix && !isEnvName(prefix)) causes.invalid(`${here}.prefix`, prefix, ENV_NAME);
    const kinds = (["configMapRef", "secretRef"] as const).filter((kind) => source[kind]);
    for (const kind of kinds) {
      const name = source[kind]?.name;
      if (!name) {
        causes.required(`${here}.${kind}.name`);
        continue;
      }
      for (const fault of dns1123SubdomainFaults(name)) {
        causes.invalid(`${here}.${kind}.name`, name, fault);
      }
    }
    if (kinds.length === 0) {
      causes.invalid(at, "", "must specify one of: `configMapRef` or `secretRef`");
    } else if (kinds.length > 1) causes.invalid(at, "", MORE_THAN_ONE);
  });
}

/** Fields of a pod that a variable may show, and those that a file may. */
const ENV_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
export const FILE_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
/** Of a pod, what has a name at all. Source: pkg/api/pod/util.go (ConvertDownwardAPIFieldLabel). */
const FIELDS = new Set([...ENV_FIELDS, ...FILE_FIELDS, "spec.restartPolicy", "status.phase"]);

/** Source: validateObjectFieldSelector. */
export function checkFieldRef(
  causes: Causes,
  at: string,
  { apiVersion = "v1", fieldPath }: Loose<models.ObjectFieldSelector>,
  fields: readonly string[],
): void {
  if (!fieldPath) return causes.required(`${at}.fieldPath`);
  const refuse = (why: string) => {
    causes.invalid(`${at}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`);
  };
  if (apiVersion !== "v1") return refuse(`unsupported pod version: ${apiVersion}`);
  const opening = fieldPath.indexOf("['");
  const isSubscripted = opening > 0 && fieldPath.endsWith("']") && opening + 4 <= fieldPath.length;
  const path = isSubscripted ? fieldPath.slice(0, opening) : fieldPath;
  if (!isSubscripted) {
    if (!FIELDS.has(path)) return refuse(`field label not supported: ${path}`);
    return causes.oneOf(`${at}.fieldPath`, path, fields);
  }
  if (path !== "metadata.annotations" && path !== "metadata.labels") {
    return refuse(`field label does not support subscript: ${fieldPath}`);
  }
  const subscript = fieldPath.slice(opening + 2, -2);
  const key = path === "metadata.annotations" ? subscript.toLowerCase() : subscript;
  for (const fault of labelKeyFaults(key)) causes.invalid(at, key, fault);
}

const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const BYTES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";

/** Source: validateContainerResourceFieldSelector. */
export function checkResourceRef(
  causes: Causes,
  at: string,
  { containerName, resource = "", divisor }: Loose<models.ResourceFieldSelector>,
  needsContainer: boolean,
): void {
  const isHuge = /^(limits|requests)\.hugepages-/.test(resource);
  if (needsContainer && !containerName) causes.required(`${at}.containerName`);
  else if (!resource) causes.required(`${at}.resource`);
  else if (!isHuge) causes.oneOf(`${at}.resource`, resource, RESOURCES);
  const amount = divisor === undefined ? undefined : quantityOf(divisor);
  if (!amount || amount.nano === 0n) return;
  const [, kind] = /^(?:limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-)/
    .exec(resource) ?? [];
  if (kind === undefined) return;
  const [choices, what] = {
    cpu: ["1m and 1", "cpu resource"],
    memory: [BYTES, "memory resource"],
    "ephemeral-storage": [BYTES, "local ephemeral storage resource"],
    "hugepages-": [BYTES, "hugepages resource"],
  }[kind]!;
  if (choices.split(/, | and /).includes(String(amount))) return;
  const detail = `only divisor's values ${choices} are supported with the ${what}`;
  causes.invalid(`${at}.divisor`, resource, detail);
}
