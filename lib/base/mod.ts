/**
 * What every other room may lean on: the virtual clock, seeded chance, quantities, durations, cron schedules,
 * label selectors, Go's regular expressions, texts, YAML, HTTP headers and words for HTTP statuses, UTF-8, and invariants. It imports
 * nothing and knows no Kubernetes object.
 *
 * @module
 */
export * from "./bounded.ts";
export * from "./clock.ts";
export { type Cancel, type Clock, type ClockScope, type Fault } from "./clock_scope.ts";
export * from "./cron.ts";
export * from "./durations.ts";
export { goQuoted } from "./go_quote.ts";
export * from "./go_regexp.ts";
export * from "./go_text.ts";
export * from "./go_url.ts";
export * from "./go_yaml.ts";
export * from "./http_headers.ts";
export * from "./http_status.ts";
export * from "./invariant.ts";
export * from "./json_text.ts";
export * from "./peer.ts";
export * from "./quantity.ts";
export * from "./random.ts";
export * from "./selectors.ts";
export * from "./utf8.ts";
export * from "./thread.ts";
