import { numError } from "../../go/mod.ts";
import { ApiError, groupKind, type KubeObject } from "../../kube/mod.ts";
import type { ResourceType } from "./resources.ts";
import type { DeleteOptions } from "./write_options.ts";

/*
 * What a write or a deletion may demand of the object that it finds.
 * Source: kubernetes/apiserver pkg/registry/generic/registry/store.go, pkg/storage/interfaces.go (Preconditions).
 */

/** Errors: ApiError; Conflict where a write is of another version, or of another object. */
export function checkVersion(
  type: ResourceType,
  metadata: KubeObject["metadata"],
  previous: KubeObject,
): void {
  const version = metadata.resourceVersion;
  if (version && !/^\d+$/.test(version)) {
    throw new ApiError(500, "", numError("ParseUint", version));
  }
  if (
    metadata.resourceVersion && metadata.resourceVersion !== previous.metadata.resourceVersion
  ) {
    throw ApiError.conflict(
      type.resource,
      metadata.name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  if (metadata.uid && metadata.uid !== previous.metadata.uid) {
    const key = ["/registry", type.plural, previous.metadata.namespace, metadata.name]
      .filter(Boolean).join("/");
    throw ApiError.conflict(
      type.resource,
      metadata.name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${previous.metadata.uid}`,
    );
  }
}

/** Errors: ApiError (Conflict) where what is deleted is not what was meant. */
export function checkPreconditions(
  type: ResourceType,
  object: KubeObject,
  { uid, resourceVersion }: NonNullable<DeleteOptions["preconditions"]>,
): void {
  const { metadata } = object;
  const differs = (what: string, asked: string, found: string | undefined, how: string) =>
    ApiError.conflict(
      groupKind(type),
      metadata.name,
      `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${how}`,
    );
  if (uid && uid !== metadata.uid) {
    throw differs("UID", uid, metadata.uid, "deleted and then recreated");
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw differs("ResourceVersion", resourceVersion, metadata.resourceVersion, "modified");
  }
}
