import type { BuiltInKinds, KubeObject } from "../../../kube/mod.ts";
import type { ResourceType } from "../resources.ts";
import type { Pools } from "../service_addresses.ts";
import type { Printer } from "../tables/mod.ts";
import type { Causes, StatusRules } from "../validation/mod.ts";
import type { DeleteOptions, WriteOptions } from "../write_options.ts";

/**
 * What the API does with the objects of one kind besides what it does with all: upstream's strategy of it, with its
 * defaults, validation and printer. What is not said is as it is of most.
 */
export interface Strategy<Made = KubeObject> {
  /** It has defaults, and its content is not under `spec`. */
  specless?: true;
  /** Whether `metadata.generation` counts the changes of what it says. */
  countsChanges?: false;
  /** A deletion is answered with the object that went, and not with a Status (`ReturnDeletedObject`). */
  returnsDeleted?: true;
  /**
   * Fills in what upstream fills in when an object is written, which is changed in place.
   * Source: kubernetes/kubernetes pkg/apis/*\/v1/defaults.go.
   */
  defaults?(object: Made): void;
  /**
   * What is refused of an object that has its defaults and is in its storage version; `previous` is what it replaces.
   * Source: kubernetes/kubernetes pkg/apis/*\/validation/validation.go.
   */
  validate?(
    causes: Causes,
    object: KubeObject,
    previous: KubeObject | undefined,
    type: Pick<ResourceType, "group">,
  ): void;
  /** How the numbers of a status that somebody outside writes hang together. */
  statusRules?: StatusRules;
  /** The status that a new object has. */
  firstStatus?(object: KubeObject): unknown;
  /** Before a new object is admitted: it is changed in place. */
  prepareForCreate?(object: KubeObject): void;
  /** Before a change is admitted: `next` is changed in place. */
  prepareForUpdate?(next: KubeObject, previous: KubeObject, options: WriteOptions): void;
  /** Gives an object what no other may have. Errors: ApiError. */
  allocate?(object: KubeObject, previous: KubeObject | undefined, pools: Pools): void;
  /** Errors: ApiError (Forbidden) for one that has to stay. */
  refuseDeletion?(name: string): void;
  /** The seconds that an object has to end; undefined where it is not told of any. */
  graceSeconds?(object: KubeObject, options: DeleteOptions): number | undefined;
  /** Marks an object whose deletion begins. */
  terminate?(object: KubeObject): void;
  /** Where the spec of a pod is, in what is one or makes some. */
  podSpecAt?: string;
  /** Its name becomes the names of pods, so that one which makes no host name is warned of. */
  namesPods?: true;
  /** What is said of an object that is taken nevertheless, besides of its pods (WarningsOnCreate). */
  warnings?(object: KubeObject): Iterable<string>;
  /** Which object a change brings warnings of (WarningsOnUpdate); without it `next`, where its generation is new. */
  warnedOnUpdate?(next: KubeObject, previous: KubeObject): KubeObject | undefined;
  /**
   * The fields that can be selected besides the name and the namespace; of one that is no plain path, how it is found.
   * Source: kubernetes/kubernetes pkg/apis/<group>/<version>/conversion.go, pkg/registry/<group>/<kind>/strategy.go.
   */
  selectableFields?: Readonly<Record<string, true | ((object: KubeObject) => unknown)>>;
  /** What old clients call some of them. */
  fieldAliases?: Readonly<Record<string, string>>;
  /** What is said of every request for it, as it is on its way out. Source: kubernetes/api core/v1/lifecycle.go. */
  deprecation?: string;
  /** Source: kubernetes/kubernetes pkg/printers/internalversion/printers.go. */
  printer?: Printer;
}

/** A kind by the name that its resource has in the store: `deployments.apps`. */
export interface Kind extends Strategy {
  readonly resource: string;
}

/** An object whose `spec` is there, though it may say nothing. */
type Specified<T> = T extends { spec?: infer Spec } ? T & { spec: NonNullable<Spec> } : T;

/** The objects of a resource as its defaults find them. */
type MadeOf<Resource> = Resource extends keyof BuiltInKinds ? Specified<BuiltInKinds[Resource]>
  : KubeObject;

/** A kind with what is particular to it. */
export function kind<Resource extends string>(
  resource: Resource,
  strategy: Strategy<MadeOf<Resource>>,
): Kind {
  return { resource, ...strategy as Strategy };
}
