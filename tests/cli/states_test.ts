import assert from "node:assert/strict";
import { openStateFile } from "../../lib/sim/state/mod.ts";
import { asUser, Conversation, userCommand } from "./_real_process.ts";
import { Seat, taskArguments } from "./_user.ts";

/** A home with a cluster in it, made once and copied. */
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const home = `${folder}/home`;
  const line = "kind create cluster --name hpa-practice";
  const { code, stderr } = await asUser(["exec", "--home", home, line]);
  assert.equal(code, 0, stderr);
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return home;
}

async function withHome(test: (home: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "집 " });
  try {
    await copy(await (template ??= makeTemplate()), `${folder}/home`);
    await test(`${folder}/home`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

function withState(home: string, work: (path: string) => void): void {
  work(`${home}/state.db`);
}

/** What is wrong with a home, what every command says of it, and which file must stay as it is. */
const FAULTS: [what: string, says: RegExp, spoil: (home: string) => void][] = [
  ["one byte of a value", /^The state .* is damaged: the value of "cluster\/.*" is not what was/, (
    home,
  ) =>
    withState(home, (path) => {
      const bytes = Deno.readFileSync(path);
      const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
      for (const { index } of text.matchAll(/coredns/g)) bytes[index] = 0x43;
      Deno.writeFileSync(path, bytes);
    })],
  ["an empty state", /^The state .* is empty\. It is left/, (home) =>
    withState(home, (path) => {
      Deno.truncateSync(path, 0);
    })],
  ["progress of a newer version", /^Your progress was written by a newer version .* left as it/, (
    home,
  ) =>
    withState(home, (path) => {
      const { state } = openStateFile(path);
      state.put("tutor/progress", '{"version":2,"hints":0,"done":{},"inLab":[]}');
      state.commit();
      state.close();
    })],
];

/** Runs what says why it cannot in one line, and ends with 1, or another code. */
async function refuses(args: readonly string[], says: RegExp, wanted = 1): Promise<void> {
  const { code, stderr } = await asUser(args);
  assert.match(stderr.trim(), says, args.join(" "));
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
  assert.equal(code, wanted);
}

/** The same, where someone sits at it. */
async function refusesAtTerminal(
  args: readonly string[],
  says: RegExp,
  wanted = 1,
  prefix: readonly string[] = [],
): Promise<void> {
  const seat = new Seat([...taskArguments("tutor"), "--lang", "en", ...args], {}, { prefix });
  const code = await seat.leaves();
  const lines = seat.rest.trim().split("\r\n");
  assert.match(lines[0], says);
  assert.equal(lines.length, 1, seat.rest);
  assert.equal(code, wanted);
}

Deno.test("a state that cannot be used is told of in a line, and nothing is written over", async (t) => {
  for (const [what, says, spoil] of FAULTS) {
    await t.step(what, () =>
      withHome(async (home) => {
        spoil(home);
        const before = Deno.readFileSync(`${home}/state.db`);
        const isProgress = what.startsWith("progress");
        for (const args of [[], ["status"], ["list"], ["reset", "--yes"]]) {
          await refuses([...args, "--home", home], says);
        }
        await refusesAtTerminal(["--home", home], says);
        if (!isProgress) {
          await refuses(["exec", "kubectl get nodes", "--home", home], says);
          await refuses(["lab", "serve", "--home", home], says);
        }
        if (!what.startsWith("progress")) {
          assert.deepEqual(Deno.readFileSync(`${home}/state.db`), before);
          return;
        }
        const { state } = openStateFile(`${home}/state.db`);
        assert.match(state.get("tutor/progress")!, /^{"version":2,/);
        state.close();
      }));
  }
});

/** What lies where something else should, what the commands that need it say, and how it is put there. */
const MISPLACED: [what: string, says: RegExp, spoil: (home: string) => void][] = [
  [
    "a folder for a state",
    /^The state .*state\.db is a folder and no file\. It is left as it is\. .* lab states --home /,
    (home) => {
      Deno.removeSync(`${home}/state.db`);
      Deno.mkdirSync(`${home}/state.db`);
    },
  ],
  [
    "a file for the learner's folder",
    /work is no folder\. Move that file away, or use --home DIR$/,
    (
      home,
    ) => {
      Deno.removeSync(`${home}/work`, { recursive: true });
      Deno.writeTextFileSync(`${home}/work`, "");
    },
  ],
];

Deno.test("what lies where something else should is told of in a line", async (t) => {
  for (const [what, says, spoil] of MISPLACED) {
    await t.step(what, () =>
      withHome(async (home) => {
        spoil(home);
        for (const args of [[], ["exec", "ls"], ["reset", "--yes"]]) {
          await refuses([...args, "--home", home], says);
        }
        await refusesAtTerminal(["--home", home], says);
      }));
  }
});

Deno.test("lab states lists the states, puts the present one aside and takes one back", () =>
  withHome(async (home) => {
    const states = async (...args: string[]) => {
      const { code, stdout, stderr } = await asUser(["lab", "states", ...args, "--home", home]);
      return { code, told: stdout + stderr };
    };
    assert.match((await states()).told, /^present .* MB +hpa-practice/);
    const aside = await states("--set-aside");
    const name = /--restore ([\w-]+)/.exec(aside.told)![1];
    assert.match(aside.told, /The next start begins afresh\./);
    assert.match((await states()).told, new RegExp(`^${name} +put aside .* hpa-practice`));
    assert.equal((await asUser(["exec", "--home", home, "kind get clusters"])).stdout, "");
    const back = await states("--restore", name);
    // As it can be typed, whatever the folder is called.
    const typed = (option = "") => `deno task tutor lab states${option} --home '${home}'`;
    const third = /--restore ([\w-]+) /.exec(back.told)![1];
    assert.ok(
      back.told.startsWith(
        `The state of before is put aside. To take it back: ${typed(` --restore ${third}`)}\n`,
      ),
      back.told,
    );
    const { stdout } = await asUser(["exec", "--home", home, "kind get clusters"]);
    assert.equal(stdout, "hpa-practice\n");
    const json = JSON.parse((await states("--json")).told);
    assert.deepEqual(
      json.map(({ kind, cluster, fault }: Record<string, unknown>) => [kind, cluster, fault]),
      [["present", "hpa-practice", null], ["set-aside", null, null]],
    );
    const wrong = await states("--restore", "nothing");
    assert.deepEqual([wrong.code, wrong.told], [
      2,
      `There is no state "nothing". To see them: ${typed()}\n`,
    ]);
    assert.equal((await states("--restore", name, "--set-aside")).code, 2);
    assert.equal((await states("--remove", name, "nothing")).code, 2);
    assert.equal((await states("--remove", third)).told, `Removed: ${third}\n`);
    assert.doesNotMatch((await states()).told, /put aside/);
  }));

Deno.test("lab states lists files that were kept aside, takes them back and removes them", () =>
  withHome(async (home) => {
    const states = async (...args: string[]) =>
      (await asUser(["lab", "states", ...args, "--home", home])).stdout;
    const mine = `${home}/work/mine.txt`;
    for (const text of ["first", "second"]) {
      await Deno.writeTextFile(mine, text);
      const { code, stdout } = await asUser(["reset", "-y", "--home", home]);
      assert.equal(code, 0);
      const [, ...told] = stdout.trimEnd().split("\n");
      assert.match(
        told.join(" "),
        /shows the new files; where its folder is no more, go to one that is\. An editor/,
      );
      for (const line of told) assert.ok(line.length <= 80, line);
    }
    assert.match(
      await states(),
      /\nwork\.old-1 +your files .* [1-9]\d* kB\s*\nwork\.old-2 +your files /,
    );
    await Deno.writeTextFile(mine, "third");
    assert.equal(
      await states("--restore", "work.old-1"),
      `Your files of before are in ${home}/work.old-3\nYour files are those of "work.old-1".\n`,
    );
    assert.equal(await Deno.readTextFile(mine), "first");
    assert.equal(await Deno.readTextFile(`${home}/work.old-3/mine.txt`), "third");
    const json = JSON.parse(await states("--json"));
    assert.deepEqual(
      json.filter(({ kind }: any) => kind === "files").map(({ name }: any) => name),
      ["work.old-2", "work.old-3"],
    );
    assert.equal(await states("--remove", "work.old"), "Removed: work.old-2, work.old-3\n");
    assert.doesNotMatch(await states(), /your files/);
    assert.equal(await Deno.readTextFile(mine), "first");
  }));

Deno.test("a home that cannot be one is told of in a line", async (t) => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/file`, "mine");
  await Deno.symlink("loop", `${folder}/loop`);
  const long = "a".repeat(300);
  const table: [args: string[], code: number, says: RegExp][] = [
    [
      ["exec", "true", "--home", `${folder}/loop`],
      1,
      /loop.*: Too many levels of symbolic links\. /,
    ],
    [["lab", "serve", "--home", `${folder}/loop`], 1, /loop is no folder\./],
    [["--home", `${folder}/loop`], 1, /loop.*: Too many levels of symbolic links\. /],
    [["--home", `${folder}/${long}`], 1, /aaa.*: File name too long\. /],
    [["exec", "true", "--home", `${folder}/file`], 1, /file is no folder\. Move that file away/],
    [["status", "--home", `${folder}/file`], 1, /file is no folder\./],
    [["lab", "states", "--home", `${folder}/file`], 1, /file is no folder\./],
    [["--home", `${folder}/file/home`], 1, /file\/home is no folder\./],
    [["lab", "serve", "--home", `${folder}/file`], 1, /file is no folder\./],
    [["exec", "true", "--home", ""], 2, /argument '' is invalid\. It names no folder\./],
    [["lab", "serve", "--home", ""], 2, /argument '' is invalid\. It names no folder\./],
    [["--home", ""], 2, /argument '' is invalid\. It names no folder\./],
  ];
  for (const [args, code, says] of table) {
    await t.step(args.join(" ").replace(folder, "…"), async () => {
      const ended = await asUser(args);
      assert.match(ended.stderr, says);
      assert.doesNotMatch(ended.stderr, /mistake|\n +at /);
      assert.equal(ended.code, code);
    });
  }
  for (const [args, code, says] of table.filter(([args]) => args[0] === "--home")) {
    await t.step(`${args.join(" ").replace(folder, "…")}, at a terminal`, async () => {
      const seat = new Seat([...taskArguments("tutor"), ...args]);
      assert.equal(await seat.leaves(), code);
      assert.match(seat.rest, says);
      assert.doesNotMatch(seat.rest, /mistake|\n +at /);
    });
  }
  assert.equal(await Deno.readTextFile(`${folder}/file`), "mine");
  await Deno.remove(folder, { recursive: true });
});

/** Whether a process may have mounts of its own here, as root or in a namespace. */
function mayMount(): boolean {
  try {
    const args = ["-rm", "sh", "-c", "mount -t tmpfs tmpfs /tmp"];
    return new Deno.Command("unshare", { args }).outputSync().success;
  } catch {
    return false;
  }
}

/** What the home's disk is like, and the lines of a shell that make it so; `$H` is the home. */
const DISKS: [what: string, lines: string, says: RegExp][] = [
  [
    "full",
    'cp -a "$H" "$H.old" && mount -t tmpfs -o size=8m tmpfs "$H" && cp -a "$H.old/." "$H/" && ' +
    'rm -f "$H/state.db-reserve" && ! cat /dev/zero > "$H/filler" 2>/dev/null',
    /^No room on the disk for .*state\.db/m,
  ],
  [
    "not to be written to",
    'mount --bind "$H" "$H" && mount -o remount,bind,ro "$H"',
    /^Cannot write .*state\.db: Read-only file system\./m,
  ],
];

Deno.test("a lab can be looked at on a disk that takes nothing (needs leave to mount)", {
  ignore: !mayMount(),
}, async (t) => {
  for (const [what, lines, says] of DISKS) {
    await t.step(what, () =>
      withHome(async (home) => {
        const script = `H="$1"; shift; ${lines} || exit 9; exec "$@"`;
        const prefix = ["unshare", "-rm", "sh", "-c", script, "sh", home];
        const status = await asUser(["status", "--home", home], { prefix });
        assert.deepEqual([status.code, status.stderr], [0, ""]);
        assert.match(status.stdout, /hpa-practice/);
        const line = "kubectl get namespace default -o name";
        const exec = await asUser(["exec", "--home", home, line], { prefix });
        assert.equal(exec.stdout, "namespace/default\n", exec.stderr);
        assert.match(exec.stderr, says);
        assert.doesNotMatch(exec.stderr, /mistake|\n +at /);
        assert.notEqual(exec.code, 70);
        const serve = ["lab", "serve", "--home", home];
        await using served = new Conversation(userCommand(serve, { prefix }));
        await served.until(/Ctrl-C ends it/);
        served.child.kill("SIGTERM");
        assert.notEqual(await served.end(), 70);
        assert.match(served.seen, says);
        assert.doesNotMatch(served.seen, /mistake|\n +at /);
        const tutor = [...taskArguments("tutor"), "--home", home, "--lang", "en"];
        const seat = new Seat(tutor, {}, { prefix });
        await seat.sees(/\d+\.\d+ x10 \$ /);
        await seat.types(`${line}\r`);
        await seat.sees(/namespace\/default\r\n[^]*\d+\.\d+ x10 \$ /);
        await seat.types("quit\r");
        assert.notEqual(await seat.leaves(), 70);
        assert.doesNotMatch(seat.rest, /mistake|\n +at |Saved\./);
        assert.match(seat.rest, /could not be saved\. To come back/);
      }));
  }
});
