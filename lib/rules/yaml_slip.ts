import { type Localized, said } from "../base/mod.ts";
import type { YamlCause, YamlError } from "../go/mod.ts";

/** What is wrong with a text that is no YAML, at the line that caused it, and not where a parser gave up. */
export interface YamlSlip {
  /** From 1; undefined where no one line is to blame. */
  line?: number;
  is: Localized;
  /** Whether it is about how far the line is indented. */
  isPlace: boolean;
}

/** What is wrong with values of the adapter's chart, or rules of it, that are no YAML. */
export function yamlSlip(error: YamlError, text: string): YamlSlip {
  const { cause } = error;
  // A line that the parser tells is one of its document, and not of the file.
  const own = error.message.replace(/^yaml: (line \d+: )?/, "");
  if (!cause) {
    return {
      ...error.line === undefined ? {} : { line: error.line },
      is: said(own, own),
      isPlace: false,
    };
  }
  const lines = text.split("\n");
  const isOfAbove = ["indentation", "missing colon", "misplaced"].includes(cause.what);
  const above = isOfAbove ? beforeLine(lines, cause.line) : undefined;
  if (above?.isGlued) {
    const shown = `\`${lines[above.line - 1].trim().split(":")[0]}\``;
    return {
      line: above.line,
      is: said(
        `a space is missing after the dash in ${shown}`,
        `${shown}의 \`-\` 뒤에 공백이 없습니다`,
      ),
      isPlace: false,
    };
  }
  const [en, ko] = fault(cause, lines[cause.line - 1] ?? "", own, lines);
  return { line: cause.line, is: said(en, ko), isPlace: cause.what === "indentation" };
}

/** The line of text above another one, from 1; `isGlued` where its dash has no space behind. */
function beforeLine(
  lines: readonly string[],
  line: number,
): { line: number; isGlued: boolean } | undefined {
  const at = lines.findLastIndex((text, index) => index < line - 1 && !/^\s*(#|$)/.test(text));
  return at < 0 ? undefined : { line: at + 1, isGlued: /^\s*-\w+\s*:/.test(lines[at]) };
}

/** Keys that a line of the file may begin with. */
const KEYS =
  /^(prometheus|url|port|path|rules|custom|external|resource|default|existing|seriesQuery|seriesFilters|is|isNot|resources|overrides|template|namespaced|namespace|pod|service|group|name|matches|as|metricsQuery)\b/;

/** What a line that is no `key: value` lacks. */
function noPair(line: string): [string, string] {
  const bare = line.trim().replace(/^- /, "");
  const shown = `\`${bare}\``;
  if (/^[\w.-]+:\S/.test(bare)) {
    return [
      `a space is missing after the colon in ${shown}`,
      `${shown}의 콜론 뒤에 공백이 없습니다`,
    ];
  }
  return KEYS.test(bare)
    ? [`a colon is missing after ${shown}`, `${shown} 뒤에 콜론이 없습니다`]
    : [
      `${shown} is no \`key: value\`, and does not belong here`,
      `${shown}은(는) \`키: 값\`이 아닙니다. 여기에 올 수 없습니다`,
    ];
}

/** What a fault of YAML is called, in English and in Korean. */
function fault(
  { what, column, line: number }: YamlCause,
  line: string,
  own: string,
  lines: readonly string[],
): [string, string] {
  const shown = `\`${line.trim()}\``;
  const [, bracket] =
    /^\s*(?:- )?(?:seriesQuery|metricsQuery|matches|as)\s*:\s+([{[])/.exec(line) ?? [];
  if (bracket !== undefined && ["open bracket", "missing comma", "misplaced"].includes(what)) {
    return [
      `the value of ${shown} begins with ${bracket}, which opens ${
        bracket === "{" ? "a map" : "a list"
      } in YAML: put ' around the whole`,
      `${shown}의 값이 ${bracket}로 시작하는데 YAML에서는 ${
        bracket === "{" ? "맵" : "목록"
      }의 시작입니다. 전체를 '로 감싸야 합니다`,
    ];
  }
  switch (what) {
    case "tab":
      return [
        "a tab, where YAML wants spaces",
        "탭이 있습니다. YAML의 들여쓰기는 공백이어야 합니다",
      ];
    case "missing colon":
      return noPair(line);
    case "open quote":
      return openQuote(line, column);
    case "open bracket":
      return [
        `a bracket is opened in ${shown} and not closed`,
        `${shown}에서 연 괄호가 닫히지 않았습니다`,
      ];
    case "missing comma":
      return [`a comma is missing in ${shown}`, `${shown}에 쉼표가 없습니다`];
    case "second colon": {
      const [, key] = /:\s+(\w+)\s*:/.exec(line) ?? [];
      if (key !== undefined && KEYS.test(key)) {
        return [
          `\`${key}:\` belongs on the next line, further to the right`,
          `\`${key}:\`는 다음 줄에 더 들여 써야 합니다`,
        ];
      }
      return [
        `a second colon in ${shown}: such a text wants quotes`,
        `${shown}에 콜론이 둘입니다. 이런 값은 따옴표로 감싸야 합니다`,
      ];
    }
    case "trailing text": {
      const [, value = ""] = /:\s+("[^\n]*)$/.exec(line) ?? [];
      if ((value.match(/"/g) ?? []).length > 2) {
        return [
          `the " in column ${column - 1} ends the value: with " inside, put ' around the whole`,
          `${column - 1}번째 칸의 "에서 값이 끝납니다. 안에 "가 있으면 전체를 '로 감싸야 합니다`,
        ];
      }
      return [
        `something follows where the value of ${shown} has ended (column ${column})`,
        `${shown}의 값이 끝난 뒤에 무언가 더 있습니다 (${column}번째 칸)`,
      ];
    }
    case "indentation":
      return indentation(line, column, lines.slice(0, number - 1));
    case "misplaced": {
      const [, start] = /:\s+([*&@%`!|>])/.exec(line) ?? [];
      const [, anchor] = /unknown anchor '(.*)' referenced/.exec(own) ?? [];
      if (anchor !== undefined) {
        return [
          `the value of ${shown} begins with *, which in YAML stands for the anchor &${anchor}, and there is none above: a text wants quotes`,
          `${shown}의 값이 *로 시작하는데 YAML에서는 앵커 &${anchor}을(를) 뜻하고 위에 그런 앵커가 없습니다. 글이라면 따옴표로 감싸야 합니다`,
        ];
      }
      if (start !== undefined && /cannot start any token|anchor|alias|tag/.test(own)) {
        return [
          `the value of ${shown} begins with ${start}, which has a meaning of its own in YAML: it wants quotes`,
          `${shown}의 값이 YAML에서 따로 뜻이 있는 ${start}로 시작합니다. 따옴표로 감싸야 합니다`,
        ];
      }
      if (/expected '-' indicator/.test(own)) {
        return [
          `${shown} stands beside items of a list, and has no \`- \``,
          `${shown}이(가) 목록의 항목과 나란한데 \`- \`가 없습니다`,
        ];
      }
      if (/unknown escape character/.test(own)) {
        return [
          `in double quotes YAML takes the backslash in ${shown} for itself: put ' around the value`,
          `큰따옴표 안에서는 YAML이 ${shown}의 역슬래시를 스스로 해석합니다. 값을 '로 감싸야 합니다`,
        ];
      }
      return [
        `${shown} may not stand like this: ${own}`,
        `${shown}이(가) 이렇게 올 수 없습니다: ${own}`,
      ];
    }
  }
}

function openQuote(line: string, column: number): [string, string] {
  const open = line[column - 1];
  const last = line.trim().at(-1)!;
  if (/["']/.test(last) && last !== open) {
    return [
      `the value begins with ${open} and ends with ${last}`,
      `값이 ${open}(으)로 시작하고 ${last}(으)로 끝납니다`,
    ];
  }
  return [
    `a quote ${open} is opened in \`${line.trim()}\` and not closed`,
    `\`${line.trim()}\`에서 연 따옴표 ${open}이(가) 닫히지 않았습니다`,
  ];
}

/** `before` is what stands above the line. */
function indentation(line: string, column: number, before: readonly string[]): [string, string] {
  const spaces = column - 1;
  const above = before.findLast((text) => !/^\s*(#|$)/.test(text)) ?? "";
  const isUnderAddress = /^\s*rules\s*:/.test(line) &&
    before.findLast((text) => /^[^\s#]/.test(text))?.startsWith("prometheus:");
  const [, room, key] = /^(\s*(?:- )?)([\w.-]+):\s+[^\s#|>]/.exec(above) ?? [];
  if (key !== undefined && room.length < spaces && !isUnderAddress) {
    return [
      `\`${key}:\` above has a value already, and \`${line.trim()}\` stands under it`,
      `위의 \`${key}:\`에 이미 값이 있는데 그 아래에 \`${line.trim()}\`이(가) 있습니다`,
    ];
  }
  if (isUnderAddress) {
    return [
      `\`rules:\` stands ${spaces} space${
        spaces === 1 ? "" : "s"
      } right of \`prometheus:\`, and is its sibling`,
      `\`rules:\`가 \`prometheus:\`보다 ${spaces}칸 오른쪽에 있습니다. 둘은 나란해야 합니다`,
    ];
  }
  return [
    `\`${line.trim()}\` is indented by ${spaces}, which fits nothing above it`,
    `\`${line.trim()}\`의 들여쓰기 ${spaces}칸이 위의 어느 것과도 맞지 않습니다`,
  ];
}
