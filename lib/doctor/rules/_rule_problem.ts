import {
  AdapterConfigError,
  LabelError,
  namersFromConfig,
  QueryError,
  type RestMapper,
} from "../../adapter/mod.ts";
import { GoTemplateError } from "../../go/mod.ts";
import { parse, parseSelector, PromqlSyntaxError } from "../../promql/mod.ts";
import { said } from "../said.ts";
import type { FiledRule, Place, Remark } from "./rules_file.ts";

/** What keeps the adapter from starting with a rule, or Prometheus from answering its questions; undefined for nothing. */
export function ruleProblem(filed: FiledRule, mapper: RestMapper): Remark | undefined {
  const { rule, problems, place } = filed;
  if (problems.length > 0) return problems[0];
  for (const field of ["seriesQuery", "metricsQuery"] as const) {
    if (rule[field] === "") {
      return {
        code: "missing-field",
        said: said(`the rule has no ${field}`, `규칙에 ${field}가 없습니다`),
        ...(place ? { place } : {}),
      };
    }
  }
  return seriesQueryProblem(filed) ?? configProblem(filed, mapper) ??
    metricsQueryProblem(filed, mapper);
}

function seriesQueryProblem(filed: FiledRule): Remark | undefined {
  try {
    parseSelector(filed.rule.seriesQuery);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    return queryProblem(filed, "seriesQuery", error);
  }
}

function queryProblem(
  filed: FiledRule,
  field: "seriesQuery" | "metricsQuery",
  { reason, query, start }: PromqlSyntaxError,
): Remark {
  const eaten = /escape/.test(reason) && eatenBackslash(filed, field);
  if (eaten) return eaten;
  // Of a template the query's part may not be in the text; its place is then the field's.
  const part = query.slice(start).split("\n")[0].slice(0, 12);
  return {
    code: "unreadable-query",
    said: said(
      `${field} is no PromQL: ${reason}: the adapter finds nothing, and keeps what it found before`,
      `${field}가 PromQL이 아닙니다: ${reason}. adapter는 새로 찾지 못하고 전에 찾은 것에 머뭅니다`,
    ),
    ...placed(part ? filed.placeIn(field, part) : filed.placeOf(field)),
  };
}

/** A backslash that PromQL takes for the beginning of an escape, because there is one too few of them. */
function eatenBackslash(
  filed: FiledRule,
  field: "seriesQuery" | "metricsQuery",
): Remark {
  const isDoubleQuoted = filed.rawOf(field)?.startsWith('"');
  return {
    code: isDoubleQuoted ? "yaml-ate-backslash" : "promql-escape",
    said: isDoubleQuoted
      ? said(
        `YAML has eaten a backslash of ${field}: in double quotes it makes \\ of \\\\. Put single quotes around the whole, and write \\\\ before what is meant literally`,
        `YAML이 ${field}의 역슬래시를 먹었습니다. 큰따옴표 안의 \\\\는 \\가 됩니다. 전체를 작은따옴표로 감싸고, 글자 그대로일 것 앞에 \\\\를 쓰세요`,
      )
      : said(
        `PromQL reads \\ in quotes as the beginning of an escape: write \\\\ in ${field}`,
        `PromQL은 따옴표 안의 \\를 이스케이프의 시작으로 읽습니다. ${field}에 \\\\로 쓰세요`,
      ),
    ...placed(filed.placeIn(field, isDoubleQuoted ? "\\\\" : "\\")),
  };
}

/** What a rule's error of the adapter is about. */
const ABOUT: readonly [pattern: RegExp, field: string][] = [
  [/^unable to construct metrics query/, "metricsQuery"],
  [/from name rules/, "name.matches"],
  [/^must specify an 'as' value/, "name.matches"],
  [/series name filter/, "seriesFilters"],
  [/label (template|format)/, "resources.template"],
  [/normalize group-resource/, "resources.overrides"],
];

function configProblem(filed: FiledRule, mapper: RestMapper): Remark | undefined {
  try {
    namersFromConfig([filed.rule], mapper);
  } catch (error) {
    if (!(error instanceof AdapterConfigError)) throw error;
    const { message } = error;
    const field = ABOUT.find(([pattern]) => pattern.test(message))?.[1] ?? "seriesQuery";
    const [, resource] = /normalize group-resource \{\S* (\S+)\}/.exec(message) ?? [];
    const place = resource ? filed.placeIn(field, resource) : filed.placeOf(field);
    return {
      code: "refused-rule",
      said: said(
        `the adapter does not start: ${message}`,
        `adapter가 시작하지 않습니다: ${message}`,
      ),
      ...placed(place),
    };
  }
}

/** Whether what is made of the template can be asked. */
function metricsQueryProblem(filed: FiledRule, mapper: RestMapper): Remark | undefined {
  try {
    const [{ query }] = namersFromConfig([filed.rule], mapper);
    const made = filed.kind === "external" ? query.buildExternal("SERIES", "", []) : query.build({
      series: "SERIES",
      resource: { group: "", resource: "pods" },
      namespace: "",
      metricSelector: [],
      names: ["NAME"],
    });
    parse(made);
  } catch (error) {
    if (error instanceof PromqlSyntaxError) return queryProblem(filed, "metricsQuery", error);
    if (error instanceof LabelError) return undefined;
    if (!(error instanceof GoTemplateError || error instanceof QueryError)) throw error;
    return {
      code: "unreadable-template",
      said: said(
        `no query can be made of metricsQuery: ${error.message}`,
        `metricsQuery로 질의를 만들 수 없습니다: ${error.message}`,
      ),
      ...placed(filed.placeOf("metricsQuery")),
    };
  }
}

function placed(place: Place | undefined): { place?: Place } {
  return place ? { place } : {};
}
