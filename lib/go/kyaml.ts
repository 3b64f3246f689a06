import { goSprint } from "./fmt.ts";
import { sortedKeys } from "./text.ts";

/**
 * A JSON value as KYAML, a document with its `---`: YAML in flow style with every string quoted.
 * Source: kubernetes-sigs/yaml kyaml/kyaml.go.
 */
export function toKyaml(value: unknown): string {
  return `---\n${render(value, 0)}\n`;
}

function render(value: unknown, level: number): string {
  if (Array.isArray(value)) return renderList(value, level);
  if (typeof value === "object" && value !== null) return renderMap(value, level);
  if (typeof value === "string") return quoted(value, level + 1);
  return value === null || value === undefined ? "null" : goSprint(value);
}

function indent(level: number): string {
  return "  ".repeat(level);
}

/** Lists of lists and maps begin on the bracket's line; others have an item a line. */
function renderList(items: unknown[], level: number): string {
  if (items.length === 0) return "[]";
  if (items.every((item) => typeof item === "object" && item !== null)) {
    return `[${items.map((item) => render(item, level)).join(", ")}]`;
  }
  const lines = items.map((item) => `${indent(level + 1)}${render(item, level + 1)},\n`);
  return `[\n${lines.join("")}${indent(level)}]`;
}

function renderMap(map: object, level: number): string {
  const keys = sortedKeys(map);
  if (keys.length === 0) return "{}";
  const lines = keys.map((key) => {
    const value = render((map as Record<string, unknown>)[key], level + 1);
    return `${indent(level + 1)}${needsQuotes(key) ? plainQuoted(key) : key}: ${value},\n`;
  });
  return `{\n${lines.join("")}${indent(level)}}`;
}

function needsQuotes(text: string): boolean {
  if (isAmbiguous(text)) return true;
  return !/^[\p{L}\p{N}_](?:[\p{L}\p{N}_\-./]*[\p{L}\p{N}_])?$/u.test(text);
}

/** Whether some reader of YAML would take the bare word for something else than a string. */
function isAmbiguous(text: string): boolean {
  const lower = text.toLowerCase();
  if (["", "null", "~", "true", "y", "yes", "on", "false", "n", "no", "off"].includes(lower)) {
    return true;
  }
  if (["t", "f", "1", "0", ".inf", "-.inf", "+.inf", ".nan"].includes(lower)) return true;
  const bare = text.replaceAll("_", "");
  if (/^[-+]?(\d[\d.]*(e[-+]?\d+)?|0x[0-9a-f]+|0o?[0-7]+|0b[01]+|inf(inity)?|nan)$/i.test(bare)) {
    return true;
  }
  return /^[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}.*)?$/.test(text);
}

function plainQuoted(text: string): string {
  return `"${[...text].map((char) => char === "\n" ? "\\n" : escaped(char)).join("")}"`;
}

/** A string in quotes; one of several lines has a line of text for each, folded. */
function quoted(text: string, level: number): string {
  if (!text.includes("\n")) return `"${[...text].map(escaped).join("")}"`;
  let out = '"\\\n';
  for (const char of text) {
    if (out.endsWith("\n")) {
      out += indent(level) + (/\s/.test(char) && char !== "\n" ? "\\" : " ");
    }
    out += char === "\n" ? "\\n\\\n" : escaped(char);
  }
  if (!out.endsWith("\n")) out += "\\\n";
  return `${out}${indent(level)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\t": "\t",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\r": "\\r",
  "\v": "\\v",
  "\0": "\\0",
  "\x1b": "\\e",
  "\x85": "\\N",
  "\xa0": "\\_",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function escaped(char: string): string {
  if (Object.hasOwn(ESCAPES, char)) return ESCAPES[char];
  const code = char.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (!/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zs}]/u.test(char) || char === " ") return char;
  return code < 0x10000
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\U${code.toString(16).padStart(8, "0")}`;
}
