import assert from "node:assert/strict";
import type { Step } from "../../lib/lesson/mod.ts";
import { Typist } from "./_typist.ts";
import { AHEAD, HALF_DONE, OTHER_WAYS } from "./_ways.ts";

/** Lines as they stand in what a failure says. */
const shown = (lines: readonly string[]) => lines.join(" ⏎ ");

/** Lines that change the lab: undoing them takes a second. */
const CHANGES =
  /\b(make|helm (upgrade|repo)|kind|load|clock|sleep|kubectl (apply|create|delete|patch|label|replace))\b|30951/;
const ALL = Deno.env.get("WAYS") === "all";

/** The rows of a step; of the right ones that change the lab the first, and no others that do, or all with WAYS=all. */
function rowsAt<Row extends readonly [string, ...unknown[]]>(
  rows: readonly Row[],
  name: string,
): Row[] {
  const here = rows.filter(([at]) => at === name);
  const changing = here.filter((row) => CHANGES.test(row.flat().join("\n")));
  const [first] = (rows as readonly unknown[]) === OTHER_WAYS ? changing : [];
  return here.filter((row) => ALL || !changing.includes(row) || row === first);
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

Deno.test("A step is done by whatever does it, not by half of it, and what is missing is said", async () => {
  const typist = await Typist.sitDown();
  const faults: string[] = [];
  const visited = new Set<string>();
  try {
    for (const id of ["01", "02", "03", "04", "05", "06", "07", "08"]) {
      for (const step of await typist.enter(id)) {
        visited.add(`${id} ${step.id}`);
        faults.push(...await faultsAt(`${id} ${step.id}`, step, typist));
        await typist.does(step);
      }
    }
  } finally {
    await typist.close();
  }
  assert.deepEqual(faults, []);
  const rows = [...OTHER_WAYS, ...HALF_DONE, ...AHEAD].map(([at]) => at);
  assert.deepEqual(rows.filter((at) => !visited.has(at)), []);
});
