import {
  ambiguityProblem,
  CUSTOM_VERSIONS,
  decide,
  DEFAULT_HPA_OPTIONS,
  type DerivationLine,
  explain,
  type HpaDecision,
  type HpaHistory,
  type HpaSpec,
  type MetricItem,
  type MetricQuestion,
  metricQuestion,
  type MetricReading,
  metricReading,
  METRICS_GROUPS,
  MetricsClientError,
  type MetricSpec,
  podView,
  type ScaleView,
  selectorFault,
  selectorProblem,
  specOf,
  toMilli,
  unfetched,
} from "../autoscale/mod.ts";
import { formatPromDuration } from "../go/mod.ts";
import { conditionOf, type HorizontalPodAutoscaler, type Pod } from "../kube/mod.ts";
import { changedAt } from "./changed.ts";
import type { Cluster } from "./cluster.ts";
import { type Answer, refusalOf } from "./reads.ts";
import { findScaled, type Scaled, scalingOf } from "./scaled.ts";
import { asIs, type Localized, withoutSelector } from "./said.ts";

/** The arithmetic of an HPA now, beside what its controller came to. */
export interface Decided {
  /** What was read for each metric of the spec. */
  readings: MetricReading[];
  decision: HpaDecision;
  /** The sum, line by line. */
  lines: DerivationLine[];
  /** What the controller's last sync came to; undefined before its first. */
  said?: number;
  /** Where the two differ: why, as far as that shows. */
  differs: Localized[];
}

/** What stands in the way of any arithmetic. */
export interface Undecided {
  undecided: Localized;
}

/**
 * Works out now what the controller would at its next sync. What it remembers of earlier syncs is nowhere to be read but
 * in what it says: a condition that tells of a recommendation holds one back here too.
 */
export async function decideNow(
  cluster: Cluster,
  hpa: HorizontalPodAutoscaler,
  nowMs: number,
): Promise<Decided | Undecided> {
  const namespace = hpa.metadata.namespace ?? "";
  const spec = specOf(hpa);
  const scaled = await findScaled(cluster, namespace, spec.scaleTargetRef);
  const { scale } = scaled;
  if ("error" in scale) return { undecided: asIs(scale.error) };
  const readings: MetricReading[] = [];
  for (const metric of spec.metrics ?? []) {
    readings.push(await readMetric(cluster, metric, namespace, scale.selector));
  }
  const at = { hpa, spec, scale, nowMs };
  const decision = await decideWith(cluster, scaled, at, readings);
  const lines = explain(decision.derivation).map(({ step, text, ko }) => ({
    step,
    text: withoutSelector(text),
    ko: withoutSelector(ko),
  }));
  const said = saidBy(hpa, spec, scale.specReplicas);
  const differs: Localized[] = [];
  if (said !== undefined && said !== decision.desiredReplicas) {
    differs.push(...await differences(cluster, scaled, at, decision, said));
  }
  return { readings, decision, lines, ...(said === undefined ? {} : { said }), differs };
}

/**
 * The arithmetic of the readings that an HPA shows, which its controller read last; undefined where it shows none.
 * Errors: as the cluster's reads.
 */
export async function decideFromStatus(
  cluster: Cluster,
  hpa: HorizontalPodAutoscaler,
  nowMs: number,
): Promise<HpaDecision | undefined> {
  const spec = specOf(hpa);
  const scaled = await findScaled(cluster, hpa.metadata.namespace ?? "", spec.scaleTargetRef);
  const { scale } = scaled;
  if ("error" in scale) return undefined;
  const readings: MetricReading[] = [];
  for (const [at, metric] of (spec.metrics ?? []).entries()) {
    const reading = readingOfStatus(metric, hpa.status?.currentMetrics?.[at], scale) ??
      await readingOfPods(cluster, metric, hpa, at, scale.selector);
    if (!reading) return undefined;
    readings.push(reading);
  }
  return await decideWith(cluster, scaled, { hpa, spec, scale, nowMs }, readings);
}

/**
 * What an HPA shows of the metric at a place, which is one of its pods: of each that has one now the mean, for that
 * alone stands in the status. Errors: NotSeen.
 */
async function readingOfPods(
  cluster: Cluster,
  metric: MetricSpec,
  { metadata: { namespace = "" }, status }: HorizontalPodAutoscaler,
  at: number,
  podSelector: string,
): Promise<MetricReading | undefined> {
  const now = status?.currentMetrics?.[at];
  const mean = (now?.pods ?? now?.resource ?? now?.containerResource)?.current.averageValue;
  if (mean === undefined) return undefined;
  const read = await readMetric(cluster, metric, namespace, podSelector);
  if (!("pods" in read)) return undefined;
  const shown = Object.entries(read.pods)
    .map(([name, reading]) => [name, { ...reading, milli: toMilli(mean) }]);
  return { pods: Object.fromEntries(shown) };
}

/** What the controller came to last; undefined where it has not come to anything, which stands as 0 in the status. */
function saidBy(
  { status }: HorizontalPodAutoscaler,
  { minReplicas = 1 }: HpaSpec,
  replicas: number,
): number | undefined {
  if (!status?.conditions?.length) return undefined;
  const said = status.desiredReplicas ?? 0;
  return said === 0 && minReplicas > 0 && replicas > 0 ? undefined : said;
}

interface At {
  hpa: HorizontalPodAutoscaler;
  spec: HpaSpec;
  scale: ScaleView;
  nowMs: number;
}

async function decideWith(
  cluster: Cluster,
  { namespace, pods }: Scaled,
  { hpa, spec, scale, nowMs }: At,
  readings: MetricReading[],
): Promise<HpaDecision> {
  const rivals = await rivalsOf(cluster, namespace, pods);
  const problem = selectorProblem(scale.selector) ?? ambiguityProblem(scale.selector, rivals);
  return decide({
    namespace,
    spec,
    conditions: hpa.status?.conditions ?? [],
    scale,
    pods: pods.map(podView),
    ...(problem ? { selectorProblem: problem } : {}),
    readings,
    history: historyOf(hpa, scale, nowMs),
    nowMs,
  });
}

/** The HPAs of a namespace whose targets select some of these pods. Errors: NotSeen. */
export async function rivalsOf(
  cluster: Cluster,
  namespace: string,
  pods: readonly Pod[],
): Promise<{ name: string; namespace: string }[]> {
  const scaling = await scalingOf(cluster, namespace);
  const names = new Set(pods.flatMap(({ metadata }) => scaling.get(metadata.name) ?? []));
  return [...names].sort().map((name) => ({ name, namespace }));
}

/** What the controller says that it remembers, and nothing inside any window where it says nothing. */
function historyOf(hpa: HorizontalPodAutoscaler, scale: ScaleView, nowMs: number): HpaHistory {
  const { reason } = conditionOf(hpa, "AbleToScale") ?? {};
  const isHeld = reason === "ScaleDownStabilized" || reason === "ScaleUpStabilized";
  const { syncPeriodMs } = DEFAULT_HPA_OPTIONS;
  const atMs = isHeld ? nowMs - syncPeriodMs : 0;
  const replicas = isHeld ? hpa.status?.desiredReplicas ?? scale.specReplicas : scale.specReplicas;
  const held = { replicas, atMs, ...(isHeld ? { isUndated: true } : {}) };
  return { recommendations: [held], scaleUps: [], scaleDowns: [] };
}

/** What one metric reads now; an error in the words of the controller's client. Errors: NotSeen. */
async function readMetric(
  cluster: Cluster,
  spec: MetricSpec,
  namespace: string,
  podSelector: string,
): Promise<MetricReading> {
  const fault = selectorFault((spec.object ?? spec.pods ?? spec.external)?.metric.selector);
  if (fault) return { error: fault };
  try {
    const question = await questionOf(cluster, spec, namespace, podSelector);
    const answer = await cluster.reads.raw(pathOf(question));
    return metricReading(spec, itemsOf(spec, answer));
  } catch (error) {
    if (!(error instanceof MetricsClientError)) throw error;
    return { error: error.message };
  }
}

/** What the controller asks for one metric. Errors: MetricsClientError where that can be said of none; NotSeen. */
export async function questionOf(
  cluster: Cluster,
  spec: MetricSpec,
  namespace: string,
  podSelector: string,
): Promise<MetricQuestion> {
  const [mapper, version] = [await cluster.mapper(), await customVersion(cluster)];
  try {
    return metricQuestion(spec, {
      namespace,
      podSelector,
      customVersion: () => {
        if (version !== undefined) return version;
        throw new MetricsClientError(`no custom metrics API (${METRICS_GROUPS.custom}) registered`);
      },
      resourceFor: (apiVersion, kind) => {
        const [group] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
        return (mapper.kindIn(apiVersion, kind) ?? mapper.kindFor(group, kind))?.resource;
      },
    });
  } catch (error) {
    if (!(error instanceof MetricsClientError)) throw error;
    throw unfetched(spec, error.message);
  }
}

/** The path of a question, with its query. */
export function pathOf({ path, query }: Pick<MetricQuestion, "path" | "query">): string {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function itemsOf(spec: MetricSpec, answer: Answer): MetricItem[] {
  if (answer.code !== 200) throw unfetched(spec, refusalOf(answer).message);
  return JSON.parse(answer.text).items ?? [];
}

async function customVersion({ reads }: Cluster): Promise<string | undefined> {
  const { code, text } = await reads.raw(`/apis/${METRICS_GROUPS.custom}`);
  if (code !== 200) return undefined;
  const { preferredVersion, versions = [] } = JSON.parse(text);
  return [preferredVersion, ...versions].map((one) => one?.version)
    .find((version) => CUSTOM_VERSIONS.includes(version));
}

/** Why the arithmetic of now comes to something else than the controller's last. */
async function differences(
  cluster: Cluster,
  scaled: Scaled,
  at: At,
  decision: HpaDecision,
  said: number,
): Promise<Localized[]> {
  const { hpa, scale, nowMs } = at;
  const agoMs = nowMs - changedAt(hpa);
  if (agoMs < DEFAULT_HPA_OPTIONS.syncPeriodMs) {
    const [ago, every] = [agoMs, DEFAULT_HPA_OPTIONS.syncPeriodMs].map((ms) =>
      formatPromDuration(Math.floor(ms / 1000) * 1000)
    );
    return [{
      en: `the HPA was changed ${ago} ago; its controller looks every ${every}`,
      ko: `HPA가 ${ago} 전에 바뀌었습니다. 컨트롤러는 ${every}마다 봅니다`,
    }];
  }
  const shown = readingsOfStatus(at.spec, hpa, scale);
  if (shown) {
    const then = await decideWith(cluster, scaled, at, shown);
    if (then.desiredReplicas === said) {
      return [{
        en: `the controller read other values at its last sync: of those it is ${said}`,
        ko: `컨트롤러가 마지막 sync에서 읽은 값은 달랐습니다. 그 값으로는 ${said}`,
      }];
    }
  }
  if (!decision.ok) {
    return [{
      en: `${said} is from before: nothing can be worked out now`,
      ko: `${said}은(는) 전의 값입니다. 지금은 계산할 수 없습니다`,
    }];
  }
  if (scale.specReplicas !== hpa.status?.currentReplicas) {
    return [{
      en: `the target had ${
        hpa.status?.currentReplicas ?? 0
      } replicas then, and has ${scale.specReplicas} now`,
      ko: `그때 대상은 ${
        hpa.status?.currentReplicas ?? 0
      }개였고 지금은 ${scale.specReplicas}개입니다`,
    }];
  }
  return said > decision.desiredReplicas
    ? [{
      en:
        `an earlier recommendation may hold it: the controller remembers those of its window, and tells none`,
      ko:
        `이전의 권고가 붙들고 있을 수 있습니다. 컨트롤러는 창 안의 권고를 기억하지만 보여 주지 않습니다`,
    }]
    : [{
      en:
        `a window or a policy may have held it back, by changes that only the controller remembers`,
      ko: `창이나 정책이 막았을 수 있습니다. 그것을 정한 변화는 컨트롤러만 기억합니다`,
    }];
}

/** The readings behind `status.currentMetrics`, where they stand there whole. */
function readingsOfStatus(
  spec: HpaSpec,
  { status }: HorizontalPodAutoscaler,
  scale: ScaleView,
): MetricReading[] | undefined {
  const readings = (spec.metrics ?? [])
    .map((metric, at) => readingOfStatus(metric, status?.currentMetrics?.[at], scale));
  return readings.every((reading) => reading !== undefined) ? readings : undefined;
}

type ShownMetric = NonNullable<
  NonNullable<HorizontalPodAutoscaler["status"]>["currentMetrics"]
>[number];

function readingOfStatus(
  { type }: MetricSpec,
  now: ShownMetric | undefined,
  { statusReplicas }: ScaleView,
): MetricReading | undefined {
  const current = (now?.object ?? now?.external)?.current;
  if (!current) return undefined;
  const milli = current.value !== undefined
    ? toMilli(current.value)
    : toMilli(current.averageValue ?? 0) * BigInt(statusReplicas);
  return type === "Object" ? { valueMilli: milli } : { valuesMilli: [milli] };
}
