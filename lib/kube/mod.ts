/**
 * Kubernetes as a client sees it: object types, the one client over any transport, paths, discovery and the
 * mapping from words to resources, Status errors; conditions, ownership, quantities, labels and selectors, patches,
 * volumes, what a pod asks for and its quality of service, rules of roles. It knows no cluster.
 *
 * @module
 */
export * from "./client.ts";
export * from "./conditions.ts";
export * from "./discovery.ts";
export * from "./equality.ts";
export * from "./errors.ts";
export * from "./finalizers.ts";
export * from "./jsonpath.ts";
export { type FailureKind, failureOf } from "./connection_failure.ts";
export * from "./kubeconfig.ts";
export * from "./intstr.ts";
export * from "./json_patch.ts";
export * from "./ownership.ts";
export * from "./patches.ts";
export * from "./paths.ts";
export * from "./pod_resources.ts";
export * from "./policy_rules.ts";
export * from "./qos.ts";
export * from "./quantity.ts";
export * from "./rest_mapper.ts";
export * from "./selectors.ts";
export * from "./standard_mapper.ts";
export * from "./strategic_merge.ts";
export * from "./three_way.ts";
export * from "./types.ts";
export type { BuiltInKinds, Loose, Served } from "./built_in_kinds.ts";
export type * as models from "./_models.ts";
export * from "./validation.ts";
export * from "./volumes.ts";
