import { parseYaml, YamlError, type YamlNode } from "../go/mod.ts";

/** A line of a values file, from 1, and what it sets. */
export interface SetLine {
  line: number;
  /** `logLevel: debug`. */
  shown: string;
}

/** What the scheduler says, and the keys of the chart's values that bring it about. */
const SCHEDULING: readonly [said: RegExp, keys: readonly string[]][] = [
  [/didn't match Pod's node affinity\/selector/, ["nodeSelector", "affinity"]],
  [/Insufficient (cpu|memory)/, ["resources"]],
];

/**
 * The line of a values file that a pod's trouble is about, by the value that its words repeat, or the key that brings
 * such words about; undefined where none is found. Rules are told by what is wrong with them.
 */
export function valueBehind(text: string, said: string): SetLine | undefined {
  const set = valuesOf(text);
  const keys = SCHEDULING.find(([words]) => words.test(said))?.[1];
  if (keys) {
    const found = set.find(({ top }) => keys.includes(top));
    return found && { line: found.line, shown: found.shown };
  }
  const repeated = set.find(({ value }) => value.length > 1 && isWord(said, value));
  return repeated && { line: repeated.line, shown: repeated.shown };
}

/** Whether words have a value as a whole: `3` is not in `v0.13`. */
function isWord(said: string, value: string): boolean {
  const at = said.indexOf(value);
  if (at < 0) return false;
  const [before, after] = [said[at - 1] ?? " ", said[at + value.length] ?? " "];
  return !/[\w.]/.test(before) && !/\w/.test(after);
}

/** Every value that a file sets but for rules and Prometheus' address, with the key at the top that it lies under. */
function valuesOf(text: string): (SetLine & { top: string; value: string })[] {
  let root: YamlNode | undefined;
  try {
    root = parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
  }
  const under = (node: YamlNode, top: string, key: string): ReturnType<typeof valuesOf> => {
    if (node.kind === "scalar") {
      const shown = key === "" ? node.text : `${key}: ${node.text}`;
      return [{ top, line: node.line, shown, value: node.text }];
    }
    if (node.kind === "list") return node.items.flatMap((item) => under(item, top, ""));
    return node.entries.flatMap(({ key, value }) =>
      key.kind === "scalar" ? under(value, top || key.text, key.text) : []
    );
  };
  return root
    ? under(root, "", "").filter(({ top }) => !["rules", "prometheus"].includes(top))
    : [];
}
