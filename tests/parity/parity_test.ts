import assert from "node:assert/strict";
import { openWorkbench } from "../../lib/cli/context.ts";
import { temporaryHome } from "../../lib/cli/home.ts";
import type { Account, StepAccount } from "./_account.ts";
import { compareAccounts } from "./_compare.ts";
import { plain } from "./_plain.ts";
import { expectationsOf, playables, playAll } from "./_play.ts";
import { KNOWN, knownAs } from "./known.ts";

Deno.test("plain() opens the holes of what no two clusters have alike, and of nothing else", () => {
  const cases: [text: string, plain: string][] = [
    ["web-7c9d8f6b54-x2x9k   1/1   Running", "web-<hash>-<hash> 1/1 Running"],
    ["2026-01-05T09:00:00Z", "<time>"],
    ["10.244.1.7:9090 is up", "<ip> is up"],
    ["default  Active   5m12s", "default Active <age>"],
    ["uid: 0f1e2d3c-0001-4000-8000-00aa11bb22cc", "uid: <uid>"],
    ["operator-kube-state-metrics", "operator-kube-state-metrics"],
    ["nginx:1.29, 0.5.1 and 0/1", "nginx:1.29, 0.5.1 and 0/1"],
    ["  indented stays", "  indented stays"],
  ];
  for (const [text, expected] of cases) assert.equal(plain(text), expected);
});

const step = (changed: Partial<StepAccount>): StepAccount => ({
  id: "one",
  ok: true,
  lines: [{ line: "kubectl get hpa", exitCode: 0, printed: "NAME TARGETS\nweb 1/10" }],
  objects: { "deployments.apps default/web": { spec: { replicas: 1 } } },
  events: { "Deployment web": ["Normal ScalingReplicaSet d: up", "Normal Other d: x"] },
  ...changed,
});
const account = (changed: Partial<StepAccount> = {}): Account => ({
  kubernetes: "v1.36.3",
  nodes: 2,
  date: "2026-01-05",
  scripts: [{ id: "s", steps: [step(changed)] }],
});

Deno.test("compareAccounts() names the place where two clusters part: verdict, exit code, line, object, event", () => {
  const places = (changed: Partial<StepAccount>, output?: string) =>
    compareAccounts(
      account(),
      account(changed),
      () => output === undefined ? undefined : { as: "table", output },
    ).map(({ where }) => where);
  assert.deepEqual(places({}), []);
  assert.deepEqual(places({ ok: false, wrong: ["no"] }), ["the lesson's own expectation"]);
  const [line] = step({}).lines;
  assert.deepEqual(places({ lines: [{ ...line, exitCode: 1 }] }), ["exit code of kubectl get hpa"]);
  const other = { lines: [{ ...line, printed: "NAME TARGETS\nweb 2/10" }] };
  assert.deepEqual(places(other), ["what kubectl get hpa prints"]);
  assert.deepEqual(places(other, "NAME  TARGETS\nweb   <number>/10"), []);
  assert.deepEqual(
    places({ objects: { "deployments.apps default/web": { spec: { replicas: 2 } } } }),
    [
      "object deployments.apps default/web .spec.replicas",
    ],
  );
  assert.deepEqual(places({ objects: {} }), ["object deployments.apps default/web"]);
  const turned = step({}).events["Deployment web"].toReversed();
  assert.ok(places({ events: { "Deployment web": turned } }).includes("events of Deployment web"));
});

/** What genuine clusters said; `deno task parity --record` writes them anew. */
const RECORDED = new URL("testdata/", import.meta.url);

Deno.test("the sandbox says what a genuine cluster said, but for what has a reason", async () => {
  const used = new Set<unknown>();
  for await (const { name } of Deno.readDir(RECORDED)) {
    const recorded: Account = JSON.parse(await Deno.readTextFile(new URL(name, RECORDED)));
    const wanted = await playables(recorded.scripts.map(({ id }) => id));
    const home = await temporaryHome("parity");
    const bench = await openWorkbench(home, { hostPorts: false });
    try {
      const sandbox = await playAll({ ...bench, files: bench.shell.files }, wanted, () => {});
      const partings = compareAccounts(sandbox, recorded, expectationsOf(wanted));
      assert.deepEqual(partings.filter((each) => !knownAs(each)), [], name);
      for (const each of partings) used.add(knownAs(each));
    } finally {
      await bench.close();
      await Deno.remove(home, { recursive: true });
    }
  }
  const idle = KNOWN.filter((row) => !used.has(row));
  assert.deepEqual(idle, [], "what is the same by now needs no reason");
});
