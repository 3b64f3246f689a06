/**
 * Asks a kube-apiserver anew what the requests of `testdata/exchanges.json` ask:
 * `deno run -A --unsafely-ignore-certificate-errors=127.0.0.1 tests/sim/api/record_exchanges.ts URL TOKEN`.
 * It takes an API server without controllers, and a token of `system:masters`.
 *
 * @module
 */
import { exchange, type Exchanges, FILE } from "./_exchanges.ts";
import { Genuine } from "./_genuine.ts";

const [base, token] = Deno.args;
const genuine = new Genuine(base, token);

const gitVersion = await genuine.version();
const { exchanges }: Exchanges = JSON.parse(Deno.readTextFileSync(FILE));
const recorded: string[] = [];
for (const [i, { name, steps }] of exchanges.entries()) {
  const namespace = `exchange-${Date.now().toString(36)}-${i}`;
  await genuine.make("/api/v1/namespaces", namespace);
  await genuine.make(`/api/v1/namespaces/${namespace}/serviceaccounts`, "default");
  const answers = await exchange(genuine.send, namespace, steps);
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
