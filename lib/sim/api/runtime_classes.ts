import { ApiError, type KubeObject, type models, sameJson } from "../../kube/mod.ts";
import type { ObjectStore } from "./object_store.ts";

/** Of a RuntimeClass, what is done to its pods. */
interface RuntimeClass extends KubeObject {
  overhead?: { podFixed?: Record<string, models.Quantity> };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: models.Toleration[] };
}

/**
 * What the class of a pod's runtime adds to it: overhead, and where its nodes are. Errors: ApiError (Forbidden).
 * Source: kubernetes/kubernetes plugin/pkg/admission/runtimeclass/admission.go.
 * @param pod is changed in place.
 */
export function admitRuntimeClass(store: ObjectStore, pod: KubeObject): void {
  const spec: models.PodSpec = pod.spec;
  const forbid = (why: string) => ApiError.forbidden("pods", pod.metadata.name, why);
  const { runtimeClassName: name } = spec;
  const found = name === undefined
    ? undefined
    : store.get("runtimeclasses.node.k8s.io", "", name) as RuntimeClass | undefined;
  if (name !== undefined && !found) {
    throw forbid(`pod rejected: RuntimeClass "${name}" not found`);
  }
  const { overhead, scheduling } = found ?? {};
  if (overhead) {
    if (spec.overhead && !sameJson(spec.overhead, overhead.podFixed)) {
      throw forbid("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }
    spec.overhead = { ...overhead.podFixed };
  }
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      const of = "runtimeClass.scheduling.nodeSelector";
      throw forbid(`conflict: ${of}[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  for (const toleration of scheduling?.tolerations ?? []) {
    if (spec.tolerations?.some((one) => sameJson(one, toleration))) continue;
    spec.tolerations = [...spec.tolerations ?? [], { ...toleration }];
  }
}

/** That no pod states overhead of its own. Errors: ApiError (Forbidden). Source: as above (validateOverhead). */
export function checkOverhead(store: ObjectStore, pod: KubeObject): void {
  const { overhead, runtimeClassName } = pod.spec;
  const found = runtimeClassName && store.get("runtimeclasses.node.k8s.io", "", runtimeClassName);
  if (!overhead || found?.overhead) return;
  const why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
  throw ApiError.forbidden("pods", pod.metadata.name, why);
}
