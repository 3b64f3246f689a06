import assert from "node:assert/strict";
import { keda, kubePrometheusStack, prometheusAdapter } from "../../lib/sim/charts/mod.ts";
import { TimelineLab } from "./timelines/_lab.ts";

/*
 * What people write where a URL belongs, the placeholders of documentation among it, and what becomes of it: words
 * of the program that it is given to, and a lab that goes on.
 */

const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "nginx", image: "nginx:1.29" }] },
    },
  },
} as any;

const ADDRESSES: [serverAddress: string, why: RegExp][] = [
  ["http://<prometheus-host>:9090", /dial tcp: lookup <prometheus-host>: no such host$/],
  [
    "http://x:port",
    /^parse "http:\/\/x:port\/api\/v1\/query\?.*": invalid port ":port" after host$/,
  ],
  ["http://[::1", /^parse ".*": missing '\]' in host$/],
  ["http://prom etheus:9090", /^parse ".*": invalid character " " in host name$/],
  ["prometheus:9090", /^Get "prometheus:9090\/api.*": unsupported protocol scheme "prometheus"$/],
  ["prometheus-server.monitoring/x", /^Get ".*": unsupported protocol scheme ""$/],
  [
    "10.0.0.1:9090",
    /^parse "10\.0\.0\.1:9090\/api.*": first path segment in URL cannot contain colon$/,
  ],
  ["http://", /^Get "http:\/\/\/api\/v1.*": http: no Host in request URL$/],
  ["://prometheus", /^parse ":\/\/prometheus\/api.*": missing protocol scheme$/],
  ["http://%zz", /^parse ".*": invalid URL escape "%zz"$/],
  ["http://a..b:9090", /dial tcp: lookup a\.\.b: no such host$/],
  ["http://[fe80::1]:9090", /dial tcp \[fe80::1\]:9090: connect: network is unreachable$/],
  ["http://prometheus:99999", /(no such host|dial tcp: address 99999: invalid port)$/],
];

/** What a metrics-api trigger is given that shows its key in the query. */
const URLS: [url: string, why: RegExp][] = [
  ["http://<app-host>/stats", /dial tcp: lookup <app-host>: no such host$/],
  ["app/stats", /^error requesting .*: Get "app\/stats": unsupported protocol scheme ""$/],
  ["http://app:port/stats", /^error requesting .*: parse .*: invalid port ":port" after host$/],
];

Deno.test("KEDA says of a placeholder for its Prometheus what is wrong with it, and is not ready", () => {
  const lab = new TimelineLab(1);
  lab.install(keda, {}, "keda", "keda");
  lab.wait(120);
  ADDRESSES.forEach(([serverAddress], i) => {
    lab.create({ ...DEPLOYMENT, metadata: { name: `web-${i}` } });
    lab.create({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: `web-${i}` },
      spec: {
        scaleTargetRef: { name: `web-${i}` },
        triggers: [{
          type: "prometheus",
          metadata: { serverAddress, query: "sum(up)", threshold: "5" },
        }],
      },
    });
  });
  URLS.forEach(([url], i) => {
    lab.create({ ...DEPLOYMENT, metadata: { name: `app-${i}` } });
    const key = { authMode: "apiKey", apiKey: "word", method: "query" };
    const metadata = { url, valueLocation: "pending", targetValue: "5", ...key };
    lab.create({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: `app-${i}` },
      spec: { scaleTargetRef: { name: `app-${i}` }, triggers: [{ type: "metrics-api", metadata }] },
    });
  });
  lab.wait(120);
  URLS.forEach(([url, why], i) => {
    const failed = lab.events(`app-${i}`).find((event) => event.startsWith("KEDAScalerFailed: "));
    assert.match(failed?.slice("KEDAScalerFailed: ".length) ?? "none", why, url);
  });
  ADDRESSES.forEach(([serverAddress, why], i) => {
    const name = `web-${i}`;
    const failed = lab.events(name).find((event) => event.startsWith("KEDAScalerFailed: "));
    assert.match(failed?.slice("KEDAScalerFailed: ".length) ?? "none", why, serverAddress);
    const { conditions } = lab.api.get("scaledobjects.keda.sh", "default", name)!.status;
    assert.equal(
      conditions.find(({ type }: any) => type === "Ready").status,
      "False",
      serverAddress,
    );
  });
  lab.close();
});

Deno.test("a probe of a host that is none fails in the kubelet's words, and so does a hook", () => {
  const lab = new TimelineLab(1);
  const container = { name: "main", image: "nginx:1.29" };
  const pod = (name: string, more: object) =>
    lab.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { containers: [{ ...container, ...more }] },
    });
  pod("spaced", { readinessProbe: { httpGet: { host: "bad host", port: 80 } } });
  pod("angled", { livenessProbe: { httpGet: { host: "<host>", port: 80 } } });
  pod("hooked", { lifecycle: { postStart: { httpGet: { host: "bad host", port: 80 } } } });
  lab.wait(60);
  const unhealthy = (name: string) =>
    lab.events(name).find((event) => event.startsWith("Unhealthy: "));
  assert.equal(
    unhealthy("spaced"),
    'Unhealthy: Readiness probe failed: parse "http://bad host:80/": invalid character " " in host name',
  );
  assert.equal(
    unhealthy("angled"),
    'Unhealthy: Liveness probe failed: Get "http://<host>:80/": dial tcp: lookup <host>: no such host',
  );
  assert.ok(lab.events("hooked").some((event) => event.startsWith("FailedPostStartHook: ")));
  lab.close();
});

const EXTERNAL_URLS: [url: string, log: string | undefined][] = [
  // A URL without a scheme is a path to Prometheus, which says nothing of it.
  ["monitoring.example.com/prom", undefined],
  [
    "http://bad host/prom",
    'parse external URL "http://bad host/prom": parse "http://bad host/prom": invalid character " " ' +
    "in host name",
  ],
  [
    "monitoring.example.com:80/prom",
    undefined,
  ],
  [
    "'http://x/prom'",
    `parse external URL "'http://x/prom'": URL must not begin or end with quotes`,
  ],
];

Deno.test("an external URL that is none ends Prometheus with its own word; one without a scheme does not", async (t) => {
  for (const [externalUrl, line] of EXTERNAL_URLS) {
    await t.step(externalUrl, () => {
      const lab = new TimelineLab(1);
      const values = {
        grafana: { enabled: false },
        alertmanager: { enabled: false },
        prometheus: { prometheusSpec: { externalUrl } },
      };
      lab.install(kubePrometheusStack, values, "kps", "monitoring");
      lab.wait(180);
      const name = "prometheus-kps-kube-prometheus-stack-prometheus-0";
      const pod: any = lab.api.get("pods", "monitoring", name);
      const own = pod.status.containerStatuses.find((one: any) => one.name === "prometheus");
      const log = lab.api.raw(
        `/api/v1/namespaces/monitoring/pods/${name}/log?container=prometheus`,
      );
      if (line === undefined) assert.equal(own.ready, true);
      else {
        assert.equal(own.lastState.terminated.exitCode, 2);
        assert.equal(String(log).trim(), line);
      }
      lab.close();
    });
  }
});

Deno.test("prometheus-adapter ends over a URL that is none", () => {
  const lab = new TimelineLab(1);
  const values = { prometheus: { url: "http://<prometheus host>", port: 9090 } };
  lab.install(prometheusAdapter, values, "adapter", "monitoring");
  lab.wait(60);
  const [pod]: any[] = lab.api.list("pods", { namespace: "monitoring" });
  const log = lab.api.raw(`/api/v1/namespaces/monitoring/pods/${pod.metadata.name}/log`);
  assert.match(
    String(log),
    /unable to construct Prometheus client: invalid Prometheus URL <nil>: parse ".*": invalid character " " in host name/,
  );
  assert.ok(pod.status.containerStatuses[0].restartCount > 0);
  lab.close();
});
