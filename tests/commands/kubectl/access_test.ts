import assert from "node:assert/strict";
import { type AccessRecording, withCluster } from "./_access.ts";

const file = new URL("testdata/access.json", import.meta.url);
const recording: AccessRecording = JSON.parse(Deno.readTextFileSync(file));

Deno.test(`who may do what is told as ${recording.tool} told it on ${recording.date}`, async (t) => {
  await withCluster(async ({ shell }) => {
    for (const { line, ...expected } of recording.lines) {
      await t.step(line, async () => {
        const { stdout, stderr, exitCode } = await shell.run(`kubectl ${line}`);
        assert.deepEqual({ stdout, stderr, exitCode }, expected);
      });
    }
  });
});
