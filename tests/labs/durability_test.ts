import assert from "node:assert/strict";
import { Agent, request as httpsRequest } from "node:https";
import { parse } from "yaml";
import { SeededRandom } from "../../lib/base/mod.ts";
import { openSandbox } from "../../lib/labs/mod.ts";
import { StateError } from "../../lib/sim/state/mod.ts";

type Json = any;

/** How often the process is killed; more by the environment. */
const KILLS = Number(Deno.env.get("KILLS") ?? 2);
const SEED = Number(Deno.env.get("SEED") ?? 1);
const WRITERS = 8;
const PROJECT = new URL("../../", import.meta.url);

/** A client of a kubeconfig that knows one thing: what it was answered. */
class Client {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #token: string;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig);
    const ca = atob(clusters[0].cluster["certificate-authority-data"]);
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: WRITERS });
    this.#url = clusters[0].cluster.server;
    this.#token = users[0].user.token;
  }

  /** Rejects when the server went away before it answered. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(`${this.#url}${path}`, {
        method,
        agent: this.#agent,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      }, (response) => {
        let text = "";
        response.on("data", (chunk) => text += chunk);
        response.on("error", reject);
        response.on("aborted", () => reject(new Error("aborted")));
        response.on("end", () => {
          try {
            resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
          } catch (error) {
            reject(error);
          }
        });
      });
      request.on("error", reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function serveLab(home: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "main.ts", "lab", "serve", "--home", home],
    cwd: PROJECT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; !text.includes("Ctrl-C ends it");) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The lab did not come up: ${text}`);
    text += value;
  }
  await reader.cancel();
  return child;
}

const MAPS = "/api/v1/namespaces/default/configmaps";
const GONE = Symbol("gone");
type Value = string | typeof GONE;

/** What each object was acknowledged to be, and what it may be since: the write in flight. */
class Ledger {
  readonly acknowledged = new Map<string, Value>();
  readonly inFlight = new Map<string, Value>();
  newestRevision = 0;

  check(items: Json[], told: string): void {
    const found = new Map(items.map(({ metadata, data }) => [metadata.name, data?.value]));
    for (const [name, value] of this.acknowledged) {
      const is = found.get(name) ?? GONE;
      const may = [value, ...this.inFlight.has(name) ? [this.inFlight.get(name)!] : []];
      assert(may.includes(is), `${told}: ${name} is ${String(is)}, not ${may.map(String)}`);
    }
    this.inFlight.clear();
    for (const name of [...this.acknowledged.keys()]) {
      this.acknowledged.set(name, found.get(name) ?? GONE);
    }
  }
}

/** Writes without end, to objects of its own, until the server is gone. */
async function writeOn(client: Client, id: string, ledger: Ledger, random: SeededRandom) {
  for (let step = 0;; step++) {
    const name = `${id}-${random.int(5)}`;
    const is = ledger.acknowledged.get(name) ?? GONE;
    const value = `${step}-${"x".repeat(random.int(2_000))}`;
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } };
    const remove = is !== GONE && random.int(4) === 0;
    ledger.acknowledged.set(name, is);
    ledger.inFlight.set(name, remove ? GONE : value);
    const { status, json } = remove
      ? await client.send("DELETE", `${MAPS}/${name}`)
      : is === GONE
      ? await client.send("POST", MAPS, map)
      : await client.send("PUT", `${MAPS}/${name}`, map);
    assert(status < 300, JSON.stringify(json));
    ledger.acknowledged.set(name, remove ? GONE : value);
    ledger.inFlight.delete(name);
    const revision = Number(json.metadata?.resourceVersion ?? 0);
    ledger.newestRevision = Math.max(ledger.newestRevision, revision);
  }
}

Deno.test(`every acknowledged write is there after kill -9 under load, ${KILLS} times`, async () => {
  const home = await Deno.makeTempDir();
  const random = new SeededRandom(SEED);
  const ledger = new Ledger();
  try {
    for (let kill = 0; kill <= KILLS; kill++) {
      const child = await serveLab(home);
      const client = new Client(await Deno.readTextFile(`${home}/kubeconfig`));
      try {
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
        child.kill("SIGKILL");
        for (const ended of await Promise.all(writers)) {
          assert(!(ended instanceof assert.AssertionError), String(ended));
        }
      } finally {
        client.close();
        try {
          child.kill("SIGKILL");
        } catch {
          // It was killed before.
        }
        await child.status;
      }
    }
    const written = ledger.acknowledged.size;
    assert(written > KILLS * WRITERS, `${written} objects were written`);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a write that the disk refuses is refused in etcd's words, and nobody sees it, then or later", async () => {
  const homeDir = await Deno.makeTempDir();
  const notices: string[] = [];
  const lab = await openSandbox({ homeDir, onNotice: ({ kind }) => notices.push(kind) });
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
      assert.equal(refused.status, 500);
      assert.equal(refused.json.message, "etcdserver: mvcc: database space exceeded");
    }
    const seen = await namesIn(() => client.send("GET", MAPS));
    assert.deepEqual(seen, ["first", "kube-root-ca.crt"], "the lab can be read");
    lab.state.commit = commit;
    assert.equal((await client.send("POST", MAPS, map("fourth"))).status, 201);
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
