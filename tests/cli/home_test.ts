import assert from "node:assert/strict";
import { homeDir, temporaryHome } from "../../lib/cli/home.ts";
import { PROJECT } from "./_user.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("homeDir() is .tutor of the project, or the folder named, from where the command was typed", () =>
  withFolder((folder) => {
    const before = Deno.env.get("INIT_CWD");
    try {
      Deno.env.set("INIT_CWD", folder);
      assert.equal(homeDir({}), `${PROJECT}.tutor`);
      assert.equal(homeDir({ home: "lab" }), `${folder}/lab`);
      assert.equal(homeDir({ home: "/elsewhere/lab" }), "/elsewhere/lab");
    } finally {
      if (before === undefined) Deno.env.delete("INIT_CWD");
      else Deno.env.set("INIT_CWD", before);
    }
    return Promise.resolve();
  }));

Deno.test("homeDir() refuses what cannot be a home, in one line each", () =>
  withFolder(async (folder) => {
    const file = `${folder}/file`;
    await Deno.writeTextFile(file, "kept");
    assert.throws(() => homeDir({ home: "" }), { name: "UsageError", message: /needs a folder/ });
    assert.throws(() => homeDir({ home: " " }), { name: "UsageError" });
    assert.equal(await Deno.readTextFile(file), "kept");
  }));

Deno.test("temporaryHome() lies in .tutor, and removes what was left there long ago", async () => {
  const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
  const left = await temporaryHome("left");
  const next = await temporaryHome("next");
  try {
    assert.ok(left.startsWith(`${PROJECT}.tutor/tmp/left-`));
    assert.ok(await exists(left), "it may be in use");
    const longAgo = new Date(Date.now() - 2 * 24 * 3600 * 1000);
    await Deno.utime(left, longAgo, longAgo);
    const later = await temporaryHome("later");
    await Deno.remove(later);
    assert.deepEqual([await exists(left), await exists(next)], [false, true]);
  } finally {
    await Deno.remove(left, { recursive: true }).catch(() => {});
    await Deno.remove(next, { recursive: true });
  }
});
