import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { openWorkbench } from "../../lib/cli/context.ts";
import { type LabNotice, openSandbox } from "../../lib/labs/mod.ts";
import { Client, Ledger, MAPS, patiently, writeOn } from "./_client.ts";
import { figure } from "./_figures.ts";
import { Informer } from "./_informer.ts";

/*
 * What the cluster's thread has in its hands when it ends is gone, and nothing else. DEATHS=50 ends it that often.
 */

const DEATHS = Number(Deno.env.get("DEATHS") ?? 3);
const SEED = Number(Deno.env.get("SEED") ?? 1);
const WRITERS = 4;
const TOLD = `DEATHS=${DEATHS} SEED=${SEED}`;
const PERMISSIONS = {
  read: [new URL("../../", import.meta.url)],
};
const PODS = "/api/v1/namespaces/default/pods";

Deno.test(`every acknowledged write is there when the cluster's thread ends under load (${TOLD})`, async () => {
  const homeDir = await Deno.makeTempDir();
  const random = new SeededRandom(SEED);
  const ledger = new Ledger();
  const informer = new Informer(MAPS);
  const lab = await openSandbox({ homeDir });
  let written = 0;
  try {
    await lab.createCluster("hpa-practice", {});
    const { kubeconfigPath } = await lab.serveApi();
    lab.startTime();
    const kubeconfig = await Deno.readTextFile(kubeconfigPath);
    for (let death = 0; death < DEATHS; death++) {
      const told = `${TOLD}, death ${death}`;
      const client = new Client(kubeconfig);
      const watcher = new Client(kubeconfig);
      const [over, stop] = [new AbortController(), new AbortController()];
      const following = informer.follow(watcher, over.signal);
      const writers = Array.from(
        { length: WRITERS },
        (_, i) => writeOn(client, `d${death}w${i}`, ledger, random, stop.signal),
      );
      await new Promise((resolve) => setTimeout(resolve, 20 + random.int(400)));
      await lab.bringBack();
      stop.abort();
      await Promise.all(writers);
      const { json } = await patiently(client, MAPS);
      ledger.check(json.items, told);
      const made = await client.send("POST", MAPS, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: "probe-" },
      });
      assert.equal(made.status, 201, JSON.stringify(made.json));
      const revision = Number(made.json.metadata.resourceVersion);
      assert.ok(revision > ledger.newestRevision, `${told}: a revision came twice`);
      await informer.settled(client, told);
      // What it has not listed, it hears of.
      await ledger.write(client, `heard-${death}`, "");
      await informer.settled(client, told);
      over.abort();
      await following;
      client.close();
      watcher.close();
      written = ledger.acknowledged.size;
    }
    assert.ok(written > DEATHS, `${written} objects were written`);
    figure(
      `${DEATHS} deaths, ${written} objects, ${informer.events} events, ${informer.lists} lists`,
    );
  } finally {
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});

Deno.test("a line that is under way when the cluster's thread ends fails in kubectl's words, and the next works", async () => {
  const home = await Deno.makeTempDir();
  const { lab, shell, close } = await openWorkbench(home);
  try {
    await shell.run("make install-kind");
    await lab.save();
    const fromMs = lab.clock.now();
    const line = shell.run("kubectl wait --for=delete namespace/default --timeout=100h");
    // It moves the lab's time on, once it is under way.
    while (lab.clock.now() < fromMs + 60_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await lab.bringBack();
    const { exitCode, printed } = await line;
    assert.equal(exitCode, 1, printed);
    assert.match(printed, /connection to the (lab|server)/);
    assert.doesNotMatch(printed, /mistake|PeerGone/);
    assert.equal((await shell.run("kubectl get namespace default -o name")).exitCode, 0);
  } finally {
    await close();
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a container that hangs the cluster is interrupted, then frozen and named; without it time goes on", async () => {
  const homeDir = await Deno.makeTempDir();
  const notices: LabNotice[] = [];
  const open = () =>
    openSandbox({
      homeDir,
      worker: new URL("./_hanging_cluster.ts", import.meta.url),
      permissions: PERMISSIONS,
      onNotice: (notice) => notices.push(notice),
    });
  let lab = await open();
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await lab.api(
      new Request(`https://lab${path}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }),
    );
    return { status: response.status, json: await response.json() };
  };
  const told = async (kind: LabNotice["kind"]) => {
    while (!notices.some((notice) => notice.kind === kind)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return notices.find((notice) => notice.kind === kind)!;
  };
  try {
    await lab.createCluster("hpa-practice", {});
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "hang" },
      spec: { containers: [{ name: "main", image: "example.com/hang" }] },
    };
    const { kubeconfigPath } = await lab.serveApi();
    const client = new Client(await Deno.readTextFile(kubeconfigPath));
    const ledger = new Ledger();
    const stop = new AbortController();
    assert.equal((await client.send("POST", PODS, pod)).status, 201);
    lab.startTime();
    const writers = Array.from(
      { length: WRITERS },
      (_, i) => writeOn(client, `w${i}`, ledger, new SeededRandom(i), stop.signal),
    );
    const back = await told("brought-back") as LabNotice & { kind: "brought-back" };
    assert.match(back.reason, /longer than 3 s/);
    assert.match(String(back.doing), /default\/hang/);
    const frozen = await told("frozen") as LabNotice & { kind: "frozen" };
    assert.match(String(frozen.doing), /default\/hang/);
    await lab.ready();
    stop.abort();
    await Promise.all(writers);
    ledger.check((await patiently(client, MAPS)).json.items, "frozen");
    assert.ok(ledger.acknowledged.size > 0);
    client.close();
    assert.equal(lab.frozen, true);
    assert.match(String(lab.troubledBy), /default\/hang/);
    assert.deepEqual(
      (await send("GET", PODS)).json.items.map(({ metadata }: any) => metadata.name),
      ["hang"],
    );
    assert.equal((await send("DELETE", `${PODS}/hang?gracePeriodSeconds=0`)).status, 200);
    assert.equal((await send("GET", `${PODS}/hang`)).status, 404);
    await lab.save();
    const stoodMs = lab.clock.now();
    await lab.clock.advance(60_000);
    assert.equal(lab.clock.now(), stoodMs, "time stands still");
    lab.clock.setSpeed(0);
    await lab.save();
    lab.clock.setSpeed(10);
    while (lab.clock.now() === stoodMs) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lab.frozen, false);
    await lab.close();
    notices.length = 0;
    lab = await open();
    lab.startTime();
    await lab.ready();
    assert.equal(lab.frozen, false);
    const before = lab.clock.now();
    await lab.clock.advance(60_000);
    assert.ok(lab.clock.now() >= before + 60_000);
    assert.deepEqual(notices.map(({ kind }) => kind), []);
  } finally {
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});

Deno.test("a request that hangs the cluster is named, with the container that it hangs in", async () => {
  const homeDir = await Deno.makeTempDir();
  const notices: LabNotice[] = [];
  const lab = await openSandbox({
    homeDir,
    worker: new URL("./_hanging_cluster.ts", import.meta.url),
    permissions: PERMISSIONS,
    onNotice: (notice) => notices.push(notice),
  });
  const client = await (async () => {
    await lab.createCluster("hpa-practice", {});
    const { kubeconfigPath } = await lab.serveApi();
    return new Client(await Deno.readTextFile(kubeconfigPath));
  })();
  try {
    const containers = [{ name: "main", image: "example.com/trap" }];
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "trap" }, spec: { containers } };
    assert.equal((await client.send("POST", PODS, pod)).status, 201);
    await lab.clock.advance(10_000);
    const asked = client.send("GET", `${PODS}/trap:80/proxy/deep/page`);
    while (lab.silentMs < 500) await new Promise((resolve) => setTimeout(resolve, 20));
    const place = `api server GET ${PODS}/trap:80/proxy/deep/page → ` +
      "container default/trap/main page /deep/page";
    assert.equal(lab.doing, place);
    const { status, json } = await asked;
    const late = "Timeout: request did not complete within the allotted timeout: ";
    assert.deepEqual([status, json.message], [
      504,
      `${late}the lab does not answer: it is at ${place}`,
    ]);
    const back = () => notices.find(({ kind }) => kind === "brought-back");
    while (!back()) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((back() as LabNotice & { kind: "brought-back" }).doing, place);
    assert.equal(lab.troubledBy, place);
  } finally {
    client.close();
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});
