import assert from "node:assert/strict";
import { ApiServer } from "../../../lib/sim/api/mod.ts";
import { testServer } from "./fixtures.ts";

interface Refusal {
  name: string;
  path: string;
  method: string;
  ct: string;
  query: string;
  body: unknown;
  setup: [path: string, body: unknown][];
  answer: "accepted" | { code: number; reason?: string; message: string; details?: unknown };
}

/** Requests that kube-apiserver v1.36.3 refused (or did not), in the order they were sent to it. */
const { cases }: { cases: Refusal[] } = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/refusals.json", import.meta.url)),
);

/** Where this server is known to say something else, and why. */
const DIFFERENT: Record<string, string> = {
  "merge patch wrong type": "what it shows of the object has managedFields",
  "pod env changed": "upstream adds a dump of the difference",
};

async function send(
  server: ApiServer,
  method: string,
  path: string,
  body?: unknown,
  type = "application/json",
): Promise<{ status: number; json: any }> {
  const response = await server.handle(
    new Request(`https://lab${path}`, {
      method,
      headers: { "content-type": type, accept: "application/json" },
      ...(method === "GET" || body === "" ? {} : {
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    }),
  );
  const text = await response.text();
  return { status: response.status, json: JSON.parse(text) };
}

/** uids are made anew in every run. */
function steady(text: string): string {
  return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>");
}

Deno.test("the API server refuses what kube-apiserver refuses, in its words", async (t) => {
  const { server } = testServer("v");
  for (const one of cases) {
    for (const [path, body] of one.setup) {
      const made = await send(server, "POST", path, body);
      assert.equal(made.status, 201, `${path}: ${made.json.message}`);
    }
    const { json } = await send(server, one.method, one.path + one.query, one.body, one.ct);
    const accepted = json.kind !== "Status";
    if (accepted && one.method === "POST") {
      await send(server, "DELETE", `${one.path}/${json.metadata.name}`, "");
    }
    const actual = accepted ? "accepted" : steady(json.message);
    const expected = one.answer === "accepted" ? "accepted" : steady(one.answer.message);
    await t.step(one.name, () => {
      if (one.name in DIFFERENT) {
        assert.notEqual(actual, expected, "no longer different: take it off the list");
        return;
      }
      assert.equal(actual, expected);
      if (one.answer === "accepted") return;
      assert.equal(json.code, one.answer.code);
      assert.equal(json.reason, one.answer.reason);
      if (one.name === "image changed to nothing") return; // Upstream lists the one cause twice.
      assert.deepEqual(
        JSON.parse(steady(JSON.stringify(json.details ?? null))),
        JSON.parse(steady(JSON.stringify(one.answer.details ?? null))),
      );
    });
  }
});
