import { filterOf, QueryLooks } from "../../rules/mod.ts";
import type { Fault } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { RunningRule } from "../adapter.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { seriesEvidence } from "./rule_evidence.ts";
import { ruleDiff, wholeRuleDiff } from "./rule_diff.ts";

/** A filter of a rule keeps the series out. */
export async function kept(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.used()) return undefined;
  const { metric } = walk.wanted;
  for (const one of (await walk.tried()).toReversed()) {
    const found = one.trial.series.find(({ labels }) =>
      [metric, `${metric}_total`].includes(labels.__name__)
    ) ?? unnamed(one, metric);
    if (found?.outcome !== "filtered") {
      continue;
    }
    const isExposed = (await walk.tried()).some((other) =>
      other.trial.series.some(({ labels, outcome }) =>
        labels.__name__ === found.labels.__name__ && outcome === "exposed"
      )
    );
    const isMeant = one.rule.seriesQuery.includes(metric) || mayGive(one, metric);
    if (isExposed && !isMeant) {
      continue;
    }
    const { isNot } = found.by;
    const by = filterOf(one, found)!;
    const filter = `${isNot ? "isNot" : "is"}: ${by.expression}`;
    const field = by.isName ? `name.matches: ${by.expression}` : `seriesFilters ${filter}`;
    // A rule of the chart that was never meant for it is not the cause.
    if (!isMeant && isNot) {
      continue;
    }
    return {
      cause: "rule-filters-out",
      told: said(
        `Rule ${one.number} finds ${found.labels.__name__} and keeps it out: ${field}.`,
        `규칙 ${one.number}이(가) ${found.labels.__name__}을(를) 찾고도 걸러 냅니다: ${field}.`,
      ),
      evidence: [await seriesEvidence(walk, found.labels.__name__, found.labels)],
      remedy: by.isName
        ? {
          // Where the new name is made of what matches, only its author knows what is to be in brackets.
          diff: ruleDiff(one.rule, ["name"], {
            without: `matches: ${by.expression}`,
            ...(one.rule.name.as.includes("$")
              ? {}
              : { with: `matches: ^${found.labels.__name__}$` }),
          }),
          told: said(
            `let it match ${found.labels.__name__}`,
            `${found.labels.__name__}에 맞게 하세요`,
          ),
        }
        : {
          diff: ruleDiff(one.rule, ["seriesFilters"], { without: `- ${filter}` }),
          told: said("let it pass", "통과하게 하세요"),
        },
      upstream: DOCS.adapterConfig,
    };
  }
}

/** Whether a rule makes names of parts of others, and could make this one. */
function mayGive({ rule: { name: { as } } }: RunningRule, metric: string): boolean {
  const parts = as.split(/\$\{?\w+\}?/);
  const [start, end] = [parts[0], parts.at(-1)!];
  return parts.length > 1 && start + end !== "" && metric.startsWith(start) &&
    metric.endsWith(end);
}

/** A series that a rule would name as is wanted, if its name.matches took it. */
function unnamed(one: RunningRule, metric: string) {
  return mayGive(one, metric)
    ? one.trial.series.find((series) =>
      series.outcome === "filtered" && filterOf(one, series)?.isName
    )
    : undefined;
}

/** Of the rule that asks for the metric by its name: that another rule serves it otherwise is no matter then. */
export async function meantExcluded(walk: MetricWalk): Promise<Fault | undefined> {
  return (await walk.couldExpose())?.isMeant ? await excluded(walk) : undefined;
}

/** A condition of the seriesQuery excludes series that are there. */
export async function excluded(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.used()) return undefined;
  const could = await walk.couldExpose();
  const prometheus = await walk.prometheus();
  if (!could || !prometheus) return undefined;
  const { rule: { rule, number, series: taken }, series, isByName } = could;
  // A rule for every name that finds others is not meant for it.
  if (isByName ? taken.some(({ __name__ }) => __name__ === series) : taken.length > 0) {
    return undefined;
  }
  const answer = await prometheus.series(`{__name__=${JSON.stringify(series)}}`, 60_000);
  const found = "data" in answer ? answer.data : [];
  if (found.length === 0) return undefined;
  const unmet = new QueryLooks(rule.seriesQuery).unmet(found[0]);
  const condition = unmet ? `${unmet.label}${unmet.type}${JSON.stringify(unmet.value)}` : "";
  const cut = condition === "" ? undefined : [`,${condition}`, `{${condition},`]
    .find((one) => rule.seriesQuery.includes(one));
  const looser = cut === undefined
    ? rule.seriesQuery
    : rule.seriesQuery.replace(cut, () => cut.startsWith("{") ? "{" : "");
  return {
    cause: "rule-excludes-series",
    told: said(
      `The seriesQuery of rule ${number} does not find ${series}, which Prometheus has ${found.length} series of` +
        (condition ? `: they do not meet ${condition}.` : `: ${rule.seriesQuery}.`),
      `Prometheus에 ${series} 시계열이 ${found.length}개 있는데 규칙 ${number}의 seriesQuery로는 찾지 못합니다: ` +
        (condition ? `조건 ${condition}에 맞지 않습니다.` : `${rule.seriesQuery}.`),
    ),
    evidence: [await seriesEvidence(walk, series, found[0])],
    remedy: {
      diff: wholeRuleDiff(walk.wanted.api, {
        without: rule.seriesQuery,
        ...(looser === rule.seriesQuery ? {} : { with: looser }),
      }),
      told: said(
        `take out ${condition || "the condition that those labels do not meet"}`,
        `${condition || "그 레이블이 맞지 않는 조건"}을(를) 빼세요`,
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}
