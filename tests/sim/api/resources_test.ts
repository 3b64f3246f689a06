import assert from "node:assert/strict";
import { validate } from "../../../lib/sim/api/validate.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";

function faults(resource: string, object: object, previous?: object): string[] {
  const full = (one: object) => ({ metadata: { name: "x" }, ...one }) as KubeObject;
  return validate({ resource, group: "" }, full(object), previous && full(previous))
    .map(({ field, message }) => `${field}: ${message}`);
}

// Source of the words: kubernetes pkg/apis/core/validation/validation.go, pkg/apis/scheduling/validation.
Deno.test("quotas, limit ranges, volumes, claims and priority classes are refused in upstream's words", async (t) => {
  const claim = (storage: string, more: object = {}, status: object = {}) => ({
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more },
    status,
  });
  const bound = { phase: "Bound", capacity: { storage: "2Gi" } };
  const container = (item: object) => ({ spec: { limits: [{ type: "Container", ...item }] } });
  const fixed =
    "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  const rows: [string, string, object, object | undefined, string[]][] = [
    [
      "a good quota",
      "resourcequotas",
      { spec: { hard: { pods: "3", "count/jobs.batch": "1" } } },
      undefined,
      [],
    ],
    [
      "a quota of what there is not, and of half a pod",
      "resourcequotas",
      { spec: { hard: { disk: "1", pods: "500m" }, scopes: ["BestEffort", "NotBestEffort"] } },
      undefined,
      [
        'spec.hard[disk]: Invalid value: "disk": must be a standard resource type or fully qualified',
        'spec.hard[disk]: Invalid value: "disk": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: "500m": must be an integer',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
      ],
    ],
    [
      "a quota whose scopes change",
      "resourcequotas",
      { spec: { hard: {}, scopes: ["Terminating"] } },
      { spec: { hard: {} } },
      ['spec.scopes: Invalid value: ["Terminating"]: field is immutable'],
    ],
    [
      "a limit range the wrong way round",
      "limitranges",
      container({ min: { cpu: "2" }, max: { cpu: "1" } }),
      undefined,
      ['spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1'],
    ],
    [
      "a ratio below one",
      "limitranges",
      container({ maxLimitRequestRatio: { cpu: "500m" } }),
      undefined,
      [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      ],
    ],
    [
      "defaults for a pod",
      "limitranges",
      { spec: { limits: [{ type: "Pod", default: { cpu: "1" } }] } },
      undefined,
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      "a volume of nothing",
      "persistentvolumes",
      { spec: {} },
      undefined,
      [
        "spec.accessModes: Required value",
        "spec.capacity: Required value",
        'spec.capacity: Unsupported value: null: supported values: "storage"',
        "spec: Required value: must specify a volume type",
      ],
    ],
    [
      "a bound claim that grows",
      "persistentvolumeclaims",
      claim("3Gi"),
      claim("2Gi", {}, bound),
      [],
    ],
    [
      "a bound claim that shrinks",
      "persistentvolumeclaims",
      claim("1Gi"),
      claim("2Gi", {}, bound),
      ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"],
    ],
    [
      "a claim of another class",
      "persistentvolumeclaims",
      claim("1Gi", { storageClassName: "b" }),
      claim("1Gi", { storageClassName: "a" }),
      [fixed],
    ],
    [
      "a class above all others",
      "priorityclasses.scheduling.k8s.io",
      { value: 2_000_000_000 },
      undefined,
      ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    ],
    [
      "a class that changes",
      "priorityclasses.scheduling.k8s.io",
      { value: 2 },
      { value: 1 },
      ["value: Forbidden: may not be changed in an update."],
    ],
  ];
  for (const [name, resource, object, previous, expected] of rows) {
    await t.step(name, () => assert.deepEqual(faults(resource, object, previous), expected));
  }
});
