import { DEFAULT_HPA_OPTIONS } from "../../autoscale/mod.ts";
import { conditionOf } from "../../kube/mod.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
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
      const saw = asIs(`${failed.type}=False ${failed.reason}`);
      // At 0 replicas it is to do nothing.
      if (failed.reason === "ScalingDisabled") return { object, state: "waits", saw };
      return {
        object,
        state: "waits",
        saw,
        awaits: said(
          `the next look of the HPA's controller, each ${EVERY}: its last one failed (${failed.message})`,
          `HPA 컨트롤러가 ${EVERY}마다 다시 보기를 기다립니다. 지난번에는 실패했습니다 (${failed.message})`,
        ),
      };
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
  causes: [notWritten],
};

/**
 * The controller knows the size, and may not write it. Source: kubernetes/kubernetes
 * pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler).
 */
function notWritten({ hpa }: HpaWalk): Fault | undefined {
  const able = conditionOf(hpa, "AbleToScale");
  if (able?.status !== "False" || able.reason !== "FailedUpdateScale") return undefined;
  const message = able.message ?? "";
  // Somebody wrote between its read and its write: the next sync does it.
  if (/the object has been modified/.test(message)) return undefined;
  return {
    cause: "scale-not-written",
    told: said(
      `The HPA's controller is not let write the new size: ${message}.`,
      `HPA 컨트롤러가 새 크기를 쓰지 못합니다: ${message}.`,
    ),
    evidence: [
      fieldEvidence("hpa", hpa, '.status.conditions[?(@.type=="AbleToScale")].message'),
    ],
    remedy: {
      told: said(
        "let it update the target's scale: what refuses that, a role, a policy or a webhook, stands in the message",
        "대상의 scale을 고칠 수 있게 하세요. 거절한 것(역할, 정책, webhook)은 메시지에 있습니다",
      ),
    },
    upstream: DOCS.hpa,
  };
}
