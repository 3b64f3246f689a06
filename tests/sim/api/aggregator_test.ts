import assert from "node:assert/strict";
import { ApiError, type KubeObject, type Manifest } from "../../../lib/kube/mod.ts";
import { type TestServer, testServer } from "./fixtures.ts";

const NAME = "v1beta1.custom.metrics.k8s.io";
const PATH = "/apis/custom.metrics.k8s.io/v1beta1";

function apiService(): KubeObject {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: NAME },
    spec: {
      group: "custom.metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: "t", name: "adapter" },
    },
  };
}

function service(port = 443): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "adapter", namespace: "t" },
    spec: {
      clusterIP: "10.96.9.9",
      selector: { app: "adapter" },
      ports: [{ name: "https", port, targetPort: 6443 }],
    },
  };
}

function slice(ready: boolean): Manifest {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "adapter-1",
      namespace: "t",
      labels: { "kubernetes.io/service-name": "adapter" },
    },
    addressType: "IPv4",
    ports: [{ name: "https", port: 6443, protocol: "TCP" }],
    endpoints: [{ addresses: ["10.244.1.5"], conditions: { ready } }],
  };
}

function condition({ api }: TestServer): string {
  const { conditions } = api.get("apiservices.apiregistration.k8s.io", "", NAME)!.status;
  const { status, reason, message } = conditions[0];
  return `${status} ${reason}: ${message}`;
}

function serve({ network }: TestServer, tls = true) {
  return network.listen("10.244.1.5", 6443, ({ path }) => ({
    status: path === PATH ? 200 : 404,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "APIResourceList", resources: [], path }),
  }), { tls, certificateError: "x509: certificate signed by unknown authority" });
}

function kubePod({ api }: TestServer): void {
  const pod = api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "adapter", namespace: "t" },
    spec: { nodeName: "n", containers: [{ name: "c", image: "x:1" }] },
  });
  const status = { phase: "Running", podIP: "10.244.1.5", podIPs: [{ ip: "10.244.1.5" }] };
  api.updateStatus("pods", { ...structuredClone(pod), status });
}

Deno.test("an APIService says what is missing behind it, one thing after the other", () => {
  const lab = testServer("t");
  const { api, clock } = lab;
  api.create("apiservices.apiregistration.k8s.io", apiService());
  clock.drain();
  assert.equal(condition(lab), 'False ServiceNotFound: service/adapter in "t" is not present');
  const made = api.create("services", service(8443));
  clock.drain();
  assert.equal(
    condition(lab),
    'False ServicePortError: service/adapter in "t" is not listening on port 443',
  );
  api.update("services", {
    ...structuredClone(made),
    spec: { ...made.spec, ports: service().spec.ports },
  });
  clock.drain();
  assert.equal(
    condition(lab),
    'False EndpointsNotFound: cannot find endpointslices for service/adapter in "t"',
  );
  api.create("endpointslices.discovery.k8s.io", slice(false));
  clock.drain();
  assert.equal(
    condition(lab),
    'False MissingEndpoints: endpointslices for service/adapter in "t" have no addresses with port name "https"',
  );
  kubePod(lab);
  api.update("endpointslices.discovery.k8s.io", slice(true));
  clock.drain();
  const url = `https://10.96.9.9:443${PATH}`;
  assert.equal(
    condition(lab),
    `False FailedDiscoveryCheck: failing or missing response from ${url}: Get "${url}": ` +
      "dial tcp 10.96.9.9:443: connect: connection refused",
  );
  assert.throws(() => api.raw(PATH), (error) => error instanceof ApiError && error.code === 503);
  serve(lab);
  clock.advance(31_000);
  assert.equal(condition(lab), "True Passed: all checks passed");
  assert.deepEqual(api.raw(PATH), { kind: "APIResourceList", resources: [], path: PATH });
});

Deno.test("requests to an API that is not available are answered with 503 and plain text", async () => {
  const lab = testServer("t");
  lab.api.create("apiservices.apiregistration.k8s.io", apiService());
  const response = await lab.server.handle(new Request(`https://lab${PATH}`));
  assert.equal(response.status, 503);
  assert.equal(await response.text(), "service unavailable\n");
});

Deno.test("a group nobody registered is 404", async () => {
  const { server } = testServer("t");
  const response = await server.handle(new Request(`https://lab${PATH}`));
  assert.equal(response.status, 404);
  assert.equal(await response.text(), "404 page not found\n");
});

Deno.test("a server that cannot be verified fails the check, until told not to", () => {
  const lab = testServer("t");
  const { api, clock } = lab;
  kubePod(lab);
  api.create("services", service());
  api.create("endpointslices.discovery.k8s.io", slice(true));
  serve(lab);
  const strict = apiService();
  delete strict.spec.insecureSkipTLSVerify;
  const made = api.create("apiservices.apiregistration.k8s.io", strict);
  clock.drain();
  assert.match(condition(lab), /tls: failed to verify certificate: x509/);
  api.update("apiservices.apiregistration.k8s.io", {
    ...structuredClone(api.get("apiservices.apiregistration.k8s.io", "", NAME)!),
    spec: { ...made.spec, insecureSkipTLSVerify: true },
  });
  clock.drain();
  assert.equal(condition(lab), "True Passed: all checks passed");
});
