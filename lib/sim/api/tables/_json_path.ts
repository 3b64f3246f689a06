import type { Json } from "./_cells.ts";

type Step =
  | { kind: "field"; name: string }
  | { kind: "index"; at: number }
  | { kind: "slice"; from: number; to: number | undefined }
  | { kind: "all" }
  | { kind: "filter"; path: Step[]; operator: string; value: Json };

const parsed = new Map<string, Step[] | undefined>();

/**
 * What a printer column's path such as `.status.conditions[?(@.type=="Ready")].status` finds; empty for
 * a path that will not parse or leads nowhere.
 * Source: kubernetes/client-go util/jsonpath, as far as apiextensions-apiserver allows it in columns.
 */
export function findByPath(path: string, value: Json): Json[] {
  if (!parsed.has(path)) parsed.set(path, parse(path));
  const steps = parsed.get(path);
  return steps ? walk(steps, [value]) : [];
}

const TOKEN =
  /\.\.|\.?\[\?\(\s*@([^=!<>]+?)\s*(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^)]+?)\s*\)\]|\.?\[(\*|-?\d+|-?\d*:-?\d*|'[^']*'|"[^"]*")\]|\.((?:\\.|[^.[\]\\])+)/y;

function parse(path: string): Step[] | undefined {
  const steps: Step[] = [];
  let at = path.startsWith("$") ? 1 : 0;
  while (at < path.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(path);
    if (!match || match[0] === "..") return undefined;
    at = TOKEN.lastIndex;
    if (match[1] !== undefined) {
      const inner = parse(match[1]);
      if (!inner) return undefined;
      steps.push({ kind: "filter", path: inner, operator: match[2], value: literal(match[3]) });
    } else if (match[4] !== undefined) steps.push(bracket(match[4]));
    else if (match[5] === "*") steps.push({ kind: "all" });
    else steps.push({ kind: "field", name: match[5].replace(/\\(.)/g, "$1") });
  }
  return steps;
}

function bracket(text: string): Step {
  if (text === "*") return { kind: "all" };
  if (/^['"]/.test(text)) return { kind: "field", name: text.slice(1, -1) };
  if (!text.includes(":")) return { kind: "index", at: Number(text) };
  const [from, to] = text.split(":");
  return { kind: "slice", from: Number(from || 0), to: to === "" ? undefined : Number(to) };
}

function literal(text: string): Json {
  if (/^['"]/.test(text)) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function walk(steps: readonly Step[], start: Json[]): Json[] {
  let values = start;
  for (const step of steps) values = values.flatMap((value) => take(step, value));
  return values;
}

function take(step: Step, value: Json): Json[] {
  if (value === null || typeof value !== "object") return [];
  const items: Json[] = Array.isArray(value) ? value : Object.values(value);
  switch (step.kind) {
    case "field":
      return !Array.isArray(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "index": {
      const found = Array.isArray(value) ? value.at(step.at) : undefined;
      return found === undefined ? [] : [found];
    }
    case "slice":
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case "all":
      return items;
    case "filter":
      return items.filter((item) => {
        const [left] = walk(step.path, [item]);
        return left !== undefined && compare(left, step.operator, step.value);
      });
  }
}

function compare(left: Json, operator: string, right: Json): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    default:
      return left >= right;
  }
}
