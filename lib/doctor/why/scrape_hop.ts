import { isReady } from "../../kube/mod.ts";
import { awaited, type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { DOCS } from "../upstream.ts";
import { comingSample } from "./coming.ts";
import type { Source } from "./source.ts";

export const scrapeHop: HopLook<Source> = {
  hop: "scrape",
  async see(source) {
    const targets = await source.targets();
    if (targets.length === 0) {
      return await source.flows()
        ? {
          object: "",
          state: "absent",
          saw: {
            en: "its series are of no target: recorded, or written from elsewhere",
            ko: "대상에서 온 시계열이 아님: 기록 규칙이나 다른 곳의 것",
          },
        }
        : {
          object: "",
          state: "waits",
          saw: { en: "Prometheus has no target for them", ko: "Prometheus에 이들의 대상이 없음" },
        };
    }
    const up = targets.filter(({ health }) => health === "up").length;
    const text = {
      en: `${up} of ${targets.length} targets up`,
      ko: `대상 ${targets.length}개 중 ${up}개 up`,
    };
    return {
      object: targets[0].scrapePool,
      state: up > 0 ? "ok" : "waits",
      saw: text,
      ...awaited(await comingSample(source)),
    };
  },
  causes: [down],
};

async function down(source: Source): Promise<Fault | undefined> {
  const targets = await source.targets();
  const lost = targets.filter(({ health }) => health === "down");
  if (lost.length === 0) return undefined;
  const pods = await source.pods();
  // What no pod serves while none is ready is the pods' to tell.
  if (pods.length > 0 && !pods.some(isReady)) return undefined;
  const isAll = lost.length === targets.length;
  if (!isAll && await source.flows() && lost.length * 2 < targets.length) return undefined;
  const [{ labels, lastError, scrapeUrl }] = lost;
  const prometheus = (await source.prometheus())!;
  const promql = `up{job="${labels.job}",instance="${labels.instance}"}`;
  return {
    cause: "target-down",
    told: {
      en: `Prometheus cannot scrape ${scrapeUrl}: ${lastError}.`,
      ko: `Prometheus가 ${scrapeUrl}을(를) 수집하지 못합니다: ${lastError}.`,
    },
    evidence: [
      rawEvidence(prometheus.path("query", { query: promql }), `${promql} 0`),
    ],
    remedy: {
      told: /\b404\b/.test(lastError)
        ? {
          en: "the path is not the exporter's: set `path` in the monitor's endpoint",
          ko: "exporter의 경로가 아닙니다. monitor의 endpoint에 `path`를 쓰세요",
        }
        : /refused/.test(lastError)
        ? {
          en:
            "nothing listens on that port: name the port of the container that serves the metrics",
          ko: "그 포트에는 아무것도 없습니다. 메트릭을 내보내는 컨테이너의 포트를 쓰세요",
        }
        : {
          en: "open that address from inside the cluster, and mend what it answers",
          ko: "클러스터 안에서 그 주소를 열어 보고 고치세요",
        },
    },
    upstream: DOCS.scraping,
    ...(await source.flows() ? { warns: true } : {}),
  };
}
