import { own } from "../../../go/mod.ts";
import { groupOf, groupResource, pathOf, versionOf } from "../../../kube/mod.ts";
import type { SimApi } from "../../seams.ts";
import { ScaledObjectError } from "./scalable.ts";
import type { ScaledObject } from "./scaled_object.ts";

/** What a ScaledObject scales. */
export interface ScaleTarget {
  group: string;
  version: string;
  kind: string;
  /** The plural, without its group. */
  resource: string;
  name: string;
}

/** The scale subresource of a target. */
export interface TargetScale {
  replicas: number;
  selector: string;
}

/** `apps/v1.Deployment`, as the status and the SCALETARGETKIND column show it. */
export function gvkString(
  { group, version, kind }: Omit<ScaleTarget, "resource" | "name">,
): string {
  return `${group ? `${group}/` : ""}${version}.${kind}`;
}

/** Kinds whose plural is known whatever their group. */
const KNOWN: Readonly<Record<string, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
};

/**
 * What a reference names; a Deployment of apps/v1 where it does not say.
 * Errors: ScaledObjectError. Source: kedacore/keda apis/keda/v1alpha1/gvkr.go (ParseGVKR).
 */
export function parseTarget(
  kube: SimApi,
  { name, apiVersion: given, kind: named }: { name: string; apiVersion?: string; kind?: string },
): ScaleTarget {
  const apiVersion = given || "apps/v1";
  const kind = named || "Deployment";
  const resource = own(KNOWN, kind) ?? kube.resourceFor(apiVersion, kind);
  if (!resource) {
    throw new ScaledObjectError(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
  return {
    group: groupOf(apiVersion),
    version: versionOf(apiVersion),
    kind,
    resource: resource.split(".")[0],
    name,
  };
}

/** Errors: ScaledObjectError. */
export function targetOf(kube: SimApi, object: ScaledObject): ScaleTarget {
  return parseTarget(kube, object.spec!.scaleTargetRef);
}

/** Errors: ApiError. */
export function readScale(kube: SimApi, target: ScaleTarget, namespace: string): TargetScale {
  const scale = kube.raw(pathOf(target, { namespace, name: target.name, subresource: "scale" }));
  return { replicas: scale.spec?.replicas ?? 0, selector: scale.status?.selector ?? "" };
}

/** Errors: ApiError. */
export function writeScale(
  kube: SimApi,
  target: ScaleTarget,
  namespace: string,
  replicas: number,
): void {
  kube.patch(groupResource(target), namespace, target.name, { spec: { replicas } }, {
    subresource: "scale",
  });
}
