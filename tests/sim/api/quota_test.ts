import assert from "node:assert/strict";
import { type ApiError, type KubeObject, podLimits, podRequests } from "../../../lib/kube/mod.ts";
import { deployment, idle, podOf, World } from "../kubelet/_world.ts";

function quota(hard: object, spec: object = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "team", namespace: "default" },
    spec: { hard, ...spec },
  };
}

function limitRange(...limits: object[]): KubeObject {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "limits", namespace: "default" },
    spec: { limits },
  };
}

function asking(name: string, requests?: object, limits?: object): KubeObject {
  return podOf(name, idle([], { resources: { requests, limits } }));
}

function refusal(world: World, object: KubeObject): string {
  try {
    world.create(object);
  } catch (error) {
    assert.equal((error as ApiError).code, 403);
    return (error as Error).message;
  }
  return "accepted";
}

function used(world: World): Record<string, string> {
  return world.api.get("resourcequotas", "default", "team")!.status.used;
}

Deno.test("podRequests() and podLimits() take the larger of the containers and any init container", () => {
  const container = (cpu: string, more: object = {}) => ({
    name: `c${cpu}`,
    resources: { requests: { cpu }, limits: { cpu } },
    ...more,
  });
  const rows: [object, string][] = [
    [{ containers: [container("1"), container("500m")] }, "1500m"],
    [{ containers: [container("1")], initContainers: [container("3")] }, "3"],
    [{
      containers: [container("1")],
      initContainers: [container("2", { restartPolicy: "Always" })],
    }, "3"],
    [{
      containers: [container("1")],
      initContainers: [container("2", { restartPolicy: "Always" }), container("4")],
    }, "6"],
    [{
      containers: [container("1")],
      initContainers: [container("4"), container("2", { restartPolicy: "Always" })],
    }, "4"],
    [
      { containers: [container("1")], resources: { requests: { cpu: "2" }, limits: { cpu: "2" } } },
      "2",
    ],
  ];
  for (const [spec, cpu] of rows) {
    const pod = podOf("p", spec as Record<string, unknown>) as any;
    assert.equal(String(podRequests(pod).get("cpu")), cpu);
    assert.equal(String(podLimits(pod).get("cpu")), cpu);
  }
});

Deno.test("a quota counts what is there, charges what comes, and gives back what goes", () => {
  const world = new World();
  world.create(asking("before", { cpu: "200m", memory: "64Mi" }));
  world.create(quota({ "requests.cpu": "1", pods: "3", "count/configmaps": "5" }));
  assert.deepEqual(used(world), { "requests.cpu": "200m", pods: "1", "count/configmaps": "1" });
  world.create(asking("a", { cpu: "300m" }));
  assert.deepEqual(used(world)["requests.cpu"], "500m");
  assert.equal(
    refusal(world, asking("b", { cpu: "600m" })),
    'pods "b" is forbidden: exceeded quota: team, requested: requests.cpu=600m, ' +
      "used: requests.cpu=500m, limited: requests.cpu=1",
  );
  world.wait(20).api.delete("pods", "default", "a");
  world.wait(40);
  assert.equal(used(world)["requests.cpu"], "200m");
  assert.equal(refusal(world, asking("b", { cpu: "600m" })), "accepted");
});

Deno.test("where CPU or memory is counted, containers have to state them", () => {
  const world = new World();
  world.create(quota({ "limits.cpu": "2", "requests.memory": "1Gi", cpu: "4" }));
  assert.equal(
    refusal(world, podOf("bare", idle())),
    'pods "bare" is forbidden: failed quota: team: must specify cpu for: main; limits.cpu for: main; ' +
      "requests.memory for: main",
  );
});

Deno.test("a dry run is judged by the quota and charged nothing", async () => {
  const world = new World();
  world.create(quota({ pods: "1" }));
  const post = (name: string) =>
    world.server.handle(
      new Request("https://lab/api/v1/namespaces/default/pods?dryRun=All", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(podOf(name, idle())),
      }),
    );
  assert.equal((await post("a")).status, 201);
  assert.equal(used(world).pods, "0");
  world.create(podOf("b", idle()));
  assert.equal((await post("c")).status, 403);
});

Deno.test("ended pods take nothing but their number", () => {
  const world = new World();
  world.create(quota({ pods: "1", "count/pods": "5" }));
  world.create(podOf("once", { restartPolicy: "Never", ...idle(["exit-later=0"]) }));
  world.wait(30);
  assert.deepEqual(used(world), { pods: "0", "count/pods": "1" });
});

Deno.test("services, claims and kinds with a group are counted", () => {
  const world = new World();
  const hard = {
    "services.nodeports": "1",
    services: "5",
    "requests.storage": "10Gi",
    persistentvolumeclaims: "1",
    "count/deployments.apps": "1",
  };
  world.create(quota(hard));
  const service = (name: string) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: { type: "NodePort", ports: [{ port: 80 }] },
  });
  world.create(service("a"));
  assert.equal(
    refusal(world, service("b")),
    'services "b" is forbidden: exceeded quota: team, requested: services.nodeports=1, ' +
      "used: services.nodeports=1, limited: services.nodeports=1",
  );
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "4Gi" } } },
  };
  world.create(claim);
  assert.equal(used(world)["requests.storage"], "4Gi");
  world.create(deployment("web", idle()));
  assert.match(
    refusal(world, deployment("more", idle())),
    /^deployments.apps "more" is forbidden: exceeded quota: team, requested: count\/deployments.apps=1/,
  );
});

Deno.test("a quota with scopes counts the pods that fall under them", () => {
  const world = new World();
  world.create(quota({ pods: "1" }, { scopes: ["BestEffort"] }));
  world.create(asking("big", { cpu: "1" }));
  assert.equal(used(world).pods, "0");
  world.create(podOf("small", idle()));
  assert.match(refusal(world, podOf("other", idle())), /exceeded quota: team/);
});

Deno.test("a Deployment over its quota says so in its events and conditions", () => {
  const world = new World();
  world.create(quota({ pods: "2" }));
  world.create(deployment("web", idle(), { replicas: 4 }));
  world.wait(20);
  assert.equal(world.pods("web").length, 2);
  const { conditions } = world.api.get("deployments.apps", "default", "web")!.status;
  const failure = conditions.find(({ type }: any) => type === "ReplicaFailure");
  assert.equal(failure.reason, "FailedCreate");
  assert.match(failure.message, /^pods "web-[a-z0-9]+-[a-z0-9]{5}" is forbidden: exceeded quota/);
});

Deno.test("a LimitRange gives containers their defaults, and says so in an annotation", () => {
  const world = new World();
  const range = world.create(limitRange({
    type: "Container",
    default: { cpu: "500m" },
    min: { memory: "16Mi" },
    max: { memory: "1Gi" },
  }));
  assert.deepEqual(range.spec.limits[0].default, { cpu: "500m", memory: "1Gi" });
  assert.deepEqual(range.spec.limits[0].defaultRequest, { cpu: "500m", memory: "1Gi" });
  const pod = world.create(podOf("plain", idle()));
  assert.deepEqual(pod.spec.containers[0].resources, {
    limits: { cpu: "500m", memory: "1Gi" },
    requests: { cpu: "500m", memory: "1Gi" },
  });
  assert.equal(
    pod.metadata.annotations!["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu, memory request for container main; cpu, memory limit for " +
      "container main",
  );
  assert.equal(pod.status.qosClass, "Guaranteed");
});

Deno.test("a LimitRange refuses what lies outside of it, in upstream's words", async (t) => {
  const container = (item: object) => ({ type: "Container", ...item });
  const rows: [string, object, KubeObject, string][] = [
    [
      "below the minimum",
      container({ min: { cpu: "200m" } }),
      asking("p", { cpu: "100m" }),
      "minimum cpu usage per Container is 200m, but request is 100m",
    ],
    [
      "above the maximum",
      container({ max: { memory: "64Mi" } }),
      asking("p", { memory: "32Mi" }, { memory: "128Mi" }),
      "maximum memory usage per Container is 64Mi, but limit is 128Mi",
    ],
    [
      "two faults at once",
      { type: "Pod", max: { cpu: "1" }, min: { memory: "1Gi" } },
      asking("p", { cpu: "2", memory: "64Mi" }, { cpu: "2" }),
      "[minimum memory usage per Pod is 1Gi, but request is 64Mi, " +
      "maximum cpu usage per Pod is 1, but limit is 2]",
    ],
    [
      "too far between request and limit",
      container({ maxLimitRequestRatio: { cpu: "2" } }),
      asking("p", { cpu: "100m" }, { cpu: "300m" }),
      "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000",
    ],
    [
      "without a limit",
      { type: "Pod", max: { cpu: "1" } },
      asking("p", { cpu: "100m" }),
      "maximum cpu usage per Pod is 1.  No limit is specified",
    ],
  ];
  for (const [name, item, pod, message] of rows) {
    await t.step(name, () => {
      const world = new World();
      world.create(limitRange(item));
      assert.equal(refusal(world, pod), `pods "p" is forbidden: ${message}`);
    });
  }
  await t.step("a claim that is too large", () => {
    const world = new World();
    world.create(limitRange({ type: "PersistentVolumeClaim", max: { storage: "1Gi" } }));
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: "default" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
    };
    assert.equal(
      refusal(world, claim),
      'persistentvolumeclaims "data" is forbidden: maximum storage usage per ' +
        "PersistentVolumeClaim is 1Gi, but request is 2Gi",
    );
  });
});

Deno.test("a pod has the priority of its class, or of the default one", () => {
  const world = new World();
  const priorityClass = (name: string, value: number, more: object = {}) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    ...more,
  });
  const create = (object: any) => {
    delete object.metadata.namespace;
    return world.api.create("priorityclasses.scheduling.k8s.io", object);
  };
  create(priorityClass("high", 1000, { preemptionPolicy: "Never" }));
  create(priorityClass("usual", 10, { globalDefault: true }));
  assert.throws(
    () => create(priorityClass("other", 20, { globalDefault: true })),
    /PriorityClass usual is already marked as default. Only one default can exist/,
  );
  const high = world.create(podOf("a", { ...idle(), priorityClassName: "high" }));
  assert.deepEqual([high.spec.priority, high.spec.preemptionPolicy], [1000, "Never"]);
  const plain = world.create(podOf("b", idle()));
  assert.deepEqual([plain.spec.priority, plain.spec.priorityClassName], [10, "usual"]);
  assert.equal(
    refusal(world, podOf("c", { ...idle(), priorityClassName: "none" })),
    'pods "c" is forbidden: no PriorityClass with name none was found',
  );
  assert.match(
    refusal(world, podOf("d", { ...idle(), priority: 7 })),
    /the integer value of priority \(7\) must not be provided in pod spec/,
  );
});
