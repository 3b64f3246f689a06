import assert from "node:assert/strict";
import { ClusterGround, type RecordedSource } from "../../lib/doctor/mod.ts";
import { fromYaml } from "../../lib/go/mod.ts";
import { KubeClient, type KubeObject } from "../../lib/kube/mod.ts";
import {
  evaluateInstant,
  parseSelector,
  type SeriesStore,
  toApiData,
} from "../../lib/promql/mod.ts";
import { keda, prometheusAdapter } from "../../lib/sim/charts/mod.ts";
import { Cluster } from "../../lib/sim/cluster.ts";
import type { Chart, HttpRequest, HttpResponse, Program, SimApi } from "../../lib/sim/seams.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";

const LEAD_MS = 10 * 60_000;
const SYNC_MS = 15_000;
const PORT = 9090;

/** What stands in a cluster besides the scaler: its workload's size and how long its pods take. */
export interface Workload {
  name: string;
  replicas: number;
  /** Seconds until a pod's probe is asked for the first time. */
  readyAfterSeconds?: number;
}

/**
 * The embedded cluster with the real adapter, KEDA and controllers, in front of a Prometheus that answers from a
 * recording by the cluster's own clock.
 */
export class ReplayCluster {
  readonly cluster: Cluster;
  readonly api: SimApi;

  constructor(readonly recording: RecordedSource, rules: string) {
    const startMs = recording.startMs() - LEAD_MS;
    this.cluster = Cluster.boot({
      state: memoryState(),
      name: "hpa-practice",
      startMs,
      seed: 1,
      programs: [prometheusOf(recording), WEB],
    });
    this.api = this.cluster.api.client({ user: "system:admin", manager: "test" });
    this.namespace("shop");
    this.namespace("keda");
    this.run("prometheus", "default", "test/recording:1", 1);
    this.api.create("services", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "prometheus", namespace: "default" },
      spec: { selector: { app: "prometheus" }, ports: [{ port: PORT }] },
    });
    const values = fromYaml(rules) as Record<string, unknown>;
    this.install(prometheusAdapter, "default", {
      ...values,
      prometheus: { url: "http://prometheus.default.svc", port: PORT, path: "" },
    });
  }

  /** The cluster as a client sees it. */
  ground(): ClusterGround {
    const client = new KubeClient((request) => this.cluster.handle(request));
    return new ClusterGround(client, "the lab", () => this.cluster.clock.now());
  }

  namespace(name: string): void {
    this.api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }

  install(chart: Chart, namespace: string, values: Record<string, unknown>): void {
    const release = {
      name: chart.name,
      namespace,
      revision: 1,
      isInstall: true,
      isUpgrade: false,
    };
    const merged = { ...structuredClone(chart.values), ...values };
    for (const object of [...chart.crds ?? [], ...chart.render(merged, release)]) {
      this.api.create(this.api.resourceFor(object.apiVersion, object.kind)!, object);
      this.cluster.clock.drain();
    }
  }

  installKeda(): void {
    this.install(keda, "keda", {});
  }

  run(name: string, namespace: string, image: string, replicas: number, probe?: unknown): void {
    const labels = { app: name };
    this.api.create("deployments.apps", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: "main", image, ...probe ? { readinessProbe: probe } : {} }],
          },
        },
      },
    });
  }

  addWorkload({ name, replicas, readyAfterSeconds }: Workload): void {
    const probe = readyAfterSeconds === undefined ? undefined : {
      httpGet: { path: "/", port: 80 },
      initialDelaySeconds: readyAfterSeconds,
      periodSeconds: 1,
    };
    this.run(name, "shop", "test/web:1", replicas, probe);
  }

  /** Lets time pass to an instant. */
  until(atMs: number): void {
    this.cluster.clock.advance(atMs - this.cluster.clock.now());
  }

  apply(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      this.api.create(
        this.api.resourceFor(object.apiVersion, object.kind)!,
        structuredClone(object),
      );
    }
    this.cluster.clock.drain();
  }

  replicas(name: string): number {
    return this.api.get("deployments.apps", "shop", name)!.spec.replicas;
  }

  /** The replicas that Deployments have after each sync, from an instant on. */
  watch(names: readonly string[], fromMs: number, syncs: number): Record<string, number[]> {
    const seen: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
    for (let sync = 0; sync < syncs; sync++) {
      this.until(fromMs + sync * SYNC_MS);
      for (const name of names) seen[name].push(this.replicas(name));
    }
    return seen;
  }
}

/** Something that answers, and does nothing else. */
const WEB: Program = {
  name: "test-web",
  images: ["test/web"],
  start(context) {
    context.net.listen(80, () => ({ status: 200, headers: {}, body: "" }));
    return {};
  },
};

/** Prometheus's HTTP API over a recording. */
function prometheusOf({ store }: RecordedSource): Program {
  const answer = ({ url }: HttpRequest): HttpResponse => {
    const { pathname, searchParams } = new URL(url, "http://prometheus");
    const data = dataOf(store, pathname, searchParams);
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ status: "success", data }),
    };
  };
  return {
    name: "test-recording",
    images: ["test/recording"],
    start(context) {
      context.net.listen(PORT, answer);
      return {};
    },
  };
}

function dataOf(store: SeriesStore, path: string, asked: URLSearchParams): unknown {
  switch (path) {
    case "/api/v1/series":
      return store.select(parseSelector(asked.get("match[]")!)).map(({ labels }) => labels);
    case "/api/v1/label/__name__/values":
      return store.labelValues("__name__");
    case "/api/v1/metadata":
      return {};
    default:
      return toApiData(evaluateInstant(store, asked.get("query")!, timeOf(asked)));
  }
}

/** Seconds, or a time in words. */
function timeOf(parameters: URLSearchParams): number {
  const time = parameters.get("time");
  assert.ok(time, "every question names its time");
  return /^[\d.]+$/.test(time) ? Math.round(Number(time) * 1000) : Date.parse(time);
}
