import { type Fault, type HopLook, rawEvidence } from "../hop.ts";
import type { Labels } from "../../promql/mod.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { endpointsOf, nameOf } from "./monitors.ts";
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
  causes: [exported, honored, notRecorded, countedTwice],
};

/** The exporter's own namespace label stands in the place of Prometheus', for its monitor honors it. */
async function honored(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  const pods = new Set((await source.pods()).map(({ metadata }) => metadata.name));
  const one = (await source.others()).find(({ pod, namespace }) =>
    pods.has(pod) && namespace !== source.namespace
  );
  const monitor = one &&
    (await source.monitors()).find((each) =>
      endpointsOf(each).some(({ honorLabels }) => honorLabels)
    );
  if (!monitor) return undefined;
  const prometheus = (await source.prometheus())!;
  const promql = `${one.__name__}{pod="${one.pod}"}`;
  return {
    cause: "honored-namespace",
    told: said(
      `The series ${one.__name__} of ${one.pod} carry namespace="${one.namespace}", which the exporter writes itself: ` +
        `honorLabels of the ${nameOf(monitor)} lets it win over ${source.namespace}.`,
      `${one.pod}의 시계열 ${one.__name__}에 exporter가 쓴 namespace="${one.namespace}"이(가) 있습니다: ${
        nameOf(monitor)
      }의 honorLabels 때문에 ${source.namespace} 대신 그것이 남습니다.`,
    ),
    evidence: [rawEvidence(prometheus.path("query", { query: promql }), JSON.stringify(one))],
    remedy: {
      told: said(
        "take honorLabels out of the monitor's endpoint, or the label namespace out of what the exporter serves",
        "monitor의 endpoint에서 honorLabels를 빼거나, exporter가 내보내는 namespace 레이블을 없애세요",
      ),
    },
    upstream: DOCS.scraping,
  };
}

/** Labels that tell only by which way a series was scraped. */
const OF_THE_WAY = ["job", "service", "endpoint", "prometheus", "prometheus_replica"];

/** Two Services or monitors lead to the same pods: each series is there twice, and a sum counts it twice. */
async function countedTwice(source: Source): Promise<Fault | undefined> {
  // Of a Service the series are told apart by it.
  if (source.parts.described) return undefined;
  const pods = new Set((await source.pods()).map(({ metadata }) => metadata.name));
  const seen = new Map<string, Labels>();
  for (const labels of await source.series()) {
    if (!pods.has(labels.pod) || labels.namespace !== source.namespace) continue;
    const rest = Object.entries(labels).filter(([name]) => !OF_THE_WAY.includes(name)).sort();
    const key = JSON.stringify(rest);
    const first = seen.get(key);
    if (!first) {
      seen.set(key, labels);
      continue;
    }
    const ways = [first.job, labels.job].join(", ");
    const prometheus = (await source.prometheus())!;
    const promql = `count by (pod) (${labels.__name__}{pod="${labels.pod}"})`;
    return {
      cause: "pods-scraped-twice",
      warns: true,
      told: said(
        `Prometheus scrapes the same pods twice (jobs ${ways}), so a sum of ${labels.__name__} counts each of them twice.`,
        `Prometheus가 같은 파드를 두 번 수집해서 (job ${ways}) ${labels.__name__}의 합은 파드를 두 번씩 셉니다.`,
      ),
      evidence: [rawEvidence(prometheus.path("query", { query: promql }), `${promql} 2`)],
      remedy: {
        told: said(
          "let one monitor lead to one Service of them: give the other Service a label that its selector does not want",
          "monitor 하나가 그 파드의 Service 하나로만 가게 하세요. 다른 Service에는 셀렉터에 맞지 않는 레이블을 주세요",
        ),
      },
      upstream: DOCS.monitors,
    };
  }
}

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
