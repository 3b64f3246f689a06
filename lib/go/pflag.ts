import { DurationSyntaxError, parseGoDuration } from "./durations.ts";
import { quote } from "./quote.ts";
import { parseGoBool, parseGoInt, type Problem } from "./strconv.ts";

/** A `list` is cut at commas (pflag's StringSlice), an `array` takes each value whole (StringArray). */
export type FlagType = "bool" | "string" | "int" | "duration" | "list" | "array";

/** A flag that a command line may have. */
export interface Flag {
  readonly name: string;
  readonly shorthand?: string;
  readonly type: FlagType;
  /** What it means without a value (NoOptDefVal); for a `bool` that is `true`. */
  readonly bare?: string;
}

/** A command line that pflag refuses, in its words. */
export class FlagError extends Error {
  override name = "FlagError";
}

/** A command line, taken apart. */
export interface CommandLine {
  args: string[];
  /** How many arguments stood before `--`, or -1. */
  dashAt: number;
  /** The texts that each flag was given, in their order. */
  given: Map<string, string[]>;
}

/**
 * Reads `--name=x`, `--name x`, `-nx`, `-n x`, `-n=x`, and letters together (`-Rf x`), anywhere among the arguments and up
 * to `--`. `normalize` is what a long name is looked for by.
 * Errors: FlagError, also for a `--help` that the command does not know. Source: spf13/pflag flag.go, errors.go.
 */
export function parseCommandLine(
  words: readonly string[],
  flags: readonly Flag[],
  normalize = (name: string) => name,
): CommandLine {
  const line: CommandLine = { args: [], dashAt: -1, given: new Map() };
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === "--") {
      line.dashAt = line.args.length;
      line.args.push(...rest.splice(0));
    } else if (word.length < 2 || word[0] !== "-") line.args.push(word);
    else if (word[1] === "-") {
      const [, name, value] = /^--([^-=][^=]*)(?:=([^]*))?$/.exec(word) ?? [];
      if (name === undefined) throw new FlagError(`bad flag syntax: ${word}`);
      const flag = flags.find((each) => each.name === normalize(name));
      if (!flag && name === "help") throw new FlagError("pflag: help requested");
      if (!flag) throw new FlagError(`unknown flag: --${name}`);
      assign(line, flag, value ?? bareOf(flag) ?? next(rest, `--${name}`));
    } else parseLetters(word.slice(1), { flags, rest, line });
  }
  return line;
}

function parseLetters(
  word: string,
  { flags, rest, line }: { flags: readonly Flag[]; rest: string[]; line: CommandLine },
): void {
  for (let letters = word; letters !== "";) {
    const letter = letters[0];
    const shown = `'${letter}' in -${letters}`;
    const flag = flags.find((each) => each.shorthand === letter);
    if (!flag && letter === "h") throw new FlagError("pflag: help requested");
    if (!flag) throw new FlagError(`unknown shorthand flag: ${shown}`);
    const bare = bareOf(flag);
    if (letters.length > 2 && letters[1] === "=") {
      assign(line, flag, letters.slice(2));
      return;
    }
    if (bare === undefined) {
      assign(line, flag, letters.slice(1) || next(rest, shown));
      return;
    }
    assign(line, flag, bare);
    letters = letters.slice(1);
  }
}

function bareOf({ type, bare }: Flag): string | undefined {
  return bare ?? (type === "bool" ? "true" : undefined);
}

function next(rest: string[], shown: string): string {
  const value = rest.shift();
  if (value === undefined) throw new FlagError(`flag needs an argument: ${shown}`);
  return value;
}

function assign({ given }: CommandLine, flag: Flag, text: string): void {
  const value = flagValue(flag.type, text);
  if (typeof value === "object" && "problem" in value) {
    throw invalidArgument(flag, text, value.problem);
  }
  given.set(flag.name, [...given.get(flag.name) ?? [], text]);
}

/** That a flag does not take a text, and why. */
function invalidArgument(
  { shorthand, name }: Pick<Flag, "shorthand" | "name">,
  text: string,
  why: string,
): FlagError {
  const spelled = shorthand ? `-${shorthand}, --${name}` : `--${name}`;
  return new FlagError(`invalid argument ${quote(text)} for ${quote(spelled)} flag: ${why}`);
}

/** Go counts nanoseconds in 63 bits. */
const MAX_DURATION_MS = 2 ** 63 / 1e6;

/** What a text means to a flag: durations are in milliseconds. */
export function flagValue(
  type: FlagType,
  text: string,
): string | number | boolean | string[] | Problem {
  switch (type) {
    case "bool":
      return parseGoBool(text);
    case "int":
      return parseGoInt(text, { anyBase: true });
    case "list":
      return text === "" ? [] : text.split(",");
    case "array":
      return [text];
    case "string":
      return text;
    case "duration":
      try {
        const ms = parseGoDuration(text);
        if (Math.abs(ms) < MAX_DURATION_MS) return ms;
        return { problem: `time: invalid duration ${quote(text)}` };
      } catch (error) {
        if (!(error instanceof DurationSyntaxError)) throw error;
        return { problem: error.message };
      }
  }
}
