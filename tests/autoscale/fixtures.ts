import {
  decide,
  type HpaInput,
  type HpaSpec,
  type MetricReading,
  type PodView,
} from "../../lib/autoscale/mod.ts";

/** A minute of 2026, far from any edge. */
export const NOW = Date.UTC(2026, 10, 24, 3, 0, 0);

/** A pod that has been running and ready for an hour, unless told otherwise. */
export function pod(name: string, changes: Partial<PodView> = {}): PodView {
  return {
    name,
    phase: "Running",
    deleting: false,
    ready: { status: "True", lastTransitionMs: NOW - 3_600_000 },
    startMs: NOW - 3_610_000,
    containers: [{ name: "app", requests: { cpu: "100m", memory: "64Mi" } }],
    ...changes,
  };
}

/** Pods `p0`, `p1`, … */
export function pods(count: number): PodView[] {
  return Array.from({ length: count }, (_, i) => pod(`p${i}`));
}

/** Samples in milli-units, by position, for pods `p0`, `p1`, … */
export function samples(...milli: number[]): MetricReading {
  return {
    pods: Object.fromEntries(
      milli.map((
        value,
        i,
      ) => [`p${i}`, { milli: BigInt(value), timestampMs: NOW, windowMs: 60_000 }]),
    ),
  };
}

export function objectSpec(target: string, changes: Partial<HpaSpec> = {}): HpaSpec {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    minReplicas: 1,
    maxReplicas: 10,
    metrics: [{
      type: "Object",
      object: {
        describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
        metric: { name: "hits" },
        target: { type: "Value", value: target },
      },
    }],
    ...changes,
  };
}

/** Decides with everything that is not named at rest. */
export function run(spec: HpaSpec, replicas: number, changes: Partial<HpaInput> = {}) {
  return decide({
    namespace: "default",
    spec,
    conditions: [],
    scale: { specReplicas: replicas, statusReplicas: replicas, selector: "app=web" },
    pods: pods(replicas),
    readings: [],
    history: undefined,
    nowMs: NOW,
    ...changes,
  });
}
