import {
  type Condition,
  conditionOf,
  type HorizontalPodAutoscaler,
  Quantity,
  QuantitySyntaxError,
  selects,
} from "../kube/mod.ts";
import { type Check, finding, type LabView, type PredictStep } from "./lesson.ts";

/*
 * Checks of objects and logs that several lessons need, and the numbers of an HPA's sums.
 */

/** An object by resource and name, in the namespace `default`: `["services", "web"]`. */
type Named = readonly [resource: string, name: string];

async function those(view: LabView, objects: readonly Named[], areThere: boolean) {
  const found: string[] = [];
  let isLeaving = true;
  for (const [resource, name] of objects) {
    const object = await view.get(resource, "default", name);
    if ((object !== undefined) !== areThere) continue;
    found.push(`${resource.split(".")[0]}/${name}`);
    isLeaving &&= object?.metadata.deletionTimestamp !== undefined;
  }
  return { found, isLeaving };
}

/** All of a folder's objects are there; `line` applies them. */
export function applied(objects: readonly Named[], line: string): Check {
  return async (view) => {
    const { found: missing } = await those(view, objects, false);
    if (missing.length === 0) return [];
    return [finding(
      [
        `${objects.length} objects of the example in the cluster`,
        `not there: ${missing.join(", ")}`,
        "an object that is missing here is missing for every later hop",
        `apply them all: ${line}`,
      ],
      [
        `클러스터에 예제의 오브젝트 ${objects.length}개`,
        `없는 것: ${missing.join(", ")}`,
        "여기서 빠진 오브젝트는 이후의 모든 단계에서 빠집니다",
        `모두 적용하세요: ${line}`,
      ],
    )];
  };
}

/** None of a folder's objects is there any more; `line` deletes them. */
export function removed(
  objects: readonly Named[],
  because: { en: string; ko: string },
  line: string,
): Check {
  return async (view) => {
    const { found: left, isLeaving } = await those(view, objects, true);
    if (left.length === 0) return [];
    return [finding(
      [
        "nothing left of the example",
        `${left.join(", ")} ${left.length === 1 ? "is" : "are"} still there`,
        because.en,
        `delete what you applied: ${line}`,
      ],
      [
        "예제의 오브젝트가 하나도 없음",
        `아직 있는 것: ${left.join(", ")}`,
        because.ko,
        `적용했던 것을 지우세요: ${line}`,
      ],
      { waits: isLeaving },
    )];
  };
}

/** An HPA has brought its target to a number of replicas, which it comes to with time; `hpaOf` finds it. */
export function broughtTo(
  count: number,
  hpaOf: (view: LabView) => Promise<HorizontalPodAutoscaler | undefined>,
): Check {
  return async (view) => {
    const hpa = await hpaOf(view);
    const counted = hpa?.status?.currentReplicas;
    const replicas = counted ?? 0;
    if (hpa && replicas === count) return [];
    // One that was just made has counted none yet; and one replica is where it comes to without visitors.
    const isBelow = counted !== undefined && counted < count && count > 1;
    return [finding(
      [
        `${count} ${count === 1 ? "replica" : "replicas"}`,
        hpa ? `the HPA has ${replicas}` : "nothing scales the Deployment",
        "up is quick, within 15 seconds; down waits until five minutes have asked for less",
        isBelow
          ? "send visitors again, for as long as the step says: without them the metric falls"
          : "give it time: clock +1m",
      ],
      [
        `레플리카 ${count}개`,
        hpa ? `HPA에는 ${replicas}개` : "Deployment를 스케일하는 것이 없습니다",
        "늘리는 것은 15초 안에, 줄이는 것은 5분 내내 더 적게 원한 뒤에 합니다",
        isBelow
          ? "단계에 적힌 시간만큼 방문자를 다시 보내세요. 방문자가 없으면 메트릭이 내려갑니다"
          : "시간을 주세요: clock +1m",
      ],
      { waits: hpa !== undefined },
    )];
  };
}

/** A pod with these labels has written a line to its log, one of the last few; it comes with time. */
export function logSays(
  { namespace, labels, says, lines = Infinity }: {
    namespace: string;
    labels: Record<string, string>;
    says: string;
    lines?: number;
  },
): Check {
  return async (view) => {
    const pods = (await view.list("pods", { namespace }))
      .filter(({ metadata }) => selects({ matchLabels: labels }, metadata.labels));
    for (const { metadata: { name } } of pods) {
      const log = (await view.log(namespace, name)).trimEnd().split("\n");
      if (log.slice(-lines).some((line) => line.includes(says))) return [];
    }
    const whose = Object.values(labels).join(" ");
    return [finding(
      [
        `"${says}" in the log of ${whose}`,
        pods.length === 0 ? "there is no such pod" : "its log has no such line yet",
        "who does the work says how it went",
        "give it a minute: clock +1m",
      ],
      [
        `${whose}의 로그에 "${says}"`,
        pods.length === 0 ? "그런 파드가 없습니다" : "로그에 아직 그런 줄이 없습니다",
        "그 일을 하는 쪽이 어떻게 됐는지 압니다",
        "1분 기다리세요: clock +1m",
      ],
      { waits: pods.length > 0 },
    )];
  };
}

/** There is no cluster. */
export async function clusterGone(view: LabView) {
  const nodes = await view.list("nodes");
  if (nodes.length === 0) return [];
  return [finding(
    [
      "no cluster",
      `it is still there, with ${nodes.length} nodes`,
      "what kubectl says when there is no cluster is seen only without one",
      "take it away: make uninstall",
    ],
    [
      "클러스터가 없음",
      `아직 노드 ${nodes.length}개와 함께 있습니다`,
      "클러스터가 없을 때 kubectl이 하는 말은 없을 때만 볼 수 있습니다",
      "없애세요: make uninstall",
    ],
  )];
}

/** An object has a condition with this status and, where one is given, reason; time brings it. */
export function conditionIs(
  [resource, name]: Named,
  { type, status, reason }: { type: string; status: string; reason?: string },
): Check {
  return async (view) => {
    const object = await view.get(resource, "default", name);
    const condition: Condition | undefined = conditionOf(object, type);
    if (condition?.status === status && (!reason || condition.reason === reason)) return [];
    const what = `${resource.split(".")[0]}/${name}`;
    const is = condition
      ? `${condition.status}: ${condition.reason ?? condition.message ?? ""}`
      : "not set";
    return [finding(
      [
        `${type} of ${what} ${status}${reason ? `, ${reason}` : ""}`,
        object ? `it is ${is}` : "there is no such object",
        "whoever works on an object writes into its conditions how that went",
        "give it a moment: clock +30s",
      ],
      [
        `${what}의 ${type}이(가) ${status}${reason ? `, ${reason}` : ""}`,
        object ? `지금 ${is}` : "그런 오브젝트가 없습니다",
        "오브젝트를 다루는 쪽은 어떻게 됐는지 조건에 적습니다",
        "잠시 기다리세요: clock +30s",
      ],
      { waits: object !== undefined },
    )];
  };
}

/** An HPA of this name is there, in the namespace `default`; `line` brings it back. */
export function hpaIsThere(name: string, line: string): Check {
  return async (view) => {
    if (await view.get("horizontalpodautoscalers.autoscaling", "default", name)) return [];
    return [finding(
      [`an HPA ${name}`, "there is no such HPA", "it is what scales", line],
      [`HPA ${name}`, "그런 HPA가 없습니다", "스케일하는 것이 그것입니다", line],
    )];
  };
}

/** The answer to predict where the HPA has read nothing. */
export const NO_READING: Awaited<ReturnType<PredictStep["answer"]>> = {
  value: 0,
  arithmetic: [{
    en: "the HPA shows no reading: describe it first",
    ko: "HPA에 읽은 값이 없습니다. 먼저 describe로 보세요",
  }],
};

/** A quantity as a number without a unit, of CPU in cores; NaN where it is none. */
export function quantityOf(quantity: unknown): number {
  try {
    return Quantity.parse(String(quantity)).asNumber();
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
    return NaN;
  }
}

/** A number of a sum without the noise of binary fractions. */
export function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
