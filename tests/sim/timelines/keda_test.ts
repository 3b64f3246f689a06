import assert from "node:assert/strict";
import { keda } from "../../../lib/sim/charts/mod.ts";
import type { Program } from "../../../lib/sim/seams.ts";
import { DocumentedKeda, type KedaSpec, type Value } from "./_documented_keda.ts";
import { TimelineLab } from "./_lab.ts";

const SCALED_OBJECTS = "scaledobjects.keda.sh";
const HPAS = "horizontalpodautoscalers.autoscaling";
const POLL_MS = 30_000;
const SYNC_MS = 15_000;

/** A Prometheus that answers every query with what the present second is given. */
function scripted(valueAt: (nowMs: number) => Value): Program {
  return {
    name: "scripted-prometheus",
    images: ["scripted-prometheus"],
    start: ({ net, now }) => {
      net.listen(9090, () => {
        const value = valueAt(now());
        if (value === "down") return { status: 503, headers: {}, body: "" };
        const result = value === "empty" ? [] : [{ metric: {}, value: [0, String(value)] }];
        const body = JSON.stringify({ status: "success", data: { resultType: "vector", result } });
        return { status: 200, headers: {}, body };
      });
      return {};
    },
  };
}

interface Step {
  seconds: number;
  value: Value;
  desired: number | undefined;
  replicas: number;
  reasons: string[];
}

interface Scenario {
  spec: KedaSpec;
  /** From which second on Prometheus gives which value. */
  values?: readonly [fromSeconds: number, value: Value][];
  /** Another trigger, and its value. */
  trigger?: unknown;
  valueAt?: (nowMs: number) => Value;
  minutes: number;
  /** Annotations set at a second; null takes one away. */
  annotate?: readonly [atSeconds: number, name: string, value: string | null][];
  /** Seconds at which the process is killed, and another goes on. */
  killedAt?: readonly number[];
}

/** Plays a scenario; each change of the replicas is checked against the documented machine. */
function play(scenario: Scenario, seed = 1): Step[] {
  const { spec, values = [], minutes, annotate = [], killedAt = [] } = scenario;
  let originMs = Infinity;
  const valueAt = scenario.valueAt ??
    ((nowMs: number): Value =>
      values.findLast(([from]) => nowMs >= originMs + from * 1000)?.[1] ?? 0);
  const lab = new TimelineLab(seed, [scripted(valueAt)]);
  lab.install(keda, {}, "keda", "keda");
  lab.create({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "prometheus" },
    spec: { selector: { app: "prometheus" }, ports: [{ port: 9090 }] },
  });
  lab.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "prometheus", labels: { app: "prometheus" } },
    spec: { containers: [{ name: "prometheus", image: "scripted-prometheus" }] },
  });
  lab.create({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "nginx", image: "nginx:1.29" }] },
      },
    },
  });
  lab.wait(90);
  const { clock } = lab.cluster;
  originMs = clock.now();
  lab.create({
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { name: "web" },
      minReplicaCount: spec.min,
      maxReplicaCount: spec.max,
      cooldownPeriod: spec.cooldownMs / 1000,
      ...(spec.fallback ? { fallback: spec.fallback } : {}),
      triggers: [scenario.trigger ?? prometheusTrigger(spec)],
    },
  });
  const follower = new Follower(lab, spec, originMs);
  // The first poll is at once.
  follower.machine.poll(originMs, 1, valueAt(originMs));
  const steps: Step[] = [];
  const pending = [...annotate];
  for (let atMs = originMs + SYNC_MS; atMs <= originMs + minutes * 60_000; atMs += SYNC_MS) {
    if (killedAt.includes((atMs - originMs) / 1000)) lab.resume();
    steps.push(follower.step(atMs, valueAt(atMs)));
    if (pending[0] && originMs + pending[0][0] * 1000 === atMs) {
      const [, name, value] = pending.shift()!;
      follower.annotate(name, value, atMs, valueAt(atMs));
    }
  }
  lab.close();
  return steps;
}

function prometheusTrigger(spec: KedaSpec) {
  return {
    type: "prometheus",
    metadata: {
      serverAddress: "http://prometheus.default.svc:9090",
      query: "sum(load)",
      threshold: String(spec.threshold),
      activationThreshold: String(spec.activationThreshold ?? 0),
      ignoreNullValues: String(spec.ignoreNullValues ?? true),
    },
  };
}

/** Walks along a ScaledObject, one sync of its HPA at a time. */
class Follower {
  machine: DocumentedKeda;
  #pollOriginMs: number;
  #isPaused = false;
  /** What had been told by the step before. */
  #told = new Map<string, number>();

  constructor(
    private readonly lab: TimelineLab,
    spec: KedaSpec,
    private readonly originMs: number,
  ) {
    this.machine = new DocumentedKeda(spec);
    this.#pollOriginMs = originMs;
  }

  /** Pauses, or goes on from now. */
  annotate(name: string, value: string | null, nowMs: number, trigger: Value): void {
    this.lab.api.patch(SCALED_OBJECTS, "default", "web", {
      metadata: { annotations: { [`autoscaling.keda.sh/${name}`]: value } },
    });
    this.lab.cluster.clock.drain();
    this.#isPaused = value !== null;
    this.machine.forgetHpa();
    if (this.#isPaused) return;
    this.#pollOriginMs = nowMs;
    this.machine.poll(nowMs, this.lab.replicas("web"), trigger);
  }

  step(atMs: number, value: Value): Step {
    const { lab } = this;
    const { clock } = lab.cluster;
    clock.advanceTo(atMs - 1);
    const before = lab.replicas("web");
    const running = lab.api.get("deployments.apps", "default", "web")!.status.replicas ?? 0;
    const known = this.#told;
    clock.advanceTo(atMs);
    this.#told = this.#events();
    const replicas = lab.replicas("web");
    const hpa = lab.api.get(HPAS, "default", "keda-hpa-web");
    const step: Step = {
      seconds: (atMs - this.originMs) / 1000,
      value,
      desired: hpa?.status?.desiredReplicas,
      replicas,
      reasons: [...this.#told].filter(([event, count]) => known.get(event) !== count)
        .map(([event]) => event).sort(),
    };
    this.#check(atMs, { before, running, value }, step);
    return step;
  }

  /** Poll and sync fall on the same instant at times; either order will do. */
  #check(
    atMs: number,
    { before, running, value }: { before: number; running: number; value: Value },
    step: Step,
  ): void {
    if (this.#isPaused) {
      assert.equal(step.replicas, before, JSON.stringify(step));
      return;
    }
    const isPoll = (atMs - this.#pollOriginMs) % POLL_MS === 0;
    const orders = [[true, false], [false, true]].map((order) => {
      const machine = this.machine.fork();
      let count = before;
      for (const isPolling of order) {
        if (!isPolling) count = machine.sync(atMs, count, running, value);
        else if (isPoll) count = machine.poll(atMs, count, value);
      }
      return { machine, count };
    });
    const fitting = orders.find(({ count }) => count === step.replicas);
    assert.ok(
      fitting,
      `${JSON.stringify(step)}; documented: ${orders.map(({ count }) => count).join(" or ")}`,
    );
    this.machine = fitting.machine;
  }

  /** `about: reason: message` and how often, of what the target and its scalers tell. */
  #events(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const event of this.lab.api.list("events", { namespace: "default" })) {
      const { reason = "", message, count = 1 } = event;
      if (!TOLD.has(reason)) continue;
      const text = `${reason}: ${message}`;
      counts.set(text, (counts.get(text) ?? 0) + count);
    }
    return counts;
  }
}

const TOLD = new Set([
  "SuccessfulRescale",
  "KEDAScaleTargetActivated",
  "KEDAScaleTargetDeactivated",
  "KEDAScalerFailed",
  "ScaledObjectPaused",
  "ScaledObjectUnpaused",
  "ScaledObjectFallbackActivated",
  "ScaledObjectFallbackDeactivated",
]);

/** The sizes that a trace goes through. */
function sizes(steps: readonly Step[]): number[] {
  return steps.map(({ replicas }) => replicas).filter((size, i, all) => size !== all[i - 1]);
}

/** What is told, without repetitions; the HPA's metric without its selector. */
function reasons(steps: readonly Step[]): string[] {
  return steps.flatMap(({ reasons }) => reasons)
    .map((reason) => reason.replace(/\(&LabelSelector\{.*\}\)/, ""))
    .filter((reason, i, all) => reason !== all[i - 1]);
}

const UP = (to: number) =>
  `SuccessfulRescale: New size: ${to}; reason: external metric s0-prometheus above target`;
const DOWN = (to: number) => `SuccessfulRescale: New size: ${to}; reason: All metrics below target`;
const TO_ZERO = (from: number) =>
  `KEDAScaleTargetDeactivated: Deactivated apps/v1.Deployment default/web from ${from} to 0`;
const FROM_ZERO = "KEDAScaleTargetActivated: Scaled apps/v1.Deployment default/web from 0 to 1, " +
  "triggered by s0-prometheus";
const DOWN_503 = "KEDAScalerFailed: prometheus query api returned error. status: 503";

const ZERO: KedaSpec = { threshold: 20, min: 0, max: 8, cooldownMs: 120_000 };

Deno.test("KEDA to zero and back: activation, the HPA up, the cooldown and zero", async (t) => {
  const scenario: Scenario = {
    spec: ZERO,
    values: [[0, 0], [100, 115], [400, 0], [700, 41]],
    minutes: 15,
  };
  const steps = play(scenario);
  await t.step("sizes and reasons", () => {
    assert.deepEqual(sizes(steps), [1, 0, 4, 6, 0, 3]);
    assert.deepEqual(reasons(steps), [
      TO_ZERO(1),
      FROM_ZERO,
      UP(4),
      UP(6),
      TO_ZERO(6),
      FROM_ZERO,
      UP(3),
    ]);
  });
  await t.step("zero comes after the cooldown, in one step past the HPA", () => {
    const slept = steps.find(({ replicas, seconds }) => replicas === 0 && seconds > 400)!;
    // Active for the last time at 390 s; the first poll more than 120 s later.
    assert.equal(slept.seconds, 540);
  });
  await t.step("the same seed gives the same trace", () => assert.deepEqual(play(scenario), steps));
  await t.step("killed again and again it does the same things", () => {
    // A poll and a sync of one instant may change places.
    const killed = play({ ...scenario, killedAt: [30, 105, 135, 420, 555, 720] });
    assert.deepEqual(reasons(killed), reasons(steps));
    assert.equal(killed.at(-1)!.replicas, steps.at(-1)!.replicas);
  });
});

Deno.test("KEDA by the clock: a cron trigger wakes its target and lets it sleep", () => {
  const at = (time: string) => Date.parse(`2026-01-05T${time}Z`);
  const steps = play({
    spec: { ...ZERO, threshold: 1, max: 100 },
    trigger: {
      type: "cron",
      metadata: { timezone: "UTC", start: "10 0 * * *", end: "25 0 * * *", desiredReplicas: "5" },
    },
    valueAt: (nowMs) => nowMs >= at("00:10:00") && nowMs < at("00:25:00") ? 5 : 0,
    minutes: 30,
  });
  assert.deepEqual(sizes(steps), [1, 0, 4, 5, 0]);
});

Deno.test("a Prometheus outage under KEDA", async (t) => {
  const before: [number, Value] = [0, 100];
  const minutes = 16;
  await t.step("an empty result counts as nothing: the target goes to zero", () => {
    const steps = play({ spec: ZERO, values: [before, [120, "empty"]], minutes });
    assert.deepEqual(sizes(steps), [4, 5, 0]);
    assert.deepEqual(reasons(steps), [UP(4), UP(5), TO_ZERO(5)]);
  });
  await t.step("ignoreNullValues false makes it an error: the replicas stay", () => {
    const spec = { ...ZERO, ignoreNullValues: false };
    const steps = play({ spec, values: [before, [120, "empty"]], minutes });
    assert.deepEqual(sizes(steps), [4, 5]);
    assert.deepEqual(reasons(steps), [
      UP(4),
      UP(5),
      "KEDAScalerFailed: prometheus metrics 'prometheus' target may be lost, the result is empty",
    ]);
  });
  await t.step("no answer is an error: the replicas stay until there is one", () => {
    const steps = play({ spec: ZERO, values: [before, [120, "down"], [600, 40]], minutes });
    assert.deepEqual(sizes(steps), [4, 5, 2]);
    assert.deepEqual(reasons(steps), [UP(4), UP(5), DOWN_503, DOWN(2)]);
  });
  await t.step("a fallback takes over past its threshold, and lets go after", () => {
    const spec = { ...ZERO, fallback: { failureThreshold: 3, replicas: 7 } };
    const steps = play({ spec, values: [before, [120, "down"], [400, 100]], minutes });
    assert.deepEqual(sizes(steps), [4, 5, 7, 5]);
    assert.deepEqual(reasons(steps), [
      UP(4),
      UP(5),
      DOWN_503,
      "ScaledObjectFallbackActivated: ScaledObject fallback is active",
      UP(7),
      DOWN(5),
    ]);
  });
});

Deno.test("pausing: nothing moves until it ends", () => {
  const steps = play({
    spec: { ...ZERO, min: 1 },
    values: [[0, 60], [180, 150]],
    minutes: 8,
    annotate: [[120, "paused", "true"], [300, "paused", null]],
  });
  assert.deepEqual(sizes(steps), [3, 6, 8]);
  assert.deepEqual(reasons(steps), [
    UP(3),
    "ScaledObjectPaused: ScaledObject is paused",
    "ScaledObjectUnpaused: pause annotation removed for ScaledObject",
    UP(6),
    UP(8),
  ]);
});
