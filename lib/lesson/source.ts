import type { Localized } from "./lesson.ts";

/** Something in the text of a lesson that may not stand there. */
export interface SourceFault {
  /** From 1. */
  line: number;
  what: Localized;
  remedy: Localized;
}

/** What a lesson may import: the contract, by its name or its place, and files of its own folder. */
const CONTRACT = ["hpa-tutor", "../../lib/lesson/mod.ts"];

/** Words of the machine that a lesson has no use for, and what there is in their place. */
const FORBIDDEN: [names: string, remedy: Localized][] = [
  [
    "Deno process fetch WebSocket EventSource Worker BroadcastChannel MessageChannel localStorage caches require",
    {
      en:
        "a lesson looks at the lab through its `view`, and at nothing else: view.get, view.http, view.file",
      ko: "수업은 `view`로 실습 환경만 봅니다: view.get, view.http, view.file",
    },
  ],
  [
    "Date performance",
    {
      en: "the lab has its own time: view.now() in a check, context.now() in a program",
      ko: "실습 환경에는 자기 시각이 있습니다: 검사에서는 view.now(), 프로그램에서는 context.now()",
    },
  ],
  [
    "setTimeout setInterval setImmediate queueMicrotask",
    {
      en:
        "a check answers at once; what needs lab time says so: finding([…], […], { waits: true }) and withinMs",
      ko:
        "검사는 바로 대답합니다. 시간이 필요하면 finding([…], […], { waits: true })과 withinMs를 쓰세요",
    },
  ],
  [
    "eval Function globalThis self WebAssembly SharedArrayBuffer Atomics crypto",
    {
      en: "leave it out: the contract of lessons has all that a check needs",
      ko: "빼세요. 검사에 필요한 것은 수업의 계약에 모두 있습니다",
    },
  ],
];

/** One pass finds them all: each costs a look at every place of the text. */
const FORBIDDEN_WORD = new RegExp(
  `(?<![.\\w$])(${FORBIDDEN.flatMap(([names]) => names.split(" ")).join("|")})\\b(?!\\s*:)`,
  "g",
);
const REMEDY_OF = new Map(
  FORBIDDEN.flatMap(([names, remedy]) => names.split(" ").map((name) => [name, remedy] as const)),
);

/** What a look at the text of a lesson's module finds, before any of it runs. */
export interface SourceReport {
  /** What may not stand in it, by line. */
  faults: SourceFault[];
  /** The files of its own folder that it imports: `./rules.ts`. */
  ownImports: string[];
  /** Whether each `await` surely stands within an async function: then loading it waits for nothing. */
  awaitsWithin: boolean;
}

/** Looks through a module once. */
export function examineSource(text: string): SourceReport {
  const code = codeOf(text);
  const imports = importsOf(text, code);
  return {
    faults: faultsOf(code, imports),
    ownImports: imports.map(({ specifier }) => specifier).filter(isOwnFile),
    awaitsWithin: awaitsWithin(code),
  };
}

function faultsOf(code: string, imports: Import[]): SourceFault[] {
  const lineAt = (at: number) => code.slice(0, at).split("\n").length;
  const faults: SourceFault[] = [];
  for (const { specifier, at } of imports) {
    if (CONTRACT.includes(specifier) || isOwnFile(specifier)) continue;
    faults.push({
      line: lineAt(at),
      what: { en: `it imports "${specifier}"`, ko: `"${specifier}"을(를) import합니다` },
      remedy: {
        en: 'import from "hpa-tutor", or from a file of the lesson\'s own folder, alone',
        ko: '"hpa-tutor"나 이 수업 폴더의 파일만 import하세요',
      },
    });
  }
  for (const { index } of code.matchAll(/(?<![.\w$])import\s*(?=[(.])/g)) {
    faults.push({
      line: lineAt(index),
      what: { en: "it uses import() or import.meta", ko: "import()나 import.meta를 씁니다" },
      remedy: {
        en: 'import at the top of the file: import { … } from "hpa-tutor"',
        ko: '파일의 맨 위에서 import하세요: import { … } from "hpa-tutor"',
      },
    });
  }
  for (const { 0: name, index } of code.matchAll(FORBIDDEN_WORD)) {
    // Dates that are written out or read from an object are no chance.
    if (name === "Date" && /^Date\s*\.\s*(parse|UTC)\b/.test(code.slice(index))) continue;
    if (name === "Date" && /^Date\s*\(\s*[^)\s]/.test(code.slice(index))) continue;
    faults.push({
      line: lineAt(index),
      what: { en: `it uses ${name}`, ko: `${name}을(를) 씁니다` },
      remedy: REMEDY_OF.get(name)!,
    });
  }
  for (const { index } of code.matchAll(/(?<![.\w$])Math\s*\.\s*random\b/g)) {
    faults.push({
      line: lineAt(index),
      what: { en: "it uses Math.random", ko: "Math.random을 씁니다" },
      remedy: {
        en: "the same seed has to give the same lesson: a program takes context.random()",
        ko: "같은 씨앗은 같은 수업이 되어야 합니다. 프로그램은 context.random()을 씁니다",
      },
    });
  }
  return faults.sort((a, b) => a.line - b.line);
}

/** Up to the parameters of an async function, or to the arrow of one that has a single name. */
const ASYNC = /(?<![.\w$])async\s*(?:function\b\s*)?(?:\*\s*)?[\w$]*\s*(?:<[^<>(){}]*>\s*)?/g;
/** What stands between its parameters and its body: the type that it gives, an arrow. */
const BEFORE_BODY = /\s*(?::\s*[\w$.]+\s*(?:<(?:[^<>]|<[^<>]*>)*>)?\s*)?(?:=>\s*\{?|\{)/y;

function awaitsWithin(code: string): boolean {
  const closes = closingBrackets(code);
  const bodies = [...code.matchAll(ASYNC)]
    .map((match) => bodyAfter(code, match.index + match[0].length, closes));
  return [...code.matchAll(/(?<![.\w$])await\b/g)]
    .every(({ index }) => bodies.some(([from, to]) => from <= index && index < to));
}

/** Where the body of the function lies whose parameters, or whose arrow, are at `at`; nowhere when that is not plain. */
function bodyAfter(code: string, at: number, closes: Map<number, number>): [number, number] {
  BEFORE_BODY.lastIndex = code[at] === "(" ? (closes.get(at) ?? code.length) + 1 : at;
  const found = BEFORE_BODY.exec(code);
  if (!found) return [0, 0];
  const start = found.index + found[0].length;
  if (found[0].endsWith("{")) return [start, closes.get(start - 1) ?? 0];
  // An expression: up to what ends it, or a line that is not indented, past whatever is bracketed in it.
  const ending = /[,;)\]}]|\n(?=\S)|[([{]/g;
  ending.lastIndex = start;
  for (let end; (end = ending.exec(code));) {
    const closing = closes.get(end.index);
    if (closing === undefined) return [start, end.index];
    ending.lastIndex = closing + 1;
  }
  return [start, code.length];
}

/** Where each bracket of a module closes. */
function closingBrackets(code: string): Map<number, number> {
  const closes = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: bracket, index } of code.matchAll(/[()[\]{}]/g)) {
    if ("([{".includes(bracket)) open.push(index);
    else if (open.length > 0) closes.set(open.pop()!, index);
  }
  return closes;
}

const isOwnFile = (specifier: string) => /^\.\/[\w-]+\.ts$/.test(specifier);

interface Import {
  specifier: string;
  /** Where its statement begins. */
  at: number;
}

function importsOf(text: string, code: string): Import[] {
  const statement = /(?<![.\w$])(?:import|export)\b(?!\s*[(.])[^;'"`]*?(['"])/g;
  return [...code.matchAll(statement)].flatMap((match) => {
    const isFrom = /\bfrom\s*['"]$|^import\s*['"]$/.test(match[0]);
    if (!isFrom) return [];
    const start = match.index + match[0].length;
    const end = code.indexOf(match[1], start);
    return [{ specifier: text.slice(start, end), at: match.index }];
  });
}

/** What stands before a `/` that begins a regular expression, and divides nothing. */
const BEFORE_REGEX = /(?:[(,=:[!&|?{};+\-*%~^<>]|\breturn|\btypeof|^)\s*$/;

/** What begins neither a comment, nor a text, nor an expression, nor a template. */
const PLAIN = /[^/"'`]*/y;
/** The same within an expression of a template, where a brace may end it. */
const PLAIN_WITHIN = /[^/"'`{}]*/y;

/** What stands between quotes, up to the one that ends it, or to the end of the line. */
const WITHIN_DOUBLE = /[^"\\\n]*(?:\\[^]?[^"\\\n]*)*/y;
const WITHIN_SINGLE = /[^'\\\n]*(?:\\[^]?[^'\\\n]*)*/y;
/** What stands in a template, up to its end or its next expression. */
const WITHIN_TEMPLATE = /[^`\\$]*(?:(?:\\[^]?|\$(?!\{))[^`\\$]*)*/y;

/** A module with its comments and what is between quotes made blank; places and lines stay. */
function codeOf(text: string): string {
  const out: string[] = [];
  /** For each template that is open, how many braces are open in its `${`. */
  const templates: number[] = [];
  let at = 0;
  const keep = (to: number) => {
    out.push(text.slice(at, to));
    at = to;
  };
  const blank = (to: number) => {
    const lines = text.slice(at, to).split("\n");
    out.push(lines.map((line) => " ".repeat(line.length)).join("\n"));
    at = to;
  };
  /** Where the longest text that `pattern` accepts ends. */
  const endOf = (pattern: RegExp, from = at) => {
    pattern.lastIndex = from;
    pattern.test(text);
    return pattern.lastIndex;
  };
  const template = () => {
    blank(endOf(WITHIN_TEMPLATE));
    if (text[at] === "`") return keep(at + 1);
    if (at >= text.length) return;
    keep(at + 2);
    templates.push(0);
  };
  while (at < text.length) {
    const char = text[at];
    const next = text[at + 1];
    if (char === "/" && next === "/") {
      const end = text.indexOf("\n", at);
      blank(end < 0 ? text.length : end);
    } else if (char === "/" && next === "*") {
      const end = text.indexOf("*/", at + 2);
      blank(end < 0 ? text.length : end + 2);
    } else if (char === "/" && BEFORE_REGEX.test(out.slice(-40).join("").slice(-40))) {
      const [literal] = /^\/(?:\\.|\[(?:\\.|[^\]\n\\])*\]|[^/\n\\])+\/\w*/.exec(text.slice(at)) ??
        ["/"];
      blank(at + literal.length);
    } else if (char === '"' || char === "'") {
      keep(at + 1);
      blank(endOf(char === '"' ? WITHIN_DOUBLE : WITHIN_SINGLE));
      if (at < text.length) keep(at + 1);
    } else if (char === "`") {
      keep(at + 1);
      template();
    } else if (templates.length > 0 && (char === "{" || char === "}")) {
      keep(at + 1);
      const open = templates.pop()!;
      if (char === "{") templates.push(open + 1);
      else if (open > 0) templates.push(open - 1);
      else template();
    } else {
      keep(endOf(templates.length > 0 ? PLAIN_WITHIN : PLAIN, at + 1));
    }
  }
  return out.join("");
}
