import assert from "node:assert/strict";
import { type DryRuns, FILE, offer } from "./_dry_runs.ts";
import { testServer } from "./fixtures.ts";

const { tool, date, cases }: DryRuns = JSON.parse(Deno.readTextFileSync(FILE));

Deno.test(`objects are filled in, warned of and refused as ${tool} did on ${date}`, async (t) => {
  for (const [i, { path, body, answer }] of cases.entries()) {
    const what = JSON.stringify(body.spec ?? body).slice(0, 120);
    await t.step(`${i}. ${path.split("/").at(-1)} ${what}`, async () => {
      const { server } = testServer("v");
      const given = await offer((request) => server.handle(request), { path, body });
      assert.deepEqual(given, answer);
    });
  }
});
