import assert from "node:assert/strict";
import { demoApps } from "../../../../lib/sim/programs/app/mod.ts";
import { AppWorld } from "./_world.ts";

function demo(name: string) {
  return demoApps.find((one) => one.name === name)!;
}

Deno.test("podinfo answers, counts its own pages too, and delays", () => {
  const world = new AppWorld();
  const args = ["--port=9898", "--port-metrics=9797"];
  const container = world.start(undefined, { program: demo("podinfo"), args });
  assert.match(container.lines[0], /"msg":"Starting podinfo","version":"6\.9\.2".*"port":"9898"/);
  const info = JSON.parse(world.ask("web:9898/").body);
  assert.deepEqual([info.hostname, info.message], ["pod-1", "greetings from podinfo v6.9.2"]);
  const gone = world.ask("web:9898/status/404");
  assert.deepEqual([gone.status, gone.body], [404, '{\n  "status": 404\n}']);
  const late = world.ask("web:9898/delay/2");
  assert.deepEqual([Math.round(late.durationMs! / 1000), late.body], [2, '{\n  "delay": 2\n}']);
  assert.equal(world.ask("web:9898/healthz").body, '{\n  "status": "OK"\n}');
  const metrics = world.metrics("web:9797");
  assert.equal(metrics['http_requests_total{status="200"}'], 3);
  assert.equal(metrics['http_requests_total{status="404"}'], 1);
  const late2 = 'http_request_duration_seconds_bucket{method="GET",path="delay_wait",status="200",';
  assert.deepEqual([metrics[`${late2}le="1"}`], metrics[`${late2}le="2.5"}`]], [0, 1]);
  assert.ok(metrics.process_resident_memory_bytes > 0);
  assert.equal(world.ask("web:9898/nowhere").body, "404 page not found\n");
  // The port of metrics has nothing else.
  assert.equal(world.ask("web:9797/").status, 404);
});

Deno.test("prometheus-example-app counts found and missing pages by code and method", () => {
  const world = new AppWorld();
  world.start(undefined, { program: demo("prometheus-example-app"), args: ["-bind=:9000"] });
  assert.equal(world.ask("web:9000/").body, "Hello from example application.");
  assert.equal(world.ask("web:9000/any/page").status, 200);
  assert.equal(world.ask("web:9000/err").status, 404);
  const metrics = world.metrics("web:9000");
  assert.equal(metrics['http_requests_total{code="200",method="get"}'], 2);
  assert.equal(metrics['http_requests_total{code="404",method="get"}'], 1);
  assert.equal(metrics['version{version="v0.5.0"}'], 1);
  const count = 'http_request_duration_seconds_count{code="200",handler="found",method="get"}';
  assert.equal(metrics[count], 2);
  assert.equal(world.ask("web:9000/healthz").body, "Hello from example application.");
  assert.equal(world.metrics("web:9000")[count], 3);
});

Deno.test("autoscale-demo counts every request, those for its metrics too", () => {
  const world = new AppWorld();
  world.start(undefined, { program: demo("autoscale-demo") });
  const { body } = world.ask("web:8080/");
  assert.equal(body, "Hello! My name is pod-1. I have served 1 requests so far.\n");
  assert.equal(world.metrics().http_requests_total, 1);
  assert.deepEqual(world.metrics(), { http_requests_total: 2 });
});

Deno.test("hello-app says its version and its pod", () => {
  const world = new AppWorld();
  const env = { PORT: "9090" };
  const container = world.start(undefined, { program: demo("hello-app"), env });
  assert.equal(
    world.ask("web:9090/x").body,
    "Hello, world!\nVersion: 1.0.0\nHostname: pod-1\n",
  );
  assert.equal(world.ask("web:9090/metrics").body, world.ask("web:9090/x").body);
  assert.deepEqual(container.lines.slice(0, 2), [
    "2026/11/24 03:00:00 Server listening on port 9090",
    "2026/11/24 03:00:00 Serving request: /x",
  ]);
});

Deno.test("http-echo says what it is told to, to the letter", () => {
  const world = new AppWorld();
  const args = ["-text", 'a $pod "b" $$', "-listen=:80"];
  world.start(undefined, { program: demo("http-echo"), args });
  assert.equal(world.ask("web/").body, 'a $pod "b" $$\n');
  assert.equal(world.ask("web/health").body, '{"status":"ok"}\n');
  const silent = world.start(undefined, { program: demo("http-echo"), ip: "silent" });
  assert.deepEqual(silent.lines, ["Missing -text option OR ENV var TEXT is empty!"]);
  assert.equal(silent.exitCode, 127);
});

Deno.test("agnhost serves what it is told to, and says what it does not simulate", () => {
  const world = new AppWorld();
  const program = demo("agnhost");
  world.start(undefined, { program, args: ["netexec", "--http-port=8083"] });
  assert.equal(world.ask("web:8083/hostname").body, "pod-1");
  assert.equal(world.ask("web:8083/").body, "NOW: 2026/11/24 03:00:00\n");
  assert.equal(world.ask("web:8083/healthz").status, 200);
  assert.equal(world.ask("web:8083/metrics").body, "NOW: 2026/11/24 03:00:00\n");
  const echo = world.ask("web:8083/echo?msg=x");
  assert.deepEqual([echo.status, echo.body], [
    501,
    "netexec's /echo is not simulated in this lab\n",
  ]);
  world.start(undefined, { program, args: ["serve-hostname"], ip: "name" });
  assert.equal(world.ask("name:9376/healthz").body, "pod-1");
  const other = world.start(undefined, { program, args: ["guestbook"], ip: "other" });
  assert.equal(other.exitCode, 1);
  assert.deepEqual(other.lines, [
    "agnhost guestbook is not simulated in this lab; netexec, serve-hostname, test-webserver, pause are",
  ]);
});

Deno.test("httpd serves its own page, or those of a volume", () => {
  const world = new AppWorld();
  const program = demo("httpd");
  const container = world.start(undefined, { program });
  assert.equal(world.ask("web/").body, "<html><body><h1>It works!</h1></body></html>\n");
  assert.equal(
    container.lines.at(-1),
    '127.0.0.1 - - [24/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 45',
  );
  const files = { "/usr/local/apache2/htdocs/index.html": "costs $5" };
  world.start(undefined, { program, files, ip: "own" });
  assert.deepEqual([world.ask("own/").body, world.ask("own/index.html").body], [
    "costs $5",
    "costs $5",
  ]);
  for (const path of ["/other", "/metrics", "/healthz", "/readyz", "/a/b"]) {
    const { status, body, headers } = world.ask(`own${path}`);
    assert.equal(status, 404, path);
    assert.equal(headers["content-type"], "text/html; charset=iso-8859-1");
    assert.match(body, /^<!DOCTYPE HTML PUBLIC .*<h1>Not Found<\/h1>/s);
    assert.equal(body.length, 196);
  }
});
