import {
  AdapterConfigError,
  type DiscoveryRule,
  LabelError,
  type MetricNamer,
  namersFromConfig,
  QueryError,
  type RestMapper,
} from "../adapter/mod.ts";
import { type Localized, said } from "../base/mod.ts";
import type { GroupResource } from "../kube/mod.ts";
import { compileGoRegexp, GoTemplate, GoTemplateError, RegexpSyntaxError } from "../go/mod.ts";
import { parse, parseSelector, PromqlSyntaxError } from "../promql/mod.ts";
import { culpritOf, openTemplate, querySlip, templateSlip } from "./_slips.ts";

/** The metrics API that a rule's metrics are of. */
export type RuleKind = "custom" | "external";

/**
 * What kind of thing is wrong: an expression that does not compile, a template that cannot be read or executed, a query
 * that is no PromQL, a label that cannot be asked by, a resource that the cluster does not have, or anything else that
 * the adapter refuses.
 */
export type FaultCause = "regexp" | "template" | "query" | "label" | "resource" | "refused";

/** What keeps the adapter from starting with a rule as it is written, or Prometheus from answering its questions. */
export interface RuleFault {
  cause: FaultCause;
  /** Where it is: `metricsQuery`, `seriesFilters.0.is`, `resources.overrides.pod.resource`. */
  field: string;
  /** Why, in the words of whoever reads it. */
  reason: string;
  /** What is wrong: the expression, the query that is made, the resource. */
  text: string;
  /** Where in the text, counted from 0; of a query where its reader stopped. */
  at?: number;
  /** What is taken to be meant. */
  hint?: Localized;
  /** What the adapter says when it does not start with it; undefined where it starts. */
  refusal?: string;
}

/**
 * Everything that is wrong with a rule as it is written, what comes first first: its expressions, its templates, then
 * its queries. Whether there are such resources is `mapper`'s to say.
 */
export function ruleFaults(rule: DiscoveryRule, kind: RuleKind, mapper: RestMapper): RuleFault[] {
  const selector = selectorFault(rule);
  const start = startOf(rule, mapper);
  const refusal = "refusal" in start ? start.refusal : undefined;
  const written = [...regexpFaults(rule), ...templateFaults(rule)]
    .map(({ refuses, ...fault }) => refuses && refusal ? { ...fault, refusal } : fault);
  const found: RuleFault[] = [
    ...selector?.cause === "regexp" ? [selector] : [],
    ...written,
    ...selector?.cause === "query" ? [selector] : [],
  ];
  if ("refusal" in start) {
    const isTold = written.some((fault) => "refusal" in fault);
    return isTold ? found : [...found, refusedFault(rule, start.refusal)];
  }
  const asked = found.some(({ cause }) => cause === "template")
    ? undefined
    : askedFault(kind, start.namer, mapper);
  return asked ? [...found, asked] : found;
}

function startOf(
  rule: DiscoveryRule,
  mapper: RestMapper,
): { namer: MetricNamer } | { refusal: string } {
  try {
    return { namer: namersFromConfig([rule], mapper)[0] };
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    return { refusal: error.message };
  }
}

function selectorFault({ seriesQuery }: DiscoveryRule): RuleFault | undefined {
  try {
    // Source: prometheus/prometheus web/api/v1/api.go, parseMatchersParam.
    const takesAll = parseSelector(seriesQuery).every((matcher) => matcher.matches(""));
    return takesAll ? { ...NO_CONDITION, text: seriesQuery } : undefined;
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    return regexpIn(error) ?? queryFault("seriesQuery", seriesQuery, error);
  }
}

const NO_CONDITION: RuleFault = {
  cause: "query",
  field: "seriesQuery",
  reason: "match[] must contain at least one non-empty matcher",
  text: "",
  hint: said(
    "it leaves no series out: it has to name one, or to want a label that is there",
    "걸러 내는 시계열이 없습니다. 시계열의 이름을 쓰거나 비어 있지 않은 레이블을 요구해야 합니다",
  ),
};

/** The expression in a seriesQuery that is refused for it. */
function regexpIn({ reason, query }: PromqlSyntaxError): RuleFault | undefined {
  const [, code, expression] = /^error parsing regexp: (.*?): `(.*)`$/s.exec(reason) ?? [];
  if (code === undefined) return undefined;
  const text = [...query.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)]
    .map((match) => match[1] ?? match[2]).find((one) => one.includes(expression)) ?? expression;
  return {
    cause: "regexp",
    field: "seriesQuery",
    reason: code,
    text,
    at: culpritOf(code, text),
  };
}

function queryFault(
  field: "seriesQuery" | "metricsQuery",
  written: string,
  { reason, query, start }: PromqlSyntaxError,
): RuleFault {
  const hint = querySlip(field, { written, made: query, reason });
  return { cause: "query", field, reason, text: query, at: start, ...(hint ? { hint } : {}) };
}

/** A fault of what the adapter reads when it starts, and whether it keeps it from that. */
type StartFault = RuleFault & { refuses: boolean };

function regexpFaults({ name, seriesFilters }: DiscoveryRule): StartFault[] {
  const all: [field: string, source: string][] = [
    ["name.matches", name.matches],
    ...seriesFilters.flatMap(({ is = "", isNot = "" }, index): [string, string][] => [
      [`seriesFilters.${index}.is`, is],
      [`seriesFilters.${index}.isNot`, isNot],
    ]),
  ];
  return all.flatMap(([field, text]): StartFault[] => {
    try {
      compileGoRegexp(text);
      return [];
    } catch (error) {
      if (!(error instanceof RegexpSyntaxError)) throw error;
      const { code } = error;
      const at = culpritOf(code, text);
      return [{ cause: "regexp", field, reason: code, text, at, refuses: true }];
    }
  });
}

function templateFaults({ resources, metricsQuery }: DiscoveryRule): StartFault[] {
  const all: [field: string, source: string][] = [
    ["resources.template", resources.template ?? ""],
    ["metricsQuery", metricsQuery],
  ];
  return all.flatMap(([field, text]): StartFault[] => {
    const slip = templateSlip(field, text);
    const reason = unreadable(field, text);
    const refuses = reason !== undefined;
    if (slip) {
      return [{ cause: "template", field, reason: reason ?? slip.en, text, hint: slip, refuses }];
    }
    return refuses ? [{ ...templateFault(field, text, reason), refuses }] : [];
  });
}

function unreadable(field: string, text: string): string | undefined {
  try {
    GoTemplate.parse(field, text, { delimiters: ["<<", ">>"] });
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    return error.message;
  }
}

function templateFault(field: string, text: string, reason: string): RuleFault {
  const hint = openTemplate(field, text);
  return { cause: "template", field, reason, text, ...(hint ? { hint } : {}) };
}

/** What the adapter's refusal of a rule is about. */
const ABOUT: readonly [pattern: RegExp, field: string][] = [
  [/^unable to construct metrics query/, "metricsQuery"],
  [/from name rules/, "name.matches"],
  [/^must specify an 'as' value/, "name.matches"],
  [/series name filter/, "seriesFilters"],
  [/label (template|format)/, "resources.template"],
];

function refusedFault(rule: DiscoveryRule, refusal: string): RuleFault {
  const [, resource] = /normalize group-resource \{\S* ([^}]*)\}/.exec(refusal) ?? [];
  if (resource !== undefined) {
    const [label] = Object.entries(rule.resources.overrides ?? {})
      .find(([, to]) => to.resource === resource) ?? [""];
    const field = `resources.overrides.${label}.resource`;
    return { cause: "resource", field, reason: refusal, text: resource, refusal };
  }
  const field = ABOUT.find(([pattern]) => pattern.test(refusal))?.[1] ?? "seriesQuery";
  return { cause: "refused", field, reason: refusal, text: "", refusal };
}

const PODS: GroupResource = { group: "", resource: "pods" };

/** Whether what is made of the template can be asked, of each resource that the rule names. */
function askedFault(
  kind: RuleKind,
  { rule: { metricsQuery, resources }, query }: MetricNamer,
  mapper: RestMapper,
): RuleFault | undefined {
  const overrides = Object.entries(resources.overrides ?? {});
  const known = overrides.flatMap(([, { group = "", resource }]) =>
    mapper.resourceFor({ group, resource }) ?? []
  );
  const build = (resource: GroupResource) =>
    query.build({ series: "SERIES", resource, namespace: "", metricSelector: [], names: ["NAME"] });
  try {
    if (kind === "external") parse(query.buildExternal("SERIES", "", []));
    else (known.length > 0 ? known : [PODS]).forEach((resource) => parse(build(resource)));
  } catch (error) {
    if (error instanceof PromqlSyntaxError) {
      const fault = queryFault("metricsQuery", metricsQuery, error);
      const odd = overrides.find(([label]) => !/^[a-zA-Z_]\w*$/.test(label))?.[0];
      return odd === undefined
        ? fault
        : { cause: "label", field: `resources.overrides.${odd}`, reason: fault.reason, text: odd };
    }
    // A rule whose labels stand for no resource asks for nothing.
    if (error instanceof LabelError) return undefined;
    if (!(error instanceof GoTemplateError || error instanceof QueryError)) throw error;
    return templateFault("metricsQuery", metricsQuery, error.message);
  }
}
