import type { Job, models, Pod } from "../../../kube/mod.ts";
import { IndexSet } from "./_indexes.ts";

/** What a pod failure policy makes of a failed pod. */
export interface FailureVerdict {
  action?: "Ignore" | "FailIndex" | "Count" | "FailJob";
  /** Whether the failure counts towards the back-off limit. */
  counts: boolean;
  /** Why the Job is to fail. */
  message?: string;
}

/** Source: kubernetes pkg/controller/job/pod_failure_policy.go. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [i, { action, onExitCodes, onPodConditions }] of rules.entries()) {
    if (onExitCodes) {
      const end = matchingEnd(pod, onExitCodes);
      if (!end) continue;
      const message =
        `Container ${end.name} for pod ${name} failed with exit code ${end.exitCode} ` +
        `matching ${action} rule at index ${i}`;
      return verdict(action, message);
    }
    const match = (pod.status?.conditions ?? []).find(({ type, status }) =>
      onPodConditions?.some((pattern) => pattern.type === type && pattern.status === status)
    );
    if (match) {
      const message =
        `Pod ${name} has condition ${match.type} matching ${action} rule at index ${i}`;
      return verdict(action, message);
    }
  }
  return { counts: true };
}

function verdict(action: NonNullable<FailureVerdict["action"]>, message: string): FailureVerdict {
  return {
    action,
    counts: action !== "Ignore",
    ...(action === "FailJob" ? { message } : {}),
  };
}

/** The container whose end a rule asks for, and how it ended. */
function matchingEnd(
  pod: Pod,
  { containerName, operator, values }: models.PodFailurePolicyOnExitCodesRequirement,
): { name: string; exitCode: number } | undefined {
  const statuses = [
    ...pod.status?.containerStatuses ?? [],
    ...pod.status?.initContainerStatuses ?? [],
  ];
  for (const { name, state } of statuses) {
    const exitCode = state?.terminated?.exitCode;
    if (!exitCode || (containerName !== undefined && containerName !== name)) continue;
    if (values.includes(exitCode) === (operator === "In")) return { name, exitCode };
  }
  return undefined;
}

/**
 * The rule of a success policy that the succeeded indexes meet, in a condition's words.
 * Source: kubernetes pkg/controller/job/success_policy.go.
 */
export function metSuccessRule(job: Job, succeeded: IndexSet): string | undefined {
  if (succeeded.size === 0) return undefined;
  const rules = job.spec?.successPolicy?.rules ?? [];
  const met = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeeded.size >= (succeededCount ?? Infinity);
    const wanted = [...IndexSet.parse(succeededIndexes, job.spec?.completions ?? 0)];
    const count = wanted.filter((index) => succeeded.has(index)).length;
    return wanted.length > 0 && (count === wanted.length || count >= (succeededCount ?? Infinity));
  });
  return met < 0 ? undefined : `Matched rules at index ${met}`;
}
