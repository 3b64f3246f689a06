import assert from "node:assert/strict";
import { durationMs, type HpaCase, timeMs } from "./_hpa_case.ts";
import { type Answer, runCase } from "./_hpa_case_run.ts";
import { randomCase } from "./_random_hpa_case.ts";

type Json = any;

/** How many random scenarios; each prints its seed when it fails. */
const SCENARIOS = Number(Deno.env.get("HPA_SCENARIOS") ?? 60);
const SYNCS = 30;
const FIRST_SEED = Number(Deno.env.get("SEED") ?? 1);

/** What may never happen, in one scenario's answers; empty when it did not. */
function violations(given: HpaCase, answers: readonly Answer[]): string[] {
  const found: string[] = [];
  const { minReplicas = 1, maxReplicas, behavior } = given.spec;
  const windowMs = durationMs(
    behavior?.scaleDown?.stabilizationWindowSeconds ??
      given.options?.downscaleStabilization ?? 300,
  );
  const firstMs = Date.parse(answers[0].at);
  const log = (given.history?.recommendations ?? [])
    .map(({ replicas, at }: Json) => ({ replicas, atMs: timeMs(at, firstMs) }));
  answers.forEach((answer, i) => {
    const { scaledTo, currentReplicas, reason = "", events, wanted } = answer;
    const nowMs = Date.parse(answer.at);
    const say = (text: string) => found.push(`sync ${i + 1}: ${text}`);
    if (log.length === 0 && answer.conditions.some(({ reason }) => reason !== "FailedGetScale")) {
      log.push({ replicas: currentReplicas, atMs: nowMs });
    }
    if (wanted !== undefined) log.push({ replicas: wanted, atMs: nowMs });
    if (scaledTo === null) return;

    if (scaledTo < minReplicas || scaledTo > maxReplicas) {
      say(`${scaledTo} is out of ${minReplicas}..${maxReplicas}`);
    }
    const isByBounds = reason.startsWith("Current number of replicas");
    const isDown = scaledTo < currentReplicas && !isByBounds;
    const highest = Math.max(
      0,
      ...log.filter(({ atMs }) => behavior ? atMs > nowMs - windowMs : atMs >= nowMs - windowMs)
        .map(({ replicas }) => replicas),
    );
    if (isDown && scaledTo < Math.min(highest, maxReplicas)) {
      say(`down to ${scaledTo}, and ${highest} was recommended in the window`);
    }
    const failed = events.some(({ reason }) => /^FailedGet\w+Metric$/.test(reason));
    if (failed && isDown) say(`down to ${scaledTo} in spite of a metric that failed`);
    if (scaledTo === currentReplicas) say("a rescale that changes nothing");
  });
  return found;
}

Deno.test("bounds, window and failing metrics are respected in random scenarios", () => {
  let downs = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCENARIOS; seed++) {
    const given = randomCase(seed, SYNCS);
    const { answers, refused } = runCase(given);
    assert.equal(refused, undefined, `seed ${seed}`);
    assert.deepEqual(violations(given, answers), [], `seed ${seed}`);
    downs += answers.filter(({ scaledTo, currentReplicas }) =>
      scaledTo !== null && scaledTo < currentReplicas
    ).length;
  }
  // Scenarios that never shrink would prove nothing.
  assert.ok(downs > SCENARIOS / 10, `${downs} scale-downs`);
});

Deno.test("a scenario comes out the same from the same seed", () => {
  for (let seed = 1; seed <= 10; seed++) {
    assert.deepEqual(runCase(randomCase(seed, SYNCS)), runCase(randomCase(seed, SYNCS)));
  }
});

Deno.test("the checker of invariants finds what is broken on purpose", async (t) => {
  const given = (more: Json = {}): HpaCase => ({
    spec: { minReplicas: 2, maxReplicas: 6 },
    history: { recommendations: [{ replicas: 4, at: -60 }] },
    ...more,
  });
  const answer = (changes: Partial<Answer>): Answer => ({
    at: "2026-11-24T03:00:00Z",
    scaledTo: 4,
    desiredReplicas: 4,
    currentReplicas: 5,
    reason: "All metrics below target",
    conditions: [{ type: "AbleToScale", reason: "SucceededRescale" }],
    events: [],
    currentMetrics: [],
    recommendations: [],
    explanation: [],
    ...changes,
  });
  const failed = { type: "Warning", reason: "FailedGetPodsMetric", message: "" } as const;
  const rows: [name: string, changes: Partial<Answer>, found: RegExp | undefined][] = [
    ["nothing", {}, undefined],
    ["below the minimum", { scaledTo: 1 }, /out of 2\.\.6/],
    ["above the maximum", { scaledTo: 7 }, /out of 2\.\.6/],
    ["inside the window", { scaledTo: 3 }, /4 was recommended/],
    ["with a failed metric", { events: [failed] }, /metric that failed/],
    ["for nothing", { scaledTo: 5 }, /changes nothing/],
  ];
  for (const [name, changes, found] of rows) {
    await t.step(name, () => {
      const [first] = violations(given(), [answer(changes)]);
      if (found) assert.match(first ?? "", found);
      else assert.equal(first, undefined);
    });
  }
});
