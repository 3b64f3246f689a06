import assert from "node:assert/strict";
import { openSandbox } from "../../lib/labs/mod.ts";
import { RemoteShell } from "../../lib/shell/mod.ts";

Deno.test("Lab time stands while the editor is open, and goes on as it was", async () => {
  const homeDir = await Deno.makeTempDir();
  const workspaceDir = `${homeDir}/work`;
  await Deno.mkdir(workspaceDir);
  const lab = await openSandbox({ homeDir });
  const passed: number[] = [];
  const shell = new RemoteShell({
    lab,
    workspaceDir,
    openEditor: async ({ save }) => {
      const startMs = lab.clock.now();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await save("changed\n");
      passed.push(lab.clock.now() - startMs);
      return true;
    },
  });
  try {
    await lab.ready();
    for (const runs of [true, false]) {
      if (runs) lab.startTime();
      else lab.stopTime();
      assert.equal((await shell.run("edit notes.txt")).stdout, "Saved notes.txt\n");
      assert.equal(lab.timeRuns, runs);
    }
    // A tick that was under way may end.
    assert.ok(passed.every((ms) => ms <= 600), String(passed));
  } finally {
    shell.close();
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});
