import assert from "node:assert/strict";
import { kedaOperator } from "../../../../lib/sim/programs/keda_operator/mod.ts";
import {
  logOf,
  prometheusTrigger,
  SCALED_OBJECTS,
  scaledObject,
  setUp,
  statusOf,
  type World,
} from "./_world.ts";

const TRIGGER = "triggerauthentications.keda.sh";
const CLUSTER = "clustertriggerauthentications.keda.sh";
const AUTH = { authModes: "basic" };

function secret(world: World, namespace: string, data: Record<string, string>): void {
  world.api.create("secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "credentials", namespace },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, btoa(value)])),
  });
}

function authentication(world: World, spec: Record<string, unknown>, isCluster = false): void {
  world.api.create(isCluster ? CLUSTER : TRIGGER, {
    apiVersion: "keda.sh/v1alpha1",
    kind: isCluster ? "ClusterTriggerAuthentication" : "TriggerAuthentication",
    metadata: { name: "prom", ...(isCluster ? {} : { namespace: "default" }) },
    spec,
  });
}

function use(world: World, metadata: Record<string, string>, kind?: string): void {
  const authenticationRef = { name: "prom", ...(kind ? { kind } : {}) };
  world.api.create(
    SCALED_OBJECTS,
    scaledObject({ triggers: [prometheusTrigger({ authenticationRef }, metadata)] }),
  );
  world.clock.advance(1);
}

const refs = (...pairs: [parameter: string, key: string][]) => ({
  secretTargetRef: pairs.map(([parameter, key]) => ({ parameter, name: "credentials", key })),
});

// Source of every row: kedacore/keda pkg/scalers/authentication/authentication_types.go,
// pkg/scalers/prometheus_scaler.go, pkg/scaling/resolver/scale_resolvers.go (resolveAuthRef).
Deno.test("a trigger signs in with what its authentication gives", async (t) => {
  const rows: [
    name: string,
    spec: Record<string, unknown>,
    metadata: Record<string, string>,
    header: [name: string, value: string | undefined],
  ][] = [
    [
      "basic",
      refs(["username", "user"], ["password", "pass"]),
      AUTH,
      ["authorization", `Basic ${btoa("ann:s3cret")}`],
    ],
    ["basic without a password", refs(["username", "user"]), AUTH, [
      "authorization",
      `Basic ${btoa("ann:")}`,
    ]],
    ["bearer", refs(["bearerToken", "token"]), { authModes: "bearer" }, [
      "authorization",
      "Bearer abc",
    ]],
    ["the mode given by the Secret", refs(["authMode", "mode"], ["token", "token"]), {}, [
      "authorization",
      "Bearer abc",
    ]],
    [
      "a header of one's own",
      refs(["customAuthHeader", "header"], ["customAuthValue", "token"]),
      { authModes: "custom" },
      ["X-Scope-OrgID", "abc"],
    ],
    ["no mode: no header", refs(["bearerToken", "token"]), {}, ["authorization", undefined]],
  ];
  for (const [name, spec, metadata, [header, value]] of rows) {
    await t.step(name, () => {
      const world = setUp();
      world.operator.start(kedaOperator);
      secret(world, "default", {
        user: "ann",
        pass: "s3cret",
        token: "abc",
        mode: "bearer",
        header: "X-Scope-OrgID",
      });
      authentication(world, spec);
      use(world, metadata);
      assert.equal(world.state.asked.at(-1)!.headers[header], value);
    });
  }
});

Deno.test("a ClusterTriggerAuthentication takes its Secret from KEDA's namespace", () => {
  const world = setUp();
  world.operator.start(kedaOperator);
  secret(world, "keda", { token: "cluster" });
  secret(world, "default", { token: "local" });
  authentication(world, refs(["bearerToken", "token"]), true);
  use(world, { authModes: "bearer" }, "ClusterTriggerAuthentication");
  assert.equal(world.state.asked.at(-1)!.headers.authorization, "Bearer cluster");
});

Deno.test("ConfigMaps and the target's environment give parameters too", () => {
  const world = setUp();
  world.api.create("configmaps", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "default" },
    data: { user: "bob" },
  });
  world.api.patch("deployments.apps", "default", "web", {
    spec: {
      template: {
        spec: { containers: [{ name: "app", env: [{ name: "PASS", value: "from-env" }] }] },
      },
    },
  });
  world.operator.start(kedaOperator);
  authentication(world, {
    configMapTargetRef: [{ parameter: "username", name: "settings", key: "user" }],
    env: [{ parameter: "password", name: "PASS" }],
  });
  use(world, AUTH);
  assert.equal(world.state.asked.at(-1)!.headers.authorization, `Basic ${btoa("bob:from-env")}`);
});

Deno.test("an authentication or Secret that is missing is logged, and gives nothing", async (t) => {
  const ready = (world: World) =>
    statusOf(world).conditions.find(({ type }: any) => type === "Ready").message;
  await t.step("no TriggerAuthentication", () => {
    const world = setUp();
    world.operator.start(kedaOperator);
    use(world, { authModes: "bearer" });
    const log = logOf(world);
    const missing = 'TriggerAuthentication.keda.sh \\"prom\\" not found';
    assert.ok(log.includes(`ERROR error getting triggerAuth: ${missing}`));
    assert.ok(log.includes(`ERROR Failed to get TriggerAuthentication: ${missing}`));
    assert.match(ready(world), /bearer token=<empty> is required when bearer auth is enabled$/);
  });
  await t.step("no Secret", () => {
    const world = setUp();
    world.operator.start(kedaOperator);
    authentication(world, refs(["bearerToken", "token"]));
    use(world, { authModes: "bearer" });
    assert.ok(
      logOf(world).includes(
        'ERROR error trying to get secret from namespace: Secret \\"credentials\\" not found',
      ),
    );
    assert.match(ready(world), /bearer token=<empty> is required when bearer auth is enabled$/);
  });
});

// Source: kedacore/keda controllers/keda/triggerauthentication_controller.go, pkg/status/status.go.
Deno.test("an authentication knows who uses it, and is told of in events", () => {
  const world = setUp();
  world.operator.start(kedaOperator);
  secret(world, "default", { token: "abc" });
  authentication(world, refs(["bearerToken", "token"]));
  world.clock.advance(1);
  const auth = () => world.api.get(TRIGGER, "default", "prom")!;
  assert.deepEqual(auth().metadata.finalizers, ["finalizer.keda.sh"]);
  assert.deepEqual(world.api.events.at(-1), {
    type: "Normal",
    reason: "TriggerAuthenticationAdded",
    message: "New TriggerAuthentication configured",
  });
  use(world, { authModes: "bearer" });
  assert.equal(auth().status.scaledobjects, "web");
  assert.equal(statusOf(world).authenticationsTypes, "prom");
  world.api.patch(TRIGGER, "default", "prom", { spec: refs(["token", "token"]) });
  world.clock.advance(1);
  assert.equal(
    world.api.events.at(-1)!.message,
    "ClusterTriggerAuthentication prom is updated",
  );
  world.api.delete(SCALED_OBJECTS, "default", "web");
  world.clock.advance(1);
  assert.equal(auth().status.scaledobjects, "");
  world.api.delete(TRIGGER, "default", "prom");
  world.clock.advance(1);
  assert.equal(world.api.get(TRIGGER, "default", "prom"), undefined);
  assert.equal(world.api.events.at(-1)!.reason, "TriggerAuthenticationDeleted");
});

Deno.test("Prometheus that wants a sign-in refuses one without", () => {
  const world = setUp();
  const server = world.network.servers.get("prometheus:9090")!;
  const { handler } = server;
  server.handler = (request) =>
    request.headers?.authorization === "Bearer abc"
      ? handler(request)
      : { status: 401, headers: {}, body: "" };
  world.operator.start(kedaOperator);
  world.api.create(SCALED_OBJECTS, scaledObject());
  world.clock.advance(1);
  assert.ok(
    world.api.events.some(({ message }) =>
      message === "prometheus query api returned error. status: 401"
    ),
  );
});
