import type { ReportLine } from "../report.ts";
import { asIs, type Localized, said } from "../said.ts";
import { listed } from "./_mistakes.ts";
import type { HpaAnswer } from "./_hpa_answers.ts";
import type { Place, Remark } from "./rules_file.ts";
import type { KedaScaling } from "./to_keda.ts";
import type { Answer, NamedSeries, RuleReport, RulesTrial } from "./try_rules.ts";
import type { MetricOrigin, Relation } from "./why_metric.ts";

const MOST_NAMES = 4;
const FORMS: Record<RulesTrial["form"], Localized> = {
  "chart values": said("values of the chart", "차트 값"),
  ConfigMap: said("a ConfigMap", "ConfigMap"),
  configuration: said("the adapter's configuration", "adapter의 설정"),
  rules: said("rules", "규칙"),
};

/** What became of a file's rules, in lines. */
export function tellTrial(trial: RulesTrial): ReportLine[] {
  const form = FORMS[trial.form];
  const { file, source } = trial;
  const lines: ReportLine[] = [{
    indent: 0,
    tone: "title",
    text: said(
      `${file} (${form.en}), tried on ${source}`,
      `${file} (${form.ko}), ${source}에 대해 해 봄`,
    ),
  }];
  lines.push(...trial.remarks.flatMap((remark) => remarkLine(remark, file, 0)));
  const own = trial.rules.filter((rule) => !rule.isOfChart || isWanted(rule, trial.metric));
  lines.push(...chartLines(trial.rules.filter((rule) => !own.includes(rule))));
  if (trial.rules.length === 0) {
    lines.push({
      indent: 0,
      tone: "bad",
      text: said("There is no rule in it.", "규칙이 없습니다."),
    });
  }
  for (const rule of own) lines.push(BLANK, ...ruleLines(rule, file));
  for (const hpa of trial.hpas) lines.push(BLANK, ...hpaLines(hpa, file));
  return lines;
}

function isWanted({ exposes }: RuleReport, wanted: string | undefined): boolean {
  return exposes.some(({ metric }) => metric === wanted);
}

const BLANK: ReportLine = { indent: 0, text: asIs("") };

function chartLines(rules: readonly RuleReport[]): ReportLine[] {
  if (rules.length === 0) return [];
  const metrics = rules.flatMap(({ exposes }) => exposes.map(({ metric }) => metric));
  const numbers = `${rules[0].number}-${rules.at(-1)!.number}`;
  return [BLANK, {
    indent: 0,
    text: said(
      `Rules ${numbers} are the chart's own; they expose ${metrics.length} metrics here${
        metrics.length > 0 ? `: ${listed(metrics, MOST_NAMES)}` : ""
      }`,
      `규칙 ${numbers}은(는) 차트의 것이고 여기서 메트릭 ${metrics.length}개를 내보냅니다${
        metrics.length > 0 ? `: ${listed(metrics, MOST_NAMES)}` : ""
      }`,
    ),
  }];
}

function ruleLines(rule: RuleReport, file: string): ReportLine[] {
  const { number, place, seriesQuery, problem } = rule;
  const line = place ? said(` (line ${place.line})`, ` (${place.line}번째 줄)`) : asIs("");
  const kind = rule.kind === "external" ? said(", external", ", 외부") : asIs("");
  const lines: ReportLine[] = [{
    indent: 0,
    tone: "title",
    text: said(
      `Rule ${number}${line.en}${kind.en}: ${seriesQuery.trim()}`,
      `규칙 ${number}${line.ko}${kind.ko}: ${seriesQuery.trim()}`,
    ),
  }];
  if (problem) return [...lines, ...remarkLine(problem, file, 1, true)];
  const { found, dropped, exposes, answers, unasked, remarks } = rule;
  const total = found.reduce((sum, { count }) => sum + count, 0);
  lines.push({
    indent: 1,
    label: said("finds", "찾음"),
    tone: total === 0 ? "bad" : undefined,
    text: total === 0
      ? said("no series", "시계열 없음")
      : said(`${total} series: ${namesText(found)}`, `시계열 ${total}개: ${namesText(found)}`),
  });
  for (const { series, why } of dropped) {
    lines.push({
      indent: 1,
      label: said("drops", "버림"),
      text: said(`${namesText(series)}: ${why.en}`, `${namesText(series)}: ${why.ko}`),
    });
  }
  for (const { metric, resources, series } of exposes.slice(0, MOST_NAMES)) {
    const from = series.length === 1 && series[0] === metric ? "" : ` ← ${listed(series)}`;
    const of = resources.join(", ");
    lines.push({
      indent: 1,
      label: said("exposes", "내보냄"),
      text: of
        ? said(`${metric} of ${of}${from}`, `${metric} (${of})${from}`)
        : asIs(metric + from),
    });
  }
  if (exposes.length > MOST_NAMES) lines.push(andMore(exposes.length - MOST_NAMES));
  for (const answer of answers) lines.push(...answerLines(answer));
  if (unasked > 0) {
    lines.push({
      indent: 1,
      text: said(
        `${unasked} more metrics are not asked for: --metric NAME asks for one`,
        `나머지 메트릭 ${unasked}개는 묻지 않았습니다. --metric NAME으로 하나를 물으세요`,
      ),
    });
  }
  lines.push(...remarks.flatMap((remark) => remarkLine(remark, file, 1)));
  return lines;
}

function andMore(count: number): ReportLine {
  return {
    indent: 1,
    label: asIs(""),
    text: said(`and ${count} more (-o json has all)`, `그 밖에 ${count}개 (-o json에 모두 있음)`),
  };
}

function namesText(series: readonly NamedSeries[]): string {
  const names = series.map(({ name, count }) => count === 1 ? name : `${name} (${count})`);
  return listed(names, MOST_NAMES);
}

function answerLines({ request, promql, says, value }: Answer): ReportLine[] {
  return [
    { indent: 1, label: said("GET", "GET"), text: asIs(request) },
    ...promql ? [{ indent: 2, label: said("asks", "질의"), text: asIs(promql) }] : [],
    {
      indent: 2,
      label: said("gets", "얻음"),
      text: says,
      tone: value === undefined ? "bad" as const : "good" as const,
    },
  ];
}

function remarkLine(
  { said: what, place, code }: Remark,
  file: string,
  indent: number,
  isError = false,
): ReportLine[] {
  const where = placeText(place, file);
  return [{
    indent,
    label: isError ? said("error", "오류") : said("warning", "주의"),
    tone: isError ? "bad" : "warning",
    text: said(`${where}${what.en} [${code}]`, `${where}${what.ko} [${code}]`),
  }];
}

function placeText(place: Place | undefined, file: string): string {
  return place ? `${place.file ?? file}:${place.line}:${place.column}: ` : "";
}

function hpaLines(answer: HpaAnswer, file: string): ReportLine[] {
  const { hpa, namespace, metric, target, rules } = answer;
  const from = rules.length > 0
    ? said(`rule ${rules.join(", ")}`, `규칙 ${rules.join(", ")}`)
    : said("no rule of these", "여기의 규칙이 아님");
  return [
    {
      indent: 0,
      tone: "title",
      text: said(
        `HPA ${namespace}/${hpa} asks for ${metric} (${from.en}), target ${target}`,
        `HPA ${namespace}/${hpa}이(가) 묻는 메트릭: ${metric} (${from.ko}), 목표 ${target}`,
      ),
    },
    ...answerLines(answer),
    ...answer.remarks.flatMap((remark) => remarkLine(remark, file, 1)),
  ];
}

/** Where a metric comes from, in lines. */
export function tellOrigin(origin: MetricOrigin): ReportLine[] {
  const { metric, exposedBy, almost, answers, similar, next } = origin;
  const lines: ReportLine[] = [{
    indent: 0,
    tone: exposedBy.length > 0 ? "good" : "bad",
    text: exposedBy.length > 0
      ? said(`${metric} is exposed.`, `${metric}은(는) 내보내지고 있습니다.`)
      : said(`No rule exposes ${metric}.`, `${metric}을(를) 내보내는 규칙이 없습니다.`),
  }];
  lines.push(...exposedBy.map((one) => relationLine(one, "good")));
  for (const answer of answers) lines.push(...answerLines(answer));
  if (almost.length > 0) {
    lines.push({
      indent: 0,
      text: exposedBy.length > 0
        ? said("Others that have to do with it:", "관련 있는 다른 규칙:")
        : said("These almost do:", "거의 그럴 뻔한 규칙:"),
    });
    lines.push(...almost.map((one) => relationLine(one, "warning")));
  }
  if (exposedBy.length === 0 && similar.length > 0) {
    const names = similar.join(", ");
    lines.push({
      indent: 0,
      text: said(`Names in the API that are like it: ${names}`, `API에 있는 비슷한 이름: ${names}`),
    });
  }
  if (next) lines.push({ indent: 0, text: next });
  return lines;
}

function relationLine(
  { number, isOfChart, place, said: what }: Relation,
  tone: ReportLine["tone"],
): ReportLine {
  const where = isOfChart
    ? said("of the chart", "차트")
    : place
    ? said(`line ${place.line}`, `${place.line}번째 줄`)
    : asIs("");
  return {
    indent: 1,
    tone,
    text: said(
      `rule ${number} (${where.en}) ${what.en}`,
      `규칙 ${number} (${where.ko}): ${what.ko}`,
    ),
  };
}

/** What goes over to KEDA and how, without the ScaledObject's own text. */
export function tellKeda({ hpa, namespace, missing, different, steps }: KedaScaling): ReportLine[] {
  const lines: ReportLine[] = missing.map((what) => ({
    indent: 0,
    tone: "bad" as const,
    text: said(
      `HPA ${namespace}/${hpa} cannot go over as it is: ${what.en}`,
      `HPA ${namespace}/${hpa}은(는) 그대로 옮길 수 없습니다: ${what.ko}`,
    ),
  }));
  if (different.length > 0) {
    lines.push({
      indent: 0,
      tone: "title",
      text: said("What is not the same:", "달라지는 것:"),
    });
    lines.push(...different.map((text) => ({ indent: 1, label: asIs("-"), text })));
  }
  if (steps.length > 0) {
    lines.push({
      indent: 0,
      tone: "title",
      text: said(
        "The way over, in this order; the workload has a scaler all the time:",
        "옮기는 순서. 그동안 워크로드를 조절하는 것이 늘 하나 있습니다:",
      ),
    });
    steps.forEach(({ said: text, commands = [] }, at) => {
      lines.push({ indent: 1, label: asIs(`${at + 1}.`), text });
      lines.push(
        ...commands.map((command) => ({ indent: 3, text: asIs(command), isCommand: true })),
      );
    });
  }
  return lines;
}
