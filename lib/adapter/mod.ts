/**
 * prometheus-adapter's rules, as a function: which series they find, what they name them, which
 * Kubernetes resources they attach them to, and which query answers a request. Pure: parsed
 * configuration, series and a REST mapper come in; metric infos and queries come out.
 *
 * Everything follows kubernetes-sigs/prometheus-adapter v0.12, errors to the letter.
 *
 * @module
 */
export * from "./chart_rules.ts";
export * from "./config.ts";
export * from "./metric_namer.ts";
export * from "./metrics_query.ts";
export * from "./resource_converter.ts";
export * from "./rest_mapper.ts";
export * from "./series_registry.ts";
export * from "./try_rule.ts";
