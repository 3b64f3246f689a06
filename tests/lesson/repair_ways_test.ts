import assert from "node:assert/strict";
import { dealBreaks, lessonChain, plantBreaks, playLesson } from "../../lib/lesson/mod.ts";
import { drawnIn } from "../../lib/tutor/draws.ts";
import { MENDS_NOTHING, REPAIR_WAYS } from "./_repair_ways.ts";
import { Typist } from "./_typist.ts";

/** A hand takes half a minute: the first of each lesson's deck, all of them with WAYS=all. */
const ALL = Deno.env.get("WAYS") === "all";
const SEED = "ways";

for (const [id, ways] of Object.entries(REPAIR_WAYS)) {
  Deno.test(`${id}: a break is mended by whatever mends it, in any order, and by nothing else`, async () => {
    const typist = await Typist.sitDown();
    const { teaching } = typist;
    const { lessons, progress, stage } = teaching;
    const { lesson } = lessons.find((one) => one.lesson.id === id)!;
    const breaks = lesson.breaks!;
    const all = breaks.from.map((one) => one.id);
    assert.deepEqual(Object.keys(ways).sort(), all.toSorted());
    const seen = new Set<string>();
    const faults: string[] = [];
    try {
      for (const required of lessonChain(id, lessons)) await playLesson(stage, required);
      const [first, ...rest] = await typist.enter(id);
      progress.seed = SEED;
      for (let pass = 1; pass === 1 || ALL && seen.size < all.length; pass++) {
        progress.passes = { [id]: pass };
        const drawn = drawnIn(progress, lesson);
        const hand = dealBreaks(breaks, { seed: `${SEED}/${id}`, pass: pass - 1 });
        assert.deepEqual(drawn, hand.map((one) => one.id));
        assert.equal(await plantBreaks(stage, lesson), undefined);
        for (const one of drawn) {
          seen.add(one);
          const { isDone, said } = await typist.tries(first, ways[one]);
          if (!isDone) faults.push(`${one} of ${drawn}: ${ways[one].join(" ⏎ ")}\n${said}`);
        }
        for (const lines of pass === 1 ? MENDS_NOTHING : []) {
          const { isDone, said } = await typist.tries(first, lines);
          const isTold = said.replace(/\s+/g, " ").includes("0 mended");
          if (isDone || !isTold) faults.push(`${lines.join(" ⏎ ")}: done ${isDone}\n${said}`);
        }
        for (const step of [first, ...rest]) await typist.does(step);
        progress.done = {};
      }
    } finally {
      await typist.close();
    }
    assert.deepEqual(faults, []);
  });
}
