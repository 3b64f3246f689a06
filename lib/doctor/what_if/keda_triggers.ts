import {
  ExprError,
  fallbackMilliValue,
  fallbackReplicas,
  isFallbackValid,
  isTriggerActive,
  ScalingModifiersError,
  toMilli,
} from "../../autoscale/mod.ts";
import { goInt64, Quantity } from "../../kube/mod.ts";
import type { PlannedMetric } from "./load_model.ts";
import type { ReplayedScaler } from "./scaler_file.ts";

/** What there is at one instant. */
export interface Moment {
  /** For each trigger, in its order; NaN where nothing was recorded. */
  loads: readonly number[];
  /** Pods that are ready, and pods that are wanted. */
  ready: number;
  replicas: number;
  /** In Unix milliseconds. */
  nowMs: number;
}

/** What a trigger gives, in thousandths; null where it failed so often that the formula takes it for nil. */
type Given = { milli: bigint | null; isFallback: boolean };

/** What the triggers of a ScaledObject give together: a value for the HPA, in thousandths, or why there is none. */
export type TriggerValue = { milli: bigint } | { failed: string };

/**
 * A recorded number as its query would have given it: a load that is shared is of one pod. At no pod it is the whole.
 */
export function recordedValue({ model }: PlannedMetric, load: number, ready: number): number {
  return model === "shared" ? load / Math.max(1, ready) : load;
}

/**
 * The triggers of a ScaledObject through KEDA: failures in a row, the fallback, the formula.
 * Source: kedacore/keda pkg/scaling/scale_handler.go (GetScaledObjectMetrics, getScaledObjectState),
 * pkg/fallback/fallback.go, pkg/scaling/modifiers/formula.go.
 */
export class KedaTriggers {
  readonly #failures: number[];

  constructor(
    private readonly scaler: ReplayedScaler,
    private readonly metrics: readonly PlannedMetric[],
  ) {
    this.#failures = metrics.map(() => 0);
  }

  /** What the HPA is given for one trigger. */
  value(at: number, moment: Moment): TriggerValue {
    const given = this.#settle(at, moment);
    return given ? { milli: given.milli ?? 0n } : { failed: FAILED };
  }

  /** What the HPA is given for the formula. */
  composite(moment: Moment): TriggerValue {
    const all = this.#external.map((at) => ({ at, given: this.#settle(at, moment) }));
    return this.#composed(all, moment);
  }

  /** What the formula comes to, whoever asks; NaN where a trigger gives nothing. */
  shown(moment: Moment): number {
    const all = this.#external.map((at) => ({ at, given: this.#read(at, moment) }));
    const value = this.#composed(all, moment);
    return "milli" in value ? Number(value.milli) / 1000 : NaN;
  }

  /** What KEDA's own loop sees: whether any trigger, or the formula, is active, and whether any failed. */
  poll(moment: Moment): { isActive: boolean; isError: boolean } {
    const all = this.#external.map((at) => ({ at, given: this.#settle(at, moment) }));
    const isError = all.some(({ given }) => !given);
    const { formula } = this.scaler.keda!;
    if (formula) {
      const value = isError ? undefined : this.#composed(all, moment);
      const isActive = value !== undefined && "milli" in value &&
        Number(value.milli) / 1000 > formula.activationTarget;
      return { isActive, isError };
    }
    const isActive = all.some(({ at, given }) =>
      given && (given.isFallback || this.#isActive(at, moment))
    );
    // Only cpu and memory: they cannot wake a target that sleeps, so it never does.
    return { isActive: isActive || all.length === 0, isError };
  }

  get #external(): number[] {
    return this.metrics.flatMap(({ spec }, at) => spec.external ? at : []);
  }

  #isActive(at: number, { loads, ready }: Moment): boolean {
    const load = loads[at];
    if (Number.isNaN(load)) return false;
    const metric = this.metrics[at];
    return isTriggerActive(recordedValue(metric, load, ready), metric.activationThreshold);
  }

  /** What a trigger gives; undefined where it fails. */
  #read(at: number, { loads, ready }: Moment): Given | undefined {
    const metric = this.metrics[at];
    const load = loads[at];
    if (Number.isNaN(load) && !metric.emptyIsZero) return undefined;
    const value = Number.isNaN(load) ? 0 : recordedValue(metric, load, ready);
    return { milli: kedaMilli(value), isFallback: false };
  }

  /** One reading of a trigger, which counts; undefined where it fails. */
  #settle(at: number, moment: Moment): Given | undefined {
    const metric = this.metrics[at];
    const { fallback, formula } = this.scaler.keda!;
    const { ready, replicas } = moment;
    const given = this.#read(at, moment);
    if (given) {
      this.#failures[at] = 0;
      return given;
    }
    if (!fallback || !isFallbackValid(fallback, formula?.target)) return undefined;
    if (++this.#failures[at] <= fallback.failureThreshold) return undefined;
    if (formula && fallback.behavior === "scalingModifiers") {
      return { milli: null, isFallback: false };
    }
    const { averageValue, value } = metric.spec.external!.target;
    const isValue = formula ? formula.isValue : averageValue === undefined;
    const milli = fallbackMilliValue({
      target: formula
        ? Number(formula.target)
        : Quantity.parse((averageValue ?? value)!).asNumber(),
      type: isValue ? "Value" : "AverageValue",
      replicas: fallbackReplicas(fallback, replicas),
      readyPods: ready,
    });
    return milli === undefined ? undefined : { milli: goInt64(milli), isFallback: true };
  }

  #composed(
    all: readonly { at: number; given: Given | undefined }[],
    { nowMs }: Moment,
  ): TriggerValue {
    const fallback = all.find(({ given }) => given?.isFallback)?.given?.milli;
    if (fallback !== undefined && fallback !== null) return { milli: fallback };
    if (all.some(({ given }) => !given)) return { failed: FAILED };
    const { formula, fallback: spec } = this.scaler.keda!;
    const values = all.map(({ at, given }): [string, number | null] => {
      const { milli } = given!;
      return [this.metrics[at].trigger ?? "", milli === null ? null : Number(milli) / 1000];
    });
    try {
      const value = formula!.formula.evaluate(Object.fromEntries(values), nowMs) ??
        (spec && spec.replicas * Number(formula!.target));
      if (value === undefined) {
        return {
          failed: "scalingModifiers formula evaluated to nil but no fallback is configured",
        };
      }
      return { milli: goInt64(value * 1000) };
    } catch (error) {
      if (!(error instanceof ExprError || error instanceof ScalingModifiersError)) throw error;
      return { failed: `error trying to run custom formula: ${error.message}` };
    }
  }
}

/** What the HPA's controller is told where KEDA gives nothing. */
const FAILED = "no metrics returned from external metrics API";

/** As KEDA writes a value. Source: kedacore/keda pkg/scalers/scaler.go (quantityFromFloat64). */
function kedaMilli(value: number): bigint {
  return Number.isFinite(value) && value > 0 ? toMilli(value.toFixed(3)) : 0n;
}
