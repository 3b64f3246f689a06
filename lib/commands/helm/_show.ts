import { toYaml } from "../../go/mod.ts";
import { HelmError } from "./_errors.ts";
import { isFolderChart } from "./_chart_folder.ts";
import type { Chart } from "./_chart.ts";

/** `helm show …`: what is known of a chart. Errors: HelmError. Source: helm/helm pkg/action/show.go. */
export function showCommand(verb: string, chart: Chart): string {
  const source = isFolderChart(chart) ? chart.source : undefined;
  const values = source?.valuesText ?? toYaml(chart.values);
  const readme = source?.files.find(({ path }) => /^readme(\.md|\.txt)?$/i.test(path))?.text;
  switch (verb) {
    case "values":
      return `${values}\n`;
    case "readme":
      if (readme !== undefined) return `${readme}\n`;
      break;
    case "chart":
      return `${chartText(chart)}\n`;
    case "crds":
      return (chart.crds ?? []).map((crd) => `---\n${toYaml(crd)}`).join("");
    case "all":
      return `${chartText(chart)}\n---\n${values}\n${
        readme === undefined ? "" : `---\n${readme}\n`
      }`;
  }
  throw new HelmError(`the chart ${chart.name} has no ${verb} here; see ${chart.repository}`);
}

function chartText(chart: Chart): string {
  if (isFolderChart(chart)) return toYaml(inOrder(chart.source.metadata));
  const { name, version, appVersion, description } = chart;
  return toYaml({ apiVersion: "v2", appVersion, description, name, type: "application", version });
}

/** As Go writes a struct by way of JSON: by name. */
function inOrder(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).toSorted(([a], [b]) => a < b ? -1 : 1));
}
