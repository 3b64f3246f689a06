import assert from "node:assert/strict";
import {
  concreteQuery,
  figuresOf,
  InputError,
  type LoadModel,
  MetricSourceError,
  readHpaFile,
  readRecording,
  readRulesFile,
  readScalers,
  readyRules,
  Served,
  whatIf,
  whatIfCsv,
  whatIfJson,
  type WhatIfOptions,
  whatIfPage,
} from "../../lib/doctor/mod.ts";
import { fromYaml } from "../../lib/go/mod.ts";
import { type KubeObject, standardMapper } from "../../lib/kube/mod.ts";
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

/** The same ScaledObject by a formula over two triggers. */
function formulated(object: KubeObject, more: Record<string, unknown> = {}): KubeObject {
  const [{ metadata, ...trigger }] = object.spec.triggers;
  object.spec.triggers = [
    { ...trigger, name: "steady", metadata },
    {
      ...trigger,
      name: "fast",
      metadata: { ...metadata, query: metadata.query.replace("5m", "2m") },
    },
  ];
  const scalingModifiers = {
    formula: "max(steady, fast) + (fast > 60 ? fast / 10 : 0)",
    target: "21.5",
    activationTarget: "15",
  };
  object.spec.advanced = { scalingModifiers: { ...scalingModifiers, ...more } };
  return object;
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
  const objects = [plain, slow, value, keda, formulated(named(JSON.stringify(keda), "formula"))];
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

const replayed = async (text: string, more: Partial<WhatIfOptions> = {}) => {
  const source = day();
  return await whatIf(readScalers(text, "a.yaml"), source, await optionsFor(source, more));
};

Deno.test("the same input gives the same output", async () => {
  const [first, second] = [
    await replayed(example("hpa.yaml")),
    await replayed(example("hpa.yaml")),
  ];
  assert.deepEqual(first, second);
});

Deno.test("a metric that depends on the pods is refused until somebody says how", async () => {
  const query = 'avg(rate(http_requests_total{namespace="shop"}[5m]))';
  const so = example("scaledobject.yaml").replace(/query: .*/, `query: ${query}`);
  await assert.rejects(
    replayed(so),
    /^InputError: s0-prometheus of so\/web depends on how many pods there were .*--load s0-prometheus=shared/,
  );
  const model = (model: LoadModel) => ({ models: new Map([["s0-prometheus", model]]) });
  const total = await replayed(so, model("total"));
  const noon = total.loads[0].values[2880];
  assert.equal(noon, 109.42083333333333);
  const shared = await replayed(so, model("shared"));
  // Ten pods were there all day, as the recording says.
  // AverageValue divides what is each pod's by the pods again: 1094 by 8 and by 8 is below 20.
  assert.equal(shared.outcomes[0].replicas[2880], 8);
  assert.equal(total.outcomes[0].replicas[2880], 6);
});

Deno.test("a metric of pods is shared by those that are ready", async () => {
  const hpa = named(example("hpa.yaml"), "web");
  hpa.spec.metrics = [{
    type: "Pods",
    pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "20" } },
  }];
  const queries = new Map([["rps", 'sum(rate(http_requests_total{namespace="shop"}[5m]))']]);
  const { outcomes: [{ ratios, replicas, ready }], loads: [{ values }] } = await replayed(
    JSON.stringify(hpa),
    { queries, readyAfterMs: 60_000 },
  );
  const sync = ready.findIndex((count, at) => at > 200 && count !== replicas[at]);
  assert.ok(sync > 0, "some pods were on their way");
  const each = Math.trunc(values[sync] / ready[sync] * 1000) / 1000;
  assert.equal(ratios[sync]!.toFixed(6), (each / 20).toFixed(6));
});

Deno.test("a share of CPU takes what pods request, and asks for it where it was not recorded", async () => {
  const hpa = named(example("hpa.yaml"), "web");
  hpa.spec.metrics = [{
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
  }];
  const queries = new Map([["cpu", 'sum(rate(http_requests_total{namespace="shop"}[5m])) / 100']]);
  await assert.rejects(replayed(JSON.stringify(hpa), { queries }), /--request cpu=100m/);
  const requests = new Map([["cpu", "250m"]]);
  const { outcomes: [{ figures }] } = await replayed(JSON.stringify(hpa), { queries, requests });
  // 1.9 cores at 125m a pod.
  assert.equal(figures.most, 12);
});

Deno.test("what nobody can find, or that was not recorded, is refused in words", async () => {
  const other = example("hpa.yaml").replace("http_requests_per_second", "logins");
  await assert.rejects(replayed(other), /no rule exposes it. Say it with --query 'logins=PROMQL'/);
  const queries = new Map([["logins", "sum(logins_total)"]]);
  await assert.rejects(replayed(other, { queries }), /Nothing was recorded of logins/);
  const several = new Map([["logins", "{namespace='shop'}"]]);
  await assert.rejects(replayed(other, { queries: several }), /gives 2 series, and one number/);
  const cron = example("scaledobject.yaml").replace("type: prometheus", "type: cron");
  await assert.rejects(replayed(cron), /a trigger of type cron is not replayed/);
  await assert.rejects(replayed("kind: Pod"), /holds neither a HorizontalPodAutoscaler nor/);
  await assert.rejects(
    replayed("kind: ScaledJob\nmetadata: {name: crunch}\nspec: {triggers: []}"),
    /crunch in \S+ is a ScaledJob, which is not replayed: .* why sj\/crunch/,
  );
  await assert.rejects(
    replayed("kind: ScaledJob\nspec: {triggers: []}"),
    /: a ScaledJob without a name in a\.yaml is not replayed: .* why sj\/NAME\./,
  );
});

Deno.test("where nothing was recorded an HPA holds still, and KEDA falls back when it is told to", async () => {
  const recording = JSON.parse(example("recorded-day.json"));
  recording.series[0].values.fill(null, 600, 660);
  const source = readRecording(JSON.stringify(recording), "gap.json");
  const so = fromYaml(example("scaledobject.yaml")) as KubeObject;
  so.spec.triggers[0].metadata.ignoreNullValues = "false";
  so.spec.fallback = { failureThreshold: 3, replicas: 11 };
  const run = async (text: string) =>
    await whatIf(readScalers(text, "a.yaml"), source, await optionsFor(source));
  const at = 640 * 4;
  const { outcomes: [hpa] } = await run(example("hpa.yaml"));
  assert.ok(hpa.failed > 200 && /unable to get metric/.test(hpa.firstError!), `${hpa.firstError}`);
  assert.equal(hpa.replicas[at], hpa.replicas[606 * 4]);
  const { outcomes: [keda] } = await run(JSON.stringify(so));
  assert.equal(keda.replicas[at], 11);
});

Deno.test("a formula puts triggers together as KEDA does, and a wrong one is refused in KEDA's words", async (t) => {
  const so = () => fromYaml(example("scaledobject.yaml")) as KubeObject;
  const text = (more: Record<string, unknown>) => JSON.stringify(formulated(so(), more));
  await t.step("its value is what target is compared with", async () => {
    const formula = "steady > 50 ? steady * 2 : nil ?? fast";
    const options = { formula, target: "40", metricType: "Value" };
    const { outcomes: [{ composite, replicas, ready, ratios, scalings }], loads, assumes } =
      await replayed(
        text(options),
      );
    const [steady, fast, shown] = loads;
    assert.deepEqual(loads.map(({ name }) => name), [
      "steady",
      "fast",
      "composite-metric (so/web)",
    ]);
    assert.equal(shown.promql, formula);
    assert.match(
      assumes.map(({ en }) => en).join(),
      /so\/web compares its target with the formula/,
    );
    const thousandths = (value: number) => Number(value.toFixed(3));
    for (const at of [1000, 2880, 4000]) {
      const [one, two] = [steady.values[at], fast.values[at]].map(thousandths);
      assert.equal(composite![at], Math.trunc((one > 50 ? one * 2 : two) * 1000) / 1000);
    }
    // Value: as many times as many as the value is times its target.
    const at = 2880;
    assert.equal(ratios[at]!.toFixed(6), (composite![at] / 40).toFixed(6));
    assert.ok(replicas[at] >= ready[at]);
    const reasons = scalings.map(({ reason }) => reason);
    assert.ok(
      reasons.includes(
        "external metric composite-metric(&LabelSelector{MatchLabels:map[string]string{" +
          "scaledobject.keda.sh/name: web,},MatchExpressions:[]LabelSelectorRequirement{},}) " +
          "above target",
      ),
      reasons[0],
    );
  });
  await t.step("what its activationTarget is above sleeps", async () => {
    const { outcomes: [{ replicas }] } = await replayed(text({ activationTarget: "1e9" }));
    assert.equal(replicas.at(-1), 0);
  });
  await t.step(
    "a trigger that is gone is nil to it, or its fallback's, or keeps it still",
    async () => {
      const recording = JSON.parse(example("recorded-day.json"));
      recording.series[0].values.fill(null, 600, 660);
      const source = readRecording(JSON.stringify(recording), "gap.json");
      const at = 640 * 4;
      const run = async (fallback: unknown, formula: string) => {
        const object = formulated(so(), { formula, target: "20" });
        object.spec.triggers[0].metadata.ignoreNullValues = "false";
        object.spec.triggers[1].metadata.query = "vector(90)";
        if (fallback) object.spec.fallback = fallback;
        const scalers = readScalers(JSON.stringify(object), "a.yaml");
        const { outcomes: [outcome] } = await whatIf(scalers, source, await optionsFor(source));
        return outcome;
      };
      const isNil = { failureThreshold: 3, replicas: 11, behavior: "scalingModifiers" };
      assert.equal((await run(isNil, "(steady ?? fast) + 10")).replicas[at], 5);
      assert.equal((await run(isNil, "steady ?? nil")).replicas[at], 11);
      const held = { failureThreshold: 3, replicas: 7 };
      assert.equal((await run(held, "steady + fast")).replicas[at], 7);
      const still = await run(undefined, "steady + fast");
      assert.ok(still.failed > 200 && Number.isNaN(still.composite![at]), `${still.failed}`);
    },
  );
  const refused: [more: Record<string, unknown>, told: RegExp][] = [
    [{ formula: "steady + slow" }, /unknown name slow/],
    [{ formula: "steady +" }, /error validating formula/],
    [{ target: "" }, /formula is given but target is empty/],
    [{ target: "many" }, /error converting target/],
    [{ target: 20 }, /scalingModifiers\.target/],
    [{ metricType: "Utilization" }, /AverageValue or Value/],
    [{ activationTarget: "soon" }, /activationTarget that is a number/],
  ];
  for (const [more, told] of refused) {
    await t.step(`refused: ${JSON.stringify(more)}`, () => {
      assert.throws(() => readScalers(text(more), "a.yaml"), (error: Error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, told);
        return true;
      });
    });
  }
});

Deno.test("figures count pod-hours, moves and minutes from sync to sync", () => {
  const syncs = { startMs: 0, stepMs: 60_000, count: 5 };
  const figures = figuresOf([1, 2, 4, 4, 1], syncs, { ratios: [2, 1, undefined, 1.1, 3], max: 4 });
  assert.deepEqual(figures, {
    podHours: 11 / 60,
    scaleUps: 2,
    scaleDowns: 1,
    most: 4,
    least: 1,
    minutesOverTarget: 2,
    minutesAtMax: 2,
  });
});

Deno.test("the page holds everything itself, and its policy lets nothing else in", async () => {
  const result = await replayed(example("hpa.yaml").replace("name: web", "name: <b>"));
  const page = await whatIfPage(result, "ko");
  const [, css] = /<style>(.*?)<\/style>/s.exec(page)!;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(css));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  assert.match(page, /default-src 'none'; style-src 'sha256-/);
  assert.ok(page.includes(`'sha256-${hash}'`));
  assert.doesNotMatch(page, /<script|https?:\/\/|style="|<b>/);
  assert.match(page, /<svg [^>]*role="img" aria-label="시간에 따른 레플리카"/);
  // What the picture shows is told in words too, and what is wider than a phone is scrolled by the keyboard.
  assert.match(page, /<summary>[^<]*개로 시작해 [^<]*<\/summary>/);
  const wide = page.match(/<figure|<table/g)!.length;
  assert.equal(page.match(/tabindex="0"/g)!.length, wide);
  assert.match(css, /figure, \.wide \{[^}]*overflow-x: auto/);
  assert.ok(page.length < 60_000, `${page.length}`);
});

Deno.test("CSV and JSON have every sync", async () => {
  const result = await replayed(example("hpa.yaml"));
  const csv = whatIfCsv(result).trimEnd().split("\n");
  assert.equal(csv.length, 5762);
  assert.equal(csv[2881], "2026-01-05T12:00:00.000Z,109.42083333333333,6,6,10");
  const json = JSON.parse(JSON.stringify(whatIfJson(result)));
  assert.equal(json.scalers[0].replicas.length, 5761);
  assert.equal(json.scalers[0].scalings[0].reason, "All metrics below target");
});

Deno.test("whatever stands in a scaler's fields is replayed, or refused in words", async () => {
  const source = day();
  const { fromMs } = await optionsFor(source);
  const options = await optionsFor(source, { toMs: fromMs + 20 * 60_000 });
  const odd = [null, "x", "", -1, 1.5, 0, [], {}, [null], "1e999"];
  const told = { replayed: 0, refused: 0 };
  for (const file of ["hpa-slow-down.yaml", "scaledobject.yaml"]) {
    const object = fromYaml(example(file)) as KubeObject;
    if (object.kind === "ScaledObject") {
      const behavior = (fromYaml(example("hpa-slow-down.yaml")) as KubeObject).spec.behavior;
      Object.assign(object.spec, {
        pollingInterval: 30,
        cooldownPeriod: 60,
        idleReplicaCount: 0,
        fallback: { failureThreshold: 3, replicas: 4 },
      });
      formulated(object).spec.advanced.horizontalPodAutoscalerConfig = { behavior };
      object.spec.triggers[0].metadata.ignoreNullValues = "false";
    }
    for (const path of pathsOf(object)) {
      for (const value of odd) {
        const changed = JSON.stringify(withValue(object, path, value));
        try {
          await whatIf(readScalers(changed, file), source, options);
          told.replayed++;
        } catch (error) {
          const isTold = error instanceof InputError || error instanceof MetricSourceError;
          assert.ok(
            isTold,
            `${path.join(".")}: ${JSON.stringify(value)}: ${(error as Error).stack}`,
          );
          told.refused++;
        }
      }
    }
  }
  assert.ok(told.replayed > 100 && told.refused > 100, JSON.stringify(told));
});

/** The paths of everything in an object. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function withValue(object: KubeObject, path: string[], value: unknown): unknown {
  const copy = structuredClone(object);
  const parent = path.slice(0, -1).reduce<any>((at, key) => at[key], copy);
  parent[path.at(-1)!] = value;
  return copy;
}

Deno.test("YAML that is none is told by the line of the file that is to blame, in both languages", () => {
  const rows: [text: string, en: RegExp][] = [
    [
      "kind: HorizontalPodAutoscaler\nmetadata: {name: web\nspec: {}\n",
      /^f:2: a bracket is opened in `metadata: \{name: web` and not closed/,
    ],
    ["kind: A\n---\nkind: B\nspec:\n  min:2\n  max: 3\n", /^f:5: a space is missing after/],
    ["kind: A\n---\nspec: 'x\n", /^f:3: /],
    [
      "kind: A\n---\nkind: B\nspec: ]\n",
      /^f:4: `spec: \]` may not stand like this: did not find expected node content$/,
    ],
  ];
  for (const [text, en] of rows) {
    for (const read of [readScalers, readHpaFile]) {
      assert.throws(() => read(text, "f"), ({ said }: InputError) => {
        assert.match(said.en, en);
        assert.match(said.ko, /^f:\d+: .*[가-힣]/);
        return true;
      });
    }
  }
});

Deno.test("a file's object that the API could not hold is refused at its place", () => {
  const hpa = (path: string[], value: unknown) => {
    const object = fromYaml(example("hpa.yaml")) as KubeObject;
    object.spec.metrics[0].object.metric.selector = {
      matchExpressions: [{ key: "a", operator: "In", values: ["b"] }],
    };
    return JSON.stringify(withValue(object, path, value));
  };
  const requirement = "spec.metrics.0.object.metric.selector.matchExpressions.0".split(".");
  const refused: [path: string[], value: unknown][] = [
    [["metadata", "name"], {}],
    [["metadata", "namespace"], 5],
    [["spec", "maxReplicas"], 2 ** 31],
    [[...requirement, "operator"], null],
    [[...requirement, "values", "0"], null],
    [[...requirement, "values"], [["b"]]],
  ];
  for (const [path, value] of refused) {
    assert.throws(() => readScalers(hpa(path, value), "f"), /^InputError: f:1:\d+: /, `${path}`);
  }
  const cpu = (value: unknown) => {
    const object = fromYaml(example("scaledobject.yaml")) as KubeObject;
    object.spec.triggers = [{ type: "cpu", metricType: "Utilization", metadata: { value } }];
    return JSON.stringify(object);
  };
  for (const value of ["0.5", "1e400", "-5", "3000000000", null]) {
    assert.throws(() => readScalers(cpu(value), "f"), /InputError: .*wants a value/, `${value}`);
  }
  assert.equal(readScalers(cpu("50"), "f")[0].metrics.length, 1);
});

Deno.test("lists as kubectl prints them, and HPAs of autoscaling/v1, are read", () => {
  const v1 = {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v1",
    metadata: { name: "old" },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { kind: "Deployment", name: "old" },
      targetCPUUtilizationPercentage: 60,
    },
  };
  const list = { kind: "List", items: [fromYaml(example("hpa.yaml")), v1] };
  const [web, old] = readScalers(JSON.stringify(list), "list.json");
  assert.equal(web.metrics[0].name, "http_requests_per_second");
  assert.equal(old.spec.metrics![0].resource!.target.averageUtilization, 60);
});

Deno.test("a ScaledJob beside an HPA is left out with a remark", () => {
  const job = { kind: "ScaledJob", metadata: { name: "crunch" }, spec: { triggers: [] } };
  const list = { kind: "List", items: [job, fromYaml(example("hpa.yaml"))] };
  const remarks: string[] = [];
  const scalers = readScalers(JSON.stringify(list), "all.yaml", ({ en }) => remarks.push(en));
  assert.deepEqual(scalers.map(({ spec }) => spec.scaleTargetRef.kind), ["Deployment"]);
  assert.equal(remarks.length, 1);
  assert.match(remarks[0], /^crunch in all\.yaml is a ScaledJob, which is not replayed/);
});
