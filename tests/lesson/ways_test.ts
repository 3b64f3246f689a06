import assert from "node:assert/strict";
import type { Step } from "../../lib/lesson/mod.ts";
import { Typist } from "./_typist.ts";
import { AHEAD, HALF_DONE, OTHER_WAYS } from "./ways.ts";

Deno.test("Every step is done by any line that does it, and by none that does half; what is missing is said", async () => {
  const typist = await Typist.sitDown();
  const wrong: string[] = [];
  const dbg = (t: string) => Deno.writeTextFileSync("/tmp/ways.log", t + "\n", { append: true });
  wrong.push = (t: string) => {
    dbg("WRONG " + t);
    return 0;
  };
  const seen = new Set<string>();
  const at = async (name: string, step: Step) => {
    seen.add(name);
    const here = <T extends readonly [string, ...unknown[]]>(rows: readonly T[]) =>
      rows.filter(([at]) => at === name);
    for (const [, ...lines] of here(OTHER_WAYS)) {
      dbg("  " + lines.join(" # ").slice(0, 100));
      const { isDone, said } = await typist.tries(step, lines);
      if (!isDone) wrong.push(`${name} refuses ${lines.join(" ⏎ ")}\n${said.slice(-600)}`);
    }
    for (const [, lines, says] of here(HALF_DONE)) {
      dbg("  " + lines.join(" # ").slice(0, 100));
      const { isDone, said, passedMs } = await typist.tries(step, lines);
      if (isDone) wrong.push(`${name} takes ${lines.join(" ⏎ ")}`);
      else if (!said.replace(/\s+/g, " ").includes(says)) {
        wrong.push(`${name}: ${lines.join(" ⏎ ")} is not told "${says}"\n${said.slice(-600)}`);
      }
      if (/^kubectl get/.test(lines.join("\n")) && passedMs > 0) {
        wrong.push(`${name}: ${lines} waits`);
      }
    }
    for (const [, lines, open] of here(AHEAD)) {
      const { step: is, said } = await typist.tries(step, lines);
      if (is !== open) {
        wrong.push(`${name}: ${lines.join(" ⏎ ")} leads to ${is}\n${said.slice(-600)}`);
      }
    }
  };
  try {
    for (const id of ["01", "02", "03", "04", "05", "06", "07", "08"]) {
      const only = Deno.env.get("ONLY");
      for (const step of await typist.enter(id)) {
        const t0 = performance.now();
        if (!only || only.includes(id)) await at(`${id} ${step.id}`, step);
        const t1 = performance.now();
        await typist.does(step);
        dbg(`== ${id} ${step.id} ${Math.round(t1 - t0)} ${Math.round(performance.now() - t1)}`);
      }
      if (only?.endsWith(id)) break;
    }
  } finally {
    await typist.close();
  }
  assert.equal(wrong.length, 0, `${wrong.length} wrong:\n\n${wrong.join("\n\n")}`);
});
