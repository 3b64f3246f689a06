import assert from "node:assert/strict";
import { registry } from "../../../lib/sim/programs/mod.ts";
import { withUserland } from "../../../lib/sim/userland/mod.ts";
import type { Program } from "../../../lib/sim/seams.ts";
import { World } from "./_world.ts";

const IMAGES = registry.map(withUserland);

function world(): World {
  return new World(undefined, { programs: IMAGES });
}

function pod(name: string, container: Record<string, unknown>, spec: Record<string, unknown> = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      restartPolicy: "Never",
      containers: [{ name: "main", image: "busybox:1.28", ...container }],
      ...spec,
    },
  };
}

const script = (text: string) => ({ command: ["/bin/sh", "-c", text] });
const containerOf = (one: World, name: string): any => one.pod(name)!.status!.containerStatuses![0];
const state = (one: World, name: string) => containerOf(one, name).state;

Deno.test("a script runs in virtual time, and its log, exit code and state follow", () => {
  const one = world();
  one.create(
    pod("count", script('for i in 1 2 3; do echo "$i at $(date +%S)"; sleep 10; done; exit 3')),
  );
  one.wait(60);
  const log = one.log("count", "main")!;
  const seconds = log.map((line) => Number(line.split(" at ")[1]));
  assert.deepEqual(log.map((line) => line.split(" ")[0]), ["1", "2", "3"]);
  assert.deepEqual(seconds.map((second) => second - seconds[0]), [0, 10, 20]);
  assert.deepEqual(state(one, "count").terminated.exitCode, 3);
  assert.equal(one.pod("count")!.status!.phase, "Failed");
  one.close();
});

Deno.test("a shell without a terminal or input ends at once, and is started again and again", () => {
  const one = world();
  one.create(pod("idle", {}, { restartPolicy: "Always" }));
  one.wait(40);
  const status = containerOf(one, "idle");
  assert.equal(status.lastState.terminated.reason, "Completed");
  assert.equal(status.state.waiting.reason, "CrashLoopBackOff");
  one.close();
});

Deno.test("a command that the image has not is a start error", () => {
  const one = world();
  one.create(pod("wrong", { command: ["bash"] }));
  one.wait(20);
  const { terminated } = state(one, "wrong");
  assert.equal(terminated.reason, "StartError");
  assert.equal(terminated.exitCode, 128);
  assert.match(terminated.message, /exec: "bash": executable file not found in \$PATH$/);
  one.close();
});

Deno.test("arguments alone are those of a Redis, as its image's entrypoint takes them", () => {
  const one = world();
  const lines = (name: string) => one.log(name, "main")!.join("\n");
  one.create(pod("flags", { image: "redis:8", args: ["--port", "6400", "--requirepass", "x"] }));
  one.create(pod("file", { image: "redis:8", args: ["/none.conf"] }));
  one.create(pod("other", { image: "redis:8", args: ["echo", "hello"] }));
  one.wait(30);
  assert.match(lines("flags"), /Running mode=standalone, port=6400\./);
  assert.equal(state(one, "file").terminated.exitCode, 1);
  assert.match(lines("file"), /can't open config file '\/none\.conf'/);
  assert.equal(lines("other"), "hello");
  one.close();
});

Deno.test("wget reaches a Service by its name, fails as the network fails, and its answers are the log", () => {
  const one = world();
  one.create(pod("web", { image: "nginx" }, { restartPolicy: "Always" }));
  one.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: {
      selector: { app: "web" },
      ports: [{ port: 80, name: "http" }, { port: 81, name: "none", targetPort: 9 }],
    },
  });
  one.wait(30);
  one.create(pod(
    "client",
    script(`wget -q -O- http://web | grep title
      wget -q -O- http://web/none; echo $?
      wget -q -O- http://web.default:81; echo $?
      wget -q -O- http://webb; echo $?
      wget -q -T 3 -O- http://10.244.9.9; echo $?
      wget http://web/index.html && ls -l index.html | wc -l
      nslookup web | tail -1`),
  ));
  one.wait(60);
  const log = one.log("client", "main")!;
  const ip = one.api.get("services", "default", "web")!.spec.clusterIP;
  assert.deepEqual(log, [
    "<title>Welcome to nginx!</title>",
    "wget: server returned error: HTTP/1.1 404 Not Found",
    "1",
    `wget: can't connect to remote host (${ip}): Connection refused`,
    "1",
    "wget: bad address 'webb'",
    "1",
    "wget: download timed out",
    "1",
    `Connecting to web (${ip}:80)`,
    "index.html           100% |********************************|   615  0:00:00 ETA",
    "",
    "1",
    `Address 1: ${ip} web.default.svc.cluster.local`,
  ]);
  one.close();
});

Deno.test("the load generator of the walk-through asks about a hundred times a second", () => {
  const one = world();
  let requests = 0;
  const server: Program = {
    name: "server",
    images: ["server"],
    start: ({ net }) => {
      net.listen(80, () => {
        requests++;
        return { status: 200, headers: {}, body: "OK!" };
      });
      return {};
    },
  };
  const two = new World(undefined, { programs: [...IMAGES, server] });
  one.close();
  two.create(pod("php-apache", { image: "server" }));
  two.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "php-apache" },
    spec: { selector: { app: "php-apache" }, ports: [{ port: 80 }] },
  });
  two.wait(20);
  const loop = "while sleep 0.01; do wget -q -O- http://php-apache; done";
  two.create(pod("load", { ...script(loop), stdin: true, tty: true }));
  two.wait(20);
  const before = requests;
  two.wait(100);
  assert.ok(requests - before > 7000 && requests - before <= 10_000, String(requests - before));
  // The runtime keeps a line together up to 16 KiB.
  assert.match(two.log("load", "main")![0], /^(OK!)+O?K?$/);
  assert.equal(two.log("load", "main")![0].length, 16384);
  two.close();
});

Deno.test("a first process without a handler for SIGTERM is killed when its grace is over", () => {
  const one = world();
  one.create(pod("deaf", script("while true; do sleep 5; done"), { restartPolicy: "Always" }));
  const polite = "trap 'echo bye; exit 0' TERM; while true; do sleep 1; done";
  one.create(pod("polite", script(polite), { restartPolicy: "Always" }));
  one.wait(20);
  one.api.delete("pods", "default", "deaf");
  one.api.delete("pods", "default", "polite");
  one.wait(5);
  assert.equal(one.pod("polite"), undefined);
  assert.ok(one.pod("deaf"));
  one.wait(30);
  assert.equal(one.pod("deaf"), undefined);
  one.close();
});

Deno.test("an exec probe runs its command in the container", () => {
  const one = world();
  one.create(pod("probed", {
    ...script("touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600"),
    livenessProbe: {
      exec: { command: ["cat", "/tmp/healthy"] },
      initialDelaySeconds: 5,
      periodSeconds: 5,
    },
    readinessProbe: { exec: { command: ["sh", "-c", "sleep 2"] }, timeoutSeconds: 1 },
  }, { restartPolicy: "Always" }));
  one.wait(30);
  const [status] = one.pod("probed")!.status!.containerStatuses!;
  assert.equal(status.restartCount, 0);
  assert.equal(status.ready, false);
  one.wait(60);
  const events = one.events("probed");
  assert.ok(events.includes(
    "Unhealthy: Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n",
  ));
  assert.ok(events.includes(
    'Unhealthy: Readiness probe failed: command timed out: "sh -c sleep 2" timed out after 1s',
  ));
  assert.ok(events.includes("Killing: Container main failed liveness probe, will be restarted"));
  one.wait(30);
  assert.equal(one.pod("probed")!.status!.containerStatuses![0].restartCount, 1);
  one.close();
});

Deno.test("a shell taken up again begins its script anew with its log kept; a lone sleep goes on", () => {
  let one = world();
  one.create(pod("script", script("echo begin; sleep 600; echo end")));
  one.create(pod("nap", { command: ["sleep", "100"] }));
  one.wait(70);
  one.save();
  one = one.resume(IMAGES);
  assert.deepEqual(one.log("script", "main"), ["begin", "begin"]);
  one.wait(40);
  assert.equal(state(one, "nap").terminated.exitCode, 0);
  one.close();
});

Deno.test("a script that recurses without end is an error of its container, restarted by policy", () => {
  const one = world();
  one.create(pod("bomb", script("f() { f; }; f")));
  one.create(pod("again", script("f() { f; }; f"), { restartPolicy: "Always" }));
  one.create(pod("calm", script("sleep 1000")));
  one.wait(60);
  const { exitCode, reason, message } = state(one, "bomb").terminated;
  assert.deepEqual([exitCode, reason, message], [139, "Error", undefined]);
  assert.equal(one.pod("bomb")!.status!.phase, "Failed");
  const again = containerOf(one, "again");
  assert.ok(again.restartCount >= 2);
  assert.equal(again.state.waiting.reason, "CrashLoopBackOff");
  assert.equal(again.lastState.terminated.exitCode, 139);
  assert.equal(one.pod("calm")!.status!.phase, "Running");
  one.save();
  const two = one.resume(IMAGES);
  two.wait(60);
  assert.equal(two.pod("calm")!.status!.phase, "Running");
  two.close();
});

Deno.test("a script that grows is killed at its limit, and without one at its node's memory", () => {
  const grows = script("x=a; while true; do x=$x$x; done");
  const one = world();
  one.create(pod("limited", { ...grows, resources: { limits: { memory: "8Mi" } } }));
  one.create(pod("free", grows));
  one.create(pod("small", { ...grows, resources: { limits: { memory: "1Mi" } } }));
  one.wait(60);
  for (const name of ["limited", "free"]) {
    const { exitCode, reason } = state(one, name).terminated;
    assert.deepEqual([exitCode, reason], [137, "OOMKilled"], name);
  }
  const { exitCode, reason, message } = state(one, "small").terminated;
  assert.deepEqual([exitCode, reason], [128, "StartError"]);
  assert.match(message, /container init was OOM-killed \(memory limit too low\?\)$/);
  one.close();
});

Deno.test("a container that is throttled takes its time, and no more", () => {
  const one = world();
  const loop = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; echo $i";
  one.create(pod("free", script(loop)));
  one.create(pod("held", { ...script(loop), resources: { limits: { cpu: "50m" } } }));
  one.wait(5);
  assert.deepEqual(one.log("free", "main"), ["2000"]);
  assert.deepEqual(one.log("held", "main"), []);
  one.wait(30);
  assert.deepEqual(one.log("held", "main"), ["2000"]);
  one.close();
});

Deno.test("an address that is none ends the client alone, and the cluster is taken up again", () => {
  let one = world();
  one.create(pod("w", { command: ["wget", "-qO-", "http://<x>:9/"] }));
  one.wait(20);
  one.save();
  one = one.resume(IMAGES);
  assert.deepEqual(one.log("w", "main"), ["wget: bad address '<x>:9'"]);
  assert.equal(state(one, "w").terminated.exitCode, 1);
  one.close();
});

Deno.test("what a container is told in other letters comes out as it went in", () => {
  const one = world();
  const env = [{ name: "X", value: "값" }];
  one.create(pod("told", { command: ["echo", "안녕"] }));
  one.create(pod("script", { ...script("echo 안녕 $X; printf $X | wc -c; sleep 1000"), env }));
  one.wait(20);
  assert.deepEqual(one.log("told", "main"), ["안녕"]);
  assert.deepEqual(one.log("script", "main"), ["안녕 값", "3"]);
  one.close();
});

Deno.test("what a container leaves where its pod says is its last message", () => {
  const one = world();
  const at = { terminationMessagePath: "/dev/termination-log" };
  one.create(pod("told", { ...script("echo no orders > /dev/termination-log; exit 3"), ...at }));
  one.create(pod("done", { ...script("printf well > /tmp/m"), terminationMessagePath: "/tmp/m" }));
  one.create(pod("silent", { ...script("echo in the log; exit 3"), ...at }));
  const fallback = { ...at, terminationMessagePolicy: "FallbackToLogsOnError" };
  one.create(pod("log", { ...script("echo in the log; exit 3"), ...fallback }));
  one.create(
    pod("both", { ...script("echo x; echo y > /dev/termination-log; exit 3"), ...fallback }),
  );
  const wide = "for i in $(seq 2000); do echo 안녕; done";
  one.create(pod("wide", { ...script(`(${wide}) > /dev/termination-log; exit 3`), ...at }));
  one.create(pod("wide-log", { ...script(`${wide}; exit 3`), ...fallback }));
  one.create(pod("long", { ...script("seq 2000 > /dev/termination-log; exit 3"), ...at }));
  one.wait(30);
  const message = (name: string) => state(one, name).terminated.message;
  assert.deepEqual(["told", "done", "silent", "log", "both"].map(message), [
    "no orders\n",
    "well",
    undefined,
    "in the log\n",
    "y\n",
  ]);
  assert.equal(message("long").length, 4096);
  assert.match(message("long"), /\n2000\n$/);
  // In bytes: a line has 7. Of the log the last 80 lines are taken, of a character that is cut each byte.
  assert.equal(message("wide"), `\n${"안녕\n".repeat(585)}`);
  assert.equal(message("wide-log"), "안녕\n".repeat(80));
  one.close();
});

Deno.test("an app with a wrong configuration ends, and its pod says why", () => {
  const one = world();
  one.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "shop" },
    data: { "app.yaml": "routes:\n  /: {latencey: 5ms}\n" },
  });
  const volumes = [{ name: "config", configMap: { name: "shop" } }];
  one.create(pod("shop", {
    image: "hpa-tutor/app:1",
    terminationMessagePath: "/dev/termination-log",
    volumeMounts: [{ name: "config", mountPath: "/etc/app" }],
  }, { volumes }));
  one.wait(30);
  const { exitCode, reason, message } = state(one, "shop").terminated;
  const said = "app.yaml:2: routes./.latencey: is not known here; do you mean latency?";
  assert.deepEqual([exitCode, reason, message], [1, "Error", said]);
  assert.deepEqual(one.log("shop", "main"), [said]);
  one.close();
});
