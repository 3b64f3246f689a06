import type { Client, Machine, Runtime } from "./machine.ts";

/** `bad` stands in the way of a kind cluster; a `warning` may. */
export type Level = "ok" | "note" | "warning" | "bad";

/** What was looked at. */
export type Subject =
  | "runtime"
  | "kind"
  | "kubectl"
  | "helm"
  | "ports"
  | "memory"
  | "disk"
  | "registries"
  | "cgroup"
  | "system";

/** What a look came to; `values` go into its words. */
export interface Finding {
  about: Subject;
  level: Level;
  code: FindingCode;
  values: Record<string, string>;
}

/** How a finding's words are found. */
export type FindingCode =
  | "none"
  | "outside-wsl"
  | "down"
  | "denied"
  | "fails"
  | "answers"
  | "old"
  | "windows-containers"
  | "architecture"
  | "old-kernel"
  | "init"
  | "snap"
  | "rootless-cgroup"
  | "rootless-delegate"
  | "podman"
  | "desktop"
  | "missing"
  | "built-in"
  | "there"
  | "helm-2"
  | "skew"
  | "free"
  | "ours"
  | "busy"
  | "reserved"
  | "refused"
  | "no-port"
  | "enough"
  | "little"
  | "unknown"
  | "reached"
  | "unreached"
  | "v1"
  | "v1-refused"
  | "v2"
  | "wsl1"
  | "wsl2"
  | "inotify"
  | "chrome-os"
  | "firewalld";

const GB = 1024 ** 3;
/** What the lessons' programs take, with two nodes: 1.4 GB idle, and what they start with beyond. */
const MEMORY = { least: 2 * GB, enough: 4 * GB };
/** A node's image is 1 GB, and those of the lessons about 2 GB for each node. */
const DISK = { least: 4 * GB, enough: 10 * GB };
/** What kind's known issues advise. */
const INOTIFY = { watches: 524288, instances: 512 };
/** Kubernetes of the lessons, where kind's is not known. */
const LESSONS_MINOR = 36;
/**
 * The minor version of Kubernetes that a minor version of kind makes clusters of.
 * Source: kubernetes-sigs/kind pkg/apis/config/defaults/image.go of each release.
 */
const NODE_MINORS: Readonly<Record<number, number>> = {
  20: 27,
  21: 29,
  22: 29,
  23: 30,
  24: 31,
  25: 31,
  26: 32,
  27: 32,
  28: 33,
  29: 33,
  30: 34,
  31: 35,
  32: 36,
};
/** From this on a kubelet ends itself on cgroup v1. Source: kubernetes/kubernetes pkg/kubelet/apis/config/v1beta1/defaults.go (FailCgroupV1). */
const NO_CGROUP_V1 = 35;

/** What stands in the way of a kind cluster on a machine, and what does not; by subject, in the order to be told. */
export function findings(machine: Machine): Finding[] {
  const engine = machine.runtimes.find(({ fault }) => fault === undefined);
  const nodeMinor = nodeMinorOf(machine);
  return [
    ...runtimeFindings(machine, engine),
    kindFinding(machine.kind),
    kubectlFinding(machine.kubectl, nodeMinor),
    helmFinding(machine.helm),
    ...portFindings(machine),
    ...memoryFindings(machine, engine),
    diskFinding(machine, engine),
    ...cgroupFindings(machine, engine, nodeMinor),
    ...registryFindings(machine),
    ...systemFindings(machine, engine),
  ];
}

/** Whether something stands in the way. */
export function standsInTheWay(found: readonly Finding[]): boolean {
  return found.some(({ level }) => level === "bad");
}

function nodeMinorOf({ kind, nodeImages }: Machine): number {
  const known = NODE_MINORS[minorOf(kind?.version)?.minor ?? -1];
  const [image] = nodeImages.map((name) => minorOf(name.split(":").at(-1))?.minor);
  return known ?? image ?? LESSONS_MINOR;
}

function runtimeFindings(machine: Machine, engine: Runtime | undefined): Finding[] {
  const of = (level: Level, code: FindingCode, values = {}) =>
    finding("runtime", level, code, { os: machine.os, ...values });
  if (machine.runtimes.length === 0) return [of("bad", "none")];
  if (!engine) {
    return machine.runtimes.map(({ name, fault = "" }) =>
      of("bad", faultCode(fault), { name, fault, wsl: String(machine.wsl ?? "") })
    );
  }
  const { name, version = "", system = "", arch = "", kernel = "", cgroup } = engine;
  const found = [of("ok", "answers", { name, version, system })];
  // kind has each node in a cgroup namespace of its own: docker run --cgroupns, and Linux 4.6.
  const least = name === "docker" ? [20, 10] : [3, 0];
  if (isBelow(version, least)) {
    found.push(of("bad", "old", { name, version, least: least.join(".") }));
  }
  if (isBelow(kernel, [4, 6])) found.push(of("bad", "old-kernel", { kernel }));
  if (engine.runsWindows) found.push(of("bad", "windows-containers"));
  if (!/^(x86_64|amd64|aarch64|arm64)$/.test(arch)) found.push(of("bad", "architecture", { arch }));
  if (machine.initInDaemon && name === "docker") found.push(of("bad", "init"));
  if (engine.rootDir?.includes("/snap/")) found.push(of("warning", "snap"));
  if (engine.isRootless && cgroup === 1) found.push(of("bad", "rootless-cgroup", { name }));
  else if (engine.isRootless && !engine.isDelegated) {
    found.push(of("bad", "rootless-delegate", { name }));
  }
  if (name === "podman") found.push(of("note", "podman"));
  if (isDesktop(engine)) found.push(of("note", "desktop"));
  return found;
}

/** Source: the words of docker/cli, containers/podman, and of the docker that Docker Desktop puts into a WSL without it. */
function faultCode(fault: string): FindingCode {
  if (/could not be found in this WSL/i.test(fault)) return "outside-wsl";
  if (/permission denied/i.test(fault)) return "denied";
  if (/cannot connect|is the docker daemon running|connection refused|no such file/i.test(fault)) {
    return "down";
  }
  return "fails";
}

function kindFinding(kind: Client | undefined): Finding {
  if (!kind) return finding("kind", "bad", "missing");
  const { version, fault = "" } = kind;
  if (version === undefined) return finding("kind", "bad", "fails", { name: "kind", fault });
  const isOld = isBelow(version, [0, 20]);
  return isOld
    ? finding("kind", "warning", "old", { name: "kind", version, least: "0.20" })
    : finding("kind", "ok", "there", { name: "kind", version });
}

/** Source: kubernetes.io releases/version-skew-policy: kubectl is within one minor version of the API server. */
function kubectlFinding(kubectl: Client | undefined, nodeMinor: number): Finding {
  if (!kubectl) return finding("kubectl", "note", "built-in", { name: "kubectl" });
  const { version, fault = "" } = kubectl;
  if (version === undefined) {
    return finding("kubectl", "warning", "fails", { name: "kubectl", fault });
  }
  const minor = minorOf(version)?.minor ?? nodeMinor;
  return Math.abs(minor - nodeMinor) > 1
    ? finding("kubectl", "warning", "skew", { version, node: `1.${nodeMinor}` })
    : finding("kubectl", "ok", "there", { name: "kubectl", version });
}

function helmFinding(helm: Client | undefined): Finding {
  if (!helm) return finding("helm", "note", "built-in", { name: "helm" });
  const { version, fault = "" } = helm;
  if (version === undefined) return finding("helm", "warning", "fails", { name: "helm", fault });
  // One of before helm 3 asks a server of its own in the cluster.
  return isBelow(version, [3, 0])
    ? finding("helm", "bad", "helm-2", { version })
    : finding("helm", "ok", "there", { name: "helm", version });
}

function portFindings({ ports, apiPort, os }: Machine): Finding[] {
  const of = (level: Level, code: FindingCode, values = {}) =>
    finding("ports", level, code, { os, ...values });
  const named = (wanted: typeof ports) => wanted.map(({ port }) => port).join(", ");
  const free = ports.filter(({ state, isOurs }) => state === "open" && !isOurs);
  const ours = ports.filter(({ isOurs }) => isOurs);
  const found: Finding[] = [];
  if (free.length > 0) found.push(of("ok", "free", { ports: named(free) }));
  if (ours.length > 0) found.push(of("ok", "ours", { ports: named(ours) }));
  const kept = ports.filter(({ state, isOurs }) => state !== "open" && !isOurs);
  for (const [state, those] of Map.groupBy(kept, ({ state }) => state as "busy")) {
    const [{ port, reason = "" }] = those;
    found.push(of("bad", state, { ports: named(those), port: String(port), reason }));
  }
  if (apiPort !== undefined) found.push(of("bad", "no-port", { reason: apiPort }));
  return found;
}

/** Of an engine that does not answer, what is on this machine is told where that is where it would be. */
function memoryFindings(machine: Machine, engine: Runtime | undefined): Finding[] {
  const { freeMemoryBytes = Infinity, os, wsl } = machine;
  if (!engine && os !== "linux") return [];
  // What is in use counts where the containers share this machine's memory.
  const isShared = os === "linux" && !(engine && isDesktop(engine));
  const memoryBytes = engine?.memoryBytes ?? machine.memoryBytes;
  const usable = isShared ? Math.min(memoryBytes, freeMemoryBytes) : memoryBytes;
  const values = {
    gigabytes: gigabytes(usable),
    least: gigabytes(MEMORY.enough),
    where: engine && isDesktop(engine) ? "desktop" : wsl ? "wsl" : isShared ? "here" : "podman",
  };
  return [
    usable >= MEMORY.enough
      ? finding("memory", "ok", "enough", values)
      : finding("memory", usable < MEMORY.least ? "bad" : "warning", "little", values),
  ];
}

function diskFinding({ freeDiskBytes, os }: Machine, engine: Runtime | undefined): Finding {
  const { name } = engine ?? { name: "docker" };
  const isElsewhere = os !== "linux" || engine !== undefined && isDesktop(engine);
  if (freeDiskBytes === undefined || isElsewhere) {
    return finding("disk", "note", "unknown", { name });
  }
  const values = { gigabytes: gigabytes(freeDiskBytes), least: gigabytes(DISK.enough), name };
  if (freeDiskBytes >= DISK.enough) return finding("disk", "ok", "enough", values);
  return finding("disk", freeDiskBytes < DISK.least ? "bad" : "warning", "little", values);
}

function cgroupFindings(
  machine: Machine,
  engine: Runtime | undefined,
  nodeMinor: number,
): Finding[] {
  const cgroup = engine?.cgroup ?? machine.cgroup;
  if (cgroup === undefined) return [];
  if (cgroup === 2) return [finding("cgroup", "ok", "v2")];
  return [
    nodeMinor >= NO_CGROUP_V1
      ? finding("cgroup", "bad", "v1-refused", { node: `1.${nodeMinor}` })
      : finding("cgroup", "warning", "v1"),
  ];
}

/** Where the images of nodes come from. */
const NODES_FROM = "registry-1.docker.io";

/** What is on this machine already need not be pulled; what the lessons install is, by the nodes. */
function registryFindings({ registries, nodeImages }: Machine): Finding[] {
  const reached = registries.filter(({ fault }) => fault === undefined);
  const found: Finding[] = [];
  if (reached.length > 0) {
    const hosts = reached.map(({ host }) => host).join(", ");
    found.push(finding("registries", "ok", "reached", { hosts }));
  }
  const unreached = (hosts: string[], fault: string, level: Level) =>
    found.push(finding("registries", level, "unreached", { host: hosts.join(", "), fault }));
  const faults = Map.groupBy(registries, ({ fault, host }) => {
    if (fault === undefined) return undefined;
    return `${host === NODES_FROM && nodeImages.length === 0 ? "bad" : "warning"} ${fault}`;
  });
  for (const [key, of] of faults) {
    if (key === undefined) continue;
    const [level] = key.split(" ");
    unreached(of.map(({ host }) => host), of[0].fault!, level as Level);
  }
  return found;
}

function systemFindings(machine: Machine, engine: Runtime | undefined): Finding[] {
  const of = (level: Level, code: FindingCode, values = {}) =>
    finding("system", level, code, values);
  const { wsl, inotify, isChromeOs, isFedora, firewallBackend } = machine;
  const found: Finding[] = [];
  if (wsl === 1) found.push(of("bad", "wsl1"));
  if (wsl === 2) found.push(of("note", "wsl2"));
  if (inotify && (inotify.watches < INOTIFY.watches || inotify.instances < INOTIFY.instances)) {
    const { watches, instances } = inotify;
    found.push(of("warning", "inotify", {
      watches: String(watches),
      instances: String(instances),
      wanted: `${INOTIFY.watches}`,
      wantedInstances: `${INOTIFY.instances}`,
    }));
  }
  if (isChromeOs) found.push(of("warning", "chrome-os"));
  if (isFedora && firewallBackend === "nftables" && engine?.name === "docker") {
    found.push(of("warning", "firewalld"));
  }
  return found;
}

function isDesktop({ system }: Runtime): boolean {
  return /^docker desktop/i.test(system ?? "");
}

function finding(
  about: Subject,
  level: Level,
  code: FindingCode,
  values: Record<string, string> = {},
): Finding {
  return { about, level, code, values };
}

function gigabytes(bytes: number): string {
  return (bytes / GB).toFixed(bytes < 10 * GB ? 1 : 0).replace(/\.0$/, "");
}

function minorOf(version: string | undefined): { major: number; minor: number } | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

function isBelow(version: string, [major, minor]: readonly number[]): boolean {
  const known = minorOf(version);
  if (!known) return false;
  return known.major < major || known.major === major && known.minor < minor;
}
