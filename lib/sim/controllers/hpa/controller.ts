import {
  ambiguityProblem,
  DEFAULT_HPA_OPTIONS,
  type HpaHistory,
  type HpaInput,
  type HpaSpec,
  type HpaStatus,
  podView,
  reconcile,
  type ReconcileResult,
  type ScaleProblem,
  type ScaleView,
  selectorProblem,
  specOf,
  toldByClient,
} from "../../../autoscale/mod.ts";
import type { Cancel, ClockScope } from "../../../base/mod.ts";
import {
  ApiError,
  groupOf,
  type HorizontalPodAutoscaler,
  isReady,
  type KubeObject,
  pathOf,
  type Pod,
} from "../../../kube/mod.ts";
import { nameOf } from "../../reconcile.ts";
import type { SimContext, StateFile } from "../../seams.ts";
import { canonical } from "../_objects.ts";
import { MetricsClients } from "./metrics_clients.ts";
import { mappingOf } from "./rest_mapping.ts";
import { SelectorIndex } from "./selector_index.ts";

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

/** Told what each sync came to, and how many of the target's pods were ready, where they were looked at. */
export type OnDecision = (
  hpa: HorizontalPodAutoscaler,
  result: ReconcileResult,
  ready: number | undefined,
) => void;

/**
 * Starts the controller: each HPA is synced every 15 s, counted from when it appeared.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go.
 */
export function startHpaController(
  context: SimContext,
  onDecision: OnDecision = () => {},
): { stop(): void; save(state: StateFile): void } {
  const controller = new HpaController(context, onDecision);
  return { stop: () => controller.stop(), save: (state) => controller.save(state) };
}

class HpaController {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Set<string>();
  readonly #selectors = new SelectorIndex();
  readonly #metrics: MetricsClients;
  readonly #scope: ClockScope;
  readonly #unwatch: Cancel;

  constructor(private readonly context: SimContext, private readonly onDecision: OnDecision) {
    this.#scope = context.clock.scope("controller horizontal-pod-autoscaler");
    this.#metrics = new MetricsClients(context.api, () => context.clock.now());
    for (const [, text] of context.state.entries(STATE_PREFIX)) {
      this.#scope.run(() => {
        const saved = JSON.parse(text);
        this.#track(saved.namespace, saved.name, saved);
      }, () => {});
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
    this.#scope.close();
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
    const cancel = this.#scope.every(syncPeriodMs, () => this.#sync(key), { originMs });
    this.#entries.set(key, { namespace, name, originMs, history, selector, cancel });
    if (selector !== undefined) this.#selectors.put({ namespace, name }, selector);
  }

  #sync(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    const about = nameOf(HPAS, entry);
    this.#scope.note(about);
    const hpa = this.context.api.get<HorizontalPodAutoscaler>(HPAS, entry.namespace, entry.name);
    if (!hpa) {
      entry.cancel();
      this.#entries.delete(key);
      this.#selectors.delete(key);
      this.#changed.add(key);
      return;
    }
    this.#changed.add(key);
    try {
      this.#reconcile(hpa, entry);
    } catch (error) {
      // A write that lost a race, mostly; upstream logs it and tries at the next sync.
      if (!(error instanceof ApiError)) this.#scope.report(error, about);
    }
  }

  #reconcile(hpa: HorizontalPodAutoscaler, entry: Entry): void {
    const { api, clock } = this.context;
    const spec = specOf(hpa);
    const target = this.#target(spec, entry.namespace);
    let ready: number | undefined;
    const result = reconcile({
      namespace: entry.namespace,
      spec,
      status: hpa.status as HpaStatus | undefined,
      scale: target,
      observe: () => {
        const { podObjects, ...observed } = this.#observe(entry, spec, (target as Target).selector);
        ready = podObjects?.filter(isReady).length;
        return observed;
      },
      history: entry.history,
      nowMs: clock.now(),
      writeScale: (replicas) => this.#writeScale(target as Target, entry.namespace, replicas),
    });
    entry.history = result.history;
    this.onDecision(hpa, result, ready);
    for (const event of result.events) api.event(hpa, { ...event, component: COMPONENT });
    this.#updateStatus(hpa, result.status as Record<string, unknown>);
  }

  /** Writes the scale; gives the error when that failed. */
  #writeScale(target: Target, namespace: string, replicas: number): string | undefined {
    try {
      const scale = { spec: { replicas } };
      const subresource = { subresource: "scale" };
      this.context.api.patch(target.resource, namespace, target.name, scale, subresource);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.message;
    }
  }

  /** The scale of the target, or why there is none. */
  #target(spec: HpaSpec, namespace: string): Target | ScaleProblem {
    const { kind, name, apiVersion = "" } = spec.scaleTargetRef;
    const { api } = this.context;
    if (apiVersion.split("/").length > 2) {
      return { error: `unexpected GroupVersion string: ${apiVersion}`, step: "group" };
    }
    const mapping = mappingOf(api, apiVersion, kind);
    if (!mapping) {
      const error = `no matches for kind "${kind}" in group "${groupOf(apiVersion)}"`;
      return { error, step: "mapping" };
    }
    const { resource, version } = mapping;
    const plural = resource.split(".")[0];
    try {
      const place = { namespace, name, subresource: "scale" };
      const scale = api.raw(pathOf(`${version}/${plural}`, place));
      return {
        resource,
        name,
        specReplicas: scale.spec?.replicas ?? 0,
        statusReplicas: scale.status?.replicas ?? 0,
        selector: scale.status?.selector ?? "",
      };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { error: toldByClient(error, `${plural} ${name}`), step: "get" };
    }
  }

  /** The pods and readings that a decision by metrics takes. */
  #observe(
    entry: Entry,
    spec: HpaSpec,
    selector: string,
  ): Pick<HpaInput, "pods" | "readings" | "selectorProblem"> & { podObjects?: Pod[] } {
    const nothing = { pods: [], readings: [] };
    const useless = selectorProblem(selector);
    if (useless) return { ...nothing, selectorProblem: useless };
    entry.selector = selector;
    this.#selectors.put(entry, selector);
    const pods = this.context.api.list<Pod>("pods", {
      namespace: entry.namespace,
      labelSelector: selector,
    });
    const labels = pods.map(({ metadata }) => metadata.labels ?? {});
    const rivals = this.#selectors.selecting(entry.namespace, labels);
    const ambiguous = ambiguityProblem(selector, rivals);
    if (ambiguous) return { ...nothing, selectorProblem: ambiguous };
    return {
      podObjects: pods,
      pods: pods.map(podView),
      readings: (spec.metrics ?? []).map((metric) =>
        this.#metrics.read(metric, entry.namespace, selector)
      ),
    };
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
