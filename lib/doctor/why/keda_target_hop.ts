import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import type { KedaWalk } from "./keda_walk.ts";
import { noTarget } from "./no_target.ts";
import { notMade } from "./pods_not_made.ts";
import { targetSeen } from "./target_seen.ts";

export const kedaTargetHop: HopLook<KedaWalk> = {
  hop: "target",
  see: async (walk) => targetSeen(await walk.scaled()),
  causes: [lost, async (walk) => notMade(await walk.scaled())],
};

async function lost(walk: KedaWalk): Promise<Fault | undefined> {
  const evidence = fieldEvidence("scaledobjects.keda.sh", walk.object, ".spec.scaleTargetRef");
  const { cluster } = walk;
  return await noTarget({ cluster, called: "ScaledObject", evidence }, await walk.scaled());
}
