import assert from "node:assert/strict";
import { kubectl } from "../../../lib/commands/kubectl/mod.ts";
import { wrap } from "../../../lib/commands/kubectl/schema_text.ts";
import { testServer } from "../../sim/api/fixtures.ts";
import { fakeIo, splitLine } from "./_lab.ts";

/** What a stock kubectl printed on a real API server that served the custom resource. */
const recorded: {
  tool: string;
  server: string;
  date: string;
  crd: any;
  lines: { line: string; stdout: string; stderr: string; exitCode: number }[];
} = JSON.parse(Deno.readTextFileSync(new URL("testdata/explain.json", import.meta.url)));

Deno.test(`explain prints what ${recorded.tool} printed on ${recorded.server}`, async (t) => {
  const { server, api } = testServer();
  api.create("customresourcedefinitions.apiextensions.k8s.io", recorded.crd);
  for (const { line, stdout, stderr, exitCode } of recorded.lines) {
    await t.step(line, async () => {
      const io = fakeIo({ api: (request) => server.handle(request) });
      const code = await kubectl.execute(splitLine(line), io);
      assert.equal(io.stdout, stdout);
      assert.equal(io.stderr, stderr);
      assert.equal(code, exitCode);
    });
  }
});

Deno.test("wrap() breaks at white space and leaves long words whole", async (t) => {
  const cases: [text: string, limit: number, expected: string][] = [
    ["", 5, ""],
    ["one two", 10, "one two"],
    ["one two three", 8, "one two\nthree"],
    ["abcdefghij k", 5, "abcdefghij\nk"],
    ["a\nb  c", 3, "a\nb\nc"],
    ["x\u00a0y z", 3, "x\u00a0y\nz"],
  ];
  for (const [text, limit, expected] of cases) {
    await t.step(JSON.stringify(text), () => assert.equal(wrap(text, limit), expected));
  }
});
