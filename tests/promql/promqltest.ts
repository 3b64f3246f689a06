/**
 * Runs scripts in Prometheus' own test language (prometheus/prometheus promql/promqltest/README.md):
 *
 *     deno task promqltest FILE…
 *
 * Every evaluation that differs is told with its line. What the store has no room for, native histograms above all, is
 * counted as left out. Exit status: 0, 1 when an evaluation differs, 2 when a file cannot be read.
 *
 * @module
 */
import { parseScript, ScriptError } from "./promqltest/script.ts";
import { runScript } from "./promqltest/run.ts";

let exitCode = Deno.args.length === 0 ? 2 : 0;
if (exitCode === 2) console.error("usage: deno task promqltest FILE…");
for (const file of Deno.args) {
  try {
    const verdicts = runScript(parseScript(await Deno.readTextFile(file)));
    const wrong = verdicts.filter(({ problem }) => problem !== undefined);
    for (const { line, expr, problem } of wrong) {
      console.log(`${file}:${line}: ${expr}\n  ${problem}`);
    }
    const out = new Map<string, number>();
    for (const { leftOut } of verdicts) if (leftOut) out.set(leftOut, (out.get(leftOut) ?? 0) + 1);
    const notes = Array.from(out, ([what, count]) => `, ${count} left out (${what})`).join("");
    const passed = verdicts.filter(({ problem, leftOut }) => problem === undefined && !leftOut);
    console.log(`${file}: ${passed.length} passed, ${wrong.length} differ${notes}`);
    if (wrong.length > 0) exitCode = Math.max(exitCode, 1);
  } catch (error) {
    const isRead = error instanceof ScriptError || error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.IsADirectory || error instanceof Deno.errors.PermissionDenied;
    if (!isRead) throw error;
    const place = error instanceof ScriptError ? [error.line, error.column ?? []].flat() : [];
    const at = place.map((number) => `:${number}`).join("");
    console.error(`${file}${at}: ${error.message}`);
    exitCode = 2;
  }
}
Deno.exit(exitCode);
