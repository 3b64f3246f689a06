import assert from "node:assert/strict";
import { idle, podOf, World } from "../kubelet/_world.ts";

const POD = { ip: "10.244.1.99", namespace: "default" };
const ELSEWHERE = { ip: "10.244.1.98", namespace: "other" };

function service(name: string, spec: object): unknown {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default" }, spec };
}

/** Two pods named web-a and web-b that listen on 8080, behind a Service of each kind. */
function world(): World {
  const world = new World();
  const ports = [{ name: "http", containerPort: 8080 }];
  for (const name of ["web-a", "web-b"]) {
    const pod = podOf(name, {
      hostname: name,
      subdomain: "head",
      ...idle(["listen=8080"], { ports }),
    });
    pod.metadata.labels = { app: "web" };
    world.create(pod);
  }
  const selector = { app: "web" };
  world.create(service("web", { selector, ports: [{ name: "h", port: 80, targetPort: "http" }] }));
  world.create(service("head", {
    selector,
    clusterIP: "None",
    ports: [{ name: "h", port: 8080 }],
  }));
  world.create(service("node", {
    type: "NodePort",
    selector,
    ports: [{ name: "h", port: 80, targetPort: 8080, nodePort: 30951 }],
  }));
  world.create(service("empty", { selector: { app: "nobody" }, ports: [{ port: 80 }] }));
  world.create(service("misnamed", {
    selector,
    ports: [{ name: "h", port: 80, targetPort: "htttp" }],
  }));
  return world.wait(30);
}

Deno.test("a Service is reached by its names, cluster IP and node ports", async (t) => {
  const w = world();
  const clusterIp = w.api.get("services", "default", "web")!.spec.clusterIP;
  const urls = [
    "http://web",
    "http://web.default",
    "http://web.default.svc",
    "http://web.default.svc.cluster.local",
    "http://web.default.svc.cluster.local.",
    `http://${clusterIp}`,
    "http://head:8080",
    "http://web-a.head:8080",
    "http://web-b.head.default.svc.cluster.local:8080",
    "http://172.18.0.2:30951",
    "http://172.18.0.3:30951",
    `http://${w.pod("web-a")!.status!.podIP}:8080`,
  ];
  for (const url of urls) {
    await t.step(url, () => assert.equal(w.network.request(POD, { url }).body, "idle"));
  }
});

Deno.test("what cannot be reached fails with Go's words", async (t) => {
  const w = world();
  const ip = (name: string) => w.api.get("services", "default", name)!.spec.clusterIP;
  const podIp = w.pod("web-a")!.status!.podIP;
  const cases: [url: string, message: string][] = [
    ["http://nope", "dial tcp: lookup nope on 10.96.0.10:53: no such host"],
    ["http://web.other", "dial tcp: lookup web.other on 10.96.0.10:53: no such host"],
    ["http://web-c.head:8080", "dial tcp: lookup web-c.head on 10.96.0.10:53: no such host"],
    ["http://example.com", "dial tcp: lookup example.com on 10.96.0.10:53: no such host"],
    ["http://empty", `dial tcp ${ip("empty")}:80: connect: connection refused`],
    ["http://misnamed", `dial tcp ${ip("misnamed")}:80: connect: connection refused`],
    ["http://web:81", `dial tcp ${ip("web")}:81: i/o timeout`],
    [`http://${podIp}:81`, `dial tcp ${podIp}:81: connect: connection refused`],
    ["http://10.244.1.77:80", "dial tcp 10.244.1.77:80: i/o timeout"],
    ["http://172.18.0.2:30999", "dial tcp 172.18.0.2:30999: connect: connection refused"],
    ["http://localhost:80", "dial tcp [::1]:80: connect: connection refused"],
    ["http://127.0.0.1:80", "dial tcp 127.0.0.1:80: connect: connection refused"],
    ["https://web:80", "http: server gave HTTP response to HTTPS client"],
  ];
  for (const [url, message] of cases) {
    await t.step(
      url,
      () => assert.throws(() => w.network.request(POD, { url }), { name: "NetworkError", message }),
    );
  }
});

Deno.test("names are searched in the peer's own namespace first", () => {
  const w = world();
  assert.throws(() => w.network.request(ELSEWHERE, { url: "http://web" }), {
    message: "dial tcp: lookup web on 10.96.0.10:53: no such host",
  });
  assert.equal(w.network.request(ELSEWHERE, { url: "http://web.default" }).status, 200);
});

Deno.test("outside of pods cluster names mean nothing, but nodes have names", () => {
  const w = world();
  const from = { ip: "172.18.0.3" };
  assert.throws(() => w.network.request(from, { url: "http://web.default.svc" }), {
    message: "dial tcp: lookup web.default.svc on 172.18.0.1:53: no such host",
  });
  const url = "http://hpa-practice-control-plane:30951";
  assert.equal(w.network.request(from, { url }).status, 200);
});

Deno.test("without CoreDNS nothing is looked up", () => {
  const w = world();
  w.api.patch("deployments.apps", "kube-system", "coredns", { spec: { replicas: 0 } });
  w.wait(10);
  assert.throws(() => w.network.request(POD, { url: "http://web" }), {
    message: "dial tcp: lookup web on 10.96.0.10:53: read udp 10.244.1.99:41953->10.96.0.10:53: " +
      "read: connection refused",
  });
});

Deno.test("a Service follows its selector, its endpoints' readiness and its own deletion", () => {
  const w = world();
  const { clusterIP } = w.api.get("services", "default", "web")!.spec;
  const ask = () => w.network.request(POD, { url: "http://web" }).status;
  const refused = { message: `dial tcp ${clusterIP}:80: connect: connection refused` };
  w.api.patch("services", "default", "web", { spec: { selector: { app: "wbe" } } });
  w.clock.drain();
  assert.throws(ask, refused);
  w.api.patch("services", "default", "web", { spec: { selector: { app: "web" } } });
  w.clock.drain();
  assert.equal(ask(), 200);
  for (const pod of ["web-a", "web-b"]) w.api.delete("pods", "default", pod);
  w.clock.drain();
  assert.throws(ask, refused);
  w.api.delete("services", "default", "web");
  w.clock.drain();
  assert.throws(ask, { message: "dial tcp: lookup web on 10.96.0.10:53: no such host" });
});

Deno.test("ready endpoints are taken in turn", () => {
  const w = new World();
  const seen: string[] = [];
  for (const name of ["a", "b", "c"]) {
    w.create(podOf(name, idle()));
    w.api.patch("pods", "default", name, { metadata: { labels: { app: "web" } } });
  }
  w.create(service("web", { selector: { app: "web" }, ports: [{ port: 80 }] }));
  w.wait(20);
  for (const name of ["a", "b", "c"]) {
    w.network.listen(w.pod(name)!.status!.podIP!, 80, () => {
      seen.push(name);
      return { status: 200, headers: {}, body: "" };
    });
  }
  for (let i = 0; i < 6; i++) w.network.request(POD, { url: "http://web" });
  assert.deepEqual([...seen].sort(), ["a", "a", "b", "b", "c", "c"]);
});

Deno.test("TLS is verified unless told otherwise, and plain HTTP to it is a 400", () => {
  const { network } = new World();
  network.listen("10.244.1.50", 443, () => ({ status: 200, headers: {}, body: "in" }), {
    tls: true,
    certificateError: "x509: certificate signed by unknown authority",
  });
  const url = "https://10.244.1.50";
  assert.throws(() => network.request(POD, { url }), {
    message: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
  });
  assert.equal(network.request(POD, { url, insecureSkipVerify: true }).body, "in");
  const plain = network.request(POD, { url: "http://10.244.1.50:443" });
  assert.deepEqual([plain.status, plain.body], [
    400,
    "Client sent an HTTP request to an HTTPS server.\n",
  ]);
});

Deno.test("a port is taken once, and loopback is for the same address alone", () => {
  const { network } = new World();
  const answer = () => ({ status: 200, headers: {}, body: "in" });
  const cancel = network.listen("10.244.1.50", 80, answer, { loopback: true });
  assert.throws(() => network.listen("10.244.1.50", 80, answer), RangeError);
  const same = { ip: "10.244.1.50", namespace: "default" };
  assert.equal(network.request(same, { url: "http://localhost" }).body, "in");
  assert.throws(() => network.request(POD, { url: "http://10.244.1.50" }), {
    message: "dial tcp 10.244.1.50:80: connect: connection refused",
  });
  cancel();
  network.listen("10.244.1.50", 80, answer);
  assert.equal(network.request(POD, { url: "http://10.244.1.50" }).body, "in");
});

Deno.test("a handler is told the path, the query and who asks", () => {
  const { network } = new World();
  const seen: unknown[] = [];
  network.listen("10.244.1.50", 80, ({ method, path, query, headers, remoteAddress }) => {
    seen.push(method, path, query.get("a"), headers, remoteAddress);
    return { status: 200, headers: {}, body: "" };
  });
  network.request(POD, { url: "http://10.244.1.50/p/q?a=1", headers: { "X-One": "1" } });
  assert.deepEqual(seen, [
    "GET",
    "/p/q",
    "1",
    { host: "10.244.1.50", "x-one": "1" },
    "10.244.1.99",
  ]);
});

Deno.test("who has called is as iptables and the nodes' routes leave it", () => {
  const w = world();
  const pod = w.pod("web-a")!;
  const ip = pod.status!.podIP!;
  const clusterIp = w.api.get("services", "default", "web")!.spec.clusterIP;
  const [own, other] = pod.spec!.nodeName!.endsWith("worker")
    ? ["172.18.0.3", "172.18.0.2"]
    : ["172.18.0.2", "172.18.0.3"];
  const gateway = ip.replace(/\d+$/, "1");
  const seen: string[] = [];
  w.network.listen(ip, 9999, ({ remoteAddress }) => {
    seen.push(remoteAddress!);
    return { status: 200, headers: {}, body: "" };
  });
  const calls = (from: { ip: string }, url: string) => {
    seen.length = 0;
    w.network.request(from, { url });
    return seen[0];
  };
  // The kubelet, whose probes come so, and the other node.
  assert.equal(calls({ ip: own }, `http://${ip}:9999`), gateway);
  assert.equal(calls({ ip: other }, `http://${ip}:9999`), other);
  assert.equal(calls({ ip: "10.244.1.77" }, `http://${ip}:9999`), "10.244.1.77");
  // A pod that comes to itself without a Service.
  assert.equal(calls({ ip }, `http://${ip}:9999`), ip);
  for (const name of ["web", "node"]) {
    const service = structuredClone(w.api.get("services", "default", name)!);
    service.spec.ports[0].targetPort = 9999;
    service.spec.sessionAffinity = "ClientIP";
    w.api.update("services", service);
  }
  w.api.delete("pods", "default", "web-b");
  w.wait(40);
  // Through the node port from outside: the node that was asked, or its gateway where the pod is its own.
  assert.equal(calls({ ip: "172.18.0.1" }, `http://${own}:30951`), gateway);
  assert.equal(calls({ ip: "172.18.0.1" }, `http://${other}:30951`), other);
  // A pod that comes to itself through its Service.
  assert.equal(calls({ ip }, `http://${clusterIp}`), gateway);
  assert.equal(calls({ ip: "10.244.1.77" }, `http://${clusterIp}`), "10.244.1.77");
});
