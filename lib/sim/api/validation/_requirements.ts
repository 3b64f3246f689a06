/**
 * What containers and pods ask for, and are limited to.
 * Source of every rule and text here: kubernetes/kubernetes pkg/apis/core/validation/validation.go
 * (validateResourceRequirements).
 *
 * @module
 */
import { labelKeyFaults, type Loose, type models, type Quantity } from "../../../kube/mod.ts";
import { type Causes, NOT_NEGATIVE, quantityOf } from "./_causes.ts";

/** Source: pkg/apis/core/helper/helpers.go (integerResources). */
const COUNTED = new Set([
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

/** Source: pkg/apis/core/helper/helpers.go (standardResources, standardContainerResources). */
const STANDARD = new Set([
  ...COUNTED,
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "storage",
  "requests.storage",
]);
const OF_CONTAINERS = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;
const OF_PODS = /^(cpu|memory|hugepages-.+)$/;
const isHuge = (name: string) => name.startsWith("hugepages-");

/** Of any resource's name. Source: validateResourceName. Gives whether it is a good one. */
export function checkResourceName(causes: Causes, at: string, name: string): boolean {
  const faults = labelKeyFaults(name);
  for (const fault of faults) causes.invalid(at, name, fault);
  if (faults.length > 0) return false;
  if (name.includes("/") || STANDARD.has(name) || isHuge(name)) return true;
  causes.invalid(at, name, "must be a standard resource type or fully qualified");
  return false;
}

/** Source: validateContainerResourceName. */
export function checkContainerResourceName(causes: Causes, at: string, name: string): void {
  checkResourceName(causes, at, name);
  if (!name.includes("/") && !OF_CONTAINERS.test(name)) {
    causes.invalid(at, name, "must be a standard resource for containers");
  } else if (name.includes("/") && !isNative(name) && !isExtended(name)) {
    causes.invalid(at, name, "doesn't follow extended resource name standard");
  }
}

/** Source: validatePodResourceName. */
function checkPodResourceName(causes: Causes, at: string, name: string): void {
  if (!checkResourceName(causes, at, name)) return;
  if (OF_PODS.test(name)) return;
  causes.unsupported(at, name, ["cpu", "hugepages-", "memory"]);
}

/** Source: pkg/apis/core/helper/helpers.go (IsNativeResource, IsExtendedResourceName). */
function isNative(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") &&
    labelKeyFaults(`requests.${name}`).length === 0;
}

/** What no node gives out twice: what is asked for is what is had. */
function isFixed(name: string): boolean {
  return !isNative(name) || isHuge(name);
}

/** Of a container. */
export function checkResources(
  causes: Causes,
  at: string,
  resources: Loose<models.ResourceRequirements>,
  claims: ReadonlySet<string>,
): void {
  checkRequirements(causes, at, resources, checkContainerResourceName);
  (resources.claims ?? []).forEach(({ name = "" }, i) => {
    const here = `${at}.claims[${i}]`;
    if (!name) return causes.required(here);
    if (claims.has(name)) return;
    const known = [...claims].sort().map((one) => `"${one}"`).join(", ");
    const detail = claims.size === 0
      ? "must be one of the names in pod.spec.resourceClaims which is empty"
      : `must be one of the names in pod.spec.resourceClaims: ${known}`;
    causes.notFound(here, name, detail);
  });
}

/** Of a pod as a whole. */
export function checkPodResources(
  causes: Causes,
  at: string,
  resources: Loose<models.ResourceRequirements>,
): void {
  if (resources.claims) {
    causes.forbidden(`${at}.claims`, "claims may not be set for Resources at pod-level");
  }
  checkRequirements(causes, at, resources, checkPodResourceName);
}

type CheckName = (causes: Causes, at: string, name: string) => void;

function checkRequirements(
  causes: Causes,
  at: string,
  { limits = {}, requests = {} }: Loose<models.ResourceRequirements>,
  checkName: CheckName,
): void {
  for (const name of Object.keys(limits).sort()) {
    const here = `${at}.limits[${name}]`;
    checkName(causes, here, name);
    checkAmount(causes, here, name, quantityOf(limits[name]));
    checkPages(causes, here, name, quantityOf(limits[name]));
  }
  for (const name of Object.keys(requests).sort()) {
    const here = `${at}.requests[${name}]`;
    checkName(causes, here, name);
    const asked = quantityOf(requests[name]);
    checkAmount(causes, here, name, asked);
    const limit = name in limits ? quantityOf(limits[name]) : undefined;
    if (limit && asked) checkBelow(causes, `${at}.requests`, name, [asked, limit]);
    else if (!limit && isFixed(name)) {
      const detail = "Limit must be set for non overcommitable resources";
      causes.required(`${at}.limits`, detail);
    }
    checkPages(causes, here, name, asked);
  }
  const names = Object.keys({ ...limits, ...requests });
  if (names.some(isHuge) && !names.some((name) => name === "cpu" || name === "memory")) {
    causes.forbidden(at, "HugePages require cpu or memory");
  }
}

/** Source: ValidateResourceQuantityValue. */
export function checkAmount(
  causes: Causes,
  at: string,
  name: string,
  amount: Quantity | undefined,
): void {
  if (!amount) return;
  if (amount.nano < 0n) causes.invalid(at, amount.toString(), NOT_NEGATIVE);
  const isWhole = amount.nano % 1_000_000_000n === 0n;
  const isCounted = isExtended(name) || COUNTED.has(name);
  if (isCounted && !isWhole) causes.invalid(at, amount.toString(), "must be an integer");
}

function checkBelow(
  causes: Causes,
  at: string,
  name: string,
  [asked, limit]: [Quantity, Quantity],
): void {
  const refuse = (what: string) =>
    causes.invalid(at, asked.toString(), `must be ${what} ${name} limit of ${limit}`);
  if (isFixed(name) && asked.nano !== limit.nano) refuse("equal to");
  else if (asked.nano > limit.nano) refuse("less than or equal to");
}

function checkPages(causes: Causes, at: string, name: string, amount: Quantity | undefined): void {
  if (!isHuge(name) || !amount) return;
  const size = quantityOf(name.slice("hugepages-".length));
  if (!size || size.nano <= 0n || amount.nano % size.nano === 0n) return;
  const shown = amount.toString();
  causes.invalid(at, shown, `${shown} is not positive integer multiple of ${name}`);
}
