import { COMMAND_TEXTS } from "./command_table.ts";
import { flagsOf } from "./flags.ts";

const GROUPS: [title: string, commands: string[]][] = [
  ["Basic Commands (Beginner)", ["create", "expose", "run", "set"]],
  ["Basic Commands (Intermediate)", ["explain", "get", "edit", "delete"]],
  ["Deploy Commands", ["rollout", "scale", "autoscale"]],
  ["Cluster Management Commands", ["cluster-info", "top", "cordon", "uncordon", "drain", "taint"]],
  [
    "Troubleshooting and Debugging Commands",
    ["describe", "logs", "attach", "exec", "port-forward", "cp", "auth", "events"],
  ],
  ["Advanced Commands", ["diff", "apply", "patch", "replace", "wait"]],
  ["Settings Commands", ["label", "annotate"]],
  ["Other Commands", ["api-resources", "api-versions", "config", "version"]],
];

/** What `kubectl` and `kubectl --help` print. */
export function overview(): string {
  const groups = GROUPS.map(([title, commands]) => `${title}:\n${listing(commands)}`).join("\n");
  return `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

${groups}
Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
Use "kubectl options" for a list of global command-line options (applies to all commands).
`;
}

/**
 * What `kubectl PATH --help` prints.
 * Differs: shorter than upstream's, without its prose, examples and the meaning of each flag.
 */
export function helpOf(path: string, runs: boolean): string {
  const { short, usage } = COMMAND_TEXTS[path];
  const inner = Object.keys(COMMAND_TEXTS).filter((each) =>
    each.startsWith(`${path} `) && !each.slice(path.length + 1).includes(" ")
  );
  let text = `${short}.\n\n`;
  if (inner.length > 0) text += `Available Commands:\n${listing(inner)}\n`;
  if (runs) text += `Options:\n${options(path)}\n`;
  text += `Usage:\n  ${usage}\n\n`;
  if (inner.length > 0) {
    text += `Use "kubectl ${path} <command> --help" for more information about a given command.\n`;
  }
  return text +
    'Use "kubectl options" for a list of global command-line options (applies to all commands).\n';
}

function listing(paths: string[]): string {
  const names = paths.map((path) => path.split(" ").at(-1)!);
  const width = Math.max(...names.map((name) => name.length), 13) + 3;
  return paths.map((path, index) => `  ${names[index].padEnd(width)}${COMMAND_TEXTS[path].short}\n`)
    .join("");
}

function options(path: string): string {
  const own = flagsOf(path).filter((each) => !globalNames().has(each.name));
  return own.map(({ name, shorthand, defaultText, type }) => {
    const value = type === "string" || defaultText === "" ? `'${defaultText}'` : defaultText;
    return `    ${shorthand ? `-${shorthand}, ` : ""}--${name}=${value}\n`;
  }).join("");
}

function globalNames(): Set<string> {
  return new Set(flagsOf("").map((each) => each.name));
}
