import { own } from "../../base/mod.ts";
import { KubeClient } from "../../kube/mod.ts";
import type { CommandIo } from "../command.ts";
import { FLAGS } from "./_flags.ts";
import { Releases } from "./_releases.ts";
import { repositories } from "./_repositories.ts";

const TAKES_CHART = ["install", "upgrade", "template"];
const TAKES_RELEASE = ["upgrade", "uninstall", "status", "history", "rollback"];

/** Candidates for the last word of a helm line. */
export async function completeHelm(
  words: readonly string[],
  { lab, files }: Pick<CommandIo, "lab" | "files">,
): Promise<string[]> {
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const all = Object.keys(FLAGS);
  const matching = (candidates: Iterable<string>) =>
    [...new Set(candidates)].filter((candidate) => candidate.startsWith(last)).sort();

  if (before.length === 0) return matching(all.map((name) => name.split(" ")[0]));
  const [group] = before;
  if (before.length === 1 && all.some((name) => name.startsWith(`${group} `))) {
    return matching(
      all.filter((name) => name.startsWith(`${group} `)).map((name) => name.split(" ")[1]),
    );
  }
  const command = Object.hasOwn(FLAGS, group) ? group : `${group} ${before[1]}`;
  const previous = before.at(-1);
  if (previous === "-f" || previous === "--values") return await fileNames(last, files);
  if (last.startsWith("-")) {
    return matching(Object.keys(own(FLAGS, command) ?? {}).map((name) => `--${name}`));
  }
  const candidates: string[] = [];
  if (TAKES_CHART.includes(command) || group === "show") {
    for (const { name, url } of repositories(lab)) {
      const charts = lab.charts.filter((chart) =>
        chart.repository.replace(/\/$/, "") === url.replace(/\/$/, "")
      );
      candidates.push(...charts.map((chart) => `${name}/${chart.name}`));
    }
  }
  if (TAKES_RELEASE.includes(command) || group === "get") {
    candidates.push(...await releaseNames(before, lab));
  }
  return matching(candidates);
}

async function releaseNames(
  before: readonly string[],
  lab: CommandIo["lab"],
): Promise<string[]> {
  const at = before.findIndex((word) => word === "-n" || word === "--namespace");
  const namespace = at < 0 ? lab.namespace : before[at + 1];
  try {
    const releases = new Releases(new KubeClient(lab.api), namespace, () => lab.clock.now());
    return (await releases.history()).map(({ name }) => name);
  } catch {
    return []; // No cluster: nothing to offer.
  }
}

async function fileNames(last: string, files: CommandIo["files"]): Promise<string[]> {
  const slash = last.lastIndexOf("/");
  const folder = slash < 0 ? "." : last.slice(0, slash + 1);
  try {
    const names = await files.list(folder);
    return names.map((name) => (slash < 0 ? "" : folder) + name)
      .filter((name) => name.startsWith(last));
  } catch {
    return []; // No such folder.
  }
}
