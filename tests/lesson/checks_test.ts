import assert from "node:assert/strict";
import type { HorizontalPodAutoscaler, KubeObject } from "../../lib/kube/mod.ts";
import {
  apiServiceAvailable,
  broughtTo,
  type Check,
  deploymentAvailable,
  type LabView,
} from "../../lib/lesson/mod.ts";

/** A lab that holds an object, and nothing else. */
function labWith<T extends KubeObject>(object: T): LabView {
  return {
    get: <O extends KubeObject>() => Promise.resolve(object as KubeObject as O),
    list: () => Promise.resolve([]),
    raw: () => Promise.resolve({ code: 404, body: undefined, message: "not found" }),
    http: () => Promise.resolve({ code: 0, text: "" }),
    log: () => Promise.resolve(""),
    file: () => Promise.resolve(undefined),
    fileFault: () => Promise.resolve(undefined),
    now: () => 0,
    decide: () => Promise.resolve(undefined),
    since: 0,
    drawn: [],
  };
}

/** Checks of objects that are on their way, and what each finds. */
const ON_THE_WAY: [check: Check, object: KubeObject, actual: { en: string; ko: string }][] = [
  [
    apiServiceAvailable("v1beta1.metrics.k8s.io", "make install"),
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.metrics.k8s.io" },
    },
    { en: "not yet probed", ko: "아직 확인되지 않았습니다" },
  ],
  [
    deploymentAvailable("default", "web", "make install"),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: { replicas: 3, selector: { matchLabels: { app: "web" } } },
      status: { availableReplicas: 1 },
    },
    { en: "1 of 3 available", ko: "3개 중 1개 사용 가능" },
  ],
];

Deno.test("what a check finds is said in the language of the learner", async () => {
  for (const [check, object, actual] of ON_THE_WAY) {
    const [found] = await check(labWith(object));
    assert.deepEqual(found.actual, actual);
  }
});

Deno.test("visitors are asked for only where an HPA has counted fewer replicas than more than one", async () => {
  const rows: [count: number, currentReplicas: number | undefined, next: RegExp][] = [
    [1, undefined, /^give it time/],
    [2, undefined, /^give it time/],
    [1, 0, /^give it time/],
    [2, 3, /^give it time/],
    [2, 1, /^send visitors again/],
  ];
  for (const [count, currentReplicas, next] of rows) {
    const hpa = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "web", namespace: "default" },
      ...currentReplicas === undefined ? {} : { status: { currentReplicas } },
    } as HorizontalPodAutoscaler;
    const [found] = await broughtTo(count, () => Promise.resolve(hpa))(labWith(hpa));
    assert.match(found.next.en, next);
  }
});
