import { isMap } from "../../../go/mod.ts";
import { sameJson } from "../../../kube/mod.ts";
import { EMPTY_SET, type FieldSet, isEmptySet, readSet, union } from "./field_set.ts";

/** An entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time?: string;
  fieldsType: "FieldsV1";
  fieldsV1: FieldSet;
  subresource?: string;
}

/** More entries of updaters than these are joined, the oldest first. */
const MAX_UPDATERS = 10;
const OLD_UPDATES = "ancient-changes";

/** Whether two entries are of one manager: an applier is the same in every version. */
export function isSameManager(a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean {
  return a.manager === b.manager && a.operation === b.operation &&
    (a.subresource ?? "") === (b.subresource ?? "") &&
    (a.operation === "Apply" || a.apiVersion === b.apiVersion);
}

/**
 * Reads entries that came from outside; undefined for what is none.
 * Source: kubernetes/apimachinery pkg/util/managedfields/internal/managedfields.go (DecodeManagedFields).
 */
export function readEntries(given: unknown): ManagedFieldsEntry[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const out: ManagedFieldsEntry[] = [];
  for (const entry of given) {
    if (!isEntry(entry)) return undefined;
    try {
      out.push({ ...entry, fieldsV1: readSet(entry.fieldsV1 ?? {}) });
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
  return out;
}

function isEntry(given: unknown): given is ManagedFieldsEntry {
  if (!isMap(given)) return false;
  const { operation, apiVersion, fieldsType } = given;
  return (operation === "Apply" || operation === "Update") && Boolean(apiVersion) &&
    fieldsType === "FieldsV1";
}

/** Whether a write asks for its object's managers to be forgotten: an empty list, or one with an empty entry. */
export function isReset(given: unknown): boolean {
  if (!Array.isArray(given)) return false;
  return given.length === 0 || (given.length === 1 && sameJson(given[0], {}));
}

/** The entries in the order in which they are shown: appliers first, then by time and name. */
export function sorted(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const rank = (a: string | undefined, b: string | undefined) =>
    (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
  return [...entries].sort((a, b) =>
    rank(a.operation, b.operation) || rank(a.time, b.time) || rank(a.manager, b.manager) ||
    rank(a.apiVersion, b.apiVersion) || rank(a.subresource, b.subresource)
  );
}

/** Source: kubernetes/apimachinery pkg/util/managedfields/internal/capmanagers.go. */
export function capped(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const updaters = sorted(entries.filter(({ operation }) => operation === "Update"));
  let surplus = updaters.length - MAX_UPDATERS;
  if (surplus <= 0) return entries;
  const gone = new Set<ManagedFieldsEntry>();
  const first = new Map<string, ManagedFieldsEntry>();
  const buckets = new Map<string, ManagedFieldsEntry>();
  for (const entry of updaters) {
    if (surplus <= 0) break;
    const { apiVersion } = entry;
    const begun = buckets.get(apiVersion) ?? first.get(apiVersion);
    gone.add(entry);
    if (!begun) {
      first.set(apiVersion, entry);
      continue;
    }
    buckets.set(apiVersion, {
      manager: OLD_UPDATES,
      operation: "Update",
      apiVersion,
      ...(entry.time ? { time: entry.time } : {}),
      fieldsType: "FieldsV1",
      fieldsV1: union(entry.fieldsV1, begun.fieldsV1),
    });
    surplus--;
  }
  for (const [apiVersion, entry] of first) if (!buckets.has(apiVersion)) gone.delete(entry);
  return [...entries.filter((entry) => !gone.has(entry)), ...buckets.values()];
}

/** The entries with one manager's fields set anew; without it where nothing is left to it. */
export function withFields(
  entries: readonly ManagedFieldsEntry[],
  of: ManagedFieldsEntry,
  fields: FieldSet | undefined,
): ManagedFieldsEntry[] {
  const others = entries.filter((entry) => !isSameManager(entry, of));
  const set = fields ?? EMPTY_SET;
  return isEmptySet(set) ? others : [...others, { ...of, fieldsV1: set }];
}

/** Whether two lists of entries differ in nothing but times. */
export function equalButForTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return false;
  const plain = ({ time: _, ...rest }: ManagedFieldsEntry) => rest;
  return (a ?? []).every((entry, i) => sameJson(plain(entry), plain(b![i])));
}
