import type { ManagedFieldsEntry } from "./fields/managers.ts";

/** How a write is meant. */
export interface WriteOptions {
  dryRun?: boolean;
  /**
   * "status" writes status alone, undefined and "scale" everything but status; "binding" writes both, and nobody
   * owns what it writes. The others write what their names say of a pod.
   */
  subresource?: "status" | "scale" | "binding" | "ephemeralcontainers" | "resize" | "finalize";
  user?: string;
  /** Who is to own the fields that change; from `fieldManager` or the User-Agent. */
  manager?: string;
  /** Whether the object came over the wire, and may say what upstream's structs would not write again. */
  decoded?: boolean;
  /** Takes what is said of the write beside its answer. */
  warnings?: string[];
  /** Who owns what, where an apply has found it out. */
  entries?: ManagedFieldsEntry[];
}

/** How a configuration is applied. */
export interface ApplyOptions extends WriteOptions {
  manager: string;
  /** Take over what others own. */
  force?: boolean;
}

/** How a deletion is meant; Source: kubernetes/apimachinery pkg/apis/meta/v1/types.go (DeleteOptions). */
export interface DeleteOptions {
  dryRun?: boolean;
  user?: string;
  /** Takes what is said of the deletion beside its answer. */
  warnings?: string[];
  gracePeriodSeconds?: number;
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
}
