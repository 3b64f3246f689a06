import { askWhy, NotSeen, type Said, subjectText } from "../doctor/mod.ts";
import { ApiError, ConnectionError, KubeClient } from "../kube/mod.ts";
import type { Lab } from "../labs/mod.ts";

/** The first broken hop of an autoscaler in the lab's namespace, and how to see all of it. */
export interface BrokenChain {
  line: string;
  told: Said;
}

/** What `why` finds broken; undefined where nothing is, or nothing can be looked at. */
export async function brokenChain(lab: Lab): Promise<BrokenChain | undefined> {
  try {
    const client = new KubeClient(lab.api, { userAgent: "hpa-tutor/doctor" });
    const question = { namespace: lab.namespace, nowMs: lab.clock.now() };
    const { found } = await askWhy(client, question);
    const broken = found.find(({ verdict }) => verdict === "broken");
    const fault = broken?.first?.fault;
    if (!fault) return undefined;
    const { en, ko } = fault.told;
    const { hop } = broken.first!;
    return {
      line: `why ${subjectText(broken.subject)}`,
      told: { en: `${hop}: ${en}`, ko: `${hop}: ${ko}` },
    };
  } catch (error) {
    const isAway = error instanceof ApiError || error instanceof ConnectionError ||
      error instanceof NotSeen || error instanceof TypeError;
    if (!isAway) throw error;
    return undefined;
  }
}
