import assert from "node:assert/strict";
import { mergeValues } from "../../../lib/commands/helm/_merge_values.ts";
import { charts } from "../../../lib/sim/charts/mod.ts";
import { ChartError } from "../../../lib/sim/charts/_template.ts";

type Json = any;

/** Every path in a chart's values, tables and lists included. */
function pathsOf(values: Json, at: string[] = []): string[][] {
  if (values === null || typeof values !== "object" || Array.isArray(values)) return [at];
  const below = Object.keys(values).flatMap((key) => pathsOf(values[key], [...at, key]));
  return at.length > 0 ? [at, ...below] : below;
}

const ODD: readonly Json[] = [null, 5, "x", "", true, [], {}, [null], ["x"], { a: null }, { a: 1 }];

/** What kube-prometheus-stack takes that its own values say nothing of. */
const UNSAID = [
  "prometheus.additionalRulesForClusterRole",
  "prometheusOperator.denyNamespaces",
  "prometheusOperator.prometheusInstanceNamespaces",
  "prometheusOperator.namespaces",
  "prometheusOperator.namespaces.additional",
].map((path) => path.split("."));

Deno.test("a chart renders with any value in the place of any, or says what it refuses", async (t) => {
  for (const chart of charts) {
    await t.step(chart.name, () => {
      const faults = new Set<string>();
      const more = chart.name === "kube-prometheus-stack" ? UNSAID : [];
      for (const path of [...pathsOf(chart.values), ...more]) {
        for (const odd of ODD) {
          const set = path.reduceRight<Json>((value, key) => ({ [key]: value }), odd);
          const { values } = mergeValues(chart.name, structuredClone(chart.values), set);
          const release = {
            name: "r",
            namespace: "n",
            revision: 1,
            isInstall: true,
            isUpgrade: false,
          };
          try {
            chart.render(values, release);
            chart.notes?.(values, release);
          } catch (error) {
            if (error instanceof ChartError) continue;
            const { message, stack = "" } = error as Error;
            faults.add(
              `${path.join(".")}=${JSON.stringify(odd)}: ${message} ${stack.split("\n")[1]}`,
            );
          }
        }
      }
      assert.deepEqual([...faults], []);
    });
  }
});
