import assert from "node:assert/strict";
import { SeededRandom, VirtualClock } from "../../../../lib/base/mod.ts";
import { ApiError } from "../../../../lib/kube/mod.ts";
import { startHpaController } from "../../../../lib/sim/controllers/hpa/mod.ts";
import type { SimContext } from "../../../../lib/sim/seams.ts";
import { FakeApi, MemoryState } from "../../fakes/mod.ts";
import recorded from "./testdata/no_metrics_api.json" with { type: "json" };

const HPAS = "horizontalpodautoscalers.autoscaling";
const START = Date.UTC(2026, 10, 24, 3, 0, 0);
const OBJECT_METRIC = {
  type: "Object",
  object: {
    describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
    metric: { name: "hits" },
    target: { type: "Value", value: "50" },
  },
};

function setUp(options: { metrics?: unknown[]; replicas?: number; state?: MemoryState } = {}) {
  const clock = new VirtualClock(START);
  const api = new FakeApi(() => clock.now());
  const state = options.state ?? new MemoryState();
  const context = { clock, api, state, random: new SeededRandom(1) } as unknown as SimContext;
  const { replicas = 1 } = options;
  api.create("deployments.apps", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas, selector: { matchLabels: { app: "web" } } },
  });
  for (let i = 0; i < replicas; i++) {
    api.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `web-${i}`, namespace: "default", labels: { app: "web" } },
      spec: { containers: [{ name: "app", resources: { requests: { cpu: "100m" } } }] },
      status: {
        phase: "Running",
        startTime: new Date(START - 3_600_000).toISOString(),
        conditions: [{
          type: "Ready",
          status: "True",
          lastTransitionTime: new Date(START - 3_600_000).toISOString(),
        }],
      },
    });
  }
  const hpa = (name: string) =>
    api.create(HPAS, {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, namespace: "default" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: options.metrics ?? [OBJECT_METRIC],
      },
    });
  const replicasNow = () => api.get("deployments.apps", "default", "web")!.spec.replicas;
  const condition = (type: string, name = "web") => {
    const { conditions = [] } = api.get(HPAS, "default", name)!.status ?? {};
    const found = conditions.find((c: any) => c.type === type);
    return found && `${found.status} ${found.reason}: ${found.message}`;
  };
  return { clock, api, state, context, hpa, replicasNow, condition };
}

/** A custom metrics API with one value for the Service `web`. */
function customMetrics(value: () => string | undefined) {
  return (path: string) => {
    if (path === "/apis") {
      const version = { groupVersion: "custom.metrics.k8s.io/v1beta1", version: "v1beta1" };
      return {
        groups: [{ name: "custom.metrics.k8s.io", versions: [version], preferredVersion: version }],
      };
    }
    const now = value();
    if (now === undefined) {
      throw new ApiError(
        404,
        "NotFound",
        "the server could not find the metric hits for services web",
      );
    }
    return {
      items: [{ describedObject: { name: "web" }, timestamp: "2026-11-24T03:00:00Z", value: now }],
    };
  };
}

Deno.test("the controller scales a Deployment fifteen seconds after its HPA appears", () => {
  const { clock, api, context, hpa, replicasNow, condition } = setUp();
  api.answer = customMetrics(() => "160");
  startHpaController(context);
  hpa("web");
  clock.advance(14_999);
  assert.equal(replicasNow(), 1);
  clock.advance(1);
  assert.equal(replicasNow(), 3);
  assert.deepEqual(api.events, [{
    type: "Normal",
    reason: "SuccessfulRescale",
    message: "New size: 3; reason: Service metric hits above target",
  }]);
  assert.equal(
    condition("AbleToScale"),
    "True SucceededRescale: the HPA controller was able to update the target scale to 3",
  );
  assert.ok(
    api.asked.includes("/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/services/web/hits"),
  );
  assert.deepEqual(api.get(HPAS, "default", "web")!.status, {
    lastScaleTime: "2026-11-24T03:00:15Z",
    currentReplicas: 1,
    desiredReplicas: 3,
    currentMetrics: [{
      type: "Object",
      object: {
        metric: { name: "hits" },
        current: { value: "160" },
        describedObject: { apiVersion: "v1", kind: "Service", name: "web" },
      },
    }],
    conditions: api.get(HPAS, "default", "web")!.status.conditions,
  });
});

Deno.test("a status that says the same is not written again", () => {
  const { clock, api, context, hpa } = setUp();
  api.answer = customMetrics(() => "50");
  startHpaController(context);
  hpa("web");
  clock.advance(15_000);
  const { resourceVersion } = api.get(HPAS, "default", "web")!.metadata;
  clock.advance(60_000);
  assert.equal(api.get(HPAS, "default", "web")!.metadata.resourceVersion, resourceVersion);
});

// Source: kubernetes/kubernetes pkg/controller/podautoscaler/metrics/client.go.
Deno.test("what a metrics API cannot give is said in upstream's words", async (t) => {
  const resource = (utilization: number) => ({
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: utilization } },
  });
  const pods = {
    type: "Pods",
    pods: { metric: { name: "hits" }, target: { type: "AverageValue", averageValue: "1" } },
  };
  const external = {
    type: "External",
    external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "1" } },
  };
  const group = customMetrics(() => undefined);
  const unavailable = () => {
    throw ApiError.unavailable("the server is currently unable to handle the request");
  };
  const rows: [name: string, metric: unknown, answer: (path: string) => any, message: string][] = [
    [
      "no custom metrics API",
      OBJECT_METRIC,
      () => ({ groups: [] }),
      "unable to get metric hits: Service on default web/unable to fetch metrics from custom metrics " +
      "API: no custom metrics API (custom.metrics.k8s.io) registered",
    ],
    [
      "a metric that the adapter does not know",
      OBJECT_METRIC,
      group,
      "unable to get metric hits: Service on default web/unable to fetch metrics from custom metrics " +
      "API: the server could not find the metric hits for services web",
    ],
    [
      "an adapter that does not answer",
      OBJECT_METRIC,
      (path) => (path === "/apis" ? group(path) : unavailable()),
      "unable to get metric hits: Service on default web/unable to fetch metrics from custom metrics " +
      "API: the server is currently unable to handle the request (get services.custom.metrics.k8s.io web)",
    ],
    [
      "no samples for the pods",
      pods,
      (path) => (path === "/apis" ? group(path) : { items: [] }),
      "unable to get metric hits: no metrics returned from custom metrics API",
    ],
    [
      "no metrics-server",
      resource(50),
      () => {
        throw ApiError.noSuchResource();
      },
      "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics " +
      "from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
    ],
    [
      "no external metrics API",
      external,
      () => {
        throw ApiError.noSuchResource();
      },
      "unable to get external metric default/queue/nil: unable to fetch metrics from external metrics " +
      "API: the server could not find the requested resource (get queue.external.metrics.k8s.io)",
    ],
    [
      "an external metric without values",
      external,
      () => ({ items: [] }),
      "unable to get external metric default/queue/nil: no metrics returned from external metrics API",
    ],
  ];
  for (const [name, metric, answer, message] of rows) {
    await t.step(name, () => {
      const { clock, api, context, hpa, condition } = setUp({ metrics: [metric] });
      api.answer = answer;
      startHpaController(context);
      hpa("web");
      clock.advance(15_000);
      assert.equal(api.events[0].message, message);
      assert.equal(
        condition("ScalingActive"),
        `False ${
          api.events[0].reason
        }: the HPA was unable to compute the replica count: ${message}`,
      );
    });
  }
});

Deno.test("a target that is not there is said so", async (t) => {
  const rows: [ref: Record<string, string>, message: string][] = [
    [
      { apiVersion: "apps/v1", kind: "Deployment", name: "wep" },
      'deployments.apps "wep" not found',
    ],
    [
      { apiVersion: "apps/v1", kind: "Deploymnt", name: "web" },
      'no matches for kind "Deploymnt" in group "apps"',
    ],
    [{ apiVersion: "a/b/c", kind: "D", name: "web" }, "unexpected GroupVersion string: a/b/c"],
  ];
  for (const [scaleTargetRef, message] of rows) {
    await t.step(message, () => {
      const { clock, api, context, condition } = setUp();
      startHpaController(context);
      api.create(HPAS, {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web", namespace: "default" },
        spec: { scaleTargetRef, maxReplicas: 3, metrics: [OBJECT_METRIC] },
      });
      clock.advance(15_000);
      assert.deepEqual(api.events, [{ type: "Warning", reason: "FailedGetScale", message }]);
      assert.equal(
        condition("AbleToScale"),
        "False FailedGetScale: the HPA controller was unable to get the target's current scale: " +
          message,
      );
    });
  }
});

Deno.test("an Object metric may leave out the apiVersion of what it describes", () => {
  const metric = (kind: string) => ({
    ...OBJECT_METRIC,
    object: { ...OBJECT_METRIC.object, describedObject: { kind, name: "web" } },
  });
  const known = setUp({ metrics: [metric("Service")] });
  known.api.answer = customMetrics(() => "160");
  startHpaController(known.context);
  known.hpa("web");
  known.clock.advance(15_000);
  assert.equal(known.replicasNow(), 3);
  const unknown = setUp({ metrics: [metric("Servise")] });
  unknown.api.answer = customMetrics(() => "160");
  startHpaController(unknown.context);
  unknown.hpa("web");
  unknown.clock.advance(15_000);
  assert.match(
    unknown.condition("ScalingActive"),
    /unable to map kind Servise to resource: no matches for kind "Servise" in group ""$/,
  );
});

Deno.test("two HPAs on one workload are ambiguous", () => {
  const { clock, api, context, hpa, condition } = setUp();
  api.answer = customMetrics(() => "50");
  startHpaController(context);
  hpa("one");
  hpa("two");
  clock.advance(30_000);
  assert.equal(
    condition("ScalingActive", "one"),
    "False AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: " +
      "[default/one default/two]",
  );
  assert.ok(api.events.some(({ reason }) => reason === "AmbiguousSelector"));
});

Deno.test("a controller started again keeps its grid and its recommendations", () => {
  const one = setUp({ replicas: 3 });
  one.api.answer = customMetrics(() => "0");
  const running = startHpaController(one.context);
  one.clock.advance(4_000);
  one.hpa("web");
  one.clock.advance(20_000);
  running.save(one.state);
  running.stop();
  // The clock of the new process starts where the old one was; the fake's objects live on.
  startHpaController(one.context);
  one.clock.advanceTo(START + 4_000 + 315_000 - 1);
  assert.equal(one.replicasNow(), 3);
  one.clock.advance(16_000);
  assert.equal(one.replicasNow(), 1);
  assert.match(one.api.events.at(-1)!.message, /^New size: 1; reason: All metrics below target$/);
});

Deno.test("a deleted HPA is forgotten", () => {
  const { clock, api, context, state, hpa } = setUp();
  api.answer = customMetrics(() => "50");
  const running = startHpaController(context);
  hpa("web");
  clock.advance(15_000);
  running.save(state);
  assert.deepEqual([...state.keys("hpa/")], ["hpa/default/web"]);
  api.delete(HPAS, "default", "web");
  clock.advance(15_000);
  running.save(state);
  assert.deepEqual([...state.keys("hpa/")], []);
  assert.equal(clock.nextTimerMs(), undefined);
});

Deno.test("status and events are those recorded from kube-controller-manager", async (t) => {
  for (const { metric, target = "web", events, status } of recorded.cases) {
    await t.step(`${metric.type} ${target}`, () => {
      const { clock, api, context } = setUp();
      api.answer = (path) => {
        if (path === "/apis") return { groups: [] };
        throw ApiError.noSuchResource();
      };
      startHpaController(context);
      api.create(HPAS, {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web", namespace: "default" },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
          minReplicas: 1,
          maxReplicas: 3,
          metrics: [metric],
        },
      });
      clock.advance(15_000);
      assert.deepEqual(api.events.map((e) => [e.type, e.reason, e.message]), events);
      const { conditions, ...rest } = structuredClone(api.get(HPAS, "default", "web")!.status);
      for (const condition of conditions) delete condition.lastTransitionTime;
      assert.deepEqual({ ...rest, conditions }, status);
    });
  }
});
