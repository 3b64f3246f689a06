import {
  compileGoRegexp,
  type GoRegexp,
  parsePromDuration,
  RegexpSyntaxError,
} from "../../../go/mod.ts";
import { labelOf } from "../../../promql/mod.ts";
import { formatValue } from "../shared/go_metrics.ts";

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

/** The longest action that is read, and the longest text that may come of an alert's templates. */
const MAX_ACTION_LENGTH = 8 * 1024;
const MAX_TEXT_LENGTH = 1 << 20;
/** The widest that printf pads to. Source: golang/go src/fmt/print.go (tooLarge). */
const MAX_WIDTH = 1e6;

/** Functions that upstream has, those of Go's templates included, and words that are none. */
const KNOWN_WORDS = new Set(
  ("query first label value strvalue args reReplaceAll safeHtml match title toUpper toLower " +
    "graphLink tableLink sortByLabel stripPort stripDomain humanize humanize1024 humanizeDuration " +
    "humanizePercentage humanizeTimestamp toTime toDuration now pathPrefix externalURL " +
    "parseDuration urlQueryEscape and or not len index slice print printf println html js call " +
    "urlquery eq ne lt le gt ge if else end range with template define block break continue nil " +
    "true false").split(" "),
);
const VARIABLES = new Set(["$", "$labels", "$externalLabels", "$externalURL", "$value"]);

/**
 * Expands the actions of an alert's text: fields, `$value`, pipelines of functions.
 * A text that will not expand is replaced by what is wrong with it, as upstream does.
 * Source: prometheus/prometheus template/template.go.
 * Differs: no `if`, `range`, `with`, `query` or variables of its own; a mistake is told without its
 * place; a text longer than a million characters is one.
 */
export function expandAlertText(text: string, data: AlertData): string {
  if (!text.includes("{{")) return text;
  try {
    let out = "";
    for (const { literal, action } of piecesOf(text)) {
      out += literal + (action === "" ? "" : shown(pipeline(action, data)));
      if (out.length > MAX_TEXT_LENGTH) throw new TemplateError("template output is too long");
    }
    return out;
  } catch (error) {
    // A RangeError is parentheses in parentheses.
    if (!(error instanceof TemplateError) && !(error instanceof RangeError)) throw error;
    return `<error expanding template: ${error.message}>`;
  }
}

/**
 * What keeps a text from being a template at all, in upstream's words; undefined when nothing does.
 * Source: prometheus/prometheus model/rulefmt/rulefmt.go (testTemplateParsing).
 */
export function templateError(text: string, alert: string): string | undefined {
  if (!text.includes("{{")) return undefined;
  let line = 1;
  try {
    const definesVariables = text.includes(":=");
    for (const { literal, action } of piecesOf(text)) {
      line += literal.split("\n").length - 1;
      if (action !== "") checkWords(action, definesVariables);
      line += action.split("\n").length - 1;
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `template: __alert_${alert}:${line}: ${error.message}`;
  }
}

/** Errors: TemplateError for a function or a variable that there is not. */
function checkWords(action: string, definesVariables: boolean): void {
  for (const stage of splitOutside(action, "|")) {
    const words = splitOutside(stage.trim(), " ").filter((word) => word !== "");
    const head = /^[a-zA-Z]\w*$/.test(words[0] ?? "") ? words[0] : undefined;
    if (head !== undefined && !KNOWN_WORDS.has(head)) {
      throw new TemplateError(`function "${head}" not defined`);
    }
    if (definesVariables) continue;
    for (const word of words) {
      const name = /^\$\w*/.exec(word)?.[0];
      if (name === undefined || VARIABLES.has(name)) continue;
      throw new TemplateError(`undefined variable "${name}"`);
    }
  }
}

/** A text in parts: what stands before an action, and the action, "" for a comment or the end. */
function* piecesOf(text: string): Generator<{ literal: string; action: string }> {
  let at = 0;
  let trimsNext = false;
  for (;;) {
    const open = text.indexOf("{{", at);
    const end = open < 0 ? text.length : open;
    const trims = open >= 0 && /^-\s/.test(text.slice(open + 2, open + 4));
    let literal = text.slice(at, end);
    if (trimsNext) literal = literal.trimStart();
    if (trims) literal = literal.trimEnd();
    if (open < 0) {
      yield { literal, action: "" };
      return;
    }
    const close = actionEnd(text, open + 2);
    let action = text.slice(open + 2, close);
    if (trims) action = action.slice(1);
    trimsNext = /\s-$/.test(action.slice(-2));
    if (trimsNext) action = action.slice(0, -1);
    action = action.trim();
    if (action.length > MAX_ACTION_LENGTH) throw new TemplateError("action is too long");
    yield { literal, action: action.startsWith("/*") ? "" : action };
    at = close + 2;
  }
}

/** Where an action's `}}` is. Errors: TemplateError when there is none outside of quotes. */
function actionEnd(text: string, from: number): number {
  let quote = "";
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (quote !== "") {
      if (char === "\\" && quote === '"') i++;
      else if (char === quote) quote = "";
      else if (char === "\n" && quote === '"') break;
    } else if (char === '"' || char === "`") quote = char;
    else if (char === "}" && text[i + 1] === "}") return i;
  }
  throw new TemplateError(quote === "" ? "unclosed action" : "unterminated quoted string");
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
    return word.startsWith("`") ? word.slice(1, -1) : unquoted(word);
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
  return typeof value === "object" ? labelOf(value, path.join(".")) : "";
}

/** Errors: TemplateError. */
function unquoted(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch (error) {
    if (error instanceof SyntaxError) throw new TemplateError("invalid syntax");
    throw error;
  }
}

/** Calls a function. Errors: TemplateError for all that the function cannot do. */
function call(name: string, args: Value[], data: AlertData): Value {
  try {
    return result(name, args, data);
  } catch (error) {
    const isOfText = error instanceof SyntaxError || error instanceof RangeError;
    if (!isOfText) throw error;
    throw new TemplateError(`error calling ${name}: ${error.message}`);
  }
}

function result(name: string, args: Value[], data: AlertData): Value {
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
      return humanizeTimestamp(number(0));
    case "title":
      return text(0).replace(/(^|\s)\S/g, (match) => match.toUpperCase());
    case "toUpper":
      return text(0).toUpperCase();
    case "toLower":
      return text(0).toLowerCase();
    case "reReplaceAll": {
      if (text(1).length * (text(2).length + 1) > MAX_TEXT_LENGTH) {
        throw new RangeError("the text is too long");
      }
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
      return typeof args[0] === "object" ? labelOf(args[0], text(1)) : "";
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
  let length = 0;
  return format.replace(
    /%([-+0 ]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_whole, _flags, width, precision, verb) => {
      if (verb === "%") return "%";
      if (Number(width) > MAX_WIDTH || Number(precision) > MAX_WIDTH) return "%!(NOVERB)";
      const value = args[next++];
      if (value === undefined) return `%!${verb}(MISSING)`;
      const digits = precision === undefined ? undefined : Number(precision);
      let out: string;
      if (verb === "f") out = fixed(Number(value), digits ?? 6);
      else if (verb === "g") out = formatG(Number(value), digits);
      else if (verb === "d") out = String(Math.trunc(Number(value)));
      else if (verb === "q") out = JSON.stringify(shown(value));
      else out = shown(value);
      length += Math.max(out.length, Number(width));
      if (length > MAX_TEXT_LENGTH) throw new RangeError("the text is too long");
      return out.padStart(Number(width || 0));
    },
  );
}

/** As many decimals as asked for; JavaScript gives a hundred of them. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(Math.min(digits, 100));
  return digits > 100 && Number.isFinite(value)
    ? text.padEnd(text.length + digits - 100, "0")
    : text;
}

/** Go's `%g`: an exponent below 1e-4, and from the precision on. */
function formatG(value: number, digits: number | undefined): string {
  if (digits === undefined || !Number.isFinite(value) || value === 0) return formatValue(value);
  const scientific = value.toExponential(Math.min(Math.max(1, digits), 101) - 1);
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

/** Source: prometheus/common helpers/templates/time.go (HumanizeTimestamp). Errors: RangeError. */
function humanizeTimestamp(seconds: number): string {
  if (Math.abs(seconds) * 1e9 < 2 ** 63) {
    const text = new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19);
    return `${text} +0000 UTC`;
  }
  throw new RangeError(
    `${
      formatValue(seconds)
    } cannot be represented as a nanoseconds timestamp since it overflows int64`,
  );
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
