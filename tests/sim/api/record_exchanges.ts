/**
 * Asks a kube-apiserver anew what the requests of `testdata/exchanges.json` ask:
 * `deno run -A --unsafely-ignore-certificate-errors=127.0.0.1 tests/sim/api/record_exchanges.ts URL TOKEN`.
 * It takes an API server without controllers, and a token of `system:masters`.
 *
 * @module
 */
import { exchange, type Exchanges, FILE } from "./_exchanges.ts";

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

const { gitVersion } = await (await send(new Request("https://lab/version"))).json();
const { exchanges }: Exchanges = JSON.parse(Deno.readTextFileSync(FILE));
const recorded: string[] = [];
for (const [i, { name, steps }] of exchanges.entries()) {
  const namespace = `exchange-${Date.now().toString(36)}-${i}`;
  await make("/api/v1/namespaces", namespace);
  await make(`/api/v1/namespaces/${namespace}/serviceaccounts`, "default");
  const answers = await exchange(send, namespace, steps);
  const lines = steps.map(({ answer: _, ...asked }, j) =>
    JSON.stringify({ ...asked, answer: answers[j] })
  );
  recorded.push(`{"name":${JSON.stringify(name)},"steps":[\n${lines.join(",\n")}\n]}`);
}
const date = new Date().toISOString().slice(0, 10);
Deno.writeTextFileSync(
  FILE,
  `{"tool":"kube-apiserver ${gitVersion}","date":"${date}","exchanges":[\n${
    recorded.join(",\n")
  }\n]}\n`,
);
