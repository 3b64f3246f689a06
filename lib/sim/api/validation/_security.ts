/**
 * The security contexts of pods and containers, and what does not go with their operating system.
 * Source of every rule and text here: kubernetes/kubernetes pkg/apis/core/validation/validation.go.
 *
 * @module
 */
import type { Loose, models } from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";
import { checkDescendingPath } from "./_names.ts";

const MAX_ID = 2147483647;

function checkId(causes: Causes, at: string, id: number | undefined): void {
  if (id === undefined || (id >= 0 && id <= MAX_ID)) return;
  causes.invalid(at, id, `must be between 0 and ${MAX_ID}, inclusive`);
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

/** Source: validatePodSpecSecurityContext. */
export function checkPodSecurity(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  const here = `${at}.securityContext`;
  const context = spec.securityContext ?? {};
  for (const field of ["fsGroup", "runAsUser", "runAsGroup"] as const) {
    checkId(causes, `${here}.${field}`, context[field]);
  }
  (context.supplementalGroups ?? []).forEach((id, i) =>
    checkId(causes, `${here}.supplementalGroups[${i}]`, id)
  );
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = "ShareProcessNamespace and HostPID cannot both be enabled";
    causes.invalid(`${here}.shareProcessNamespace`, true, detail);
  }
  const names = new Set<string>();
  (context.sysctls ?? []).forEach(({ name = "" }, i) => {
    const sysctl = `${here}.sysctls[${i}].name`;
    if (!name) causes.required(sysctl);
    else if (name.length > 253 || !SYSCTL.test(name)) {
      const pattern = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
      causes.invalid(sysctl, name, `must have at most 253 characters and match regex ${pattern}`);
    } else if (names.has(name)) causes.duplicate(sysctl, name);
    names.add(name);
  });
  const changes = ["Always", "OnRootMismatch"];
  causes.oneOf(`${here}.fsGroupChangePolicy`, context.fsGroupChangePolicy, changes);
  checkProfiles(causes, here, context);
  const groups = ["Merge", "Strict"];
  causes.oneOf(`${here}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, groups);
}

/** Source: ValidateSecurityContext. */
export function checkContainerSecurity(
  causes: Causes,
  at: string,
  context: Loose<models.SecurityContext> | undefined,
  hostUsers: boolean,
): void {
  if (!context) return;
  checkId(causes, `${at}.runAsUser`, context.runAsUser);
  checkId(causes, `${at}.runAsGroup`, context.runAsGroup);
  const { procMount, privileged, capabilities } = context;
  causes.oneOf(`${at}.procMount`, procMount, ["Default", "Unmasked"]);
  if (hostUsers && procMount === "Unmasked") {
    causes.invalid(`${at}.procMount`, procMount, "`hostUsers` must be false to use `Unmasked`");
  }
  checkSeccomp(causes, `${at}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    const refuse = (what: string) => {
      const detail = `cannot set \`allowPrivilegeEscalation\` to false and ${what}`;
      const shown = CONTEXT_FIELDS.map((field) => [goName(field), inGo(context[field]) ?? null]);
      causes.invalid(at, Object.fromEntries(shown), detail);
    };
    if (privileged) refuse("`privileged` to true");
    for (const name of capabilities?.add ?? []) {
      if (name === "CAP_SYS_ADMIN") refuse("`capabilities.Add` CAP_SYS_ADMIN");
    }
  }
  checkWindows(causes, `${at}.windowsOptions`, context.windowsOptions);
  checkAppArmor(causes, `${at}.appArmorProfile`, context.appArmorProfile);
}

const CONTEXT_FIELDS = [
  "capabilities",
  "privileged",
  "seLinuxOptions",
  "windowsOptions",
  "runAsUser",
  "runAsGroup",
  "runAsNonRoot",
  "readOnlyRootFilesystem",
  "allowPrivilegeEscalation",
  "procMount",
  "seccompProfile",
  "appArmorProfile",
] as const;

/** As Go's JSON has a struct without names of its own for its fields. */
function inGo(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inGo);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [goName(name), inGo(inner)]),
  );
}

function goName(name: string): string {
  return name === "seLinuxOptions" ? "SELinuxOptions" : name[0].toUpperCase() + name.slice(1);
}

function checkProfiles(
  causes: Causes,
  at: string,
  context: Loose<models.PodSecurityContext>,
): void {
  checkSeccomp(causes, `${at}.seccompProfile`, context.seccompProfile);
  checkWindows(causes, `${at}.windowsOptions`, context.windowsOptions);
  checkAppArmor(causes, `${at}.appArmorProfile`, context.appArmorProfile);
}

const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];

/** Source: validateSeccompProfileField. */
function checkSeccomp(
  causes: Causes,
  at: string,
  profile: Loose<models.SeccompProfile> | undefined,
): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  if (!type) causes.required(`${at}.type`, "type is required when seccompProfile is set");
  else causes.oneOf(`${at}.type`, type, PROFILES);
  const here = `${at}.localhostProfile`;
  if (type !== "Localhost") {
    if (localhostProfile === undefined) return;
    const shown = { Type: type ?? "", LocalhostProfile: localhostProfile };
    return causes.invalid(here, shown, "can only be set when seccomp type is Localhost");
  }
  if (localhostProfile === undefined) {
    causes.required(here, "must be set when seccomp type is Localhost");
  } else checkDescendingPath(causes, here, localhostProfile);
}

/** Source: ValidateAppArmorProfileField. */
function checkAppArmor(
  causes: Causes,
  at: string,
  profile: Loose<models.AppArmorProfile> | undefined,
): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  const here = `${at}.localhostProfile`;
  if (type === "Localhost") {
    if (localhostProfile === undefined) {
      causes.required(here, "must be set when AppArmor type is Localhost");
    }
    return;
  }
  if (!type) causes.required(`${at}.type`, "type is required when appArmorProfile is set");
  else causes.oneOf(`${at}.type`, type, PROFILES);
  if (localhostProfile !== undefined && PROFILES.includes(type ?? "")) {
    causes.invalid(here, localhostProfile, "can only be set when AppArmor type is Localhost");
  }
}

/** Source: validateWindowsSecurityContextOptions, in part. */
function checkWindows(
  causes: Causes,
  at: string,
  options: Loose<models.WindowsSecurityContextOptions> | undefined,
): void {
  if (options?.runAsUserName !== "") return;
  causes.invalid(`${at}.runAsUserName`, "", "runAsUserName cannot be an empty string");
}

/** What of a pod's contexts is of Linux alone: first of the pod, then of each container. */
const OF_LINUX = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const OF_LINUX_CONTAINERS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

/** Source: validateOS, validateLinux, validateWindows. */
export function checkOs(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  if (!spec.os) return;
  const { name } = spec.os;
  if (!name) return causes.required(`${at}.os.name`);
  if (name === "windows") return checkWindowsPod(causes, at, spec);
  if (name !== "linux") return causes.oneOf(`${at}.os`, name, ["linux", "windows"]);
  const detail = "windows options cannot be set for a linux pod";
  const here = "securityContext.windowsOptions";
  if (spec.securityContext?.windowsOptions) causes.forbidden(`${at}.${here}`, detail);
  for (const [path, container] of containersOf(at, spec)) {
    if (container.securityContext?.windowsOptions) causes.forbidden(`${path}.${here}`, detail);
  }
}

function checkWindowsPod(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  const refuse = (path: string) => causes.forbidden(path, "cannot be set for a windows pod");
  const context = spec.securityContext ?? {};
  const fields = new Set(OF_LINUX.filter((field) => context[field] !== undefined));
  const refuseField = (field: typeof OF_LINUX[number]) => {
    if (fields.has(field)) refuse(`${at}.securityContext.${field}`);
  };
  OF_LINUX.slice(0, 2).forEach(refuseField);
  if (spec.hostUsers !== undefined) refuse(`${at}.hostUsers`);
  for (const field of ["hostPID", "hostIPC"] as const) if (spec[field]) refuse(`${at}.${field}`);
  OF_LINUX.slice(2, 6).forEach(refuseField);
  if (spec.shareProcessNamespace !== undefined) refuse(`${at}.shareProcessNamespace`);
  OF_LINUX.slice(6).forEach(refuseField);
  for (const [path, { securityContext = {} }] of containersOf(at, spec)) {
    for (const field of OF_LINUX_CONTAINERS) {
      if (securityContext[field] !== undefined) refuse(`${path}.securityContext.${field}`);
    }
  }
}

/** Each container and its path. */
function containersOf(at: string, spec: Loose<models.PodSpec>) {
  return (["initContainers", "containers"] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, i) => [`${at}.${list}[${i}]`, container] as const)
  );
}

/** Source: validateHostUsers. */
export function checkHostUsers(causes: Causes, at: string, spec: Loose<models.PodSpec>): void {
  if (spec.hostUsers !== false) return;
  const detail = "when `hostUsers` is false";
  if (spec.hostNetwork) causes.forbidden(`${at}.hostNetwork`, detail);
  if (spec.hostPID) causes.forbidden(`${at}.HostPID`, detail);
  if (spec.hostIPC) causes.forbidden(`${at}.HostIPC`, detail);
  for (const [path, { volumeDevices = [] }] of containersOf(at, spec)) {
    if (volumeDevices.length > 0) causes.forbidden(`${path}.volumeDevices`, detail);
  }
}
