/**
 * What many HPAs cost: clusters of a hundred, three hundred and a thousand HPAs with ten pods each, on
 * CPU, with metrics-server between. Part of `deno task bench`; by itself with
 * `deno run -A tests/bench/hpa_scale.ts [HPAS…]`.
 *
 * @module
 */
import process from "node:process";
import { metricsServer } from "../../lib/sim/charts/mod.ts";
import { Cluster } from "../../lib/sim/cluster.ts";
import type { Program, SimApi } from "../../lib/sim/seams.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";

const PODS_PER_HPA = 10;
const PODS_PER_NODE = 100;
const START_MS = Date.UTC(2026, 0, 1);
const SYNC_MS = 15_000;

export interface ScaleFigures {
  hpas: number;
  pods: number;
  /** Until every pod runs and every HPA has read its metric. */
  settleMs: number;
  /** CPU time of fifteen virtual seconds, in which each HPA syncs once. */
  syncCpuMs: number;
  virtualSecondsPerSecond: number;
  rssMiB: number;
}

/** Burns half of what it requests, always. */
const worker: Program = {
  name: "bench-worker",
  images: ["bench/worker"],
  start(context) {
    context.use({ cpuMillicores: 50, memoryBytes: 8 << 20 });
    return {};
  },
};

/** A cluster of so many HPAs that has come to rest. */
export function settled(hpas: number): Cluster {
  const cluster = Cluster.boot({
    state: memoryState(),
    name: "hpa-practice",
    startMs: START_MS,
    seed: 1,
    programs: [worker],
  });
  const api = cluster.api.client({ user: "system:admin", manager: "bench" });
  for (let i = 0; i < Math.ceil(hpas * PODS_PER_HPA / PODS_PER_NODE); i++) addNode(api, i);
  const release = {
    name: "metrics-server",
    namespace: "default",
    revision: 1,
    isInstall: true,
    isUpgrade: false,
  };
  const values = { ...metricsServer.values, args: ["--kubelet-insecure-tls"] };
  for (const object of metricsServer.render(values, release)) {
    api.create(api.resourceFor(object.apiVersion, object.kind)!, object);
  }
  for (let i = 0; i < hpas; i++) {
    addWorkload(api, `web-${i}`, nodeOf(i));
    // Ten thousand pods at one instant are more than a controller has the time for.
    if (i % 100 === 99) cluster.clock.advance(1_000);
  }
  cluster.clock.advance(120_000);
  check(cluster, hpas);
  return cluster;
}

/** Builds a cluster of so many HPAs, and times it. */
export function measure(hpas: number, minutes = 5): ScaleFigures {
  const settleStart = performance.now();
  const cluster = settled(hpas);
  const settleMs = performance.now() - settleStart;

  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  cluster.clock.advance(minutes * 60_000);
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  check(cluster, hpas);
  cluster.close();
  return {
    hpas,
    pods: hpas * PODS_PER_HPA,
    settleMs,
    syncCpuMs: (user + system) / 1000 / (minutes * 60_000 / SYNC_MS),
    virtualSecondsPerSecond: minutes * 60_000 / wallMs,
    rssMiB: Deno.memoryUsage().rss / 2 ** 20,
  };
}

function addNode(api: SimApi, index: number): void {
  const model = api.get("nodes", "", "hpa-practice-worker")!;
  const name = `bench-${index}`;
  const node = structuredClone(model);
  node.metadata = { name, labels: { ...model.metadata.labels, "kubernetes.io/hostname": name } };
  const podCIDR = `10.${100 + Math.floor(index / 250)}.${index % 250}.0/24`;
  node.spec = { podCIDR, podCIDRs: [podCIDR] };
  const large = { cpu: "64", memory: "256Gi", "ephemeral-storage": "61255492Ki", pods: "110" };
  node.status = {
    ...node.status,
    capacity: large,
    allocatable: large,
    addresses: [
      { type: "InternalIP", address: `172.18.${1 + Math.floor(index / 250)}.${index % 250}` },
      { type: "Hostname", address: name },
    ],
  };
  api.create("nodes", node);
  const stored = api.get("nodes", "", name)!;
  api.updateStatus("nodes", { ...structuredClone(stored), status: node.status });
}

/** Pods are put on their nodes by name: how the scheduler scales is another question. */
function nodeOf(index: number): string {
  return `bench-${Math.floor(index * PODS_PER_HPA / PODS_PER_NODE)}`;
}

function addWorkload(api: SimApi, name: string, nodeName: string): void {
  const labels = { app: name };
  api.create("deployments.apps", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default", labels },
    spec: {
      replicas: PODS_PER_HPA,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeName,
          containers: [{
            name: "worker",
            image: "bench/worker:1",
            resources: { requests: { cpu: "100m", memory: "16Mi" } },
          }],
        },
      },
    },
  });
  api.create("horizontalpodautoscalers.autoscaling", {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: 1,
      maxReplicas: 20,
      metrics: [{
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
      }],
    },
  });
}

/** A figure counts only when every HPA works. */
function check({ api: server }: Cluster, hpas: number): void {
  const api = server.client({ user: "system:admin", manager: "bench" });
  const all = api.list("horizontalpodautoscalers.autoscaling");
  const working = all.filter(({ status }) =>
    status?.currentReplicas === PODS_PER_HPA &&
    status.currentMetrics?.[0]?.resource?.current.averageUtilization === 50
  );
  if (working.length !== hpas) {
    const idle = all.find((hpa) => !working.includes(hpa));
    throw new Error(`${working.length} of ${hpas} HPAs work: ${JSON.stringify(idle?.status)}`);
  }
}

/** Rows of the bench's table: what, figure, against what, ratio. Each is told as soon as it is known. */
export function hpaScale(row: (what: string, ...figures: string[]) => void): void {
  let first: ScaleFigures | undefined;
  for (const hpas of [100, 300, 1000]) {
    const figures = measure(hpas);
    first ??= figures;
    const count = (value: number) => value.toLocaleString("en");
    const { syncCpuMs, pods, virtualSecondsPerSecond } = figures;
    row(
      `a sync of ${count(hpas)} HPAs on ${count(pods)} pods, metrics-server included`,
      `${syncCpuMs.toFixed(0)} ms of CPU, ${(syncCpuMs / hpas).toFixed(2)} ms an HPA`,
      `1 wall hour`,
      `${virtualSecondsPerSecond.toFixed(0)} virtual s per s`,
    );
    if (figures === first) continue;
    row(
      `${count(hpas)} HPAs against ${count(first.hpas)}`,
      `${(syncCpuMs / first.syncCpuMs).toFixed(1)} x the cost`,
      `${(hpas / first.hpas).toFixed(0)} x the HPAs`,
      `${(syncCpuMs / first.syncCpuMs / (hpas / first.hpas)).toFixed(2)} x linear`,
    );
  }
}

if (import.meta.main) {
  if (Deno.args.length === 0) hpaScale((...row) => console.log(row.join(" · ")));
  for (const hpas of Deno.args) console.log(measure(Number(hpas)));
}
