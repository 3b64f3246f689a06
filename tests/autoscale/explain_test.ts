import assert from "node:assert/strict";
import { type HpaCase, parseCase } from "./_hpa_case.ts";
import { runCase } from "./_hpa_case_run.ts";

type Json = any;

const resource = (name: string, target: Json) => ({ type: "Resource", resource: { name, target } });
const external = (target: Json) => ({
  type: "External",
  external: { metric: { name: "queue" }, target },
});
const utilization = (percent: number) => ({ type: "Utilization", averageUtilization: percent });

/** The lines of the last sync of a case. */
function explained(given: HpaCase): string[] {
  return runCase(parseCase(JSON.stringify(given))).answers.at(-1)!.explanation;
}

Deno.test("explain() tells a decision as a sum, from the samples to the limit", async (t) => {
  const rows: [name: string, given: HpaCase, lines: string[]][] = [
    [
      "CPU in percent, with a pod that has no sample",
      {
        spec: { metrics: [resource("cpu", utilization(50))] },
        replicas: 3,
        pods: [{ usage: { cpu: "90m" } }, { usage: { cpu: "110m" } }, {}],
      },
      [
        "cpu resource utilization (percentage of request): 100%, target 50%",
        "web-0 90m + web-1 110m = 200m; 200m used ÷ 200m requested = 100%",
        "100% ÷ 50% = 2",
        "web-2 has no sample and counts as 0; the ratio becomes 1.32",
        "1.32 × 3 pods = 3.96, rounded up to 4",
        "recommended in the last 5m0s: 3 (as it was found), now 4; the highest counts",
        "3 replicas → 4",
      ],
    ],
    [
      "memory in its own units",
      {
        spec: { metrics: [resource("memory", { type: "AverageValue", averageValue: "20Mi" })] },
        replicas: 2,
        pods: [{ usage: { memory: "30Mi" } }, { usage: { memory: "50Mi" } }],
      },
      [
        "memory resource: 40Mi, target 20Mi",
        "web-0 30Mi + web-1 50Mi = 80Mi; 80Mi ÷ 2 pods = 40Mi",
        "40Mi ÷ 20Mi = 2",
        "2 × 2 pods = 4, rounded up to 4",
        "recommended in the last 5m0s: 2 (as it was found), now 4; the highest counts",
        "2 replicas → 4",
      ],
    ],
    [
      "an object's total per pod, which upstream's events name as if it were external",
      {
        spec: {
          metrics: [{
            type: "Object",
            object: {
              describedObject: { apiVersion: "v1", kind: "Service", name: "front" },
              metric: { name: "hits" },
              target: { type: "AverageValue", averageValue: "50" },
            },
          }],
        },
        replicas: 2,
        metrics: { object: { hits: "200" } },
      },
      [
        "Service metric hits: 200, target 50",
        "200 ÷ (50 × 2 replicas) = 2",
        "200 ÷ 50 = 4, rounded up to 4",
        "recommended in the last 5m0s: 2 (as it was found), now 4; the highest counts",
        "2 replicas → 4",
      ],
    ],
    [
      "a total per pod, and a window that holds",
      {
        spec: { metrics: [external({ type: "AverageValue", averageValue: "30" })] },
        replicas: 4,
        metrics: { external: { queue: ["20", "25"] } },
        history: {
          recommendations: [{ replicas: 4, at: -75 }, { replicas: 4, at: -60 }, {
            replicas: 3,
            at: -45,
          }],
        },
      },
      [
        "external metric queue(nil): 45, target 30",
        "20 + 25 = 45",
        "45 ÷ (30 × 4 replicas) = 0.375",
        "45 ÷ 30 = 1.5, rounded up to 2",
        "recommended in the last 5m0s: 4 (1m15s to 1m0s ago), 3 (45s ago), now 2; the highest counts, so it stays at 4",
        "4 replicas, no change",
      ],
    ],
    [
      "policies, from where their periods began",
      {
        spec: {
          maxReplicas: 50,
          metrics: [external({ type: "Value", value: "10" })],
          behavior: {
            scaleUp: {
              selectPolicy: "Min",
              policies: [
                { type: "Pods", value: 3, periodSeconds: 60 },
                { type: "Percent", value: 100, periodSeconds: 15 },
              ],
            },
          },
        },
        replicas: 6,
        metrics: { external: { queue: "50" } },
        history: { scaleUps: [{ change: 2, at: -30 }] },
      },
      [
        "external metric queue(nil): 50, target 10",
        "50 ÷ 10 = 5",
        "5 × 6 pods = 30, rounded up to 30",
        "3 pods in 60s from 4: 7, 100% in 15s from 6: 12; Min allows 7",
        "30 is limited to 7 by those policies",
        "6 replicas → 7",
      ],
    ],
    [
      "several metrics, of which one is not there",
      {
        spec: {
          metrics: [external({ type: "Value", value: "10" }), resource("cpu", utilization(50))],
        },
        replicas: 2,
        pods: [{ count: 2, usage: { cpu: "10m" } }],
      },
      [
        "unable to get external metric default/queue/nil: no metrics returned from external metrics API",
        "cpu resource utilization (percentage of request): 10%, target 50%",
        "web-0 10m + web-1 10m = 20m; 20m used ÷ 200m requested = 10%",
        "10% ÷ 50% = 0.2",
        "0.2 × 2 pods = 0.4, rounded up to 1",
        "a metric that cannot be read might ask for more than 2: nothing is changed",
        "2 replicas, no change",
      ],
    ],
    [
      "bounds alone",
      { spec: { minReplicas: 2, maxReplicas: 3 }, replicas: 5 },
      ["5 replicas > maxReplicas 3 → 3"],
    ],
    [
      "a ratio that six digits would round to 1",
      {
        spec: {
          metrics: [external({ type: "Value", value: "1M" })],
          behavior: { scaleUp: { tolerance: "0" } },
        },
        replicas: 3,
        metrics: { external: { queue: "1000000001m" } },
      },
      [
        "external metric queue(nil): 1000000001m, target 1M",
        "1000000001m ÷ 1M = 1.000000001",
        "1.000000001 × 3 pods = 3.000000003, rounded up to 4",
        "4 pods in 15s from 3: 7, 100% in 15s from 3: 6; Max allows 7",
        "3 replicas → 4",
      ],
    ],
  ];
  for (const [name, given, lines] of rows) {
    await t.step(name, () => assert.deepEqual(explained(given), lines));
  }
});

Deno.test("explain() shows long sums and long windows in short", () => {
  const lines = explained({
    spec: { maxReplicas: 30, metrics: [resource("cpu", utilization(50))] },
    replicas: 9,
    pods: [{ count: 9, usage: { cpu: "60m" } }],
    history: {
      recommendations: Array.from(
        { length: 10 },
        (_, i) => ({ replicas: 5 + i % 2, at: -150 + 15 * i }),
      ),
    },
  });
  assert.equal(lines[1], "9 samples = 540m; 540m used ÷ 900m requested = 60%");
  assert.match(lines[4], /^recommended in the last 5m0s: from 5 to 6 before, 5 \(1m30s ago\), /);
});
