import assert from "node:assert/strict";
import { parseImage } from "../../../lib/sim/image_reference.ts";
import { ImageCatalog } from "../../../lib/sim/kubelet/images.ts";
import { withUserland } from "../../../lib/sim/userland/mod.ts";
import { registry } from "../../../lib/sim/programs/mod.ts";
import type { Program } from "../../../lib/sim/seams.ts";
import { deployment, idle, podOf, World } from "./_world.ts";

function stateOf(world: World, name: string, index = 0): any {
  return world.pod(name)?.status?.containerStatuses?.[index]?.state;
}

Deno.test("a pod is pulled, created, started and ready, with upstream's events", () => {
  const world = new World();
  world.create(podOf("one", idle()));
  world.wait(15);
  const pod = world.pod("one")!;
  assert.equal(pod.status!.phase, "Running");
  assert.match(pod.status!.podIP!, /^10\.244\.1\.\d+$/);
  assert.equal(pod.spec!.nodeName, "hpa-practice-worker");
  assert.equal(pod.status!.qosClass, "BestEffort");
  const conditions = pod.status!.conditions!.map(({ type, status }) => `${type}=${status}`);
  assert.deepEqual(conditions, [
    "PodReadyToStartContainers=True",
    "Initialized=True",
    "Ready=True",
    "ContainersReady=True",
    "PodScheduled=True",
  ]);
  assert.deepEqual(
    world.events("one").map((event) => event.replace(/ in \d.*/, "")).sort(),
    [
      "Created: Container created",
      'Pulled: Successfully pulled image "idle:1"',
      'Pulling: Pulling image "idle:1"',
      "Scheduled: Successfully assigned default/one to hpa-practice-worker",
      "Started: Container started",
    ],
  );
});

Deno.test("an image on the node is not pulled again", () => {
  const world = new World();
  world.create(podOf("one", idle()));
  world.wait(15).create(podOf("two", idle()));
  world.wait(3);
  const already =
    'Pulled: Container image "idle:1" already present on machine and can be accessed ' +
    "by the pod";
  assert(world.events("two").includes(already));
});

Deno.test("an image that nobody simulates goes from ErrImagePull to ImagePullBackOff and back", () => {
  const world = new World();
  world.create(podOf("typo", { containers: [{ name: "c", image: "ngnix" }] }));
  const seen = new Set<string>();
  for (let second = 0; second < 60; second++) {
    seen.add(stateOf(world.wait(1), "typo").waiting.reason);
  }
  assert.deepEqual([...seen], ["ContainerCreating", "ErrImagePull", "ImagePullBackOff"]);
  const events = world.events("typo");
  const why =
    'failed to pull and unpack image "docker.io/library/ngnix:latest": failed to resolve ' +
    'reference "docker.io/library/ngnix:latest": pull access denied, repository does not exist or ' +
    "may require authorization: server message: insufficient_scope: authorization failed";
  assert(events.includes(`Failed: Failed to pull image "ngnix": ${why}`));
  assert(events.includes('BackOff: Back-off pulling image "ngnix"'));
  assert(events.includes("Failed: Error: ImagePullBackOff"));
  const lab = events.filter((event) => event.startsWith("NotSimulated: "));
  assert.deepEqual(lab, [
    'NotSimulated: "ngnix" is not among the images that run in this lab; the tutor\'s "images" lists them',
  ]);
});

Deno.test("a tag that no image of a repository has is not found", () => {
  const world = new World();
  world.create(podOf("typo", { containers: [{ name: "c", image: "nginx:1.161" }] }));
  assert.equal(stateOf(world.wait(3), "typo").waiting.reason, "ErrImagePull");
  const events = world.events("typo");
  const canonical = "docker.io/library/nginx:1.161";
  assert(
    events.includes(
      `Failed: Failed to pull image "nginx:1.161": failed to pull and unpack image "${canonical}": ` +
        `failed to resolve reference "${canonical}": ${canonical}: not found`,
    ),
  );
  assert.deepEqual(events.filter((event) => event.startsWith("NotSimulated: ")), [
    'NotSimulated: of the images that run in this lab none has the tag of "nginx:1.161": theirs are versions such ' +
    "as 1.27 or 1.27-alpine, and names such as latest",
  ]);

  const catalog = new ImageCatalog(registry.map(withUserland));
  const has = (image: string) => catalog.find(parseImage(image)) !== undefined;
  const there = [
    ...["nginx", "nginx:1", "nginx:1.27.3-alpine3.20-slim", "nginx:stable-alpine", "nginx:alpine"],
    ...[
      "busybox:1.28",
      "busybox:musl",
      "debian:bookworm-20240101",
      "debian:stretch-slim",
      "alpine:20240807",
      "redis:8.2-rc1-alpine",
    ],
    ...[
      "rabbitmq:4-management",
      "ghcr.io/kedacore/keda:2.18.1",
      "hashicorp/http-echo:0.2.3",
      "hpa-tutor/app:mine",
    ],
    ...[
      "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0",
      "prom/prometheus:v3.14.0-rc.1",
    ],
    `nginx:nope@sha256:${"0".repeat(64)}`,
  ];
  const none = [
    ...[
      "nginx:1.161",
      "nginx:v1.27",
      "nginx:nope",
      "nginx:1.27.",
      "busybox:v1.36",
      "redis:1.2.3.4.5",
    ],
    ...[
      "registry.k8s.io/metrics-server/metrics-server:0.8.0",
      "prom/prometheus:3.14.0",
      "prom/prometheus:v3x",
    ],
  ];
  assert.deepEqual(there.filter((image) => !has(image)), []);
  assert.deepEqual(none.filter(has), []);
});

Deno.test("mirrors of docker.io have its images", () => {
  const catalog = new ImageCatalog(registry as Program[]);
  for (
    const image of [
      "nginx",
      "mirror.gcr.io/library/nginx:1.27",
      "public.ecr.aws/docker/library/nginx:1.27",
      "mirror.gcr.io/prom/prometheus",
      "ghcr.io/nginx/nginx-unprivileged:1.26",
      "registry.k8s.io/pause:3.10",
    ]
  ) assert.ok(catalog.find(parseImage(image)), image);
  assert.equal(catalog.find(parseImage("gcr.io/library/nginx")), undefined);
});

Deno.test("a name that is no image name is InvalidImageName", () => {
  const world = new World();
  world.create(podOf("upper", { containers: [{ name: "c", image: "Nginx" }] }));
  const { reason, message } = stateOf(world.wait(5), "upper").waiting;
  assert.equal(reason, "InvalidImageName");
  assert.match(message, /repository name \(library\/Nginx\) must be lowercase/);
});

Deno.test("a process that ends is started again after 10 s, 20 s, 40 s", () => {
  const world = new World();
  world.create(podOf("crash", idle(["exit=3"])));
  world.wait(100);
  const status = world.pod("crash")!.status!.containerStatuses![0];
  assert.equal(status.state!.waiting!.reason, "CrashLoopBackOff");
  assert.match(status.state!.waiting!.message!, /^back-off 1m20s restarting failed container=main/);
  assert.equal(status.lastState!.terminated!.exitCode, 3);
  assert.equal(status.lastState!.terminated!.reason, "Error");
  assert.equal(status.restartCount, 4);
  assert(
    world.events("crash").some((event) =>
      event.startsWith("BackOff: Back-off restarting failed container main in pod crash_default(")
    ),
  );
});

Deno.test("restartPolicy decides what becomes of a pod whose containers end", async (t) => {
  const cases: [policy: string, code: number, phase: string][] = [
    ["Never", 0, "Succeeded"],
    ["Never", 1, "Failed"],
    ["OnFailure", 0, "Succeeded"],
    ["OnFailure", 1, "Running"],
    ["Always", 0, "Running"],
  ];
  for (const [restartPolicy, code, phase] of cases) {
    await t.step(`${restartPolicy} and exit code ${code}: ${phase}`, () => {
      const world = new World();
      world.create(podOf("p", { restartPolicy, ...idle([`exit-later=${code}`]) }));
      world.wait(30);
      assert.equal(world.pod("p")!.status!.phase, phase);
      const restarts = world.pod("p")!.status!.containerStatuses![0].restartCount;
      assert.equal(restarts > 0, phase === "Running");
    });
  }
});

Deno.test("init containers run one after another before the others", () => {
  const world = new World();
  const init = (name: string) => ({ name, image: "idle:1", args: ["exit-later=0"] });
  world.create(podOf("p", { initContainers: [init("a"), init("b")], ...idle() }));
  const steps = new Set<string>();
  for (let quarter = 0; quarter < 120; quarter++) {
    const { initContainerStatuses = [], containerStatuses = [] } = world.wait(0.25).pod("p")!
      .status!;
    const states = [...initContainerStatuses, ...containerStatuses]
      .map(({ state }) => Object.keys(state ?? {})[0][0]);
    steps.add(states.join(""));
  }
  assert.deepEqual([...steps], ["www", "rww", "tww", "trw", "ttw", "ttr"]);
});

Deno.test("a missing ConfigMap holds a pod in ContainerCreating until it is there", () => {
  const world = new World();
  const volumes = [{ name: "config", configMap: { name: "settings" } }];
  const volumeMounts = [{ name: "config", mountPath: "/etc/app" }];
  world.create(podOf("p", { ...idle(["cat=/etc/app/key"], { volumeMounts }), volumes }));
  world.wait(5);
  assert.equal(stateOf(world, "p").waiting.reason, "ContainerCreating");
  assert.deepEqual(
    world.events("p").filter((event) => event.startsWith("FailedMount")),
    ['FailedMount: MountVolume.SetUp failed for volume "config" : configmap "settings" not found'],
  );
  world.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings" },
    data: { key: "value" },
  });
  world.wait(30);
  assert.equal(world.log("p", "main")!.at(-1), "/etc/app/key: value");
});

Deno.test("a missing key for the environment is CreateContainerConfigError", () => {
  const world = new World();
  const env = [{
    name: "A",
    valueFrom: { configMapKeyRef: { name: "kube-root-ca.crt", key: "x" } },
  }];
  world.create(podOf("p", idle([], { env })));
  const { reason, message } = stateOf(world.wait(10), "p").waiting;
  assert.equal(reason, "CreateContainerConfigError");
  assert.equal(message, "couldn't find key x in ConfigMap default/kube-root-ca.crt");
});

Deno.test("the environment has fields, limits, Services, and $(VAR) expanded", () => {
  const world = new World();
  world.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "my-db" },
    spec: { ports: [{ name: "sql", port: 5432 }] },
  });
  const env = [
    { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "LABEL", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: "MEM", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
    { name: "GREETING", value: "hello $(NAME), not $$(NAME) nor $(NOBODY)" },
  ];
  const names = ["NAME", "LABEL", "MEM", "GREETING", "MY_DB_SERVICE_PORT_SQL", "HOSTNAME"];
  const resources = { limits: { memory: "64Mi" } };
  world.create(
    podOf("p", idle([...names.map((name) => `env=${name}`), "$(NAME)"], { env, resources })),
  );
  world.wait(10);
  assert.deepEqual(world.log("p", "main")!.slice(1), [
    "NAME=p",
    "LABEL=p",
    "MEM=64",
    "GREETING=hello p, not $(NAME) nor $(NOBODY)",
    "MY_DB_SERVICE_PORT_SQL=5432",
    "HOSTNAME=p",
  ]);
  assert.match(world.log("p", "main")![0], / p$/);
});

Deno.test("a mounted ConfigMap follows its object within a minute or so, a subPath never", () => {
  const seen: Record<string, string | undefined> = {};
  const reader: Program = {
    name: "reader",
    images: ["reader"],
    start: (context) => {
      context.every(1000, () => {
        seen.whole = context.files.read("/whole/key");
        seen.part = context.files.read("/part.conf");
        seen.listed = context.files.list("/whole").join(" ");
      });
      return {};
    },
  };
  const world = new World(undefined, { programs: [reader] });
  world.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings" },
    data: { key: "old", other: "x" },
  });
  world.create(podOf("p", {
    volumes: [{ name: "v", configMap: { name: "settings" } }],
    containers: [{
      name: "main",
      image: "reader:1",
      volumeMounts: [
        { name: "v", mountPath: "/whole/" },
        { name: "v", mountPath: "/part.conf", subPath: "key" },
      ],
    }],
  }));
  world.wait(15);
  assert.deepEqual(seen, { whole: "old", part: "old", listed: "/whole/key /whole/other" });
  world.api.patch("configmaps", "default", "settings", { data: { key: "new" } });
  world.wait(1);
  assert.equal(seen.whole, "old");
  world.wait(65);
  assert.deepEqual([seen.whole, seen.part], ["new", "old"]);
});

Deno.test("a failing readiness probe keeps a pod out of its Service", () => {
  const world = new World();
  const readinessProbe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 5 };
  world.create(podOf("sick", idle([], { readinessProbe })));
  world.create(podOf("well", idle(["listen=8080"], { readinessProbe })));
  world.wait(30);
  const readyOf = (name: string) =>
    world.pod(name)!.status!.conditions!.find(({ type }) => type === "Ready")!;
  assert.equal(readyOf("well").status, "True");
  assert.equal(readyOf("sick").status, "False");
  assert.equal(readyOf("sick").message, "containers with unready status: [main]");
  const { podIP } = world.pod("sick")!.status!;
  assert(
    world.events("sick").includes(
      `Unhealthy: Readiness probe failed: Get "http://${podIP}:8080/": dial tcp ${podIP}:8080: ` +
        "connect: connection refused",
    ),
  );
});

Deno.test("a failing liveness probe restarts the container", () => {
  const world = new World();
  const livenessProbe = { tcpSocket: { port: 81 }, periodSeconds: 5 };
  world.create(podOf("p", idle([], { livenessProbe })));
  world.wait(30);
  assert.equal(world.pod("p")!.status!.containerStatuses![0].restartCount, 1);
  assert(
    world.events("p").includes(
      "Killing: Container main failed liveness probe, will be restarted",
    ),
  );
});

Deno.test("more memory than the limit is OOMKilled", () => {
  const hog: Program = {
    name: "hog",
    images: ["hog"],
    start: ({ use, after }) => {
      after(1000, () => use({ cpuMillicores: 900, memoryBytes: 65 << 20 }));
      return {};
    },
  };
  const world = new World(undefined, { programs: [hog] });
  const resources = { limits: { memory: "64Mi", cpu: "100m" } };
  world.create(podOf("p", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "hog:1", resources }],
  }));
  world.wait(15);
  const { terminated } = stateOf(world, "p");
  assert.deepEqual([terminated.reason, terminated.exitCode], ["OOMKilled", 137]);
});

Deno.test("CPU is integrated over time and held to the limit", () => {
  const busy: Program = {
    name: "busy",
    images: ["busy"],
    baseline: { cpuMillicores: 500, memoryBytes: 1 << 20 },
    start: () => ({}),
  };
  const world = new World(undefined, { programs: [busy] });
  world.create(podOf("p", {
    containers: [{ name: "main", image: "busy:1", resources: { limits: { cpu: "200m" } } }],
  }));
  world.wait(20);
  const seconds = () => {
    const { body } = world.network.request({ ip: "172.18.0.1" }, {
      url: "https://172.18.0.3:10250/metrics/resource",
      headers: { authorization: "Bearer token" },
      insecureSkipVerify: true,
    });
    const line = /container_cpu_usage_seconds_total\{container="main",[^}]*\} (\S+)/.exec(body)!;
    return Number(line[1]);
  };
  const before = seconds();
  world.wait(60);
  assert(Math.abs(seconds() - before - 12) < 1e-6, `${seconds() - before} s of CPU in a minute`);
});

Deno.test("work per request is held to the limit, and every page of the kubelet tells the same", () => {
  const server: Program = {
    name: "server",
    images: ["server"],
    start: ({ net, burn }) => {
      net.listen(
        80,
        () => ({ status: 200, headers: {}, body: "", durationMs: burn(30) }),
      );
      return {};
    },
  };
  const world = new World(undefined, { programs: [server] });
  world.create(podOf("web", {
    nodeName: "hpa-practice-worker",
    containers: [{ name: "main", image: "server", resources: { limits: { cpu: "500m" } } }],
  }));
  world.wait(30);
  const ip = world.pod("web")!.status!.podIP!;
  const latencies: number[] = [];
  const visit = () => {
    const { durationMs = 0 } = world.get(`http://${ip}`);
    latencies.push(durationMs);
    world.clock.after(durationMs + 10, visit);
  };
  const page = (path: string) =>
    world.network.request({ ip: "1.1.1.1" }, {
      url: `https://172.18.0.3:10250${path}`,
      insecureSkipVerify: true,
      headers: { authorization: "Bearer t" },
    }).body;
  const value = (path: string, series: RegExp) =>
    Number(
      new RegExp(`^${series.source}\\{container="main",[^}]*\\} (\\S+)`, "m")
        .exec(page(path))![1],
    );
  const look = () => ({
    resource: value("/metrics/resource", /container_cpu_usage_seconds_total/),
    cadvisor: value("/metrics/cadvisor", /container_cpu_usage_seconds_total/),
    throttled: value("/metrics/cadvisor", /container_cpu_cfs_throttled_periods_total/),
    periods: value("/metrics/cadvisor", /container_cpu_cfs_periods_total/),
  });
  visit();
  world.wait(10);
  const before = look();
  world.wait(60);
  const after = look();
  assert.equal(after.cadvisor, after.resource);
  const rate = (after.resource - before.resource) / 60;
  assert.ok(rate > 0.49 && rate <= 0.5 + 1e-9, `${rate} cores`);
  const share = (after.throttled - before.throttled) / (after.periods - before.periods);
  assert.ok(share > 0.9, `${share} of the periods are throttled`);
  assert.ok(latencies.some((ms) => ms === 30) && latencies.some((ms) => ms > 70));
  const { pods } = JSON.parse(page("/stats/summary"));
  const { usageNanoCores } = pods.find((pod: any) => pod.podRef.name === "web").containers[0].cpu;
  assert.ok(Math.abs(usageNanoCores / 1e9 - 0.5) < 0.03, `${usageNanoCores}`);
});

Deno.test("a probe whose answer comes late fails by its timeout", () => {
  const slow: Program = {
    name: "slow",
    images: ["slow"],
    start: ({ net }) => {
      net.listen(80, () => ({ status: 200, headers: {}, body: "", durationMs: 1500 }));
      return {};
    },
  };
  const world = new World(undefined, { programs: [slow] });
  const probe = (timeoutSeconds: number) => ({
    containers: [{
      name: "main",
      image: "slow",
      readinessProbe: { httpGet: { port: 80, path: "/" }, timeoutSeconds },
    }],
  });
  world.create(podOf("short", probe(1)));
  world.create(podOf("long", probe(2)));
  world.wait(30);
  const isReady = (name: string) => world.pod(name)!.status!.containerStatuses![0].ready;
  assert.deepEqual([isReady("short"), isReady("long")], [false, true]);
  const { podIP } = world.pod("short")!.status!;
  assert.ok(
    world.events("short").includes(
      `Unhealthy: Readiness probe failed: Get "http://${podIP}:80/": context deadline exceeded ` +
        "(Client.Timeout exceeded while awaiting headers)",
    ),
  );
});

Deno.test("the kubelet's certificate cannot be verified, and it wants a token", () => {
  const world = new World();
  const ask = (more: object) =>
    world.network.request({ ip: "10.244.1.9", namespace: "default" }, {
      url: "https://172.18.0.3:10250/metrics/resource",
      ...more,
    });
  assert.throws(() => ask({}), {
    message:
      "tls: failed to verify certificate: x509: cannot validate certificate for 172.18.0.3 " +
      "because it doesn't contain any IP SANs",
  });
  assert.equal(ask({ insecureSkipVerify: true }).status, 401);
});

Deno.test("a deleted pod is stopped and goes within seconds; its address is free again", () => {
  const world = new World();
  world.create(podOf("p", idle(["listen=80"])));
  world.wait(10);
  const { podIP } = world.pod("p")!.status!;
  assert.equal(world.get(`http://${podIP}/`).body, "idle");
  world.api.delete("pods", "default", "p");
  world.clock.drain();
  assert(world.pod("p")!.metadata.deletionTimestamp);
  world.wait(3);
  assert.equal(world.pod("p"), undefined);
  assert(world.events("p").includes("Killing: Stopping container main"));
  assert.throws(() => world.get(`http://${podIP}/`), {
    message: `dial tcp ${podIP}:80: i/o timeout`,
  });
});

Deno.test("logs keep the last 2,000 lines or so, and those of the run before", () => {
  const talker: Program = {
    name: "talker",
    images: ["talker"],
    start: ({ log, after, exit }) => {
      for (let i = 0; i < 5000; i++) log(`line ${i}`);
      after(5000, () => exit(1));
      return {};
    },
  };
  const world = new World(undefined, { programs: [talker] });
  world.create(podOf("p", { containers: [{ name: "main", image: "talker:1" }] }));
  world.wait(15);
  const lines = world.log("p", "main")!;
  assert(lines.length >= 2000 && lines.length <= 2100, `${lines.length} lines`);
  assert.equal(lines.at(-1), "line 4999");
  assert.equal(world.log("p", "main", { previous: true })!.at(-1), "line 4999");
  world.save();
  const again = world.resume([talker]);
  assert.deepEqual(again.log("p", "main"), lines);
});

Deno.test("after a kill everything runs on: addresses, restarts, logs, program state, CPU", () => {
  const counter: Program = {
    name: "counter",
    images: ["counter"],
    baseline: { cpuMillicores: 100, memoryBytes: 1 << 20 },
    start: (context) => {
      let count = (context.resumed as { count: number } | undefined)?.count ?? 0;
      context.log(context.resumed === undefined ? "started" : "resumed");
      context.net.listen(80, () => ({ status: 200, headers: {}, body: String(++count) }));
      context.files.write("/scratch/note", "kept");
      return { snapshot: () => ({ count }) };
    },
  };
  const programs = [counter];
  const world = new World(undefined, { programs });
  world.create(deployment("web", { containers: [{ name: "main", image: "counter:1" }] }));
  world.create(podOf("crash", idle(["exit=1"])));
  world.wait(60);
  const [pod] = world.pods("web");
  const url = `http://${pod.status!.podIP}/`;
  assert.equal(world.get(url).body, "1");
  world.save();
  const before = JSON.stringify(world.api.list("pods"));
  const again = world.resume(programs);
  assert.equal(JSON.stringify(again.api.list("pods")), before);
  assert.equal(again.get(url).body, "2");
  assert.deepEqual(again.log(pod.metadata.name, "main"), ["started", "resumed"]);
  again.wait(120);
  assert.equal(again.pods("web")[0].status!.containerStatuses![0].restartCount, 0);
  assert.equal(again.pod("crash")!.status!.containerStatuses![0].restartCount, 5);
});

Deno.test("a save with nothing new writes no log and no snapshot again", () => {
  const world = new World();
  world.create(podOf("p", { containers: [{ name: "main", image: "nginx:1.29" }] }));
  world.wait(30);
  world.save();
  const written: string[] = [];
  const put = world.state.put.bind(world.state);
  world.state.put = (key, value) => {
    written.push(key);
    put(key, value);
  };
  world.kubelets.save(world.state);
  assert.deepEqual(written, []);
});

Deno.test("two containers of a pod share its ports", () => {
  const world = new World();
  world.create(podOf("p", {
    containers: ["a", "b"].map((name) => ({ name, image: "nginx:1.29" })),
  }));
  world.wait(20);
  assert.equal(stateOf(world, "p", 0).running !== undefined, true);
  const lines = world.log("p", "b", { previous: true }) ?? world.log("p", "b")!;
  assert(lines.includes("nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)"));
  assert(world.pod("p")!.status!.containerStatuses![1].restartCount > 0);
});

Deno.test("a pod put on a node that cannot run it is rejected there", async (t) => {
  const worker = { nodeName: "hpa-practice-worker" };
  const requests = { resources: { requests: { cpu: "64" } } };
  const ports = { ports: [{ containerPort: 80, hostPort: 80 }] };
  const rows: [string, Record<string, unknown>, string, RegExp][] = [
    [
      "too little CPU",
      { ...idle([], requests), ...worker },
      "OutOfcpu",
      /^Node didn't have enough resource: cpu, requested: 64000, used: \d+, capacity: 4000$/,
    ],
    [
      "another node selected",
      { ...idle(), ...worker, nodeSelector: { disk: "ssd" } },
      "NodeAffinity",
      /^Predicate NodeAffinity failed: node\(s\) didn't match Pod's node affinity\/selector$/,
    ],
    [
      "a port that is taken",
      { ...idle([], ports), ...worker },
      "NodePorts",
      /^Predicate NodePorts failed: node\(s\) didn't have free ports/,
    ],
  ];
  for (const [name, spec, reason, message] of rows) {
    await t.step(name, () => {
      const world = new World();
      world.create(podOf("first", { ...idle([], ports), ...worker }));
      world.create(podOf("app", spec));
      const { status } = world.wait(10).pod("app")!;
      assert.equal(status!.phase, "Failed");
      assert.equal(status!.reason, reason);
      const said = status!.message!.replace(/^Pod was rejected: /, "");
      assert.match(said, message);
      assert.equal(world.events("app").at(-1), `${reason}: ${said}`);
    });
  }
});

Deno.test("a cordon is told of by the kubelet", () => {
  const world = new World();
  const cordon = (unschedulable: boolean | null) =>
    world.api.patch("nodes", "", "hpa-practice-worker", { spec: { unschedulable } });
  cordon(true);
  world.wait(1);
  cordon(null);
  world.wait(1);
  // What was told of its start comes before.
  assert.deepEqual(world.events("hpa-practice-worker").slice(-2), [
    "NodeNotSchedulable: Node hpa-practice-worker status is now: NodeNotSchedulable",
    "NodeSchedulable: Node hpa-practice-worker status is now: NodeSchedulable",
  ]);
});

Deno.test("a pod keeps the quality of service that it is made with", () => {
  const cpuAndMemory = { cpu: "10m", memory: "16Mi" };
  const full = { limits: cpuAndMemory, requests: cpuAndMemory };
  const zero = { requests: { cpu: "0", memory: "0" } };
  const rows: [name: string, main: object, init: object | undefined, expected: string][] = [
    ["init-without", full, {}, "Burstable"],
    ["init-alike", full, full, "Guaranteed"],
    ["init-alone", {}, full, "Burstable"],
    ["zeros", zero, undefined, "BestEffort"],
    ["limits", { limits: cpuAndMemory }, { limits: cpuAndMemory }, "Guaranteed"],
  ];
  const world = new World();
  for (const [name, main, init, expected] of rows) {
    const pod: any = podOf(name, idle());
    pod.spec.containers[0].resources = main;
    if (init) {
      const sidecar = { name: "first", restartPolicy: "Always", resources: init };
      pod.spec.initContainers = [{ ...idle().containers[0], ...sidecar }];
    }
    assert.equal((world.create(pod) as any).status.qosClass, expected, name);
  }
  world.wait(30);
  for (const [name, , , expected] of rows) {
    const { phase, qosClass } = world.pod(name)!.status!;
    assert.deepEqual([phase, qosClass], ["Running", expected], name);
  }
});

Deno.test("a pod that states limits of its own asks for what its containers ask for, or for as much", () => {
  const world = new World();
  const pod: any = podOf("whole", idle());
  pod.spec.containers[0].resources = { requests: { cpu: "10m" } };
  pod.spec.resources = { limits: { cpu: "1", memory: "64Mi" } };
  const { spec, status } = world.create(pod) as any;
  assert.deepEqual(spec.resources.requests, { cpu: "10m", memory: "64Mi" });
  assert.equal(status.qosClass, "Burstable");
});

Deno.test("the status of containers comes by name, with the mounts and resources that the runtime has", () => {
  const world = new World();
  const [b] = idle([]).containers;
  world.create(podOf("two", {
    containers: [
      { ...b, name: "web", volumeMounts: [{ name: "scratch", mountPath: "/s", readOnly: true }] },
      { ...b, name: "exporter" },
    ],
    volumes: [{ name: "scratch", emptyDir: {} }],
  }));
  world.wait(30);
  const { containerStatuses = [] } = world.pod("two")!.status!;
  assert.deepEqual(containerStatuses.map(({ name }) => name), ["exporter", "web"]);
  const [exporter, web] = containerStatuses;
  assert.deepEqual(exporter.resources, {});
  const token = { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
  const own = web.volumeMounts!.map(({ name, ...rest }) =>
    name.startsWith("kube-api-access-") ? rest : { name, ...rest }
  );
  assert.deepEqual(own, [
    { name: "scratch", mountPath: "/s", readOnly: true, recursiveReadOnly: "Disabled" },
    { ...token, readOnly: true, recursiveReadOnly: "Disabled" },
  ]);
  assert.equal(exporter.volumeMounts!.length, 1);
});
