import assert from "node:assert/strict";
import { readText } from "../../lib/cli/read_text.ts";

Deno.test("a file that cannot be read is told of in words of ours, and what has no end is not read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a`, "text");
    assert.equal(await readText(`${folder}/a`), "text");
    for (
      const [path, message] of [
        [folder, "it is a folder, not a file"],
        [`${folder}/none`, "no such file or directory"],
        [`${folder}/a/b`, "a part of its path is no folder"],
        ...Deno.build.os === "windows" ? [] : [["/dev/zero", "it is a device, not a file"]],
      ]
    ) await assert.rejects(readText(path), { name: "FileError", message });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
