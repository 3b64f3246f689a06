import { own } from "../../../go/mod.ts";
import {
  ApiError,
  type ConfigMap,
  groupKind,
  groupResource,
  type KubeObject,
  type PodSpec,
  type Secret,
} from "../../../kube/mod.ts";
import type { ContainerContext, SimApi } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { readScale, type ScaleTarget } from "./scale_target.ts";
import { ScaledObjectError, type Trigger } from "./scalable.ts";
import type { ScaledObject } from "./scaled_object.ts";
import { ScalerError } from "./scaler.ts";

/** The kinds of apps that KEDA reads from its cache. */
const CACHED = new Set(["Deployment", "StatefulSet", "ReplicaSet"]);

/** Where a ScaledObject's status says its target is. Errors: ScaledObjectError. */
export function knownTarget({ status, spec }: ScaledObject): ScaleTarget {
  if (!status?.scaleTargetGVKR) {
    throw new ScaledObjectError(
      "failed to get ScaledObject.Status.ScaleTargetGVKR, probably invalid ScaledObject cache",
    );
  }
  return { ...status.scaleTargetGVKR, name: spec!.scaleTargetRef.name };
}

/** What is missing, as the client's cache says it: by its kind. */
function notFound({ kind, group, name }: ScaleTarget): ScaledObjectError {
  return new ScaledObjectError(`${groupKind({ group, kind })} "${name}" not found`);
}

function isCached({ group, kind }: ScaleTarget): boolean {
  return group === "apps" && CACHED.has(kind);
}

/**
 * How many replicas the target is to have now.
 * Errors: ScaledObjectError, ApiError. Source: kedacore/keda pkg/scaling/resolver/scale_resolvers.go
 * (GetCurrentReplicas).
 */
export function currentReplicas(kube: SimApi, object: ScaledObject, log: Zap): number {
  const target = knownTarget(object);
  const { namespace = "", name } = object.metadata;
  if (!isCached(target)) return readScale(kube, target, namespace).replicas;
  const found = kube.get(groupResource(target), namespace, target.name);
  if (found) return found.spec?.replicas ?? 1;
  const error = notFound(target);
  log.with({
    "scaledObject.Namespace": namespace,
    "scaledObject.Name": name,
    resource: `${target.group}/${target.kind}`,
    name: target.name,
  }).error(error.message, `target ${target.kind.toLowerCase()} doesn't exist`);
  throw error;
}

/** The pods that the target makes, as far as it makes any. */
export interface TargetPods {
  spec: PodSpec;
  /** The container whose environment triggers may use. */
  container: string | undefined;
}

/** Errors: ScaledObjectError. Source: scale_resolvers.go (ResolveScaleTargetPodSpec). */
export function targetPods(kube: SimApi, object: ScaledObject, log: Zap): TargetPods | undefined {
  const target = knownTarget(object);
  const { namespace = "", name } = object.metadata;
  const found = kube.get(groupResource(target), namespace, target.name);
  if (!found) {
    const error = notFound(target);
    const { group, version, kind } = target;
    log.with({
      "scaledObject.Namespace": namespace,
      "scaledObject.Name": name,
      resource: `${group}/${version}, Kind=${kind}`,
      name: target.name,
    }).error(
      error.message,
      `target ${isCached(target) ? kind.toLowerCase() : "resource"} doesn't exist`,
    );
    throw error;
  }
  const spec = found.spec?.template?.spec as PodSpec | undefined;
  if (!spec?.containers?.length) return undefined;
  return { spec, container: object.spec!.scaleTargetRef.envSourceContainerName || undefined };
}

/** A Secret or ConfigMap, as the operator's cache has it: listed and watched, never fetched. */
function cached<T extends KubeObject>(
  kube: SimApi,
  resource: string,
  namespace: string,
  name = "",
): T | undefined {
  return kube.list<T>(resource, { namespace, fieldSelector: `metadata.name=${name}` })
    .find(({ metadata }) => metadata.name === name);
}

function secretData(kube: SimApi, namespace: string, name: string | undefined) {
  const secret = cached<Secret>(kube, "secrets", namespace, name);
  if (!secret) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, decoded(value)]),
  );
}

function decoded(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

/**
 * A container's environment, as far as it does not come from the pod itself.
 * Errors: ScalerError. Source: scale_resolvers.go (ResolveContainerEnv, resolveEnv).
 */
export function containerEnv(
  kube: SimApi,
  { spec, container: name }: TargetPods,
  namespace: string,
): Record<string, string> {
  if (!spec.containers?.length) throw new ScalerError("target object doesn't have containers");
  const container = name === undefined
    ? spec.containers[0]
    : spec.containers.find((one) => one.name === name);
  if (!container) {
    throw new ScalerError(`couldn't find container with name ${name} on Target object`);
  }
  const env: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef;
    const data = source.configMapRef
      ? cached<ConfigMap>(kube, "configmaps", namespace, source.configMapRef.name)?.data
      : secretData(kube, namespace, source.secretRef?.name);
    if (!data && !reference?.optional) {
      throw new ScalerError(
        `error reading ${source.configMapRef ? "config" : "secret"} ref on namespace ${namespace}`,
      );
    }
    for (const [key, value] of Object.entries(data ?? {})) {
      env[(source.prefix ?? "") + key] = String(value);
    }
  }
  for (const { name: key, value, valueFrom } of container.env ?? []) {
    if (value) env[key] = expanded(value, env);
    else if (valueFrom?.secretKeyRef) {
      const { name: secret, key: field, optional } = valueFrom.secretKeyRef;
      const data = secretData(kube, namespace, secret);
      if (data) env[key] = own(data, field) ?? "";
      else if (!optional) {
        throw new ScalerError(
          `error resolving secret name &SecretKeySelector{LocalObjectReference:LocalObjectReference{` +
            `Name:${secret},},Key:${field},Optional:nil,} for env ${key} in namespace ${namespace}`,
        );
      }
    } else if (valueFrom?.configMapKeyRef) {
      const { name: map, key: field, optional } = valueFrom.configMapKeyRef;
      const found = cached<ConfigMap>(kube, "configmaps", namespace, map);
      if (found) env[key] = own<string>(found.data, field) ?? "";
      else if (!optional) {
        throw new ScalerError(
          `error resolving config &ConfigMapKeySelector{LocalObjectReference:LocalObjectReference{` +
            `Name:${map},},Key:${field},Optional:nil,} for env ${key} in namespace ${namespace}`,
        );
      }
    } else if (!valueFrom) env[key] = "";
  }
  return env;
}

/** `$(NAME)` with the values so far. */
function expanded(value: string, env: Record<string, string>): string {
  return value.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name) => {
    if (whole === "$$") return "$";
    return Object.hasOwn(env, name) ? env[name] : whole;
  });
}

interface AuthSpec {
  podIdentity?: { provider?: string };
  secretTargetRef?: { parameter: string; name: string; key: string }[];
  configMapTargetRef?: { parameter: string; name: string; key: string }[];
  env?: { parameter: string; name: string; containerName?: string }[];
  filePath?: string;
  [other: string]: unknown;
}

/** Where credentials are that nobody here keeps. */
const ELSEWHERE = [
  "hashiCorpVault",
  "azureKeyVault",
  "gcpSecretManager",
  "awsSecretManager",
  "boundServiceAccountToken",
] as const;

/**
 * The parameters that a trigger's TriggerAuthentication or ClusterTriggerAuthentication gives. One
 * that is missing is logged, and gives none.
 * Errors: ScalerError. Source: scale_resolvers.go (resolveAuthRef).
 * Differs: Secrets, ConfigMaps and the target's environment only; vaults and cloud identities give
 * an error.
 */
export function authParams(
  context: ContainerContext,
  log: Zap,
  { trigger, namespace, pods }: {
    trigger: Trigger;
    namespace: string;
    pods: TargetPods | undefined;
  },
): Record<string, string> {
  const reference = trigger.authenticationRef;
  if (!reference?.name) return {};
  const { kube } = context;
  let found: { spec: AuthSpec; namespace: string };
  try {
    found = authSpec(context, reference, namespace);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof ScalerError)) throw error;
    log.error(error.message, "error getting triggerAuth", {
      "triggerAuthRef.Name": reference.name,
    });
    return {};
  }
  const { spec, namespace: from } = found;
  const params: Record<string, string> = {};
  for (const { parameter, name, containerName } of spec.env ?? []) {
    params[parameter] = pods
      ? envOrNothing(kube, { ...pods, container: containerName || pods.container }, namespace)[
        name
      ] ??
        ""
      : "";
  }
  if (spec.filePath) {
    throw new ScalerError(
      reference.kind === "ClusterTriggerAuthentication"
        ? "filepath-auth-root-path not configured"
        : `filePath is only supported for ClusterTriggerAuthentication, got kind: ${
          reference.kind ?? ""
        }`,
    );
  }
  for (const { parameter, name, key } of spec.configMapTargetRef ?? []) {
    const map = cached<ConfigMap>(kube, "configmaps", from, name);
    if (!map) {
      log.error(`ConfigMap "${name}" not found`, "error trying to get config map from namespace", {
        "ConfigMap.Namespace": from,
        "ConfigMap.Name": name,
      });
    }
    params[parameter] = own<string>(map?.data, key) ?? "";
  }
  for (const { parameter, name, key } of spec.secretTargetRef ?? []) {
    const data = secretData(kube, from, name);
    if (!data) {
      log.error(`Secret "${name}" not found`, "error trying to get secret from namespace", {
        "Secret.Namespace": from,
        "Secret.Name": name,
      });
    }
    params[parameter] = own(data, key) ?? "";
  }
  const elsewhere = ELSEWHERE.find((kind) => spec[kind] !== undefined);
  if (elsewhere) throw new ScalerError(`${elsewhere} cannot be reached from this cluster`);
  return params;
}

function envOrNothing(kube: SimApi, pods: TargetPods, namespace: string): Record<string, string> {
  try {
    return containerEnv(kube, pods, namespace);
  } catch (error) {
    if (!(error instanceof ScalerError)) throw error;
    return {};
  }
}

/** Errors: ScalerError. Source: scale_resolvers.go (getTriggerAuthSpec). */
function authSpec(
  { kube, pod, env }: ContainerContext,
  { name, kind = "" }: { name: string; kind?: string },
  namespace: string,
): { spec: AuthSpec; namespace: string } {
  const isCluster = kind === "ClusterTriggerAuthentication";
  if (!isCluster && kind !== "" && kind !== "TriggerAuthentication") {
    throw new ScalerError(`unknown trigger auth kind ${kind}`);
  }
  const object = isCluster
    ? kube.get("clustertriggerauthentications.keda.sh", "", name)
    : kube.get("triggerauthentications.keda.sh", namespace, name);
  if (!object) {
    throw new ScalerError(`${kind || "TriggerAuthentication"}.keda.sh "${name}" not found`);
  }
  return {
    spec: object.spec ?? {},
    namespace: isCluster ? env.KEDA_CLUSTER_OBJECT_NAMESPACE || pod.namespace : namespace,
  };
}
