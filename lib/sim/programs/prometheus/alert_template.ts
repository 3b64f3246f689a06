import {
  compileGoRegexp,
  type GoRegexp,
  parsePromDuration,
  RegexpSyntaxError,
} from "../../../base/mod.ts";
import { formatValue } from "../_go_metrics.ts";

/** What an alert's labels and annotations may show. */
export interface AlertData {
  labels: Readonly<Record<string, string>>;
  externalLabels: Readonly<Record<string, string>>;
  externalUrl: string;
  value: number;
  nowMs: number;
}

type Value = string | number | Readonly<Record<string, string>>;

class TemplateError extends Error {
  override name = "TemplateError";
}

const ACTION = /\{\{((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*)\}\}/y;

/**
 * Expands the actions of an alert's text: fields, `$value`, pipelines of functions.
 * A text that will not expand is replaced by what is wrong with it, as upstream does.
 * Source: prometheus/prometheus template/template.go.
 * Differs: no `if`, `range`, `with`, `query` or variables of its own.
 */
export function expandAlertText(text: string, data: AlertData): string {
  if (!text.includes("{{")) return text;
  try {
    return expandActions(text, data);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `<error expanding template: ${error.message}>`;
  }
}

/** Each action is read once, from its braces on. */
function expandActions(text: string, data: AlertData): string {
  let out = "";
  let from = 0;
  for (let at; (at = text.indexOf("{{", from)) >= 0;) {
    ACTION.lastIndex = at;
    const found = ACTION.exec(text);
    if (!found) throw new TemplateError("unclosed action");
    const action = found[1].replace(/^-/, "").replace(/-$/, "").trim();
    out += text.slice(from, at) + shown(pipeline(action, data));
    from = at + found[0].length;
  }
  return out + text.slice(from);
}

function pipeline(action: string, data: AlertData): Value {
  const stages = splitOutside(action, "|");
  let piped: Value | undefined;
  for (const stage of stages) piped = command(stage.trim(), data, piped);
  return piped ?? "";
}

function command(text: string, data: AlertData, piped: Value | undefined): Value {
  const words = splitOutside(text, " ").filter((word) => word !== "");
  if (words.length === 0) throw new TemplateError("missing value for command");
  const head = words[0];
  if (!/^[a-zA-Z]/.test(head)) return operand(head, data);
  const args = words.slice(1).map((word) => operand(word, data));
  if (piped !== undefined) args.push(piped);
  return call(head, args, data);
}

function operand(word: string, data: AlertData): Value {
  if (/^["`]/.test(word)) {
    return word.startsWith("`") ? word.slice(1, -1) : String(JSON.parse(word));
  }
  if (/^[-+]?\.?\d/.test(word)) return Number(word);
  if (word.startsWith("(") && word.endsWith(")")) return pipeline(word.slice(1, -1), data);
  const [root, ...path] = word.replace(/^\.(?=[A-Z])/, "$.").split(".").filter((one) =>
    one !== "$"
  );
  const roots: Record<string, Value> = {
    "$labels": data.labels,
    "Labels": data.labels,
    "$value": data.value,
    "Value": data.value,
    "$externalLabels": data.externalLabels,
    "ExternalLabels": data.externalLabels,
    "$externalURL": data.externalUrl,
    "ExternalURL": data.externalUrl,
  };
  if (!Object.hasOwn(roots, root)) {
    throw new TemplateError(
      root.startsWith("$") ? `undefined variable "${root}"` : `function "${root}" not defined`,
    );
  }
  const value = roots[root];
  if (path.length === 0) return value;
  return typeof value === "object" ? value[path.join(".")] ?? "" : "";
}

function call(name: string, args: Value[], data: AlertData): Value {
  const text = (index: number) => shown(args[index] ?? "");
  const number = (index: number) => Number(args[index]);
  switch (name) {
    case "printf":
      return printf(text(0), args.slice(1));
    case "print":
      return args.map(shown).join("");
    case "humanize":
      return humanize(number(0));
    case "humanize1024":
      return humanize1024(number(0));
    case "humanizePercentage":
      return `${formatG4(number(0) * 100)}%`;
    case "humanizeDuration":
      return humanizeDuration(number(0));
    case "humanizeTimestamp":
      return `${new Date(number(0) * 1000).toISOString().replace("T", " ").slice(0, 19)} +0000 UTC`;
    case "title":
      return text(0).replace(/(^|\s)\S/g, (match) => match.toUpperCase());
    case "toUpper":
      return text(0).toUpperCase();
    case "toLower":
      return text(0).toLowerCase();
    case "reReplaceAll": {
      const regexp = compiled(name, text(0));
      return regexp.replaceAll(text(2), (match) => regexp.expand(text(1), match));
    }
    case "match":
      return String(compiled(name, text(0)).test(text(1)));
    case "stripPort":
      return text(0).replace(/:\d+$/, "");
    case "stripDomain":
      return text(0).replace(/^([^.:]+)[^:]*(:\d+)?$/, "$1$2");
    case "parseDuration":
      return parsePromDuration(text(0)) / 1000;
    case "now":
      return data.nowMs / 1000;
    case "externalURL":
      return data.externalUrl;
    case "index":
      return typeof args[0] === "object" ? args[0][text(1)] ?? "" : "";
    case "safeHtml":
      return text(0);
  }
  throw new TemplateError(`function "${name}" not defined`);
}

/** `reReplaceAll` panics as MustCompile does, `match` returns the error. */
function compiled(name: string, pattern: string): GoRegexp {
  try {
    return compileGoRegexp(pattern);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    const panic = name === "match" ? "" : `regexp: Compile(\`${pattern}\`): `;
    throw new TemplateError(`error calling ${name}: ${panic}${error.message}`);
  }
}

function shown(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatValue(value);
  const pairs = Object.keys(value).sort().map((name) => `${name}:${value[name]}`);
  return `map[${pairs.join(" ")}]`;
}

function printf(format: string, args: Value[]): string {
  let next = 0;
  return format.replace(
    /%([-+0 ]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_whole, _flags, width, precision, verb) => {
      if (verb === "%") return "%";
      const value = args[next++];
      if (value === undefined) return `%!${verb}(MISSING)`;
      const digits = precision === undefined ? undefined : Number(precision);
      let out: string;
      if (verb === "f") out = Number(value).toFixed(digits ?? 6);
      else if (verb === "g") out = formatG(Number(value), digits);
      else if (verb === "d") out = String(Math.trunc(Number(value)));
      else if (verb === "q") out = JSON.stringify(shown(value));
      else out = shown(value);
      return out.padStart(Number(width || 0));
    },
  );
}

/** Go's `%g`: an exponent below 1e-4, and from the precision on. */
function formatG(value: number, digits: number | undefined): string {
  if (digits === undefined || !Number.isFinite(value) || value === 0) return formatValue(value);
  const scientific = value.toExponential(Math.max(1, digits) - 1);
  const exponent = Number(scientific.slice(scientific.indexOf("e") + 1));
  if (exponent >= -4 && exponent < digits) return String(Number(scientific));
  return formatValue(Number(scientific)).includes("e")
    ? formatValue(Number(scientific))
    : `${Number(scientific.slice(0, scientific.indexOf("e")))}e${exponent < 0 ? "-" : "+"}${
      String(Math.abs(exponent)).padStart(2, "0")
    }`;
}

function formatG4(value: number): string {
  return formatG(value, 4);
}

/** Source: prometheus/prometheus template/template.go (humanize). */
function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatG4(value);
  const size = Math.abs(value);
  const prefixes = size >= 1
    ? ["", "k", "M", "G", "T", "P", "E", "Z", "Y"]
    : ["m", "u", "n", "p", "f", "a", "z", "y"];
  let scaled = size >= 1 ? value : value * 1000;
  let index = 0;
  while (
    index < prefixes.length - 1 && (size >= 1 ? Math.abs(scaled) >= 1000 : Math.abs(scaled) < 1)
  ) {
    scaled = size >= 1 ? scaled / 1000 : scaled * 1000;
    index++;
  }
  return `${formatG4(scaled)}${prefixes[index]}`;
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return formatG4(value);
  const prefixes = ["", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
  let index = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1024 && index < prefixes.length - 1) {
    scaled /= 1024;
    index++;
  }
  return `${formatG4(scaled)}${prefixes[index]}`;
}

/** Source: prometheus/common helpers/templates/time.go (HumanizeDuration). */
function humanizeDuration(value: number): string {
  if (!Number.isFinite(value) || value === 0) return `${formatG4(value)}s`;
  const size = Math.abs(value);
  if (size < 1) return `${formatG4(value * 1000)}ms`;
  const sign = value < 0 ? "-" : "";
  const seconds = Math.floor(size) % 60;
  const minutes = Math.floor(size / 60) % 60;
  const hours = Math.floor(size / 3600) % 24;
  const days = Math.floor(size / 86400);
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m ${seconds}s`;
  return `${formatG4(value)}s`;
}

/** Splits at `separator` where it is outside quotes and parentheses. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quote !== "") {
      if (char === "\\" && quote === '"') i++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "`") quote = char;
    else if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
