import {
  AdapterConfigError,
  ExternalRegistry,
  namersFromConfig,
  type RuleTrial,
  type SeriesLabels,
  toSeries,
  tryRule,
} from "../adapter/mod.ts";
import { formatPromDuration } from "../go/mod.ts";
import { discoverPreferred, RestMapper } from "../kube/mod.ts";
import { type Expr, parse, parseSelector } from "../promql/mod.ts";
import type { LabView, Localized } from "./lesson.ts";
import { behind } from "./_foreign_text.ts";
import { type Mistake, mistake } from "./_mistake.ts";
import { nearestNames, nearestWord } from "./_nearest.ts";
import { prometheus, query, scrapeIntervalMs, seriesNames, seriesOf } from "./_prometheus.ts";
import type { PlacedRule } from "./_rule_mistakes.ts";
import type { ValuesFile } from "./values_file.ts";
import { valueMistake, type WantedMetric, wordsOf } from "./wanted_metric.ts";

/** A rule with the series that it finds now, and what it makes of them. */
export interface Tried extends PlacedRule {
  series: SeriesLabels[];
  trial: RuleTrial;
}

/**
 * Tries the rules of a values file on the series that Prometheus has now; undefined where Prometheus does not answer.
 */
export async function tryRules(
  view: LabView,
  rules: readonly PlacedRule[],
): Promise<Tried[] | Mistake | undefined> {
  const mapper = await mapperOf(view);
  const tried: Tried[] = [];
  for (const placed of rules) {
    const series = await seriesOf(view, placed.rule.seriesQuery);
    if (series === undefined) return undefined;
    try {
      tried.push({ ...placed, series, trial: tryRule(placed.rule, series, mapper) });
    } catch (error) {
      if (!(error instanceof AdapterConfigError)) throw error;
      return unknownResource(placed, mapper, error.message);
    }
  }
  return tried;
}

/**
 * What keeps `wanted` from being listed with its value, in rules that are right by themselves, on the series that
 * Prometheus has now. Undefined also where Prometheus does not answer.
 */
export async function trialMistake(
  view: LabView,
  file: ValuesFile,
  wanted: WantedMetric,
): Promise<Mistake | undefined> {
  const tried = await tryRules(view, file.rules);
  if (tried === undefined) return undefined;
  const found = "is" in tried ? tried : await missed(view, tried, wanted);
  return found && behind(file.text, { ...found, part: "series" });
}

async function missed(
  view: LabView,
  tried: readonly Tried[],
  wanted: WantedMetric,
): Promise<Mistake | undefined> {
  const { parent } = wordsOf(wanted);
  const there = tried.filter((rule) => rule.parent === parent);
  const found = there.findLast((rule) => exposes(rule, wanted));
  if (found) return await queryMistake(view, found, wanted);
  const elsewhere = tried.find((rule) =>
    rule.parent !== parent && namesOf(rule.trial).includes(wanted.metric)
  );
  if (elsewhere) return wrongParent(elsewhere);
  const meant = likeliest(there, wanted);
  if (meant) return await notExposed(view, meant, wanted);
  return wanted.series === undefined ? undefined : notWritten(wanted);
}

/** Whether a rule serves a metric by its name, of what it is wanted of. */
function exposes({ trial, parent }: Tried, wanted: WantedMetric): boolean {
  if (parent === "external") return namesOf(trial).includes(wanted.metric);
  const { listed } = wordsOf(wanted);
  return trial.metrics.some(({ path }) => path === listed);
}

/** What the cluster calls its resources, in its groups' preferred versions. */
async function mapperOf(view: LabView): Promise<RestMapper> {
  const answers = new Map<string, unknown>();
  for (;;) {
    const open: string[] = [];
    const { resources } = discoverPreferred((path) => answers.get(path) ?? void open.push(path));
    if (open.every((path) => answers.has(path))) return new RestMapper(resources);
    await Promise.all(
      open.map(async (path) => answers.set(path, (await view.raw(path)).body ?? {})),
    );
  }
}

function namesOf({ series }: RuleTrial): string[] {
  return [...new Set(series.flatMap((one) => "name" in one ? [one.name] : []))];
}

/** The rule that is taken to be meant for a metric; where the series is known, one that has to do with it. */
function likeliest(rules: readonly Tried[], { metric, series }: WantedMetric): Tried | undefined {
  const names = ({ rule, trial, series }: Tried) => [
    ...namesOf(trial),
    ...series.map(({ __name__ }) => __name__),
    ...rule.seriesQuery.match(/\w+/g) ?? [],
  ];
  const all = rules.flatMap(names);
  if (series === undefined) {
    const [near] = nearestNames(metric, all, 1);
    return rules.find((rule) => names(rule).includes(near)) ?? rules[0];
  }
  const known = nearestWord(series, all) ?? nearestWord(metric, all);
  return rules.findLast((rule) => namesOf(rule.trial).includes(metric)) ??
    rules.findLast((rule) => known !== undefined && names(rule).includes(known));
}

function notWritten({ metric, series = "" }: WantedMetric): Mistake {
  return mistake(
    undefined,
    [
      `no rule in the file is about ${series}, of which \`${metric}\` is to be made`,
      "the adapter serves what its rules name, and nothing else",
      "write the rule: edit rules",
    ],
    [
      `\`${metric}\`을(를) 만들 시계열 ${series}에 관한 규칙이 파일에 없습니다`,
      "adapter는 규칙이 정한 것만 내보냅니다",
      "규칙을 쓰세요: edit rules",
    ],
  );
}

function unknownResource({ rule, lineOf }: PlacedRule, mapper: RestMapper, said: string): Mistake {
  const overrides = Object.entries(rule.resources.overrides ?? {});
  const [label, { resource }] =
    overrides.find(([, { group = "", resource }]) => !mapper.resourceFor({ group, resource })) ??
      ["", { resource: "" }];
  const near = nearestWord(resource, [
    "namespace",
    "node",
    "pod",
    "service",
    "deployment",
    "statefulset",
    "daemonset",
    "job",
    "ingress",
  ]);
  const line = lineOf(`resources.overrides.${label}.resource`);
  return mistake(
    line,
    [
      resource
        ? `the cluster has no resource \`${resource}\`${near ? `; \`${near}\` it has` : ""}`
        : said,
      "the adapter does not start with a resource that the cluster does not know",
      "name a resource as kubectl does: edit rules",
    ],
    [
      resource
        ? `클러스터에 \`${resource}\`라는 리소스가 없습니다${
          near ? `. \`${near}\`는 있습니다` : ""
        }`
        : said,
      "adapter는 클러스터가 모르는 리소스가 있으면 시작하지 않습니다",
      "kubectl이 부르는 이름으로 쓰세요: edit rules",
    ],
  );
}

function wrongParent({ lineOf, parent }: PlacedRule): Mistake {
  const line = lineOf("seriesQuery");
  if (parent === "custom") {
    return mistake(
      line,
      [
        "the rule stands under `custom:`, so it serves the custom metrics API",
        "a metric that belongs to no object is asked of the external metrics API",
        "its parent is `external:`: edit rules",
      ],
      [
        "규칙이 `custom:` 아래에 있어서 custom metrics API로 나갑니다",
        "어느 오브젝트의 것도 아닌 메트릭은 external metrics API에 묻습니다",
        "부모를 `external:`로 하세요: edit rules",
      ],
    );
  }
  return mistake(
    line,
    [
      "the rule stands under `external:`, so it serves the external metrics API",
      "a metric of an object, such as a Service or a pod, is asked of the custom metrics API",
      "its parent is `custom:`: edit rules",
    ],
    [
      "규칙이 `external:` 아래에 있어서 external metrics API로 나갑니다",
      "Service나 파드 같은 오브젝트의 메트릭은 custom metrics API에 묻습니다",
      "부모를 `custom:`으로 하세요: edit rules",
    ],
  );
}

async function notExposed(view: LabView, rule: Tried, wanted: WantedMetric): Promise<Mistake> {
  const { series, trial, lineOf } = rule;
  const { metric } = wanted;
  if (series.length === 0) return await noSeries(view, rule, wanted.series ?? metric);
  const names = namesOf(trial);
  if (names.length === 0) return filtered(rule);
  if (!names.includes(metric)) {
    const near = nearestNames(metric, names, 1)[0] ?? names[0];
    return mistake(
      lineOf("name.as"),
      [
        wanted.series === undefined
          ? `the rule names it \`${near}\`; the HPA asks for \`${metric}\``
          : `the rule names it \`${near}\`; asked for is \`${metric}\``,
        "the API serves the name that the rule gives, whatever the series is called",
        `make name.as "${metric}": edit rules`,
      ],
      [
        wanted.series === undefined
          ? `규칙이 붙이는 이름은 \`${near}\`인데 HPA는 \`${metric}\`를 찾습니다`
          : `규칙이 붙이는 이름은 \`${near}\`인데 필요한 이름은 \`${metric}\`입니다`,
        "시계열의 이름이 무엇이든 API에는 규칙이 붙인 이름이 나옵니다",
        `name.as를 "${metric}"(으)로 하세요: edit rules`,
      ],
    );
  }
  return notOfObject(rule, wanted);
}

/** The rule names the metric, and reads no label as what it is wanted of. */
function notOfObject({ rule, trial, lineOf, series }: Tried, wanted: WantedMetric): Mistake {
  const { one } = wordsOf(wanted);
  const resource = resourceOf(wanted)!.resource;
  const singular = resource.slice(0, -1);
  const resources = [...new Set(trial.series.flatMap((one) => Object.values(one.resources)))]
    .sort();
  const labels = Object.keys(series[0]).filter((label) => label !== "__name__").sort().join(", ");
  const [label] =
    Object.entries(rule.resources.overrides ?? {}).find(([label, { resource }]) =>
      [singular, `${singular}s`].includes(resource) && !(label in series[0])
    ) ?? [];
  const field = label ? `resources.overrides.${label}` : "resources.overrides";
  const list = resources.join(", ");
  return mistake(
    lineOf(field),
    [
      label
        ? `\`${label}\` is no label of the series; theirs are ${labels}`
        : `no label stands for ${one.en}: the rule attaches the metric to ${list || "nothing"}`,
      `a metric is listed under ${resource}/ only when a label of its series is read as ${one.en}`,
      `resources.overrides, or its template, has to read the label \`${singular}\`: edit rules`,
    ],
    [
      label
        ? `시계열에 \`${label}\`라는 레이블이 없습니다. 있는 것: ${labels}`
        : `${one.ko}를 뜻하는 레이블이 없습니다. 지금은 ${
          list || "아무 리소스도 아닌 것"
        }에 붙습니다`,
      `시계열의 레이블이 ${one.ko}로 읽혀야 ${resource}/ 아래에 나옵니다`,
      `resources.overrides나 template이 \`${singular}\` 레이블을 읽게 하세요: edit rules`,
    ],
  );
}

function filtered({ rule, trial, lineOf }: Tried): Mistake {
  const [one] = trial.series;
  const { is = "", isNot = "" } = one.outcome === "filtered" ? one.by : {};
  const isName = is !== "" && is === rule.name.matches;
  const field = isName ? "name.matches" : is ? "seriesFilters.is" : "seriesFilters.isNot";
  const name = one.labels.__name__;
  return mistake(
    lineOf(field),
    [
      `\`${field}\` (${is || isNot}) keeps out ${name}, which seriesQuery finds`,
      "a series has to pass every filter of its rule",
      "let it pass: edit rules",
    ],
    [
      `\`${field}\` (${is || isNot})가 seriesQuery로 찾은 ${name}을 걸러 냅니다`,
      "시계열은 규칙의 모든 필터를 통과해야 합니다",
      "통과하게 하세요: edit rules",
    ],
  );
}

async function noSeries(view: LabView, { rule, lineOf }: Tried, metric: string): Promise<Mistake> {
  const matchers = parseSelector(rule.seriesQuery)
    .map(({ name, type, value }) => ({
      name,
      text: `${name}${type}${JSON.stringify(value)}`,
      value,
    }));
  let guilty: { text: string; count: number } | undefined;
  for (const one of matchers) {
    const others = matchers.filter((other) => other !== one).map(({ text }) => text);
    const count = others.length === 0
      ? 0
      : (await seriesOf(view, `{${others.join(",")}}`))?.length ?? 0;
    const isWorth = count > 0 && (one.name !== "__name__");
    if (isWorth && count > 0) guilty = { text: one.text, count };
  }
  const name = matchers.find(({ name }) => name === "__name__")?.value ?? "";
  const literal = name.replace(/[^\w:]/g, "") || metric;
  const near = nearestNames(literal, await seriesNames(view)).join(", ");
  const en = guilty
    ? `; without ${guilty.text} it would find ${guilty.count}`
    : near
    ? `; the nearest names in Prometheus: ${near}`
    : "; Prometheus has none with a name like it";
  const ko = guilty
    ? `. ${guilty.text}가 없다면 ${guilty.count}개를 찾습니다`
    : near
    ? `. Prometheus에 있는 가장 가까운 이름: ${near}`
    : ". Prometheus에 그런 이름의 시계열이 없습니다";
  return mistake(
    lineOf("seriesQuery"),
    [
      `\`seriesQuery\` finds no series in Prometheus${en}`,
      "a rule without series exposes nothing",
      "compare it with the series that are there: edit rules",
    ],
    [
      `\`seriesQuery\`로 찾은 시계열이 Prometheus에 없습니다${ko}`,
      "시계열이 없는 규칙은 아무것도 내보내지 않습니다",
      "실제 시계열과 비교하세요: edit rules",
    ],
  );
}

const SEE_ALSO: [string, string] = [
  "run the rule's query in Prometheus at http://127.0.0.1:30950",
  "http://127.0.0.1:30950 에서 규칙의 질의를 실행해 보세요",
];

function resourceOf(wanted: WantedMetric): { group: string; resource: string } | undefined {
  if ("external" in wanted) return undefined;
  return { group: "", resource: "service" in wanted ? "services" : "pods" };
}

/** The query that the adapter would make for a metric with the rule that exposes it; or why there is none. */
async function queryFor(
  view: LabView,
  { rule, series, trial }: Tried,
  wanted: WantedMetric,
): Promise<{ query: string } | { error: string }> {
  if ("external" in wanted) {
    const [namer] = namersFromConfig([rule], await mapperOf(view));
    const registry = new ExternalRegistry();
    registry.setSeries([series.map(toSeries).filter(({ name }) => namer.accepts(name))], [namer]);
    return registry.queryForMetric(wanted.metric, "default", [])!;
  }
  const { listed } = wordsOf(wanted);
  const { asked } = trial.metrics.find(({ path }) => path === listed)!;
  if ("why" in asked) return { error: asked.why };
  const names = "service" in wanted ? [wanted.service] : await podsOf(view, wanted.pods);
  const [template, stands] = names.length > 1
    ? [asked.several, "NAME-1|NAME-2"]
    : [asked.one, "NAME"];
  const query = template.replaceAll('"NAMESPACE"', '"default"')
    .replaceAll(JSON.stringify(stands), JSON.stringify(names.join("|")));
  return { query };
}

async function podsOf(view: LabView, labelSelector: string): Promise<string[]> {
  const pods = await view.list("pods", { namespace: "default", labelSelector });
  return pods.map(({ metadata }) => metadata.name).sort();
}

/** The value that a rule gives a metric now: of the first object, added up for none; undefined where it gives none. */
export async function queried(
  view: LabView,
  tried: Tried,
  wanted: WantedMetric,
): Promise<number | undefined> {
  if (tried.parent !== wordsOf(wanted).parent || !exposes(tried, wanted)) return undefined;
  const asked = await queryFor(view, tried, wanted);
  const result = "query" in asked ? await query(view, asked.query) ?? [] : [];
  if (result.length === 0) return undefined;
  return "external" in wanted ? result.reduce((sum, { value }) => sum + value, 0) : result[0].value;
}

/** Asks Prometheus what the adapter would ask, and looks for what is wanted in the answer. */
async function queryMistake(
  view: LabView,
  tried: Tried,
  wanted: WantedMetric,
): Promise<Mistake | undefined> {
  const { rule, lineOf, series } = tried;
  const asked = await queryFor(view, tried, wanted);
  if ("error" in asked) {
    return mistake(
      lineOf("resources"),
      [
        asked.error,
        "the adapter asks by the labels that stand for the namespace and for the object",
        "resources has to say which labels these are: edit rules",
      ],
      [
        asked.error,
        "adapter는 네임스페이스와 오브젝트를 뜻하는 레이블로 질의합니다",
        "resources에 그 레이블들을 적으세요: edit rules",
      ],
    );
  }
  const promql = asked.query;
  const result = await query(view, promql);
  if (result === undefined) {
    const said = await refusal(view, promql);
    return said === undefined ? undefined : refusedQuery(lineOf("metricsQuery"), said, promql);
  }
  const resource = resourceOf(wanted);
  const label = resource &&
    namersFromConfig([rule], await mapperOf(view))[0].resources.labelForResource(resource);
  if (result.length === 0) {
    const { listed } = wordsOf(wanted);
    const name = tried.trial.metrics.find(({ path }) => path === listed)?.seriesName;
    const labels = series.find(({ __name__ }) => __name__ === name) ?? series[0];
    return await emptyResult(view, promql, lineOf, labels, label, wanted);
  }
  if (label !== undefined && !result.some(({ metric }) => metric[label] !== undefined)) {
    return unlabelled(lineOf("metricsQuery"), label, result[0].metric, promql, wanted);
  }
  const values = new Map<string, number>();
  for (const { metric, value } of result) {
    const name = label === undefined ? "" : metric[label] ?? "";
    values.set(name, (label === undefined ? values.get(name) ?? 0 : 0) + value);
  }
  const wrong = await valueMistake(view, wanted, values);
  return wrong && wrongValue(lineOf("metricsQuery"), wrong, promql);
}

/** Whether the value that the rule's query gives is another than what is asked for. */
function wrongValue(
  line: number,
  { value, expected, is, why }: NonNullable<Awaited<ReturnType<typeof valueMistake>>>,
  promql: string,
): Mistake {
  const [got, right] = [value, expected].map((number) => String(Number(number.toPrecision(3))));
  return {
    ...mistake(
      line,
      [
        `the rule's query gives ${got}, where about ${right} is expected${
          is ? `: ${is.en}` : ""
        }: ${promql}`,
        why?.en ?? "an HPA takes whatever number it is given",
        "compare what is asked for with what metricsQuery counts: edit rules",
      ],
      [
        `규칙의 질의 값은 ${got}이고, 기대하는 값은 약 ${right}입니다${
          is ? `. ${is.ko}` : ""
        }: ${promql}`,
        why?.ko ?? "HPA는 주어진 숫자를 그대로 씁니다",
        "필요한 값과 metricsQuery가 세는 것을 비교하세요: edit rules",
      ],
    ),
    // A window fills up while the lab's time goes on.
    waits: value < expected && /\[\d/.test(promql) && !is,
  };
}

function refusedQuery(line: number, said: string, promql: string): Mistake {
  return mistake(
    line,
    [
      `Prometheus refuses the query of the rule: ${said}: ${promql}`,
      "the adapter then answers with 500",
      `mend metricsQuery: edit rules; or ${SEE_ALSO[0]}`,
    ],
    [
      `Prometheus가 규칙의 질의를 거절합니다: ${said}: ${promql}`,
      "그러면 adapter는 500으로 답합니다",
      `metricsQuery를 고치세요: edit rules. ${SEE_ALSO[1]}`,
    ],
  );
}

function unlabelled(
  line: number,
  label: string,
  metric: Record<string, string>,
  promql: string,
  wanted: WantedMetric,
): Mistake {
  const has = Object.keys(metric).join(", ");
  const whose: Localized = "service" in wanted
    ? { en: "the Service's value", ko: "Service의 값" }
    : { en: "each pod's value", ko: "파드마다의 값" };
  return mistake(
    line,
    [
      `the result of the rule's query has no label \`${label}\`${
        has ? `, only ${has}` : ""
      }: ${promql}`,
      `the adapter finds ${whose.en} by that label, and a sum without \`by\` drops every label`,
      "keep the label that the adapter groups by, <<.GroupBy>>: edit rules",
    ],
    [
      `규칙의 질의 결과에 \`${label}\` 레이블이 없습니다${
        has ? ` (있는 것: ${has})` : ""
      }: ${promql}`,
      `adapter는 그 레이블로 ${whose.ko}을 찾는데, by 없는 sum은 레이블을 모두 버립니다`,
      "adapter가 묶는 레이블 <<.GroupBy>>를 남기세요: edit rules",
    ],
  );
}

/** Why Prometheus does not answer a query, in its words. */
async function refusal(view: LabView, promql: string): Promise<string | undefined> {
  const { code, text } = await view.http(
    `http://127.0.0.1:30950/api/v1/query?query=${encodeURIComponent(promql)}`,
  );
  return code >= 400 ? JSON.parse(text).error : undefined;
}

async function emptyResult(
  view: LabView,
  promql: string,
  lineOf: PlacedRule["lineOf"],
  labels: SeriesLabels,
  label: string | undefined,
  wanted: WantedMetric,
): Promise<Mistake> {
  const parts = [...partsOf(parse(promql))];
  const strange = parts.flatMap((part) => part.kind === "vectorSelector" ? part.matchers : [])
    .find(({ name, type }) => type.startsWith("=") && name !== "__name__" && !(name in labels));
  if (strange) {
    const all = Object.keys(labels).filter((name) => name !== "__name__").sort().join(", ");
    const field = strange.name === label ? `resources.overrides.${label}` : "metricsQuery";
    return mistake(
      lineOf(field),
      [
        `the rule's query asks by \`${strange.name}\`, which is no label of the series; theirs are ${all}: ${promql}`,
        "a condition on a label that is not there finds nothing",
        "name a label that the series carry: edit rules",
      ],
      [
        `규칙의 질의가 \`${strange.name}\`으로 찾는데 시계열에 그런 레이블이 없습니다. 있는 것: ${all}: ${promql}`,
        "없는 레이블에 건 조건으로는 아무것도 찾지 못합니다",
        "시계열에 있는 레이블을 쓰세요: edit rules",
      ],
    );
  }
  const twice = contradiction(parts);
  if (twice) {
    const [name, ...values] = twice;
    const both = values.map((value) => `${name}="${value}"`);
    return mistake(
      lineOf("metricsQuery"),
      [
        `the rule's query asks for ${both.join(" and ")} at once: ${promql}`,
        "<<.LabelMatchers>> brings the namespace and the object's name with it",
        `take your own condition on \`${name}\` away: edit rules`,
      ],
      [
        `규칙의 질의가 ${both.join("와 ")}를 동시에 찾습니다: ${promql}`,
        "네임스페이스와 오브젝트 이름은 <<.LabelMatchers>>에 들어 있습니다",
        `\`${name}\`에 직접 건 조건을 지우세요: edit rules`,
      ],
    );
  }
  const resource = resourceOf(wanted)?.resource.slice(0, -1);
  if (resource !== undefined && label !== resource && label !== undefined && resource in labels) {
    return mistake(
      lineOf(`resources.overrides.${label}`),
      [
        `the rule reads the label \`${label}\` as the ${resource}, and so asks for ${label}="…": ${promql}`,
        `the ${resource}'s name is in the label \`${resource}\``,
        `under \`${resource}:\` belongs \`resource: ${resource}\`: edit rules`,
      ],
      [
        `규칙이 \`${label}\` 레이블을 ${resource}(으)로 읽어서 ${label}="…"로 찾습니다: ${promql}`,
        `${resource}의 이름은 \`${resource}\` 레이블에 있습니다`,
        `\`${resource}:\` 아래에 \`resource: ${resource}\`를 쓰세요: edit rules`,
      ],
    );
  }
  const all = await seriesNames(view);
  const unknown = parts.flatMap((part) => part.kind === "vectorSelector" ? part.name || [] : [])
    .find((name) => !all.includes(name));
  if (unknown !== undefined) {
    const near = nearestNames(unknown, all).join(", ");
    return mistake(
      lineOf("metricsQuery"),
      [
        `the rule's query asks for ${unknown}, and Prometheus has no such series${
          near ? `; nearest: ${near}` : ""
        }`,
        "<<.Series>> stands for the series that seriesQuery found",
        "write <<.Series>>, or a name that is there: edit rules",
      ],
      [
        `규칙의 질의가 찾는 ${unknown}이(가) Prometheus에 없습니다${
          near ? `. 가장 가까운 이름: ${near}` : ""
        }`,
        "<<.Series>>는 seriesQuery로 찾은 시계열을 뜻합니다",
        "<<.Series>>나 실제로 있는 이름을 쓰세요: edit rules",
      ],
    );
  }
  const otherNamespace = "external" in wanted && labels.namespace !== "default" &&
    parts.some((part) =>
      part.kind === "vectorSelector" &&
      part.matchers.some(({ name, value }) => name === "namespace" && value === "default")
    );
  if (otherNamespace) {
    return mistake(
      lineOf("metricsQuery"),
      [
        `the rule's query asks for namespace="default", and its series carry namespace="${labels.namespace}": ${promql}`,
        "an external metric is asked for in a namespace, and <<.LabelMatchers>> asks for that one, unless resources.namespaced is false",
        "say `namespaced: false` under resources: edit rules",
      ],
      [
        `규칙의 질의는 namespace="default"를 찾는데 시계열에는 namespace="${labels.namespace}"가 붙어 있습니다: ${promql}`,
        "external metric도 네임스페이스로 묻습니다. resources.namespaced가 false가 아니면 <<.LabelMatchers>>에 그 네임스페이스가 들어갑니다",
        "resources 아래에 `namespaced: false`를 쓰세요: edit rules",
      ],
    );
  }
  const ranges = parts.flatMap((part) => part.kind === "matrixSelector" ? [part.rangeMs] : []);
  const intervalMs = ranges.length > 0 ? await scrapeIntervalMs(view, labels.job) : undefined;
  const short = intervalMs && ranges.find((range) => range < 2 * intervalMs);
  if (short) {
    const [range, every] = [formatPromDuration(short), formatPromDuration(intervalMs)];
    return mistake(
      lineOf("metricsQuery"),
      [
        `the rule's query finds nothing: its window [${range}] holds no two scrapes, which come every ${every}: ${promql}`,
        "a rate is the difference of two samples",
        `widen the window to several scrapes: edit rules; or ${SEE_ALSO[0]}`,
      ],
      [
        `규칙의 질의 결과가 비어 있습니다. 수집은 ${every}마다인데 창 [${range}]에는 샘플 둘이 들지 않습니다: ${promql}`,
        "rate는 두 샘플의 차이입니다",
        `창을 수집 몇 번만큼 넓히세요: edit rules. ${SEE_ALSO[1]}`,
      ],
    );
  }
  const { whose } = wordsOf(wanted);
  const found = mistake(
    lineOf("metricsQuery"),
    [
      `the rule's query finds nothing: ${promql}`,
      `listed means that series exist; a value means that the rule's query finds ${whose.en} among them`,
      SEE_ALSO[0],
    ],
    [
      `규칙의 질의 결과가 비어 있습니다: ${promql}`,
      `목록에 있다는 것은 시계열이 있다는 뜻이고, 값이 있다는 것은 질의가 그중에서 ${whose.ko}을(를) 찾았다는 뜻입니다`,
      SEE_ALSO[1],
    ],
  );
  // A window fills up while the lab's time goes on.
  return { ...found, waits: ranges.length > 0 };
}

/** A label that has to be two things at once, and these. */
function contradiction(parts: readonly Expr[]): [name: string, ...values: string[]] | undefined {
  for (const part of parts) {
    if (part.kind !== "vectorSelector") continue;
    const equal = part.matchers.filter(({ type }) => type === "=");
    for (const { name, value } of equal) {
      const other = equal.find((one) => one.name === name && one.value !== value);
      if (other) return [name, value, other.value];
    }
  }
}

function* partsOf(expr: Expr): Generator<Expr> {
  yield expr;
  for (const value of Object.values(expr)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each === "object" && each !== null && "kind" in each) yield* partsOf(each as Expr);
    }
  }
}

/** Whether Prometheus is there to try anything on. */
export async function canTry(view: LabView): Promise<boolean> {
  return await prometheus(view, "status/buildinfo") !== undefined;
}
