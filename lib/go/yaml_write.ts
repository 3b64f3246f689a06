import { formatGoFloat } from "./floats.ts";
import { isMap } from "./maps.ts";
import { compareGo } from "./text.ts";

export interface YamlStyle {
  /** Leaves keys in the order in which they stand, as Go's structs and yaml.MapSlice have them. */
  keepOrder?: boolean;
  /** Leaves long lines whole, as a text that a person wrote has them. */
  longLines?: boolean;
}

/**
 * A value as YAML, spelled as `sigs.k8s.io/yaml` spells it: keys in natural order, sequences not
 * indented, strings quoted only where a YAML 1.1 reader would read something else, multi-line
 * strings as `|` blocks, long lines folded at 80 columns.
 * Source: go.yaml.in/yaml/v2 encode.go, emitterc.go, resolve.go, sorter.go.
 */
export function toYaml(value: unknown, options: YamlStyle = {}): string {
  const writer = new Writer(options);
  writer.node(value, 0, "root");
  return writer.text;
}

const BEST_WIDTH = 80;
const MAX_SIMPLE_KEY = 128;

type Place = "root" | "value" | "item";

class Writer {
  text = "";
  #column = 0;

  constructor(readonly style: YamlStyle) {}

  /** Writes a node whose parent's `-` or `key:` was just written. `indent` is the parent's indentation. */
  node(value: unknown, indent: number, place: Place): void {
    if (Array.isArray(value) && value.length > 0) return this.#sequence(value, indent, place);
    if (isMap(value)) {
      const keys = Object.keys(value).filter((key) => value[key] !== undefined);
      if (!this.style.keepOrder) keys.sort(compareKeys);
      if (keys.length > 0) return this.#mapping(value, keys, indent, place);
    }
    this.#scalar(value, indent, place);
    this.#put("\n");
  }

  #sequence(items: unknown[], indent: number, place: Place): void {
    const own = place === "item" ? indent + 2 : indent;
    if (place === "value") this.#put("\n");
    items.forEach((item, index) => {
      if (index > 0 || place !== "item") this.#put(" ".repeat(own));
      else this.#put(" ");
      this.#put("-");
      this.node(item, own, "item");
    });
  }

  #mapping(map: Record<string, unknown>, keys: string[], indent: number, place: Place): void {
    const own = place === "root" ? 0 : indent + 2;
    if (place === "value") this.#put("\n");
    keys.forEach((key, index) => {
      if (index > 0 || place !== "item") this.#put(" ".repeat(own));
      else this.#put(" ");
      if (
        new TextEncoder().encode(key).length > MAX_SIMPLE_KEY ||
        /[\n\r\u0085\u2028\u2029]/.test(key)
      ) {
        this.#put("?");
        this.#scalar(key, own, "item");
        this.#put("\n" + " ".repeat(own) + ":");
        return this.node(map[key], own, "item");
      }
      this.#string(key, own, true);
      this.#put(":");
      this.node(map[key], own, "value");
    });
  }

  #scalar(value: unknown, indent: number, place: Place): void {
    if (place !== "root") this.#put(" ");
    if (typeof value === "string") return this.#string(value, indent, false, place);
    this.#put(plainText(value));
  }

  #string(text: string, indent: number, isKey: boolean, place: Place = "value"): void {
    const facts = analyze(text);
    let style: "plain" | "single" | "double" | "literal";
    if (text.includes("\n")) style = "literal";
    else style = resolvesToString(text) ? "plain" : "double";
    if (isKey && facts.multiline) style = "double";
    if (style === "plain" && (!facts.plainAllowed || (text === "" && isKey))) style = "single";
    if (style === "single" && !facts.singleAllowed) style = "double";
    if (style === "literal" && (!facts.blockAllowed || isKey)) style = "double";
    const inner = place === "root" ? 2 : indent + 2;
    if (style === "literal") return this.#literal(text, inner);
    if (style === "plain") return this.#folded(text, inner, !isKey, false);
    if (style === "single") {
      this.#put("'");
      this.#folded(text.replaceAll("'", "''"), inner, !isKey, true);
      return this.#put("'");
    }
    this.#put('"');
    this.#double(text, inner, !isKey);
    this.#put('"');
  }

  #isWide(): boolean {
    return !this.style.longLines && this.#column > BEST_WIDTH;
  }

  /** Plain and single-quoted text: a single space past the width becomes a line break. */
  #folded(text: string, indent: number, mayBreak: boolean, quoted: boolean): void {
    const chars = [...text];
    let spaces = false;
    chars.forEach((char, index) => {
      if (char !== " ") {
        this.#put(char);
        spaces = false;
        return;
      }
      const inside = !quoted || (index > 0 && index < chars.length - 1);
      const breaks = mayBreak && !spaces && this.#isWide() && inside &&
        chars[index + 1] !== " ";
      this.#put(breaks ? "\n" + " ".repeat(indent) : " ");
      spaces = true;
    });
  }

  #double(text: string, indent: number, mayBreak: boolean): void {
    const chars = [...text];
    let spaces = false;
    chars.forEach((char, index) => {
      const escaped = escapeDouble(char);
      if (escaped !== char) {
        this.#put(escaped);
        spaces = false;
      } else if (char !== " ") {
        this.#put(char);
        spaces = false;
      } else {
        const breaks = mayBreak && !spaces && this.#isWide() && index > 0 &&
          index < chars.length - 1;
        if (breaks) this.#put("\n" + " ".repeat(indent) + (chars[index + 1] === " " ? "\\" : ""));
        else this.#put(" ");
        spaces = true;
      }
    });
  }

  #literal(text: string, indent: number): void {
    let hints = "|";
    if (/^[ \n\r\u0085\u2028\u2029]/.test(text)) hints += "2";
    if (!text.endsWith("\n")) hints += "-";
    else if (text === "\n" || text.endsWith("\n\n")) hints += "+";
    const body = text.endsWith("\n") ? text.slice(0, -1) : text;
    const lines = body.split("\n").map((line) => line === "" ? "" : " ".repeat(indent) + line);
    this.#put(hints + "\n" + lines.join("\n"));
  }

  #put(text: string): void {
    this.text += text;
    const newline = text.lastIndexOf("\n");
    this.#column = newline < 0
      ? this.#column + [...text].length
      : [...text.slice(newline + 1)].length;
  }
}

function plainText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "[]";
  if (typeof value === "object") return "{}";
  if (typeof value === "number") {
    return Number.isInteger(value) && Math.abs(value) < 1e21
      ? BigInt(value).toString()
      : formatGoFloat(value);
  }
  return String(value);
}

function analyze(text: string) {
  const facts = { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: true };
  if (text === "") return { ...facts, blockAllowed: false };
  const chars = [...text];
  const isBreak = (char: string) => /[\n\r\u0085\u2028\u2029]/.test(char);
  const isBlankOrEnd = (char: string | undefined) =>
    char === undefined || char === " " || char === "\t" || isBreak(char);
  let indicators = text.startsWith("---") || text.startsWith("...");
  let special = false, breakSpace = false, spaceBreak = false;
  let precededByBlank = true;
  chars.forEach((char, index) => {
    const next = chars[index + 1];
    // Upstream looks for a blank (space or tab) or the end; a line break does not count.
    const followedByBlank = next === undefined || next === " " || next === "\t";
    if (index === 0) {
      if ("#,[]{}&*!|>'\"%@`".includes(char)) indicators = true;
      if ("?:-".includes(char) && followedByBlank) indicators = true;
    } else {
      if (char === ":" && followedByBlank) indicators = true;
      if (char === "#" && precededByBlank) indicators = true;
    }
    if (!isPrintable(char)) special = true;
    const previous = chars[index - 1];
    if (char === " " && previous !== undefined && isBreak(previous)) breakSpace = true;
    if (isBreak(char)) {
      facts.multiline = true;
      if (previous === " ") spaceBreak = true;
    }
    precededByBlank = isBlankOrEnd(char);
  });
  const first = chars[0], last = chars[chars.length - 1];
  if (first === " " || isBreak(first) || last === " " || isBreak(last)) facts.plainAllowed = false;
  if (last === " ") facts.blockAllowed = false;
  if (breakSpace) facts.plainAllowed = facts.singleAllowed = false;
  if (spaceBreak || special) {
    facts.plainAllowed = facts.singleAllowed = facts.blockAllowed = false;
  }
  if (facts.multiline || indicators) facts.plainAllowed = false;
  return facts;
}

/** Source: yamlprivateh.go is_printable; a tab counts as special, a newline does not. */
function isPrintable(char: string): boolean {
  const code = char.codePointAt(0)!;
  return code === 0x0a || (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff);
}

const DOUBLE_ESCAPES: Record<string, string> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u00a0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escapeDouble(char: string): string {
  const needs = !isPrintable(char) || /["\\\n\r\u0085\u2028\u2029\ufeff]/.test(char);
  if (!needs) return char;
  if (DOUBLE_ESCAPES[char]) return DOUBLE_ESCAPES[char];
  const code = char.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return "\\x" + hex.padStart(2, "0");
  if (code <= 0xffff) return "\\u" + hex.padStart(4, "0");
  return "\\U" + hex.padStart(8, "0");
}

const RESERVED = new Set(
  ("y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL " +
    ".nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF").split(" "),
);

/** Whether a YAML 1.1 reader gives `text` back as a string when it is not quoted. */
function resolvesToString(text: string): boolean {
  if (text === "" || RESERVED.has(text)) return false;
  if (/^[-+0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text)) return false;
  const first = text[0];
  if (first === ".") return !/^\.[0-9][0-9_]*([eE][-+]?[0-9]+)?$/.test(text);
  if (!/[-+0-9]/.test(first)) return true;
  if (/^\d{4}-\d{1,2}-\d{1,2}$/.test(text)) return !validDate(text);
  if (
    /^\d{4}-\d{1,2}-\d{1,2}([Tt ])\d{1,2}:\d{1,2}:\d{1,2}([.,]\d+)?(Z|[-+]\d\d:\d\d)?$/.test(text)
  ) {
    return !validDate(text);
  }
  const plain = text.replaceAll("_", "");
  if (/^[-+]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.test(plain)) {
    return !fitsInteger(plain);
  }
  if (!/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) return true;
  // What is too large for a float stays text.
  return !Number.isFinite(Number(plain));
}

function fitsInteger(text: string): boolean {
  const isDecimal = /^[-+]?[1-9]/.test(text) || /^[-+]?0$/.test(text);
  // A decimal too large for 64 bits is read as a float, which also needs quotes.
  if (isDecimal) return true;
  const digits = text.replace(/^[-+]/, "");
  const value = BigInt(/^0[0-7]+$/.test(digits) ? "0o" + digits.slice(1) : digits.toLowerCase());
  if (value < 1n << 63n || !/^[-+]/.test(text)) return value < 1n << 64n;
  return /^[-+]?[0-9]+$/.test(text);
}

function validDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})/.exec(text)!.map(Number);
  if (month < 1 || month > 12 || day < 1) return false;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return false;
  const time = /(\d{1,2}):(\d{1,2}):(\d{1,2})/.exec(text.slice(8));
  if (!time) return true;
  const zone = /(Z|[-+]\d\d:\d\d)$/.test(text);
  if (/^\S{6,10}[Tt]/.test(text) !== zone) return false;
  return Number(time[1]) < 24 && Number(time[2]) < 60 && Number(time[3]) < 60;
}

/** Keys in natural order: runs of digits by number, letters after other characters. */
function compareKeys(left: string, right: string): number {
  const a = [...left], b = [...right];
  const isLetter = (char: string) => /\p{L}/u.test(char);
  const isDigit = (char: string | undefined) => char !== undefined && /\p{Nd}/u.test(char);
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) continue;
    const aLetter = isLetter(a[i]), bLetter = isLetter(b[i]);
    if (aLetter && bLetter) return compareGo(a[i], b[i]);
    if (aLetter || bLetter) return bLetter ? -1 : 1;
    let aNumber = 0n, bNumber = 0n;
    if (a[i] === "0" || b[i] === "0") {
      for (let j = i - 1; j >= 0 && isDigit(a[j]); j--) {
        if (a[j] !== "0") {
          aNumber = bNumber = 1n;
          break;
        }
      }
    }
    let ai = i, bi = i;
    for (; isDigit(a[ai]); ai++) aNumber = aNumber * 10n + BigInt(a[ai]);
    for (; isDigit(b[bi]); bi++) bNumber = bNumber * 10n + BigInt(b[bi]);
    if (aNumber !== bNumber) return aNumber < bNumber ? -1 : 1;
    if (ai !== bi) return ai - bi;
    return compareGo(a[i], b[i]);
  }
  return a.length - b.length;
}
