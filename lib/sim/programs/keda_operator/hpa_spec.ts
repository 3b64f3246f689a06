import { type HpaBehavior, kedaHpaBounds } from "../../../autoscale/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import type { Scaler } from "./scalers.ts";
import {
  hpaNameOf,
  isScaleInPaused,
  isScaleOutPaused,
  type KedaMetricSpec,
  OWNER_LABEL,
  type ScaledObject,
  ScaledObjectError,
} from "./scaled_object.ts";

/** The version that labels and the log carry. */
export const KEDA_VERSION = "2.20.0";

/**
 * The metrics of the HPA that a ScaledObject owns, sorted by type.
 * Errors: ScaledObjectError. Source: kedacore/keda controllers/keda/hpa.go
 * (getScaledObjectMetricSpecs).
 */
export function metricSpecs(object: ScaledObject, scalers: readonly Scaler[]): KedaMetricSpec[] {
  const { name, namespace } = object.metadata;
  if (scalers.length === 0) {
    throw new ScaledObjectError(
      `no metric specs returned from scalers for ScaledObject ${namespace}/${name}`,
    );
  }
  const seen = new Set<string>();
  return scalers.map(({ spec }): KedaMetricSpec => {
    if (!spec.external) return spec;
    const metricName = spec.external.metric.name;
    if (seen.has(metricName)) {
      throw new ScaledObjectError(
        `metricName ${metricName} defined multiple times in ScaledObject ${name}`,
      );
    }
    seen.add(metricName);
    const metric = { name: metricName, selector: { matchLabels: { [OWNER_LABEL]: name } } };
    return { ...spec, external: { ...spec.external, metric } };
  }).sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
}

/**
 * The HPA that a ScaledObject owns.
 * Source: kedacore/keda controllers/keda/hpa.go (newHPAForScaledObject).
 */
export function hpaFor(
  object: ScaledObject,
  target: { kind: string; apiVersion: string },
  metrics: readonly KedaMetricSpec[],
): KubeObject {
  const { name, namespace, uid, labels = {}, annotations } = object.metadata;
  const hpaName = hpaNameOf(object);
  const excluded = (annotations?.["scaledobject.keda.sh/hpa-excluded-labels"] ?? "").split(",");
  const inherited = Object.entries(labels).filter(([key]) => !excluded.includes(key));
  const behavior = behaviorOf(object);
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name: hpaName,
      namespace,
      labels: {
        "app.kubernetes.io/managed-by": "keda-operator",
        "app.kubernetes.io/name": hpaName.slice(0, 63).replace(/[^A-Za-z0-9]+$/, ""),
        "app.kubernetes.io/part-of": name,
        "app.kubernetes.io/version": KEDA_VERSION,
        ...Object.fromEntries(inherited),
      },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ownerReferences: [{
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        name,
        uid: uid!,
        controller: true,
        blockOwnerDeletion: true,
      }],
    },
    spec: {
      scaleTargetRef: {
        apiVersion: target.apiVersion,
        kind: target.kind,
        name: object.spec!.scaleTargetRef.name,
      },
      ...kedaHpaBounds(object.spec!),
      metrics: structuredClone([...metrics]),
      ...(behavior ? { behavior } : {}),
    },
  };
}

function behaviorOf(object: ScaledObject): HpaBehavior | undefined {
  const given = object.spec?.advanced?.horizontalPodAutoscalerConfig?.behavior;
  let behavior = given && structuredClone(given);
  if (isScaleInPaused(object)) {
    behavior = { ...behavior, scaleDown: { ...behavior?.scaleDown, selectPolicy: "Disabled" } };
  }
  if (isScaleOutPaused(object)) {
    behavior = { ...behavior, scaleUp: { ...behavior?.scaleUp, selectPolicy: "Disabled" } };
  }
  return behavior;
}

/**
 * Whether an HPA differs from what it should be; what is not asked for may be anything.
 * Source: kedacore/keda controllers/keda/hpa.go (updateHPAIfNeeded).
 */
export function differs(wanted: KubeObject, found: KubeObject): boolean {
  return wanted.spec.metrics.length !== (found.spec?.metrics ?? []).length ||
    (wanted.spec.behavior === undefined) !== (found.spec?.behavior === undefined) ||
    !derives(wanted.spec, found.spec) ||
    !derives(wanted.metadata.labels, found.metadata.labels) ||
    !derives(wanted.metadata.annotations, found.metadata.annotations);
}

/** Source: kubernetes/apimachinery third_party/forked/golang/reflect (DeepDerivative). */
function derives(wanted: unknown, found: unknown): boolean {
  if (wanted === undefined || wanted === null || wanted === "") return true;
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && wanted.length === found.length &&
      wanted.every((item, i) => derives(item, found[i]));
  }
  if (typeof wanted === "object") {
    return typeof found === "object" && found !== null &&
      Object.entries(wanted).every(([key, value]) => derives(value, (found as any)[key]));
  }
  return wanted === found;
}
