import { parseGoDuration, quote } from "../../go/mod.ts";
import { COMMAND_FLAGS, GLOBAL_FLAGS } from "./flag_tables.ts";
import { CliError } from "./errors.ts";

type FlagType = "bool" | "string" | "int" | "duration" | "list" | "array";

/** A flag a command knows. */
export interface FlagDefinition {
  name: string;
  shorthand?: string;
  type: FlagType;
  /** As help prints it. */
  defaultText: string;
  /** The value of the flag given without one. */
  bare?: string;
}

/** Lists that take a value whole: commas do not split it (pflag's StringArray). */
const WHOLE_VALUES = new Set([
  "from-literal",
  "env",
  "overrides",
  "as-group",
  "param",
  "rule",
  "annotation",
]);
/** Flags that may stand without a value, besides switches. */
const BARE_VALUES: Record<string, string> = {
  "dry-run": "unchanged",
  cascade: "background",
  validate: "strict",
};
/** Written like a number or a switch in help, yet any text is taken. */
const TEXT_FLAGS = new Set(["request-timeout", "dry-run", "validate", "since-time", "port"]);

/** Flags help leaves out because they are deprecated. */
const HIDDEN_FLAGS: Record<string, string> = {
  autoscale: "cpu-percent=-1",
};

/** The flags of `command` (`get`, `rollout status`), its own first. */
export function flagsOf(command: string): FlagDefinition[] {
  const own = parseTable(`${COMMAND_FLAGS[command] ?? ""} ${HIDDEN_FLAGS[command] ?? ""}`);
  return [...own, ...parseTable(GLOBAL_FLAGS), parseEntry("h,help=false")];
}

function parseTable(table: string): FlagDefinition[] {
  return table.split(/\s+/).filter(Boolean).map(parseEntry);
}

function parseEntry(entry: string): FlagDefinition {
  const [, shorthand, name, defaultText] = /^(?:(.),)?([\w-]+)=(.*)$/.exec(entry)!;
  const type = typeOf(name, defaultText);
  const bare = type === "bool" ? "true" : BARE_VALUES[name];
  return {
    name,
    type,
    defaultText,
    ...(shorthand ? { shorthand } : {}),
    ...(bare ? { bare } : {}),
  };
}

function typeOf(name: string, defaultText: string): FlagType {
  if (TEXT_FLAGS.has(name)) return "string";
  if (defaultText === "true" || defaultText === "false") return "bool";
  if (defaultText === "[]") return WHOLE_VALUES.has(name) ? "array" : "list";
  if (/^-?\d+$/.test(defaultText)) return "int";
  if (/^(\d+(h|ms|m|s))+$/.test(defaultText)) return "duration";
  return "string";
}

/** A command's arguments, split into flags and the rest. */
export class Flags {
  readonly args: string[] = [];
  /** Where `--` stood among the arguments, or -1. */
  dashAt = -1;
  readonly #values = new Map<string, string[]>();

  constructor(readonly definitions: readonly FlagDefinition[]) {}

  /** Whether the flag was given. */
  changed(name: string): boolean {
    return this.#values.has(name);
  }

  string(name: string): string {
    const value = this.#values.get(name)?.at(-1);
    if (value !== undefined) return value;
    const defaultText = this.#definition(name)?.defaultText ?? "";
    return defaultText === "[]" ? "" : defaultText;
  }

  bool(name: string): boolean {
    return parseBool(this.string(name) || "false") ?? false;
  }

  int(name: string): number {
    return Number(this.string(name) || "0");
  }

  durationMs(name: string): number {
    return parseGoDuration(this.string(name) || "0s");
  }

  list(name: string): string[] {
    const values = this.#values.get(name) ?? [];
    if (this.#definition(name)?.type !== "list") return values;
    return values.flatMap((value) => value === "" ? [] : value.split(","));
  }

  set(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }

  #definition(name: string): FlagDefinition | undefined {
    return this.definitions.find((each) => each.name === name);
  }
}

/**
 * Splits arguments as spf13/pflag does: `--name=x`, `--name x`, `-nx`, `-n x`, `-n=x`, switches combined
 * (`-Rf x`), flags anywhere among the arguments, and `--` before arguments that look like flags.
 * Errors: CliError with cobra's text.
 */
export function parseFlags(
  command: string,
  definitions: readonly FlagDefinition[],
  args: readonly string[],
): Flags {
  const flags = new Flags(definitions);
  const rest = [...args];
  const fail = (message: string): never => {
    const path = command === "" ? "kubectl" : `kubectl ${command}`;
    throw new CliError(`error: ${message}\nSee '${path} --help' for usage.`);
  };
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--") {
      flags.dashAt = flags.args.length;
      flags.args.push(...rest);
      break;
    }
    if (arg.length < 2 || arg[0] !== "-") flags.args.push(arg);
    else if (arg[1] === "-") parseLong(arg, rest, flags, fail);
    else parseShort(arg, rest, flags, fail);
  }
  return flags;
}

type Fail = (message: string) => never;

function parseLong(arg: string, rest: string[], flags: Flags, fail: Fail): void {
  const body = arg.slice(2);
  if (body === "" || body[0] === "-" || body[0] === "=") fail(`bad flag syntax: ${arg}`);
  const equals = body.indexOf("=");
  const name = equals < 0 ? body : body.slice(0, equals);
  const definition = flags.definitions.find((each) => each.name === normalize(name));
  if (!definition) return fail(`unknown flag: --${name}`);
  if (equals >= 0) return assign(flags, definition, body.slice(equals + 1), fail);
  if (definition.bare !== undefined) return assign(flags, definition, definition.bare, fail);
  if (rest.length === 0) fail(`flag needs an argument: --${name}`);
  assign(flags, definition, rest.shift()!, fail);
}

function parseShort(arg: string, rest: string[], flags: Flags, fail: Fail): void {
  let letters = arg.slice(1);
  while (letters !== "") {
    const letter = letters[0];
    const definition = flags.definitions.find((each) => each.shorthand === letter);
    if (!definition) return fail(`unknown shorthand flag: '${letter}' in -${letters}`);
    if (letters.length > 2 && letters[1] === "=") {
      return assign(flags, definition, letters.slice(2), fail);
    }
    if (definition.bare !== undefined) {
      assign(flags, definition, definition.bare, fail);
      letters = letters.slice(1);
      continue;
    }
    if (letters.length > 1) return assign(flags, definition, letters.slice(1), fail);
    if (rest.length === 0) fail(`flag needs an argument: '${letter}' in -${letters}`);
    return assign(flags, definition, rest.shift()!, fail);
  }
}

/** kubectl reads `--all_namespaces` as `--all-namespaces`. */
function normalize(name: string): string {
  return name.replaceAll("_", "-");
}

function assign(flags: Flags, definition: FlagDefinition, value: string, fail: Fail): void {
  const problem = whyInvalid(definition.type, value);
  if (problem) {
    const { shorthand, name } = definition;
    const spelled = shorthand ? `-${shorthand}, --${name}` : `--${name}`;
    fail(`invalid argument ${quote(value)} for ${quote(spelled)} flag: ${problem}`);
  }
  flags.set(definition.name, value);
}

/** Go counts nanoseconds in 63 bits. */
const MAX_DURATION_MS = 2 ** 63 / 1e6;

function whyInvalid(type: FlagType, value: string): string | undefined {
  if (type === "bool" && parseBool(value) === undefined) {
    return `strconv.ParseBool: parsing ${quote(value)}: invalid syntax`;
  }
  if (type === "int" && !/^[-+]?(\d+|0[xX][0-9a-fA-F]+)$/.test(value)) {
    return `strconv.ParseInt: parsing ${quote(value)}: invalid syntax`;
  }
  if (type === "int" && Math.abs(Number(value)) >= 2 ** 63) {
    return `strconv.ParseInt: parsing ${quote(value)}: value out of range`;
  }
  if (type === "duration") {
    try {
      if (Math.abs(parseGoDuration(value)) >= MAX_DURATION_MS) {
        return `time: invalid duration ${quote(value)}`;
      }
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

function parseBool(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  return undefined;
}
