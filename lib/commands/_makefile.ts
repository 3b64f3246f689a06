/** A makefile that GNU make would not read: `Makefile:5: *** missing separator.` */
export class MakefileError extends SyntaxError {
  override name = "MakefileError";
}

/** One recipe line, as it stands in the file but for its tab. */
export interface RecipeLine {
  /** May hold backslash-newlines. */
  text: string;
  /** 1-based. */
  line: number;
}

export interface Rule {
  target: string;
  prerequisites: string[];
  recipe: RecipeLine[];
}

/** A read makefile; variables are expanded when used. */
export interface Makefile {
  name: string;
  rules: ReadonlyMap<string, Rule>;
  phony: ReadonlySet<string>;
  /** The first target that is not special. */
  defaultGoal: string | undefined;
  variables: Map<string, string>;
}

/** What this make leaves to the real one. */
const UNKNOWN_DIRECTIVE =
  /^(include|-include|sinclude|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|vpath)\b/;

/**
 * Reads targets, prerequisites, recipes, variables and comments. `overrides` are variables of the
 * command line, which win over the file's.
 * Errors: MakefileError with GNU make's `file:line: *** …` wording.
 * Source: GNU make read.c. Differs: knows no conditionals, includes, functions or pattern rules, and
 * says so.
 */
export function parseMakefile(
  text: string,
  name = "Makefile",
  overrides: Readonly<Record<string, string>> = {},
): Makefile {
  const variables = new Map<string, string>([["MAKE", "make"]]);
  for (const [key, value] of Object.entries(overrides)) variables.set(key, value);
  const rules = new Map<string, Rule>();
  const phony = new Set<string>();
  let defaultGoal: string | undefined;
  let open: Rule[] = [];

  for (const { text: raw, line } of logicalLines(text)) {
    const fail = (what: string): never => {
      throw new MakefileError(`${name}:${line}: *** ${what}.  Stop.`);
    };
    if (raw.startsWith("\t") && open.length > 0) {
      // A comment line of a recipe is the shell's business; an empty one is nobody's.
      if (raw.trim() !== "") {
        for (const rule of open) rule.recipe.push({ text: raw.slice(1), line });
      }
      continue;
    }
    const content = withoutComment(raw).replace(/\\\n[ \t]*/g, " ");
    if (content.trim() === "") continue;
    if (raw.startsWith("\t")) fail("recipe commences before first target");
    if (UNKNOWN_DIRECTIVE.test(content.trim())) {
      fail(`"${content.trim().split(/\s/)[0]}" is not known to this make`);
    }
    const assignment = /^\s*(?:export\s+)?([^\s:#=?+]+)\s*(\?|\+|::?)?=\s*(.*)$/.exec(content);
    if (assignment) {
      open = [];
      assign(variables, assignment, overrides);
      continue;
    }
    const rule = /^([^:=]+?)\s*::?(?!=)\s*([^;]*)(?:;\s*(.*))?$/.exec(content);
    if (!rule) {
      const spaces = /^ {2,}\S/.test(raw) && open.length > 0;
      fail(
        spaces ? "missing separator (did you mean TAB instead of 8 spaces?)" : "missing separator",
      );
      continue;
    }
    const targets = words(expand(rule[1], variables));
    const prerequisites = words(expand(rule[2], variables)).filter((word) => word !== "|");
    if (targets.includes(".PHONY")) {
      for (const each of prerequisites) phony.add(each);
      open = [];
      continue;
    }
    if (targets.some((target) => target.includes("%"))) {
      fail("pattern rules are not known to this make");
    }
    open = targets.map((target) => {
      const known = rules.get(target) ?? { target, prerequisites: [], recipe: [] };
      known.prerequisites.push(...prerequisites);
      rules.set(target, known);
      return known;
    });
    if (rule[3]) { for (const each of open) each.recipe.push({ text: rule[3], line }); }
    defaultGoal ??= targets.find((target) => !target.startsWith("."));
  }
  const goal = variables.get(".DEFAULT_GOAL");
  return {
    name,
    rules,
    phony,
    defaultGoal: goal ? expand(goal, variables) : defaultGoal,
    variables,
  };
}

function* logicalLines(text: string): Iterable<RecipeLine> {
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let whole = lines[index].replace(/\r$/, "");
    while (/(^|[^\\])(\\\\)*\\$/.test(whole) && index + 1 < lines.length) {
      const next = lines[++index].replace(/\r$/, "");
      // GNU make takes the tab off a recipe's continuation lines too.
      whole += "\n" + (whole.startsWith("\t") ? next.replace(/^\t/, "") : next);
    }
    yield { text: whole, line };
  }
}

function withoutComment(text: string): string {
  const hash = /(^|[^\\])#/.exec(text);
  const cut = hash ? text.slice(0, hash.index + hash[1].length) : text;
  return cut.replaceAll("\\#", "#");
}

function assign(
  variables: Map<string, string>,
  [, name, operator, value]: RegExpExecArray,
  overrides: Readonly<Record<string, string>>,
): void {
  if (Object.hasOwn(overrides, name)) return;
  const own = value.trimEnd();
  switch (operator) {
    case "?":
      if (!variables.has(name)) variables.set(name, own);
      return;
    case "+":
      variables.set(name, variables.has(name) ? `${variables.get(name)} ${own}` : own);
      return;
    case ":":
    case "::":
      variables.set(name, expand(own, variables));
      return;
    default:
      variables.set(name, own);
  }
}

/** How much one text may expand to, how many variables it may name, and how deep within each other. */
const MAX_CHARS = 4 * 1024 * 1024;
const MAX_EXPANSIONS = 100_000;
const MAX_VARIABLES_DEEP = 500;

/** Source: GNU make misc.c (xmalloc). */
function exhausted(): MakefileError {
  return new MakefileError("*** virtual memory exhausted.  Stop.");
}

/**
 * Text with `$(NAME)`, `${NAME}` and `$X` replaced, `$$` standing for a dollar; a variable nobody set
 * is empty. Errors: MakefileError for a function call, or a variable that refers to itself.
 */
export function expand(
  text: string,
  variables: ReadonlyMap<string, string>,
  inside: readonly string[] = [],
  spent = { expansions: 0, chars: 0 },
): string {
  return text.replace(/\$(?:\$|\(([^()]*)\)|\{([^{}]*)\}|(\S))/g, (whole, round, curly, short) => {
    if (whole === "$$") return "$";
    const name: string = round ?? curly ?? short;
    if (/\s/.test(name)) {
      throw new MakefileError(
        `*** function "${name.split(/\s/)[0]}" is not known to this make.  Stop.`,
      );
    }
    if (inside.includes(name)) {
      throw new MakefileError(
        `*** Recursive variable '${name}' references itself (eventually).  Stop.`,
      );
    }
    if (++spent.expansions > MAX_EXPANSIONS || inside.length > MAX_VARIABLES_DEEP) {
      throw exhausted();
    }
    const expanded = expand(variables.get(name) ?? "", variables, [...inside, name], spent);
    spent.chars += expanded.length;
    if (spent.chars > MAX_CHARS) throw exhausted();
    return expanded;
  });
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
