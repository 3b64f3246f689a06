import { toYaml } from "../../../go/mod.ts";
import type { KubeObject } from "../../../kube/mod.ts";
import { ConfigError, parseRuleFile } from "../prometheus/mod.ts";
import { MANAGED, ownerOf } from "./names.ts";

/** Half of what a ConfigMap may hold, as upstream leaves room. */
const MAX_CONFIG_MAP_BYTES = 1024 * 1024 * 0.5;

/** So many ConfigMaps are mounted, whether they are there or not. */
const MOUNTED_CONFIG_MAPS = 3;

/**
 * The rule file of a PrometheusRule.
 * Errors: ConfigError, a line for each thing that is wrong with it.
 * Source: prometheus-operator/prometheus-operator pkg/operator/rules.go.
 */
export function ruleFile(rule: KubeObject): string {
  const groups = ((rule.spec?.groups ?? []) as Record<string, unknown>[])
    .map(({ partial_response_strategy: _unused, ...group }) => group);
  const text = toYaml({ groups });
  parseRuleFile(text, "");
  return text;
}

/** What a rule's file is called. */
export function ruleFileName({ metadata }: KubeObject): string {
  return `${metadata.namespace}-${metadata.name}-${metadata.uid}.yaml`;
}

/** A rule's mistakes, one a line, without the file they were found in. */
export function ruleMistakes(rule: KubeObject): string[] {
  try {
    ruleFile(rule);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n").map((line) => line.replace(/^: /, ""));
  }
}

/** The ConfigMaps that hold rule files, filled one after another. */
export function ruleConfigMaps(
  prometheus: KubeObject,
  files: ReadonlyMap<string, string>,
): KubeObject[] {
  const buckets: Record<string, string>[] = [{}];
  let size = 0;
  for (const name of Array.from(files.keys()).sort()) {
    const text = files.get(name)!;
    if (size + text.length > MAX_CONFIG_MAP_BYTES) {
      buckets.push({});
      size = 0;
    }
    buckets.at(-1)![name] = text;
    size += text.length;
  }
  return buckets.map((data, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: configMapName(prometheus, index),
      namespace: prometheus.metadata.namespace,
      labels: { ...MANAGED, "prometheus-name": prometheus.metadata.name },
      ownerReferences: [ownerOf(prometheus)],
    },
    data,
  }));
}

/** The names of the ConfigMaps a pod mounts: those there are, and a few that may come. */
export function mountedConfigMaps(prometheus: KubeObject, count: number): string[] {
  return Array.from(
    { length: Math.max(count, MOUNTED_CONFIG_MAPS) },
    (_none, index) => configMapName(prometheus, index),
  );
}

function configMapName(prometheus: KubeObject, index: number): string {
  return `prometheus-${prometheus.metadata.name}-rulefiles-${index}`;
}
