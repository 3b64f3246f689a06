/**
 * Asks Go's encoding/json of texts and keeps what it says in testdata/json.json:
 *
 *   deno run -A tests/go/record_json.ts
 *
 * @module
 */
const TEXTS = [
  "null",
  "5",
  "true",
  '"x"',
  "[]",
  "{}",
  '{"status":5}',
  '{"status":null}',
  '{"status":"success","data":null}',
  '{"data":5}',
  '{"data":[]}',
  '{"data":{"resultType":5}}',
  '{"data":{"resultType":"scalar","result":[1.5,"2"]}}',
  '{"data":{"result":5}}',
  '{"data":{"result":{}}}',
  '{"data":{"result":[5]}}',
  '{"data":{"result":[null]}}',
  '{"data":{"result":["a"]}}',
  '{"data":{"result":[{"value":5}]}}',
  '{"data":{"result":[{"value":[null,{}]}]}}',
  '{"data":{"result":[{"metric":[]}]}}',
  '{"data":{"result":[5,"x"],"resultType":5}}',
  '{"data":{"resultType":[],"result":true}}',
  '{"other":{"status":5},"status":[]}',
  "",
  " ",
  "{",
  '{"a":1,}',
  "{}x",
  "<html>",
  "nul",
  "OK",
];
const here = import.meta.dirname!;
const go = new Deno.Command("go", {
  args: ["run", "."],
  cwd: `${here}/json_recorder`,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
await input.write(new TextEncoder().encode(JSON.stringify(TEXTS)));
await input.close();
const { success, stdout } = await go.output();
if (!success) Deno.exit(1);
const { version, rows }: { version: string; rows: unknown[] } = JSON.parse(
  new TextDecoder().decode(stdout),
);
const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
await Deno.writeTextFile(
  `${here}/testdata/json.json`,
  `{"tool": "encoding/json", "version": "${version}", "recorded": "${
    new Date().toISOString().slice(0, 10)
  }", "rows": [\n${lines}\n]}\n`,
);
console.log(`${rows.length} texts`);
