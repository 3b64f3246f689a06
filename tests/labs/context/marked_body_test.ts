import assert from "node:assert/strict";
import type { ConfigMap } from "../../../lib/kube/mod.ts";
import { markedRequest } from "../../../lib/labs/context/marked_body.ts";
import { decodeProtobuf, PROTOBUF } from "../../../lib/sim/api/protobuf.ts";

const text = (value: string) => [value.length, ...new TextEncoder().encode(value)];
const field = (number: number, value: number[]) => [number << 3 | 2, value.length, ...value];

/** A ConfigMap with a label, as client-go writes it. */
function configMap(metadata: number[]): Uint8Array<ArrayBuffer> {
  const type = [...field(1, text("v1").slice(1)), ...field(2, text("ConfigMap").slice(1))];
  const data = field(2, [...field(1, [0x61]), ...field(2, [0x31])]);
  const raw = [...metadata, ...data];
  return Uint8Array.from([0x6b, 0x38, 0x73, 0, ...field(1, type), ...field(2, raw)]);
}

async function sent(body: Uint8Array<ArrayBuffer> | string, type: string) {
  const request = new Request("https://lab/api/v1/namespaces/default/configmaps", {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  return await markedRequest(request, "0a1b2c3d");
}

Deno.test("markedRequest() adds the mark to an object in protocol buffers, and leaves all else of it", async () => {
  const label = field(11, [...field(1, [0x6b]), ...field(2, [0x76])]);
  const name = field(1, [0x6d]);
  const cases: [metadata: number[], expected: unknown][] = [
    [field(1, [...name, ...label]), { name: "m", labels: { k: "v", "hpa-tutor/lab": "0a1b2c3d" } }],
    [field(1, name), { name: "m", labels: { "hpa-tutor/lab": "0a1b2c3d" } }],
    [[], { labels: { "hpa-tutor/lab": "0a1b2c3d" } }],
  ];
  for (const [metadata, expected] of cases) {
    const request = await sent(configMap(metadata), PROTOBUF);
    const object = decodeProtobuf(new Uint8Array(await request.arrayBuffer())) as ConfigMap;
    assert.deepEqual(object.metadata, expected);
    assert.deepEqual(object.data, { a: "1" });
  }
});

Deno.test("markedRequest() refuses what it cannot mark", async () => {
  await assert.rejects(sent("x", "application/cbor"), /cannot mark an object in application\/cbor/);
  await assert.rejects(sent("[1]", "application/json"), /is no object/);
  await assert.rejects(sent(Uint8Array.from([0x6b, 0x38, 0x73, 0, 0xff]), PROTOBUF), /no protobuf/);
});
