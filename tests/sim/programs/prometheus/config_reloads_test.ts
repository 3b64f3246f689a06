import assert from "node:assert/strict";
import { prometheus } from "../../../../lib/sim/programs/prometheus/mod.ts";
import { FakeWorld } from "./_world.ts";

const { tool, date, cases }: {
  tool: string;
  date: string;
  cases: [config: string, answer: string][];
} = JSON.parse(
  Deno.readTextFileSync(new URL("./testdata/config_reloads.json", import.meta.url)),
);

Deno.test(`configurations are taken and refused as ${tool} did on ${date}`, async (t) => {
  const world = new FakeWorld();
  world.files["/etc/prometheus.yml"] = "";
  world.start(prometheus, ["--config.file=/etc/prometheus.yml", "--web.enable-lifecycle"]);
  world.clock.advance(1000);
  for (const [config, answer] of cases) {
    await t.step(JSON.stringify(config).slice(0, 120), () => {
      world.files["/etc/prometheus.yml"] = config;
      const { body } = world.get("http://10.244.0.9:9090/-/reload", { method: "POST" });
      assert.equal(body, answer);
    });
  }
});
