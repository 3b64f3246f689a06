import type { RestMapper } from "../../adapter/mod.ts";
import { type RuleFault, ruleFaults } from "../../rules/mod.ts";
import { said } from "../said.ts";
import type { FiledRule, Place, Remark } from "./rules_file.ts";

/** What keeps the adapter from starting with a rule, or Prometheus from answering its questions; undefined for nothing. */
export function ruleProblem(filed: FiledRule, mapper: RestMapper): Remark | undefined {
  const { rule, kind, problems, place } = filed;
  if (problems.length > 0) return problems[0];
  for (const field of ["seriesQuery", "metricsQuery"] as const) {
    if (rule[field] === "") {
      return {
        code: "missing-field",
        said: said(`the rule has no ${field}`, `규칙에 ${field}이(가) 없습니다`),
        ...(place ? { place } : {}),
      };
    }
  }
  const [fault] = ruleFaults(rule, kind, mapper);
  return fault && told(filed, fault);
}

function told(filed: FiledRule, fault: RuleFault): Remark {
  const { cause, field, reason, text, refusal } = fault;
  if (refusal !== undefined) {
    const isShown = cause === "resource" || cause === "regexp";
    const place = isShown ? filed.placeIn(field, text) : filed.placeOf(field);
    return {
      code: "refused-rule",
      said: said(
        `the adapter does not start: ${refusal}`,
        `adapter가 시작하지 않습니다: ${refusal}`,
      ),
      ...placed(place),
    };
  }
  if (cause === "template") {
    const { en, ko } = fault.hint ?? { en: reason, ko: reason };
    return {
      code: "unreadable-template",
      said: said(
        `no query can be made of metricsQuery: ${en}`,
        `metricsQuery로 질의를 만들 수 없습니다: ${ko}`,
      ),
      ...placed(filed.placeOf(field)),
    };
  }
  if (cause === "label") {
    return {
      code: "unreadable-query",
      said: said(
        `${text} is no name of a label, so the rule's query is no PromQL: ${reason}`,
        `${text}은(는) 레이블 이름이 아니어서 규칙의 질의가 PromQL이 아닙니다: ${reason}`,
      ),
      ...placed(filed.placeIn("resources.overrides", text)),
    };
  }
  return queryProblem(filed, fault);
}

function queryProblem(filed: FiledRule, fault: RuleFault): Remark {
  const { cause, reason, text, at = 0, hint } = fault;
  const field = fault.field as "seriesQuery" | "metricsQuery";
  const eaten = /escape/.test(reason) && eatenBackslash(filed, field);
  if (eaten) return eaten;
  const why = cause === "regexp"
    ? { en: `error parsing regexp: ${reason}: ${text}`, ko: `정규식 오류: ${reason}: ${text}` }
    : hint
    ? { en: `${hint.en} (${reason})`, ko: `${hint.ko} (${reason})` }
    : { en: reason, ko: reason };
  // Of a template the query's part may not be in the text; its place is then the field's.
  const part = text.slice(at).split("\n")[0].slice(0, 12);
  return {
    code: "unreadable-query",
    said: said(
      `${field} is no PromQL: ${why.en}: the adapter finds nothing, and keeps what it found before`,
      `${field}이(가) PromQL이 아닙니다: ${why.ko}. adapter는 새로 찾지 못하고 전에 찾은 것에 머뭅니다`,
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

function placed(place: Place | undefined): { place?: Place } {
  return place ? { place } : {};
}
