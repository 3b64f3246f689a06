import assert from "node:assert/strict";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

interface Step {
  name: string;
  method: string;
  path: string;
  query?: string;
  ct?: string;
  body?: unknown;
  answer: { code: number; warnings?: string[]; crd?: Json; [part: string]: Json };
}

/** Definitions and custom resources, right and wrong, as kube-apiserver answered them, in order. */
const { steps }: { steps: Step[] } = JSON.parse(
  Deno.readTextFileSync(new URL("testdata/custom_resources.json", import.meta.url)),
);

/** Where this server is known to say something else, and why. */
const DIFFERENT: Record<string, string> = {
  "a version that is not served": "a Status, which clients make of upstream's plain text, too",
  "nothing is served of it": "a Status, which clients make of upstream's plain text, too",
};

function statusOf({ status = {} }: Json): Json {
  return {
    acceptedNames: status.acceptedNames,
    storedVersions: status.storedVersions,
    conditions: status.conditions.map(({ type, status, reason, message }: Json) => ({
      type,
      status,
      reason,
      message,
    })),
  };
}

Deno.test("custom resources are validated, pruned, defaulted and served as kube-apiserver does it", async (t) => {
  const { server } = testServer("v");
  for (const { name, method, path, query, ct, body, answer } of steps) {
    const { status, json, headers } = send(server, {
      method,
      path: query ? `${path}?${query}` : path,
      body,
      ...(ct ? { type: ct } : {}),
    });
    await t.step(name, () => {
      const { warnings, code, crd, ...parts } = answer;
      if (name in DIFFERENT) {
        return assert.notEqual(json.message, parts.message, "no longer different");
      }
      assert.equal(status, code, json.message);
      const actual = Object.fromEntries(Object.keys(parts).map((key) => [key, json[key]]));
      assert.deepEqual(actual, parts);
      if (crd) assert.deepEqual(statusOf(json), crd);
      assert.deepEqual(headers.warning, warnings?.join(", "));
    });
  }
});
