import assert from "node:assert/strict";
import {
  type Check,
  type KubeObject,
  type LabView,
  loadLessons,
  quantityOf,
  shown,
  type Step,
} from "../../lib/lesson/mod.ts";

const lessons = await loadLessons();

function stepOf(lesson: string, id: string): Step {
  const found = lessons.find((loaded) => loaded.lesson.id === lesson)?.lesson.steps
    .find((step) => step.id === id);
  assert.ok(found, `${lesson} ${id}`);
  return found;
}

/** A view of php-apache's objects and of nothing else. */
function viewOf(
  objects: Record<string, object>,
  decide?: () => object,
): LabView {
  return {
    get: (resource: string) => Promise.resolve(objects[resource.split(".")[0]] as KubeObject),
    list: () => Promise.resolve([]),
    decide: () => Promise.resolve(decide?.()),
    now: () => 0,
    since: 0,
  } as unknown as LabView;
}

/** What a step's check finds first; undefined where it is done. */
async function foundAt(lesson: string, id: string, view: LabView): Promise<string | undefined> {
  const { check } = stepOf(lesson, id) as { check?: Check };
  return (await check!(view))[0]?.actual.en;
}

const metadata = { name: "php-apache" };

/** Lesson 13's objects, with these resources of the two containers and this metric. */
function onCpu(webServer: object, logger: object, metric?: object): LabView {
  const containers = [
    { name: "php-apache", resources: webServer },
    { name: "logger", resources: logger },
  ];
  const target = { type: "Utilization", averageUtilization: 50 };
  return viewOf({
    deployments: {
      metadata,
      spec: { replicas: 1, template: { spec: { containers } } },
      status: { availableReplicas: 1 },
    },
    horizontalpodautoscalers: {
      metadata,
      spec: { metrics: [metric ?? { type: "Resource", resource: { name: "cpu", target } }] },
      status: { currentMetrics: [{ resource: { current: { averageUtilization: 7 } } }] },
    },
  });
}

Deno.test("lesson 13 takes any way that has the web server request a fifth of a core", async () => {
  const little = { requests: { cpu: "10m" } };
  const target = { type: "Utilization", averageUtilization: 50 };
  const alone = (container: string) => ({
    type: "ContainerResource",
    containerResource: { name: "cpu", container, target },
  });
  const found = (...objects: Parameters<typeof onCpu>) =>
    foundAt("13-hpa-on-cpu", "request", onCpu(...objects));
  assert.equal(await found({ requests: { cpu: "200m" } }, little), undefined);
  assert.equal(await found({ requests: { cpu: "0.2" } }, little), undefined);
  assert.equal(await found({ limits: { cpu: "200m" } }, { limits: { cpu: "1" } }), undefined);
  assert.equal(await found({ requests: { cpu: "200m" } }, {}, alone("php-apache")), undefined);
  assert.match(
    await found({ requests: { cpu: "200m" } }, little, alone("logger")) ?? "",
    /container logger alone/,
  );
  assert.match(await found({ limits: { cpu: "500m" } }, little) ?? "", /only a limit, 500m/);
});

Deno.test("lesson 13 predicts that a ratio within a tenth of 1 changes nothing", async () => {
  const step = stepOf("13-hpa-on-cpu", "doubled");
  assert.ok(step.kind === "predict");
  const predicted = async (usageMilli: bigint) => {
    const proposal = {
      usageMilli,
      requestsTotalMilli: 210n,
      samples: [{}],
      pods: 1,
      tolerances: { scaleUp: 0.1, scaleDown: 0.1 },
    };
    const view = viewOf({}, () => ({ derivation: { metrics: [{ ok: true, proposal }] } }));
    return (await step.answer(view)).value;
  };
  // Of 410m: 51, 55, 56 and 110 percent, where 50 is the target.
  assert.deepEqual(
    await Promise.all([213n, 229n, 230n, 455n].map(predicted)),
    [1, 1, 2, 3],
  );
});

Deno.test("lesson 13 never says that one of one pod is too few", async () => {
  const grown = (status: object) =>
    foundAt(
      "13-hpa-on-cpu",
      "grow",
      viewOf({ horizontalpodautoscalers: { metadata, spec: { maxReplicas: 10 }, status } }),
    );
  assert.equal(await grown({ currentReplicas: 1, desiredReplicas: 1 }), "1 so far");
  assert.equal(await grown({ currentReplicas: 1, desiredReplicas: 4 }), "1 of 4");
  assert.equal(await grown({ currentReplicas: 8, desiredReplicas: 8 }), undefined);
});

Deno.test("lesson 14 takes a policy by the worst minute of it", async () => {
  const found = (...policies: [type: string, value: number, periodSeconds: number][]) => {
    const scaleDown = {
      policies: policies.map(([type, value, periodSeconds]) => ({ type, value, periodSeconds })),
    };
    return foundAt(
      "14-stabilization",
      "gently",
      viewOf({
        horizontalpodautoscalers: { metadata, spec: { maxReplicas: 10, behavior: { scaleDown } } },
      }),
    );
  };
  assert.equal(await found(["Pods", 1, 60]), undefined);
  assert.equal(await found(["Pods", 1, 90]), undefined);
  assert.equal(await found(["Percent", 10, 60]), undefined);
  assert.equal(await found(["Pods", 5, 300]), "its policy takes 5 of 7 pods in one go");
  assert.equal(await found(["Pods", 1, 15]), "its policy takes 4 of 7 pods a minute");
  assert.equal(await found(["Pods", 1, 600]), "its policy takes 0.1 of 7 pods a minute");
});

Deno.test("a quantity is read in whatever way it is written, and shown without noise", () => {
  assert.deepEqual(
    ["200m", "0.2", "1500m", "1", "2k", "much", undefined].map(quantityOf),
    [0.2, 0.2, 1.5, 1, 2000, NaN, NaN],
  );
  assert.deepEqual([0.07 * 100, 4.6 * 3, 1 / 3].map(shown), ["7", "13.8", "0.3333"]);
});
