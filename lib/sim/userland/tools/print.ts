import { CONTROL_LETTERS } from "../../../go/mod.ts";

/** What `echo` prints. dash takes backslashes for escapes without `-e`. */
export function echoText(args: readonly string[], dash = false): string {
  let newline = true;
  let escapes = dash;
  let at = 0;
  for (; at < args.length && /^-[neE]+$/.test(args[at]); at++) {
    if (dash && args[at] !== "-n") break;
    if (args[at].includes("n")) newline = false;
    if (args[at].includes("e")) escapes = true;
    if (args[at].includes("E")) escapes = false;
  }
  const text = args.slice(at).join(" ");
  if (!escapes) return text + (newline ? "\n" : "");
  const { out, stops } = unescape(text);
  return out + (newline && !stops ? "\n" : "");
}

const ESCAPES: Record<string, string> = {
  ...CONTROL_LETTERS,
  e: "\x1b",
  E: "\x1b",
  "\\": "\\",
};

/** What a backslash and `code` stand for. */
export function escaped(code: string): string {
  if (/^x./.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
  if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 255);
  return ESCAPES[code] ?? code;
}

/** Backslash escapes replaced; `\c` stops everything. */
export function unescape(text: string): { out: string; stops: boolean } {
  const cut = text.search(/(?<!\\)(?:\\\\)*\\c/);
  const kept = cut < 0 ? text : text.slice(0, text.indexOf("\\c", cut));
  const out = kept.replace(
    /\\(x[0-9a-fA-F]{1,2}|0?[0-7]{1,3}|[ntrabefv\\])/g,
    (_, code: string) => escaped(code),
  );
  return { out, stops: cut >= 0 };
}

/** More digits than a number has, for which there would be no end of zeros. */
const MAX_DIGITS = 100;

/** What `printf` prints, and what was wrong with it. `grow` takes the memory for it. */
export function printfText(
  args: readonly string[],
  grow: (bytes: number) => void,
): { text: string; problem?: string } {
  const [format, ...given] = args[0] === "--" ? args.slice(1) : args;
  if (format === undefined) return { text: "", problem: "usage: printf FORMAT [ARGUMENT...]" };
  const plain = unescape(format).out;
  let text = "";
  let problem: string | undefined;
  let at = 0;
  do {
    const before = at;
    grow(plain.length);
    text += plain.replace(
      /%(?:%|([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z]))/g,
      (
        all,
        flags: string,
        width: string | undefined,
        precision: string | undefined,
        verb: string,
      ) => {
        if (all === "%%") return "%";
        const size = (word: string | undefined) => word === "*" ? Number(given[at++] ?? 0) : word;
        const columns = Number(size(width) ?? 0) || 0;
        const digits = size(precision);
        const value = given[at++] ?? "";
        grow(value.length + Math.max(Math.abs(columns), Number(digits ?? 0) || 0));
        const shown = one(verb, value, digits === undefined ? undefined : Number(digits), flags);
        if (shown === undefined) {
          problem = /[a-zA-Z]/.test(verb) && "diouxXeEfgGcsb".includes(verb)
            ? `invalid number '${value}'`
            : `${all}: invalid format`;
          return pad("0", columns, flags);
        }
        return pad(shown, columns, flags);
      },
    );
    if (at === before) break;
  } while (at < given.length);
  return { text, ...(problem === undefined ? {} : { problem }) };
}

function one(
  verb: string,
  value: string,
  precision: number | undefined,
  flags: string,
): string | undefined {
  if (verb === "s") return precision === undefined ? value : value.slice(0, precision);
  if (verb === "b") return unescape(value).out;
  if (verb === "c") return value.slice(0, 1);
  const number = /^['"]/.test(value)
    ? value.charCodeAt(1)
    : value.trim() === ""
    ? 0
    : Number(value);
  if (Number.isNaN(number)) return undefined;
  const sign = number >= 0 && flags.includes("+")
    ? "+"
    : number >= 0 && flags.includes(" ")
    ? " "
    : "";
  switch (verb) {
    case "d":
    case "i":
    case "u":
      return sign + String(Math.trunc(number)).padStart(precision ?? 0, "0");
    case "o":
      return Math.trunc(number).toString(8);
    case "x":
      return (flags.includes("#") ? "0x" : "") +
        Math.trunc(number).toString(16).padStart(precision ?? 0, "0");
    case "X":
      return Math.trunc(number).toString(16).toUpperCase().padStart(precision ?? 0, "0");
    case "f":
    case "F":
      return sign + number.toFixed(digitsOf(precision, 6));
    case "e":
    case "E": {
      const text = number.toExponential(digitsOf(precision, 6)).replace(/e([+-])(\d)$/, "e$10$2");
      return verb === "E" ? text.toUpperCase() : text;
    }
    case "g":
    case "G":
      return String(Number(number.toPrecision(Math.max(1, digitsOf(precision || undefined, 6)))));
    default:
      return undefined;
  }
}

function digitsOf(precision: number | undefined, otherwise: number): number {
  return Math.min(MAX_DIGITS, Math.max(0, precision || (precision === undefined ? otherwise : 0)));
}

function pad(text: string, columns: number, flags: string): string {
  if (flags.includes("-")) return text.padEnd(columns);
  if (flags.includes("0") && /^[-+]?[\d.]/.test(text)) {
    const sign = /^[-+]/.exec(text)?.[0] ?? "";
    return sign + text.slice(sign.length).padStart(columns - sign.length, "0");
  }
  return text.padStart(columns);
}
