import { type Localized, nearestWord, said } from "../base/mod.ts";
import { SIGNATURES } from "../promql/mod.ts";

/** What people write in place of PromQL, and what it should be. */
const QUERY_SLIPS: readonly [query: RegExp, hint: Localized][] = [
  [/~=/, said("`~=` is no operator; `=~` is", "`~=`라는 연산자는 없습니다. `=~`입니다")],
  [
    /\w *== *["']/,
    said(
      "`==` compares numbers; a label is matched by `=`",
      "`==`는 수를 비교합니다. 레이블은 `=`로 맞춥니다",
    ),
  ],
  [
    /[{,] *\w+ *: *["']/,
    said("a label is matched by `=`, not by `:`", "레이블은 `:`가 아니라 `=`로 맞춥니다"),
  ],
  [
    /[{,] *\w+ *(=~|!~|!=|=) *[^"'`=~\s<]/,
    said(
      "the value that a label is matched by wants quotes",
      "레이블과 비교할 값은 따옴표로 감싸야 합니다",
    ),
  ],
  [/\{ *\{/, said("`{{`: one brace is enough", "`{{`: 중괄호는 하나면 됩니다")],
  [
    /<<\.Series>> *\(? *<<\.LabelMatchers>>/,
    said(
      "<<.LabelMatchers>> has to stand in braces: <<.Series>>{<<.LabelMatchers>>}",
      "<<.LabelMatchers>>는 중괄호 안에 있어야 합니다: <<.Series>>{<<.LabelMatchers>>}",
    ),
  ],
  [
    /\bby *<<\.GroupBy>>/,
    said(
      "<<.GroupBy>> has to stand in parentheses: by (<<.GroupBy>>)",
      "<<.GroupBy>>는 괄호 안에 있어야 합니다: by (<<.GroupBy>>)",
    ),
  ],
  [
    /\) *\[\d/,
    said(
      "a window belongs right behind the series, inside rate(…)",
      "창은 rate(…) 안에서 시계열 바로 뒤에 와야 합니다",
    ),
  ],
  [
    /\} *[({] *\d+\w* *[)}]|>> *\[\d+\w*\] *\{|\[\d+\w*\] *\}|\[ *\d+ +[a-zA-Z]+ *\]|\[\d+(?:[A-Z]|min|sec|hour)\w*\]/,
    said(
      "a window stands in square brackets right behind the braces, its unit one of s, m, h, d: {…}[2m]",
      "창은 중괄호 바로 뒤 대괄호에 쓰고, 단위는 s, m, h, d 중 하나입니다: {…}[2m]",
    ),
  ],
  [
    /(["'`]|>>) *\w+ *(=~|!~|!=|=) *["'`]/,
    said("a comma is missing between two conditions", "두 조건 사이에 쉼표가 없습니다"),
  ],
  [
    /\) *\( *<<\.GroupBy>>/,
    said(
      "`by` is missing before (<<.GroupBy>>)",
      "(<<.GroupBy>>) 앞에 `by`가 없습니다",
    ),
  ],
  [
    /\) *(?!(?:by|without|on|ignoring|and|or|unless|group_left|group_right)\b)[a-z_]+( *by)? *\( *<<\.GroupBy>>/i,
    said(
      "before (<<.GroupBy>>) stands `by`, and nothing else",
      "(<<.GroupBy>>) 앞에는 `by`만 옵니다",
    ),
  ],
];

/** What people write into a seriesQuery that belongs into a metricsQuery. */
const SELECTOR_SLIPS: readonly [query: RegExp, hint: Localized][] = [
  [
    /<<|>>/,
    said(
      "<<…>> is filled in in `metricsQuery` alone; here stands the name of a series",
      "<<…>>는 `metricsQuery`에서만 채워집니다. 여기에는 시계열의 이름을 씁니다",
    ),
  ],
  [
    /\w *\(|\[ *\d/,
    said(
      "`seriesQuery` only selects series, by a name and conditions in braces; functions and windows belong into `metricsQuery`",
      "`seriesQuery`는 이름과 중괄호 속 조건으로 시계열을 고르기만 합니다. 함수와 창은 `metricsQuery`에 씁니다",
    ),
  ],
];

/** What Prometheus says of a query whose types do not fit, and what it is about. */
const TYPE_SLIPS: readonly [reason: RegExp, hint: Localized][] = [
  [
    /^expected type range vector .*got instant vector/,
    said(
      "a window is missing, right behind the series: {…}[2m]",
      "시계열 바로 뒤에 창이 없습니다: {…}[2m]",
    ),
  ],
  [
    /^expected type instant vector .*got range vector/,
    said(
      "a window gives many samples of each series, of which a function such as rate(…) makes one",
      "창은 시계열마다 샘플을 여럿 줍니다. rate(…) 같은 함수가 그것을 하나로 만듭니다",
    ),
  ],
];

/**
 * What is taken to be wrong with a query that does not parse; undefined where nothing is known.
 * @param written as the rule has it, `made` of it, and `reason` in Prometheus' words
 */
export function querySlip(
  field: "seriesQuery" | "metricsQuery",
  { written, made, reason }: { written: string; made: string; reason: string },
): Localized | undefined {
  const bare = withoutTexts(written);
  const slip = field === "seriesQuery" && SELECTOR_SLIPS.find(([pattern]) => pattern.test(bare)) ||
    QUERY_SLIPS.find(([pattern]) => pattern.test(bare));
  if (slip) return slip[1];
  const typed = TYPE_SLIPS.find(([pattern]) => pattern.test(reason));
  if (typed) return typed[1];
  const bracket = unbalanced(made);
  if (bracket) return bracket;
  const [, name] = /^unknown function with name "(\w+)"/.exec(reason) ?? [];
  const near = name && nearestWord(name, FUNCTIONS);
  return near
    ? said(
      `there is no function \`${name}\`; \`${near}\` there is`,
      `\`${name}\`(이)라는 함수는 없습니다. \`${near}\`은(는) 있습니다`,
    )
    : undefined;
}

const FUNCTIONS = [...SIGNATURES.keys()];

/** A query without what stands in quotes. */
function withoutTexts(query: string): string {
  return query.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""');
}

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "{": "}", "[": "]" };

/** The bracket that a query lacks or has too much; undefined when none is, or where it might be either. */
function unbalanced(query: string): Localized | undefined {
  const bare = withoutTexts(query);
  const count = (sign: string) => bare.split(sign).length - 1;
  const open: string[] = [];
  for (const sign of bare) {
    if (sign in CLOSING) open.push(sign);
    const start = Object.keys(CLOSING).find((start) => CLOSING[start] === sign);
    if (start === undefined) continue;
    const last = open.pop();
    if (last === start) continue;
    if (count(sign) > count(start)) {
      if (sign === ")") return undefined;
      return count(start) === 0
        ? missing(start)
        : said(`one \`${sign}\` is too many`, `\`${sign}\`가 하나 더 있습니다`);
    }
    return last === undefined ? undefined : missing(CLOSING[last]);
  }
  const last = open.at(-1);
  return last === undefined ? undefined : missing(CLOSING[last]);
}

function missing(sign: string): Localized {
  return said(`a \`${sign}\` is missing`, `\`${sign}\`가 없습니다`);
}

const QUERY_FIELDS = ["Series", "LabelMatchers", "LabelValuesByName", "GroupBy", "GroupBySlice"];
const LABEL_FIELDS = ["Group", "Resource"];

/** A template whose brackets, dot or field are other than the adapter's; undefined for one that is right in these. */
export function templateSlip(field: string, source: string): Localized | undefined {
  const [curly] = /\{\{ *\.\w+ *\}\}/.exec(source) ?? [];
  if (curly) {
    return said(
      `templates of \`${field}\` stand between << and >>, and here between {{ and }}: ${curly}`,
      `\`${field}\`의 템플릿은 <<와 >> 사이에 씁니다. 여기는 {{와 }}입니다: ${curly}`,
    );
  }
  const [single] = /(?<!<)< *\.\w+ *>+/.exec(source) ?? [];
  if (single) {
    return said(
      `templates of \`${field}\` stand between << and >>, two of each: ${single}`,
      `\`${field}\`의 템플릿은 << 와 >> 처럼 둘씩 씁니다: ${single}`,
    );
  }
  const fields = field === "metricsQuery" ? QUERY_FIELDS : LABEL_FIELDS;
  for (const [whole, dot, name] of source.matchAll(/<< *(\.?)(\w+) *>>/g)) {
    if (fields.includes(name) && dot) continue;
    const near = nearestWord(name, fields);
    const list = fields.map((one) => `<<.${one}>>`).join(", ");
    if (!near && !dot) continue;
    if (!near) {
      return said(
        `\`${field}\` asks for ${whole}, and such a field there is not; there are ${list}`,
        `\`${field}\`의 ${whole}(이)라는 필드는 없습니다. 있는 것: ${list}`,
      );
    }
    return dot
      ? said(
        `\`${field}\` asks for ${whole}; the field's name is <<.${near}>>`,
        `\`${field}\`의 ${whole}(이)라는 필드는 없습니다. <<.${near}>>입니다`,
      )
      : said(
        `the dot is missing in ${whole}: <<.${near}>>`,
        `${whole}에 점이 없습니다: <<.${near}>>`,
      );
  }
}

/** A template's bracket that nothing closes; undefined where every one is closed. */
export function openTemplate(field: string, source: string): Localized | undefined {
  const open = /<<(?!(?:(?!<<).)*>>)/s.exec(source)?.index;
  if (open === undefined) return undefined;
  const rest = source.slice(open);
  return said(
    `\`${field}\` has \`<<\` without \`>>\`: ${rest}`,
    `\`${field}\`에 \`>>\`가 없는 \`<<\`가 있습니다: ${rest}`,
  );
}

/** Where in an expression the sign is that lacks its other half, or is too much: an offset from 0. */
export function culpritOf(code: string, expression: string): number {
  const open: number[] = [];
  for (let i = 0; i < expression.length; i++) {
    if (expression[i] === "\\") i++;
    else if (expression[i] === "(") open.push(i);
    else if (expression[i] === ")" && open.pop() === undefined) return i;
  }
  if (code === "missing closing ]") return expression.lastIndexOf("[");
  if (code.startsWith("missing argument")) {
    return Math.max(0, expression.search(/(^|[(|])[*+?]/));
  }
  return open[0] ?? 0;
}
