import assert from "node:assert/strict";
import { kubePrometheusStack, prometheusAdapter } from "../../../lib/sim/charts/mod.ts";
import { type ContainerContext, NetworkError, type Program } from "../../../lib/sim/seams.ts";
import { type Bounds, DocumentedBehavior, DocumentedHpa } from "./_documented_hpa.ts";
import { TimelineLab } from "./_lab.ts";

const HPAS = "horizontalpodautoscalers.autoscaling";
const SYNC_MS = 15_000;
const NAME = "nginx-custom-metric";
const METRIC = "nginx_http_requests_per_second";
const TARGET = 20;
const [MIN, MAX] = [1, 5];

/** `args`: a URL, and how many requests a second. */
const steadyLoad: Program = {
  name: "steady-load",
  images: ["steady-load"],
  start: (context) => {
    const [url, rps] = context.args;
    context.every(1000, () => {
      for (let i = 0; i < Number(rps); i++) ask(context, url);
    });
    return {};
  },
};

function ask(context: ContainerContext, url: string): void {
  try {
    context.net.request({ url });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
  }
}

/** The lab up to its own example, with a rule that takes the rate, and an HPA of so many a pod. */
function labWith(seed: number, behavior?: unknown): TimelineLab {
  const lab = new TimelineLab(seed, [steadyLoad]);
  const off = { enabled: false };
  lab.install(kubePrometheusStack, { alertmanager: off, grafana: off }, "operator");
  lab.install(prometheusAdapter, {
    prometheus: {
      url: "http://operator-kube-prometheus-s-prometheus.default.svc",
      port: 9090,
      path: "",
    },
    rules: {
      default: false,
      custom: [{
        seriesQuery: '{__name__="nginx_http_requests_total",namespace!=""}',
        resources: {
          overrides: { namespace: { resource: "namespace" }, service: { resource: "service" } },
        },
        name: { matches: "^(.*)_total$", as: "${1}_per_second" },
        metricsQuery: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)",
      }],
    },
  }, "prometheus-adapter");
  for (const file of ["configmap", "deployment", "service"]) {
    lab.apply(`01_nginx_custom_metrics/${file}.yaml`);
  }
  lab.create({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: { name: NAME, labels: { release: "operator" } },
    spec: {
      selector: { matchLabels: { app: NAME } },
      endpoints: [{ port: "exporter", interval: "10s" }],
    },
  });
  lab.wait(300);
  lab.create({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: NAME },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME },
      minReplicas: MIN,
      maxReplicas: MAX,
      metrics: [{
        type: "Object",
        object: {
          describedObject: { apiVersion: "v1", kind: "Service", name: NAME },
          metric: { name: METRIC },
          target: { type: "AverageValue", averageValue: String(TARGET) },
        },
      }],
      ...(behavior ? { behavior } : {}),
    },
  });
  return lab;
}

interface Step {
  seconds: number;
  /** What the metric's API answers, in thousandths a second; undefined when it does not. */
  metric: number | undefined;
  desired: number;
  replicas: number;
  reason: string;
}

interface Documented {
  settle(count: number | undefined, bounds: Bounds): number;
}

/** Follows the HPA for `minutes`, and works out each of its decisions from the documentation. */
function follow(lab: TimelineLab, documented: Documented, minutes: number): Step[] {
  const { clock } = lab.cluster;
  const hpa = () => lab.api.get(HPAS, "default", NAME)!;
  const createdMs = Date.parse(hpa().metadata.creationTimestamp!);
  const steps: Step[] = [];
  for (let i = 0; i < minutes * 60_000 / SYNC_MS; i++) {
    const passed = Math.floor((clock.now() - createdMs) / SYNC_MS) + 1;
    clock.advanceTo(createdMs + passed * SYNC_MS - 1);
    const current = lab.replicas(NAME);
    const known = lab.events(NAME).length;
    const statusReplicas = lab.api.get("deployments.apps", "default", NAME)!.status.replicas ?? 0;
    clock.advanceTo(clock.now() + 1);
    // At the very instant of the sync, so that the rate is of the same minute.
    const metric = metricNow(lab);
    const count = metric === undefined ? undefined : asked(metric, statusReplicas);
    const bounds = { nowMs: clock.now(), current, min: MIN, max: MAX };
    const replicas = lab.replicas(NAME);
    const { status } = hpa();
    const active = status.conditions.find(({ type }: any) => type === "ScalingActive");
    const rescaled = lab.events(NAME).slice(known).find((e) => e.startsWith("SuccessfulRescale"));
    const step = {
      seconds: lab.seconds,
      metric,
      desired: status.desiredReplicas,
      replicas,
      reason: rescaled?.replace(/^.*reason: /, "") ?? active.reason,
    };
    assert.equal(replicas, documented.settle(count, bounds), JSON.stringify(step));
    assert.equal(active.status, metric === undefined ? "False" : "True", JSON.stringify(step));
    steps.push(step);
  }
  return steps;
}

function metricNow(lab: TimelineLab): number | undefined {
  const path = `/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/services/${NAME}/${METRIC}`;
  try {
    const { items: [{ value }] } = lab.api.raw(path);
    return value.endsWith("m") ? Number(value.slice(0, -1)) : Number(value) * 1000;
  } catch {
    return undefined;
  }
}

/** ceil(total ÷ target), unless the mean is within a tenth of the target. */
function asked(totalMilli: number, replicas: number): number {
  const ratio = totalMilli / (TARGET * 1000 * replicas);
  return ratio >= 0.9 && ratio <= 1.1 ? replicas : Math.ceil(totalMilli / (TARGET * 1000));
}

function sizes(steps: readonly Step[]): number[] {
  return steps.map(({ replicas }) => replicas).filter((size, i, all) => size !== all[i - 1]);
}

/** Seconds between one change of size and the next. */
function gaps(steps: readonly Step[]): number[] {
  const changes = steps.filter(({ replicas }, i) => i > 0 && replicas !== steps[i - 1].replicas);
  return changes.slice(1).map(({ seconds }, i) => seconds - changes[i].seconds);
}

const load = (lab: TimelineLab, rps: number) =>
  lab.pod("load", "steady-load", [`http://${NAME}`, String(rps)]);
const unload = (lab: TimelineLab) => {
  lab.api.delete("pods", "default", "load", { gracePeriodSeconds: 0 });
  lab.cluster.clock.drain();
};

function prometheusReplicas(lab: TimelineLab, replicas: number): void {
  const [prometheus] = lab.api.list("prometheuses.monitoring.coreos.com");
  const { namespace = "", name } = prometheus.metadata;
  lab.api.patch("prometheuses.monitoring.coreos.com", namespace, name, { spec: { replicas } });
  lab.cluster.clock.drain();
}

function restartAdapter(lab: TimelineLab): void {
  const [pod] = lab.api.list("pods", {
    namespace: "default",
    labelSelector: "app.kubernetes.io/name=prometheus-adapter",
  });
  lab.api.delete("pods", "default", pod.metadata.name, { gracePeriodSeconds: 0 });
  lab.cluster.clock.drain();
}

Deno.test("a custom metric through Prometheus and the adapter, by the default behavior", async (t) => {
  const run = (seed: number) => {
    const lab = labWith(seed);
    const documented = new DocumentedHpa();
    const quiet = follow(lab, documented, 1);
    load(lab, 60);
    const loaded = follow(lab, documented, 4);
    const flapping: Step[] = [];
    for (let i = 0; i < 2; i++) {
      unload(lab);
      flapping.push(...follow(lab, documented, 2));
      load(lab, 60);
      flapping.push(...follow(lab, documented, 2));
    }
    restartAdapter(lab);
    const restarted = follow(lab, documented, 2);
    unload(lab);
    prometheusReplicas(lab, 0);
    const outage = follow(lab, documented, 7);
    prometheusReplicas(lab, 1);
    const after = follow(lab, documented, 3);
    lab.close();
    return { quiet, loaded, flapping, restarted, outage, after };
  };
  const trace = run(1);
  await t.step("without load there is one replica", () => {
    assert.deepEqual(sizes(trace.quiet), [1]);
    // The exporter's own scrapes are requests, too.
    assert.ok(trace.quiet.at(-1)!.metric! < 1000);
  });
  await t.step("sixty requests a second are three replicas' worth", () => {
    assert.deepEqual([sizes(trace.loaded).at(-1), trace.loaded.at(-1)!.metric! > 58_000], [
      3,
      true,
    ]);
    const [first] = trace.loaded.filter(({ reason }) => reason.endsWith("above target"));
    assert.equal(first.reason, `external metric ${METRIC}(nil) above target`);
  });
  await t.step("load that comes and goes every two minutes changes nothing", () => {
    assert.deepEqual(sizes(trace.flapping), [3]);
    const metrics = trace.flapping.map(({ metric }) => metric!);
    assert.ok(Math.min(...metrics) < 2000 && Math.max(...metrics) > 55_000, String(metrics));
  });
  await t.step("while the adapter starts again nothing changes", () => {
    assert.deepEqual(sizes(trace.restarted), [3]);
    assert.ok(trace.restarted.some(({ metric }) => metric === undefined));
    assert.notEqual(trace.restarted.at(-1)!.metric, undefined);
  });
  await t.step("an outage of Prometheus scales nothing down, for longer than any window", () => {
    assert.deepEqual(sizes(trace.outage), [3]);
    assert.ok(trace.outage.slice(2).every(({ reason }) => reason === "FailedGetObjectMetric"));
  });
  await t.step(
    "when Prometheus is back the load is seen to be gone, and one replica is left",
    () => {
      assert.equal(sizes(trace.after).at(-1), 1);
      assert.ok(trace.after.some(({ reason }) => reason === "All metrics below target"));
    },
  );
  await t.step("the same seed gives the same trace", () => assert.deepEqual(run(1), trace));
});

Deno.test("a custom metric with a behavior: windows both ways, a pod at a time", async (t) => {
  const rules = (window: number, period: number) => ({
    stabilizationWindowSeconds: window,
    policies: [{ type: "Pods", value: 1, periodSeconds: period }],
  });
  const run = (seed: number) => {
    const lab = labWith(seed, { scaleUp: rules(60, 30), scaleDown: rules(120, 60) });
    const documented = new DocumentedBehavior(
      { windowMs: 60_000, pods: 1, periodMs: 30_000 },
      { windowMs: 120_000, pods: 1, periodMs: 60_000 },
    );
    const quiet = follow(lab, documented, 2);
    load(lab, 90);
    const loaded = follow(lab, documented, 5);
    unload(lab);
    const after = follow(lab, documented, 8);
    lab.close();
    return [...quiet, ...loaded, ...after];
  };
  const trace = run(7);
  await t.step("up to five and down to one, one pod at a time", () => {
    assert.deepEqual(sizes(trace), [1, 2, 3, 4, 5, 4, 3, 2, 1]);
  });
  await t.step("no two changes are closer than the policies allow", () => {
    const [up, down] = [gaps(trace).slice(0, 3), gaps(trace).slice(4)];
    assert.ok(up.every((seconds) => seconds >= 30), String(up));
    assert.ok(down.every((seconds) => seconds >= 60), String(down));
  });
  await t.step("the scale-up waits until one replica was last asked for a window ago", () => {
    const seen = trace.findIndex(({ metric }) => metric! > TARGET * 1100);
    const acted = trace.findIndex(({ replicas }) => replicas > 1);
    assert.equal(trace[acted].seconds - trace[seen - 1].seconds, 60);
  });
  await t.step("the same seed gives the same trace", () => assert.deepEqual(run(7), trace));
});
