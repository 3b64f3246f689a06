import { rfc3339 } from "../../go/mod.ts";
import type { Clock, ClockScope, SeededRandom } from "../../base/mod.ts";
import {
  type AccessAttributes,
  ApiError,
  apiVersionOf,
  FOREGROUND,
  groupKind,
  isConditionTrue,
  type KubeObject,
  ORPHAN,
} from "../../kube/mod.ts";
import type { Network, StateFile } from "../seams.ts";
import { admit, checkAdmission } from "./admission.ts";
import { AdmissionPolicies } from "./admission_policies.ts";
import type { ReviewedWrite } from "./admission_review.ts";
import { checkPodSecurity } from "./pod_security.ts";
import { checkCapacity } from "./capacity.ts";
import { fromStorage, toStorage } from "./conversion.ts";
import {
  establishedStatus,
  isEstablished,
  markTerminating,
  prune,
  schemaCauses,
  schemaDefaults,
  statusCauses,
  typesOf,
} from "./custom_resources.ts";
import { applyDefaults } from "./defaults.ts";
import { kindOf } from "./kinds/mod.ts";
import { checkFields } from "./field_validation.ts";
import { LeaseHolders } from "./leases.ts";
import { groupVersionText } from "./fields/field_manager.ts";
import {
  alwaysHas,
  completeGoForm,
  dropNulls,
  dropUnsaid,
  toGoForm,
  unsetOf,
} from "./fields/go_form.ts";
import { localApiService } from "./local_api_service.ts";
import { isDone, isUnchanged, sameBut, specChanged } from "./object_changes.ts";
import { creationWarnings, updateWarnings } from "./object_warnings.ts";
import { ObjectStore } from "./object_store.ts";
import { Ownership } from "./ownership.ts";
import { checkPreconditions, checkVersion } from "./preconditions.ts";
import { forbidden } from "./rbac/attributes.ts";
import { RbacAuthorizer } from "./rbac/authorizer.ts";
import { ADMIN, type UserInfo, userNamed } from "./rbac/identity.ts";
import { answerReview } from "./rbac/reviews.ts";
import { ServiceAccountTokens } from "./rbac/tokens.ts";
import { isReview, ResourceRegistry, type ResourceType } from "./resources.ts";
import { statusFaults, validate } from "./validate.ts";
import { checkFinalizers, podPartCauses } from "./validation/mod.ts";
import { addWarnings } from "./warnings.ts";
import { AdmissionWebhooks } from "./webhooks.ts";
import type { ApplyOptions, DeleteOptions, WriteOptions } from "./write_options.ts";

const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
const API_SERVICES = "apiservices.apiregistration.k8s.io";
/** How often a name is generated before it is given up. */
const MAX_NAME_TRIES = 8;
/** Source: golang/go src/time/time.go (Time.MarshalJSON). */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);
/**
 * The resources behind the API: what create, update and delete do to stored objects, whoever asks and
 * in whatever protocol. Upstream this is the generic registry's Store (pkg/registry/generic/registry/store.go), and the
 * strategy of each kind.
 */
export class ResourceServer {
  readonly registry = new ResourceRegistry();
  readonly store: ObjectStore;
  readonly leaseHolders = new LeaseHolders();
  readonly authorizer: RbacAuthorizer;
  /** Of service accounts. */
  readonly tokens: ServiceAccountTokens;
  /** The way to admission webhooks, nodes, pods and Services; without it none is reached. */
  readonly network: Network | undefined;
  /** Where requests are answered: what goes wrong in one is that one's. */
  readonly scope: ClockScope;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #webhooks: AdmissionWebhooks | undefined;
  readonly #policies: AdmissionPolicies;
  readonly #ownership: Ownership;

  constructor(options: {
    clock: Clock;
    random: SeededRandom;
    state: StateFile;
    network?: Network;
  }) {
    this.#clock = options.clock;
    this.scope = options.clock.scope("api server");
    this.#random = options.random;
    this.network = options.network;
    this.store = new ObjectStore(
      options.state,
      (object, text) => this.#revive(object, text),
      (about, work) => this.scope.run(work, () => {}, about),
    );
    this.#ownership = new Ownership(this.registry, () => this.timestamp());
    this.authorizer = new RbacAuthorizer(this.store);
    this.tokens = new ServiceAccountTokens({ ...options, store: this.store });
    this.#policies = new AdmissionPolicies(this);
    if (options.network) this.#webhooks = new AdmissionWebhooks(this, options.network);
    for (const definition of this.store.list(DEFINITIONS)) {
      this.scope.run(() => this.#serve(definition), () => {}, definition.metadata.name);
    }
    for (const type of this.registry.all()) this.#announce(type);
  }

  /** Reads a stored object as one from outside: an earlier version may have kept what was wrong with it. */
  #revive(object: KubeObject, text: string): void {
    const type = this.registry.byKind(object.apiVersion, object.kind);
    if (!type) return;
    try {
      if (text.includes("null")) checkFields(type, object, "Ignore");
    } catch (error) {
      // What is of a wrong type is not mended.
      if (!(error instanceof ApiError)) throw error;
    }
    completeGoForm(object);
  }

  /** Errors: ApiError (Forbidden) when `user` may not. */
  demand(user: UserInfo, wanted: AccessAttributes): void {
    const { allowed, reason } = this.authorizer.decide(user, wanted);
    if (!allowed) throw forbidden(user, wanted, reason);
  }

  /** Answers a question about access that `user` asks. Errors: ApiError. The question is taken over and changed. */
  review(
    type: ResourceType,
    user: UserInfo,
    question: KubeObject,
    options: WriteOptions = {},
  ): KubeObject {
    this.#ownership.track(type, question, undefined, question.metadata.managedFields, options);
    const { authorizer, tokens } = this;
    const timestamp = () => this.timestamp();
    return answerReview({ authorizer, tokens, timestamp }, user, question);
  }

  /** Virtual time, or a time to come, as Kubernetes writes it: of the year 9999 at most. */
  timestamp(aheadMs = 0): string {
    const ms = Math.min(this.#clock.now() + aheadMs, LAST_MS);
    return rfc3339(ms);
  }

  /** Errors: ApiError (NotFound). */
  get(type: ResourceType, namespace: string, name: string): KubeObject {
    const object = this.store.get(type.resource, type.namespaced ? namespace : "", name);
    if (!object) throw ApiError.notFound(type.resource, name);
    return fromStorage(type, object);
  }

  /** Errors: ApiError. The object is taken over and changed. */
  create(type: ResourceType, given: KubeObject, options: WriteOptions = {}): KubeObject {
    const object = toStorage(type, given);
    const { metadata } = object;
    this.#refuseTerminating(type);
    if (isReview(type)) {
      return this.review(type, userNamed(options.user ?? ADMIN.name), object, options);
    }
    const namespace = type.namespaced ? metadata.namespace ?? "" : "";
    const isGenerated = !metadata.name && Boolean(metadata.generateName);
    if (isGenerated) this.#generateName(type, object);
    if (!metadata.name) {
      throw ApiError.invalid(groupKind(type), "", [{
        reason: "FieldValueRequired",
        message: "Required value: name or generateName is required",
        field: "metadata.name",
      }]);
    }
    if (!type.namespaced) delete metadata.namespace;
    delete metadata.resourceVersion;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    this.#default(type, object, options);
    this.#ownership.track(type, object, undefined, metadata.managedFields, options);
    metadata.uid = this.#random.uuid();
    metadata.creationTimestamp = this.timestamp();
    const kind = kindOf(type.resource);
    if (kind.countsChanges !== false) metadata.generation = 1;
    kind.prepareForCreate?.(object);
    if (this.#hasStatus(type) && type.resource !== API_SERVICES) {
      object.status = type.definition ? undefined : unsetOf(object, "status");
      if (object.status === undefined) delete object.status;
    }
    admit(this.store, type, object);
    this.#mutate(type, object, { operation: "CREATE", ...options }, options);
    this.#check(type, object, undefined, options);
    if (options.warnings) addWarnings(options.warnings, creationWarnings(type.resource, object));
    this.#trim(type, object, options);
    this.#review(type, { operation: "CREATE", object, ...options });
    checkAdmission(this.store, type, { object, nowMs: this.#clock.now(), dryRun: options.dryRun });
    // Whether it is there is known last, by the storage.
    if (this.store.get(type.resource, namespace, metadata.name)) {
      throw isGenerated
        ? generateNameConflict(type, metadata.name)
        : ApiError.alreadyExists(type.resource, metadata.name);
    }
    checkCapacity(this.store, type, object);
    if (options.dryRun) return fromStorage(type, object);
    const stored = this.store.put(type.resource, object);
    if (type.resource === DEFINITIONS) this.#serve(stored);
    return fromStorage(type, stored);
  }

  /** Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (ServeHTTP). */
  #refuseTerminating(type: ResourceType): void {
    const definition = type.definition ? this.store.get(DEFINITIONS, "", type.resource) : undefined;
    if (!isConditionTrue(definition, "Terminating")) return;
    const message = "create not allowed while custom resource definition is terminating";
    throw new ApiError(405, "MethodNotAllowed", message, {
      group: type.group,
      kind: type.plural,
    });
  }

  /**
   * Makes a name out of `generateName`; a few times over, when what comes of it is taken.
   * Source: kubernetes/apiserver pkg/registry/generic/registry/store.go, pkg/storage/names/generate.go.
   */
  #generateName(type: ResourceType, { metadata }: KubeObject): void {
    const namespace = type.namespaced ? metadata.namespace ?? "" : "";
    for (let i = 0; i < MAX_NAME_TRIES; i++) {
      metadata.name = metadata.generateName!.slice(0, 58) + this.#random.suffix();
      if (!this.store.get(type.resource, namespace, metadata.name)) return;
    }
  }

  /**
   * Errors: ApiError; Conflict when `metadata.resourceVersion` is set and old. The object is taken over
   * and changed.
   */
  update(type: ResourceType, given: KubeObject, options: WriteOptions = {}): KubeObject {
    const object = toStorage(type, given);
    const { metadata } = object;
    const namespace = type.namespaced ? metadata.namespace ?? "" : "";
    const previous = this.store.get(type.resource, namespace, metadata.name);
    if (!previous) throw ApiError.notFound(type.resource, metadata.name);
    checkVersion(type, metadata, previous);
    checkDeletion(type, metadata, previous.metadata);
    const said = metadata.managedFields;
    const next = options.subresource === "status"
      ? { ...previous, metadata: { ...previous.metadata }, status: object.status }
      : this.#withKeptParts(type, object, previous);
    if (options.subresource === "binding") next.status = object.status;
    if (options.subresource !== "status") this.#default(type, next, options);
    else if (type.definition) this.#checkStatus(type, next, previous);
    this.#ownership.track(type, next, previous, said, options);
    if (options.subresource !== "status") {
      kindOf(type.resource).prepareForUpdate?.(next, previous, options);
      this.#mutate(type, next, { operation: "UPDATE", previous, ...reviewed(options) }, options);
      this.#check(type, next, previous, options);
      this.#trim(type, next, options);
      // Upstream binds a pod past its strategy (pkg/registry/core/pod/storage/storage.go, setPodNodeAndMetadata).
      const counts = options.subresource !== "binding" && next.metadata.generation !== undefined;
      if (counts && specChanged(next, previous)) {
        next.metadata.generation = (previous.metadata.generation ?? 0) + 1;
      }
      if (options.warnings) {
        addWarnings(options.warnings, updateWarnings(type.resource, next, previous));
      }
      this.#review(type, { operation: "UPDATE", object: next, previous, ...reviewed(options) });
      const { dryRun } = options;
      checkAdmission(this.store, type, {
        object: next,
        previous,
        nowMs: this.#clock.now(),
        dryRun,
      });
    } else {
      if (options.decoded && !type.definition) {
        const causes = statusFaults(type.resource, next, previous);
        if (causes.length > 0) throw ApiError.invalid(groupKind(type), metadata.name, causes);
      }
      this.#trim(type, next, options);
      this.#review(type, { operation: "UPDATE", object: next, previous, ...reviewed(options) });
    }
    if (options.dryRun) {
      next.metadata.resourceVersion = previous.metadata.resourceVersion;
      return fromStorage(type, next);
    }
    if (isDone(next)) {
      // The client is told what it wrote. Source: kubernetes/apiserver pkg/registry/generic/registry/store.go.
      next.metadata.resourceVersion = previous.metadata.resourceVersion;
      this.#finish(type, next);
      return fromStorage(type, next);
    }
    if (isUnchanged(next, previous)) return fromStorage(type, previous);
    checkCapacity(this.store, type, next, previous);
    const stored = this.store.put(type.resource, next);
    if (type.resource === DEFINITIONS && options.subresource !== "status") this.#serve(stored);
    return fromStorage(type, stored);
  }

  /**
   * Applies a configuration: what it names is set, what its manager applied before and names no more goes.
   * Gives the object, and whether it is new. Errors: ApiError; Conflict over fields of other managers.
   */
  apply(
    type: ResourceType,
    namespace: string,
    name: string,
    config: KubeObject,
    options: ApplyOptions,
  ): { object: KubeObject; created: boolean } {
    const stored = this.store.get(type.resource, type.namespaced ? namespace : "", name);
    if (!stored && options.subresource) throw ApiError.notFound(type.resource, name);
    const live = stored && fromStorage(type, stored);
    const { object, entries } = this.#ownership.apply(type, live, config, options);
    const merged = structuredClone(object);
    if (!type.definition) {
      checkApplied(type, merged);
      dropNulls(merged);
    }
    merged.metadata.name ??= name;
    if (type.namespaced) merged.metadata.namespace ??= namespace;
    const write = { ...options, entries };
    return live
      ? { object: this.update(type, merged, write), created: false }
      : { object: this.create(type, merged, write), created: true };
  }

  /** The status of a custom resource is pruned, defaulted and validated by itself. */
  #checkStatus(type: ResourceType, next: KubeObject, previous: KubeObject): void {
    const { apiVersion, kind, metadata, status } = next;
    if (status === undefined) return;
    const alone: KubeObject = { apiVersion, kind, metadata, status };
    prune(type, alone);
    schemaDefaults(type, alone);
    next.status = alone.status;
    const causes = statusCauses(type, next, previous);
    if (causes.length > 0) throw ApiError.invalid(groupKind(type), metadata.name, causes);
  }

  /** What mutating webhooks make of an object, which is changed in place. Errors: ApiError. */
  #mutate(
    type: ResourceType,
    object: KubeObject,
    write: Omit<ReviewedWrite, "object">,
    options: WriteOptions,
  ): void {
    const made = this.#webhooks?.mutate(type, { ...write, object });
    if (!made || made === object) return;
    const fields: Record<string, unknown> = object;
    for (const key of Object.keys(fields)) delete fields[key];
    Object.assign(object, made);
    this.#default(type, object, options);
  }

  /** Errors: ApiError when a policy or a webhook denies a change. */
  #review(type: ResourceType, write: ReviewedWrite): void {
    if (write.object) checkPodSecurity(this.store, type, write);
    this.#policies.review(type, write);
    this.#webhooks?.validate(type, write);
  }

  /** Leaves out what upstream, having read an object from the wire, would not write again. */
  #trim(type: ResourceType, object: KubeObject, { decoded }: WriteOptions): void {
    if (decoded && !type.definition) toGoForm(object);
  }

  #withKeptParts(type: ResourceType, object: KubeObject, previous: KubeObject): KubeObject {
    const old = previous.metadata;
    const metadata = {
      ...object.metadata,
      uid: old.uid,
      creationTimestamp: old.creationTimestamp,
      ...(old.generation !== undefined ? { generation: old.generation } : {}),
    };
    for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
      delete metadata[field];
    }
    Object.assign(metadata, {
      ...(old.deletionTimestamp ? { deletionTimestamp: old.deletionTimestamp } : {}),
      ...(old.deletionGracePeriodSeconds !== undefined
        ? { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }
        : {}),
    });
    const next = { ...object, metadata };
    if (this.#hasStatus(type)) {
      if (previous.status === undefined) delete next.status;
      else next.status = previous.status;
    }
    return next;
  }

  /** What decoding does to an object: defaults, and pruning of custom resources. */
  #default(type: ResourceType, object: KubeObject, { decoded }: WriteOptions): void {
    if (!type.definition) {
      if (decoded) dropUnsaid(object);
      // Upstream's structs have their spec, if only an empty one.
      if (object.spec === undefined && alwaysHas(object, "spec")) object.spec = {};
      return applyDefaults(type.resource, object);
    }
    prune(type, object);
    schemaDefaults(type, object);
  }

  /** Validation and allocation, which every write of a spec goes through. */
  #check(
    type: ResourceType,
    object: KubeObject,
    previous: KubeObject | undefined,
    { subresource: part, dryRun }: WriteOptions,
  ): void {
    const causes = type.definition
      ? schemaCauses(type, object, previous)
      : previous && (part === "ephemeralcontainers" || part === "resize")
      ? podPartCauses(part, object, previous)
      : validate(type, object, part === "binding" ? bound(previous, object) : previous);
    if (previous) checkFinalizers(causes, object, previous);
    if (causes.length > 0) throw ApiError.invalid(groupKind(type), object.metadata.name, causes);
    if (type.definition) return;
    const kind = kindOf(type.resource);
    kind.allocate?.(object, previous, { store: this.store, random: this.#random, dryRun });
    if (type.resource === DEFINITIONS && !previous) {
      const others = this.store.list(DEFINITIONS);
      object.status = establishedStatus(object, others, this.timestamp());
      const { storedVersions } = object.status;
      this.#ownership.trackStatus(type, object, { storedVersions });
    }
    if (!previous && kind.firstStatus) object.status = kind.firstStatus(object);
  }

  /** Whether status is written by itself. */
  #hasStatus(type: ResourceType): boolean {
    return type.subresources.has("status");
  }

  /**
   * Begins a deletion, and ends it at once when nothing holds the object.
   * Gives the object as it now is, or undefined when it is gone. Errors: ApiError.
   */
  delete(
    type: ResourceType,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
  ): KubeObject | undefined {
    const space = type.namespaced ? namespace : "";
    const previous = this.store.get(type.resource, space, name);
    if (!previous) throw ApiError.notFound(type.resource, name);
    const kind = kindOf(type.resource);
    kind.refuseDeletion?.(name);
    const { preconditions = {} } = options;
    checkPreconditions(type, previous, preconditions);
    this.#review(type, { operation: "DELETE", previous, ...options });
    const next: KubeObject = structuredClone(previous);
    const { metadata } = next;
    const told = kind.graceSeconds ? kind.graceSeconds(previous, options) : 0;
    const graceSeconds = told ?? 0;
    const finalizers = new Set(metadata.finalizers ?? []);
    finalizers.delete(FOREGROUND);
    finalizers.delete(ORPHAN);
    if (options.propagationPolicy === "Foreground") finalizers.add(FOREGROUND);
    if (options.propagationPolicy === "Orphan") finalizers.add(ORPHAN);
    if (finalizers.size > 0 || metadata.finalizers) metadata.finalizers = [...finalizers];
    const alreadyGoing = metadata.deletionTimestamp !== undefined;
    if (!alreadyGoing || graceSeconds < (metadata.deletionGracePeriodSeconds ?? 0)) {
      metadata.deletionTimestamp = this.timestamp(graceSeconds * 1000);
      if (told !== undefined) metadata.deletionGracePeriodSeconds = told;
      if (metadata.generation !== undefined && !alreadyGoing) metadata.generation++;
    }
    kind.terminate?.(next);
    if (type.resource === DEFINITIONS && !alreadyGoing) markTerminating(next, this.timestamp());
    if (options.dryRun) return isDone(next) ? undefined : fromStorage(type, next);
    if (isDone(next)) {
      this.#finish(type, next);
      return undefined;
    }
    if (sameBut(next, previous)) return fromStorage(type, previous);
    return fromStorage(type, this.store.put(type.resource, next));
  }

  /** Takes an object out of the store for good. */
  #finish(type: ResourceType, object: KubeObject): void {
    const { namespace = "", name } = object.metadata;
    this.store.remove(type.resource, type.namespaced ? namespace : "", name);
    if (type.resource !== DEFINITIONS) return;
    this.registry.remove(object.metadata.name);
    this.#withdraw(object);
    this.#reconsiderNames();
  }

  #serve(definition: KubeObject): void {
    if (!isEstablished(definition)) return;
    const types = typesOf(definition);
    this.registry.remove(types[0]?.resource ?? "");
    for (const type of types) {
      this.registry.add(type);
      this.#announce(type);
    }
  }

  /** Definitions whose names another had are served once it is gone. */
  #reconsiderNames(): void {
    for (const definition of this.store.list(DEFINITIONS)) {
      if (isEstablished(definition) || definition.metadata.deletionTimestamp) continue;
      const others = this.store.list(DEFINITIONS);
      const status = establishedStatus(definition, others, this.timestamp());
      const next = { ...definition, metadata: { ...definition.metadata }, status };
      if (isEstablished(next)) this.#serve(this.store.put(DEFINITIONS, next));
    }
  }

  /** Takes away the APIServices of a definition's versions of which nothing else is served. */
  #withdraw({ spec }: KubeObject): void {
    const served = new Set(
      [...this.registry.all()].map(({ version, group }) => `${version}.${group}`),
    );
    for (const { name } of spec.versions) {
      const service = `${name}.${spec.group}`;
      const known = this.store.get(API_SERVICES, "", service);
      if (known && !known.spec.service && !served.has(service)) {
        this.store.remove(API_SERVICES, "", service);
      }
    }
  }

  /** Sees to it that a group and version served here has its APIService. */
  #announce(type: ResourceType): void {
    // The aggregator answers for itself, and has none.
    if (type.group === "apiregistration.k8s.io") return;
    if (this.store.get(API_SERVICES, "", `${type.version}.${type.group}`)) return;
    const service = localApiService(type, { uid: this.#random.uuid(), now: this.timestamp() });
    this.#ownership.trackOwn(this.registry.storage(API_SERVICES), service);
    this.store.put(API_SERVICES, service);
  }
}

/** How a write is told to who reviews it: what is done in passing is no subresource of its own. */
function reviewed({ subresource, ...options }: WriteOptions): WriteOptions {
  return subresource === "binding" ? options : { ...options, subresource };
}

/** Source: kubernetes/apimachinery pkg/api/errors/errors.go (NewGenerateNameConflict). */
function generateNameConflict(type: ResourceType, name: string): ApiError {
  const { message, details } = ApiError.alreadyExists(type.resource, name);
  const why = "the server was not able to generate a unique name for the object";
  return new ApiError(409, "AlreadyExists", `${message}, ${why}`, {
    ...details,
    retryAfterSeconds: 1,
  });
}

/**
 * What was merged must be an object of its kind. Errors: ApiError, as upstream's conversion words it.
 * Source: kubernetes/apimachinery pkg/util/managedfields/internal/structuredmerge.go.
 */
function checkApplied(type: ResourceType, object: KubeObject): void {
  try {
    checkFields(type, object, "Ignore");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const kind = `${groupVersionText(apiVersionOf(type))}, Kind=${type.kind}`;
    const why = error.message.replace(/^.*? cannot be handled as a \w+: /, "")
      .replace(/^illegal base64/, "error decoding from json: illegal base64");
    const { namespace = "", name } = object.metadata;
    throw new ApiError(
      500,
      "",
      `failed to convert new object (${namespace}/${name}; ${kind}) to proper version: unable to convert unstructured object to ${kind}: ${why}`,
    );
  }
}

/**
 * When an object goes is for the server to say.
 * Source: kubernetes/apimachinery pkg/api/validation/objectmeta.go (ValidateObjectMetaAccessorUpdate).
 */
function checkDeletion(
  type: ResourceType,
  next: KubeObject["metadata"],
  old: KubeObject["metadata"],
): void {
  const causes = (["deletionTimestamp", "deletionGracePeriodSeconds"] as const)
    .filter((field) => (next[field] ?? undefined) !== undefined && next[field] !== old[field])
    .map((field) => ({
      reason: "FieldValueInvalid",
      message: `Invalid value: ${JSON.stringify(next[field])}: field is immutable`,
      field: `metadata.${field}`,
    }));
  // Upstream finds it twice.
  const twice = [...causes, ...causes];
  if (causes.length > 0) throw ApiError.invalid(groupKind(type), next.name, twice);
}

/** A pod as it was, on the node that it is given now: binding goes past what else may not change. */
function bound(previous: KubeObject | undefined, { spec }: KubeObject): KubeObject | undefined {
  return previous && { ...previous, spec: { ...previous.spec, nodeName: spec.nodeName } };
}
