import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { asUser, Conversation, userCommand } from "../cli/_real_process.ts";
import { Ledger, MAPS, patiently, writeOn, WRITERS } from "./_client.ts";
import { figure } from "./_figures.ts";
import { Informer } from "./_informer.ts";
import { Served } from "./_served.ts";
import { checkPlace, Learner, placeOf } from "./_tutor_session.ts";

/*
 * kill -9 at instants that nobody chose: what was acknowledged is there, and all of it fits together. KILLS=200 kills
 * that often in all, SEED=7 at other instants.
 */

const KILLS = Number(Deno.env.get("KILLS") ?? 3);
const SEED = Number(Deno.env.get("SEED") ?? 1);

/** A part of all kills, and one at least. */
const share = (part: number) => Math.ceil(KILLS * part);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function withHome(work: (home: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await work(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Kills a server under load again and again; `start` gives it. */
async function killUnderLoad(
  kills: number,
  start: (home: string) => Promise<Served>,
): Promise<void> {
  const random = new SeededRandom(SEED);
  const ledger = new Ledger();
  const informer = new Informer(MAPS);
  await withHome(async (home) => {
    for (let kill = 0; kill <= kills; kill++) {
      const told = `KILLS=${KILLS} SEED=${SEED}, after ${kill} kills`;
      await using served = await start(home);
      const { client } = served;
      const over = new AbortController();
      const following = informer.follow(client, over.signal);
      const { json } = await patiently(client, MAPS);
      ledger.check(json.items, told);
      const name = `probe-${kill}`;
      await ledger.write(client, name, "");
      await informer.settled(client, told);
      const made = await client.send("POST", MAPS, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: `after-${kill}` },
      });
      if (made.status === 201) {
        const revision = Number(made.json.metadata.resourceVersion);
        assert.ok(revision > ledger.newestRevision, `${told}: a revision came twice`);
      }
      if (kill < kills) {
        const writers = Array.from(
          { length: WRITERS },
          (_, i) => writeOn(client, `k${kill}w${i}`, ledger, random).catch((error) => error),
        );
        await wait(random.int(600));
        await served.kill();
        for (const end of await Promise.all(writers)) {
          assert.ok(!(end instanceof assert.AssertionError), `${told}: ${end}`);
        }
      }
      over.abort();
      client.close();
      await following;
    }
  });
  assert.ok(ledger.acknowledged.size > kills);
  const { acknowledged: { size }, newestRevision } = ledger;
  figure(
    `${kills} kills, ${size} objects, revision ${newestRevision}, ${informer.events} events, ${informer.lists} lists`,
  );
}

Deno.test(`a server that is killed under load comes back with what it acknowledged, and watches go on (KILLS=${KILLS} SEED=${SEED})`, () =>
  killUnderLoad(share(0.4), (home) => Served.at(home)));

Deno.test(`so does one that takes its lab up again when it is killed (KILLS=${KILLS} SEED=${SEED})`, () =>
  killUnderLoad(share(0.15), (home) => Served.by(bringBackAgain(home), home)));

function bringBackAgain(home: string): Conversation {
  const script = new URL("./_bring_back_process.ts", import.meta.url).pathname;
  return new Conversation(
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", script, home],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }),
  );
}

Deno.test(`a tutor that is killed while someone types knows the step and has its cluster (KILLS=${KILLS} SEED=${SEED})`, () =>
  withHome(async (parent) => {
    const random = new SeededRandom(SEED);
    let homes = 0;
    let home = `${parent}/0`;
    for (let kill = 0; kill < share(0.35); kill++) {
      const told = `KILLS=${KILLS} SEED=${SEED}, kill ${kill}`;
      const place = await placeOf(home);
      checkPlace(place, told);
      if (place.lesson !== null && place.lesson !== "01-cluster") home = `${parent}/${++homes}`;
      await using tutor = new Learner(home, await placeOf(home));
      const over = new AbortController();
      await Promise.race([wait(300 + random.int(5_000)), tutor.child.status]);
      over.abort();
      assert.doesNotMatch(tutor.seen, /mistake|Uncaught/, told);
    }
    // Whoever goes on from there comes to the end of the lesson.
    await using tutor = new Learner(home, await placeOf(home));
    assert.equal(await tutor.end(), 0, tutor.seen);
    const place = await placeOf(home);
    assert.equal(place.lesson, "02-asking-too-early", tutor.seen.slice(-3_000));
    checkPlace(place, "at the end");
    figure(`${share(0.35)} kills, ${homes} lessons`);
  }));

Deno.test("a learner whose helm was killed is told how to go on, and does", () =>
  withHome(async (home) => {
    const waits = "helm upgrade --install metrics-server metrics-server/metrics-server " +
      "--set image.tag=none --wait --timeout 9999h";
    const repository =
      "helm repo add metrics-server https://kubernetes-sigs.github.io/metrics-server/";
    const pending = ["exec", "--home", home, "helm ls --pending -q"];
    for (let ms = 1_000; (await asUser(pending)).stdout === ""; ms *= 2) {
      await using tutor = new Conversation(
        userCommand(["start", "1", "--plain", "--lang", "en", "--home", home]),
      );
      for (const line of ["make install-kind", repository, waits]) {
        await tutor.say(line);
      }
      await tutor.until(/Installing it now/);
      await wait(ms);
    }
    await using learner = new Learner(home, await placeOf(home));
    assert.equal(await learner.end(), 0, learner.seen);
    assert.match(learner.seen, /Revision 1 is pending-install: /);
    const place = await placeOf(home);
    assert.equal(place.lesson, "02-asking-too-early", learner.seen.slice(-3_000));
    checkPlace(place, "at the end");
  }));

Deno.test(`a play that is killed leaves a lab that can be used and played on (KILLS=${KILLS} SEED=${SEED})`, () =>
  withHome(async (home) => {
    const random = new SeededRandom(SEED);
    const kills = share(0.1);
    const outcomes: Record<string, number> = {};
    for (let kill = 0; kill < kills; kill++) {
      const told = `KILLS=${KILLS} SEED=${SEED}, kill ${kill}`;
      {
        await using play = new Conversation(userCommand(["play", "--all", "--home", home]));
        await Promise.race([wait(500 + random.int(9_000)), play.child.status]);
      }
      const { code, stdout, stderr } = await asUser([
        "exec",
        "--home",
        home,
        "kubectl get nodes -o name",
      ]);
      const none = "The connection to the server localhost:8080 was refused - " +
        "did you specify the right host or port?\n";
      const nodes = "node/hpa-practice-control-plane\nnode/hpa-practice-worker\n";
      const outcome = [code, stdout, stderr].join(" ");
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      assert.ok([`1  ${none}`, `0 ${nodes} `].includes(outcome), `${told}: ${outcome}`);
    }
    const played = await asUser(["play", "1", "--home", home]);
    assert.equal(played.code, 0, played.stdout.slice(-3_000) + played.stderr);
    figure(`${kills} kills; a cluster was there or not: ${Object.values(outcomes)}`);
  }));
