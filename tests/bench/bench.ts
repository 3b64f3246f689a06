/**
 * What a learner waits for, measured, as ratios against something real in the same run.
 * Run it with `deno task bench`.
 *
 * @module
 */
import { openWorkbench, PROJECT_URL, type Workbench } from "../../lib/cli/context.ts";
import { loadLessons, playLesson } from "../../lib/lesson/mod.ts";
import { isAtStart } from "../../lib/tutor/mod.ts";
import { hpaScale } from "./hpa_scale.ts";
import { whatIfDay } from "./what_if_day.ts";
import { whyScale } from "./why_scale.ts";
import { measureLatencies } from "./_latency.ts";
import { measurePage } from "./_page.ts";
import { measureReal } from "./_real.ts";
import { measureScale } from "./_scale.ts";
import { measureUndo } from "./_undo.ts";

interface Row {
  what: string;
  figure: string;
  against: string;
  ratio: string;
}

const rows: Row[] = [];

function row(what: string, figure: string, against = "", ratio = ""): void {
  rows.push({ what, figure, against, ratio });
  console.error(`  ${what}: ${figure}`);
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

/** The least of several runs: what the machine can do when it is left alone. */
async function least(times: number, work: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    await work();
    best = Math.min(best, performance.now() - startMs);
  }
  return best;
}

async function run(command: string, args: string[]): Promise<Deno.CommandOutput> {
  return await new Deno.Command(command, {
    args,
    cwd: PROJECT_URL,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
}

async function runWith(command: string, args: string[], stdin = ""): Promise<boolean> {
  const child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  return (await child.status).success;
}

/** From the start of the process to its first prompt, read from its output. */
async function firstPromptMs(home: string): Promise<number> {
  const startMs = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts", "--plain", "--lang", "en", "--home", home],
    cwd: PROJECT_URL,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "";
  let atMs = NaN;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (/[$>] ?$/.test(text)) {
      atMs = performance.now() - startMs;
      break;
    }
  }
  child.kill("SIGKILL");
  await child.status;
  return atMs;
}

/** The longest of some turns: what somebody notices. */
async function longest(turns: number, work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  for (let i = 0; i < turns; i++) {
    const startMs = performance.now();
    await work();
    most = Math.max(most, performance.now() - startMs);
  }
  return most;
}

/** Plays lessons one after the other, as far as each begins where those before have left the lab. */
async function playThrough(bench: Workbench): Promise<boolean> {
  const stage = { lab: bench.lab, shell: bench.shell, files: bench.shell.files };
  const lessons = await loadLessons();
  const inLab: string[] = [];
  for (const { lesson } of lessons) {
    if (!isAtStart(lesson.id, inLab, lessons)) return true;
    inLab.push(lesson.id);
    const played = await playLesson(stage, lesson);
    if (!played.ok) {
      console.error(
        `  ${lesson.id} did not play; the figures below are of the lab as far as it came`,
      );
      return false;
    }
  }
  return true;
}

const home = await Deno.makeTempDir({ prefix: "hpa-tutor-bench-" });
const bench = await openWorkbench(home, {
  purpose: "bench",
  startMs: Date.parse("2026-01-01T00:00:00Z"),
});
const { lab, shell } = bench;

await shell.warm();
const beforeBootMs = lab.clock.now();
const bootMs = await least(1, () => shell.run("make install-kind"));
const bootVirtualMs = lab.clock.now() - beforeBootMs;
row(
  "boot of the cluster (make install-kind)",
  ms(bootMs),
  `${bootVirtualMs / 1000} virtual seconds`,
  `${(bootVirtualMs / bootMs).toFixed(0)} x`,
);

const startVirtualMs = lab.clock.now();
const startWallMs = performance.now();
await playThrough(bench);
const playWallMs = performance.now() - startWallMs;
const playVirtualMs = lab.clock.now() - startVirtualMs;
row(
  "play --all, as far as one lesson begins where the last has ended",
  ms(playWallMs),
  `${(playVirtualMs / 60_000).toFixed(0)} virtual minutes`,
  `${(playVirtualMs / playWallMs).toFixed(0)} x`,
);

const hourMs = await least(3, () => lab.clock.advance(3_600_000));
row(
  "an hour with the whole lab running",
  ms(hourMs),
  "1 wall hour",
  `${(3_600_000 / hourMs).toFixed(0)} virtual s per s`,
);

const saveMs = await least(1, () => lab.save());
row("saving three of those", ms(saveMs));
row("memory at the end (RSS)", `${(Deno.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);

const quietMs = await least(20, () => shell.run("true"));
lab.clock.setSpeed(60);
lab.startTime();
row(
  "a line at the prompt, the clock at x60",
  ms(await longest(20, () => shell.run("true"))),
  `the clock at rest, ${ms(quietMs)}`,
);
await shell.run(
  "kubectl create deployment busy --image=busybox --replicas=10 -- sh -c 'while :; do :; done'",
);
await new Promise((resolve) => setTimeout(resolve, 3_000));
row(
  "a line at the prompt, x60 and ten busy pods, the longest of 20",
  ms(await longest(20, () => shell.run("true"))),
  `the clock at rest, ${ms(quietMs)}`,
);
row(
  "kubectl get pods, x60 and ten busy pods, the longest of 20",
  ms(await longest(20, () => shell.run("kubectl get pods"))),
);
await shell.run("kubectl delete deployment busy");
lab.stopTime();

await measureUndo(bench, row);
await measurePage(bench, row);

const { kubeconfigPath } = await lab.serveApi();
const kubectl = ["--kubeconfig", kubeconfigPath, "get", "pods", "-A"];
const stock = await run("kubectl", kubectl).catch(() => undefined);
const inShellMs = await least(20, () => shell.run("kubectl get pods -A"));
const stockMs = stock?.success ? await least(5, () => run("kubectl", kubectl)) : undefined;
if (stockMs !== undefined) {
  row(
    "kubectl get pods -A in the shell",
    ms(inShellMs),
    `stock kubectl, ${ms(stockMs)}`,
    `${(stockMs / inShellMs).toFixed(0)} x`,
  );
} else row("kubectl get pods -A in the shell", ms(inShellMs), "no stock kubectl here");

const stockKubectl = stock?.success
  ? (args: string[], stdin?: string) =>
    runWith("kubectl", ["--kubeconfig", kubeconfigPath, ...args], stdin)
  : undefined;
for (
  const { what, inProcessMs, tlsMs, kubectlMs } of await measureLatencies(
    lab,
    Deno.readTextFileSync(kubeconfigPath),
    stockKubectl,
  )
) {
  const against = `in process, ${ms(inProcessMs)}`;
  row(`${what}, over TLS`, ms(tlsMs), against, `${(tlsMs / inProcessMs).toFixed(1)} x`);
  if (kubectlMs === undefined) continue;
  const ratio = `${(kubectlMs / inProcessMs).toFixed(0)} x`;
  row(`${what}, by a stock kubectl`, ms(kubectlMs), against, ratio);
}
const emptyMs = await least(5, () => run(Deno.execPath(), ["eval", "0"]));
await measureReal({ kubeconfigPath, context: "kind-hpa-practice", stockMs }, row, emptyMs);
await lab.close();

const prompts = [];
for (let i = 0; i < 5; i++) prompts.push(await firstPromptMs(home));
const promptMs = Math.min(...prompts);
row(
  "warm start to the first prompt, whole lab saved",
  ms(promptMs),
  `deno eval 0, ${ms(emptyMs)}`,
  `${(promptMs / emptyMs).toFixed(1)} x`,
);

const execArgs = ["run", "-A", "main.ts", "exec", "--home", home, "kubectl get pods -A"];
const execMs = await least(3, () => run(Deno.execPath(), execArgs));
row(
  "a new process, the whole lab taken up again, kubectl get pods -A answered",
  ms(execMs),
  `deno eval 0, ${ms(emptyMs)}`,
  `${(execMs / emptyMs).toFixed(1)} x`,
);

const check = (...words: string[]) => ["run", "-A", "main.ts", "lesson", "check", ...words];
const coldMs = await least(1, () => run(Deno.execPath(), check("08", "--seeds", "1")));
const warmMs = await least(2, () => run(Deno.execPath(), check("08", "--seeds", "1")));
row(
  "lesson check 08, its start kept from the check before",
  ms(warmMs),
  `the first time, ${ms(coldMs)}`,
  `${(coldMs / warmMs).toFixed(1)} x`,
);
const allMs = await least(1, () => run(Deno.execPath(), check("--seeds", "3")));
row("lesson check, all lessons on three seeds", ms(allMs), `one lesson, ${ms(warmMs)}`);

hpaScale(row);
await whatIfDay(row);
await whyScale(row);

const scale = await measureScale();
const times = (a: number, b: number) => `${(a / b).toFixed(1)} x`;
row("5,000 pods on 200 nodes created", ms(scale.createMs), "", "");
row("list of 5,000 pods", ms(scale.listMs), "the first time", "");
row(
  "list of 5,000 pods again",
  ms(scale.secondListMs),
  `a page of 25, ${ms(scale.pageMs)}`,
  times(scale.secondListMs, scale.pageMs),
);
row(
  "list of a node's 25 pods among 5,000",
  ms(scale.nodeListMs),
  `among 500, ${ms(scale.smallNodeListMs)}`,
  times(scale.nodeListMs, scale.smallNodeListMs),
);
row(
  "an event to 200 watches",
  ms(scale.eventMs),
  `to one, ${ms(scale.oneWatchEventMs)}`,
  times(scale.eventMs, scale.oneWatchEventMs),
);
row("memory of 5,000 pods and 200 watches", `${scale.megabytes.toFixed(0)} MiB`, "", "");

await Deno.remove(home, { recursive: true }).catch(() => {});
console.table(rows);
Deno.exit(0);
