import assert from "node:assert/strict";
import { SeededRandom } from "../../lib/base/mod.ts";
import { copy } from "./_copy.ts";
import { loadLessons } from "../../lib/lesson/mod.ts";
import { asUser, Conversation, userCommand } from "../cli/_real_process.ts";
import { figure } from "./_figures.ts";
import { checkPlace, Learner, placeOf } from "./_tutor_session.ts";

/*
 * `start 7` and `play --all` that end at instants that nobody chose, by kill -9 or a signal that asks for it. KILLS=100
 * ends that many in all, SEED=7 at other instants.
 */

const KILLS = Number(Deno.env.get("KILLS") ?? 3);
const SEED = Number(Deno.env.get("SEED") ?? 1);
const LAST = "07-hpa-acts";
/** How long a start, or a play, may be under way when it is ended, in wall milliseconds. */
const BUILT_MS = 9_000;
const KEPT_MS = 1_500;

const share = (part: number) => Math.ceil(KILLS * part);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ends a process after some time, if it has not ended by itself; gives its exit code. */
async function endAfter(
  conversation: Conversation,
  signal: "SIGKILL" | "SIGINT",
  ms: number,
): Promise<number> {
  const { child } = conversation;
  await Promise.race([wait(ms), child.status]);
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
  return (await child.status).code;
}

const session = (home: string) => userCommand(["--plain", "--lang", "en", "--home", home]);

async function typed(home: string, ...lines: string[]): Promise<Conversation> {
  const tutor = new Conversation(session(home));
  for (const line of lines) await tutor.say(line);
  return tutor;
}

Deno.test(`a start that is ended on the way leaves the lab of before, or the lesson's (KILLS=${KILLS} SEED=${SEED})`, async () => {
  const parent = await Deno.makeTempDir();
  const random = new SeededRandom(SEED);
  const outcomes: Record<string, number> = {};
  const lessons = await loadLessons();
  const { steps } = lessons.find(({ lesson }) => lesson.id === LAST)!.lesson;
  /** What brings a learner to the end of the lesson. */
  const rest = [...steps.map(() => "skip"), ""];
  try {
    const learner = `${parent}/learner`;
    {
      await using tutor = new Conversation(
        userCommand(["start", "1", "--plain", "--lang", "en", "--home", learner]),
      );
      const lines = ["make install", "", "kubectl create configmap mine", "echo mine > mine.txt"];
      for (const line of [...lines, "quit"]) await tutor.say(line);
      assert.equal(await tutor.end(), 0, tutor.seen);
    }
    const before = await placeOf(learner);
    assert.deepEqual([before.lesson, before.step], ["01-cluster", "nodes"]);
    // One that has built the start before has it kept.
    const seasoned = `${parent}/seasoned`;
    await copy(learner, seasoned);
    {
      await using tutor = await typed(seasoned, "start 7", "y", "undo", "quit");
      assert.equal(await tutor.end(), 0, tutor.seen);
      assert.match(tutor.seen, /^Undone: start 7$/m, tutor.seen);
    }
    for (let kill = 0; kill < share(0.7); kill++) {
      const isKept = random.int(3) === 0;
      const signal = random.int(2) === 0 ? "SIGKILL" : "SIGINT";
      const ms = random.int(isKept ? KEPT_MS : BUILT_MS);
      const told = `KILLS=${KILLS} SEED=${SEED}, ${signal} ${kill} after ${ms} ms`;
      const home = `${parent}/${kill}`;
      await copy(isKept ? seasoned : learner, home);
      {
        await using tutor = await typed(home, "start 7", "y");
        await endAfter(tutor, signal, ms);
        assert.doesNotMatch(tutor.seen, /mistake|Uncaught/, `${told}: ${tutor.seen.slice(-3_000)}`);
      }
      // What was left on the way is undone when the lab is opened.
      const { stdout } = await asUser([
        "exec",
        "--home",
        home,
        "kubectl get configmap mine -o name --ignore-not-found; cat mine.txt",
      ]);
      const place = await placeOf(home);
      const { lesson } = place;
      const isFirst = outcomes[lesson!] === undefined;
      outcomes[lesson!] = (outcomes[lesson!] ?? 0) + 1;
      if (lesson === LAST) {
        assert.equal(stdout, "", told);
        assert.equal(place.cluster, "hpa-practice", told);
        await using tutor = await typed(home, ...isFirst ? rest : ["undo"], "quit");
        assert.equal(await tutor.end(), 0, `${told}: ${tutor.seen}`);
        const after = await placeOf(home);
        if (isFirst) assert.equal(after.lesson, "08-keda", `${told}: ${tutor.seen.slice(-3_000)}`);
        else assert.deepEqual(after, before, told);
      } else {
        assert.deepEqual(place, before, told);
        assert.equal(stdout, "configmap/mine\nmine\n", told);
      }
      // Whoever goes on from there comes to the end of the lesson.
      if (lesson !== LAST && isFirst) {
        await using tutor = new Learner(home, place);
        assert.equal(await tutor.end(), 0, tutor.seen);
        const after = await placeOf(home);
        assert.equal(after.lesson, "02-asking-too-early", tutor.seen.slice(-3_000));
        checkPlace(after, told);
      }
      await Deno.remove(home, { recursive: true });
    }
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
  figure(`${share(0.7)} ends; where the learner was then: ${JSON.stringify(outcomes)}`);
});

Deno.test(`a play that is asked to end leaves a lab that can be played on (KILLS=${KILLS} SEED=${SEED})`, async () => {
  const home = await Deno.makeTempDir();
  const random = new SeededRandom(SEED);
  try {
    for (let end = 0; end < share(0.3); end++) {
      const ms = 500 + random.int(BUILT_MS);
      const told = `KILLS=${KILLS} SEED=${SEED}, SIGINT ${end} after ${ms} ms`;
      await using play = new Conversation(userCommand(["play", "--all", "--home", home]));
      const code = await endAfter(play, "SIGINT", ms);
      assert.ok([0, 130].includes(code), `${told}: ${code} ${play.seen.slice(-1_000)}`);
      assert.doesNotMatch(play.seen, /mistake|Uncaught/, told);
    }
    const played = await asUser(["play", "1", "--home", home]);
    assert.equal(played.code, 0, played.stdout.slice(-3_000) + played.stderr);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
