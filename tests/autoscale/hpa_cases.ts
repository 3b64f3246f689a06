/**
 * Runs files of HPA cases, one JSON object a line, through the autoscaler's own arithmetic:
 *
 *     deno task hpa-cases [--explain] FILE…
 *
 * A line that carries `expect` is compared; one that does not is answered on standard output, as JSON
 * or, with `--explain`, as sums that a person can follow. The
 * format is that of hpa_cases.schema.json, told in docs/hpa-cases.md. Exit status: 0, 1 when a line
 * differs from what it expects, 2 when a line or a file cannot be read.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { CaseError, caseLines, type HpaCase, parseCase } from "./_hpa_case.ts";
import { differences, hasExpectations } from "./_hpa_case_compare.ts";
import { type Outcome, runCase } from "./_hpa_case_run.ts";

export interface Report {
  stdout: string[];
  stderr: string[];
  exitCode: number;
}

/** Runs the cases in one file's text; `file` is what messages call it. */
export function runFile(
  file: string,
  text: string,
  options: { explain?: boolean } = {},
): Report & { cases: number; wrong: number } {
  const report = { stdout: [], stderr: [], exitCode: 0, cases: 0, wrong: 0 } as
    & Report
    & { cases: number; wrong: number };
  for (const { line, text: source } of caseLines(text)) {
    report.cases++;
    try {
      const given = parseCase(source);
      const outcome = runCase(given);
      const different = differences(given, outcome);
      if (!hasExpectations(given)) {
        report.stdout.push(
          ...options.explain
            ? explanation(given, line, outcome)
            : [answerLine(given, line, outcome)],
        );
      }
      if (different.length === 0) continue;
      report.exitCode = Math.max(report.exitCode, 1);
      const title = given.name ? `${given.name}: ` : "";
      report.stderr.push(...different.map((text) => `${file}:${line}: ${title}${text}`));
    } catch (error) {
      if (!(error instanceof CaseError || isInputFault(error))) throw error;
      report.exitCode = 2;
      report.stderr.push(`${file}:${line}: ${(error as Error).message}`);
    }
    report.wrong++;
  }
  return report;
}

/** Text in a case that will not parse, such as a quantity. */
function isInputFault(error: unknown): boolean {
  return error instanceof SyntaxError || error instanceof RangeError;
}

function answerLine({ name }: HpaCase, line: number, { refused, answers }: Outcome): string {
  const title = { ...(name ? { name } : {}), line };
  if (refused) return JSON.stringify({ ...title, refused });
  return JSON.stringify(
    answers.length === 1 ? { ...title, ...answers[0] } : { ...title, steps: answers },
  );
}

/** What was decided and why, in lines. */
function explanation({ name }: HpaCase, line: number, { refused, answers }: Outcome): string[] {
  const title = `line ${line}${name ? `: ${name}` : ""}`;
  if (refused) return [title, ...refused.map((text) => `  refused: ${text}`)];
  return answers.flatMap(({ at, events, explanation }, i) => [
    answers.length === 1 ? title : `${title}, sync ${i + 1} at ${at}`,
    ...explanation.map((text) => `  ${text}`),
    ...events.map(({ type, reason, message }) => `  ${type} ${reason}: ${message}`),
  ]);
}

if (import.meta.main) {
  const files = Deno.args.filter((arg) => !arg.startsWith("--"));
  const explain = Deno.args.includes("--explain");
  if (files.length === 0 || Deno.args.some((arg) => /^--(?!explain$)/.test(arg))) {
    console.error(
      "Usage: deno task hpa-cases [--explain] FILE…\nThe format is told in docs/hpa-cases.md.",
    );
    Deno.exit(2);
  }
  let exitCode = 0;
  let [cases, wrong] = [0, 0];
  for (const file of files) {
    // A task runs in the project's folder, whatever folder it was called from.
    const path = isAbsolute(file) ? file : join(Deno.env.get("INIT_CWD") ?? Deno.cwd(), file);
    let text: string;
    try {
      text = file === "-"
        ? await new Response(Deno.stdin.readable).text()
        : Deno.readTextFileSync(path);
    } catch (error) {
      console.error(`${file}: ${(error as Error).message}`);
      exitCode = 2;
      continue;
    }
    const report = runFile(file, text, { explain });
    for (const line of report.stdout) console.log(line);
    for (const line of report.stderr) console.error(line);
    exitCode = Math.max(exitCode, report.exitCode);
    cases += report.cases;
    wrong += report.wrong;
  }
  console.error(`${cases} cases, ${cases - wrong} well, ${wrong} not`);
  Deno.exit(exitCode);
}
