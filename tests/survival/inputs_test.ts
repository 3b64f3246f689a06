import assert from "node:assert/strict";
import { runTask, withHome } from "../cli/_user.ts";
import { checkSaid, FILES, INPUTS, LAB, UNFINISHED_LINE } from "./_inputs.ts";

Deno.test("what ends or hangs a lab without fences fails alone, in exec", async (t) => {
  await withHome(async (home) => {
    const exec = async (...lines: string[]) => {
      const { stdout, stderr } = await runTask("tutor", ["exec", ...lines, "--home", home]);
      return stdout + stderr;
    };
    assert.match(await exec(LAB), /keda/);
    for (const [name, text] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${home}/work/${name}`, text);
    }
    for (const input of INPUTS) {
      await t.step(input.what, async () => checkSaid(input, await exec(...input.lines)));
    }
    await t.step("an unfinished line", async () => {
      const says = [/bash: unexpected EOF while looking for matching `\)'/];
      checkSaid({ says }, await exec(UNFINISHED_LINE));
    });
    const pods = await exec("kubectl get pods -o name");
    assert.match(pods, /pod\/bomb\npod\/busy\n/, "and it is there after every restart");
  });
});
