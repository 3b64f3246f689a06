import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { decodeProtobuf } from "../../../lib/sim/api/protobuf.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

const PROTOBUF = { "content-type": "application/vnd.kubernetes.protobuf" };
const { samples } = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/protobuf.json", import.meta.url)),
) as { samples: { protobuf: string; object: Json }[] };

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [value & 0x7f | 0x80, ...varint(value >> 7)];

/** Bytes of a message's field that holds bytes. */
const field = (number: number, bytes: Uint8Array | string): Uint8Array<ArrayBuffer> => {
  const held = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return new Uint8Array([...varint(number << 3 | 2), ...varint(held.length), ...held]);
};

/** An object of a few fields, as clients send it. */
function sent(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const meta = new Uint8Array([...field(1, apiVersion), ...field(2, kind)]);
  return new Uint8Array([0x6b, 0x38, 0x73, 0, ...field(1, meta), ...field(2, raw)]);
}

for (const { protobuf, object } of samples) {
  Deno.test(`${object.apiVersion} ${object.kind} is read from protocol buffers as upstream reads it`, () => {
    assert.deepEqual(
      said(decodeProtobuf(Uint8Array.fromBase64(protobuf))),
      said(object),
    );
  });
}

Deno.test("objects of every group are deleted by options in protocol buffers", async () => {
  const { server, api } = testServer("t");
  const metadata = { name: "a", namespace: "t" };
  const spec = {
    maxReplicas: 2,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
  };
  api.create("roles.rbac.authorization.k8s.io", {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [],
  });
  const hpa: KubeObject = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec,
  };
  const made = api.create("horizontalpodautoscalers.autoscaling", hpa);
  const remove = (path: string, apiVersion: string, raw: Uint8Array) =>
    server.handle(
      new Request(`https://lab/apis/${apiVersion}/namespaces/t/${path}`, {
        method: "DELETE",
        headers: PROTOBUF,
        body: sent(apiVersion, "DeleteOptions", raw),
      }),
    );
  const other = field(2, field(1, "another"));
  const conflict = await remove("horizontalpodautoscalers/a", "autoscaling/v2", other);
  assert.equal(conflict.status, 409);
  assert.match((await conflict.json()).message, /the UID in the precondition \(another\)/);
  const own = field(2, field(1, made.metadata.uid!));
  const group = "autoscaling/v2";
  assert.equal((await remove("horizontalpodautoscalers/a", group, own)).status, 200);
  const all = await remove("roles", "rbac.authorization.k8s.io/v1", field(4, "Background"));
  assert.equal(all.status, 200);
  assert.deepEqual(api.list("roles.rbac.authorization.k8s.io"), []);
});

Deno.test("a definition in protocol buffers is served", async () => {
  const { server, api } = testServer();
  const names = new Uint8Array([...field(1, "widgets"), ...field(4, "Widget")]);
  const any = new Uint8Array([...field(5, "object"), ...field(30, new Uint8Array([8, 1]))]);
  const property = new Uint8Array([...field(1, "any"), ...field(2, any)]);
  const root = new Uint8Array([...field(5, "object"), ...field(29, property)]);
  const schema = field(4, field(1, root));
  const version = new Uint8Array([...field(1, "v1"), 2 << 3, 1, 3 << 3, 1, ...schema]);
  const spec = new Uint8Array([
    ...field(1, "lab.io"),
    ...field(3, names),
    ...field(4, "Namespaced"),
    ...field(7, version),
  ]);
  const raw = new Uint8Array([...field(1, field(1, "widgets.lab.io")), ...field(2, spec)]);
  const answer = await server.handle(
    new Request("https://lab/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
      method: "POST",
      headers: PROTOBUF,
      body: sent("apiextensions.k8s.io/v1", "CustomResourceDefinition", raw),
    }),
  );
  assert.equal(answer.status, 201, await answer.clone().text());
  const [{ schema: stored }] =
    api.get("customresourcedefinitions.apiextensions.k8s.io", "", "widgets.lab.io")!
      .spec.versions;
  assert.deepEqual(stored, {
    openAPIV3Schema: {
      type: "object",
      properties: { any: { type: "object", additionalProperties: true } },
    },
  });
});

/** What an object says: without what is null, and with times to the digits that are read. */
function said(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(said);
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, said(item)]).sort());
}
