import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/kube/mod.ts";
import {
  apiServiceAvailable,
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
    since: 0,
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
