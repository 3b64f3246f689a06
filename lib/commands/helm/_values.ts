import { parseDocument } from "yaml";
import { fromYaml, JsonError, parseJson, YamlError } from "../../go/mod.ts";
import { FileError, type Files } from "../command.ts";
import { overlayValues } from "./_merge_values.ts";
import { HelmError } from "./_errors.ts";
import { coerce, readSet } from "./_strvals.ts";
import type { Parsed } from "./_flags.ts";

type Values = Record<string, any>;

/**
 * The user's values: files in order, then --set and its kin.
 * Errors: HelmError; for YAML that will not parse it shows the line and says what to do.
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

/**
 * One values file. YAML 1.1, as helm's parser reads it: `yes` and `off` are booleans.
 * Errors: HelmError with file, line, column and the line itself.
 */
export function parseValues(text: string, path: string): Values {
  let value: unknown;
  try {
    value = fromYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw mistakeIn(text, path, error);
  }
  if (value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Values;
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  throw new HelmError(
    `failed to parse ${path}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
  );
}

/** How long a text is looked through for the column of a mistake. */
const MAX_SHOWN_CHARS = 100_000;

function mistakeIn(text: string, path: string, error: YamlError): HelmError {
  const plain = new HelmError(
    `failed to parse ${path}: error converting YAML to JSON: ${error.message}`,
  );
  const isLimit = /exceeded max depth|excessive aliasing/.test(error.message);
  if (isLimit || text.length > MAX_SHOWN_CHARS) return plain;
  const document = parseDocument(text, {
    version: "1.1",
    merge: true,
    uniqueKeys: false,
    prettyErrors: true,
    customTags: (tags) =>
      tags.filter((tag) =>
        typeof tag === "string" ||
        (tag.tag !== "tag:yaml.org,2002:timestamp" &&
          (tag as { format?: string }).format !== "TIME")
      ),
  });
  const [found] = document.errors;
  if (!found) return plain;
  const { line, col } = placeOf(found.linePos?.[0], text);
  const reason = goReason(found.code, found.message);
  return new HelmError([
    `failed to parse ${path}: error converting YAML to JSON: yaml: line ${line}: ${reason}`,
    "",
    ...showLine(text, path, line, col),
    "",
    `Nothing was installed or changed. Correct ${path} at line ${line} and run the command again;`,
    "spaces at the start of a line decide what belongs to what, and tabs are not allowed there.",
  ].join("\n"));
}

/** Where a mistake is; one that is said to be in a line's indentation is at what was indented. */
function placeOf(
  at: { line: number; col: number } | undefined,
  text: string,
): { line: number; col: number } {
  const { line, col } = at ?? { line: 1, col: 1 };
  const indentation = /^ */.exec(text.split("\n")[line - 1] ?? "")![0].length;
  return { line, col: Math.max(col, indentation + 1) };
}

/** go-yaml's words for what is wrong, where they are known. Source: go.yaml.in/yaml/v2 parserc.go. */
function goReason(code: string, message: string): string {
  switch (code) {
    case "TAB_AS_INDENT":
      return "found character that cannot start any token";
    case "MULTILINE_IMPLICIT_KEY":
      return "could not find expected ':'";
    case "BAD_INDENT":
    case "MISSING_CHAR":
      return "did not find expected key";
    case "BLOCK_AS_IMPLICIT_KEY":
      return "mapping values are not allowed in this context";
    case "BLOCK_IN_FLOW":
    case "UNEXPECTED_TOKEN":
      return "did not find expected node content";
    case "BAD_ALIAS":
      return "unknown anchor referenced";
  }
  return message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, "");
}

function showLine(text: string, path: string, line: number, column: number): string[] {
  const lines = text.split("\n");
  const width = String(line).length;
  const row = (number: number, mark: string) =>
    `${mark} ${String(number).padStart(width)} | ${lines[number - 1] ?? ""}`.trimEnd();
  return [
    `${path}:${line}:${column}`,
    ...(line > 1 ? [row(line - 1, " ")] : []),
    row(line, ">"),
    `  ${" ".repeat(width)} | ${" ".repeat(Math.max(0, column - 1))}^`,
  ];
}

function jsonValues(text: string): Values {
  if (text.trim().startsWith("{")) return jsonOf(text, text);
  const values: Values = {};
  const read = (raw: string) => raw.trim() === "" ? null : jsonOf(raw, text);
  readSet(values, text, { read, flag: "set-json", isWhole: true });
  return values;
}

function jsonOf(raw: string, text: string): any {
  try {
    return parseJson(raw);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new HelmError(`failed parsing --set-json data ${text}`);
  }
}
