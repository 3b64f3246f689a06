import type { models } from "../../kube/mod.ts";
type Container = models.Container | models.EphemeralContainer;
/** What a pod and its containers may say of their security, each of some. */
type Context = models.PodSecurityContext & models.SecurityContext;

/** What a check forbids: why, and of which parts of the pod. */
export interface Violation {
  reason: string;
  detail: string;
}

/** Gives what is wrong with a pod's spec; undefined for nothing. */
type Check = (spec: models.PodSpec) => Violation | undefined;

const quoted = (items: Iterable<string>) => [...items].map((item) => `"${item}"`).join(", ");
const plural = (word: string, count: number) => count === 1 ? word : `${word}s`;
const uses = (count: number) => count === 1 ? "uses" : "use";
const named = (names: readonly string[]) => `${plural("container", names.length)} ${quoted(names)}`;

function containersOf(spec: models.PodSpec): Container[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec;
  return [...initContainers, ...containers, ...ephemeralContainers];
}

/** The pod and its containers whose security context is bad, as a message names them. */
function setters(spec: models.PodSpec, isBad: (context: Context) => boolean): string {
  const names = containersOf(spec).filter(({ securityContext }) => isBad(securityContext ?? {}))
    .map(({ name }) => name);
  const pod = isBad(spec.securityContext ?? {}) ? ["pod"] : [];
  return [...pod, ...names.length > 0 ? [named(names)] : []].join(" and ");
}

/** The values found in the pod's and the containers' contexts. */
function valuesIn(spec: models.PodSpec, valueOf: (context: Context) => string[]): string[] {
  const contexts: Context[] = [spec, ...containersOf(spec)].map(({ securityContext }) =>
    securityContext ?? {}
  );
  return [...new Set(contexts.flatMap(valueOf))].sort();
}

/** A check of each container alone, whose bad ones and values are told. */
function perContainer(
  reason: string,
  badIn: (container: Container) => string[] | undefined,
  tell: (names: string[], values: string[]) => string,
): Check {
  return (spec) => {
    const found = containersOf(spec).flatMap((container) => {
      const values = badIn(container);
      return values ? [{ name: container.name, values }] : [];
    });
    if (found.length === 0) return undefined;
    const values = [...new Set(found.flatMap(({ values }) => values))].sort();
    return { reason, detail: tell(found.map(({ name }) => name), values) };
  };
}

const DEFAULT_CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);
const SAFE_SYSCTLS = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);
const SELINUX_TYPES = new Set([
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
]);
const RESTRICTED_VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const SECCOMP = new Set(["RuntimeDefault", "Localhost"]);

const capabilitiesAdded = (container: Container): string[] =>
  container.securityContext?.capabilities?.add ?? [];

function appArmor(spec: models.PodSpec): Violation | undefined {
  const isBad = ({ appArmorProfile: profile }: Context) => profile?.type === "Unconfined";
  const who = setters(spec, isBad);
  if (who === "") return undefined;
  return {
    reason: "forbidden AppArmor profile",
    detail: `${who} must not set AppArmor profile type to "Unconfined"`,
  };
}

function hostNamespaces(spec: models.PodSpec): Violation | undefined {
  const set = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field]);
  if (set.length === 0) return undefined;
  return { reason: "host namespaces", detail: set.map((field) => `${field}=true`).join(", ") };
}

function hostPathVolumes(spec: models.PodSpec): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    reason: "hostPath volumes",
    detail: `${plural("volume", names.length)} ${quoted(names)}`,
  };
}

function hostsOf(container: Container): string[] {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const handlers = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
    .filter((host) => host !== undefined).filter((host) => host !== "");
}

function seLinux(spec: models.PodSpec): Violation | undefined {
  const isBad = ({ seLinuxOptions: options }: Context) =>
    options !== undefined &&
    (!SELINUX_TYPES.has(options.type ?? "") || Boolean(options.user || options.role));
  const who = setters(spec, isBad);
  if (who === "") return undefined;
  const types = valuesIn(
    spec,
    ({ seLinuxOptions: options }) =>
      options?.type && !SELINUX_TYPES.has(options.type) ? [options.type] : [],
  );
  const has = (field: "user" | "role") =>
    valuesIn(spec, ({ seLinuxOptions: options }) => options?.[field] ? [field] : []).length > 0;
  const data = [
    ...types.length > 0 ? [`${plural("type", types.length)} ${quoted(types)}`] : [],
    ...has("user") ? ["user may not be set"] : [],
    ...has("role") ? ["role may not be set"] : [],
  ];
  return {
    reason: "seLinuxOptions",
    detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
  };
}

function badSeccomp(spec: models.PodSpec): Violation | undefined {
  const badIn = ({ seccompProfile: profile }: Context) =>
    profile && !SECCOMP.has(profile.type) ? [profile.type] : [];
  const who = setters(spec, (context) => badIn(context).length > 0);
  if (who === "") return undefined;
  const values = valuesIn(spec, badIn);
  return {
    reason: "seccompProfile",
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}

function sysctls(spec: models.PodSpec): Violation | undefined {
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name)
    .filter((name) => !SAFE_SYSCTLS.has(name));
  return names.length > 0 ? { reason: "forbidden sysctls", detail: names.join(", ") } : undefined;
}

function hostProcess(spec: models.PodSpec): Violation | undefined {
  const who = setters(spec, ({ windowsOptions }) => windowsOptions?.hostProcess === true);
  if (who === "") return undefined;
  return {
    reason: "hostProcess",
    detail: `${who} must not set securityContext.windowsOptions.hostProcess=true`,
  };
}

/**
 * What the level `baseline` forbids, in the order of upstream's names.
 * Source: kubernetes/pod-security-admission policy (check_*.go, registry.go).
 */
const BASELINE: readonly Check[] = [
  appArmor,
  perContainer(
    "non-default capabilities",
    (container) => {
      const bad = capabilitiesAdded(container).filter((one) => !DEFAULT_CAPABILITIES.has(one));
      return bad.length > 0 ? bad : undefined;
    },
    (names, values) =>
      `${named(names)} must not include ${quoted(values)} in securityContext.capabilities.add`,
  ),
  hostNamespaces,
  hostPathVolumes,
  perContainer(
    "hostPort",
    ({ ports = [] }) => {
      const bad = ports.filter(({ hostPort }) => hostPort).map(({ hostPort }) => String(hostPort));
      return bad.length > 0 ? bad : undefined;
    },
    (names, values) =>
      `${named(names)} ${uses(names.length)} ${plural("hostPort", values.length)} ${
        values.join(", ")
      }`,
  ),
  perContainer(
    "probe or lifecycle host",
    (container) => {
      const bad = hostsOf(container);
      return bad.length > 0 ? bad : undefined;
    },
    (names, values) =>
      `${named(names)} ${uses(names.length)} ${plural("probe or lifecycle host", values.length)} ${
        quoted(values)
      }`,
  ),
  perContainer(
    "privileged",
    ({ securityContext }) => securityContext?.privileged ? [] : undefined,
    (names) => `${named(names)} must not set securityContext.privileged=true`,
  ),
  perContainer(
    "procMount",
    ({ securityContext }) => {
      const { procMount = "Default" } = securityContext ?? {};
      return procMount === "Default" ? undefined : [procMount];
    },
    (names, values) =>
      `${named(names)} must not set securityContext.procMount to ${quoted(values)}`,
  ),
  seLinux,
  badSeccomp,
  sysctls,
  hostProcess,
];

function unrestrictedCapabilities(spec: models.PodSpec): Violation | undefined {
  const containers = containersOf(spec);
  const keeping = containers.filter(({ securityContext }) =>
    !securityContext?.capabilities?.drop?.includes("ALL")
  ).map(({ name }) => name);
  const others = (container: Container) =>
    capabilitiesAdded(container).filter((one) => one !== "NET_BIND_SERVICE");
  const adding = containers.filter((container) => others(container).length > 0);
  const details: string[] = [];
  if (keeping.length > 0) {
    details.push(`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  }
  if (adding.length > 0) {
    const values = [...new Set(adding.flatMap(others))].sort();
    const who = named(adding.map(({ name }) => name));
    details.push(`${who} must not include ${quoted(values)} in securityContext.capabilities.add`);
  }
  return details.length > 0
    ? { reason: "unrestricted capabilities", detail: details.join("; ") }
    : undefined;
}

function restrictedVolumes(spec: models.PodSpec): Violation | undefined {
  const bad = (spec.volumes ?? []).flatMap(({ name, ...source }) => {
    const kind = Object.keys(source)[0] ?? "emptyDir";
    return RESTRICTED_VOLUMES.has(kind) ? [] : [{ name, kind }];
  });
  if (bad.length === 0) return undefined;
  const kinds = [...new Set(bad.map(({ kind }) => kind))].sort();
  return {
    reason: "restricted volume types",
    detail: `${plural("volume", bad.length)} ${quoted(bad.map(({ name }) => name))} ${
      uses(bad.length)
    } ${plural("restricted volume type", kinds.length)} ${quoted(kinds)}`,
  };
}

/** Containers that leave to the pod what it does not say. */
function leftOpen(spec: models.PodSpec, field: "runAsNonRoot" | "seccompProfile"): string[] {
  if (spec.securityContext?.[field]) return [];
  return containersOf(spec)
    .filter(({ securityContext }) => (securityContext?.[field] ?? undefined) === undefined)
    .map(({ name }) => name);
}

function runsAsRoot(spec: models.PodSpec): Violation | undefined {
  if (spec.hostUsers === false) return undefined;
  const reason = "runAsNonRoot != true";
  const who = setters(spec, ({ runAsNonRoot }) => runAsNonRoot === false);
  if (who) return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const open = leftOpen(spec, "runAsNonRoot");
  if (open.length === 0) return undefined;
  return { reason, detail: `pod or ${named(open)} must set securityContext.runAsNonRoot=true` };
}

function rootUser(spec: models.PodSpec): Violation | undefined {
  const who = spec.hostUsers === false ? "" : setters(spec, ({ runAsUser }) => runAsUser === 0);
  return who ? { reason: "runAsUser=0", detail: `${who} must not set runAsUser=0` } : undefined;
}

function noSeccomp(spec: models.PodSpec): Violation | undefined {
  const bad = badSeccomp(spec);
  if (bad) return bad;
  const open = leftOpen(spec, "seccompProfile");
  if (open.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `pod or ${
      named(open)
    } must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}

/** What `restricted` forbids beside it; its capabilities and seccomp profiles take the place of those above. */
const RESTRICTED: readonly Check[] = [
  ...BASELINE.filter((check) => check !== BASELINE[1] && check !== badSeccomp),
  perContainer(
    "allowPrivilegeEscalation != false",
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false ? undefined : [],
    (names) => `${named(names)} must set securityContext.allowPrivilegeEscalation=false`,
  ),
  unrestrictedCapabilities,
  restrictedVolumes,
  runsAsRoot,
  rootUser,
  noSeccomp,
];

const LEVELS: Record<string, readonly Check[]> = { baseline: BASELINE, restricted: RESTRICTED };

/** What a level forbids of a pod's spec, in one line; "" for nothing. */
export function violationsOf(level: string, spec: models.PodSpec): string {
  return (LEVELS[level] ?? []).flatMap((check) => check(spec) ?? [])
    .map(({ reason, detail }) => detail ? `${reason} (${detail})` : reason).join(", ");
}
