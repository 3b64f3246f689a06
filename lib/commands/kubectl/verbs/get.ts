import { ApiError, groupResource, type KubeObject, TABLE_ACCEPT } from "../../../kube/mod.ts";
import { ageOf } from "../describe/writer.ts";
import { CliError, failure, throwAll, usageError } from "../errors.ts";
import { type ServerTable, type TableOptions, TablePrinter } from "../get_table.ts";
import { GET_TABLE, quote, TabWriter } from "../../../go/mod.ts";
import { type Mapping } from "../mapper.ts";
import { GET_FORMATS, kindWithGroup, type ObjectPrinter, printerFor } from "../output.ts";
import { type FindOptions, findResources, type Found, type Info, typed } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { sortObjects, sortTable } from "../sorting.ts";

/** `kubectl get`. Source: kubernetes/kubectl pkg/cmd/get/get.go. */
export const get: Verb = { run };

async function run(session: Session): Promise<void> {
  const { flags } = session;
  if (flags.string("raw") !== "") return await getRaw(session);
  validate(session);
  const printer = await printerFor(flags, {
    readFile: (path) => session.io.files.read(path),
    formats: GET_FORMATS,
  });
  if (flags.bool("watch") || flags.bool("watch-only")) return await watch(session, printer);
  if (printer) return await printGeneric(session, printer);
  await printTables(session);
}

async function getRaw(session: Session): Promise<void> {
  const raw = session.flags.string("raw");
  if (session.args.length > 0) {
    throw failure("arguments may not be passed when --raw is specified");
  }
  const { flags } = session;
  if (flags.bool("watch") || flags.bool("watch-only") || flags.string("selector") !== "") {
    throw failure(
      "--raw may not be specified with other flags that filter the server request or alter the output",
    );
  }
  if (flags.string("output") !== "") throw failure("--raw and --output are mutually exclusive");
  if (!/^(\/|https?:\/\/)/.test(raw)) {
    throw failure(`--raw must be a valid URL path: parse ${quote(raw)}: invalid URI for request`);
  }
  for await (const chunk of session.client.chunks(raw)) session.out(chunk);
}

function validate(session: Session): void {
  const { flags } = session;
  const watching = flags.bool("watch") || flags.bool("watch-only");
  const output = flags.string("output");
  if (!watching && session.args.length === 0 && flags.list("filename").length === 0) {
    session.err(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    );
    throw usageError(
      "get",
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    );
  }
  if (flags.bool("show-labels") && output !== "" && output !== "wide") {
    throw failure(`--show-labels option cannot be used with ${output} printer`);
  }
  if (flags.bool("output-watch-events") && !watching) {
    throw failure("--output-watch-events option can only be used with --watch or --watch-only");
  }
}

function findOptions(session: Session): FindOptions {
  const { flags } = session;
  return {
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    subresource: flags.string("subresource"),
    chunkSize: flags.string("sort-by") === "" ? flags.int("chunk-size") : 0,
    emptySelectsAll: true,
    fetch: true,
  };
}

function forgiveNotFound(session: Session, found: Found): void {
  if (!session.flags.bool("ignore-not-found")) return;
  found.errors = found.errors.filter((error) =>
    !(error instanceof ApiError && error.reason === "NotFound")
  );
}

function tableOptions(session: Session, mapping: Mapping, withKind: boolean): TableOptions {
  const { flags } = session;
  return {
    wide: flags.string("output") === "wide",
    noHeaders: flags.bool("no-headers"),
    withNamespace: session.allNamespaces && mapping.namespaced,
    columnLabels: flags.list("label-columns"),
    showLabels: flags.bool("show-labels"),
    ...(withKind || flags.bool("show-kind") ? { kindPrefix: kindWithGroup(mapping) } : {}),
  };
}

async function printTables(session: Session): Promise<void> {
  const { flags } = session;
  const sortBy = flags.string("sort-by");
  const found = await findResources(session, {
    ...findOptions(session),
    table: flags.bool("server-print"),
    includeObject: sortBy !== "",
  });
  forgiveNotFound(session, found);
  if (sortBy !== "" && found.infos.length > 1) {
    // Upstream looks for the field in the tables themselves, and so never finds it.
    sortObjects(found.infos.map((info) => ({ ...info.object, rows: undefined })), sortBy);
  }
  const withKind = new Set(found.infos.map((info) => info.mapping)).size > 1;
  const writer = new TabWriter(GET_TABLE);
  let printer: TablePrinter | undefined;
  let lastMapping: Mapping | undefined;
  let written = "";
  let separator = "";
  const flush = () => {
    const text = writer.flush();
    if (text === "") return;
    session.out(separator + text);
    separator = "";
    written += text;
  };
  for (const info of found.infos) {
    if (info.mapping !== lastMapping) {
      flush();
      writer.forgetWidths();
      if (lastMapping && !flags.bool("no-headers") && written !== "") separator = "\n";
      printer = new TablePrinter(tableOptions(session, info.mapping, withKind), writer);
      lastMapping = info.mapping;
    }
    const table = sorted(asTable(info, session.io.lab.clock.now()), sortBy);
    if (table) printer!.print(table);
  }
  flush();
  if (written === "" && !flags.bool("ignore-not-found") && found.errors.length === 0) {
    sayNothingFound(session, found.infos);
  }
  throwAll(found.errors);
}

/** Upstream drops a table it cannot sort without a word. */
function sorted(table: ServerTable, sortBy: string): ServerTable | undefined {
  if (sortBy === "" || table.rows.length < 2) return table;
  try {
    return sortTable(table, sortBy);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

function sayNothingFound(session: Session, infos: Info[]): void {
  const namespaced = !session.allNamespaces && infos.every((info) => info.mapping.namespaced);
  session.err(
    namespaced ? `No resources found in ${session.namespace} namespace.\n` : "No resources found\n",
  );
}

/** What the server sent as a table; an object it sent as such, as kubectl's fallback prints it. */
function asTable(info: Info, nowMs: number): ServerTable {
  const object = info.object;
  if (object.kind === "Table") return object;
  const items = Array.isArray(object.items) ? object.items : [object];
  return {
    kind: "Table",
    columnDefinitions: [
      { name: "Name", type: "string", format: "name" },
      { name: "Age", type: "string" },
    ],
    rows: items.map((item: KubeObject) => ({
      cells: [item.metadata?.name, ageOf(item.metadata?.creationTimestamp, nowMs)],
      object: item,
    })),
  };
}

async function printGeneric(session: Session, printer: ObjectPrinter): Promise<void> {
  const found = await findResources(session, findOptions(session));
  forgiveNotFound(session, found);
  const { infos, errors } = found;
  if (found.single && errors.length > 0) throw errors[0];
  if (infos.length === 0 && session.flags.bool("ignore-not-found")) return throwAll(errors);
  let objects = infos.map(typed);
  const sortBy = session.flags.string("sort-by");
  if (sortBy !== "") objects = sortObjects(objects, sortBy);
  if (found.single && objects.length === 1) session.out(printer(objects[0]));
  else {
    session.out(
      printer({
        apiVersion: "v1",
        kind: "List",
        metadata: { resourceVersion: "" },
        items: objects,
      }),
    );
  }
  throwAll(errors);
}

async function watch(session: Session, printer: ObjectPrinter | undefined): Promise<void> {
  const { flags, io } = session;
  const target = await watchTarget(session);
  const { mapping, query, namespace } = target;
  const table = printer === undefined;
  const events = flags.bool("output-watch-events");
  const options = tableOptions(session, mapping, false);
  const tables = new TablePrinter(options);
  const print = (object: any, type: string) => {
    if (table) {
      tables.print(
        asTable({ mapping, namespace: "", name: "", object }, io.lab.clock.now()),
        events ? type : undefined,
      );
      io.out(tables.writer.flush());
    } else io.out(printer(events ? { type, object } as any : object));
  };
  const accept = table ? { accept: TABLE_ACCEPT } : {};
  const list = await session.client.list(mapping, { namespace }, { query, ...accept });
  if (!flags.bool("watch-only")) {
    if (table) print(list, "ADDED");
    else {for (const item of list.items) {
        print(typed({ mapping, namespace: "", name: "", object: item }), "ADDED");
      }}
  }
  if (target.name !== undefined && rowsOf(list) === 0) {
    throw ApiError.notFound(groupResource(mapping), target.name);
  }
  const resourceVersion = list.metadata?.resourceVersion;
  const changes = session.client.watch(mapping, { namespace }, {
    query: { ...query, resourceVersion },
    ...accept,
  });
  for await (const event of changes) print(event.object, event.type);
  if (io.signal.aborted) throw new CliError("", 130);
}

function rowsOf(list: { rows?: unknown[]; items?: unknown[] }): number {
  return (list.rows ?? list.items ?? []).length;
}

interface WatchTarget {
  mapping: Mapping;
  namespace: string;
  query: Record<string, string | undefined>;
  name?: string;
}

async function watchTarget(session: Session): Promise<WatchTarget> {
  const { flags } = session;
  const found = await findResources(session, {
    ...findOptions(session),
    fetch: false,
    keepLists: true,
    singleResourceType: true,
    stopOnError: true,
    chunkSize: 1,
  });
  throwAll(found.errors);
  const { mapping } = found.infos[0];
  const name = found.targetsItems ? found.infos[0].name : undefined;
  if (found.targetsItems && found.infos.length > 1) {
    throw failure("watch is only supported on individual resources and resource collections");
  }
  const namespace = found.targetsItems
    ? found.infos[0].namespace
    : session.allNamespaces
    ? ""
    : session.namespace;
  return {
    mapping,
    namespace,
    query: {
      labelSelector: flags.string("selector"),
      fieldSelector: name === undefined ? flags.string("field-selector") : `metadata.name=${name}`,
    },
    ...(name === undefined ? {} : { name }),
  };
}
