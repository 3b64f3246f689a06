import {
  compileModifiers,
  COMPOSITE_METRIC,
  type HpaSpec,
  isSet,
  type KedaFallback,
  kedaHpaBounds,
  type MetricSpec,
  OWNER_LABEL,
  parseFloatStrictly,
  type ScalingFormula,
  type ScalingModifiers,
  ScalingModifiersError,
} from "../../autoscale/mod.ts";
import { Quantity } from "../../kube/mod.ts";
import {
  type FiledObject,
  isCount,
  isQuantity,
  misshapen,
  namesOf,
  objectsOf,
  readHpaFile,
  strangeBehavior,
} from "../rules/mod.ts";
import { InputError, type Localized, said } from "../said.ts";

/** What KEDA does besides the HPA that it owns. */
export interface KedaPart {
  pollingIntervalMs: number;
  minReplicaCount?: number;
  idleReplicaCount?: number;
  cooldownPeriodSeconds?: number;
  initialCooldownPeriodSeconds?: number;
  fallback?: KedaFallback;
  formula?: Composite;
}

/** The formula of a ScaledObject's scalingModifiers, and what it is compared with. */
export interface Composite {
  text: string;
  formula: ScalingFormula;
  /** A number, as it is written. */
  target: string;
  isValue: boolean;
  /** Above this the ScaledObject is active. */
  activationTarget: number;
}

/** A metric that is replayed: the HPA's own, and where its numbers come from as far as the spec says. */
export interface ScalerMetric {
  /** What options call it. */
  name: string;
  spec: MetricSpec;
  /** A trigger's query. */
  promql?: string;
  /** Above this a trigger is active. */
  activationThreshold?: number;
  /** Whether a trigger takes an empty answer for 0. */
  emptyIsZero?: boolean;
  /** What a formula calls a trigger. */
  trigger?: string;
}

/** An HPA or a ScaledObject that is to be replayed. */
export interface ReplayedScaler {
  /** As tables call it: `hpa/web`, with its file where two are called alike. */
  label: string;
  namespace: string;
  /** What the controller acts on; of a ScaledObject, the HPA that KEDA would make. */
  spec: HpaSpec;
  metrics: ScalerMetric[];
  keda?: KedaPart;
}

/**
 * The HPAs and ScaledObjects of a file. `remark` gets what is told of a ScaledJob beside them, which is left out.
 * Errors: InputError for a file without any, and for what cannot be replayed.
 */
export function readScalers(
  text: string,
  file: string,
  remark: (told: Localized) => void = () => {},
): ReplayedScaler[] {
  const hpas = readHpaFile(text, file).map(({ name, namespace, spec }): ReplayedScaler => ({
    label: `hpa/${name}`,
    namespace,
    spec,
    metrics: (spec.metrics ?? []).map((metric) => ({ name: nameOf(metric), spec: metric })),
  }));
  const filed = objectsOf(text, file);
  const objects = filed.filter(({ object }) => object.kind === "ScaledObject")
    .map((filed) => scaledObject(filed, file));
  const jobs = filed.filter(({ object }) => object.kind === "ScaledJob")
    .map((filed) => ofJob(namesOf(filed).name, file));
  const scalers = [...hpas, ...objects];
  if (scalers.length === 0) {
    if (jobs.length > 0) throw new InputError(jobs[0]);
    throw new InputError(said(
      `${file} holds neither a HorizontalPodAutoscaler nor a ScaledObject`,
      `${file}에 HorizontalPodAutoscaler도 ScaledObject도 없습니다`,
    ));
  }
  for (const { label, metrics } of scalers) {
    const bare = metrics.find(({ spec }) => !hasAmount(spec));
    if (!bare) continue;
    throw new InputError(said(
      `${label} in ${file}: ${bare.name} has no target that its type can have`,
      `${file}의 ${label}: ${bare.name}에 유형에 맞는 목표가 없습니다`,
    ));
  }
  jobs.forEach(remark);
  return scalers;
}

/** What cannot be replayed of a ScaledJob, and what can be seen of it instead. */
function ofJob(name: string, file: string): Localized {
  const [en, ko] = name
    ? [`${name} in ${file} is a ScaledJob, which`, `${file}의 ${name}은(는) ScaledJob이라`]
    : [`a ScaledJob without a name in ${file}`, `${file}의 이름 없는 ScaledJob은`];
  const look = `why sj/${name || "NAME"}`;
  return said(
    `${en} is not replayed: it starts Jobs for what waits, and how long each runs and ` +
      `how much it takes away no recording of the trigger says. What its next poll starts: ${look}. What its ` +
      `triggers' numbers would have asked for: write them into a ScaledObject, and replay that`,
    `${ko} 재생하지 않습니다: 기다리는 일감만큼 Job을 시작하는데, Job이 얼마나 돌고 일감을 얼마나 ` +
      `덜어 가는지는 트리거의 기록에 없습니다. 다음 폴링에 시작할 것: ${look}. 트리거의 수가 무엇을 요구했을지 보려면 ` +
      `ScaledObject에 옮겨 써서 재생하세요`,
  );
}

/** Whether a metric has a target to be compared with. */
function hasAmount({ type, ...metric }: MetricSpec): boolean {
  const { target } = (metric.object ?? metric.external ?? metric.pods ?? metric.resource ??
    metric.containerResource)!;
  const isOfResource = type === "Resource" || type === "ContainerResource";
  if (isSet(target.averageValue)) return true;
  return isOfResource ? isSet(target.averageUtilization) : type !== "Pods" && isSet(target.value);
}

function nameOf(metric: MetricSpec): string {
  return (metric.object ?? metric.pods ?? metric.external)?.metric.name ??
    (metric.resource ?? metric.containerResource)!.name;
}

/**
 * A ScaledObject as what it makes: an HPA, and KEDA's own loop.
 * Source: kedacore/keda controllers/keda/hpa.go (newHPAForScaledObject), pkg/scalers/scaler.go,
 * pkg/scalers/prometheus_scaler.go.
 */
function scaledObject(filed: FiledObject, file: string): ReplayedScaler {
  const { object: { spec }, placeOf } = filed;
  const { name, namespace } = namesOf(filed);
  const label = `so/${name || "?"}`;
  const refuse = (why: Localized) =>
    new InputError(said(`${file}, ${label}: ${why.en}`, `${file}, ${label}: ${why.ko}`));
  if (
    typeof spec?.scaleTargetRef?.name !== "string" || !Array.isArray(spec.triggers) ||
    spec.triggers.length === 0
  ) {
    throw refuse(said(
      "spec.scaleTargetRef.name and spec.triggers must be there",
      "spec.scaleTargetRef.name과 spec.triggers가 있어야 합니다",
    ));
  }
  const config = spec.advanced ?? {};
  const metrics: ScalerMetric[] = spec.triggers.map((trigger: KedaTrigger | null, index: number) =>
    triggerMetric(trigger, index, refuse)
  );
  const { behavior } = config.horizontalPodAutoscalerConfig ?? {};
  const strange = COUNTS.find((field) => !isCount(spec[field] ?? 1) || spec.pollingInterval === 0);
  if (strange) throw misshapen(`spec.${strange}`, placeOf(`spec.${strange}`));
  const { fallback } = spec;
  const isFallback = !fallback ||
    (isCount(fallback.failureThreshold) && isCount(fallback.replicas));
  if (!isFallback) throw misshapen("spec.fallback", placeOf("spec.fallback"));
  const strangeRule = strangeBehavior(behavior);
  if (strangeRule) {
    const path = `spec.advanced.horizontalPodAutoscalerConfig.behavior.${strangeRule}`;
    throw misshapen(path, placeOf(path));
  }
  const formula = compositeOf(filed, refuse);
  const specs = metrics.map((metric) => metric.spec);
  return {
    label,
    namespace,
    spec: {
      scaleTargetRef: { kind: "Deployment", apiVersion: "apps/v1", ...spec.scaleTargetRef },
      ...kedaHpaBounds(spec),
      metrics:
        (formula ? [...specs.filter(({ external }) => !external), compositeSpec(formula)] : specs)
          .map((spec) => ownedBy(name, spec)),
      ...(behavior ? { behavior } : {}),
    },
    metrics,
    keda: {
      pollingIntervalMs: 1000 * (spec.pollingInterval ?? 30),
      minReplicaCount: spec.minReplicaCount,
      idleReplicaCount: spec.idleReplicaCount,
      cooldownPeriodSeconds: spec.cooldownPeriod,
      initialCooldownPeriodSeconds: spec.initialCooldownPeriod,
      fallback,
      ...(formula ? { formula } : {}),
    },
  };
}

/** A metric of KEDA's is asked for by whose it is. Source: kedacore/keda controllers/keda/hpa.go (getScaledObjectMetricSpecs). */
function ownedBy(name: string, spec: MetricSpec): MetricSpec {
  if (!spec.external) return spec;
  const selector = { matchLabels: { [OWNER_LABEL]: name } };
  return { ...spec, external: { ...spec.external, metric: { ...spec.external.metric, selector } } };
}

/** The one metric that a formula makes of the triggers. Source: kedacore/keda controllers/keda/hpa.go. */
function compositeSpec({ target, isValue }: Composite): MetricSpec {
  const amount = Quantity.fromFloat(Number(target)).toString();
  return {
    type: "External",
    external: {
      metric: { name: COMPOSITE_METRIC },
      target: isValue
        ? { type: "Value", value: amount }
        : { type: "AverageValue", averageValue: amount },
    },
  };
}

/**
 * The formula of a ScaledObject; undefined where it has no scalingModifiers. Errors: InputError, in KEDA's words.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go (ValidateAndCompileScalingModifiers).
 */
function compositeOf(
  { object: { spec }, placeOf }: FiledObject,
  refuse: (why: Localized) => InputError,
): Composite | undefined {
  const path = "spec.advanced.scalingModifiers";
  const given: Record<string, unknown> = spec.advanced?.scalingModifiers ?? {};
  if (typeof given !== "object" || Array.isArray(given)) throw misshapen(path, placeOf(path));
  if (Object.keys(given).length === 0) return undefined;
  for (const field of ["formula", "target", "activationTarget", "metricType"]) {
    if (["string", "undefined"].includes(typeof given[field])) continue;
    throw misshapen(`${path}.${field}`, placeOf(`${path}.${field}`));
  }
  const modifiers = given as ScalingModifiers;
  let formula: ScalingFormula;
  try {
    formula = compileModifiers(modifiers, spec.triggers, 0);
  } catch (error) {
    if (!(error instanceof ScalingModifiersError)) throw error;
    throw refuse(said(error.message, error.message));
  }
  const { target = "", activationTarget = "" } = modifiers;
  const activation = activationTarget === "" ? 0 : parseFloatStrictly(activationTarget);
  const amount = parseFloatStrictly(target);
  if (Number.isNaN(activation) || amount < LEAST_TARGET || amount > MOST_THRESHOLD) {
    throw refuse(said(
      "scalingModifiers wants a target of thousandths at least, and an activationTarget that is a number",
      "scalingModifiers의 target은 0.001 이상, activationTarget은 수여야 합니다",
    ));
  }
  return {
    text: modifiers.formula!,
    formula,
    target,
    isValue: modifiers.metricType === "Value",
    activationTarget: activation,
  };
}

const LEAST_TARGET = 0.001;

const COUNTS = [
  "pollingInterval",
  "cooldownPeriod",
  "initialCooldownPeriod",
  "idleReplicaCount",
  "minReplicaCount",
  "maxReplicaCount",
];

interface KedaTrigger {
  type?: string;
  name?: string;
  metricType?: string;
  metadata?: Record<string, string | number | boolean | undefined> | null;
}

/** A larger one is no number of thousandths any more. */
const MOST_THRESHOLD = 1e15;

function triggerMetric(
  trigger: KedaTrigger | null,
  index: number,
  refuse: (why: Localized) => InputError,
): ScalerMetric {
  const { type, name, metricType } = trigger ?? {};
  const metadata = trigger?.metadata ?? {};
  if (type === "cpu" || type === "memory") {
    const isShare = (metricType ?? metadata.type) !== "AverageValue";
    const value = metadata.value ?? "";
    if (isShare ? !(isCount(Number(value)) && Number(value) > 0) : !isQuantity(value)) {
      throw refuse(said(
        `trigger ${index} wants a value: whole percents, or a quantity of type AverageValue`,
        `트리거 ${index}에 value가 필요합니다. 정수 백분율이나 AverageValue 유형의 수량입니다`,
      ));
    }
    const target = isShare
      ? { type: "Utilization", averageUtilization: Number(value) }
      : { type: "AverageValue", averageValue: String(value) };
    const container = metadata.containerName;
    return {
      name: type,
      spec: container
        ? {
          type: "ContainerResource",
          containerResource: { name: type, container: String(container), target },
        }
        : { type: "Resource", resource: { name: type, target } },
    };
  }
  if (type !== "prometheus") {
    throw refuse(said(
      `a trigger of type ${type} is not replayed; prometheus, cpu and memory are`,
      `${type} 유형의 트리거는 재생하지 않습니다. prometheus, cpu, memory만 됩니다`,
    ));
  }
  const { query, threshold } = metadata;
  const isAmount = isSet(threshold) && /\d/.test(String(threshold)) &&
    Math.abs(Number(threshold)) < MOST_THRESHOLD;
  if (typeof query !== "string" || !isAmount) {
    throw refuse(said(
      `trigger ${index} wants a query and a threshold`,
      `트리거 ${index}에 query와 threshold가 필요합니다`,
    ));
  }
  const amount = Quantity.parse(Number(threshold).toFixed(3)).toString();
  const target = metricType === "Value"
    ? { type: "Value", value: amount }
    : { type: "AverageValue", averageValue: amount };
  return {
    name: typeof name === "string" ? name : `s${index}-prometheus`,
    spec: { type: "External", external: { metric: { name: `s${index}-prometheus` }, target } },
    promql: query,
    activationThreshold: Number(metadata.activationThreshold ?? 0),
    ...(typeof name === "string" ? { trigger: name } : {}),
    emptyIsZero: String(metadata.ignoreNullValues ?? "true") === "true",
  };
}
