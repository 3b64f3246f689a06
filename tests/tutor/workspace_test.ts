import assert from "node:assert/strict";
import { FILES_DUE } from "../../lib/labs/mod.ts";
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

Deno.test("A terminal that is open in a folder of the files finds the new ones there after a reset, and the old after its undo", () =>
  withPlan(async (plan) => {
    await seedWorkspace(plan);
    const { workspaceDir } = plan;
    await Deno.mkdir(`${workspaceDir}/mine/deep`, { recursive: true });
    await Deno.writeTextFile(`${workspaceDir}/mine/deep/own.txt`, "own");
    await Deno.writeTextFile(`${workspaceDir}/examples/01/a.yaml`, "a: 2\n");
    // A shell that stays in its folder, as a terminal's does.
    const terminal = new Deno.Command("sh", {
      args: ["-c", "while read -r line; do cat a.yaml; echo end; done"],
      cwd: `${workspaceDir}/examples/01`,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const keys = terminal.stdin.getWriter();
    const seen = terminal.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const look = async () => {
      await keys.write(new TextEncoder().encode("\n"));
      let text = "";
      while (!text.includes("end\n")) text += (await seen.read()).value!;
      return text.replace("end\n", "");
    };
    try {
      const { aside, undo } = await resetWorkspace(plan);
      assert.equal(await look(), "a: 1\n");
      assert.equal(await Deno.readTextFile(`${aside}/mine/deep/own.txt`), "own");
      await assert.rejects(Deno.stat(`${workspaceDir}/mine`), Deno.errors.NotFound);
      await undo();
      assert.equal(await look(), "a: 2\n");
      assert.equal(await Deno.readTextFile(`${workspaceDir}/mine/deep/own.txt`), "own");
      const left = Array.from(Deno.readDirSync(`${workspaceDir}/..`), ({ name }) => name);
      assert.deepEqual(left, ["work"]);
    } finally {
      await keys.close();
      await terminal.status;
      await seen.cancel();
    }
  }));

Deno.test("Files that cannot leave their folder one by one are kept aside as a whole, and come back", () =>
  withPlan(async (plan) => {
    const { workspaceDir } = plan;
    const rename = Deno.rename;
    await seedWorkspace(plan);
    await Deno.writeTextFile(`${workspaceDir}/helm_values/v.yaml`, "v: 2\n");
    // As of a folder that nobody may write to, or one on another disk.
    Deno.rename = (from, to) =>
      `${from}`.endsWith("helm_values/v.yaml") ? Promise.reject(new Error()) : rename(from, to);
    try {
      const { aside, undo } = await resetWorkspace(plan);
      assert.equal(await Deno.readTextFile(`${aside}/helm_values/v.yaml`), "v: 2\n");
      assert.equal(await Deno.readTextFile(`${aside}/examples/01/a.yaml`), "a: 1\n");
      assert.equal(await Deno.readTextFile(`${workspaceDir}/helm_values/v.yaml`), "v: 1\n");
      await undo();
      assert.equal(await Deno.readTextFile(`${workspaceDir}/helm_values/v.yaml`), "v: 2\n");
      const left = Array.from(Deno.readDirSync(`${workspaceDir}/..`), ({ name }) => name);
      assert.deepEqual(left, ["work"]);
    } finally {
      Deno.rename = rename;
    }
  }));

Deno.test("resetWorkspace() keeps aside whatever a learner put there, and waits for nothing", () =>
  withPlan(async (plan) => {
    await seedWorkspace(plan);
    const { workspaceDir } = plan;
    const put: [name: string, put: () => unknown][] = [
      ["dangling", () => Deno.symlink("none", `${workspaceDir}/helm_values/dangling`)],
      ["folder", () => Deno.symlink("..", `${workspaceDir}/helm_values/folder`)],
      ["50% #1?.yaml", () => Deno.writeTextFile(`${workspaceDir}/helm_values/50% #1?.yaml`, "a")],
      [
        "pipe",
        () => new Deno.Command("mkfifo", { args: [`${workspaceDir}/helm_values/pipe`] }).output(),
      ],
      ["v.yaml", async () => {
        await Deno.remove(`${workspaceDir}/helm_values/v.yaml`);
        await Deno.symlink("none", `${workspaceDir}/helm_values/v.yaml`);
      }],
    ];
    for (const [name, make] of put) {
      await make();
      const { aside } = await resetWorkspace(plan);
      assert.ok(aside !== undefined, name);
      assert.ok(await Deno.lstat(`${aside}/helm_values/${name}`), name);
    }
  }));

Deno.test("what stands in the way of kept files is left beside them, and nothing is written through it", () =>
  withPlan(async (plan) => {
    await seedWorkspace(plan);
    const state = memoryState();
    const files = new WorkspaceFilesKept(plan.workspaceDir, state);
    files.changes().stage();
    const values = `${plan.workspaceDir}/helm_values`;
    const elsewhere = `${plan.workspaceDir}-elsewhere`;
    const large = "v".repeat(1024 * 1024 + 1);
    const ways: [name: string, put: () => void][] = [
      ["a link to a file", () => Deno.symlinkSync(`${elsewhere}/v.yaml`, `${values}/v.yaml`)],
      ["a link to nothing", () => Deno.symlinkSync("none", `${values}/v.yaml`)],
      ["a link in a circle", () => Deno.symlinkSync("v.yaml", `${values}/v.yaml`)],
      ["a large file", () => Deno.writeTextFileSync(`${values}/v.yaml`, large)],
      ["a folder with a link", () => {
        Deno.mkdirSync(`${values}/v.yaml`);
        Deno.symlinkSync("none", `${values}/v.yaml/link`);
      }],
      ["a link for the folder", () => {
        Deno.removeSync(values, { recursive: true });
        Deno.symlinkSync(elsewhere, values);
      }],
    ];
    for (const [name, put] of ways) {
      await Deno.mkdir(elsewhere, { recursive: true });
      await Deno.writeTextFile(`${elsewhere}/v.yaml`, "elsewhere\n");
      await Deno.remove(`${values}/v.yaml`);
      put();
      state.put(FILES_DUE, "");
      const moved = files.restore();
      assert.equal(await Deno.readTextFile(`${values}/v.yaml`), "v: 1\n", name);
      assert.equal(await Deno.readTextFile(`${elsewhere}/v.yaml`), "elsewhere\n", name);
      const aside = name.endsWith("for the folder") ? values : `${values}/v.yaml`;
      const path = aside.slice(plan.workspaceDir.length + 1);
      assert.deepEqual(moved, [{ path, aside: `${path}.old-1` }], name);
      const info = await Deno.lstat(`${aside}.old-1`);
      assert.equal(info.size === large.length, name === "a large file", name);
      await Deno.remove(`${aside}.old-1`, { recursive: true });
    }
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
