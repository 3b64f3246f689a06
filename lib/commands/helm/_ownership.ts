import type { KubeObject } from "../../kube/mod.ts";
import { HelmError } from "./_errors.ts";
import type { StoredRelease } from "./_releases.ts";

/** Source: helm/helm pkg/chartutil/validate_name.go. */
export function validName(name: string): boolean {
  return name.length <= 53 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
    .test(name);
}

/** Errors: HelmError for a name that no release can have. */
export function checkName(name: string): void {
  if (validName(name)) return;
  throw new HelmError(
    `release name check failed: release name ${
      JSON.stringify(name)
    }: invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53`,
  );
}

/** Whether the object says that helm must not delete it. Source: helm/helm pkg/kube/resource_policy.go. */
export function isKept(object: KubeObject): boolean {
  return object.metadata.annotations?.["helm.sh/resource-policy"]?.trim().toLowerCase() === "keep";
}

/** The object with the release's mark on it. Source: helm/helm pkg/action/validate.go (setMetadataVisitor). */
export function marked(object: KubeObject, release: StoredRelease): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, "app.kubernetes.io/managed-by": "Helm" },
      annotations: {
        ...metadata.annotations,
        "meta.helm.sh/release-name": release.name,
        "meta.helm.sh/release-namespace": release.namespace,
      },
    },
  };
}

/** Why an object is not this release's. Source: helm/helm pkg/action/validate.go (checkOwnership). */
export function foreignOwner(live: KubeObject, release: StoredRelease): string | undefined {
  const { labels, annotations } = live.metadata;
  const wrong = (
    what: string,
    map: Record<string, string> | undefined,
    key: string,
    value: string,
  ) => {
    const actual = map?.[key];
    if (actual === value) return [];
    return [
      actual === undefined
        ? `${what} validation error: missing key "${key}": must be set to "${value}"`
        : `${what} validation error: key "${key}" must equal "${value}": current value is "${actual}"`,
    ];
  };
  const errors = [
    ...wrong("label", labels, "app.kubernetes.io/managed-by", "Helm"),
    ...wrong("annotation", annotations, "meta.helm.sh/release-name", release.name),
    ...wrong("annotation", annotations, "meta.helm.sh/release-namespace", release.namespace),
  ];
  return errors.length === 0 ? undefined : ["invalid ownership metadata", ...errors].join("; ");
}
