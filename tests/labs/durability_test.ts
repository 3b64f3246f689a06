import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { openSandbox } from "../../lib/labs/mod.ts";
import { StateError } from "../../lib/sim/state/mod.ts";
import { Client, Ledger, MAPS, writeOn, WRITERS } from "../survival/_client.ts";
import { Served } from "../survival/_served.ts";

type Json = any;

/** How often the process is killed; more by the environment. */
const KILLS = Number(Deno.env.get("KILLS") ?? 2);
const SEED = Number(Deno.env.get("SEED") ?? 1);

Deno.test(`every acknowledged write is there after kill -9 under load, ${KILLS} times`, async () => {
  const home = await Deno.makeTempDir();
  const random = new SeededRandom(SEED);
  const ledger = new Ledger();
  try {
    for (let kill = 0; kill <= KILLS; kill++) {
      await using served = await Served.at(home);
      const { client } = served;
      const told = `seed ${SEED}, after ${kill} kills`;
      const { json: list } = await client.send("GET", MAPS);
      ledger.check(list.items, told);
      const made = await client.send("POST", MAPS, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { generateName: "probe-" },
      });
      const revision = Number(made.json.metadata.resourceVersion);
      assert(revision > ledger.newestRevision, `${told}: a revision came twice`);
      if (kill === KILLS) break;
      const writers = Array.from(
        { length: WRITERS },
        (_, i) => writeOn(client, `k${kill}w${i}`, ledger, random).catch((error) => error),
      );
      await new Promise((resolve) => setTimeout(resolve, 50 + random.int(400)));
      await served.kill();
      for (const ended of await Promise.all(writers)) {
        assert(!(ended instanceof assert.AssertionError), String(ended));
      }
    }
    const written = ledger.acknowledged.size;
    assert(written > KILLS * WRITERS, `${written} objects were written`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

/** What is told of a lab on a machine that is slow for its own reasons. */
const SLOW = ["silent", "answers-again"];

Deno.test("a write that the disk refuses is refused in etcd's words, and nobody sees it, then or later", async () => {
  const homeDir = await Deno.makeTempDir();
  const notices: string[] = [];
  const lab = await openSandbox({
    homeDir,
    onNotice: ({ kind }) => SLOW.includes(kind) || notices.push(kind),
  });
  const namesIn = async (send: () => Promise<{ json: Json }>) =>
    (await send()).json.items.map(({ metadata }: Json) => metadata.name);
  try {
    await lab.createCluster("hpa-practice", {});
    const { kubeconfigPath } = await lab.serveApi();
    const client = new Client(await Deno.readTextFile(kubeconfigPath));
    const map = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
    assert.equal((await client.send("POST", MAPS, map("first"))).status, 201);
    const { commit } = lab.state;
    lab.state.commit = () => {
      throw new StateError("No room on the disk");
    };
    for (const name of ["second", "third"]) {
      const refused = await client.send("POST", MAPS, map(name));
      if (refused.status === 504) continue;
      assert.equal(refused.status, 500);
      assert.equal(refused.json.message, "etcdserver: mvcc: database space exceeded");
    }
    const seen = await namesIn(() => client.send("GET", MAPS));
    assert.deepEqual(seen, ["first", "kube-root-ca.crt"], "the lab can be read");
    lab.state.commit = commit;
    // While the cluster is taken up again, a slow machine says 504.
    let status = 504;
    while (status === 504) ({ status } = await client.send("POST", MAPS, map("fourth")));
    assert([201, 409].includes(status), `${status}`);
    assert.deepEqual(notices, ["unsaved", "saved-again"]);
    client.close();
  } finally {
    await lab.close();
  }
  const again = await openSandbox({ homeDir });
  const response = await again.api(new Request(`https://lab${MAPS}`));
  const names = (await response.json()).items.map(({ metadata }: Json) => metadata.name);
  assert.deepEqual(names, ["first", "fourth", "kube-root-ca.crt"]);
  await again.close();
  await Deno.remove(homeDir, { recursive: true });
});

Deno.test("writes that come together are made durable together", async () => {
  const homeDir = await Deno.makeTempDir();
  const lab = await openSandbox({ homeDir });
  await lab.createCluster("hpa-practice", {});
  const { kubeconfigPath } = await lab.serveApi();
  const client = new Client(await Deno.readTextFile(kubeconfigPath));
  let commits = 0;
  const { commit } = lab.state;
  lab.state.commit = (...options: unknown[]) => {
    commits++;
    (commit as (...options: unknown[]) => void).apply(lab.state, options);
  };
  const writes = Array.from({ length: 200 }, (_, i) =>
    client.send("POST", MAPS, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `m${i}` },
    }));
  for (const { status } of await Promise.all(writes)) assert.equal(status, 201);
  assert(commits < 200, `${commits} commits`);
  lab.state.commit = commit;
  client.close();
  await lab.close();
  await Deno.remove(homeDir, { recursive: true });
});
