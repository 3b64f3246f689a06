import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import type { ApiServer } from "../../../lib/sim/api/mod.ts";
import { World } from "../kubelet/_world.ts";
import { type Answer, GEARS, seeds, send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

/*
 * What holds after any sequence of operations. Each sequence is made by a seed, which the step is named for:
 * API_SEEDS=200 runs two hundred, API_SEEDS==17 the seventeenth alone.
 */

const SEEDS = seeds("API_SEEDS", 12);
const OPERATIONS = 120;
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const APPLY = "application/apply-patch+yaml";
const MERGE = "application/merge-patch+json";

interface Kind {
  path: string;
  hasStatus: boolean;
  make(name: string, random: SeededRandom): Json;
}

const KINDS: readonly Kind[] = [
  {
    path: "/api/v1/namespaces/v/configmaps",
    hasStatus: false,
    make: (name, random) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { [`k${random.int(3)}`]: String(random.int(3)) },
    }),
  },
  {
    path: "/apis/apps/v1/namespaces/v/deployments",
    hasStatus: true,
    make: (name, random) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        replicas: random.int(4),
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name: "web", image: `nginx:${random.int(3)}` }] },
        },
      },
    }),
  },
  {
    path: "/apis/example.org/v1/namespaces/v/gears",
    hasStatus: true,
    make: (name, random) => ({
      apiVersion: "example.org/v1",
      kind: "Gear",
      metadata: { name },
      spec: {
        size: random.int(5),
        // Never empty: upstream, too, takes an emptied list away at first and keeps it the next time.
        tags: ["a", ...["b", "c"].filter(() => random.int(2) === 0)],
        parts: [{ name: "x", teeth: random.int(3) }],
      },
    }),
  },
];

/** A server, what a watch has told of it since its beginning, and the operations on it. */
class Trial {
  readonly server: ApiServer;
  readonly random: SeededRandom;
  /** What the watches have told: path → name → object. */
  readonly seen = new Map<string, Map<string, KubeObject>>();
  lastRevision = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.server = testServer("v").server;
    assert.equal(
      send(this.server, { method: "POST", path: DEFINITIONS, body: GEARS }).status,
      201,
    );
    for (const { path } of KINDS) this.#watch(path);
  }

  #watch(path: string): void {
    const objects = new Map<string, KubeObject>();
    this.seen.set(path, objects);
    const answer = this.server.respond({
      method: "GET",
      path,
      query: new URLSearchParams("watch=1"),
      headers: {},
      body: "",
    });
    let last = 0;
    answer.stream!(
      (text) => {
        for (const line of text.trim().split("\n")) {
          const { type, object } = JSON.parse(line);
          const revision = Number(object.metadata.resourceVersion);
          assert.ok(revision > last, "a watch goes on in order");
          last = revision;
          if (type === "DELETED") objects.delete(object.metadata.name);
          else objects.set(object.metadata.name, object);
        }
      },
      () => {},
      { full: false, onRoom: () => {} },
    );
  }

  get(kind: Kind, name: string): Json {
    const { status, json } = send(this.server, { method: "GET", path: `${kind.path}/${name}` });
    return status === 200 ? json : undefined;
  }

  /** One operation of a random sort on a random object. */
  step(): void {
    const { random } = this;
    const kind = random.pick(KINDS);
    const name = `n${random.int(3)}`;
    const before = this.get(kind, name);
    const operation = random.pick(OPERATIONS_OF);
    const answer = operation(this, kind, name, before);
    if (!answer) return;
    assert.ok(answer.status < 500, answer.text);
    if (answer.status < 300 && answer.json.kind !== "Status") this.#written(before, answer.json);
  }

  #written(before: Json, after: Json): void {
    const revision = Number(after.metadata.resourceVersion);
    if (before && revision === Number(before.metadata.resourceVersion)) {
      assert.deepEqual(after, before, "what has the same revision is the same");
      return;
    }
    assert.ok(revision > this.lastRevision, `${revision} after ${this.lastRevision}`);
    this.lastRevision = revision;
  }
}

type Operation = (
  trial: Trial,
  kind: Kind,
  name: string,
  before: Json,
) => Answer | undefined;

const create: Operation = ({ server, random }, kind, name, before) => {
  const body = kind.make(name, random);
  const answer = send(server, { method: "POST", path: kind.path, body });
  assert.equal(answer.status, before ? 409 : 201, answer.text);
  return answer;
};

const replace: Operation = ({ server, random }, kind, name, before) => {
  const path = `${kind.path}/${name}`;
  const body = kind.make(name, random);
  body.status = { replicas: 77 };
  if (before) body.metadata.resourceVersion = before.metadata.resourceVersion;
  const answer = send(server, { method: "PUT", path, body });
  if (!before) {
    // A custom resource is asked for its revision before it is looked for.
    assert.ok(answer.status === 404 || answer.status === 422, answer.text);
    return answer;
  }
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.status, before.status, "status and spec stay apart");
  return answer;
};

const replaceStale: Operation = ({ server, random }, kind, name, before) => {
  if (!before) return undefined;
  const path = `${kind.path}/${name}`;
  const stale = String(Number(before.metadata.resourceVersion) - 1 - random.int(3));
  const body = { ...before, metadata: { ...before.metadata, resourceVersion: stale } };
  const answer = send(server, { method: "PUT", path, body });
  assert.equal(answer.status, 409);
  assert.match(answer.json.message, /the object has been modified; please apply your changes/);
  return answer;
};

const writeStatus: Operation = ({ server, random }, kind, name, before) => {
  if (!before || !kind.hasStatus) return undefined;
  const body = {
    ...before,
    spec: { ...before.spec, replicas: 99 },
    status: { ...before.status, replicas: random.int(3) },
  };
  const answer = send(server, { method: "PUT", path: `${kind.path}/${name}/status`, body });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.spec, before.spec, "spec and status stay apart");
  assert.equal(answer.json.metadata.generation, before.metadata.generation);
  return answer;
};

const patch: Operation = ({ server, random }, kind, name, before) => {
  const body = { metadata: { labels: { [`l${random.int(2)}`]: random.pick(["a", "b", null]) } } };
  const path = `${kind.path}/${name}?fieldManager=m${random.int(4)}`;
  const answer = send(server, { method: "PATCH", path, body, type: MERGE });
  assert.equal(answer.status, before ? 200 : 404, answer.text);
  return answer;
};

const applyTwice: Operation = ({ server, random }, kind, name) => {
  const path = `${kind.path}/${name}?fieldManager=a${random.int(3)}&force=true`;
  const body = kind.make(name, random);
  const first = send(server, { method: "PATCH", path, body, type: APPLY });
  assert.ok(first.status === 200 || first.status === 201, first.text);
  const second = send(server, { method: "PATCH", path, body, type: APPLY });
  assert.equal(second.status, 200);
  assert.deepEqual(second.json, first.json, "to apply again changes nothing");
  return first;
};

const scale: Operation = ({ server, random }, kind, name, before) => {
  if (!before || !kind.hasStatus) return undefined;
  const body = { spec: { replicas: random.int(5) } };
  const path = `${kind.path}/${name}/scale`;
  const answer = send(server, { method: "PATCH", path, body, type: MERGE });
  assert.equal(answer.status, 200, answer.text);
  // Of a scale of 0 nothing is written.
  assert.equal(answer.json.spec.replicas ?? 0, body.spec.replicas);
  return undefined;
};

const dryRun: Operation = (trial, kind, name, before) => {
  const { server, random } = trial;
  const body = kind.make(name, random);
  const path = `${kind.path}/${name}?fieldManager=dry&force=true&dryRun=All`;
  const answer = send(server, { method: "PATCH", path, body, type: APPLY });
  assert.ok(answer.status < 300, answer.text);
  assert.deepEqual(trial.get(kind, name), before, "a dry run changes nothing");
  return undefined;
};

const remove: Operation = ({ server, random }, kind, name, before) => {
  const path = `${kind.path}/${name}`;
  const isStale = random.int(3) === 0;
  const uid = isStale ? "00000000-0000-4000-8000-000000000000" : before?.metadata.uid;
  const body = { preconditions: { uid } };
  const answer = send(server, { method: "DELETE", path, body });
  assert.equal(answer.status, !before ? 404 : isStale ? 409 : 200, answer.text);
  return undefined;
};

const OPERATIONS_OF: readonly Operation[] = [
  create,
  create,
  replace,
  replaceStale,
  writeStatus,
  patch,
  applyTwice,
  scale,
  dryRun,
  remove,
];

for (const seed of SEEDS) {
  Deno.test(`revisions rise, watches replay to the list, writes keep their places (seed ${seed})`, () => {
    const trial = new Trial(seed);
    for (let i = 0; i < OPERATIONS; i++) trial.step();
    for (const { path } of KINDS) {
      const { json } = send(trial.server, { method: "GET", path });
      const listed = new Map(json.items.map((item: Json) => [item.metadata.name, item]));
      const seen = [...trial.seen.get(path)!].map(([name, object]) => {
        // Built-in kinds do not say in a list what they are.
        const { apiVersion: _, kind: __, ...rest } = object;
        return [name, path.includes("example.org") ? object : rest] as const;
      });
      assert.deepEqual(new Map(seen), listed, "a watch replays to the list");
    }
  });

  Deno.test(`no update is lost among writers that read, change and write back (seed ${seed})`, () => {
    const { server } = testServer("v");
    const random = new SeededRandom(seed);
    const path = "/api/v1/namespaces/v/configmaps";
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "n" }, data: { n: "0" } };
    send(server, { method: "POST", path, body });
    const read: Json[] = [];
    let [done, refused] = [0, 0];
    for (let i = 0; i < OPERATIONS; i++) {
      if (read.length === 0 || random.int(2) === 0) {
        read.push(send(server, { method: "GET", path: `${path}/n` }).json);
        continue;
      }
      const [mine] = read.splice(random.int(read.length), 1);
      const present = send(server, { method: "GET", path: `${path}/n` }).json;
      const changed = { ...mine, data: { n: String(Number(mine.data.n) + 1) } };
      const { status } = send(server, { method: "PUT", path: `${path}/n`, body: changed });
      const isStale = mine.metadata.resourceVersion !== present.metadata.resourceVersion;
      assert.equal(status, isStale ? 409 : 200);
      if (isStale) refused++;
      else done++;
    }
    const { json } = send(server, { method: "GET", path: `${path}/n` });
    assert.equal(json.data.n, String(done));
    assert.ok(refused > 0, "the sequence had stale writers");
  });
}

Deno.test("what is owned goes with its owners, and what has another owner stays", async (t) => {
  for (const seed of SEEDS.slice(0, 6)) {
    await t.step(`seed ${seed}`, () => {
      const random = new SeededRandom(seed);
      const world = new World();
      const names = Array.from({ length: 8 }, (_, i) => `n${i}`);
      const uids = new Map<string, string>();
      const owners = new Map<string, string[]>();
      for (const [i, name] of names.entries()) {
        const mine = names.slice(0, i).filter(() => random.int(4) === 0);
        owners.set(name, mine);
        const made = world.create({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: {
            name,
            namespace: "default",
            ownerReferences: mine.map((owner) => ({
              apiVersion: "v1",
              kind: "ConfigMap",
              name: owner,
              uid: uids.get(owner)!,
            })),
          },
        });
        uids.set(name, made.metadata.uid!);
      }
      const gone = new Set(names.filter((name) => owners.get(name)!.length === 0 && random.int(2)));
      for (const name of gone) {
        world.api.delete("configmaps", "default", name, { propagationPolicy: "Background" });
      }
      world.wait(30);
      for (const name of names) {
        const mine = owners.get(name)!;
        if (mine.length > 0 && mine.every((owner) => gone.has(owner))) gone.add(name);
      }
      const left = world.api.list("configmaps", { namespace: "default" })
        .map(({ metadata }) => metadata.name).filter((name) => names.includes(name));
      assert.deepEqual(left.sort(), names.filter((name) => !gone.has(name)));
    });
  }
});
