import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { packOf, readPack } from "../../lib/labs/state/mod.ts";

const ENTRIES: [string, string | Uint8Array][] = [
  ["cluster/a", "text, 글자"],
  ["files/work/x", new Uint8Array([0, 255, 10, 13])],
  ["shell/history", "not to be told"],
  ["undo/log", "{}"],
];

const state = new Map(ENTRIES);

/** A pack as somebody may make it who knows the format. */
function forged(about: string, content: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array([...new TextEncoder().encode(`${about}\n`), ...gzipSync(content)]);
  const sum = createHash("sha256").update(body).digest("hex");
  const head = new TextEncoder().encode(`hpa-tutor export, format 1, sha256 ${sum}\n`);
  return new Uint8Array([...head, ...body]);
}

Deno.test("what is packed is read back, bytes and all; what was typed stays at home", async () => {
  const { about, entries } = readPack(await packOf(state, '{"a":1}'));
  assert.equal(about, '{"a":1}');
  assert.deepEqual([...entries], ENTRIES.slice(0, 2));
});

Deno.test("one byte that is another, anywhere, is noticed", async () => {
  const bytes = await packOf(state, "{}");
  for (let at = 0; at < bytes.length; at++) {
    const spoilt = bytes.slice();
    spoilt[at] ^= 1;
    assert.throws(() => readPack(spoilt), { name: "PackError" }, `byte ${at}`);
  }
});

Deno.test("a pack that was summed up by somebody else writes nowhere but into the lab", () => {
  const SPOILT: [about: string, content: string][] = [
    ["{}", "no JSON"],
    ["{}", '{"no":"list"}'],
    ["no JSON", "[]"],
    ["{}", '[["undo/log","{}"]]'],
    ["{}", '[["files/../../x","bad"]]'],
    ["{}", '[["files/..","bad"]]'],
    ["{}", '[["files/a\\\\..\\\\x","bad"]]'],
    ["{}", '[["files/c:/x","bad"]]'],
    ["{}", "[[7]]"],
  ];
  for (const [about, content] of SPOILT) {
    assert.throws(() => readPack(forged(about, content)), { kind: "damaged" }, content);
  }
  assert.equal(readPack(forged("{}", '[["files/a..b/c","fine"]]')).entries.size, 1);
});
