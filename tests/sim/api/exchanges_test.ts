import assert from "node:assert/strict";
import { exchange, type Exchanges, FILE } from "./_exchanges.ts";
import { testServer } from "./fixtures.ts";

const { tool, date, exchanges }: Exchanges = JSON.parse(Deno.readTextFileSync(FILE));

Deno.test(`requests are answered as ${tool} did on ${date}`, async (t) => {
  for (const [i, { name, steps }] of exchanges.entries()) {
    const namespace = `exchange-${i}`;
    const { server } = testServer(namespace);
    const answers = await exchange((request) => server.handle(request), namespace, steps);
    for (const [j, { method, path, body, answer }] of steps.entries()) {
      const what = `${method} ${path.replace(/^.*\{ns\}/, "…")} ${JSON.stringify(body) ?? ""}`;
      await t.step(`${name} ${j}. ${what.slice(0, 120)}`, () => {
        assert.deepEqual(answers[j], answer);
      });
    }
  }
});
