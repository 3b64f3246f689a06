import { humanDuration } from "../../../go/mod.ts";
import {
  formatSelector,
  isConditionTrue,
  type KubeObject,
  type models,
  sameJson,
} from "../../../kube/mod.ts";
import { age, columns, containerTexts } from "../tables/mod.ts";
import { checkJob } from "../validation/mod.ts";
import { fallback } from "./_defaulting.ts";
import { kind } from "./_kind.ts";
import { podTemplate } from "./_pod_defaults.ts";

const MAX_INT32 = 2 ** 31 - 1;

const JOB_STATES: readonly [condition: string, text: string][] = [
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
];

/** Source: kubernetes/kubernetes pkg/registry/batch/job/strategy.go. */
export const jobs = kind("jobs.batch", {
  defaults: (job) => {
    const { labels } = job.spec.template?.metadata ?? {};
    if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) {
      job.metadata.labels = { ...labels };
    }
    jobSpec(job.spec);
  },
  validate: checkJob,
  podSpecAt: "spec.template.spec",
  namesPods: true,
  prepareForCreate: generateJobSelector,
  selectableFields: {
    "status.successful": ({ status }) => status?.succeeded ?? 0,
  },
  printer: {
    columns: columns(
      "Name:name, Status, Completions, Duration, Age, Containers:wide, Images:wide, Selector:wide",
    ),
    cells: (object, nowMs) => [
      object.metadata.name,
      jobStatus(object),
      completions(object),
      jobDuration(object, nowMs),
      age(object, nowMs),
      ...containerTexts(object.spec.template),
      formatSelector(object.spec.selector),
    ],
  },
});

function jobSpec(spec: models.JobSpec): void {
  if (spec.parallelism === undefined) fallback(spec, { completions: 1 });
  fallback(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed",
    manualSelector: false,
  });
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) fallback(pattern, { status: "True" });
  }
  podTemplate(spec);
}

/**
 * Gives a Job, which has its uid, the selector of its pods, unless it brings one.
 * Source: kubernetes/kubernetes pkg/registry/batch/job/strategy.go (generateSelector).
 * @param job is changed in place.
 */
function generateJobSelector(job: KubeObject): void {
  const { uid, name } = job.metadata;
  const template = job.spec.template.metadata;
  const isLabelled = Object.keys(job.metadata.labels ?? {}).length > 0;
  const hasTheirs = sameJson(job.metadata.labels, template.labels);
  if (!job.spec.manualSelector) {
    template.labels = {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
      ...template.labels,
    };
    const selector = job.spec.selector ??= {};
    selector.matchLabels = {
      ...selector.matchLabels,
      "batch.kubernetes.io/controller-uid":
        selector.matchLabels?.["batch.kubernetes.io/controller-uid"] ?? uid,
    };
  }
  // A Job without labels has those of its pods, as it is read again with its defaults.
  if ((!isLabelled || hasTheirs) && template.labels) job.metadata.labels = { ...template.labels };
}

function jobStatus(job: KubeObject): string {
  const { metadata } = job;
  const has = (type: string) => isConditionTrue(job, type);
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp) return "Terminating";
  return JOB_STATES.find(([condition]) => has(condition))?.[1] ?? "Running";
}

function completions({ spec, status }: KubeObject): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: KubeObject, nowMs: number): string {
  if (!status?.startTime) return "";
  const endMs = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(endMs - Date.parse(status.startTime));
}
