import assert from "node:assert/strict";
import type { KubeObject, Manifest } from "../../../lib/kube/mod.ts";
import type { HttpHandler } from "../../../lib/sim/seams.ts";
import { send } from "./_requests.ts";
import { testServer } from "./fixtures.ts";

const NODE_IP = "172.18.0.3";
const POD_IP = "10.244.1.5";

const node: KubeObject = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "worker" },
  status: { addresses: [{ type: "InternalIP", address: NODE_IP }] },
};

const pod = (name: string, podIP?: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "t" },
  spec: { containers: [{ name: "web", image: "web", ports: [{ containerPort: 8080 }] }] },
  ...(podIP ? { status: { podIP, podIPs: [{ ip: podIP }] } } : {}),
});

const service = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "t" },
  spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
});

const slice = (name: string, ready: boolean): Manifest => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: {
    name: `${name}-1`,
    namespace: "t",
    labels: { "kubernetes.io/service-name": name },
  },
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  endpoints: [{ addresses: [POD_IP], conditions: { ready } }],
});

/** Says what reached it. */
const echo = (who: string): HttpHandler => ({ method, path, query, headers = {}, body }) => ({
  status: 200,
  headers: { "content-type": "text/plain" },
  body: [who, method, `${path}?${query}`, headers.authorization ?? "nobody", body ?? ""].join(" "),
});

function lab() {
  const test = testServer("t");
  const create = (resource: string, object: KubeObject) => {
    const { status, ...rest } = object;
    const made = test.api.create(resource, structuredClone(rest) as KubeObject);
    if (status) test.api.updateStatus(resource, { ...made, status });
  };
  create("nodes", node);
  create("pods", pod("web", POD_IP));
  create("pods", pod("waiting"));
  for (const name of ["web", "cold", "none"]) create("services", service(name));
  create("endpointslices.discovery.k8s.io", slice("web", true));
  create("endpointslices.discovery.k8s.io", slice("cold", false));
  test.network.listen(NODE_IP, 10_250, echo("kubelet"), {
    tls: true,
    certificateError: "x509: no",
  });
  test.network.listen(NODE_IP, 9100, echo("exporter"));
  test.network.listen(POD_IP, 8080, echo("web"));
  test.clock.drain();
  return test;
}

const REACHED = [
  [
    "nodes/worker/proxy/metrics/resource",
    "kubelet GET /metrics/resource? Bearer kube-apiserver-kubelet-client ",
  ],
  ["nodes/worker:10250/proxy/pods", "kubelet GET /pods? Bearer kube-apiserver-kubelet-client "],
  ["nodes/worker:9100/proxy/metrics?a=b", "exporter GET /metrics?a=b nobody "],
  ["namespaces/t/pods/web/proxy/a%20b/", "web GET /a%20b/? nobody "],
  ["namespaces/t/pods/http:web:8080/proxy/", "web GET /? nobody "],
  ["namespaces/t/services/web:http/proxy/x", "web GET /x? nobody "],
  ["namespaces/t/services/web:80/proxy/x", "web GET /x? nobody "],
] as const;

// Upstream: kubernetes pkg/registry/core/{node,pod}/strategy.go, pkg/registry/core/service/storage/storage.go.
Deno.test("what is asked of the proxy below a node, pod or Service reaches it, without the caller's token", () => {
  const { server } = lab();
  for (const [path, expected] of REACHED) {
    const headers = { authorization: "Bearer caller" };
    const { status, text } = send(server, { method: "GET", path: `/api/v1/${path}`, headers });
    assert.deepEqual([status, text], [200, expected], path);
  }
  const posted = send(server, {
    method: "POST",
    path: "/api/v1/namespaces/t/pods/web/proxy/form",
    body: "a=1",
  });
  assert.equal(posted.text, "web POST /form? nobody a=1");
  const rootless = send(server, { method: "GET", path: "/api/v1/namespaces/t/pods/web/proxy?a=b" });
  assert.deepEqual([rootless.status, rootless.headers.location], [
    301,
    "/api/v1/namespaces/t/pods/web/proxy/?a=b",
  ]);
});

const REFUSED = [
  ["nodes/gone/proxy/pods", 404, 'nodes "gone" not found'],
  ["nodes/a:b:c:d/proxy/pods", 400, 'invalid node request "a:b:c:d"'],
  ["nodes/ftp:worker:1/proxy/", 400, 'invalid node request "ftp:worker:1"'],
  [
    "nodes/worker:9999/proxy/",
    503,
    "error trying to reach service: dial tcp 172.18.0.3:9999: connect: connection refused",
  ],
  ["namespaces/t/pods/gone/proxy/", 404, 'pods "gone" not found'],
  ["namespaces/t/pods/waiting/proxy/", 400, "address not allowed"],
  ["namespaces/t/pods/:80/proxy/", 400, 'invalid pod request ":80"'],
  [
    "namespaces/t/pods/web:81/proxy/",
    503,
    "error trying to reach service: dial tcp 10.244.1.5:81: connect: connection refused",
  ],
  [
    "namespaces/t/pods/https:web:8080/proxy/",
    503,
    "error trying to reach service: http: server gave HTTP response to HTTPS client",
  ],
  ["namespaces/t/services/gone:80/proxy/", 404, 'services "gone" not found'],
  ["namespaces/t/services/gone/proxy/", 404, 'endpoints "gone" not found'],
  ["namespaces/t/services/web:81/proxy/", 503, 'no service port 81 found for service "web"'],
  // The port has a name, and none was asked for.
  ["namespaces/t/services/web/proxy/", 503, 'no endpoints available for service "web"'],
  ["namespaces/t/services/cold:http/proxy/", 503, 'no endpoints available for service "cold"'],
  ["namespaces/t/services/::/proxy/", 400, 'invalid service request "::"'],
] as const;

Deno.test("what cannot be reached through the API server is refused in upstream's words", () => {
  const { server } = lab();
  for (const [path, code, message] of REFUSED) {
    const { status, json } = send(server, { method: "GET", path: `/api/v1/${path}` });
    assert.deepEqual([status, json.kind, json.message], [code, "Status", message], path);
  }
});
