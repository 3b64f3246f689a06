import { askWhy, NotSeen, type Said, subjectText } from "../doctor/mod.ts";
import { ApiError, ConnectionError, KubeClient } from "../kube/mod.ts";
import type { Lab } from "../labs/mod.ts";
import type { Finding } from "../lesson/mod.ts";

/** The first broken hop of an autoscaler in the lab's namespace, and how to see all of it. */
export interface BrokenChain {
  line: string;
  told: Said;
}

/** What `why` finds broken; undefined where nothing is, nothing can be looked at, or the finding says it already. */
export async function brokenChain(lab: Lab, finding: Finding): Promise<BrokenChain | undefined> {
  try {
    const client = new KubeClient(lab.api, { userAgent: "hpa-tutor/doctor" });
    const question = { namespace: lab.namespace, nowMs: lab.clock.now() };
    const { found } = await askWhy(client, question);
    const broken = found.find(({ verdict }) => verdict === "broken");
    const fault = broken?.first?.fault;
    if (!fault || isSaidBy(finding, fault.told)) return undefined;
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

/** A name, an address or a label: a word with something in it that no plain word has. */
const NAMED = /[\w*]+(?:[-_./:=]+[\w*]+)+/g;

/** Whether a finding names everything that a sentence names. */
function isSaidBy(finding: Finding, { en }: Said): boolean {
  const { expected, actual, why, next } = finding;
  const said = [expected, actual, why, next].map((text) => text.en).join("\n");
  const names = en.match(NAMED) ?? [];
  return names.length > 0 && names.every((name) => said.includes(name));
}
