import { isMap } from "../../../go/mod.ts";
import { quote } from "../../../go/mod.ts";
import { ApiError, type KubeObject, type StatusCause } from "../../../kube/mod.ts";
import {
  difference,
  EMPTY_SET,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  paths,
  pathText,
  recursiveDifference,
  setOfPath,
  union,
} from "./field_set.ts";
import { sortedJson } from "../json_values.ts";
import {
  capped,
  isReset,
  isSameManager,
  type ManagedFieldsEntry,
  readEntries,
  sorted,
  withFields,
} from "./managers.ts";
import {
  AS_MERGED,
  compare,
  type Comparison,
  faultsOf,
  fieldSetOf,
  merge,
  removeItems,
  withNamedFields,
} from "./typed_value.ts";
import type { ValueType } from "./value_type.ts";

/** Who writes, when, and through what. */
export interface Writer {
  /** From `fieldManager`, or the beginning of the User-Agent. */
  manager: string;
  /** Virtual time as Kubernetes writes it. */
  time: string;
  subresource?: string;
}

/** A resource in its versions, as the manager needs to know them. */
export interface Versions {
  /** The version of the request. */
  apiVersion: string;
  /** The type of objects in a version; undefined when it is not served any more. */
  typeOf(apiVersion: string): ValueType | undefined;
  /** An object, given in the version of the request, in another. */
  convert(object: KubeObject, apiVersion: string): KubeObject;
  /** What a write through this path cannot change. */
  ignored: FieldSet;
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** What nobody owns. Source: kubernetes/apimachinery pkg/util/managedfields/internal/stripmeta.go. */
const STRIPPED: FieldSet = [
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation"]
    .map((name) => ["f:metadata", `f:${name}`]),
  ["f:metadata", "f:managedFields"],
  ["f:metadata", "f:resourceVersion"],
].map(setOfPath).reduce(union, EMPTY_SET);

/**
 * The entries after an object was created or updated.
 * Source: kubernetes/apimachinery pkg/util/managedfields/internal (fieldmanager.go, managedfieldsupdater.go,
 * skipnonapplied.go); sigs.k8s.io/structured-merge-diff merge/update.go.
 * @param live the object before, in the version of the request; undefined when it is created.
 * @param given the managedFields in the request's object.
 */
export function afterUpdate(
  versions: Versions,
  live: KubeObject | undefined,
  next: KubeObject,
  given: unknown,
  writer: Writer,
): ManagedFieldsEntry[] | undefined {
  const known: ManagedFieldsEntry[] | undefined = live?.metadata.managedFields as
    | ManagedFieldsEntry[]
    | undefined;
  const entries = startingPoint(known, given, writer.subresource !== undefined);
  if (live && entries.length === 0) return undefined;
  const own: ManagedFieldsEntry = {
    manager: writer.manager,
    operation: "Update",
    apiVersion: versions.apiVersion,
    time: writer.time,
    fieldsType: "FieldsV1",
    fieldsV1: EMPTY_SET,
    ...(writer.subresource ? { subresource: writer.subresource } : {}),
  };
  const comparisons = new Comparisons(versions, live, next);
  const changes = comparisons.in(versions.apiVersion)!;
  const taken = difference(union(changes.modified, changes.added), STRIPPED);
  if (isEmptySet(taken) && isEmptySet(changes.removed)) return entries === known ? known : entries;
  let out = loosened(entries, comparisons, undefined);
  if (!isEmptySet(taken)) {
    const mine = out.find((entry) => isSameManager(entry, own));
    out = capped(withFields(out, own, union(mine?.fieldsV1 ?? EMPTY_SET, taken)));
  }
  return out.length > 0 ? sorted(out) : undefined;
}

/** What was said of managers before this write: in its object, else in the stored one. */
function startingPoint(
  known: ManagedFieldsEntry[] | undefined,
  given: unknown,
  isSubresource: boolean,
): ManagedFieldsEntry[] {
  if (isSubresource || given === undefined || given === known) return known ?? [];
  if (isReset(given)) return [];
  const read = readEntries(given);
  return read && read.length > 0 ? read : known ?? [];
}

/** How an object changes, in each version that somebody owns fields in. */
class Comparisons {
  readonly #known = new Map<string, Comparison | undefined>();

  constructor(
    private readonly versions: Versions,
    private readonly before: KubeObject | undefined,
    private readonly after: KubeObject,
    private readonly view?: typeof AS_MERGED,
  ) {}

  /** undefined for a version that is not served. */
  in(apiVersion: string): Comparison | undefined {
    if (this.#known.has(apiVersion)) return this.#known.get(apiVersion);
    const { versions } = this;
    const type = versions.typeOf(apiVersion);
    const isOwn = apiVersion === versions.apiVersion;
    const convert = (object: KubeObject) => isOwn ? object : versions.convert(object, apiVersion);
    const after = convert(this.after);
    if (type && !isOwn && this.view) checkConverted(type, after);
    const found = type && filtered(
      compare(type, this.before ? convert(this.before) : {}, after, this.view),
      versions.ignored,
    );
    this.#known.set(apiVersion, found);
    return found;
  }
}

/** What is applied in one version must be sayable in those of the other managers. Errors: ApiError. */
function checkConverted(type: ValueType, object: unknown): void {
  const [fault] = faultsOf(type, object);
  if (fault) throw new ApiError(500, "", `failed to convert new object: ${fault}`);
}

function filtered(changes: Comparison, ignored: FieldSet): Comparison {
  if (isEmptySet(ignored)) return changes;
  return {
    added: recursiveDifference(changes.added, ignored),
    modified: recursiveDifference(changes.modified, ignored),
    removed: recursiveDifference(changes.removed, ignored),
  };
}

/** The entries without what a write took from them. */
function loosened(
  entries: readonly ManagedFieldsEntry[],
  comparisons: Comparisons,
  writer: ManagedFieldsEntry | undefined,
): ManagedFieldsEntry[] {
  return entries.flatMap((entry) => {
    if (writer && isSameManager(entry, writer)) return [entry];
    const changes = comparisons.in(entry.apiVersion);
    if (!changes) return [];
    const lost = union(union(changes.modified, changes.added), changes.removed);
    const fieldsV1 = difference(entry.fieldsV1, lost);
    if (fieldsV1 === entry.fieldsV1) return [entry];
    return isEmptySet(fieldsV1) ? [] : [{ ...entry, fieldsV1 }];
  });
}

/** What an apply comes to. */
export interface Applied {
  object: KubeObject;
  entries: ManagedFieldsEntry[];
}

/**
 * An object with a configuration applied to it: what it names is set, what its manager applied before and names no
 * more goes. Errors: ApiError; Conflict when others own what it would change, unless forced.
 * Source: kubernetes/apimachinery pkg/util/managedfields/internal (lastappliedmanager.go, lastappliedupdater.go,
 * structuredmerge.go); sigs.k8s.io/structured-merge-diff merge/update.go.
 */
export function apply(
  versions: Versions,
  live: KubeObject | undefined,
  config: KubeObject,
  writer: Writer,
  force: boolean,
): Applied {
  const own: ManagedFieldsEntry = {
    manager: writer.manager,
    operation: "Apply",
    apiVersion: versions.apiVersion,
    time: writer.time,
    fieldsType: "FieldsV1",
    fieldsV1: EMPTY_SET,
    ...(writer.subresource ? { subresource: writer.subresource } : {}),
  };
  checkConfig(versions, config);
  const type = versions.typeOf(versions.apiVersion)!;
  const entries = trackedBefore(versions, live, writer.time);
  const set = recursiveDifference(fieldSetOf(type, config), versions.ignored);
  const last = entries.find((entry) => isSameManager(entry, own));
  const claimed = withFields(entries, own, set);
  const object = pruned(versions, merge(type, live ?? {}, config) as KubeObject, claimed, last);
  const comparisons = new Comparisons(versions, live, object, AS_MERGED);
  if (!force) {
    const conflicts = conflictsOf(claimed, comparisons, own);
    const disputed = writer.manager === "kubectl" && live
      ? undisputed(type, versions.apiVersion, live, conflicts)
      : conflicts;
    if (disputed.length > 0) throw conflictError(disputed);
  }
  const out = withFields(
    loosened(claimed, comparisons, own),
    own,
    difference(set, STRIPPED),
  );
  const isNoop = live !== undefined && unchanged(type, live, object);
  const times = isNoop && last ? out.map((entry) => withTime(entry, own, last.time)) : out;
  if (writer.manager === "kubectl") keepLastApplied(object, config);
  return { object, entries: sorted(times) };
}

function unchanged(type: ValueType, live: KubeObject, object: KubeObject): boolean {
  const { added, modified, removed } = compare(type, live, object);
  return [added, modified, removed].every(isEmptySet);
}

function withTime(
  entry: ManagedFieldsEntry,
  own: ManagedFieldsEntry,
  time: string | undefined,
): ManagedFieldsEntry {
  return isSameManager(entry, own) && time ? { ...entry, time } : entry;
}

/** That a configuration is of its kind's type, and owns nothing yet. Errors: ApiError. */
export function checkConfig(versions: Versions, config: KubeObject): void {
  const { apiVersion } = versions;
  if (config.metadata.managedFields !== undefined) {
    throw ApiError.badRequest("metadata.managedFields must be nil");
  }
  const faults = faultsOf(versions.typeOf(apiVersion)!, config);
  if (faults.length === 0) return;
  const { namespace = "", name } = config.metadata;
  const what = `${namespace}/${name}; ${groupVersionText(apiVersion)}, Kind=${config.kind}`;
  const texts = faults.map((fault) => fault.replace(/^: /, ""));
  const shown = texts.length === 1 ? texts[0] : `errors:\n  ${texts.join("\n  ")}`;
  throw new ApiError(500, "", `failed to create typed patch object (${what}): ${shown}`);
}

/** As Go prints a group and version: that of the core group begins with a slash. */
export function groupVersionText(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
}

/** Fields of an object that nobody was known to own belong to whoever wrote it before the first apply. */
function trackedBefore(
  versions: Versions,
  live: KubeObject | undefined,
  time: string,
): ManagedFieldsEntry[] {
  const known = live?.metadata.managedFields as ManagedFieldsEntry[] | undefined;
  if (!live || known?.length) return known ?? [];
  return afterUpdate(versions, undefined, live, undefined, {
    manager: "before-first-apply",
    time,
  }) ?? [];
}

/** Takes away what the manager applied last time and now does not, unless somebody else owns it. */
function pruned(
  versions: Versions,
  merged: KubeObject,
  claimed: readonly ManagedFieldsEntry[],
  last: ManagedFieldsEntry | undefined,
): KubeObject {
  const type = last && versions.typeOf(last.apiVersion);
  if (!last || !type || isEmptySet(last.fieldsV1)) return merged;
  const there = versions.convert(merged, last.apiVersion);
  const ensure = (set: FieldSet) => withNamedFields(type, set);
  const applied = ensure(last.fieldsV1);
  let rest: unknown = removeItems(type, there, applied) ?? {};
  const whole = ensure(fieldSetOf(type, there));
  const owned = claimed.filter(({ apiVersion }) => versions.typeOf(apiVersion))
    .reduce((set, { fieldsV1 }) => union(set, fieldsV1), EMPTY_SET);
  rest = removeItems(
    type,
    there,
    difference(whole, union(ensure(fieldSetOf(type, rest)), ensure(owned))),
  ) ?? {};
  const gone = difference(whole, ensure(fieldSetOf(type, rest)));
  const out = removeItems(type, there, intersection(gone, applied)) as KubeObject;
  return last.apiVersion === versions.apiVersion
    ? out
    : { ...out, apiVersion: versions.apiVersion };
}

interface Conflict {
  entry: ManagedFieldsEntry;
  path: readonly string[];
}

function conflictsOf(
  entries: readonly ManagedFieldsEntry[],
  comparisons: Comparisons,
  own: ManagedFieldsEntry,
): Conflict[] {
  return entries.flatMap((entry) => {
    const changes = isSameManager(entry, own) ? undefined : comparisons.in(entry.apiVersion);
    if (!changes) return [];
    const set = intersection(entry.fieldsV1, union(changes.modified, changes.added));
    return [...paths(set)].map((path) => ({ entry, path }));
  }).sort((a, b) => (nameOf(a.entry) < nameOf(b.entry) ? -1 : 1));
}

/** The conflicts without those over what client-side apply set: its configuration is being taken over. */
function undisputed(
  type: ValueType,
  apiVersion: string,
  live: KubeObject,
  conflicts: Conflict[],
): Conflict[] {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text || conflicts.length === 0) return conflicts;
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    return conflicts;
  }
  if (!isMap(config) || config.apiVersion !== apiVersion) return conflicts;
  const { added, modified, removed } = compare(type, config, live);
  const allowed = [modified, added, removed].reduce(difference, fieldSetOf(type, config));
  return conflicts.filter(({ path }) => !hasPath(allowed, path));
}

/** Source: kubernetes/apimachinery pkg/util/managedfields/internal/conflict.go. */
function conflictError(conflicts: Conflict[]): ApiError {
  const causes = conflicts.map(({ entry, path }): StatusCause => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${nameOf(entry)}`,
    field: pathText(path),
  }));
  if (conflicts.length === 1) {
    const [{ message, field }] = causes;
    return applyConflict(`Apply failed with 1 conflict: ${message}: ${field}`, causes);
  }
  const byManager = Map.groupBy(conflicts, ({ entry }) => nameOf(entry));
  const lines = [...byManager].flatMap(([name, own]) => [
    `conflicts with ${name}:`,
    ...own.map(({ path }) => `- ${pathText(path)}`),
  ]);
  return applyConflict(
    `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`,
    causes,
  );
}

function applyConflict(message: string, causes: StatusCause[]): ApiError {
  return new ApiError(409, "Conflict", message, { causes });
}

function nameOf({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  const name = quote(manager ?? "") +
    (subresource ? ` with subresource ${quote(subresource)}` : "");
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}

/** Client-side apply goes on from what was applied here last. */
function keepLastApplied(object: KubeObject, config: KubeObject): void {
  const { annotations } = object.metadata;
  if (!annotations?.[LAST_APPLIED]) return;
  const { [LAST_APPLIED]: _, ...others } = config.metadata.annotations ?? {};
  const metadata = {
    ...config.metadata,
    ...(config.metadata.annotations ? { annotations: others } : {}),
  };
  object.metadata = {
    ...object.metadata,
    annotations: { ...annotations, [LAST_APPLIED]: sortedJson({ ...config, metadata }) + "\n" },
  };
}
