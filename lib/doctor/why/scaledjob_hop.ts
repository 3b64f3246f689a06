import { conditionOf } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { noAuthentication, noSecret } from "./authentication_hop.ts";
import { resourceTrigger } from "./job_trigger_hop.ts";
import type { JobWalk } from "./job_walk.ts";
import { othersOf } from "./no_target.ts";
import { noScaler, refusalEvidence } from "./other_trigger_hop.ts";
import { paused } from "./paused.ts";
import { notInstalled, seeScalable, wayOut } from "./scaledobject_hop.ts";

export const scaledJobHop: HopLook<JobWalk> = {
  hop: "scaledjob",
  see: ({ object, cluster }) =>
    seeScalable(cluster, object, {
      conditions: ["Ready", "Active", "Paused"],
      it: said("ScaledJob", "ScaledJob을"),
      then: said("asks its triggers", "트리거에 묻습니다"),
    }),
  causes: [paused, checkFailed],
};

/** KEDA refuses the ScaledJob as it is, for a reason that no other hop tells. */
async function checkFailed(walk: JobWalk): Promise<Fault | undefined> {
  const { object, triggers } = walk;
  const ready = conditionOf(object, "Ready");
  if (ready?.status !== "False" || ready.reason !== "ScaledJobCheckFailed") return undefined;
  if (await noAuthentication(walk) ?? await noSecret(walk)) return undefined;
  for (const [number, trigger] of triggers.entries()) {
    const one = { keda: walk, trigger, number };
    if (resourceTrigger(one) ?? await noScaler(one)) return undefined;
  }
  const told = await walk.refusal();
  return {
    cause: "scaledjob-refused",
    told: said(`KEDA cannot work on it: ${told}.`, `KEDA가 처리하지 못합니다: ${told}.`),
    evidence: [
      fieldEvidence(walk.resource, object, '.status.conditions[?(@.type=="Ready")].message'),
      await refusalEvidence(walk),
    ],
    remedy: { told: wayOut(walk, told) },
    upstream: DOCS.kedaJobs,
  };
}

/** Why a ScaledJob that is asked for is not there. Errors: NotSeen. */
export async function noScaledJob(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Fault> {
  const kind = "ScaledJob";
  if ((await cluster.reads.raw("/apis/keda.sh/v1alpha1")).code === 404) return notInstalled(kind);
  const { near } = await othersOf(cluster, namespace, { kind, name });
  return {
    cause: "scaledjob-missing",
    told: said(
      `There is no ScaledJob ${name} in ${namespace}${
        near ? `; the nearest name is ${near}.` : "."
      }`,
      `${namespace}에 ScaledJob ${name}이(가) 없습니다${
        near ? `. 가까운 이름은 ${near}입니다.` : "."
      }`,
    ),
    evidence: [missingEvidence("scaledjobs.keda.sh", name, namespace)],
    remedy: {
      command: near ? `why sj/${near} -n ${namespace}` : `kubectl -n ${namespace} get scaledjobs`,
    },
    upstream: DOCS.kedaJobs,
  };
}
