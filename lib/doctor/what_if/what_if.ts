import { COMPOSITE_METRIC, isSet, type MetricSpec } from "../../autoscale/mod.ts";
import { goInt64, Quantity } from "../../kube/mod.ts";
import type { MetricSource } from "../metric_source.ts";
import { podPattern } from "../rules/mod.ts";
import { InputError, type Localized, said } from "../said.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { type LoadOptions, planMetrics, type PlannedMetric } from "./load_model.ts";
import { type RecordedLoad, type Replay, replay, type Syncs } from "./replay.ts";
import type { ReplayedScaler } from "./scaler_file.ts";

export interface WhatIfOptions extends LoadOptions {
  /** From the first sync to the last, in Unix milliseconds. */
  fromMs: number;
  toMs: number;
  stepMs: number;
  /** From a pod's making until it is ready. */
  readyAfterMs: number;
  /** What a pod requests, by resource, where the recording does not say it. */
  requests: ReadonlyMap<string, string>;
  /** Replicas before the first sync, where the recording does not say it. */
  replicas?: number;
  /** The query that the adapter's rules make for a metric. */
  queryFor(metric: MetricSpec, scaler: ReplayedScaler): string | undefined;
}

/** A replay and what it adds up to. */
export interface Outcome extends Replay {
  figures: Figures;
}

/** Replicas as they were, where the recording has them; undefined where it has a gap. */
export interface RecordedReplicas {
  replicas: (number | undefined)[];
  figures: Figures;
}

/** A load that was replayed. */
export interface ShownLoad {
  name: string;
  promql: string;
  values: RecordedLoad;
}

export interface WhatIf {
  source: string;
  syncs: Syncs;
  outcomes: Outcome[];
  recorded?: RecordedReplicas;
  loads: ShownLoad[];
  /** What is counterfactual, and how it was taken. */
  assumes: Localized[];
}

/** More syncs than these are not replayed at once: a month of 15 s. */
const MOST_SYNCS = 180_000;

/**
 * What autoscalers would have done with the metrics that a source recorded.
 * Errors: InputError for what cannot be replayed; MetricSourceError when the source does not answer.
 */
export async function whatIf(
  scalers: readonly ReplayedScaler[],
  source: MetricSource,
  options: WhatIfOptions,
  signal?: AbortSignal,
): Promise<WhatIf> {
  const syncs = syncsOf(options);
  const questions = new Questions(source, syncs);
  const outcomes: Outcome[] = [];
  const assumes = new Map<string, Localized>();
  const loads = new Map<string, ShownLoad>();
  for (const scaler of scalers) {
    const metrics = planMetrics(scaler, options, (metric) => options.queryFor(metric, scaler));
    const recorded = await questions.replicas(scaler, options);
    const values: RecordedLoad[] = [];
    for (const metric of metrics) {
      const load = await loadOf(metric, scaler, questions, options);
      values.push(load);
      assumes.set(metric.assumes.en, metric.assumes);
      loads.set(metric.promql, { name: metric.name, promql: metric.promql, values: load });
    }
    const run = await replay({
      scaler,
      syncs,
      metrics,
      loads: values,
      replicas: options.replicas ?? firstOf(recorded) ?? scaler.spec.minReplicas ?? 1,
      readyAfterMs: options.readyAfterMs,
      requests: await requestsOf(scaler, source, options),
    }, signal);
    const { formula } = scaler.keda ?? {};
    if (formula && run.composite) {
      const { label } = scaler;
      const name = `${COMPOSITE_METRIC} (${label})`;
      loads.set(name, { name, promql: formula.text, values: run.composite });
      const assumed = composed(label, formula.text);
      assumes.set(assumed.en, assumed);
    }
    outcomes.push({ ...run, figures: figuresOf(run.replicas, syncs, run) });
  }
  const recorded = await questions.replicas(scalers[0], options);
  return {
    source: source.name,
    syncs,
    outcomes,
    ...recorded ? { recorded: recordedOf(recorded, syncs) } : {},
    loads: [...loads.values()],
    assumes: [...assumes.values(), podsAssumed(options.readyAfterMs)],
  };
}

function syncsOf({ fromMs, toMs, stepMs }: WhatIfOptions): Syncs {
  if (toMs < fromMs) {
    throw new InputError(said("--to is before --from", "--to가 --from보다 앞섭니다"));
  }
  const count = Math.floor((toMs - fromMs) / stepMs) + 1;
  if (count < 2) {
    throw new InputError(said(
      "the time from --from to --to holds less than two syncs",
      "--from에서 --to까지 동기화가 두 번도 들지 않습니다",
    ));
  }
  if (count > MOST_SYNCS) {
    throw new InputError(said(
      `${count} syncs are more than ${MOST_SYNCS} at once: take a shorter time or a longer --step`,
      `동기화 ${count}번은 한 번에 ${MOST_SYNCS}번을 넘습니다. 기간을 줄이거나 --step을 늘리세요`,
    ));
  }
  return { startMs: fromMs, stepMs, count };
}

function composed(label: string, formula: string): Localized {
  return said(
    `${label} compares its target with the formula ${formula}, which is worked out from its triggers at each sync, as KEDA does.`,
    `${label}은(는) 동기화마다 트리거들의 값으로 수식 ${formula}을(를) 계산해 target과 견줍니다. KEDA와 같습니다.`,
  );
}

function podsAssumed(readyAfterMs: number): Localized {
  const seconds = readyAfterMs / 1000;
  return said(
    `A new pod is ready ${seconds} s after it is wanted (--ready-after); there is always room for it. The controller begins with an empty memory.`,
    `새 파드는 ${seconds}초 뒤에 준비되고(--ready-after) 자리는 늘 있다고 봅니다. 컨트롤러는 빈 기억으로 시작합니다.`,
  );
}

/** Questions to a source for one number at each sync; each is asked once. */
class Questions {
  readonly #known = new Map<string, RecordedLoad>();

  constructor(readonly source: MetricSource, readonly syncs: Syncs) {}

  /** Errors: InputError for a query that gives several series. */
  async ask(promql: string): Promise<RecordedLoad> {
    const known = this.#known.get(promql);
    if (known) return known;
    const { startMs, stepMs, count } = this.syncs;
    const endMs = startMs + (count - 1) * stepMs;
    const found = await this.source.range(promql, { startMs, endMs, stepMs });
    if (found.length > 1) {
      throw new InputError(said(
        `${promql} gives ${found.length} series, and one number is wanted: put sum(…) around it`,
        `${promql}의 결과가 시계열 ${found.length}개입니다. 수 하나가 필요하니 sum(…)으로 묶으세요`,
      ));
    }
    const values = new Float64Array(count).fill(NaN);
    for (const { tMs, value } of found[0]?.points ?? []) {
      values[Math.round((tMs - startMs) / stepMs)] = value;
    }
    this.#known.set(promql, values);
    return values;
  }

  /** The replicas that a scaler's target had; undefined where the recording has none of them. */
  async replicas(
    { namespace, spec: { scaleTargetRef: { kind, name } } }: ReplayedScaler,
    { queries }: WhatIfOptions,
  ): Promise<RecordedLoad | undefined> {
    const what = kind.toLowerCase();
    const promql = queries.get("replicas") ??
      `max(kube_${what}_status_replicas{namespace="${namespace}",${what}="${name}"})`;
    const values = await this.ask(promql);
    return values.some((value) => !Number.isNaN(value)) ? values : undefined;
  }
}

/** What was recorded first of replicas, whole as they are, though an average need not be. */
function firstOf(values: RecordedLoad | undefined): number | undefined {
  const first = values?.find((value) => !Number.isNaN(value));
  return first === undefined ? undefined : Math.round(first);
}

/** A metric's load at each sync. Errors: InputError for one of which nothing was recorded. */
async function loadOf(
  metric: PlannedMetric,
  scaler: ReplayedScaler,
  questions: Questions,
  options: WhatIfOptions,
): Promise<RecordedLoad> {
  const values = await questions.ask(metric.promql);
  if (values.every(Number.isNaN)) {
    throw new InputError(said(
      `Nothing was recorded of ${metric.name} of ${scaler.label} in this time: ${metric.promql}`,
      `이 기간에 ${scaler.label}의 ${metric.name} 기록이 없습니다: ${metric.promql}`,
    ));
  }
  if (metric.gives === "sum") return values;
  const replicas = await questions.replicas(scaler, options);
  if (!replicas) {
    throw new InputError(said(
      `${metric.name} is of one pod, and how many there were was not recorded: say it with --query 'replicas=PROMQL'`,
      `${metric.name}은(는) 파드 하나의 값인데 파드 수의 기록이 없습니다. --query 'replicas=PROMQL'로 알려 주세요`,
    ));
  }
  return values.map((value, at) => value * replicas[at]);
}

/** What each pod requests of the resources that a scaler's targets are shares of. */
async function requestsOf(
  { spec, namespace, label }: ReplayedScaler,
  source: MetricSource,
  { requests }: WhatIfOptions,
): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const metric of spec.metrics ?? []) {
    const resource = metric.resource ?? metric.containerResource;
    if (!resource || !isSet(resource.target.averageUtilization)) continue;
    const { name } = resource;
    const pods = podPattern(spec.scaleTargetRef);
    const container = metric.containerResource
      ? `,container="${metric.containerResource.container}"`
      : "";
    const [found] = requests.has(name) ? [] : await source.instant(
      `max(sum by (pod) (kube_pod_container_resource_requests{namespace="${namespace}",pod=~"${pods}",resource="${name}"${container}}))`,
    );
    const amount = requests.get(name) ??
      (found && Quantity.fromMilli(goInt64(Math.round(found.value * 1000))).toString());
    if (amount === undefined) {
      throw new InputError(said(
        `${label} wants a share of what its pods request of ${name}, which was not recorded: say it with --request ${name}=100m`,
        `${label}의 목표는 파드가 요청한 ${name}의 비율인데 요청량의 기록이 없습니다. --request ${name}=100m처럼 알려 주세요`,
      ));
    }
    all[name] = amount;
  }
  return all;
}

function recordedOf(values: RecordedLoad, syncs: Syncs): RecordedReplicas {
  const replicas = [...values].map((value) => Number.isNaN(value) ? undefined : Math.round(value));
  return { replicas, figures: figuresOf(replicas, syncs) };
}
