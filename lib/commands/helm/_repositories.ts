import type { CommandIo } from "../command.ts";
import type { Lab } from "../../labs/lab.ts";
import type { Chart } from "./_chart.ts";
import { loadChart } from "./_chart_folder.ts";
import { HelmError } from "./_errors.ts";
import type { Parsed } from "./_flags.ts";
import { encode, outputFormat, table } from "./_output.ts";

interface Repository {
  name: string;
  url: string;
}

const STATE_KEY = "helm/repositories";

/** The repositories that the learner added, in order. */
export function repositories(lab: Lab): Repository[] {
  return JSON.parse(lab.state.get(STATE_KEY) ?? "[]");
}

function keep(lab: Lab, list: Repository[]): void {
  lab.state.put(STATE_KEY, JSON.stringify(list));
}

function sameUrl(a: string, b: string): boolean {
  return a.replace(/\/+$/, "") === b.replace(/\/+$/, "");
}

/** The charts of a repository; none when nobody keeps a repository there. */
function chartsAt(lab: Lab, url: string): Chart[] {
  return lab.charts.filter((chart) => sameUrl(chart.repository, url));
}

/** `helm repo …`. Source: helm/helm cmd/helm/repo_{add,list,update,remove}.go. */
export function repoCommand(verb: string, flags: Parsed, io: CommandIo): void {
  switch (verb) {
    case "add":
      return add(flags, io);
    case "list":
      return list(flags, io);
    case "update":
      return update(flags, io);
    case "remove":
      return remove(flags, io);
  }
}

function add(flags: Parsed, io: CommandIo): void {
  const [name, url] = flags.args;
  if (name.includes("/")) {
    throw new HelmError(
      `repository name (${name}) contains '/', please specify a different name without '/'`,
    );
  }
  const known = repositories(io.lab);
  const existing = known.find((repository) => repository.name === name);
  if (existing && !flags.has("force-update")) {
    if (existing.url !== url) {
      throw new HelmError(
        `repository name (${name}) already exists, please specify a different name`,
      );
    }
    io.out(`"${name}" already exists with the same configuration, skipping\n`);
    return;
  }
  if (chartsAt(io.lab, url).length === 0) throw unreachable(io.lab, url);
  keep(io.lab, [...known.filter((repository) => repository.name !== name), { name, url }]);
  io.out(`"${name}" has been added to your repositories\n`);
}

function unreachable(lab: Lab, url: string): HelmError {
  const looksLike = `looks like "${url}" is not a valid chart repository or cannot be reached: `;
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return new HelmError(`could not find protocol handler for: `);
  }
  const index = `${url.replace(/\/+$/, "")}/index.yaml`;
  const hosts = lab.charts.map((chart) => new URL(chart.repository).host);
  if (hosts.includes(parsed.host)) {
    return new HelmError(`${looksLike}failed to fetch ${index} : 404 Not Found`);
  }
  return new HelmError(
    `${looksLike}Get "${index}": dial tcp: lookup ${parsed.hostname}: no such host` +
      `\n(the sandbox has no network; it knows these repositories: ${
        [...new Set(lab.charts.map((chart) => chart.repository))].join(", ")
      })`,
  );
}

function list(flags: Parsed, io: CommandIo): void {
  const known = repositories(io.lab);
  const format = outputFormat(flags.text("output"));
  if (format !== "table") {
    io.out(encode(format, known));
    return;
  }
  if (known.length === 0) throw new HelmError("no repositories to show");
  io.out(table([["NAME", "URL"], ...known.map(({ name, url }) => [name, url])]));
}

function update(flags: Parsed, io: CommandIo): void {
  const known = repositories(io.lab);
  if (known.length === 0) {
    throw new HelmError("no repositories found. You must add one before updating");
  }
  for (const name of flags.args) {
    if (!known.some((repository) => repository.name === name)) {
      throw new HelmError(`no repositories found matching '${name}'.  Nothing will be updated`);
    }
  }
  io.out("Hang tight while we grab the latest from your chart repositories...\n");
  for (const { name } of known) {
    if (flags.args.length > 0 && !flags.args.includes(name)) continue;
    io.out(`...Successfully got an update from the "${name}" chart repository\n`);
  }
  io.out("Update Complete. ⎈Happy Helming!⎈\n");
}

function remove(flags: Parsed, io: CommandIo): void {
  let known = repositories(io.lab);
  if (known.length === 0) throw new HelmError("no repositories configured");
  for (const name of flags.args) {
    if (!known.some((repository) => repository.name === name)) {
      throw new HelmError(`no repo named "${name}" found`);
    }
    known = known.filter((repository) => repository.name !== name);
    keep(io.lab, known);
    io.out(`"${name}" has been removed from your repositories\n`);
  }
}

/** `helm search repo [WORD…]`. Source: helm/helm cmd/helm/search_repo.go. */
export function searchRepo(flags: Parsed, io: CommandIo): void {
  const known = repositories(io.lab);
  if (known.length === 0) throw new HelmError("no repositories configured");
  const version = flags.text("version");
  if (version && !isConstraint(version)) {
    throw new HelmError(`an invalid version/constraint format: ${improper(version)}`);
  }
  const words = flags.args.map((word) => word.toLowerCase());
  const found = known.flatMap(({ name, url }) =>
    chartsAt(io.lab, url).map((chart) => ({ name: `${name}/${chart.name}`, chart }))
  ).filter(({ name, chart }) => {
    const text = `${name} ${chart.description}`.toLowerCase();
    return words.every((word) => text.includes(word));
  }).filter(({ chart }) => matchesVersion(chart.version, version))
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const format = outputFormat(flags.text("output"));
  if (format !== "table") {
    io.out(encode(
      format,
      found.map(({ name, chart }) => ({
        name,
        version: chart.version,
        app_version: chart.appVersion,
        description: chart.description,
      })),
    ));
    return;
  }
  if (found.length === 0) {
    if (flags.has("fail-on-no-result")) throw new HelmError("no results found");
    io.out("No results found\n");
    return;
  }
  const width = Number(flags.text("max-col-width") ?? 50) || Infinity;
  io.out(table([
    ["NAME", "CHART VERSION", "APP VERSION", "DESCRIPTION"],
    ...found.map((
      { name, chart },
    ) => [name, chart.version, chart.appVersion, chart.description]),
  ], width));
}

/**
 * The chart that `REPO/NAME`, or NAME with --repo, stands for.
 * Errors: HelmError. Source: helm/helm pkg/action/install.go (LocateChart),
 * pkg/downloader/chart_downloader.go (ResolveChartVersion).
 */
export async function locateChart(
  reference: string,
  flags: Parsed,
  io: CommandIo,
): Promise<Chart> {
  const version = flags.text("version");
  const url = flags.text("repo");
  if (url !== undefined) {
    const isGood = version === undefined || isConstraint(version);
    const chart = isGood ? pick(chartsAt(io.lab, url), reference, version) : undefined;
    if (chart) return chart;
    throw new HelmError(
      `chart "${reference}" ${
        version ? `version "${version}" ` : ""
      }not found in ${url} repository`,
    );
  }
  if (await io.files.stat(reference)) return await loadChart(reference, io);
  if (/^(\.|\/)/.test(reference)) throw new HelmError(`path "${reference}" not found`);
  if (reference.startsWith("oci://")) {
    throw new HelmError(
      `"${reference}": registries are out of reach here; add a repository with "helm repo add"`,
    );
  }
  const slash = reference.indexOf("/");
  if (slash < 0) {
    throw new HelmError(
      `non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`,
    );
  }
  const name = reference.slice(slash + 1);
  const repository = repositories(io.lab).find((each) => each.name === reference.slice(0, slash));
  if (!repository) throw new HelmError(`repo ${reference.slice(0, slash)} not found`);
  const charts = chartsAt(io.lab, repository.url);
  const isGood = version === undefined || isConstraint(version);
  const chart = isGood ? pick(charts, name, version) : undefined;
  if (chart) return chart;
  const why = charts.some((each) => each.name === name)
    ? !isGood ? improper(version) : `no chart version found for ${name}-${version}`
    : "no chart name found";
  throw new HelmError(
    `chart "${name}" matching ${
      version ?? ""
    } not found in ${repository.name} index. (try 'helm repo update'): ${why}`,
  );
}

function pick(charts: Chart[], name: string, version: string | undefined): Chart | undefined {
  return charts.find((chart) => chart.name === name && matchesVersion(chart.version, version));
}

/** Source: Masterminds/semver constraints.go (init). */
const OPERATOR = "=||!=|>|<|>=|=>|<=|=<|~|~>|\\^";
const VERSION = "v?[0-9|xX*]+(?:\\.[0-9|xX*]+)?(?:\\.[0-9|xX*]+)?" +
  "(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";
const CONSTRAINT = new RegExp(
  `^\\s*(?:${OPERATOR})\\s*${VERSION}\\s*(?:(?:\\s+|,\\s*)(?:${OPERATOR})\\s*${VERSION}\\s*)*$`,
);
const RANGE = new RegExp(`\\s*(${VERSION})\\s+-\\s+(${VERSION})\\s*`, "g");

/** Whether a text is a constraint on versions; none is. */
function isConstraint(text: string): boolean {
  return text === "" || wrongPart(text) === undefined;
}

function wrongPart(text: string): string | undefined {
  return withoutRanges(text).split("||").find((part) => !CONSTRAINT.test(part));
}

function withoutRanges(text: string): string {
  return text.replace(RANGE, (_, from, to) => `>=${from}, <=${to} `);
}

function improper(text: string): string {
  return `improper constraint: ${wrongPart(text)}`;
}

/**
 * Whether a version meets a constraint: exact, `^`, `~`, comparisons, ranges, and `x` for any part.
 * Source: Masterminds/semver constraints.go. Differs: knows no pre-releases.
 */
export function matchesVersion(version: string, constraint: string | undefined): boolean {
  if (constraint === undefined || constraint.trim() === "") return true;
  const own = version.replace(/^v/, "").split(".").map(Number);
  return withoutRanges(constraint).split("||").some((either) =>
    (either.match(/[<>=!~^]*\s*v?[\d.xX*]+(?:-[\w.]+)?/g) ?? []).every((part) => {
      const match = /^([<>=!~^]*)\s*v?(.*)$/.exec(part.trim())!;
      const wanted = match[2].split("-")[0].split(".").filter((digit) => !/^[xX*]?$/.test(digit))
        .map(Number);
      const order = compare(own, wanted);
      switch (match[1]) {
        case "":
        case "=":
          return order === 0;
        case "!=":
          return order !== 0;
        case ">":
          return order > 0;
        case ">=":
        case "=>":
          return order >= 0;
        case "<":
          return order < 0;
        case "<=":
        case "=<":
          return order <= 0;
        case "~":
        case "~>":
          return order >= 0 && compare(own, wanted.slice(0, 2)) === 0;
        case "^":
          return order >= 0 && compare(own, wanted.slice(0, 1)) === 0;
      }
      return false;
    })
  );
}

/** Compares as many parts as `wanted` has. */
function compare(own: number[], wanted: number[]): number {
  for (let index = 0; index < wanted.length; index++) {
    const difference = (own[index] ?? 0) - wanted[index];
    if (difference !== 0) return difference;
  }
  return 0;
}
