import type { Check, Finding, LabView } from "./lesson.ts";
import type { WantedMetric } from "./wanted_metric.ts";

/*
 * What the checks of the adapter's rules, and of repairs, walk and try with (PromQL, the adapter's own code): it is large,
 * so that nobody waits for it before a check is asked.
 */
const loadAdapterWalk = () => import("./adapter_walk.ts");
const loadRulesServe = () => import("./breaks/rules_serve.ts");
export const loadImaginedPrometheus = () => import("./breaks/imagined_prometheus.ts");

/** Loads all of it, for who may read no more afterwards. */
export async function loadRuleChecks(): Promise<void> {
  await Promise.all([loadAdapterWalk(), loadRulesServe(), loadImaginedPrometheus()]);
}

/**
 * A custom metric is served with a value; without `wanted`, any is listed. Otherwise the first broken hop between the
 * learner's values file and the answer of the API.
 */
export function adapterWalk(wanted?: WantedMetric): Check {
  return async (view) => await (await loadAdapterWalk()).walkAdapter(view, wanted);
}

/** The adapter reaches Prometheus: its list of metrics is not empty. */
export const adapterReachesPrometheus: Check = adapterWalk();

/** The adapter's running rules expose a custom metric on a Service, and it has a value. */
export function customMetricServed(metric: string, service: string): Check {
  return adapterWalk({ metric, service });
}

/** The running release has the values of the learner's file; says what differs when it has not. */
export async function adapterUpgraded(view: LabView): Promise<Finding[]> {
  return await (await loadAdapterWalk()).walkUpgrade(view);
}

/** Whether the adapter's rules serve a metric of Services, and by its Service, once there are series. */
export async function adapterRulesServe(
  view: LabView,
  metric: string | undefined,
): Promise<boolean> {
  return await (await loadRulesServe()).rulesServe(view, metric);
}
