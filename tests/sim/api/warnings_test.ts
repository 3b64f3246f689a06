import assert from "node:assert/strict";
import { deprecationOf } from "../../../lib/sim/api/warnings.ts";
import { testServer } from "./fixtures.ts";

type Json = any;

function requester(server: ReturnType<typeof testServer>["server"]) {
  return (method: string, path: string, body: Json = "") =>
    server.respond({
      method,
      path,
      query: new URLSearchParams(),
      headers: body ? { "content-type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
}

Deno.test("a deprecated version is warned of with every request", () => {
  const { server } = testServer("t");
  const request = requester(server);
  const warning =
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
  const endpoints = { apiVersion: "v1", kind: "Endpoints", metadata: { name: "e" } };
  const path = "/api/v1/namespaces/t/endpoints";
  assert.equal(request("POST", path, endpoints).headers.warning, warning);
  assert.equal(request("GET", path).headers.warning, warning);
  assert.equal(request("GET", `${path}/e`).headers.warning, warning);
  const refused = request("POST", path, { ...endpoints, odd: 1 });
  assert.equal(refused.status, 409);
  assert.equal(refused.headers.warning, `${warning}, 299 - "unknown field \\"odd\\""`);
  const odd = { ...endpoints, metadata: { name: "f" }, odd: 1 };
  assert.equal(
    request("POST", path, odd).headers.warning,
    `${warning}, 299 - "unknown field \\"odd\\""`,
  );
  assert.equal(request("GET", "/api/v1/namespaces/t/services").headers.warning, undefined);
});

Deno.test("a definition says which of its versions are deprecated, in its own words if it has some", () => {
  const version = (name: string, more: Json) => ({ name, served: true, storage: true, ...more });
  const rows: [version: Json, said: string | undefined][] = [
    [version("v1", {}), undefined],
    [version("v1", { deprecated: true }), "example.org/v1 Gear is deprecated"],
    [version("v1", { deprecated: true, deprecationWarning: "use v2" }), "use v2"],
  ];
  for (const [each, said] of rows) {
    const definition = { spec: { versions: [each] } };
    const type = { group: "example.org", version: "v1", kind: "Gear", definition };
    assert.equal(deprecationOf(type as Json), said);
  }
});

/** A pod's spec with these ports. */
const withPorts = (ports: Json[]) => ({ containers: [{ name: "c", image: "i", ports }] });

Deno.test("of a pod whose ports all meet each other no more is collected than is told", () => {
  const { server } = testServer("t");
  const request = requester(server);
  const path = "/api/v1/namespaces/t/pods";
  const pod = (name: string, ports: Json[]) => ({ metadata: { name }, spec: withPorts(ports) });
  const equal = Array.from({ length: 3000 }, () => ({ containerPort: 80 }));
  const { status, headers } = request("POST", path, pod("equal", equal));
  assert.equal(status, 201);
  // As kube-apiserver v1.36.3 told them of 300 such ports.
  const told = headers.warning!.split(", ");
  const port = (i: number) => `spec.containers[0].ports[${i}]`;
  assert.equal(told.length, 48);
  assert.equal(told[0], `299 - "${port(1)}: duplicate port definition with ${port(0)}"`);
  assert.equal(told[47], `299 - "${port(10)}: duplicate port definition with ${port(2)}"`);
  const apart = Array.from({ length: 20_000 }, (_, i) => ({ containerPort: 80, hostPort: i + 1 }));
  assert.equal(request("POST", path, pod("apart", apart)).headers.warning, undefined);
});

Deno.test("ports meet as their host's ports and addresses do, in their order", () => {
  const { server } = testServer("t");
  const ports = [
    { hostPort: 1, hostIP: "1.1.1.1" },
    {},
    { hostPort: 1 },
    { hostPort: 1, hostIP: "2.2.2.2" },
    { hostPort: 2 },
  ].map((port) => ({ containerPort: 80, ...port }));
  const pod = { metadata: { name: "p" }, spec: withPorts(ports) };
  const { headers } = requester(server)("POST", "/api/v1/namespaces/t/pods", pod);
  const told = headers.warning!.matchAll(/ports\[(\d)\]: (\w+ ?\w*) port definition .*?\[(\d)\]"/g);
  assert.deepEqual([...told].map(([, at, how, other]) => `${at} ${how} ${other}`), [
    "1 overlapping 0",
    "2 dangerously ambiguous 0",
    "2 overlapping 1",
    "3 overlapping 1",
    "3 dangerously ambiguous 2",
    "4 overlapping 1",
  ]);
});

// As kube-apiserver v1.36.3 answered.
Deno.test("an update is warned of where upstream looks at it: not a pod's, a template's with a new generation", () => {
  const { server } = testServer("t");
  const request = requester(server);
  const ports = [{ containerPort: 80 }, { containerPort: 80 }];
  const template = { metadata: { labels: { a: "b" } }, spec: withPorts(ports) };
  const spec = { selector: { matchLabels: { a: "b" } }, template };
  const kinds: [path: string, object: Json, warned: [label: boolean, spec: boolean]][] = [
    ["/api/v1/namespaces/t/pods", { spec: template.spec }, [false, false]],
    ["/apis/apps/v1/namespaces/t/deployments", { spec }, [false, true]],
    ["/apis/apps/v1/namespaces/t/statefulsets", { spec }, [false, true]],
    ["/api/v1/namespaces/t/replicationcontrollers", { spec: { template } }, [false, true]],
    ["/api/v1/namespaces/t/services", {
      spec: { ports: [{ port: 1 }], externalIPs: ["1.2.3.4"] },
    }, [true, true]],
  ];
  for (const [path, object, warned] of kinds) {
    const made = request("POST", path, { ...object, metadata: { name: "w" } });
    assert.equal(made.headers.warning?.split(", ").length, 1, path);
    const stored = () => JSON.parse(String(request("GET", `${path}/w`).body));
    const labelled = stored();
    labelled.metadata.labels = { x: "y" };
    const changed = (next: Json) => {
      if (next.spec.template) next.spec.replicas = 3;
      else if (next.spec.ports) next.spec.ports[0].port = 2;
      else next.spec.containers[0].image = "j";
      return next;
    };
    const answers = [request("PUT", `${path}/w`, labelled)];
    answers.push(request("PUT", `${path}/w`, changed(stored())));
    assert.deepEqual(answers.map(({ status }) => status), [200, 200], path);
    assert.deepEqual(answers.map(({ headers }) => headers.warning !== undefined), warned, path);
  }
});

Deno.test("a PodTemplate is warned of as what makes pods is", () => {
  const { server } = testServer("t");
  const template = {
    metadata: { labels: { a: "b" } },
    spec: {
      containers: [{ name: "c", image: "busybox:1", resources: { limits: { memory: "0.5" } } }],
    },
  };
  const { headers } = requester(server)("POST", "/api/v1/namespaces/t/podtemplates", {
    apiVersion: "v1",
    kind: "PodTemplate",
    metadata: { name: "p" },
    template,
  });
  const at = "template.spec.containers[0].resources.limits[memory]";
  assert.equal(
    headers.warning,
    `299 - "${at}: fractional byte value \\"500m\\" is invalid, must be an integer"`,
  );
});

// Source: kubernetes pkg/registry/core/namespace/strategy.go (PrepareForCreate, namespaceFinalizeStrategy).
Deno.test("a namespace is freed by who takes its finalizer away, by finalize alone", () => {
  const { server } = testServer("t");
  const request = requester(server);
  const path = "/api/v1/namespaces/t";
  const free = { apiVersion: "v1", kind: "Namespace", metadata: { name: "t" }, spec: {} };
  request("DELETE", path);
  const kept = JSON.parse(request("PUT", path, free).body);
  assert.deepEqual(kept.spec.finalizers, ["kubernetes"]);
  assert.equal(request("PUT", `${path}/finalize`, free).status, 200);
  assert.equal(request("GET", path).status, 404);
});
