import assert from "node:assert/strict";
import { commands } from "../../../lib/commands/mod.ts";
import { openSandbox } from "../../../lib/labs/mod.ts";
import { Shell } from "../../../lib/shell/mod.ts";

Deno.test("kubectl edit refuses a saved file that holds no object, and keeps it", async (t) => {
  const folder = await Deno.makeTempDir();
  const lab = await openSandbox({ homeDir: `${folder}/home`, startMs: Date.UTC(2026, 10, 24) });
  try {
    await Deno.mkdir(`${folder}/work`);
    const shell = new Shell({ lab, workspaceDir: `${folder}/work`, commands });
    await lab.createCluster("hpa-practice", {});
    for (const saved of ["null", "words", "3", "[]", "kind: List", "kind: List\nitems: [null]"]) {
      await t.step(JSON.stringify(saved), async () => {
        await Deno.writeTextFile(`${folder}/work/saved.yaml`, `${saved}\n`);
        const line = "KUBE_EDITOR='cp saved.yaml' kubectl edit namespace default";
        const { exitCode, printed } = await shell.run(line);
        assert.equal(exitCode, 1, printed);
        assert.match(printed, /error: namespaces "default" is invalid\n/);
        assert.match(printed, /A copy of your changes has been stored to "/);
        assert.match(printed, /error: Edit cancelled, no valid changes were saved\.\n$/);
      });
    }
  } finally {
    await lab.close();
    await Deno.remove(folder, { recursive: true });
  }
});
