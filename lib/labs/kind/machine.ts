import { statfs } from "node:fs/promises";
import { messageOf } from "../../base/mod.ts";
import { refusalOf } from "../ports.ts";
import type { HostPort } from "../lab.ts";
import { clusterPorts, nodeImages } from "./nodes.ts";
import { runProgram } from "./run_program.ts";

/** What runs containers, as it says itself. */
export interface Runtime {
  name: "docker" | "podman";
  /** Why it does not answer, in its own words. */
  fault?: string;
  version?: string;
  /** `Docker Desktop`, or the system that it runs on. */
  system?: string;
  kernel?: string;
  arch?: string;
  /** Of the machine that its containers are on, which may be virtual. */
  memoryBytes?: number;
  cgroup?: 1 | 2;
  isRootless?: boolean;
  /** Whether what a rootless kubelet limits is delegated. */
  isDelegated?: boolean;
  runsWindows?: boolean;
  rootDir?: string;
}

/** A client program: its version, or why it tells none. */
export interface Client {
  version?: string;
  fault?: string;
}

/** All that is looked at before a kind cluster is made. */
export interface Machine {
  os: string;
  wsl?: 1 | 2;
  isChromeOs: boolean;
  isFedora: boolean;
  /** Of firewalld, where that is there: `nftables`. */
  firewallBackend?: string;
  /** Whether docker's daemon.json says `"init": true`. */
  initInDaemon: boolean;
  inotify?: { watches: number; instances: number };
  /** Of this machine, where that is where containers would be. */
  cgroup?: 1 | 2;
  memoryBytes: number;
  runtimes: Runtime[];
  /** Undefined where there is none. */
  kind?: Client;
  kubectl?: Client;
  helm?: Client;
  /** The images of nodes that need not be pulled. */
  nodeImages: string[];
  ports: (HostPort & { isOurs: boolean })[];
  /** Where one for the API server could not be had: why. */
  apiPort?: string;
  freeMemoryBytes?: number;
  freeDiskBytes?: number;
  /** By name; undefined where it answers. */
  registries: { host: string; fault?: string }[];
}

/** Where the images of a kind cluster and of the lessons come from. */
const REGISTRIES = ["registry-1.docker.io", "registry.k8s.io", "quay.io", "ghcr.io"];
/** How long one may take to answer, in wall milliseconds. */
const REGISTRY_MS = 8_000;

/** Looks at this machine, and changes nothing. `cluster` is the lab's, whose ports are its own. */
export async function lookAtMachine(
  { cluster, ports, registries = REGISTRIES, signal }: {
    cluster: string;
    ports: readonly number[];
    registries?: readonly string[];
    signal?: AbortSignal;
  },
): Promise<Machine> {
  const [docker, podman, { kind, kubectl, helm }, asked] = await Promise.all([
    dockerRuntime(signal),
    podmanRuntime(signal),
    lookAtPrograms(signal),
    Promise.all(registries.map((host) => askRegistry(host, signal))),
  ]);
  const runtimes = [docker, podman].filter((one) => one !== undefined);
  const engine = runtimes.find(({ fault }) => fault === undefined);
  const own = engine ? await clusterPorts(engine.name, cluster) : [];
  return {
    ...await hostFacts(),
    runtimes,
    kind,
    kubectl,
    helm,
    nodeImages: engine ? await nodeImages(engine.name) : [],
    ports: ports.map((port) => {
      const isOurs = own.some((one) => one.port === port);
      return isOurs ? { port, state: "busy", isOurs } : { ...tryPort("0.0.0.0", port), isOurs };
    }),
    ...apiPort(),
    memoryBytes: Deno.systemMemoryInfo().total,
    freeMemoryBytes: Deno.systemMemoryInfo().available,
    freeDiskBytes: await freeBytes(engine?.rootDir ?? "/var/lib"),
    registries: asked,
  };
}

/** What the system tells of itself: its files, and, of what Deno keeps to itself below /proc and /sys, its programs. */
async function hostFacts() {
  const [release, daemon, firewall, cros, limits, cgroups] = await Promise.all([
    textOf("/etc/os-release"),
    textOf("/etc/docker/daemon.json"),
    textOf("/etc/firewalld/firewalld.conf"),
    textOf("/dev/.cros_milestone"),
    runProgram("sysctl", ["-n", "fs.inotify.max_user_watches", "fs.inotify.max_user_instances"]),
    runProgram("stat", ["-fc", "%T", "/sys/fs/cgroup"]),
  ]);
  const firewallBackend = /^FirewallBackend=(\w+)/m.exec(firewall ?? "")?.[1];
  const [watches, instances] = limits?.code === 0 ? limits.stdout.trim().split(/\s+/) : [];
  return {
    os: Deno.build.os,
    ...wslOf(Deno.osRelease()),
    isChromeOs: cros !== undefined,
    isFedora: /^ID=fedora$/m.test(release ?? ""),
    ...(firewallBackend ? { firewallBackend } : {}),
    ...(Deno.build.os === "linux" && cgroups?.code === 0
      ? { cgroup: cgroupOf(cgroups.stdout.trim()) }
      : {}),
    initInDaemon: jsonOf<{ init: boolean }>(daemon)?.init === true,
    ...(watches && instances
      ? { inotify: { watches: Number(watches), instances: Number(instances) } }
      : {}),
  };
}

/** Source: microsoft/WSL: the first version is a kernel of its own that calls itself 4.4.0-…-Microsoft. */
function wslOf(kernel: string): { wsl?: 1 | 2 } {
  if (!/microsoft/i.test(kernel)) return {};
  return { wsl: /WSL2|microsoft-standard/i.test(kernel) ? 2 : 1 };
}

/** Source: kubernetes.io concepts/architecture/cgroups ("Identify the cgroup version on Linux Nodes"). */
function cgroupOf(fileSystem: string): 1 | 2 {
  return fileSystem === "cgroup2fs" ? 2 : 1;
}

interface DockerInfo {
  ServerErrors: string[];
  ServerVersion: string;
  OperatingSystem: string;
  OSType: string;
  KernelVersion: string;
  Architecture: string;
  MemTotal: number;
  CgroupDriver: string;
  CgroupVersion: string;
  MemoryLimit: boolean;
  PidsLimit: boolean;
  CPUShares: boolean;
  SecurityOptions: string[];
  DockerRootDir: string;
}

interface PodmanInfo {
  host: {
    arch: string;
    kernel: string;
    memTotal: number;
    cgroupVersion: string;
    cgroupControllers?: string[];
    distribution?: { distribution: string };
    security?: { rootless: boolean };
  };
  store: { graphRoot: string };
  version: { Version: string };
}

/** Source: docker/cli cli/command/system/info.go; kubernetes-sigs/kind pkg/cluster/internal/providers/docker/provider.go (info). */
async function dockerRuntime(signal?: AbortSignal): Promise<Runtime | undefined> {
  const ran = await runProgram("docker", ["info", "--format", "{{json .}}"], { signal });
  if (!ran) return undefined;
  const info = jsonOf<DockerInfo>(ran.stdout);
  const fault = ran.stderr.trim() || info?.ServerErrors?.join(" ") ||
    (info?.ServerVersion ? "" : `exit code ${ran.code}`);
  if (ran.code !== 0 || !info?.ServerVersion) return { name: "docker", fault };
  const { SecurityOptions = [], CgroupDriver, MemoryLimit, PidsLimit, CPUShares } = info;
  return {
    name: "docker",
    version: info.ServerVersion,
    system: info.OperatingSystem,
    kernel: info.KernelVersion,
    arch: info.Architecture,
    memoryBytes: info.MemTotal,
    cgroup: info.CgroupVersion === "2" ? 2 : 1,
    isRootless: SecurityOptions.some((one) => one.split(",").includes("name=rootless")),
    isDelegated: CgroupDriver !== "none" &&
      [MemoryLimit, PidsLimit, CPUShares].every((one) => one === true),
    runsWindows: info.OSType === "windows",
    rootDir: info.DockerRootDir,
  };
}

/** Source: containers/podman libpod/define/info.go; kind's pkg/cluster/internal/providers/podman/provider.go (info). */
async function podmanRuntime(signal?: AbortSignal): Promise<Runtime | undefined> {
  const ran = await runProgram("podman", ["info", "--format", "json"], { signal });
  if (!ran) return undefined;
  const info = jsonOf<PodmanInfo>(ran.stdout);
  if (ran.code !== 0 || !info?.host) {
    return { name: "podman", fault: ran.stderr.trim() || `exit code ${ran.code}` };
  }
  const { host, store, version } = info;
  const controllers = host.cgroupControllers ?? [];
  return {
    name: "podman",
    version: version?.Version,
    system: host.distribution?.distribution,
    kernel: host.kernel,
    arch: host.arch,
    memoryBytes: host.memTotal,
    cgroup: host.cgroupVersion === "v2" ? 2 : 1,
    isRootless: host.security?.rootless === true,
    isDelegated: ["cpu", "memory", "pids"].every((one) => controllers.includes(one)),
    runsWindows: false,
    rootDir: store?.graphRoot,
  };
}

/** The learner's own programs, and their versions. */
export async function lookAtPrograms(
  signal?: AbortSignal,
): Promise<Pick<Machine, "kind" | "kubectl" | "helm">> {
  const trimmed = ({ stdout }: { stdout: string }) => stdout.trim();
  const [kind, kubectl, helm] = await Promise.all([
    client("kind", ["version", "-q"], trimmed, signal),
    client("kubectl", ["version", "--client", "-o", "json"], kubectlVersion, signal),
    client("helm", ["version", "--template", "{{.Version}}"], trimmed, signal),
  ]);
  return { kind, kubectl, helm };
}

async function client(
  name: string,
  args: string[],
  versionOf: (ran: { stdout: string }) => string | undefined,
  signal?: AbortSignal,
): Promise<Client | undefined> {
  const ran = await runProgram(name, args, { signal });
  if (!ran) return undefined;
  const version = ran.code === 0 ? versionOf(ran) : undefined;
  return version ? { version } : { fault: ran.stderr.trim() || `exit code ${ran.code}` };
}

function kubectlVersion({ stdout }: { stdout: string }): string | undefined {
  return jsonOf<{ clientVersion: { gitVersion: string } }>(stdout)?.clientVersion?.gitVersion;
}

/** A port as docker would take it: on all addresses, unless the configuration says otherwise. */
function tryPort(hostname: string, port: number): HostPort {
  try {
    Deno.listen({ hostname, port }).close();
    return { port, state: "open" };
  } catch (error) {
    return { port, ...refusalOf(error as Error) };
  }
}

/** kind asks the system for one on 127.0.0.1. */
function apiPort(): { apiPort?: string } {
  const { state, reason } = tryPort("127.0.0.1", 0);
  return state === "open" ? {} : { apiPort: reason ?? state };
}

/** Undefined where the runtime's folder is in a machine of its own. */
async function freeBytes(folder: string | undefined): Promise<number | undefined> {
  if (folder === undefined) return undefined;
  try {
    const { bavail, bsize } = await statfs(folder);
    return Number(bavail) * Number(bsize);
  } catch {
    return undefined;
  }
}

/** Source: opencontainers/distribution-spec spec.md (end-1): 401 says that it is one, and wants to know who asks. */
async function askRegistry(
  host: string,
  signal?: AbortSignal,
): Promise<{ host: string; fault?: string }> {
  const patience = AbortSignal.timeout(REGISTRY_MS);
  try {
    const answer = await fetch(`https://${host}/v2/`, {
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    await answer.body?.cancel();
    return answer.status < 500 ? { host } : { host, fault: `HTTP ${answer.status}` };
  } catch (error) {
    if (signal?.aborted) throw error;
    // The innermost words tell why.
    const { cause = error } = error as { cause?: unknown };
    const why = messageOf(cause).split(": ").slice(-2).join(": ");
    return { host, fault: patience.aborted ? `no answer in ${REGISTRY_MS / 1000} s` : why };
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch {
    return undefined; // Not of this system, or not for this user to read.
  }
}

function jsonOf<T>(text: string | undefined): Partial<T> | undefined {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
