import { apiVersionOf, type KubeObject, sameJson } from "../../kube/mod.ts";
import { isTooLarge } from "./capacity.ts";
import { fromStorage, toStorage } from "./conversion.ts";
import {
  afterUpdate,
  type Applied,
  apply,
  checkConfig,
  type Versions,
} from "./fields/field_manager.ts";
import { EMPTY_SET, setOfPath, union } from "./fields/field_set.ts";
import type { ManagedFieldsEntry } from "./fields/managers.ts";
import { valueTypeOf } from "./fields/value_type.ts";
import type { ApplyOptions, WriteOptions } from "./write_options.ts";
import type { ResourceRegistry, ResourceType } from "./resources.ts";

const STATUS = setOfPath(["f:status"]);
/** What a write of status does not touch. */
const NOT_STATUS = union(setOfPath(["f:metadata"]), setOfPath(["f:spec"]));
/** What speaks for the server itself. */
const SERVER = "kube-apiserver";

/** Keeps who owns which fields of stored objects, in `metadata.managedFields`. */
export class Ownership {
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly timestamp: () => string,
  ) {}

  /**
   * Says it of an object about to be written; not of one too large to be stored, which is refused once it has been
   * validated.
   * @param next in its storage version; is changed in place.
   * @param given the managedFields that came with the request.
   */
  track(
    type: ResourceType,
    next: KubeObject,
    previous: KubeObject | undefined,
    given: unknown,
    options: WriteOptions,
  ): void {
    const { metadata } = next;
    delete metadata.managedFields;
    const { subresource } = options;
    if (!options.entries && !options.dryRun && isTooLarge(next)) return;
    // Upstream does not follow who scales a custom resource either.
    if (subresource === "binding" || (subresource === "scale" && type.definition)) {
      if (previous?.metadata.managedFields) {
        metadata.managedFields = previous.metadata.managedFields;
      }
      return;
    }
    const entries = options.entries ?? afterUpdate(
      this.#versions(type, subresource),
      previous && fromStorage(type, previous),
      fromStorage(type, next),
      given,
      {
        manager: options.manager ?? "unknown",
        time: this.timestamp(),
        ...(subresource ? { subresource } : {}),
      },
    );
    if (!entries?.length) return;
    const old = previous?.metadata.managedFields as ManagedFieldsEntry[] | undefined;
    metadata.managedFields = old && sameJson(entries, old) ? old : entries;
  }

  /** The same of an object that the server makes by itself. Its status, as upstream's, is nobody's. */
  trackOwn(type: ResourceType | undefined, object: KubeObject): void {
    if (type) this.track(type, object, undefined, undefined, { manager: SERVER });
  }

  /** The same of a status that the server gives an object when it is made; `before` is what it was then. */
  trackStatus(type: ResourceType, object: KubeObject, before: unknown): void {
    const previous = { ...object, metadata: { ...object.metadata }, status: before };
    this.track(type, object, previous, undefined, { manager: SERVER, subresource: "status" });
  }

  /** What applying a configuration comes to. Errors: ApiError. */
  apply(
    type: ResourceType,
    live: KubeObject | undefined,
    config: KubeObject,
    { manager, subresource, force = false }: ApplyOptions,
  ): Applied {
    const writer = { manager, time: this.timestamp(), ...(subresource ? { subresource } : {}) };
    const versions = this.#versions(type, subresource);
    if (!live && isTooLarge(config)) {
      checkConfig(versions, config);
      return { object: config, entries: [] };
    }
    return apply(versions, live, config, writer, force);
  }

  #versions(type: ResourceType, subresource: WriteOptions["subresource"]): Versions {
    const inVersion = (apiVersion: string) =>
      apiVersion === apiVersionOf(type) ? type : this.registry.byKind(apiVersion, type.kind);
    return {
      apiVersion: apiVersionOf(type),
      typeOf: (apiVersion) => {
        const found = inVersion(apiVersion);
        return found && valueTypeOf(found);
      },
      convert: (object, apiVersion) =>
        fromStorage(inVersion(apiVersion) ?? type, toStorage(type, object)),
      ignored: subresource === "status"
        ? NOT_STATUS
        : type.subresources.has("status")
        ? STATUS
        : EMPTY_SET,
    };
  }
}
