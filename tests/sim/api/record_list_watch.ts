/**
 * Records what a kube-apiserver answers to lists and watches:
 * `deno run -A --unsafely-ignore-certificate-errors=127.0.0.1 tests/sim/api/record_list_watch.ts URL TOKEN`.
 *
 * @module
 */
import { listsAndWatches } from "./_list_watch_scenario.ts";

const [base, token] = Deno.args;
const send = (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url);
  const asked = new Request(`${base}${pathname}${search}`, request);
  asked.headers.set("authorization", `Bearer ${token}`);
  return fetch(asked);
};
const { gitVersion } = await (await send(new Request("https://lab/version"))).json();
const answers = await listsAndWatches(send, 10_000);
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
