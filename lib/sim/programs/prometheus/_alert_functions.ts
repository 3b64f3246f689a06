import {
  compileGoRegexp,
  escapeQuery,
  formatFloat,
  formatGoDuration,
  goKind,
  GoNumber,
  type GoRegexp,
  goSprintf,
  goTypeName,
  numError,
  parseGoFloat,
  parseGoUrl,
  parsePromDuration,
  RegexpSyntaxError,
  takes,
  type TemplateFunction,
} from "../../../go/mod.ts";

/** The longest text that a replacement may make. */
const MAX_TEXT_LENGTH = 1 << 20;

/** What functions tell of the server. */
interface World {
  externalUrl: string;
  nowMs: number;
}

const ANY = ["any"];
const TEXT = ["string"];
const VECTOR = "template.queryResult";
const SAMPLE = "*template.sample";

/**
 * What an alert's templates may call besides Go's own functions.
 * Source: prometheus/prometheus template/template.go (NewTemplateExpander), prometheus/common helpers/templates.
 */
export function alertFunctions(world: () => World): Readonly<Record<string, TemplateFunction>> {
  return {
    ...FUNCTIONS,
    now: takes([], () => world().nowMs / 1000),
    externalURL: takes([], () => world().externalUrl),
    pathPrefix: takes([], () => parseGoUrl(world().externalUrl).path),
  };
}

const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  query: takes(TEXT, () => {
    throw new RangeError("templates are not given what queries find here");
  }),
  // Nothing gives what these take.
  first: takes([VECTOR], () => undefined),
  label: takes(["string", SAMPLE], () => undefined),
  value: takes([SAMPLE], () => undefined),
  strvalue: takes([SAMPLE], () => undefined),
  sortByLabel: takes(["string", VECTOR], () => undefined),
  args: takes(["...any"], (...args) => Object.fromEntries(args.map((arg, i) => [`arg${i}`, arg]))),
  reReplaceAll: takes(["string", "string", "string"], replaceAll),
  safeHtml: takes(TEXT, (text) => text),
  match: takes(["string", "string"], (pattern, text) => compiled(pattern, "").test(text)),
  title: takes(TEXT, (text) => text.replace(/(^|\s)\S/g, (first: string) => first.toUpperCase())),
  toUpper: takes(TEXT, (text) => text.toUpperCase()),
  toLower: takes(TEXT, (text) => text.toLowerCase()),
  graphLink: takes(TEXT, (query) => `/graph?g0.expr=${escapeQuery(query)}&g0.tab=0`),
  tableLink: takes(TEXT, (query) => `/graph?g0.expr=${escapeQuery(query)}&g0.tab=1`),
  stripPort: takes(TEXT, (text) => splitHostPort(text)?.host ?? text),
  stripDomain: takes(TEXT, stripDomain),
  humanize: takes(ANY, (value) => humanize(toFloat(value))),
  humanize1024: takes(ANY, (value) => humanize1024(toFloat(value))),
  humanizeDuration: takes(ANY, (value) => humanizeDuration(toFloat(value))),
  humanizePercentage: takes(ANY, (value) => `${short(toFloat(value) * 100)}%`),
  humanizeTimestamp: takes(ANY, (value) => {
    const seconds = toFloat(value);
    return Number.isFinite(seconds) ? timeText(seconds) : short(seconds);
  }),
  toTime: takes(ANY, (value) => {
    const seconds = toFloat(value);
    if (Number.isFinite(seconds)) return timeText(seconds);
    throw new RangeError("value is NaN or Inf");
  }),
  toDuration: takes(ANY, (value) => formatGoDuration(toFloat(value) * 1000)),
  parseDuration: takes(TEXT, (text: string) => {
    const size = parsePromDuration(text.replace(/^-/, "")) / 1000;
    return text.startsWith("-") ? -size : size;
  }),
  urlQueryEscape: takes(TEXT, (text) => escapeQuery(text)),
};

/** Errors: RangeError. Source: prometheus/common helpers/templates/convert.go. */
function toFloat(value: unknown): number {
  const kind = goKind(value, "float64");
  if (kind === "string") return parseFloat64(value as string);
  if (value instanceof GoNumber) return value.value;
  if (kind === "float" || kind === "int") return Number(value);
  throw new RangeError(`can't convert ${goTypeName(value, "float64")} to float`);
}

function parseFloat64(text: string): number {
  const value = parseGoFloat(text);
  const isTooLarge = Math.abs(value ?? 0) === Infinity && /\d/.test(text);
  if (value !== undefined && !isTooLarge) return value;
  const why = isTooLarge ? "value out of range" : "invalid syntax";
  throw new RangeError(numError("ParseFloat", text, why));
}

/** Errors: RangeError, as MustCompile panics. */
function replaceAll(pattern: string, replacement: string, text: string): string {
  if (replacement.length * (text.length + 1) > MAX_TEXT_LENGTH) {
    throw new RangeError("the text is too long");
  }
  const regexp = compiled(pattern, `regexp: Compile(\`${pattern}\`): `);
  return regexp.replaceAll(text, (match) => regexp.expand(replacement, match));
}

function compiled(pattern: string, panic: string): GoRegexp {
  try {
    return compileGoRegexp(pattern);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw new RangeError(panic + error.message);
  }
}

/** Source: golang/go src/net/ipsock.go (SplitHostPort), which tells why it is none. */
function splitHostPort(text: string): { host: string; port: string } | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  return match ? { host: match[1] ?? match[2], port: match[3] } : undefined;
}

function stripDomain(text: string): string {
  const { host, port } = splitHostPort(text) ?? { host: text, port: "" };
  if (/^\d+(\.\d+){3}$/.test(host) || host.includes(":")) return text;
  const [first] = host.split(".");
  return port === "" ? first : `${first}:${port}`;
}

function short(value: number): string {
  return formatFloat(value, "g", 4);
}

const LARGE = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const BINARY = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL = ["m", "u", "n", "p", "f", "a", "z", "y"];

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return short(value);
  return Math.abs(value) >= 1 ? scaledDown(value, 1000, LARGE) : scaledUp(value);
}

function humanize1024(value: number): string {
  const isPlain = Math.abs(value) <= 1 || !Number.isFinite(value);
  return isPlain ? short(value) : scaledDown(value, 1024, BINARY);
}

function scaledDown(value: number, base: number, prefixes: readonly string[]): string {
  let prefix = "";
  for (const next of prefixes) {
    if (Math.abs(value) < base) break;
    prefix = next;
    value /= base;
  }
  return short(value) + prefix;
}

function scaledUp(value: number): string {
  let prefix = "";
  for (const next of SMALL) {
    if (Math.abs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return short(value) + prefix;
}

/** Source: prometheus/common helpers/templates/time.go (HumanizeDuration). */
function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return short(value);
  if (value === 0) return `${short(value)}s`;
  if (Math.abs(value) < 1) return `${scaledUp(value)}s`;
  const sign = value < 0 ? "-" : "";
  const size = Math.abs(value);
  // What is too large for an int64 is its least value.
  const whole = size < 2 ** 63 ? BigInt(Math.trunc(size)) : -(2n ** 63n);
  const [seconds, minutes] = [whole % 60n, whole / 60n % 60n];
  const [hours, days] = [whole / 3600n % 24n, whole / 86_400n];
  if (days !== 0n) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0n) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0n) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${short(size)}s`;
}

/** A time as Go prints it, to the millisecond. Errors: RangeError. */
function timeText(seconds: number): string {
  if (Math.abs(seconds) * 1e9 >= 2 ** 63) {
    throw new RangeError(goSprintf(
      "%v cannot be represented as a nanoseconds timestamp since it overflows int64",
      [seconds],
      { whole: "float64" },
    ));
  }
  const [date, time] = new Date(Math.floor(seconds * 1000)).toISOString().split("T");
  return `${date} ${time.replace("Z", "").replace(/\.?0+$/, "").padEnd(8, "0")} +0000 UTC`;
}
