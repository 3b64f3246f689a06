import {
  computeQosClass,
  type KubeObject,
  type Loose,
  type models,
  qosClass,
  sameJson,
} from "../../../kube/mod.ts";
import type { Causes } from "./_causes.ts";

/** What a container that is only looked in through may not have. Source: pkg/apis/core/validation (allowedEphemeralContainerFields). */
const NOT_EPHEMERAL = [
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "startupProbe",
] as const;

/**
 * The ephemeral containers of a pod, whose other containers have `names`.
 * Source: kubernetes/kubernetes pkg/apis/core/validation/validation.go (validateEphemeralContainers).
 */
export function checkEphemeralContainers(
  causes: Causes,
  spec: Loose<models.PodSpec>,
  names: Set<string>,
): void {
  (spec.ephemeralContainers ?? []).forEach((container, i) => {
    const here = `spec.ephemeralContainers[${i}]`;
    const target = container.targetContainerName;
    if (target && !names.has(target)) causes.notFound(`${here}.targetContainerName`, target);
    for (const field of NOT_EPHEMERAL) {
      const value = container[field];
      if (value === undefined || Object.keys(value).length === 0) continue;
      causes.forbidden(`${here}.${field}`, "cannot be set for an Ephemeral Container");
    }
    (container.volumeMounts ?? []).forEach((mount, j) => {
      for (const field of ["subPath", "subPathExpr"] as const) {
        if (!mount[field]) continue;
        const at = `${here}.volumeMounts[${j}].${field}`;
        causes.forbidden(at, "cannot be set for an Ephemeral Container");
      }
    });
  });
}

/** Source: as above (ValidatePodEphemeralContainersUpdate). Differs: without the dump of the difference. */
export function checkEphemeralUpdate(causes: Causes, pod: KubeObject, previous: KubeObject): void {
  const now: models.EphemeralContainer[] = pod.spec.ephemeralContainers ?? [];
  for (const old of previous.spec.ephemeralContainers ?? []) {
    const same = now.find(({ name }) => name === old.name);
    const what = `existing ephemeral containers ${JSON.stringify(old.name)} may not be`;
    if (!same) causes.forbidden("spec.ephemeralContainers", `${what} removed\n`);
    else if (!sameJson(same, old)) {
      causes.forbidden("spec.ephemeralContainers", `${what} changed\n`);
    }
  }
}

/** Source: as above (ValidatePodResize). */
export function checkResize(causes: Causes, pod: KubeObject, previous: KubeObject): void {
  const quality = qosClass(previous);
  if (quality !== computeQosClass(pod)) {
    causes.invalid("spec", quality, "Pod QOS Class may not change as a result of resizing");
  }
  const lists = ["containers", "initContainers"] as const;
  for (const list of lists) {
    const before: models.Container[] = previous.spec[list] ?? [];
    const now: models.Container[] = pod.spec[list] ?? [];
    const moved = before.findIndex(({ name }, i) => now[i]?.name !== name);
    if (moved >= 0) {
      const why = `${list} may not be renamed or reordered on resize`;
      return causes.forbidden(`spec.${list}[${moved}].name`, why);
    }
    before.forEach((container, i) => {
      const at = `spec.${list}[${i}].resources`;
      for (const kind of ["requests", "limits"] as const) {
        const kept = now[i].resources?.[kind] ?? {};
        if (Object.keys(container.resources?.[kind] ?? {}).every((name) => name in kept)) continue;
        causes.forbidden(`${at}.${kind}`, `resource ${kind} cannot be removed`);
      }
    });
  }
  if (!sameJson(fixedPart(pod), fixedPart(previous))) {
    causes.forbidden("spec", "only cpu and memory resources are mutable");
  }
}

/** All of a spec that no resize changes. */
function fixedPart({ spec }: KubeObject): unknown {
  const without = (containers: models.Container[] = []) =>
    containers.map(({ resources = {}, resizePolicy: _, ...rest }) => {
      const others = ({ cpu: _, memory: __, ...more }: Record<string, models.Quantity> = {}) =>
        more;
      const { requests, limits, ...more } = resources;
      return {
        ...rest,
        resources: { ...more, requests: others(requests), limits: others(limits) },
      };
    });
  const { containers, initContainers, ...rest } = spec;
  return { ...rest, containers: without(containers), initContainers: without(initContainers) };
}
