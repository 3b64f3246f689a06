import {
  decide,
  DEFAULT_HPA_OPTIONS,
  type HpaCondition,
  type HpaDecision,
  type HpaHistory,
  type HpaInput,
  type HpaSpec,
  needsMetrics,
  rememberRescale,
  type ScaleView,
  withCondition,
} from "../../../autoscale/mod.ts";
import { type Cancel, matches, parseSelector, SelectorSyntaxError } from "../../../base/mod.ts";
import {
  ApiError,
  groupOf,
  type HorizontalPodAutoscaler,
  type KubeObject,
  type Pod,
} from "../../../kube/mod.ts";
import type { SimContext, StateFile } from "../../seams.ts";
import { MetricsClients } from "./metrics_clients.ts";
import { podView } from "./pod_views.ts";

const HPAS = "horizontalpodautoscalers.autoscaling";
const COMPONENT = "horizontal-pod-autoscaler";
const STATE_PREFIX = "hpa/";
const { syncPeriodMs } = DEFAULT_HPA_OPTIONS;

/** What is kept of one HPA between syncs, and over a restart. */
interface Entry {
  namespace: string;
  name: string;
  /** When the HPA was first seen; its syncs fall on this instant's grid. */
  originMs: number;
  history: HpaHistory | undefined;
  /** The target's selector at the last sync; what makes two HPAs ambiguous. */
  selector: string | undefined;
  cancel: Cancel;
}

/** What an HPA scales. */
interface Target extends ScaleView {
  /** The plural with its group. */
  resource: string;
  name: string;
}

/**
 * Starts the controller: each HPA is synced every 15 s, counted from when it appeared.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go.
 */
export function startHpaController(
  context: SimContext,
): { stop(): void; save(state: StateFile): void } {
  const controller = new HpaController(context);
  return { stop: () => controller.stop(), save: (state) => controller.save(state) };
}

class HpaController {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<string>();
  readonly #metrics: MetricsClients;
  readonly #unwatch: Cancel;

  constructor(private readonly context: SimContext) {
    this.#metrics = new MetricsClients(context.api, () => context.clock.now());
    for (const [, text] of context.state.entries(STATE_PREFIX)) {
      const saved = JSON.parse(text);
      this.#track(saved.namespace, saved.name, saved);
    }
    this.#unwatch = context.api.watch(HPAS, ({ type, object }) => {
      const { namespace = "", name } = object.metadata;
      if (type === "DELETED" || this.#entries.has(`${namespace}/${name}`)) return;
      const entry = { originMs: context.clock.now(), history: undefined, selector: undefined };
      this.#track(namespace, name, entry);
      this.#changed.add(`${namespace}/${name}`);
    });
  }

  stop(): void {
    this.#unwatch();
    for (const { cancel } of this.#entries.values()) cancel();
    this.#entries.clear();
  }

  save(state: StateFile): void {
    for (const key of this.#changed) {
      const entry = this.#entries.get(key);
      if (!entry) state.delete(STATE_PREFIX + key);
      else {
        const { cancel: _, ...kept } = entry;
        state.put(STATE_PREFIX + key, JSON.stringify(kept));
      }
    }
    this.#changed.clear();
  }

  #track(
    namespace: string,
    name: string,
    { originMs, history, selector }: Pick<Entry, "originMs" | "history" | "selector">,
  ): void {
    const key = `${namespace}/${name}`;
    const cancel = this.context.clock.every(syncPeriodMs, () => this.#sync(key), { originMs });
    this.#entries.set(key, { namespace, name, originMs, history, selector, cancel });
  }

  #sync(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    const hpa = this.context.api.get<HorizontalPodAutoscaler>(HPAS, entry.namespace, entry.name);
    if (!hpa) {
      entry.cancel();
      this.#entries.delete(key);
      this.#changed.add(key);
      return;
    }
    this.#changed.add(key);
    try {
      this.#reconcile(hpa, entry);
    } catch (error) {
      // A write that lost a race; upstream logs it and tries at the next sync.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #reconcile(hpa: HorizontalPodAutoscaler, entry: Entry): void {
    const spec = hpa.spec as unknown as HpaSpec;
    const target = this.#target(spec, entry.namespace);
    if ("error" in target) return this.#failScale(hpa, target.error);

    const { specReplicas, statusReplicas, selector } = target;
    const scale = { specReplicas, statusReplicas, selector };
    const input: HpaInput = {
      namespace: entry.namespace,
      spec,
      conditions: (hpa.status?.conditions ?? []) as HpaCondition[],
      scale,
      pods: [],
      readings: [],
      history: entry.history,
      nowMs: this.context.clock.now(),
    };
    if (needsMetrics(spec, scale)) Object.assign(input, this.#observe(entry, spec, selector));
    const decision = decide(input);
    entry.history = decision.history;
    this.#carryOut(hpa, spec, target, decision, entry);
  }

  /** The scale of the target, or why there is none. */
  #target(spec: HpaSpec, namespace: string): Target | { error: string } {
    const { kind, name, apiVersion = "" } = spec.scaleTargetRef;
    const { api } = this.context;
    if (apiVersion.split("/").length > 2) {
      return { error: `unexpected GroupVersion string: ${apiVersion}` };
    }
    const mapping = this.#mapping(apiVersion, kind);
    if (!mapping) {
      return { error: `no matches for kind "${kind}" in group "${groupOf(apiVersion)}"` };
    }
    const { resource, version } = mapping;
    const plural = resource.split(".")[0];
    const root = version.includes("/") ? "/apis" : "/api";
    try {
      const scale = api.raw(`${root}/${version}/namespaces/${namespace}/${plural}/${name}/scale`);
      return {
        resource,
        name,
        specReplicas: scale.spec?.replicas ?? 0,
        statusReplicas: scale.status?.replicas ?? 0,
        selector: scale.status?.selector ?? "",
      };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { error: error.message };
    }
  }

  /** Only group and kind count upstream; the version is whichever the cluster serves. */
  #mapping(apiVersion: string, kind: string): { resource: string; version: string } | undefined {
    const { api } = this.context;
    const resource = api.resourceFor(apiVersion, kind);
    if (resource) return { resource, version: apiVersion };
    const group = groupOf(apiVersion);
    if (group === "") return undefined;
    try {
      const versions: any[] = api.raw(`/apis/${group}`)?.versions ?? [];
      for (const { groupVersion } of versions) {
        const found = api.resourceFor(groupVersion, kind);
        if (found) return { resource: found, version: groupVersion };
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    return undefined;
  }

  /** The pods and readings that a decision by metrics takes. */
  #observe(
    entry: Entry,
    spec: HpaSpec,
    selector: string,
  ): Pick<HpaInput, "pods" | "readings" | "selectorProblem"> {
    const nothing = { pods: [], readings: [] };
    if (selector === "") {
      const message = "selector is required";
      return {
        ...nothing,
        selectorProblem: {
          event: { type: "Warning", reason: "SelectorRequired", message },
          reason: "InvalidSelector",
          message: "the HPA target's scale is missing a selector",
          error: message,
        },
      };
    }
    const problem = (reason: string, message: string) => ({
      ...nothing,
      selectorProblem: {
        event: { type: "Warning" as const, reason, message },
        reason,
        message,
        error: message,
      },
    });
    try {
      parseSelector(selector);
    } catch (error) {
      if (!(error instanceof SelectorSyntaxError)) throw error;
      return problem(
        "InvalidSelector",
        `couldn't convert selector into a corresponding internal selector object: ${error.message}`,
      );
    }
    entry.selector = selector;
    const pods = this.context.api.list<Pod>("pods", {
      namespace: entry.namespace,
      labelSelector: selector,
    });
    const rivals = this.#controlling(entry.namespace, pods);
    if (rivals.length > 1) {
      const keys = rivals.map(({ name, namespace }) => `{${name} ${namespace}}`).join(" ");
      return problem(
        "AmbiguousSelector",
        `pods by selector ${selector} are controlled by multiple HPAs: [${keys}]`,
      );
    }
    return {
      pods: pods.map(podView),
      readings: (spec.metrics ?? []).map((metric) =>
        this.#metrics.read(metric, entry.namespace, selector)
      ),
    };
  }

  /** The HPAs whose target selects any of `pods`. */
  #controlling(namespace: string, pods: readonly Pod[]): Entry[] {
    return [...this.#entries.values()].filter((entry) => {
      if (entry.namespace !== namespace || entry.selector === undefined) return false;
      const requirements = parseSelector(entry.selector);
      return pods.some((pod) => matches(requirements, pod.metadata.labels));
    });
  }

  /** Writes the scale, when it is to change, then events and status. */
  #carryOut(
    hpa: HorizontalPodAutoscaler,
    spec: HpaSpec,
    target: Target,
    decision: HpaDecision,
    entry: Entry,
  ): void {
    const { api, clock } = this.context;
    for (const event of decision.events) api.event(hpa, { ...event, component: COMPONENT });
    const { currentReplicas, desiredReplicas, rescaleReason } = decision;
    let { conditions } = decision;
    const able = (status: "True" | "False", reason: string, message: string) => {
      const condition = { type: "AbleToScale", status, reason, message };
      conditions = withCondition(conditions, condition, clock.now());
    };
    const before = hpa.status?.desiredReplicas ?? 0;
    if (!decision.ok) {
      return this.#writeStatus(hpa, { ...decision, conditions, desiredReplicas: before }, false);
    }
    if (rescaleReason === undefined) {
      return this.#writeStatus(hpa, { ...decision, conditions }, false);
    }
    const size = `New size: ${desiredReplicas}; reason: ${rescaleReason}`;
    try {
      api.patch(target.resource, entry.namespace, target.name, {
        spec: { replicas: desiredReplicas },
      }, { subresource: "scale" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const message = `${size}; error: ${error.message}`;
      api.event(hpa, { type: "Warning", reason: "FailedRescale", message, component: COMPONENT });
      able(
        "False",
        "FailedUpdateScale",
        `the HPA controller was unable to update the target scale: ${error.message}`,
      );
      return this.#writeStatus(hpa, { ...decision, conditions, desiredReplicas: before }, false);
    }
    able(
      "True",
      "SucceededRescale",
      `the HPA controller was able to update the target scale to ${desiredReplicas}`,
    );
    api.event(hpa, {
      type: "Normal",
      reason: "SuccessfulRescale",
      message: size,
      component: COMPONENT,
    });
    entry.history = rememberRescale(
      decision.history,
      spec.behavior,
      currentReplicas,
      desiredReplicas,
      clock.now(),
    );
    this.#writeStatus(hpa, { ...decision, conditions }, true);
  }

  #failScale(hpa: HorizontalPodAutoscaler, error: string): void {
    const { api, clock } = this.context;
    api.event(hpa, {
      type: "Warning",
      reason: "FailedGetScale",
      message: error,
      component: COMPONENT,
    });
    const conditions = withCondition((hpa.status?.conditions ?? []) as HpaCondition[], {
      type: "AbleToScale",
      status: "False",
      reason: "FailedGetScale",
      message: `the HPA controller was unable to get the target's current scale: ${error}`,
    }, clock.now());
    this.#updateStatus(hpa, {
      desiredReplicas: 0,
      currentMetrics: null,
      ...hpa.status,
      conditions,
    });
  }

  #writeStatus(
    hpa: HorizontalPodAutoscaler,
    decision: Pick<
      HpaDecision,
      "currentReplicas" | "desiredReplicas" | "conditions" | "currentMetrics"
    >,
    rescaled: boolean,
  ): void {
    const now = new Date(this.context.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    const lastScaleTime = rescaled ? now : hpa.status?.lastScaleTime;
    this.#updateStatus(hpa, {
      ...(lastScaleTime ? { lastScaleTime } : {}),
      currentReplicas: decision.currentReplicas,
      desiredReplicas: decision.desiredReplicas,
      currentMetrics: decision.currentMetrics,
      conditions: decision.conditions,
    });
  }

  #updateStatus(hpa: HorizontalPodAutoscaler, status: Record<string, unknown>): void {
    if (sameStatus(hpa.status, status)) return;
    const { api } = this.context;
    try {
      api.updateStatus(HPAS, { ...hpa, status } as KubeObject);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      api.event(hpa, {
        type: "Warning",
        reason: "FailedUpdateStatus",
        message: error.message,
        component: COMPONENT,
      });
      throw error;
    }
  }
}

/** Equal but for absent, null and empty, as apimachinery's Semantic.DeepEqual sees it. */
function sameStatus(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? {}, (_key, inner) => {
    if (inner === null || (Array.isArray(inner) && inner.length === 0)) return undefined;
    if (typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)),
    );
  });
}
