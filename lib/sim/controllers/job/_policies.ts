import type { KubeObject, Pod } from "../../../kube/mod.ts";
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
export function judgeFailure(job: KubeObject, pod: Pod): FailureVerdict {
  const rules: any[] = job.spec.podFailurePolicy?.rules ?? [];
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [i, { action, onExitCodes, onPodConditions }] of rules.entries()) {
    if (onExitCodes) {
      const status = matchingContainer(pod, onExitCodes);
      if (!status) continue;
      const code = status.state.terminated.exitCode;
      const message = `Container ${status.name} for pod ${name} failed with exit code ${code} ` +
        `matching ${action} rule at index ${i}`;
      return verdict(action, message);
    }
    const match = (pod.status?.conditions ?? []).find(({ type, status }) =>
      onPodConditions?.some((pattern: any) => pattern.type === type && pattern.status === status)
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

function matchingContainer(pod: Pod, { containerName, operator, values }: any): any {
  const statuses: any[] = [
    ...pod.status?.containerStatuses ?? [],
    ...pod.status?.initContainerStatuses ?? [],
  ];
  return statuses.find(({ name, state }) => {
    const code = state?.terminated?.exitCode;
    if (!code || (containerName !== undefined && containerName !== name)) return false;
    return values.includes(code) === (operator === "In");
  });
}

/**
 * The rule of a success policy that the succeeded indexes meet, in a condition's words.
 * Source: kubernetes pkg/controller/job/success_policy.go.
 */
export function metSuccessRule(job: KubeObject, succeeded: IndexSet): string | undefined {
  if (succeeded.size === 0) return undefined;
  const rules: any[] = job.spec.successPolicy?.rules ?? [];
  const met = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeeded.size >= (succeededCount ?? Infinity);
    const wanted = [...IndexSet.parse(succeededIndexes, job.spec.completions)];
    const count = wanted.filter((index) => succeeded.has(index)).length;
    return wanted.length > 0 && (count === wanted.length || count >= (succeededCount ?? Infinity));
  });
  return met < 0 ? undefined : `Matched rules at index ${met}`;
}
