import assert from "node:assert/strict";
import { SeededRandom, VirtualClock } from "../../../lib/base/mod.ts";
import { ApiError, type PolicyRule, ruleAllows } from "../../../lib/kube/mod.ts";
import { ApiServer } from "../../../lib/sim/api/mod.ts";
import { attributesOf } from "../../../lib/sim/api/rbac/attributes.ts";
import { bootstrapAccess } from "../../../lib/sim/bootstrap/mod.ts";
import { startControllers } from "../../../lib/sim/controllers/mod.ts";
import { VirtualNetwork } from "../../../lib/sim/network/mod.ts";
import { MemoryState } from "../fakes/mod.ts";

const GROUP = "rbac.authorization.k8s.io";
const ACCOUNT = "system:serviceaccount:default:web";

/** An API server with RBAC, its roles, and the controller that gathers them. */
function setUp() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const random = new SeededRandom(1);
  const network = new VirtualNetwork();
  const state = new MemoryState();
  const server = new ApiServer({ clock, random, state, network, authorizationMode: "RBAC" });
  const api = server.client({ user: "system:admin", manager: "test" });
  const context = { clock, random, network, state, api };
  for (const name of ["default", "kube-system", "kube-public", "shop"]) {
    api.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  bootstrapAccess(context);
  startControllers(context);
  clock.drain();
  const send = async (method: string, path: string, options: Record<string, any> = {}) => {
    const { as, groups = [], body } = options;
    const request = new Request(`https://lab${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
      headers: { "content-type": "application/json" },
    });
    if (as) request.headers.set("Impersonate-User", as);
    for (const group of groups) request.headers.append("Impersonate-Group", group);
    const response = await server.handle(request);
    const text = await response.text();
    return { status: response.status, text, body: /^[{[]/.test(text) ? JSON.parse(text) : text };
  };
  const role = (kind: string, name: string, rules: PolicyRule[], namespace?: string, more = {}) =>
    api.create(`${kind.toLowerCase()}s.${GROUP}`, {
      apiVersion: `${GROUP}/v1`,
      kind,
      metadata: { name, ...(namespace ? { namespace } : {}), ...more },
      rules,
    } as any);
  const bind = (role: string, subject: Record<string, string>, namespace?: string) =>
    api.create(`${namespace ? "rolebindings" : "clusterrolebindings"}.${GROUP}`, {
      apiVersion: `${GROUP}/v1`,
      kind: namespace ? "RoleBinding" : "ClusterRoleBinding",
      metadata: { name: `${role}-${subject.name}`, ...(namespace ? { namespace } : {}) },
      roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: role },
      subjects: [subject],
    } as any);
  return { clock, server, api, send, role, bind };
}

// Source: kubernetes/apiserver pkg/endpoints/request/requestinfo_test.go.
Deno.test("a request is read as what it is about", async (t) => {
  const rows: [request: string, about: string][] = [
    ["GET /api/v1/namespaces/other/pods", "list |pods||other|"],
    ["GET /api/v1/namespaces/other/pods/foo", "get |pods||other|foo"],
    ["HEAD /api/v1/namespaces/other/pods/foo", "get |pods||other|foo"],
    ["GET /api/v1/pods", "list |pods|||"],
    ["GET /api/v1/pods?watch=true", "watch |pods|||"],
    ["GET /api/v1/pods?watch=1&fieldSelector=metadata.name%3Da", "watch |pods|||a"],
    ["GET /api/v1/namespaces", "list |namespaces|||"],
    ["GET /api/v1/namespaces/other", "get |namespaces||other|other"],
    ["PUT /api/v1/namespaces/other/finalize", "update |namespaces|finalize|other|other"],
    ["GET /api/v1/namespaces/other/pods/foo/log", "get |pods|log|other|foo"],
    ["POST /apis/apps/v1/namespaces/other/deployments", "create apps|deployments||other|"],
    [
      "DELETE /apis/apps/v1/namespaces/other/deployments",
      "deletecollection apps|deployments||other|",
    ],
    ["DELETE /api/v1/nodes/a", "delete |nodes|||a"],
    ["PATCH /apis/apps/v1/namespaces/x/deployments/a/scale", "patch apps|deployments|scale|x|a"],
    [
      "GET /apis/custom.metrics.k8s.io/v1beta1/namespaces/x/pods/*/hits",
      "get custom.metrics.k8s.io|pods|hits|x|*",
    ],
    [
      "GET /apis/external.metrics.k8s.io/v1beta1/namespaces/x/hits",
      "list external.metrics.k8s.io|hits||x|",
    ],
    ["GET /apis/apps/v1", "get path /apis/apps/v1"],
    ["GET /metrics", "get path /metrics"],
  ];
  for (const [request, about] of rows) {
    await t.step(request, () => {
      const [method, target] = request.split(" ");
      const url = new URL(target, "https://lab");
      const found = attributesOf({ method, path: url.pathname, query: url.searchParams });
      const { verb, path, group, resource, subresource, namespace, name } = found;
      assert.equal(
        path === undefined
          ? `${verb} ${group}|${resource}|${subresource}|${namespace}|${name}`
          : `${verb} path ${path}`,
        about,
      );
    });
  }
});

// Source: kubernetes/kubernetes pkg/apis/rbac/v1/evaluation_helpers.go.
Deno.test("a rule allows what it names", async (t) => {
  const pods = { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] };
  const rows: [name: string, rule: PolicyRule, wanted: Record<string, string>, allowed: boolean][] =
    [
      ["the resource", pods, { verb: "get", resource: "pods" }, true],
      ["another verb", pods, { verb: "delete", resource: "pods" }, false],
      ["another group", pods, { verb: "get", group: "apps", resource: "pods" }, false],
      ["a subresource", pods, { verb: "get", resource: "pods", subresource: "log" }, false],
      ["its subresource", { ...pods, resources: ["pods/log"] }, {
        verb: "get",
        resource: "pods",
        subresource: "log",
      }, true],
      ["any resource's subresource", { ...pods, apiGroups: ["*"], resources: ["*/scale"] }, {
        verb: "get",
        group: "apps",
        resource: "deployments",
        subresource: "scale",
      }, true],
      ["everything", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, {
        verb: "x",
        group: "y",
        resource: "z",
        subresource: "q",
      }, true],
      [
        "one name",
        { ...pods, resourceNames: ["a"] },
        { verb: "get", resource: "pods", name: "a" },
        true,
      ],
      ["another name", { ...pods, resourceNames: ["a"] }, {
        verb: "get",
        resource: "pods",
        name: "b",
      }, false],
      ["a list where names are given", { ...pods, resourceNames: ["a"] }, {
        verb: "list",
        resource: "pods",
      }, false],
      ["a path", { nonResourceURLs: ["/metrics"], verbs: ["get"] }, {
        verb: "get",
        path: "/metrics",
      }, true],
      ["paths below", { nonResourceURLs: ["/apis/*"], verbs: ["get"] }, {
        verb: "get",
        path: "/apis/apps",
      }, true],
      ["another path", { nonResourceURLs: ["/apis/*"], verbs: ["get"] }, {
        verb: "get",
        path: "/apis",
      }, false],
    ];
  const nothing = { verb: "", group: "", resource: "", subresource: "", namespace: "", name: "" };
  for (const [name, rule, wanted, allowed] of rows) {
    await t.step(name, () => assert.equal(ruleAllows(rule, { ...nothing, ...wanted }), allowed));
  }
});

Deno.test("the lab's own user may do everything, and others what their bindings say", async () => {
  const { send, bind } = setUp();
  const pods = "/api/v1/namespaces/default/pods";
  assert.equal((await send("GET", pods)).status, 200);
  const refused = await send("GET", pods, { as: "bob" });
  assert.deepEqual(refused.body, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the ' +
      'namespace "default"',
    reason: "Forbidden",
    details: { kind: "pods" },
    code: 403,
  });
  bind("view", { kind: "User", name: "bob", apiGroup: GROUP }, "default");
  assert.equal((await send("GET", pods, { as: "bob" })).status, 200);
  assert.equal(
    (await send("GET", `${pods.replace("default", "shop")}/a`, { as: "bob" })).body.message,
    'pods "a" is forbidden: User "bob" cannot get resource "pods" in API group "" in the namespace "shop"',
  );
  assert.equal(
    (await send("GET", "/apis/apps/v1/deployments", { as: "bob" })).body.message,
    'deployments.apps is forbidden: User "bob" cannot list resource "deployments" in API group ' +
      '"apps" at the cluster scope',
  );
  assert.equal(
    (await send("GET", "/metrics", { as: "bob" })).body.message,
    'forbidden: User "bob" cannot get path "/metrics"',
  );
  assert.equal((await send("GET", "/version", { as: "bob" })).status, 200);
  bind("edit", { kind: "Group", name: "team", apiGroup: GROUP });
  const made = await send("POST", "/api/v1/namespaces/shop/configmaps", {
    as: "ann",
    groups: ["team"],
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
  });
  assert.equal(made.status, 201);
});

Deno.test("who may not impersonate is told so", async () => {
  const { server } = setUp();
  const ask = (headers: Record<string, string>) =>
    JSON.parse(
      server.respondTo({
        method: "GET",
        path: "/api/v1/pods",
        query: new URLSearchParams(),
        headers: { authorization: `Bearer ${ACCOUNT}`, ...headers },
        body: "",
      }).body,
    ).message;
  assert.equal(
    ask({ "impersonate-user": "bob" }),
    `users "bob" is forbidden: User "${ACCOUNT}" cannot impersonate resource "users" in API group "" ` +
      "at the cluster scope",
  );
  assert.match(
    ask({ "impersonate-user": "bob", "impersonate-extra-%zz": "x" }),
    /^users "bob" is forbidden/,
  );
  assert.match(ask({}), /^pods is forbidden: User "system:serviceaccount:default:web" cannot list/);
  assert.match(
    ask({ authorization: "" }),
    /^pods is forbidden: User "system:anonymous" cannot list/,
  );
  assert.equal(ask({ authorization: "Bearer nonsense" }), "Unauthorized");
});

Deno.test("questions about access are answered by the same roles", async () => {
  const { send, bind } = setUp();
  const review = async (kind: string, spec: unknown, as?: string) => {
    const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
    const body = { apiVersion: "authorization.k8s.io/v1", kind, spec };
    return (await send("POST", path, { body, as })).body;
  };
  const list = { verb: "list", resource: "pods", namespace: "default" };
  const self = "SelfSubjectAccessReview";
  assert.equal((await review(self, { resourceAttributes: list })).status.allowed, true);
  assert.deepEqual((await review(self, { resourceAttributes: list }, "bob")).status, {
    allowed: false,
  });
  bind("view", { kind: "User", name: "bob", apiGroup: GROUP }, "default");
  assert.deepEqual(
    (await review("SubjectAccessReview", { resourceAttributes: list, user: "bob" })).status,
    {
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "view-bob/default" of ClusterRole "view" to User "bob"',
    },
  );
  bind("nothing", { kind: "User", name: "carl", apiGroup: GROUP });
  assert.deepEqual((await review(self, { resourceAttributes: list }, "carl")).status, {
    allowed: false,
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "nothing" not found',
  });
  const rules = await review("SelfSubjectRulesReview", { namespace: "default" }, "bob");
  assert.ok(
    rules.status.resourceRules.some(({ resources }: any) => resources.includes("pods/log")),
    "the rules of view are among bob's",
  );
  assert.equal(rules.status.incomplete, false);
  const empty = await review(self, {});
  assert.equal(empty.code, 422);
});

Deno.test("a role is gathered from those that its selectors name, and follows them", () => {
  const { api, clock, role } = setUp();
  const rulesOf = (name: string) => api.get(`clusterroles.${GROUP}`, "", name)!.rules as any[];
  const has = (name: string, resource: string) =>
    rulesOf(name).some(({ resources }) => resources?.includes(resource));
  assert.ok(has("view", "pods/log"));
  assert.ok(has("admin", "rolebindings"));
  assert.ok(!has("view", "secrets"));
  role(
    "ClusterRole",
    "queues",
    [{ apiGroups: ["x"], resources: ["queues"], verbs: ["get"] }],
    undefined,
    {
      labels: { [`${GROUP}/aggregate-to-view`]: "true" },
    },
  );
  clock.drain();
  assert.ok(["view", "edit", "admin"].every((name) => has(name, "queues")));
  api.delete(`clusterroles.${GROUP}`, "", "queues");
  clock.drain();
  assert.ok(!has("admin", "queues"));
});

Deno.test("a service account inside the cluster is held to its roles at once", () => {
  const { server, api, clock, role, bind } = setUp();
  const kube = server.client({ user: ACCOUNT, manager: "web" });
  const pod = (name: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { containers: [{ name: "a", image: "a" }] },
  });
  const denied = (act: () => unknown, what: string) =>
    assert.throws(act, (error) =>
      error instanceof ApiError && error.code === 403 &&
      error.message.includes(`User "${ACCOUNT}" cannot ${what}`));
  denied(() => kube.list("pods"), 'list resource "pods" in API group "" at the cluster scope');
  denied(
    () => kube.get("pods", "default", "a"),
    'get resource "pods" in API group "" in the namespace',
  );
  denied(() => kube.create("pods", pod("a")), 'create resource "pods"');
  denied(() => kube.raw("/api/v1/pods"), 'list resource "pods"');
  const seen: string[] = [];
  kube.watch("configmaps", ({ object }) => seen.push(object.metadata.name));
  role("ClusterRole", "reader", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }]);
  bind("reader", { kind: "ServiceAccount", name: "web", namespace: "default" });
  clock.drain();
  assert.ok(seen.includes("kube-root-ca.crt"), "the watch began when it was allowed");
  assert.ok(kube.list("configmaps").length > 0);
  denied(() => kube.list("pods"), "list");
  api.delete(`clusterrolebindings.${GROUP}`, "", "reader-web");
  denied(() => kube.list("configmaps"), 'list resource "configmaps"');
});

Deno.test("without RBAC everybody may do everything", () => {
  const clock = new VirtualClock(0);
  const server = new ApiServer({
    clock,
    random: new SeededRandom(1),
    state: new MemoryState(),
    network: new VirtualNetwork(),
  });
  assert.deepEqual(server.client({ user: ACCOUNT, manager: "web" }).list("pods"), []);
});
