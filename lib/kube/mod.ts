/**
 * Kubernetes as a client sees it: object types, the client and its transport, Status errors,
 * tables, and the mapping from words to resources. It knows no cluster.
 *
 * @module
 */
export * from "./client.ts";
export * from "./conditions.ts";
export * from "./discovery.ts";
export * from "./errors.ts";
export * from "./ownership.ts";
export * from "./patches.ts";
export * from "./paths.ts";
export * from "./pod_resources.ts";
export * from "./policy_rules.ts";
export * from "./qos.ts";
export * from "./quantity.ts";
export * from "./rest_mapper.ts";
export * from "./selectors.ts";
export * from "./three_way.ts";
export * from "./types.ts";
