import { conditionOf } from "../../kube/mod.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { JobWalk } from "./job_walk.ts";
import type { Trigger } from "./keda_walk.ts";
import { asksOf, noScaler } from "./other_trigger_hop.ts";
import { parameterOf } from "./scaledobject_hop.ts";

/** A trigger of a ScaledJob that asks something beyond the cluster's metrics. */
export interface JobTriggerWalk {
  keda: JobWalk;
  trigger: Trigger;
  number: number;
}

export const jobTriggerHop: HopLook<JobTriggerWalk> = {
  hop: "trigger",
  see({ keda, trigger, number }) {
    const { type } = trigger;
    const found = keda.activityOf(number);
    const asks = asksOf(trigger);
    const where = asks ? ` (${asks})` : "";
    if (!found) {
      // A KEDA that is older does not tell of each trigger.
      const isAsked = conditionOf(keda.object, "Ready")?.status === "True";
      return {
        object: type,
        state: isAsked ? "unknown" : "waits",
        saw: isAsked
          ? said(
            `KEDA does not say whether it is active${where}`,
            `활성인지 KEDA가 알려 주지 않음${where}`,
          )
          : said(`KEDA has not asked it yet${where}`, `KEDA가 아직 묻지 않음${where}`),
      };
    }
    return {
      object: `${type} (${found.metric})`,
      state: "ok",
      saw: found.isActive
        ? said(`KEDA says it is active${where}`, `KEDA: 활성${where}`)
        : said(`KEDA says it is not active${where}`, `KEDA: 비활성${where}`),
    };
  },
  causes: [resourceTrigger, noScaler, failing],
};

/** cpu and memory are for an HPA to measure, and a ScaledJob has none. */
export function resourceTrigger({ keda, trigger, number }: JobTriggerWalk): Fault | undefined {
  const { type } = trigger;
  if (type !== "cpu" && type !== "memory") return undefined;
  return {
    cause: "resource-trigger-of-a-scaledjob",
    told: said(
      `Trigger ${number} is ${type}, which an HPA measures: a ScaledJob has none, and KEDA refuses it.`,
      `트리거 ${number}의 ${type}은(는) HPA가 재는 것인데 ScaledJob에는 HPA가 없어 KEDA가 거절합니다.`,
    ),
    evidence: [fieldEvidence(keda.resource, keda.object, `.spec.triggers[${number}].type`)],
    remedy: {
      told: said(
        "ask for what there is to do (the length of a queue), or scale a Deployment by a ScaledObject",
        "할 일의 양(큐의 길이)을 묻거나, ScaledObject로 Deployment를 스케일하세요",
      ),
    },
    upstream: DOCS.kedaJobs,
  };
}

/** KEDA could not ask it at the last poll. */
async function failing({ keda, trigger, number }: JobTriggerWalk): Promise<Fault | undefined> {
  const ready = conditionOf(keda.object, "Ready");
  const { reason = "", message = "" } = ready ?? {};
  if (!["TriggerError", "PartialTriggerError"].includes(reason)) return undefined;
  const words = await keda.operatorWords();
  const isOwn = keda.triggers.length === 1 ||
    (words?.scaler !== undefined && plain(words.scaler).includes(plain(trigger.type)));
  if (!isOwn || keda.activityOf(number)?.isActive) return undefined;
  const { type } = trigger;
  const told = words?.error ?? message;
  const asks = asksOf(trigger);
  const where = asks ? ` (${asks})` : "";
  return {
    cause: "trigger-failing",
    told: said(
      `The ${type} trigger gives no value${where}: ${told}.`,
      `${type} 트리거가 값을 내지 못합니다${where}: ${told}.`,
    ),
    evidence: [
      fieldEvidence(
        keda.resource,
        keda.object,
        '.status.conditions[?(@.type=="Ready")].message',
      ),
      ...(words ? [words.evidence] : []),
    ],
    remedy: {
      told: parameterOf(keda, told) ?? said(
        "mend what KEDA's operator says, in the trigger's metadata, its authentication or at what it asks",
        "KEDA operator의 말대로 트리거의 metadata, 인증, 또는 묻는 곳을 고치세요",
      ),
    },
    upstream: `${DOCS.kedaScalers}${type}/`,
  };
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z]+/g, "");
}
