import { isReady, type Pod } from "../../kube/mod.ts";
import type { ScrapeTarget } from "../../prometheus/mod.ts";
import { awaited, type Evidence, type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { comingSample } from "./coming.ts";
import { servingPort } from "./container_hop.ts";
import { nameOf } from "./monitors.ts";
import { type PortLine, portLineOf } from "./port_line.ts";
import { scrapeRemedy } from "./scrape_remedies.ts";
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
  const why = await becauseOf(source, lost[0]);
  const error = lastError.replace(/^Get "[^"]*": /, "");
  return {
    cause: "target-down",
    told: said(
      `Prometheus cannot scrape ${scrapeUrl}: ${error}.${why.told ? ` ${why.told.en}` : ""}`,
      `Prometheus가 ${scrapeUrl}을(를) 수집하지 못합니다: ${error}.${
        why.told ? ` ${why.told.ko}` : ""
      }`,
    ),
    evidence: [
      rawEvidence(prometheus.path("query", { query: promql }), `${promql} 0`),
      ...why.evidence,
    ],
    remedy: why.remedy,
    upstream: DOCS.scraping,
    ...(await source.flows() ? { warns: true } : {}),
  };
}

/** What more can be said of a target that is down: whose line is wrong, by which evidence, and what mends it. */
interface Because {
  told?: Localized;
  evidence: Evidence[];
  remedy: Fault["remedy"];
}

async function becauseOf(source: Source, target: ScrapeTarget): Promise<Because> {
  const monitor = (await source.monitors()).find(({ kind, object: { metadata } }) =>
    target.scrapePool.toLowerCase().startsWith(
      `${kind}/${metadata.namespace}/${metadata.name}/`.toLowerCase(),
    )
  );
  const found = target.discoveredLabels.__meta_kubernetes_pod_name;
  const pod = (await source.pods()).find(({ metadata }) => metadata.name === found);
  const services = await source.services();
  const line = pod && portLineOf({ target, pod, services, monitor });
  if (pod && line && /refused/.test(target.lastError)) return await wrongPort(source, pod, line);
  const other = pod && line && NO_METRICS.test(target.lastError)
    ? await otherPort(source, pod, target, line)
    : undefined;
  if (other) return other;
  const whose = monitor ? nameOf(monitor) : `job ${target.scrapePool}`;
  return { evidence: [], remedy: { told: scrapeRemedy(target.lastError, whose) } };
}

/** What is said of a page that is no text of metrics. Source: prometheus/prometheus scrape/scrape.go, model/textparse. */
const NO_METRICS = /\b40[045]\b|while parsing|invalid|expected|unsupported Content-Type/i;

/** Somebody answers on the port who serves no metrics, and another port of the pod does: whose line says it. */
async function otherPort(
  source: Source,
  pod: Pod,
  { scrapeUrl }: ScrapeTarget,
  { line, evidence, patch, rename }: PortLine,
): Promise<Because | undefined> {
  const right = await servingPort(source, pod);
  const asked = URL.canParse(scrapeUrl) ? Number(new URL(scrapeUrl).port) || 80 : undefined;
  if (!right || right.port === asked) return undefined;
  const { port } = right;
  const command = rename ? rename(port) : patch?.(port);
  return {
    told: said(
      `The port is ${line.en}, where no metrics are served; the pod serves them on port ${port}.`,
      `이 포트는 ${line.ko}인데 거기에는 메트릭이 없습니다. 파드가 메트릭을 내보내는 포트는 ${port}입니다.`,
    ),
    evidence: [evidence, right.evidence],
    remedy: command ? { command } : {
      told: said(
        `scrape port ${port}: give it a name in the Service, and name that in the monitor`,
        `포트 ${port}을(를) 수집하세요. Service에서 이름을 주고 monitor에 그 이름을 쓰세요`,
      ),
    },
  };
}

/** Nothing listens on the port: whose line says it, and which port of the pod serves metrics. */
async function wrongPort(source: Source, pod: Pod, { line, evidence, patch }: PortLine) {
  const right = await servingPort(source, pod);
  const nothing = said(
    `The port is ${line.en}, and nothing listens there`,
    `이 포트는 ${line.ko}인데, 거기서 듣는 것이 없습니다`,
  );
  if (!right) {
    return {
      told: said(`${nothing.en}.`, `${nothing.ko}.`),
      evidence: [evidence],
      remedy: {
        told: said(
          `write there the port on which the container serves its metrics`,
          `거기에 컨테이너가 메트릭을 내보내는 포트를 쓰세요`,
        ),
      },
    };
  }
  const { port } = right;
  return {
    told: said(
      `${nothing.en}; the pod serves metrics on port ${port}.`,
      `${nothing.ko}. 파드가 메트릭을 내보내는 포트는 ${port}입니다.`,
    ),
    evidence: [evidence, right.evidence],
    remedy: patch ? { command: patch(port) } : {
      told: said(
        `write ${port} there, in the template of the pod's workload`,
        `파드 워크로드의 template에서 거기에 ${port}을(를) 쓰세요`,
      ),
    },
  };
}
