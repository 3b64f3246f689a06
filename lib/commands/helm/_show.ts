import { toYaml } from "../kubectl/yaml_write.ts";
import { HelmError } from "./_errors.ts";
import type { Chart } from "./_repositories.ts";

/** `helm show …`: what is known of a chart. Errors: HelmError. Source: helm/helm pkg/action/show.go. */
export function showCommand(verb: string, chart: Chart): string {
  switch (verb) {
    case "values":
      return `${toYaml(chart.values)}\n`;
    case "chart":
      return `${chartText(chart)}\n`;
    case "crds":
      return (chart.crds ?? []).map((crd) => `---\n${toYaml(crd)}`).join("");
    case "all":
      return `${chartText(chart)}\n---\n${toYaml(chart.values)}\n`;
  }
  throw new HelmError(`the chart ${chart.name} has no ${verb} here; see ${chart.repository}`);
}

function chartText({ name, version, appVersion, description }: Chart): string {
  return toYaml({ apiVersion: "v2", appVersion, description, name, type: "application", version });
}
