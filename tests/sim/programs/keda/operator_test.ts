import assert from "node:assert/strict";
import { kedaMetricsApiserver } from "../../../../lib/sim/programs/keda_metrics_apiserver/mod.ts";
import { kedaOperator } from "../../../../lib/sim/programs/keda_operator/mod.ts";
import { FakeContainer } from "../../fakes/mod.ts";
import {
  condition,
  HPAS,
  METRIC,
  prometheusTrigger,
  SCALED_OBJECTS,
  scaledObject,
  setUp,
  started,
  valueOf,
} from "./_world.ts";

Deno.test("the operator makes the HPA that a ScaledObject asks for", () => {
  const { clock, api, operator } = setUp();
  operator.start(kedaOperator);
  api.create(SCALED_OBJECTS, scaledObject());
  clock.advance(1);
  const hpa = api.get(HPAS, "default", "keda-hpa-web")!;
  assert.deepEqual(hpa.spec, {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [{
      type: "External",
      external: {
        metric: {
          name: "s0-prometheus",
          selector: { matchLabels: { "scaledobject.keda.sh/name": "web" } },
        },
        target: { type: "AverageValue", averageValue: "50" },
      },
    }],
  });
  assert.deepEqual(hpa.metadata.labels, {
    "app.kubernetes.io/managed-by": "keda-operator",
    "app.kubernetes.io/name": "keda-hpa-web",
    "app.kubernetes.io/part-of": "web",
    "app.kubernetes.io/version": "2.20.2",
    "scaledobject.keda.sh/name": "web",
  });
  assert.equal(hpa.metadata.ownerReferences![0].kind, "ScaledObject");
  const object = api.get(SCALED_OBJECTS, "default", "web")!;
  assert.deepEqual(object.metadata.finalizers, ["finalizer.keda.sh"]);
  assert.deepEqual(["Ready", "Active", "Fallback", "Paused"].map((type) => condition(api, type)), [
    "True ScaledObjectReady",
    "True ScalerActive",
    "False NoFallbackFound",
    "False",
  ]);
  const { scaleTargetKind, hpaName, triggersTypes, externalMetricNames } = object.status;
  assert.deepEqual([scaleTargetKind, hpaName, triggersTypes, externalMetricNames], [
    "apps/v1.Deployment",
    "keda-hpa-web",
    "prometheus",
    ["s0-prometheus"],
  ]);
  assert.deepEqual(api.events.map(({ reason }) => reason), [
    "LeaderElection",
    "KEDAScalersStarted",
    "KEDAScalersStarted",
    "ScaledObjectReady",
  ]);
});

Deno.test("metricType Value makes the HPA compare the whole value", () => {
  const { clock, api, operator } = setUp();
  operator.start(kedaOperator);
  const [trigger] = scaledObject().spec.triggers;
  api.create(SCALED_OBJECTS, scaledObject({ triggers: [{ ...trigger, metricType: "Value" }] }));
  clock.advance(1);
  const { target } = api.get(HPAS, "default", "keda-hpa-web")!.spec.metrics[0].external;
  assert.deepEqual(target, { type: "Value", value: "50" });
});

Deno.test("the metrics server passes the operator's value on, and the log shows it", () => {
  const { clock, api, operator, metrics } = setUp({ level: "debug" });
  operator.start(kedaOperator);
  metrics.start(kedaMetricsApiserver);
  api.create(SCALED_OBJECTS, scaledObject());
  clock.advance(1_000);
  assert.equal(
    JSON.stringify(metrics.get(6443, METRIC).body),
    '{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},' +
      '"items":[{"metricName":"s0-prometheus","metricLabels":null,' +
      '"timestamp":"2026-11-24T03:00:01Z","value":"250"}]}',
  );
  const line = operator.lines.find((one) => one.includes("Getting metrics from trigger"));
  assert.equal(
    line,
    "2026-11-24T03:00:01Z\tDEBUG\tscale_handler\tGetting metrics from trigger\t" +
      '{"scaledObject.Namespace": "default", "scaledObject.Name": "web", "trigger": ' +
      '"prometheusScaler", "metricName": "s0-prometheus", "metrics": [{"metricName":' +
      '"s0-prometheus","metricLabels":null,"timestamp":"2026-11-24T03:00:01Z","value":"250"}], ' +
      '"scalerError": null}',
  );
  const { body } = metrics.get(6443, "/apis/external.metrics.k8s.io/v1beta1");
  assert.deepEqual(body.resources.map(({ name }: any) => name), ["externalmetrics"]);
});

Deno.test("a trigger that fails is an error for the HPA, and never scales to zero", () => {
  const { clock, api, state, operator, metrics } = setUp();
  operator.start(kedaOperator);
  metrics.start(kedaMetricsApiserver);
  state.result = undefined;
  api.create(SCALED_OBJECTS, scaledObject({ minReplicaCount: 0 }));
  clock.advance(1);
  assert.equal(condition(api, "Ready"), "False TriggerError");
  assert.equal(api.get("deployments.apps", "default", "web")!.spec.replicas, 1);
  const answer = metrics.get(6443, METRIC);
  assert.equal(answer.status, 500);
  assert.equal(
    answer.body.message,
    "rpc error: code = Unknown desc = error when getting metric values metric:s0-prometheus " +
      "encountered error",
  );
  assert.ok(api.events.some(({ reason, message }) =>
    reason === "KEDAScalerFailed" &&
    message === "prometheus query api returned error. status: 503"
  ));
  state.result = [{ metric: {}, value: [0, "1"] }, { metric: {}, value: [0, "2"] }];
  clock.advance(30_000);
  assert.equal(
    api.events.at(-1)!.message,
    "prometheus query sum(hits) returned multiple elements",
  );
});

Deno.test("an empty result counts as nothing, unless ignoreNullValues says no", () => {
  for (const ignoreNullValues of [undefined, "false"]) {
    const { clock, api, state, operator } = setUp();
    operator.start(kedaOperator);
    state.result = [];
    const [trigger] = scaledObject().spec.triggers;
    const metadata = { ...trigger.metadata, ...(ignoreNullValues ? { ignoreNullValues } : {}) };
    api.create(SCALED_OBJECTS, scaledObject({ triggers: [{ ...trigger, metadata }] }));
    clock.advance(1);
    assert.equal(
      condition(api, "Ready"),
      ignoreNullValues ? "False TriggerError" : "True ScaledObjectReady",
    );
    assert.equal(condition(api, "Active"), "False ScalerNotActive");
  }
});

Deno.test("zero to one at the next poll, and back after the cooldown", () => {
  const { clock, api, state, operator } = setUp({ replicas: 0 });
  const replicas = () => api.get("deployments.apps", "default", "web")!.spec.replicas;
  operator.start(kedaOperator);
  state.result = [{ metric: {}, value: [0, "0"] }];
  api.create(SCALED_OBJECTS, scaledObject({ minReplicaCount: 0, cooldownPeriod: 60 }));
  clock.advance(29_999);
  assert.equal(replicas(), 0);
  state.result = [{ metric: {}, value: [0, "1"] }];
  clock.advance(1);
  assert.equal(replicas(), 1);
  assert.equal(
    api.events.at(-1)!.message,
    "Scaled apps/v1.Deployment default/web from 0 to 1, triggered by s0-prometheus",
  );
  state.result = [{ metric: {}, value: [0, "0"] }];
  clock.advance(60_000);
  assert.equal(replicas(), 1);
  assert.equal(condition(api, "Active"), "False ScalerCooldown");
  clock.advance(30_000);
  assert.equal(replicas(), 0);
  assert.equal(
    api.events.at(-1)!.message,
    "Deactivated apps/v1.Deployment default/web from 1 to 0",
  );
});

Deno.test("past the failure threshold the fallback's replicas are asked for", () => {
  const { clock, api, state, operator, metrics } = setUp();
  operator.start(kedaOperator);
  metrics.start(kedaMetricsApiserver);
  state.result = undefined;
  api.create(SCALED_OBJECTS, scaledObject({ fallback: { failureThreshold: 2, replicas: 4 } }));
  clock.advance(1);
  assert.equal(condition(api, "Fallback"), "False NoFallbackFound");
  clock.advance(60_000);
  assert.equal(condition(api, "Fallback"), "True FallbackExists");
  assert.ok(api.events.some(({ reason }) => reason === "ScaledObjectFallbackActivated"));
  assert.equal(metrics.get(6443, METRIC).body.items[0].value, "200");
});

Deno.test("what is wrong with a ScaledObject is in its Ready condition", async (t) => {
  const [trigger] = scaledObject().spec.triggers;
  const rows: [name: string, spec: Record<string, unknown>, message: string][] = [
    [
      "no such target",
      { scaleTargetRef: { name: "wep" } },
      'ScaledObject doesn\'t have correct scaleTargetRef specification: Deployment.apps "wep" not found',
    ],
    [
      "an unknown kind",
      { scaleTargetRef: { name: "web", kind: "Deploymnt" } },
      "ScaledObject doesn't have correct scaleTargetRef specification: no matches for kind " +
      '"Deploymnt" in version "apps/v1"',
    ],
    [
      "bounds",
      { minReplicaCount: 7 },
      "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification: " +
      "MinReplicaCount=7 must be less than MaxReplicaCount=5",
    ],
    [
      "idle above the minimum",
      { idleReplicaCount: 1 },
      "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification: " +
      "IdleReplicaCount=1 must be less than MinReplicaCount=1",
    ],
    [
      "an unknown trigger",
      { triggers: [{ type: "promtheus", metadata: {} }] },
      "failed to ensure HPA is correctly created for ScaledObject: no scaler found for type: promtheus",
    ],
    [
      "no serverAddress",
      { triggers: [{ ...trigger, metadata: { query: "x", threshold: "50" } }] },
      "failed to ensure HPA is correctly created for ScaledObject: error parsing prometheus metadata: " +
      'error parsing prometheus metadata: missing required parameter "serverAddress" in ' +
      "[triggerMetadata]",
    ],
  ];
  for (const [name, spec, message] of rows) {
    await t.step(name, () => {
      const { clock, api, operator } = setUp();
      operator.start(kedaOperator);
      api.create(SCALED_OBJECTS, scaledObject(spec));
      clock.advance(1);
      const { conditions } = api.get(SCALED_OBJECTS, "default", "web")!.status;
      const ready = conditions.find((one: any) => one.type === "Ready");
      assert.deepEqual([ready.status, ready.reason, ready.message], [
        "False",
        "ScaledObjectCheckFailed",
        message,
      ]);
      assert.ok(operator.lines.some((line) => line.includes("\tERROR\tReconciler error\t")));
    });
  }
});

Deno.test("pausing deletes the HPA and scales to the annotation's count; unpausing undoes it", () => {
  const { clock, api, operator } = setUp();
  operator.start(kedaOperator);
  api.create(SCALED_OBJECTS, scaledObject());
  clock.advance(1);
  const annotate = (value: string | null) =>
    api.patch(SCALED_OBJECTS, "default", "web", {
      metadata: { annotations: { "autoscaling.keda.sh/paused-replicas": value } },
    });
  annotate("3");
  clock.advance(1);
  assert.equal(api.get(HPAS, "default", "keda-hpa-web"), undefined);
  assert.equal(api.get("deployments.apps", "default", "web")!.spec.replicas, 3);
  assert.equal(condition(api, "Paused"), "True ScaledObjectPaused");
  annotate(null);
  clock.advance(1);
  assert.ok(api.get(HPAS, "default", "keda-hpa-web"));
  assert.equal(condition(api, "Paused"), "False ScaledObjectUnpaused");
});

Deno.test("a deleted ScaledObject lets go of its finalizer", () => {
  const { clock, api, operator } = setUp();
  operator.start(kedaOperator);
  api.create(SCALED_OBJECTS, scaledObject());
  clock.advance(1);
  api.delete(SCALED_OBJECTS, "default", "web");
  clock.advance(1);
  assert.equal(api.get(SCALED_OBJECTS, "default", "web"), undefined);
  assert.equal(api.events.at(-1)!.reason, "ScaledObjectDeleted");
});

Deno.test("a resumed operator polls on the same grid and reconciles nothing anew", () => {
  const { clock, network, api, state, operator } = setUp({ replicas: 0 });
  operator.start(kedaOperator);
  state.result = [{ metric: {}, value: [0, "0"] }];
  api.create(SCALED_OBJECTS, scaledObject({ minReplicaCount: 0 }));
  clock.advance(10_000);
  const snapshot = JSON.parse(JSON.stringify(operator.running!.snapshot!()));
  operator.stop();
  const again = new FakeContainer(clock, network, api, operator.options);
  again.start(kedaOperator, snapshot);
  state.result = [{ metric: {}, value: [0, "1"] }];
  clock.advance(19_999);
  assert.equal(api.get("deployments.apps", "default", "web")!.spec.replicas, 0);
  clock.advance(1);
  assert.equal(api.get("deployments.apps", "default", "web")!.spec.replicas, 1);
  assert.deepEqual(again.lines.map((line) => line.split("\t")[3]), [
    "Successfully updated ScaleTarget",
  ]);
});

Deno.test("a resumed operator knows the values it has cached", () => {
  const world = started({ triggers: [prometheusTrigger({ useCachedMetrics: true })] });
  const snapshot = JSON.parse(JSON.stringify(world.operator.running!.snapshot!()));
  world.operator.stop();
  const { clock, network, api, operator } = world;
  new FakeContainer(clock, network, api, operator.options).start(kedaOperator, snapshot);
  world.state.result = [{ metric: {}, value: [0, "999"] }];
  assert.equal(valueOf(world), "250");
});

Deno.test("cron triggers are active between start and end, in their time zone", () => {
  const { clock, api, operator } = setUp({ replicas: 0 });
  operator.start(kedaOperator);
  // 03:00 UTC is noon in Seoul.
  const metadata = {
    timezone: "Asia/Seoul",
    start: "5 12 * * *",
    end: "10 12 * * *",
    desiredReplicas: "4",
  };
  api.create(
    SCALED_OBJECTS,
    scaledObject({ minReplicaCount: 0, triggers: [{ type: "cron", metadata }] }),
  );
  clock.advance(270_000);
  assert.equal(condition(api, "Active"), "False ScalerNotActive");
  clock.advance(60_000);
  assert.equal(condition(api, "Active"), "True ScalerActive");
  assert.equal(api.get("deployments.apps", "default", "web")!.spec.replicas, 1);
  const [metric] = api.get(HPAS, "default", "keda-hpa-web")!.spec.metrics;
  assert.equal(metric.external.metric.name, "s0-cron-Asia-Seoul-512xxx-1012xxx");
  clock.advance(300_000);
  assert.equal(condition(api, "Active"), "False ScalerCooldown");
});

Deno.test("who mends a ScaledObject does not wait for its next try", () => {
  const { api, clock, operator } = setUp();
  operator.start(kedaOperator);
  api.create(SCALED_OBJECTS, scaledObject({ scaleTargetRef: { name: "absent" } }));
  clock.advance(200_000);
  assert.match(condition(api, "Ready"), /^False/);
  const broken = api.get(SCALED_OBJECTS, "default", "web")!;
  api.update(SCALED_OBJECTS, { ...broken, spec: scaledObject().spec });
  clock.advance(0);
  assert.match(condition(api, "Ready"), /^True/);
  const tries = operator.lines.filter((line) => line.includes("Reconciling ScaledObject")).length;
  clock.advance(1_000_000);
  const later = operator.lines.filter((line) => line.includes("Reconciling ScaledObject")).length;
  assert.equal(later, tries);
});

Deno.test("a resumed operator tries again what had failed, when it would have", () => {
  const { api, clock, network, operator } = setUp();
  operator.start(kedaOperator);
  api.create(SCALED_OBJECTS, scaledObject({ scaleTargetRef: { name: "late" } }));
  // Tries come after 0, 5, 15, 35 … ms: the seventeenth after 327.675 s.
  clock.advance(200_000);
  const snapshot = JSON.parse(JSON.stringify(operator.running!.snapshot!()));
  operator.stop();
  const web = api.get("deployments.apps", "default", "web")!;
  api.create("deployments.apps", { ...web, metadata: { name: "late", namespace: "default" } });
  const again = new FakeContainer(clock, network, api, operator.options);
  again.start(kedaOperator, snapshot);
  clock.advance(127_674);
  assert.match(condition(api, "Ready"), /^False/);
  clock.advance(1);
  assert.match(condition(api, "Ready"), /^True/);
});

Deno.test("an operator whose lease another has taken ends, after the time that it tries to keep it", () => {
  const { api, clock, operator } = setUp();
  operator.start(kedaOperator);
  const leases = "leases.coordination.k8s.io";
  const lease = structuredClone(api.get(leases, "keda", "operator.keda.sh")!);
  api.update(leases, { ...lease, spec: { ...lease.spec, holderIdentity: "other_1" } });
  clock.advance(9_999);
  assert.equal(operator.exitCode, undefined);
  clock.advance(1);
  assert.equal(operator.exitCode, 1);
  assert.match(operator.lines.at(-1)!, /problem running manager.*leader election lost/);
});

Deno.test("a resumed operator tries for its lease when it would have", () => {
  const { api, clock, network, operator } = setUp();
  const leases = "leases.coordination.k8s.io";
  const acquireTime = "2026-11-24T03:00:00.000000Z";
  api.create(leases, {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "operator.keda.sh", namespace: "keda" },
    spec: {
      holderIdentity: "other_1",
      leaseDurationSeconds: 15,
      acquireTime,
      renewTime: acquireTime,
    },
  });
  operator.start(kedaOperator);
  clock.advance(1_000);
  const snapshot = JSON.parse(JSON.stringify(operator.running!.snapshot!()));
  operator.stop();
  const again = new FakeContainer(clock, network, api, operator.options);
  again.start(kedaOperator, snapshot);
  assert.equal(JSON.stringify(again.running!.snapshot!()), JSON.stringify(snapshot));
  assert.ok(snapshot.election.nextTryMs > clock.now());
});
