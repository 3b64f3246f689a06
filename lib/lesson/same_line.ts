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

/** Each stage of a pipe as its sorted words; a prompt in front, and where a long line goes on, are no part of it. */
function stages(line: string): string[] {
  return line.replace(/^\s*\$\s+/, "").replace(/\\\n/g, " ").split(/\|(?![|])/).map((stage) => {
    const words = stage.replace(/(-{1,2}[\w-]+)=/g, "$1 ").replace(/["']/g, "").trim().split(/\s+/);
    const canonical = words
      .map((word) => CANON.get(word.toLowerCase()) ?? word.replace(/^\.\//, "").replace(/\/$/, ""))
      // The namespace that is meant anyway.
      .join(" ").replace(/(^| )-n default( |$)/, " ").trim();
    return canonical.split(" ").sort().join(" ");
  });
}
