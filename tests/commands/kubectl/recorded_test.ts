import assert from "node:assert/strict";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { fakeIo, folder, splitLine } from "./_lab.ts";
import { type Recording, replay } from "./_recording.ts";

const here = new URL("testdata/", import.meta.url).pathname;
const recording: Recording = JSON.parse(Deno.readTextFileSync(`${here}recorded.json`));

Deno.test(`kubectl prints what ${recording.tool} printed on ${recording.date}`, async (t) => {
  for (const line of recording.lines) {
    await t.step(line.line, async () => {
      const io = fakeIo({
        api: replay(line, recording.pool),
        files: folder(`${here}files`),
        nowMs: line.nowMs,
        stdin: line.stdin ?? "",
      });
      const exitCode = await kubectl.execute(splitLine(line.line), io);
      assert.equal(io.stdout, line.stdout);
      assert.equal(io.stderr, line.stderr);
      assert.equal(exitCode, line.exitCode);
    });
  }
});
