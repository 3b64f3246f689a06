import { compareGo } from "../go/mod.ts";
import { SelectorFault, SelectorParser } from "./_selector_parser.ts";

/** The labels of an object or a series. */
export type Labels = Readonly<Record<string, string>>;

/** A Kubernetes `LabelSelector` as objects carry it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key?: string; operator?: string; values?: string[] }[];
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

/**
 * The requirements in a selector string such as `app=web,tier in (a,b),!canary`, in order of their keys.
 * Errors: SelectorSyntaxError with upstream's wording.
 */
export function parseSelector(text: string): Requirement[] {
  try {
    const parsed = new SelectorParser(text).parse();
    return parsed.map(({ key, operator, values }) => ({
      key,
      operator: OPERATORS[operator] ?? operator as Requirement["operator"],
      values,
    })).sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  } catch (error) {
    if (!(error instanceof SelectorFault)) throw error;
    throw new SelectorSyntaxError(error.message, error.start, error.end);
  }
}

const OPERATORS: Record<string, Requirement["operator"]> = { "==": "=", ">": "gt", "<": "lt" };

/** The requirements of a `LabelSelector`; undefined selects nothing and gives undefined. Errors: RangeError. */
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
  for (const { key = "", operator = "", values } of selector.matchExpressions ?? []) {
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

/**
 * Whether a `LabelSelector` selects `labels`; an absent selector selects nothing, an empty one all. One that no
 * validation would let in, which an old state may hold, selects nothing: upstream's controllers pass over its object.
 */
export function selects(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  const requirements = readable(selector);
  return requirements !== undefined && matches(requirements, labels);
}

function readable(selector: LabelSelector | undefined): Requirement[] | undefined {
  try {
    return selectorRequirements(selector);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/**
 * A `LabelSelector` as text, its requirements by key; `empty` when there are none.
 * Source: kubernetes/apimachinery pkg/apis/meta/v1/helpers.go (FormatLabelSelector).
 */
export function formatSelector(selector: LabelSelector | undefined, empty = "<none>"): string {
  if (!selector) return empty;
  const requirements = readable(selector);
  if (!requirements) return "<error>";
  return formatRequirements(requirements.sort((a, b) => compareGo(a.key, b.key))) || empty;
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
