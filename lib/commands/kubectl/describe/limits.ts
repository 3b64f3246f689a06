import { compareGo, sortedKeys } from "../../../go/mod.ts";
import {
  formatSelector,
  type KubeObject,
  type Loose,
  type models,
  type PriorityClass,
  quantityText,
  type Served,
} from "../../../kube/mod.ts";
import { formatLabels } from "../get_table.ts";
import type { DescriptionWriter } from "./writer.ts";

const LIMIT_HEAD =
  "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n";
const LIMIT_RULE =
  "----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n";

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeLimitRange). */
export function describeLimitRange(range: Served<"limitranges">, w: DescriptionWriter): void {
  w.field(0, "Name", range.metadata.name);
  w.field(0, "Namespace", range.metadata.namespace);
  w.write(0, LIMIT_HEAD);
  w.write(0, LIMIT_RULE);
  describeLimits(range.spec?.limits, "", w);
}

/** Those of a namespace. Source: kubernetes/kubectl pkg/describe/describe.go (DescribeLimitRanges). */
export function describeLimitRanges(ranges: Served<"limitranges">[], w: DescriptionWriter): void {
  if (ranges.length === 0) return w.write(0, "No LimitRange resource.\n");
  w.write(0, `Resource Limits\n ${LIMIT_HEAD}`);
  w.write(0, ` ${LIMIT_RULE}`);
  for (const range of ranges) describeLimits(range.spec?.limits, " ", w);
}

/** Differs: by name where upstream's order of resources is that of a Go map, which is none. */
function describeLimits(
  limits: Loose<models.LimitRangeItem>[] | undefined,
  prefix: string,
  w: DescriptionWriter,
): void {
  for (const item of limits ?? []) {
    const { min, max, defaultRequest, default: limit, maxLimitRequestRatio: ratio } = item;
    const lists = [min, max, defaultRequest, limit, ratio];
    const names = new Set(lists.flatMap((list) => Object.keys(list ?? {})));
    for (const name of [...names].sort(compareGo)) {
      const cells = lists.map((list) =>
        list?.[name] === undefined ? "-" : quantityText(list[name])
      );
      w.write(0, `${prefix}${item.type}\t${name}\t${cells.join("\t")}\n`);
    }
  }
}

const SCOPE_TEXTS: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

function describeScopes(
  quota: Served<"resourcequotas">,
  level: number,
  mark: string,
  w: DescriptionWriter,
) {
  const scopes = [...quota.spec?.scopes ?? []].sort(compareGo);
  if (scopes.length === 0) return;
  w.field(level, "Scopes", scopes.join(", "));
  for (const scope of scopes) {
    if (SCOPE_TEXTS[scope]) w.write(level, `${mark} ${SCOPE_TEXTS[scope]}\n`);
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describeQuota). */
export function describeQuota(quota: Served<"resourcequotas">, w: DescriptionWriter): void {
  w.field(0, "Name", quota.metadata.name);
  w.field(0, "Namespace", quota.metadata.namespace);
  describeScopes(quota, 0, " *", w);
  w.write(0, "Resource\tUsed\tHard\n");
  w.write(0, "--------\t----\t----\n");
  const { hard = {}, used = {} } = quota.status ?? {};
  for (const name of sortedKeys(hard)) {
    w.write(0, `${name}\t${quantityText(used[name])}\t${quantityText(hard[name])}\n`);
  }
}

/** Those of a namespace. Source: kubernetes/kubectl pkg/describe/describe.go (DescribeResourceQuotas). */
export function describeQuotas(quotas: KubeObject[], w: DescriptionWriter): void {
  if (quotas.length === 0) return w.write(0, "No resource quota.\n");
  w.write(0, "Resource Quotas\n");
  for (
    const quota of quotas.toSorted((a, b) => compareGo(a.metadata.name, b.metadata.name))
  ) {
    w.field(1, "Name", quota.metadata.name);
    describeScopes(quota, 1, "*", w);
    w.write(1, "Resource\tUsed\tHard\n");
    w.write(1, "--------\t---\t---\n");
    const { hard = {}, used = {} } = quota.status ?? {};
    for (const name of sortedKeys(hard)) {
      w.write(1, `${name}\t${quantityText(used[name])}\t${quantityText(hard[name])}\n`);
    }
  }
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describePodDisruptionBudgetV1). */
export function describeBudget(
  { metadata, spec = {}, status = {} }: KubeObject,
  w: DescriptionWriter,
): void {
  w.named(metadata);
  if (spec.minAvailable !== undefined) w.field(0, "Min available", spec.minAvailable);
  else if (spec.maxUnavailable !== undefined) w.field(0, "Max unavailable", spec.maxUnavailable);
  w.field(0, "Selector", spec.selector ? formatSelector(spec.selector) : "<unset>");
  w.write(0, "Status:\n");
  w.field(2, "Allowed disruptions", status.disruptionsAllowed ?? 0);
  w.field(2, "Current", status.currentHealthy ?? 0);
  w.field(2, "Desired", status.desiredHealthy ?? 0);
  w.field(2, "Total", status.expectedPods ?? 0);
}

/** Source: kubernetes/kubectl pkg/describe/describe.go (describePriorityClass). */
export function describePriorityClass(object: PriorityClass, w: DescriptionWriter): void {
  w.field(0, "Name", object.metadata.name);
  w.field(0, "Value", object.value);
  w.field(0, "GlobalDefault", object.globalDefault ?? false);
  w.field(0, "PreemptionPolicy", object.preemptionPolicy);
  w.field(0, "Description", object.description ?? "");
  w.field(0, "Annotations", formatLabels(object.metadata.annotations));
}
