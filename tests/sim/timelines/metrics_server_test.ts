import assert from "node:assert/strict";
import { metricsServer } from "../../../lib/sim/charts/mod.ts";
import { ApiError } from "../../../lib/kube/mod.ts";
import { TimelineLab } from "./_lab.ts";

const PODS = "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods";

function podOf(lab: TimelineLab) {
  const [pod] = lab.api.list("pods", {
    namespace: "default",
    labelSelector: "app.kubernetes.io/name=metrics-server",
  });
  return pod;
}

const available = (lab: TimelineLab) => {
  const service = lab.api.get("apiservices.apiregistration.k8s.io", "", "v1beta1.metrics.k8s.io")!;
  const { status, reason } = service.status.conditions.find(({ type }: any) =>
    type === "Available"
  );
  return `${status} ${reason}`;
};

Deno.test("metrics-server that cannot verify the kubelets is never ready, and the HPA knows nothing", () => {
  const lab = new TimelineLab(1);
  lab.install(metricsServer, {}, "metrics-server");
  lab.apply("03_php_apache/php-apache.yaml");
  lab.apply("03_php_apache/hpa.yaml");
  lab.wait(180);
  const pod = podOf(lab);
  assert.equal(pod.status.containerStatuses[0].ready, false);
  assert.ok(
    lab.events(pod.metadata.name).includes(
      "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500",
    ),
  );
  assert.equal(available(lab), "False MissingEndpoints");
  assert.throws(
    () => lab.api.raw(PODS),
    (error) => error instanceof ApiError && error.code === 503,
  );
  const hpa = lab.api.get("horizontalpodautoscalers.autoscaling", "default", "php-apache")!;
  const active = hpa.status.conditions.find(({ type }: any) => type === "ScalingActive");
  assert.deepEqual([active.status, active.reason, active.message], [
    "False",
    "FailedGetResourceMetric",
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get " +
    "metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is " +
    "currently unable to handle the request (get pods.metrics.k8s.io)",
  ]);
  // With the flag it is ready as soon as it has measured twice.
  const deployment = structuredClone(lab.api.get("deployments.apps", "default", "metrics-server"))!;
  deployment.spec.template.spec.containers[0].args.push("--kubelet-insecure-tls");
  lab.api.update("deployments.apps", deployment);
  lab.wait(90);
  assert.equal(available(lab), "True Passed");
  const { items } = lab.api.raw(PODS);
  const php = items.find(({ metadata }: any) => metadata.name.startsWith("php-apache"));
  assert.equal(php.window, "15s");
  lab.close();
});

Deno.test("measurements are as old as the last scrape, and cover the time between two", () => {
  const lab = new TimelineLab(1);
  lab.install(metricsServer, { args: ["--kubelet-insecure-tls"] }, "metrics-server");
  lab.apply("03_php_apache/php-apache.yaml");
  lab.wait(120);
  const { clock } = lab.cluster;
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    lab.wait(1);
    const [item] = lab.api.raw(`${PODS}?labelSelector=run%3Dphp-apache`).items;
    const ageMs = clock.now() - Date.parse(item.timestamp);
    assert.ok(ageMs >= 0 && ageMs < 16_000, `${ageMs} ms old`);
    assert.equal(item.window, "15s");
    seen.add(item.timestamp);
  }
  assert.equal(seen.size, 5);
  lab.close();
});

Deno.test("what metrics-server says is what the kubelet's counters say, asked through the API server", () => {
  const lab = new TimelineLab(1);
  lab.install(metricsServer, { args: ["--kubelet-insecure-tls"] }, "metrics-server");
  lab.apply("03_php_apache/php-apache.yaml");
  lab.wait(60);
  lab.pod("load-generator", "wget-loop", ["http://php-apache"]);
  lab.wait(60);
  const [php] = lab.api.list("pods", { namespace: "default", labelSelector: "run=php-apache" });
  const page = `/api/v1/nodes/${php.spec.nodeName}/proxy/metrics/resource`;
  const seconds = () => {
    const line = String(lab.api.raw(page)).split("\n").find((one) =>
      one.startsWith("pod_cpu_usage_seconds_total") && one.includes(php.metadata.name)
    );
    return Number(line!.split(" ")[1]);
  };
  const before = seconds();
  lab.wait(60);
  const millicores = (seconds() - before) / 60 * 1000;
  const [item] = lab.api.raw(`${PODS}?labelSelector=run%3Dphp-apache`).items;
  const measured = parseInt(item.containers[0].usage.cpu) / 1e6;
  assert.ok(millicores > 450, `${millicores}m`);
  assert.ok(Math.abs(measured - millicores) < 0.03 * millicores, `${measured}m, ${millicores}m`);
  lab.close();
});
