import { ansicTime, goJson, toYaml } from "../../go/mod.ts";
import type { Actions } from "./_actions.ts";
import type { Parsed } from "./_flags.ts";
import { mergeValues } from "./_merge_values.ts";
import { encode, outputFormat } from "./_output.ts";
import { labelsOf, type StoredRelease } from "./_releases.ts";

/** `helm get …`. Source: helm/helm pkg/cmd/get_{all,hooks,manifest,metadata,notes,values}.go. */
export async function getCommand(
  verb: string,
  flags: Parsed,
  namespace: string,
  actions: Actions,
): Promise<void> {
  const { io } = actions;
  await actions.cluster.reach();
  const revision = Number(flags.text("revision") ?? 0);
  const release = await actions.releases(namespace).get(flags.args[0], revision);
  switch (verb) {
    case "values":
      return io.out(valuesText(release, flags));
    case "manifest":
      return io.out(`${release.manifest}\n`);
    case "notes":
      return io.out(release.info.notes ? `NOTES:\n${release.info.notes}\n` : "");
    case "hooks":
      return io.out(hooksText(release));
    case "metadata":
      return io.out(metadataText(release, flags));
    case "all":
      return io.out(allText(release));
  }
}

function computed(release: StoredRelease): Record<string, unknown> {
  const { metadata, values } = release.chart;
  return mergeValues(metadata.name, values, release.config ?? {}).values;
}

function valuesText(release: StoredRelease, flags: Parsed): string {
  const all = flags.has("all");
  const values = all ? computed(release) : release.config ?? null;
  const format = outputFormat(flags.text("output"));
  if (format === "json") return goJson(values) + "\n";
  if (format === "yaml") return encode(format, values);
  return `${all ? "COMPUTED" : "USER-SUPPLIED"} VALUES:\n${toYaml(values)}`;
}

function hooksText(release: StoredRelease): string {
  return (release.hooks ?? []).map(({ path, manifest }) => `---\n# Source: ${path}\n${manifest}\n`)
    .join("");
}

function metadataText(release: StoredRelease, flags: Parsed): string {
  const { metadata } = release.chart;
  const rows = {
    name: release.name,
    chart: metadata.name,
    version: metadata.version,
    appVersion: metadata.appVersion,
    ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
    labels: labelsOf(release),
    namespace: release.namespace,
    revision: release.version,
    status: release.info.status,
    deployedAt: release.info.last_deployed.replace(/\.\d+/, ""),
    ...(release.apply_method ? { applyMethod: release.apply_method } : {}),
  };
  const format = outputFormat(flags.text("output"));
  if (format !== "table") return encode(format, rows);
  return [
    `NAME: ${rows.name}`,
    `CHART: ${rows.chart}`,
    `VERSION: ${rows.version}`,
    `APP_VERSION: ${rows.appVersion}`,
    `ANNOTATIONS: ${pairs(rows.annotations)}`,
    `LABELS: ${pairs(rows.labels)}`,
    `DEPENDENCIES: `,
    `NAMESPACE: ${rows.namespace}`,
    `REVISION: ${rows.revision}`,
    `STATUS: ${rows.status}`,
    `DEPLOYED_AT: ${rows.deployedAt}`,
    `APPLY_METHOD: ${APPLY_METHODS[release.apply_method ?? ""]}`,
    "",
  ].join("\n");
}

const APPLY_METHODS: Readonly<Record<string, string>> = {
  "": "client-side apply (defaulted)",
  csa: "client-side apply",
  ssa: "server-side apply",
};

function pairs(labels: Record<string, string> = {}): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).sort().join(",");
}

function allText(release: StoredRelease): string {
  const { metadata } = release.chart;
  return [
    `NAME: ${release.name}`,
    `LAST DEPLOYED: ${ansicTime(release.info.last_deployed)}`,
    `NAMESPACE: ${release.namespace}`,
    `STATUS: ${release.info.status}`,
    `REVISION: ${release.version}`,
    `CHART: ${metadata.name}`,
    `VERSION: ${metadata.version}`,
    `APP_VERSION: ${metadata.appVersion}`,
    `DESCRIPTION: ${release.info.description}`,
    "TEST SUITE: None",
    "USER-SUPPLIED VALUES:",
    toYaml(release.config ?? null),
    "COMPUTED VALUES:",
    toYaml(computed(release)),
    "HOOKS:",
    hooksText(release) + "MANIFEST:",
    release.manifest,
    ...(release.info.notes ? ["NOTES:", release.info.notes.trim()] : []),
    "",
  ].join("\n");
}
