import { quote } from "../../go/mod.ts";
import {
  ApiError,
  apiVersionOf,
  groupResource,
  type KubeObject,
  matches,
  parseSelector,
  TABLE_ACCEPT,
} from "../../kube/mod.ts";
import { CliError, failure } from "./errors.ts";
import type { Mapper, Mapping } from "./mapper.ts";
import { type Manifest, readManifests } from "./manifests.ts";
import type { Session } from "./session.ts";

/** Something a command acts on; `object` is missing until it is fetched. */
export interface Info {
  mapping: Mapping;
  namespace: string;
  name: string;
  /** The file it came from. */
  source?: string;
  object?: any;
}

export interface FindOptions {
  /** Defaults to the session's arguments. */
  args?: readonly string[];
  filenames?: readonly string[];
  labelSelector?: string;
  fieldSelector?: string;
  /** Take every object of the named types. */
  all?: boolean;
  /** A type without a name stands for every object of it. */
  emptySelectsAll?: boolean;
  singleResourceType?: boolean;
  /** Fetch what is named or read from a file; otherwise only what a selector finds comes with its object. */
  fetch?: boolean;
  /** Lists and objects come as tables. */
  table?: boolean;
  includeObject?: boolean;
  subresource?: string;
  chunkSize?: number;
  /** The first error ends the search. */
  stopOnError?: boolean;
  validate?: boolean;
  /** Lists stay lists. */
  keepLists?: boolean;
}

export interface Found {
  infos: Info[];
  errors: unknown[];
  /** How many objects come before each of the errors, where that is known; all errors come first otherwise. */
  before?: number[];
  /** Whether exactly one object was named. */
  single: boolean;
  /** Whether objects were named, not selected. */
  targetsItems: boolean;
}

/**
 * The objects that arguments, files and selectors stand for.
 * Source: kubernetes/cli-runtime pkg/resource/builder.go.
 */
export async function findResources(session: Session, options: FindOptions): Promise<Found> {
  const filenames = options.filenames ?? session.flags.list("filename");
  const args = normalize(options.args ?? session.args);
  if (filenames.length > 0) return await byPaths(session, filenames, args, options);
  const tuples = combinedArgs(args);
  if (tuples) return await byTuples(session, tuples, options);
  const mapper = await session.mapper();
  const words = args.length > 0 ? expandAliases(args[0], mapper) : [];
  const names = args.slice(1);
  let selector = options.labelSelector || undefined;
  if (args.length === 1 && options.emptySelectsAll) selector ??= "";
  if (options.all) selector = "";
  if (selector !== undefined || options.fieldSelector) {
    return await bySelector(session, words, names, selector ?? "", options);
  }
  if (names.length > 0) return await byNames(session, words, names, options);
  if (words.length > 0) {
    for (const word of words) mapper.resolve(word);
    throw failure("resource(s) were provided, but no name was specified");
  }
  throw failure(MISSING_RESOURCE);
}

const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

function unique(words: string[]): string[] {
  return [...new Set(words)];
}

function normalize(args: readonly string[]): string[] {
  if (args.length < 2) return [...args];
  const resources = unique(args[0].split(","));
  if (resources.length < 2) return [...args];
  return resources.flatMap((resource) => args.slice(1).map((name) => `${resource}/${name}`));
}

function combinedArgs(args: string[]): [resource: string, name: string][] | undefined {
  const withSlash = args.filter((arg) => arg.includes("/")).length;
  if (withSlash === 0) return undefined;
  if (withSlash !== args.length) {
    throw failure(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
    );
  }
  return args.map((arg) => {
    const parts = arg.split("/");
    if (parts.length !== 2) {
      throw failure("arguments in resource/name form may not have more than one slash");
    }
    const [resource, name] = parts;
    if (resource === "" || name === "" || resource.includes(",")) {
      throw failure("arguments in resource/name form must have a single resource and name");
    }
    return [resource, name];
  });
}

function expandAliases(words: string, mapper: Mapper): string[] {
  const expanded = words.split(",").flatMap((word) => {
    const category = mapper.inCategory(word);
    if (category.length === 0) return [word];
    return category.map((each) => groupResource(each));
  });
  return unique(expanded);
}

function uniqueMappings(mappings: Mapping[]): Mapping[] {
  return mappings.filter((each, index) => mappings.indexOf(each) === index);
}

async function bySelector(
  session: Session,
  words: string[],
  names: string[],
  labelSelector: string,
  options: FindOptions,
): Promise<Found> {
  if (names.length > 0) throw failure("name cannot be provided when a selector is specified");
  if (words.length === 0) {
    throw failure("at least one resource must be specified to use a selector");
  }
  if (options.subresource) {
    throw failure("subresource cannot be used when bulk resources are specified");
  }
  const mapper = await session.mapper();
  const mappings = uniqueMappings(words.map((word) => mapper.resolve(word)));
  if (options.singleResourceType && mappings.length > 1) throw failure(MULTIPLE_TYPES);
  const found: Found = { infos: [], errors: [], single: false, targetsItems: false };
  for (const mapping of mappings) {
    try {
      for await (const page of listPages(session, mapping, { ...options, labelSelector })) {
        if (options.table || options.keepLists) {
          found.infos.push({ mapping, namespace: "", name: "", object: page });
        } else {
          const { items }: KubeObject & { items?: KubeObject[] } = page;
          found.infos.push(...(items ?? []).map((item) => infoOf(mapping, item, page)));
        }
      }
    } catch (error) {
      if (!(error instanceof ApiError) || options.stopOnError) throw error;
      found.errors.push(error);
    }
  }
  return found;
}

const MULTIPLE_TYPES = "you may only specify a single resource type";

function infoOf(mapping: Mapping, item: KubeObject, list: KubeObject): Info {
  const object = {
    ...item,
    apiVersion: item.apiVersion ?? list.apiVersion,
    kind: item.kind ?? mapping.kind,
  };
  return {
    mapping,
    namespace: item.metadata.namespace ?? "",
    name: item.metadata.name,
    object,
  };
}

/** The pages of a list, each as the server gave it. Errors: ApiError. */
async function* listPages(
  session: Session,
  mapping: Mapping,
  options: FindOptions,
): AsyncGenerator<KubeObject> {
  const namespace = session.allNamespaces ? "" : session.namespace;
  const query: Record<string, string | undefined> = {
    limit: options.chunkSize ? String(options.chunkSize) : undefined,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    includeObject: options.includeObject ? "Object" : undefined,
  };
  let next: string | undefined;
  do {
    let page: any;
    try {
      page = await session.client.list(mapping, { namespace }, {
        query: { ...query, continue: next },
        ...(options.table ? { accept: TABLE_ACCEPT } : {}),
      });
    } catch (error) {
      throw error instanceof ApiError ? explainList(error, mapping, options) : error;
    }
    yield page;
    next = page.metadata?.continue;
  } while (next);
}

/** Source: kubernetes/cli-runtime pkg/resource/selector.go (EnhanceListError). */
function explainList(error: ApiError, mapping: Mapping, options: FindOptions): ApiError {
  if (error.reason !== "BadRequest" && error.reason !== "NotFound") return error;
  const subject = quote(`${mapping.group}/${mapping.version}, Resource=${mapping.resource}`);
  const { labelSelector = "", fieldSelector = "" } = options;
  const message = labelSelector === "" && fieldSelector === ""
    ? `Unable to list ${subject}: ${error.message}`
    : `Unable to find ${subject} that match label selector ${
      quote(labelSelector)
    }, field selector ${quote(fieldSelector)}: ${error.message}`;
  return new ApiError(error.code, error.reason, message, error.details);
}

async function byTuples(
  session: Session,
  tuples: [resource: string, name: string][],
  options: FindOptions,
): Promise<Found> {
  if (options.labelSelector || options.fieldSelector || options.all) {
    throw failure("selectors and the all flag cannot be used when passing resource/name arguments");
  }
  const mapper = await session.mapper();
  const infos = tuples.map(([resource, name]) => named(session, mapper.resolve(resource), name));
  if (options.singleResourceType && uniqueMappings(infos.map((each) => each.mapping)).length > 1) {
    throw failure(MULTIPLE_TYPES);
  }
  return await fetchAll(session, infos, infos.length === 1, options);
}

async function byNames(
  session: Session,
  words: string[],
  names: string[],
  options: FindOptions,
): Promise<Found> {
  if (words.length > 1) throw failure("you must specify only one resource");
  const mapping = (await session.mapper()).resolve(words[0]);
  const infos = names.map((name) => named(session, mapping, name));
  return await fetchAll(session, infos, names.length === 1, options);
}

function named(session: Session, mapping: Mapping, name: string): Info {
  if (mapping.namespaced && session.allNamespaces) {
    throw failure("a resource cannot be retrieved by name across all namespaces");
  }
  return { mapping, namespace: mapping.namespaced ? session.namespace : "", name };
}

async function fetchAll(
  session: Session,
  infos: Info[],
  single: boolean,
  options: FindOptions,
): Promise<Found> {
  const found: Found = { infos: [], errors: [], single, targetsItems: true };
  for (const info of infos) {
    try {
      if (options.fetch) info.object = await fetchInfo(session, info, options);
      found.infos.push(info);
    } catch (error) {
      if (!(error instanceof ApiError) || options.stopOnError) throw error;
      found.errors.push(error);
    }
  }
  return found;
}

/** The object (or its table) as the server has it. Errors: ApiError, CliError without a name. */
export async function fetchInfo(
  session: Session,
  info: Info,
  options: Pick<FindOptions, "table" | "includeObject" | "subresource"> = {},
): Promise<any> {
  const { mapping, namespace, name } = info;
  try {
    return await session.client.get(
      mapping,
      { namespace, name, subresource: options.subresource },
      {
        ...(options.table ? { accept: TABLE_ACCEPT } : {}),
        query: { includeObject: options.includeObject ? "Object" : undefined },
      },
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "NotFound") throw error;
    await requireNamespace(session, info.namespace);
    throw error;
  }
}

/** Of an object that is not there, the namespace may be what is missing. Errors: ApiError. */
async function requireNamespace(session: Session, namespace: string): Promise<void> {
  if (namespace === "" || namespace === "default") return;
  try {
    await session.client.get("v1/namespaces", { name: namespace });
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason === "NotFound") throw error;
  }
}

async function byPaths(
  session: Session,
  filenames: readonly string[],
  args: string[],
  options: FindOptions,
): Promise<Found> {
  if (args.length > 0) {
    throw failure(
      args.some((arg) => arg.includes("/"))
        ? "resource/name arguments cannot be provided when a path is specified"
        : "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
    );
  }
  const { files, stdin } = session.io;
  const recursive = session.flags.bool("recursive");
  const { validate } = options;
  const read = await readManifests(filenames, {
    files,
    stdin,
    recursive,
    ...(validate === undefined ? {} : { validate }),
  });
  const found: Found = {
    infos: [],
    errors: read.errors,
    before: read.before,
    single: read.singleFile && read.manifests.length === 1,
    targetsItems: true,
  };
  if (read.manifests.length === 0 && read.errors.length > 0) return found;
  const mapper = await session.mapper();
  for (const manifest of read.manifests) {
    try {
      const info = infoOfManifest(session, mapper, manifest);
      if (!selectedBy(options.labelSelector, info)) continue;
      if (options.fetch) info.object = await fetchInfo(session, info, options);
      found.infos.push(info);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof CliError)) throw error;
      found.errors.push(error);
      found.before?.push(found.infos.length);
    }
  }
  return found;
}

/** What was wrong with finding objects, and with what was then done to some of them, in the objects' order. */
export function errorsInOrder(found: Found, own: ReadonlyMap<Info, unknown>): unknown[] {
  const placed = found.errors.map((error, i) => ({ error, at: (found.before?.[i] ?? 0) - 0.5 }));
  for (const [info, error] of own) placed.push({ error, at: found.infos.indexOf(info) });
  return placed.sort((a, b) => a.at - b.at).map(({ error }) => error);
}

function selectedBy(selector: string | undefined, info: Info): boolean {
  return !selector || matches(parseSelector(selector), info.object.metadata?.labels ?? {});
}

function infoOfManifest(session: Session, mapper: Mapper, manifest: Manifest): Info {
  const { source, object } = manifest;
  const metadata = object.metadata ?? {};
  const name = metadata.name ?? "";
  const mapping = mappingOf(mapper, manifest);
  object.apiVersion ||= apiVersionOf(mapping);
  let namespace = "";
  if (mapping.namespaced) {
    namespace = metadata.namespace || session.namespace;
    if (session.explicitNamespace && namespace !== session.namespace) {
      throw failure(
        `the namespace from the provided object ${quote(namespace)} does not match the namespace ${
          quote(session.namespace)
        }. You must pass '--namespace=${namespace}' to perform this operation.`,
      );
    }
    object.metadata = { ...metadata, namespace };
  } else object.metadata = metadata;
  return { mapping, namespace, name, source, object };
}

function mappingOf(mapper: Mapper, { source, object, ofList }: Manifest): Mapping {
  try {
    return mapper.forKind(object.apiVersion ?? "", object.kind);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    if (ofList) throw new CliError(`unable to recognize ${error.message}`);
    const { name = "", namespace = "" } = object.metadata ?? {};
    throw failure(
      `resource mapping not found for name: ${quote(name)} namespace: ${quote(namespace)} from ${
        quote(source)
      }: ${error.message}\nensure CRDs are installed first`,
    );
  }
}

/** `Resource: "/v1, Resource=pods", …`, as apply's errors show what they are about. */
export function infoText(info: Info): string {
  const { group, version, resource, kind } = info.mapping;
  const basis = `Resource: ${
    quote(`${group}/${version}, Resource=${resource}`)
  }, GroupVersionKind: ${quote(`${group}/${version}, Kind=${kind}`)}`;
  return `${basis}\nName: ${quote(info.name)}, Namespace: ${quote(info.namespace)}`;
}

/** What was fetched, with the apiVersion and kind a list leaves out of its items. */
export function typed(info: Info): KubeObject {
  return {
    ...info.object,
    apiVersion: info.object.apiVersion ?? apiVersionOf(info.mapping),
    kind: info.object.kind ?? info.mapping.kind,
  };
}
