import assert from "node:assert/strict";
import { labView } from "../../lib/lesson/mod.ts";
import { Shell } from "../../lib/shell/mod.ts";
import { fakeLab } from "../labs/fake_lab.ts";

Deno.test("a view has the text of a file, and nothing where there is none to read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "a: 1\n");
    await Deno.mkdir(`${folder}/folder`);
    await Deno.symlink("circle", `${folder}/circle`);
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
    const { files } = new Shell({ lab: fakeLab(), workspaceDir: folder, commands: [] });
    const view = labView(fakeLab(), files);
    assert.equal(await view.file("file"), "a: 1\n");
    for (const path of ["none", "folder", "circle", "pipe", "/etc/passwd"]) {
      assert.equal(await view.file(path), undefined, path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
