import assert from "node:assert/strict";
import { stands } from "../../lib/lesson/_holes.ts";

Deno.test("stands() finds a pattern as whole words within one line", () => {
  const rows: [pattern: string, text: string, found: boolean][] = [
    ["web", "pod web is there", true],
    ["web", "pod web.", true],
    ["web", "(web)", true],
    ["web", "web-1", false],
    ["web", "my-web", false],
    ["web", "web.example", false],
    ["web", "example.web", false],
    ["web", "a web-1, and web too", true],
    ["a <number> b", "a 12 b", true],
    ["a <number> b", "a\n12 b", false],
    ["<2..3>", "1, 2", true],
    ["<2..3>", "1 4 5", false],
    ["a <any> b", `a ${"x b-".repeat(2000)} b`, true],
  ];
  for (const [pattern, text, found] of rows) {
    assert.equal(stands(pattern, text), found, `${pattern} in ${text.slice(0, 40)}`);
  }
});

Deno.test("stands() takes a long line with many holes in little time", () => {
  assert.equal(stands("a<any>a<any>a<any>a<any>z", "a".repeat(20_000)), false);
});
