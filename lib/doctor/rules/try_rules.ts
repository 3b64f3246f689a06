import {
  AdapterConfigError,
  type CustomMetricInfo,
  ExternalRegistry,
  metricPath,
  type RestMapper,
  type RuleTrial,
  type Series,
  SeriesRegistry,
  toSeries,
} from "../../adapter/mod.ts";
import { groupResource, Quantity, type Requirement } from "../../kube/mod.ts";
import { type Labels, METRIC_NAME } from "../../promql/mod.ts";
import { labelsText, servedSeries, type TriedRule, tryOn } from "../../rules/mod.ts";
import { type MetricSource, MetricSourceError } from "../metric_source.ts";
import { asIs, type Localized, said } from "../said.ts";
import { mistakesOf, sharedNames } from "./_mistakes.ts";
import { ruleProblem } from "./_rule_problem.ts";
import { maxAgeMs } from "./_max_age.ts";
import type { FiledHpa } from "./hpa_file.ts";
import { findsNothing } from "./_why_nothing.ts";
import { askedByHpas, type HpaAnswer } from "./_hpa_answers.ts";
import type { FiledRule, Place, Remark, RulesFile } from "./rules_file.ts";

/** What rules are tried on. */
export interface TrialGround {
  source: MetricSource;
  /** What the cluster calls its resources. */
  mapper: RestMapper;
  /** The HPAs that are to read the metrics. */
  hpas: readonly FiledHpa[];
  /** Only this metric's values are asked for. */
  metric?: string;
}

/** Series that are called alike. */
export interface NamedSeries {
  name: string;
  count: number;
}

/** Series that a rule finds and makes no metric of, and why. */
export interface Dropped {
  series: NamedSeries[];
  why: Localized;
}

/** A metric that a rule exposes. */
export interface Exposed {
  metric: string;
  /** The names of the series behind it. */
  series: string[];
  /** The resources that it is of; none for an external metric. */
  resources: string[];
}

/** A question to the metrics API, and what comes of it. */
export interface Answer {
  /** The path that is asked, below `/apis/`. */
  request: string;
  /** What the adapter asks Prometheus; undefined when it has no query. */
  promql?: string;
  /** As the API writes it: `160`, `500m`. */
  value?: string;
  /** The value, or the error in upstream's words. */
  says: Localized;
}

/** What becomes of one rule. */
export interface RuleReport {
  number: number;
  kind: FiledRule["kind"];
  isOfChart: boolean;
  place?: Place;
  seriesQuery: string;
  /** What keeps the adapter from using the rule, or from starting. */
  problem?: Remark;
  found: NamedSeries[];
  dropped: Dropped[];
  exposes: Exposed[];
  /** One object of each metric and resource, for some of the metrics. */
  answers: Answer[];
  /** Metrics whose values were not asked for, because there are many. */
  unasked: number;
  remarks: Remark[];
}

export interface RulesTrial {
  file: string;
  form: RulesFile["form"];
  source: string;
  /** The one metric that was asked for, where one was named. */
  metric?: string;
  rules: RuleReport[];
  hpas: HpaAnswer[];
  /** Remarks on the whole. */
  remarks: Remark[];
}

/** Metrics of a rule whose values are asked for where none is named. */
const MOST_ASKED = 3;

/** A rule together with what it finds. */
export interface Trying extends TriedRule {
  filed: FiledRule;
}

/**
 * Tries every rule of a file as the adapter would use them together.
 * Errors: MetricSourceError when the source does not answer.
 * Source: kubernetes-sigs/prometheus-adapter pkg/custom-provider/provider.go, series_registry.go.
 */
export async function tryRules(file: RulesFile, ground: TrialGround): Promise<RulesTrial> {
  const { all, problems } = await readyRules(file, ground);
  const served = new Served(all, ground);
  const shared = sharedNames(all);
  const rules: RuleReport[] = [];
  for (const filed of file.rules) {
    const one = all.find((other) => other.filed === filed);
    if (one) rules.push(await told(one, served, ground, file, shared));
    else rules.push({ ...blank(filed), problem: problems.get(filed)! });
  }
  const isPlain = (rule: RuleReport) => !rule.problem;
  return {
    file: file.name,
    form: file.form,
    source: ground.source.name,
    ...(ground.metric ? { metric: ground.metric } : {}),
    rules,
    hpas: await askedByHpas(ground, served, rules.filter(isPlain)),
    remarks: [...file.remarks, ...file.hasResourceRules ? [RESOURCE_RULES] : []],
  };
}

const RESOURCE_RULES: Remark = {
  code: "resource-rules",
  said: said(
    "the rules for CPU and memory (resource) are not tried here",
    "CPU와 메모리를 위한 규칙(resource)은 여기서 해 보지 않습니다",
  ),
};

/** The rules that can be used, with their series; and what is wrong with the others. */
export async function readyRules(
  file: RulesFile,
  { source, mapper }: TrialGround,
): Promise<{ all: Trying[]; problems: Map<FiledRule, Remark> }> {
  const all: Trying[] = [];
  const problems = new Map<FiledRule, Remark>();
  for (const filed of file.rules) {
    const problem = ruleProblem(filed, mapper);
    if (problem) {
      problems.set(filed, problem);
      continue;
    }
    try {
      const series = await source.series(filed.rule.seriesQuery, maxAgeMs(file));
      all.push({ filed, ...tryOn(filed.kind, filed.rule, series, mapper) });
    } catch (error) {
      const isRefused = error instanceof MetricSourceError && error.kind === "refused";
      if (!isRefused && !(error instanceof AdapterConfigError)) throw error;
      problems.set(filed, {
        code: "refused-query",
        said: isRefused ? error.said : asIs(error.message),
        place: filed.placeOf("seriesQuery"),
      });
    }
  }
  return { all, problems };
}

/** What the adapter serves with all rules together. */
export class Served {
  readonly registry: SeriesRegistry;
  readonly external = new ExternalRegistry();

  constructor(all: readonly Trying[], private readonly ground: TrialGround) {
    this.registry = new SeriesRegistry(() => ground.mapper);
    const of = (kind: FiledRule["kind"]) => {
      const some = all.filter(({ filed }) => filed.kind === kind);
      return [some.map(accepted), some.map(({ namer }) => namer)] as const;
    };
    this.registry.setSeries(...of("custom"));
    this.external.setSeries(...of("external"));
  }

  /** What the custom metrics API says of one object. */
  async custom(
    info: CustomMetricInfo,
    namespace: string,
    name: string,
    selector: readonly Requirement[] = [],
  ): Promise<Answer> {
    const { samples, ...asked } = await this.#ask(info, namespace, [name], selector);
    const { metric, resource } = info;
    const where = namespace === "" ? "" : `namespaces/${namespace}/`;
    const path = groupResource(resource) === "namespaces"
      ? `namespaces/${name}/metrics/${metric}`
      : `${where}${groupResource(resource)}/${name}/${metric}`;
    const request = `custom.metrics.k8s.io/v1beta1/${path}`;
    if (!samples) return { request, ...asked };
    const matched = this.registry.matchValuesToNames(info, samples);
    const value = "values" in matched ? matched.values.get(name) : undefined;
    if (value === undefined) {
      const text = `404: the server could not find the metric ${metric} for ${
        groupResource(resource)
      } ${name}`;
      return { request, ...asked, says: asIs(text) };
    }
    const shown = quantityOf(value);
    return { request, ...asked, value: shown, says: asIs(shown) };
  }

  /** What the custom metrics API says of pods together: those that have a value. */
  async pods(
    metric: string,
    namespace: string,
    names: readonly string[],
    selector: readonly Requirement[],
  ): Promise<Answer> {
    const info = { resource: { group: "", resource: "pods" }, namespaced: true, metric };
    const request = `custom.metrics.k8s.io/v1beta1/namespaces/${namespace}/pods/*/${metric}`;
    const { samples, ...asked } = await this.#ask(info, namespace, names, selector);
    if (!samples) return { request, ...asked };
    const matched = this.registry.matchValuesToNames(info, samples);
    const values = "values" in matched
      ? names.flatMap((name) => matched.values.get(name) ?? [])
      : [];
    if (values.length === 0) {
      return { request, ...asked, says: asIs("no metrics returned from custom metrics API") };
    }
    const mean = quantityOf(values.reduce((sum, value) => sum + value, 0) / values.length);
    const { length } = values;
    return {
      request,
      ...asked,
      value: mean,
      says: said(`${length} pods, ${mean} each on average`, `파드 ${length}개, 평균 ${mean}`),
    };
  }

  /** What the external metrics API says. */
  async externally(
    metric: string,
    namespace: string,
    selector: readonly Requirement[] = [],
  ): Promise<Answer> {
    const request = `external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric}`;
    const query = this.external.queryForMetric(metric, namespace, selector);
    if (query === undefined) {
      return { request, says: asIs("404: the server could not find the requested resource") };
    }
    if ("error" in query) return { request, says: asIs(`500: ${query.error}`) };
    const { query: promql } = query;
    try {
      const samples = await this.ground.source.instant(promql);
      if (samples.length === 0) {
        return { request, promql, says: asIs("no metrics returned from external metrics API") };
      }
      const values = samples.map(({ value }) => quantityOf(value));
      return { request, promql, value: values.join(" + "), says: asIs(values.join(" + ")) };
    } catch (error) {
      return { request, promql, says: refusal(error) };
    }
  }

  async #ask(
    info: CustomMetricInfo,
    namespace: string,
    names: readonly string[],
    selector: readonly Requirement[],
  ) {
    const query = this.registry.queryForMetric(info, namespace, selector, names);
    if (!("query" in query)) {
      const why = query.log ??
        `the server could not find the metric ${info.metric} for ${groupResource(info.resource)}`;
      return { says: asIs(`404: ${why}`) };
    }
    const { query: promql } = query;
    try {
      const samples = (await this.ground.source.instant(promql))
        .map(({ metric, value, tMs }) => ({ metric, value, timestamp: tMs / 1000 }));
      return { promql, samples, says: asIs("") };
    } catch (error) {
      return { promql, says: refusal(error) };
    }
  }
}

function refusal(error: unknown): Localized {
  if (!(error instanceof MetricSourceError && error.kind === "refused")) throw error;
  return said(`500: ${error.said.en}`, `500: ${error.said.ko}`);
}

/** Source: kubernetes-sigs/prometheus-adapter pkg/custom-provider/provider.go (metricFor). */
function quantityOf(value: number): string {
  if (Number.isNaN(value)) return "0";
  return Quantity.fromFloat(value).toString();
}

function accepted({ series, namer }: Trying): Series[] {
  return series.map(toSeries).filter(({ name }) => namer.accepts(name));
}

function blank({ number, kind, isOfChart, place, rule, problems }: FiledRule): RuleReport {
  return {
    number,
    kind,
    isOfChart,
    ...(place ? { place } : {}),
    seriesQuery: rule.seriesQuery,
    found: [],
    dropped: [],
    exposes: [],
    answers: [],
    unasked: 0,
    remarks: problems.slice(1),
  };
}

async function told(
  one: Trying,
  served: Served,
  ground: TrialGround,
  file: RulesFile,
  shared: ReadonlyMap<FiledRule, Remark[]>,
): Promise<RuleReport> {
  const exposes = exposedBy(one);
  const wanted = exposes.filter(({ metric }) => !ground.metric || metric === ground.metric);
  const asked = ground.metric ? wanted : wanted.slice(0, MOST_ASKED);
  const answers: Answer[] = [];
  for (const { metric } of asked) answers.push(...await answersOf(metric, one, served));
  return {
    ...blank(one.filed),
    found: counted(one.series),
    dropped: droppedBy(one),
    exposes,
    answers,
    unasked: exposes.length - asked.length,
    remarks: [
      ...one.series.length === 0 && !one.filed.isOfChart
        ? [await findsNothing(one.filed, ground.source, maxAgeMs(file))]
        : [],
      ...shared.get(one.filed) ?? [],
      ...(one.filed.isOfChart ? [] : await mistakesOf(one, ground, file)),
    ],
  };
}

/** The metrics of a rule. */
export function exposedBy(trying: Trying): Exposed[] {
  const found = new Map<string, Exposed>();
  const isExternal = trying.filed.kind === "external";
  for (const one of servedSeries(trying)) {
    const { name } = one;
    const known = found.get(name) ?? { metric: name, series: [], resources: [] };
    const series = one.labels[METRIC_NAME];
    if (!known.series.includes(series)) known.series.push(series);
    for (const resource of isExternal ? [] : Object.values(one.resources)) {
      if (!known.resources.includes(resource)) known.resources.push(resource);
    }
    found.set(name, known);
  }
  return [...found.values()].map((one) => ({ ...one, resources: one.resources.sort() }))
    .sort((a, b) => a.metric < b.metric ? -1 : 1);
}

function droppedBy({ filed, trial }: Trying): Dropped[] {
  const groups = new Map<string, { why: Localized; series: Labels[] }>();
  for (const one of trial.series) {
    const why = reasonOf(one, filed);
    if (!why) continue;
    const group = groups.get(why.en) ?? { why, series: [] };
    group.series.push(one.labels);
    groups.set(why.en, group);
  }
  return [...groups.values()].map(({ why, series }) => ({ why, series: counted(series) }));
}

function reasonOf(one: RuleTrial["series"][number], { kind }: FiledRule): Localized | undefined {
  switch (one.outcome) {
    case "filtered": {
      const { is, isNot } = one.by;
      return is
        ? said(`does not match ${is}`, `${is}에 맞지 않음`)
        : said(`matches isNot ${isNot}`, `isNot ${isNot}에 걸림`);
    }
    case "unnamed":
      return asIs(one.why);
    case "unattached":
      return kind === "external" ? undefined : said(
        `no label stands for a resource; labels: ${labelsText(one.labels) || "-"}`,
        `리소스를 뜻하는 레이블이 없음. 레이블: ${labelsText(one.labels) || "-"}`,
      );
  }
}

function counted(series: readonly Labels[]): NamedSeries[] {
  const counts = new Map<string, number>();
  for (const { [METRIC_NAME]: name } of series) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What the API says of one object of each resource that a metric is of. */
async function answersOf(metric: string, one: Trying, served: Served): Promise<Answer[]> {
  if (one.filed.kind === "external") {
    const namespace = one.series.find(({ namespace }) => namespace)?.namespace ?? "default";
    return [await served.externally(metric, namespace)];
  }
  const answers: Answer[] = [];
  for (const info of served.registry.list().filter((info) => info.metric === metric)) {
    const isIts = one.trial.metrics.some(({ path }) => path === metricPath(info));
    const object = isIts && objectOf(info, one);
    if (object) answers.push(await served.custom(info, object.namespace, object.name));
  }
  return answers;
}

/** The first object that a rule's series are of. */
export function objectOf(
  { resource, namespaced, metric }: CustomMetricInfo,
  { trial }: Trying,
): { namespace: string; name: string } | undefined {
  const wanted = groupResource(resource);
  for (const one of trial.series) {
    if (one.outcome !== "exposed" || one.name !== metric) continue;
    const labelOf = (name: string) =>
      Object.keys(one.resources).find((label) => one.resources[label] === name);
    const label = labelOf(wanted);
    if (label === undefined) continue;
    const inNamespace = labelOf("namespaces");
    const namespace = namespaced && inNamespace ? one.labels[inNamespace] : "";
    return { namespace, name: one.labels[label] };
  }
}
