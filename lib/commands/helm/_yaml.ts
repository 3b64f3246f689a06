import { fromYaml, isMap, jsonTypeName, YamlError } from "../../go/mod.ts";
import { splitDocuments, StreamError } from "../kubectl/manifest_stream.ts";
import { showCause } from "../yaml_place.ts";
import { HelmError } from "./_errors.ts";
import { overlayValues } from "./_merge_values.ts";

type Values = Record<string, unknown>;

/**
 * A YAML text as data.
 * Errors: HelmError, worded as sigs.k8s.io/yaml's Unmarshal does; its cause is the YamlError.
 */
export function readYaml(text: string): unknown {
  try {
    return fromYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const wrapped = new HelmError(`error converting YAML to JSON: ${error.message}`);
    wrapped.cause = error;
    throw wrapped;
  }
}

/** A YAML text as a table, empty for none. Errors: HelmError, as of {@linkcode readYaml}. */
export function readTable(text: string): Values {
  const value = readYaml(text) ?? {};
  if (!isMap(value)) throw unfitting(value, "map[string]interface {}");
  return value;
}

/** A YAML text as a list, empty for none. Errors: HelmError, as of {@linkcode readYaml}. */
export function readList(text: string): unknown[] {
  const value = readYaml(text) ?? [];
  if (!Array.isArray(value)) throw unfitting(value, "[]interface {}");
  return value;
}

function unfitting(value: unknown, type: string): HelmError {
  return new HelmError(
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal " +
      `${jsonTypeName(value)} into Go value of type ${type}`,
  );
}

/**
 * The values in a file, whose documents are laid over each other.
 * Errors: HelmError behind `what: `; its hint shows the place in the file at `path`.
 * Source: helm/helm pkg/chart/v2/loader/load.go (LoadValues).
 */
export function readValues(text: string, path: string, what: string): Values {
  let values: Values = {};
  let at = 0;
  try {
    for (const document of splitDocuments(text)) {
      at = text.indexOf(document, at);
      values = overlayValues(values, readTable(document));
      at += document.length;
    }
  } catch (error) {
    if (error instanceof StreamError) {
      throw new HelmError(`${what}: error reading yaml document: ${error.message}`);
    }
    if (!(error instanceof HelmError)) throw error;
    const before = text.slice(0, at).split("\n").length - 1;
    throw new HelmError(
      `${what}: cannot unmarshal yaml document: ${error.message}`,
      1,
      error.cause instanceof YamlError ? hintAt(text, path, before, error.cause) : undefined,
    );
  }
  return values;
}

function hintAt(text: string, path: string, before: number, { cause }: YamlError) {
  if (cause === undefined) return undefined;
  const line = cause.line + before;
  return [
    "",
    showCause(text, path, { ...cause, line }),
    "",
    `Nothing was installed or changed. Correct ${path} at line ${line} and run the command again;`,
    "spaces at the start of a line decide what belongs to what, and tabs are not allowed there.",
  ].join("\n");
}
