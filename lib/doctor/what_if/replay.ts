import {
  decideKeda,
  type HpaHistory,
  type HpaSpec,
  type HpaStatus,
  type MetricReading,
  reconcile,
  type ReconcileResult,
} from "../../autoscale/mod.ts";
import { goInt64 } from "../../kube/mod.ts";
import { InputError, said } from "../said.ts";
import { KedaTriggers, type Moment, recordedValue, type TriggerValue } from "./keda_triggers.ts";
import type { PlannedMetric } from "./load_model.ts";
import type { ReplayedScaler } from "./scaler_file.ts";
import { ModelWorkload } from "./workload.ts";

/** The instants at which the controller looks, in Unix milliseconds. */
export interface Syncs {
  startMs: number;
  stepMs: number;
  count: number;
}

/** What is known of a metric at each sync; NaN where nothing was recorded. */
export type RecordedLoad = Float64Array;

export interface ReplayInput {
  scaler: ReplayedScaler;
  syncs: Syncs;
  metrics: readonly PlannedMetric[];
  /** For each metric, in its order: of all pods together, or of the whole workload. */
  loads: readonly RecordedLoad[];
  /** Replicas before the first sync. */
  replicas: number;
  readyAfterMs: number;
  /** What each pod requests, by resource. */
  requests: Readonly<Record<string, string>>;
}

/** A change of size. */
export interface Scaling {
  atMs: number;
  from: number;
  to: number;
  /** In the controller's words; KEDA's own begin with `KEDA`. */
  reason: string;
}

/** What a scaler would have done. Lists have one entry a sync. */
export interface Replay {
  label: string;
  min: number;
  max: number;
  /** Replicas wanted after each sync. */
  replicas: number[];
  ready: number[];
  /** The highest of its metrics' ratios to their targets; undefined where none could be read. */
  ratios: (number | undefined)[];
  scalings: Scaling[];
  /** Syncs that could not decide, and why the first could not. */
  failed: number;
  firstError?: string;
  /** What a ScaledObject's formula came to; NaN where it came to nothing. */
  composite?: Float64Array;
}

/** As many pods as are kept count of. */
const MOST_PODS = 10_000;

/** Syncs after which a long replay lets others have a turn. */
const TURN = 1000;

/**
 * Replays recorded metrics through the controller's own arithmetic, sync by sync; gives way now and then, and stops
 * when the signal aborts. The same input gives the same replay.
 */
export async function replay(input: ReplayInput, signal?: AbortSignal): Promise<Replay> {
  const run = new Run(input);
  for (let sync = 0; sync < input.syncs.count; sync++) {
    run.sync(sync);
    if (sync % TURN === TURN - 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    }
  }
  return run.result;
}

class Run {
  readonly result: Replay;
  readonly #workload: ModelWorkload;
  readonly #spec: HpaSpec;
  #history: HpaHistory | undefined;
  #status: HpaStatus | undefined;
  #lastActiveMs: number | undefined;
  #nextPollMs: number;
  readonly #triggers: KedaTriggers;

  constructor(private readonly input: ReplayInput) {
    const { scaler, syncs, readyAfterMs, requests, replicas, metrics } = input;
    this.#spec = scaler.spec;
    this.#workload = new ModelWorkload(readyAfterMs, requests);
    this.#workload.begin(replicas, syncs.startMs);
    this.#nextPollMs = syncs.startMs - syncs.stepMs;
    this.#triggers = new KedaTriggers(scaler, metrics);
    this.result = {
      label: scaler.label,
      min: scaler.keda?.idleReplicaCount ?? scaler.keda?.minReplicaCount ??
        (scaler.keda ? 0 : scaler.spec.minReplicas ?? 1),
      max: scaler.spec.maxReplicas,
      replicas: [],
      ready: [],
      ratios: [],
      scalings: [],
      failed: 0,
      ...(scaler.keda?.formula ? { composite: new Float64Array(syncs.count).fill(NaN) } : {}),
    };
  }

  sync(index: number): void {
    const { syncs: { startMs, stepMs } } = this.input;
    const nowMs = startMs + index * stepMs;
    // KEDA polls on a clock of its own, which begins when it makes the HPA: a sync before the first.
    while (this.input.scaler.keda && this.#nextPollMs <= nowMs) this.#poll(index, this.#nextPollMs);
    const ready = this.#workload.ready(nowMs);
    const { composite } = this.result;
    if (composite) {
      composite[index] = this.#triggers.shown(this.#moment(index, nowMs, ready.length));
    }
    const result = this.#decide(index, nowMs, ready);
    this.#history = result.history;
    this.#status = result.status;
    this.#keep(result, nowMs, ready.length);
  }

  #decide(index: number, nowMs: number, ready: string[]): ReconcileResult {
    const replicas = this.#workload.replicas;
    return reconcile({
      namespace: this.input.scaler.namespace,
      spec: this.#spec,
      status: this.#status,
      scale: { specReplicas: replicas, statusReplicas: replicas, selector: "app=replayed" },
      observe: () => ({
        pods: this.#workload.views(nowMs),
        readings: this.#readings(index, nowMs, ready),
      }),
      history: this.#history,
      nowMs,
      writeScale: (to) => {
        this.#scale(to, nowMs);
        return undefined;
      },
    });
  }

  #scale(to: number, nowMs: number): void {
    if (to > MOST_PODS) {
      throw new InputError(said(
        `${this.input.scaler.label} would come to ${to} pods, and no more than ${MOST_PODS} are replayed`,
        `${this.input.scaler.label}이(가) 파드 ${to}개에 이릅니다. ${MOST_PODS}개까지만 재생합니다`,
      ));
    }
    this.#workload.scale(to, nowMs);
  }

  #keep({ decision, scaledTo, error }: ReconcileResult, nowMs: number, ready: number): void {
    const { result } = this;
    if (scaledTo !== undefined && decision) {
      const { currentReplicas: from, rescaleReason: reason = "" } = decision;
      result.scalings.push({ atMs: nowMs, from, to: scaledTo, reason });
    }
    const outcomes = decision?.derivation.metrics ?? [];
    if (error !== undefined) {
      result.failed++;
      const failure = outcomes.find((outcome) => !outcome.ok);
      result.firstError ??= failure?.ok === false ? failure.message : error;
    }
    const ratios = outcomes.flatMap((outcome) => outcome.ok ? outcome.proposal.ratio : []);
    result.ratios.push(ratios.length > 0 ? Math.max(...ratios) : undefined);
    result.replicas.push(this.#workload.replicas);
    result.ready.push(ready);
  }

  /** A reading for each metric of the HPA; a formula's stands for those of all triggers it is made of, after the others. */
  #readings(index: number, nowMs: number, ready: string[]): MetricReading[] {
    const { metrics, scaler: { keda } } = this.input;
    const moment = this.#moment(index, nowMs, ready.length);
    const each = metrics.flatMap((metric, at) => {
      const { spec } = metric;
      if (keda && spec.external) {
        return keda.formula ? [] : this.#given(this.#triggers.value(at, moment));
      }
      return this.#reading(metric, moment.loads[at], nowMs, ready);
    });
    if (!keda?.formula) return each;
    const value = this.#triggers.composite(moment);
    if ("milli" in value) this.result.composite![index] = Number(value.milli) / 1000;
    return [...each, this.#given(value)];
  }

  #given(value: TriggerValue): MetricReading {
    return "milli" in value ? { valuesMilli: [value.milli] } : { error: value.failed };
  }

  #moment(index: number, nowMs: number, ready: number): Moment {
    const loads = this.input.loads.map((load) => load[index]);
    return { loads, ready, replicas: this.#workload.replicas, nowMs };
  }

  #reading(metric: PlannedMetric, load: number, nowMs: number, ready: string[]): MetricReading {
    const { spec } = metric;
    if (Number.isNaN(load)) return { error: NOTHING[spec.type] ?? NOTHING.External };
    const value = recordedValue(metric, load, ready.length);
    if (spec.object) return { valueMilli: milli(value) };
    if (spec.external) return { valuesMilli: [milli(value)] };
    if (ready.length === 0) return { error: NOTHING[spec.type] };
    const of = { milli: milli(value), timestampMs: nowMs, windowMs: WINDOW_MS };
    return { pods: Object.fromEntries(ready.map((name) => [name, of])) };
  }

  /** One poll of KEDA's own loop, between zero or idle and one. */
  #poll(index: number, nowMs: number): void {
    const { keda } = this.input.scaler;
    const { pollingIntervalMs, fallback, formula: _, ...counts } = keda!;
    this.#nextPollMs += pollingIntervalMs;
    const ready = this.#workload.ready(nowMs).length;
    const { isActive, isError } = this.#triggers.poll(this.#moment(index, nowMs, ready));
    const from = this.#workload.replicas;
    const { action, touchesLastActive } = decideKeda({
      ...counts,
      currentReplicas: from,
      isActive,
      isError,
      ...(fallback ? { fallbackReplicas: fallback.replicas } : {}),
      createdMs: this.input.syncs.startMs - this.input.syncs.stepMs,
      lastActiveMs: this.#lastActiveMs,
      nowMs,
    });
    if (touchesLastActive) this.#lastActiveMs = nowMs;
    if (!("to" in action) || action.to === from) return;
    this.#scale(action.to, nowMs);
    this.result.scalings.push({ atMs: nowMs, from, to: action.to, reason: `KEDA: ${action.kind}` });
  }
}

/** How long a pod's sample is of: metrics-server's window. */
const WINDOW_MS = 15_000;

/** What the controller is told where nothing was recorded. */
const NOTHING: Record<string, string> = {
  Object: "unable to fetch metrics from custom metrics API: the server could not find the metric",
  Pods: "no metrics returned from custom metrics API",
  External: "no metrics returned from external metrics API",
  Resource: "no metrics returned from resource metrics API",
  ContainerResource: "no metrics returned from resource metrics API",
};

/** As prometheus-adapter writes a value: to the thousandth, the rest cut off. */
function milli(value: number): bigint {
  return Number.isNaN(value) ? 0n : goInt64(value * 1000);
}
