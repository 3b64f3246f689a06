import {
  type Decoded,
  decodeYaml,
  DurationSyntaxError,
  parsePromDuration,
  parseYaml,
  unmarshalErrors,
  YamlError,
  type YamlNode,
  type YamlType,
} from "../go/mod.ts";

/*
 * The configuration file of prometheus-adapter.
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

const RESOURCE_MAPPING = {
  go: "config.ResourceMapping",
  fields: {
    template: "string",
    overrides: {
      go: "map[string]config.GroupResource",
      map: { go: "config.GroupResource", fields: { group: "string", resource: "string" } },
    },
    namespaced: "bool",
  },
} satisfies YamlType;
/** The fields of a rule. */
export const DISCOVERY_RULE = {
  go: "config.DiscoveryRule",
  fields: {
    seriesQuery: "string",
    seriesFilters: {
      go: "[]config.RegexFilter",
      list: { go: "config.RegexFilter", fields: { is: "string", isNot: "string" } },
    },
    resources: RESOURCE_MAPPING,
    name: { go: "config.NameMapping", fields: { matches: "string", as: "string" } },
    metricsQuery: "string",
  },
} satisfies YamlType;
const RULES = { go: "[]config.DiscoveryRule", list: DISCOVERY_RULE } satisfies YamlType;
const RESOURCE_RULE = {
  go: "config.ResourceRule",
  fields: {
    containerQuery: "string",
    nodeQuery: "string",
    resources: RESOURCE_MAPPING,
    containerLabel: "string",
  },
} satisfies YamlType;
const CONFIG = {
  go: "config.MetricsDiscoveryConfig",
  fields: {
    rules: RULES,
    externalRules: RULES,
    resourceRules: {
      go: "config.ResourceRules",
      fields: {
        cpu: RESOURCE_RULE,
        memory: RESOURCE_RULE,
        // Source: prometheus/common model/time.go (Duration.UnmarshalYAML).
        window: { go: "string", read: parsePromDuration },
      },
    },
  },
} satisfies YamlType;

/**
 * The configuration in a YAML text; unknown fields, fields given twice and wrong types are refused, as
 * `yaml.UnmarshalStrict` of gopkg.in/yaml.v2 does.
 * Errors: AdapterConfigError, `yaml: unmarshal errors:` and a line for each.
 * Source: kubernetes-sigs/prometheus-adapter pkg/config/loader.go (FromYAML).
 */
export function parseAdapterConfig(text: string): MetricsDiscoveryConfig {
  try {
    return readConfig(text);
  } catch (error) {
    const isWrong = error instanceof YamlError || error instanceof DurationSyntaxError ||
      error instanceof AdapterConfigError;
    if (!isWrong) throw error;
    throw new AdapterConfigError(`unable to parse metrics discovery config: ${error.message}`);
  }
}

function readConfig(text: string): MetricsDiscoveryConfig {
  const problems: string[] = [];
  const config = decodeYaml(parseYaml(text), CONFIG, problems);
  if (problems.length > 0) throw new AdapterConfigError(unmarshalErrors(problems));
  const { rules = [], externalRules = [], resourceRules } = config ?? {};
  return {
    rules: rules.map(toRule),
    externalRules: externalRules.map(toRule),
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

/**
 * One rule, from its place in a text.
 * @param problems is given what does not fit, as the reader of a whole configuration tells it: `line 5: field …`.
 */
export function readRule(node: YamlNode, problems: string[]): DiscoveryRule {
  return toRule(decodeYaml(node, DISCOVERY_RULE, problems));
}

function toRule(raw: Decoded<typeof DISCOVERY_RULE> | undefined): DiscoveryRule {
  return {
    seriesQuery: raw?.seriesQuery ?? "",
    seriesFilters: (raw?.seriesFilters ?? []).map((filter) => ({
      is: filter?.is ?? "",
      isNot: filter?.isNot ?? "",
    })),
    resources: toMapping(raw?.resources),
    name: { matches: raw?.name?.matches ?? "", as: raw?.name?.as ?? "" },
    metricsQuery: raw?.metricsQuery ?? "",
  };
}

function toMapping(raw: Decoded<typeof RESOURCE_MAPPING> | undefined): ResourceMapping {
  const overrides = Object.entries(raw?.overrides ?? {}).map(([label, to]) =>
    [label, { group: to?.group ?? "", resource: to?.resource ?? "" }] as const
  );
  return {
    template: raw?.template ?? "",
    overrides: Object.fromEntries(overrides),
    namespaced: raw?.namespaced,
  };
}

function toResourceRule(raw: Decoded<typeof RESOURCE_RULE> | undefined): ResourceRule {
  return {
    containerQuery: raw?.containerQuery ?? "",
    nodeQuery: raw?.nodeQuery ?? "",
    resources: toMapping(raw?.resources),
    containerLabel: raw?.containerLabel ?? "",
  };
}
