import { type HpaBehavior, kedaHpaBounds, parseFloatStrictly } from "../../../autoscale/mod.ts";
import { own } from "../../../go/mod.ts";
import { type KubeObject, sameJson } from "../../../kube/mod.ts";
import { externalSpec, type Scaler } from "./scaler.ts";
import { ScaledObjectError } from "./scalable.ts";
import {
  COMPOSITE_METRIC,
  hpaNameOf,
  isScaleInPaused,
  isScaleOutPaused,
  type KedaMetricSpec,
  OWNER_LABEL,
  type ScaledObject,
  usesModifiers,
} from "./scaled_object.ts";

/** The version that labels and the log carry. */
export const KEDA_VERSION = "2.20.2";

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
  const specs = scalers.map(({ spec }): KedaMetricSpec => {
    if (!spec.external) return spec;
    const metricName = spec.external.metric.name;
    if (seen.has(metricName)) {
      throw new ScaledObjectError(
        `metricName ${metricName} defined multiple times in ScaledObject ${name}`,
      );
    }
    seen.add(metricName);
    return labelled(spec, name);
  }).sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0));
  return usesModifiers(object)
    ? [...specs.filter(({ resource }) => resource), ...composite(object)]
    : specs;
}

/** With the label by which the metrics server knows whose metric it is. */
function labelled(spec: KedaMetricSpec, owner: string): KedaMetricSpec {
  const { name } = spec.external!.metric;
  const metric = { name, selector: { matchLabels: { [OWNER_LABEL]: owner } } };
  return { ...spec, external: { ...spec.external!, metric } };
}

/** The one metric that a formula gives. Errors: ScaledObjectError. */
function composite({ spec, metadata }: ScaledObject): KedaMetricSpec[] {
  const { metricType = "AverageValue", target = "" } = spec!.advanced!.scalingModifiers!;
  if (metricType === "Utilization") {
    throw new ScaledObjectError(
      "error metric target type is Utilization, but it needs to be AverageValue or Value for " +
        "external metrics",
    );
  }
  const type = metricType === "Value" ? "Value" : "AverageValue";
  const value = Math.trunc(parseFloatStrictly(target) * 1000) / 1000;
  return [labelled(externalSpec(COMPOSITE_METRIC, type, value), metadata.name)];
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

/** A part of an HPA that is not what it should be. */
export interface Difference {
  /** As the log words it. */
  what: string;
  current: unknown;
  next: unknown;
}

/**
 * Where an HPA differs from what it should be; what is not asked for may be anything, but for
 * `behavior`, which must be the same to the letter.
 * Source: kedacore/keda controllers/keda/hpa.go (updateHPAIfNeeded).
 */
export function differences(wanted: KubeObject, found: KubeObject): Difference[] {
  const out: Difference[] = [];
  const { labels, annotations } = wanted.metadata;
  const now = found.metadata;
  if (
    wanted.spec.metrics.length !== (found.spec?.metrics ?? []).length ||
    !sameJson(wanted.spec.behavior, found.spec?.behavior) || !derives(wanted.spec, found.spec)
  ) out.push({ what: "spec accordint", current: found.spec, next: wanted.spec });
  if (!derives(labels, now.labels)) {
    out.push({ what: "labels accordint", current: now.labels, next: labels });
  }
  if ((!annotations && now.annotations) || !derives(annotations, now.annotations)) {
    out.push({ what: "annotations according", current: now.annotations, next: annotations });
  }
  return out;
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
      Object.entries(wanted).every(([key, value]) => derives(value, own(found, key)));
  }
  return wanted === found;
}
