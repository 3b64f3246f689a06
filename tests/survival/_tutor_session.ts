import assert from "node:assert/strict";
import { asUser, Conversation, userCommand } from "../cli/_real_process.ts";

/** The first lesson's steps, and what a learner types at each. */
export const STEPS: [id: string, lines: string[]][] = [
  ["install", ["make install"]],
  ["nodes", ["kubectl get node"]],
  ["top", ["kubectl top node"]],
  ["uninstall", ["make uninstall", "kubectl get node"]],
  ["again", ["make install"]],
];
const IDS = STEPS.map(([id]) => id);
const LESSON = "01-cluster";

/** What `status` tells of a home. */
export interface Place {
  lesson: string | null;
  step: string | null;
  stepDone: boolean;
  done: string[];
  cluster: string | null;
}

/** Errors: when `status` does not succeed. */
export async function placeOf(home: string): Promise<Place> {
  const { code, stdout, stderr } = await asUser(["status", "--json", "--home", home]);
  assert.equal(code, 0, stderr);
  const { lesson, step, stepDone, done, cluster } = JSON.parse(stdout);
  return { lesson, step, stepDone, cluster, done: Object.keys(done[LESSON] ?? {}) };
}

/** Whether a place is one that a learner can be at: steps one after another, and the cluster that they leave. */
export function checkPlace({ lesson, step, stepDone, done, cluster }: Place, told: string): void {
  const at = `${told}: ${JSON.stringify({ lesson, step, stepDone, done, cluster })}`;
  assert.deepEqual(done, IDS.slice(0, done.length), at);
  if (lesson === null) return assert.deepEqual([done, cluster], [[], null], at);
  if (lesson !== LESSON) {
    assert.equal(done.length, IDS.length, at);
    return assert.equal(cluster, "hpa-practice", at);
  }
  if (step !== null) assert.equal(step, IDS[stepDone ? done.length - 1 : done.length], at);
  // While a line that makes or removes it is under way, it is there or not.
  const last = done.at(-1);
  if (last === "install" || last === "nodes" || last === "again") {
    assert.equal(cluster, "hpa-practice", at);
  }
  if (last === "uninstall" && stepDone) assert.equal(cluster, null, at);
}

/** Someone who types the rest of the lesson as fast as the prompt takes it. */
export async function goOn(home: string, place: Place): Promise<Conversation> {
  const begin = place.lesson === null ? ["start", "1"] : [];
  const tutor = new Conversation(
    userCommand([...begin, "--plain", "--lang", "en", "--home", home]),
  );
  const from = place.lesson === LESSON ? place.done.length : place.lesson === null ? 0 : IDS.length;
  if (place.stepDone) await tutor.say("");
  for (const [, lines] of STEPS.slice(from)) {
    for (const line of [...lines, ""]) await tutor.say(line);
  }
  await tutor.say("quit");
  return tutor;
}
