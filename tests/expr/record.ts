/**
 * Asks upstream's engine what it makes of {@linkcode expressions}, shows where ours differs, and with `--write` keeps
 * the answers in testdata/expr.json:
 *
 *   deno run -A tests/expr/record.ts [COUNT [SEED]] [--write]
 *
 * @module
 */
import { type Answer, answer, comparable } from "./_answer.ts";
import { expressions } from "./_expressions.ts";

const here = import.meta.dirname!;
const [count = "600", seed = "1"] = Deno.args.filter((arg) => !arg.startsWith("--"));
const questions = expressions(Number(count), Number(seed));
const go = new Deno.Command("go", {
  args: ["run", "."],
  cwd: `${here}/recorder`,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
const writing = input.write(new TextEncoder().encode(JSON.stringify(questions)))
  .then(() => input.close());
const { success, stdout } = await go.output();
await writing;
if (!success) Deno.exit(1);
const recorded: { version: string; answers: Answer[] } = JSON.parse(
  new TextDecoder().decode(stdout),
);
const rows = questions.map(({ source }, i) => ({ source, ...recorded.answers[i] }));
let differ = 0;
for (const [i, question] of questions.entries()) {
  const theirs = JSON.stringify(comparable(recorded.answers[i]));
  let ours: string;
  try {
    ours = JSON.stringify(answer(question, Date.now()));
  } catch (error) {
    ours = `threw ${error}`;
  }
  if (ours === theirs) continue;
  differ++;
  console.log(`${question.source}\n  theirs ${theirs}\n  ours   ${ours}`);
}
console.log(`${questions.length} expressions, ${differ} differ`);
if (Deno.args.includes("--write")) {
  const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
  await Deno.writeTextFile(
    `${here}/testdata/expr.json`,
    `{"tool": "github.com/expr-lang/expr", "version": ${
      JSON.stringify(recorded.version)
    }, "recorded": "${new Date().toISOString().slice(0, 10)}", "rows": [\n${lines}\n]}\n`,
  );
}
