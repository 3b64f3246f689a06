import { Buffer } from "node:buffer";
import type { Chart } from "./_chart.ts";
import { type FolderChart, isFolderChart } from "./_chart_folder.ts";
import { renderChart, type RenderContext } from "./_chart_render.ts";
import { manifestText, partHooks, partTexts } from "./_manifest.ts";
import { mergeValues } from "./_merge_values.ts";
import type { Hook, ReleaseStatus, StoredRelease } from "./_releases.ts";

type Values = Record<string, unknown>;

/** What a release is beside its chart and values. */
export interface ReleaseFacts {
  name: string;
  namespace: string;
  version: number;
  status: ReleaseStatus;
  description: string;
  firstDeployed: string;
  lastDeployed: string;
}

/** What a cluster can do, as charts are told. */
export interface Capabilities {
  kubeVersion: string;
  apiVersions: ReadonlySet<string>;
}

/** Of a cluster that was not asked. */
const UNKNOWN: Capabilities = { kubeVersion: "v1.36.3", apiVersions: new Set() };

/**
 * A release of a chart as it would be stored; `values` are those given beside the chart's.
 * Errors: HelmError. Source: helm/helm pkg/action/action.go (renderResources), pkg/chartutil/coalesce.go.
 */
export function renderRelease(
  chart: Chart,
  values: Values,
  facts: ReleaseFacts,
  { capabilities = UNKNOWN, warn }: { capabilities?: Capabilities; warn: (text: string) => void },
): StoredRelease {
  const { name, namespace, version, status } = facts;
  const merged = mergeValues(chart.name, chart.values, values);
  merged.warnings.forEach(warn);
  const isUpgrade = status === "pending-upgrade";
  const { manifest, hooks, notes } = renderParts(chart, merged.values, {
    name,
    namespace,
    revision: version,
    isInstall: !isUpgrade,
    isUpgrade,
    ...capabilities,
  });
  return {
    name,
    info: {
      first_deployed: facts.firstDeployed,
      last_deployed: facts.lastDeployed,
      deleted: "",
      description: facts.description,
      status,
      ...(notes ? { notes } : {}),
    },
    chart: {
      metadata: isFolderChart(chart) ? metadataOf(chart) : {
        name: chart.name,
        version: chart.version,
        description: chart.description,
        apiVersion: "v2",
        appVersion: chart.appVersion,
        type: "application",
      },
      lock: null,
      ...filesOf(chart),
      values: chart.values,
      schema: null,
    },
    ...(Object.keys(values).length > 0 ? { config: values } : {}),
    manifest,
    ...(hooks.length > 0 ? { hooks } : {}),
    version,
    namespace,
  };
}

function renderParts(
  chart: Chart,
  values: Values,
  context: RenderContext,
): { manifest: string; hooks: Hook[]; notes?: string } {
  if (isFolderChart(chart)) return partTexts(renderChart(chart.source, values, context));
  const { objects, hooks } = partHooks(chart.name, chart.render(values, context));
  const notes = chart.notes?.(values, context);
  return {
    manifest: manifestText(chart.name, objects),
    hooks,
    ...(notes === undefined ? {} : { notes }),
  };
}

/** A chart's templates and other files, as a release keeps them. */
function filesOf(chart: Chart): { templates: unknown[]; files: unknown[] } {
  if (!isFolderChart(chart)) return { templates: [], files: [] };
  const stored = (files: readonly { path: string; text: string }[]) =>
    files.map(({ path, text }) => ({ name: path, data: Buffer.from(text).toString("base64") }));
  return { templates: stored(chart.source.templates), files: stored(chart.source.files) };
}

function metadataOf({ source: { metadata } }: FolderChart): StoredRelease["chart"]["metadata"] {
  const { name, version, description = "", apiVersion, appVersion, type = "application" } =
    metadata;
  return {
    ...metadata,
    name,
    version: String(version),
    description,
    apiVersion,
    appVersion: appVersion === undefined ? "" : String(appVersion),
    type,
  };
}
