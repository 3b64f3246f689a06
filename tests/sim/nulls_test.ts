import assert from "node:assert/strict";
import { kubectl } from "../../lib/commands/kubectl/mod.ts";
import type { ResourceType } from "../../lib/sim/api/resources.ts";
import { Cluster } from "../../lib/sim/mod.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";
import { fakeIo } from "../commands/kubectl/_lab.ts";
import { STRICT } from "./_strict.ts";
import { goodOf, keptTypes, placesOf, withNull } from "./_nulls.ts";
import { type Answer, send } from "./api/_requests.ts";

type Json = any;

/*
 * To Go's decoder a null in a list or a map is an empty item, and the API's structs have no other nulls. Every built-in
 * kind is given one in every place of its schema: it is taken or refused, listed, described, and worked on.
 */

const START_MS = Date.parse("2026-01-01T00:00:00Z");
const TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";
/** What only a mistake of this program would say. */
const MISTAKE = /undefined|\[object |is not a function|is not iterable|Cannot read|InternalError/;

function boot(state = memoryState()): Cluster {
  return Cluster.boot({ state, name: "lab", startMs: START_MS, seed: 1, ...STRICT });
}

/** A cluster with the namespace that everything is in. */
function booted(state = memoryState()): Cluster {
  const cluster = boot(state);
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: "v" } };
  send(cluster.api, { method: "POST", path: "/api/v1/namespaces", body });
  cluster.clock.advance(1_000);
  return cluster;
}

function collectionOf({ group, version, namespaced, plural }: ResourceType): string {
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return `${root}${namespaced ? "/namespaces/v" : ""}/${plural}`;
}

/** Objects of a kind with a null each, and where it is. */
function* spoiled(type: ResourceType): Generator<{ object: Json; where: string }> {
  for (const [i, place] of placesOf(type).entries()) {
    const object = withNull(goodOf(type, `n${i}`), place);
    yield { object, where: `${type.resource} ${place.join(".")}` };
  }
}

function checkWords(text: string, where: string): void {
  const at = text.search(MISTAKE);
  if (at >= 0) assert.fail(`${where}: ${text.slice(Math.max(0, at - 100), at + 100)}`);
}

function checkAnswer({ status, text }: Answer, where: string): void {
  assert.ok(status < 500, `${where}: ${text}`);
  checkWords(text, where);
}

async function describe(cluster: Cluster, { resource }: ResourceType, name: string) {
  const io = fakeIo({
    namespace: "v",
    movable: true,
    api: (request) => cluster.handle(request),
  });
  const code = await kubectl.execute(["describe", resource, name], io);
  return { code, text: io.stdout + io.stderr };
}

/** Lists and describes objects, before and after half a minute. */
async function look(cluster: Cluster, type: ResourceType, made: Map<string, string>) {
  for (let round = 0; round < 2; round++) {
    const path = collectionOf(type);
    checkAnswer(
      send(cluster.api, { method: "GET", path, headers: { accept: TABLE } }),
      type.resource,
    );
    for (const [name, where] of made) {
      const { code, text } = await describe(cluster, type, name);
      if (!/NotFound/.test(text)) assert.equal(code, 0, `${where}: ${text}`);
      checkWords(text, where);
    }
    cluster.clock.advance(30_000);
  }
}

Deno.test("a null in any list or map of any built-in kind is an empty item", async (t) => {
  for (const type of keptTypes()) {
    await t.step(`${type.resource} ${type.version}`, async () => {
      const cluster = booted();
      const path = collectionOf(type);
      const made = new Map<string, string>();
      for (const { object, where } of spoiled(type)) {
        const answer = send(cluster.api, { method: "POST", path, body: object });
        checkAnswer(answer, where);
        if (answer.status < 400) made.set(object.metadata.name, where);
        else assert.match(answer.json.message, / is invalid: /, where);
      }
      await look(cluster, type, made);
    });
  }
});

Deno.test("a null that an older state holds in any list or map breaks nothing", async (t) => {
  for (const type of keptTypes()) {
    if (type.storageVersion !== `${type.group}/${type.version}`.replace(/^\//, "")) continue;
    await t.step(`${type.resource} ${type.version}`, async () => {
      const state = memoryState();
      const cluster = booted(state);
      const made = new Map<string, string>();
      for (const [i, place] of placesOf(type).entries()) {
        const good = goodOf(type, `n${i}`);
        const path = collectionOf(type);
        const { status, json, text } = send(cluster.api, { method: "POST", path, body: good });
        assert.equal(status, 201, text);
        const { namespace = "", name } = json.metadata;
        delete json.metadata.managedFields;
        cluster.save();
        state.put(
          `object/${type.resource}/${namespace}/${name}`,
          JSON.stringify(withNull(json, place)),
        );
        made.set(name, `${type.resource} ${place.join(".")}`);
      }
      await look(boot(state), type, made);
    });
  }
});
