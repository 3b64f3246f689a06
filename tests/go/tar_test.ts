import assert from "node:assert/strict";
import { readTar, TAR_END, TarError, tarPart } from "../../lib/go/mod.ts";

Deno.test("an archive is read as it was written, names of any length included", () => {
  const long = `${"folder/".repeat(20)}file`;
  const entries = [{ name: "a/" }, { name: "a/b", content: "\0\xff" }, { name: long, content: "" }];
  const archive = entries.map((entry) => tarPart(entry, 1_000)).join("") + TAR_END;
  assert.equal(archive.length % 512, 0);
  assert.deepEqual([...readTar(archive)], entries);
  assert.deepEqual([...readTar("")], []);
});

Deno.test("an archive that is none is refused in Go's words", () => {
  const part = tarPart({ name: "a", content: "text" }, 0);
  const rows: [archive: string, message: string][] = [
    ["x".repeat(512), "archive/tar: invalid tar header"],
    [part.replace("a", "b"), "archive/tar: invalid tar header"],
    [part.slice(0, 100), "unexpected EOF"],
    [part.slice(0, 514), "unexpected EOF"],
  ];
  for (const [archive, message] of rows) {
    assert.throws(() => [...readTar(archive)], new TarError(message));
  }
});
