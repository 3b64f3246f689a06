import { compileGoRegexp } from "../go/mod.ts";
import {
  deadOverrides,
  exposes,
  filterOf,
  labelsText,
  type LiteralExpression,
  literalExpressions,
  namesOf,
  whyNothing,
} from "../rules/mod.ts";
import type { LabView } from "./lesson.ts";
import { behindInLine } from "./_foreign_text.ts";
import { type Mistake, mistake } from "./_mistake.ts";
import { nearestNames, nearestWord } from "../base/mod.ts";
import { seriesEver, seriesNames, seriesOf } from "./_prometheus.ts";
import type { PlacedRule } from "./_rule_fields.ts";
import { queryMistake } from "./_rule_query.ts";
import type { TriedHere, tryRules } from "./_tried_rules.ts";
import type { ValuesFile } from "./values_file.ts";
import { askedAs, resourceOf, type WantedMetric, wordsOf } from "./wanted_metric.ts";

/**
 * What keeps the rules of a file, which are right by themselves, from being used, or `wanted` from being listed with its
 * value; `tried` is what {@linkcode tryRules} made of them. Undefined also where Prometheus does not answer.
 */
export async function trialMistake(
  view: LabView,
  file: ValuesFile,
  tried: Awaited<ReturnType<typeof tryRules>>,
  wanted: WantedMetric | undefined,
): Promise<Mistake | undefined> {
  if (tried === undefined) return undefined;
  const found = "is" in tried ? tried : wanted && await missed(view, tried, wanted);
  return found && behindInLine(file.text, { ...found, part: "series" });
}

async function missed(
  view: LabView,
  tried: readonly TriedHere[],
  wanted: WantedMetric,
): Promise<Mistake | undefined> {
  const { parent } = wordsOf(wanted);
  const there = tried.filter(({ kind }) => kind === parent);
  const found = there.findLast((rule) => exposes(rule, askedAs(wanted)));
  if (found) return await queryMistake(view, found, wanted);
  const elsewhere = tried.find((rule) =>
    rule.kind !== parent && namesOf(rule).includes(wanted.metric)
  );
  if (elsewhere) return wrongParent(elsewhere);
  const meant = likeliest(there, wanted);
  if (meant) return await notExposed(view, meant, wanted);
  return wanted.series === undefined ? undefined : notWritten(wanted);
}

/** The rule that is taken to be meant for a metric; where the series is known, one that has to do with it. */
function likeliest(
  rules: readonly TriedHere[],
  { metric, series }: WantedMetric,
): TriedHere | undefined {
  const names = (tried: TriedHere) => [
    ...namesOf(tried),
    ...tried.series.map(({ __name__ }) => __name__),
    ...tried.rule.seriesQuery.match(/\w+/g) ?? [],
  ];
  const all = rules.flatMap(names);
  if (series === undefined) {
    const [near] = nearestNames(metric, all, 1);
    return rules.find((rule) => names(rule).includes(near)) ?? rules[0];
  }
  const known = nearestWord(series, all) ?? nearestWord(metric, all);
  return rules.findLast((rule) => namesOf(rule).includes(metric)) ??
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

function wrongParent({ lineOf, kind }: PlacedRule): Mistake {
  const line = lineOf("seriesQuery");
  if (kind === "custom") {
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

async function notExposed(
  view: LabView,
  rule: TriedHere,
  wanted: WantedMetric,
): Promise<Mistake> {
  const { series, lineOf } = rule;
  const { metric } = wanted;
  if (series.length === 0) return await noSeries(view, rule, wanted.series ?? metric);
  const names = namesOf(rule);
  if (names.length === 0) return await misses(view, rule, wanted) ?? filtered(rule);
  if (!names.includes(metric)) {
    const near = nearestNames(metric, names, 1)[0] ?? names[0];
    const emptied = noGroup(rule, near, metric);
    if (emptied) return emptied;
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
          ? `규칙이 붙이는 이름은 \`${near}\`인데 HPA는 \`${metric}\`을(를) 찾습니다`
          : `규칙이 붙이는 이름은 \`${near}\`인데 필요한 이름은 \`${metric}\`입니다`,
        "시계열의 이름이 무엇이든 API에는 규칙이 붙인 이름이 나옵니다",
        `name.as를 "${metric}"(으)로 하세요: edit rules`,
      ],
    );
  }
  return notOfObject(rule, wanted);
}

/** The rule lets through nothing of what seriesQuery finds, and what is meant is not among that. */
async function misses(
  view: LabView,
  { rule, series, lineOf }: TriedHere,
  { metric, series: meant = metric }: WantedMetric,
): Promise<Mistake | undefined> {
  const isFound = series.some(({ __name__ }) => __name__ === meant);
  if (isFound || !(await seriesNames(view)).includes(meant)) return undefined;
  const names = [...new Set(series.map(({ __name__ }) => __name__))];
  const shown = names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
  return mistake(
    lineOf("seriesQuery"),
    [
      `\`seriesQuery\` finds ${
        names.length === 1 ? shown : `${names.length} names (${shown})`
      }, and not ${meant}: ${rule.seriesQuery}`,
      "a rule makes metrics of the series that it finds, and of no others",
      `have it find ${meant}: edit rules`,
    ],
    [
      `\`seriesQuery\`로 찾은 것은 ${
        names.length === 1 ? shown : `이름 ${names.length}개(${shown})`
      }이고 ${meant}은(는) 없습니다: ${rule.seriesQuery}`,
      "규칙은 찾은 시계열로만 메트릭을 만듭니다",
      `${meant}을(를) 찾게 하세요: edit rules`,
    ],
  );
}

/** A name.as that stands for a group which name.matches has not: nothing comes in its place. */
function noGroup(
  { rule, lineOf }: TriedHere,
  given: string,
  wanted: string,
): Mistake | undefined {
  const { matches, as } = rule.name;
  const groups = compileGoRegexp(matches).names.length;
  const [shown, number] = [...as.matchAll(/\$\{?(\d+)\}?/g)]
    .find(([, number]) => Number(number) > groups) ?? [];
  if (shown === undefined) return undefined;
  const what = groups === 0 ? ["has no group", "그룹이 없습니다"] : [
    `has ${groups} group${groups === 1 ? "" : "s"}`,
    `그룹이 ${groups}개입니다`,
  ];
  return mistake(
    lineOf("name.as"),
    [
      `\`name.as\` (${as}) takes group ${number} of \`name.matches\`, which ${
        what[0]
      }: ${matches}; so the rule names it \`${given}\`, and asked for is \`${wanted}\``,
      "a group stands between ( and ); for one that is not there stands nothing",
      `name the metric outright, or put ( ) into name.matches: edit rules`,
    ],
    [
      `\`name.as\` (${as})가 \`name.matches\`의 그룹 ${number}을(를) 쓰는데 ${
        what[1]
      }: ${matches}. 그래서 규칙이 붙이는 이름은 \`${given}\`이고 필요한 이름은 \`${wanted}\`입니다`,
      "그룹은 (와 ) 사이입니다. 없는 그룹의 자리는 빕니다",
      "이름을 그대로 쓰거나 name.matches에 ( )를 넣으세요: edit rules",
    ],
  );
}

/** The rule names the metric, and reads no label as what it is wanted of. */
function notOfObject(tried: TriedHere, wanted: WantedMetric): Mistake {
  const { trial, lineOf, series } = tried;
  const { one } = wordsOf(wanted);
  const { resource } = resourceOf(wanted)!;
  const singular = resource.slice(0, -1);
  const resources = [...new Set(trial.series.flatMap((one) => Object.values(one.resources)))]
    .sort();
  const labels = labelsText(series[0]);
  const label = deadOverrides(tried, resourceOf(wanted))[0]?.label;
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
        ? `시계열에 \`${label}\`(이)라는 레이블이 없습니다. 있는 것: ${labels}`
        : `${one.ko}을(를) 뜻하는 레이블이 없습니다. ${
          list ? `지금은 ${list}에 붙습니다` : "지금은 어떤 리소스에도 붙지 않습니다"
        }`,
      `시계열의 레이블이 ${one.ko}(으)로 읽혀야 ${resource}/ 아래에 나옵니다`,
      `resources.overrides나 template이 \`${singular}\` 레이블을 읽게 하세요: edit rules`,
    ],
  );
}

function filtered(tried: TriedHere): Mistake {
  const [one] = tried.trial.series;
  const { field: place, expression } = filterOf(tried, one) ?? { field: "seriesFilters" };
  const field = place.replace(/\.\d+/, "");
  const name = one.labels.__name__;
  return mistake(
    tried.lineOf(place),
    [
      `\`${field}\` (${expression}) keeps out ${name}, which seriesQuery finds`,
      "a series has to pass every filter of its rule",
      "let it pass: edit rules",
    ],
    [
      `\`${field}\` (${expression})가 seriesQuery로 찾은 ${name}을(를) 걸러 냅니다`,
      "시계열은 규칙의 모든 필터를 통과해야 합니다",
      "통과하게 하세요: edit rules",
    ],
  );
}

/** The rule is right, and what it is about is not scraped any more. */
function scrapedNoMore(
  { __name__, job }: Readonly<Record<string, string>>,
  metric: string,
): Mistake {
  // What a recording rule makes has no job.
  const from = job === undefined
    ? { en: "it was there", ko: "있었습니다" }
    : { en: `it came from the job ${job}`, ko: `작업 ${job}에서 왔습니다` };
  const found = mistake(
    undefined,
    [
      `the rule is right, but Prometheus has no ${__name__} now; ${from.en} until a while ago`,
      "the adapter lists what Prometheus has: without a scrape there is nothing to make a metric of",
      `see which hop is broken: why metric ${metric}`,
    ],
    [
      `규칙은 맞지만 지금 Prometheus에 ${__name__}이(가) 없습니다. 얼마 전까지는 ${from.ko}`,
      "adapter는 Prometheus에 있는 것을 목록에 올립니다. 수집되지 않으면 메트릭으로 만들 것이 없습니다",
      `어느 단계가 끊겼는지 보세요: why metric ${metric}`,
    ],
  );
  return { ...found, isElsewhere: true };
}

function asText(line: number, { label, type, value, meant }: LiteralExpression): Mistake {
  const [is, right] = [type, meant].map((sign) => `${label}${sign}"${value}"`);
  return mistake(
    line,
    [
      `\`seriesQuery\` finds no series in Prometheus; ${is} compares letter by letter`,
      `an expression is matched by ${meant}`,
      `write ${right}: edit rules`,
    ],
    [
      `\`seriesQuery\`로 찾은 시계열이 Prometheus에 없습니다. ${is}은(는) 글자 그대로 비교합니다`,
      `정규식은 ${meant}(으)로 맞춥니다`,
      `${right}(으)로 쓰세요: edit rules`,
    ],
  );
}

async function noSeries(
  view: LabView,
  { rule, lineOf }: TriedHere,
  metric: string,
): Promise<Mistake> {
  const place = {
    count: async (selector: string) => (await seriesOf(view, selector))?.length ?? 0,
    names: () => seriesNames(view),
  };
  const [gone] = await seriesEver(view, rule.seriesQuery);
  // Where its name has series the conditions are to blame: they ask for what is gone.
  if (gone && await place.count(gone.__name__) === 0) return scrapedNoMore(gone, metric);
  const [literal] = literalExpressions(rule.seriesQuery);
  if (literal) return asText(lineOf("seriesQuery"), literal);
  const why = await whyNothing(rule.seriesQuery, place, metric);
  const guilty = "condition" in why ? why : undefined;
  const near = "near" in why ? why.near.join(", ") : "";
  const en = guilty
    ? `; without ${guilty.condition} it would find ${guilty.count}`
    : near
    ? `; the nearest names in Prometheus: ${near}`
    : "; Prometheus has none with a name like it";
  const ko = guilty
    ? `. ${guilty.condition}가 없다면 ${guilty.count}개를 찾습니다`
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
