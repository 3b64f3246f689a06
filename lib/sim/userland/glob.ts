/**
 * A shell pattern as a regular expression over a whole text; characters after a backslash stand for
 * themselves. `path` keeps `*` and `?` from matching `/`.
 */
export function globPattern(
  pattern: string,
  options: { path?: boolean; anchor?: "whole" | "start" | "end" | "none"; lazy?: boolean } = {},
): RegExp {
  const any = options.path ? "[^/]" : "[^]";
  let out = "";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === "\\" && i + 1 < pattern.length) out += escape(pattern[++i]);
    else if (char === "*") out += `${any}*${options.lazy ? "?" : ""}`;
    else if (char === "?") out += any;
    else if (char === "[") {
      const set = /^\[([!^]?)(\]?(?:\[:\w+:\]|\\.|[^\]])*)\]/.exec(pattern.slice(i));
      if (!set) out += "\\[";
      else {
        out += `[${set[1] ? "^" : ""}${classText(set[2])}]`;
        i += set[0].length - 1;
      }
    } else out += escape(char);
  }
  const anchor = options.anchor ?? "whole";
  const start = anchor === "whole" || anchor === "start" ? "^" : "";
  const end = anchor === "whole" || anchor === "end" ? "$" : "";
  return new RegExp(`${start}${out}${end}`);
}

export const CLASSES: Record<string, string> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: " \\t\\n\\r\\f\\v",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  cntrl: "\\x00-\\x1f\\x7f",
  print: " -~",
  graph: "!-~",
};

/** The inside of a bracket expression, for a regular expression of ours. */
export function classText(text: string): string {
  return text.replace(/\[:(\w+):\]|\\(.)|([\\\]\[^])/g, (_, name, escaped, special) => {
    if (name !== undefined) return CLASSES[name] ?? "";
    return `\\${escaped ?? special}`;
  });
}

export function escape(char: string): string {
  return /[\\^$.*+?()[\]{}|\/]/.test(char) ? `\\${char}` : char;
}
