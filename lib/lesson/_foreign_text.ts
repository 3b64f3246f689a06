import { megabytes, type Mistake, mistake } from "./_mistake.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&quot;": '"',
  "&amp;": "&",
  "&apos;": "'",
  "&#39;": "'",
  "&#34;": '"',
};

/** Signs that look like others and are not them, and what is meant. */
const LOOKALIKES: [signs: RegExp, meant: (sign: string) => string, en: string, ko: string][] = [
  [/[\u2018\u2019\u201a\u201b\uff07]/, () => "'", "a typographic quote", "둥근 따옴표"],
  [/[\u201c\u201d\u201e\u201f\uff02]/, () => '"', "a typographic quote", "둥근 따옴표"],
  [
    /[\uff01-\uff5e]/,
    (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0),
    "a full-width sign",
    "전각 문자",
  ],
  [
    /[\u00ab\u226a\u300a]|&lt;&lt;|\\u003[cC]\\u003[cC]/,
    () => "<<",
    "another sign for <<",
    "<<를 대신한 문자",
  ],
  [
    /[\u00bb\u226b\u300b]|&gt;&gt;|\\u003[eE]\\u003[eE]/,
    () => ">>",
    "another sign for >>",
    ">>를 대신한 문자",
  ],
  [
    /&(?:quot|amp|apos|#39|#34);/,
    (sign) => ENTITIES[sign],
    "an escape of HTML",
    "HTML 이스케이프",
  ],
  [/[\u2010-\u2015\u2212]/, () => "-", "a long dash", "긴 줄표"],
  [/[\u00a0\u2000-\u200a\u3000]/, () => " ", "another kind of space", "다른 종류의 공백"],
  [/[\u200b-\u200d\u2060\ufeff]/, () => "", "an invisible sign", "보이지 않는 문자"],
];

/** A line with the escapes blank that YAML reads: those in double quotes. */
function withoutEscapes(line: string): string {
  return line.replace(
    /'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"/g,
    (text) => text[0] === "'" ? text : text.replace(/\\u[\da-fA-F]{4}/g, " ".repeat(6)),
  );
}

/** The first sign in some lines that an editor, a chat or a keyboard put in place of the one that is meant. */
function lookalike(lines: readonly string[], upTo: number, from = 0): Mistake | undefined {
  for (let at = from; at < upTo; at++) {
    const line = at === 0 ? lines[at].replace(/^\ufeff/, "") : lines[at];
    if (/^\s*#/.test(line)) continue;
    for (const [signs, meant, en, ko] of LOOKALIKES) {
      const found = signs.exec(withoutEscapes(line));
      if (!found) continue;
      const [sign] = found;
      const code = `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
      const shown = sign.length > 1
        ? sign
        : /[\s\u200b-\u200d\u2060\ufeff]/.test(sign)
        ? code
        : `${sign} (${code})`;
      const right = meant(sign);
      const instead = right === ""
        ? ["nothing", "없어야 합니다"]
        : right === " "
        ? ["a plain space", "보통 공백이어야 합니다"]
        : [`\`${right}\``, `\`${right}\`이어야 합니다`];
      return mistake(
        at + 1,
        [
          `${en}, ${shown}, in column ${found.index + 1}, where ${instead[0]} is meant`,
          "it looks alike, and is read as a letter of the text",
          `type it anew in line ${at + 1}: edit rules`,
        ],
        [
          `${found.index + 1}번째 칸에 ${ko} ${shown}이(가) 있습니다. ${instead[1]}`,
          "비슷해 보이지만 그냥 글자로 읽힙니다",
          `${at + 1}번째 줄에 다시 입력하세요: edit rules`,
        ],
        "yaml",
      );
    }
  }
}

/** More characters than any values file of this chart has. */
const MOST_CHARS = 1_000_000;
/** What no text has in it: bytes of a picture, an archive, a program. */
// deno-lint-ignore no-control-regex
const NO_TEXT = /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]/;

/** How pictures, archives and programs begin, read as UTF-8. */
const BEGINNINGS = [
  ...["\ufffdPNG", "\x89PNG", "GIF8", "\ufffd\ufffd\ufffd", "%PDF", "PK\x03\x04"],
  ...["\x1f\ufffd", "\x1f\x8b", "BZh", "\x7fELF", "MZ"],
];

/** Words that a values file of the adapter has. */
const OF_VALUES = /\b(prometheus|rules)\b/;

/** What of a file can be read: of UTF-16 its letters, of a picture nothing. */
export function legible(text: string): string {
  const letters = text.replaceAll("\0", "");
  return NO_TEXT.test(letters) && !OF_VALUES.test(letters) ? "" : letters;
}

/** What makes a text none that could hold values: its size, or bytes that are no text. */
export function noValues(text: string): Mistake | undefined {
  if (text.length > MOST_CHARS) {
    const size = `${megabytes(text.length)} MB`;
    return mistake(
      undefined,
      [
        `the file is ${size} large, and values of this chart are some hundred lines`,
        "helm sends all of it to the cluster, which takes no release of more than 1 MB",
        "take out what does not belong there, or `reset` brings the lesson's files back",
      ],
      [
        `파일이 ${size}입니다. 이 차트의 값은 몇백 줄입니다`,
        "helm은 파일을 모두 클러스터로 보내는데, 1 MB가 넘는 릴리스는 받지 않습니다",
        "여기에 속하지 않는 것을 지우거나, `reset`으로 수업의 파일을 되돌리세요",
      ],
      "yaml",
    );
  }
  const strange = NO_TEXT.exec(text);
  if (!strange) return undefined;
  // Every second byte is 0 where letters of ASCII take two.
  if (text.split("\0").length > text.length / 3) return utf16();
  if (BEGINNINGS.some((beginning) => text.startsWith(beginning))) return notText();
  const line = text.slice(0, strange.index).split("\n").length;
  const row = text.split("\n")[line - 1];
  const column = strange.index - text.lastIndexOf("\n", strange.index - 1);
  const code = `U+${strange[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return mistake(
    line,
    [
      `bytes that are no text (${code} in column ${column}; the line is ${row.length} characters long)`,
      "they are of a picture, an archive or a program, or of another encoding than UTF-8; helm cannot read the file with them",
      `take line ${line} out: edit rules`,
    ],
    [
      `글자가 아닌 바이트가 있습니다 (${column}번째 칸의 ${code}, 줄의 길이 ${row.length}자)`,
      "그림, 압축 파일, 프로그램의 것이거나 UTF-8이 아닌 글자입니다. 이대로는 helm이 파일을 읽지 못합니다",
      `${line}번째 줄을 지우세요: edit rules`,
    ],
    "yaml",
  );
}

function notText(): Mistake {
  return mistake(
    undefined,
    [
      "the file is no text: it has bytes of a picture, an archive or a program, and no values of the chart",
      "helm cannot read it",
      "`reset` brings the lesson's files back",
    ],
    [
      "파일이 글이 아닙니다. 그림, 압축 파일, 프로그램의 바이트이고 차트의 값이 없습니다",
      "helm은 이 파일을 읽지 못합니다",
      "`reset`으로 수업의 파일을 되돌리세요",
    ],
    "yaml",
  );
}

function utf16(): Mistake {
  return mistake(
    undefined,
    [
      "the file is in UTF-16, which PowerShell's `>` and some editors write",
      "helm reads UTF-8",
      "save it as UTF-8 in your editor, or `reset` brings the lesson's files back",
    ],
    [
      "파일이 UTF-16입니다. PowerShell의 `>`나 일부 편집기가 이렇게 씁니다",
      "helm은 UTF-8을 읽습니다",
      "편집기에서 UTF-8로 저장하거나, `reset`으로 수업의 파일을 되돌리세요",
    ],
    "yaml",
  );
}

/** Lines that come from somewhere else. */
const STRANGERS: [line: RegExp, en: string, ko: string][] = [
  [
    /^(<{7}|={7}$|>{7}|\|{7})/,
    "the mark of a merge that is not settled",
    "정리되지 않은 병합 표시입니다",
  ],
  [/^\s*(```|~~~)/, "a code fence of Markdown", "Markdown의 코드 블록 표시입니다"],
  [/^\s*\$ \w/, "a line for the shell, with its prompt", "셸 프롬프트가 붙은 명령입니다"],
  [/^\s*(make|helm|kubectl|sed|cat|edit) \S/, "a line for the shell", "셸에 입력할 명령입니다"],
  [/^\s*EOF\s*$/, "the end of a here-document", "here-document의 끝 표시입니다"],
  [/:(wq?|q|x)!?\s*$/, "a command of vi, typed into the text", "본문에 입력된 vi 명령입니다"],
];

function stranger(lines: readonly string[], upTo: number): Mistake | undefined {
  const at = lines.findIndex((line, index) =>
    index < upTo && !/^\s*#/.test(line) && STRANGERS.some(([strange]) => strange.test(line))
  );
  if (at < 0) return undefined;
  const [, en, ko] = STRANGERS.find(([strange]) => strange.test(lines[at]))!;
  const shown = lines[at].trim();
  return mistake(
    at + 1,
    [
      `\`${shown}\` is ${en}`,
      "it is no part of the file, and helm cannot read the file with it",
      `take it out of line ${at + 1}: edit rules`,
    ],
    [
      `\`${shown}\`: ${ko}`,
      "파일의 내용이 아니어서 helm이 파일을 읽지 못합니다",
      `${at + 1}번째 줄에서 지우세요: edit rules`,
    ],
    "yaml",
  );
}

function numbered(lines: readonly string[]): Mistake | undefined {
  const at = lines.findIndex((line) =>
    /^\s*\d+[:|]?\s+(rules|custom|external|- seriesQuery)\b/.test(line)
  );
  if (at < 0) return undefined;
  return mistake(
    at + 1,
    [
      "the lines begin with line numbers",
      "they were copied along with the text, and stand before its keys now",
      "take the numbers away: edit rules",
    ],
    [
      "줄이 줄 번호로 시작합니다",
      "복사할 때 함께 딸려 와서 키 앞에 서 있습니다",
      "번호를 지우세요: edit rules",
    ],
    "yaml",
  );
}

function secondDocument(lines: readonly string[], found: Mistake): Mistake | undefined {
  const first = lines.findIndex((line) => line.trim() !== "" && !/^\s*#/.test(line));
  const at = lines.findIndex((line, index) =>
    index > first && first >= 0 && /^(---|\.\.\.)(\s|$)/.test(line)
  );
  if (at < 0 || (found.line !== undefined && found.line <= at)) return undefined;
  const begins = lines[at].startsWith("---");
  return mistake(
    at + 1,
    [
      begins ? "`---` begins a second document here" : "`...` ends the document here",
      "helm reads the first document of a values file, and passes over what comes after",
      "take the line away: edit rules",
    ],
    [
      begins ? "여기의 `---`에서 두 번째 문서가 시작합니다" : "여기의 `...`에서 문서가 끝납니다",
      "helm은 값 파일의 첫 문서만 읽고 그 뒤는 말없이 지나칩니다",
      "이 줄을 지우세요: edit rules",
    ],
    "yaml",
  );
}

/** What comes after ` #` in the line of a mistake, where its value has no quotes: a comment, and no part of the value. */
function commentInValue(lines: readonly string[], { line }: Mistake): Mistake | undefined {
  const text = lines[(line ?? 0) - 1] ?? "";
  const [, comment] = /^\s*(?:- )?\w+: +[^'"#|>\s][^#]*? (#\S.*)$/.exec(text) ?? [];
  if (comment === undefined) return undefined;
  return mistake(
    line,
    [
      `\`${comment}\` is a comment, and no part of the value`,
      "in a value without quotes, a comment begins at ` #`",
      "put quotes around the value, or take the # away: edit rules",
    ],
    [
      `\`${comment}\`은(는) 주석이며 값에 들어가지 않습니다`,
      "따옴표 없는 값에서는 ` #`부터 주석입니다",
      "값을 따옴표로 감싸거나 #을 지우세요: edit rules",
    ],
    "yaml",
  );
}

/** What in a text is not of this file and so behind a mistake; the mistake itself where nothing is. */
export function behind(text: string, found: Mistake): Mistake {
  const lines = text.split("\n");
  const upTo = found.line ?? lines.length;
  return lookalike(lines, upTo) ?? stranger(lines, upTo) ?? numbered(lines) ??
    secondDocument(lines, found) ?? commentInValue(lines, found) ?? found;
}

/** The same for what Prometheus finds wrong with a file that can be read: only its very line can be to blame. */
export function behindInLine(text: string, found: Mistake): Mistake {
  const { line, isElsewhere } = found;
  if (line === undefined || isElsewhere) return found;
  const lines = text.split("\n");
  return lookalike(lines, line, line - 1) ?? commentInValue(lines, found) ?? found;
}
