import { fromYaml, isMap, own, toYaml as write, YamlError, type YamlStyle } from "../../go/mod.ts";
import type { Manifest } from "../../kube/mod.ts";
import type { Release } from "../seams.ts";

/** A chart that cannot be rendered with the values given, in helm's words. */
export class ChartError extends Error {
  override name = "ChartError";
}

type Values = Record<string, unknown>;

/** Whether a value is true to a Go template: not nil, false, 0, "" or empty. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value !== null && typeof value === "object") return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The value, or undefined where a template's `with` would leave it out. */
export function given<T>(value: T): T | undefined {
  return truthy(value) ? value : undefined;
}

/** `key=value` of an object that may be left out: `{...optional("strategy", values.strategy)}`. */
export function optional(key: string, value: unknown): Record<string, unknown> {
  return truthy(value) ? { [key]: value } : {};
}

/** `trunc n | trimSuffix "-"`. */
export function truncName(name: string, length = 63): string {
  return name.slice(0, length).replace(/-$/, "");
}

/** What the values say of names. */
interface Named {
  nameOverride?: unknown;
  fullnameOverride?: unknown;
}

/** The chart's name, or `nameOverride`. */
export function chartName(name: string, values: Named, length = 63): string {
  return truncName(String(given(values.nameOverride) ?? name), length);
}

/**
 * The name most charts give their objects: the override, the release's name when it contains the
 * chart's, else both joined.
 */
export function fullname(chart: string, values: Named, release: Release, length = 63): string {
  if (truthy(values.fullnameOverride)) return truncName(String(values.fullnameOverride), length);
  const name = String(given(values.nameOverride) ?? chart);
  return truncName(
    release.name.includes(name) ? release.name : `${release.name}-${name}`,
    length,
  );
}

/** A copy without the keys whose value is undefined or null, as the API server would store it. */
function clean<T>(value: T): T {
  if (Array.isArray(value)) return value.map(clean) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined && field !== null)
      .map(([key, field]) => [key, clean(field)]),
  ) as T;
}

/** Manifests without their undefined fields, absent ones left out. */
export function manifests(objects: (Manifest | undefined | false)[]): Manifest[] {
  return objects.filter((object) => object !== undefined && object !== false).map(clean);
}

/** YAML as helm's `toYaml` writes it, without the last line break. */
export function toYaml(value: unknown, style: YamlStyle = {}): string {
  return write(value, style).replace(/\n$/, "");
}

/** Every line behind `width` spaces. */
export function indent(width: number, text: string): string {
  return text.split("\n").map((line) => " ".repeat(width) + line).join("\n");
}

/**
 * Refuses values that a template could not walk through: where the chart has a table and the user
 * gave something else, or null.
 * Errors: ChartError, worded as Go's text/template words it (exec.go, evalField).
 */
export function checkTables(chart: string, defaults: Values, values: Values, path = ""): void {
  for (const [key, fallback] of Object.entries(defaults)) {
    if (!isMap(fallback)) continue;
    const [field] = Object.keys(fallback);
    if (field === undefined) continue;
    const value = values[key];
    const at = `${path}.${key}`;
    if (isMap(value)) {
      checkTables(chart, fallback, value, at);
      continue;
    }
    const why = value === undefined || value === null
      ? `nil pointer evaluating interface {}.${field}`
      : `can't evaluate field ${field} in type interface {}`;
    throw templateError(chart, `${at.slice(1)}.${field}`, why);
  }
}

/**
 * What a template's `range` goes over at a path of the values: nothing for a list that was set to null, the values of
 * a table by their keys. Errors: ChartError, worded as Go's text/template words it (exec.go, walkRange).
 */
export function ranged(chart: string, values: Values, path: string): unknown[] {
  const value = path.split(".").reduce(own, values);
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  if (isMap(value)) return Object.keys(value).sort().map((key) => value[key]);
  if (typeof value === "number" && Number.isInteger(value)) {
    return Array.from({ length: Math.max(0, value) }, (_, i) => i);
  }
  throw templateError(chart, path, `range can't iterate over ${value}`);
}

/** The same where a template asks first whether there is anything. */
export function rangedIfGiven(chart: string, values: object, path: string): unknown[] {
  const value = path.split(".").reduce(own, values);
  return truthy(value) ? ranged(chart, { ...values }, path) : [];
}

/** Items as sprig's `join` puts them together: what is no list is one. Source: Masterminds/sprig strings.go (strslice). */
export function joined(value: unknown, separator = ","): string {
  const items = Array.isArray(value) ? value : [value];
  return items.filter((item) => item !== null && item !== undefined)
    .map((item) => typeof item === "object" ? JSON.stringify(item) : String(item)).join(separator);
}

/**
 * The objects that a user adds to a chart's own at a path of the values: each a table, or a text of YAML.
 * Differs: upstream runs them as templates; one that is a template is refused.
 */
export function extraObjects(chart: string, values: Values, path: string): Manifest[] {
  return ranged(chart, values, path).flatMap((item) => {
    if (item === null) return [];
    const text = typeof item === "string" ? item : JSON.stringify(item);
    refuse(chart, `a template in ${path}`, text.includes("{{"));
    return typeof item === "string" ? readDocuments(chart, path, item) : [item as Manifest];
  });
}

function readDocuments(chart: string, path: string, text: string): Manifest[] {
  try {
    return text.split(/^---(?:\s.*)?$/m).map((part) => fromYaml(part))
      .filter((object) => object !== null) as Manifest[];
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new ChartError(`YAML parse error on ${chart}/templates/${path}: ${error.message}`);
  }
}

function templateError(chart: string, path: string, why: string): ChartError {
  const where = `${chart}/templates`;
  return new ChartError(
    `template: ${where}: executing "${where}" at <.Values.${path}>: ${why}`,
  );
}

/** Refuses items that have no fields where a template asks for one. Errors: ChartError, as {@linkcode checkTables}. */
export function checkItems(chart: string, path: string, items: unknown[], field: string): void {
  for (const item of items) {
    if (item !== null && typeof item === "object") continue;
    const why = item === null
      ? `nil pointer evaluating interface {}.${field}`
      : `can't evaluate field ${field} in type interface {}`;
    throw templateError(chart, path, why);
  }
}

/** Refuses what upstream's chart can do and this one cannot, rather than leaving it out silently. */
export function refuse(chart: string, what: string, wanted: unknown): void {
  if (!truthy(wanted)) return;
  throw new ChartError(
    `${chart}: ${what} is part of the real chart but is not simulated here; leave it out of the values`,
  );
}

/** A role's rule; the API groups first, as RBAC manifests are written. */
export function rule(apiGroups: string[], resources: string[], verbs: string[]) {
  return { apiGroups, resources, verbs };
}

/** What a chart's workload goes by: its own names and labels, and those of what it runs as. */
export interface WorkloadPlace {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  selector: Record<string, string>;
  /** The ServiceAccount's name. */
  account: string;
}

/** A cluster's role, and its binding to a ServiceAccount under the same name. */
export function clusterRole(
  metadata: Manifest["metadata"],
  rules: unknown[],
  account: { name: string; namespace: string },
): Manifest[] {
  const role = { kind: "ClusterRole", name: metadata.name } as const;
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata,
      rules,
    },
    binding("ClusterRoleBinding", metadata, role, account),
  ];
}

/** The names a ServiceAccount, role and binding go by in RBAC objects. */
export function binding(
  kind: "ClusterRoleBinding" | "RoleBinding",
  metadata: Manifest["metadata"],
  role: { kind: "ClusterRole" | "Role"; name: string },
  account: { name: string; namespace: string },
): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", ...role },
    subjects: [{ kind: "ServiceAccount", ...account }],
  };
}
