import type { HopName, Localized } from "../doctor/mod.ts";
import { ApiError, ConnectionError, KubeClient } from "../kube/mod.ts";
import { DIAGNOSIS, type Lab } from "../labs/mod.ts";
import { type Finding, type Hop, HOPS } from "../lesson/mod.ts";

/** The first broken hop of an autoscaler in the lab's namespace, and how to see all of it. */
export interface BrokenChain {
  line: string;
  told: Localized;
}

/** Which hop of a lesson each hop of a diagnosis belongs to. */
const PART_OF: Record<HopName, Hop> = {
  hpa: "hpa",
  scaledobject: "hpa",
  scaledjob: "hpa",
  jobs: "hpa",
  target: "hpa",
  object: "hpa",
  decision: "hpa",
  requests: "hpa",
  api: "api-service",
  keda: "keda",
  authentication: "keda",
  trigger: "keda",
  "metrics-server": "metrics-server",
  readings: "metrics-server",
  adapter: "adapter",
  rule: "adapter",
  query: "adapter",
  prometheus: "prometheus",
  series: "prometheus",
  scrape: "service-monitor",
  monitor: "service-monitor",
  service: "service",
  endpoints: "service",
  container: "container",
};

/**
 * What `why` finds broken between the container and the hop that a step is about, or anywhere; undefined where nothing
 * is, or nothing can be looked at. Of that hop itself the step's own check tells, and what is broken beyond it is no cause
 * of what the step lacks. Nor is a container that serves metrics and not the one that is asked for: a rule may have to make
 * that first.
 */
export async function brokenChain(lab: Lab, about?: Hop): Promise<BrokenChain | undefined> {
  const isBefore = (hop: HopName) =>
    about === undefined || HOPS.indexOf(PART_OF[hop]) < HOPS.indexOf(about);
  // What walks a metric's hops is large, and loaded when something is found wrong.
  const { askWhy, NotSeen, subjectText } = await import("../doctor/mod.ts");
  try {
    const client = new KubeClient(lab.api, { userAgent: DIAGNOSIS });
    const question = { namespace: lab.namespace, nowMs: lab.clock.now() };
    const { found } = await askWhy(client, question);
    for (const { subject, hops } of found) {
      const broken = hops.find(({ hop, state, fault }) =>
        state === "broken" && fault?.cause !== "metric-not-served" && isBefore(hop)
      );
      if (!broken?.fault) continue;
      const { en, ko } = broken.fault.told;
      return {
        line: `why ${subjectText(subject)}`,
        told: { en: `${broken.hop}: ${en}`, ko: `${broken.hop}: ${ko}` },
      };
    }
    return undefined;
  } catch (error) {
    const isAway = error instanceof ApiError || error instanceof ConnectionError ||
      error instanceof NotSeen || error instanceof TypeError;
    if (!isAway) throw error;
    return undefined;
  }
}

/** A name, an address or a label: a word with something in it that no plain word has. */
const NAMED = /[\w*]+(?:[-_./:=]+[\w*]+)+/g;

/** Whether a finding names everything that a sentence names. */
export function isSaidBy(finding: Finding, { en }: Localized): boolean {
  const { expected, actual, why, next } = finding;
  const said = [expected, actual, why, next].map((text) => text.en).join("\n");
  const names = en.match(NAMED) ?? [];
  return names.length > 0 && names.every((name) => said.includes(name));
}
