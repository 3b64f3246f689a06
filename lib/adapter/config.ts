/*
 * The configuration file of prometheus-adapter, after YAML.
 * Source: kubernetes-sigs/prometheus-adapter pkg/config/config.go, loader.go.
 */

export interface RegexFilter {
  is?: string;
  isNot?: string;
}

export interface GroupResourceConfig {
  group?: string;
  resource: string;
}

export interface ResourceMapping {
  template?: string;
  overrides?: Record<string, GroupResourceConfig>;
  /** False lets external queries cross namespaces. */
  namespaced?: boolean;
}

/** One rule: which series, what they are about, what they are called and how they are queried. */
export interface DiscoveryRule {
  seriesQuery: string;
  seriesFilters: RegexFilter[];
  resources: ResourceMapping;
  name: { matches: string; as: string };
  metricsQuery: string;
}

export interface ResourceRule {
  containerQuery: string;
  nodeQuery: string;
  resources: ResourceMapping;
  containerLabel: string;
}

export interface MetricsDiscoveryConfig {
  rules: DiscoveryRule[];
  externalRules: DiscoveryRule[];
  resourceRules?: { cpu: ResourceRule; memory: ResourceRule; window: string };
}

/** A configuration that cannot be used, with upstream's words. */
export class AdapterConfigError extends Error {
  override name = "AdapterConfigError";
}

/** Where in the YAML text something stands; lines count from 1. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

type Shape =
  | { kind: "string" | "bool" | "duration" }
  | { kind: "list" | "map"; of: Shape; type: string }
  | { kind: "struct"; type: string; fields: Record<string, Shape> };

const TEXT: Shape = { kind: "string" };
const RESOURCE_MAPPING: Shape = {
  kind: "struct",
  type: "config.ResourceMapping",
  fields: {
    template: TEXT,
    overrides: {
      kind: "map",
      type: "map[string]config.GroupResource",
      of: {
        kind: "struct",
        type: "config.GroupResource",
        fields: { group: TEXT, resource: TEXT },
      },
    },
    namespaced: { kind: "bool" },
  },
};
const RULES: Shape = {
  kind: "list",
  type: "[]config.DiscoveryRule",
  of: {
    kind: "struct",
    type: "config.DiscoveryRule",
    fields: {
      seriesQuery: TEXT,
      seriesFilters: {
        kind: "list",
        type: "[]config.RegexFilter",
        of: { kind: "struct", type: "config.RegexFilter", fields: { is: TEXT, isNot: TEXT } },
      },
      resources: RESOURCE_MAPPING,
      name: { kind: "struct", type: "config.NameMapping", fields: { matches: TEXT, as: TEXT } },
      metricsQuery: TEXT,
    },
  },
};
const RESOURCE_RULE: Shape = {
  kind: "struct",
  type: "config.ResourceRule",
  fields: {
    containerQuery: TEXT,
    nodeQuery: TEXT,
    resources: RESOURCE_MAPPING,
    containerLabel: TEXT,
  },
};
const CONFIG: Shape = {
  kind: "struct",
  type: "config.MetricsDiscoveryConfig",
  fields: {
    rules: RULES,
    externalRules: RULES,
    resourceRules: {
      kind: "struct",
      type: "config.ResourceRules",
      fields: { cpu: RESOURCE_RULE, memory: RESOURCE_RULE, window: { kind: "duration" } },
    },
  },
};

/**
 * The configuration in a parsed YAML document; unknown fields and wrong types are refused, as
 * `yaml.UnmarshalStrict` does.
 * Errors: AdapterConfigError, `yaml: unmarshal errors:` and a line for each.
 */
export function parseAdapterConfig(raw: unknown, lineOf: LineOf = () => 1): MetricsDiscoveryConfig {
  const problems: string[] = [];
  check(raw, CONFIG, [], lineOf, problems);
  if (problems.length > 0) {
    throw new AdapterConfigError(`yaml: unmarshal errors:\n  ${problems.join("\n  ")}`);
  }
  const config = (raw ?? {}) as Record<string, any>;
  const resourceRules = config.resourceRules;
  return {
    rules: (config.rules ?? []).map(toRule),
    externalRules: (config.externalRules ?? []).map(toRule),
    ...(resourceRules
      ? {
        resourceRules: {
          cpu: toResourceRule(resourceRules.cpu),
          memory: toResourceRule(resourceRules.memory),
          window: text(resourceRules.window) || "0s",
        },
      }
      : {}),
  };
}

function toRule(raw: any): DiscoveryRule {
  return {
    seriesQuery: text(raw?.seriesQuery),
    seriesFilters: (raw?.seriesFilters ?? []).map((filter: any) => ({
      is: text(filter?.is),
      isNot: text(filter?.isNot),
    })),
    resources: toMapping(raw?.resources),
    name: { matches: text(raw?.name?.matches), as: text(raw?.name?.as) },
    metricsQuery: text(raw?.metricsQuery),
  };
}

function toMapping(raw: any): ResourceMapping {
  const overrides = Object.entries(raw?.overrides ?? {}).map(([label, to]: [string, any]) =>
    [label, { group: text(to?.group), resource: text(to?.resource) }] as const
  );
  return {
    template: text(raw?.template),
    overrides: Object.fromEntries(overrides),
    namespaced: raw?.namespaced ?? undefined,
  };
}

function toResourceRule(raw: any): ResourceRule {
  return {
    containerQuery: text(raw?.containerQuery),
    nodeQuery: text(raw?.nodeQuery),
    resources: toMapping(raw?.resources),
    containerLabel: text(raw?.containerLabel),
  };
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

function check(
  value: unknown,
  shape: Shape,
  path: (string | number)[],
  lineOf: LineOf,
  problems: string[],
): void {
  if (value === undefined || value === null) return;
  const wrong = (into: string) => {
    problems.push(`line ${lineOf(path) ?? 1}: cannot unmarshal ${tagged(value)} into ${into}`);
  };
  switch (shape.kind) {
    case "string":
    case "duration":
      if (typeof value === "object") wrong("string");
      return;
    case "bool":
      if (typeof value !== "boolean") wrong("bool");
      return;
    case "list":
      if (!Array.isArray(value)) return wrong(shape.type);
      value.forEach((item, i) => check(item, shape.of, [...path, i], lineOf, problems));
      return;
    case "map":
      if (!isMapping(value)) return wrong(shape.type);
      for (const [key, item] of Object.entries(value)) {
        check(item, shape.of, [...path, key], lineOf, problems);
      }
      return;
    case "struct":
      if (!isMapping(value)) return wrong(shape.type);
      for (const [key, item] of Object.entries(value)) {
        const at = [...path, key];
        if (Object.hasOwn(shape.fields, key)) {
          check(item, shape.fields[key], at, lineOf, problems);
        } else {
          problems.push(
            `line ${lineOf(at) ?? 1}: field ${key} not found in type ${shape.type}`,
          );
        }
      }
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value with its YAML tag, as yaml.v2 shows it in an error. */
function tagged(value: unknown): string {
  if (Array.isArray(value)) return "!!seq";
  if (typeof value === "object") return "!!map";
  const tag = typeof value === "string"
    ? "!!str"
    : typeof value === "boolean"
    ? "!!bool"
    : Number.isInteger(value)
    ? "!!int"
    : "!!float";
  const shown = String(value);
  return `${tag} \`${shown.length > 10 ? `${shown.slice(0, 7)}...` : shown}\``;
}
