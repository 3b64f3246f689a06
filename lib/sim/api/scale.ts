import { isMap, jsonTypeName, own } from "../../go/mod.ts";
import {
  ApiError,
  apiVersionOf,
  formatRequirements,
  type KubeObject,
  selectorRequirements,
} from "../../kube/mod.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { ApplyOptions, WriteOptions } from "./write_options.ts";
import type { ResourceType } from "./resources.ts";

/** Where a custom resource keeps what its scale subresource shows. */
interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

const BUILT_IN: ScalePaths = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
};

function pathsOf(type: ResourceType): ScalePaths {
  const version = type.definition?.spec.versions.find((v: { name: string }) =>
    v.name === type.version
  );
  return version?.subresources?.scale ?? BUILT_IN;
}

function at(object: unknown, path: string): unknown {
  return path.split(".").filter(Boolean).reduce(own, object);
}

/** An object's scale subresource; Source: kubernetes/kubernetes pkg/registry/apps/deployment/storage. */
export function scaleOf(type: ResourceType, object: KubeObject): KubeObject {
  const paths = pathsOf(type);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = type.definition
    ? at(object, paths.labelSelectorPath ?? "") ?? ""
    : formatRequirements(
      selectorRequirements(
        type.resource === "replicationcontrollers"
          ? { matchLabels: object.spec.selector }
          : object.spec.selector,
      ) ?? [],
    );
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: at(object, paths.specReplicasPath) ?? 0 },
    status: {
      replicas: at(object, paths.statusReplicasPath) ?? 0,
      ...(selector && typeof selector === "string" ? { selector } : {}),
    },
  };
}

/** What applying a scale comes to: its replicas are applied to the object. Errors: ApiError. */
export function applyScaleConfiguration(
  server: ResourceServer,
  type: ResourceType,
  { metadata }: KubeObject,
  config: KubeObject,
  options: ApplyOptions,
): KubeObject {
  const path = pathsOf(type).specReplicasPath.split(".").filter(Boolean);
  const { replicas } = config.spec ?? {};
  const { resourceVersion } = config.metadata ?? {};
  const parent: KubeObject = {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: { name: metadata.name, ...(resourceVersion ? { resourceVersion } : {}) },
    ...(replicas === undefined
      ? {}
      : path.reduceRight((inner, key) => ({ [key]: inner }), replicas)),
  };
  const { namespace = "", name } = metadata;
  try {
    const write = { ...options, subresource: "scale" as const };
    return scaleOf(type, server.apply(type, namespace, name, parent, write).object);
  } catch (error) {
    throw error instanceof ApiError ? asOfScale(error, apiVersionOf(type), path) : error;
  }
}

/** To who applies a scale, everybody's fields are those of a scale. */
function asOfScale(error: ApiError, apiVersion: string, path: string[]): ApiError {
  if (error.details?.causes?.[0]?.reason !== "FieldManagerConflict") return error;
  const reword = (text = "") =>
    text.replaceAll(` using ${apiVersion}`, " using autoscaling/v1")
      .replaceAll(`.${path.join(".")}`, ".spec.replicas");
  const causes = error.details.causes.map(({ reason, message, field }) => ({
    reason,
    message: reword(message),
    field: reword(field),
  }));
  return new ApiError(error.code, error.reason, reword(error.message), { causes });
}

/** Writes a scale back. Gives the scale as it now is. Errors: ApiError. */
export function applyScale(
  server: ResourceServer,
  type: ResourceType,
  object: KubeObject,
  scale: KubeObject,
  options: WriteOptions = {},
): KubeObject {
  const replicas = scale.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas !== (replicas | 0)) {
    const found = typeof replicas === "number" ? `number ${replicas}` : jsonTypeName(replicas);
    throw ApiError.badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${found} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas < 0) {
    throw ApiError.invalid("Scale.autoscaling", object.metadata.name, [{
      reason: "FieldValueInvalid",
      message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      field: "spec.replicas",
    }]);
  }
  const { uid, name, namespace } = object.metadata;
  if (scale.metadata?.uid && scale.metadata.uid !== uid) {
    const key = ["/registry", type.plural, namespace, name].filter(Boolean).join("/");
    const why =
      `Precondition failed: UID in precondition: ${scale.metadata.uid}, UID in object meta: ${uid}`;
    throw ApiError.conflict(
      type.resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
    );
  }
  const next = structuredClone(object);
  if (scale.metadata?.resourceVersion) {
    next.metadata.resourceVersion = scale.metadata.resourceVersion;
  }
  const keys = pathsOf(type).specReplicasPath.split(".").filter(Boolean);
  const last = keys.pop()!;
  let holder: Record<string, unknown> = next;
  for (const key of keys) {
    const inner = holder[key];
    holder = isMap(inner) ? inner : holder[key] = {};
  }
  holder[last] = replicas;
  return scaleOf(type, server.update(type, next, { ...options, subresource: "scale" }));
}
