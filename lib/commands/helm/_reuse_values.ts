import { mergeValues, overlayValues } from "./_merge_values.ts";
import type { StoredRelease } from "./_releases.ts";
import type { Chart } from "./_chart.ts";

type Values = Record<string, unknown>;

/** What an upgrade makes of the values that the release has already. */
export type ReuseMode = "default" | "reset" | "reuse" | "reset-then-reuse";

/** Source: helm/helm pkg/action/upgrade.go (reuseValues). */
export function reuseValues(
  chart: Chart,
  current: StoredRelease,
  given: Values,
  mode: ReuseMode,
): { values: Values; base: Chart } {
  const config = current.config ?? {};
  switch (mode) {
    case "reset":
      return { values: given, base: chart };
    case "reuse": {
      const before = mergeValues(chart.name, current.chart.values, config).values;
      return { values: overlayValues(config, given), base: { ...chart, values: before } };
    }
    case "reset-then-reuse":
      return { values: overlayValues(config, given), base: chart };
    case "default":
      return { values: Object.keys(given).length === 0 ? config : given, base: chart };
  }
}
