import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { nginxExporter } from "../../../lib/sim/programs/nginx_exporter/mod.ts";
import type { HttpResponse } from "../../../lib/sim/seams.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";

/**
 * Recorded from a real exporter of version 0.11, whose metrics of nginx have the same names and help
 * as 1.x; its own build information was renamed since and is left out.
 */
const RECORDED: { up: string[]; down: string[] } = JSON.parse(
  await Deno.readTextFile(new URL("testdata/nginx_exporter.json", import.meta.url)),
);

const STUB_STATUS = "Active connections: 1 \nserver accepts handled requests\n 1 1 2 \n" +
  "Reading: 0 Writing: 1 Waiting: 0 \n";

function world(args: string[], env: Record<string, string> = {}) {
  const network = new FakeNetwork();
  const clock = new VirtualClock(Date.UTC(2026, 10, 24));
  const container = new FakeContainer(clock, network, new FakeApi(), { args, env });
  const metrics = () => container.get(9113, "/metrics").body as string;
  const ofNginx = () =>
    metrics().split("\n").filter((line) => /(^| )nginx_(?!exporter)/.test(line));
  return { network, container, metrics, ofNginx };
}

/** The fake network has one scheme: the exporter's own port is asked for as it is registered. */
function serve(network: FakeNetwork, key: string, body: string, status = 200): { asked: number } {
  const count = { asked: 0 };
  network.servers.set(key, {
    handler: () => {
      count.asked++;
      return { status, headers: {}, body };
    },
  });
  return count;
}

Deno.test("the exporter's metrics of nginx are those the real one was recorded to give", () => {
  const { network, container, ofNginx } = world(["--nginx.scrape-uri=http://localhost/metrics"]);
  serve(network, "localhost:80", STUB_STATUS);
  container.start(nginxExporter);
  const sorted = (lines: string[]) => [...lines].sort().map((line) => line.replace(/ \d+$/, " N"));
  assert.deepEqual(sorted(ofNginx()), sorted(RECORDED.up));
});

Deno.test("every scrape of the exporter is one request to nginx", () => {
  const { network, container, metrics } = world(["-nginx.scrape-uri=http://localhost/metrics"]);
  const count = serve(network, "localhost:80", STUB_STATUS);
  container.start(nginxExporter);
  assert.equal(count.asked, 0);
  assert.match(metrics(), /^nginx_http_requests_total 2$/m);
  metrics();
  assert.equal(count.asked, 2);
});

Deno.test("without nginx the exporter says nginx_up 0 and why", () => {
  const { container, ofNginx } = world(["--nginx.scrape-uri=http://localhost:8080/metrics"]);
  container.start(nginxExporter);
  assert.deepEqual(ofNginx(), RECORDED.down);
  const url = "http://localhost:8080/metrics";
  assert.equal(
    container.lines.at(-1),
    "time=2026-11-24T00:00:00.000Z level=ERROR source=nginx.go:58 " +
      `msg="error getting stats" uri=${url} error="failed to get ${url}: Get \\"${url}\\": ` +
      'round trip failed: dial tcp localhost:8080: connect: connection refused"',
  );
});

Deno.test("a page that is no stub_status is an error, and so is any status but 200", async (t) => {
  const cases: [string, number, RegExp][] = [
    ["<html></html>", 200, /failed to parse response body \\"<html><\/html>\\"/],
    ["", 404, /expected 200 response, got 404/],
  ];
  for (const [body, status, expected] of cases) {
    await t.step(String(expected), () => {
      const { network, container, metrics } = world(["--nginx.scrape-uri=http://localhost/"]);
      serve(network, "localhost:80", body, status);
      container.start(nginxExporter);
      assert.match(metrics(), /^nginx_up 0$/m);
      // A quoted text is quoted once more in the line.
      assert.match(container.lines.at(-1)!.replaceAll("\\\\\\", "\\"), expected);
    });
  }
});

Deno.test("the old flag format works and is warned about; an unknown flag ends the process", () => {
  const old = world(["-nginx.scrape-uri=http://localhost/metrics"]);
  old.container.start(nginxExporter);
  assert.equal(
    old.container.lines[0],
    "the flag format is deprecated and will be removed in a future release, " +
      "please use the new format: --nginx.scrape-uri=http://localhost/metrics",
  );
  const unknown = world(["--nginx.scrape-url=http://localhost/metrics"]);
  unknown.container.start(nginxExporter);
  assert.equal(unknown.container.exitCode, 1);
  assert.match(unknown.container.lines.at(-1)!, /error: unknown long flag '--nginx.scrape-url'/);
});

Deno.test("flags may come from the environment, and constant labels go on every metric", () => {
  const env = { SCRAPE_URI: "http://localhost/metrics", CONST_LABELS: "team=web" };
  const { network, container, metrics } = world([], env);
  serve(network, "localhost:80", STUB_STATUS);
  container.start(nginxExporter);
  assert.match(metrics(), /^nginx_http_requests_total\{team="web"\} 2$/m);
  assert.match(metrics(), /^nginx_up\{team="web"\} 1$/m);
});

Deno.test("the exporter's other pages are those of its toolkit", () => {
  const { network, container } = world([]);
  container.start(nginxExporter);
  const { handler } = network.servers.get("10.244.1.2:9113")!;
  const get = (path: string) => {
    const url = new URL(path, "http://10.244.1.2:9113");
    return handler({
      url: url.href,
      path,
      query: url.searchParams,
      headers: {},
      remoteAddress: "10.244.1.9",
    }) as HttpResponse;
  };
  const { headers, body } = get("/");
  assert.equal(headers["content-type"], "text/html; charset=UTF-8");
  assert.match(
    body,
    /<style>body \{[^]*background-color: #039900;[^]*<a href="metrics">Metrics<\/a>/,
  );
  assert.deepEqual(get("/nothing"), {
    status: 404,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
    },
    body: "404 page not found\n",
  });
});
