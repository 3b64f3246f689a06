import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { KedaWalk } from "./keda_walk.ts";
import { notMade } from "./pods_not_made.ts";
import { targetSeen } from "./target_seen.ts";

export const kedaTargetHop: HopLook<KedaWalk> = {
  hop: "target",
  see: async (walk) => targetSeen(await walk.scaled()),
  causes: [noTarget, async (walk) => notMade(await walk.scaled())],
};

async function noTarget(walk: KedaWalk): Promise<Fault | undefined> {
  const { kind, name, scale, resource, namespace } = await walk.scaled();
  if (!("error" in scale)) return undefined;
  return {
    cause: "target-missing",
    told: said(
      `The ScaledObject is to scale ${kind} ${name}, which is not in ${namespace}.`,
      `ScaledObject가 스케일할 ${kind} ${name}이(가) ${namespace}에 없습니다.`,
    ),
    evidence: [
      fieldEvidence("scaledobjects.keda.sh", walk.object, ".spec.scaleTargetRef"),
      missingEvidence(resource, name, namespace),
    ],
    remedy: {
      told: said("name a workload of its namespace", "같은 네임스페이스의 워크로드를 쓰세요"),
    },
    upstream: DOCS.keda,
  };
}
