import { toYaml } from "../go/mod.ts";
import { namesOf, type RuleKind } from "../rules/mod.ts";
import { addressMistake } from "./_adapter_address.ts";
import { NAME } from "./_adapter_pods.ts";
import { type Mistake, type Part, PARTS } from "./_mistake.ts";
import { differences, newestRelease } from "./_release.ts";
import { queried } from "./_rule_query.ts";
import { trialMistake } from "./_rule_trial.ts";
import { canTry, type TriedHere, tryRules } from "./_tried_rules.ts";
import type { LabView } from "./lesson.ts";
import { isMistake, readValues, type ValuesFile } from "./values_file.ts";
import type { WantedMetric } from "./wanted_metric.ts";

/** What was looked at in a text for the values file, and what came of it. */
export interface ValuesReport {
  /** What was looked at and is right, in the order of {@linkcode PARTS}. */
  right: Part[];
  mistake?: Mistake;
  /** What was not looked at, behind a mistake or because there is nothing to try it on. */
  open: Part[];
  /** Rules that the running release has not, tried. */
  rules: RuleOutcome[];
}

/** What came of a rule on the series that are there. */
export interface RuleOutcome {
  kind: RuleKind;
  line: number;
  /** How many series it finds. */
  series: number;
  /** What it serves, by name: on which resources; on none for an external metric. */
  serves: { name: string; resources: string[] }[];
  /** The value of what is wanted, where this rule serves it. */
  value?: number;
}

/**
 * Looks at a text for the values file before anything is upgraded: as it lies, its address of Prometheus, and its rules
 * on the series that are there.
 */
export async function valuesReport(
  view: LabView,
  text: string,
  wanted?: WantedMetric,
): Promise<ValuesReport> {
  const file = readValues(text, wanted !== undefined);
  if (isMistake(file)) return report(file, []);
  const address = await addressMistake(view, file);
  if (address) return report(address, []);
  if (!await canTry(view)) return report(undefined, [], ["address", "series"]);
  const tried = await tryRules(view, file.rules);
  const wrong = await trialMistake(view, file, tried, wanted);
  if (tried === undefined || "is" in tried) return report(wrong, []);
  const running = await runningRules(view);
  const changed = tried.filter(({ rule }) => !running.includes(JSON.stringify(rule)));
  return report(wrong, await Promise.all(changed.map((rule) => told(view, rule, wanted))));
}

/** What is wrong with a text for the values file; undefined when nothing is. */
export async function valuesMistake(
  view: LabView,
  text: string,
  wanted?: WantedMetric,
): Promise<Mistake | undefined> {
  return (await valuesReport(view, text, wanted)).mistake;
}

function report(
  mistake: Mistake | undefined,
  rules: RuleOutcome[],
  untried: readonly Part[] = [],
): ValuesReport {
  const at = mistake ? PARTS.indexOf(mistake.part) : PARTS.length;
  const right = PARTS.slice(0, at).filter((part) => !untried.includes(part));
  const open = [...untried, ...PARTS.slice(at + 1)];
  return { right, open, rules, ...(mistake ? { mistake } : {}) };
}

/** The rules of the running release's values, as JSON. */
async function runningRules(view: LabView): Promise<string[]> {
  const release = await newestRelease(view, "default", NAME);
  const read = readValues(toYaml({ rules: release?.values.rules ?? {} }), false);
  return isMistake(read) ? [] : read.rules.map(({ rule }) => JSON.stringify(rule));
}

async function told(view: LabView, rule: TriedHere, wanted?: WantedMetric): Promise<RuleOutcome> {
  const { kind, series, trial, lineOf } = rule;
  const serves = namesOf(rule).sort().map((name) => ({
    name,
    resources: kind === "external" ? [] : trial.metrics.map(({ path }) => path.split("/"))
      .filter(([, metric]) => metric === name).map(([resource]) => resource),
  }));
  const value = wanted && await queried(view, rule, wanted);
  const line = lineOf("seriesQuery");
  return { kind, line, series: series.length, serves, ...(value === undefined ? {} : { value }) };
}

/** The values of the running release, and those of a file, as `helm get values` shows them; undefined where they are the same. */
export async function valuesChange(
  view: LabView,
  { values }: ValuesFile,
): Promise<{ revision?: number; before: string; after: string } | undefined> {
  const release = await newestRelease(view, "default", NAME);
  if (release && release.status !== "failed" && differences(values, release.values).length === 0) {
    return undefined;
  }
  const before = release ? toYaml(release.values) : "";
  return { revision: release?.version, before, after: toYaml(values) };
}
