import { type Localized, nearestWord, said } from "../base/mod.ts";

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
];

/**
 * What is taken to be wrong with a query that does not parse; undefined where nothing is known.
 * @param written as the rule has it, and `made` of it
 */
export function querySlip(written: string, made: string): Localized | undefined {
  const slip = QUERY_SLIPS.find(([pattern]) => pattern.test(written));
  if (slip) return slip[1];
  const missing = unbalanced(made);
  return missing === undefined
    ? undefined
    : said(`a \`${missing}\` is missing`, `\`${missing}\`가 없습니다`);
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
    const near = nearestWord(name, fields);
    if (!near || (fields.includes(name) && dot)) continue;
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
