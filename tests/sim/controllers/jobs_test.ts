import assert from "node:assert/strict";
import type { KubeObject, Pod } from "../../../lib/kube/mod.ts";
import { IndexSet } from "../../../lib/sim/controllers/job/_indexes.ts";
import type { Program } from "../../../lib/sim/seams.ts";
import { idle, World } from "../kubelet/_world.ts";

const JOBS = "jobs.batch";

function job(name: string, args: string[], spec: object = {}, podSpec: object = {}): KubeObject {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "default" },
    spec: {
      ...spec,
      template: {
        metadata: { labels: { app: name } },
        spec: { restartPolicy: "Never", ...idle(args), ...podSpec },
      },
    },
  };
}

function statusOf(world: World, name: string): any {
  return world.api.get(JOBS, "default", name)!.status;
}

function conditionsOf(world: World, name: string): string[] {
  return (statusOf(world, name).conditions ?? [])
    .map(({ type, status, reason }: any) => `${type}=${status} ${reason}`);
}

/** Ends with the code that its index has in `args`: `0,1,0`; seconds after its start. */
const BY_INDEX: Program = {
  name: "by-index",
  images: ["by-index"],
  start: ({ args, env, exit, after }) => {
    const codes = args[0].split(",").map(Number);
    after(1000, () => exit(codes[Number(env.JOB_COMPLETION_INDEX)] ?? 0));
    return {};
  },
};
const byIndex = (codes: string) => ({
  containers: [{ name: "main", image: "by-index:1", args: [codes] }],
});

Deno.test("IndexSet reads and writes completion indexes as a Job's status does", () => {
  const rows: [number[], string][] = [
    [[], ""],
    [[0], "0"],
    [[1, 0], "0,1"],
    [[0, 1, 2], "0-2"],
    [[5, 1, 3, 4, 0, 9, 10], "0,1,3-5,9,10"],
  ];
  for (const [indexes, text] of rows) {
    assert.equal(new IndexSet(indexes).toString(), text);
    assert.equal(IndexSet.parse(text, 100).toString(), text);
  }
  assert.equal(IndexSet.parse("0-7,9", 6).toString(), "0-5");
  assert.deepEqual(new IndexSet([0, 2]).missing(2, 9), [1, 3]);
});

Deno.test("a Job runs until it has succeeded often enough, and counts each pod once", () => {
  const world = new World();
  world.create(job("good", ["exit-later=0"], { completions: 3, parallelism: 2 }));
  const stored = world.api.get(JOBS, "default", "good")!;
  assert.deepEqual(stored.spec.selector.matchLabels, {
    "batch.kubernetes.io/controller-uid": stored.metadata.uid,
  });
  assert.equal(stored.metadata.labels!.app, "good");
  assert.equal(world.pods("good").length, 2);
  assert.equal(world.pods("good")[0].metadata.labels!["batch.kubernetes.io/job-name"], "good");
  assert.deepEqual(world.pods("good")[0].metadata.finalizers, ["batch.kubernetes.io/job-tracking"]);
  world.wait(60);
  const status = statusOf(world, "good");
  assert.equal(status.succeeded, 3);
  assert.equal(status.active, undefined);
  assert.deepEqual(conditionsOf(world, "good"), [
    "SuccessCriteriaMet=True CompletionsReached",
    "Complete=True CompletionsReached",
  ]);
  assert.equal(status.completionTime, status.conditions[1].lastTransitionTime);
  assert.deepEqual(world.pods("good").flatMap(({ metadata }) => metadata.finalizers ?? []), []);
  const names = world.pods("good").map(({ metadata }) => `Created pod: ${metadata.name}`);
  assert.deepEqual(
    world.events("good").sort(),
    [
      "Completed: Job completed",
      ...names.map((text) => `SuccessfulCreate: ${text}`),
    ].sort(),
  );
});

Deno.test("failed pods are replaced after 10 s, 20 s, 40 s, up to the back-off limit", () => {
  const world = new World();
  world.create(job("bad", ["exit=1"], { backoffLimit: 3 }));
  world.wait(300);
  const ends = world.pods("bad").map(({ status }) =>
    Date.parse(status!.containerStatuses![0].state!.terminated!.finishedAt!) / 1000
  ).sort((a, b) => a - b);
  const gaps = ends.slice(1).map((at, i) => at - ends[i]);
  assert.equal(gaps.length, 3);
  [10, 20, 40].forEach((want, i) => assert(gaps[i] >= want && gaps[i] < want + 8, `${gaps}`));
  assert.equal(statusOf(world, "bad").failed, 4);
  assert.deepEqual(conditionsOf(world, "bad"), [
    "FailureTarget=True BackoffLimitExceeded",
    "Failed=True BackoffLimitExceeded",
  ]);
  const last = "BackoffLimitExceeded: Job has reached the specified backoff limit";
  assert(world.events("bad").includes(last));
});

Deno.test("with restartPolicy OnFailure it is restarts that count", () => {
  const world = new World();
  world.create(job("bad", ["exit=1"], { backoffLimit: 2 }, { restartPolicy: "OnFailure" }));
  world.wait(120);
  assert.equal(conditionsOf(world, "bad").at(-1), "Failed=True BackoffLimitExceeded");
  assert.deepEqual(world.pods("bad"), [], "the pod still restarting is deleted");
});

Deno.test("a Job past its deadline is stopped, and fails once its pods are gone", () => {
  const world = new World();
  world.create(job("slow", [], { activeDeadlineSeconds: 30 }));
  world.wait(29);
  assert.equal(statusOf(world, "slow").active, 1);
  world.wait(1);
  assert.equal(statusOf(world, "slow").terminating, 1);
  assert.deepEqual(conditionsOf(world, "slow"), ["FailureTarget=True DeadlineExceeded"]);
  world.wait(40);
  assert.equal(conditionsOf(world, "slow").at(-1), "Failed=True DeadlineExceeded");
  assert.equal(statusOf(world, "slow").failed, 1);
  assert.deepEqual(world.pods("slow"), []);
});

Deno.test("an Indexed Job runs every index once, under its own host name", () => {
  const world = new World(undefined, { programs: [BY_INDEX] });
  const spec = { completionMode: "Indexed", completions: 4, parallelism: 3 };
  world.create(job("grid", [], spec, byIndex("0,0,0,0")));
  const indexes = world.pods("grid").map(({ metadata, spec }) => [
    metadata.annotations!["batch.kubernetes.io/job-completion-index"],
    metadata.labels!["batch.kubernetes.io/job-completion-index"],
    spec!.hostname,
  ]);
  assert.deepEqual(indexes, [0, 1, 2].map((i) => [`${i}`, `${i}`, `grid-${i}`]));
  assert.match(world.pods("grid")[1].metadata.name, /^grid-1-[a-z0-9]{5}$/);
  world.wait(60);
  assert.equal(statusOf(world, "grid").completedIndexes, "0-3");
  assert.equal(statusOf(world, "grid").succeeded, 4);
  assert.equal(conditionsOf(world, "grid").at(-1), "Complete=True CompletionsReached");
});

Deno.test("backoffLimitPerIndex fails an index by itself, and the Job when all have ended", () => {
  const world = new World(undefined, { programs: [BY_INDEX] });
  const spec = {
    completionMode: "Indexed",
    completions: 3,
    parallelism: 3,
    backoffLimitPerIndex: 1,
  };
  world.create(job("grid", [], spec, byIndex("0,7,0")));
  world.wait(120);
  const status = statusOf(world, "grid");
  assert.equal(status.completedIndexes, "0,2");
  assert.equal(status.failedIndexes, "1");
  assert.equal(status.failed, 2);
  assert.deepEqual(conditionsOf(world, "grid"), [
    "FailureTarget=True FailedIndexes",
    "Failed=True FailedIndexes",
  ]);
  const counts = world.pods("grid")
    .filter(({ status }) => status!.phase === "Failed")
    .map(({ metadata }) => metadata.annotations!["batch.kubernetes.io/job-index-failure-count"]);
  assert.deepEqual(counts.sort(), ["0", "1"]);
});

Deno.test("a success policy ends a Job before the rest has succeeded", () => {
  const world = new World(undefined, { programs: [BY_INDEX] });
  const spec = {
    completionMode: "Indexed",
    completions: 3,
    parallelism: 1,
    successPolicy: { rules: [{ succeededIndexes: "0" }] },
  };
  world.create(job("leader", [], spec, byIndex("0,0,0")));
  world.wait(60);
  const conditions = statusOf(world, "leader").conditions;
  assert.equal(conditions.at(-1).type, "Complete");
  assert.equal(conditions[0].message, "Matched rules at index 0");
  assert.equal(statusOf(world, "leader").completedIndexes, "0");
});

Deno.test("a pod failure policy ignores a failure, counts it, or fails the Job at once", async (t) => {
  const onExitCodes = { containerName: "main", operator: "In", values: [42] };
  await t.step("FailJob", () => {
    const world = new World();
    const rules = [{ action: "FailJob", onExitCodes }];
    world.create(job("strict", ["exit-later=42"], { podFailurePolicy: { rules } }));
    world.wait(30);
    const [pod] = world.pods("strict");
    const last = statusOf(world, "strict").conditions.at(-1);
    assert.equal(last.type, "Failed");
    assert.equal(last.reason, "PodFailurePolicy");
    assert.equal(
      last.message,
      `Container main for pod default/${pod.metadata.name} failed with exit code 42 matching ` +
        "FailJob rule at index 0",
    );
  });
  await t.step("Ignore", () => {
    const world = new World();
    const rules = [{ action: "Ignore", onExitCodes }];
    const spec = { podFailurePolicy: { rules }, backoffLimit: 0 };
    world.create(job("lax", ["exit-later=42"], spec));
    world.wait(60);
    assert.equal(statusOf(world, "lax").failed, undefined);
    assert(world.pods("lax").length > 1);
  });
});

Deno.test("a suspended Job has no pods until it is resumed", () => {
  const world = new World();
  world.create(job("later", ["exit-later=0"], { suspend: true }));
  world.wait(10);
  assert.deepEqual(world.pods("later"), []);
  assert.deepEqual(conditionsOf(world, "later"), ["Suspended=True JobSuspended"]);
  assert.equal(statusOf(world, "later").startTime, undefined);
  const suspend = (on: boolean) => {
    world.api.patch(JOBS, "default", "later", { spec: { suspend: on } });
    world.clock.drain();
  };
  suspend(false);
  assert.equal(world.pods("later").length, 1);
  assert.deepEqual(conditionsOf(world, "later"), ["Suspended=False JobResumed"]);
  suspend(true);
  world.wait(40);
  assert.deepEqual(world.pods("later"), []);
  suspend(false);
  world.wait(30);
  assert.equal(conditionsOf(world, "later").at(-1), "Complete=True CompletionsReached");
  const events = world.events("later").map((text) => text.split(":")[0]);
  assert(events.includes("Suspended") && events.includes("Resumed"));
});

Deno.test("a finished Job goes with its pods after ttlSecondsAfterFinished", () => {
  const world = new World();
  world.create(job("brief", ["exit-later=0"], { ttlSecondsAfterFinished: 20 }));
  world.wait(20);
  assert.equal(conditionsOf(world, "brief").at(-1), "Complete=True CompletionsReached");
  world.wait(25);
  assert.equal(world.api.get(JOBS, "default", "brief"), undefined);
  assert.deepEqual(world.pods("brief"), []);
});

Deno.test("pods of a deleted Job are let go of, in the background and in the foreground", async (t) => {
  for (const propagationPolicy of ["Background", "Foreground", "Orphan"] as const) {
    await t.step(propagationPolicy, () => {
      const world = new World();
      world.create(job("gone", [], { parallelism: 2 }));
      world.wait(10);
      world.api.delete(JOBS, "default", "gone", { propagationPolicy });
      world.wait(60);
      assert.equal(world.api.get(JOBS, "default", "gone"), undefined);
      const pods = world.pods("gone");
      assert.equal(pods.length, propagationPolicy === "Orphan" ? 2 : 0);
      assert.deepEqual(pods.flatMap((pod: Pod) => pod.metadata.finalizers ?? []), []);
    });
  }
});
