import type { Pod } from "../../../kube/mod.ts";
import { podFromTemplate, rankForDeletion } from "../_pods.ts";
import { indexOf } from "./_indexes.ts";
import { failureCounts } from "./_job_status.ts";
import { judgeFailure } from "./_policies.ts";
import type { StoredJob } from "./_stored_job.ts";

export const COMPONENT = "job-controller";
/** Holds a pod until its Job has counted it. */
export const TRACKING = "batch.kubernetes.io/job-tracking";
const INDEX = "batch.kubernetes.io/job-completion-index";
const INDEX_ENV = "JOB_COMPLETION_INDEX";
const MAX_PREFIX = 58;

export function hasTracking(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING) ?? false;
}

/** A pod of an Indexed Job: its place, and the one that failed there. */
export interface IndexedPod {
  index: number;
  replaced: Pod | undefined;
  perIndex: boolean;
}

/** A pod as the controller creates it. Source: kubernetes pkg/controller/job/job_controller.go (manageJob). */
export function jobPod(job: StoredJob, place?: IndexedPod): Pod {
  const { name } = job.metadata;
  const suffix = place ? `-${place.index}-` : "-";
  const pod = podFromTemplate(job, job.spec.template, {
    generateName: `${name.slice(0, MAX_PREFIX - suffix.length)}${suffix}`,
  });
  pod.metadata.finalizers = [...pod.metadata.finalizers ?? [], TRACKING];
  const { spec } = pod;
  if (!place || !spec) return pod;
  const { index, replaced, perIndex } = place;
  const counts = !replaced || judgeFailure(job, replaced).counts;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [INDEX]: String(index),
    ...(perIndex ? failureCounts(replaced, counts) : {}),
  };
  pod.metadata.labels = { ...pod.metadata.labels, [INDEX]: String(index) };
  spec.hostname = `${name}-${index}`;
  for (const container of [...spec.initContainers ?? [], ...spec.containers]) {
    if (container.env?.some((entry) => entry.name === INDEX_ENV)) continue;
    const fieldRef = { fieldPath: `metadata.labels['${INDEX}']` };
    container.env = [...container.env ?? [], { name: INDEX_ENV, valueFrom: { fieldRef } }];
  }
  return pod;
}

/** Pods to be given up: those without a valid index or beside another of the same, then `count` in all. */
export function surplusPods(job: StoredJob, active: readonly Pod[], count: number): Pod[] {
  const out: Pod[] = [];
  const ranked = rankForDeletion(active, [], 0);
  if (job.spec.completionMode === "Indexed") {
    const seen = new Set<number>();
    for (const pod of ranked.toReversed()) {
      const index = indexOf(pod);
      if (index === undefined || index >= (job.spec.completions ?? Infinity) || seen.has(index)) {
        out.push(pod);
      } else seen.add(index);
    }
  }
  for (const pod of ranked) {
    if (out.length >= count) break;
    if (!out.includes(pod)) out.push(pod);
  }
  return out;
}
