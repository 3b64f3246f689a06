import { compileGoRegexp, jsonTypeName } from "../../go/mod.ts";
import type { KubeObject } from "../../kube/mod.ts";
import { type CommandIo, FileError, type Files } from "../command.ts";
import { HelmError } from "./_errors.ts";
import { parseManifest } from "./_manifest.ts";
import type { Chart } from "./_chart.ts";
import { readValues, readYaml } from "./_yaml.ts";

type Values = Record<string, unknown>;

/** A file of a chart, by its path below the chart's folder. */
export interface ChartFile {
  path: string;
  text: string;
}

/** What Chart.yaml says. Source: helm/helm pkg/chart/v2/metadata.go, dependency.go. */
export interface ChartMetadata extends Values {
  name: string;
  version: string;
  apiVersion: string;
  appVersion?: string;
  description?: string;
  type?: string;
  dependencies?: { name: string; alias?: string; condition?: string }[];
}

/** A chart as it lies in a folder: its files, and the charts in its `charts/`. */
export interface ChartSource {
  metadata: ChartMetadata;
  values: Values;
  /** Its values as they are written, comments and all. */
  valuesText?: string;
  templates: ChartFile[];
  crds: ChartFile[];
  files: ChartFile[];
  charts: ChartSource[];
}

/** A chart of the learner's own, whose manifests are the texts that its templates give. */
export interface FolderChart extends Chart {
  readonly source: ChartSource;
}

export function isFolderChart(chart: Chart): chart is FolderChart {
  return "source" in chart;
}

/**
 * Reads a chart from a folder. Errors: HelmError.
 * Source: helm/helm pkg/chart/v2/loader (load.go, directory.go), pkg/ignore/rules.go.
 * Differs: of .helmignore, patterns of names and of whole paths alone; no archives, no remote dependencies.
 */
export async function loadChart(path: string, io: CommandIo): Promise<FolderChart> {
  const root = path.replace(/\/+$/, "") || "/";
  if (!(await io.files.stat(root))?.isDirectory) {
    throw new HelmError(`file '${root}' does not appear to be a chart archive or folder`);
  }
  const source = await readSource(root, io.files);
  checkDependencies(source);
  const { metadata, values } = source;
  return {
    repository: "",
    name: metadata.name,
    version: String(metadata.version),
    appVersion: String(metadata.appVersion ?? ""),
    description: String(metadata.description ?? ""),
    values,
    crds: crdsOf(source),
    source,
    render(): KubeObject[] {
      throw new HelmError(`chart "${metadata.name}" is rendered as text`);
    },
  };
}

async function readSource(root: string, files: Files): Promise<ChartSource> {
  const all = await filesUnder(root, "", files);
  const ignored = ignoreRules(all.find(({ path }) => path === ".helmignore")?.text ?? "");
  const kept = all.filter(({ path }) => !ignored(path));
  const meta = kept.find(({ path }) => path === "Chart.yaml");
  if (!meta) throw new HelmError("Chart.yaml file is missing");
  const metadata = readMetadata(meta.text);
  checkMetadata(metadata);
  if (!metadata?.name) throw new HelmError("validation: chart.metadata.name is required");
  if (!metadata.version) throw new HelmError("validation: chart.metadata.version is required");
  const values = kept.find(({ path }) => path === "values.yaml");
  const inFolder = (folder: string) => kept.filter(({ path }) => path.startsWith(`${folder}/`));
  const names = new Set(
    inFolder("charts").map(({ path }) => path.split("/")).filter((parts) => parts.length > 2)
      .map((parts) => parts[1]),
  );
  const charts: ChartSource[] = [];
  for (const name of names) charts.push(await readSource(`${root}/charts/${name}`, files));
  const special = /^(templates|crds|charts)\/|^(Chart|values)\.yaml$|^\.helmignore$/;
  return {
    metadata,
    values: values ? readValues(values.text, `${root}/values.yaml`, "cannot load values.yaml") : {},
    valuesText: values?.text,
    templates: inFolder("templates"),
    crds: inFolder("crds"),
    files: kept.filter(({ path }) => !special.test(path)),
    charts,
  };
}

/** Errors: HelmError. */
function readMetadata(text: string): ChartSource["metadata"] {
  try {
    return readYaml(text) as ChartSource["metadata"];
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    throw new HelmError(`cannot load Chart.yaml: ${error.message}`);
  }
}

/** Source: helm/helm pkg/chart/v2/metadata.go, dependency.go. Errors: HelmError. */
function checkMetadata(metadata: unknown): void {
  const refuse = (value: unknown, into: string) =>
    new HelmError(
      "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal " +
        `${jsonTypeName(value)} into Go ${into}`,
    );
  if (metadata === null) return;
  if (jsonTypeName(metadata) !== "object") throw refuse(metadata, "value of type v2.Metadata");
  const fields = metadata as Record<string, unknown>;
  for (const field of ["name", "version", "appVersion", "description", "type", "kubeVersion"]) {
    const value = fields[field] ?? "";
    const isText = typeof value !== "object" && (field !== "name" || typeof value === "string");
    if (!isText) throw refuse(value, `struct field Metadata.${field} of type string`);
  }
  const dependencies = fields.dependencies ?? [];
  if (!Array.isArray(dependencies)) {
    throw refuse(dependencies, "struct field Metadata.dependencies of type []*v2.Dependency");
  }
  for (const each of dependencies) {
    if (jsonTypeName(each) !== "object") {
      throw refuse(each, "struct field Metadata.dependencies of type v2.Dependency");
    }
    for (const field of ["name", "condition", "alias"]) {
      if (typeof (each[field] ?? "") === "string") continue;
      throw refuse(each[field], `struct field Dependency.dependencies.${field} of type string`);
    }
  }
}

async function filesUnder(root: string, below: string, files: Files): Promise<ChartFile[]> {
  const found: ChartFile[] = [];
  for (const name of await files.list(below === "" ? root : `${root}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    if (name.endsWith("/")) found.push(...await filesUnder(root, path.slice(0, -1), files));
    else {
      try {
        found.push({ path, text: await files.read(`${root}/${path}`) });
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
      }
    }
  }
  return found;
}

function ignoreRules(text: string): (path: string) => boolean {
  const rules = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/\/$/, ""));
  const matchers = rules.map((rule) => {
    const source = rule.replace(/^\//, "").replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
    return compileGoRegexp(rule.includes("/") ? `^${source}(/|$)` : `(^|/)${source}(/|$)`);
  });
  return (path) => path !== "Chart.yaml" && matchers.some((matcher) => matcher.test(path));
}

function checkDependencies({ metadata, charts }: ChartSource): void {
  const wanted = (metadata.dependencies ?? []).map(({ name }) => name);
  const missing = wanted.filter((name) => !charts.some((chart) => chart.metadata.name === name));
  if (missing.length > 0) {
    throw new HelmError(
      `an error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${
        missing.join(", ")
      }`,
    );
  }
}

function crdsOf(source: ChartSource): KubeObject[] {
  return [
    ...source.crds.flatMap(({ text }) => parseManifest(text)),
    ...source.charts.flatMap(crdsOf),
  ];
}
