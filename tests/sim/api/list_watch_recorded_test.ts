import assert from "node:assert/strict";
import { type Answer, listsAndWatches } from "./_list_watch_scenario.ts";
import { testServer } from "./fixtures.ts";

const recorded: { tool: string; date: string; answers: Answer[] } = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/list_watch.json", import.meta.url)),
);

/** Where this server is known to say something else, and why. */
const DIFFERENT: Record<string, string> = {};

Deno.test(`lists and watches are answered as ${recorded.tool} did on ${recorded.date}`, async (t) => {
  const { server } = testServer();
  const answers = await listsAndWatches((request) => server.handle(request), 500);
  assert.deepEqual(answers.map(({ ask }) => ask), recorded.answers.map(({ ask }) => ask));
  for (const [i, { ask, answer }] of answers.entries()) {
    await t.step(`${i}. ${ask.replace(/^\/api\/v1\/namespaces\/list-watch/, "…")}`, () => {
      const expected = recorded.answers[i].answer;
      if (DIFFERENT[ask]) assert.notDeepEqual(answer, expected, "no longer different: take it off");
      else assert.deepEqual(answer, expected);
    });
  }
});
