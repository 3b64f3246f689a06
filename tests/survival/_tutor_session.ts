import assert from "node:assert/strict";
import { asUser, Conversation, userCommand } from "../cli/_real_process.ts";

/** The first lesson's steps, and what a learner types at each. */
const STEPS: [id: string, lines: string[]][] = [
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

const PROMPT = /\d+\.\d+ \S+ \$ /;

/** Someone who types the rest of the lesson as fast as they are asked, and does what helm says of one that was killed. */
export class Learner extends Conversation {
  readonly #typing: Promise<void>;

  constructor(home: string, place: Place) {
    const begin = place.lesson === null ? ["start", "1"] : [];
    super(userCommand([...begin, "--plain", "--lang", "en", "--home", home]));
    this.#typing = this.#goOn(place).catch((error) => {
      // What ended says so to whoever waits for its end.
      if (!/^It ended without/.test(error.message)) throw error;
    });
  }

  async #goOn(place: Place): Promise<void> {
    const isBefore = place.lesson === null;
    const from = isBefore ? 0 : place.lesson === LESSON ? place.done.length : IDS.length;
    await this.#type();
    if (place.stepDone) await this.#type("");
    for (const [, lines] of STEPS.slice(from)) {
      for (const line of lines) {
        const [, way] = /^If none is running: (helm .*)$/m.exec(await this.#type(line)) ?? [];
        for (const further of way ? [way, line] : []) await this.#type(further);
      }
      await this.#type("");
    }
    await this.say("quit");
  }

  /** Gives what is printed until something is asked again. */
  async #type(line?: string): Promise<string> {
    const from = line === undefined ? 0 : this.seen.length;
    if (line !== undefined) await this.say(line);
    await this.until(PROMPT, from);
    return this.seen.slice(from);
  }

  override async end(): Promise<number> {
    await this.#typing;
    return await super.end();
  }
}
