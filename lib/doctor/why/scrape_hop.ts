import { isReady } from "../../kube/mod.ts";
import { awaited, type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
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

/** What mends what Prometheus says of a target. Source of its words: prometheus/prometheus scrape/scrape.go, Go's net/http. */
const REMEDIES: readonly [error: RegExp, told: Localized][] = [
  [
    /\b404\b/,
    said(
      "the path is not the exporter's: set `path` in the monitor's endpoint",
      "exporter의 경로가 아닙니다. monitor의 endpoint에 `path`를 쓰세요",
    ),
  ],
  [
    /refused/,
    said(
      "nothing listens on that port: name the port of the container that serves the metrics",
      "그 포트에는 아무것도 없습니다. 메트릭을 내보내는 컨테이너의 포트를 쓰세요",
    ),
  ],
  [
    /sample limit exceeded/,
    said(
      "raise sampleLimit in the monitor, or drop what nobody asks for by metricRelabelings",
      "monitor의 sampleLimit을 늘리거나, 쓰지 않는 메트릭을 metricRelabelings로 버리세요",
    ),
  ],
  [
    /label_limit|label_name_length_limit|label_value_length_limit/,
    said(
      "raise labelLimit, labelNameLengthLimit or labelValueLengthLimit in the monitor",
      "monitor의 labelLimit, labelNameLengthLimit, labelValueLengthLimit 가운데 넘은 것을 늘리세요",
    ),
  ],
  [
    /body size limit/,
    said("raise bodySizeLimit in the monitor", "monitor의 bodySizeLimit을 늘리세요"),
  ],
  [
    /HTTP response to HTTPS client/,
    said(
      "the exporter speaks http: take `scheme: https` out of the monitor's endpoint",
      "exporter는 http로 말합니다. monitor의 endpoint에서 `scheme: https`를 빼세요",
    ),
  ],
  [
    /HTTP request to an HTTPS server|malformed HTTP response/,
    said(
      "the exporter speaks https: set `scheme: https` in the monitor's endpoint",
      "exporter는 https로 말합니다. monitor의 endpoint에 `scheme: https`를 쓰세요",
    ),
  ],
  [
    /x509|certificate/,
    said(
      "give the monitor's endpoint a tlsConfig with the authority of that certificate",
      "monitor의 endpoint에 그 인증서의 CA를 담은 tlsConfig를 쓰세요",
    ),
  ],
  [
    /\b40[13]\b/,
    said(
      "it wants to know who asks: give the monitor's endpoint its authorization or basicAuth",
      "누가 묻는지 알려야 합니다. monitor의 endpoint에 authorization이나 basicAuth를 쓰세요",
    ),
  ],
  [
    /deadline exceeded|timeout/i,
    said(
      "nothing answers in time: a NetworkPolicy may be between, or scrapeTimeout is too short",
      "시간 안에 답이 없습니다. 사이에 NetworkPolicy가 있거나 scrapeTimeout이 짧습니다",
    ),
  ],
];

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
      told: REMEDIES.find(([error]) => error.test(lastError))?.[1] ?? {
        en: "open that address from inside the cluster, and mend what it answers",
        ko: "클러스터 안에서 그 주소를 열어 보고 고치세요",
      },
    },
    upstream: DOCS.scraping,
    ...(await source.flows() ? { warns: true } : {}),
  };
}
