/** Short names that kubectl takes for the same thing. */
const SAME = [
  ["po", "pod", "pods"],
  ["svc", "service", "services"],
  ["deploy", "deployment", "deployments"],
  ["no", "node", "nodes"],
  ["ns", "namespace", "namespaces"],
  ["cm", "configmap", "configmaps"],
  ["hpa", "horizontalpodautoscaler", "horizontalpodautoscalers"],
  ["so", "scaledobject", "scaledobjects"],
  ["smon", "servicemonitor", "servicemonitors"],
  ["apiservice", "apiservices"],
  ["-n", "--namespace"],
  ["-l", "--selector"],
  ["-f", "--filename", "--follow"],
];

const CANON = new Map(SAME.flatMap((words) => words.map((word) => [word, words[0]])));

/**
 * Whether two shell lines ask for the same, whatever the order of their flags, their quotes, the
 * spaces, and short or long names of resources.
 */
export function isSameLine(a: string, b: string): boolean {
  const [left, right] = [stages(a), stages(b)];
  return left.length === right.length && left.every((words, i) => words === right[i]);
}

/** Each stage of a pipe as its sorted words. */
function stages(line: string): string[] {
  return line.replace(/^\s*\$\s+/, "").split(/\|(?![|])/).map((stage) => {
    const words = stage.replace(/(-{1,2}[\w-]+)=/g, "$1 ").replace(/["']/g, "").trim().split(/\s+/);
    const canonical = words
      .map((word) => CANON.get(word.toLowerCase()) ?? word.replace(/^\.\//, "").replace(/\/$/, ""))
      // The namespace that is meant anyway.
      .join(" ").replace(/(^| )-n default( |$)/, " ").trim();
    return canonical.split(" ").sort().join(" ");
  });
}

/** The last command of a pasted block, without its prompt. */
export function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const prompted = lines.filter((line) => /^\s*\$ /.test(line));
  return (prompted.at(-1) ?? (/<</.test(text) ? text : lines.at(-1)) ?? text).replace(
    /^\s*\$ /,
    "",
  );
}

/** Whether a line calls the same command as the step's, so that its output may be compared. */
export function looksLike(expected: string, typed: string): boolean {
  const name = (line: string) => line.trim().split(/\s+/)[0];
  return name(expected) === name(lastLine(typed));
}
