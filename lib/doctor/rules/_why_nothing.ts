import { type WhyNothing, whyNothing } from "../../rules/mod.ts";
import type { MetricSource } from "../metric_source.ts";
import { said } from "../said.ts";
import type { FiledRule, Remark } from "./rules_file.ts";

/** Why a rule's seriesQuery finds nothing, told. */
export async function findsNothing(
  filed: FiledRule,
  source: MetricSource,
  maxAgeMs: number,
): Promise<Remark> {
  const why = await whyNothing(filed.rule.seriesQuery, {
    count: async (selector) => (await source.series(selector, maxAgeMs)).length,
    names: () => source.names(),
  });
  const place = "label" in why
    ? filed.placeIn("seriesQuery", why.label)
    : filed.placeOf("seriesQuery");
  return { code: "finds-nothing", said: wordsOf(why), ...place ? { place } : {} };
}

function wordsOf(why: WhyNothing) {
  if ("condition" in why) {
    return said(
      `seriesQuery finds no series; without ${why.condition} it would find ${why.count}`,
      `seriesQuery로 찾은 시계열이 없습니다. ${why.condition}가 없다면 ${why.count}개를 찾습니다`,
    );
  }
  const near = why.near.join(", ");
  return near === ""
    ? said(
      "seriesQuery finds no series, and there is no name like it",
      "seriesQuery로 찾은 시계열이 없고 비슷한 이름도 없습니다",
    )
    : said(
      `seriesQuery finds no series; names that are like it: ${near}`,
      `seriesQuery로 찾은 시계열이 없습니다. 비슷한 이름: ${near}`,
    );
}
