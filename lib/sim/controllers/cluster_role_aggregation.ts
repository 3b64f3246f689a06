import { isApiError, type ObjectOf, type PolicyRule, selects } from "../../kube/mod.ts";
import type { Reconciler } from "../reconcile.ts";
import type { SimContext } from "../seams.ts";

const CLUSTER_ROLES = "clusterroles.rbac.authorization.k8s.io";
type ClusterRole = ObjectOf<typeof CLUSTER_ROLES>;

/**
 * Gathers the rules of a ClusterRole with an aggregationRule from those that it selects.
 * Source: kubernetes pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
 */
export function clusterRoleAggregation({ api }: SimContext): Reconciler {
  const aggregated = () =>
    api.list(CLUSTER_ROLES).filter(({ aggregationRule }) => aggregationRule)
      .map(({ metadata: { name } }) => ({ namespace: "", name }));
  return {
    name: "clusterrole-aggregation",
    watches: [{ resource: CLUSTER_ROLES, keys: aggregated }],
    reconcile({ name }) {
      const role = api.get(CLUSTER_ROLES, "", name);
      if (!role?.aggregationRule) return;
      const rules = gathered(role, api.list(CLUSTER_ROLES));
      if (JSON.stringify(rules) === JSON.stringify(role.rules ?? [])) return;
      try {
        api.update(CLUSTER_ROLES, { ...structuredClone(role), rules });
      } catch (error) {
        if (!isApiError(error, 404, 409)) throw error;
      }
    },
  };
}

function gathered(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const byName = [...all].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const found = new Map<string, PolicyRule>();
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const { metadata, rules } of byName) {
      if (metadata.name === role.metadata.name || !selects(selector, metadata.labels)) continue;
      for (const rule of rules ?? []) {
        const key = JSON.stringify(rule);
        if (!found.has(key)) found.set(key, rule);
      }
    }
  }
  return [...found.values()];
}
