import { formatPromDuration } from "../../go/mod.ts";
import { dataOf, intervalMsOf } from "../../prometheus/mod.ts";
import { nearestNames } from "../../base/mod.ts";
import { isLabelLost, keepsLabel, QueryLooks } from "../../rules/mod.ts";
import type { Labels } from "../../promql/mod.ts";
import type { RunningRule } from "../adapter.ts";
import { type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { quoted, ruleDiff } from "./rule_diff.ts";

const MOST_NAMED = 3;

export const queryHop: HopLook<MetricWalk> = {
  hop: "query",
  async see(walk) {
    const asked = await walk.query();
    if (!asked) return { object: "", state: "waits", saw: said("none is sent", "보내지 않음") };
    if ("why" in asked) return { object: "", state: "waits", saw: asIs(asked.why) };
    const result = await walk.result();
    const object = asked.promql;
    if (!result || !("data" in result)) {
      return { object, state: "waits", saw: said("is refused", "거절됨") };
    }
    const [first] = result.data;
    return {
      object,
      state: first ? "ok" : "waits",
      saw: first
        ? asIs(
          `= ${
            result.data.slice(0, MOST_NAMED).map(({ value }) => Number(value.toPrecision(6))).join(
              ", ",
            )
          }`,
        )
        : said("finds nothing", "결과 없음"),
    };
  },
  causes: [notAskable, refusedQuery, dropsLabel, noNumber, shortWindow, findsNothing],
};

/** The rule has no label to ask by. */
async function notAskable(walk: MetricWalk): Promise<Fault | undefined> {
  const asked = await walk.query();
  if (!asked || !("why" in asked)) return undefined;
  const rule = (await walk.used())!;
  return {
    cause: "rule-cannot-ask",
    told: said(
      `The adapter cannot make the query of rule ${rule.number}: ${asked.why}.`,
      `adapter가 규칙 ${rule.number}의 질의를 만들 수 없습니다: ${asked.why}.`,
    ),
    evidence: [rawEvidence(walk.wanted.path ?? "", await refusalText(walk))],
    remedy: {
      diff: ruleDiff(rule.rule, ["resources", "overrides"], {
        with: "namespace: {resource: namespace}",
      }),
      told: said(
        "resources has to say which labels are the namespace and the object",
        "resources에 네임스페이스와 오브젝트의 레이블을 적으세요",
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}

async function refusalText(walk: MetricWalk): Promise<string> {
  const delivery = await walk.delivery();
  return "refused" in delivery ? delivery.refused : JSON.stringify({ items: delivery.items });
}

async function refusedQuery(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (!asked || "why" in asked || !result || !("refused" in result)) return undefined;
  return {
    cause: "query-refused",
    told: said(
      `Prometheus refuses the metricsQuery of rule ${rule!.number}: ${result.refused}.`,
      `Prometheus가 규칙 ${rule!.number}의 metricsQuery를 거절합니다: ${result.refused}.`,
    ),
    evidence: [await queryEvidence(walk, asked.promql, result.refused)],
    remedy: {
      diff: ruleDiff(rule!.rule, [], {
        without: `metricsQuery: ${quoted(rule!.rule.metricsQuery)}`,
      }),
      told: said("mend it", "고치세요"),
    },
    upstream: DOCS.querying,
  };
}

async function queryEvidence(walk: MetricWalk, promql: string, printed: string) {
  return rawEvidence((await walk.prometheus())!.path("query", { query: promql }), printed);
}

/** The result has no label that says whose value it is. */
async function dropsLabel(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (walk.wanted.api === "external" || !asked || "why" in asked) return undefined;
  if (!result || !("data" in result) || result.data.length === 0) return undefined;
  const label = await walk.label();
  if (!isLabelLost(result.data, label)) return undefined;
  const has = Object.keys(result.data[0].metric).join(", ");
  const grouped = withGroupBy(rule!, asked.promql, label!);
  return {
    cause: "query-drops-label",
    told: said(
      `The query of rule ${
        rule!.number
      } drops the label ${label}: the adapter cannot tell whose value the ` +
        `result is${has ? ` (it has ${has})` : ""}.`,
      `규칙 ${
        rule!.number
      }의 질의가 레이블 ${label}을(를) 버립니다: adapter는 결과가 누구의 값인지 알 수 없습니다` +
        `${has ? ` (있는 것: ${has})` : ""}.`,
    ),
    evidence: [
      await queryEvidence(walk, asked.promql, JSON.stringify({ result: result.data.slice(0, 1) })),
    ],
    remedy: grouped === undefined
      ? {
        told: said(
          `write every sum of the metricsQuery as sum(…) by (<<.GroupBy>>), with nothing around it that drops ${label}`,
          `metricsQuery의 모든 sum을 sum(…) by (<<.GroupBy>>)로 쓰고, 그 바깥에서 ${label}을(를) 버리지 마세요`,
        ),
      }
      : {
        diff: ruleDiff(rule!.rule, [], {
          without: `metricsQuery: ${quoted(rule!.rule.metricsQuery)}`,
          with: `metricsQuery: ${quoted(grouped)}`,
        }),
      },
    upstream: DOCS.adapterWalkthrough,
  };
}

/**
 * The query gives no number. Source: kubernetes-sigs/prometheus-adapter pkg/custom-provider/provider.go (metricFor: NaN is
 * taken for 0; what is infinite is cut to what an int64 holds).
 */
async function noNumber(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (!asked || "why" in asked || !result || !("data" in result)) return undefined;
  const strange = result.data.find(({ value }) => !Number.isFinite(value));
  if (!strange) return undefined;
  const isNaN = Number.isNaN(strange.value);
  const value = isNaN ? "NaN" : strange.value > 0 ? "+Inf" : "-Inf";
  const why = isNaN
    ? said(
      "0 is divided by 0, or there is nothing to divide",
      "0을 0으로 나누었거나 나눌 것이 없습니다",
    )
    : said("something is divided by 0", "0으로 나누었습니다");
  const then = isNaN && walk.wanted.api === "custom"
    ? said(
      "the adapter passes it on as 0, and the HPA scales by that",
      "adapter는 0으로 넘기고 HPA는 그것으로 계산합니다",
    )
    : said("what the HPA gets is no value to scale by", "HPA가 얻는 값은 쓸 수 없는 값입니다");
  return {
    cause: "query-not-a-number",
    told: said(
      `The query of rule ${rule!.number} gives ${value}: ${why.en}; ${then.en}.`,
      `규칙 ${rule!.number}의 질의 결과가 ${value}입니다: ${why.ko}. ${then.ko}.`,
    ),
    evidence: [
      await queryEvidence(walk, asked.promql, JSON.stringify(strange.metric) + ` ${value}`),
    ],
    remedy: {
      told: said(
        "divide only where there is something to divide by: `a / (b > 0)`, and say what is meant otherwise with `or`",
        "나눌 것이 있을 때만 나누세요: `a / (b > 0)`. 없을 때의 값은 `or`로 쓰세요",
      ),
    },
    upstream: DOCS.querying,
    // Nothing to divide is what an idle hour looks like.
    ...(isNaN ? { warns: true } : {}),
  };
}

/**
 * The query of a rule, grouped by what the adapter asks by: at its one `by (…)`, or behind its one aggregation. `undefined`
 * where that does not make it keep the label, or it cannot be told where to write it.
 */
function withGroupBy(
  { rule: { metricsQuery } }: RunningRule,
  promql: string,
  label: string,
): string | undefined {
  const asked = groupedBy(promql, promql, label);
  const looks = asked === undefined || asked === promql ? undefined : looksOf(asked);
  return looks && keepsLabel(looks.expr, label)
    ? groupedBy(metricsQuery, promql, "<<.GroupBy>>")
    : undefined;
}

/** A query, or the template that makes it, grouped by something else. */
function groupedBy(text: string, promql: string, by: string): string | undefined {
  const groupings = [...text.matchAll(/\bby\s*\([^)]*\)/g)];
  const grouping = `by (${by})`;
  if (groupings.length === 1) return text.replace(groupings[0][0], grouping);
  let expr = looksOf(promql)?.expr;
  let sum = text.trim();
  for (; expr?.kind === "paren"; expr = expr.expr) sum = sum.slice(1, -1).trim();
  if (groupings.length > 1 || expr?.kind !== "aggregate") return undefined;
  return `${sum} ${grouping}`;
}

/** A window that holds no two samples. */
async function shortWindow(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, rule] = [await walk.query(), await walk.used()];
  if (!asked || "why" in asked) return undefined;
  const [target] = await walk.source.targets();
  const everyMs = target && intervalMsOf(target);
  const short = looksOf(asked.promql)?.shortWindow(everyMs);
  if (!everyMs || short === undefined) return undefined;
  const [range, every] = [formatPromDuration(short.rangeMs), formatPromDuration(everyMs)];
  const wide = formatPromDuration(Math.max(everyMs * 4, 60_000));
  return {
    cause: "rate-window-too-short",
    told: said(
      `The window [${range}] of rule ${
        rule!.number
      } holds no two scrapes for sure, which come every ${every}: ` +
        `the value comes and goes.`,
      `규칙 ${
        rule!.number
      }의 창 [${range}]에 ${every}마다 오는 수집이 둘 들지 않을 수 있습니다: 값이 나타났다 사라집니다.`,
    ),
    evidence: [
      await queryEvidence(walk, asked.promql, await resultText(walk)),
    ],
    remedy: {
      diff: ruleDiff(rule!.rule, [], {
        without: `metricsQuery: ${quoted(rule!.rule.metricsQuery)}`,
        with: `metricsQuery: ${
          quoted(rule!.rule.metricsQuery.replaceAll(`[${range}]`, `[${wide}]`))
        }`,
      }),
    },
    upstream: DOCS.rate,
  };
}

async function resultText(walk: MetricWalk): Promise<string> {
  const result = await walk.result();
  return result && "data" in result ? JSON.stringify({ result: result.data }) : "";
}

/** The query taken apart; undefined where it is no PromQL. */
export function looksOf(promql: string): QueryLooks | undefined {
  try {
    return new QueryLooks(promql);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** The objects have series, and the query asks by something that they do not have. */
async function findsNothing(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (!asked || "why" in asked || !result || !("data" in result) || result.data.length > 0) {
    return undefined;
  }
  const own = await walk.source.series();
  // Of an external metric those of another namespace are meant as well.
  const others = walk.wanted.api === "external" ? await walk.source.others() : [];
  const there = own.length > 0 ? own : others;
  const [series] = there;
  if (!series) return undefined;
  const looks = looksOf(asked.promql);
  const dropped = own.length > 0 && looks && await droppedByComparison(walk, looks);
  if (dropped) return dropped;
  const strange = looks?.unmetByAll(there);
  const has = strange && series[strange.label];
  const isElsewhere = own.length === 0 && strange?.label === "namespace";
  const isAsked = strange !== undefined && isOfSelector(walk, strange.label);
  const asks = isAsked
    ? said("The metric's selector", "메트릭의 셀렉터")
    : said(`The query of rule ${rule!.number}`, `규칙 ${rule!.number}의 질의`);
  return {
    cause: "query-finds-nothing",
    told: strange
      ? said(
        `${asks.en} asks for ${strange.label}${strange.type}"${strange.value}", and the ` +
          `series have ${
            has === undefined ? `no label ${strange.label}` : `${strange.label}="${has}"`
          }.`,
        `${asks.ko}는 ${strange.label}${strange.type}"${strange.value}"을(를) 찾는데 시계열은 ` +
          `${
            has === undefined
              ? `레이블 ${strange.label}이(가) 없습니다`
              : `${strange.label}="${has}"입니다`
          }.`,
      )
      : said(
        `The query of rule ${rule!.number} finds nothing, though the series are there.`,
        `시계열이 있는데도 규칙 ${rule!.number}의 질의 결과가 비어 있습니다.`,
      ),
    evidence: [await queryEvidence(walk, asked.promql, '{"result":[]}')],
    remedy: isAsked ? selectorRemedy(walk, strange.label, there) : isElsewhere
      ? {
        diff: ruleDiff(rule!.rule, ["resources"], { with: "namespaced: false" }),
        told: said(
          "an external rule asks in the HPA's own namespace unless it says so; name the other one by a selector of the metric",
          "external 규칙은 이렇게 쓰지 않으면 HPA의 네임스페이스만 묻습니다. 다른 네임스페이스는 메트릭의 셀렉터로 고르세요",
        ),
      }
      : strange && has === undefined && rule!.rule.resources.overrides?.[strange.label]
      ? overrideRemedy(rule!, strange.label, there)
      : {
        diff: ruleDiff(rule!.rule, [], {
          without: `metricsQuery: ${quoted(rule!.rule.metricsQuery)}`,
        }),
        told: said("ask by labels that the series have", "시계열에 있는 레이블로 질의하세요"),
      },
    upstream: DOCS.adapterWalkthrough,
  };
}

/** The rule asks by a label of its overrides that the series have not; the resource's own name may be the one they have. */
function overrideRemedy(
  { rule }: RunningRule,
  label: string,
  there: readonly Labels[],
): Fault["remedy"] {
  const { group, resource } = rule.resources.overrides![label];
  const singular = resource.replace(/s$/, "");
  const to = `{${group ? `group: ${group}, ` : ""}resource: ${resource}}`;
  return {
    diff: ruleDiff(rule, ["resources", "overrides"], {
      without: `${label}: ${to}`,
      ...there.some((series) => singular in series) ? { with: `${singular}: ${to}` } : {},
    }),
    told: said(
      `under overrides stands the label in which the series carry the ${singular}`,
      `overrides에는 시계열에서 ${singular}을(를) 뜻하는 레이블을 씁니다`,
    ),
  };
}

/** A comparison with a number keeps out every value that there is, or is a condition that is not met. */
async function droppedByComparison(
  walk: MetricWalk,
  looks: QueryLooks,
): Promise<Fault | undefined> {
  const prometheus = await walk.prometheus();
  const comparison = prometheus &&
    await looks.emptyingComparison(async (promql) => dataOf(await prometheus.query(promql)));
  if (!comparison) return undefined;
  const rule = (await walk.used())!;
  const { op, text, isGate } = comparison;
  return {
    cause: "query-finds-nothing",
    told: isGate
      ? said(
        `The condition ${text} in the query of rule ${rule.number} is not met now, and the query gives nothing until it is.`,
        `규칙 ${rule.number}의 질의에 있는 조건 ${text}이(가) 지금은 맞지 않아 질의 결과가 비어 있습니다.`,
      )
      : said(
        `The comparison ${op} in the query of rule ${rule.number} keeps out every value that there is.`,
        `규칙 ${rule.number}의 질의에 있는 비교 ${op} 때문에 값이 모두 빠집니다.`,
      ),
    evidence: [await queryEvidence(walk, looks.promql, '{"result":[]}')],
    remedy: {
      diff: ruleDiff(rule.rule, [], {
        without: `metricsQuery: ${quoted(rule.rule.metricsQuery)}`,
      }),
      told: isGate
        ? said(
          "take the condition away: without a value an HPA keeps its replicas, and does not take it for 0",
          "조건을 지우세요. 값이 없으면 HPA는 0으로 보지 않고 레플리카 수를 그대로 둡니다",
        )
        : said(
          "take the comparison away: an HPA compares by itself, with its target",
          "비교를 지우세요. 목표와의 비교는 HPA가 합니다",
        ),
    },
    upstream: DOCS.querying,
  };
}

/** Whether a condition of the query comes from the selector that the autoscaler's metric has, and not from the rule. */
function isOfSelector({ wanted }: MetricWalk, label: string): boolean {
  const { matchLabels = {}, matchExpressions = [] } = wanted.selector ?? {};
  return label in matchLabels || matchExpressions.some(({ key }) => key === label);
}

/** The selector of the autoscaler's metric, by what the series carry. */
function selectorRemedy(
  { wanted }: MetricWalk,
  label: string,
  there: readonly Labels[],
): Fault["remedy"] {
  const { metric, selector } = wanted;
  const values = [...new Set(there.flatMap((series) => series[label] ?? []))].sort();
  const shown = values.slice(0, MOST_NAMED).join(", ") + (values.length > MOST_NAMED ? ", …" : "");
  const written = selector?.matchLabels?.[label];
  const [near = values[0]] = written === undefined ? [] : nearestNames(written, values, 1);
  const told = values.length > 0
    ? said(
      `in the autoscaler's own metric: its selector has to be met by a series; ${label} is there as ${shown}`,
      `오토스케일러의 메트릭에서 고치세요: 셀렉터에 맞는 시계열이 있어야 합니다. ${label}의 값: ${shown}`,
    )
    : said(
      `in the autoscaler's own metric: no series carries ${label}`,
      `오토스케일러의 메트릭에서 고치세요: ${label} 레이블이 있는 시계열이 없습니다`,
    );
  if (written === undefined) return { told };
  const row = (sign: string, value: string) => `${sign}              ${label}: ${value}`;
  return {
    diff: [
      "         metric:",
      `           name: ${metric}`,
      "           selector:",
      "             matchLabels:",
      row("-", written),
      ...near === undefined ? [] : [row("+", near)],
    ].join("\n"),
    told,
  };
}
