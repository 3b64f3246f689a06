import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { phpApache } from "../../../lib/sim/programs/php_apache/mod.ts";
import { NetworkError } from "../../../lib/sim/seams.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);

function setUp() {
  const clock = new VirtualClock(START);
  const network = new FakeNetwork();
  const api = new FakeApi(() => clock.now());
  const container = new FakeContainer(clock, network, api, { ip: "php" }).start(phpApache);
  const get = (path: string) =>
    network.request({ ip: "10.0.0.1" }, {
      url: `http://php${path}`,
      headers: { "user-agent": "Wget", host: "php-apache" },
    });
  return { clock, container, get };
}

Deno.test("php-apache says OK! after a good deal of CPU", () => {
  const { container, get } = setUp();
  const response = get("/");
  assert.deepEqual([response.status, response.body], [200, "OK!"]);
  assert.ok(response.durationMs! > 20 && response.durationMs! < 40, `${response.durationMs} ms`);
  assert.equal(
    container.lines.at(-1),
    '127.0.0.1 - - [24/Nov/2026:03:00:00 +0000] "GET / HTTP/1.1" 200 183 "-" "Wget"',
  );
  assert.equal(get("/index.php").body, "OK!");
});

Deno.test("php-apache starts as Apache does", () => {
  const { container } = setUp();
  assert.equal(
    container.lines[2],
    "[Tue Nov 24 03:00:00.000000 2026] [mpm_prefork:notice] [pid 1] AH00163: Apache/2.4.10 " +
      "(Debian) PHP/5.6.14 configured -- resuming normal operations",
  );
});

Deno.test("another path is Apache's 404, escaped", () => {
  const { get } = setUp();
  const { status, body, durationMs } = get("/a&b");
  assert.equal(status, 404);
  assert.match(body, /<p>The requested URL \/a&amp;b was not found on this server\.<\/p>/);
  assert.match(body, /Apache\/2\.4\.10 \(Debian\) Server at php-apache Port 80/);
  assert.ok(durationMs! < 5);
});

Deno.test("past 150 workers and a backlog of 511, connections time out", () => {
  const { clock, container, get } = setUp();
  for (let i = 0; i < 661; i++) get("/");
  assert.throws(() => get("/"), new NetworkError("dial tcp php:80: i/o timeout"));
  assert.ok(container.lines.some((line) => line.includes("AH00161: server reached")));
  clock.advance(60_000);
  assert.equal(get("/").body, "OK!");
});
