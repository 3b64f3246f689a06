import assert from "node:assert/strict";
import { CaseError, readCases } from "./_why_case.ts";
import { CaseLabs } from "./_why_case_run.ts";
import { runCases } from "./why_cases.ts";

/** As many cases of a file as the gate runs; all of them with WHY_CASES=all. */
const FEW = 6;

Deno.test("why names what the files of cases say", async (t) => {
  const labs = new CaseLabs();
  try {
    for (const file of ["healthy", "broken", "odd", "mixed", "remedies", "reported", "slips"]) {
      await t.step(`${file}.jsonl`, async () => {
        const url = new URL(`./why_cases/${file}.jsonl`, import.meta.url);
        const rows = (await Deno.readTextFile(url)).split("\n");
        const isAll = Deno.env.get("WHY_CASES") === "all";
        const cases = rows.filter((row) => row.startsWith("{"));
        const few = cases.filter((_, at) => isAll || at % Math.ceil(cases.length / FEW) === 0);
        const said: string[] = [];
        const wrong = await runCases(file, few.join("\n"), labs, (line) => said.push(line));
        assert.equal(wrong, 0, said.join("\n"));
      });
    }
  } finally {
    await labs.close();
  }
});

Deno.test("a line that is no case is refused with file, line and what is wrong", () => {
  const rows: [string, RegExp][] = [
    ["{", /^cases:1: is no JSON/],
    ['{"minutes": "4"}', /^cases:1: \/minutes must be number/],
    [
      '# fine\n{"expects": {}}',
      /^cases:2: the case must NOT have additional properties \(expects\)/,
    ],
    ['{"install": ["helm"]}', /^cases:1: \/install\/0 must be equal to one of the allowed values/],
  ];
  for (const [text, message] of rows) {
    assert.throws(() => readCases("cases", text), (error: Error) => {
      assert.ok(error instanceof CaseError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("the task tells where a case differs, and ends by itself with status 1", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL("why_cases.ts", import.meta.url).pathname, "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const expect = { hop: "rule", remedy: "^kubectl" };
  const given = { name: "bare", install: [], ask: "metric hits", expect };
  await writer.write(new TextEncoder().encode(JSON.stringify(given)));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const [hop, remedy] = new TextDecoder().decode(stdout).split("\n");
  assert.equal(hop, '-:1: bare: hop: expected "rule", got "api"');
  assert.match(remedy, /^-:1: bare: remedy: expected \/\^kubectl\/, got "helm upgrade --install /);
  assert.equal(code, 1, new TextDecoder().decode(stderr));
});
