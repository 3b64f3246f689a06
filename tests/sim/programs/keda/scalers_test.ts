import assert from "node:assert/strict";
import {
  condition,
  hpaOf,
  logOf,
  prometheusTrigger,
  started,
  statusOf,
  valueOf,
} from "./_world.ts";

const CHECK = "failed to ensure HPA is correctly created for ScaledObject: ";

/** What the Ready condition says of a trigger. */
function problem(trigger: unknown): string {
  const world = started({ triggers: [trigger] });
  const ready = statusOf(world).conditions.find(({ type }: any) => type === "Ready");
  assert.equal(ready.reason, "ScaledObjectCheckFailed");
  assert.ok(ready.message.startsWith(CHECK), ready.message);
  return ready.message.slice(CHECK.length);
}

Deno.test("a trigger that cannot be built says why, in upstream's words", async (t) => {
  const prom = (metadata: Record<string, string>, more = {}) =>
    ["pkg/scalers/prometheus_scaler.go", prometheusTrigger(more, metadata)] as const;
  const twice = "error parsing prometheus metadata: error parsing prometheus metadata: ";
  const cron = (metadata: Record<string, string>, more = {}) =>
    ["pkg/scalers/cron_scaler.go", {
      type: "cron",
      metadata: {
        timezone: "UTC",
        start: "0 8 * * *",
        end: "0 18 * * *",
        desiredReplicas: "3",
        ...metadata,
      },
      ...more,
    }] as const;
  const cpu = (metadata: Record<string, string>, metricType?: string) =>
    ["pkg/scalers/cpu_memory_scaler.go", { type: "cpu", metricType, metadata }] as const;
  const workload = (metadata: Record<string, string>) =>
    ["pkg/scalers/kubernetes_workload_scaler.go", {
      type: "kubernetes-workload",
      metadata: { podSelector: "app=x", value: "2", ...metadata },
    }] as const;
  const typed = "pkg/scalers/scalersconfig/typed_config.go";
  const rows: [name: string, source: string, trigger: unknown, message: string][] = [
    [
      "no query",
      ...prom({ query: "" }),
      `${twice}missing required parameter "query" in [triggerMetadata]`,
    ],
    [
      "two things missing, one a line",
      ...prom({ query: "", serverAddress: " " }),
      `${twice}missing required parameter "serverAddress" in [triggerMetadata]\n` +
      'missing required parameter "query" in [triggerMetadata]',
    ],
    [
      "a threshold that is no number",
      typed,
      prom({ threshold: "fifty" })[1],
      `${twice}unable to set param "threshold" value "fifty": unable to unmarshal to field type ` +
      "float64: invalid character 'i' in literal false (expecting 'a')",
    ],
    [
      "a number with more after it",
      typed,
      prom({ threshold: "50%" })[1],
      `${twice}unable to set param "threshold" value "50%": unable to unmarshal to field type ` +
      "float64: invalid character '%' after top-level value",
    ],
    [
      "a quantity is no number",
      typed,
      prom({ activationThreshold: "x" })[1],
      `${twice}unable to set param "activationThreshold" value "x": unable to unmarshal to field ` +
      "type float64: invalid character 'x' looking for beginning of value",
    ],
    [
      "a truth that is none",
      typed,
      prom({ ignoreNullValues: "maybe" })[1],
      `${twice}unable to set param "ignoreNullValues" value "maybe": unable to parse boolean value ` +
      '"maybe": strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      "headers that are no pairs",
      typed,
      prom({ customHeaders: "X-Scope" })[1],
      `${twice}unable to set param "customHeaders" value "X-Scope": expected format key=value, got ` +
      '"X-Scope"',
    ],
    [
      "a timeout below zero",
      typed,
      prom({ timeout: "-5" })[1],
      `${twice}unable to set param "timeout" value "-5": duration cannot be negative: -5 ` +
      "milliseconds",
    ],
    [
      "an unknown way to sign in",
      "pkg/scalers/authentication/authentication_types.go",
      prom({ authModes: "magic" })[1],
      `${twice}parameter "authModes,authMode" value "magic" must be one of [apiKey basic tls bearer ` +
      "custom oauth]",
    ],
    [
      "two that exclude each other",
      "pkg/scalers/authentication/authentication_types.go",
      prom({ authModes: "bearer,basic" })[1],
      `${twice}parameter "authModes,authMode" value "bearer,basic" must contain only one of [bearer ` +
      "basic oauth]",
    ],
    [
      "bearer without a token",
      "pkg/scalers/authentication/authentication_types.go",
      prom({ authModes: "bearer" })[1],
      `${twice}bearer token=<empty> is required when bearer auth is enabled`,
    ],
    [
      "Utilization of an external metric",
      ...prom({}, { metricType: "Utilization" }),
      "error getting scaler metric type: 'Utilization' metric type is unsupported for external " +
      "metrics, allowed values are 'Value' or 'AverageValue'",
    ],
    [
      "a schedule that is none",
      ...cron({ start: "0 25 * * *" }),
      "error parsing cron metadata: error parsing start schedule: end of range (25) above maximum " +
      "(23): 25",
    ],
    [
      "a descriptor",
      ...cron({ end: "@daily" }),
      "error parsing cron metadata: error parsing end schedule: parser does not accept descriptors: " +
      "@daily",
    ],
    [
      "start and end the same",
      ...cron({ end: "0 8 * * *" }),
      "error parsing cron metadata: start and end can not have exactly same time input",
    ],
    [
      "no replicas desired",
      ...cron({ desiredReplicas: "0" }),
      "error parsing cron metadata: no desiredReplicas specified",
    ],
    [
      "half a replica desired",
      typed,
      cron({ desiredReplicas: "1.5" })[1],
      'error parsing cron metadata: unable to set param "desiredReplicas" value "1.5": unable to ' +
      "unmarshal to field type int64: json: cannot unmarshal number 1.5 into Go value of type int64\n" +
      "no desiredReplicas specified",
    ],
    [
      "cpu without a metricType",
      ...cpu({ value: "50" }),
      "error parsing cpu metadata: unknown metric type: , allowed values are 'Utilization' or " +
      "'AverageValue'",
    ],
    [
      "cpu with the old type",
      ...cpu({ value: "50", type: "Utilization" }, "Utilization"),
      "error parsing cpu metadata: scaler cpu info: The 'type' setting is DEPRECATED and is removed " +
      "in v2.18 - Use 'metricType' instead.",
    ],
    [
      "a utilization that is no whole number",
      ...cpu({ value: "50%" }, "Utilization"),
      'error parsing cpu metadata: strconv.ParseInt: parsing "50%": invalid syntax',
    ],
    [
      "workload without a value",
      ...workload({ value: "0" }),
      "error parsing kubernetes workload metadata: error parsing kubernetes workload metadata: value " +
      "must be a float greater than 0",
    ],
    [
      "an unknown trigger",
      "pkg/scaling/scalers_builder.go",
      { type: "promtheus", metadata: {} },
      "no scaler found for type: promtheus",
    ],
    [
      "a trigger that KEDA has and the lab has not",
      "pkg/scaling/scalers_builder.go",
      { type: "kafka", metadata: { bootstrapServers: "kafka:9092" } },
      "the kafka scaler is not simulated in this lab; prometheus, cron, cpu, memory, " +
      "kubernetes-workload, metrics-api, redis, rabbitmq are",
    ],
  ];
  for (const [name, source, trigger, message] of rows) {
    await t.step(`${name} (${source})`, () => assert.equal(problem(trigger), message));
  }
});

Deno.test("a trigger makes its metric of the HPA", async (t) => {
  const labelled = (name: string) => ({
    name,
    selector: { matchLabels: { "scaledobject.keda.sh/name": "web" } },
  });
  const rows: [name: string, source: string, trigger: unknown, metric: unknown][] = [
    [
      "a fractional threshold",
      "pkg/scalers/scaler.go (GetMetricTargetMili)",
      prometheusTrigger({}, { threshold: "0.5" }),
      {
        type: "External",
        external: {
          metric: labelled("s0-prometheus"),
          target: { type: "AverageValue", averageValue: "500m" },
        },
      },
    ],
    [
      "a threshold below zero counts as 0",
      "pkg/scalers/scaler.go (quantityFromFloat64)",
      prometheusTrigger({}, { threshold: "-5" }),
      {
        type: "External",
        external: {
          metric: labelled("s0-prometheus"),
          target: { type: "AverageValue", averageValue: "0" },
        },
      },
    ],
    [
      "cron asks for 1 per replica",
      "pkg/scalers/cron_scaler.go",
      {
        type: "cron",
        metadata: {
          timezone: "Asia/Seoul",
          start: "0 8 * * 1,3,5",
          end: "*/30 18 * * *",
          desiredReplicas: "3",
        },
      },
      {
        type: "External",
        external: {
          metric: labelled("s0-cron-Asia-Seoul-08xx1Cm3Cm5-xSl3018xxx"),
          target: { type: "AverageValue", averageValue: "1" },
        },
      },
    ],
    [
      "cpu",
      "pkg/scalers/cpu_memory_scaler.go",
      { type: "cpu", metricType: "Utilization", metadata: { value: "60" } },
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
      },
    ],
    [
      "memory of one container",
      "pkg/scalers/cpu_memory_scaler.go",
      {
        type: "memory",
        metricType: "AverageValue",
        metadata: { value: "100Mi", containerName: "app" },
      },
      {
        type: "ContainerResource",
        containerResource: {
          name: "memory",
          container: "app",
          target: { type: "AverageValue", averageValue: "100Mi" },
        },
      },
    ],
    [
      "kubernetes-workload",
      "pkg/scalers/kubernetes_workload_scaler.go",
      {
        type: "kubernetes-workload",
        metricType: "Value",
        metadata: { podSelector: "app in (a, b)", value: "2.5" },
      },
      {
        type: "External",
        external: {
          metric: labelled("s0-workload-default"),
          target: { type: "Value", value: "2500m" },
        },
      },
    ],
  ];
  for (const [name, source, trigger, metric] of rows) {
    await t.step(`${name} (${source})`, () => {
      assert.deepEqual(hpaOf(started({ triggers: [trigger] }))!.spec.metrics, [metric]);
    });
  }
});

// Source of every row: kedacore/keda pkg/scalers/prometheus_scaler.go (ExecutePromQuery).
Deno.test("what Prometheus answers becomes a value, or an error", async (t) => {
  const rows: [name: string, result: unknown[], ignoreNullValues: string, outcome: string][] = [
    ["one element", [{ metric: {}, value: [0, "12.5"] }], "true", "12500m"],
    ["nothing, ignored", [], "true", "0"],
    [
      "nothing",
      [],
      "false",
      "prometheus metrics 'prometheus' target may be lost, the result is empty",
    ],
    ["no value, ignored", [{ metric: {} }], "true", "0"],
    [
      "no value, as of a range",
      [{ metric: {}, values: [[0, "1"]] }],
      "false",
      "prometheus metrics 'prometheus' target may be lost, the value list is empty",
    ],
    ["NaN, ignored", [{ metric: {}, value: [0, "NaN"] }], "true", "0"],
    ["NaN", [{ metric: {}, value: [0, "NaN"] }], "false", "prometheus query returns NaN"],
    ["infinity", [{ metric: {}, value: [0, "+Inf"] }], "false", "prometheus query returns +Inf"],
    [
      "several elements",
      [{ metric: {}, value: [0, "1"] }, { metric: {}, value: [0, "2"] }],
      "true",
      "prometheus query sum(hits) returned multiple elements",
    ],
    [
      "half a pair",
      [{ metric: {}, value: [0] }],
      "true",
      "prometheus query sum(hits) didn't return enough values",
    ],
    ["below zero counts as 0", [{ metric: {}, value: [0, "-3"] }], "true", "0"],
  ];
  for (const [name, result, ignoreNullValues, outcome] of rows) {
    await t.step(name, () => {
      const world = started({ triggers: [prometheusTrigger({}, { ignoreNullValues })] });
      world.state.result = result;
      world.clock.advance(30_000);
      const failed = world.api.events.findLast(({ reason }) => reason === "KEDAScalerFailed");
      if (failed) {
        assert.equal(failed.message, outcome);
        assert.equal(condition(world.api, "Ready"), "False TriggerError");
        assert.match(valueOf(world), /metric:s0-prometheus encountered error$/);
      } else assert.equal(valueOf(world), outcome);
    });
  }
});

Deno.test("a query that takes longer than the timeout is given up", () => {
  const world = started({ triggers: [prometheusTrigger({}, { timeout: "500ms" })] });
  const server = world.network.servers.get("prometheus:9090")!;
  const { handler } = server;
  server.handler = (request) => ({ ...handler(request), durationMs: 800 });
  world.clock.advance(30_000);
  assert.match(
    world.api.events.at(-1)!.message,
    /^Get "http:\/\/prometheus:9090\/api\/v1\/query\?query=sum%28hits%29&time=[^"]*": context deadline exceeded \(Client\.Timeout exceeded while awaiting headers\)$/,
  );
});

// Source of every row: kedacore/keda pkg/scalers/kubernetes_workload_scaler.go.
Deno.test("kubernetes-workload counts pods that have not ended, or the nodes they are on", async (t) => {
  const pods: [name: string, app: string, phase: string, node: string][] = [
    ["a", "x", "Running", "n1"],
    ["b", "x", "Pending", ""],
    ["c", "x", "Running", "n1"],
    ["d", "x", "Succeeded", "n2"],
    ["e", "x", "Failed", "n2"],
    ["f", "y", "Running", "n3"],
  ];
  for (const [groupByNode, value] of [["false", "3"], ["true", "1"]]) {
    await t.step(`groupByNode ${groupByNode}`, () => {
      const metadata = { podSelector: "app=x", value: "1", groupByNode };
      const world = started({ triggers: [{ type: "kubernetes-workload", metadata }] });
      for (const [name, app, phase, nodeName] of pods) {
        world.api.create("pods", {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name, namespace: "default", labels: { app } },
          spec: { nodeName },
          status: { phase },
        });
      }
      assert.equal(valueOf(world, "s0-workload-default"), value);
    });
  }
});

// Source: kedacore/keda pkg/scalers/cron_scaler.go (GetMetricsAndActivity).
Deno.test("a time zone that does not exist fails at each poll", () => {
  const metadata = {
    timezone: "Mars/Olympus",
    start: "0 8 * * *",
    end: "0 18 * * *",
    desiredReplicas: "3",
  };
  const world = started({ triggers: [{ type: "cron", metadata }] });
  assert.equal(
    world.api.events.at(-1)!.message,
    "unable to load timezone: unknown time zone Mars/Olympus",
  );
  assert.equal(condition(world.api, "Ready"), "False TriggerError");
});

// Source: kedacore/keda pkg/scaling/scalers_builder.go, pkg/scaling/resolver/scale_resolvers.go.
Deno.test("the container whose environment is used must be there", () => {
  const world = started({}, { replicas: 1 });
  world.api.patch("deployments.apps", "default", "web", {
    spec: { template: { spec: { containers: [{ name: "app" }] } } },
  });
  world.api.patch("scaledobjects.keda.sh", "default", "web", {
    spec: { scaleTargetRef: { name: "web", envSourceContainerName: "sidecar" } },
  });
  world.clock.advance(1);
  const ready = statusOf(world).conditions.find(({ type }: any) => type === "Ready");
  assert.equal(
    ready.message,
    `${CHECK}error resolving secrets for ScaleTarget: couldn't find container with name sidecar on ` +
      "Target object",
  );
  assert.ok(logOf(world).some((line) => line.startsWith("ERROR error resolving auth params: ")));
});
