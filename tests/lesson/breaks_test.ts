import assert from "node:assert/strict";
import {
  adapterBreaks,
  breaksOf,
  dealBreaks,
  type FileChange,
  hpaBreaks,
  kedaBreaks,
  loadLessons,
  mendedText,
  requestsBreak,
  scrapingBreaks,
} from "../../lib/lesson/mod.ts";

const NGINX = { name: "nginx-custom-metric", folder: "examples/01_nginx_custom_metrics" };
const KEDA = { name: "nginx-keda-example", folder: "examples/02_keda_example" };
const ALL = [
  ...hpaBreaks(NGINX),
  ...adapterBreaks(NGINX),
  ...scrapingBreaks(NGINX),
  ...kedaBreaks(KEDA),
  ...scrapingBreaks(KEDA),
  requestsBreak,
];
const CATALOGUES = (await loadLessons()).flatMap(({ lesson: { id, breaks } }) =>
  breaks ? [{ id, breaks }] : []
);

/** A file as a learner has it when a lesson of repairing begins. */
async function fileAtStart(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  // Lesson 6 takes the comment off the rules.
  return path.endsWith("prometheus-adapter.yaml")
    ? text.replace(/^# *rules:[^]*/m, (rules) => rules.replaceAll(/^# ?/gm, ""))
    : text;
}

function brokenText(text: string, { lines }: FileChange): string {
  const reverse = lines.map(({ under, right, wrong }) => ({ under, right: wrong, wrong: right! }));
  const added = lines.find(({ right }) => right === undefined);
  if (added) return text.replace(`${added.under}\n`, `${added.under}\n${added.wrong}\n`);
  return mendedText(text, { path: "", lines: reverse, then: "" })!;
}

Deno.test("every line that a break changes stands in its file, and its wrong one does not", async (t) => {
  for (const { id, change } of ALL) {
    if (!("lines" in change)) continue;
    await t.step(`${change.path}: ${id}`, async () => {
      const text = await fileAtStart(change.path);
      const rows = text.split("\n");
      for (const { under, right, wrong } of change.lines) {
        const below = under === undefined ? rows : rows.slice(rows.indexOf(under) + 1);
        if (under !== undefined) assert.equal(rows.filter((row) => row === under).length, 1, under);
        if (right !== undefined) {
          assert.equal(below.filter((row) => row === right).length, 1, right);
        }
        assert.ok(!below.includes(wrong), wrong);
      }
      assert.equal(mendedText(text, change), undefined);
      assert.equal(mendedText(brokenText(text, change), change), text);
    });
  }
});

for (const { id, breaks } of CATALOGUES) {
  Deno.test(`${id} draws the same for the same seed, others in each pass, and never two of one place`, () => {
    const deal = (seed: string, pass: number) =>
      dealBreaks(breaks, { seed, pass }).map((one) => one.id);
    assert.ok(breaks.from.length >= 10);
    for (let number = 0; number < 200; number++) {
      const seed = `learner ${number}`;
      let before: string[] = [];
      for (let pass = 0; pass < 4; pass++) {
        const hand = dealBreaks(breaks, { seed, pass });
        const ids = hand.map((one) => one.id);
        assert.equal(hand.length, breaks.take);
        assert.equal(new Set(hand.map(({ place }) => place)).size, breaks.take, ids.join());
        assert.deepEqual(ids, deal(seed, pass));
        assert.ok(ids.every((one) => !before.includes(one)), `${seed}: ${before} then ${ids}`);
        before = ids;
      }
    }
    const hands = new Set(Array.from({ length: 50 }, (_, n) => deal(`learner ${n}`, 0).join()));
    assert.ok(hands.size > 25, `${hands.size} of 50 learners draw something of their own`);
    const passes = Math.ceil(breaks.from.length / breaks.take) + 3;
    const seen = new Set(Array.from({ length: passes }, (_, pass) => deal("1", pass)).flat());
    assert.deepEqual(breaks.from.map((one) => one.id).filter((one) => !seen.has(one)), []);
  });
}

Deno.test("breaksOf() gives data alone", () => {
  assert.deepEqual(structuredClone(breaksOf(ALL, 3)), breaksOf(ALL, 3));
});
