import assert from "node:assert/strict";
import { type LabNotice, openSandbox, type Sandbox } from "../../lib/labs/mod.ts";
import { Conversation, userCommand } from "../cli/_real_process.ts";
import { Client, MAPS } from "./_client.ts";

/*
 * What a learner and a client are told is kept, is kept, and the learner's own records go where the cluster goes.
 */

const PODS = "/api/v1/namespaces/default/pods";
const PERMISSIONS = {
  read: [new URL("../../", import.meta.url)],
};

async function withLab(
  work: (lab: Sandbox, notices: LabNotice[]) => Promise<void>,
): Promise<void> {
  const homeDir = await Deno.makeTempDir();
  const notices: LabNotice[] = [];
  const lab = await openSandbox({
    homeDir,
    worker: new URL("./_hanging_cluster.ts", import.meta.url),
    permissions: PERMISSIONS,
    onNotice: (notice) => notices.push(notice),
  });
  try {
    await lab.createCluster("hpa-practice", {});
    await work(lab, notices);
  } finally {
    await lab.close();
    await Deno.remove(homeDir, { recursive: true });
  }
}

async function clientOf(lab: Sandbox): Promise<Client> {
  const { kubeconfigPath } = await lab.serveApi();
  return new Client(await Deno.readTextFile(kubeconfigPath));
}

const map = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
const pod = (name: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: `example.com/${name}` }] },
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("a write that is acknowledged by a cluster made in another's place is on the disk", () =>
  withLab(async (lab) => {
    const client = await clientOf(lab);
    for (let i = 0; i < 30; i++) await client.send("POST", MAPS, map(`old-${i}`));
    await lab.deleteCluster("hpa-practice");
    await lab.createCluster("hpa-practice", {});
    assert.equal((await client.send("POST", MAPS, map("new"))).status, 201);
    await lab.bringBack();
    assert.equal((await client.send("GET", `${MAPS}/new`)).status, 200);
    client.close();
  }));

Deno.test("what is recorded while the cluster does not answer goes with it, or is kept with it", () =>
  withLab(async (lab, notices) => {
    lab.startTime();
    lab.state.put("tutor/test", "before");
    await lab.save();
    const client = await clientOf(lab);
    assert.equal((await client.send("POST", PODS, pod("hang"))).status, 201);
    await until(() => lab.silentMs > 500);
    lab.state.put("tutor/test", "after");
    await lab.save();
    await assert.rejects(lab.checkpoint("start"), /does not answer|longer than 3 s/);
    await until(() => notices.some(({ kind }) => kind === "brought-back"));
    assert.equal(lab.state.get("tutor/test"), "before");
    client.close();
  }));

Deno.test("what is to be done whole does not end in a cluster that does not answer, and is given up", () =>
  withLab(async (lab) => {
    const client = await clientOf(lab);
    assert.equal((await client.send("POST", PODS, pod("hang"))).status, 201);
    const before = await lab.checkpoint("start");
    assert.equal((await client.send("POST", MAPS, map("within"))).status, 201);
    lab.startTime();
    // The scheduler and the kubelet are at that pod as well, for a moment, before its container hangs.
    await until(() => lab.silentMs > 500 && /default\/hang/.test(lab.doing ?? ""));
    await assert.rejects(before.drop(), /does not answer|longer than 3 s/);
    lab.stopTime();
    await before.undo();
    assert.deepEqual(lab.lines.done, []);
    assert.equal((await client.send("GET", `${MAPS}/within`)).status, 404);
    client.close();
  }));

Deno.test("a client of a cluster that is busy now and then is told what became of its writes", () =>
  withLab(async (lab) => {
    lab.startTime();
    const client = await clientOf(lab);
    assert.equal((await client.send("POST", PODS, pod("slow"))).status, 201);
    await until(() => lab.silentMs > 200);
    for (let i = 0; i < 4; i++) {
      assert.equal((await client.send("POST", MAPS, map(`m-${i}`))).status, 201);
    }
    const { json } = await client.send("GET", MAPS);
    assert.deepEqual(
      json.items?.map(({ metadata }: any) => metadata.name).filter((name: string) =>
        /^m-/.test(name)
      ),
      ["m-0", "m-1", "m-2", "m-3"],
    );
    client.close();
  }));

Deno.test("what a line has told when its process is killed is there at the next start", async () => {
  const home = await Deno.makeTempDir();
  const loop = "for i in $(seq 1 3000); do kubectl create configmap n-$i; done";
  const exec = (...lines: string[]) =>
    new Conversation(userCommand(["exec", "--plain", "--home", home, ...lines]));
  try {
    await using process = exec("make install-kind", loop);
    await process.until(/configmap\/n-40 created/);
    process.child.kill("SIGKILL");
    await process.end();
    const told = [...process.seen.matchAll(/configmap\/(n-\d+) created/g)].map(([, name]) => name);
    await using next = exec("kubectl get configmaps -o name");
    assert.equal(await next.end(), 0, next.seen);
    const kept = new Set([...next.seen.matchAll(/configmap\/(n-\d+)/g)].map(([, name]) => name));
    assert.deepEqual(told.filter((name) => !kept.has(name)), []);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
