import { DurationSyntaxError, parseGoDuration } from "../../../go/mod.ts";

/** A command line that a program refuses, with pflag's words. */
export class FlagError extends Error {
  override name = "FlagError";
}

/** An `array` takes each value whole, a `list` cuts it at commas; `help` refuses as pflag does. */
export type FlagType = "string" | "bool" | "int" | "duration" | "list" | "array" | "count" | "help";

/** Values by flag name; a flag that was not given is absent. Durations are in milliseconds. */
export type FlagValues = Record<string, string | boolean | number | string[]>;

/**
 * Reads `--name=value`, `--name value`, `--bool` and `-v 4`; words without a dash are passed over.
 * Errors: FlagError. Source: spf13/pflag flag.go, errors.go.
 */
export function parseFlags(
  words: readonly string[],
  types: Readonly<Record<string, FlagType>>,
): FlagValues {
  const values: FlagValues = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") break;
    if (!word.startsWith("-") || word === "-") continue;
    const isLong = word.startsWith("--");
    const equals = word.indexOf("=");
    const name = word.slice(isLong ? 2 : 1, equals < 0 ? undefined : equals);
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) {
      throw new FlagError(
        isLong ? `unknown flag: --${name}` : `unknown shorthand flag: '${name[0]}' in ${word}`,
      );
    }
    if (type === "help") throw new FlagError("pflag: help requested");
    let text: string | undefined = equals < 0 ? undefined : word.slice(equals + 1);
    if (text === undefined && type === "bool") text = "true";
    if (text === undefined) {
      text = words[++i];
      if (text === undefined) throw new FlagError(`flag needs an argument: --${name}`);
    }
    const value = parseValue(name, text, type);
    const before = values[name];
    values[name] = Array.isArray(value) && Array.isArray(before) ? [...before, ...value] : value;
  }
  return values;
}

function parseValue(
  name: string,
  text: string,
  type: FlagType,
): string | boolean | number | string[] {
  const refuse = (why: string) =>
    new FlagError(
      `invalid argument ${JSON.stringify(text)} for "${
        name === "v" ? "-v, " : ""
      }--${name}" flag: ${why}`,
    );
  switch (type) {
    case "string":
      return text;
    case "array":
      return [text];
    case "help":
    case "list":
      return text === "" ? [] : text.split(",");
    case "bool":
      if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
      if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
      throw refuse(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
    case "int":
    case "count":
      if (/^[-+]?\d+$/.test(text)) return Number(text);
      throw refuse(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    case "duration":
      try {
        return parseGoDuration(text);
      } catch (error) {
        if (!(error instanceof DurationSyntaxError)) throw error;
        throw refuse(error.message);
      }
  }
}

/** Flags of every server built on k8s.io/apiserver that change nothing here. */
export const API_SERVER_FLAGS: Readonly<Record<string, FlagType>> = {
  "secure-port": "int",
  "bind-address": "string",
  "cert-dir": "string",
  "tls-cert-file": "string",
  "tls-private-key-file": "string",
  "tls-cipher-suites": "list",
  "tls-min-version": "string",
  "client-ca-file": "string",
  "audit-log-path": "string",
  "audit-log-maxage": "int",
  "audit-log-maxbackup": "int",
  "audit-log-maxsize": "int",
  "authentication-kubeconfig": "string",
  "authentication-skip-lookup": "bool",
  "authentication-token-webhook-cache-ttl": "duration",
  "authorization-kubeconfig": "string",
  "authorization-always-allow-paths": "list",
  "requestheader-client-ca-file": "string",
  "requestheader-allowed-names": "list",
  "requestheader-extra-headers-prefix": "list",
  "requestheader-group-headers": "list",
  "requestheader-username-headers": "list",
  "enable-priority-and-fairness": "bool",
  "profiling": "bool",
  "contention-profiling": "bool",
  "http2-max-streams-per-connection": "int",
  "disable-http2": "bool",
  "feature-gates": "list",
  "lister-kubeconfig": "string",
  "discovery-interval": "duration",
  "client-ca-name": "string",
  "kubeconfig": "string",
  "v": "int",
  "vmodule": "string",
  "logtostderr": "bool",
  "stderrthreshold": "string",
  "alsologtostderr": "bool",
  "log_dir": "string",
  "skip_headers": "bool",
  "logging-format": "string",
  "log-flush-frequency": "duration",
};
