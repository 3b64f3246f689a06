import assert from "node:assert/strict";
import type { ApiServer } from "../../../../lib/sim/api/mod.ts";
import { testServer } from "../fixtures.ts";

interface Step {
  method: string;
  path: string;
  query?: string;
  ct?: string;
  ua?: string;
  body?: unknown;
  answer: { code: number; [part: string]: any };
}

/** Writes by many managers as kube-apiserver answered them, in order; `$rv` stands for the present revision. */
const recorded: { crd: unknown; cases: { name: string; steps: Step[] }[] } = JSON.parse(
  Deno.readTextFileSync(new URL("../testdata/managed_fields.json", import.meta.url)),
);

/** Where this server is known to say something else, and why. */
const DIFFERENT: Record<string, string> = {};

async function send(server: ApiServer, step: Omit<Step, "answer">) {
  const { method, path, query = "", ct = "application/json", ua, body } = step;
  const response = await server.handle(
    new Request(`https://lab${path}?${query}`, {
      method,
      headers: { "content-type": ct, ...(ua ? { "user-agent": ua } : {}) },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
  return { status: response.status, json: JSON.parse(await response.text()) };
}

/** Entries without their times, in an order that does not depend on them. */
function entries(managedFields: Record<string, unknown>[] | undefined): unknown[] | undefined {
  return managedFields?.map(({ time: _, ...entry }) => entry)
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf({ manager, operation, subresource, apiVersion }: Record<string, unknown>): string {
  return [manager, operation, subresource, apiVersion].join(" ");
}

/** Conflicts of several managers come from upstream in no order. */
function ordered(details: any): any {
  if (!details?.causes) return details;
  const causes = [...details.causes].sort((a, b) => (a.field < b.field ? -1 : 1));
  return { ...details, causes };
}

/** The parts of an answer that were recorded. */
function kept(json: any, status: number, expected: Step["answer"]): unknown {
  const out: Record<string, unknown> = { code: status };
  for (const key of Object.keys(expected)) {
    if (key === "managedFields") out.managedFields = entries(json.metadata?.managedFields);
    else if (["labels", "annotations", "finalizers"].includes(key)) out[key] = json.metadata?.[key];
    else if (key === "details") out.details = ordered(json.details);
    else if (key !== "code") out[key] = json[key];
  }
  return steady(out);
}

/** Addresses and node ports are given out anew in every run. */
function steady(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/"(clusterIP)":"[^"]*"/g, '"$1":"<ip>"')
    .replace(/"clusterIPs":\[[^\]]*\]/g, '"clusterIPs":["<ip>"]')
    .replace(/"nodePort":\d+/g, '"nodePort":0');
  return JSON.parse(text);
}

Deno.test("fields have the managers that kube-apiserver gives them", async (t) => {
  const { server } = testServer("v");
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const made = await send(server, { method: "POST", path: definitions, body: recorded.crd });
  assert.equal(made.status, 201, made.json.message);
  for (const { name, steps } of recorded.cases) {
    await t.step(name, async (t) => {
      for (const [i, step] of steps.entries()) {
        let { body } = step;
        if (JSON.stringify(body ?? null).includes("$rv")) {
          const { json } = await send(server, { method: "GET", path: step.path });
          body = JSON.parse(JSON.stringify(body).replace("$rv", json.metadata.resourceVersion));
        }
        const { status, json } = await send(server, { ...step, body });
        const { warnings: _, ...answer } = step.answer;
        const expected = steady({
          ...answer,
          ...(answer.details ? { details: ordered(answer.details) } : {}),
          ...(answer.managedFields ? { managedFields: entries(answer.managedFields) } : {}),
        });
        const title = `${i + 1}. ${step.method} ${step.path} ${(step.query ?? "").slice(0, 60)}`;
        await t.step(title, () => {
          const actual = kept(json, status, step.answer);
          if (title in DIFFERENT) {
            return assert.notDeepEqual(actual, expected, "no longer different");
          }
          assert.deepEqual(actual, expected, json.message);
        });
      }
    });
  }
});
