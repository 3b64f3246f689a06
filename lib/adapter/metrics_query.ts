import {
  GO_TYPE,
  type GoTemplate,
  GoTemplateError,
  type GoType,
  MAP_OF_STRINGS,
  quote,
  SLICE_OF_STRINGS,
} from "../go/mod.ts";
import { type GroupResource, type Requirement } from "../kube/mod.ts";
import { parseRuleTemplate } from "./_rule_template.ts";
import { AdapterConfigError } from "./config.ts";
import { NAMESPACES, type ResourceConverter } from "./resource_converter.ts";

/** A request for which no query can be made, with upstream's words. */
export class QueryError extends Error {
  override name = "QueryError";
}

/** The type of what a query's template is given. */
const TEMPLATE_ARGS: GoType = { name: "naming.queryTemplateArgs", kind: "struct" };

/** What a query is asked about. */
export interface QueryRequest {
  series: string;
  resource: GroupResource;
  /** "" for metrics outside namespaces. */
  namespace: string;
  metricSelector: readonly Requirement[];
  names: readonly string[];
  /** Further labels to group by, for containers. */
  extraGroupBy?: readonly string[];
}

/**
 * A rule's `metricsQuery`: a Go template between `<<` and `>>`.
 * Source: kubernetes-sigs/prometheus-adapter pkg/naming/metrics_query.go.
 */
export class MetricsQuery {
  readonly #template: GoTemplate;

  /** Errors: AdapterConfigError when the template will not parse. */
  constructor(
    text: string,
    private readonly converter: ResourceConverter,
    private readonly namespaced = true,
  ) {
    try {
      this.#template = parseRuleTemplate("metrics-query", text);
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      throw new AdapterConfigError(
        `unable to parse metrics query template ${quote(text)}: ${error.message}`,
      );
    }
  }

  /** The query for objects of a resource. Errors: QueryError, LabelError, GoTemplateError. */
  build(request: QueryRequest): string {
    const { series, resource, namespace, names, extraGroupBy = [] } = request;
    const { matchers, values } = this.#matchers(request.metricSelector, namespace);
    const label = this.converter.labelForResource(resource);
    const target = names.join("|");
    matchers.push(matcher(label, names.length > 1 ? "=~" : "=", target));
    values[label] = target;
    const groupBy = [label, ...extraGroupBy];
    return this.#execute(series, matchers, values, groupBy.join(","), groupBy);
  }

  /** The query for an external metric. Errors: QueryError, LabelError, GoTemplateError. */
  buildExternal(
    series: string,
    namespace: string,
    metricSelector: readonly Requirement[],
  ): string {
    const { matchers, values } = this.#matchers(metricSelector, this.namespaced ? namespace : "");
    return this.#execute(series, matchers, values, "", []);
  }

  #matchers(selector: readonly Requirement[], namespace: string) {
    const matchers: string[] = [];
    const values: Record<string, string> = {};
    // Requirements come out of a selector sorted by key.
    const sorted = [...selector].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const namespaceLabel = namespace === ""
      ? undefined
      : this.converter.labelForResource(NAMESPACES);
    for (const requirement of sorted) {
      matchers.push(requirementMatcher(requirement));
      values[requirement.key] = [...requirement.values].sort().join("|");
    }
    if (namespaceLabel !== undefined) {
      matchers.push(matcher(namespaceLabel, "=", namespace));
      values[namespaceLabel] = namespace;
    }
    return { matchers, values };
  }

  #execute(
    series: string,
    matchers: string[],
    values: Record<string, string>,
    groupBy: string,
    groupBySlice: string[],
  ): string {
    const query = this.#template.execute({
      [GO_TYPE]: TEMPLATE_ARGS,
      Series: series,
      LabelMatchers: matchers.join(","),
      LabelValuesByName: Object.assign(values, { [GO_TYPE]: MAP_OF_STRINGS }),
      GroupBy: groupBy,
      GroupBySlice: Object.assign(groupBySlice, { [GO_TYPE]: SLICE_OF_STRINGS }),
    });
    if (query === "") throw new QueryError("empty query produced by metrics query template");
    return query;
  }
}

function matcher(label: string, operator: string, value: string): string {
  return `${label}${operator}${quote(value)}`;
}

/** Source: kubernetes-sigs/prometheus-adapter pkg/naming/metrics_query.go (selectMatcher). */
function requirementMatcher({ key, operator, values }: Requirement): string {
  if (key === "") throw new QueryError("label not specified");
  if (operator === "gt" || operator === "lt") {
    throw new QueryError("operator not supported by prometheus");
  }
  const target = [...values].sort().join("|");
  switch (operator) {
    case "exists":
      return matcher(key, "!=", "");
    case "!":
      return matcher(key, "=", "");
    case "=":
      return matcher(key, values.length > 1 ? "=~" : "=", target);
    case "!=":
      return matcher(key, values.length > 1 ? "!~" : "!=", target);
    case "in":
      return matcher(key, "=~", target);
    case "notin":
      return matcher(key, "!~", target);
  }
}
