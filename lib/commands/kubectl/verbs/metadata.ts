import { own, setOwn } from "../../../base/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import { failure, throwAll } from "../errors.ts";
import { goJson, quote, sortedKeys } from "../../../go/mod.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { findResources, type Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

/** `kubectl label`. Source: kubernetes/kubectl pkg/cmd/label/label.go. */
export const label: Verb = {
  run: (session) => run(session, { field: "labels", noun: "label", manager: "kubectl-label" }),
};

/** `kubectl annotate`. Source: kubernetes/kubectl pkg/cmd/annotate/annotate.go. */
export const annotate: Verb = {
  run: (session) =>
    run(session, { field: "annotations", noun: "annotation", manager: "kubectl-annotate" }),
};

interface Target {
  field: "labels" | "annotations";
  noun: "label" | "annotation";
  manager: string;
}

interface Changes {
  set: Record<string, string>;
  remove: string[];
}

async function run(session: Session, target: Target): Promise<void> {
  const { flags } = session;
  const [resources, specs] = splitArgs(session.args);
  const changes = parseChanges(specs, target);
  const isEmpty = specs.length === 0;
  if (resources.length === 0 && flags.list("filename").length === 0) {
    throw failure(
      "one or more resources must be specified as <resource> <name> or <resource>/<name>",
    );
  }
  if (isEmpty && !flags.bool("list")) {
    throw failure(`at least one ${target.noun} update is required`);
  }
  const found = await findResources(session, {
    args: resources,
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    emptySelectsAll: flags.bool("all"),
    fetch: true,
  });
  const report = new ObjectReport(session);
  const errors = [...found.errors];
  for (const info of found.infos) {
    if (flags.bool("list")) printList(session, info, target, found.single);
    else await report.print(info, await change(session, info, changes, target));
  }
  throwAll(errors);
}

/** Words up to the first `key=value` or `key-` name objects. Source: pkg/cmd/util/helpers.go (GetResourcesAndPairs). */
function splitArgs(args: readonly string[]): [resources: string[], specs: string[]] {
  const isPair = (word: string) => word.includes("=") || (word.endsWith("-") && word !== "-");
  const first = args.findIndex(isPair);
  if (first < 0) return [[...args], []];
  const wrong = args.slice(first).find((word) => !isPair(word));
  if (wrong !== undefined) {
    throw failure(`all resources must be specified before ${"label"} changes: ${wrong}`);
  }
  return [args.slice(0, first), args.slice(first)];
}

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

function parseChanges(specs: string[], { noun, field }: Target): Changes {
  const changes: Changes = { set: {}, remove: [] };
  for (const spec of specs) {
    const equals = spec.indexOf("=");
    if (equals < 0) {
      changes.remove.push(spec.slice(0, -1));
      continue;
    }
    const [key, value] = [spec.slice(0, equals), spec.slice(equals + 1)];
    if (field === "labels") checkLabel(spec, value);
    if (key === "") throw failure(`invalid ${noun} spec: ${spec}`);
    setOwn(changes.set, key, value);
  }
  if (changes.remove.some((key) => Object.hasOwn(changes.set, key))) {
    throw failure(
      field === "labels"
        ? "can not both modify and remove a label in the same command"
        : "can not both modify and remove the following annotation(s) in the same command: " +
          changes.remove.filter((key) => Object.hasOwn(changes.set, key)).join(", "),
    );
  }
  return changes;
}

function checkLabel(spec: string, value: string): void {
  if (value.includes("=")) throw failure(`invalid label spec: ${spec}`);
  const problems: string[] = [];
  if (value.length > 63) problems.push("must be no more than 63 bytes");
  if (!LABEL_VALUE.test(value)) {
    problems.push(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    );
  }
  if (problems.length > 0) {
    throw failure(`invalid label value: ${quote(spec)}: ${problems.join(";")}`);
  }
}

function printList(session: Session, info: Info, { field }: Target, single: boolean): void {
  const values = info.object.metadata[field] ?? {};
  const { kind, group } = info.mapping;
  if (!single) session.out(`Listing ${field} for ${kind}.${group}/${info.name}:\n`);
  for (const key of sortedKeys(values)) {
    session.out(`${single ? "" : " "}${key}=${values[key]}\n`);
  }
}

async function change(
  session: Session,
  info: Info,
  changes: Changes,
  { field, noun, manager }: Target,
): Promise<string> {
  const { flags } = session;
  const present: Record<string, string> = info.object.metadata[field] ?? {};
  const patch: Record<string, string | null> = {};
  if (field === "labels" && dryRunOf(session) !== "client") {
    for (const key of changes.remove) {
      if (!Object.hasOwn(present, key)) session.out(`label ${quote(key)} not found.\n`);
    }
  }
  refuseOverwrites(session, present, changes, noun);
  for (const [key, value] of Object.entries(changes.set)) {
    if (own(present, key) !== value) setOwn(patch, key, value);
  }
  for (const key of changes.remove) if (Object.hasOwn(present, key)) setOwn(patch, key, null);
  const added = Object.values(patch).some((value) => value !== null);
  const removed = Object.values(patch).includes(null);
  const dryRun = dryRunOf(session);
  const mustSend = Object.keys(patch).length > 0 || field === "annotations";
  if (dryRun === "client") info.object = withValues(info.object, field, patch);
  else if (mustSend) {
    info.object = await session.client.patch(
      info.mapping,
      info,
      goJson(patchOf(flags.string("resource-version"), field, patch)),
      {
        type: "merge",
        query: {
          fieldManager: flags.string("field-manager") || manager,
          dryRun: dryRun === "server" ? "All" : undefined,
        },
      },
    );
  }
  if (field === "annotations") return "annotated";
  if (added && removed) return "modified";
  return added ? "labeled" : removed ? "unlabeled" : "not labeled";
}

function patchOf(resourceVersion: string, field: string, patch: Record<string, string | null>) {
  const metadata = {
    ...(Object.keys(patch).length > 0 ? { [field]: patch } : {}),
    ...(resourceVersion === "" ? {} : { resourceVersion }),
  };
  return Object.keys(metadata).length > 0 ? { metadata } : {};
}

function refuseOverwrites(
  { flags }: Session,
  present: Record<string, string>,
  { set }: Changes,
  noun: string,
): void {
  if (flags.bool("overwrite")) return;
  const clashes = Object.keys(set).filter((key) =>
    Object.hasOwn(present, key) && present[key] !== set[key]
  );
  if (clashes.length === 0) return;
  if (noun === "label") {
    throwAll(
      clashes.map((key) =>
        failure(`'${key}' already has a value (${present[key]}), and --overwrite is false`)
      ),
    );
  }
  throw failure(
    "--overwrite is false but found the following declared annotation(s): " +
      clashes.map((key) => `'${key}' already has a value (${present[key]})`).join("; "),
  );
}

function withValues(
  object: KubeObject,
  field: "labels" | "annotations",
  patch: Record<string, string | null>,
): KubeObject {
  const values = { ...object.metadata[field] };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete values[key];
    else setOwn(values, key, value);
  }
  return { ...object, metadata: { ...object.metadata, [field]: values } };
}
