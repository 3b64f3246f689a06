/**
 * Plays lessons on the sandbox and on a real cluster, and compares step by step what was printed, what became of objects,
 * and what events told. Exit code 0 where every difference is one that `known.ts` gives a reason for, 1 where there is
 * another, 2 where it cannot be done.
 */
import { Command } from "commander";
import { openBench } from "../../lib/cli/bench.ts";
import { openWorkbench } from "../../lib/cli/context.ts";
import { temporaryHome } from "../../lib/cli/home.ts";
import type { Account } from "./_account.ts";
import { compareAccounts, type Parting } from "./_compare.ts";
import { expectationsOf, idOf, playables, playAll } from "./_play.ts";
import { knownAs } from "./known.ts";

interface ParityOptions {
  on?: string;
  allowContext?: string;
  record?: string;
  replay?: string;
  json?: boolean;
  all?: boolean;
}

const tell = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));

/** Plays on a sandbox of its own. */
async function onSandbox(names: readonly string[]): Promise<Account> {
  const home = await temporaryHome("parity");
  const bench = await openWorkbench(home, { hostPorts: false });
  try {
    return await playAll({ ...bench, files: bench.shell.files }, await playables(names), tell);
  } finally {
    await bench.close();
    await Deno.remove(home, { recursive: true });
  }
}

/** Plays on a context of the kubeconfig, and takes away what was made there. */
async function onCluster(names: readonly string[], options: ParityOptions): Promise<Account> {
  const home = await temporaryHome("parity");
  const bench = await openBench(home, options, { purpose: "parity" });
  try {
    return await playAll({ ...bench, files: bench.shell.files }, await playables(names), tell);
  } finally {
    if (bench.lab.kind === "context") await bench.lab.leave();
    await bench.close();
    await Deno.remove(home, { recursive: true });
  }
}

async function parity(given: string[], options: ParityOptions): Promise<number> {
  const { record, replay } = options;
  if (replay === undefined && !options.on?.startsWith("context=")) {
    tell("Name the real cluster: --on context=NAME, or --replay FILE for what one said before.\n");
    return 2;
  }
  const recorded: Account | undefined = replay === undefined
    ? undefined
    : JSON.parse(await Deno.readTextFile(replay));
  const names = given.length > 0 ? given : recorded?.scripts.map(({ id }) => id) ?? [];
  const cluster = recorded
    ? { ...recorded, scripts: await named(recorded, names) }
    : await onCluster(names, options);
  if (record !== undefined) {
    await Deno.writeTextFile(record, `${JSON.stringify(cluster, null, 1)}\n`);
  }
  const sandbox = await onSandbox(names);
  const played = await playables(names);
  const partings = compareAccounts(sandbox, cluster, expectationsOf(played));
  const unknown = partings.filter((each) => !knownAs(each));
  if (options.json) {
    const told = partings.map((each) => ({ ...each, why: knownAs(each)?.why }));
    const { kubernetes, date, nodes } = cluster;
    const ok = unknown.length === 0;
    console.log(JSON.stringify({ ok, kubernetes, date, nodes, partings: told }, null, 2));
  } else console.log(report(cluster, partings, options));
  return unknown.length === 0 ? 0 : 1;
}

/** Of what was recorded, what is asked for. */
async function named({ scripts }: Account, names: readonly string[]) {
  const wanted = (await playables(names)).map(idOf);
  return scripts.filter(({ id }) => wanted.includes(id));
}

/** A line for each step, with the first difference; with `all`, every one. */
function report(cluster: Account, partings: readonly Parting[], { all }: ParityOptions): string {
  const out = [`Kubernetes ${cluster.kubernetes}, ${cluster.nodes} nodes, ${cluster.date}`];
  for (const { id: script, steps } of cluster.scripts) {
    out.push("", script);
    for (const { id } of steps) {
      const here = partings.filter((each) => each.script === script && each.step === id);
      const unknown = here.filter((each) => !knownAs(each));
      const known = here.length - unknown.length;
      const aside = known > 0 ? `, ${known} on purpose` : "";
      if (unknown.length === 0) out.push(`  ok    ${id}${aside}`);
      else out.push(`  NOT   ${id}: ${unknown.length} different${aside}`);
      for (const each of all ? unknown : unknown.slice(0, 1)) out.push(...placeText(each));
    }
  }
  return out.join("\n");
}

function placeText({ where, sandbox, cluster }: Parting): string[] {
  const lines = (mark: string, text: string) =>
    text.split("\n").map((line) => `          ${mark} ${line}`);
  return [`        ${where}`, ...lines("sandbox |", sandbox), ...lines("cluster |", cluster)];
}

if (import.meta.main) {
  const program = new Command("parity")
    .description("Compare the sandbox with a real cluster, lesson by lesson")
    .argument("[lesson...]", "lessons, or control-plane; all lessons without")
    .option("--on <lab>", "context=NAME of the kubeconfig")
    .option("--allow-context <name>", "agree that it is worked on")
    .option("--record <file>", "keep what the cluster said")
    .option("--replay <file>", "compare with what a cluster said before")
    .option("--json", "the report as JSON")
    .option("--all", "every difference, not the first of a step")
    .action(async (lessons: string[], options: ParityOptions) => {
      Deno.exitCode = await parity(lessons, options);
    });
  await program.parseAsync(Deno.args, { from: "user" });
}
