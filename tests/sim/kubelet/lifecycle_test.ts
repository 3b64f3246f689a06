import assert from "node:assert/strict";
import type { Program } from "../../../lib/sim/seams.ts";
import { idle, podOf, START_MS, World } from "./_world.ts";

/** Takes no notice of SIGTERM. */
const STUBBORN: Program = {
  name: "stubborn",
  images: ["stubborn"],
  start: () => ({ stop: () => "running" }),
};

function main(more: Record<string, unknown> = {}, args: string[] = []) {
  return idle(args, more);
}

function secondsOf(world: World, name: string, reason: string): number {
  const event = world.api.list("events", { namespace: "default" })
    .find((one) => one.involvedObject?.name === name && one.reason === reason);
  return (Date.parse(event!.lastTimestamp!) - START_MS) / 1000;
}

Deno.test("a container is given its grace, and killed at its end", async (t) => {
  const rows: [string, Record<string, unknown>, { gracePeriodSeconds?: number }, number][] = [
    ["thirty seconds unless told otherwise", {}, {}, 30],
    ["what its pod says", { terminationGracePeriodSeconds: 8 }, {}, 8],
    ["what the deletion says", {}, { gracePeriodSeconds: 4 }, 4],
  ];
  for (const [name, spec, options, seconds] of rows) {
    await t.step(name, () => {
      const world = new World(undefined, { programs: [STUBBORN] });
      world.create(podOf("app", { containers: [{ name: "main", image: "stubborn:1" }], ...spec }));
      world.wait(20).api.delete("pods", "default", "app", options);
      world.wait(seconds - 1);
      assert.equal(world.pod("app")!.status!.containerStatuses![0].state!.terminated, undefined);
      world.wait(3);
      assert.equal(world.pod("app"), undefined);
    });
  }
});

Deno.test("preStop runs before SIGTERM, within the grace", async (t) => {
  const alive = (world: World) => world.pod("app") !== undefined;
  await t.step("a sleep", () => {
    const world = new World();
    world.create(podOf("app", main({ lifecycle: { preStop: { sleep: { seconds: 10 } } } })));
    world.wait(20).api.delete("pods", "default", "app");
    assert.equal(alive(world.wait(9)), true);
    assert.equal(alive(world.wait(5)), false);
  });
  await t.step("one that is longer than the grace", () => {
    const world = new World();
    const lifecycle = { preStop: { sleep: { seconds: 20 } } };
    world.create(podOf("app", main({ lifecycle })));
    world.wait(20).api.delete("pods", "default", "app", { gracePeriodSeconds: 5 });
    assert.equal(alive(world.wait(4)), true);
    assert.equal(alive(world.wait(6)), false);
  });
  await t.step("a call that nobody answers", () => {
    const world = new World();
    const lifecycle = { preStop: { httpGet: { port: 80, path: "/bye" } } };
    world.create(podOf("app", main({ lifecycle })));
    world.wait(20).api.delete("pods", "default", "app");
    world.wait(10);
    assert(world.events("app").includes("FailedPreStopHook: PreStopHook failed"));
    assert.equal(alive(world), false);
  });
});

Deno.test("a container whose postStart fails is killed and backs off", () => {
  const world = new World();
  const lifecycle = { postStart: { httpGet: { port: 80 } } };
  world.create(podOf("app", main({ lifecycle })));
  world.wait(30);
  assert(world.events("app").includes("FailedPostStartHook: PostStartHook failed"));
  const [status] = world.pod("app")!.status!.containerStatuses!;
  assert.equal(status.state!.waiting!.reason, "CrashLoopBackOff");
  assert.equal(status.lastState!.terminated!.exitCode, 137);
});

Deno.test("sidecars start before the containers, and go when these have done their work", () => {
  const world = new World();
  world.create(podOf("job", {
    restartPolicy: "Never",
    initContainers: [{ name: "proxy", image: "idle:1", restartPolicy: "Always" }],
    ...main({}, ["exit-later=0"]),
  }));
  const ready = (name: string) =>
    [
      ...world.pod("job")!.status!.initContainerStatuses!,
      ...world.pod("job")!.status!
        .containerStatuses!,
    ].find((one) => one.name === name)!;
  let sawBoth = false;
  for (let step = 0; step < 400; step++) {
    world.wait(0.1);
    const running = (name: string) => ready(name)?.state?.running !== undefined;
    if (running("main")) assert(running("proxy") || sawBoth, "the sidecar is there before");
    sawBoth ||= running("main") && running("proxy");
  }
  assert(sawBoth);
  assert.equal(world.pod("job")!.status!.phase, "Succeeded");
  assert.equal(ready("proxy").state!.terminated!.reason, "Completed");
  assert(world.events("job").includes("Killing: Stopping container proxy"));
});

Deno.test("a pod's sidecars are stopped after its containers", () => {
  const order: string[] = [];
  const told: Program = {
    name: "told",
    images: ["told"],
    start: ({ containerName }) => ({ stop: () => void order.push(containerName) }),
  };
  const world = new World(undefined, { programs: [told] });
  const sidecar = (name: string) => ({ name, image: "told:1", restartPolicy: "Always" });
  world.create(podOf("app", {
    initContainers: [sidecar("first"), sidecar("second")],
    containers: [{ name: "main", image: "told:1" }],
  }));
  world.wait(20).api.delete("pods", "default", "app");
  world.wait(30);
  assert.deepEqual(order, ["main", "second", "first"]);
  assert.equal(world.pod("app"), undefined);
});

Deno.test("a pod past activeDeadlineSeconds has failed", () => {
  const world = new World();
  world.create(podOf("app", { ...main(), activeDeadlineSeconds: 30 }));
  world.wait(29);
  assert.equal(world.pod("app")!.status!.phase, "Running");
  world.wait(10);
  const { status } = world.pod("app")!;
  assert.deepEqual([status!.phase, status!.reason, status!.message], [
    "Failed",
    "DeadlineExceeded",
    "Pod was active on the node longer than the specified deadline",
  ]);
  assert.notEqual(status!.containerStatuses![0].state!.terminated, undefined);
  assert.equal(secondsOf(world, "app", "DeadlineExceeded"), 30);
  const resumed = (world.save(), world.resume());
  resumed.wait(60);
  assert.equal(resumed.pod("app")!.status!.phase, "Failed");
});
