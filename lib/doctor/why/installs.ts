import type { HelmRelease } from "../../kube/mod.ts";

/** Where the charts are that people install. */
const REPOSITORIES = {
  "metrics-server": "https://kubernetes-sigs.github.io/metrics-server/",
  "prometheus-adapter": "https://prometheus-community.github.io/helm-charts",
  keda: "https://kedacore.github.io/charts",
};

/** A line that installs a chart, or makes anew what of its release is gone; it needs no repository to be there. */
export function installLine(
  chart: keyof typeof REPOSITORIES,
  flags = "",
  { name, namespace }: Partial<HelmRelease> = {},
): string {
  const line = `helm upgrade --install ${name ?? chart} ${chart} --repo ${REPOSITORIES[chart]}`;
  const where = namespace === undefined ? "" : `-n ${namespace}`;
  return [line, where, flags].filter(Boolean).join(" ");
}
