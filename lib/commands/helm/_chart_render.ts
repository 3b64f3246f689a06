import {
  compileGoRegexp,
  fieldsOf,
  type GoTemplate,
  GoTemplateError,
  own,
  quote,
  takes,
  type TemplateFunction,
  TemplateSet,
} from "../../go/mod.ts";
import type { ChartFile, ChartSource } from "./_chart_folder.ts";
import { HelmError } from "./_errors.ts";
import { mergeValues } from "./_merge_values.ts";
import { CHART_FUNCTIONS } from "./_sprig.ts";

type Values = Record<string, unknown>;

/** What a chart's templates are told besides their values. */
export interface RenderContext {
  name: string;
  namespace: string;
  revision: number;
  isInstall: boolean;
  isUpgrade: boolean;
  kubeVersion: string;
  /** `apps/v1`, and `apps/v1/Deployment` where the kinds are known. */
  apiVersions: ReadonlySet<string>;
}

/** A chart as it is rendered: with the values that are its own, below the path of its parents. */
interface Placed {
  source: ChartSource;
  /** `web`, `web/charts/db`. */
  path: string;
  values: Values;
}

/**
 * What each template of a chart gives, by the path that manifests name as their source; partials are left out.
 * Errors: HelmError. Source: helm/helm pkg/engine/engine.go.
 * Differs: `lookup` finds nothing, and whole numbers of values are integers.
 */
export function renderChart(
  source: ChartSource,
  values: Values,
  context: RenderContext,
): ChartFile[] {
  const placed = place(source, source.metadata.name, values);
  const set: TemplateSet = new TemplateSet({
    functions: functionsFor(() => set),
    missingKey: "zero",
  });
  const parsed: { path: string; template: GoTemplate; chart: Placed }[] = [];
  for (const chart of placed) {
    for (const { path, text } of chart.source.templates) {
      const full = `${chart.path}/${path}`;
      const template = attempt(parseError, () => set.parse(full, text));
      parsed.push({ path: full, template, chart });
    }
  }
  const tops = new Map(placed.map((chart) => [chart, topOf(chart, placed, context)]));
  return parsed.filter(({ path }) => !path.split("/").at(-1)!.startsWith("_"))
    .map(({ path, template, chart }) => {
      const top = { ...tops.get(chart), Template: { Name: path, BasePath: basePath(path) } };
      const text = attempt(executionError, () => template.execute(top));
      return { path, text: text.replaceAll("<no value>", "") };
    });
}

function basePath(path: string): string {
  return path.slice(0, path.indexOf("/templates/") + "/templates".length);
}

function attempt<T>(describe: (error: GoTemplateError) => string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof GoTemplateError)) throw error;
    throw new HelmError(describe(error));
  }
}

/** Source: helm/helm pkg/engine/engine.go (cleanupParseError). */
function parseError({ message }: GoTemplateError): string {
  const parts = message.split(": ");
  return `parse error at (${parts[1]}): ${parts.at(-1)}`;
}

/** What stands around what `fail` and `required` say, so that it is found within the errors around it. */
const WARNING = ["HELM_ERR_START", "HELM_ERR_END"];

/**
 * What a chart says by `fail` and `required`, with the place; the places that other mistakes went through, one below
 * the other, unless it was a function that failed.
 * Source: helm/helm pkg/engine/engine.go (reformatExecErrorMsg).
 */
function executionError(error: GoTemplateError): string {
  const { message } = error;
  const [before, rest] = message.split(WARNING[0]);
  if (rest !== undefined) {
    return `execution error at (${before.split(": ")[1]}): ${rest.split(WARNING[1])[0]}`;
  }
  const places: string[] = [];
  for (let current: unknown = error; current !== undefined;) {
    if (!(current instanceof GoTemplateError)) return message;
    places.push(tracedPlace(current.message));
    current = current.cause;
  }
  return places.join("").trim();
}

/** Where a template was, what it executed and what was wrong, each on a line and behind the one before. */
function tracedPlace(message: string): string {
  if (message.startsWith("template: no template ")) return `${message}\n`;
  const at = /^template: ([^]*?): (executing ".*?" at <[^]*?>:) ([^]*)$/.exec(message);
  if (!at) return `${message}\n`;
  return `${at[1]}\n  ${at[2]}\n    ${at[3].split(" template:")[0]}\n`;
}

/** A chart and those in its `charts/` that its values do not switch off, each with its values. */
function place(source: ChartSource, path: string, values: Values): Placed[] {
  const placed: Placed[] = [{ source, path, values }];
  for (const chart of source.charts) {
    const { name } = chart.metadata;
    const dependency = (source.metadata.dependencies ?? []).find((each) => each.name === name);
    if (dependency?.condition && !isOn(dependency.condition, values)) continue;
    const key = dependency?.alias ?? name;
    const given = { ...fieldsOf(values[key]), ...(values.global ? { global: values.global } : {}) };
    const merged = mergeValues(key, chart.values, given).values;
    values[key] = merged;
    placed.push(...place(chart, `${path}/charts/${key}`, merged));
  }
  return placed;
}

/** The first of the paths that leads to a switch decides. */
function isOn(condition: string, values: Values): boolean {
  for (const path of condition.split(",")) {
    const found = path.trim().split(".").reduce(own, values);
    if (typeof found === "boolean") return found;
  }
  return true;
}

function topOf(chart: Placed, all: Placed[], context: RenderContext): Values {
  const { metadata } = chart.source;
  const [major, minor] = context.kubeVersion.replace(/^v/, "").split(".");
  const below = all.filter(({ path }) =>
    path.startsWith(`${chart.path}/charts/`) && !path.slice(chart.path.length + 8).includes("/")
  );
  return {
    Values: chart.values,
    Chart: {
      ...Object.fromEntries(
        Object.entries(metadata).map(([key, value]) => [
          key === "apiVersion" ? "APIVersion" : key.charAt(0).toUpperCase() + key.slice(1),
          value,
        ]),
      ),
      AppVersion: metadata.appVersion === undefined ? "" : String(metadata.appVersion),
      Version: String(metadata.version),
      IsRoot: chart === all[0],
    },
    Release: {
      Name: context.name,
      Namespace: context.namespace,
      Revision: context.revision,
      IsInstall: context.isInstall,
      IsUpgrade: context.isUpgrade,
      Service: "Helm",
    },
    Capabilities: {
      KubeVersion: {
        Version: context.kubeVersion,
        GitVersion: context.kubeVersion,
        Major: major,
        Minor: minor,
      },
      APIVersions: { Has: (version: string) => context.apiVersions.has(version) },
      HelmVersion: { Version: "v4.3.1" },
    },
    Files: filesOf(chart.source.files),
    Subcharts: Object.fromEntries(
      below.map((each) => [each.path.split("/").at(-1)!, topOf(each, all, context)]),
    ),
  };
}

/** Source: helm/helm pkg/engine/files.go. */
function filesOf(files: readonly ChartFile[]): Values {
  const text = (path: string) => files.find((file) => file.path === path)?.text ?? "";
  const name = (path: string) => path.split("/").at(-1)!;
  const yaml = (entries: [string, unknown][]) =>
    String(CHART_FUNCTIONS.toYaml(Object.fromEntries(entries)));
  const methods: Record<string, TemplateFunction> = {
    Get: text,
    GetBytes: text,
    Lines: (path: string) => text(path).split("\n"),
    Glob: (pattern: string) => {
      const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("**", "\0")
        .replaceAll("*", "[^/]*").replaceAll("\0", ".*").replaceAll("?", "[^/]");
      const matcher = compileGoRegexp(`^${source}$`);
      return filesOf(files.filter(({ path }) => matcher.test(path)));
    },
    AsConfig: () => yaml(files.map((file) => [name(file.path), file.text])),
    AsSecrets: () =>
      yaml(files.map((file) => [name(file.path), CHART_FUNCTIONS.b64enc(file.text)])),
  };
  // Methods are there to be called; what a range goes over is the files.
  const map: Values = Object.fromEntries(files.map((file) => [file.path, file.text]));
  for (const [method, value] of Object.entries(methods)) {
    Object.defineProperty(map, method, { value });
  }
  return map;
}

/** The functions that reach other templates, and those whose words are told without what is around them. */
function functionsFor(set: () => TemplateSet): Record<string, TemplateFunction> {
  const warns = (fn: TemplateFunction): TemplateFunction => (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(WARNING.join(error.message));
    }
  };
  return {
    ...CHART_FUNCTIONS,
    fail: warns(CHART_FUNCTIONS.fail),
    required: warns(CHART_FUNCTIONS.required),
    include: takes(["string", "any"], (name, data) => set().execute(name, data)),
    tpl: takes(["string", "any"], (text, data) => fillIn(set(), text, data)),
    lookup: () => ({}),
  };
}

/** Executes a text as a template that knows the others, and whose own are known to itself alone. */
function fillIn(outer: TemplateSet, text: string, data: unknown): string {
  const set: TemplateSet = outer.copy({ functions: functionsFor(() => set) });
  const told = (what: string, step: () => string | GoTemplate) => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof GoTemplateError)) throw error;
      throw new RangeError(`${what} ${quote(text)}: ${error.message}`);
    }
  };
  const template = told("cannot parse template", () => set.parse("gotpl", text)) as GoTemplate;
  const filled = told("error during tpl function execution for", () => template.execute(data));
  return String(filled).replaceAll("<no value>", "");
}
