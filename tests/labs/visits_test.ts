import assert from "node:assert/strict";
import { ActivityBoard } from "../../lib/base/mod.ts";
import { Board, Pulse } from "../../lib/labs/board.ts";
import { ClusterLab } from "../../lib/labs/cluster_lab.ts";
import type { Lab } from "../../lib/labs/lab.ts";
import { MirrorState } from "../../lib/labs/mirror_state.ts";
import { type Tally, type VisitOptions, visitPage, type VisitPlan } from "../../lib/labs/visits.ts";

const labels = { app: "web" };
const OBJECTS = [
  ["/apis/apps/v1/namespaces/default/deployments", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "nginx", image: "nginx:1.29" }] },
      },
    },
  }],
  ["/api/v1/namespaces/default/services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { type: "NodePort", selector: labels, ports: [{ port: 80, nodePort: 30951 }] },
  }],
] as const;

/** A lab whose nginx answers at port 30951 after a while. */
async function withWeb(): Promise<ClusterLab> {
  const news = { onIdle() {}, onAutosave() {}, onPorts() {}, onLabel() {}, onFault() {} };
  const lab = new ClusterLab({
    state: new MirrorState([]),
    board: new Board(),
    pulse: new Pulse(),
    activity: new ActivityBoard(),
    news,
    bounded: (work) => work(),
    startMs: Date.UTC(2026, 0, 1),
    idleMinutes: 0,
    programs: [],
  });
  const nodes = [{ extraPortMappings: [{ hostPort: 30951 }] }];
  await lab.createCluster("hpa-practice", { config: { nodes } });
  for (const [path, object] of OBJECTS) {
    const body = JSON.stringify(object);
    const headers = { "content-type": "application/json" };
    const answer = await lab.api(
      new Request(`https://lab${path}`, { method: "POST", headers, body }),
    );
    assert.equal(answer.status, 201, await answer.text());
  }
  return lab;
}

/** What a load before nginx is there and one while it is come to, and what nginx has in its log. */
async function told(visit: (lab: Lab, plan: VisitPlan, options: VisitOptions) => Promise<Tally>) {
  const lab = await withWeb();
  try {
    const progress: string[] = [];
    const options: VisitOptions = {
      signal: new AbortController().signal,
      onProgress: (doneMs, { sent, refused }) => progress.push(`${doneMs} ${sent} ${refused}`),
    };
    const url = "http://127.0.0.1:30951/";
    const tallies = [
      await visit(lab, { url, rps: 7, durationMs: 45_000 }, options),
      await visit(lab, { url, rps: 120, durationMs: 5_000 }, options),
    ];
    const { items: [pod] } = await (await lab.api(
      new Request("https://lab/api/v1/namespaces/default/pods?labelSelector=app%3Dweb"),
    )).json();
    const log = await lab.api(
      new Request(`https://lab/api/v1/namespaces/default/pods/${pod.metadata.name}/log`),
    );
    return { tallies, progress, nowMs: lab.clock.now(), log: await log.text() };
  } finally {
    await lab.close();
  }
}

Deno.test("a load on the cluster's own thread is the same visits at the same instants as one by requests", async () => {
  const own = await told((lab, plan, options) => lab.visit!(plan, options));
  assert.ok(own.tallies[0].refused > 0 && own.tallies[0].statuses.get(200)! > 0);
  assert.deepEqual([own.tallies[1].sent, own.tallies[1].statuses.get(200)], [600, 600]);
  assert.match(own.log, /"GET \/ HTTP\/1\.1" 200 .* "load"/);
  assert.deepEqual(await told(visitPage), own);
});

Deno.test("a load on the cluster's own thread ends early when nobody wants it any more", async () => {
  const lab = await withWeb();
  const interrupt = new AbortController();
  const onProgress = () => interrupt.abort();
  const plan = { url: "http://127.0.0.1:30951/", rps: 1, durationMs: 3_600_000 };
  const { sent } = await lab.visit(plan, { signal: interrupt.signal, onProgress });
  assert.ok(sent >= 30 && sent < 3_600, `${sent}`);
  await lab.close();
});
