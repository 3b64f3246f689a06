import { parseYaml, YamlError, type YamlNode } from "../go/mod.ts";

/** A line of a values file, from 1, and what it sets. */
export interface SetLine {
  line: number;
  /** `logLevel: debug`. */
  shown: string;
}

/** What is said of a pod, and the keys of the chart's values that bring it about. */
interface Source {
  said: RegExp;
  /** Paths: all that lies under one counts. */
  keys: readonly string[];
  /** Whether the words repeat the value; else they are about whatever it is. */
  repeats: boolean;
}

const SOURCES: readonly Source[] = [
  {
    said: /didn't match Pod's node affinity\/selector/,
    keys: ["nodeSelector", "affinity"],
    repeats: false,
  },
  { said: /Insufficient (cpu|memory)/, keys: ["resources"], repeats: false },
  { said: /pull policy of Never/, keys: ["image.pullPolicy"], repeats: true },
  { said: /runAsNonRoot/, keys: ["securityContext", "podSecurityContext"], repeats: false },
  { said: /\bimage\b/i, keys: ["image"], repeats: true },
  {
    said: /\b(secret|configmap)s? "|persistentvolumeclaim/,
    keys: ["env", "extraVolumes"],
    repeats: true,
  },
];

/** The adapter's flags that the chart makes of values; others come from `extraArguments`. */
const FLAGS: Readonly<Record<string, string>> = {
  "v": "logLevel",
  "secure-port": "listenPort",
  "metrics-relist-interval": "metricsRelistInterval",
};

/**
 * The line of a values file that a pod's trouble is about: of the keys that bring such words about, the value that they
 * repeat; undefined where none is found. Rules are told by what is wrong with them.
 */
export function valueBehind(text: string, said: string): SetLine | undefined {
  const set = valuesOf(text);
  const found = ofFlag(set, said) ?? ofSource(set, said);
  return found && { line: found.line, shown: found.shown };
}

type SetValue = ReturnType<typeof valuesOf>[number];

function ofFlag(set: readonly SetValue[], said: string): SetValue | undefined {
  const flag = /(?<![\w-])--([a-z][\w-]*)/.exec(said)?.[1];
  if (flag === undefined) return undefined;
  return set.find(({ path, value }) => path === "extraArguments" && argumentIs(value, flag)) ??
    set.find(({ path }) => path === FLAGS[flag]);
}

function argumentIs(argument: string, flag: string): boolean {
  return argument.split("=")[0] === `--${flag}`;
}

function ofSource(set: readonly SetValue[], said: string): SetValue | undefined {
  const source = SOURCES.find((one) => one.said.test(said));
  if (!source) return undefined;
  const own = set.filter(({ path }) =>
    source.keys.some((key) => path === key || path.startsWith(`${key}.`))
  );
  const [longest] = own.filter(({ value }) => value.length > 1 && isWord(said, value))
    .sort((a, b) => b.value.length - a.value.length);
  return longest ?? (source.repeats ? undefined : own[0]);
}

/** Whether words have a value as a whole: `3` is not in `v0.13`. */
function isWord(said: string, value: string): boolean {
  const at = said.indexOf(value);
  if (at < 0) return false;
  const [before, after] = [said[at - 1] ?? " ", said[at + value.length] ?? " "];
  return !/[\w.]/.test(before) && !/\w/.test(after);
}

/** Every value that a file sets but for rules and Prometheus' address, with the keys above it, joined by dots. */
function valuesOf(text: string): (SetLine & { path: string; value: string })[] {
  let root: YamlNode | undefined;
  try {
    root = parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
  }
  const under = (node: YamlNode, path: string, key: string): ReturnType<typeof valuesOf> => {
    if (node.kind === "scalar") {
      const shown = key === "" ? node.text : `${key}: ${node.text}`;
      return [{ path, line: node.line, shown, value: node.text }];
    }
    if (node.kind === "list") return node.items.flatMap((item) => under(item, path, ""));
    return node.entries.flatMap(({ key, value }) =>
      key.kind === "scalar" ? under(value, path ? `${path}.${key.text}` : key.text, key.text) : []
    );
  };
  return root
    ? under(root, "", "").filter(({ path }) => !/^(rules|prometheus)(\.|$)/.test(path))
    : [];
}
