/**
 * Asks tidwall/gjson where {@linkcode questions} lead, shows where ours differs, and with `--write` keeps the answers in
 * testdata/paths.json:
 *
 *   deno run -A tests/sim/programs/keda/record_paths.ts [COUNT [SEED]] [--write]
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { type Answer, answer, comparable, questions } from "./_paths.ts";

const here = import.meta.dirname!;
const [count = "400", seed = "1"] = Deno.args.filter((arg) => !arg.startsWith("--"));
const asked = questions(Number(count), Number(seed));
const go = new Deno.Command("go", {
  args: ["run", "."],
  cwd: `${here}/path_recorder`,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
const writing = input.write(new TextEncoder().encode(JSON.stringify(asked)))
  .then(() => input.close());
const { success, stdout } = await go.output();
await writing;
if (!success) Deno.exit(1);
const recorded: { version: string; answers: Answer[] } = JSON.parse(
  new TextDecoder().decode(stdout),
);
const rows = asked.map((question, i) => ({ ...question, ...recorded.answers[i] }));
const differ = rows.filter(({ type, value, ...question }) => {
  const ours = answer(question);
  const isSame = isDeepStrictEqual(comparable(ours), comparable({ type, value }));
  if (!isSame) {
    console.log(
      `${question.path} of ${question.document}\n  theirs ${type} ${value}\n  ours   ${ours.type} ${ours.value}`,
    );
  }
  return !isSame;
});
console.log(`${rows.length} paths, ${differ.length} differ`);
if (Deno.args.includes("--write")) {
  const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
  await Deno.writeTextFile(
    `${here}/testdata/paths.json`,
    `{"tool": "github.com/tidwall/gjson", "version": ${
      JSON.stringify(recorded.version)
    }, "recorded": "${new Date().toISOString().slice(0, 10)}", "rows": [\n${lines}\n]}\n`,
  );
}
