import assert from "node:assert/strict";
import { openSandbox } from "../../lib/labs/mod.ts";
import { RemoteShell } from "../../lib/shell/mod.ts";

Deno.test("The editor is told of a new file, and what became of it is said in the learner's language", async () => {
  const homeDir = await Deno.makeTempDir();
  const workspaceDir = `${homeDir}/work`;
  await Deno.mkdir(workspaceDir);
  await Deno.writeTextFile(`${workspaceDir}/old.txt`, "old");
  const lab = await openSandbox({ homeDir });
  const asked: boolean[] = [];
  const shell = new RemoteShell({
    lab,
    workspaceDir,
    openEditor: ({ isNew }) => Promise.resolve({ saved: asked.push(isNew) < 0 }),
  });
  try {
    assert.equal((await shell.run("edit new.txt")).stdout, "Left new.txt unmade\n");
    assert.equal((await shell.run("edit old.txt")).stdout, "Left old.txt as it was\n");
    const korean = async (line: string) => (await shell.run(line, { language: "ko" })).printed;
    assert.equal(await korean("edit new.txt"), "만들지 않았습니다: new.txt\n");
    assert.match(await korean("clock nonsense"), /^clock: 읽을 수 없습니다: "nonsense"\n사용법:/);
    assert.match(await korean("load --help"), /^사용법:/);
    assert.deepEqual(asked, [true, false, true]);
  } finally {
    shell.close();
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});

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
      return { saved: true };
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

Deno.test("A shell that is given up while it is made ready is no mistake", async () => {
  const homeDir = await Deno.makeTempDir();
  const workspaceDir = `${homeDir}/work`;
  await Deno.mkdir(workspaceDir);
  const lab = await openSandbox({ homeDir });
  const shell = new RemoteShell({ lab, workspaceDir });
  try {
    const warming = shell.warm();
    shell.close();
    await warming;
  } finally {
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
});
