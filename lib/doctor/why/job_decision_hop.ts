import { jobBounds } from "../../autoscale/mod.ts";
import { isConditionTrue } from "../../kube/mod.ts";
import type { HopLook } from "../hop.ts";
import { orUnseen } from "../reads.ts";
import { asIs, type Localized, said } from "../said.ts";
import type { JobSum, JobWalk, Queue } from "./job_walk.ts";
import { type LastReading, lastReadings } from "./keda_words.ts";
import { TriggerWalk } from "./trigger_walk.ts";

export const jobDecisionHop: HopLook<JobWalk> = {
  hop: "decision",
  async see(walk) {
    if (isConditionTrue(walk.object, "Paused")) {
      return { object: "", state: "waits", saw: said("paused", "멈춤") };
    }
    if (!isConditionTrue(walk.object, "Ready")) {
      return {
        object: "",
        state: "waits",
        saw: said("a trigger is not read", "읽지 못한 트리거가 있음"),
      };
    }
    const queues = await queuesOf(walk);
    if (!queues) {
      const { running } = await walk.counts();
      const { min, more } = jobBounds(walk.object.spec);
      return {
        object: "",
        state: "ok",
        saw: said(
          `${running} of at most ${
            min + more
          } Jobs; how long the queue is KEDA tells in its log at debug level alone`,
          `Job ${running}개 (최대 ${
            min + more
          }개). 큐의 길이는 KEDA가 debug 로그에서만 알려 줍니다`,
        ),
      };
    }
    return { object: "", state: "ok", saw: sumText(walk, await walk.sumOf(queues)) };
  },
  causes: [],
};

/** The queue of every trigger, where all are known: asked of Prometheus, or as the operator's log has them. Errors: NotSeen. */
async function queuesOf(walk: JobWalk): Promise<Queue[] | undefined> {
  const logged =
    await orUnseen(async () =>
      await lastReadings(walk.cluster.reads, await walk.operators(), walk.object.metadata.name)
    ) ?? new Map<string, LastReading>();
  const queues: Queue[] = [];
  for (const [number, trigger] of walk.triggers.entries()) {
    const metric = walk.activityOf(number)?.metric;
    const asked = trigger.type === "prometheus"
      ? await askedNow(new TriggerWalk(walk, trigger, number))
      : undefined;
    const last = metric === undefined ? undefined : logged.get(metric);
    const queue = asked ?? (last && { ...last, isOld: true });
    if (!queue) return undefined;
    queues.push(queue);
  }
  return queues;
}

async function askedNow({ result, trigger }: TriggerWalk): Promise<Queue | undefined> {
  const found = await orUnseen(() => result());
  if (!found || !("data" in found) || found.data.length > 1) return undefined;
  const { threshold, activationThreshold = "0" } = trigger.metadata ?? {};
  const length = found.data[0]?.value ?? 0;
  const isActive = length > Number(activationThreshold);
  return { length, target: Number(threshold), isActive, isOld: false };
}

function sumText(
  walk: JobWalk,
  { queues, counts, decision, isActive, jobs }: JobSum,
): Localized {
  const { min, more } = jobBounds(walk.object.spec);
  const { multipleScalersCalculation: how = "max" } = walk.object.spec.scalingStrategy ?? {};
  const each = queues.map(({ length, target }) => `${short(length)} ÷ ${short(target)}`);
  const wanted = queues.length === 1 ? each[0] : `${how}(${each.join(", ")})`;
  const of = queues.some(({ isOld }) => isOld)
    ? said(`${wanted} at the last poll`, `마지막 폴링에서 ${wanted}`)
    : asIs(wanted);
  const { running, pending } = counts;
  const { strategy, starts } = decision;
  if (!isActive) {
    return said(
      `${of.en}: no trigger is active, no Job is started`,
      `${of.ko}: 활성인 트리거가 없어 Job을 시작하지 않음`,
    );
  }
  if (strategy === "minimum") {
    return said(
      `${running} run, minReplicaCount is ${min}: ${starts} more`,
      `${running}개 실행 중, minReplicaCount는 ${min}: ${starts}개 더`,
    );
  }
  const above = min > 0
    ? said(` beyond the ${min} that always run`, ` (늘 도는 ${min}개 말고)`)
    : said("", "");
  return said(
    `${of.en} → ${jobs}, at most ${more}${above.en}; ` +
      `${running} run, ${pending} not begun: ${starts} more (${strategy})`,
    `${of.ko} → ${jobs}, 최대 ${more}${above.ko}. ` +
      `${running}개 실행 중, ${pending}개 시작 전: ${starts}개 더 (${strategy})`,
  );
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}
