import type { JobCounts } from "../../../autoscale/mod.ts";
import { conditionOf, controllerReference, type Job, type Pod } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import { KEDA_VERSION } from "./hpa_spec.ts";
import { JOB_GENERATION, JOB_OWNER_LABEL, JOBS, jobsOf, type ScaledJob } from "./scaled_job.ts";

/*
 * The Jobs of a ScaledJob: what they are made of, and how they fare.
 * Source: kedacore/keda pkg/scaling/executor/scale_jobs.go.
 */

const EXCLUDED_LABELS = "scaledjob.keda.sh/job-excluded-labels";
/** Of the pods of a Job. */
const JOB_NAME_LABEL = "job-name";
const DEFAULT_HISTORY_LIMIT = 100;

/** A Job as KEDA makes it. Source: as above (generateJobs). */
export function jobFor(object: ScaledJob): Job {
  const { name, namespace, labels = {}, annotations = {}, generation = 0 } = object.metadata;
  const { template, ...spec } = structuredClone(object.spec!.jobTargetRef!);
  const excluded = annotations[EXCLUDED_LABELS]?.split(",") ?? [];
  const inherited = Object.entries(labels).filter(([key]) => !excluded.includes(key));
  const generateName = `${name}-`;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "",
      generateName,
      namespace,
      labels: {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/version": KEDA_VERSION,
        "app.kubernetes.io/part-of": name,
        "app.kubernetes.io/managed-by": "keda-operator",
        [JOB_OWNER_LABEL]: name,
        ...Object.fromEntries(inherited),
      },
      annotations: { [JOB_GENERATION]: String(generation), ...annotations },
      ownerReferences: [controllerReference(object)],
    },
    spec: {
      ...spec,
      template: {
        ...template,
        metadata: {
          ...template?.metadata!,
          generateName,
          labels: { ...template?.metadata?.labels, [JOB_OWNER_LABEL]: name },
        },
        // The API's own default is Always, which no Job may have.
        spec: { ...template?.spec!, restartPolicy: template?.spec?.restartPolicy || "OnFailure" },
      },
    },
  };
}

/** The condition that ended a Job. Source: as above (getFinishedJobConditionType). */
function endOf(job: Job): "Complete" | "Failed" | undefined {
  const types = ["Complete", "Failed"] as const;
  return types.find((type) => conditionOf(job, type)?.status === "True");
}

/** Source: as above (getRunningJobCount, getPendingJobCount). */
export function countJobs(kube: SimApi, object: ScaledJob): JobCounts {
  const unfinished = kube.list<Job>(JOBS, jobsOf(object)).filter((job) => !endOf(job));
  if (unfinished.length === 0) return { running: 0, pending: 0 };
  const conditions = object.spec!.scalingStrategy?.pendingPodConditions ?? [];
  const { namespace } = object.metadata;
  const begun = new Set(
    kube.list<Pod>("pods", { namespace, labelSelector: JOB_NAME_LABEL })
      .filter((pod) => hasBegun(pod, conditions))
      .map(({ metadata }) => metadata.labels![JOB_NAME_LABEL]),
  );
  const pending = unfinished.filter(({ metadata }) => !begun.has(metadata.name)).length;
  return { running: unfinished.length, pending };
}

/** Whether a pod has all conditions that are asked for; where none are, whether it runs or has run. */
function hasBegun(pod: Pod, conditions: readonly string[]): boolean {
  if (conditions.length > 0) {
    return conditions.every((type) => conditionOf(pod, type)?.status === "True");
  }
  return pod.status?.phase === "Running" || pod.status?.phase === "Succeeded";
}

/**
 * The Jobs that are over and beyond the history limits, each with the limit it is beyond.
 * Source: as above (cleanUp, deleteJobsWithHistoryLimit).
 */
export function beyondHistory(kube: SimApi, object: ScaledJob): { job: Job; limit: number }[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = object.spec!;
  const jobs = kube.list<Job>(JOBS, jobsOf(object));
  const oldest = (end: "Complete" | "Failed", limit = DEFAULT_HISTORY_LIMIT) => {
    const ended = jobs.filter((job) => endOf(job) === end).sort(byCompletion);
    return ended.slice(0, Math.max(0, ended.length - limit)).map((job) => ({ job, limit }));
  };
  return [
    ...oldest("Complete", successfulJobsHistoryLimit),
    ...oldest("Failed", failedJobsHistoryLimit),
  ];
}

/** One that failed has no completion time, and goes before none. */
function byCompletion(one: Job, other: Job): number {
  const [first, second] = [one, other].map(({ status }) =>
    Date.parse(String(status?.completionTime ?? ""))
  );
  return first < second ? -1 : first > second ? 1 : 0;
}
