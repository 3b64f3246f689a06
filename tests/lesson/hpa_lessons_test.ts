import assert from "node:assert/strict";
import {
  type Check,
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

/** A view of these objects, by resource or by `resource/name`, and of what Prometheus says to a query. */
function viewOf(
  objects: Record<string, object>,
  decide?: () => object,
  valueOf?: (promql: string) => number,
): LabView {
  const named = (resource: string) => resource.split(".")[0];
  return {
    get: (resource: string, _: string, name: string) =>
      Promise.resolve(objects[`${named(resource)}/${name}`] ?? objects[named(resource)]),
    list: (resource: string) => Promise.resolve([objects[named(resource)] ?? []].flat()),
    http: (url: string) => {
      const value = valueOf?.(new URL(url).searchParams.get("query") ?? "");
      const result = value === undefined ? [] : [{ metric: {}, value: [0, String(value)] }];
      const data = { resultType: "vector", result };
      return Promise.resolve({ code: 200, text: JSON.stringify({ status: "success", data }) });
    },
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

Deno.test("lesson 7 asks for visitors where the metric is below its target", async () => {
  const { check } = stepOf("07-hpa-acts", "up-again") as { check?: Check };
  const nextAt = async (value: string) => {
    const currentMetrics = [{ object: { current: { value } } }];
    const status = { currentReplicas: 1, currentMetrics };
    const hpa = { metadata: { name: "nginx-custom-metric" }, status };
    const describedObject = { kind: "Service", name: "nginx-custom-metric" };
    const body = { items: [{ describedObject, value }] };
    const raw = () => Promise.resolve({ code: 200, body, message: "" });
    const view = viewOf({ horizontalpodautoscalers: hpa }, undefined, () => quantityOf(value));
    const found = await check!({ ...view, raw });
    return found.map(({ next }) => next.en).join();
  };
  assert.match(await nextAt("800m"), /send visitors/);
  assert.match(await nextAt("70"), /wait for the next sync/);
});

Deno.test("lesson 12 counts anew once the series of the pods before have ended", async () => {
  const pod = { metadata: { name: "new", creationTimestamp: "1970-01-01T00:00:01Z" } };
  const found = (...counted: string[]) => {
    const result = counted.map((pod) => ({ metric: { pod }, value: [0, "100"] }));
    const text = JSON.stringify({ status: "success", data: { resultType: "vector", result } });
    const http = () => Promise.resolve({ code: 200, text });
    return foundAt("12-the-counter-trap", "restart", { ...viewOf({ pods: pod }), http });
  };
  assert.equal(await found("new"), undefined);
  assert.equal(await found("old", "new"), "the count of old is still added");
  assert.equal(await found(), "they are not scraped yet");
});

Deno.test("lesson 12 asks for more visitors where time alone brings no more replicas", async () => {
  const nextAt = async (step: string, currentReplicas: number) => {
    const { check } = stepOf("12-the-counter-trap", step) as { check?: Check };
    const hpa = { metadata: { name: "nginx-custom-metric" }, status: { currentReplicas } };
    return (await check!(viewOf({ horizontalpodautoscalers: hpa })))[0]?.next.en;
  };
  assert.match(await nextAt("up", 2) ?? "", /^send visitors again/);
  assert.equal(await nextAt("up", 3), undefined);
  assert.equal(await nextAt("down", 2), "give it time: clock +1m");
});

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

const RATE = 'sum(rate(nginx_http_requests_total{service="nginx-keda-example"}[2m]))';
const OFFICE = {
  timezone: "Asia/Seoul",
  start: "0 8 * * 1-5",
  end: "0 18 * * 1-5",
  desiredReplicas: "2",
};

/** Lesson 15's objects, with so many pods of the front; the rate is what comes in, and what the query of the trigger gives. */
function withKeda(
  { prometheus = {}, spec = {}, cron = OFFICE, front = 1, rate = 0.13 * front, gives = rate }: {
    prometheus?: object;
    spec?: object;
    cron?: object;
    front?: number;
    rate?: number;
    gives?: number;
  },
): LabView {
  const query = { query: gives === rate ? RATE : "another", threshold: "10" };
  const scaledObject = {
    metadata,
    spec: {
      minReplicaCount: 0,
      triggers: [
        // In this order, as nothing may go by the first of them.
        { type: "cron", metadata: cron },
        { type: "prometheus", metadata: { ...query, activationThreshold: "1", ...prometheus } },
      ],
      ...spec,
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
  return viewOf(
    {
      scaledobjects: scaledObject,
      "deployments/php-apache": { metadata, spec: { replicas: 0 } },
      "deployments/nginx-keda-example": { metadata, spec: { replicas: front } },
    },
    undefined,
    (promql) => promql === "another" ? gives : rate,
  );
}

Deno.test("lesson 15 takes any activation threshold between nobody and a few visitors", async () => {
  const found = (id: string, activationThreshold: string, front: number, rate?: number) =>
    foundAt("15-keda-to-zero", id, withKeda({ prometheus: { activationThreshold }, front, rate }));
  assert.equal(await found("zero", "0.2", 1), undefined);
  assert.equal(await found("zero", "0.5", 1), undefined);
  assert.equal(await found("zero", "0.8", 5), undefined);
  assert.equal(await found("zero", "5", 5), undefined);
  assert.match(await found("zero", "0.5", 5) ?? "", /is 0\.5, and up to 0\.75 requests/);
  assert.match(await found("zero", "0.1", 1) ?? "", /is 0\.1, and up to 0\.15 requests/);
  assert.match(await found("zero", "6", 1) ?? "", /never wake it/);
  assert.equal(await found("hours", "0.5", 5, 30), undefined);
  assert.match(await found("hours", "0", 5, 30) ?? "", /activationThreshold is 0/);
});

Deno.test("lesson 15 goes by the pods that idle, where that is said", async () => {
  const found = (spec: object) => foundAt("15-keda-to-zero", "zero", withKeda({ spec }));
  assert.equal(await found({ minReplicaCount: 1, idleReplicaCount: 0 }), undefined);
  assert.equal(await found({ minReplicaCount: undefined }), undefined);
  assert.equal(await found({ minReplicaCount: 1 }), "minReplicaCount is 1");
  assert.equal(
    await found({ minReplicaCount: 2, idleReplicaCount: 1 }),
    "idleReplicaCount is 1",
  );
});

Deno.test("lesson 15 takes only a query that sees what comes in", async () => {
  const found = (gives: number, rate?: number) =>
    foundAt("15-keda-to-zero", "zero", withKeda({ gives, rate }));
  assert.equal(await found(0.12), undefined);
  assert.match(await found(0) ?? "", /gives 0, and 0\.13 requests/);
  assert.match(await found(NaN) ?? "", /gives NaN/);
  assert.match(await found(500) ?? "", /gives 500/);
  assert.match(await found(3, 30) ?? "", /gives 3, and 30 requests/);
});

Deno.test("lesson 15 names the field of a schedule that is wrong", async () => {
  const whyOf = async (cron: object) => {
    const view = withKeda({ cron: { ...OFFICE, ...cron } });
    const { check } = stepOf("15-keda-to-zero", "hours") as { check?: Check };
    const [found] = await check!(view);
    return found && `${found.actual.en}: ${found.why.en}`;
  };
  assert.equal(await whyOf({}), undefined);
  assert.equal(await whyOf({ start: "0 8 ? * MON-FRI", end: "00 18 ? ? 1,2,3,4,5" }), undefined);
  for (
    const [cron, why] of [
      [{ start: "30 8 * * 1-5" }, /`30 8 .* first field is the minute/],
      [{ start: "* 8 * * 1-5" }, /each minute of that hour/],
      [{ start: "0 9 * * 1-5" }, /second field is the hour/],
      [{ start: "0 8 1 * 1-5" }, /third field is the day of the month/],
      [{ start: "0 8 * 1 1-5" }, /fourth field is the month/],
      [{ end: "0 18 * * ?" }, /last field is the day of the week/],
      [{ end: "18 * * 1-5" }, /five fields/],
      [{ end: undefined }, /^it has no end: /],
      [{ timezone: undefined }, /^it has no timezone: /],
      [{ timezone: "Asia/Tokyo" }, /^its time zone is Asia\/Tokyo: start and end go by/],
    ] satisfies [object, RegExp][]
  ) assert.match(await whyOf(cron) ?? "", why);
});

Deno.test("lesson 15 asks of the prometheus trigger, wherever it stands", async () => {
  const step = stepOf("15-keda-to-zero", "pretended");
  assert.ok(step.kind === "predict");
  const spec = { fallback: { failureThreshold: 3, replicas: 3 } };
  const { value, arithmetic } = await step.answer(withKeda({ spec }));
  assert.equal(value, 30);
  assert.match(arithmetic[0].en, /^s1-prometheus = /);
});

Deno.test("lesson 15 says of a field that is empty that it is", async () => {
  const found = (prometheus: object) =>
    foundAt("15-keda-to-zero", "zero", withKeda({ prometheus }));
  assert.equal(await found({ query: "" }), "its query is empty");
  assert.equal(await found({ threshold: "" }), "its threshold is empty");
  assert.equal(await found({ threshold: undefined }), "it has no threshold");
  assert.equal(await found({ threshold: "1" }), "its threshold is 1");
});

Deno.test("lesson 15 takes only a fallback of three pods", async () => {
  const found = (more: object) => {
    const fallback = { failureThreshold: 3, replicas: 3, ...more };
    return foundAt("15-keda-to-zero", "fallback", withKeda({ spec: { fallback } }));
  };
  assert.equal(await found({}), undefined);
  assert.equal(await found({ behavior: "static" }), undefined);
  assert.match(await found({ behavior: "currentReplicasIfHigher" }) ?? "", /behavior is current/);
});

Deno.test("lesson 16 goes by the bounds of the ScaledObject, for an HPA has 1 where KEDA has 0", async () => {
  const name = "nginx-custom-metric";
  const current = { value: "130m" };
  const found = (bounds: object) => {
    const target = { type: "Value", value: "50" };
    const scaleTargetRef = { name };
    return foundAt(
      "16-from-adapter-to-keda",
      "take-over",
      viewOf(
        {
          horizontalpodautoscalers: {
            metadata: {
              name,
              creationTimestamp: "1969-12-31T00:00:00Z",
              ownerReferences: [{ kind: "ScaledObject" }],
            },
            spec: {
              scaleTargetRef,
              minReplicas: 1,
              maxReplicas: 3,
              metrics: [{ external: { target } }],
            },
            status: { currentMetrics: [{ external: { current } }] },
          },
          scaledobjects: {
            metadata: { name },
            spec: {
              scaleTargetRef,
              triggers: [{ type: "prometheus", metadata: { query: "rate" } }],
              ...bounds,
            },
            status: { conditions: [{ type: "Ready", status: "True" }] },
          },
        },
        undefined,
        () => 0.13,
      ),
    );
  };
  assert.equal(await found({ minReplicaCount: 1, maxReplicaCount: 3 }), undefined);
  assert.equal(await found({ maxReplicaCount: 3 }), "it goes from 0 up to 3");
  assert.equal(
    await found({ minReplicaCount: 1, idleReplicaCount: 0, maxReplicaCount: 3 }),
    "it goes from 0 up to 3",
  );
  assert.equal(await found({ minReplicaCount: 1 }), "it goes from 1 up to 100");
});

Deno.test("lesson 16 says why KEDA refuses nothing where a ScaledObject is there already", async () => {
  const own = {
    metadata: { name: "web" },
    spec: { scaleTargetRef: { name: "nginx-custom-metric" } },
  };
  const found = (scaledobjects: object[]) =>
    foundAt("16-from-adapter-to-keda", "refused", viewOf({ scaledobjects }));
  assert.equal(await found([]), undefined);
  assert.equal(await found([own]), "ScaledObject web is there already");
});

Deno.test("lesson 17 adds up all that makes a recorded number late", async () => {
  const step = stepOf("17-recording-rules", "late");
  assert.ok(step.kind === "predict");
  const value = async (scrapeInterval: string, interval: number) => {
    const labels = { service: "nginx-custom-metric" };
    const rules = [{ name: "namespace_pod:nginx_http_requests:rate2m" }];
    const data = {
      activeTargets: [{ labels: {}, scrapeInterval: "5s" }, { labels, scrapeInterval }],
      groups: [{ interval: 60, rules: [{ name: "another" }] }, { interval, rules }],
    };
    const http = () => Promise.resolve({ code: 200, text: JSON.stringify({ data }) });
    return (await step.answer({ http } as unknown as LabView)).value;
  };
  assert.equal(await value("30s", 30), 75);
  assert.equal(await value("1m30s", 15), 120);
});

/** What lesson 17 finds of a PrometheusRule with this expression and labels, before a Prometheus that selects so. */
async function ruleFault(
  id: string,
  { expr = "rate(nginx[2m])", labels = {}, ruleSelector = {}, rule = {} }: {
    expr?: string;
    labels?: object;
    ruleSelector?: object | null;
    rule?: object;
  },
): Promise<string | undefined> {
  const record = "namespace_pod:nginx_http_requests:rate2m";
  const view = viewOf({
    prometheusrules: {
      metadata: { name: "own", labels },
      spec: { groups: [{ name: "own", rules: [{ record, expr, ...rule }] }] },
    },
    prometheuses: [{ metadata: { name: "one" }, spec: { ruleSelector } }],
  });
  const http = (url: string) => {
    const { pathname, searchParams } = new URL(url);
    // What is written is tried by its expression; under its name nothing is recorded.
    const result = searchParams.get("query") === record
      ? []
      : [{ metric: { namespace: "default", pod: "nginx" }, value: [0, "1"] }];
    const data = pathname.endsWith("/rules") ? { groups: [] } : { resultType: "vector", result };
    return Promise.resolve({ code: 200, text: JSON.stringify({ status: "success", data }) });
  };
  return await foundAt("17-recording-rules", id, { ...view, http });
}

Deno.test("lesson 17 takes the window that the name promises, in whatever way it is written", async () => {
  const found = (expr: string) => ruleFault("labels", { expr });
  for (const window of ["2m", "120s", "1m60s", " 2m "]) {
    assert.equal(await found(`rate(nginx{pod=~"[0-9a-z]+"}[${window}])`), undefined);
  }
  assert.equal(await found("max_over_time(nginx[2m:30s])"), undefined);
  for (const window of ["1m", "10m", "1d"]) {
    assert.equal(
      await found(`rate(nginx[${window}])`),
      `its window is ${window}, and its name says rate2m`,
    );
  }
});

Deno.test("lesson 17 reads the whole selector of rules, and names what is not selected", async () => {
  const found = (ruleSelector: object | null, labels?: object) =>
    ruleFault("selected", { ruleSelector, labels });
  const expression = { key: "team", operator: "In", values: ["web"] };
  const chosen = { matchLabels: { release: "operator" }, matchExpressions: [expression] };
  assert.match(
    await found(chosen, { release: "operator" }) ?? "",
    /release=operator,team in \(web\) alone, and own has release=operator$/,
  );
  assert.match(await found(null) ?? "", /has no ruleSelector, and takes no PrometheusRule/);
  const waits = "the operator has it, and Prometheus not yet";
  assert.equal(await found(chosen, { release: "operator", team: "web" }), waits);
  assert.equal(await found({}), waits);
});

Deno.test("lesson 17 names recorded series alone, and no alert", async () => {
  const rule = { record: undefined, alert: "nginx is away" };
  assert.equal(await ruleFault("labels", { rule }), "no PrometheusRule records it");
});

Deno.test("lesson 18 works out what each type of target divides by", async () => {
  const valueAt = async (id: string, total: string, readyReplicas: number) => {
    const step = stepOf("18-pods-object-external", id);
    assert.ok(step.kind === "predict");
    const view = {
      raw: () => Promise.resolve({ code: 200, body: { items: [{ value: total }] }, message: "" }),
      get: () => Promise.resolve({ status: { readyReplicas } }),
    };
    return (await step.answer(view as unknown as LabView)).value;
  };
  // 24.7 ÷ 20 × 3 = 3.7; 1.09 is tolerated; 2 × 6 = 12 is more than there may be.
  assert.equal(await valueAt("value", "24700m", 3), 4);
  assert.equal(await valueAt("value", "21800m", 3), 3);
  assert.equal(await valueAt("value", "40", 6), 10);
  // The largest of 24.7 ÷ 10 and 24.7 ÷ 4, and never more than 10.
  assert.equal(await valueAt("largest", "24700m", 3), 7);
  assert.equal(await valueAt("largest", "50", 5), 10);
  // With six pods a quarter of 24.7 is within a tenth of them.
  assert.equal(await valueAt("largest", "24700m", 6), 6);
});

/** Lesson 19's objects: an HPA that reads this of a target of 10, and what there is of its Deployment. */
function withShop(
  {
    read = "168m",
    wanted = 1,
    replicas = 1,
    lastScaleTime,
    metric = "pods",
    target = "10",
    bounds,
  }: {
    read?: string;
    wanted?: number;
    replicas?: number;
    lastScaleTime?: string;
    metric?: string;
    target?: string;
    /** Of a ScaledObject. */
    bounds?: object;
  },
): LabView {
  const metadata = { name: "shop" };
  const averageValue = { type: "AverageValue", averageValue: target };
  // The controller asks nothing for a Deployment of 0, and drops what it had read.
  const isOff = replicas === 0;
  const conditions = [
    isOff
      ? { type: "ScalingActive", status: "False", reason: "ScalingDisabled" }
      : { type: "ScalingActive", status: "True" },
  ];
  return viewOf({
    deployments: {
      metadata,
      spec: { replicas },
      status: { availableReplicas: replicas, readyReplicas: replicas },
    },
    horizontalpodautoscalers: {
      metadata,
      spec: {
        scaleTargetRef: metadata,
        maxReplicas: 5,
        metrics: [{ [metric]: { target: averageValue } }],
      },
      status: {
        currentMetrics: isOff ? [] : [{ [metric]: { current: { averageValue: read } } }],
        desiredReplicas: isOff ? 0 : wanted,
        lastScaleTime,
        conditions,
      },
    },
    scaledobjects: bounds ? [{ metadata, spec: { scaleTargetRef: metadata, ...bounds } }] : [],
  });
}

Deno.test("lesson 19 takes pods that the HPA wants for its load, and none that somebody scaled by hand", async () => {
  const found = (...objects: Parameters<typeof withShop>) =>
    foundAt("19-capstone", "up", withShop(...objects));
  const now = "1970-01-01T00:00:01Z";
  assert.equal(await found({ read: "9", wanted: 4, replicas: 4, lastScaleTime: now }), undefined);
  const before = "1969-12-31T23:00:00Z";
  const late = { wanted: 4, replicas: 4, lastScaleTime: before };
  assert.equal(await found({ ...late, read: "9" }), undefined);
  assert.equal(await found({ ...late, read: "9", metric: "external" }), undefined);
  assert.match(await found(late) ?? "", /not the HPA that wants them: its metric is 168m\/10/);
  assert.equal(await found({ read: "9", wanted: 4, replicas: 4 }), undefined);
  assert.match(await found({ read: "2" }) ?? "", /^it wants 1, and its metric is 2\/10/);
});

Deno.test("lesson 19 is done at one pod, whenever it came to that, and not at none", async () => {
  const found = (...objects: Parameters<typeof withShop>) =>
    foundAt("19-capstone", "down", withShop(...objects));
  assert.equal(await found({ lastScaleTime: "1969-12-31T23:00:00Z" }), undefined);
  assert.match(await found({ wanted: 4 }) ?? "", /^there are 1, and the metric is 168m\/10/);
  assert.match(await found({ replicas: 4 }) ?? "", /^there are 4/);
  assert.match(await found({ replicas: 0 }) ?? "", /scaled to 0, and that turns its HPA off/);
  // What KEDA takes down to 0 is told by the bound that lets it.
  const ofKeda = (bounds: object) => found({ replicas: 0, metric: "external", bounds });
  assert.equal(await ofKeda({ maxReplicaCount: 5 }), "it goes from 0 to 5");
  const idle = { minReplicaCount: 1, idleReplicaCount: 0, maxReplicaCount: 5 };
  assert.equal(await ofKeda(idle), "it goes from 0 to 5");
});

Deno.test("lesson 19 takes a target of 10 in whatever way it is written, and no other", async () => {
  const found = (target: string) => foundAt("19-capstone", "down", withShop({ target }));
  assert.equal(await found("10000m"), undefined);
  assert.equal(await found("10.0"), undefined);
  assert.equal(await found("10m"), "its target is 10m for each pod");
});

/** What lesson 19 says of monitors that Prometheus does not scrape by, each after what the Prometheus object selects. */
async function monitorFault(
  serviceMonitorSelector: object | null,
  ...monitors: [name: string, labels: object, selector: object, port?: string][]
): Promise<string | undefined> {
  const labels = { app: "shop" };
  const template = { metadata: { labels } };
  const service = (name: string, nodePort: number) => ({
    metadata: { name, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ name: "web", nodePort }] },
  });
  const view = viewOf({
    deployments: {
      metadata: { name: "shop" },
      spec: { template, selector: { matchLabels: labels } },
      status: { availableReplicas: 1 },
    },
    services: [service("store", 30000), service("shop", 30951)],
    prometheuses: [{ metadata: { name: "one" }, spec: { serviceMonitorSelector } }],
    servicemonitors: monitors.map(([name, labels, selector, port = "web"]) => ({
      metadata: { name, labels },
      spec: { selector, endpoints: [{ port }] },
    })),
    podmonitors: [],
    pods: [],
  });
  const http = (url: string) =>
    url.includes("/targets")
      ? Promise.resolve({ code: 200, text: JSON.stringify({ data: { activeTargets: [] } }) })
      : view.http(url);
  return await foundAt("19-capstone", "scraped", { ...view, http });
}

Deno.test("lesson 19 blames the monitor that is meant for the application", async () => {
  const OPERATOR = { matchExpressions: [{ key: "release", operator: "In", values: ["operator"] }] };
  const read = { release: "operator" };
  const own = { matchLabels: { app: "shop" } };
  const of = (app: string) => ({ matchLabels: { app } });
  assert.match(await monitorFault(OPERATOR) ?? "", /there is neither/);
  assert.match(await monitorFault(OPERATOR, ["x", {}, of("store")]) ?? "", /there is neither/);
  assert.equal(
    await monitorFault(OPERATOR, ["x", read, of("shop ")], ["y", {}, own]),
    "Prometheus selects ServiceMonitors with release in (operator), and y has no labels",
  );
  assert.equal(
    await monitorFault(OPERATOR, ["x", {}, own], ["y", read, own]),
    "it is on its way",
  );
  assert.equal(
    await monitorFault(OPERATOR, ["x", {}, own], ["y", read, own, "http"]),
    "the Service's ports are named: web",
  );
  assert.equal(
    await monitorFault(OPERATOR, ["x", read, of("shops")]),
    "the ServiceMonitor x selects app=shops, and no Service has that",
  );
  assert.match(
    await monitorFault(null, ["x", read, own]) ?? "",
    /serviceMonitorSelector .* not set/,
  );
  assert.equal(await monitorFault({}, ["x", {}, own]), "it is on its way");
});

Deno.test("a quantity is read in whatever way it is written, and shown without noise", () => {
  assert.deepEqual(
    ["200m", "0.2", "1500m", "1", "2k", "much", undefined].map(quantityOf),
    [0.2, 0.2, 1.5, 1, 2000, NaN, NaN],
  );
  assert.deepEqual([0.07 * 100, 4.6 * 3, 1 / 3].map(shown), ["7", "13.8", "0.3333"]);
});
