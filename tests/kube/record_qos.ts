/**
 * Writes what Kubernetes makes of {@linkcode QOS_CASES} into testdata/qos.json:
 *
 *   (cd tests/kube/qos_recorder && go mod tidy) && deno run -A tests/kube/record_qos.ts
 *
 * @module
 */
import { QOS_CASES } from "./_qos_cases.ts";

const here = import.meta.dirname!;
const go = new Deno.Command("go", {
  args: ["run", "."],
  cwd: `${here}/qos_recorder`,
  stdin: "piped",
  stdout: "piped",
}).spawn();
const input = go.stdin.getWriter();
await input.write(new TextEncoder().encode(JSON.stringify(QOS_CASES)));
await input.close();
const { success, stdout } = await go.output();
if (!success) Deno.exit(1);
await Deno.writeFile(`${here}/testdata/qos.json`, stdout);
