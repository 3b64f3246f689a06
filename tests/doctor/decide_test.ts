import assert from "node:assert/strict";
import { withoutSelector } from "../../lib/doctor/mod.ts";
import { begin, letGo, RULE_VALUES, write } from "../scenarios/_bases.ts";
import type { ScenarioLab } from "../scenarios/_lab.ts";
import { readWhyJson } from "./_answer_json.ts";

/** A metric that is always 120, whatever runs. */
const STEADY_RULE = `    - seriesQuery: 'nginx_up{namespace!="",service!=""}'
      resources:
        overrides:
          namespace: {resource: namespace}
          service: {resource: service}
      name: {as: steady}
      metricsQuery: 'max(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>) * 120'
`;

/** An HPA of that metric, or of CPU. */
function hpa(target: { averageValue: string } | { cpu: number }, maxReplicas = 5): string {
  const metric = "cpu" in target
    ? {
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target.cpu } },
    }
    : {
      type: "Object",
      object: {
        metric: { name: "steady" },
        describedObject: { apiVersion: "v1", kind: "Service", name: "nginx-custom-metric" },
        target: { type: "AverageValue", ...target },
      },
    };
  const object = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "nginx-custom-metric" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "nginx-custom-metric" },
      minReplicas: 1,
      maxReplicas,
      metrics: [metric],
    },
  };
  return `echo '${JSON.stringify(object)}' | kubectl replace -f -`;
}

interface Decision {
  currentReplicas: number;
  desiredReplicas: number;
  statusDesiredReplicas: number;
  agrees: boolean;
  sum: { step: string; text: string }[];
  differs?: string[];
}

async function decided(lab: ScenarioLab): Promise<Decision & { text: string }> {
  const { text } = await lab.run("decide hpa/nginx-custom-metric -o json");
  const [decision] = readWhyJson(text).decisions;
  return { ...decision, text };
}

Deno.test("decide comes to what the HPA's controller comes to, and says why where not", async (t) => {
  const lab = await begin("app", 3);
  try {
    await lab.play([
      write("steady.yaml", RULE_VALUES + STEADY_RULE),
      "helm upgrade prometheus-adapter prometheus-community/prometheus-adapter -f steady.yaml --wait",
      { wait: "2m" },
    ]);

    const rows: [name: string, acts: string[], minutes: string, desired: number, sum: RegExp][] = [
      ["the ratio, rounded up", [hpa({ averageValue: "50" })], "8m", 3, /120/],
      ["within the tolerance", [hpa({ averageValue: "38" })], "1m", 3, /between 0.9 and 1.1/],
      [
        "held by what was recommended before",
        [hpa({ averageValue: "120" })],
        "1m",
        3,
        // A condition tells that one is held, and not since when.
        /recommended in the last 5m0s: 3 \(since when is not told\), now 1;/,
      ],
      ["cut at maxReplicas", [hpa({ averageValue: "10" }, 4)], "2m", 4, /maxReplicas/],
    ];
    for (const [name, acts, passes, desired, sum] of rows) {
      await t.step(name, async () => {
        await lab.play([...acts, { wait: passes }]);
        const found = await decided(lab);
        assert.deepEqual(
          [found.desiredReplicas, found.statusDesiredReplicas, found.agrees],
          [desired, desired, true],
          found.text,
        );
        assert.match(found.sum.map(({ text }) => text).join("\n"), sum);
      });
    }

    await t.step("a pod that is not ready is left out by name", async () => {
      await lab.play([
        `kubectl patch deployment nginx-custom-metric -p '{"spec":{"template":{"spec":{"containers":[` +
        `{"name":"nginx","readinessProbe":{"httpGet":{"path":"/none"}}}]}}}}'`,
        hpa({ cpu: 50 }, 4),
        { wait: "3m" },
      ]);
      const found = await decided(lab);
      assert.equal(found.agrees, true, found.text);
      assert.match(found.text, /nginx-custom-metric-\S+ is not ready and is left out/);
      await lab.play(["kubectl rollout undo deployment nginx-custom-metric", { wait: "5m" }]);
    });

    await t.step("what can be no name is told so, wherever it stands", async () => {
      const lines = [
        "why hpa/a/b",
        "why metric pods/a/b/c",
        "decide hpa/..",
        "why -n a/b",
        "why so/a/b",
      ];
      for (const line of lines) {
        const { text, exitCode } = await lab.run(line);
        assert.notEqual(exitCode, 0, `${line}: ${text}`);
        assert.doesNotMatch(text, /mistake in hpa-tutor|\n {4}at /, line);
      }
      assert.match((await lab.run("decide hpa/a/b")).text, /can be no name.*may not contain '\/'/s);
    });

    await t.step("what was changed after the last sync is why they differ", async () => {
      await lab.play([hpa({ averageValue: "50" })]);
      const found = await decided(lab);
      assert.deepEqual([found.desiredReplicas, found.agrees], [3, false], found.text);
      assert.match(
        found.differs!.join(),
        /the HPA was changed 0s ago; its controller looks every 15s/,
      );
    });
  } finally {
    await letGo();
  }
});

Deno.test("a metric of a sum is told without what Go prints of its selector", () => {
  const selector = "&LabelSelector{MatchLabels:map[string]string{a: b,}," +
    "MatchExpressions:[]LabelSelectorRequirement{},}";
  assert.equal(withoutSelector(`external metric s0(${selector}): 51`), "external metric s0: 51");
  assert.equal(
    withoutSelector("external metric q(nil): 51 (of 2)"),
    "external metric q: 51 (of 2)",
  );
  assert.equal(
    withoutSelector(`max of s0(${selector}): 51 (of 2) and s1(${selector}): 3`),
    "max of s0: 51 (of 2) and s1: 3",
  );
});
