import { CLASSES } from "../glob.ts";

/** A pattern that the tools cannot read. */
export class PatternError extends Error {
  override name = "PatternError";
}

/**
 * A POSIX regular expression as one of ours: basic unless `extended`.
 * Errors: PatternError.
 */
export function posixPattern(
  source: string,
  options: { extended?: boolean; fixed?: boolean; flags?: string } = {},
): RegExp {
  const body = options.fixed
    ? source.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    : translate(source, options.extended ?? false);
  try {
    return new RegExp(body, options.flags ?? "");
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
