import type { SeriesLabels } from "../adapter/mod.ts";
import { formatPromDuration } from "../go/mod.ts";
import {
  type Condition,
  type EmptyingComparison,
  exposes,
  isLabelLost,
  labelFor,
  labelsText,
  queryFor,
  QueryLooks,
  sourceOf,
  type TriedRule,
} from "../rules/mod.ts";
import type { LabView, Localized } from "./lesson.ts";
import { type Mistake, mistake } from "./_mistake.ts";
import { nearestNames } from "../base/mod.ts";
import { PROMETHEUS, prometheusOf, query, scrapeIntervalMs, seriesNames } from "./_prometheus.ts";
import type { TriedHere } from "./_tried_rules.ts";
import { askedAs, resourceOf, valueMistake, type WantedMetric, wordsOf } from "./wanted_metric.ts";

const SEE_ALSO: [string, string] = [
  `run the rule's query in Prometheus at ${PROMETHEUS}`,
  `${PROMETHEUS} 에서 규칙의 질의를 실행해 보세요`,
];

/** The query that the adapter would make for a metric with the rule that exposes it; or why there is none. */
async function askFor(view: LabView, tried: TriedRule, wanted: WantedMetric) {
  const names = "external" in wanted
    ? []
    : "service" in wanted
    ? [wanted.service]
    : await podsOf(view, wanted.pods);
  return queryFor(tried, askedAs(wanted, names));
}

async function podsOf(view: LabView, labelSelector: string): Promise<string[]> {
  const pods = await view.list("pods", { namespace: "default", labelSelector });
  return pods.map(({ metadata }) => metadata.name).sort();
}

/** The value that a rule gives a metric now: of the first object, added up for none; undefined where it gives none. */
export async function queried(
  view: LabView,
  tried: TriedRule,
  wanted: WantedMetric,
): Promise<number | undefined> {
  if (tried.kind !== wordsOf(wanted).parent || !exposes(tried, askedAs(wanted))) return undefined;
  const asked = await askFor(view, tried, wanted);
  const result = "promql" in asked ? await query(view, asked.promql) ?? [] : [];
  if (result.length === 0) return undefined;
  if ("external" in wanted) return result.reduce((sum, { value }) => sum + value, 0);
  // Of several with an object's name the last is taken.
  const label = labelFor(tried, resourceOf(wanted)!);
  const nameOf = ({ metric }: typeof result[number]) => label === undefined ? "" : metric[label];
  return result.findLast((sample) => nameOf(sample) === nameOf(result[0]))?.value;
}

/** An external rule that keeps the condition of a namespace, which its series do not meet. */
function askedInNamespace(line: number | undefined, en: string, ko: string): Mistake {
  return mistake(
    line,
    [
      en,
      "an external metric is asked for in a namespace, and <<.LabelMatchers>> asks for that one, unless resources.namespaced is false",
      "say `namespaced: false` under resources: edit rules",
    ],
    [
      ko,
      "external metric도 네임스페이스로 묻습니다. resources.namespaced가 false가 아니면 <<.LabelMatchers>>에 그 네임스페이스가 들어갑니다",
      "resources 아래에 `namespaced: false`를 쓰세요: edit rules",
    ],
  );
}

/** Asks Prometheus what the adapter would ask, and looks for what is wanted in the answer. */
export async function queryMistake(
  view: LabView,
  tried: TriedHere,
  wanted: WantedMetric,
): Promise<Mistake | undefined> {
  const { lineOf, series } = tried;
  const asked = await askFor(view, tried, wanted);
  if ("why" in asked) {
    if ("external" in wanted) {
      return askedInNamespace(lineOf("resources"), asked.why, asked.why);
    }
    return mistake(
      lineOf("resources"),
      [
        asked.why,
        "the adapter asks by the labels that stand for the namespace and for the object",
        "resources has to say which labels these are: edit rules",
      ],
      [
        asked.why,
        "adapter는 네임스페이스와 오브젝트를 뜻하는 레이블로 질의합니다",
        "resources에 그 레이블들을 적으세요: edit rules",
      ],
    );
  }
  const { promql } = asked;
  const answer = await prometheusOf(view).query(promql);
  if ("refused" in answer) return refusedQuery(lineOf("metricsQuery"), answer.refused, promql);
  if ("down" in answer) return undefined;
  const result = answer.data;
  const resource = resourceOf(wanted);
  const label = resource && labelFor(tried, resource);
  if (result.length === 0) {
    const name = sourceOf(tried, askedAs(wanted));
    const named = series.filter(({ __name__ }) => __name__ === name);
    const all = named.length > 0 ? named : series;
    return await emptyResult(view, promql, tried, all, label, wanted);
  }
  if (label !== undefined && isLabelLost(result, label)) {
    return unlabelled(lineOf("metricsQuery"), label, result[0].metric, promql, wanted);
  }
  const values = new Map<string, number>();
  for (const { metric, value } of result) {
    const name = label === undefined ? "" : metric[label] ?? "";
    values.set(name, (label === undefined ? values.get(name) ?? 0 : 0) + value);
  }
  const wrong = await valueMistake(view, wanted, values);
  if (!wrong) return undefined;
  const line = lineOf("metricsQuery");
  const several = label !== undefined && result.length > values.size;
  return several
    ? severalValues(line, wrong, result.length, promql)
    : wrongValue(line, wrong, promql);
}

type WrongValue = NonNullable<Awaited<ReturnType<typeof valueMistake>>>;

/** More results than objects: of each object the adapter takes one, and drops the others. */
function severalValues(
  line: number,
  { value, expected }: WrongValue,
  count: number,
  promql: string,
): Mistake {
  const [got, right] = [value, expected].map(rounded);
  return mistake(
    line,
    [
      `the rule's query gives ${count} results where one for each object is wanted, and the adapter takes one of them: ${got}, where about ${right} is expected: ${promql}`,
      "an object has one value; of several series with its name the adapter keeps the last",
      "make one result of them by what the adapter groups by, <<.GroupBy>>: edit rules",
    ],
    [
      `오브젝트마다 결과가 하나여야 하는데 규칙의 질의 결과는 ${count}개이고, adapter는 그중 하나만 씁니다: ${got}. 기대하는 값은 약 ${right}입니다: ${promql}`,
      "오브젝트의 값은 하나입니다. 이름이 같은 시계열이 여럿이면 adapter는 마지막 것만 남깁니다",
      "adapter가 묶는 <<.GroupBy>>로 결과를 하나로 만드세요: edit rules",
    ],
  );
}

function rounded(number: number): string {
  return String(Number(number.toPrecision(3)));
}

/** Whether the value that the rule's query gives is another than what is asked for. */
function wrongValue(
  line: number,
  { value, expected, is, why }: WrongValue,
  promql: string,
): Mistake {
  const [got, right] = [value, expected].map(rounded);
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
      `adapter는 그 레이블로 ${whose.ko}을(를) 찾는데, by 없는 sum은 레이블을 모두 버립니다`,
      "adapter가 묶는 레이블 <<.GroupBy>>를 남기세요: edit rules",
    ],
  );
}

function isFound(result: readonly unknown[] | undefined): boolean {
  return result !== undefined && result.length > 0;
}

/** Whether a rule's query has a condition by itself, which otherwise a template brought. */
function isWritten({ label, type, value }: Condition, metricsQuery: string): boolean {
  const bare = (text: string) => text.replace(/\s/g, "");
  return [JSON.stringify(value), `"${value}"`, `'${value}'`, `\`${value}\``].some((quoted) =>
    bare(metricsQuery).includes(bare(label + type + quoted))
  );
}

function unmetCondition(
  line: number,
  { label, type, value }: Condition,
  has: string | undefined,
  promql: string,
): Mistake {
  const condition = `${label}${type}"${value}"`;
  return mistake(
    line,
    [
      `the rule's query asks for ${condition}, and the series carry ${label}="${
        has ?? ""
      }": ${promql}`,
      "a condition that no series meets finds nothing; <<.LabelMatchers>> asks for namespace and object by itself",
      `take the condition on \`${label}\` away, or correct it: edit rules`,
    ],
    [
      `규칙의 질의는 ${condition}을(를) 찾는데 시계열에는 ${label}="${
        has ?? ""
      }"가 붙어 있습니다: ${promql}`,
      "어느 시계열도 맞지 않는 조건으로는 아무것도 찾지 못합니다. 네임스페이스와 오브젝트는 <<.LabelMatchers>>가 찾습니다",
      `\`${label}\`에 건 조건을 지우거나 고치세요: edit rules`,
    ],
  );
}

function droppedByComparison(
  line: number,
  { op, text, isGate }: EmptyingComparison,
  promql: string,
): Mistake {
  if (isGate) {
    return mistake(
      line,
      [
        `the condition \`${text}\` in the rule's query is not met now: ${promql}`,
        "without a value an HPA keeps its replicas, and does not take it for 0",
        "take the condition away: edit rules",
      ],
      [
        `규칙의 질의에 있는 조건 \`${text}\`이(가) 지금은 맞지 않습니다: ${promql}`,
        "값이 없으면 HPA는 0으로 보지 않고 레플리카 수를 그대로 둡니다",
        "조건을 지우세요: edit rules",
      ],
    );
  }
  return mistake(
    line,
    [
      `the comparison \`${op}\` in the rule's query drops every value there is: ${promql}`,
      "in PromQL a comparison keeps the series that meet it; an HPA compares by itself, with its target",
      "take the comparison away: edit rules",
    ],
    [
      `규칙의 질의에 있는 비교 \`${op}\` 때문에 값이 모두 빠집니다: ${promql}`,
      "PromQL의 비교는 맞는 시계열만 남깁니다. 목표와의 비교는 HPA가 합니다",
      "비교를 지우세요: edit rules",
    ],
  );
}

function longAgo(line: number, offset: string, promql: string): Mistake {
  const when = offset.startsWith("-")
    ? { en: "into the future", ko: "미래" }
    : { en: "into the past", ko: "과거" };
  return mistake(
    line,
    [
      `the rule's query looks \`offset ${offset}\` ${when.en}, where there are no samples: ${promql}`,
      "an HPA decides by what is now",
      "take the offset away: edit rules",
    ],
    [
      `규칙의 질의가 \`offset ${offset}\`만큼 ${when.ko}를 보는데 거기에는 샘플이 없습니다: ${promql}`,
      "HPA는 지금의 값으로 정합니다",
      "offset을 지우세요: edit rules",
    ],
  );
}

async function emptyResult(
  view: LabView,
  promql: string,
  tried: TriedHere,
  ofName: readonly SeriesLabels[],
  label: string | undefined,
  wanted: WantedMetric,
): Promise<Mistake> {
  const { lineOf } = tried;
  const [labels] = ofName;
  const looks = new QueryLooks(promql);
  const strange = looks.missingLabel(labels)?.label;
  if (strange !== undefined) {
    const all = labelsText(labels);
    const isOverride = tried.rule.resources.overrides?.[strange] !== undefined;
    const field = isOverride ? `resources.overrides.${strange}` : "metricsQuery";
    return mistake(
      lineOf(field),
      [
        `the rule's query asks by \`${strange}\`, which is no label of the series; theirs are ${all}: ${promql}`,
        "a condition on a label that is not there finds nothing",
        "name a label that the series carry: edit rules",
      ],
      [
        `규칙의 질의가 \`${strange}\`(으)로 찾는데 시계열에 그런 레이블이 없습니다. 있는 것: ${all}: ${promql}`,
        "없는 레이블에 건 조건으로는 아무것도 찾지 못합니다",
        "시계열에 있는 레이블을 쓰세요: edit rules",
      ],
    );
  }
  const unmet = looks.contradiction() ? undefined : looks.unmetByEach(ofName)
    .find((condition) => isWritten(condition, tried.rule.metricsQuery));
  if (unmet) return unmetCondition(lineOf("metricsQuery"), unmet, labels[unmet.label], promql);
  const twice = looks.contradiction();
  if (twice) {
    const { label: name, values } = twice;
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
        `\`${resource}:\` 아래에 \`resource: ${resource}\`을(를) 쓰세요: edit rules`,
      ],
    );
  }
  const all = await seriesNames(view);
  const unknown = looks.unknownName(all);
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
    looks.asksFor("namespace", "default");
  if (otherNamespace) {
    return askedInNamespace(
      lineOf("metricsQuery"),
      `the rule's query asks for namespace="default", and its series carry namespace="${labels.namespace}": ${promql}`,
      `규칙의 질의는 namespace="default"를 찾는데 시계열에는 namespace="${labels.namespace}"가 붙어 있습니다: ${promql}`,
    );
  }
  const dropped = await looks.emptyingComparison((promql) => query(view, promql));
  if (dropped) {
    return droppedByComparison(lineOf("metricsQuery"), dropped, promql);
  }
  const offset = /\boffset +(-?\w+)/.exec(promql)?.[1];
  if (offset !== undefined && isFound(await query(view, promql.replace(/\boffset +-?\w+/g, "")))) {
    return longAgo(lineOf("metricsQuery"), offset, promql);
  }
  const hasWindow = looks.windows.length > 0;
  const intervalMs = hasWindow ? await scrapeIntervalMs(view, labels.job) : undefined;
  const short = looks.shortWindow(intervalMs);
  if (short && intervalMs) {
    const [range, every] = [formatPromDuration(short.rangeMs), formatPromDuration(intervalMs)];
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
  return { ...found, waits: hasWindow };
}
