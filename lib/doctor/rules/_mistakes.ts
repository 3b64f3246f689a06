import { compileGoRegexp, formatPromDuration } from "../../go/mod.ts";
import { parseGroupResource } from "../../kube/mod.ts";
import { type Labels, METRIC_NAME } from "../../promql/mod.ts";
import {
  bareNames,
  COUNTER_NAME,
  keepsLabel,
  labelFor,
  literalExpressions,
  queryFor,
  QueryLooks,
  servedSeries,
  type Window,
} from "../../rules/mod.ts";
import { MetricSourceError, sampleIntervalMs } from "../metric_source.ts";
import { said } from "../said.ts";
import { maxAgeMs } from "./_max_age.ts";
import type { FiledRule, Place, Remark, RulesFile } from "./rules_file.ts";
import type { TrialGround, Trying } from "./try_rules.ts";

/** The mistakes that are known of rules like this one: none of them keeps the adapter from starting. */
export async function mistakesOf(
  one: Trying,
  ground: TrialGround,
  file: RulesFile,
): Promise<Remark[]> {
  const asked = askedOf(one);
  const remarks = [
    ...eatenByYaml(one.filed),
    ...regexAsText(one.filed),
    ...looseRegexes(one),
    ...ignoredNamespaced(one.filed),
  ];
  if (asked) {
    remarks.push(
      ...lostLabel(one, asked),
      ...await bareCounters(one, asked, ground),
      ...await shortTimes(one, asked, ground, file),
    );
  }
  return remarks;
}

/** A query of a rule, for the first of its metrics. */
interface Asked {
  looks: QueryLooks;
  /** The label that tells the adapter whose value one is; undefined for an external metric, which is nobody's. */
  label?: string;
}

function askedOf(one: Trying): Asked | undefined {
  const { kind, series, trial } = one;
  const exposed = trial.series.find(({ outcome }) => outcome === "exposed") ?? trial.series[0];
  const name = exposed?.labels[METRIC_NAME] ?? series[0]?.[METRIC_NAME];
  const [first] = Object.values(exposed?.resources ?? {});
  if (name === undefined || kind === "custom" && first === undefined) return undefined;
  const resource = kind === "custom" ? parseGroupResource(first) : undefined;
  const asked = queryFor(one, { metric: "", namespace: "", resource, names: ["NAME"] }, name);
  if ("why" in asked) return undefined;
  const looks = new QueryLooks(asked.promql);
  return resource ? { looks, label: labelFor(one, resource) } : { looks };
}

function at(place: Place | undefined): { place?: Place } {
  return place ? { place } : {};
}

/** By the label the adapter finds an object's value in a result. */
function lostLabel({ filed }: Trying, { looks, label }: Asked): Remark[] {
  if (label === undefined || keepsLabel(looks.expr, label)) return [];
  return [{
    code: "label-lost",
    said: said(
      `the result of metricsQuery has no label ${label}, by which the adapter finds an object's value: every question is answered with 404. Keep it: by (<<.GroupBy>>)`,
      `metricsQuery의 결과에 ${label} 레이블이 없습니다. adapter는 그것으로 오브젝트의 값을 찾으므로 모든 질문에 404로 답합니다. by (<<.GroupBy>>)로 남기세요`,
    ),
    ...at(filed.placeOf("metricsQuery")),
  }];
}

async function bareCounters(
  { filed, trial }: Trying,
  { looks }: Asked,
  { source }: TrialGround,
): Promise<Remark[]> {
  const bare = bareNames(looks.expr);
  if (bare.length === 0) return [];
  const passed = trial.series.filter(({ outcome }) => outcome !== "filtered");
  const names = [...new Set(passed.map(({ labels }) => labels[METRIC_NAME]))];
  const isBare = (name: string) => bare.includes(name) || filed.rule.metricsQuery.includes("<<");
  const counters: string[] = [];
  for (const name of names.filter(isBare)) {
    const type = await typeOf(source, name);
    const isCounter = type === undefined || type === "untyped" || type === "unknown"
      ? COUNTER_NAME.test(name)
      : type === "counter" || (/^(histogram|summary)$/.test(type) && COUNTER_NAME.test(name));
    if (isCounter) counters.push(name);
  }
  if (counters.length === 0) return [];
  const which = listed(counters);
  return [{
    code: "counter-without-rate",
    said: said(
      `${which} only ever grows: what is scaled on it goes up and never comes down. Ask for its rate: rate(…[2m])`,
      `${which}은(는) 늘기만 하는 카운터입니다. 이것으로 조절하면 늘기만 하고 줄지 않습니다. rate(…[2m])를 물으세요`,
    ),
    ...at(filed.placeOf("metricsQuery")),
  }];
}

async function typeOf(source: TrialGround["source"], name: string): Promise<string | undefined> {
  try {
    return await source.typeOf(name);
  } catch (error) {
    // A Prometheus may keep its metadata to itself; the name then tells.
    if (error instanceof MetricSourceError) return undefined;
    throw error;
  }
}

/** Windows and ages that are short for how often the series is scraped. */
async function shortTimes(
  { filed, series }: Trying,
  { looks }: Asked,
  { source }: TrialGround,
  file: RulesFile,
): Promise<Remark[]> {
  if (looks.windows.length === 0 && !file.maxAge) return [];
  const intervalMs = series[0] && await sampleIntervalMs(source, series[0]);
  if (!intervalMs) return [];
  const every = formatPromDuration(intervalMs);
  const short = looks.shortWindow(intervalMs);
  const remarks = short ? [shortWindow(filed, short, every)] : [];
  if (file.maxAge && maxAgeMs(file) < intervalMs) {
    const { text, place } = file.maxAge;
    remarks.push({
      code: "short-max-age",
      said: said(
        `the adapter looks for series of the last ${text}, and these have a sample every ${every}: the metric comes and goes. Set metrics-max-age to several scrapes`,
        `adapter는 최근 ${text}의 시계열만 찾는데 샘플은 ${every}마다 옵니다. 메트릭이 나타났다 사라졌다 합니다. metrics-max-age를 수집 몇 번만큼으로 하세요`,
      ),
      ...at(place),
    });
  }
  return remarks;
}

function shortWindow(filed: FiledRule, { text }: Window, every: string): Remark {
  return {
    code: "short-window",
    said: said(
      `the window ${text} holds less than two samples, which come every ${every}: a rate of it is empty. Take four times that or more`,
      `창 ${text}에는 ${every}마다 오는 샘플이 둘도 들지 않아 rate가 비게 됩니다. 그 네 배 이상으로 하세요`,
    ),
    ...at(filed.placeIn("metricsQuery", text)),
  };
}

/** `namespaced` is asked of external rules alone. Source: prometheus-adapter pkg/naming/metrics_query.go (BuildExternal). */
function ignoredNamespaced(filed: FiledRule): Remark[] {
  if (filed.kind === "external" || filed.rule.resources.namespaced !== false) return [];
  return [{
    code: "namespaced-ignored",
    said: said(
      "namespaced: false is only asked of external rules: a custom metric of a pod or Service is always asked in its namespace",
      "namespaced: false는 외부(external) 규칙에만 통합니다. 파드나 Service의 메트릭은 언제나 그 네임스페이스로 묻습니다",
    ),
    ...at(filed.placeOf("resources.namespaced")),
  }];
}

/** A field that is or holds a regular expression, as its path. */
function regexFields({ rule }: FiledRule): string[] {
  return [
    "seriesQuery",
    "metricsQuery",
    "name.matches",
    ...rule.seriesFilters.flatMap((_, index) => [
      `seriesFilters.${index}.is`,
      `seriesFilters.${index}.isNot`,
    ]),
  ];
}

/** Escapes that YAML reads in double quotes and an expression means for itself: `\b` is a word's edge there. */
function eatenByYaml(filed: FiledRule): Remark[] {
  return regexFields(filed).flatMap((field) => {
    const raw = filed.rawOf(field);
    const [eaten] = raw?.startsWith('"')
      ? /(?<!\\)(?:\\\\)*\\[abefntvx0NLP_ ]/.exec(raw) ?? []
      : [];
    if (!eaten) return [];
    const shown = eaten.slice(-2);
    return [{
      code: "yaml-ate-backslash",
      said: said(
        `in double quotes YAML makes one character of ${shown}, and the expression never sees the backslash. Put single quotes around it`,
        `큰따옴표 안에서 YAML이 ${shown}을(를) 한 글자로 바꾸므로 정규식에는 역슬래시가 닿지 않습니다. 작은따옴표로 감싸세요`,
      ),
      ...at(filed.placeIn(field, shown)),
    }];
  });
}

function regexAsText(filed: FiledRule): Remark[] {
  return literalExpressions(filed.rule.seriesQuery).map(({ label, type, value, meant }) => ({
    code: "regex-as-text",
    said: said(
      `${label}${type}"${value}" compares letter by letter: for an expression write ${meant}`,
      `${label}${type}"${value}"은(는) 글자 그대로 비교합니다. 정규식이라면 ${meant}(으)로 쓰세요`,
    ),
    ...at(filed.placeIn("seriesQuery", value)),
  }));
}

/** Expressions without anchors that take a part of a name for the whole. */
function looseRegexes({ filed, series }: Trying): Remark[] {
  const names = [...new Set(series.map((labels: Labels) => labels[METRIC_NAME]))];
  const { name, seriesFilters } = filed.rule;
  const remarks = seriesFilters.flatMap(({ is = "", isNot = "" }, index) => {
    const source = is || isNot;
    const field = `seriesFilters.${index}.${is ? "is" : "isNot"}`;
    const isLoose = !/^\^|^\.[*+]|\$$|\.[*+]$/.test(source);
    const taken = isLoose ? partlyMatched(source, names) : [];
    return taken.length > 0 ? [loose(filed, field, source, taken)] : [];
  });
  const cut = partlyMatched(name.matches, names);
  return cut.length > 0 ? [...remarks, cutName(filed, cut)] : remarks;
}

/** The names of which an expression matches only a part. */
function partlyMatched(source: string, names: readonly string[]): string[] {
  if (source === "") return [];
  const [part, whole] = [compileGoRegexp(source), compileGoRegexp(`^(?:${source})$`)];
  return names.filter((name) => part.test(name) && !whole.test(name));
}

function loose(filed: FiledRule, field: string, source: string, taken: string[]): Remark {
  return {
    code: "unanchored-regex",
    said: said(
      `${source} has no anchors and takes ${
        listed(taken)
      } too, of which it is only a part: ^(${source})$ takes the whole name`,
      `${source}에는 앵커가 없어서 일부만 맞는 ${
        listed(taken)
      }도 걸립니다. 이름 전체라면 ^(${source})$로 쓰세요`,
    ),
    ...at(filed.placeOf(field)),
  };
}

function cutName(filed: FiledRule, cut: string[]): Remark {
  return {
    code: "unanchored-regex",
    said: said(
      `name.matches fits only a part of ${
        listed(cut)
      }, and the metric is named by that part: anchor it with ^ and $`,
      `name.matches가 ${
        listed(cut)
      }의 일부에만 맞고, 메트릭은 그 일부로 이름 지어집니다. ^와 $로 묶으세요`,
    ),
    ...at(filed.placeOf("name.matches")),
  };
}

export function listed(names: readonly string[], most = 2): string {
  const rest = names.length - most;
  return names.slice(0, most).join(", ") + (rest > 0 ? ` (+${rest})` : "");
}

/** A name that several rules, or series of several names in one rule, give to different things: the last one wins. */
export function sharedNames(all: readonly Trying[]): Map<FiledRule, Remark[]> {
  const owners = new Map<string, { filed: FiledRule; series: Set<string> }>();
  const remarks = new Map<FiledRule, Remark[]>();
  for (const trying of all) {
    const { filed } = trying;
    const rivals = new Map<FiledRule, string[]>();
    for (const one of servedSeries(trying)) {
      const paths = filed.kind === "external"
        ? [`external ${one.name}`]
        : Object.values(one.resources).map((resource) => `${resource}/${one.name}`);
      const series = one.labels[METRIC_NAME];
      for (const path of paths) {
        const known = owners.get(path);
        if (known && (known.filed !== filed || !known.series.has(series))) {
          const paths = rivals.get(known.filed) ?? [];
          if (!paths.includes(path)) paths.push(path);
          rivals.set(known.filed, paths);
        }
        if (known?.filed === filed) known.series.add(series);
        else owners.set(path, { filed, series: new Set([series]) });
      }
    }
    remarks.set(filed, [...rivals].map(([rival, paths]) => collision(filed, rival, paths, owners)));
  }
  return remarks;
}

function collision(
  filed: FiledRule,
  rival: FiledRule,
  paths: string[],
  owners: ReadonlyMap<string, { series: Set<string> }>,
): Remark {
  const place = at(filed.placeOf("name") ?? filed.place);
  const which = listed(paths);
  if (rival === filed) {
    const series = listed([...owners.get(paths[0])!.series]);
    return {
      code: "name-collision",
      said: said(
        `${which} stands for several series, ${series}: only the last of them is asked`,
        `${which} 하나에 여러 시계열(${series})이 걸립니다. 마지막 것만 묻게 됩니다`,
      ),
      ...place,
    };
  }
  const whose = rival.isOfChart ? "of the chart" : `(line ${rival.place?.line})`;
  const whoseKo = rival.isOfChart ? "차트의" : `${rival.place?.line}번째 줄의`;
  return {
    code: "name-collision",
    said: said(
      `${which} is exposed by rule ${rival.number} ${whose} too: the later rule wins, and the earlier is never asked`,
      `${which}은(는) ${whoseKo} 규칙 ${rival.number}도 내보냅니다. 나중 규칙이 이기고 앞의 것은 묻지 않습니다`,
    ),
    ...place,
  };
}
