import assert from "node:assert/strict";
import { kedaAdmissionWebhooks } from "../../../../lib/sim/programs/keda_admission_webhooks/mod.ts";
import { FakeContainer } from "../../fakes/mod.ts";
import { scaledJob } from "./_scaled_job.ts";
import { HPAS, prometheusTrigger, SCALED_OBJECTS, scaledObject, setUp } from "./_world.ts";

function webhooks(options: { level?: string } = {}) {
  const { clock, network, api } = setUp();
  const container = new FakeContainer(clock, network, api, {
    ip: "webhooks",
    namespace: "keda",
    args: [`--zap-log-level=${options.level ?? "info"}`],
  }).start(kedaAdmissionWebhooks);
  const review = (object: unknown, more: Record<string, unknown> = {}, kind = "scaledobject") => {
    const { body } = network.request({ ip: "10.0.0.1" }, {
      method: "POST",
      url: `https://webhooks:9443/validate-keda-sh-v1alpha1-${kind}`,
      body: JSON.stringify({ request: { uid: "u", object, ...more } }),
    });
    return JSON.parse(body).response;
  };
  return { api, container, review };
}

function hpa(name: string, more: Record<string, unknown> = {}) {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name, namespace: "default", ...more },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
  };
}

const cpu = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };
const requests = (resources: Record<string, unknown>) => ({
  spec: { template: { spec: { containers: [{ name: "app", resources }] } } },
});
const LONG = "a".repeat(64);

type Kube = ReturnType<typeof webhooks>["api"];

// Source of every row: kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go,
// scaledobject_types.go, scaletriggers_types.go.
Deno.test("the webhook refuses what cannot work, in upstream's words", async (t) => {
  const rows: [
    name: string,
    prepare: ((api: Kube) => void) | undefined,
    object: ReturnType<typeof scaledObject>,
    message: string | undefined,
  ][] = [
    ["a good one", undefined, scaledObject(), undefined],
    [
      "a workload that an HPA scales",
      (api) => api.create(HPAS, hpa("mine")),
      scaledObject(),
      "the workload 'web' of type 'apps/v1.Deployment' is already managed by the hpa 'mine'",
    ],
    [
      "an HPA that says it does not own",
      (api) =>
        api.create(
          HPAS,
          hpa("mine", { annotations: { "validations.keda.sh/hpa-ownership": "false" } }),
        ),
      scaledObject(),
      undefined,
    ],
    [
      "its own HPA",
      (api) =>
        api.create(HPAS, hpa("mine", { ownerReferences: [{ kind: "ScaledObject", name: "web" }] })),
      scaledObject(),
      undefined,
    ],
    [
      "taking an HPA over without its name",
      (api) => api.create(HPAS, hpa("mine")),
      scaledObject({}, {
        annotations: { "scaledobject.keda.sh/transfer-hpa-ownership": "true" },
      }),
      "the existing hpa 'mine' for workload 'web' of type 'apps/v1.Deployment' must be specified by " +
      "name in advanced settings to enable ownership transfer",
    ],
    [
      "taking an HPA over",
      (api) => api.create(HPAS, hpa("mine")),
      scaledObject({ advanced: { horizontalPodAutoscalerConfig: { name: "mine" } } }, {
        annotations: { "scaledobject.keda.sh/transfer-hpa-ownership": "true" },
      }),
      undefined,
    ],
    [
      "a workload that another ScaledObject scales",
      (api) => api.create(SCALED_OBJECTS, scaledObject({}, { name: "other" })),
      scaledObject(),
      "the workload 'web' of type 'apps/v1.Deployment' is already managed by the ScaledObject 'other'",
    ],
    [
      "an HPA name that another has",
      (api) =>
        api.create(
          SCALED_OBJECTS,
          scaledObject({
            scaleTargetRef: { name: "api" },
            advanced: { horizontalPodAutoscalerConfig: { name: "shared" } },
          }, { name: "other" }),
        ),
      scaledObject({ advanced: { horizontalPodAutoscalerConfig: { name: "shared" } } }),
      "the HPA 'shared' is already managed by the ScaledObject 'other'",
    ],
    [
      "a kind that nobody serves",
      undefined,
      scaledObject({ scaleTargetRef: { name: "web", kind: "Rollout", apiVersion: "x.io/v1" } }),
      'no matches for kind "Rollout" in version "x.io/v1"',
    ],
    [
      "cpu without a request",
      (api) => api.patch("deployments.apps", "default", "web", requests({})),
      scaledObject({ triggers: [cpu] }),
      "the scaledobject has a cpu trigger but the container app doesn't have the cpu request defined",
    ],
    [
      "cpu with a request of nothing",
      (api) =>
        api.patch("deployments.apps", "default", "web", requests({ requests: { cpu: "0" } })),
      scaledObject({ triggers: [cpu] }),
      "the scaledobject has a cpu trigger but the container app doesn't have the cpu request defined",
    ],
    [
      "cpu with a limit",
      (api) =>
        api.patch("deployments.apps", "default", "web", requests({ limits: { cpu: "100m" } })),
      scaledObject({ triggers: [cpu] }),
      undefined,
    ],
    [
      "cpu with a LimitRange's request",
      (api) => {
        api.patch("deployments.apps", "default", "web", requests({}));
        api.create("limitranges", {
          apiVersion: "v1",
          kind: "LimitRange",
          metadata: { name: "limits", namespace: "default" },
          spec: { limits: [{ type: "Container", defaultRequest: { cpu: "100m" } }] },
        });
      },
      scaledObject({ triggers: [cpu] }),
      undefined,
    ],
    [
      "cpu of another container",
      (api) => api.patch("deployments.apps", "default", "web", requests({})),
      scaledObject({
        triggers: [{ ...cpu, metadata: { value: "60", containerName: "sidecar" } }],
      }),
      undefined,
    ],
    [
      "cpu of a workload that is not there",
      undefined,
      scaledObject({ scaleTargetRef: { name: "wep" }, triggers: [cpu] }),
      'Deployment.apps "wep" not found',
    ],
    [
      "to zero by cpu alone",
      (api) =>
        api.patch("deployments.apps", "default", "web", requests({ requests: { cpu: "1" } })),
      scaledObject({ triggers: [cpu], minReplicaCount: 0 }),
      "scaledobject has only cpu/memory triggers AND minReplica is 0 (scale to zero doesn't work in " +
      "this case)",
    ],
    [
      "to zero by cpu and another",
      (api) =>
        api.patch("deployments.apps", "default", "web", requests({ requests: { cpu: "1" } })),
      scaledObject({ triggers: [cpu, prometheusTrigger()], minReplicaCount: 0 }),
      undefined,
    ],
    [
      "a minimum above the maximum",
      undefined,
      scaledObject({ minReplicaCount: 6 }),
      "MinReplicaCount=6 must be less than MaxReplicaCount=5",
    ],
    [
      "idle no less than the minimum",
      undefined,
      scaledObject({ idleReplicaCount: 1 }),
      "IdleReplicaCount=1 must be less than MinReplicaCount=1",
    ],
    [
      "a fallback below zero",
      undefined,
      scaledObject({ fallback: { failureThreshold: -1, replicas: 2 } }),
      "FailureThreshold=-1 & Replicas=2 must both be greater than or equal to 0",
    ],
    [
      "a fallback of cpu",
      (api) =>
        api.patch("deployments.apps", "default", "web", requests({ requests: { cpu: "1" } })),
      scaledObject({ triggers: [cpu], fallback: { failureThreshold: 1, replicas: 2 } }),
      "at least one trigger (that is not cpu or memory) has to have the `AverageValue` type for the " +
      "fallback to be enabled",
    ],
    [
      "fallback by a formula that is not there",
      undefined,
      scaledObject({
        fallback: { failureThreshold: 1, replicas: 2, behavior: "scalingModifiers" },
      }),
      "scalingModifiers fallback behavior requires scalingModifiers.formula to be defined",
    ],
    [
      "a formula with an unknown name",
      undefined,
      scaledObject({ advanced: { scalingModifiers: { formula: "queue", target: "5" } } }),
      "error validating formula in ScalingModifiers\nunknown name queue (1:7)\n | float(queue)\n" +
      " | ......^",
    ],
    [
      "a name too long",
      undefined,
      scaledObject({}, { name: LONG }),
      `scaledobject name "${LONG}" is 64 characters long; must be no more than 63 characters because ` +
      'it is used as the "scaledobject.keda.sh/name" label value',
    ],
    [
      "a name that makes the HPA's too long",
      undefined,
      scaledObject({}, { name: "a".repeat(60) }),
      `HPA name "keda-hpa-${
        "a".repeat(60)
      }" derived from scaledobject is 69 characters long; must be ` +
      "no more than 63 characters; set spec.advanced.horizontalPodAutoscalerConfig.name to a shorter " +
      "name or shorten the scaledobject name",
    ],
    [
      "no triggers",
      undefined,
      scaledObject({ triggers: [] }),
      "no triggers defined in the ScaledObject/ScaledJob",
    ],
    [
      "a trigger name twice",
      undefined,
      scaledObject({
        triggers: [prometheusTrigger({ name: "x" }), prometheusTrigger({ name: "x" })],
      }),
      'triggerName "x" is defined multiple times in the ScaledObject/ScaledJob, but it must be unique',
    ],
    [
      "a cached cron",
      undefined,
      scaledObject({ triggers: [{ type: "cron", useCachedMetrics: true, metadata: {} }] }),
      'property "useCachedMetrics" is not supported for "cron" scaler',
    ],
  ];
  for (const [name, prepare, object, message] of rows) {
    await t.step(name, () => {
      const { api, review } = webhooks();
      prepare?.(api);
      const { allowed, status } = review(object);
      assert.deepEqual([allowed, status.message], [message === undefined, message]);
      if (message) assert.deepEqual([status.code, status.reason], [403, "Forbidden"]);
    });
  }
});

Deno.test("a dry run does not look at requests, and a finalizer may always go", () => {
  const { api, review } = webhooks();
  api.patch("deployments.apps", "default", "web", requests({}));
  assert.equal(review(scaledObject({ triggers: [cpu] }), { dryRun: true }).allowed, true);
  const bad = scaledObject({ triggers: [] }, { finalizers: ["x"] });
  assert.equal(review(bad).allowed, false);
  const freed = scaledObject({ triggers: [] }, { finalizers: [] });
  assert.equal(review(freed, { oldObject: bad }).allowed, true);
});

// Source: kedacore/keda apis/keda/v1alpha1/scaledobject_webhook.go (verifyScaledObjects).
Deno.test("settings that do nothing are warned of, and told in an event", async (t) => {
  const polling = "PollingInterval is configured but is not relevant. PollingInterval is only " +
    "relevant when minReplicaCount = 0 or idleReplicaCount = 0 or useCachedMetrics is enabled";
  const cooldown = "CooldownPeriod is configured but is not relevant. CooldownPeriod is only " +
    "relevant when minReplicaCount = 0 or idleReplicaCount = 0";
  const rows: [spec: Record<string, unknown>, warnings: string[] | undefined][] = [
    [{ pollingInterval: 5, cooldownPeriod: 5 }, [polling, cooldown]],
    [{ pollingInterval: 5, minReplicaCount: 0 }, undefined],
    [{ pollingInterval: 5, minReplicaCount: 2, idleReplicaCount: 0 }, undefined],
    [{ pollingInterval: 5, minReplicaCount: 2, idleReplicaCount: 1 }, [polling]],
    [{ pollingInterval: 5, triggers: [prometheusTrigger({ useCachedMetrics: true })] }, undefined],
    [{ cooldownPeriod: 5, triggers: [prometheusTrigger({ useCachedMetrics: true })] }, [cooldown]],
  ];
  for (const [spec, warnings] of rows) {
    await t.step(JSON.stringify(spec).slice(0, 60), () => {
      const { api, review } = webhooks();
      assert.deepEqual(review(scaledObject(spec)).warnings, warnings);
      assert.deepEqual(
        api.events.map(({ reason, message }) => `${reason}: ${message}`),
        (warnings ?? []).map((warning) => `KEDAScalerInfo: ${warning}`),
      );
    });
  }
});

// Source of every row: kedacore/keda apis/keda/v1alpha1/triggerauthentication_webhook.go.
Deno.test("an authentication that contradicts itself is refused", async (t) => {
  const rows: [spec: Record<string, unknown>, message: string | undefined][] = [
    [{ secretTargetRef: [] }, undefined],
    [{ podIdentity: { provider: "gcp" } }, undefined],
    [
      { podIdentity: { provider: "azure-workload", identityId: "" } },
      'identityId of PodIdentity should not be empty. If it\'s set, identityId has to be different than ""',
    ],
    [
      { podIdentity: { provider: "azure-workload", identityAuthorityHost: "h" } },
      "identityTenantID of PodIdentity should not be nil or empty when identityAuthorityHost of " +
      "PodIdentity is set",
    ],
    [
      { podIdentity: { provider: "aws", roleArn: "arn", identityOwner: "workload" } },
      "roleArn of PodIdentity can't be set if KEDA isn't identityOwner",
    ],
    [
      { podIdentity: { provider: "aws", externalID: "x" } },
      "externalID of PodIdentity requires roleArn to be set",
    ],
    [
      { oauth2: { type: "clientCredentials", tokenUrl: "https://x/t" } },
      "oauth2.clientId is required when oauth2 is configured",
    ],
    [
      { oauth2: { type: "clientCredentials", clientId: "c", tokenUrl: "ftp://x" } },
      "oauth2.tokenUrl must be a valid http or https URL",
    ],
  ];
  for (const kind of ["triggerauthentication", "clustertriggerauthentication"]) {
    for (const [spec, message] of rows) {
      await t.step(`${kind} ${JSON.stringify(spec)}`, () => {
        const { review } = webhooks();
        const object = { metadata: { name: "prom", namespace: "default" }, spec };
        assert.equal(review(object, {}, kind).status.message, message);
      });
    }
  }
});

// Source of every row: kedacore/keda apis/keda/v1alpha1/scaledjob_webhook.go, and its test.
Deno.test("a ScaledJob is refused for its triggers alone", () => {
  const { container, review } = webhooks();
  const said = (triggers: unknown[], more: Record<string, unknown> = {}) =>
    review(scaledJob({ triggers }), more, "scaledjob").status.message;
  const cron = { type: "cron", metadata: {} };
  assert.equal(said([cron]), undefined);
  assert.equal(said([]), "no triggers defined in the ScaledObject/ScaledJob");
  const twice = [{ ...cron, name: "x" }, { ...cron, name: "x" }];
  assert.equal(
    said(twice),
    'triggerName "x" is defined multiple times in the ScaledObject/ScaledJob, but it must be unique',
  );
  assert.equal(
    said([{ ...cron, useCachedMetrics: true }]),
    'property "useCachedMetrics" is not supported for "cron" scaler',
  );
  const oldObject = scaledJob({ triggers: twice }, { finalizers: ["finalizer.keda.sh"] });
  assert.equal(said(twice, { oldObject }), undefined);
  assert.match(said(twice, { oldObject: scaledJob() }), /multiple times/);
  assert.ok(container.lines.some((line) => line.includes("validating scaledjob creation")));
});
