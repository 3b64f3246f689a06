/**
 * What every other room may lean on: the virtual clock, seeded chance, quantities, durations, cron schedules,
 * label selectors, Go's regular expressions and words for HTTP statuses, UTF-8, and invariants. It imports nothing and knows no Kubernetes
 * object.
 *
 * @module
 */
export * from "./clock.ts";
export * from "./cron.ts";
export * from "./durations.ts";
export * from "./go_regexp.ts";
export * from "./http_status.ts";
export * from "./invariant.ts";
export * from "./quantity.ts";
export * from "./random.ts";
export * from "./selectors.ts";
export * from "./utf8.ts";
