import { standardMapper } from "../kube/mod.ts";
import { type FaultCause, type RuleFault, ruleFaults } from "../rules/mod.ts";
import { type Mistake, mistake, type Part } from "./_mistake.ts";
import { type PlacedRule, REFUSED, refused } from "./_rule_fields.ts";

/** The resources that any cluster has; what only one cluster has is looked up there. */
const MAPPER = standardMapper();

/** What is looked at when a fault is found. */
const PART_OF: Record<Exclude<FaultCause, "resource">, Part> = {
  regexp: "regex",
  template: "template",
  query: "promql",
  label: "promql",
  refused: "promql",
};

/** What is looked for in rules whose fields are right, in this order: each in every rule before the next. */
const LOOKED_AT: readonly Part[] = ["regex", "template", "promql"];

/** The first thing in rules that keeps the adapter from starting, finding or asking with them. */
export function ruleMistake(text: string, rules: readonly PlacedRule[]): Mistake | undefined {
  const found = rules.flatMap((rule) =>
    ruleFaults(rule.rule, rule.kind, MAPPER).flatMap((fault) =>
      fault.cause === "resource" ? [] : { rule, fault, part: PART_OF[fault.cause] }
    )
  );
  for (const part of LOOKED_AT) {
    const first = found.find((one) => one.part === part);
    if (first) return { ...told(text, first.rule, first.fault), part };
  }
}

function told(text: string, rule: PlacedRule, fault: RuleFault): Mistake {
  const line = rule.lineOf(fault.field);
  switch (fault.cause) {
    case "regexp":
      return badRegexp(text, line, fault);
    case "template":
      return badTemplate(line, fault);
    case "query":
      return badQuery(line, fault, rule);
    case "label":
      return badLabel(line, fault);
    default:
      return refused(line, fault.reason);
  }
}

/** A field as it is told: `seriesFilters.is`. */
function fieldText(field: string): string {
  return field.replace(/\.\d+/, "");
}

function badRegexp(
  text: string,
  line: number,
  { field, reason, text: expression, at = 0 }: RuleFault,
): Mistake {
  const start = (text.split("\n")[line - 1] ?? "").indexOf(expression);
  const column = start + at + 1;
  const name = fieldText(field);
  return mistake(
    line,
    [
      `the regular expression of \`${name}\` is broken: ${reason} in ${expression}${
        start < 0 ? "" : `, column ${column}`
      }`,
      field === "seriesQuery"
        ? "Prometheus refuses the question, so the adapter finds no series at all"
        : REFUSED[0],
      "mend the expression: edit rules",
    ],
    [
      `\`${name}\`의 정규식이 잘못됐습니다: ${reason}, ${expression}${
        start < 0 ? "" : ` (${column}번째 칸)`
      }`,
      field === "seriesQuery"
        ? "Prometheus가 이 질문을 거절하므로 adapter는 어떤 시계열도 찾지 못합니다"
        : REFUSED[1],
      "정규식을 고치세요: edit rules",
    ],
  );
}

/** What becomes of a metric that cannot be asked for. */
const UNASKED: [string, string] = [
  "the adapter starts with it, and answers every question for the value with an error",
  "adapter가 시작은 하지만 값을 물으면 언제나 오류로 답합니다",
];

function badTemplate(line: number, { field, reason, hint, refusal }: RuleFault): Mistake {
  const why = refusal === undefined ? UNASKED : REFUSED;
  return mistake(line, [
    hint?.en ?? `the template of \`${field}\` does not parse: ${reason}`,
    why[0],
    "mend the template: edit rules",
  ], [
    hint?.ko ?? `\`${field}\`의 템플릿을 읽을 수 없습니다: ${reason}`,
    why[1],
    "템플릿을 고치세요: edit rules",
  ]);
}

function badLabel(line: number, { text, reason }: RuleFault): Mistake {
  return mistake(
    line,
    [
      `\`${text}\` is no name of a label, so the rule's query is no PromQL (${reason})`,
      "under `overrides:` stand labels of the series, letters, digits and _ alone",
      "write the label's name: edit rules",
    ],
    [
      `\`${text}\`은(는) 레이블 이름이 아니어서 규칙의 질의가 PromQL로 읽히지 않습니다 (${reason})`,
      "`overrides:` 아래에는 시계열의 레이블이 옵니다. 글자, 숫자, _로만 씁니다",
      "레이블 이름을 쓰세요: edit rules",
    ],
  );
}

function badQuery(
  line: number,
  { field, reason, hint }: RuleFault,
  { rule }: PlacedRule,
): Mistake {
  const query = field === "seriesQuery" ? rule.seriesQuery : rule.metricsQuery;
  const [en, ko] = hint ? [`${hint.en} (${reason})`, `${hint.ko} (${reason})`] : [reason, reason];
  return mistake(
    line,
    [
      `\`${field}\` does not parse as PromQL: ${en}: ${query}`,
      "Prometheus answers such a query with an error, and the adapter then with 500",
      "mend the query: edit rules",
    ],
    [
      `\`${field}\`이(가) PromQL로 읽히지 않습니다: ${ko}: ${query}`,
      "이런 질의에 Prometheus는 오류로, adapter는 500으로 답합니다",
      "질의를 고치세요: edit rules",
    ],
  );
}
