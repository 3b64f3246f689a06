/**
 * Records what a kube-apiserver answers to lists and watches:
 * `deno run -A --unsafely-ignore-certificate-errors=127.0.0.1 tests/sim/api/record_list_watch.ts URL TOKEN`.
 *
 * @module
 */
import { listsAndWatches } from "./_list_watch_scenario.ts";
import { Genuine } from "./_genuine.ts";

const [base, token] = Deno.args;
const genuine = new Genuine(base, token);
const gitVersion = await genuine.version();
const answers = await listsAndWatches(genuine.send, 10_000);
const record = {
  tool: `kube-apiserver ${gitVersion}`,
  date: new Date().toISOString().slice(0, 10),
  answers,
};
Deno.writeTextFileSync(
  new URL("./testdata/list_watch.json", import.meta.url),
  JSON.stringify(record, null, 1) + "\n",
);
Deno.exit(0);
