import { formatRequirements, selectorRequirements } from "../../base/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import type { ResourceServer, WriteOptions } from "./resource_server.ts";
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

function at(object: unknown, path: string): any {
  return path.split(".").filter(Boolean).reduce<any>((value, key) => value?.[key], object);
}

/** An object's scale subresource; Source: kubernetes/kubernetes pkg/registry/apps/deployment/storage. */
export function scaleOf(type: ResourceType, object: KubeObject): KubeObject {
  const paths = pathsOf(type);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = type.definition
    ? at(object, paths.labelSelectorPath ?? "") ?? ""
    : formatRequirements(selectorRequirements(object.spec.selector) ?? []);
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

/** Writes a scale back. Gives the scale as it now is. Errors: ApiError. */
export function applyScale(
  server: ResourceServer,
  type: ResourceType,
  object: KubeObject,
  scale: KubeObject,
  options: WriteOptions = {},
): KubeObject {
  const replicas = scale.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0) {
    throw ApiError.invalid("Scale.autoscaling", object.metadata.name, [{
      reason: "FieldValueInvalid",
      message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      field: "spec.replicas",
    }]);
  }
  const next = structuredClone(object);
  if (scale.metadata?.resourceVersion) {
    next.metadata.resourceVersion = scale.metadata.resourceVersion;
  }
  const keys = pathsOf(type).specReplicasPath.split(".").filter(Boolean);
  const last = keys.pop()!;
  at(next, keys.join("."))[last] = replicas;
  return scaleOf(type, server.update(type, next, options));
}
