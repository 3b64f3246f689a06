import type { PrometheusConfig } from "./config.ts";
import { parseRuleFile } from "./rule_files.ts";
import { RuleGroup, type RuleHost, ruleKey, type RuleState } from "./rule_group.ts";

/** States of all rules, over a resume. */
export type RuleSnapshot = [file: string, group: string, rules: [string, RuleState][]][];

/**
 * Loads the rule files of a configuration and runs their groups.
 * Source: prometheus/prometheus rules/manager.go.
 */
export class RuleManager {
  #groups: RuleGroup[] = [];

  get groups(): readonly RuleGroup[] {
    return this.#groups;
  }

  /**
   * Replaces the groups by those of the files a configuration names; a group that goes on keeps its
   * alerts. Errors: ConfigError, and then nothing has changed.
   */
  update(
    host: RuleHost,
    config: PrometheusConfig,
    resumed?: RuleSnapshot,
  ): void {
    const files = config.ruleFiles.flatMap((pattern) => expandGlob(host, pattern)).sort();
    const specs = files.flatMap((file) =>
      parseRuleFile(host.context.files.read(file) ?? "", file, host.queries.parseOptions)
    );
    const before = new Map(
      resumed?.map(([file, name, rules]) => [`${file};${name}`, new Map(rules)]) ?? [],
    );
    const kept = new Set<string>();
    for (const { file, name, rules } of specs) {
      for (const rule of rules) kept.add(`${file};${name};${ruleKey(rule)}`);
    }
    for (const group of this.#groups) {
      const { file, name } = group.spec;
      before.set(`${file};${name}`, group.states());
      group.stop((key) => kept.has(`${file};${name};${key}`));
    }
    this.#groups = specs.map((spec) =>
      new RuleGroup(host, spec, config.ruleQueryOffsetMs, before.get(`${spec.file};${spec.name}`))
    );
  }

  snapshot(): RuleSnapshot {
    return this.#groups.map((group) => [
      group.spec.file,
      group.spec.name,
      Array.from(group.states()),
    ]);
  }
}

/** Files a pattern names, none being as good as any: at most one `*`, in the last part of the path. */
function expandGlob(host: RuleHost, pattern: string): string[] {
  const slash = pattern.lastIndexOf("/");
  const directory = pattern.slice(0, Math.max(0, slash));
  const last = pattern.slice(slash + 1);
  if (!last.includes("*")) {
    return host.context.files.read(pattern) === undefined ? [] : [pattern];
  }
  const [head, tail] = last.split("*");
  return host.context.files.list(directory)
    .map((path) => path.slice(path.lastIndexOf("/") + 1))
    .filter((name) =>
      name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail)
    )
    .map((name) => `${directory}/${name}`);
}
