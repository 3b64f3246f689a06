import { METRIC_NAME, parseSelector } from "../../promql/mod.ts";
import type { MetricSource } from "../metric_source.ts";
import { said } from "../said.ts";
import { likeIt } from "./_like_it.ts";
import type { FiledRule, Remark } from "./rules_file.ts";

/** Why a rule's seriesQuery finds nothing: the one condition that keeps all out, or a name that is not there. */
export async function whyNothing(
  filed: FiledRule,
  source: MetricSource,
  maxAgeMs: number,
): Promise<Remark> {
  const matchers = parseSelector(filed.rule.seriesQuery)
    .map(({ name, type, value }) => ({ name, type, value, text: `${name}${type}"${value}"` }));
  for (const one of matchers.filter(({ name }) => name !== METRIC_NAME)) {
    const others = matchers.filter((other) => other !== one).map(({ name, type, value }) =>
      `${name}${type}${JSON.stringify(value)}`
    );
    // Every selector must leave something out.
    if (!matchers.some((other) => other !== one && other.type.startsWith("="))) continue;
    const { length } = await source.series(`{${others.join(",")}}`, maxAgeMs);
    if (length === 0) continue;
    const place = filed.placeIn("seriesQuery", one.name);
    return {
      code: "finds-nothing",
      said: said(
        `seriesQuery finds no series; without ${one.text} it would find ${length}`,
        `seriesQuery로 찾은 시계열이 없습니다. ${one.text}가 없다면 ${length}개를 찾습니다`,
      ),
      ...place ? { place } : {},
    };
  }
  const wanted = matchers.find(({ name }) => name === METRIC_NAME)?.value ?? "";
  const near = likeIt(wanted.replace(/[^\w:]/g, ""), await source.names()).join(", ");
  const place = filed.placeOf("seriesQuery");
  return {
    code: "finds-nothing",
    said: near === ""
      ? said(
        "seriesQuery finds no series, and there is no name like it",
        "seriesQuery로 찾은 시계열이 없고 비슷한 이름도 없습니다",
      )
      : said(
        `seriesQuery finds no series; names that are like it: ${near}`,
        `seriesQuery로 찾은 시계열이 없습니다. 비슷한 이름: ${near}`,
      ),
    ...place ? { place } : {},
  };
}
