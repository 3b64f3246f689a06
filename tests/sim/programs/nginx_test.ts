import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { nginx, nginxUnprivileged } from "../../../lib/sim/programs/nginx/mod.ts";
import type { HttpHandler, HttpResponse } from "../../../lib/sim/seams.ts";
import { type Answer, type Asked, comparable, PAGE } from "./_nginx_ranges.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";
import { parseNginxConfig } from "../../../lib/sim/programs/nginx/config.ts";
import { readSite } from "../../../lib/sim/programs/nginx/site.ts";

interface Recorded {
  site: string;
  responses: {
    method: string;
    path: string;
    status: number;
    contentType: string | null;
    location: string | null;
    server: string;
    body: string;
  }[];
  configErrors: { config: string; error: string }[];
}

/** Recorded from a real nginx: see `recorded` in the file. */
const RECORDED: Recorded = JSON.parse(
  await Deno.readTextFile(new URL("testdata/nginx.json", import.meta.url)),
);
/** Recorded by record_nginx_ranges.ts. */
const RANGES: { rows: (Answer & { asked: Asked })[] } = JSON.parse(
  await Deno.readTextFile(new URL("testdata/nginx_ranges.json", import.meta.url)),
);

function world(files: Record<string, string> = {}) {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24));
  const network = new FakeNetwork();
  const container = new FakeContainer(clock, network, new FakeApi(), { files });
  return { clock, network, container };
}

/** Asks the way the virtual network does: with the client's address and lower-case headers. */
function ask(network: FakeNetwork, port: number, path: string, more: Record<string, any> = {}) {
  const server = network.servers.get(`10.244.1.2:${port}`);
  assert(server, `nothing listens on ${port}`);
  const url = new URL(path, `http://shop.example:${port}`);
  const handler: HttpHandler = server.handler;
  return handler({
    method: "GET",
    url: url.href,
    path: url.pathname,
    query: url.searchParams,
    remoteAddress: "10.244.1.9",
    ...more,
    headers: { host: url.host, "user-agent": "curl/7.88.1", ...more.headers },
  }) as HttpResponse;
}

Deno.test("nginx answers as the real one was recorded to", async (t) => {
  const { network, container } = world({ "/etc/nginx/conf.d/site.conf": RECORDED.site });
  container.start({
    ...nginx,
    start: (context) => nginx.start({ ...context, image: "nginx:1.22.1" }),
  });
  for (const [i, recorded] of RECORDED.responses.entries()) {
    await t.step(`${i}: ${recorded.method} ${recorded.path}`, () => {
      const got = ask(network, 18080, recorded.path, { method: recorded.method });
      assert.equal(got.status, recorded.status);
      assert.equal(got.body, recorded.body);
      assert.equal(got.headers["content-type"] ?? null, recorded.contentType);
      assert.equal(got.headers.location ?? null, recorded.location);
      assert.equal(got.headers.server, recorded.server);
    });
  }
});

Deno.test("nginx without a configuration of one's own listens where its image says", () => {
  for (const [program, port] of [[nginx, 80], [nginxUnprivileged, 8080]] as const) {
    const { network, container } = world();
    container.start(program);
    assert.match(ask(network, port, "/").body, /Welcome to nginx!/);
    assert.equal(network.servers.size, 1);
  }
});

Deno.test("nginx refuses a configuration in the words of the real one", async (t) => {
  for (const { config, error } of RECORDED.configErrors) {
    await t.step(config.replaceAll("\n", " "), () => {
      const files: Record<string, string> = { "/etc/nginx/nginx.conf": config };
      const source = { read: (path: string) => files[path], list: () => [] };
      const read = () => readSite(parseNginxConfig(source, "/etc/nginx/nginx.conf"));
      assert.throws(read, { name: "NginxConfigError", message: error });
    });
  }
});

Deno.test("nginx refuses expressions that it cannot promise to match in time, for paths and names", () => {
  const fails: [server: string, why: string][] = [
    ["location ~ ^/(?!admin) { }", "(?! is not understood here"],
    ["location ~ ^/(a)\\1 { }", "\\1 is not understood here"],
    ["server_name ~^(www;", "missing closing parenthesis"],
  ];
  for (const [server, why] of fails) {
    const files: Record<string, string> = {
      "/etc/nginx/nginx.conf": `events { }\nhttp { server { listen 80; ${server} } }\n`,
    };
    const source = { read: (path: string) => files[path], list: () => [] };
    const read = () => readSite(parseNginxConfig(source, "/etc/nginx/nginx.conf"));
    assert.throws(read, (error: Error) => error.message.includes(`failed: ${why} in`), server);
  }
});

Deno.test("nginx exits 1 after saying what is wrong with its configuration", () => {
  const { container } = world({ "/etc/nginx/conf.d/default.conf": "server {\n  listn 80;\n}\n" });
  container.start(nginx);
  assert.equal(container.exitCode, 1);
  const error = 'unknown directive "listn" in /etc/nginx/conf.d/default.conf:2';
  assert.deepEqual(container.lines.slice(-2), [
    `2026/11/24 00:00:00 [emerg] 1#1: ${error}`,
    `nginx: [emerg] ${error}`,
  ]);
});

Deno.test("nginx counts every request, stub_status's own included", () => {
  const site = "server { listen 80; location /metrics { stub_status on; } }";
  const { network, container } = world({ "/etc/nginx/conf.d/default.conf": site });
  container.start(nginx);
  const requests = () => / (\d+) (\d+) (\d+) \n/.exec(ask(network, 80, "/metrics").body)![3];
  assert.equal(requests(), "1");
  ask(network, 80, "/");
  assert.equal(requests(), "3");
});

Deno.test("a client that keeps its connection is accepted once, and waits between requests", () => {
  const site = "server { listen 80; location /metrics { stub_status; } }";
  const { clock, network, container } = world({ "/etc/nginx/conf.d/default.conf": site });
  container.start(nginx);
  const scrape = () =>
    ask(network, 80, "/metrics", { headers: { "user-agent": "NGINX-Prometheus-Exporter/v1.4.2" } });
  scrape();
  clock.advance(15_000);
  assert.match(scrape().body, /Active connections: 1 \n.*\n 1 1 2 \n/);
  assert.match(
    ask(network, 80, "/metrics").body,
    /Active connections: 2 \n.*\n 2 2 3 \n.*Waiting: 1/,
  );
  clock.advance(120_000);
  assert.match(scrape().body, /Active connections: 1 \n.*\n 3 3 4 \n/);
});

Deno.test("nginx resumes with its counters and the configuration it was started with", () => {
  const files = {
    "/etc/nginx/conf.d/default.conf": "server { listen 80; location /m { stub_status; } }",
  };
  const { clock, network, container } = world(files);
  container.start(nginx);
  ask(network, 80, "/m");
  const snapshot = JSON.parse(JSON.stringify(container.running!.snapshot!()));
  container.stop();
  files["/etc/nginx/conf.d/default.conf"] = "server { listen 81; }";
  const again = new FakeContainer(clock, network, new FakeApi(), { files }).start(nginx, snapshot);
  assert.match(ask(network, 80, "/m").body, / 2 2 2 \n/);
  assert.deepEqual(again.lines.filter((line) => line.includes("start worker")), []);
});

Deno.test("nginx sends a page only once to who has it as it is", () => {
  const { network, container } = world();
  container.start(nginx);
  const { headers: { etag, "last-modified": modified } } = ask(network, 80, "/");
  // When it was modified and how long it is, in seconds and bytes.
  assert.equal(etag, `"${(Date.UTC(2026, 10, 24) / 1000).toString(16)}-${(615).toString(16)}"`);
  const again = (headers: Record<string, string>) => ask(network, 80, "/", { headers });
  const known = again({ "if-none-match": etag });
  assert.deepEqual([known.status, known.body], [304, ""]);
  assert.deepEqual(Object.keys(known.headers).sort(), [
    "connection",
    "date",
    "etag",
    "last-modified",
    "server",
  ]);
  assert.equal(again({ "if-modified-since": modified }).status, 304);
  assert.equal(again({ "if-none-match": `"old", W/${etag}` }).status, 304);
  assert.equal(again({ "if-modified-since": modified, "if-none-match": '"old"' }).status, 200);
  assert.equal(again({ "if-modified-since": "Mon, 23 Nov 2026 00:00:00 GMT" }).status, 200);
});

Deno.test("nginx sends the part of a page that is asked for, as the real one was recorded to", () => {
  const { network, container } = world({
    "/etc/nginx/conf.d/site.conf": "server { listen 81; root /srv; types { text/plain txt; } }",
    "/srv/page.txt": PAGE,
  });
  container.start(nginx);
  const get = (headers: Asked) => ask(network, 81, "/page.txt", { method: "GET", headers });
  const { etag, "last-modified": modified } = get({}).headers;
  for (const { asked, ...recorded } of RANGES.rows) {
    const headers = Object.fromEntries(
      Object.entries(asked).map(([name, value]) => [
        name,
        value.replace("ETAG", etag).replace("MODIFIED", modified),
      ]),
    );
    assert.deepEqual(comparable(get(headers), { etag, modified }), recorded, JSON.stringify(asked));
  }
});

Deno.test("nginx sends the whole of a text whose character a part would cut", () => {
  const { network, container } = world({
    "/etc/nginx/conf.d/site.conf": "server { listen 81; root /srv; }",
    "/srv/page.txt": "가나다",
  });
  container.start(nginx);
  const get = (range: string) => ask(network, 81, "/page.txt", { headers: { range } });
  assert.deepEqual([get("bytes=3-5").status, get("bytes=3-5").body], [206, "나"]);
  assert.deepEqual([get("bytes=3-4").status, get("bytes=3-4").body], [200, "가나다"]);
});

Deno.test("nginx logs requests as its image's configuration has it", () => {
  const { network, container } = world();
  container.start(nginx);
  ask(network, 80, "/?a=1");
  ask(network, 80, "/nope");
  assert.equal(
    container.lines.find((line) => line.includes("/?a=1")),
    '10.244.1.9 - - [24/Nov/2026:00:00:00 +0000] "GET /?a=1 HTTP/1.1" 200 615 "-" "curl/7.88.1" "-"',
  );
  assert(
    container.lines.some((line) =>
      line.includes('open() "/usr/share/nginx/html/nope" failed (2: No such file or directory)')
    ),
  );
});

Deno.test("nginx proxies, and answers 502 when nobody is there", () => {
  const site = "server { listen 80; location /api/ { proxy_pass http://backend:8080/v1/; } }";
  const { network, container } = world({ "/etc/nginx/conf.d/default.conf": site });
  container.start(nginx);
  assert.equal(ask(network, 80, "/api/users").status, 502);
  const seen: string[] = [];
  network.servers.set("backend:8080", {
    handler: ({ path }) => {
      seen.push(path);
      return { status: 200, headers: {}, body: "ok" };
    },
  });
  assert.equal(ask(network, 80, "/api/users").body, "ok");
  assert.deepEqual(seen, ["/v1/users"]);
});
