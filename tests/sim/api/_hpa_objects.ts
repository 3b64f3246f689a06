import { SeededRandom } from "../../../lib/base/mod.ts";

type Json = any;

/** An HPA to be written, over an earlier one when there is `old`. */
export interface HpaObject {
  object: Json;
  old?: Json;
  /** Whether the status is to be kept, to see it converted. */
  keepStatus?: boolean;
}

const SERVICE = { apiVersion: "v1", kind: "Service", name: "front" };
const METRICS: Json[] = [
  {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
  },
  {
    type: "Resource",
    resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } },
  },
  {
    type: "ContainerResource",
    containerResource: {
      name: "cpu",
      container: "app",
      target: { type: "Utilization", averageUtilization: 70 },
    },
  },
  {
    type: "Object",
    object: {
      describedObject: SERVICE,
      metric: { name: "hits" },
      target: { type: "Value", value: "50" },
    },
  },
  {
    type: "Object",
    object: {
      describedObject: SERVICE,
      metric: { name: "hits", selector: { matchLabels: { verb: "GET" } } },
      target: { type: "AverageValue", averageValue: "500m" },
    },
  },
  {
    type: "Pods",
    pods: { metric: { name: "hits" }, target: { type: "AverageValue", averageValue: "1k" } },
  },
  {
    type: "External",
    external: {
      metric: {
        name: "queue",
        selector: { matchExpressions: [{ key: "q", operator: "In", values: ["a"] }] },
      },
      target: { type: "AverageValue", averageValue: "30" },
    },
  },
  {
    type: "External",
    external: { metric: { name: "queue" }, target: { type: "Value", value: "30" } },
  },
];
const STATUSES: Json[] = [
  {
    type: "Resource",
    resource: { name: "cpu", current: { averageUtilization: 40, averageValue: "40m" } },
  },
  { type: "Resource", resource: { name: "memory", current: { averageValue: "64Mi" } } },
  {
    type: "ContainerResource",
    containerResource: {
      name: "cpu",
      container: "app",
      current: { averageUtilization: 7, averageValue: "7m" },
    },
  },
  {
    type: "Object",
    object: { describedObject: SERVICE, metric: { name: "hits" }, current: { value: "160" } },
  },
  {
    type: "Object",
    object: {
      describedObject: SERVICE,
      metric: { name: "hits" },
      current: { averageValue: "500m" },
    },
  },
  { type: "Pods", pods: { metric: { name: "hits" }, current: { averageValue: "12" } } },
  { type: "External", external: { metric: { name: "queue" }, current: { averageValue: "3" } } },
  { type: "External", external: { metric: { name: "queue" }, current: { value: "7500m" } } },
];
const BEHAVIORS: Json[] = [
  {},
  { scaleUp: { stabilizationWindowSeconds: 60 } },
  { scaleDown: { selectPolicy: "Disabled", tolerance: "0.05" } },
  {
    scaleUp: { policies: [{ type: "Pods", value: 2, periodSeconds: 30 }], selectPolicy: "Min" },
    scaleDown: {
      stabilizationWindowSeconds: 0,
      policies: [{ type: "Percent", value: 10, periodSeconds: 60 }],
    },
  },
];

/** What goes wrong in manifests: a path and the value put there; undefined takes away. */
const FAULTS: [path: string, value: Json][] = [
  ["metadata.name", "Web_1"],
  ["spec.minReplicas", 0],
  ["spec.minReplicas", -1],
  ["spec.minReplicas", 99],
  ["spec.maxReplicas", 0],
  ["spec.maxReplicas", -2],
  ["spec.maxReplicas", undefined],
  ["spec.scaleTargetRef.kind", undefined],
  ["spec.scaleTargetRef.name", ""],
  ["spec.scaleTargetRef.name", "a/b"],
  ["spec.scaleTargetRef.kind", ".."],
  ["spec.scaleTargetRef.kind", "De%loyment"],
  ["spec.scaleTargetRef.apiVersion", "v1"],
  ["spec.scaleTargetRef.apiVersion", undefined],
  ["spec.scaleTargetRef.apiVersion", "a/b/c"],
  ["spec.scaleTargetRef", { kind: "ReplicationController", name: "web" }],
  ["spec.scaleTargetRef", { apiVersion: "v1", kind: "ReplicationController", name: "web" }],
  ["spec.metrics.0.type", "Objekt"],
  ["spec.metrics.0.type", undefined],
  ["spec.metrics.0.type", "Pods"],
  ["spec.metrics.0.resource", {
    name: "cpu",
    target: { type: "Utilization", averageUtilization: 50 },
  }],
  ["spec.metrics.0.object", undefined],
  ["spec.metrics.0.object.target", {}],
  ["spec.metrics.0.object.target", { type: "Value" }],
  ["spec.metrics.0.object.target", { type: "Value", value: "0" }],
  ["spec.metrics.0.object.target", { type: "Value", value: "-5" }],
  ["spec.metrics.0.object.target", { type: "Val", value: "5" }],
  ["spec.metrics.0.object.target", { type: "AverageValue", averageValue: "0" }],
  ["spec.metrics.0.object.describedObject", {}],
  ["spec.metrics.0.object.describedObject.apiVersion", "a/b/c"],
  ["spec.metrics.0.object.describedObject.kind", "Ser/vice"],
  ["spec.metrics.0.object.metric", {}],
  ["spec.metrics.0.object.metric.name", "a/b"],
  ["spec.metrics.0", { type: "External" }],
  ["spec.metrics.0", {
    type: "External",
    external: { metric: { name: "q" }, target: { type: "Value" } },
  }],
  [
    "spec.metrics.0",
    {
      type: "External",
      external: { metric: { name: "q" }, target: { type: "Value", value: "1", averageValue: "1" } },
    },
  ],
  ["spec.metrics.0", {
    type: "Pods",
    pods: { metric: { name: "q" }, target: { type: "Value", value: "1" } },
  }],
  ["spec.metrics.0", {
    type: "Pods",
    pods: { metric: {}, target: { type: "AverageValue", averageValue: "-1" } },
  }],
  ["spec.metrics.0", {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization" } },
  }],
  [
    "spec.metrics.0",
    {
      type: "Resource",
      resource: {
        name: "",
        target: { type: "Utilization", averageUtilization: 0, averageValue: "1" },
      },
    },
  ],
  ["spec.metrics.0", {
    type: "Resource",
    resource: { name: "gpu", target: { type: "Utilization", averageUtilization: 10 } },
  }],
  [
    "spec.metrics.0",
    {
      type: "ContainerResource",
      containerResource: {
        name: "gpu",
        container: "App",
        target: { type: "Utilization", averageUtilization: 10 },
      },
    },
  ],
  [
    "spec.metrics.0",
    {
      type: "ContainerResource",
      containerResource: {
        name: "",
        container: "",
        target: { type: "Utilization", averageUtilization: 10 },
      },
    },
  ],
  [
    "spec.metrics.0",
    {
      type: "ContainerResource",
      containerResource: {
        name: "example.com/gpu",
        container: "a",
        target: { type: "AverageValue", averageValue: "1" },
      },
    },
  ],
  ["spec.metrics.1", {}],
  ["spec.behavior", { scaleUp: { stabilizationWindowSeconds: -1 } }],
  ["spec.behavior", { scaleUp: { stabilizationWindowSeconds: 3601 } }],
  ["spec.behavior", { scaleDown: { stabilizationWindowSeconds: 3600, selectPolicy: "Most" } }],
  ["spec.behavior", { scaleDown: { policies: [] } }],
  ["spec.behavior", { scaleUp: { policies: [{ type: "Pod", value: 0, periodSeconds: 0 }] } }],
  ["spec.behavior", { scaleUp: { policies: [{ type: "Pods", value: -1, periodSeconds: 1801 }] } }],
  ["spec.behavior", { scaleUp: { policies: [{}] } }],
  ["spec.behavior", { scaleUp: { tolerance: "-0.1" } }],
  ["spec.behavior", { scaleUp: { tolerance: "0" }, scaleDown: { tolerance: "1.5" } }],
];

/** Objects in good order and in bad, the same ones for the same seed. */
export function hpaObjects(seed: number): HpaObject[] {
  const random = new SeededRandom(seed);
  const good = () => ({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [structuredClone(METRICS[3])],
    } as Json,
  });
  const objects: HpaObject[] = FAULTS.map(([path, value]) => ({
    object: set(good(), path, value),
  }));
  for (let i = 0; i < 60; i++) {
    const object = good();
    const faults = Array.from({ length: 2 + random.int(2) }, () => random.pick(FAULTS));
    for (const [path, value] of faults) {
      try {
        set(object, path, value);
      } catch {
        // An earlier fault took the place away.
      }
    }
    objects.push({ object });
  }
  for (const behavior of BEHAVIORS) {
    objects.push({ object: set(good(), "spec.behavior", behavior) });
  }
  for (let i = 0; i < 50; i++) objects.push({ object: whole(good(), random), keepStatus: true });
  objects.push(...old(good), ...inV1());
  return objects;
}

/** A good object with metrics, behavior and a status drawn by chance. */
function whole(object: Json, random: SeededRandom): Json {
  const drawn = Array.from({ length: random.int(5) }, () => random.int(METRICS.length));
  object.metadata.creationTimestamp = "2026-11-24T01:00:00Z";
  object.spec.metrics = drawn.map((i) => structuredClone(METRICS[i]));
  // Most have been read; some could not be, and the last may be new.
  const read = drawn.slice(0, random.int(4) ? drawn.length : drawn.length - 1)
    .map((i) => structuredClone(random.int(5) ? STATUSES[i] : { type: "" }));
  if (random.int(2)) object.spec.behavior = structuredClone(random.pick(BEHAVIORS));
  if (random.int(3) === 0) delete object.spec.minReplicas;
  if (random.int(3) === 0) {
    object.metadata.annotations = { a: "b", "autoscaling.alpha.kubernetes.io/metrics": "[]" };
  }
  object.status = {
    currentReplicas: random.int(3),
    desiredReplicas: random.int(3),
    currentMetrics: read,
    ...(random.int(2) ? { lastScaleTime: "2026-11-24T03:00:00Z" } : {}),
    conditions: random.int(2)
      ? [{
        type: "AbleToScale",
        status: "True",
        lastTransitionTime: "2026-11-24T02:00:00Z",
        reason: "ReadyForNewScale",
        message: "recommended size matches current size",
      }]
      : [],
  };
  return object;
}

/** Updates: what was let in once may stay. */
function old(good: () => Json): HpaObject[] {
  const zero = set(good(), "spec.minReplicas", 0);
  const noGroup = set(good(), "spec.scaleTargetRef.apiVersion", "v1");
  const badObject = set(good(), "spec.metrics.0.object.describedObject.apiVersion", "a/b/c");
  return [
    { old: zero, object: set(structuredClone(zero), "spec.maxReplicas", 9) },
    { old: zero, object: set(structuredClone(zero), "spec.minReplicas", -1) },
    {
      old: zero,
      object: set(structuredClone(zero), "spec.metrics", [structuredClone(METRICS[0])]),
    },
    { old: good(), object: zero },
    { old: noGroup, object: set(structuredClone(noGroup), "spec.maxReplicas", 9) },
    {
      old: noGroup,
      object: set(structuredClone(noGroup), "spec.scaleTargetRef.kind", "ReplicaSet"),
    },
    { old: good(), object: noGroup },
    { old: badObject, object: set(structuredClone(badObject), "spec.maxReplicas", 9) },
    { old: good(), object: badObject },
  ];
}

/** autoscaling/v1, with annotations that hold the rest. */
function inV1(): HpaObject[] {
  const prefix = "autoscaling.alpha.kubernetes.io/";
  const one = (spec: Json, annotations?: Json, status?: Json): HpaObject => ({
    keepStatus: true,
    object: {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "default", ...(annotations ? { annotations } : {}) },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        maxReplicas: 5,
        ...spec,
      },
      ...(status ? { status } : {}),
    },
  });
  const metrics = (...list: Json[]) => ({
    [`${prefix}metrics`]: JSON.stringify(list),
    note: "kept",
  });
  const target = { kind: "Service", name: "front", apiVersion: "v1" };
  return [
    one({}),
    one({ targetCPUUtilizationPercentage: 60, minReplicas: 2 }),
    one({ targetCPUUtilizationPercentage: 0 }),
    one({}, metrics({ type: "Object", object: { target, metricName: "hits", targetValue: "50" } })),
    one(
      {},
      metrics({
        type: "Object",
        object: { target, metricName: "hits", targetValue: "0", averageValue: "5" },
      }),
    ),
    one(
      { targetCPUUtilizationPercentage: 60 },
      metrics({ type: "Pods", pods: { metricName: "hits", targetAverageValue: "5" } }),
    ),
    one({}, metrics({ type: "External", external: { metricName: "q", targetAverageValue: "5" } })),
    one(
      {},
      metrics({
        type: "External",
        external: {
          metricName: "q",
          metricSelector: { matchLabels: { a: "b" } },
          targetValue: "5",
        },
      }),
    ),
    one({}, metrics({ type: "Resource", resource: { name: "memory", targetAverageValue: "5Mi" } })),
    one({}, metrics({ type: "Resource", resource: { name: "cpu", targetAverageUtilization: 7 } })),
    one(
      {},
      metrics({
        type: "ContainerResource",
        containerResource: { name: "cpu", container: "a", targetAverageUtilization: 7 },
      }),
    ),
    one({}, { [`${prefix}metrics`]: "{nope" }),
    one({}, {
      [`${prefix}behavior`]:
        '{"ScaleUp":{"StabilizationWindowSeconds":7,"SelectPolicy":"Min","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}]},"ScaleDown":null}',
    }),
    one({}, {
      [`${prefix}behavior`]: '{"scaleDown":{"stabilizationWindowSeconds":7,"tolerance":"0.3"}}',
    }),
    one({}, { [`${prefix}behavior`]: "{}" }),
    one({ targetCPUUtilizationPercentage: 60 }, undefined, {
      currentReplicas: 2,
      desiredReplicas: 3,
      currentCPUUtilizationPercentage: 44,
    }),
    one({ targetCPUUtilizationPercentage: 60 }, {
      [`${prefix}current-metrics`]:
        '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":44,"currentAverageValue":"44m"}}]',
      [`${prefix}conditions`]:
        '[{"type":"AbleToScale","status":"True","lastTransitionTime":"2026-11-24T02:00:00Z"}]',
    }, { currentReplicas: 2, desiredReplicas: 3 }),
  ];
}

function set(object: Json, path: string, value: Json): Json {
  const keys = path.split(".");
  const last = keys.pop()!;
  const holder = keys.reduce((inner, key) => inner[key], object);
  if (value === undefined) delete holder[last];
  else holder[last] = structuredClone(value);
  return object;
}
