import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { podsText } from "../pods.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { KedaWalk } from "./keda_walk.ts";

export const kedaTargetHop: HopLook<KedaWalk> = {
  hop: "target",
  async see(walk) {
    const { kind, name, scale, pods } = await walk.scaled();
    const object = `${kind} ${name}`;
    if ("error" in scale) return { object, state: "waits", saw: asIs(scale.error) };
    return {
      object,
      state: "ok",
      saw: said(
        `${scale.specReplicas} replicas${pods.length > 0 ? `, ${podsText(pods)}` : ""}`,
        `replica ${scale.specReplicas}개${pods.length > 0 ? `, ${podsText(pods)}` : ""}`,
      ),
    };
  },
  causes: [noTarget],
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
