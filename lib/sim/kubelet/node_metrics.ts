import { fnv32a } from "../../base/mod.ts";
import { type Container, qosClass, Quantity } from "../../kube/mod.ts";
import { parseImage } from "../image_reference.ts";
import { hexOf } from "./images.ts";
import type { KubeletWorld, NodeRuntime } from "./node.ts";
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
  container: Container;
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

/** The text of a series, up to its value, by its labels and name: what is scraped again and again is written once. */
const SERIES = new WeakMap<Labels, Map<string, string>>();

function seriesText(name: string, labels: Labels): string {
  let texts = SERIES.get(labels);
  if (!texts) SERIES.set(labels, texts = new Map());
  let text = texts.get(name);
  if (text === undefined) {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escape(value)}"`);
    text = pairs.length > 0 ? `${name}{${pairs.join(",")}} ` : `${name} `;
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

/** Families, to be written again and again: name, type, help. */
type Families = readonly (readonly [name: string, type: string, help: string])[];

/** What stands over the samples of a family. */
const heads = memo((families: Families) =>
  families.map(([name, type, help]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`)
);

/** Samples by family, in the order of the families and then as they come, as text. */
class Exposition {
  readonly #families: Families;
  /** Pieces of text, which one join puts together. */
  readonly #pieces = new Map<string, string[]>();
  /** What ends a line that carries the time. */
  readonly #at: string;

  constructor(families: Families, nowMs?: number) {
    this.#families = families;
    this.#at = nowMs === undefined ? "\n" : ` ${nowMs}\n`;
    for (const [name] of families) this.#pieces.set(name, []);
  }

  /** A sample of now. */
  add(name: string, labels: Labels, value: number): void {
    this.line(name, seriesText(name, labels), value);
  }

  /** A sample that holds at all times. */
  addTimeless(name: string, labels: Labels, value: number): void {
    this.#pieces.get(name)!.push(seriesText(name, labels), String(value), "\n");
  }

  /** A sample of now, its name and labels written out already. */
  line(name: string, series: string, value: number): void {
    this.#pieces.get(name)!.push(series, String(value), this.#at);
  }

  toString(): string {
    const head = heads(this.#families);
    let text = "";
    this.#families.forEach(([name], index) => {
      const pieces = this.#pieces.get(name)!;
      if (pieces.length > 0) text += head[index] + pieces.join("");
    });
    return text;
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
  const out = new Exposition(RESOURCE_FAMILIES, nowMs);
  for (const running of runningContainers(all)) {
    const { record } = running;
    const labels = resourceLabels(running);
    out.add("container_cpu_usage_seconds_total", labels, cpuSeconds(record, nowMs));
    out.add("container_memory_working_set_bytes", labels, record.memoryBytes);
    out.addTimeless("container_start_time_seconds", labels, record.running!.startedAtMs / 1000);
  }
  out.add("node_cpu_usage_seconds_total", NO_LABELS, nodeCpuSeconds(world, node, all));
  out.add("node_memory_working_set_bytes", NO_LABELS, nodeMemoryBytes(all));
  for (const worker of all) {
    if (!worker.record.ip) continue;
    const labels = podLabels(worker);
    out.add("pod_cpu_usage_seconds_total", labels, podCpuSeconds(worker, nowMs));
    out.add("pod_memory_working_set_bytes", labels, podMemoryBytes(worker));
  }
  out.addTimeless("resource_scrape_error", NO_LABELS, 0);
  return out.toString();
}

const NO_LABELS: Labels = {};

const RESOURCE_FAMILIES = ([
  [
    "container_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed by the container in core-seconds",
  ],
  [
    "container_memory_working_set_bytes",
    "gauge",
    "Current working set of the container in bytes",
  ],
  [
    "container_start_time_seconds",
    "gauge",
    "Start time of the container since unix epoch in seconds",
  ],
  [
    "node_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed by the node in core-seconds",
  ],
  ["node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes"],
  [
    "pod_cpu_usage_seconds_total",
    "counter",
    "Cumulative cpu time consumed by the pod in core-seconds",
  ],
  ["pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes"],
  [
    "resource_scrape_error",
    "gauge",
    "1 if there was an error while getting container metrics, 0 otherwise",
  ],
] as const).map(([name, type, help]) => [name, type, `[STABLE] ${help}`] as const);

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
  const out = new Exposition(CADVISOR_FAMILIES, nowMs);
  const info = world.api.get("nodes", "", node.name)?.status;
  out.addTimeless("cadvisor_version_info", {
    cadvisorRevision: "",
    cadvisorVersion: "",
    dockerVersion: "",
    kernelVersion: info?.nodeInfo?.kernelVersion ?? "",
    osVersion: info?.nodeInfo?.osImage ?? "",
  }, 1);
  addUsage(out, ROOT_LABELS, {
    cpu: nodeCpuSeconds(world, node, all),
    memory: nodeMemoryBytes(all),
    nowMs,
  });
  for (const worker of all) if (worker.record.ip) addPod(out, worker, nowMs);
  for (const running of runningContainers(all)) addContainer(out, running, nowMs);
  const machine = machineLabels(node);
  const cores = Quantity.parse(info?.capacity?.cpu ?? "1").value;
  out.addTimeless("machine_cpu_cores", machine, cores);
  const memory = Quantity.parse(info?.capacity?.memory ?? "0").value;
  out.addTimeless("machine_memory_bytes", machine, memory);
  return out.toString();
}

const ROOT_LABELS: Labels = { container: "", id: "/", image: "", name: "", namespace: "", pod: "" };

const machineLabels = memo((node: NodeRuntime): Labels => ({
  boot_id: hexOf(node.name).slice(0, 32),
  machine_id: hexOf(node.ip).slice(0, 32),
  system_uuid: "",
}));

const CADVISOR_FAMILIES = [
  [
    "cadvisor_version_info",
    "gauge",
    "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
  ],
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
  ["machine_cpu_cores", "gauge", "Number of logical CPU cores."],
  ["machine_memory_bytes", "gauge", "Amount of memory installed on the machine."],
] as const;

/** What a container, a pod or a node uses, by the labels they have: the texts of those series. */
const usageSeries = memo((labels: Labels) => {
  // The labels of CPU time have one more among them.
  const { container, ...rest } = labels;
  return {
    cpu: seriesText("container_cpu_usage_seconds_total", { container, cpu: "total", ...rest }),
    cache: seriesText("container_memory_cache", labels),
    rss: seriesText("container_memory_rss", labels),
    usage: seriesText("container_memory_usage_bytes", labels),
    workingSet: seriesText("container_memory_working_set_bytes", labels),
    lastSeen: seriesText("container_last_seen", labels),
  };
});

function addUsage(
  out: Exposition,
  labels: Labels,
  { cpu, memory, nowMs }: { cpu: number; memory: number; nowMs: number },
): void {
  const series = usageSeries(labels);
  out.line("container_cpu_usage_seconds_total", series.cpu, cpu);
  out.line("container_memory_cache", series.cache, Math.floor(memory * 0.12));
  out.line("container_memory_rss", series.rss, Math.floor(memory * 0.82));
  out.line("container_memory_usage_bytes", series.usage, Math.floor(memory * 1.06));
  out.line("container_memory_working_set_bytes", series.workingSet, memory);
  out.line("container_last_seen", series.lastSeen, Math.floor(nowMs / 1000));
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
  out.add("container_network_receive_bytes_total", labels, Math.floor(seconds * rate));
  out.add("container_network_transmit_bytes_total", labels, Math.floor(seconds * rate * 1.4));
}

const containerLabels = perRun(({ worker, container, record }): Labels => {
  const name = record.running!.containerId.replace("containerd://", "");
  return {
    container: container.name,
    id: `${sliceOf(worker)}/cri-containerd-${name}.scope`,
    image: parseImage(container.image ?? "").canonical,
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
    out.add("container_cpu_cfs_periods_total", labels, Math.floor(elapsed / 100));
    out.add("container_cpu_cfs_throttled_periods_total", labels, throttled(record, nowMs));
    const quota = Quantity.parse(limits.cpu).asNumber() * 100_000;
    out.add("container_spec_cpu_quota", labels, Math.round(quota));
  }
  out.add("container_oom_events_total", labels, 0);
  out.add("container_spec_cpu_period", labels, 100_000);
  const shares = Math.max(2, Math.floor(Quantity.parse(requests.cpu ?? "0").milliValue * 1.024));
  out.add("container_spec_cpu_shares", labels, shares);
  const memoryLimit = limits.memory === undefined ? 0 : Quantity.parse(limits.memory).value;
  out.add("container_spec_memory_limit_bytes", labels, memoryLimit);
  out.add("container_start_time_seconds", labels, record.running!.startedAtMs / 1000);
}

/** Source: kubernetes pkg/kubelet/metrics/metrics.go. Differs: a small part of the families. */
export function kubeletMetrics(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: Iterable<PodWorker>,
): string {
  const all = [...workers];
  const out = new Exposition(KUBELET_FAMILIES);
  const info = world.api.get("nodes", "", node.name);
  const version = info?.status?.nodeInfo?.kubeletVersion ?? "";
  out.add("kubelet_node_name", { node: node.name }, 1);
  out.add("kubelet_running_containers", RUNNING, [...runningContainers(all)].length);
  out.add("kubelet_running_pods", NO_LABELS, all.filter((worker) => worker.record.ip).length);
  const [major, minor] = version.replace("v", "").split(".");
  out.add(
    "kubernetes_build_info",
    { git_version: version, major, minor, platform: "linux/amd64" },
    1,
  );
  const created = info?.metadata.creationTimestamp ?? "";
  out.add("process_start_time_seconds", NO_LABELS, (Date.parse(created) || 0) / 1000);
  return out.toString();
}

const RUNNING: Labels = { container_state: "running" };

const KUBELET_FAMILIES = [
  ["kubelet_node_name", "gauge", "[ALPHA] The node's name. The count is always 1."],
  [
    "kubelet_running_containers",
    "gauge",
    "[ALPHA] Number of containers currently running",
  ],
  [
    "kubelet_running_pods",
    "gauge",
    "[ALPHA] Number of pods that have a running pod sandbox",
  ],
  [
    "kubernetes_build_info",
    "gauge",
    "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
  ],
  [
    "process_start_time_seconds",
    "gauge",
    "[ALPHA] Start time of the process since unix epoch in seconds.",
  ],
] as const;

/** Source: kubernetes pkg/kubelet/prober/prober_manager.go. */
export function probeMetrics(workers: Iterable<PodWorker>): string {
  const out = new Exposition(PROBE_FAMILIES);
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

const PROBE_FAMILIES = [
  [
    "prober_probe_total",
    "counter",
    "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.",
  ],
] as const;
