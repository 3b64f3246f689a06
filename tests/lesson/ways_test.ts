import assert from "node:assert/strict";
import type { Step } from "../../lib/lesson/mod.ts";
import { Typist } from "./_typist.ts";
import { AHEAD, HALF_DONE, OTHER_WAYS } from "./_ways.ts";

/** Lines as they stand in what a failure says. */
const shown = (lines: readonly string[]) => lines.join(" ⏎ ");

/** Lines that change the lab: undoing them takes a second. */
const CHANGES =
  /\b(make|helm (upgrade|repo)|kind|load|clock|sleep|kubectl (apply|create|delete|patch|label|replace))\b|30951/;
const WAYS = Deno.env.get("WAYS");
const LESSONS = ["01", "02", "03", "04", "05", "06", "07", "08"];
/** The lessons of which every row is typed: of one alone with `WAYS=04`, up to which the others are only done. */
const WHOLE = WAYS === "all" ? LESSONS : WAYS?.split(",") ?? [];
const ASKED = WAYS === undefined ? LESSONS : WHOLE;

/** The rows of a step; of the right ones that change the lab the first, and no others that do, or all of them. */
function rowsAt<Row extends readonly [string, ...unknown[]]>(
  rows: readonly Row[],
  name: string,
): Row[] {
  const here = rows.filter(([at]) => at === name);
  const changing = here.filter((row) => CHANGES.test(row.flat().join("\n")));
  const [first] = (rows as readonly unknown[]) === OTHER_WAYS ? changing : [];
  const isWhole = WHOLE.includes(name.slice(0, 2));
  return here.filter((row) => isWhole || !changing.includes(row) || row === first);
}

/** What is wrong with how the tutor takes the lines typed at a step. */
async function faultsAt(name: string, step: Step, typist: Typist): Promise<string[]> {
  const faults: string[] = [];
  for (const [, ...lines] of rowsAt(OTHER_WAYS, name)) {
    const { isDone, said } = await typist.tries(step, lines);
    if (!isDone) faults.push(`${name} refuses ${shown(lines)}\n${said}`);
  }
  for (const [, lines, says] of rowsAt(HALF_DONE, name)) {
    const { isDone, said } = await typist.tries(step, lines);
    const isTold = said.replace(/\s+/g, " ").includes(says);
    if (isDone) faults.push(`${name} takes ${shown(lines)}`);
    else if (!isTold) faults.push(`${name}: ${shown(lines)} is not told "${says}"\n${said}`);
  }
  for (const [, lines, open] of rowsAt(AHEAD, name)) {
    const { step: is, said } = await typist.tries(step, lines);
    if (is !== open) faults.push(`${name}: ${shown(lines)} leads to ${is}\n${said}`);
  }
  return faults;
}

Deno.test("A step is done by whatever does it, not by half of it, and what is missing is said", async (t) => {
  const typist = await Typist.sitDown();
  const visited = new Set<string>();
  try {
    for (const id of LESSONS.slice(0, LESSONS.indexOf(ASKED.at(-1)!) + 1)) {
      const isDone = await t.step(`lesson ${id}`, async () => {
        const faults: string[] = [];
        for (const step of await typist.enter(id)) {
          const name = `${id} ${step.id}`;
          visited.add(name);
          if (ASKED.includes(id)) faults.push(...await faultsAt(name, step, typist));
          await typist.does(step);
        }
        assert.deepEqual(faults, []);
      });
      if (!isDone) break;
    }
  } finally {
    await typist.close();
  }
  const rows = [...OTHER_WAYS, ...HALF_DONE, ...AHEAD].map(([at]) => at)
    .filter((at) => ASKED.includes(at.slice(0, 2)));
  assert.deepEqual(rows.filter((at) => !visited.has(at)), []);
});
