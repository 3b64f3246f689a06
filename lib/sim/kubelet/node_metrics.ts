import { fnv32a, Quantity } from "../../base/mod.ts";
import { hexOf, parseImage } from "./images.ts";
import type { KubeletWorld, NodeRuntime } from "./node.ts";
import { qosClass } from "./pod_status.ts";
import type { PodWorker } from "./pod_worker.ts";
import type { ContainerRecord } from "./records.ts";
import { cpuSeconds, throttled } from "./usage.ts";

/** What the node's own daemons use, beside its pods. */
const NODE_CPU_MILLICORES = 60;
const NODE_MEMORY_BYTES = 310 << 20;
/** A pod's sandbox. */
const PAUSE_MEMORY_BYTES = 360_448;

/** One container that runs. */
export interface RunningContainer {
  worker: PodWorker;
  container: any;
  record: ContainerRecord;
}

export function* runningContainers(workers: Iterable<PodWorker>): Iterable<RunningContainer> {
  for (const worker of workers) {
    const { spec } = worker.pod;
    for (const container of [...spec?.initContainers ?? [], ...spec?.containers ?? []]) {
      const record = worker.record.containers[container.name];
      if (record?.running) yield { worker, container, record };
    }
  }
}

/** CPU seconds of a whole pod, over all runs of all its containers. */
export function podCpuSeconds(worker: PodWorker, nowMs: number): number {
  return Object.values(worker.record.containers)
    .reduce((sum, record) => sum + cpuSeconds(record, nowMs), 0);
}

export function podMemoryBytes(worker: PodWorker): number {
  return Object.values(worker.record.containers)
    .reduce((sum, record) => sum + (record.running ? record.memoryBytes : 0), PAUSE_MEMORY_BYTES);
}

/** CPU seconds of a node since it was made. */
export function nodeCpuSeconds(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: Iterable<PodWorker>,
): number {
  const nowMs = world.clock.now();
  const createdMs = Date.parse(
    world.api.get("nodes", "", node.name)?.metadata.creationTimestamp ?? "",
  );
  let seconds = ((nowMs - (createdMs || nowMs)) / 1000) * (NODE_CPU_MILLICORES / 1000);
  for (const worker of workers) seconds += podCpuSeconds(worker, nowMs);
  return seconds;
}

export function nodeMemoryBytes(workers: Iterable<PodWorker>): number {
  let bytes = NODE_MEMORY_BYTES;
  for (const worker of workers) bytes += podMemoryBytes(worker);
  return bytes;
}

type Labels = Record<string, string>;

/** The text of a series by its labels and name: what is scraped again and again is written once. */
const SERIES = new WeakMap<Labels, Map<string, string>>();

function seriesText(name: string, labels: Labels): string {
  let texts = SERIES.get(labels);
  if (!texts) SERIES.set(labels, texts = new Map());
  let text = texts.get(name);
  if (text === undefined) {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escape(value)}"`);
    text = pairs.length > 0 ? `${name}{${pairs.join(",")}}` : name;
    texts.set(name, text);
  }
  return text;
}

/** Gives what `make` gave for `owner` the first time. */
function memo<Owner extends object, T>(make: (owner: Owner) => T): (owner: Owner) => T {
  const known = new WeakMap<Owner, T>();
  return (owner) => {
    let value = known.get(owner);
    if (value === undefined) known.set(owner, value = make(owner));
    return value;
  };
}

/** Metric families in the order in which they are first added, as text. */
class Exposition {
  readonly #families = new Map<string, string[]>();

  family(name: string, type: string, help: string): void {
    if (!this.#families.has(name)) {
      this.#families.set(name, [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]);
    }
  }

  add(name: string, labels: Labels, value: number, timeMs?: number): void {
    const at = timeMs === undefined ? "" : ` ${timeMs}`;
    this.#families.get(name)!.push(`${seriesText(name, labels)} ${value}${at}`);
  }

  toString(): string {
    return [...this.#families.values()].filter((lines) => lines.length > 2)
      .map((lines) => lines.join("\n") + "\n").join("");
  }
}

function escape(text: string): string {
  return text.replace(/[\\\n"]/g, (char) => char === "\n" ? "\\n" : `\\${char}`);
}

/** Source: kubernetes pkg/kubelet/metrics/collectors/resource_metrics.go. */
export function resourceMetrics(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: Iterable<PodWorker>,
): string {
  const all = [...workers];
  const nowMs = world.clock.now();
  const out = new Exposition();
  const family = (name: string, type: string, help: string) =>
    out.family(name, type, `[STABLE] ${help}`);
  family(
    "container_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed by the container in core-seconds",
  );
  family(
    "container_memory_working_set_bytes",
    "gauge",
    "Current working set of the container in bytes",
  );
  family(
    "container_start_time_seconds",
    "gauge",
    "Start time of the container since unix epoch in seconds",
  );
  family(
    "node_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed by the node in core-seconds",
  );
  family("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes");
  family(
    "pod_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed by the pod in core-seconds",
  );
  family("pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes");
  family(
    "resource_scrape_error",
    "gauge",
    "1 if there was an error while getting container metrics, 0 otherwise",
  );
  for (const running of runningContainers(all)) {
    const { record } = running;
    const labels = resourceLabels(running);
    out.add("container_cpu_usage_seconds_total", labels, cpuSeconds(record, nowMs), nowMs);
    out.add("container_memory_working_set_bytes", labels, record.memoryBytes, nowMs);
    out.add("container_start_time_seconds", labels, record.running!.startedAtMs / 1000);
  }
  out.add("node_cpu_usage_seconds_total", {}, nodeCpuSeconds(world, node, all), nowMs);
  out.add("node_memory_working_set_bytes", {}, nodeMemoryBytes(all), nowMs);
  for (const worker of all) {
    if (!worker.record.ip) continue;
    const labels = podLabels(worker);
    out.add("pod_cpu_usage_seconds_total", labels, podCpuSeconds(worker, nowMs), nowMs);
    out.add("pod_memory_working_set_bytes", labels, podMemoryBytes(worker), nowMs);
  }
  out.add("resource_scrape_error", {}, 0);
  return out.toString();
}

const podLabels = memo((worker: PodWorker): Labels => ({
  namespace: worker.record.namespace,
  pod: worker.record.name,
}));

/** Labels last as long as the run of a container they are of. */
function perRun<T>(make: (running: RunningContainer) => T): (running: RunningContainer) => T {
  const known = new WeakMap<object, T>();
  return (running) => {
    const run = running.record.running!;
    let value = known.get(run);
    if (value === undefined) known.set(run, value = make(running));
    return value;
  };
}

const resourceLabels = perRun(({ worker, container }): Labels => ({
  container: container.name,
  ...podLabels(worker),
}));

/** Source: google/cadvisor metrics/prometheus.go, as the kubelet labels its samples. */
export function cadvisorMetrics(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: Iterable<PodWorker>,
): string {
  const all = [...workers];
  const nowMs = world.clock.now();
  const out = new Exposition();
  out.family("cadvisor_version_info", "gauge", CADVISOR_HELP.version);
  for (const [name, type, help] of CADVISOR_FAMILIES) out.family(name, type, help);
  out.family("machine_cpu_cores", "gauge", "Number of logical CPU cores.");
  out.family("machine_memory_bytes", "gauge", "Amount of memory installed on the machine.");
  const info = world.api.get("nodes", "", node.name)?.status;
  out.add("cadvisor_version_info", {
    cadvisorRevision: "",
    cadvisorVersion: "",
    dockerVersion: "",
    kernelVersion: info?.nodeInfo?.kernelVersion ?? "",
    osVersion: info?.nodeInfo?.osImage ?? "",
  }, 1);
  const root = { container: "", id: "/", image: "", name: "", namespace: "", pod: "" };
  addUsage(out, root, {
    cpu: nodeCpuSeconds(world, node, all),
    memory: nodeMemoryBytes(all),
    nowMs,
  });
  for (const worker of all) if (worker.record.ip) addPod(out, worker, nowMs);
  for (const running of runningContainers(all)) addContainer(out, running, nowMs);
  const machine = {
    boot_id: hexOf(node.name).slice(0, 32),
    machine_id: hexOf(node.ip).slice(0, 32),
    system_uuid: "",
  };
  const cores = Quantity.parse(info?.capacity?.cpu ?? "1").value;
  out.add("machine_cpu_cores", machine, cores);
  out.add("machine_memory_bytes", machine, Quantity.parse(info?.capacity?.memory ?? "0").value);
  return out.toString();
}

const CADVISOR_HELP = {
  version:
    "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
};

const CADVISOR_FAMILIES = [
  [
    "container_cpu_cfs_periods_total",
    "counter",
    "Number of elapsed enforcement period intervals.",
  ],
  ["container_cpu_cfs_throttled_periods_total", "counter", "Number of throttled period intervals."],
  ["container_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed in seconds."],
  [
    "container_last_seen",
    "gauge",
    "Last time a container was seen by the exporter",
  ],
  ["container_memory_cache", "gauge", "Number of bytes of page cache memory."],
  ["container_memory_rss", "gauge", "Size of RSS in bytes."],
  [
    "container_memory_usage_bytes",
    "gauge",
    "Current memory usage in bytes, including all memory regardless of when it was accessed",
  ],
  ["container_memory_working_set_bytes", "gauge", "Current working set in bytes."],
  [
    "container_network_receive_bytes_total",
    "counter",
    "Cumulative count of bytes received",
  ],
  [
    "container_network_transmit_bytes_total",
    "counter",
    "Cumulative count of bytes transmitted",
  ],
  [
    "container_oom_events_total",
    "counter",
    "Count of out of memory events observed for the container",
  ],
  ["container_spec_cpu_period", "gauge", "CPU period of the container."],
  ["container_spec_cpu_quota", "gauge", "CPU quota of the container."],
  ["container_spec_cpu_shares", "gauge", "CPU share of the container."],
  ["container_spec_memory_limit_bytes", "gauge", "Memory limit for the container."],
  [
    "container_start_time_seconds",
    "gauge",
    "Start time of the container since unix epoch in seconds.",
  ],
] as const;

/** The labels of CPU time have one more among them. */
const withCpu = memo(({ container, ...rest }: Labels): Labels => ({
  container,
  cpu: "total",
  ...rest,
}));

function addUsage(
  out: Exposition,
  labels: Labels,
  { cpu, memory, nowMs }: { cpu: number; memory: number; nowMs: number },
): void {
  out.add("container_cpu_usage_seconds_total", withCpu(labels), cpu, nowMs);
  out.add("container_memory_cache", labels, Math.floor(memory * 0.12), nowMs);
  out.add("container_memory_rss", labels, Math.floor(memory * 0.82), nowMs);
  out.add("container_memory_usage_bytes", labels, Math.floor(memory * 1.06), nowMs);
  out.add("container_memory_working_set_bytes", labels, memory, nowMs);
  out.add("container_last_seen", labels, Math.floor(nowMs / 1000), nowMs);
}

function sliceOf(worker: PodWorker): string {
  const qos = qosClass(worker.pod).toLowerCase();
  const uid = worker.record.uid.replaceAll("-", "_");
  const root = "/kubelet.slice/kubelet-kubepods.slice";
  if (qos === "guaranteed") return `${root}/kubelet-kubepods-pod${uid}.slice`;
  return `${root}/kubelet-kubepods-${qos}.slice/kubelet-kubepods-${qos}-pod${uid}.slice`;
}

const sliceLabels = memo((worker: PodWorker): Labels => ({
  container: "",
  id: sliceOf(worker),
  image: "",
  name: "",
  ...podLabels(worker),
}));

const sandboxLabels = memo((worker: PodWorker): Labels => {
  const sandbox = hexOf(`sandbox/${worker.record.uid}`);
  return {
    container: "",
    id: `${sliceOf(worker)}/cri-containerd-${sandbox}.scope`,
    image: "registry.k8s.io/pause:3.10.1",
    interface: "eth0",
    name: sandbox,
    ...podLabels(worker),
  };
});

function addPod(out: Exposition, worker: PodWorker, nowMs: number): void {
  addUsage(out, sliceLabels(worker), {
    cpu: podCpuSeconds(worker, nowMs),
    memory: podMemoryBytes(worker),
    nowMs,
  });
  if (worker.pod.spec?.hostNetwork) return;
  const labels = sandboxLabels(worker);
  const { uid, startedAtMs } = worker.record;
  const seconds = (nowMs - startedAtMs) / 1000;
  const rate = 80 + (fnv32a(uid) % 400);
  out.add("container_network_receive_bytes_total", labels, Math.floor(seconds * rate), nowMs);
  out.add(
    "container_network_transmit_bytes_total",
    labels,
    Math.floor(seconds * rate * 1.4),
    nowMs,
  );
}

const containerLabels = perRun(({ worker, container, record }): Labels => {
  const name = record.running!.containerId.replace("containerd://", "");
  return {
    container: container.name,
    id: `${sliceOf(worker)}/cri-containerd-${name}.scope`,
    image: parseImage(container.image).canonical,
    name,
    ...podLabels(worker),
  };
});

function addContainer(out: Exposition, running: RunningContainer, nowMs: number): void {
  const { container, record } = running;
  const labels = containerLabels(running);
  addUsage(out, labels, {
    cpu: cpuSeconds(record, nowMs),
    memory: record.memoryBytes,
    nowMs,
  });
  const limits = container.resources?.limits ?? {};
  const requests = container.resources?.requests ?? {};
  if (limits.cpu !== undefined) {
    const elapsed = nowMs - record.running!.startedAtMs;
    out.add("container_cpu_cfs_periods_total", labels, Math.floor(elapsed / 100), nowMs);
    out.add("container_cpu_cfs_throttled_periods_total", labels, throttled(record, nowMs), nowMs);
    const quota = Quantity.parse(limits.cpu).asNumber() * 100_000;
    out.add("container_spec_cpu_quota", labels, Math.round(quota), nowMs);
  }
  out.add("container_oom_events_total", labels, 0, nowMs);
  out.add("container_spec_cpu_period", labels, 100_000, nowMs);
  const shares = Math.max(2, Math.floor(Quantity.parse(requests.cpu ?? "0").milliValue * 1.024));
  out.add("container_spec_cpu_shares", labels, shares, nowMs);
  const memoryLimit = limits.memory === undefined ? 0 : Quantity.parse(limits.memory).value;
  out.add("container_spec_memory_limit_bytes", labels, memoryLimit, nowMs);
  out.add("container_start_time_seconds", labels, record.running!.startedAtMs / 1000, nowMs);
}

/** Source: kubernetes pkg/kubelet/metrics/metrics.go. Differs: a small part of the families. */
export function kubeletMetrics(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: Iterable<PodWorker>,
): string {
  const all = [...workers];
  const out = new Exposition();
  const info = world.api.get("nodes", "", node.name)?.status?.nodeInfo;
  const version = info?.kubeletVersion ?? "";
  out.family(
    "kubelet_node_name",
    "gauge",
    "[ALPHA] The node's name. The count is always 1.",
  );
  out.family(
    "kubelet_running_containers",
    "gauge",
    "[ALPHA] Number of containers currently running",
  );
  out.family(
    "kubelet_running_pods",
    "gauge",
    "[ALPHA] Number of pods that have a running pod sandbox",
  );
  out.family(
    "kubernetes_build_info",
    "gauge",
    "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
  );
  out.family(
    "process_start_time_seconds",
    "gauge",
    "[ALPHA] Start time of the process since unix epoch in seconds.",
  );
  out.add("kubelet_node_name", { node: node.name }, 1);
  out.add(
    "kubelet_running_containers",
    { container_state: "running" },
    [...runningContainers(all)].length,
  );
  out.add("kubelet_running_pods", {}, all.filter((worker) => worker.record.ip).length);
  const [major, minor] = version.replace("v", "").split(".");
  out.add(
    "kubernetes_build_info",
    { git_version: version, major, minor, platform: "linux/amd64" },
    1,
  );
  const created = world.api.get("nodes", "", node.name)?.metadata.creationTimestamp ?? "";
  out.add("process_start_time_seconds", {}, (Date.parse(created) || 0) / 1000);
  return out.toString();
}

/** Source: kubernetes pkg/kubelet/prober/prober_manager.go. */
export function probeMetrics(workers: Iterable<PodWorker>): string {
  const out = new Exposition();
  out.family(
    "prober_probe_total",
    "counter",
    "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.",
  );
  for (const { worker, container, record } of runningContainers(workers)) {
    for (const [kind, { successes, failures }] of Object.entries(record.probes)) {
      const labels = {
        container: container.name,
        namespace: worker.record.namespace,
        pod: worker.record.name,
        pod_uid: worker.record.uid,
        probe_type: kind[0].toUpperCase() + kind.slice(1),
      };
      if (successes > 0) {
        out.add("prober_probe_total", { ...labels, result: "successful" }, successes);
      }
      if (failures > 0) out.add("prober_probe_total", { ...labels, result: "failed" }, failures);
    }
  }
  return out.toString();
}
