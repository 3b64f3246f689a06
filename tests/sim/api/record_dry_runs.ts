/**
 * Asks a kube-apiserver anew what the requests of `testdata/dry_runs.json` ask:
 * `deno run -A --unsafely-ignore-certificate-errors=127.0.0.1 tests/sim/api/record_dry_runs.ts URL TOKEN`.
 * It takes an API server without controllers, so that nothing else gives a namespace what is in it.
 *
 * @module
 */
import { type DryRuns, FILE, offer } from "./_dry_runs.ts";
import { Genuine } from "./_genuine.ts";

const [base, token] = Deno.args;
const genuine = new Genuine(base, token);

await genuine.make("/api/v1/namespaces", "v");
await genuine.make("/api/v1/namespaces/v/serviceaccounts", "default");
const gitVersion = await genuine.version();
const { cases }: DryRuns = JSON.parse(Deno.readTextFileSync(FILE));
const record: DryRuns = {
  tool: `kube-apiserver ${gitVersion}`,
  date: new Date().toISOString().slice(0, 10),
  cases: [],
};
for (const { path, body } of cases) {
  record.cases.push({ path, body, answer: await offer(genuine.send, { path, body }) });
}
const lines = record.cases.map((one) => JSON.stringify(one)).join(",\n");
const { tool, date } = record;
Deno.writeTextFileSync(
  FILE,
  `{"tool":${JSON.stringify(tool)},"date":${JSON.stringify(date)},"cases":[\n${lines}\n]}\n`,
);
