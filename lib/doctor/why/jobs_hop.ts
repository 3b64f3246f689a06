import {
  conditionOf,
  type Event,
  isConditionTrue,
  isFinished,
  type Job,
  type Pod,
} from "../../kube/mod.ts";
import { seenAt } from "../event_time.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { containerTrouble, isStuck } from "../pods.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { JOB_LABEL, type JobWalk } from "./job_walk.ts";

export const jobsHop: HopLook<JobWalk> = {
  hop: "jobs",
  async see(walk) {
    const { complete, failed } = await walk.counted();
    const { running, pending } = await walk.counts();
    const begun = running - pending;
    return {
      object: "",
      state: "ok",
      saw: said(
        `${begun} running, ${pending} not begun, ${complete.length} complete, ${failed.length} failed`,
        `실행 중 ${begun}, 시작 전 ${pending}, 완료 ${complete.length}, 실패 ${failed.length}`,
      ),
    };
  },
  causes: [refused, stuck, failing],
};

/** The API refuses the Jobs that KEDA makes. */
async function refused(walk: JobWalk): Promise<Fault | undefined> {
  // What is not active is not tried; what was refused before may be mended since.
  if (!isConditionTrue(walk.object, "Active")) return undefined;
  const { name, namespace } = walk.object.metadata;
  const events = await walk.cluster.reads.list<Event>("v1/events", walk.namespace);
  const own = events.filter(({ involvedObject: of }) =>
    of?.kind === walk.kind && of.name === name && of.uid === walk.object.metadata.uid
  );
  const last = own.filter(({ reason }) => reason === "KEDAJobCreateFailed")
    .toSorted((a, b) => seenAt(a) - seenAt(b)).at(-1);
  if (!last || seenAt(last) < await walk.cluster.now() - TOLD_WITHIN_MS) return undefined;
  const isPast = (await walk.jobs()).some(({ metadata }) =>
    Date.parse(metadata.creationTimestamp ?? "") > seenAt(last)
  );
  if (isPast) return undefined;
  const { message = "" } = last;
  const isQuota = /exceeded quota/.test(message);
  return {
    cause: "jobs-not-made",
    told: said(
      `The Jobs cannot be made: ${message}.`,
      `Job을 만들 수 없습니다: ${message}.`,
    ),
    evidence: [{
      command: `kubectl -n ${namespace} get events --field-selector ` +
        `involvedObject.name=${name},reason=KEDAJobCreateFailed`,
      printed: message,
    }],
    remedy: isQuota
      ? {
        command: `kubectl -n ${namespace} describe resourcequota`,
        told: said(
          "raise the quota, or lower maxReplicaCount",
          "할당량을 늘리거나 maxReplicaCount를 줄이세요",
        ),
      }
      : {
        told: said(
          "correct in spec.jobTargetRef what it names",
          "거기서 말하는 것을 spec.jobTargetRef에서 고치세요",
        ),
      },
    upstream: isQuota ? DOCS.quotas : DOCS.kedaJobs,
  };
}

/** How often an event that comes again and again is written anew. Source: kubernetes/client-go tools/events/event_broadcaster.go (refreshTime). */
const TOLD_WITHIN_MS = 31 * 60_000;

/** Whether a change of the spec leaves the Jobs of before. Source: kedacore/keda controllers/keda/scaledjob_controller.go. */
function isGradual({ object: { spec } }: JobWalk): boolean {
  return (spec.rolloutStrategy || spec.rollout?.strategy) === "gradual";
}

/** Jobs were made, and no pod of theirs comes up. */
async function stuck(walk: JobWalk): Promise<Fault | undefined> {
  const { open } = await walk.counted();
  for (const job of open) {
    const lost = (await walk.podsOf(job)).find((pod) => !isFinished(pod) && isStuck(pod));
    if (!lost) continue;
    const { pod, reason, told } = await containerTrouble(walk.cluster.reads, lost);
    const { name, namespace } = pod.metadata;
    const isPending = conditionOf(pod, "PodScheduled")?.status === "False";
    const why = `(${reason})${told ? `: ${told.replace(/\.$/, "")}` : ""}`;
    return {
      cause: "job-pods-not-ready",
      told: said(
        `The pod ${name} of a Job does not run ${why}.`,
        `Job의 파드 ${name}이(가) 뜨지 못합니다 ${why}.`,
      ),
      evidence: [
        isPending
          ? fieldEvidence("pods", pod, '.status.conditions[?(@.type=="PodScheduled")].message')
          : fieldEvidence("pods", pod, ".status.containerStatuses[*].state"),
      ],
      remedy: {
        command: isPending || !isGradual(walk)
          ? `kubectl -n ${namespace} describe pod ${name}`
          : `kubectl -n ${namespace} delete job ${job.metadata.name}`,
        told: isPending
          ? said(
            "lower maxReplicaCount or what a Job's pod requests, or add nodes",
            "maxReplicaCount나 Job 파드의 requests를 줄이거나 노드를 늘리세요",
          )
          : isGradual(walk)
          ? said(
            "correct spec.jobTargetRef; a gradual rollout keeps the Jobs of before, so delete them",
            "spec.jobTargetRef를 고치세요. gradual rollout은 이전 Job을 남기므로 지우세요",
          )
          : said(
            "correct spec.jobTargetRef; the Jobs of before go with that change",
            "spec.jobTargetRef를 고치세요. 이전 Job은 그때 지워집니다",
          ),
      },
      upstream: DOCS.pods,
    };
  }
}

/** The Job that ended last failed, or one that runs has failed before; where others did their work, that is to be minded. */
async function failing(walk: JobWalk): Promise<Fault | undefined> {
  const { open, complete, failed } = await walk.counted();
  for (const job of [...failed.slice(0, 1), ...open]) {
    const pod = (await walk.podsOf(job)).find(({ status }) => status?.phase === "Failed");
    const why = conditionOf(job, "Failed")?.message;
    if (!pod && !why) continue;
    const fault = await failureOf(walk, job, pod);
    return complete.length > 0 ? { ...fault, warns: true } : fault;
  }
}

async function failureOf(walk: JobWalk, job: Job, pod: Pod | undefined): Promise<Fault> {
  const { name } = job.metadata;
  const trouble = pod && await containerTrouble(walk.cluster.reads, pod);
  const last = trouble &&
    `${trouble.pod.metadata.name}: ${[trouble.reason, trouble.told].filter(Boolean).join(": ")}`;
  const why = [conditionOf(job, "Failed")?.message, last].filter(Boolean).join("; ");
  return {
    cause: "jobs-failing",
    told: said(`The Job ${name} fails: ${why}.`, `Job ${name}이(가) 실패합니다: ${why}.`),
    evidence: [
      fieldEvidence("jobs", job, ".status.conditions[*].message"),
      ...(trouble ? [trouble.seen] : []),
    ],
    remedy: {
      command: `kubectl -n ${walk.namespace} logs -l ${JOB_LABEL}=${walk.object.metadata.name}`,
      told: said(
        "correct what the container runs; what it took off the queue KEDA does not put back",
        "컨테이너가 실행하는 것을 고치세요. 큐에서 꺼낸 것을 KEDA가 되돌려 놓지는 않습니다",
      ),
    },
    upstream: DOCS.jobs,
  };
}
