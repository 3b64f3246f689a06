import assert from "node:assert/strict";
import { containerLab, containerLines, masked, type RecordedContainerLine } from "./_containers.ts";
import recording from "./testdata/containers.json" with { type: "json" };

Deno.test("kubectl prints of containers what stock kubectl printed", async () => {
  const recorded: readonly RecordedContainerLine[] = recording.lines;
  const { shell, close } = await containerLab();
  const differing: unknown[] = [];
  try {
    for (const [i, { line, stdin }] of containerLines().entries()) {
      const given = stdin === "" ? line : `${line} <<'END'\n${stdin}END`;
      const { stdout, stderr, exitCode } = await shell.run(given);
      const here = { line, stdout: masked(stdout), stderr: masked(stderr), exitCode };
      try {
        assert.deepEqual(here, recorded[i]);
      } catch {
        differing.push({ here, stock: recorded[i] });
      }
    }
  } finally {
    await close();
  }
  assert.deepEqual(differing, []);
});
