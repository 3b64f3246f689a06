import { deadOverrides, namesOf } from "../../rules/mod.ts";
import { awaited, type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { timeText } from "./coming.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { seriesEvidence } from "./rule_evidence.ts";
import { excluded, kept, meantExcluded } from "./rule_filters.ts";
import { wrongLabels } from "./rule_labels.ts";
import { noRule, renamed } from "./rule_names.ts";
import { ruleDiff, wholeRuleDiff } from "./rule_diff.ts";

export const ruleHop: HopLook<MetricWalk> = {
  hop: "rule",
  async see(walk) {
    const tried = await walk.tried();
    const rule = await walk.used();
    if (rule) {
      const shadowed = tried.filter((one) => one !== rule && walk.exposes(one));
      const over = shadowed.map(({ number }) => number).join(", ");
      return {
        object: said(
          `rule ${rule.number} of ${tried.length}`,
          `규칙 ${tried.length}개 중 ${rule.number}번`,
        ),
        state: "ok",
        saw: said(
          `exposes ${walk.path}${over ? `, over rule ${over}` : ""}`,
          `${walk.path}을(를) 내보냄${over ? `. 규칙 ${over} 대신` : ""}`,
        ),
        ...awaited(await relist(walk)),
      };
    }
    const adapter = await walk.adapter();
    if (!adapter) {
      return { object: "", state: "absent", saw: said("no adapter has any", "adapter 없음") };
    }
    if (!adapter.isOurs) return { object: "", state: "unknown", saw: said("unknown", "모름") };
    return {
      object: said(`${tried.length} rules`, `규칙 ${tried.length}개`),
      state: "waits",
      saw: said(`none exposes ${walk.path}`, `${walk.path}을(를) 내보내는 규칙 없음`),
    };
  },
  causes: [
    refusedRule,
    noRules,
    deadOverride,
    wrongLabels,
    kept,
    meantExcluded,
    renamed,
    excluded,
    noRule,
  ],
};

/** The API does not list yet what a rule exposes. */
async function relist(walk: MetricWalk): Promise<Localized | undefined> {
  const [adapter, delivery] = [await walk.adapter(), await walk.delivery()];
  if (!adapter || !("refused" in delivery) || delivery.code !== 404) return undefined;
  const every = timeText(adapter.relistMs);
  return said(
    `the adapter to list what Prometheus has, every ${every} (--metrics-relist-interval): then ${walk.path} is in the ` +
      `API. If it is not, its log says why`,
    `adapter가 Prometheus의 목록을 다시 얻기를 기다립니다. ${every}마다 얻습니다 (--metrics-relist-interval): 그러면 ` +
      `${walk.path}이(가) API에 생깁니다. 생기지 않으면 로그에 까닭이 있습니다`,
  );
}

/** One rule whose seriesQuery Prometheus refuses ends every relist. */
async function refusedRule(walk: MetricWalk): Promise<Fault | undefined> {
  const bad = (await walk.tried()).find(({ refused }) => refused !== undefined);
  if (!bad) return undefined;
  const prometheus = (await walk.prometheus())!;
  const { seriesQuery } = bad.rule;
  return {
    cause: "rule-refused-by-prometheus",
    told: said(
      `Prometheus refuses the seriesQuery of rule ${bad.number}, and one rule that fails ends every relist: ` +
        `no metric is listed anew. It says: ${bad.refused}.`,
      `Prometheus가 규칙 ${bad.number}의 seriesQuery를 거절합니다. 규칙 하나가 실패하면 목록 갱신이 모두 멈춥니다. ` +
        `거절한 말: ${bad.refused}.`,
    ),
    evidence: [rawEvidence(
      prometheus.path("series", { "match[]": seriesQuery }),
      `{"status":"error","errorType":"bad_data","error":${JSON.stringify(bad.refused)}}`,
    )],
    remedy: {
      diff: wholeRuleDiff(walk.wanted.api, { without: seriesQuery }),
      told: said("mend it, or take that rule out", "그 규칙을 고치거나 빼세요"),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** The ConfigMap holds no configuration that could be read. */
async function noRules(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  const config = adapter?.isOurs ? adapter.config() : undefined;
  if (!config || !("mistake" in config) || !adapter?.configMap) return undefined;
  const { name, namespace } = adapter.configMap.metadata;
  return {
    cause: "adapter-config-unreadable",
    told: said(
      `The adapter's configuration in the ConfigMap ${name} cannot be read: ${config.mistake}.`,
      `ConfigMap ${name}의 adapter 설정을 읽을 수 없습니다: ${config.mistake}.`,
    ),
    evidence: [{
      command: `kubectl -n ${namespace} get configmap ${name} -o yaml`,
      printed: config.mistake,
    }],
    remedy: {
      told: said(
        "mend it in the chart's values, and upgrade",
        "차트의 values에서 고치고 업그레이드하세요",
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** A rule reads a label that no series has, while they carry the one that is meant. */
async function deadOverride(walk: MetricWalk): Promise<Fault | undefined> {
  const { resource, metric } = walk.wanted;
  for (const one of (await walk.tried()).toReversed()) {
    if (!namesOf(one).includes(metric)) continue;
    const [series] = one.series;
    for (const { label, resource: to, singular } of deadOverrides(one, resource)) {
      if (!(singular in series) || singular in (one.rule.resources.overrides ?? {})) continue;
      const isListed = one.trial.metrics.some(({ path }) => path === `${singular}s/${metric}`);
      // Where the template reads the right label it is listed, and asked for by the override's all the same.
      if (isListed && await walk.label() !== label) continue;
      const then = isListed
        ? said(
          `So its query asks by ${label}, and finds nothing`,
          `그래서 질의가 ${label}(으)로 찾고, 결과가 없습니다`,
        )
        : said(
          `So there is no ${singular}s/${metric}`,
          `그래서 ${singular}s/${metric}이(가) 없습니다`,
        );
      return {
        cause: "rule-label-missing",
        told: said(
          `Rule ${one.number} reads the label ${label} as the ${singular}, and no series has it; they carry ` +
            `"${singular}". ${then.en}.`,
          `규칙 ${one.number}은(는) 레이블 ${label}을(를) ${singular}(으)로 읽는데 그 레이블이 있는 시계열이 없습니다. 있는 것은 ` +
            `"${singular}"입니다. ${then.ko}.`,
        ),
        evidence: [await seriesEvidence(walk, series.__name__, series)],
        remedy: {
          diff: ruleDiff(one.rule, ["resources", "overrides"], {
            without: `${label}: {resource: ${to}}`,
            with: `${singular}: {resource: ${to}}`,
          }),
        },
        upstream: DOCS.adapterWalkthrough,
      };
    }
  }
}
