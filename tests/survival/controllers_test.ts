import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import type { LabNotice } from "../../lib/labs/mod.ts";
import { Notices, Presenter, Tutor } from "../../lib/tutor/mod.ts";
import { ScriptedScreen } from "../tutor/scripted_screen.ts";
import { Client, MAPS, patiently } from "./_client.ts";

/*
 * What loops or throws by its own code, whatever the objects: a controller, a webhook, the kubelet. What a lesson's check
 * does is in tests/lesson/apart_test.ts.
 */

type Bench = Awaited<ReturnType<typeof openWorkbench>> & { notices: LabNotice[]; home: string };

const PODS = "/api/v1/namespaces/default/pods";

/** Opens the lab in `home` on the cluster that can hang, which has the controller. */
async function open(home: string, notices: LabNotice[]): Promise<Bench> {
  const bench = await openWorkbench(home, {
    worker: new URL("./_hanging_cluster.ts", import.meta.url),
    permissions: { read: [new URL("../../", import.meta.url)] },
    onNotice: (notice) => notices.push(notice),
  });
  return { ...bench, notices, home };
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  const bench = await open(home, []);
  try {
    await bench.shell.run("make install-kind");
    await bench.lab.save();
    await work(bench);
  } finally {
    await bench.close();
    await Deno.remove(home, { recursive: true });
  }
}

/** Sits down at the lab and types lines; gives all that was on the screen. */
async function sitDown({ lab, shell, notices }: Bench, lines: string[]): Promise<string> {
  const screen = new ScriptedScreen(lines);
  const shown = new Notices();
  for (const notice of notices.splice(0)) if (notice.kind !== "ports") shown.add(notice);
  await new Tutor({
    lab,
    shell,
    present: new Presenter(screen, "en"),
    notices: shown,
    lessons: [],
    language: "en",
    command: "tutor",
    resetFiles: () => Promise.reject(new Error("nothing to reset")),
  }).run();
  return screen.written.replace(/\s+/g, " ");
}

async function clientOf({ lab }: Bench): Promise<Client> {
  const { kubeconfigPath } = await lab.serveApi();
  return new Client(await Deno.readTextFile(kubeconfigPath));
}

/** The lab works as ever: at the prompt, for clients, and its time goes on. */
async function worksOn(bench: Bench, client: Client): Promise<void> {
  const { lab, shell } = bench;
  assert.equal((await patiently(client, "/readyz")).status, 200);
  const beforeMs = lab.clock.now();
  const { exitCode, printed } = await shell.run(
    "clock +1m; kubectl create cm after && kubectl delete cm after",
  );
  assert.equal(exitCode, 0, printed);
  assert.ok(lab.clock.now() >= beforeMs + 60_000);
}

async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function noticeOf<Kind extends LabNotice["kind"]>(
  { notices }: Bench,
  kind: Kind,
): LabNotice & { kind: Kind } | undefined {
  return notices.find((notice) => notice.kind === kind) as LabNotice & { kind: Kind } | undefined;
}

Deno.test("a controller that throws, or never has enough of an object, is told of by it, and everything else goes on", () =>
  withBench(async (bench) => {
    const client = await clientOf(bench);
    for (
      const [name, why] of [
        ["throw", "TypeError: nil map"],
        ["again", "InvariantError: Reconciled 1000 times at one instant"],
      ]
    ) {
      const { exitCode } = await bench.shell.run(
        `kubectl create cm ${name} --from-literal=do=${name}`,
      );
      assert.equal(exitCode, 0);
      const fault = await until(() => noticeOf(bench, "fault"));
      assert.equal(fault.where, `controller tester configmaps default/${name}`);
      assert.match(`InvariantError: ${fault.message}`, new RegExp(`${why}$`));
      const text = await sitDown(bench, [`kubectl get cm ${name} -o name`, "quit"]);
      assert.match(
        text,
        new RegExp(`In the lab, controller tester configmaps default/${name} failed`),
      );
      assert.match(text, new RegExp(`configmap/${name} `));
      assert.equal((await patiently(client, `${MAPS}/${name}`)).status, 200);
    }
    await worksOn(bench, client);
    client.close();
  }));

Deno.test("a controller that loops at a write is named, at the prompt and to clients; the lab is as it was", () =>
  withBench(async (bench) => {
    const client = await clientOf(bench);
    const place = "controller tester configmaps default/spin";
    const line = bench.shell.run("kubectl create cm spin --from-literal=do=loop");
    while (bench.lab.silentMs < 500) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(String(bench.lab.doing), new RegExp(`${place}$`));
    const { status, json } = await client.send("GET", MAPS);
    assert.equal(status, 504);
    assert.match(json.message, new RegExp(`the lab does not answer: it is at .*${place}$`));
    const back = await until(() => noticeOf(bench, "brought-back"));
    assert.match(`${back.reason} ${back.doing}`, new RegExp(`longer than 3 s .*${place}$`));
    const { exitCode, printed } = await line;
    assert.equal(exitCode, 1, printed);
    assert.match(printed, /connection to the (lab|server)/);
    const text = await sitDown(bench, ["kubectl get cm spin", "quit"]);
    assert.match(
      text,
      new RegExp(`${place}\\). The lab was brought back as it was at its last save`),
    );
    assert.match(text, /configmaps "spin" not found/);
    await worksOn(bench, client);
    client.close();
  }));

Deno.test("a controller that loops over an object that is there freezes the lab, which offers to remove it", () =>
  withBench(async (bench) => {
    const client = await clientOf(bench);
    const place = "controller tester configmaps default/spin";
    assert.equal(
      (await bench.shell.run("kubectl create cm spin --from-literal=do=loop-later")).exitCode,
      0,
    );
    await bench.lab.save();
    const waiting = bench.shell.run("clock +10s");
    const text = await (async () => {
      await until(() => noticeOf(bench, "brought-back"));
      await waiting;
      // It is tried again, and hangs again.
      await bench.shell.run("clock +10s");
      await until(() => noticeOf(bench, "frozen"));
      assert.equal((await patiently(client, `${MAPS}/spin`)).status, 200);
      return await sitDown(bench, ["y", "clock +1m", "quit"]);
    })();
    assert.match(
      text,
      new RegExp(`The lab stopped answering twice, at ${place}, so its time stands still`),
    );
    assert.match(text, /kubectl delete configmaps spin -n default --wait=false/);
    assert.match(text, /Remove the ConfigMap default\/spin with these lines, and let time go on\?/);
    assert.match(text, /Time goes on\./);
    assert.equal(bench.lab.frozen, false);
    await worksOn(bench, client);
    client.close();
  }));

Deno.test("what throws as the lab comes up is named, and it is offered to remove it or to go back", async () => {
  const home = await Deno.makeTempDir();
  let bench = await open(home, []);
  const place = "controller tester configmaps default/bad";
  try {
    await bench.shell.run("make install-kind");
    await bench.lab.snapshot("before");
    await bench.shell.run("kubectl create cm bad --from-literal=start=throws");
    await bench.lab.save();
    const again = async (lines: string[]) => {
      await bench.close();
      bench = await open(home, []);
      await bench.lab.ready();
      assert.equal(bench.lab.frozen, true);
      assert.equal(bench.lab.troubledBy, place);
      const { printed } = await bench.shell.run("kubectl get cm bad -o name");
      assert.equal(printed, "configmap/bad\n");
      return await sitDown(bench, lines);
    };
    const offered = await again(["n", "", "quit"]);
    assert.match(
      offered,
      new RegExp(`The lab did not come up, at ${place} \\(.*nil map\\), so its time`),
    );
    assert.match(offered, /kubectl delete configmaps bad -n default --wait=false/);
    assert.match(offered, /1 before .* Go back to one of these snapshots/);
    const removed = await again(["y", "clock +1m", "quit"]);
    assert.match(removed, /Remove the ConfigMap default\/bad with these lines[^]*Time goes on\./);
    await bench.close();
    bench = await open(home, []);
    await bench.lab.ready();
    assert.deepEqual([bench.lab.frozen, bench.notices.map(({ kind }) => kind)], [false, []]);
    const client = await clientOf(bench);
    await worksOn(bench, client);
    client.close();
  } finally {
    await bench.close();
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a webhook that loops is named with the write that it was asked about", () =>
  withBench(async (bench) => {
    const client = await clientOf(bench);
    const post = async (path: string, body: unknown) =>
      assert.equal((await client.send("POST", path, body)).status, 201);
    await post(PODS, {
      metadata: { name: "hook", labels: { app: "hook" } },
      spec: { containers: [{ name: "main", image: "example.com/hook" }] },
    });
    await post("/api/v1/namespaces/default/services", {
      metadata: { name: "hook" },
      spec: { selector: { app: "hook" }, ports: [{ port: 443 }] },
    });
    await bench.lab.clock.advance(30_000);
    await post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
      metadata: { name: "hook" },
      webhooks: [{
        name: "hook.example.com",
        failurePolicy: "Fail",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        clientConfig: { service: { namespace: "default", name: "hook", path: "/v" } },
        rules: [{
          operations: ["CREATE"],
          apiGroups: [""],
          apiVersions: ["v1"],
          resources: ["secrets"],
        }],
      }],
    });
    await bench.lab.save();
    const line = bench.shell.run("kubectl create secret generic one");
    const back = await until(() => noticeOf(bench, "brought-back"));
    assert.equal(
      back.doing,
      "api server POST /api/v1/namespaces/default/secrets → container default/hook/main a review",
    );
    assert.equal((await line).exitCode, 1);
    const text = await sitDown(bench, ["kubectl get secret one", "quit"]);
    assert.match(text, /container default\/hook\/main a review/);
    assert.match(text, /secrets "one" not found/);
    await worksOn(bench, client);
    client.close();
  }));

Deno.test("a kubelet that loops over a pod is named with it", () =>
  withBench(async (bench) => {
    const client = await clientOf(bench);
    const line = bench.shell.run("kubectl run unready --image=example.com/unready; clock +10s");
    const back = await until(() => noticeOf(bench, "brought-back"));
    assert.match(String(back.doing), /kubelet default\/unready/);
    await line;
    await bench.shell.run("kubectl delete pod unready --force --grace-period=0");
    await worksOn(bench, client);
    client.close();
  }));
