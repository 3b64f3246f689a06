import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import { rawEvidence } from "../hop.ts";
import type { MetricWalk } from "./metric_walk.ts";

/** A series as Prometheus has it. */
export async function seriesEvidence(walk: MetricWalk, name: string, shown: unknown) {
  const prometheus = (await walk.prometheus())!;
  return rawEvidence(prometheus.path("series", { "match[]": name }), JSON.stringify(shown));
}

/** The names that the API lists with a pattern in them. */
export async function listEvidence(walk: MetricWalk, pattern: string) {
  const group = METRICS_GROUPS[walk.wanted.api];
  const { code, text } = await walk.cluster.reads.raw(`/apis/${group}/v1beta1`);
  const names: string[] = code === 200
    ? (JSON.parse(text).resources ?? []).map(({ name }: { name: string }) => name)
    : [];
  return {
    command:
      `kubectl get --raw /apis/${group}/v1beta1 | jq -r '.resources[].name' | grep ${pattern}`,
    printed: names.filter((name) => name.includes(pattern)).join("\n"),
  };
}
