import {
  type CommandLine,
  type Flag,
  FlagError,
  type FlagType,
  parseCommandLine,
  parseGoBool,
  parseGoDuration,
} from "../../go/mod.ts";
import { COMMAND_FLAGS, GLOBAL_FLAGS } from "./flag_tables.ts";
import { CliError } from "./errors.ts";

/** A flag a command knows. */
export interface FlagDefinition extends Flag {
  /** As help prints it. */
  readonly defaultText: string;
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
  readonly args: string[];
  /** Where `--` stood among the arguments, or -1. */
  readonly dashAt: number;
  readonly #values: Map<string, string[]>;

  constructor(
    readonly definitions: readonly FlagDefinition[],
    { args, dashAt, given }: CommandLine = { args: [], dashAt: -1, given: new Map() },
  ) {
    this.args = args;
    this.dashAt = dashAt;
    this.#values = given;
  }

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
    return parseGoBool(this.string(name)) === true;
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

/** Takes the arguments of a command apart. Errors: CliError with cobra's text. */
export function parseFlags(
  command: string,
  definitions: readonly FlagDefinition[],
  args: readonly string[],
): Flags {
  try {
    // kubectl reads `--all_namespaces` as `--all-namespaces`.
    const normalize = (name: string) => name.replaceAll("_", "-");
    return new Flags(definitions, parseCommandLine(args, definitions, normalize));
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const path = command === "" ? "kubectl" : `kubectl ${command}`;
    throw new CliError(`error: ${error.message}\nSee '${path} --help' for usage.`);
  }
}
