import {
  ansicTime,
  compareGo,
  compileGoRegexp,
  type GoRegexp,
  goTime,
  RegexpSyntaxError,
} from "../../go/mod.ts";
import type { Actions } from "./_actions.ts";
import { HelmError } from "./_errors.ts";
import type { Parsed } from "./_flags.ts";
import { encode, outputFormat, table } from "./_output.ts";
import type { ReleaseStatus, StoredRelease } from "./_releases.ts";

/**
 * A release as install, upgrade and status print it. Source: helm/helm pkg/cmd/status.go.
 * Differs: `helm status` lists no resources, and hooks of tests are not told of.
 */
export function printStatus(
  release: StoredRelease,
  options: { hideNotes?: boolean } = {},
): string {
  const { name, namespace, info, version } = release;
  const lines = [
    `NAME: ${name}`,
    `LAST DEPLOYED: ${ansicTime(info.last_deployed)}`,
    `NAMESPACE: ${namespace}`,
    `STATUS: ${info.status}`,
    `REVISION: ${version}`,
    `DESCRIPTION: ${info.description}`,
    "TEST SUITE: None",
  ];
  if (info.description === "Dry run complete") {
    lines.push("HOOKS:");
    for (const hook of release.hooks ?? []) {
      lines.push("---", `# Source: ${hook.path}`, hook.manifest);
    }
    lines.push("MANIFEST:", release.manifest);
  }
  if (!options.hideNotes && info.notes) lines.push("NOTES:", info.notes.trim());
  return lines.join("\n") + "\n";
}

/** Statuses that `helm list` shows by the flag that asks for them. */
const BY_FLAG: Readonly<Record<string, readonly ReleaseStatus[]>> = {
  deployed: ["deployed"],
  failed: ["failed"],
  pending: ["pending-install", "pending-rollback", "pending-upgrade"],
  superseded: ["superseded"],
  uninstalled: ["uninstalled"],
  uninstalling: ["uninstalling"],
};

/** `helm list`. Source: helm/helm pkg/cmd/list.go, pkg/action/list.go. */
export async function listCommand(
  flags: Parsed,
  namespace: string,
  actions: Actions,
): Promise<number> {
  const { io } = actions;
  await actions.cluster.reach();
  const all = await actions.releases(flags.has("all-namespaces") ? "" : namespace).history();
  const asked = Object.keys(BY_FLAG).filter((flag) => flags.has(flag))
    .flatMap((flag) => BY_FLAG[flag]);
  const pattern = flags.text("filter");
  const releases = latest(all)
    .filter(({ info }) => asked.length === 0 || asked.includes(info.status))
    .filter(({ name }) => pattern === undefined || regexOf(pattern).test(name))
    .sort((a, b) =>
      flags.has("date")
        ? compareGo(a.info.last_deployed, b.info.last_deployed)
        : compareGo(a.name, b.name) || compareGo(a.namespace, b.namespace)
    );
  if (flags.has("reverse")) releases.reverse();
  const offset = Number(flags.text("offset") ?? 0);
  const max = Number(flags.text("max") ?? 256) || Infinity;
  const page = releases.slice(offset, offset + max);

  const format = outputFormat(flags.text("output"));
  if (flags.has("short")) {
    const names = page.map(({ name }) => name);
    io.out(format === "table" ? names.map((name) => `${name}\n`).join("") : encode(format, names));
    return 0;
  }
  const rows = page.map((release) => ({
    name: release.name,
    namespace: release.namespace,
    revision: String(release.version),
    updated: goTime(release.info.last_deployed),
    status: release.info.status,
    chart: chartOf(release),
    app_version: release.chart.metadata.appVersion,
  }));
  if (format !== "table") {
    io.out(encode(format, rows));
    return 0;
  }
  const header = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
  const cells = rows.map((row) => Object.values(row));
  io.out(table(flags.has("no-headers") ? cells : [header, ...cells]));
  return 0;
}

/** `helm history`. Source: helm/helm pkg/cmd/history.go. */
export async function historyCommand(
  flags: Parsed,
  namespace: string,
  actions: Actions,
): Promise<number> {
  const { io } = actions;
  await actions.cluster.reach();
  const all = await actions.releases(namespace).history(flags.args[0]);
  if (all.length === 0) throw new HelmError("release: not found");
  const rows = all.slice(-(Number(flags.text("max") ?? 256) || 256));
  const format = outputFormat(flags.text("output"));
  if (format !== "table") {
    io.out(encode(
      format,
      rows.map((release) => ({
        revision: release.version,
        updated: release.info.last_deployed,
        status: release.info.status,
        chart: chartOf(release),
        app_version: release.chart.metadata.appVersion,
        description: release.info.description,
      })),
    ));
    return 0;
  }
  io.out(table([
    ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"],
    ...rows.map((release) => [
      String(release.version),
      ansicTime(release.info.last_deployed),
      release.info.status,
      chartOf(release),
      release.chart.metadata.appVersion,
      release.info.description,
    ]),
  ]));
  return 0;
}

function chartOf({ chart: { metadata } }: StoredRelease): string {
  return `${metadata.name}-${metadata.version}`;
}

/** The newest revision of each release. */
function latest(releases: readonly StoredRelease[]): StoredRelease[] {
  const newest = new Map<string, StoredRelease>();
  for (const release of releases) {
    const key = `${release.namespace}/${release.name}`;
    if ((newest.get(key)?.version ?? 0) < release.version) newest.set(key, release);
  }
  return [...newest.values()];
}

function regexOf(pattern: string): GoRegexp {
  try {
    return compileGoRegexp(pattern);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw new HelmError(error.message);
  }
}
