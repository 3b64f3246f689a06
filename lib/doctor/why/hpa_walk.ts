import { type HpaSpec, type MetricSpec, specOf } from "../../autoscale/mod.ts";
import { conditionOf, type HorizontalPodAutoscaler } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { lazy } from "../reads.ts";
import { findScaled, type Scaled } from "../scaled.ts";

/** An HPA and what it scales, with what was found on it. */
export class HpaWalk {
  readonly scaled: () => Promise<Scaled>;

  constructor(readonly cluster: Cluster, readonly hpa: HorizontalPodAutoscaler) {
    this.scaled = lazy(() => findScaled(cluster, this.namespace, this.spec.scaleTargetRef));
  }

  get namespace(): string {
    return this.hpa.metadata.namespace ?? "";
  }

  get spec(): HpaSpec {
    return specOf(this.hpa);
  }

  /** What the controller says of a metric that it cannot read. */
  get complaint(): string | undefined {
    const active = conditionOf(this.hpa, "ScalingActive");
    return active?.status === "False" ? active.message : undefined;
  }
}

/** A metric of a spec, as it is told: `Service metric hits`, `cpu`. */
export function metricTitle(spec: MetricSpec): string {
  const { object, pods, external, resource, containerResource } = spec;
  if (object) {
    return `${object.metric.name} of ${object.describedObject.kind} ${object.describedObject.name}`;
  }
  if (pods) return `${pods.metric.name} of pods`;
  if (external) return `${external.metric.name} (external)`;
  return containerResource
    ? `${containerResource.name} of container ${containerResource.container}`
    : `${resource?.name ?? ""} of pods`;
}
