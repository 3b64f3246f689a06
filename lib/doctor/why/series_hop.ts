import { type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { DOCS } from "../upstream.ts";
import { notRecorded } from "./recording_rules.ts";
import type { Source } from "./source.ts";

/** As many names as are told one by one. */
const MOST_NAMED = 3;

export const seriesHop: HopLook<Source> = {
  hop: "series",
  async see(source) {
    const [own, [name = source.metric]] = [await source.series(), await source.seriesNames()];
    if (own.length > 0) {
      const names = [...new Set(own.map(({ __name__ }) => __name__))].slice(0, MOST_NAMED).join(
        ", ",
      );
      return {
        object: names,
        state: "ok",
        saw: { en: `${own.length} series`, ko: `시계열 ${own.length}개` },
      };
    }
    const others = await source.others();
    return {
      object: name,
      state: "waits",
      saw: others.length > 0
        ? {
          en: `none of these objects; ${others.length} of others`,
          ko: `이 오브젝트의 것은 없음. 다른 것의 시계열 ${others.length}개`,
        }
        : { en: "Prometheus has none", ko: "Prometheus에 없음" },
    };
  },
  causes: [exported, notRecorded],
};

/** The exporter's own labels were renamed, and Prometheus' are those of the exporter. */
async function exported(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  const one = (await source.others()).find((labels) =>
    labels.exported_namespace === source.namespace
  );
  if (!one) return undefined;
  const prometheus = (await source.prometheus())!;
  const promql = `${one.__name__}{exported_namespace="${source.namespace}"}`;
  return {
    cause: "exported-namespace",
    told: {
      en:
        `The series ${one.__name__} carry namespace="${one.namespace}", where the exporter runs; ` +
        `${source.namespace} stands in exported_namespace.`,
      ko: `시계열 ${one.__name__}의 namespace 레이블은 exporter가 있는 "${one.namespace}"이고, ` +
        `${source.namespace}은(는) exported_namespace에 있습니다.`,
    },
    evidence: [rawEvidence(prometheus.path("query", { query: promql }), JSON.stringify(one))],
    remedy: {
      diff: "   endpoints:\n     - port: …\n+      honorLabels: true",
      told: {
        en: "in the exporter's monitor; or read exported_namespace in the rule's overrides",
        ko: "exporter의 monitor에. 아니면 규칙의 overrides에서 exported_namespace를 읽으세요",
      },
    },
    upstream: DOCS.scraping,
  };
}
