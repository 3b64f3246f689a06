/**
 * Shows HPA manifests to upstream's own API machinery, and writes what it makes of them into
 * `testdata/hpa_objects.jsonl`, with how the server's tables and `kubectl describe` show those let in.
 *
 *     deno run -A tests/sim/api/record_hpa_objects.ts path/to/api path/to/show
 *
 * Both read an object a line and answer a line: `api` what the API machinery of `k8s.io/kubernetes` v1.36.3
 * makes of a manifest, `show` how its printers and `kubectl describe` show one. They are not part of this
 * project.
 */
import { hpaObjects } from "./_hpa_objects.ts";

type Json = any;

async function ask(program: string, lines: Json[]): Promise<Json[]> {
  const process = new Deno.Command(program, { stdin: "piped", stdout: "piped" }).spawn();
  const output = process.output();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(lines.map((o) => JSON.stringify(o)).join("\n")));
  await writer.close();
  const answers = new TextDecoder().decode((await output).stdout).trim().split("\n");
  if (answers.length !== lines.length) throw new Error(`${answers.length} answers`);
  return answers.map((line) => JSON.parse(line));
}

const [api, show] = Deno.args;
const objects = hpaObjects(1);
const answers = await ask(api, objects);
const shown = await ask(show, answers.flatMap(({ v2 }) => (v2 ? [v2] : [])));
const head =
  "# What kube-apiserver and kubectl make of HPAs, recorded with record_hpa_objects.ts: " +
  "k8s.io/kubernetes v1.36.3 pkg/apis/autoscaling, pkg/registry/autoscaling, pkg/printers, " +
  `k8s.io/kubectl v0.36.3 pkg/describe, ${new Date().toISOString().slice(0, 10)}`;
const lines = objects.map((object, i) => {
  const answer = answers[i];
  return JSON.stringify({ ...object, answer, ...(answer.v2 ? { shown: shown.shift() } : {}) });
});
const path = new URL("testdata/hpa_objects.jsonl", import.meta.url);
Deno.writeTextFileSync(path, [head, ...lines, ""].join("\n"));
