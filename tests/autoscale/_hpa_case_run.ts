import {
  ambiguityProblem,
  explain,
  type HpaEvent,
  type HpaHistory,
  type HpaSpec,
  type HpaStatus,
  reconcile,
  selectorProblem,
} from "../../lib/autoscale/mod.ts";
import { type KubeObject, matches, parseSelector } from "../../lib/kube/mod.ts";
import { toStorage } from "../../lib/sim/api/conversion.ts";
import { applyDefaults } from "../../lib/sim/api/defaults.ts";
import { ResourceRegistry } from "../../lib/sim/api/resources.ts";
import { validate } from "../../lib/sim/api/validate.ts";
import { podView } from "../../lib/autoscale/mod.ts";
import {
  CaseError,
  type CaseStep,
  type CaseWorld,
  durationMs,
  historyOf,
  type HpaCase,
  optionsOf,
  timeMs,
} from "./_hpa_case.ts";
import { podsUnder, readingOf, type World, worldOf } from "./_hpa_case_world.ts";

type Json = any;

const HPAS = "horizontalpodautoscalers.autoscaling";
const registry = new ResourceRegistry();

/** What one sync came to. */
export interface Answer {
  at: string;
  scaledTo: number | null;
  desiredReplicas: number;
  currentReplicas: number;
  /** What the metrics ask for, before stabilization and limits. */
  wanted?: number;
  /** Why it rescaled. */
  reason?: string;
  /** What the sync returned for the controller to log. */
  error?: string;
  conditions: Json[];
  events: HpaEvent[];
  currentMetrics: Json[];
  lastScaleTime?: string;
  recommendations: number[];
  explanation: string[];
}

/** What a case came to: a refusal of the API server, or a sync or more. */
export interface Outcome {
  refused?: string[];
  answers: Answer[];
  /** The same world for upstream's controller; see the judge. */
  canonical: Json;
}

/** Runs a case. Errors: CaseError when it makes no sense. */
export function runCase(given: HpaCase): Outcome {
  const firstMs = given.now === undefined ? Date.UTC(2026, 10, 24, 3) : Date.parse(given.now);
  if (Number.isNaN(firstMs)) {
    throw new CaseError(`now: ${JSON.stringify(given.now)} is no RFC 3339 time`);
  }
  const hpa = hpaOf(given, firstMs);
  if (given.validate !== false) {
    const refused = validate({ resource: HPAS, group: "autoscaling" }, hpa, undefined).map((
      { field, message },
    ) => `${field}: ${message}`);
    if (refused.length > 0) return { refused, answers: [], canonical: undefined };
  }
  const sequence = new Sequence(given, hpa, firstMs);
  for (const step of given.steps ?? [{}]) sequence.sync(step);
  return { answers: sequence.answers, canonical: sequence.canonical };
}

/** The HPA as the API server stores it. */
function hpaOf(given: HpaCase, nowMs: number): KubeObject {
  const whole = typeof given.hpa === "object" ? structuredClone(given.hpa) : {};
  const apiVersion = given.apiVersion ?? whole.apiVersion ?? "autoscaling/v2";
  const status = structuredClone(given.status ?? whole.status) ?? undefined;
  const object: KubeObject = {
    apiVersion,
    kind: "HorizontalPodAutoscaler",
    metadata: {
      ...whole.metadata,
      name: typeof given.hpa === "string" ? given.hpa : whole.metadata?.name ?? "web",
      namespace: given.namespace ?? whole.metadata?.namespace ?? "default",
      ...(given.annotations ? { annotations: given.annotations } : {}),
    },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      maxReplicas: 10,
      ...structuredClone(given.spec ?? whole.spec),
    },
    ...(status ? { status } : {}),
  };
  const type = registry.byKind(apiVersion, "HorizontalPodAutoscaler");
  if (!type) throw new CaseError(`there is no HorizontalPodAutoscaler in ${apiVersion}`);
  const stored = structuredClone(toStorage(type, object));
  applyDefaults(HPAS, stored);
  stored.status = { ...stored.status };
  if (given.conditions) stored.status.conditions = structuredClone(given.conditions);
  for (const condition of stored.status.conditions ?? []) {
    if (condition.lastTransitionTime) {
      condition.lastTransitionTime = rfc3339(timeMs(condition.lastTransitionTime, nowMs));
    }
  }
  if (given.lastScaleTime !== undefined) {
    stored.status.lastScaleTime = rfc3339(timeMs(given.lastScaleTime, nowMs));
  }
  return stored;
}

/** Syncs of one HPA, one after another. */
class Sequence {
  readonly answers: Answer[] = [];
  readonly canonical: Json;
  readonly #options;
  readonly #hpa: KubeObject;
  #world: CaseWorld;
  #nowMs: number;
  #history: HpaHistory | undefined;
  #status: HpaStatus;

  constructor(private readonly given: HpaCase, hpa: KubeObject, nowMs: number) {
    this.#hpa = hpa;
    this.#options = optionsOf(given);
    this.#history = historyOf(given, nowMs);
    this.#status = hpa.status as HpaStatus;
    this.#world = given;
    this.#nowMs = nowMs;
    const { featureGates } = given.options ?? {};
    this.canonical = structuredClone({
      name: given.name,
      nowMs,
      hpa,
      history: this.#history,
      others: this.#others().map((other) => ({ ...other })),
      options: { ...this.#options, featureGates },
      steps: [],
    });
  }

  #others() {
    const namespace = this.#hpa.metadata.namespace!;
    return (this.given.otherHpas ?? []).map((other) => ({ namespace, ...other }));
  }

  sync(step: CaseStep): void {
    const { after, spec: changes, expect: _, ...changed } = step;
    const since = after === undefined
      ? this.answers.length === 0 ? 0 : this.#options.syncPeriodMs
      : durationMs(after);
    this.#nowMs += since;
    this.#world = { ...this.#world, ...changed };
    if (changes) Object.assign(this.#hpa.spec, structuredClone(changes));
    const spec = this.#hpa.spec as HpaSpec;
    const namespace = this.#hpa.metadata.namespace!;
    const world = worldOf(this.#world, {
      namespace,
      target: spec.scaleTargetRef.name,
      specs: spec.metrics ?? [],
      nowMs: this.#nowMs,
    });
    const canonical = structuredClone({ ...world, ...(changes ? { spec } : {}) });
    this.canonical.steps.push(canonical);
    const result = reconcile({
      namespace,
      spec,
      status: this.#status,
      scale: "error" in world.scale ? { error: world.scale.error, step: "get" } : world.scale,
      observe: () => this.#observe(world, spec),
      history: this.#history,
      nowMs: this.#nowMs,
      options: this.#options,
      writeScale: () => world.updateError,
    });
    this.#history = result.history;
    this.#status = result.status;
    if (result.scaledTo !== undefined) {
      this.#world = { ...this.#world, replicas: result.scaledTo, statusReplicas: undefined };
    }
    const { status, events, error, scaledTo, decision, history } = result;
    this.answers.push({
      at: rfc3339(this.#nowMs),
      scaledTo: scaledTo ?? null,
      desiredReplicas: status.desiredReplicas ?? 0,
      currentReplicas: status.currentReplicas ?? 0,
      ...(decision?.derivation.stabilization
        ? { wanted: decision.derivation.stabilization.desired }
        : {}),
      ...(decision?.rescaleReason === undefined ? {} : { reason: decision.rescaleReason }),
      ...(error === undefined ? {} : { error }),
      conditions: status.conditions ?? [],
      events,
      currentMetrics: status.currentMetrics ?? [],
      ...(status.lastScaleTime ? { lastScaleTime: status.lastScaleTime } : {}),
      recommendations: (history?.recommendations ?? []).map(({ replicas }) => replicas),
      explanation: decision ? explain(decision.derivation).map(({ text }) => text) : [],
    });
  }

  #observe(world: World, spec: HpaSpec) {
    const { selector } = world.scale as { selector: string };
    const nothing = { pods: [], readings: [] };
    const useless = selectorProblem(selector);
    if (useless) return { ...nothing, selectorProblem: useless };
    const pods = podsUnder(world, selector);
    const { name, namespace = "" } = this.#hpa.metadata;
    const rivals = this.#others().filter((other) =>
      other.namespace === namespace &&
      pods.some((pod) => matches(parseSelector(other.selector), pod.metadata.labels))
    );
    const keys = [...pods.length > 0 ? [{ name, namespace }] : [], ...rivals]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const ambiguous = ambiguityProblem(selector, keys);
    if (ambiguous) return { ...nothing, selectorProblem: ambiguous };
    return {
      pods: pods.map(podView),
      readings: (spec.metrics ?? []).map((metric) => readingOf(metric, world)),
    };
  }
}

function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
