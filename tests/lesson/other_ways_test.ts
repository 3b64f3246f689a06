import assert from "node:assert/strict";
import { tryOut } from "../../lib/authoring/mod.ts";
import { judgeStep, loadLessons, playStep } from "../../lib/lesson/mod.ts";
import { OTHER_WAYS, WHOLE_WAYS } from "./_other_ways.ts";
import { atStartOf, gateOf } from "./_starts.ts";

const lessons = await loadLessons();
const gate = await gateOf(lessons);
Deno.test.afterAll(() => gate.close());

for (const [id, waysOf] of Object.entries(OTHER_WAYS)) {
  Deno.test(`lesson ${id} takes right ways that are not its author's`, async (t) => {
    const loaded = lessons.find(({ lesson }) => lesson.id === id)!;
    const stage = await atStartOf(gate, loaded);
    const { steps } = loaded.lesson;
    assert.deepEqual(
      Object.keys(waysOf).filter((name) => !steps.some((step) => step.id === name)),
      [],
    );
    for (const step of steps) {
      for (const [way, ...lines] of waysOf[step.id] ?? []) {
        await t.step(`${step.id}: ${way}`, () =>
          tryOut(stage, async () => {
            const sinceMs = stage.lab.clock.now();
            let last;
            for (const line of lines) {
              last = { line, ...await stage.shell.run(line) };
              assert.equal(last.exitCode, 0, `${line}\n${last.stderr}`);
            }
            const { ok, findings: [found], unseen } = await judgeStep(stage, step, last, {
              sinceMs,
            });
            assert.ok(ok, found?.actual.en ?? JSON.stringify(unseen));
          }));
      }
      const { ok, findings: [found] } = await playStep(stage, step);
      assert.ok(ok, `${step.id}: ${found?.actual.en}`);
    }
  });
}

for (const [id, way, linesOf] of WHOLE_WAYS) {
  Deno.test(`lesson ${id} is done by ${way}`, async (t) => {
    const loaded = lessons.find(({ lesson }) => lesson.id === id)!;
    const stage = await atStartOf(gate, loaded);
    assert.deepEqual(Object.keys(linesOf), loaded.lesson.steps.map((step) => step.id));
    for (const step of loaded.lesson.steps) {
      await t.step(step.id, async () => {
        const sinceMs = stage.lab.clock.now();
        let last;
        for (const line of linesOf[step.id]) {
          last = { line, ...await stage.shell.run(line) };
          assert.equal(last.exitCode, 0, `${line}\n${last.stderr}`);
        }
        const { ok, findings: [found] } = await judgeStep(stage, step, last, { sinceMs });
        assert.ok(ok, found?.actual.en);
      });
    }
  });
}
