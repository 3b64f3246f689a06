/** A Go regular expression that will not compile; `error parsing regexp: …`. */
export class GoRegexpError extends SyntaxError {
  override name = "GoRegexpError";
}

/** A compiled Go regular expression, unanchored unless it anchors itself. */
export interface GoRegexp {
  readonly source: string;
  /** Names of the groups, the whole match first; "" for unnamed. */
  readonly groupNames: readonly string[];
  test(text: string): boolean;
  /** The match and its groups, or undefined. */
  match(text: string): (string | undefined)[] | undefined;
}

/**
 * Compiles what Go's regexp package takes: RE2 syntax, without look-around and backreferences.
 * Errors: GoRegexpError with Go's wording for the mistakes people make.
 * Source: golang/go src/regexp/syntax/parse.go.
 */
export function compileGoRegexp(source: string): GoRegexp {
  const behind = /\(\?<[=!][^)]*\)?/.exec(source);
  if (behind) {
    throw new GoRegexpError(`error parsing regexp: invalid named capture: \`${behind[0]}\``);
  }
  const refused = /\(\?[=!]/.exec(source);
  if (refused) {
    throw new GoRegexpError(
      `error parsing regexp: invalid or unsupported Perl syntax: \`${refused[0]}\``,
    );
  }
  const backreference = /(?<!\\)(?:\\\\)*(\\[1-9])/.exec(source);
  if (backreference) {
    throw new GoRegexpError(
      `error parsing regexp: invalid escape sequence: \`${backreference[1]}\``,
    );
  }
  let flags = "";
  let body = source.replaceAll("(?P<", "(?<");
  const leading = /^\(\?([ims]+)\)/.exec(body);
  if (leading) {
    flags += leading[1];
    body = body.slice(leading[0].length);
  }
  const pattern = toJs(body);
  let regex: RegExp;
  try {
    regex = new RegExp(pattern, flags);
  } catch {
    throw new GoRegexpError(`error parsing regexp: ${reasonFor(source)}`);
  }
  return {
    source,
    groupNames: groupNames(body),
    test: (text) => regex.test(text),
    match: (text) => regex.exec(text)?.slice(),
  };
}

/** Rewrites what RE2 spells otherwise than JavaScript. */
function toJs(body: string): string {
  return body
    .replaceAll("\\A", "^").replaceAll("\\z", "$")
    .replaceAll("[[:alpha:]]", "[A-Za-z]").replaceAll("[[:digit:]]", "[0-9]")
    .replaceAll("[[:alnum:]]", "[0-9A-Za-z]").replaceAll("[[:word:]]", "[0-9A-Za-z_]");
}

function groupNames(body: string): string[] {
  const names = [""];
  let inClass = false;
  for (let i = 0; i < body.length; i++) {
    if (body[i] === "\\") i++;
    else if (inClass) inClass = body[i] !== "]";
    else if (body[i] === "[") inClass = true;
    else if (body[i] === "(") {
      if (body[i + 1] !== "?") names.push("");
      else if (body[i + 2] === "<") names.push(body.slice(i + 3, body.indexOf(">", i)));
    }
  }
  return names;
}

function reasonFor(source: string): string {
  const nested = /[*+?]([*+])/.exec(source);
  if (nested) return `invalid nested repetition operator: \`${nested[0]}\``;
  const dangling = /^[*+?]|(?<=[(|])[*+]/.exec(source);
  if (dangling) {
    return `missing argument to repetition operator: \`${dangling[0]}\``;
  }
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    if (source[i] === "\\") {
      if (i === source.length - 1) return "trailing backslash at end of expression: ``";
      i++;
    } else if (source[i] === "[") {
      const end = source.indexOf("]", i + 2);
      if (end < 0) return `missing closing ]: \`${source.slice(i)}\``;
      i = end;
    } else if (source[i] === "(") depth++;
    else if (source[i] === ")" && --depth < 0) return `unexpected ): \`${source}\``;
  }
  if (depth > 0) return `missing closing ): \`${source}\``;
  return `invalid or unsupported syntax: \`${source}\``;
}

/**
 * Fills a Go template of a replacement: `$1`, `${1}`, `$name`, `$$`. A name is as long as it can
 * be, so `$1_total` means the group called `1_total`, which is empty; `${1}_total` is what people
 * want.
 * Source: golang/go src/regexp/regexp.go (Expand).
 */
export function expandGoTemplate(
  template: string,
  regexp: GoRegexp,
  groups: readonly (string | undefined)[],
): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})?/g, (whole, bare, braced) => {
    if (whole === "$$") return "$";
    const name = bare ?? braced;
    if (name === undefined) return "$";
    const index = /^\d+$/.test(name) ? Number(name) : regexp.groupNames.indexOf(name);
    return index < 0 ? "" : groups[index] ?? "";
  });
}
