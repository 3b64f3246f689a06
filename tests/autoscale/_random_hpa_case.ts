import { SeededRandom } from "../../lib/base/mod.ts";
import type { CaseMetrics, CasePod, CaseStep, HpaCase } from "./_hpa_case.ts";

type Json = any;

/*
 * Random cases, the same for the same seed, that visit the corners: borders of the tolerance, young
 * and silent pods, missing samples, failing APIs, several metrics, long histories.
 */

const ERRORS = [
  "the server is currently unable to handle the request",
  "the server could not find the metric m for pods",
  "Internal error occurred: unable to fetch metrics",
];

/** A random case: one sync, or several when `steps` is above 1. */
export function randomCase(seed: number, steps = 1): HpaCase {
  return new Draw(new SeededRandom(seed)).case(seed, steps);
}

class Draw {
  /** Whether the case leans to a scale-down, with a past that allows one, to a scale-up, or neither. */
  readonly #lean: "down" | "up" | "neither";

  constructor(private readonly random: SeededRandom) {
    this.#lean = random.pick(["down", "up", "neither"]);
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.random.int(high - low + 1);
  }

  pick<T>(...items: T[]): T {
    return this.random.pick(items);
  }

  case(seed: number, steps: number): HpaCase {
    const minReplicas = this.chance(0.5) ? 1 : this.between(1, 5);
    const maxReplicas = minReplicas + this.between(0, 15);
    const featureGates = this.chance(0.15) ? { HPAScaleToZero: true } : undefined;
    const metrics = Array.from(
      { length: this.chance(0.6) ? 1 : this.between(2, 3) },
      (_, i) => this.metric(i),
    );
    const canSleep = featureGates && metrics.some(({ object, external }) => object || external);
    const replicas = this.chance(canSleep ? 0.5 : 0.04)
      ? 0
      : this.between(Math.max(1, minReplicas - 1), maxReplicas + (this.chance(0.1) ? 2 : 0));
    const world = this.world(metrics, replicas);
    const conditions = this.conditions(replicas === 0 && canSleep === true);
    return {
      name: `seed ${seed}`,
      spec: {
        minReplicas: canSleep && this.chance(0.7) ? 0 : minReplicas,
        maxReplicas,
        metrics,
        ...(this.chance(0.4) ? { behavior: this.behavior() } : {}),
      },
      ...(featureGates ? { validate: false } : {}),
      replicas,
      ...(this.chance(0.15) ? { statusReplicas: this.between(0, replicas + 2) } : {}),
      ...world,
      ...(conditions ? { conditions } : {}),
      ...(this.chance(0.3) ? { lastScaleTime: -this.between(1, 600) } : {}),
      ...(this.#lean === "down" || this.chance(0.7) ? { history: this.history(replicas) } : {}),
      ...(this.chance(0.3) || featureGates
        ? { options: { ...this.options(), ...(featureGates ? { featureGates } : {}) } }
        : {}),
      ...(this.chance(0.02) ? { scaleError: 'deployments.apps "web" not found' } : {}),
      ...(this.chance(0.02) ? { updateError: "the object has been modified" } : {}),
      ...(this.chance(0.02) ? { selector: "" } : {}),
      ...(this.chance(0.02) ? { otherHpas: [{ name: "rival", selector: "app in (web,x)" }] } : {}),
      ...(steps > 1 ? { steps: this.steps(metrics, steps) } : {}),
    };
  }

  steps(metrics: Json[], count: number): CaseStep[] {
    return Array.from({ length: count }, (_, i) => ({
      ...(i > 0 && this.chance(0.3) ? { after: this.between(1, 200) } : {}),
      ...(i === 0 || this.chance(0.8) ? this.world(metrics, this.between(1, 8)) : {}),
      ...(this.chance(0.03) ? { replicas: this.between(0, 8) } : {}),
    }));
  }

  /** Pods and the answers of the metrics APIs. */
  world(metrics: Json[], replicas: number): { pods: CasePod[]; metrics: CaseMetrics } {
    const answers: CaseMetrics = {};
    if (this.chance(0.04)) answers.resource = { error: this.pick(...ERRORS) };
    for (const { pods, object, external } of metrics) {
      if (pods && this.chance(0.06)) {
        (answers.pods ??= {})[pods.metric.name] = { error: this.pick(...ERRORS) };
      }
      if (object) {
        const { metric, target } = object;
        (answers.object ??= {})[metric.name] = this.chance(0.08)
          ? { error: this.pick(...ERRORS) }
          : this.value(target.value ?? target.averageValue, target.value ? 1 : replicas);
      }
      if (external && !this.chance(0.04)) {
        const { metric, target } = external;
        const series = this.chance(0.7) ? 1 : this.between(0, 3);
        const goal = target.averageValue ?? target.value;
        (answers.external ??= {})[metric.name] = this.chance(0.08)
          ? { error: this.pick(...ERRORS) }
          : Array.from(
            { length: series },
            () => this.value(goal, target.averageValue ? replicas : 1),
          );
      }
    }
    return { pods: this.pods(metrics, replicas), metrics: answers };
  }

  /** A value around a target: often on the border of the tolerance, sometimes far from it. */
  value(target: string, replicas: number): string {
    if (this.chance(0.02)) return this.pick("0", "-5", "9223372036854775807", "1n", "3e15");
    const goal = Number(target.replace(/m$/, "")) * (target.endsWith("m") ? 1 : 1000);
    const factor = this.chance(0.4)
      ? this.pick(0.9, 1.1, 1, 0.5, 2, 1.5, 0.3)
      : this.random.next() * this.#reach();
    const milli = Math.round(goal * Math.max(1, replicas) * factor) + this.pick(0, 0, 0, 1, -1);
    return milli % 1000 === 0 ? `${milli / 1000}` : `${milli}m`;
  }

  #reach(): number {
    if (this.#lean === "down") return 0.9;
    return this.#lean === "up" && this.chance(0.5) ? 20 : 3;
  }

  metric(index: number): Json {
    const goal = this.pick("50", "10", "500m", "3", "100", "1500m");
    const selector = this.chance(0.2)
      ? {
        selector: this.pick<Json>(
          { matchLabels: { verb: "GET", app: "x" } },
          { matchExpressions: [{ key: "code", operator: "In", values: ["b", "a"] }] },
          { matchExpressions: [{ key: "code", operator: "Exists" }] },
          {},
          { matchExpressions: [{ key: "code", operator: "Near" }] },
          { matchExpressions: [{ key: "code", operator: "NotIn", values: [] }] },
        ),
      }
      : {};
    const metric = { name: `m${index}`, ...selector };
    const perPod = { type: "AverageValue", averageValue: goal };
    const whole = { type: "Value", value: goal };
    switch (this.random.int(6)) {
      case 0:
        return {
          type: "Object",
          object: {
            metric,
            describedObject: { apiVersion: "v1", kind: "Service", name: "front" },
            target: this.pick<Json>(whole, perPod),
          },
        };
      case 1:
        return { type: "Pods", pods: { metric, target: perPod } };
      case 2:
        return { type: "External", external: { metric, target: this.pick<Json>(whole, perPod) } };
      case 3:
        return {
          type: "ContainerResource",
          containerResource: {
            name: this.pick("cpu", "memory"),
            container: "app",
            target: this.resourceTarget(),
          },
        };
      default:
        return {
          type: "Resource",
          resource: { name: this.pick("cpu", "cpu", "memory"), target: this.resourceTarget() },
        };
    }
  }

  resourceTarget(): Json {
    return this.chance(0.7)
      ? { type: "Utilization", averageUtilization: this.pick(50, 80, 30, 100, 150) }
      : { type: "AverageValue", averageValue: this.pick("50m", "100m", "40Mi", "1") };
  }

  pods(metrics: Json[], replicas: number): CasePod[] {
    const count = Math.max(0, replicas + this.pick(0, 0, 0, 0, -1, 1, 2));
    return Array.from({ length: count }, () => this.pod(metrics));
  }

  pod(metrics: Json[]): CasePod {
    const isYoung = this.chance(0.2);
    const age = isYoung ? this.between(1, 330) : this.between(300, 5000);
    const phase = this.chance(0.06)
      ? this.pick("Pending", "Pending", "Failed", "Succeeded", "Unknown")
      : undefined;
    const ready = this.chance(isYoung ? 0.3 : 0.06)
      ? this.pick<CasePod["ready"]>(false, false, "Unknown", null)
      : undefined;
    const pod: CasePod = {
      start: this.chance(0.01) ? null : -age,
      ...(phase ? { phase } : {}),
      ...(ready === undefined ? {} : { ready }),
      ...(this.chance(0.2) ? { readySince: -this.between(0, age) } : {}),
      ...(this.chance(0.04) ? { deleting: true } : {}),
      ...(this.chance(0.02) ? { listed: false } : {}),
      ...(this.chance(0.15) ? { sampleTime: -this.between(0, 90) } : {}),
      ...(this.chance(0.1) ? { window: this.between(10, 120) } : {}),
    };
    this.containers(pod, metrics);
    const custom = metrics.filter(({ pods }) => pods && !this.chance(0.07));
    if (custom.length > 0) {
      pod.metrics = Object.fromEntries(
        custom.map(({ pods }) => [pods.metric.name, this.value(pods.target.averageValue, 1)]),
      );
    }
    return pod;
  }

  containers(pod: CasePod, metrics: Json[]): void {
    if (!metrics.some(({ resource, containerResource }) => resource ?? containerResource)) return;
    const most = this.#lean === "down" ? 40 : 200;
    const usage = () => ({
      cpu: `${this.between(0, most)}m`,
      memory: `${this.between(1, most / 2)}Mi`,
    });
    const requests = (): CasePod["requests"] =>
      this.chance(0.01)
        ? { cpu: "100m" }
        : { cpu: this.pick("100m", "100m", "50m", "1"), memory: this.pick("64Mi", "50M", "0.1Gi") };
    const hasSample = !this.chance(0.08);
    pod.containers = ["app", ...(this.chance(0.25) ? ["log"] : [])].map((name) => ({
      name,
      requests: requests(),
      ...(hasSample && !this.chance(0.02) ? { usage: usage() } : {}),
    }));
    if (this.chance(0.08)) {
      pod.initContainers = [
        { name: "init", requests: { cpu: "300m", memory: "16Mi" } },
        { name: "mesh", requests: requests(), restartPolicy: "Always", usage: usage() },
      ];
    }
    if (this.chance(0.06)) {
      pod.podRequests = this.pick<Json>({ cpu: "200m", memory: "100Mi" }, { memory: "200Mi" }, {
        "example.com/gpu": "1",
      });
      if (this.chance(0.5)) pod.overhead = { cpu: "10m", memory: "5Mi" };
    }
  }

  behavior(): Json {
    return {
      ...(this.chance(0.7) ? { scaleUp: this.rules() } : {}),
      ...(this.chance(0.7) ? { scaleDown: this.rules() } : {}),
    };
  }

  rules(): Json {
    const policy = () => ({
      type: this.pick("Pods", "Percent"),
      value: this.pick(1, 2, 4, 10, 25, 50, 100, 33),
      periodSeconds: this.pick(15, 30, 60, 120, 300),
    });
    return {
      ...(this.chance(0.5)
        ? { stabilizationWindowSeconds: this.pick(0, 0, 15, 60, 120, 300, 600) }
        : {}),
      ...(this.chance(0.4) ? { selectPolicy: this.pick("Max", "Min", "Disabled") } : {}),
      ...(this.chance(0.6) ? { policies: Array.from({ length: this.between(1, 3) }, policy) } : {}),
      ...(this.chance(0.3)
        ? { tolerance: this.pick("0", "0.05", "0.2", "300m", "0.3", "1", "0.075") }
        : {}),
    };
  }

  history(replicas: number): HpaCase["history"] {
    const times = (count: number, horizon: number) =>
      Array.from({ length: count }, () => -this.pick(this.between(0, horizon), 300, 60, 120))
        .sort((a, b) => a - b);
    return {
      recommendations: times(this.between(1, 8), 500).map((at) => ({
        replicas: Math.max(0, replicas + this.between(-3, this.#lean === "down" ? -1 : 4)),
        at,
      })),
      scaleUps: times(this.chance(0.5) ? 0 : this.between(1, 3), 200)
        .map((at) => ({ change: this.between(1, 4), at })),
      scaleDowns: times(this.chance(0.5) ? 0 : this.between(1, 3), 200)
        .map((at) => ({ change: this.between(1, 4), at })),
    };
  }

  options(): NonNullable<HpaCase["options"]> {
    return {
      ...(this.chance(0.5) ? { tolerance: this.pick(0.1, 0.05, 0.2, 0) } : {}),
      ...(this.chance(0.5) ? { downscaleStabilization: this.pick("0s", "1m", "5m", "10m") } : {}),
      ...(this.chance(0.3) ? { cpuInitializationPeriod: this.pick("2m", "5m", "0s") } : {}),
      ...(this.chance(0.3) ? { initialReadinessDelay: this.pick("10s", "30s", "0s") } : {}),
    };
  }

  conditions(asleep: boolean): HpaCase["conditions"] {
    const wasAsleep = asleep && this.chance(0.8);
    const out: Json[] = [];
    if (this.chance(0.5)) {
      const status = this.pick("True", "False");
      out.push(
        { type: "AbleToScale", status, reason: "R", message: "M", lastTransitionTime: "-1h" },
        { type: "ScalingActive", status, reason: "R", message: "M", lastTransitionTime: "-2h" },
      );
    }
    if (wasAsleep || this.chance(0.03)) {
      out.push({
        type: "ScaledToZero",
        status: this.pick("True", "True", "True", "False"),
        reason: "ScaledToZero",
        message: "M",
        lastTransitionTime: "-10m",
      });
    }
    return out.length > 0 ? out : undefined;
  }
}
