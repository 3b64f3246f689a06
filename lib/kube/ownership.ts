import type { KubeObject, OwnerReference } from "./types.ts";

/** The reference that a controller puts on what it makes. Source: apimachinery pkg/apis/meta/v1/controller_ref.go. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata: { name, uid } } = owner;
  return { apiVersion, kind, name, uid: uid!, controller: true, blockOwnerDeletion: true };
}

/** The controller that owns an object. Source: as above (GetControllerOf). */
export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find((reference) => reference.controller);
}

/** Whether `owner` is among the owners of an object. */
export function isOwnedBy({ metadata }: KubeObject, owner: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}

/** The name of what a pod is of: of its Deployment, where its owner is a ReplicaSet of one; undefined where it is its own. */
export function workloadOf(pod: KubeObject): string | undefined {
  const owner = controllerOf(pod);
  const hash = pod.metadata.labels?.["pod-template-hash"];
  return hash ? owner?.name.replace(`-${hash}`, "") : owner?.name;
}

/** A release of Helm. */
export interface HelmRelease {
  name: string;
  namespace: string;
}

/** The release that Helm made an object for. Source: helm/helm pkg/action/validate.go (setMetadataVisitor). */
export function helmReleaseOf(
  { metadata: { annotations = {} } }: KubeObject,
): HelmRelease | undefined {
  const name = annotations["meta.helm.sh/release-name"];
  return name === undefined
    ? undefined
    : { name, namespace: annotations["meta.helm.sh/release-namespace"] ?? "" };
}
