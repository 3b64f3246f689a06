import assert from "node:assert/strict";
import { readClusters } from "../../../lib/cli/choice.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import { KubeClient } from "../../../lib/kube/mod.ts";
import { refusedKind } from "../../../lib/labs/kind/kind_arguments.ts";
import { type Ran, runTask, withHome } from "../../cli/_user.ts";
import { idleDocker, kindScript, StandIns } from "../kind/_stand_ins.ts";
import { Served } from "./_served.ts";

/*
 * kind and docker are stand-ins here: scripts that say what the real ones say, whose cluster is that of `lab serve`. What
 * only the real ones can show, is not shown.
 */

Deno.test("refusedKind() lets lines through that ask, or that are about the lab's cluster", () => {
  const cases: [line: string, isRefused: boolean][] = [
    ["create cluster --name hpa-practice --config examples/kind-config.yaml", false],
    ["create cluster --config examples/kind-config.yaml -n=hpa-practice", false],
    ["create cluster --config examples/kind-config.yaml", true],
    ["create cluster --name other", true],
    ["create cluster --name hpa-practice --kubeconfig /home/me/.kube/config", true],
    ["create cluster --help", false],
    ["delete cluster --name hpa-practice", false],
    ["delete cluster", true],
    ["delete cluster --name other", true],
    ["delete clusters --all", true],
    ["delete clusters hpa-practice", true],
    ["load docker-image web --name other", true],
    ["load docker-image web --name hpa-practice", false],
    ["export kubeconfig --name other", true],
    ["export logs --name other", false],
    ["get clusters", false],
    ["get nodes -A", false],
    ["version", false],
  ];
  for (const [line, isRefused] of cases) {
    assert.equal(refusedKind({ args: line.split(" ") }, undefined) !== undefined, isRefused, line);
  }
  assert.equal(refusedKind({ args: ["delete", "cluster"] }, "hpa-practice"), undefined);
});

Deno.test("a lab on a kind cluster of its own: made, found again, deleted, and never somebody's", async (test) => {
  await using served = await Served.begin();
  await using programs = await StandIns.make({ docker: idleDocker });
  const { folder } = programs;
  await programs.put("kind", kindScript(folder));
  await Deno.copyFile(served.kubeconfigPath, `${folder}/kubeconfig`);
  const env = {
    PATH: `${folder}:${Deno.env.get("PATH")}`,
    KUBECONFIG: `${folder}/none`,
    DENO_NO_UPDATE_CHECK: "1",
  };
  const others = new KubeClient((await served.connect()).api);
  await withHome(async (home) => {
    const real = (...args: string[]): Promise<Ran> =>
      runTask("real", [...args, "--home", home], { env });
    const exec = (...lines: string[]) => real("exec", ...lines, "--tools", "builtin");
    const calls = async () => (await Deno.readTextFile(`${folder}/calls`)).trim().split("\n");
    const create = "kind create cluster --name hpa-practice --config examples/kind-config.yaml";

    await test.step("without a cluster it is as before the first lesson, and nothing is made unasked", async () => {
      const { code, stdout, stderr } = await exec("kubectl get nodes", "--on", "kind");
      assert.equal(code, 1, stdout);
      assert.match(stderr, /connection to the server localhost:8080 was refused/);
      assert.match(stderr, /built-in kubectl and helm are used here; for your own: --tools own/);
      assert.ok(!(await calls()).some((call) => call.startsWith("create")));
    });

    await test.step("what is typed of other clusters is refused, and kind is not run for it", async () => {
      const { code, stderr } = await exec("kind delete cluster");
      assert.equal(code, 1);
      assert.match(stderr, /leaves kind as it is\. Say --name hpa-practice/);
      assert.ok(!(await calls()).some((call) => call.startsWith("delete")));
    });

    await test.step("kind makes it, in its own words, and leaves the learner's kubeconfig alone", async () => {
      const { code, stdout, stderr } = await exec(create, "kubectl get nodes -o name");
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Creating cluster "hpa-practice" \.\.\.\n ✓ Ensuring node image/);
      assert.match(stdout, /node\/hpa-practice-control-plane\nnode\/hpa-practice-worker/);
      const [call] = (await calls()).filter((one) => one.startsWith("create"));
      assert.equal(call, create.slice("kind ".length));
      assert.equal(
        (await Deno.readTextFile(`${folder}/exported`)).trim(),
        `${home}/on/kind/kind-kubeconfig`,
      );
    });

    await test.step("after a restart it is found again, and all that is on it is the lab's", async () => {
      const { code, stdout, stderr } = await exec(
        "kubectl -n kube-system scale deploy/coredns --replicas=1",
        "kind get clusters",
      );
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "deployment.apps/coredns scaled\nhpa-practice\n");
      const [one] = Object.values(readClusters(home).agreed);
      assert.equal(one.made, true);
    });

    await test.step("one that was made elsewhere under the same name is not touched", async () => {
      const { metadata } = await others.get<KubeObject>("v1/namespaces", { name: "kube-system" });
      const text = await Deno.readTextFile(`${home}/clusters.json`);
      await Deno.writeTextFile(
        `${home}/clusters.json`,
        text.replaceAll(metadata.uid!, "11111111-2222-4333-8444-555555555555"),
      );
      const { code, stderr } = await exec("kubectl create deployment web --image=nginx");
      assert.equal(code, 1);
      assert.match(stderr, /was not made from this home: it stays as it is/);
      assert.match(stderr, /real --on context=kind-hpa-practice/);
      const left = await real("leave", "--yes");
      assert.equal(left.code, 1);
      assert.match(left.stderr, /it stays as it is/);
      assert.ok(!(await calls()).some((call) => call.startsWith("delete")));
      await Deno.writeTextFile(`${home}/clusters.json`, text);
    });

    await test.step("kind delete cluster deletes it, and the lab goes on without", async () => {
      const { stdout, stderr } = await exec(
        "kind delete cluster --name hpa-practice",
        "kind get clusters",
        "kubectl get nodes",
      );
      assert.equal(stdout, "");
      assert.match(
        stderr,
        /Deleted nodes: .*\nNo kind clusters found\.\n.*localhost:8080 was refused/s,
      );
      assert.deepEqual(readClusters(home).agreed, {});
    });

    await test.step("one that kind was at when the process was killed is found as the lab's", async () => {
      const clusters = JSON.parse(await Deno.readTextFile(`${home}/clusters.json`));
      await Deno.writeTextFile(
        `${home}/clusters.json`,
        JSON.stringify({ ...clusters, making: true }),
      );
      await Deno.writeTextFile(`${folder}/cluster`, "");
      const { code, stdout } = await exec("kubectl get nodes -o name | head -1");
      assert.equal(code, 0);
      assert.equal(stdout, "node/hpa-practice-control-plane\n");
      const { making, agreed } = readClusters(home);
      assert.deepEqual([making, Object.values(agreed)[0].made], [undefined, true]);
      assert.equal((await exec("kind delete cluster --name hpa-practice")).code, 0);
    });

    await test.step("leave deletes the cluster after asking, and the next lab is the sandbox", async () => {
      await exec(create);
      assert.match((await real("leave")).stderr, /say --yes where it is meant/);
      const { code, stdout } = await real("leave", "--yes");
      assert.equal(code, 0);
      assert.match(stdout, /The kind cluster hpa-practice is deleted\.\n$/);
      assert.deepEqual(readClusters(home), {
        ...readClusters(home),
        on: { kind: "sandbox" },
        agreed: {},
      });
    });

    await test.step("without kind it is said what is missing", async () => {
      await programs.put("kind", "echo 'kind: cannot execute' >&2; exit 126");
      const { code, stderr } = await real("exec", "ls", "--on", "kind");
      assert.equal(code, 1);
      assert.match(stderr, /kind: cannot execute\n.*deno task preflight\n.*sandbox/s);
    });
  });
});
