import { messageOf } from "../../base/mod.ts";
import {
  groupKind,
  groupOf,
  JsonPath,
  JsonPathError,
  JsonPathSyntaxError,
  type ObjectMeta,
} from "../../kube/mod.ts";
import { failure } from "./errors.ts";
import type { Flags } from "./flags.ts";
import {
  GET_TABLE,
  goJson,
  goSprint,
  GoTemplate,
  GoTemplateError,
  quote,
  TabWriter,
  takes,
  type TemplateFunction,
  toKyaml,
  toYaml,
} from "../../go/mod.ts";
import { describeJsonPathFailure, relaxedJsonPath } from "./jsonpath.ts";
import { escapeTerminal } from "./get_table.ts";

/** Something that turns objects into text, one call per object or list. */
export type ObjectPrinter = (object: Printed) => string;

/** An object, or what kubectl makes itself: a list, which has no name, or a kubeconfig. */
export interface Printed {
  apiVersion: string;
  kind: string;
  metadata?: Partial<ObjectMeta>;
  [field: string]: unknown;
}

/** What every command but `get` can print an object as. */
const OBJECT_FORMATS = [
  "go-template",
  "go-template-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "kyaml",
  "name",
  "template",
  "templatefile",
  "yaml",
];
/** What `get` can print besides. */
export const GET_FORMATS = ["custom-columns", "custom-columns-file", ...OBJECT_FORMATS, "wide"]
  .sort();

export interface PrinterOptions {
  readFile(path: string): Promise<string>;
  formats?: readonly string[];
}

/**
 * The printer `-o` asks for, or undefined for the command's own text (or a table).
 * Errors: CliError. Source: kubernetes/cli-runtime pkg/genericclioptions/*_flags.go.
 * Differs: `-o json` of what create, run and set make sorts its keys; upstream's are in the order of Go's structs.
 */
export async function printerFor(
  flags: Flags,
  options: PrinterOptions,
): Promise<ObjectPrinter | undefined> {
  const output = flags.string("output");
  const template = flags.string("template");
  if (output === "" && template === "") return undefined;
  const format = output || "go-template";
  const managed = flags.bool("show-managed-fields");
  const formats = options.formats ?? OBJECT_FORMATS;
  const [name, argument] = splitFormat(format, template);
  if (!formats.includes(name)) {
    throw failure(
      `unable to match a printer suitable for the output format ${
        quote(format)
      }, allowed formats are: ${formats.join(",")}`,
    );
  }
  const strip = (object: Printed) => managed ? object : withoutManagedFields(object);
  switch (name) {
    case "json":
      return (object) => goJson(strip(object), "    ") + "\n";
    case "yaml":
      return separated((object) => toYaml(strip(object)));
    case "kyaml":
      return (object) => toKyaml(strip(object));
    case "name":
      return (object) => itemsOf(object).map((item) => `${nameOf(item)}\n`).join("");
    case "jsonpath":
    case "jsonpath-file":
    case "jsonpath-as-json":
      return await jsonPathPrinter(name, argument, options);
    case "custom-columns":
    case "custom-columns-file":
      return await columnsPrinter(name, argument, flags.bool("no-headers"), options);
    case "wide":
      return undefined;
    default:
      return await templatePrinter(name, argument, options);
  }
}

function splitFormat(format: string, template: string): [name: string, argument: string] {
  const equals = format.indexOf("=");
  const name = equals < 0 ? format : format.slice(0, equals);
  const takesArgument = /^(jsonpath|custom-columns|go-template|template)/.test(name);
  if (!takesArgument) return [format, ""];
  return [name, equals < 0 ? template : format.slice(equals + 1)];
}

function separated(print: ObjectPrinter): ObjectPrinter {
  let printed = 0;
  return (object) => (printed++ > 0 ? "---\n" : "") + print(object);
}

async function argumentText(
  name: string,
  argument: string,
  options: PrinterOptions,
): Promise<string> {
  if (!name.endsWith("file")) return argument;
  try {
    return await options.readFile(argument);
  } catch (error) {
    throw failure(
      `error reading --template ${argument}, open ${argument}: ${messageOf(error)}\n`,
    );
  }
}

async function jsonPathPrinter(
  name: string,
  argument: string,
  options: PrinterOptions,
): Promise<ObjectPrinter> {
  if (argument === "") throw failure("template format specified but no template given");
  const text = await argumentText(name, argument, options);
  let path: JsonPath;
  try {
    path = new JsonPath(text, { allowMissingKeys: true });
  } catch (error) {
    if (!(error instanceof JsonPathSyntaxError)) throw error;
    throw failure(`error parsing jsonpath ${text}, ${error.message}`);
  }
  return (object) => {
    try {
      if (name !== "jsonpath-as-json") return path.execute(object);
      return path.find(object).map((results) => goJson(results, "    ") + "\n").join("");
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      throw failure(describeJsonPathFailure(text, object, error.message));
    }
  };
}

async function templatePrinter(
  name: string,
  argument: string,
  options: PrinterOptions,
): Promise<ObjectPrinter> {
  if (argument === "") throw failure("template format specified but no template given");
  const text = await argumentText(name, argument, options);
  let template: GoTemplate;
  try {
    template = GoTemplate.parse("output", text, { functions: TEMPLATE_FUNCTIONS });
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    throw failure(`error parsing template ${text}, ${error.message}`);
  }
  return (object) => {
    try {
      return template.execute(object);
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      throw failure(`error executing template ${quote(text)}: ${error.message}`);
    }
  };
}

/** Source: kubernetes/cli-runtime pkg/printers/template.go. */
const TEMPLATE_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  base64decode: takes(["string"], (text: string) => {
    const at = base64Mistake(text);
    if (at !== undefined) {
      throw new RangeError(`base64 decode failed: illegal base64 data at input byte ${at}`);
    }
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  }),
  exists: (value, ...keys) => {
    const found = keys.reduce(
      (current, key) => Object.hasOwn(Object(current ?? {}), key) ? current[key] : undefined,
      value,
    );
    return found !== undefined && found !== null;
  },
};

/** Where a text stops being base64, if it does. Source: golang/go src/encoding/base64/base64.go (decodeQuantum). */
function base64Mistake(text: string): number | undefined {
  const end = /^[A-Za-z0-9+/]*/.exec(text)![0].length;
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return end < text.length ? end : end - end % 4;
}

interface Column {
  header: string;
  path: JsonPath;
}

async function columnsPrinter(
  name: string,
  argument: string,
  noHeaders: boolean,
  options: PrinterOptions,
): Promise<ObjectPrinter> {
  if (argument === "") throw failure("custom-columns format specified but no custom columns given");
  const columns = name === "custom-columns-file"
    ? columnsOfFile(await argumentText(name, argument, options))
    : columnsOfSpec(argument);
  const writer = new TabWriter(GET_TABLE);
  return (object) => {
    if (!noHeaders) writer.line(...columns.map((column) => column.header));
    for (const item of itemsOf(object)) {
      writer.line(...columns.map((column) => columnText(column.path, item)));
    }
    return writer.flush();
  };
}

function columnsOfSpec(spec: string): Column[] {
  return spec.split(",").map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0) {
      throw failure(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    }
    return { header: part.slice(0, colon), path: columnPath(part.slice(colon + 1)) };
  });
}

function columnsOfFile(text: string): Column[] {
  const [headers, specs] = text.split("\n").map((line) => line.split(/\s+/).filter(Boolean));
  if (!headers || !specs) {
    const missing = headers ? "spec" : "header";
    throw failure(
      `invalid template, missing ${missing} line. Expected format is one line of space separated headers, one line of space separated column specs.`,
    );
  }
  if (headers.length !== specs.length) {
    throw failure(
      `number of headers (${headers.length}) and field specifications (${specs.length}) don't match`,
    );
  }
  return headers.map((header, index) => ({ header, path: columnPath(specs[index]) }));
}

function columnPath(spec: string): JsonPath {
  try {
    return new JsonPath(relaxedJsonPath(spec), { allowMissingKeys: true });
  } catch (error) {
    if (error instanceof JsonPathError || error instanceof JsonPathSyntaxError) {
      throw failure(error.message);
    }
    throw error;
  }
}

function columnText(path: JsonPath, item: Printed): string {
  let found: unknown[][];
  try {
    found = path.find(item);
  } catch (error) {
    if (error instanceof JsonPathError) throw failure(error.message);
    throw error;
  }
  if (found.length === 0 || found[0].length === 0) return "<none>";
  return found.flat().map((value) => escapeTerminal(goSprint(value))).join(",");
}

/** The objects of a list, or the object itself. */
function itemsOf(object: Printed): Printed[] {
  return Array.isArray(object.items) && object.kind.endsWith("List") ? object.items : [object];
}

/** `deployment.apps/web`, as `-o name` and most messages spell an object. */
export function nameOf(object: Printed): string {
  return `${kindWithGroup(object)}/${object.metadata?.name ?? "<unknown>"}`;
}

/** `deployment.apps`. */
export function kindWithGroup(
  { kind, ...of }: { kind: string } & ({ group: string } | { apiVersion: string }),
): string {
  const group = "group" in of ? of.group : groupOf(of.apiVersion);
  return groupKind({ kind: kind.toLowerCase(), group });
}

export function withoutManagedFields<T extends Printed>(object: T): T {
  if (Array.isArray(object.items)) {
    return { ...object, items: object.items.map((item: Printed) => withoutManagedFields(item)) };
  }
  if (!object.metadata?.managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
