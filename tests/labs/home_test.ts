import assert from "node:assert/strict";
import { lockHome } from "../../lib/labs/mod.ts";
import { StateError } from "../../lib/sim/state/mod.ts";

async function inFolder(test: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const modeOf = (path: string) => Deno.statSync(path).mode! & 0o777;
const UNIX = { ignore: Deno.build.os === "windows" }; // There are no such modes.

Deno.test(
  "what lies in a home is its owner's alone, also where it was not",
  UNIX,
  () =>
    inFolder((folder) => {
      const home = `${folder}/home`;
      Deno.mkdirSync(`${home}/work`, { recursive: true, mode: 0o755 });
      Deno.mkdirSync(`${home}/snapshots`, { mode: 0o755 });
      for (const name of ["lock", "owner.json", "kubeconfig", "api-server.json"]) {
        Deno.writeTextFileSync(`${home}/${name}`, "", { mode: 0o644 });
      }
      // Somebody was killed while files were moved.
      Deno.writeTextFileSync(`${home}/work.moving`, ".old-1", { mode: 0o600 });
      const lock = lockHome(home, "a test");
      assert.equal(modeOf(home), 0o700);
      for (const { name, isDirectory } of Deno.readDirSync(home)) {
        assert.equal(modeOf(`${home}/${name}`), isDirectory ? 0o700 : 0o600, name);
      }
      lock.release();
    }),
);

Deno.test(
  "a folder that a lab was merely put into stays as open as it was",
  UNIX,
  () =>
    inFolder((folder) => {
      Deno.chmodSync(folder, 0o755);
      Deno.writeTextFileSync(`${folder}/letter.txt`, "mine");
      lockHome(folder, "a test").release();
      lockHome(folder, "a test").release();
      assert.equal(modeOf(folder), 0o755);
      assert.equal(modeOf(`${folder}/lock`), 0o600);
    }),
);

/** What may be in the way of a home, and what is said of it. */
const OBSTACLES: [what: string, make: (folder: string) => string, says: RegExp][] = [
  ["a file", (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "mine");
    return `${folder}/file`;
  }, /file is no folder\. Move that file away, or use --home DIR$/],
  ["a file on the way", (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "mine");
    return `${folder}/file/home`;
  }, /file\/home is no folder\./],
  ["a folder where the lock should be", (folder) => {
    Deno.mkdirSync(`${folder}/lock`);
    return folder;
  }, /^Cannot write .*: Is a directory\. Check the folder/],
];

Deno.test("lockHome() says in a line why there can be no home", async (t) => {
  for (const [what, make, says] of OBSTACLES) {
    await t.step(what, () =>
      inFolder((folder) => {
        assert.throws(() => lockHome(make(folder), "a test"), (error) => {
          assert(error instanceof StateError, `${error}`);
          assert.match(error.message, says);
          return !error.message.includes("\n");
        });
      }));
  }
});

Deno.test("lockHome() needs no room on the disk to sign, and takes over from who did not", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/owner.json`, '{"pid": 1, "purpose"');
    const { writeFileSync } = Deno;
    Deno.writeFileSync = () => {
      throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    };
    try {
      const lock = lockHome(folder, "a longer purpose than there is room for");
      assert.throws(() => lockHome(folder, "other"), /is in use by another process/);
      lock.release();
    } finally {
      Deno.writeFileSync = writeFileSync;
    }
    lockHome(folder, "again").release();
  }));
