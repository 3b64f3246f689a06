import type { models, Pod, Secret } from "../../kube/mod.ts";
import type { SimApi } from "../seams.ts";
import { type EnvSource, fieldValue, resourceValue } from "./fields.ts";

/** Relative paths to texts. */
export type Files = Record<string, string>;

/** A volume that cannot be set up now; its message is the kubelet's. */
export class MountError extends Error {
  override name = "MountError";
}

/** The objects a pod's volumes come from: `configmaps/name` or `secrets/name`. */
export function volumeSources(pod: Pod): Set<string> {
  const out = new Set<string>();
  const add = (resource: string, name: string | undefined) => {
    if (name) out.add(`${resource}/${name}`);
  };
  for (const { configMap, secret, projected } of pod.spec?.volumes ?? []) {
    add("configmaps", configMap?.name);
    add("secrets", secret?.secretName);
    for (const inner of projected?.sources ?? []) {
      add("configmaps", inner.configMap?.name);
      add("secrets", inner.secret?.name);
    }
  }
  return out;
}

/** A pod, and what its service account is shown. */
export interface VolumeWorld extends EnvSource {
  /** What `serviceAccountToken` sources hold. */
  token: string;
}

/**
 * The files of a volume; undefined for one whose content is the pod's own (emptyDir, hostPath).
 * Errors: MountError. Source: kubernetes pkg/volume/{configmap,secret,projected,downwardapi}.
 */
export function volumeFiles(
  api: SimApi,
  world: VolumeWorld,
  volume: models.Volume,
): Files | undefined {
  try {
    if (volume.configMap) return fromObject(api, world.pod, "configmaps", volume.configMap);
    if (volume.secret) {
      const { secretName, ...rest } = volume.secret;
      return fromObject(api, world.pod, "secrets", { ...rest, name: secretName });
    }
    if (volume.downwardAPI) return downward(world, volume.downwardAPI);
    if (volume.projected) {
      return Object.assign(
        {},
        ...(volume.projected.sources ?? []).map((source) => projected(api, world, source)),
      );
    }
    if (volume.persistentVolumeClaim) requireClaim(api, world.pod, volume.persistentVolumeClaim);
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
  }
  return undefined;
}

function projected(api: SimApi, world: VolumeWorld, source: models.VolumeProjection): Files {
  if (source.configMap) return fromObject(api, world.pod, "configmaps", source.configMap);
  if (source.secret) return fromObject(api, world.pod, "secrets", source.secret);
  if (source.downwardAPI) return downward(world, source.downwardAPI);
  if (source.serviceAccountToken) return { [source.serviceAccountToken.path]: world.token };
  return {};
}

type DataResource = "configmaps" | "secrets";

/** What a ConfigMap or a Secret holds, by its keys; undefined where it is not there. */
function dataOf(
  api: SimApi,
  resource: DataResource,
  [namespace, name]: [string, string],
): Files | undefined {
  if (resource === "secrets") {
    const secret = api.get("secrets", namespace, name);
    return secret && decodeSecret(secret);
  }
  const map = api.get("configmaps", namespace, name);
  return map && { ...map.data, ...mapValues(map.binaryData ?? {}, decodeBase64) };
}

function fromObject(
  api: SimApi,
  pod: Pod,
  resource: DataResource,
  { name = "", optional, items }: models.ConfigMapProjection,
): Files {
  const data = dataOf(api, resource, [pod.metadata.namespace!, name]);
  const isSecret = resource === "secrets";
  if (!data) {
    if (optional) return {};
    throw new MountError(`${isSecret ? "secret" : "configmap"} "${name}" not found`);
  }
  if (!items) return data;
  const out: Files = {};
  for (const { key, path } of items) {
    if (Object.hasOwn(data, key)) out[path] = data[key];
    else if (!optional) {
      const kind = isSecret ? "secret" : "config";
      throw new MountError(
        isSecret
          ? `references non-existent secret key: ${key}`
          : `configmap references non-existent ${kind} key: ${key}`,
      );
    }
  }
  return out;
}

function downward(world: VolumeWorld, source: models.DownwardAPIProjection): Files {
  const out: Files = {};
  for (const item of source.items ?? []) {
    if (item.fieldRef) out[item.path] = fieldValue(world, item.fieldRef.fieldPath);
    else if (item.resourceFieldRef) {
      out[item.path] = resourceValue(world.pod, undefined, item.resourceFieldRef);
    }
  }
  return out;
}

function requireClaim(api: SimApi, pod: Pod, source: { claimName: string }): void {
  const claim = api.get("persistentvolumeclaims", pod.metadata.namespace!, source.claimName);
  if (!claim) throw new MountError(`persistentvolumeclaim "${source.claimName}" not found`);
}

/** The data of a Secret as text; bytes that are no UTF-8 come as one character a byte. */
export function decodeSecret(secret: Secret): Record<string, string> {
  return mapValues(secret.data ?? {}, decodeBase64);
}

function decodeBase64(text: string): string {
  const binary = atob(text);
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return binary;
  }
}

function mapValues(
  record: Record<string, string>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
