import type { MetricSpec } from "../../autoscale/mod.ts";
import { everyPart, type Expr, parse, PromqlSyntaxError } from "../../promql/mod.ts";
import { isNumber } from "../../rules/mod.ts";
import { podPattern } from "../rules/mod.ts";
import { InputError, type Localized, said } from "../said.ts";
import type { ReplayedScaler, ScalerMetric } from "./scaler_file.ts";

/**
 * What a recorded number would have been with other replicas.
 * `total`: the same, for it comes from outside and is of the whole workload.
 * `shared`: it is of each pod, so that all pods together carry the recorded load whatever their number.
 */
export type LoadModel = "total" | "shared";

/** A metric together with what is asked of the recording, and how its answer is taken. */
export interface PlannedMetric extends ScalerMetric {
  promql: string;
  model: LoadModel;
  /** Whether the query gives the load of all pods together, or of one. */
  gives: "sum" | "mean";
  /** What is assumed, for whoever reads the result. */
  assumes: Localized;
}

/** What a person says of a metric's numbers. */
export interface LoadOptions {
  /** PromQL by metric. */
  queries: ReadonlyMap<string, string>;
  models: ReadonlyMap<string, LoadModel>;
}

/**
 * How each metric of a scaler is to be replayed. Errors: InputError for a metric that depends on the replicas in a way
 * that nobody has said, and for one whose numbers nobody can find.
 * @param queryFor the query that the adapter's rules make for a metric
 */
export function planMetrics(
  scaler: ReplayedScaler,
  { queries, models }: LoadOptions,
  queryFor: (metric: MetricSpec) => string | undefined,
): PlannedMetric[] {
  return scaler.metrics.map((metric) => {
    const { name, spec } = metric;
    const promql = queries.get(name) ?? metric.promql ?? usageQuery(spec, scaler) ?? queryFor(spec);
    if (promql === undefined) throw unknownQuery(name, scaler.label);
    const isOfPods = ["Pods", "Resource", "ContainerResource"].includes(spec.type);
    const said = models.get(name);
    const model = said ?? (isOfPods && name !== "memory" ? "shared" : modelOf(promql));
    if (model === undefined) throw undecided(name, promql, scaler.label);
    const gives = isOfPods || model === "total" ? "sum" : "mean";
    return { ...metric, promql, model, gives, assumes: assumption(name, model, gives) };
  });
}

/** What pods use, as cAdvisor counts it. */
function usageQuery(
  { resource, containerResource }: MetricSpec,
  { namespace, spec }: ReplayedScaler,
): string | undefined {
  const wanted = resource ?? containerResource;
  if (!wanted) return undefined;
  const pods = podPattern(spec.scaleTargetRef);
  const container = containerResource
    ? `container="${containerResource.container}"`
    : 'container!=""';
  const labels = `namespace="${namespace}",pod=~"${pods}",${container}`;
  if (wanted.name === "cpu") return `sum(rate(container_cpu_usage_seconds_total{${labels}}[2m]))`;
  if (wanted.name === "memory") return `sum(container_memory_working_set_bytes{${labels}})`;
}

/** Whether a query's number is of the whole workload; undefined when it changes with how many share the work. */
function modelOf(promql: string): LoadModel | undefined {
  const parts = [...everyPart(parsed(promql))];
  return parts.some(isOfOne) || /container_memory/.test(promql) ? undefined : "total";
}

const OF_ONE = ["avg", "min", "max", "quantile", "stddev", "stdvar", "topk", "bottomk"];

/** Whether a part of a query makes of many numbers what one of them is like: a mean, a quantile, a latency. */
function isOfOne(part: Expr): boolean {
  if (part.kind === "aggregate") return OF_ONE.includes(part.op);
  if (part.kind === "call") return part.name.startsWith("histogram_");
  return part.kind === "binary" && part.op === "/" && !isNumber(part.right);
}

function parsed(promql: string): Expr {
  try {
    return parse(promql);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    throw new InputError(said(`${promql}: ${error.message}`, `${promql}: ${error.message}`));
  }
}

function unknownQuery(name: string, label: string): InputError {
  return new InputError(said(
    `What Prometheus is asked for ${name} of ${label} is not known: no rule exposes it. Say it with --query '${name}=PROMQL', or name the rules: --rules FILE`,
    `${label}의 ${name}을(를) Prometheus에 어떻게 묻는지 알 수 없습니다. 내보내는 규칙이 없습니다. --query '${name}=PROMQL'로 쓰거나 --rules 파일로 규칙을 주세요`,
  ));
}

function undecided(name: string, promql: string, label: string): InputError {
  return new InputError(said(
    `${name} of ${label} depends on how many pods there were (${promql}), so what it would have been with others is not known. Say how to take it: --load ${name}=shared when twice the pods would halve it, --load ${name}=total when they would not change it`,
    `${label}의 ${name}은(는) 그때의 파드 수에 따라 달라지는 값이라(${promql}) 파드 수가 달랐다면 얼마였을지 알 수 없습니다. 파드가 두 배일 때 절반이 된다면 --load ${name}=shared, 변하지 않는다면 --load ${name}=total로 정해 주세요`,
  ));
}

function assumption(name: string, model: LoadModel, gives: "sum" | "mean"): Localized {
  if (model === "total") {
    return said(
      `${name} is taken as recorded, whatever the number of pods: as work that comes from outside. A queue that more pods would have emptied sooner is none.`,
      `${name}은(는) 파드 수와 무관하게 밖에서 오는 일로 보고 기록 그대로 씁니다. 파드가 많으면 더 빨리 비는 큐라면 맞지 않습니다.`,
    );
  }
  return gives === "sum"
    ? said(
      `${name} of all pods together is taken as the load; the pods that would have been ready share it evenly.`,
      `모든 파드의 ${name} 합을 부하로 보고, 준비되었을 파드들이 똑같이 나눠 집니다.`,
    )
    : said(
      `${name} times the pods that were ready is taken as the load; the pods that would have been ready share it evenly.`,
      `${name}에 그때 준비된 파드 수를 곱한 것을 부하로 보고, 준비되었을 파드들이 똑같이 나눠 집니다.`,
    );
}
