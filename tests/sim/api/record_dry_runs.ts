/**
 * Asks a kube-apiserver anew what the requests of `testdata/dry_runs.json` ask:
 * `deno run -A --unsafely-ignore-certificate-errors=127.0.0.1 tests/sim/api/record_dry_runs.ts URL TOKEN`.
 * It takes an API server without controllers, so that nothing else gives a namespace what is in it.
 *
 * @module
 */
import { type DryRuns, FILE, offer } from "./_dry_runs.ts";

const [base, token] = Deno.args;
const send = (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url);
  const asked = new Request(`${base}${pathname}${search}`, request);
  asked.headers.set("authorization", `Bearer ${token}`);
  return fetch(asked);
};

async function make(path: string, name: string): Promise<void> {
  const body = JSON.stringify({ metadata: { name } });
  const headers = { "content-type": "application/json" };
  await (await send(new Request(`https://lab${path}`, { method: "POST", headers, body }))).text();
}

await make("/api/v1/namespaces", "v");
await make("/api/v1/namespaces/v/serviceaccounts", "default");
const { gitVersion } = await (await send(new Request("https://lab/version"))).json();
const { cases }: DryRuns = JSON.parse(Deno.readTextFileSync(FILE));
const record: DryRuns = {
  tool: `kube-apiserver ${gitVersion}`,
  date: new Date().toISOString().slice(0, 10),
  cases: [],
};
for (const { path, body } of cases) {
  record.cases.push({ path, body, answer: await offer(send, { path, body }) });
}
const lines = record.cases.map((one) => JSON.stringify(one)).join(",\n");
const { tool, date } = record;
Deno.writeTextFileSync(
  FILE,
  `{"tool":${JSON.stringify(tool)},"date":${JSON.stringify(date)},"cases":[\n${lines}\n]}\n`,
);
