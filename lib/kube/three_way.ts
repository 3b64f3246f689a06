import { sameJson } from "./equality.ts";
import { createMergePatch, isMap, type PatchType } from "./patches.ts";
import { groupOf } from "./types.ts";

/** What `apply` sends: the patch and how it is to be read. */
export interface ApplyPatch {
  patch: Record<string, unknown>;
  type: PatchType;
}

type Json = Record<string, unknown>;

/**
 * The patch that makes `current` what `modified` says, and deletes what `original` said and `modified`
 * does not; fields nobody applied stay. Empty when there is nothing to do.
 * Source: kubernetes/apimachinery pkg/util/strategicpatch/patch.go (CreateThreeWayMergePatch) for
 * built-in kinds, pkg/util/jsonmergepatch/patch.go for the others.
 */
export function threeWayPatch(
  original: Json | undefined,
  modified: Json,
  current: Json,
): ApplyPatch {
  const { apiVersion, kind } = modified as { apiVersion: string; kind: string };
  if (!isBuiltIn(groupOf(apiVersion))) {
    return { patch: mergeThree(original ?? {}, modified, current), type: "merge" };
  }
  const schema = { kind, path: [] };
  const additions = diff(current, modified, schema, { deletions: false });
  const deletions = diff(original ?? {}, modified, schema, { deletions: true });
  return { patch: combine(additions, deletions, schema), type: "strategic" };
}

const BUILT_IN_GROUPS = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
]);

/** Whether kinds of the group are compiled into kubectl, and so patched strategically. */
export function isBuiltIn(group: string): boolean {
  return BUILT_IN_GROUPS.has(group);
}

interface Schema {
  kind: string;
  path: readonly string[];
}

function into(schema: Schema, field: string): Schema {
  return { kind: schema.kind, path: [...schema.path, field] };
}

const POD_KEYS: Record<string, string> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  env: "name",
  volumes: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  imagePullSecrets: "name",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
  resourceClaims: "name",
  schedulingGates: "name",
};

/**
 * The key by which items of a list are merged; "" for a merged list of plain values; undefined for a
 * list that is replaced whole. Source: patchStrategy and patchMergeKey tags of kubernetes/api.
 */
function mergeKey({ kind, path }: Schema): string | undefined {
  const field = path.at(-1)!;
  const parent = path.at(-2);
  if (parent === "metadata" && field === "ownerReferences") return "uid";
  if (parent === "metadata" && field === "finalizers") return "";
  if (field === "conditions" && path[0] === "status") return "type";
  if (kind === "Service" && path.join(".") === "spec.ports") return "port";
  if (field === "ports" && ["containers", "initContainers"].includes(parent!)) {
    return "containerPort";
  }
  if (kind === "ServiceAccount" && field === "secrets") return "name";
  if (kind === "ServiceAccount" && field === "imagePullSecrets") return "name";
  if (field === "webhooks" && kind.endsWith("WebhookConfiguration")) return "name";
  if (kind === "Node" && field === "podCIDRs") return "";
  const inPod = kind === "Pod" ? path[0] === "spec" : path.includes("template");
  return inPod && Object.hasOwn(POD_KEYS, field) ? POD_KEYS[field] : undefined;
}

/** Unions of which only one member may stay: the members a patch names are the ones kept. */
function retainsKeys({ kind, path }: Schema): boolean {
  const last = path.at(-1);
  return (kind === "Deployment" && path.join(".") === "spec.strategy") ||
    (last === "volumes" && path.at(-2) === "spec");
}

/** Maps that are sent whole, also when they did not change (`patchStrategy: replace`). */
function isReplaced({ kind, path }: Schema): boolean {
  return kind === "PodDisruptionBudget" && path.join(".") === "spec.selector";
}

/** Names the members that stay, when others have to go or anything changes. */
function retainKeys(patch: Json, from: Json, to: Json): void {
  const others = Object.keys(from).some((key) => from[key] !== null && !Object.hasOwn(to, key));
  if (!others && Object.keys(patch).length === 0) return;
  patch.$retainKeys = Object.keys(to).filter((key) => to[key] !== null).sort();
}

interface DiffMode {
  /** Find only what `to` lacks; otherwise only what it adds or changes. */
  deletions: boolean;
}

function diff(from: Json, to: Json, schema: Schema, mode: DiffMode): Json {
  const patch: Json = {};
  for (const [field, value] of Object.entries(to)) {
    const before = from[field];
    if (!Object.hasOwn(from, field)) {
      if (!mode.deletions) patch[field] = withoutNulls(value);
      continue;
    }
    const inner = into(schema, field);
    if (isReplaced(inner)) {
      if (!mode.deletions) patch[field] = value;
      continue;
    }
    if (isMap(before) && isMap(value)) {
      const nested = diff(before, value, inner, mode);
      if (retainsKeys(inner)) retainKeys(nested, before, value);
      if (Object.keys(nested).length > 0) patch[field] = nested;
    } else if (sameJson(before, value)) continue;
    else if (Array.isArray(before) && Array.isArray(value)) {
      Object.assign(patch, diffLists(field, before, value, inner, mode));
    } else if (!mode.deletions) patch[field] = value;
  }
  if (mode.deletions) {
    for (const field of Object.keys(from)) {
      if (!Object.hasOwn(to, field)) patch[field] = null;
    }
  }
  return patch;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

function diffLists(
  field: string,
  from: unknown[],
  to: unknown[],
  schema: Schema,
  mode: DiffMode,
): Json {
  const key = mergeKey(schema);
  if (key === undefined) return mode.deletions ? {} : { [field]: to };
  const patch = key === ""
    ? diffPlainLists(field, from, to, mode)
    : diffKeyedLists(field, from as Json[], to as Json[], schema, mode);
  if (mode.deletions) return patch;
  const keyOf = (item: any) => key === "" ? item : item?.[key];
  const sameOrder = from.length === to.length &&
    to.every((item, index) => keyOf(item) === keyOf(from[index]));
  if (!Object.hasOwn(patch, field) && sameOrder) return patch;
  const order = key === "" ? to : to.map((item) => ({ [key]: keyOf(item) }));
  return { [`$setElementOrder/${field}`]: order, ...patch };
}

function diffPlainLists(field: string, from: unknown[], to: unknown[], mode: DiffMode): Json {
  if (mode.deletions) {
    const kept = new Set(to);
    const missing = from.filter((item) => !kept.has(item));
    return missing.length > 0 ? { [`$deleteFromPrimitiveList/${field}`]: missing } : {};
  }
  const known = new Set(from);
  const added = to.filter((item) => !known.has(item));
  return added.length > 0 ? { [field]: added } : {};
}

function diffKeyedLists(
  field: string,
  from: Json[],
  to: Json[],
  schema: Schema,
  mode: DiffMode,
): Json {
  const key = mergeKey(schema)!;
  const items: Json[] = [];
  const known = firstByKey(from, key);
  for (const item of to) {
    // What is no map has no key: the server says what is wrong with it.
    const before = isMap(item) ? known.get(item[key]) : undefined;
    if (!before) {
      if (!mode.deletions) items.push(withoutNulls(item) as Json);
      continue;
    }
    const nested = diff(before, item, schema, mode);
    if (retainsKeys(schema)) retainKeys(nested, before, item);
    if (Object.keys(nested).length === 0) continue;
    items.push({ ...nested, [key]: item[key] });
  }
  if (mode.deletions) {
    const kept = firstByKey(to, key);
    for (const item of from) {
      if (isMap(item) && !kept.has(item[key])) {
        items.push({ $patch: "delete", [key]: item[key] });
      }
    }
  }
  return items.length > 0 ? { [field]: items } : {};
}

/** The first of the maps in a list with each value of a key. */
function firstByKey(items: unknown[], key: string): Map<unknown, Json> {
  const found = new Map<unknown, Json>();
  for (const item of items) {
    if (isMap(item) && !found.has(item[key])) found.set(item[key], item as Json);
  }
  return found;
}

/** Lays the deletions over the additions. */
function combine(additions: Json, deletions: Json, schema: Schema): Json {
  const patch: Json = { ...additions };
  for (const [field, value] of Object.entries(deletions)) {
    const present = patch[field];
    if (isMap(present) && isMap(value)) {
      patch[field] = combine(present, value, into(schema, field));
    } else if (Array.isArray(present) && Array.isArray(value) && field[0] !== "$") {
      patch[field] = combineItems(present as Json[], value as Json[], into(schema, field));
    } else if (!Object.hasOwn(patch, field)) patch[field] = value;
  }
  return patch;
}

function combineItems(additions: Json[], deletions: Json[], schema: Schema): Json[] {
  const key = mergeKey(schema);
  if (!key) return additions;
  const items = [...additions];
  const places = new Map<unknown, number>();
  for (const [i, item] of items.entries()) {
    if (isMap(item) && !places.has(item[key])) places.set(item[key], i);
  }
  for (const deletion of deletions) {
    const index = places.get(deletion[key]);
    if (index === undefined) items.push(deletion);
    else items[index] = combine(items[index], deletion, schema);
  }
  return items;
}

function mergeThree(original: Json, modified: Json, current: Json): Json {
  const additions = keepNulls(createMergePatch(current, modified), false);
  const deletions = keepNulls(createMergePatch(original, modified), true);
  return overlay(additions, deletions);
}

/** Of a merge patch, only its deletions, or everything but them. */
function keepNulls(patch: Json, nulls: boolean): Json {
  const kept: Json = {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) {
      if (nulls) kept[field] = null;
    } else if (isMap(value)) {
      const nested = keepNulls(value, nulls);
      if (Object.keys(nested).length > 0 || (!nulls && Object.keys(value).length === 0)) {
        kept[field] = nested;
      }
    } else if (!nulls) kept[field] = value;
  }
  return kept;
}

function overlay(additions: Json, deletions: Json): Json {
  const patch: Json = { ...additions };
  for (const [field, value] of Object.entries(deletions)) {
    const present = patch[field];
    patch[field] = isMap(present) && isMap(value) ? overlay(present, value) : value;
  }
  return patch;
}
