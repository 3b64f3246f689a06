import { editDistance, nearestNames } from "../../base/mod.ts";
import { COUNTER_NAME, namesOf } from "../../rules/mod.ts";
import type { Fault } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { coming } from "./coming.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { listEvidence } from "./rule_evidence.ts";

const MOST_NAMED = 3;

/** So many letters are wrong in a name that is taken for misspelt. */
const MOST_TYPOS = 2;

/** The series is there under the wanted name, and a rule calls it something else. */
export async function renamed(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.used()) return undefined;
  const { metric } = walk.wanted;
  for (const one of (await walk.tried()).toReversed()) {
    const found = one.trial.series.find((tried) =>
      tried.labels.__name__ === metric && tried.outcome === "exposed" && tried.name !== metric
    );
    if (found?.outcome !== "exposed") continue;
    const isOwn = /^\^?[\w:]+\$?$/.test(one.rule.name.matches);
    const { name, matches, as } = { name: found.name, ...one.rule.name };
    return {
      cause: "rule-renames",
      told: said(
        `Rule ${one.number} serves the series ${metric} as ${name} (matches: ${matches}, as: ${
          as || '""'
        }); the API ` +
          `has no ${walk.path}.`,
        `규칙 ${one.number}이(가) 시계열 ${metric}을(를) ${name}(이)라는 이름으로 제공합니다 (matches: ${matches}, as: ${
          as || '""'
        }). API에 ${walk.path}은(는) 없습니다.`,
      ),
      evidence: [await listEvidence(walk, name)],
      remedy: {
        diff: `   metric:\n-    name: ${metric}\n+    name: ${name}`,
        told: isOwn
          ? said(
            `in the HPA; or make name.as of that rule ${metric}`,
            `HPA에서. 아니면 그 규칙의 name.as를 ${metric}(으)로 하세요`,
          )
          : said(
            `in the HPA; or add a rule of your own whose name.as is ${metric}`,
            `HPA에서. 아니면 name.as가 ${metric}인 규칙을 더하세요`,
          ),
      },
      upstream: DOCS.adapterConfig,
    };
  }
}

/** No rule is about the metric at all. */
export async function noRule(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.isOurs || !await walk.prometheus() || await walk.used()) return undefined;
  const { metric, api } = walk.wanted;
  const tried = await walk.tried();
  const near = nearestNames(metric, tried.flatMap(namesOf), MOST_NAMED);
  const could = await walk.couldExpose();
  // A rule for every name would take this one too; it is misspelt where another is but a letter or two away.
  const isMisspelt = near.length > 0 && editDistance(metric, near[0]) <= MOST_TYPOS;
  const unmade = isMisspelt ? undefined : await walk.unmade();
  if (unmade !== undefined) return await notMade(walk, unmade);
  const names = await walk.names();
  const isThere = names.includes(metric);
  // A rule for every name would take this one; nobody asks for it, and there is nothing of which it could be.
  const isNobodys = walk.wanted.pods.length === 0 && walk.wanted.names.length === 0 &&
    could !== undefined && !could.isMeant && !names.includes(could.series) && !isThere;
  const mayCome = could && !isNobodys &&
    (could.isMeant || !isMisspelt || await coming(walk.source));
  if (mayCome) return undefined;
  const nearSeries = nearestNames(metric, names, MOST_NAMED);
  const like = near.length > 0
    ? said(
      `; nearest that are exposed: ${near.join(", ")}`,
      `. 내보내는 것 중 가까운 이름: ${near.join(", ")}`,
    )
    : nearSeries.length > 0 && !isThere
    ? said(
      `; nearest in Prometheus: ${nearSeries.join(", ")}`,
      `. Prometheus의 가까운 이름: ${nearSeries.join(", ")}`,
    )
    : said("", "");
  return {
    cause: near.length > 0 && !isThere ? "metric-name-unknown" : "no-rule",
    told: isThere
      ? said(
        `Prometheus has ${metric}, and no rule of the adapter exposes it${like.en}.`,
        `Prometheus에 ${metric}이(가) 있지만 내보내는 규칙이 없습니다${like.ko}.`,
      )
      : said(
        `No rule exposes ${metric}, and Prometheus has no series of that name${like.en}.`,
        `${metric}을(를) 내보내는 규칙이 없고 Prometheus에도 그런 이름의 시계열이 없습니다${like.ko}.`,
      ),
    evidence: [await listEvidence(walk, metric)],
    remedy: isNobodys ? { told: seeAll(api) } : near.length > 0 && !isThere
      ? {
        diff: `   metric:\n-    name: ${metric}\n+    name: ${near[0]}`,
        told: said("in the HPA", "HPA에서"),
      }
      : {
        diff: newRule(api, metric, [
          "metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'",
        ]),
        told: said("in the adapter chart's values", "adapter 차트의 values에"),
      },
    upstream: DOCS.adapterConfig,
  };
}

/** Where it is seen what an API lists. */
function seeAll(api: MetricWalk["wanted"]["api"]): Localized {
  const command = `kubectl get --raw /apis/${api}.metrics.k8s.io/v1beta1`;
  return said(`see what there is: ${command}`, `있는 것 보기: ${command}`);
}

/** The ends of names of what is made of several series of a histogram. */
const OF_SEVERAL = /_?(p\d+|avg|average)$/;

const OF_HISTOGRAM = said(
  "in a rule of your own, as it is made of several series: a quantile is histogram_quantile(…) of the rate of _bucket by le, a mean is rate(…_sum) / rate(…_count)",
  "시계열 여럿으로 만드니 규칙을 직접 쓰세요: 분위수는 le별 _bucket의 rate에 histogram_quantile(…), 평균은 rate(…_sum) / rate(…_count)",
);

/** A series counts what is wanted, and no rule makes the metric of it. */
async function notMade(walk: MetricWalk, series: string): Promise<Fault> {
  const { metric, api } = walk.wanted;
  const value = COUNTER_NAME.test(series)
    ? "rate(<<.Series>>{<<.LabelMatchers>>}[2m])"
    : "<<.Series>>{<<.LabelMatchers>>}";
  return {
    cause: "no-rule",
    told: said(
      `No rule of the adapter makes ${metric}. Prometheus has ${series}, of which a rule can make it.`,
      `${metric}을(를) 만드는 adapter 규칙이 없습니다. Prometheus에 있는 ${series}(으)로 이 메트릭을 만드는 규칙을 쓸 수 있습니다.`,
    ),
    evidence: [await listEvidence(walk, metric)],
    remedy: OF_SEVERAL.test(metric) ? { told: OF_HISTOGRAM } : {
      diff: newRule(api, series, [
        `name: {as: ${metric}}`,
        `metricsQuery: 'sum(${value}) by (<<.GroupBy>>)'`,
      ]),
      told: said("in the adapter chart's values", "adapter 차트의 values에"),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** A rule on a series, as it is added to the chart's values. */
function newRule(api: MetricWalk["wanted"]["api"], series: string, more: string[]): string {
  return [
    ` rules:\n   ${api}:\n+    - seriesQuery: '${series}{namespace!=""}'`,
    '+      resources: {template: "<<.Resource>>"}',
    ...more.map((row) => `+      ${row}`),
  ].join("\n");
}
