/**
 * Shows HPA manifests to upstream's own API machinery, and writes what it makes of them into
 * `testdata/hpa_objects.jsonl`.
 *
 *     deno run -A tests/sim/api/record_hpa_objects.ts path/to/apijudge
 *
 * The program is built from `testdata/apijudge/main.go`, as that of tests/autoscale/testdata/judge.
 */
import { hpaObjects } from "./_hpa_objects.ts";

const objects = hpaObjects(1);
const process = new Deno.Command(Deno.args[0], { stdin: "piped", stdout: "piped" }).spawn();
const writer = process.stdin.getWriter();
await writer.write(new TextEncoder().encode(objects.map((o) => JSON.stringify(o)).join("\n")));
await writer.close();
const { stdout } = await process.output();
const answers = new TextDecoder().decode(stdout).trim().split("\n");
if (answers.length !== objects.length) throw new Error(`${answers.length} answers`);
const head =
  "# What kube-apiserver makes of HPAs, recorded with record_hpa_objects.ts: k8s.io/kubernetes v1.36.3 " +
  `pkg/apis/autoscaling, pkg/registry/autoscaling, ${new Date().toISOString().slice(0, 10)}`;
const lines = objects.map((object, i) =>
  JSON.stringify({ ...object, answer: JSON.parse(answers[i]) })
);
Deno.writeTextFileSync(
  new URL("testdata/hpa_objects.jsonl", import.meta.url),
  [head, ...lines, ""].join("\n"),
);
