import assert from "node:assert/strict";
import { FILES_DUE } from "../../lib/labs/mod.ts";
import { memoryState } from "../../lib/sim/state/mod.ts";
import {
  oldFiles,
  resetWorkspace,
  seedWorkspace,
  takeOldFiles,
  WORDS,
  WorkspaceFilesKept,
} from "../../lib/tutor/mod.ts";

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
    const { aside, isWhole, undo } = await resetWorkspace(plan);
    assert.equal(isWhole, false);
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
      const { aside, isWhole, undo } = await resetWorkspace(plan);
      assert.equal(isWhole, true);
      assert.match(WORDS.en.openThere(isWhole), /still shows the old files: type `cd "\$PWD"`/);
      assert.match(WORDS.ko.openThere(isWhole), /아직 이전 파일을 봅니다\. `cd "\$PWD"`/);
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

/** Does `work` while a disk stands in the way of what `Deno` does. */
async function onBadDisk(
  bad: Partial<Pick<typeof Deno, "rename" | "mkdir">>,
  work: () => Promise<unknown>,
): Promise<void> {
  const { rename, mkdir } = Deno;
  Object.assign(Deno, bad);
  try {
    await work();
  } finally {
    Object.assign(Deno, { rename, mkdir });
  }
}

/** All files under a folder, with what is in them. */
function filesIn(folder: string, prefix = ""): Record<string, string> {
  return Object.assign(
    {},
    ...Array.from(
      Deno.readDirSync(folder),
      ({ name, isDirectory }) =>
        isDirectory
          ? filesIn(`${folder}/${name}`, `${prefix}${name}/`)
          : { [prefix + name]: Deno.readTextFileSync(`${folder}/${name}`) },
    ),
  );
}

/** What lies beside a workspace. */
function beside(workspaceDir: string): string[] {
  return Array.from(Deno.readDirSync(`${workspaceDir}/..`), ({ name }) => name).sort();
}

const MINE = {
  Makefile: "install:\n",
  "examples/01/a.yaml": "a: 1\n",
  "helm_values/v.yaml": "v: 2\n",
  "mine/own.txt": "own\n",
};

/** A workspace in which a learner was. */
async function worked({ workspaceDir }: { workspaceDir: string }): Promise<void> {
  await Deno.mkdir(`${workspaceDir}/mine`);
  await Deno.writeTextFile(`${workspaceDir}/mine/own.txt`, "own\n");
  await Deno.writeTextFile(`${workspaceDir}/helm_values/v.yaml`, "v: 2\n");
}

Deno.test("what is saved while the files are exchanged is lost in no moment of it", () =>
  withPlan(async (plan) => {
    const { workspaceDir } = plan;
    const { rename } = Deno;
    for (const path of ["helm_values/v.yaml", "mine/late.txt", "examples/01/a.yaml"]) {
      for (let at = 1; at <= 8; at++) {
        await Deno.remove(`${workspaceDir}/..`, { recursive: true }).catch(() => {});
        await seedWorkspace(plan);
        await worked(plan);
        let moves = 0;
        await onBadDisk({
          rename: async (from, to) => {
            await rename(from, to);
            if (++moves !== at) return;
            await Deno.mkdir(`${workspaceDir}/${path}`.replace(/\/[^/]*$/, ""), {
              recursive: true,
            });
            await Deno.writeTextFile(`${workspaceDir}/${path}`, "saved now");
          },
        }, () => resetWorkspace(plan));
        assert.ok(moves >= 7);
        const texts = Object.values(filesIn(`${workspaceDir}/..`));
        const isThere = at > moves || texts.includes("saved now");
        assert.ok(isThere, `${path}, move ${at}`);
        assert.equal(filesIn(workspaceDir)["Makefile"], "install:\n", `${path}, move ${at}`);
      }
    }
  }));

Deno.test("a disk with no room for a folder keeps no files from going as a whole, and says itself where that fails too", () =>
  withPlan(async (plan) => {
    const { workspaceDir } = plan;
    const { mkdir, rename } = Deno;
    await seedWorkspace(plan);
    await worked(plan);
    const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
    const noRoom: typeof Deno.mkdir = (path, options) =>
      `${path}`.includes("/work.old-") ? Promise.reject(full) : mkdir(path, options);
    await onBadDisk({ mkdir: noRoom }, async () => {
      const { aside, isWhole } = await resetWorkspace(plan);
      assert.deepEqual([isWhole, filesIn(aside!)], [true, MINE]);
    });
    await takeOldFiles(plan, (await oldFiles(plan))[0]);
    assert.deepEqual(filesIn(workspaceDir), MINE);
    const before = beside(workspaceDir);
    const noWhole: typeof Deno.rename = (from, to) =>
      from === workspaceDir ? Promise.reject(new Error("later")) : rename(from, to);
    await onBadDisk(
      { mkdir: noRoom, rename: noWhole },
      () => assert.rejects(resetWorkspace(plan), /^StateError: No room on the disk/),
    );
    assert.deepEqual([filesIn(workspaceDir), beside(workspaceDir)], [MINE, before]);
  }));

Deno.test("files that cannot be exchanged to the end are as they were before, and nothing half is left", () =>
  withPlan(async (plan) => {
    const { workspaceDir } = plan;
    const { rename } = Deno;
    await seedWorkspace(plan);
    await worked(plan);
    for (let at = 1; at <= 7; at++) {
      let moves = 0;
      await onBadDisk({
        rename: (from, to) => {
          const isWhole = /\/work[^/]*$/.test(`${from}`);
          return ++moves === at || isWhole ? Promise.reject(new Error("no")) : rename(from, to);
        },
      }, () => assert.rejects(resetWorkspace(plan), /^Error: no$/));
      assert.deepEqual(filesIn(workspaceDir), MINE, `move ${at}`);
      assert.deepEqual(beside(workspaceDir), ["work"], `move ${at}`);
    }
  }));

Deno.test("files that somebody was killed over are where they belong the next time, whatever they were doing", () =>
  withPlan(async (plan) => {
    const { workspaceDir } = plan;
    const { rename: really } = Deno;
    const fresh = { ...MINE, "helm_values/v.yaml": "v: 1\n" };
    delete (fresh as Partial<typeof fresh>)["mine/own.txt"];
    for (const way of ["reset", "take"]) {
      const seen = new Set<boolean>();
      for (let at = 1; at <= 9; at++) {
        await Deno.remove(`${workspaceDir}/..`, { recursive: true }).catch(() => {});
        await seedWorkspace(plan);
        await worked(plan);
        if (way === "take") await resetWorkspace(plan);
        const [old] = await oldFiles(plan);
        let moves = 0;
        const killed = Promise.withResolvers<void>();
        const rename: typeof Deno.rename = (from, to) => {
          if (++moves < at) return really(from, to);
          killed.resolve();
          return new Promise(() => {}); // Nothing goes on, and nothing is brought back.
        };
        await onBadDisk({ rename }, () => {
          const done = old ? takeOldFiles(plan, old) : resetWorkspace(plan);
          return Promise.race([done, killed.promise]);
        });
        await seedWorkspace(plan);
        const files = filesIn(workspaceDir);
        const isMine = "mine/own.txt" in files;
        seen.add(isMine);
        assert.deepEqual(files, isMine ? MINE : fresh, `${way}, move ${at}`);
        assert.ok(!beside(workspaceDir).includes("work.moving"), `${way}, move ${at}`);
        // Those of the other kind are kept.
        const kept = filesIn(`${workspaceDir}/..`);
        const mine = Object.keys(kept).filter((path) => path.endsWith("/mine/own.txt"));
        assert.equal(mine.length, 1, `${way}, move ${at}`);
      }
      assert.equal(seen.size, 2, way);
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
