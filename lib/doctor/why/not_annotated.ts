import { isReady } from "../../kube/mod.ts";
import { type Evidence, type Fault, fieldEvidence, rawEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { servingPort } from "./container_hop.ts";
import { prometheusObjects } from "./monitors.ts";
import { annotateTemplate, PORT_ANNOTATION } from "./port_line.ts";
import type { Source } from "./source.ts";

/** By this annotation scrape configurations usually choose pods. Source: prometheus-community/helm-charts prometheus values.yaml. */
const SCRAPE = "prometheus.io/scrape";

/**
 * No operator configures the Prometheus, and none of its own scrape_configs leads to the pods: as most are written, because
 * these do not say that they are to be scraped. Errors: NotSeen.
 */
export async function notAnnotated(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget() || await source.flows()) return undefined;
  if ((await prometheusObjects(source.cluster)).length > 0) return undefined;
  const [pod] = (await source.pods()).filter(isReady);
  const prometheus = (await source.prometheus())!;
  const yaml = await prometheus.config();
  if (!pod || yaml === "") return undefined;
  const path = prometheus.path("status/config");
  const jobs = [...yaml.matchAll(/^- job_name: (.+)$/gm)].map(([, job]) => job);
  const isByAnnotation = /__meta_kubernetes_pod_annotation_prometheus_io_scrape\b/.test(yaml);
  if (!isByAnnotation || pod.metadata.annotations?.[SCRAPE] === "true") {
    return {
      cause: "no-scrape-config",
      told: said(
        `No operator configures the Prometheus ${prometheus.name}, and none of its own scrape_configs ` +
          `(${jobs.join(", ") || "it has none"}) leads to ${pod.metadata.name}.`,
        `Prometheus ${prometheus.name}은(는) operator 없이 자기 scrape_configs로만 수집하는데, 거기에 ` +
          `${pod.metadata.name}(으)로 가는 것이 없습니다 (${jobs.join(", ") || "하나도 없음"}).`,
      ),
      evidence: [jobsEvidence(path, jobs)],
      remedy: {
        told: said(
          "add a job for these pods to its scrape_configs: kubernetes_sd_configs with role: pod",
          "scrape_configs에 이 파드를 위한 job을 넣으세요: kubernetes_sd_configs의 role: pod",
        ),
      },
      upstream: DOCS.scraping,
    };
  }
  const right = await servingPort(source, pod);
  const wanted = { [SCRAPE]: "true", ...(right ? { [PORT_ANNOTATION]: String(right.port) } : {}) };
  return {
    cause: "pod-not-annotated",
    told: said(
      `No operator configures the Prometheus ${prometheus.name}: it scrapes pods with the annotation ${SCRAPE}: "true", ` +
        `and ${pod.metadata.name} does not have it.`,
      `Prometheus ${prometheus.name}은(는) operator 없이 어노테이션 ${SCRAPE}: "true"인 파드만 수집하는데 ` +
        `${pod.metadata.name}에는 그것이 없습니다.`,
    ),
    evidence: [
      fieldEvidence("pods", pod, ".metadata.annotations"),
      jobsEvidence(path, jobs),
      ...(right ? [right.evidence] : []),
    ],
    remedy: { command: annotateTemplate(pod, wanted) },
    upstream: DOCS.scraping,
  };
}

function jobsEvidence(path: string, jobs: readonly string[]): Evidence {
  const { command } = rawEvidence(path, "");
  return {
    command: `${command} | grep -o 'job_name: [^\\]*'`,
    printed: jobs.map((job) => `job_name: ${job}`).join("\n"),
  };
}
