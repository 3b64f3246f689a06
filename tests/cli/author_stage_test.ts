import assert from "node:assert/strict";
import { tryOut } from "../../lib/authoring/mod.ts";
import { openStage } from "../../lib/cli/author_stage.ts";

Deno.test("a stage goes back to cluster, files and shell as they were, whatever was tried", async () => {
  const stage = await openStage();
  try {
    const run = async (line: string) => {
      const { exitCode, printed } = await stage.shell.run(line);
      assert.equal(exitCode, 0, `${line}: ${printed}`);
      return printed ?? "";
    };
    await stage.begin(1);
    await run("kind create cluster --name hpa-practice");
    await run("kubectl create deployment web --image=nginx; echo before > mine.txt");
    await stage.lab.clock.advance(30_000);
    const look =
      "kubectl get pod -o name; kubectl config view -o jsonpath='{.contexts[0].context}'; " +
      "cat mine.txt; ls; echo ${WORD:-none}";
    const before = await run(look);
    const beforeMs = stage.lab.clock.now();
    await tryOut(stage, async () => {
      await run("kubectl delete deployment web; kubectl create namespace other");
      await run("kubectl config set-context --current --namespace other");
      await run("echo after > mine.txt; echo new > other.txt; WORD=said; clock pause");
      await stage.files.write("large.txt", "x".repeat(2 * 1024 * 1024));
      await stage.lab.clock.advance(60_000);
    });
    assert.equal(await run(look), before);
    assert.match(before, /^pod\/web-[\s\S]*\nnone\n$/);
    assert.equal(stage.lab.clock.now(), beforeMs);
    assert.ok(stage.lab.clock.speed > 0, "a pause is tried out too");

    const podOf = async (seed: number) => {
      await stage.begin(seed);
      await run(
        "kind create cluster --name hpa-practice; kubectl create deployment web --image=nginx",
      );
      await stage.lab.clock.advance(30_000);
      return await run("kubectl get pod -o name");
    };
    const [first, other, again] = [await podOf(1), await podOf(2), await podOf(1)];
    assert.equal(again, first);
    assert.notEqual(other, first);
  } finally {
    await stage.close();
  }
});
