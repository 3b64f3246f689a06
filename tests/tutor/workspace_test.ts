import assert from "node:assert/strict";
import { memoryState } from "../../lib/sim/state/mod.ts";
import { resetWorkspace, seedWorkspace, WorkspaceFilesKept } from "../../lib/tutor/mod.ts";

async function withPlan(
  work: (plan: { projectUrl: URL; workspaceDir: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/project/examples/01`, { recursive: true });
    await Deno.mkdir(`${folder}/project/helm_values`);
    await Deno.writeTextFile(`${folder}/project/examples/01/a.yaml`, "a: 1\n");
    await Deno.writeTextFile(`${folder}/project/helm_values/v.yaml`, "v: 1\n");
    await Deno.writeTextFile(`${folder}/project/helm_values/Makefile`, "install:\n");
    const projectUrl = new URL(`file://${folder}/project/`);
    await work({ projectUrl, workspaceDir: `${folder}/home/work` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("seedWorkspace() copies the project's files once and never overwrites", () =>
  withPlan(async (plan) => {
    await seedWorkspace(plan);
    const { workspaceDir } = plan;
    assert.equal(await Deno.readTextFile(`${workspaceDir}/Makefile`), "install:\n");
    assert.equal(await Deno.readTextFile(`${workspaceDir}/examples/01/a.yaml`), "a: 1\n");
    await Deno.writeTextFile(`${workspaceDir}/helm_values/v.yaml`, "v: 2\n");
    await seedWorkspace(plan);
    assert.equal(await Deno.readTextFile(`${workspaceDir}/helm_values/v.yaml`), "v: 2\n");
  }));

Deno.test("resetWorkspace() keeps changed files aside, and unchanged ones not", () =>
  withPlan(async (plan) => {
    await seedWorkspace(plan);
    assert.equal((await resetWorkspace(plan)).aside, undefined);
    const values = `${plan.workspaceDir}/helm_values/v.yaml`;
    await Deno.writeTextFile(values, "v: 2\n");
    const { aside, undo } = await resetWorkspace(plan);
    assert.equal(aside, `${plan.workspaceDir}.old-1`);
    assert.equal(await Deno.readTextFile(`${aside}/helm_values/v.yaml`), "v: 2\n");
    assert.equal(await Deno.readTextFile(values), "v: 1\n");
    await undo();
    assert.equal(await Deno.readTextFile(values), "v: 2\n");
  }));

Deno.test("Files that are written again within one tick of the disk's times are kept as they are", () =>
  withPlan(async (plan) => {
    await seedWorkspace(plan);
    const state = memoryState();
    const files = new WorkspaceFilesKept(plan.workspaceDir, state);
    for (let turn = 0; turn < 200; turn++) {
      const text = `v: ${turn % 10}\n`;
      Deno.writeTextFileSync(`${plan.workspaceDir}/helm_values/v.yaml`, text);
      files.changes().stage();
      assert.equal(state.get("files/helm_values/v.yaml"), text, `turn ${turn}`);
    }
  }));
