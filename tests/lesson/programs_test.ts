import assert from "node:assert/strict";
import { openSandbox } from "../../lib/labs/mod.ts";
import { commands } from "../../lib/commands/mod.ts";
import { Shell } from "../../lib/shell/mod.ts";

const LESSON = `
export default {
  id: "01-queue",
  title: { en: "", ko: "" },
  minutes: 1,
  requires: [],
  steps: [],
  programs: [{
    name: "queue",
    images: ["example.com/queue"],
    start(context) {
      let length = context.resumed ?? 0;
      context.log("listening on :8080");
      context.net.listen(8080, ({ path }) => {
        if (path === "/push") length++;
        return { status: 200, headers: {}, body: \`queue_length \${length}\\n\` };
      });
      return { snapshot: () => length };
    },
    userland: (tag) => ({ base: "busybox", files: { "/etc/queue": tag + "\\n" } }),
  }, {
    name: "toolbox",
    images: ["example.com/toolbox"],
    userland: () => ({ base: "alpine", curl: true, cmd: ["sleep", "36000"] }),
  }, {
    name: "my-nginx",
    images: ["nginx"],
    start: (context) => (context.log("mine"), {}),
  }],
};
`;

Deno.test("a lesson's images run as the cluster's own do, and are there again after a restart", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/lessons/01-queue`, { recursive: true });
  await Deno.mkdir(`${folder}/lessons/02-broken`);
  await Deno.writeTextFile(`${folder}/lessons/01-queue/lesson.ts`, LESSON);
  await Deno.writeTextFile(`${folder}/lessons/02-broken/lesson.ts`, "export default nonsense;");
  const worker = new URL(
    `../../lib/cli/cluster_worker.ts?lessons=file://${folder}/lessons/`,
    import.meta.url,
  );
  const open = async () => {
    const lab = await openSandbox({
      homeDir: `${folder}/home`,
      startMs: Date.UTC(2026, 10, 24),
      worker,
      permissions: { read: ["/"] },
    });
    await Deno.mkdir(`${folder}/work`, { recursive: true });
    return { lab, shell: new Shell({ lab, workspaceDir: `${folder}/work`, commands }) };
  };
  let { lab, shell } = await open();
  try {
    await lab.createCluster("hpa-practice", {});
    await shell.run("kubectl run queue --image=example.com/queue:v1 --port=8080 --expose");
    await shell.run("kubectl run box --image=example.com/toolbox");
    await shell.run("kubectl run web --image=docker.io/library/nginx:1.29");
    await shell.run("kubectl wait --for=condition=Ready pod --all");
    const push = await shell.run("kubectl exec box -- curl -s http://queue:8080/push");
    assert.equal(push.printed, "queue_length 1\n");
    assert.equal((await shell.run("kubectl logs queue")).stdout, "listening on :8080\n");
    const beside = await shell.run("kubectl exec queue -- cat /etc/queue");
    assert.equal(beside.printed, "v1\n", "its userland lies around the program");
    const taken = await shell.run("kubectl logs web");
    assert.equal(taken.stdout, "mine\n", "an image of the cluster's own is taken over");
    await lab.close();
    ({ lab, shell } = await open());
    const again = await shell.run("kubectl exec box -- curl -s http://queue:8080/push");
    assert.equal(again.printed, "queue_length 2\n");
  } finally {
    await lab.close();
    await Deno.remove(folder, { recursive: true });
  }
});
