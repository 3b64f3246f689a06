import assert from "node:assert/strict";
import {
  concreteQuery,
  type LoadModel,
  readRecording,
  readRulesFile,
  readScalers,
  readyRules,
  Served,
  standardMapper,
  whatIf,
  type WhatIfOptions,
} from "../../lib/doctor/mod.ts";
import { fromYaml } from "../../lib/go/mod.ts";
import type { KubeObject } from "../../lib/kube/mod.ts";
import { DAY_FILE, dayText } from "./_recorded_day.ts";
import { ReplayCluster } from "./_replay_cluster.ts";

const EXAMPLES = new URL("../../examples/04_what_if/", import.meta.url);
const example = (name: string) => Deno.readTextFileSync(new URL(name, EXAMPLES));
const RULES = example("rules.yaml");
const SYNC_MS = 15_000;

const day = () => readRecording(example("recorded-day.json"), "recorded-day.json");

/** Options as the command makes them, with the rules of the examples. */
async function optionsFor(
  source: ReturnType<typeof day>,
  more: Partial<WhatIfOptions> = {},
): Promise<WhatIfOptions> {
  const mapper = standardMapper();
  const ground = { source, mapper, hpas: [] };
  const { all } = await readyRules(readRulesFile(RULES, "rules.yaml"), ground);
  const served = new Served(all, ground);
  return {
    fromMs: source.startMs(),
    toMs: source.now(),
    stepMs: SYNC_MS,
    readyAfterMs: 10_000,
    requests: new Map(),
    queries: new Map(),
    models: new Map(),
    queryFor: (metric, scaler) => concreteQuery(metric, scaler, served, ground),
    ...more,
  };
}

/** The same scaler for another workload. */
function named(text: string, name: string): KubeObject {
  const object = fromYaml(text) as KubeObject;
  object.metadata.name = name;
  object.spec.scaleTargetRef.name = name;
  return object;
}

Deno.test("the recorded day is the one that its seed makes", () => {
  assert.equal(Deno.readTextFileSync(DAY_FILE), dayText());
});

Deno.test("a day's replicas equal, sync by sync, those of the embedded cluster's own HPA", async (t) => {
  const source = day();
  const plain = named(example("hpa.yaml"), "plain");
  const slow = named(example("hpa-slow-down.yaml"), "slow");
  const value = named(example("hpa.yaml"), "value");
  value.spec.metrics[0].object.target = { type: "Value", value: "90" };
  const keda = named(example("scaledobject.yaml"), "keda");
  keda.spec.triggers[0].metadata.serverAddress = "http://prometheus.default.svc:9090";
  const objects = [plain, slow, value, keda];
  const names = objects.map(({ metadata }) => metadata.name);

  const cluster = new ReplayCluster(source, RULES);
  cluster.installKeda();
  const startMs = source.startMs();
  for (const name of names) {
    const isSlow = name === "value";
    cluster.addWorkload({ name, replicas: 10, ...isSlow ? { readyAfterSeconds: 40 } : {} });
  }
  // An HPA's first sync comes one period after it is made.
  const fromMs = startMs + 5 * 60_000;
  cluster.until(fromMs - SYNC_MS);
  cluster.apply(objects);
  const syncs = (source.now() - fromMs) / SYNC_MS + 1;
  const seen = cluster.watch(names, fromMs, syncs);
  cluster.cluster.close();

  for (const [at, name] of names.entries()) {
    await t.step(name, async () => {
      const scalers = readScalers(JSON.stringify(objects[at]), `${name}.yaml`);
      const readyAfterMs = name === "value" ? 41_000 : 2_000;
      const options = await optionsFor(source, { fromMs, replicas: 10, readyAfterMs });
      const { outcomes: [{ replicas, scalings }] } = await whatIf(scalers, source, options);
      assert.ok(scalings.length > 10, `${name} scaled ${scalings.length} times`);
      const first = replicas.findIndex((count, sync) => count !== seen[name][sync]);
      const about = [first - 1, first, first + 1].map((sync) => [
        new Date(fromMs + sync * SYNC_MS).toISOString(),
        replicas[sync],
        seen[name][sync],
      ]);
      assert.equal(first, -1, `differs: ${JSON.stringify(about)}`);
      assert.equal(replicas.length, seen[name].length);
    });
  }
});
