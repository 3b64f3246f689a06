import { fieldsOf, JsonError, parseJson } from "../../go/mod.ts";
import { FileError, type Files } from "../command.ts";
import { overlayValues } from "./_merge_values.ts";
import { HelmError } from "./_errors.ts";
import { coerce, readSet } from "./_strvals.ts";
import type { Parsed } from "./_flags.ts";
import { readValues } from "./_yaml.ts";

type Values = Record<string, unknown>;

/**
 * The user's values: files in order, then --set and its kin.
 * Errors: HelmError; for YAML that will not parse its hint shows the line and says what to do.
 * Source: helm/helm pkg/cli/values/options.go.
 */
export async function userValues(flags: Parsed, files: Files, stdin: string): Promise<Values> {
  let values: Values = {};
  for (const path of flags.list("values").flatMap((paths) => paths.split(","))) {
    const text = path.trim() === "-" ? stdin : await readFile(files, path);
    values = overlayValues(values, parseValues(text, path));
  }
  for (const text of flags.list("set-json")) values = overlayValues(values, jsonValues(text));
  for (const text of flags.list("set")) readSet(values, text, { read: coerce });
  const asText = (raw: string) => raw;
  for (const text of flags.list("set-string")) {
    readSet(values, text, { read: asText, flag: "set-string" });
  }
  for (const text of flags.list("set-literal")) {
    readSet(values, text, { read: asText, flag: "set-literal", isLiteral: true });
  }
  return values;
}

async function readFile(files: Files, path: string): Promise<string> {
  try {
    return await files.read(path);
  } catch (error) {
    if (error instanceof FileError) {
      throw new HelmError(`open ${path}: ${fileReason(error)}`);
    }
    throw error;
  }
}

function fileReason(error: FileError): string {
  const known = ["no such file or directory", "is a directory", "permission denied"];
  return known.find((reason) => error.message.toLowerCase().includes(reason)) ?? error.message;
}

/** One values file. Errors: HelmError. */
export function parseValues(text: string, path: string): Values {
  return readValues(text, path, `failed to parse ${path}`);
}

function jsonValues(text: string): Values {
  if (text.trim().startsWith("{")) return fieldsOf(jsonOf(text, text));
  const values: Values = {};
  const read = (raw: string) => raw.trim() === "" ? null : jsonOf(raw, text);
  readSet(values, text, { read, flag: "set-json", isWhole: true });
  return values;
}

function jsonOf(raw: string, text: string): unknown {
  try {
    return parseJson(raw);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new HelmError(`failed parsing --set-json data ${text}`);
  }
}
