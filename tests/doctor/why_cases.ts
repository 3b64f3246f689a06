/**
 * `deno task why-cases FILE…`: start states that `why` is asked about, JSON lines in the format of
 * why_cases.schema.json, told in docs/why-cases.md. A line with `expect` is compared, a line without is answered.
 * Exits 1 on a difference, 2 on a file that cannot be read as cases.
 *
 * @module
 */
import { resolve } from "node:path";
import { ScenarioError } from "../scenarios/_lab.ts";
import { CaseError, readCases } from "./_why_case.ts";
import { CaseLabs, differences } from "./_why_case_run.ts";

/** Runs the cases of a text; `say` gets a line for each answer and each difference. Gives how many went wrong. */
export async function runCases(
  file: string,
  text: string,
  labs: CaseLabs,
  say: (line: string) => void,
): Promise<number> {
  let wrong = 0;
  for (const { line, given } of readCases(file, text)) {
    const at = `${file}:${line}: ${given.name ? `${given.name}: ` : ""}`;
    try {
      const answer = await labs.run(given);
      if (!given.expect) {
        say(JSON.stringify({ ...given.name ? { name: given.name } : {}, line, ...answer }));
        continue;
      }
      const found = differences(given.expect, answer);
      for (const difference of found) say(at + difference);
      if (found.length > 0) wrong++;
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      say(at + error.message);
      wrong++;
    }
  }
  return wrong;
}

if (import.meta.main) {
  if (Deno.args.length === 0 || Deno.args.some((arg) => arg.startsWith("--"))) {
    console.error("Usage: deno task why-cases FILE…\nThe format is told in docs/why-cases.md.");
    Deno.exit(2);
  }
  const labs = new CaseLabs();
  try {
    for (const file of Deno.args) {
      // A task runs in the project's folder; INIT_CWD is where it was typed.
      const path = resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), file);
      const text = file === "-"
        ? await new Response(Deno.stdin.readable).text()
        : await Deno.readTextFile(path);
      if (await runCases(file, text, labs, (line) => console.log(line)) > 0) Deno.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof CaseError || error instanceof Deno.errors.NotFound)) throw error;
    console.error(error.message);
    Deno.exitCode = 2;
  } finally {
    await labs.close();
  }
}
