import assert from "node:assert/strict";
import { askWhy } from "../../lib/doctor/mod.ts";
import { KubeClient } from "../../lib/kube/mod.ts";

const NOW = Date.UTC(2026, 0, 5, 9, 0, 0);
const MADE = "2026-01-05T08:00:00Z";
const KEDA_API = "/apis/external.metrics.k8s.io/v1beta1";
const VALUE = `${KEDA_API}/namespaces/shop/s0-kafka-orders?` +
  "labelSelector=scaledobject.keda.sh%2Fname%3Dorders";

/** What an operator says of a broker that it does not reach, as KEDA 2.20 writes it. */
const REFUSED =
  "kafka: client has run out of available brokers to talk to: dial tcp: lookup kafka.shop";
const LOG = [
  `2026-01-05T08:59:30Z\tINFO\tReconciling ScaledObject\t{"ScaledObject": {"name":"orders","namespace":"shop"}}`,
  `2026-01-05T08:59:40Z\tERROR\tscale_handler\terror getting scale decision\t{"scaledObject.Namespace": "other", ` +
  `"scaledObject.Name": "orders", "scaler": "kafkaScaler", "error": "of another"}`,
  `2026-01-05T08:59:45Z\tERROR\tscale_handler\terror getting scale decision\t{"scaledObject.Namespace": "shop", ` +
  `"scaledObject.Name": "orders", "scaler": "kafkaScaler", "error": "${REFUSED}"}`,
  "",
].join("\n");

interface Given {
  type: string;
  /** The Ready condition: a message where it is False. */
  refused?: string;
  /** Whether KEDA has made the HPA. */
  hpa?: boolean;
  /** What the external metrics API answers. */
  value?: { code: number; body: unknown };
}

/** A cluster that holds one ScaledObject, by the paths that are read of it. */
function cluster({ type, refused, hpa = false, value }: Given): KubeClient {
  const metadata = (name: string, namespace?: string, more = {}) => ({
    name,
    ...namespace ? { namespace } : {},
    creationTimestamp: MADE,
    ...more,
  });
  const so = {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: metadata("orders", "shop"),
    spec: {
      scaleTargetRef: { name: "orders" },
      triggers: [{
        type,
        metadata: { bootstrapServers: "kafka.shop:9092", topic: "orders", lagThreshold: "5" },
      }],
    },
    status: {
      ...hpa ? { hpaName: "keda-hpa-orders", externalMetricNames: ["s0-kafka-orders"] } : {},
      conditions: [{
        type: "Ready",
        status: refused ? "False" : "True",
        reason: refused ? hpa ? "TriggerError" : "ScaledObjectCheckFailed" : "ScaledObjectReady",
        message: refused ?? "ScaledObject is defined correctly and is ready for scaling",
      }],
    },
  };
  const pod = {
    metadata: metadata("keda-operator-1", "keda", { labels: { app: "keda-operator" } }),
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  };
  const ownHpa = {
    metadata: metadata("keda-hpa-orders", "shop", {
      ownerReferences: [{ kind: "ScaledObject", name: "orders" }],
    }),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "orders" },
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [{
        type: "External",
        external: {
          metric: {
            name: "s0-kafka-orders",
            selector: { matchLabels: { "scaledobject.keda.sh/name": "orders" } },
          },
          target: { type: "AverageValue", averageValue: "5" },
        },
      }],
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      conditions: [{ type: "AbleToScale", status: "True", reason: "ReadyForNewScale" }],
    },
  };
  const apiService = {
    metadata: metadata("v1beta1.external.metrics.k8s.io"),
    spec: { service: { name: "keda-operator-metrics-apiserver", namespace: "keda" } },
    status: { conditions: [{ type: "Available", status: "True" }] },
  };
  const list = (...items: unknown[]) => ({ kind: "List", metadata: {}, items });
  const answers: Record<string, unknown> = {
    "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/orders": so,
    "/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects": list(so),
    "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers": list(...hpa ? [ownHpa] : []),
    "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io": apiService,
    "/api/v1/namespaces/keda/pods": list(pod),
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/apis": { kind: "APIGroupList", groups: [] },
    "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [] },
  };
  return new KubeClient((request) => {
    const { pathname, search } = new URL(request.url);
    const path = pathname + search;
    if (pathname.endsWith("/pods/keda-operator-1/log")) return Promise.resolve(new Response(LOG));
    if (path === VALUE && value) {
      return Promise.resolve(Response.json(value.body, { status: value.code }));
    }
    const found = answers[pathname];
    return Promise.resolve(
      found ? Response.json(found) : Response.json(
        { kind: "Status", status: "Failure", reason: "NotFound", code: 404, message: pathname },
        { status: 404 },
      ),
    );
  });
}

async function trigger(given: Given) {
  const question = { subject: { kind: "so", name: "orders" }, namespace: "shop", nowMs: NOW };
  const { found } = await askWhy(cluster(given), question as Parameters<typeof askWhy>[1]);
  const [{ hops }] = found;
  const own = hops.find(({ hop }) => hop === "trigger")!;
  assert.ok(own, JSON.stringify(hops, undefined, 1));
  // Only the trigger is at fault: the ScaledObject's own hop leaves the telling to it.
  if (own.fault) assert.equal(hops.find(({ hop }) => hop === "scaledobject")!.state, "waits");
  return own;
}

Deno.test("a trigger that asks beyond the cluster is told by what KEDA makes of it", async (t) => {
  await t.step("it gives a value", async () => {
    const body = { items: [{ metricName: "s0-kafka-orders", value: "12" }] };
    const { state, object, saw } = await trigger({
      type: "kafka",
      hpa: true,
      value: { code: 200, body },
    });
    assert.equal(state, "ok");
    assert.equal(object.en, "kafka (s0-kafka-orders)");
    assert.equal(
      saw.en,
      "KEDA gives 12, target 5; what its kafka scaler asks (bootstrapServers: kafka.shop:9092) is not seen from here",
    );
  });

  await t.step("it fails: the operator's words of this ScaledObject", async () => {
    const { fault } = await trigger({
      type: "kafka",
      hpa: true,
      refused: "Triggers defined in ScaledObject are not working correctly",
      value: {
        code: 500,
        body: { kind: "Status", status: "Failure", code: 500, message: "encountered error" },
      },
    });
    assert.equal(fault!.cause, "trigger-failing");
    assert.match(
      fault!.told.en,
      new RegExp(`gives no value: ${REFUSED}. What it asks .* is not seen`),
    );
    assert.match(fault!.evidence[0].command, /get --raw .*s0-kafka-orders/);
    assert.match(fault!.evidence[1].printed, /"scaledObject.Namespace": "shop"/);
    assert.equal(fault!.upstream, "https://keda.sh/docs/latest/scalers/kafka/");
  });

  await t.step("KEDA has made no metric of it yet: unknown, not broken", async () => {
    assert.equal((await trigger({ type: "kafka" })).state, "unknown");
  });

  const refusal = (type: string) =>
    `failed to ensure HPA is correctly created for ScaledObject: no scaler found for type: ${type}`;
  const rows: [type: string, cause: string, told: RegExp, command: RegExp | undefined][] = [
    [
      "kafak",
      "scaler-type-unknown",
      /nearest is kafka/,
      /"path":"\/spec\/triggers\/0\/type","value":"kafka"/,
    ],
    ["promethues", "scaler-type-unknown", /nearest is prometheus/, /"value":"prometheus"/],
    [
      "teapot-of-mine",
      "scaler-type-unknown",
      /^KEDA has no scaler for type teapot-of-mine\.$/,
      undefined,
    ],
    [
      "gcp-spanner",
      "scaler-not-in-this-keda",
      /other versions of KEDA 2 have/,
      /helm upgrade keda/,
    ],
  ];
  for (const [type, cause, told, command] of rows) {
    await t.step(`KEDA has no scaler ${type}`, async () => {
      const { fault } = await trigger({ type, refused: refusal(type) });
      assert.equal(fault!.cause, cause);
      assert.match(fault!.told.en, told);
      if (command) assert.match(fault!.remedy.command!, command);
      else assert.equal(fault!.remedy.command, undefined);
    });
  }

  await t.step("a scaler that the lab leaves out is no typo, and no other version's", async () => {
    const { fault } = await trigger({
      type: "rabbitmq",
      refused:
        "failed to ensure HPA is correctly created for ScaledObject: the rabbitmq scaler is " +
        "not simulated in this lab; prometheus, cron, cpu, memory, kubernetes-workload, metrics-api are",
    });
    assert.equal(fault!.cause, "scaler-not-simulated");
    assert.match(fault!.told.en, /^KEDA has a rabbitmq scaler, but this lab/);
    assert.match(fault!.remedy.told!.en, /metrics-api/);
  });

  await t.step("a type on no list that KEDA takes is of a newer KEDA, and no typo", async () => {
    const { state, fault } = await trigger({ type: "brand-new" });
    assert.deepEqual([state, fault], ["unknown", undefined]);
  });
});
