import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import type { Program } from "../../../lib/sim/seams.ts";
import { deployment, idle, podOf, World } from "../kubelet/_world.ts";

const CLAIMS = "persistentvolumeclaims";
const VOLUMES = "persistentvolumes";

function claim(name: string, spec: object = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  };
}

function volume(world: World, name: string, storage: string, spec: object = {}): KubeObject {
  return world.api.create(VOLUMES, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage },
      hostPath: { path: `/srv/${name}` },
      storageClassName: "manual",
      ...spec,
    },
  });
}

function using(name: string, claimName: string, args: string[] = [], image = "idle:1"): KubeObject {
  return podOf(name, {
    containers: [{
      name: "main",
      image,
      args,
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    }],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
  });
}

function get(world: World, name: string): KubeObject {
  return world.api.get(CLAIMS, "default", name)!;
}

/** Counts its starts in /data/starts, and says how many there were. */
const COUNTER: Program = {
  name: "counter",
  images: ["counter"],
  start: ({ files, log }) => {
    const starts = Number(files.read("/data/starts") ?? 0) + 1;
    files.write("/data/starts", String(starts));
    log(`start ${starts}`);
    return {};
  },
};

Deno.test("a claim of the default class waits for its pod, and is provisioned where that goes", () => {
  const world = new World();
  world.wait(20).create(claim("data"));
  assert.equal(get(world, "data").spec.storageClassName, "standard");
  assert.equal(get(world, "data").status.phase, "Pending");
  assert.deepEqual(get(world, "data").metadata.finalizers, ["kubernetes.io/pvc-protection"]);
  world.create(using("app", "data"));
  world.wait(20);
  const bound = get(world, "data");
  const name = `pvc-${bound.metadata.uid}`;
  assert.equal(bound.spec.volumeName, name);
  assert.deepEqual(bound.status, {
    phase: "Bound",
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "1Gi" },
  });
  const made = world.api.get(VOLUMES, "", name)!;
  assert.equal(made.status.phase, "Bound");
  const [term] = made.spec.nodeAffinity.required.nodeSelectorTerms;
  assert.deepEqual(term.matchExpressions[0].values, ["hpa-practice-worker"]);
  assert.equal(world.pod("app")!.status!.phase, "Running");
  // Those of one instant come in no order of their own.
  assert.deepEqual(world.events("data").map((text) => text.split(":")[0]).sort(), [
    "ExternalProvisioning",
    "Provisioning",
    "ProvisioningSucceeded",
    "WaitForFirstConsumer",
  ]);
});

Deno.test("without its provisioner a claim stays pending, and its pod with it", () => {
  const world = new World();
  world.api.patch("deployments.apps", "local-path-storage", "local-path-provisioner", {
    spec: { replicas: 0 },
  });
  world.wait(60).create(claim("data"));
  world.create(using("app", "data"));
  world.wait(60);
  assert.equal(get(world, "data").status.phase, "Pending");
  assert.equal(world.pod("app")!.spec!.nodeName, undefined);
});

Deno.test("what is written behind a claim outlives the pod and a restart; a deleted claim takes it along", () => {
  let world = new World(undefined, { programs: [COUNTER] });
  world.wait(20).create(claim("data"));
  world.create(using("one", "data", [], "counter:1"));
  world.wait(30).api.delete("pods", "default", "one");
  world.wait(40);
  world.save();
  world = world.resume([COUNTER]);
  world.create(using("two", "data", [], "counter:1"));
  world.wait(30);
  assert.deepEqual(world.log("two", "main"), ["start 2"]);
  const { volumeName } = get(world, "data").spec;
  world.api.delete(CLAIMS, "default", "data");
  world.wait(10);
  assert.equal(get(world, "data").status.phase, "Bound", "the pod still uses it");
  world.api.delete("pods", "default", "two");
  world.wait(60);
  assert.equal(world.api.get(CLAIMS, "default", "data"), undefined);
  assert.equal(world.api.get(VOLUMES, "", volumeName), undefined);
});

Deno.test("a claim takes the smallest volume that satisfies it", () => {
  const world = new World();
  volume(world, "small", "500Mi");
  volume(world, "large", "9Gi");
  volume(world, "right", "2Gi");
  volume(world, "other-class", "1Gi", { storageClassName: "fast" });
  world.clock.drain();
  world.create(claim("data", { storageClassName: "manual" }));
  assert.equal(get(world, "data").spec.volumeName, "right");
  assert.equal(get(world, "data").status.capacity.storage, "2Gi");
  world.api.delete(CLAIMS, "default", "data");
  world.clock.drain();
  assert.equal(world.api.get(VOLUMES, "", "right")!.status.phase, "Released");
});

Deno.test("a claim that nothing satisfies says why", async (t) => {
  const rows: [string, object, string][] = [
    [
      "no class",
      { storageClassName: "" },
      "FailedBinding: no persistent volumes available for this claim and no storage class is set",
    ],
    [
      "an unknown class",
      { storageClassName: "fast" },
      'ProvisioningFailed: storageclass.storage.k8s.io "fast" not found',
    ],
    [
      "a named volume that is too small",
      { storageClassName: "manual", volumeName: "tiny" },
      'VolumeMismatch: Cannot bind to requested volume "tiny": requested PV is too small',
    ],
  ];
  for (const [name, spec, event] of rows) {
    await t.step(name, () => {
      const world = new World();
      volume(world, "tiny", "1Mi");
      world.clock.drain();
      world.create(claim("data", spec));
      assert.equal(world.events("data")[0], event);
      world.create(using("app", "data"));
      assert.match(
        world.events("app")[0],
        /^FailedScheduling: 0\/2 nodes are available: pod has unbound immediate PersistentVolumeClaims\. /,
      );
    });
  }
  await t.step("no claim at all", () => {
    const world = new World();
    world.create(using("app", "none"));
    assert.equal(
      world.events("app")[0],
      'FailedScheduling: 0/2 nodes are available: persistentvolumeclaim "none" not found. no new ' +
        "claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for " +
        "scheduling.",
    );
  });
});

Deno.test("a bound claim whose volume goes is lost", () => {
  const world = new World();
  volume(world, "right", "2Gi");
  world.clock.drain();
  world.create(claim("data", { storageClassName: "manual" }));
  world.api.patch(VOLUMES, "", "right", { metadata: { finalizers: null } });
  world.api.delete(VOLUMES, "", "right");
  world.clock.drain();
  assert.equal(get(world, "data").status.phase, "Lost");
  assert.match(world.events("data").at(-1)!, /^ClaimLost: Bound claim has lost its Persistent/);
});

Deno.test("pods of a node share its directories", () => {
  const world = new World(undefined, { programs: [COUNTER] });
  const spec = (hostPath: object) => ({
    containers: [{
      name: "main",
      image: "counter:1",
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    }],
    volumes: [{ name: "data", hostPath }],
  });
  world.create(deployment("web", spec({ path: "/srv/web" }), { replicas: 2 }));
  world.wait(30);
  const starts = world.pods("web").flatMap(({ metadata }) => world.log(metadata.name, "main"));
  assert.deepEqual(starts.sort(), ["start 1", "start 2"]);
  world.create(podOf("other", spec({ path: "/srv/other" })));
  world.wait(30);
  assert.deepEqual(world.log("other", "main"), ["start 1"]);
});

Deno.test("a pod without a claim is not held up by any", () => {
  const world = new World();
  world.create(podOf("app", idle()));
  assert.equal(world.wait(20).pod("app")!.status!.phase, "Running");
});
