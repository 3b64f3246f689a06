/**
 * Runs each line of `testdata/live_lines.txt` with a stock kubectl and with the in-shell one, on two copies of
 * one running lab, at the same virtual instant, and prints how many are the same byte for byte.
 *
 *     deno run -A tests/commands/kubectl/record_live.ts path/to/kubectl [--section REGEX] [--only REGEX]
 *       [--write NAME]
 *
 * `--write` keeps what stock kubectl printed in `testdata/live/NAME.json`, with the API's answers to the
 * in-shell one, so that the comparison runs again where no kubectl is. See the head of the lines for their
 * marks, and for the sections that each of the kept files holds.
 */
import { brotliCompressSync, constants } from "node:zlib";
import { Buffer } from "node:buffer";
import { parseArgs } from "node:util";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { startListener } from "../../../lib/sim/api/listener.ts";
import type { Cluster } from "../../../lib/sim/mod.ts";
import { fakeIo, splitLine } from "./_lab.ts";
import { bootCopy, labOf, labState, passTime, pause } from "./_live_lab.ts";
import {
  keyOf,
  type LiveLine,
  type LiveRecording,
  LONG_OUTPUT,
  parseLine,
  type RecordedAnswer,
  runInFolder,
  scratchFiles,
  withHoles,
} from "./_live_recording.ts";

interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

const here = new URL("testdata/", import.meta.url).pathname;
const { values: options, positionals: [binary] } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    write: { type: "string" },
    section: { type: "string" },
    quiet: { type: "boolean" },
  },
});
/** Where `lab serve` would be; the address is part of what `cluster-info` prints. */
const PORT = Number(Deno.env.get("PORT") ?? 6443);
/** How long a line may take on the wall. */
const LIMIT_MS = 60_000;
/** What client-go logs about itself carries times and process ids. */
const KLOG = /^[EWI]\d{4} .*\n/gm;

const home = Deno.makeTempDirSync();
const pool = new Map<string, number>();
const second = () => Math.floor(Date.now() / 1000) * 1000;

let stock = bootCopy(await labState(`${here}files`, second()));
let own = bootCopy(stock.state);
/** The kubeconfig's context, as the in-shell kubectl sets it. */
const context = { namespace: "default" };
/** Changes that stock kubectl asked for since the last look. */
let writes = 0;
let watching = false;
let lastRequestMs = 0;
const kubeconfigPath = `${home}/kubeconfig`;
await startListener({
  kubeconfigPath,
  port: PORT,
  handle: (request) => {
    lastRequestMs = Date.now();
    if (request.method !== "GET") writes++;
    if (new URL(request.url).searchParams.has("watch")) watching = true;
    return stock.cluster.handle(request);
  },
});

async function runStock(line: LiveLine, folder: string): Promise<Outcome> {
  const process = new Deno.Command("timeout", {
    args: ["-s", "INT", String(LIMIT_MS / 1000), binary, ...splitLine(line.line)],
    cwd: folder,
    env: { KUBECONFIG: kubeconfigPath, HOME: home, KUBE_EDITOR: line.editor ?? "true" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(line.stdin ?? ""));
  await writer.close();
  const output = process.output();
  let interrupted = false;
  // A short timeout passes on the wall; lab time would only run away.
  const isShort = /--timeout=[1-5]s/.test(line.line);
  if (line.mark === "waits" && !isShort) await passTime(stock.cluster, output, started);
  if (line.followMs !== undefined) {
    await started(output);
    await advanceSlowly(stock.cluster, line.followMs);
    try {
      process.kill("SIGINT");
      interrupted = true;
    } catch {
      // It has ended by itself.
    }
  }
  const { stdout, stderr, code } = await output;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    stdout: text(stdout),
    stderr: text(stderr).replace(KLOG, ""),
    // Of what Ctrl-C ends, some kubectl commands exit with 1; in the shell it is always 130.
    exitCode: interrupted ? 130 : code,
  };
}

/** Resolves when the client watches something, or has not asked for anything for a while. */
async function started(ending: Promise<unknown>): Promise<void> {
  let ended = false;
  ending.finally(() => ended = true);
  while (!ended && (!watching || Date.now() - lastRequestMs < 100)) {
    if (lastRequestMs > 0 && Date.now() - lastRequestMs > 400) return;
    await pause(10);
  }
}

async function advanceSlowly(cluster: Cluster, durationMs: number): Promise<void> {
  const endMs = cluster.clock.now() + durationMs;
  while (cluster.clock.now() < endMs) {
    cluster.clock.advanceTo(Math.min(endMs, cluster.clock.now() + 250));
    await pause(10);
  }
}

async function runHere(
  line: LiveLine,
  folder: string,
): Promise<Outcome & { answers: RecordedAnswer[] }> {
  const answers: RecordedAnswer[] = [];
  const interrupt = new AbortController();
  let asked = false;
  const api = async (request: Request) => {
    const key = await keyOf(request);
    const response = await own.cluster.handle(request);
    if (new URL(request.url).searchParams.has("watch")) asked = true;
    const warning = response.headers.get("warning") ?? undefined;
    const answer: RecordedAnswer = { request: key, status: response.status, body: -1 };
    if (warning) answer.warning = warning;
    answers.push(answer);
    const keep = (text: string) => {
      answer.body = inPool(text);
    };
    if (!response.body) {
      keep("");
      return response;
    }
    if (!new URL(request.url).searchParams.has("watch") && !key.includes("follow=true")) {
      const text = await response.text();
      keep(text);
      return new Response(text, { status: response.status, headers: response.headers });
    }
    let text = "";
    keep("");
    const kept = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TransformStream<string, string>({
        transform(chunk, controller) {
          text += chunk;
          keep(text);
          controller.enqueue(chunk);
        },
      }),
    ).pipeThrough(new TextEncoderStream());
    return new Response(kept, { status: response.status, headers: response.headers });
  };
  const io = fakeIo({
    nowMs: own.cluster.clock.now(),
    stdin: line.stdin ?? "",
    files: scratchFiles(folder),
    signal: interrupt.signal,
    env: { KUBE_EDITOR: line.editor ?? "true" },
    run: (command) => runInFolder(command, folder),
  });
  const lab = labOf(own.cluster, api, { flows: line.mark === "waits", context });
  const limit = setTimeout(() => interrupt.abort(), LIMIT_MS);
  const running = kubectl.execute(splitLine(line.line), { ...io, lab } as typeof io);
  if (line.followMs !== undefined) {
    let ended = false;
    running.finally(() => ended = true);
    while (!asked && !ended) await pause(10);
    await pause(50);
    await advanceSlowly(own.cluster, line.followMs);
    interrupt.abort();
  }
  const exitCode = await running.catch((error) => {
    io.err(`thrown: ${error?.stack ?? error}\n`);
    return 70;
  });
  clearTimeout(limit);
  return { exitCode, stdout: io.stdout, stderr: io.stderr, answers };
}

/** Every object of a cluster, by its path. */
async function objectsOf(cluster: Cluster): Promise<Map<string, string>> {
  const objects = new Map<string, string>();
  const get = async (path: string) => {
    const response = await cluster.handle(new Request(`https://lab${path}`));
    return response.ok ? await response.json() : undefined;
  };
  const groups = (await get("/apis")).groups.map((group: any) =>
    `/apis/${group.preferredVersion.groupVersion}`
  );
  for (const base of ["/api/v1", ...groups]) {
    if (/metrics\.k8s\.io/.test(base)) continue;
    for (const { name, verbs } of (await get(base))?.resources ?? []) {
      if (name.includes("/") || !verbs.includes("list") || name === "componentstatuses") continue;
      for (const item of (await get(`${base}/${name}`))?.items ?? []) {
        const { namespace = "", name: own } = item.metadata;
        objects.set(`${base}/${name} ${namespace}/${own}`, JSON.stringify(inOrder(item)));
      }
    }
  }
  return objects;
}

/** A JSON value with the keys of its maps sorted, which no client tells apart. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, each]) => [key, inOrder(each)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : 1));
}

function pretty(text: string | undefined): string {
  return text === undefined ? "" : JSON.stringify(JSON.parse(text), null, 1);
}

/** What differs between the two clusters' objects. */
async function objectDifferences(): Promise<string[]> {
  const [left, right] = [await objectsOf(stock.cluster), await objectsOf(own.cluster)];
  const differences: string[] = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(key), right.get(key)];
    if (a !== b) differences.push(`${key}\n${diff(pretty(a), pretty(b))}`);
  }
  return differences;
}

function shown({ stdout, stderr, exitCode }: Outcome): string {
  return `${withHoles(stdout)}${withHoles(stderr)}[exit ${exitCode}]`;
}

function diff(left: string, right: string): string {
  Deno.writeTextFileSync(`${home}/stock`, left + "\n");
  Deno.writeTextFileSync(`${home}/here`, right + "\n");
  const { stdout } = new Deno.Command("diff", { args: ["-U1", "stock", "here"], cwd: home })
    .outputSync();
  return new TextDecoder().decode(stdout).split("\n").slice(2, 60).join("\n");
}

/** Moves both clocks to the same whole second, the wall's where the lab is behind it. */
async function meet(needsWall: boolean): Promise<void> {
  const ahead = Math.max(stock.cluster.clock.now(), own.cluster.clock.now());
  // Near its end, a second may be over before a client has read its clock.
  if (needsWall && Date.now() % 1000 > 300) await pause(1000 - Date.now() % 1000);
  const atMs = Math.max(Math.ceil(ahead / 1000) * 1000, second());
  if (needsWall && atMs > second()) await pause(atMs - Date.now());
  for (const { cluster } of [stock, own]) cluster.clock.advanceTo(atMs);
}

/** Lines whose output counts time from the client's own clock. */
const TELLS_TIME = /describe|events|history|restart/;

const lines: LiveLine[] = [];
let same = 0;
let onPurpose = 0;
const texts = Deno.readTextFileSync(`${here}live_lines.txt`).split("\n");
let section = "";
for (const text of texts) {
  if (text.startsWith("# ---")) section = text;
  const line = parseLine(text);
  if (!line || (options.section && !new RegExp(options.section).test(section))) continue;
  if (options.only && !new RegExp(options.only).test(text) && line.mark !== "setup") continue;
  const folder = `${home}/work`;
  const freshFolder = () => {
    Deno.removeSync(folder, { recursive: true });
    new Deno.Command("cp", { args: ["-r", `${here}files`, folder] }).outputSync();
  };
  Deno.mkdirSync(folder, { recursive: true });
  let theirs!: Outcome;
  let ours!: Outcome & { answers: RecordedAnswer[] };
  let nowMs = 0;
  let wrote = false;
  const { namespace } = context;
  for (let attempt = 0; attempt < 4; attempt++) {
    freshFolder();
    await meet(TELLS_TIME.test(line.line));
    nowMs = stock.cluster.clock.now();
    writes = 0;
    watching = false;
    lastRequestMs = 0;
    theirs = await runStock(line, folder);
    freshFolder();
    ours = await runHere(line, folder);
    wrote = writes > 0 || ours.answers.some(({ request }) => !request.startsWith("GET"));
    // A second may have passed while stock kubectl ran; what changed nothing can be run again.
    if (wrote || shown(theirs) === shown(ours)) break;
    if (line.mark === "waits" || line.followMs) break;
  }
  const isSame = shown(theirs) === shown(ours);
  if (isSame) same++;
  else if (line.mark === "differs") onPurpose++;
  if (line.mark !== "setup") {
    const inNamespace = namespace === "default" ? {} : { namespace };
    const { stdout, stderr, exitCode } = theirs;
    const kept = stdout.length > LONG_OUTPUT ? inPool(stdout) : stdout;
    const { answers } = ours;
    lines.push({ ...line, nowMs, ...inNamespace, stdout: kept, stderr, exitCode, answers });
  }
  if (!isSame || !options.quiet) console.log(`${isSame ? "same   " : "DIFFERS"} ${text}`);
  if (!isSame && line.mark !== "differs") console.log(diff(shown(theirs), shown(ours)));
  if (wrote) {
    await meet(false);
    const differences = await objectDifferences();
    if (differences.length > 0) {
      console.log(`OBJECTS differ after: ${text}\n  ${differences.slice(0, 6).join("\n  ")}`);
      // Both begin again from one state: a cluster brought back is not in step with one that went on.
      stock.cluster.save();
      for (const { cluster } of [stock, own]) cluster.close();
      stock = bootCopy(stock.state);
      own = bootCopy(stock.state);
    }
  }
}

/** Where a text lies in the pool. */
function inPool(text: string): number {
  if (!pool.has(text)) pool.set(text, pool.size);
  return pool.get(text)!;
}

console.log(`${same} of ${lines.length} byte-identical, ${onPurpose} different on purpose`);
if (options.write) {
  const version = JSON.parse(
    (await runStock({ line: "version --client -o json" }, home)).stdout,
  );
  const recording: LiveRecording = {
    tool: `kubectl ${version.clientVersion.gitVersion}`,
    date: new Date().toISOString().slice(0, 10),
    lines,
  };
  Deno.mkdirSync(`${here}live`, { recursive: true });
  Deno.writeTextFileSync(
    `${here}live/${options.write}.json`,
    JSON.stringify(recording, null, 1) + "\n",
  );
  const answers = Buffer.from(JSON.stringify([...pool.keys()]));
  const packed = brotliCompressSync(answers, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 10,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: answers.length,
    },
  });
  Deno.writeFileSync(`${here}live/${options.write}.answers.json.br`, packed);
}
stock.cluster.close();
own.cluster.close();
Deno.removeSync(home, { recursive: true });
Deno.exit(0);
