/**
 * `deno task adapter-cases FILE…`: prometheus-adapter on cases of your own, JSON lines in the format
 * of adapter_cases.schema.json. A line with `expect` is compared, a line without is answered.
 * Exits 1 on a difference, 2 on a file that cannot be read as cases.
 */
import { resolve } from "node:path";
import { differences } from "./_case_expect.ts";
import { CaseError, readCases, toCase } from "./_case_file.ts";
import { type CaseAnswer, runCase, tryRules } from "./_case_runner.ts";

/** Runs the files; gives what to print and the exit status. */
export function runFiles(
  files: readonly string[],
  read: (file: string) => string,
): { lines: string[]; status: number } {
  const lines: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    for (const { line, raw } of readCases(file, read(file))) {
      const one = toCase(raw, `${file}:${line}`);
      const answer = runCase(one);
      if (!one.expect) {
        lines.push(JSON.stringify({ ...shown(one.name, answer), rules: tryRules(one) }));
        continue;
      }
      const found = differences(one.expect, answer);
      if (found.length === 0) passed++;
      else {
        failed++;
        lines.push(`${file}:${line}: ${one.name}`, ...found.map((text) => `  ${text}`));
      }
    }
  }
  if (passed + failed > 0) lines.push(`${passed} passed, ${failed} failed`);
  return { lines, status: failed > 0 ? 1 : 0 };
}

/** An answer as it is printed: the list of the first group, all of them when there are more. */
function shown(name: string, { lists, responses, ...rest }: CaseAnswer) {
  const [response, ...more] = responses;
  return {
    name,
    list: lists,
    promql: responses.flatMap(({ promql }) => promql),
    ...(response ? { response } : {}),
    ...(more.length > 0 ? { responses } : {}),
    ...rest,
  };
}

/** `deno task` runs in the project's folder; INIT_CWD is where it was typed. */
function readText(file: string): string {
  return Deno.readTextFileSync(resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), file));
}

if (import.meta.main) {
  const files = Deno.args.filter((arg) => arg === "-" || !arg.startsWith("-"));
  if (files.length === 0) {
    console.error("usage: deno task adapter-cases FILE…\nThe format: docs/adapter-cases.md");
    Deno.exit(2);
  }
  try {
    const input = files.includes("-") ? await new Response(Deno.stdin.readable).text() : "";
    const { lines, status } = runFiles(files, (file) => file === "-" ? input : readText(file));
    if (lines.length > 0) console.log(lines.join("\n"));
    Deno.exit(status);
  } catch (error) {
    if (!(error instanceof CaseError || error instanceof Deno.errors.NotFound)) throw error;
    console.error(error.message);
    Deno.exit(2);
  }
}
