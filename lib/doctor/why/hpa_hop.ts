import { DEFAULT_HPA_OPTIONS } from "../../autoscale/mod.ts";
import { conditionOf } from "../../kube/mod.ts";
import type { HopLook } from "../hop.ts";
import { asIs, said } from "../said.ts";
import { timeText } from "./coming.ts";
import type { HpaWalk } from "./hpa_walk.ts";

const EVERY = timeText(DEFAULT_HPA_OPTIONS.syncPeriodMs);

export const hpaHop: HopLook<HpaWalk> = {
  hop: "hpa",
  see({ hpa }) {
    const { currentReplicas = 0, desiredReplicas = 0 } = hpa.status ?? {};
    const object = `HorizontalPodAutoscaler ${hpa.metadata.name}`;
    const failed = ["AbleToScale", "ScalingActive"].map((type) => conditionOf(hpa, type))
      .find((condition) => condition?.status === "False");
    if (failed) {
      return { object, state: "waits", saw: asIs(`${failed.type}=False ${failed.reason}`) };
    }
    if (!conditionOf(hpa, "AbleToScale")) {
      return {
        object,
        state: "waits",
        saw: said("has not been synced yet", "아직 sync 전"),
        awaits: said(
          `the first look of the HPA's controller, which looks at every HPA each ${EVERY}`,
          `HPA 컨트롤러가 처음 보기를 기다립니다. 모든 HPA를 ${EVERY}마다 봅니다`,
        ),
      };
    }
    return {
      object,
      state: "ok",
      saw: said(
        `${currentReplicas} → ${desiredReplicas} replicas`,
        `레플리카 ${currentReplicas} → ${desiredReplicas}`,
      ),
    };
  },
  causes: [],
};
