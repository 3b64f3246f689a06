import assert from "node:assert/strict";
import { kubePrometheusStack, metricsServer } from "../../../lib/sim/charts/mod.ts";
import { DocumentedHpa, podStates } from "./_documented_hpa.ts";
import { TimelineLab } from "./_lab.ts";

const HPAS = "horizontalpodautoscalers.autoscaling";
const SYNC_MS = 15_000;

interface Step {
  seconds: number;
  utilization: number | undefined;
  desired: number;
  replicas: number;
  reason: string | undefined;
}

/** The walk-through, up to where the HPA has begun to work. */
function walkThrough(seed: number): TimelineLab {
  const lab = new TimelineLab(seed);
  lab.install(metricsServer, { args: ["--kubelet-insecure-tls"] }, "metrics-server");
  lab.wait(60);
  lab.apply("03_php_apache/php-apache.yaml");
  lab.apply("03_php_apache/hpa.yaml");
  return lab;
}

/** Follows the HPA for `minutes`; each decision is checked against the documentation's. */
function follow(lab: TimelineLab, documented: DocumentedHpa, minutes: number): Step[] {
  const { clock } = lab.cluster;
  const hpa = () => lab.api.get(HPAS, "default", "php-apache")!;
  const createdMs = Date.parse(hpa().metadata.creationTimestamp!);
  const steps: Step[] = [];
  for (let i = 0; i < minutes * 60_000 / SYNC_MS; i++) {
    // Just before the sync, when all that it will see is there.
    const passed = Math.floor((clock.now() - createdMs) / SYNC_MS) + 1;
    clock.advanceTo(createdMs + passed * SYNC_MS - 1);
    const current = lab.replicas("php-apache");
    const { minReplicas: min, maxReplicas: max } = hpa().spec;
    const expected = documented.decide({
      nowMs: clock.now() + 1,
      current,
      target: 50,
      min,
      max,
      pods: podStates(lab.api, "php-apache"),
    });
    const known = lab.events("php-apache").length;
    clock.advanceTo(clock.now() + 1);
    const { status } = hpa();
    const rescaled = lab.events("php-apache").slice(known)
      .find((event) => event.startsWith("SuccessfulRescale"));
    const step: Step = {
      seconds: lab.seconds,
      utilization: status.currentMetrics?.[0]?.resource?.current?.averageUtilization,
      desired: status.desiredReplicas,
      replicas: lab.replicas("php-apache"),
      reason: rescaled?.replace(/^.*reason: /, ""),
    };
    assert.equal(step.replicas, expected, JSON.stringify(step));
    steps.push(step);
  }
  return steps;
}

/** The sizes that a trace goes through. */
function sizes(steps: readonly Step[]): number[] {
  return steps.map(({ replicas }) => replicas).filter((size, i, all) => size !== all[i - 1]);
}

Deno.test("the walk-through on php-apache: load up, and down five minutes after", async (t) => {
  const run = (seed: number) => {
    const lab = walkThrough(seed);
    const documented = new DocumentedHpa();
    const quiet = follow(lab, documented, 2);
    lab.pod("load-generator", "wget-loop", ["http://php-apache"]);
    const loaded = follow(lab, documented, 8);
    lab.api.delete("pods", "default", "load-generator");
    const after = follow(lab, documented, 7);
    lab.close();
    return { quiet, loaded, after };
  };
  const { quiet, loaded, after } = run(1);
  await t.step("without load there is one replica at 0%", () => {
    assert.deepEqual(sizes(quiet), [1]);
    assert.equal(quiet.at(-1)!.utilization, 0);
  });
  await t.step("one pod at its limit of 500m is at 250% of its request", () => {
    const first = loaded.find(({ reason }) => reason)!;
    assert.equal(first.reason, "cpu resource utilization (percentage of request) above target");
    assert.ok(first.utilization! > 235 && first.utilization! <= 250, `${first.utilization}%`);
  });
  await t.step("the replicas rise to seven, which share the load", () => {
    assert.deepEqual(sizes(loaded), [1, 4, 5, 7]);
    const { utilization } = loaded.at(-1)!;
    assert.ok(utilization! > 40 && utilization! <= 55, `${utilization}%`);
  });
  await t.step("when the load ends, seven stay for five minutes, and then one is left", () => {
    const idle = after.find(({ utilization }) => utilization === 0)!;
    const down = after.filter(({ reason }) => reason);
    assert.deepEqual(
      new Set(down.map(({ reason }) => reason)),
      new Set(["All metrics below target"]),
    );
    assert.ok(down[0].seconds - after[0].seconds >= 285, `${down[0].seconds}`);
    assert.ok(down.at(-1)!.seconds - idle.seconds >= 270, `${down.at(-1)!.seconds}`);
    assert.equal(after.at(-1)!.replicas, 1);
  });
  await t.step("the same seed gives the same trace", () => {
    assert.deepEqual(run(1), { quiet, loaded, after });
  });
});

Deno.test("Prometheus's rate over a container's CPU agrees with what metrics-server measures", () => {
  const lab = new TimelineLab(1);
  lab.install(metricsServer, { args: ["--kubelet-insecure-tls"] }, "metrics-server");
  lab.install(kubePrometheusStack, {
    alertmanager: { enabled: false },
    grafana: { enabled: false },
    prometheus: { service: { type: "NodePort", nodePort: 30950 } },
  }, "operator");
  lab.apply("03_php_apache/php-apache.yaml");
  lab.pod("load-generator", "wget-loop", ["http://php-apache", "2"]);
  lab.wait(420);
  const query =
    'sum by (pod) (rate(container_cpu_usage_seconds_total{container="php-apache"}[2m]))';
  const { status, body } = lab.cluster.http({
    url: `http://127.0.0.1:30950/api/v1/query?query=${encodeURIComponent(query)}`,
  });
  assert.equal(status, 200, body);
  const [{ metric, value }] = JSON.parse(body).data.result;
  const [pod] = podStates(lab.api, "php-apache");
  assert.match(metric.pod, /^php-apache-/);
  assert.ok(Math.abs(Number(value[1]) * 1000 - pod.sample!.milli) < 5, `${value[1]} cores`);
  assert.ok(pod.sample!.milli > 490 && pod.sample!.milli <= 501, `${pod.sample!.milli}m`);
  lab.close();
});
