import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { openWorkbench, type Workbench } from "../../lib/cli/context.ts";
import { asUser } from "../cli/_real_process.ts";
import { apiBomb, type Bomb } from "./_api_bombs.ts";
import { type Answer, Client, Ledger, MAPS, patiently } from "./_client.ts";
import { figure } from "./_figures.ts";
import { bombLine } from "./_line_bombs.ts";
import { Served } from "./_served.ts";
import { Longest } from "./_longest.ts";

/*
 * What a learner, a manifest or a page could do to end, hang or brick the program, as wrong as a seed can think of.
 * BOMBS=2000 takes that many, SEED=7 other ones; SLACK=1 holds the answers to the bounds of a quiet machine.
 */

const BOMBS = Number(Deno.env.get("BOMBS") ?? 40);
const SEED = Number(Deno.env.get("SEED") ?? 1);
const SLACK = Number(Deno.env.get("SLACK") ?? 5);
/** In wall milliseconds on a quiet machine. */
const READY_MS = 2_000 * SLACK;
const PROMPT_MS = 1_000 * SLACK;
/** How long a bomb gets before whoever threw it turns away. */
const PATIENCE_MS = 300;

/** The cluster of the later lessons. */
const LAB = [
  "make install-kind install-prometheus-operator install-prometheus-adapter install-keda",
  "kubectl apply -f examples/01_nginx_custom_metrics",
];

const TOLD = `BOMBS=${BOMBS} SEED=${SEED}`;

Deno.test(`nothing that is sent, run or typed takes the prompt or the API away (${TOLD})`, async (t) => {
  const home = await Deno.makeTempDir();
  const ledger = new Ledger();
  try {
    const made = await asUser(["exec", "--home", home, ...LAB]);
    assert.equal(made.code, 0, made.stderr);
    await t.step("of a lab that is served", () => served(home, ledger));
    await t.step("of a lab at the prompt", () => atThePrompt(home, ledger));
    await t.step("and what was acknowledged is there", async () => {
      await using again = await Served.at(home);
      const { json } = await patiently(again.client, MAPS);
      ledger.check(json.items, TOLD);
      assert.ok(ledger.acknowledged.size > 0);
      assert.equal(await again.end(), 0);
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

async function served(home: string, ledger: Ledger): Promise<void> {
  const random = new SeededRandom(SEED);
  await using served = await Served.at(home);
  const bomber = new Client(await Deno.readTextFile(`${home}/kubeconfig`));
  const longest = new Longest("GET /readyz", READY_MS);
  let busy = 0;
  for (let i = 0; i < BOMBS; i++) {
    const bomb = apiBomb(random, i);
    const told = `${TOLD}, bomb ${i}: ${shown(bomb)}`;
    const thrown = throwAt(bomber, bomb);
    const { status } = await longest.of(told, () => served.client.send("GET", "/readyz"));
    if (status !== 200) busy++;
    await Promise.race([thrown, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    assert.equal(served.ended, false, `${told}\n${served.seen.slice(-3_000)}`);
    if (i % 4 === 0) await ledger.write(served.client, `served-${i % 40}`, String(i));
  }
  bomber.close();
  await removeBombs(served.client);
  await timePasses(served.client);
  ledger.check((await patiently(served.client, MAPS)).json.items, TOLD);
  figure(`${longest}; busy ${busy} of ${BOMBS}; ${told(served.seen)}`);
  longest.check();
  assert.ok(busy <= Math.max(2, BOMBS / 20), `${TOLD}: the lab was busy ${busy} times`);
  assert.equal(await served.end(), 0, served.seen.slice(-3_000));
}

/** What the process said of itself. */
function told(seen: string): string {
  const lines = seen.slice(seen.indexOf("Ctrl-C ends it")).split("\n").slice(1).filter(Boolean);
  return `${lines.length} notices\n${[...new Set(lines)].slice(0, 40).join("\n")}`;
}

function shown(bomb: Bomb): string {
  return JSON.stringify(bomb).slice(0, 600);
}

/** Sends a request, and what has to be gone before it; nobody waits for long, or cares for the answer. */
async function throwAt(client: Pick<Client, "send">, bomb: Bomb): Promise<void> {
  const { method, path, body, type, instead } = bomb;
  const options = { signal: AbortSignal.timeout(10 * PATIENCE_MS) };
  try {
    if (instead) await client.send("DELETE", instead, undefined, options);
    await client.send(method, path, body, { ...options, type });
  } catch {
    // Turned away.
  }
}

/** Removes everything that bombs may have left behind. */
async function removeBombs(client: Pick<Client, "send">): Promise<void> {
  for (let slot = 0; slot < 4; slot++) {
    for (
      const path of [
        "/api/v1/namespaces/default/pods",
        "/apis/monitoring.coreos.com/v1/namespaces/default/prometheusrules",
        "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects",
      ]
    ) {
      const removed = await client.send("DELETE", `${path}/bomb-${slot}?gracePeriodSeconds=0`);
      assert.ok([200, 202, 404].includes(removed.status), JSON.stringify(removed.json));
    }
  }
}

/** Lab time goes on: what is made later is younger. */
async function timePasses(client: Pick<Client, "send">): Promise<void> {
  const made = async () => {
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "time-" } };
    const { status, json } = await client.send("POST", MAPS, map);
    return status === 201 ? json.metadata.creationTimestamp as string : "";
  };
  const first = await made();
  for (let tries = 0; await made() <= first; tries++) {
    assert.ok(tries < 60, `Time stands still at ${first}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function atThePrompt(home: string, ledger: Ledger): Promise<void> {
  const random = new SeededRandom(SEED + 1);
  const notices: string[] = [];
  let at = 0;
  const bench = await openWorkbench(home, {
    onNotice: (notice) => {
      notices.push(`${JSON.stringify(notice)} (line ${at})`);
    },
  });
  const longest = new Longest("Ctrl-C and `true`", PROMPT_MS);
  const waited: string[] = [];
  try {
    await bench.shell.warm();
    await bench.lab.ready();
    bench.lab.startTime();
    const client = { send: (...request: Parameters<Client["send"]>) => send(bench, ...request) };
    for (let i = 0; i < BOMBS; i++) {
      at = i;
      if (i % 3 === 0) void throwAt(client, apiBomb(random, i));
      const line = bombLine(random);
      const told = `${TOLD}, line ${i}: ${line.slice(0, 600)}`;
      await bench.shell.needsMore(line);
      await longest.after(told, () => pressed(bench, line), async () => {
        // While the cluster is taken up again a line waits for it, or for Ctrl-C.
        const signal = AbortSignal.timeout(PATIENCE_MS * SLACK);
        const { exitCode, printed } = await bench.shell.run("true", { signal });
        if (exitCode === 130) waited.push(told);
        else assert.equal(exitCode, 0, `${told}\n${printed}`);
      });
      await bench.lab.save();
      if (i % 4 === 0) {
        const { status } = await ledger.write(client, `prompt-${i % 40}`, String(i));
        if (status < 300) await bench.lab.save();
      }
    }
    await patiently(client, "/readyz");
    figure(
      `${longest}; waited for the cluster: ${waited.length}; ${notices.length} notices\n` +
        [...new Set(notices)].join("\n"),
    );
    longest.check();
  } finally {
    await bench.close();
  }
}

/** Runs a line and presses Ctrl-C when it does not end soon; gives when it was to end, on the wall's clock. */
async function pressed({ shell }: Workbench, line: string): Promise<number> {
  const controller = new AbortController();
  let fromMs = 0;
  const timer = setTimeout(() => {
    fromMs = performance.now();
    controller.abort();
  }, PATIENCE_MS);
  await shell.run(line, { signal: controller.signal, out() {}, err() {}, columns: 80 });
  clearTimeout(timer);
  return fromMs || performance.now();
}

async function send(
  { lab }: Workbench,
  method: string,
  path: string,
  body?: unknown,
  options: { type?: string; signal?: AbortSignal } = {},
): Promise<Answer> {
  const { type = "application/json", signal } = options;
  const response = await lab.api(
    new Request(`https://lab${path}`, {
      method,
      headers: { "content-type": type },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    }),
  );
  const text = await response.text();
  return { status: response.status, json: text.startsWith("{") ? JSON.parse(text) : text };
}
