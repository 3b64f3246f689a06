import assert from "node:assert/strict";
import { ContainerLog } from "../../../lib/sim/kubelet/logs.ts";
import { ContainerOutput } from "../../../lib/sim/kubelet/output.ts";
import { MemoryState } from "../fakes/mod.ts";

const BYTES = 1 << 20;
const LONG_LINES_BYTES = 100 * (16_384 + 64);

Deno.test("a log without end keeps its last lines and about a mebibyte, in memory and when saved", () => {
  for (const length of [0, 2, 1_000, 16_384]) {
    const log = new ContainerLog("uid/main/0");
    const state = new MemoryState();
    const seen: number[] = [];
    log.follow(({ timeMs }) => seen.push(timeMs), () => {});
    for (let i = 0; i < 5_000; i++) {
      log.append({ timeMs: i, text: "x".repeat(length) });
      if (i % 500 === 0) log.save(state);
    }
    log.save(state);
    assert.ok(log.bytes <= BYTES + LONG_LINES_BYTES, `${length}: ${log.bytes}`);
    assert.ok(log.lines.length <= 2_100);
    assert.equal(log.lines.at(-1)!.timeMs, 4_999);
    assert.equal(seen.length, 5_000);
    const saved = [...state.entries("kubelet/log/")].reduce(
      (sum, [, text]) => sum + text.length,
      0,
    );
    assert.ok(saved <= BYTES + LONG_LINES_BYTES, `${length}: ${saved}`);
    const loaded = ContainerLog.load(state, "uid/main/0");
    assert.deepEqual(loaded.lines, log.lines);
    assert.equal(loaded.bytes, log.bytes);
  }
});

Deno.test("a line that is too long reaches the log in pieces, whole or not", () => {
  const lines: [number, boolean][] = [];
  const output = new ContainerOutput((text, partial) => lines.push([text.length, partial]));
  output.write(`${"x".repeat(40_000)}\nshort\n${"y".repeat(20_000)}`);
  output.end();
  assert.deepEqual(lines, [
    [16_384, true],
    [16_384, true],
    [7_232, false],
    [5, false],
    [16_384, true],
    [3_616, true],
  ]);
});
