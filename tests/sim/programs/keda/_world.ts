import { VirtualClock } from "../../../../lib/base/mod.ts";
import { kedaMetricsApiserver } from "../../../../lib/sim/programs/keda_metrics_apiserver/mod.ts";
import { kedaOperator } from "../../../../lib/sim/programs/keda_operator/mod.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../../fakes/mod.ts";

export const START = Date.UTC(2026, 10, 24, 3, 0, 0);
export const SCALED_OBJECTS = "scaledobjects.keda.sh";
export const HPAS = "horizontalpodautoscalers.autoscaling";
export const METRIC = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/s0-prometheus" +
  "?labelSelector=scaledobject.keda.sh%2Fname%3Dweb";

/** What Prometheus was asked. */
export interface Asked {
  query: string;
  headers: Record<string, string>;
}

/** A cluster with a Deployment `web`, a Prometheus, and KEDA's operator and metrics server. */
export function setUp(options: { replicas?: number; level?: string } = {}) {
  const clock = new VirtualClock(START);
  const network = new FakeNetwork();
  const api = new FakeApi(() => clock.now());
  const asked: Asked[] = [];
  const state = {
    /** Answers any query; undefined is status 503. */
    result: [{ metric: {}, value: [0, "250"] }] as unknown[] | undefined,
    /** Answers these queries, "down" with status 503. */
    values: {} as Record<string, string>,
    asked,
  };
  network.servers.set("prometheus:9090", {
    handler: ({ query, headers = {} }) => {
      const expression = query.get("query") ?? "";
      asked.push({ query: expression, headers });
      const value = state.values[expression];
      const result = value === undefined ? state.result : [{ metric: {}, value: [0, value] }];
      if (result === undefined || value === "down") return { status: 503, headers: {}, body: "" };
      const data = { resultType: "vector", result };
      return { status: 200, headers: {}, body: JSON.stringify({ status: "success", data }) };
    },
  });
  api.create("deployments.apps", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: options.replicas ?? 1, selector: { matchLabels: { app: "web" } } },
  });
  const operator = new FakeContainer(clock, network, api, {
    ip: "keda-operator",
    namespace: "keda",
    args: [`--zap-log-level=${options.level ?? "info"}`, "--leader-elect"],
  });
  const metrics = new FakeContainer(clock, network, api, {
    ip: "10.244.1.9",
    namespace: "keda",
    args: ["--secure-port=6443", "--metrics-service-address=keda-operator:9666", "--v=0"],
  });
  return { clock, network, api, state, operator, metrics };
}

export function scaledObject(
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
) {
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: {
      scaleTargetRef: { name: "web" },
      minReplicaCount: 1,
      maxReplicaCount: 5,
      triggers: [{
        type: "prometheus",
        metadata: {
          serverAddress: "http://prometheus:9090",
          threshold: "50",
          query: "sum(hits)",
        },
      }],
      ...spec,
    },
  };
}

export function condition(api: FakeApi, type: string): string {
  const { conditions } = api.get(SCALED_OBJECTS, "default", "web")!.status;
  const found = conditions.find((one: any) => one.type === type);
  return `${found.status} ${found.reason ?? ""}`.trim();
}

export type World = ReturnType<typeof setUp>;

/** A prometheus trigger. */
export function prometheusTrigger(
  more: Record<string, unknown> = {},
  metadata: Record<string, string> = {},
) {
  return {
    type: "prometheus",
    metadata: {
      serverAddress: "http://prometheus:9090",
      threshold: "50",
      query: "sum(hits)",
      ...metadata,
    },
    ...more,
  };
}

/** Makes and starts what `spec` says, and lets the operator do its work. */
export function started(
  spec: Record<string, unknown>,
  options: { replicas?: number; level?: string; metadata?: Record<string, unknown> } = {},
): World {
  const world = setUp(options);
  world.operator.start(kedaOperator);
  world.metrics.start(kedaMetricsApiserver);
  world.api.create(SCALED_OBJECTS, scaledObject(spec, options.metadata));
  world.clock.advance(1);
  return world;
}

export const statusOf = ({ api }: World) => api.get(SCALED_OBJECTS, "default", "web")!.status;
export const replicasOf = ({ api }: World): number =>
  api.get("deployments.apps", "default", "web")!.spec.replicas;
export const hpaOf = ({ api }: World, name = "keda-hpa-web") => api.get(HPAS, "default", name);

/** The value that the HPA would be given for a metric, or the error's message. */
export function valueOf({ metrics }: World, metric = "s0-prometheus"): string {
  const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/default/${metric}` +
    "?labelSelector=scaledobject.keda.sh%2Fname%3Dweb";
  const { status, body } = metrics.get(6443, path);
  return status === 200 ? body.items.map(({ value }: any) => value).join() : body.message;
}

/** The messages of the log, with the error where there is one. */
export function logOf({ operator }: World): string[] {
  return operator.lines.map((line) => {
    const parts = line.split("\t");
    const at = parts.findIndex((part) => ["INFO", "ERROR", "DEBUG"].includes(part));
    const fields = parts.at(-1)!.startsWith("{") ? parts.at(-1)! : "";
    const message = fields ? parts.at(-2)! : parts.at(-1)!;
    const error = /"error": "((?:[^"\\]|\\.)*)"/.exec(fields)?.[1];
    return `${parts[at]} ${message}${error === undefined ? "" : `: ${error}`}`;
  });
}
