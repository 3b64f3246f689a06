/** The labels of an object or a series. */
export type Labels = Readonly<Record<string, string>>;

/** A Kubernetes `LabelSelector` as objects carry it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** One requirement of a selector; Source: kubernetes/apimachinery pkg/labels/selector.go. */
export interface Requirement {
  key: string;
  operator: "=" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";
  values: string[];
}

/** A selector string that will not parse; `start` and `end` are offsets into the text. */
export class SelectorSyntaxError extends SyntaxError {
  override name = "SelectorSyntaxError";
  constructor(message: string, readonly start: number, readonly end: number) {
    super(message);
  }
}

const REQUIREMENT =
  /^\s*(?:(!)\s*([\w./-]+)|([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)|([\w./-]+)\s*(==|=|!=|>|<)\s*([\w.-]*)|([\w./-]+))\s*(?=,|$)/;

/**
 * The requirements in a selector string such as `app=web,tier in (a,b),!canary`.
 * Errors: SelectorSyntaxError with upstream's wording.
 */
export function parseSelector(text: string): Requirement[] {
  const out: Requirement[] = [];
  let offset = 0;
  if (text.trim() === "") return out;
  while (offset <= text.length) {
    const match = REQUIREMENT.exec(text.slice(offset));
    if (!match) {
      const rest = text.slice(offset).trim();
      throw new SelectorSyntaxError(
        rest === ""
          ? "found '', expected: identifier after ','"
          : `unable to parse requirement: found '${rest}', expected: identifier, '!', 'in', 'notin', '=', '==', '!='`,
        offset,
        text.length,
      );
    }
    out.push(toRequirement(match));
    offset += match[0].length;
    if (offset >= text.length) break;
    offset++;
  }
  return out;
}

function toRequirement(match: RegExpExecArray): Requirement {
  if (match[1]) return { key: match[2], operator: "!", values: [] };
  if (match[4]) {
    const values = match[5].split(",").map((value) => value.trim());
    return { key: match[3], operator: match[4] as "in" | "notin", values };
  }
  if (match[7]) {
    const operators = { "=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt" } as const;
    return {
      key: match[6],
      operator: operators[match[7] as keyof typeof operators],
      values: [match[8]],
    };
  }
  return { key: match[9], operator: "exists", values: [] };
}

/** The requirements of a `LabelSelector`; undefined selects nothing and gives undefined. */
export function selectorRequirements(
  selector: LabelSelector | undefined,
): Requirement[] | undefined {
  if (!selector) return undefined;
  const out: Requirement[] = Object.entries(selector.matchLabels ?? {})
    .map(([key, value]) => ({ key, operator: "=", values: [value] }));
  const operators: Record<string, Requirement["operator"]> = {
    In: "in",
    NotIn: "notin",
    Exists: "exists",
    DoesNotExist: "!",
  };
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = operators[operator];
    if (!known) throw new RangeError(`"${operator}" is not a valid label selector operator`);
    out.push({ key, operator: known, values: values ?? [] });
  }
  return out;
}

/** Whether `labels` meet every requirement. */
export function matches(requirements: readonly Requirement[], labels: Labels = {}): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "=":
        return value === values[0];
      case "!=":
        return value !== values[0];
      case "in":
        return value !== undefined && values.includes(value);
      case "notin":
        return value === undefined || !values.includes(value);
      case "exists":
        return value !== undefined;
      case "!":
        return value === undefined;
      case "gt":
        return value !== undefined && Number(value) > Number(values[0]);
      case "lt":
        return value !== undefined && Number(value) < Number(values[0]);
    }
  });
}

/** Whether a `LabelSelector` selects `labels`; an absent selector selects nothing, an empty one all. */
export function selects(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  const requirements = selectorRequirements(selector);
  return requirements !== undefined && matches(requirements, labels);
}

/** A selector as kubectl prints it: `app=web,tier in (a,b)`. */
export function formatRequirements(requirements: readonly Requirement[]): string {
  return requirements.map(({ key, operator, values }) => {
    switch (operator) {
      case "exists":
        return key;
      case "!":
        return `!${key}`;
      case "in":
      case "notin":
        return `${key} ${operator} (${[...values].sort().join(",")})`;
      case "gt":
        return `${key}>${values[0]}`;
      case "lt":
        return `${key}<${values[0]}`;
      default:
        return `${key}${operator}${values[0]}`;
    }
  }).join(",");
}
