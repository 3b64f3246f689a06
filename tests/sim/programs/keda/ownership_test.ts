import assert from "node:assert/strict";
import {
  condition,
  hpaOf,
  HPAS,
  logOf,
  prometheusTrigger,
  replicasOf,
  SCALED_OBJECTS,
  started,
  statusOf,
  valueOf,
  type World,
} from "./_world.ts";

const change = (world: World, spec: Record<string, unknown>) => {
  world.api.patch(SCALED_OBJECTS, "default", "web", { spec });
  world.clock.advance(1);
};

// Source: kedacore/keda controllers/keda/hpa.go (newHPAForScaledObject).
Deno.test("the HPA takes the ScaledObject's labels and annotations, but for those excluded", () => {
  const annotations = { "scaledobject.keda.sh/hpa-excluded-labels": "secret,team", note: "x" };
  const world = started({}, {
    metadata: { labels: { app: "web", team: "a", secret: "b" }, annotations },
  });
  const { labels, annotations: taken } = hpaOf(world)!.metadata;
  assert.deepEqual(labels, {
    "app.kubernetes.io/managed-by": "keda-operator",
    "app.kubernetes.io/name": "keda-hpa-web",
    "app.kubernetes.io/part-of": "web",
    "app.kubernetes.io/version": "2.20.2",
    "scaledobject.keda.sh/name": "web",
    app: "web",
  });
  assert.deepEqual(taken, annotations);
});

Deno.test("the HPA's bounds: at least 1, at most 100 where nothing is said", async (t) => {
  const rows: [spec: Record<string, unknown>, bounds: [number, number]][] = [
    [{ minReplicaCount: undefined, maxReplicaCount: undefined }, [1, 100]],
    [{ minReplicaCount: 0, maxReplicaCount: 3 }, [1, 3]],
    [{ minReplicaCount: 2, maxReplicaCount: 3 }, [2, 3]],
    [{ minReplicaCount: 2, maxReplicaCount: 3, idleReplicaCount: 0 }, [2, 3]],
  ];
  for (const [spec, bounds] of rows) {
    await t.step(JSON.stringify(spec), () => {
      const { minReplicas, maxReplicas } = hpaOf(started(spec))!.spec;
      assert.deepEqual([minReplicas, maxReplicas], bounds);
    });
  }
});

// Source: kedacore/keda controllers/keda/scaledobject_controller.go (isHpaRenamed), hpa.go (renameHPA).
Deno.test("a new name deletes the old HPA and makes another", () => {
  const world = started({});
  change(world, { advanced: { horizontalPodAutoscalerConfig: { name: "mine" } } });
  assert.equal(hpaOf(world), undefined);
  assert.ok(hpaOf(world, "mine"));
  assert.equal(statusOf(world).hpaName, "mine");
});

// Source: kedacore/keda controllers/keda/hpa.go (updateHPAIfNeeded).
Deno.test("an HPA that somebody changes or deletes is put right", () => {
  const world = started({});
  const hpa = structuredClone(hpaOf(world)!) as any;
  hpa.spec.maxReplicas = 50;
  world.api.update(HPAS, hpa);
  world.clock.advance(1);
  assert.equal(hpaOf(world)!.spec.maxReplicas, 5);
  assert.ok(logOf(world).includes("INFO Updated HPA according to ScaledObject"));
  world.api.delete(HPAS, "default", "keda-hpa-web");
  world.clock.advance(1);
  assert.equal(hpaOf(world)!.spec.maxReplicas, 5);
});

Deno.test("a trigger taken away goes from the HPA, and its health and activity with it", () => {
  const two = [prometheusTrigger(), prometheusTrigger({}, { query: "two" })];
  const world = started({ triggers: two, fallback: { failureThreshold: 3, replicas: 1 } });
  assert.deepEqual(Object.keys(statusOf(world).health), ["s0-prometheus", "s1-prometheus"]);
  change(world, { triggers: [prometheusTrigger()] });
  assert.equal(hpaOf(world)!.spec.metrics.length, 1);
  assert.deepEqual(statusOf(world).externalMetricNames, ["s0-prometheus"]);
  assert.deepEqual(Object.keys(statusOf(world).health), ["s0-prometheus"]);
  assert.deepEqual(statusOf(world).triggersActivity, { "s0-prometheus": { isActive: true } });
});

// Source: kedacore/keda controllers/keda/hpa.go (getScaledObjectMetricSpecs).
Deno.test("metrics are sorted by type", () => {
  const cpu = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };
  const one = { ...cpu, metadata: { value: "60", containerName: "app" } };
  const world = started({ triggers: [cpu, prometheusTrigger(), one] });
  assert.deepEqual(hpaOf(world)!.spec.metrics.map(({ type }: any) => type), [
    "ContainerResource",
    "External",
    "Resource",
  ]);
  // Only cpu and memory have no trigger of their own to be active.
  assert.equal(condition(world.api, "Active"), "True ScalerActive");
});

// Source: kedacore/keda controllers/keda/scaledobject_finalizer.go.
Deno.test("restoreToOriginalReplicaCount gives a deleted ScaledObject's target its replicas back", async (t) => {
  for (const [restore, replicas] of [[true, 2], [false, 5]] as const) {
    await t.step(String(restore), () => {
      const world = started({ advanced: { restoreToOriginalReplicaCount: restore } }, {
        replicas: 2,
      });
      world.api.patch("deployments.apps", "default", "web", { spec: { replicas: 5 } });
      world.api.delete(SCALED_OBJECTS, "default", "web");
      world.clock.advance(1);
      assert.equal(replicasOf(world), replicas);
      assert.equal(world.api.get(SCALED_OBJECTS, "default", "web"), undefined);
    });
  }
});

// Source: kedacore/keda pkg/scaling/executor/scale_scaledobjects.go (getHPAHealth).
Deno.test("HPAActive says what the HPA says of itself, and Ready does not mind", async (t) => {
  const rows: [
    name: string,
    active: Record<string, string> | undefined,
    expected: string | undefined,
  ][] = [
    ["nothing yet", undefined, undefined],
    [
      "scaling",
      { status: "True", reason: "ValidMetricFound" },
      "True HPAActive HPA is actively scaling",
    ],
    [
      "asleep",
      { status: "False", reason: "ScalingDisabled", message: "scaling is disabled" },
      "True ScalingDisabled scaling is disabled",
    ],
    [
      "without metrics",
      { status: "False", reason: "FailedGetExternalMetric", message: "no metrics" },
      "False FailedGetExternalMetric HPA is not actively scaling: no metrics",
    ],
    [
      "without a reason",
      { status: "False", reason: "", message: "?" },
      "False HPAMetricsUnavailable HPA is not actively scaling: ?",
    ],
  ];
  for (const [name, active, expected] of rows) {
    await t.step(name, () => {
      const world = started({});
      if (active) {
        world.api.updateStatus(HPAS, {
          ...hpaOf(world)!,
          status: { conditions: [{ type: "ScalingActive", ...active }] },
        });
      }
      world.clock.advance(30_000);
      const found = statusOf(world).conditions.find(({ type }: any) => type === "HPAActive");
      assert.equal(found && `${found.status} ${found.reason} ${found.message}`, expected);
      assert.equal(condition(world.api, "Ready"), "True ScaledObjectReady");
    });
  }
});

// Source: kedacore/keda pkg/scaling/scale_handler.go (GetScaledObjectMetrics, checkScalers).
Deno.test("useCachedMetrics answers the HPA with the value of the last poll", () => {
  const world = started({ triggers: [prometheusTrigger({ useCachedMetrics: true })] });
  world.state.result = [{ metric: {}, value: [0, "999"] }];
  const asked = world.state.asked.length;
  assert.equal(valueOf(world), "250");
  assert.equal(world.state.asked.length, asked);
  world.clock.advance(30_000);
  assert.equal(valueOf(world), "999");
});

Deno.test("without it each question goes to Prometheus", () => {
  const world = started({});
  world.state.result = [{ metric: {}, value: [0, "999"] }];
  assert.equal(valueOf(world), "999");
});

// Source: kedacore/keda pkg/provider/provider.go, pkg/scaling/scale_handler.go.
Deno.test("the external metrics API says what it misses", async (t) => {
  const world = started({});
  const get = (path: string) => {
    const { status, body } = world.metrics.get(
      6443,
      `/apis/external.metrics.k8s.io/v1beta1/namespaces/${path}`,
    );
    return [status, body.message];
  };
  const label = "labelSelector=scaledobject.keda.sh%2Fname%3D";
  const rpc = "rpc error: code = Unknown desc = error when getting metric values ";
  const rows: [name: string, path: string, message: string][] = [
    ["no selector", "default/s0-prometheus", "scaledObject name is not specified"],
    [
      "another label",
      "default/s0-prometheus?labelSelector=app%3Dweb",
      "scaledObject name is not specified",
    ],
    [
      "a selector of another kind",
      "default/s0-prometheus?labelSelector=app%20in%20(web)",
      "invalid selector: [app in (web)]",
    ],
    [
      "no such ScaledObject",
      `default/s0-prometheus?${label}nope`,
      `${rpc}error getting scalers ScaledObject.keda.sh "nope" not found`,
    ],
    [
      "another namespace",
      `other/s0-prometheus?${label}web`,
      `${rpc}error getting scalers ScaledObject.keda.sh "web" not found`,
    ],
    [
      "no such metric",
      `default/s5-prometheus?${label}web`,
      `${rpc}no matching metrics found for s5-prometheus`,
    ],
  ];
  for (const [name, path, message] of rows) {
    await t.step(name, () => assert.deepEqual(get(path), [500, message]));
  }
});

// Source: kedacore/keda pkg/scaling/resolver/scale_resolvers.go (GetCurrentReplicas).
Deno.test("a target that goes away is said in Ready at the next poll", () => {
  const world = started({});
  world.api.delete("deployments.apps", "default", "web");
  world.clock.advance(30_000);
  const ready = statusOf(world).conditions.find(({ type }: any) => type === "Ready");
  assert.deepEqual([ready.status, ready.reason, ready.message], [
    "False",
    "ErrorGettingCurrentReplicas",
    'Error getting current replicas count for ScaleTarget: Deployment.apps "web" not found',
  ]);
});
