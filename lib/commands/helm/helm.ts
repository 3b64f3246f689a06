import { InvariantError, messageOf } from "../../base/mod.ts";
import {
  DurationSyntaxError,
  own,
  parseGoDuration,
  parseGoInt,
  quote,
  toYaml,
} from "../../go/mod.ts";
import type { Command, CommandIo } from "../command.ts";
import { completeHelm } from "./_complete.ts";
import { Actions, type ApplyOptions, type UpgradeOptions } from "./_actions.ts";
import { HelmError } from "./_errors.ts";
import { FLAGS, type Parsed, parseFlags } from "./_flags.ts";
import { getCommand } from "./_get.ts";
import { historyCommand, listCommand, printStatus } from "./_list.ts";
import { encode, outputFormat } from "./_output.ts";
import type { StoredRelease } from "./_releases.ts";
import { isFolderChart } from "./_chart_folder.ts";
import type { Chart } from "./_chart.ts";
import { locateChart, repoCommand, searchRepo } from "./_repositories.ts";
import { showCommand } from "./_show.ts";
import { usageOf } from "./_usage.ts";
import { userValues } from "./_values.ts";

/** The version of helm that this one follows. */
const VERSION = "v4.3.1";

const ALIASES: Readonly<Record<string, string>> = {
  ls: "list",
  hist: "history",
  del: "uninstall",
  delete: "uninstall",
  un: "uninstall",
};
const SUB_ALIASES: Readonly<Record<string, string>> = { up: "update", rm: "remove", ls: "list" };

/** How many arguments a command takes: `[least, most]`. */
const ARGUMENTS: Readonly<Record<string, readonly [number, number]>> = {
  install: [1, Infinity],
  template: [1, Infinity],
  upgrade: [2, 2],
  uninstall: [1, Infinity],
  rollback: [1, Infinity],
  list: [0, 0],
  status: [1, 1],
  history: [1, 1],
  "get values": [1, 1],
  "get manifest": [1, 1],
  "get notes": [1, 1],
  "get hooks": [1, 1],
  "get metadata": [1, 1],
  "get all": [1, 1],
  "show values": [1, 1],
  "show chart": [1, 1],
  "show readme": [1, 1],
  "show crds": [1, 1],
  "show all": [1, 1],
  "repo add": [2, 2],
  "repo update": [0, Infinity],
  "repo list": [0, 0],
  "repo remove": [1, Infinity],
  "search repo": [0, Infinity],
  version: [0, 0],
  env: [0, 0],
};

/** The versions that `helm template` takes every cluster to serve. */
const BUILT_IN_VERSIONS = [
  "v1",
  "admissionregistration.k8s.io/v1",
  "apiextensions.k8s.io/v1",
  "apps/v1",
  "authentication.k8s.io/v1",
  "authorization.k8s.io/v1",
  "autoscaling/v1",
  "autoscaling/v2",
  "batch/v1",
  "certificates.k8s.io/v1",
  "coordination.k8s.io/v1",
  "discovery.k8s.io/v1",
  "events.k8s.io/v1",
  "networking.k8s.io/v1",
  "node.k8s.io/v1",
  "policy/v1",
  "rbac.authorization.k8s.io/v1",
  "scheduling.k8s.io/v1",
  "storage.k8s.io/v1",
];

const GROUPS = ["repo", "get", "show", "search"];

/**
 * helm, in this process: charts are the lab's own functions, releases are stored as helm stores
 * them, and messages are helm's.
 * Source: helm/helm v4.3.1 pkg/cmd, pkg/action.
 * Differs: applies on the client, as helm 3 does and helm 4 with --server-side=false.
 */
export const helm: Command = {
  name: "helm",
  summary: "install and upgrade charts (helm v4)",
  summaryKo: "차트를 설치하고 올리기 (helm v4)",
  async execute(args, io) {
    try {
      return await run(args, io);
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      if (io.signal.aborted) return 130;
      if (!isExpected(error)) throw error;
      io.err(`Error: ${messageOf(error)}\n`);
      if (error instanceof HelmError && error.hint) io.err(`${error.hint}\n`);
      return error instanceof HelmError ? error.exitCode : 1;
    }
  },
  complete: completeHelm,
};

/** Errors of helm, the API, a chart or the way to the server; anything else is a bug and goes on. */
function isExpected(error: unknown): boolean {
  return error instanceof Error &&
    [
      "HelmError",
      "ApiError",
      "ChartError",
      "CliError",
      "ConnectionError",
      "DurationSyntaxError",
      "NameError",
    ]
      .includes(error.name);
}

/** The command's name and the words behind it. Errors: HelmError for one that does not exist. */
function commandOf(args: readonly string[]): { command: string; rest: string[] } {
  const before: string[] = [];
  const words = [...args];
  while (words[0]?.startsWith("-")) {
    const flag = words.shift()!;
    before.push(flag);
    const takesValue = !flag.includes("=") && !/^(-h|--help|--debug)$/.test(flag);
    if (takesValue && words.length > 0) before.push(words.shift()!);
  }
  const first = words.shift();
  if (first === undefined || first === "help") return { command: "", rest: [] };
  const command = own(ALIASES, first) ?? first;
  if (GROUPS.includes(command)) {
    const second = words.find((word) => !word.startsWith("-"));
    if (second === undefined) return { command, rest: [] };
    words.splice(words.indexOf(second), 1);
    const full = `${command} ${own(SUB_ALIASES, second) ?? second}`;
    if (!Object.hasOwn(FLAGS, full)) {
      throw new HelmError(
        `unknown command "${second}" for "helm ${command}"\nRun 'helm ${command} --help' for usage.`,
      );
    }
    return { command: full, rest: [...before, ...words] };
  }
  if (!Object.hasOwn(FLAGS, command)) {
    throw new HelmError(`unknown command "${first}" for "helm"\nRun 'helm --help' for usage.`);
  }
  return { command, rest: [...before, ...words] };
}

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const { command, rest } = commandOf(args);
  if (command === "" || GROUPS.includes(command)) {
    io.out(usageOf(command));
    return 0;
  }
  const flags = parseFlags(command, rest);
  if (flags.has("help")) {
    io.out(usageOf(command));
    return 0;
  }
  checkArguments(command, flags.args);
  const namespace = flags.text("namespace") ?? io.lab.namespace;
  switch (command) {
    case "install":
      return await install(flags, namespace, io);
    case "upgrade":
      return await upgrade(flags, namespace, io);
    case "template":
      return await template(flags, namespace, io);
    case "uninstall":
      return await uninstall(flags, namespace, io);
    case "rollback":
      return await rollback(flags, namespace, io);
    case "list":
      return await listCommand(flags, namespace, new Actions(io));
    case "history":
      return await historyCommand(flags, namespace, new Actions(io));
    case "status":
      return await status(flags, namespace, io);
    case "version":
      io.out(
        flags.has("short")
          ? `${VERSION}\n`
          : `version.BuildInfo{Version:"${VERSION}", GitCommit:"", GitTreeState:"", GoVersion:""}\n`,
      );
      return 0;
    case "env":
      io.out(`HELM_NAMESPACE="${namespace}"\n`);
      return 0;
    case "search repo":
      searchRepo(flags, io);
      return 0;
  }
  const [group, verb] = command.split(" ");
  if (group === "repo") repoCommand(verb, flags, io);
  else if (group === "get") await getCommand(verb, flags, namespace, new Actions(io));
  else io.out(showCommand(verb, await locateChart(flags.args[0], flags, io)));
  return 0;
}

/** Source: helm/helm cmd/helm/require/args.go. */
function checkArguments(command: string, args: readonly string[]): void {
  const [least, most] = ARGUMENTS[command];
  if (args.length >= least && args.length <= most) return;
  const usage = `\n\nUsage:  ${
    usageOf(command).match(/^ {2}(helm .*)$/m)?.[1] ?? `helm ${command}`
  }`;
  if (most === 0) throw new HelmError(`"helm ${command}" accepts no arguments${usage}`);
  const count = `${least} argument${least === 1 ? "" : "s"}`;
  throw new HelmError(
    `"helm ${command}" requires ${least === most ? "" : "at least "}${count}${usage}`,
  );
}

function applyOptions(flags: Parsed, namespace: string): ApplyOptions {
  return {
    namespace,
    timeoutMs: timeoutOf(flags),
    wait: waits(flags),
    atomic: rollsBack(flags),
    createNamespace: flags.has("create-namespace"),
    dryRun: isDryRun(flags),
    noHooks: flags.has("no-hooks"),
    skipCrds: flags.has("skip-crds"),
    takeOwnership: flags.has("take-ownership"),
    description: flags.text("description"),
    historyMax: historyMax(flags),
  };
}

function waits(flags: Parsed): boolean {
  const strategy = flags.has("wait") ? flags.text("wait")! : "hookOnly";
  if (!["watcher", "legacy", "hookOnly", "true"].includes(strategy)) {
    throw new HelmError(
      `invalid argument ${quote(strategy)} for "--wait" flag: invalid wait input ${
        quote(strategy)
      }. Valid inputs are watcher, hookOnly, and legacy`,
    );
  }
  return strategy !== "hookOnly" || flags.has("wait-for-jobs");
}

function rollsBack(flags: Parsed): boolean {
  return flags.has("rollback-on-failure") || flags.has("atomic");
}

function historyMax(flags: Parsed): number | undefined {
  const text = flags.text("history-max");
  return text === undefined ? undefined : Number(text);
}

function isDryRun(flags: Parsed): boolean {
  const value = flags.text("dry-run");
  if (value === undefined || ["none", "false", ""].includes(value)) return false;
  if (["client", "server", "true"].includes(value)) return true;
  throw new HelmError(
    "invalid dry-run flag. Flag must one of the following: false, true, none, client, server",
  );
}

function timeoutOf(flags: Parsed): number {
  const text = flags.text("timeout") ?? "5m";
  try {
    return parseGoDuration(text);
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    throw new HelmError(
      `invalid argument ${quote(text)} for "--timeout" flag: ${error.message}`,
    );
  }
}

/** Runs a step whose errors helm puts a heading before. */
async function under<T>(heading: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof InvariantError || !isExpected(error)) throw error;
    const { exitCode, hint } = error instanceof HelmError ? error : new HelmError("");
    throw new HelmError(`${heading}: ${messageOf(error)}`, exitCode, hint);
  }
}

async function install(flags: Parsed, namespace: string, io: CommandIo): Promise<number> {
  outputFormat(flags.text("output"));
  waits(flags);
  const release = await under("INSTALLATION FAILED", async () => {
    const { name, reference } = nameAndChart(flags);
    return await installChart(name, reference, flags, namespace, io);
  });
  writeRelease(release, flags, io);
  return 0;
}

/** Source: helm/helm pkg/action/install.go (NameAndChart). */
function nameAndChart(flags: Parsed): { name: string; reference: string } {
  const [first, second, third] = flags.args;
  if (third !== undefined) {
    throw new HelmError(
      `expected at most two arguments, unexpected arguments: ${flags.args.slice(2).join(", ")}`,
    );
  }
  if (second !== undefined) {
    if (flags.has("generate-name")) {
      throw new HelmError("cannot set --generate-name and also specify a name");
    }
    return { name: first, reference: second };
  }
  if (flags.has("generate-name")) {
    throw new HelmError("--generate-name is not supported here; give the release a name");
  }
  throw new HelmError("must either provide a name or specify --generate-name");
}

async function installChart(
  name: string,
  reference: string,
  flags: Parsed,
  namespace: string,
  io: CommandIo,
): Promise<StoredRelease> {
  const chart = await locateChart(reference, flags, io);
  const values = await userValues(flags, io.files, io.stdin);
  const actions = new Actions(io);
  await askCluster(actions, chart, flags);
  return await actions.install(name, chart, values, applyOptions(flags, namespace));
}

/** The templates of a chart of the learner's own may ask what the cluster can do. */
async function askCluster(actions: Actions, chart: Chart, flags: Parsed): Promise<void> {
  const isClientOnly = ["client", "true"].includes(flags.text("dry-run") ?? "");
  if (!isFolderChart(chart) || isClientOnly) return;
  await actions.cluster.reach();
  actions.capabilities = await actions.cluster.capabilities();
}

async function upgrade(flags: Parsed, namespace: string, io: CommandIo): Promise<number> {
  const [name, reference] = flags.args;
  const actions = new Actions(io);
  const format = outputFormat(flags.text("output"));
  if (flags.has("install")) {
    await actions.cluster.reach();
    const last = await actions.releases(namespace).last(name);
    if (!last || last.info.status === "uninstalled") {
      if (format === "table") {
        io.out(`Release "${name}" does not exist. Installing it now.\n`);
      }
      const release = await installChart(name, reference, flags, namespace, io);
      writeRelease(release, flags, io);
      return 0;
    }
  }
  const chart = await locateChart(reference, flags, io);
  const values = await userValues(flags, io.files, io.stdin);
  await askCluster(actions, chart, flags);
  const options: UpgradeOptions = {
    ...applyOptions(flags, namespace),
    values: flags.has("reset-values")
      ? "reset"
      : flags.has("reuse-values")
      ? "reuse"
      : flags.has("reset-then-reuse-values")
      ? "reset-then-reuse"
      : "default",
  };
  const release = await under(
    "UPGRADE FAILED",
    () => actions.upgrade(name, chart, values, options),
  );
  if (format === "table") {
    io.out(`Release "${name}" has been upgraded. Happy Helming!\n`);
  }
  writeRelease(release, flags, io);
  return 0;
}

function writeRelease(release: StoredRelease, flags: Parsed, io: CommandIo): void {
  const format = outputFormat(flags.text("output"));
  if (format === "table") {
    io.out(printStatus(release, { hideNotes: flags.has("hide-notes") }));
  } else io.out(encode(format, release));
}

async function template(flags: Parsed, namespace: string, io: CommandIo): Promise<number> {
  const { name, reference } = flags.args.length > 1
    ? nameAndChart(flags)
    : { name: "release-name", reference: flags.args[0] };
  const chart = await locateChart(reference, flags, io);
  const values = await userValues(flags, io.files, io.stdin);
  const actions = new Actions(io);
  actions.capabilities = {
    kubeVersion: flags.text("kube-version") ?? "v1.36.3",
    apiVersions: new Set([...BUILT_IN_VERSIONS, ...flags.list("api-versions")]),
  };
  let release: StoredRelease;
  try {
    release = actions.template(name, chart, values, namespace, flags.has("is-upgrade"));
  } catch (error) {
    if (!isExpected(error)) throw error;
    throw new HelmError(`${messageOf(error)}\n\nUse --debug flag to render out invalid YAML`);
  }
  const only = flags.list("show-only");
  if (only.length > 0) {
    for (const path of only) io.out(documentsOf(release, path));
    return 0;
  }
  const crds = flags.has("include-crds") ? chart.crds ?? [] : [];
  for (const crd of crds) {
    io.out(`---\n# Source: ${chart.name}/crds/${crd.metadata.name}.yaml\n${toYaml(crd)}`);
  }
  io.out(`${release.manifest.trim()}\n`);
  if (!flags.has("no-hooks")) {
    for (const hook of release.hooks ?? []) {
      io.out(`---\n# Source: ${hook.path}\n${hook.manifest}\n`);
    }
  }
  return 0;
}

/** The documents that a template gave. Errors: HelmError when there are none. */
function documentsOf(release: StoredRelease, path: string): string {
  const hooks = (release.hooks ?? []).map((hook) => `# Source: ${hook.path}\n${hook.manifest}\n`);
  const documents = [...`${release.manifest.trim()}\n`.split(/^---\n/m), ...hooks]
    .filter((text) => text.match(/^# Source: [^/]+\/(.+)/)?.[1] === path);
  if (documents.length === 0) throw new HelmError(`could not find template ${path} in chart`);
  return documents.map((text) => `---\n${text}\n`).join("");
}

async function uninstall(flags: Parsed, namespace: string, io: CommandIo): Promise<number> {
  const cascades = {
    background: "Background",
    foreground: "Foreground",
    orphan: "Orphan",
  } as const;
  const cascade = flags.text("cascade") ?? "background";
  if (!(cascade in cascades)) {
    throw new HelmError(
      `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
    );
  }
  const actions = new Actions(io);
  for (const name of flags.args) {
    const kept = await actions.uninstall(name, namespace, {
      timeoutMs: timeoutOf(flags),
      wait: waits(flags),
      dryRun: flags.has("dry-run"),
      noHooks: flags.has("no-hooks"),
      keepHistory: flags.has("keep-history"),
      ignoreNotFound: flags.has("ignore-not-found"),
      cascade: cascades[cascade as keyof typeof cascades],
      description: flags.text("description"),
    });
    if (kept) io.out(`${kept}\n`);
    io.out(`release "${name}" uninstalled\n`);
  }
  return 0;
}

async function rollback(flags: Parsed, namespace: string, io: CommandIo): Promise<number> {
  const [name, text] = flags.args;
  const revision = text === undefined ? 0 : parseGoInt(text, { name: "Atoi" });
  if (typeof revision === "object") {
    throw new HelmError(`could not convert revision to a number: ${revision.problem}`);
  }
  await new Actions(io).rollback(name, revision, namespace, {
    timeoutMs: timeoutOf(flags),
    wait: waits(flags),
    dryRun: flags.has("dry-run"),
    noHooks: flags.has("no-hooks"),
    historyMax: historyMax(flags),
  });
  io.out("Rollback was a success! Happy Helming!\n");
  return 0;
}

async function status(flags: Parsed, namespace: string, io: CommandIo): Promise<number> {
  const actions = new Actions(io);
  await actions.cluster.reach();
  const revision = Number(flags.text("revision") ?? 0);
  const release = await actions.releases(namespace).get(flags.args[0], revision);
  const format = outputFormat(flags.text("output"));
  if (format === "table") {
    io.out(printStatus(release));
  } else {
    const { chart: _, ...rest } = release;
    io.out(encode(format, rest));
  }
  return 0;
}
