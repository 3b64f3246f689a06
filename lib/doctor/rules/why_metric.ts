import { nearestNames } from "../../base/mod.ts";
import { METRIC_NAME } from "../../promql/mod.ts";
import { labelsText } from "../../rules/mod.ts";
import { type Localized, said } from "../said.ts";
import type { Place, Remark, RulesFile } from "./rules_file.ts";
import {
  type Answer,
  exposedBy,
  objectOf,
  readyRules,
  Served,
  type TrialGround,
  type Trying,
} from "./try_rules.ts";

/** A rule that stands in some relation to a metric. */
export interface Relation {
  number: number;
  /** How near it comes to exposing the metric: 0 is nearest. */
  rank?: number;
  isOfChart: boolean;
  place?: Place;
  said: Localized;
}

/** Where a metric comes from, or would have come from. */
export interface MetricOrigin {
  metric: string;
  /** The rules that expose it; of those that name the same, the last one answers. */
  exposedBy: Relation[];
  /** The rules that almost do, the nearest first, and why not. */
  almost: Relation[];
  /** What the API says of one object, when a rule exposes it. */
  answers: Answer[];
  /** Names in the API that are like it. */
  similar: string[];
  /** Whether the source has series of that very name. */
  isSeries: boolean;
  /** What to do next, when nothing exposes it. */
  next?: Localized;
}

/**
 * Which rule exposes a metric, and which almost do.
 * Errors: MetricSourceError when the source does not answer.
 */
export async function whyMetric(
  metric: string,
  file: RulesFile,
  ground: TrialGround,
): Promise<MetricOrigin> {
  const { all, problems } = await readyRules(file, ground);
  const served = new Served(all, ground);
  const exposing = all.filter((one) => exposedBy(one).some((exposed) => exposed.metric === metric));
  const isSeries = (await ground.source.names()).includes(metric);
  const almost = all.flatMap((one) => exposing.includes(one) ? [] : nearMiss(one, metric) ?? []);
  for (const [filed, problem] of problems) {
    if (!mentions(filed.rule.seriesQuery, metric)) continue;
    almost.push({ ...relation(filed), rank: 0, said: brokenRule(problem) });
  }
  const names = [...new Set(all.flatMap((one) => exposedBy(one).map(({ metric }) => metric)))];
  const similar = nearestNames(metric, names.filter((name) => name !== metric));
  return {
    metric,
    exposedBy: exposing.map((one, at) => exposes(one, metric, at < exposing.length - 1)),
    almost: almost.sort(nearestFirst),
    answers: await answersFor(metric, exposing, served),
    similar,
    isSeries,
    ...(exposing.length === 0 ? { next: nextStep(metric, almost, isSeries) } : {}),
  };
}

/** A rule of one's own comes before one of the chart that is as near. */
function nearestFirst(a: Relation, b: Relation): number {
  return (a.rank ?? 0) - (b.rank ?? 0) || Number(a.isOfChart) - Number(b.isOfChart) ||
    a.number - b.number;
}

function relation({ number, isOfChart, place }: Trying["filed"]) {
  return { number, isOfChart, ...(place ? { place } : {}) };
}

function brokenRule({ said: what }: Remark): Localized {
  return said(`cannot be used: ${what.en}`, `쓸 수 없음: ${what.ko}`);
}

function exposes(one: Trying, metric: string, isShadowed: boolean): Relation {
  const { series, resources } = exposedBy(one).find((exposed) => exposed.metric === metric)!;
  const from = series.join(", ");
  const of = resources.join(", ");
  const isExternal = one.filed.kind === "external";
  const en = isExternal
    ? `makes it of ${from}, as an external metric`
    : `makes it of ${from}, for ${of}`;
  const ko = isExternal
    ? `${from}에서 external 메트릭으로 만듦`
    : `${from}에서 만들고 ${of}에 붙임`;
  return {
    ...relation(one.filed),
    said: isShadowed
      ? said(
        `${en}; a later rule takes its place where both do`,
        `${ko}. 둘 다 내보내는 곳에서는 나중 규칙이 이김`,
      )
      : said(en, ko),
  };
}

/** Why a rule that has to do with a metric does not expose it; undefined when it has nothing to do with it. */
function nearMiss(one: Trying, metric: string): Relation | undefined {
  const { filed, trial } = one;
  const told = (rank: number, en: string, ko: string) => ({
    ...relation(filed),
    rank,
    said: said(en, ko),
  });
  const ofName = trial.series.filter(({ labels }) => labels[METRIC_NAME] === metric);
  const [first] = ofName;
  if (first?.outcome === "filtered") {
    const { is, isNot } = first.by;
    const filter = is ? `is: ${is}` : `isNot: ${isNot}`;
    return told(
      3,
      `finds ${metric} and keeps it out: ${filter}`,
      `${metric}을(를) 찾지만 걸러 냄: ${filter}`,
    );
  }
  if (first?.outcome === "unattached") {
    return told(
      1,
      `finds ${metric}, but none of its labels stands for a resource: ${
        labelsText(first.labels) || "-"
      }`,
      `${metric}을(를) 찾지만 리소스를 뜻하는 레이블이 없음: ${labelsText(first.labels) || "-"}`,
    );
  }
  if (first?.outcome === "unnamed") {
    return told(2, `cannot name it: ${first.why}`, `이름을 못 지음: ${first.why}`);
  }
  if (first?.outcome === "exposed") {
    return told(
      0,
      `finds ${metric} and calls it ${first.name}: ask for that, or change name.as`,
      `${metric}을(를) 찾아 ${first.name}(으)로 이름 지음. 그 이름으로 묻거나 name.as를 바꾸세요`,
    );
  }
  const unattached = trial.series.find((each) =>
    each.outcome === "unattached" && each.name === metric
  );
  if (unattached) {
    const labels = labelsText(unattached.labels) || "-";
    return told(
      1,
      `names it so, but no label stands for a resource: ${labels}`,
      `그렇게 이름 짓지만 리소스를 뜻하는 레이블이 없음: ${labels}`,
    );
  }
  if (trial.series.length === 0 && mentions(filed.rule.seriesQuery, metric)) {
    return told(
      2,
      `would take it, but its seriesQuery finds no series now`,
      `이 규칙이 맡을 것이나 지금 seriesQuery로 찾은 시계열이 없음`,
    );
  }
}

/** Whether a query names a metric, or what its name is made of. */
function mentions(seriesQuery: string, metric: string): boolean {
  const words = seriesQuery.match(/[a-zA-Z_:][\w:]{4,}/g) ?? [];
  return words.some((word) =>
    !/^(__name__|namespace|service|container)$/.test(word) &&
    (metric.includes(word.replace(/^_+|_+$/g, "")) || word.includes(metric))
  );
}

function nextStep(metric: string, almost: readonly Relation[], isSeries: boolean): Localized {
  const [first] = almost;
  if (first) {
    const where = first.place
      ? said(`line ${first.place.line}`, `${first.place.line}번째 줄`)
      : said("of the chart", "차트의 것");
    return said(
      `Begin with rule ${first.number} (${where.en}).`,
      `규칙 ${first.number}(${where.ko})부터 보세요.`,
    );
  }
  return isSeries
    ? said(
      `Prometheus has series ${metric}, and no rule's seriesQuery finds them: write one.`,
      `Prometheus에 ${metric} 시계열이 있지만 그것을 찾는 seriesQuery가 없습니다. 규칙을 쓰세요.`,
    )
    : said(
      `Prometheus has no series ${metric} either: look at what the workload's own /metrics says.`,
      `Prometheus에도 ${metric} 시계열이 없습니다. 워크로드의 /metrics를 보세요.`,
    );
}

async function answersFor(
  metric: string,
  exposing: readonly Trying[],
  served: Served,
): Promise<Answer[]> {
  const last = exposing.at(-1);
  if (!last) return [];
  if (last.filed.kind === "external") return [await served.externally(metric, "default")];
  const answers: Answer[] = [];
  for (const info of served.registry.list().filter((info) => info.metric === metric)) {
    const owner = exposing.findLast((one) => objectOf(info, one));
    const object = owner && objectOf(info, owner);
    if (object) answers.push(await served.custom(info, object.namespace, object.name));
  }
  return answers;
}
