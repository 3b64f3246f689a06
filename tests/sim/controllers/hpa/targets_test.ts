import assert from "node:assert/strict";
import { Cluster } from "../../../../lib/sim/cluster.ts";
import { memoryState } from "../../../../lib/sim/state/mod.ts";
import { STRICT } from "../../_strict.ts";

const HPAS = "horizontalpodautoscalers.autoscaling";

type Json = any;

Deno.test("what an HPA can scale, and what it says of what it cannot", async (t) => {
  const cluster = Cluster.boot({
    state: memoryState(),
    name: "hpa-practice",
    startMs: Date.UTC(2026, 0, 5),
    seed: 1,
    ...STRICT,
  });
  const api = cluster.api.client({ user: "system:admin", manager: "test" });
  cluster.clock.advance(30_000);
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "nginx" }] } };
  const create = (resource: string, apiVersion: string, kind: string, spec: Json) =>
    api.create(resource, {
      apiVersion,
      kind,
      metadata: { name: kind.toLowerCase(), namespace: "default" },
      spec: { ...spec, template },
    });
  const selector = { matchLabels: labels };
  create("statefulsets.apps", "apps/v1", "StatefulSet", { selector, serviceName: "web" });
  create("daemonsets.apps", "apps/v1", "DaemonSet", { selector });
  create("replicationcontrollers", "v1", "ReplicationController", { selector: labels });
  const rows: [apiVersion: string, kind: string, condition: string][] = [
    ["apps/v1", "StatefulSet", "True SucceededRescale"],
    // The version is whatever the cluster has.
    ["apps/v1beta2", "StatefulSet", "True SucceededRescale"],
    // Kinds are known in lower case too.
    ["apps/v1", "statefulset", "True SucceededRescale"],
    [
      "apps/v1",
      "statefulSet",
      'False FailedGetScale: no matches for kind "statefulSet" in group "apps"',
    ],
    ["", "ReplicationController", "True SucceededRescale"],
    [
      "apps/v1",
      "DaemonSet",
      "False FailedGetScale: the server could not find the requested resource (get daemonsets daemonset)",
    ],
    ["apps/v1", "Deployment", 'False FailedGetScale: deployments.apps "deployment" not found'],
    ["apps/v1", "Pod", 'False FailedGetScale: no matches for kind "Pod" in group "apps"'],
    [
      "example.org/v1",
      "Web",
      'False FailedGetScale: no matches for kind "Web" in group "example.org"',
    ],
  ];
  for (const [apiVersion, kind, expected] of rows) {
    await t.step(`${kind} of ${apiVersion || "no version"}`, () => {
      const name = kind.toLowerCase();
      api.create(HPAS, {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name, namespace: "default" },
        // Below the minimum it is scaled without a metric.
        spec: { scaleTargetRef: { apiVersion, kind, name }, minReplicas: 2, maxReplicas: 3 },
      });
      cluster.clock.advance(16_000);
      const { conditions } = api.get(HPAS, "default", name)!.status;
      const { status, reason, message } = conditions.find((c: Json) => c.type === "AbleToScale");
      const told = message.replace(
        "the HPA controller was unable to get the target's current scale: ",
        "",
      );
      assert.equal(
        status === "True" ? `${status} ${reason}` : `${status} ${reason}: ${told}`,
        expected,
      );
      api.delete(HPAS, "default", name);
      if (status !== "True") return;
      const plural = `${name}s${name === "statefulset" ? ".apps" : ""}`;
      assert.equal(api.get(plural, "default", name)!.spec.replicas, 2);
      api.patch(plural, "default", name, { spec: { replicas: 1 } });
    });
  }
  cluster.close();
});
