import { CLASSES } from "../glob.ts";

/** A pattern that the tools cannot read. */
export class PatternError extends Error {
  override name = "PatternError";
}

/*
 * All of the tools' regular expressions are made and run here.
 */

export interface PatternOptions {
  extended?: boolean;
  /** Whether the pattern is a text to be found as it is. */
  fixed?: boolean;
  flags?: string;
  /** What a match has to be: a whole line, whole words, or the beginning of the text. */
  bounds?: "line" | "word" | "start";
}

const BOUNDS = { line: ["^(?:", ")$"], word: ["(?<!\\w)(?:", ")(?!\\w)"], start: ["^(?:", ")"] };

/** A regular expression of the shell's own `=~`. Errors: PatternError. */
export function shellPattern(source: string): RegExp {
  return compile(source, { source, flags: "" });
}

/** Every match of a pattern in a line. */
export function allMatches(pattern: RegExp, line: string): string[] {
  const every = compile(pattern.source, { source: pattern.source, flags: `${pattern.flags}g` });
  return Array.from(line.matchAll(every), ([text]) => text);
}

/**
 * A POSIX regular expression as one of ours: basic unless `extended`.
 * Errors: PatternError.
 */
export function posixPattern(source: string, options: PatternOptions = {}): RegExp {
  if (source === "" && options.bounds !== "line") return compile("", { source, flags: "" });
  const body = options.fixed
    ? source.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    : translate(source, options.extended ?? false);
  const [before, after] = options.bounds ? BOUNDS[options.bounds] : ["", ""];
  return compile(before + body + after, { source, flags: options.flags ?? "" });
}

function compile(body: string, { source, flags }: { source: string; flags: string }): RegExp {
  try {
    return new RegExp(body, flags);
  } catch {
    throw new PatternError(source);
  }
}

function translate(source: string, extended: boolean): string {
  let out = "";
  for (let i = 0; i < source.length; i++) {
    const char = source[i];
    if (char === "[") {
      const set = /^\[(\^?)(\]?(?:\[:\w+:\]|[^\]])*)\]/.exec(source.slice(i));
      if (!set) throw new PatternError(source);
      const inside = set[2].replace(
        /\[:(\w+):\]|([\\\][^])/g,
        (_, name, special) => name === undefined ? `\\${special}` : CLASSES[name] ?? "",
      );
      out += `[${set[1]}${inside}]`;
      i += set[0].length - 1;
    } else if (char === "\\") {
      const next = source[++i] ?? "\\";
      if (!extended && "(){}|+?".includes(next)) out += next;
      else if (next === "<" || next === ">") out += "\\b";
      else if ("wWsSbB".includes(next) || /\d/.test(next)) out += `\\${next}`;
      else if (next === "n") out += "\\n";
      else if (next === "t") out += "\\t";
      else out += /[\w]/.test(next) ? next : `\\${next}`;
    } else if (!extended && "(){}|+?".includes(char)) out += `\\${char}`;
    else if (!extended && char === "*" && (out === "" || out === "^" || out.endsWith("("))) {
      out += "\\*";
    } else if (!extended && char === "^" && out !== "" && !/[(|]$/.test(out)) out += "\\^";
    else if (
      !extended && char === "$" && i < source.length - 1 && !/^\\[)|]/.test(source.slice(i + 1))
    ) out += "\\$";
    else out += char;
  }
  return out;
}
