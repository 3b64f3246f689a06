import { compileGoRegexp, type GoRegexp, quote, RegexpSyntaxError } from "../../go/mod.ts";
import { FileError, type Files } from "../command.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { CliError, failure } from "./errors.ts";
import { metadataMistake } from "./go_metadata.ts";
import {
  DecodeError,
  decodeObject,
  kindOf,
  validationProblems,
  withoutNulls,
} from "./manifest_decode.ts";
import { documentsOf, type ManifestDocument, StreamError } from "./manifest_stream.ts";

/** An object read from a file, and the file's name as messages give it. */
export interface Manifest {
  source: string;
  object: KubeObject;
  /** Whether it is an item of a list. */
  ofList?: boolean;
}

export interface ReadOptions {
  files: Files;
  stdin: string;
  recursive?: boolean;
  /** Whether a document without kind or apiVersion is reported as failing validation. */
  validate?: boolean;
}

const EXTENSIONS = [".json", ".yaml", ".yml"];

/** What was read, and what was wrong with the rest. */
export interface ReadResult {
  manifests: Manifest[];
  errors: unknown[];
  /** How many objects there were before each of the errors. */
  before: number[];
  /** Whether the names stand for exactly one file (so for one object, unless it holds more). */
  singleFile: boolean;
}

/**
 * The objects in files, folders and standard input (`-`), lists taken apart.
 * Errors: CliError for names that lead nowhere; what is wrong inside a file is in the result.
 * Source: kubernetes/cli-runtime pkg/resource/visitor.go, builder.go.
 */
export async function readManifests(
  names: readonly string[],
  options: ReadOptions,
): Promise<ReadResult> {
  const texts: [source: string, text: string][] = [];
  let singleFile = names.length === 1;
  for (const name of names) {
    if (name === "-") {
      texts.push(["STDIN", options.stdin]);
      singleFile = false;
    } else if (/^https?:\/\//.test(name)) {
      const near = await sameNamed(name.slice(name.lastIndexOf("/") + 1), options.files);
      const then = near ? `the file is here as ${near}` : "save the file and name it instead";
      throw failure(`unable to read URL ${quote(name)}: the lab has no network; ${then}`);
    } else {
      const paths = await pathsOf(name, options);
      if (paths.length !== 1 || paths[0] !== name) singleFile = false;
      for (const path of paths) texts.push([path, await readText(path, options.files)]);
    }
  }
  const result: ReadResult = { manifests: [], errors: [], before: [], singleFile };
  for (const [source, text] of texts) readDocuments(source, text, options, result);
  return result;
}

/** A file of a name among the examples, which lie in folders of their own; undefined where there is none. */
async function sameNamed(name: string, files: Files): Promise<string | undefined> {
  if (!(await files.stat("examples"))?.isDirectory) return undefined;
  for (const folder of (await files.list("examples")).toSorted()) {
    if (!folder.endsWith("/")) continue;
    const path = `examples/${folder}${name}`;
    if (name !== "" && await files.stat(path)) return path;
  }
  return undefined;
}

async function pathsOf(name: string, options: ReadOptions): Promise<string[]> {
  if (/[*?[]/.test(name)) {
    const found = await glob(name, options.files);
    if (found.length > 0) {
      const lists = await Promise.all(found.map((path) => pathsOf(path, options)));
      return lists.flat();
    }
  }
  const stat = await options.files.stat(name);
  if (!stat) throw failure(`the path ${quote(name)} does not exist`);
  if (!stat.isDirectory) return [name];
  const paths = await walk(name.replace(/\/+$/, ""), options);
  if (paths.length === 0) {
    throw failure(
      `error reading [${name}]: recognized file extensions are [${EXTENSIONS.join(" ")}]`,
    );
  }
  return paths;
}

async function walk(folder: string, options: ReadOptions): Promise<string[]> {
  const paths: string[] = [];
  const names = (await options.files.list(folder)).toSorted();
  for (const name of names) {
    const path = folder === "." ? name : `${folder}/${name}`;
    if (name.endsWith("/")) {
      if (options.recursive) paths.push(...await walk(path.slice(0, -1), options));
    } else if (EXTENSIONS.some((extension) => name.endsWith(extension))) paths.push(path);
  }
  return paths;
}

async function glob(pattern: string, files: Files): Promise<string[]> {
  const slash = pattern.lastIndexOf("/");
  const folder = slash < 0 ? "." : pattern.slice(0, slash);
  const source = pattern.slice(slash + 1).replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, "[^/]*").replace(/\?/g, "[^/]");
  const matcher = globMatcher(pattern, source);
  if (!(await files.stat(folder))?.isDirectory) return [];
  const names = (await files.list(folder)).map((name) => name.replace(/\/$/, ""));
  return names.filter((name) => matcher.test(name)).toSorted()
    .map((name) => slash < 0 ? name : `${folder}/${name}`);
}

/** Source: kubernetes/cli-runtime pkg/resource/builder.go (expandIfFilePattern). */
function globMatcher(pattern: string, source: string): GoRegexp {
  try {
    return compileGoRegexp(`^${source}$`);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw failure(`pattern ${quote(pattern)} is not valid: syntax error in pattern`);
  }
}

async function readText(path: string, files: Files): Promise<string> {
  try {
    return await files.read(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw failure(`open ${path}: ${error.message}`);
  }
}

function fail(result: ReadResult, error: unknown): void {
  result.errors.push(error);
  result.before.push(result.manifests.length);
}

function readDocuments(
  source: string,
  text: string,
  options: ReadOptions,
  result: ReadResult,
): void {
  try {
    for (const document of documentsOf(text)) {
      if (document.value === null) continue;
      const problems = options.validate ? validationProblems(document.value) : [];
      if (problems.length > 0) {
        fail(result, invalid(source, problems));
        // A document that fails validation ends the reading of its file.
        return;
      }
      readDocument(source, document, result);
    }
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    fail(result, failure(`error parsing ${source}: ${error.message}`));
  }
}

/** The object of a document, or those of its list. */
function readDocument(source: string, document: ManifestDocument, result: ReadResult): void {
  let object: KubeObject & { items?: unknown };
  try {
    object = decodeObject(document);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    fail(result, failure(`unable to decode ${quote(source)}: ${error.message}`));
    return;
  }
  if (!Array.isArray(object.items)) {
    result.manifests.push({ source, object });
    return;
  }
  const items: (KubeObject & { items?: unknown })[] = object.items;
  if (items.some((item) => Array.isArray(item.items))) {
    const why = "*unstructured.Unstructured is not a list: no Items field in this object";
    fail(result, failure(why));
    return;
  }
  for (const item of items) {
    const mistake = metadataMistake(item);
    if (kindOf(item) === "") fail(result, new CliError(NO_KIND));
    else if (mistake) fail(result, failure(`unable to decode ${quote(source)}: ${mistake}`));
    else {
      const metadata = withoutNulls(item.metadata);
      const object = { ...item, metadata } as unknown as KubeObject;
      result.manifests.push({ source, object, ofList: true });
    }
  }
}

const NO_KIND = 'unable to get type info from the object "*unstructured.Unstructured": ' +
  "Object 'Kind' is missing in 'object has no kind field '";

function invalid(source: string, problems: string[]): CliError {
  const list = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  return failure(
    `error validating ${
      quote(source)
    }: error validating data: ${list}; if you choose to ignore these errors, turn validation off with --validate=false`,
  );
}
