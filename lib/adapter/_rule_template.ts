import { GoTemplate } from "../go/mod.ts";

/**
 * A template of a rule, between `<<` and `>>`.
 * Errors: GoTemplateError. Source: kubernetes-sigs/prometheus-adapter pkg/naming/metrics_query.go, resource_converter.go.
 */
export function parseRuleTemplate(name: string, text: string): GoTemplate {
  return GoTemplate.parse(name, text, { delimiters: ["<<", ">>"] });
}
