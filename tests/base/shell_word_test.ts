import assert from "node:assert/strict";
import { posixWord, shellWord } from "../../lib/base/mod.ts";

Deno.test("a path with spaces, quotes, comments or variables is one word of a shell", async () => {
  const texts = [
    "/tmp/plain",
    "/tmp/집 #1/x",
    "it's",
    "$HOME/`id`",
    'a"b',
    "a\nb",
    "",
    "~",
    "a;b&c",
  ];
  for (const text of texts) {
    if (Deno.build.os !== "windows") {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", `printf %s ${posixWord(text)}`],
      }).output();
      assert.equal(new TextDecoder().decode(stdout), text);
      assert.equal(shellWord(text), posixWord(text));
    }
  }
  assert.equal(posixWord("/tmp/plain-1.yaml"), "/tmp/plain-1.yaml");
});
