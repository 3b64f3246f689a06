/**
 * What is wrong with a rule of prometheus-adapter: as it is written, in what it makes of the series that there are, and
 * in what its query gives. One checker for all who tell a person: causes come as data, with the field, the evidence and
 * what is near, and whoever tells them finds the words. It reads nothing itself.
 *
 * @module
 */
export * from "./query_looks.ts";
export { bareNames, COUNTER_NAME, isNumber, keepsLabel, type Window } from "./query_shape.ts";
export * from "./rule_fault.ts";
export * from "./tried_rule.ts";
export * from "./why_nothing.ts";
export { yamlSlip } from "./yaml_slip.ts";
