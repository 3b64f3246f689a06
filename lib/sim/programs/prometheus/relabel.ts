import { createHash } from "node:crypto";
import { compileAnchored, type GoRegexp, quote } from "../../../go/mod.ts";

export const RELABEL_ACTIONS = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
] as const;

export type RelabelAction = typeof RELABEL_ACTIONS[number];

/** Labels that relabeling makes longer than they may be. */
export class RelabelError extends Error {
  override name = "RelabelError";
}

/** The longest value that a rule may make, in characters. */
const MAX_VALUE_LENGTH = 1 << 20;

/** One relabeling rule, its defaults filled in. */
export interface RelabelRule {
  sourceLabels: readonly string[];
  separator: string;
  regex: GoRegexp;
  /** The regular expression as written. */
  regexText: string;
  modulus: number;
  targetLabel: string;
  replacement: string;
  action: RelabelAction;
}

export const DEFAULT_RULE = {
  sourceLabels: [] as readonly string[],
  separator: ";",
  regexText: "(.*)",
  modulus: 0,
  targetLabel: "",
  replacement: "$1",
  action: "replace" as RelabelAction,
};

/**
 * What is wrong with a rule, in upstream's words; undefined when nothing is.
 * Source: prometheus/prometheus model/relabel/relabel.go (Validate).
 */
export function relabelError(rule: RelabelRule): string | undefined {
  const { action, targetLabel } = rule;
  const one = (...actions: RelabelAction[]) => actions.includes(action);
  if (rule.sourceLabels.includes("")) return `"" is not a valid label name`;
  if (action === "hashmod" && rule.modulus === 0) {
    return "relabel configuration for hashmod requires non-zero modulus";
  }
  if (
    one("replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal") &&
    targetLabel === ""
  ) {
    return `relabel configuration for ${action} action requires 'target_label' value`;
  }
  if (
    one("lowercase", "uppercase", "keepequal", "dropequal") &&
    rule.replacement !== DEFAULT_RULE.replacement
  ) return `'replacement' can not be set for ${action} action`;
  if (action === "labelmap" && rule.replacement === "") {
    return `${quote(rule.replacement)} is invalid 'replacement' for ${action} action`;
  }
  const plain = rule.modulus === DEFAULT_RULE.modulus &&
    rule.separator === DEFAULT_RULE.separator && rule.replacement === DEFAULT_RULE.replacement;
  if (
    one("keepequal", "dropequal") && !(plain && rule.regexText === DEFAULT_RULE.regexText)
  ) {
    return `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`;
  }
  if (
    one("labeldrop", "labelkeep") &&
    !(plain && rule.sourceLabels.length === 0 && targetLabel === "")
  ) return `${action} action requires only 'regex', and no other fields`;
  return undefined;
}

/**
 * Applies rules in order to a label set, in place; false when one of them drops it.
 * Errors: RelabelError.
 * Source: prometheus/prometheus model/relabel/relabel.go (relabel).
 * Differs: a rule that would make more than a million characters of a value fails.
 */
export function relabel(labels: Record<string, string>, rules: readonly RelabelRule[]): boolean {
  for (const rule of rules) {
    if (!apply(labels, rule)) return false;
  }
  return true;
}

/** How one rule changed a label set; for whoever wants to see the steps. */
export interface RelabelStep {
  rule: RelabelRule;
  /** The labels after the rule. */
  output: Record<string, string>;
  keep: boolean;
}

/** The steps of {@linkcode relabel}, up to the rule that drops the target. */
export function relabelSteps(
  labels: Readonly<Record<string, string>>,
  rules: readonly RelabelRule[],
): RelabelStep[] {
  const present: Record<string, string> = { ...labels };
  const steps: RelabelStep[] = [];
  for (const rule of rules) {
    const keep = apply(present, rule);
    steps.push({ rule, output: { ...present }, keep });
    if (!keep) break;
  }
  return steps;
}

function apply(labels: Record<string, string>, rule: RelabelRule): boolean {
  const value = joined(labels, rule);
  checkGrowth(rule, value);
  switch (rule.action) {
    case "drop":
      return !rule.regex.test(value);
    case "keep":
      return rule.regex.test(value);
    case "dropequal":
      return (labels[rule.targetLabel] ?? "") !== value;
    case "keepequal":
      return (labels[rule.targetLabel] ?? "") === value;
    case "replace":
      replace(labels, rule, value);
      return true;
    case "lowercase":
      set(labels, rule.targetLabel, value.toLowerCase());
      return true;
    case "uppercase":
      set(labels, rule.targetLabel, value.toUpperCase());
      return true;
    case "hashmod":
      set(labels, rule.targetLabel, hashMod(value, rule.modulus));
      return true;
    case "labelmap":
      for (const [name, old] of Object.entries(labels)) {
        const match = rule.regex.exec(name);
        if (match) set(labels, rule.regex.expand(rule.replacement, match), old);
      }
      return true;
    case "labeldrop":
      for (const name of Object.keys(labels)) if (rule.regex.test(name)) delete labels[name];
      return true;
    case "labelkeep":
      for (const name of Object.keys(labels)) if (!rule.regex.test(name)) delete labels[name];
      return true;
  }
}

function joined(labels: Record<string, string>, rule: RelabelRule): string {
  const names = rule.sourceLabels;
  if (names.length === 1) return labels[names[0]] ?? "";
  let out = "";
  for (let i = 0; i < names.length; i++) {
    if (i > 0) out += rule.separator;
    out += labels[names[i]] ?? "";
  }
  return out;
}

/** What a rule captures is a part of the value, and may stand wherever it is referred to. */
function checkGrowth({ replacement, targetLabel }: RelabelRule, value: string): void {
  for (const template of [replacement, targetLabel]) {
    const references = template.split("$").length - 1;
    if (template.length + references * value.length > MAX_VALUE_LENGTH) {
      throw new RelabelError(`relabeling makes a value longer than ${MAX_VALUE_LENGTH} characters`);
    }
  }
}

function replace(labels: Record<string, string>, rule: RelabelRule, value: string): void {
  const match = rule.regex.exec(value);
  if (!match) return;
  const target = rule.regex.expand(rule.targetLabel, match);
  if (target === "") return;
  set(labels, target, rule.regex.expand(rule.replacement, match));
}

function set(labels: Record<string, string>, name: string, value: string): void {
  if (value === "") delete labels[name];
  else labels[name] = value;
}

/** The last 8 bytes of the MD5, big-endian, modulo `modulus`. */
function hashMod(value: string, modulus: number): string {
  const hash = createHash("md5").update(value).digest();
  return String(hash.readBigUInt64BE(8) % BigInt(Math.trunc(modulus)));
}

/** A rule with its defaults. Errors: RegexpSyntaxError for the regular expression. */
export function relabelRule(
  fields: Partial<Omit<RelabelRule, "regex">>,
): RelabelRule {
  const rule = { ...DEFAULT_RULE, ...fields };
  return { ...rule, regex: compileAnchored(rule.regexText) };
}
