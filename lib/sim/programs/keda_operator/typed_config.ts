import {
  JsonError,
  jsonTypeName,
  parseGoBool,
  parseGoDuration,
  parseJson,
  quote,
} from "../../../go/mod.ts";

/** A trigger that cannot be built or read; the message is upstream's. */
export class ScalerError extends Error {
  override name = "ScalerError";
}

/** Where a parameter may be given. */
export type ParameterSource = "triggerMetadata" | "authParams" | "resolvedEnv";

/** One parameter of a trigger, as the tags of KEDA's structs describe it. */
export interface Parameter {
  type: "string" | "float" | "int" | "bool" | "map" | "list" | "duration";
  /** Other names it goes by. */
  aliases?: readonly string[];
  /** In the order in which they are looked at; the trigger's metadata alone when absent. */
  from?: readonly ParameterSource[];
  optional?: boolean;
  default?: string;
  enum?: readonly string[];
  /** At most one of these in a list. */
  exclusive?: readonly string[];
  /** A parameter that was taken away, and what is said to those who still give it. */
  deprecated?: string;
}

/** What a trigger is given. */
export interface TriggerConfig {
  type: string;
  metadata: Readonly<Record<string, string>>;
  authParams: Readonly<Record<string, string>>;
  /** The environment of the target's container, which `…FromEnv` names. */
  resolvedEnv: Readonly<Record<string, string>>;
}

/**
 * Reads a trigger's parameters; every mistake is reported, one a line. `validate` sees what was read
 * and may add a mistake.
 * Errors: ScalerError. Source: kedacore/keda pkg/scalers/scalersconfig/typed_config.go.
 */
export function typedConfig<T = Record<string, unknown>>(
  config: TriggerConfig,
  parameters: Record<string, Parameter>,
  validate: (values: T) => string | undefined = () => undefined,
): T {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    try {
      values[name] = valueOf(config, [name, ...parameter.aliases ?? []], parameter);
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      problems.push(error.message);
    }
  }
  const problem = validate(values as T);
  if (problem !== undefined) problems.push(problem);
  if (problems.length > 0) throw new ScalerError(problems.join("\n"));
  return values as T;
}

function valueOf(config: TriggerConfig, names: readonly string[], parameter: Parameter): unknown {
  const { from = ["triggerMetadata"], deprecated, optional } = parameter;
  const name = names.join(",");
  let text = textOf(config, names, from);
  if (text !== undefined && deprecated) {
    throw new ScalerError(`scaler ${config.type} info: ${deprecated}`);
  }
  text ??= parameter.default;
  if (text === undefined) {
    if (optional || deprecated) return undefined;
    throw new ScalerError(`missing required parameter "${name}" in [${from.join(" ")}]`);
  }
  const words = text.split(",").map((word) => word.trim());
  if (parameter.enum && !words.every((word) => parameter.enum!.includes(word))) {
    throw new ScalerError(
      `parameter "${name}" value ${quote(text)} must be one of [${parameter.enum.join(" ")}]`,
    );
  }
  const { exclusive } = parameter;
  if (exclusive && words.filter((word) => exclusive.includes(word)).length > 1) {
    throw new ScalerError(
      `parameter "${name}" value ${quote(text)} must contain only one of [${exclusive.join(" ")}]`,
    );
  }
  const read = READERS[parameter.type](text);
  if (typeof read === "object" && "problem" in read) {
    throw new ScalerError(`unable to set param "${name}" value ${quote(text)}: ${read.problem}`);
  }
  return typeof read === "object" ? read.value : read;
}

function textOf(
  { metadata, authParams, resolvedEnv }: TriggerConfig,
  names: readonly string[],
  from: readonly ParameterSource[],
): string | undefined {
  for (const source of from) {
    for (const name of names) {
      const text = {
        triggerMetadata: metadata[name],
        authParams: authParams[name],
        resolvedEnv: resolvedEnv[metadata[`${name}FromEnv`]],
      }[source]?.trim();
      if (text) return text;
    }
  }
  return undefined;
}

type Read = string | number | boolean | { value: unknown } | { problem: string };

const READERS: Record<Parameter["type"], (text: string) => Read> = {
  string: (text) => text,
  bool: readBool,
  float: (text) => readNumber(text, "float64"),
  int: (text) => readNumber(text, "int64"),
  list: (text) => ({ value: text.split(",").map((word) => word.trim()) }),
  map: readMap,
  duration: readDuration,
};

function readBool(text: string): Read {
  const value = parseGoBool(text);
  if (typeof value === "boolean") return value;
  return { problem: `unable to parse boolean value ${quote(text)}: ${value.problem}` };
}

function readMap(text: string): Read {
  const value: Record<string, string> = {};
  for (const pair of text.split(",").map((one) => one.trim())) {
    const parts = pair.split("=");
    if (parts.length !== 2) return { problem: `expected format key=value, got ${quote(pair)}` };
    value[parts[0].trim()] = parts[1].trim();
  }
  return { value };
}

/** A Go duration, or milliseconds. */
function readDuration(text: string): Read {
  const negative = { problem: `duration cannot be negative: ${quote(text)}` };
  if (/^-?\d+$/.test(text) && text !== "0") {
    if (!text.startsWith("-")) return Number(text);
    return { problem: `duration cannot be negative: ${text} milliseconds` };
  }
  try {
    const ms = parseGoDuration(text);
    return ms < 0 ? negative : ms;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {
      problem: `unable to parse duration value ${quote(text)}: must be either a duration string ` +
        "(e.g. '30s', '5m') or a number of milliseconds",
    };
  }
}

/** A number as Go's encoding/json reads it. */
function readNumber(text: string, type: "float64" | "int64"): Read {
  const wrong = (why: string) => ({ problem: `unable to unmarshal to field type ${type}: ${why}` });
  const match = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/.exec(text);
  if (text === "null") return 0;
  if (!match) return wrong(notJson(text, type));
  if (match[0] !== text) {
    return wrong(`invalid character '${text[match[0].length]}' after top-level value`);
  }
  const value = Number(text);
  if (!Number.isFinite(value) || (type === "int64" && !/^-?\d+$/.test(text))) {
    return wrong(`json: cannot unmarshal number ${text} into Go value of type ${type}`);
  }
  return value;
}

function notJson(text: string, type: string): string {
  try {
    return `json: cannot unmarshal ${jsonTypeName(parseJson(text))} into Go value of type ${type}`;
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    throw error;
  }
}
