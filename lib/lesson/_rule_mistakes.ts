import { AdapterConfigError, LabelError, namersFromConfig, QueryError } from "../adapter/mod.ts";
import { compileGoRegexp, GoTemplate, GoTemplateError, RegexpSyntaxError } from "../go/mod.ts";
import { standardMapper } from "../kube/mod.ts";
import { parse, parseSelector, PromqlSyntaxError } from "../promql/mod.ts";
import { type Mistake, mistake, type Part } from "./_mistake.ts";
import { messageOf, nearestWord } from "../base/mod.ts";
import { type PlacedRule, REFUSED, refused } from "./_rule_fields.ts";

/** The resources that any cluster has; what only one cluster has is looked up there. */
const MAPPER = standardMapper();

/** What is looked for in rules whose fields are right, in this order: each in every rule before the next. */
const LOOKS: [part: Part, look: (at: Placement) => Mistake | undefined][] = [
  ["regex", (at) => selectorRegexp(at) ?? regexMistake(at)],
  ["template", templateMistake],
  ["promql", (at) => selectorMistake(at) ?? asked(at)],
];

/** The first thing in rules that keeps the adapter from starting, finding or asking with them. */
export function ruleMistake(text: string, rules: readonly PlacedRule[]): Mistake | undefined {
  for (const [part, look] of LOOKS) {
    for (const rule of rules) {
      const found = look({ text, ...rule });
      if (found) return { ...found, part };
    }
  }
}

interface Placement extends PlacedRule {
  text: string;
}

/** Where `part` stands in the line of a field: `column 44`. */
function columnOf(
  { text }: Placement,
  line: number,
  part: string,
  offset: number,
): number | undefined {
  const at = (text.split("\n")[line - 1] ?? "").indexOf(part);
  return at < 0 ? undefined : at + offset + 1;
}

function selectorMistake(at: Placement): Mistake | undefined {
  const error = selectorError(at);
  return error && badQuery(at, "seriesQuery", error);
}

function selectorRegexp(at: Placement): Mistake | undefined {
  const error = selectorError(at);
  const regexp = error && regexpIn(error);
  return regexp && badRegexp(at, "seriesQuery", regexp);
}

function selectorError({ rule }: Placement): PromqlSyntaxError | undefined {
  try {
    parseSelector(rule.seriesQuery);
  } catch (error) {
    if (!(error instanceof PromqlSyntaxError)) throw error;
    return error;
  }
}

/** The expression, and what is wrong with it, in a query that is refused for it. */
function regexpIn(
  { reason, query }: PromqlSyntaxError,
): { code: string; whole: string } | undefined {
  const [, code, expression] = /^error parsing regexp: (.*?): `(.*)`$/s.exec(reason) ?? [];
  if (code === undefined) return undefined;
  const whole = [...query.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g)]
    .map((match) => match[1] ?? match[2]).find((text) => text.includes(expression)) ?? expression;
  return { code, whole };
}

function badRegexp(
  at: Placement,
  field: string,
  { code, whole }: { code: string; whole: string },
): Mistake {
  const line = at.lineOf(field);
  const column = columnOf(at, line, whole, culprit(code, whole));
  const place = column === undefined ? "" : `, column ${column}`;
  const placeKo = column === undefined ? "" : ` (${column}번째 칸)`;
  return mistake(
    line,
    [
      `the regular expression of \`${field}\` is broken: ${code} in ${whole}${place}`,
      field === "seriesQuery"
        ? "Prometheus refuses the question, so the adapter finds no series at all"
        : REFUSED[0],
      "mend the expression: edit rules",
    ],
    [
      `\`${field}\`의 정규식이 잘못됐습니다: ${code}, ${whole}${placeKo}`,
      field === "seriesQuery"
        ? "Prometheus가 이 질문을 거절하므로 adapter는 어떤 시계열도 찾지 못합니다"
        : REFUSED[1],
      "정규식을 고치세요: edit rules",
    ],
  );
}

/** Where in an expression that is missing something, or has it too much, the one without its other half is. */
function culprit(code: string, whole: string): number {
  const open: number[] = [];
  for (let i = 0; i < whole.length; i++) {
    if (whole[i] === "\\") i++;
    else if (whole[i] === "(") open.push(i);
    else if (whole[i] === ")" && open.pop() === undefined) return i;
  }
  if (code === "missing closing ]") return whole.lastIndexOf("[");
  if (code.startsWith("missing argument")) return Math.max(0, whole.search(/(^|[(|])[*+?]/));
  return open[0] ?? 0;
}

/** What people write in place of PromQL, and what it should be. */
const SLIPS: [query: RegExp, en: string, ko: string][] = [
  [/~=/, "`~=` is no operator; `=~` is", "`~=`라는 연산자는 없습니다. `=~`입니다"],
  [
    /\w *== *["']/,
    "`==` compares numbers; a label is matched by `=`",
    "`==`는 수를 비교합니다. 레이블은 `=`로 맞춥니다",
  ],
  [
    /[{,] *\w+ *: *["']/,
    "a label is matched by `=`, not by `:`",
    "레이블은 `:`가 아니라 `=`로 맞춥니다",
  ],
  [
    /[{,] *\w+ *(=~|!~|!=|=) *[^"'`=~\s<]/,
    "the value that a label is matched by wants quotes",
    "레이블과 비교할 값은 따옴표로 감싸야 합니다",
  ],
  [/\{ *\{/, "`{{`: one brace is enough", "`{{`: 중괄호는 하나면 됩니다"],
  [
    /<<\.Series>> *\(? *<<\.LabelMatchers>>/,
    "<<.LabelMatchers>> has to stand in braces: <<.Series>>{<<.LabelMatchers>>}",
    "<<.LabelMatchers>>는 중괄호 안에 있어야 합니다: <<.Series>>{<<.LabelMatchers>>}",
  ],
  [
    /\bby *<<\.GroupBy>>/,
    "<<.GroupBy>> has to stand in parentheses: by (<<.GroupBy>>)",
    "<<.GroupBy>>는 괄호 안에 있어야 합니다: by (<<.GroupBy>>)",
  ],
  [
    /\) *\[\d/,
    "a window belongs right behind the series, inside rate(…)",
    "창은 rate(…) 안에서 시계열 바로 뒤에 와야 합니다",
  ],
];

function badQuery(
  at: Placement,
  field: "seriesQuery" | "metricsQuery",
  error: PromqlSyntaxError,
): Mistake {
  const { reason } = error;
  const query = at.rule[field];
  const balance = unbalanced(error.query);
  const slip = SLIPS.find(([pattern]) => pattern.test(query));
  const [en, ko] = slip
    ? [`${slip[1]} (${reason})`, `${slip[2]} (${reason})`]
    : balance
    ? [`a \`${balance}\` is missing (${reason})`, `\`${balance}\`가 없습니다 (${reason})`]
    : [reason, reason];
  return mistake(
    at.lineOf(field),
    [
      `\`${field}\` does not parse as PromQL: ${en}: ${query}`,
      "Prometheus answers such a query with an error, and the adapter then with 500",
      "mend the query: edit rules",
    ],
    [
      `\`${field}\`가 PromQL로 읽히지 않습니다: ${ko}: ${query}`,
      "이런 질의에 Prometheus는 오류로, adapter는 500으로 답합니다",
      "질의를 고치세요: edit rules",
    ],
  );
}

/** The closing sign that a query lacks; undefined when none does. */
function unbalanced(query: string): string | undefined {
  const open: string[] = [];
  for (const sign of query.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "")) {
    if (sign === "(") open.push(")");
    else if (sign === "{") open.push("}");
    else if (sign === "[") open.push("]");
    else if (/[)}\]]/.test(sign)) {
      const wanted = open.pop();
      if (wanted === undefined) return undefined;
      if (wanted !== sign) return wanted;
    }
  }
  return open.at(-1);
}

function regexMistake(at: Placement): Mistake | undefined {
  const { name, seriesFilters } = at.rule;
  const all: [string, string][] = [
    ["name.matches", name.matches],
    ...seriesFilters.flatMap(({ is = "", isNot = "" }): [string, string][] => [
      ["seriesFilters.is", is],
      ["seriesFilters.isNot", isNot],
    ]),
  ];
  for (const [field, source] of all) {
    try {
      compileGoRegexp(source);
    } catch (error) {
      if (!(error instanceof RegexpSyntaxError)) throw error;
      return badRegexp(at, field, { code: error.code, whole: source });
    }
  }
}

const TEMPLATE_FIELDS = ["Series", "LabelMatchers", "LabelValuesByName", "GroupBy", "GroupBySlice"];

/** A template whose brackets, dot or field are other than the adapter's. */
function misspeltTemplate(at: Placement, field: string, source: string): Mistake | undefined {
  const fields = field === "metricsQuery" ? TEMPLATE_FIELDS : ["Group", "Resource"];
  const say = (en: string, ko: string) =>
    mistake(at.lineOf(field), [en, REFUSED[0], "mend the template: edit rules"], [
      ko,
      REFUSED[1],
      "템플릿을 고치세요: edit rules",
    ]);
  const [curly] = /\{\{ *\.\w+ *\}\}/.exec(source) ?? [];
  if (curly) {
    return say(
      `templates of \`${field}\` stand between << and >>, and here between {{ and }}: ${curly}`,
      `\`${field}\`의 템플릿은 <<와 >> 사이에 씁니다. 여기는 {{와 }}입니다: ${curly}`,
    );
  }
  const [single] = /(?<!<)< *\.\w+ *>+/.exec(source) ?? [];
  if (single) {
    return say(
      `templates of \`${field}\` stand between << and >>, two of each: ${single}`,
      `\`${field}\`의 템플릿은 << 와 >> 처럼 둘씩 씁니다: ${single}`,
    );
  }
  for (const [whole, dot, name] of source.matchAll(/<< *(\.?)(\w+) *>>/g)) {
    const near = nearestWord(name, fields);
    if (fields.includes(name) && dot) continue;
    if (!near) continue;
    return say(
      dot
        ? `\`${field}\` asks for ${whole}; the field's name is <<.${near}>>`
        : `the dot is missing in ${whole}: <<.${near}>>`,
      dot
        ? `\`${field}\`의 ${whole}라는 필드는 없습니다. <<.${near}>>입니다`
        : `${whole}에 점이 없습니다: <<.${near}>>`,
    );
  }
}

function templateMistake(at: Placement): Mistake | undefined {
  const { resources, metricsQuery } = at.rule;
  const all: [string, string][] = [
    ["resources.template", resources.template ?? ""],
    ["metricsQuery", metricsQuery],
  ];
  for (const [field, source] of all) {
    const misspelt = misspeltTemplate(at, field, source);
    if (misspelt) return misspelt;
    try {
      GoTemplate.parse(field, source, { delimiters: ["<<", ">>"] });
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      return badTemplate(at, field, source, error.message);
    }
  }
}

function badTemplate(at: Placement, field: string, source: string, said: string): Mistake {
  const line = at.lineOf(field);
  const open = /<<(?!(?:(?!<<).)*>>)/s.exec(source)?.index;
  const rest = open === undefined ? said : source.slice(open);
  const [en, ko] = open === undefined
    ? [
      `the template of \`${field}\` does not parse: ${said}`,
      `\`${field}\`의 템플릿을 읽을 수 없습니다: ${said}`,
    ]
    : [
      `\`${field}\` has \`<<\` without \`>>\`: ${rest}`,
      `\`${field}\`에 \`>>\`가 없는 \`<<\`가 있습니다: ${rest}`,
    ];
  return mistake(line, [en, REFUSED[0], "mend the template: edit rules"], [
    ko,
    REFUSED[1],
    "템플릿을 고치세요: edit rules",
  ]);
}

/** Whether what the adapter would ask can be asked. */
function asked(at: Placement): Mistake | undefined {
  try {
    const [namer] = namersFromConfig([at.rule], MAPPER);
    const query = at.parent === "external"
      ? namer.query.buildExternal("SERIES", "", [])
      : namer.query.build({
        series: "SERIES",
        resource: { group: "", resource: "services" },
        namespace: "",
        metricSelector: [],
        names: ["NAME"],
      });
    parse(query);
  } catch (error) {
    if (error instanceof PromqlSyntaxError) return badQuery(at, "metricsQuery", error);
    if (error instanceof GoTemplateError || error instanceof QueryError) {
      return badTemplate(at, "metricsQuery", at.rule.metricsQuery, error.message);
    }
    // Which resources and labels there are is the cluster's to say.
    if (
      error instanceof LabelError ||
      /unable to normalize group-resource/.test(messageOf(error))
    ) return undefined;
    if (error instanceof AdapterConfigError) {
      return refused(at.lineOf("metricsQuery"), error.message);
    }
    throw error;
  }
}
