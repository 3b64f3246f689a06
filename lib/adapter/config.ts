import { DurationSyntaxError, parsePromDuration } from "../go/mod.ts";

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

/** A YAML document as a decoder sees it: text as written, lines counted from 1. */
export type YamlNode =
  | { kind: "null"; line: number }
  | { kind: "scalar"; line: number; text: string; tag: "!!str" | "!!bool" | "!!int" | "!!float" }
  | { kind: "list"; line: number; items: readonly YamlNode[] }
  /** Keys in the order of the text, those that stand there twice included. */
  | { kind: "map"; line: number; entries: readonly YamlEntry[] };

export interface YamlEntry {
  key: string;
  line: number;
  value: YamlNode;
}

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
 * The configuration in a YAML document; unknown fields, fields given twice and wrong types are
 * refused, as `yaml.UnmarshalStrict` does.
 * Errors: AdapterConfigError, `yaml: unmarshal errors:` and a line for each.
 * Source: gopkg.in/yaml.v2 decode.go (mappingStruct, mapping, scalar, terror).
 */
export function readAdapterConfig(document: YamlNode): MetricsDiscoveryConfig {
  const problems: string[] = [];
  const config = decode(document, CONFIG, problems) as Record<string, any> | undefined ?? {};
  if (problems.length > 0) {
    throw new AdapterConfigError(`yaml: unmarshal errors:\n  ${problems.join("\n  ")}`);
  }
  const { resourceRules } = config;
  return {
    rules: (config.rules ?? []).map(toRule),
    externalRules: (config.externalRules ?? []).map(toRule),
    ...(resourceRules
      ? {
        resourceRules: {
          cpu: toResourceRule(resourceRules.cpu),
          memory: toResourceRule(resourceRules.memory),
          window: resourceRules.window ?? "0s",
        },
      }
      : {}),
  };
}

/** The configuration in plain objects. Errors: AdapterConfigError, with every line 1. */
export function parseAdapterConfig(raw: unknown): MetricsDiscoveryConfig {
  return readAdapterConfig(toNode(raw));
}

function toNode(raw: unknown): YamlNode {
  const line = 1;
  if (raw === undefined || raw === null) return { kind: "null", line };
  if (Array.isArray(raw)) return { kind: "list", line, items: raw.map(toNode) };
  if (typeof raw === "object") {
    const entries = Object.entries(raw).map(([key, value]) => ({
      key,
      line,
      value: toNode(value),
    }));
    return { kind: "map", line, entries };
  }
  const number = Number.isInteger(raw) ? "!!int" : "!!float";
  const tag = typeof raw === "string" ? "!!str" : typeof raw === "boolean" ? "!!bool" : number;
  return { kind: "scalar", line, text: String(raw), tag };
}

function toRule(raw: any): DiscoveryRule {
  return {
    seriesQuery: raw?.seriesQuery ?? "",
    seriesFilters: (raw?.seriesFilters ?? []).map((filter: any) => ({
      is: filter?.is ?? "",
      isNot: filter?.isNot ?? "",
    })),
    resources: toMapping(raw?.resources),
    name: { matches: raw?.name?.matches ?? "", as: raw?.name?.as ?? "" },
    metricsQuery: raw?.metricsQuery ?? "",
  };
}

function toMapping(raw: any): ResourceMapping {
  const overrides = Object.entries(raw?.overrides ?? {}).map(([label, to]: [string, any]) =>
    [label, { group: to?.group ?? "", resource: to?.resource ?? "" }] as const
  );
  return {
    template: raw?.template ?? "",
    overrides: Object.fromEntries(overrides),
    namespaced: raw?.namespaced,
  };
}

function toResourceRule(raw: any): ResourceRule {
  return {
    containerQuery: raw?.containerQuery ?? "",
    nodeQuery: raw?.nodeQuery ?? "",
    resources: toMapping(raw?.resources),
    containerLabel: raw?.containerLabel ?? "",
  };
}

/** The value in a node, or undefined for null and for what does not fit. */
function decode(node: YamlNode, shape: Shape, problems: string[]): unknown {
  if (node.kind === "null") return undefined;
  const refuse = () => {
    const into = "type" in shape ? shape.type : shape.kind;
    problems.push(`line ${node.line}: cannot unmarshal ${tagged(node)} into ${into}`);
  };
  switch (shape.kind) {
    case "string":
      if (node.kind === "scalar") return node.text;
      return refuse();
    case "bool":
      if (node.kind === "scalar" && node.tag === "!!bool") {
        return /^(y|yes|true|on)$/i.test(node.text);
      }
      return refuse();
    case "duration":
      return decodeDuration(node);
    case "list":
      if (node.kind !== "list") return refuse();
      return node.items.map((item) => decode(item, shape.of, problems));
    case "map": {
      if (node.kind !== "map") return refuse();
      const found: Record<string, unknown> = {};
      for (const { key, line, value } of node.entries) {
        if (Object.hasOwn(found, key)) {
          problems.push(`line ${line}: key ${JSON.stringify(key)} already set in map`);
        } else found[key] = decode(value, shape.of, problems);
      }
      return found;
    }
    case "struct": {
      if (node.kind !== "map") return refuse();
      const found: Record<string, unknown> = {};
      const seen = new Set<string>();
      for (const { key, line, value } of node.entries) {
        const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
        if (!field) problems.push(`line ${line}: field ${key} not found in type ${shape.type}`);
        else if (seen.has(key)) {
          problems.push(`line ${line}: field ${key} already set in type ${shape.type}`);
        } else found[key] = decode(value, field, problems);
        seen.add(key);
      }
      return found;
    }
  }
}

/**
 * A Prometheus duration. A wrong one is an error of its own: it ends the reading.
 * Source: prometheus/common model/time.go (Duration.UnmarshalYAML).
 */
function decodeDuration(node: YamlNode): string | undefined {
  if (node.kind !== "scalar") {
    const problem = `line ${node.line}: cannot unmarshal ${tagged(node)} into string`;
    throw new AdapterConfigError(`yaml: unmarshal errors:\n  ${problem}`);
  }
  try {
    parsePromDuration(node.text);
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    throw new AdapterConfigError(error.message);
  }
  return node.text;
}

/** A value with its YAML tag, as yaml.v2 shows it in an error. */
function tagged(node: YamlNode): string {
  if (node.kind === "list") return "!!seq";
  if (node.kind === "map") return "!!map";
  if (node.kind === "null") return "!!null";
  const { tag, text } = node;
  return `${tag} \`${text.length > 10 ? `${text.slice(0, 7)}...` : text}\``;
}
