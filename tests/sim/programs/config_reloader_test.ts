import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { configReloader, expandVariables } from "../../../lib/sim/programs/config_reloader/mod.ts";
import { FakeWorld } from "./prometheus/_world.ts";

const packed = (text: string) =>
  Array.from(gzipSync(text), (byte) => String.fromCharCode(byte)).join("");

const FILES = [
  "--config-file=/etc/prometheus/config/prometheus.yaml.gz",
  "--config-envsubst-file=/etc/prometheus/config_out/prometheus.env.yaml",
  "--watched-dir=/etc/prometheus/config",
];

Deno.test("expandVariables() leaves names that are not set", () => {
  assert.equal(
    expandVariables("a: $(POD_NAME)\nb: $(NONE)\nc: $1 ${1}", { POD_NAME: "p-0" }),
    "a: p-0\nb: $(NONE)\nc: $1 ${1}",
  );
});

Deno.test("the init container writes the configuration once and exits", () => {
  const world = new FakeWorld();
  world.files["/etc/prometheus/config/prometheus.yaml.gz"] = packed("global: {}\n");
  world.start(configReloader, ["--watch-interval=0", ...FILES]);
  assert.equal(world.exitCode, 0);
  assert.equal(world.files["/etc/prometheus/config_out/prometheus.env.yaml"], "global: {}\n");
});

Deno.test("the sidecar tells Prometheus of a change, and again until it is heard", () => {
  const world = new FakeWorld();
  let reloads = 0;
  let status = 200;
  world.servers.set("127.0.0.1:9090", () => {
    reloads++;
    return { status, headers: {}, body: "" };
  });
  world.files["/etc/prometheus/config/prometheus.yaml.gz"] = packed("a: 1\n");
  world.start(configReloader, ["--reload-url=http://127.0.0.1:9090/-/reload", ...FILES]);
  world.clock.advance(20_000);
  assert.equal(reloads, 1);
  world.files["/etc/prometheus/config/prometheus.yaml.gz"] = packed("a: 2\n");
  status = 500;
  world.clock.advance(7_000);
  assert.equal(world.files["/etc/prometheus/config_out/prometheus.env.yaml"], "a: 2\n");
  assert.match(world.logs.at(-1)!, /level=error .*msg="Failed to trigger reload. Retrying."/);
  status = 200;
  world.clock.advance(10_000);
  const after = reloads;
  assert(after > 2);
  world.clock.advance(60_000);
  assert.equal(reloads, after);
});

Deno.test("an unknown flag ends the reloader", () => {
  const world = new FakeWorld();
  world.start(configReloader, ["--nope"]);
  assert.equal(world.exitCode, 2);
  assert.equal(world.logs[0], "unknown long flag '--nope'");
});
