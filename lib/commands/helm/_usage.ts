const USAGE: Readonly<Record<string, readonly [usage: string, summary: string]>> = {
  install: ["install [NAME] [CHART] [flags]", "install a chart"],
  upgrade: ["upgrade [RELEASE] [CHART] [flags]", "upgrade a release"],
  uninstall: ["uninstall RELEASE_NAME [...] [flags]", "uninstall a release"],
  rollback: ["rollback <RELEASE> [REVISION] [flags]", "roll back a release to a previous revision"],
  list: ["list [flags]", "list releases"],
  status: ["status RELEASE_NAME [flags]", "display the status of the named release"],
  history: ["history RELEASE_NAME [flags]", "fetch release history"],
  template: ["template [NAME] [CHART] [flags]", "locally render templates"],
  "get values": ["get values RELEASE_NAME [flags]", "download the values file for a named release"],
  "get manifest": [
    "get manifest RELEASE_NAME [flags]",
    "download the manifest for a named release",
  ],
  "get notes": ["get notes RELEASE_NAME [flags]", "download the notes for a named release"],
  "get hooks": ["get hooks RELEASE_NAME [flags]", "download all hooks for a named release"],
  "get metadata": ["get metadata RELEASE_NAME [flags]", "fetch metadata for a given release"],
  "get all": ["get all RELEASE_NAME [flags]", "download all information for a named release"],
  "show values": ["show values [CHART] [flags]", "show the chart's values"],
  "show chart": ["show chart [CHART] [flags]", "show the chart's definition"],
  "show crds": ["show crds [CHART] [flags]", "show the chart's CRDs"],
  "show readme": ["show readme [CHART] [flags]", "show the chart's README"],
  "show all": ["show all [CHART] [flags]", "show all information of the chart"],
  "repo add": ["repo add [NAME] [URL] [flags]", "add a chart repository"],
  "repo list": ["repo list [flags]", "list chart repositories"],
  "repo update": ["repo update [REPO1 [REPO2 ...]] [flags]", "update chart repositories"],
  "repo remove": ["repo remove [REPO1 [REPO2 ...]] [flags]", "remove chart repositories"],
  "search repo": ["search repo [keyword] [flags]", "search repositories for a keyword in charts"],
  version: ["version [flags]", "print the client version information"],
  env: ["env [flags]", "helm client environment information"],
};

/** What `--help` prints: one command's usage, or the commands of a group, or all of them. */
export function usageOf(command: string): string {
  const own = USAGE[command];
  if (own) return `${own[1]}\n\nUsage:\n  helm ${own[0]}\n`;
  const prefix = command === "" ? "" : `${command} `;
  const commands = Object.entries(USAGE).filter(([name]) => name.startsWith(prefix));
  const width = Math.max(...commands.map(([name]) => name.length)) + 3;
  return [
    command === "" ? "The Kubernetes package manager, on the lab's own charts" : `helm ${command}`,
    "",
    "Usage:",
    `  helm ${prefix}[command]`,
    "",
    "Available Commands:",
    ...commands.map(([name, [, summary]]) => `  ${name.padEnd(width)}${summary}`),
    "",
    `Use "helm ${prefix}[command] --help" for more information about a command.`,
    "",
  ].join("\n");
}
