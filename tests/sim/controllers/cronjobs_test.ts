import assert from "node:assert/strict";
import { CronSchedule } from "../../../lib/go/mod.ts";
import type { KubeObject } from "../../../lib/kube/mod.ts";
import {
  missedSchedule,
  nextScheduleMs,
  zonedTimestamp,
} from "../../../lib/sim/controllers/_cron_schedule.ts";
import { idle, START_MS, World } from "../kubelet/_world.ts";

const CRON_JOBS = "cronjobs.batch";

function cronJob(args: string[], spec: object = {}): KubeObject {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "tick", namespace: "default" },
    spec: {
      schedule: "*/5 * * * *",
      jobTemplate: {
        metadata: { labels: { by: "tick" } },
        spec: { template: { spec: { restartPolicy: "Never", ...idle(args) } } },
      },
      ...spec,
    },
  };
}

function jobs(world: World): string[] {
  return world.api.list("jobs.batch", { namespace: "default" })
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map(({ metadata }) => metadata.name);
}

function statusOf(world: World): any {
  return world.api.get(CRON_JOBS, "default", "tick")!.status;
}

function reasons(world: World): string[] {
  return world.events("tick").map((text) => text.split(":")[0]);
}

function patch(world: World, spec: object): void {
  world.api.patch(CRON_JOBS, "default", "tick", { spec });
  world.clock.drain();
}

// Source: kubernetes pkg/controller/cronjob/utils_test.go.
Deno.test("missedSchedule() finds the last time that has come", () => {
  const at = (text: string) => Date.parse(`2026-11-24T${text}Z`);
  const hourly = new CronSchedule("0 * * * *", "UTC");
  const sinceMs = at("10:00:00");
  const rows: [string, number | undefined, string | undefined, number][] = [
    ["10:59:59", undefined, undefined, 0],
    ["11:00:00", undefined, "11:00:00", 0],
    ["12:00:05", undefined, "12:00:00", 2],
    ["12:30:00", 600, undefined, 0],
    ["23:30:00", undefined, "23:00:00", 13],
  ];
  for (const [now, withinSeconds, found, count] of rows) {
    const missed = missedSchedule({ sinceMs }, hourly, at(now), { withinSeconds });
    assert.equal(missed.atMs, found === undefined ? undefined : at(found), now);
    assert.equal(missed.count, count, now);
  }
  assert.equal(nextScheduleMs({ sinceMs }, hourly, at("10:59:59")), at("11:00:00"));
  assert.equal(nextScheduleMs({ sinceMs }, hourly, at("12:30:00")), at("13:00:00"));
  const never = missedSchedule({ sinceMs }, new CronSchedule("0 0 31 2 *", "UTC"), at("12:00:00"));
  assert.equal(never.error, "time difference between two schedules is less than 1 second");
});

Deno.test("zonedTimestamp() tells an instant by the clock of a zone", () => {
  const atMs = Date.parse("2026-11-24T23:30:00Z");
  assert.equal(zonedTimestamp(atMs, "UTC"), "2026-11-24T23:30:00Z");
  assert.equal(zonedTimestamp(atMs, "Asia/Seoul"), "2026-11-25T08:30:00+09:00");
  assert.equal(zonedTimestamp(atMs, "Asia/Kolkata"), "2026-11-25T05:00:00+05:30");
});

Deno.test("a CronJob starts a Job at each scheduled time, named by its minute", () => {
  const world = new World();
  world.create(cronJob(["exit-later=0"]));
  world.wait(299);
  assert.deepEqual(jobs(world), []);
  world.wait(2);
  const minute = START_MS / 60_000 + 5;
  assert.deepEqual(jobs(world), [`tick-${minute}`]);
  const job = world.api.get("jobs.batch", "default", `tick-${minute}`)!;
  assert.deepEqual(job.metadata.annotations, {
    "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-11-24T00:05:00Z",
  });
  assert.deepEqual(job.metadata.labels, { by: "tick" });
  assert.equal(statusOf(world).lastScheduleTime, "2026-11-24T00:05:00Z");
  assert.equal(statusOf(world).active[0].name, `tick-${minute}`);
  world.wait(60);
  const [ended] = job.metadata.ownerReferences!;
  assert.equal(ended.name, "tick");
  assert.equal(statusOf(world).active, undefined);
  assert(statusOf(world).lastSuccessfulTime > "2026-11-24T00:05:00Z");
  assert.deepEqual(world.events("tick"), [
    `SuccessfulCreate: Created job tick-${minute}`,
    `SawCompletedJob: Saw completed job: tick-${minute}, condition: Complete`,
  ]);
});

Deno.test("finished Jobs past the history limits go, oldest first", () => {
  const world = new World();
  world.create(cronJob(["exit-later=0"], { successfulJobsHistoryLimit: 2 }));
  world.wait(1700);
  const minute = START_MS / 60_000;
  assert.deepEqual(jobs(world), [`tick-${minute + 20}`, `tick-${minute + 25}`]);
  assert(world.events("tick").includes(`SuccessfulDelete: Deleted job tick-${minute + 5}`));
});

Deno.test("concurrencyPolicy decides what becomes of a Job that still runs", async (t) => {
  const rows: [string, number, string][] = [
    ["Allow", 2, "SuccessfulCreate"],
    ["Forbid", 1, "JobAlreadyActive"],
    ["Replace", 1, "SuccessfulDelete"],
  ];
  for (const [concurrencyPolicy, count, reason] of rows) {
    await t.step(concurrencyPolicy, () => {
      const world = new World();
      world.create(cronJob([], { concurrencyPolicy }));
      world.wait(640);
      assert.equal(jobs(world).length, count);
      assert.equal(statusOf(world).active.length, count);
      assert(reasons(world).includes(reason), String(reasons(world)));
      const minute = START_MS / 60_000 + (concurrencyPolicy === "Forbid" ? 5 : 10);
      assert(jobs(world).includes(`tick-${minute}`));
    });
  }
});

Deno.test("a suspended CronJob starts nothing, and makes up for the last time missed in its deadline", () => {
  const world = new World();
  world.create(cronJob(["exit-later=0"], { suspend: true }));
  world.wait(1860);
  assert.deepEqual(jobs(world), []);
  patch(world, { suspend: false });
  assert.deepEqual(jobs(world), [`tick-${START_MS / 60_000 + 30}`]);
  patch(world, { suspend: true });
  world.wait(420);
  patch(world, { suspend: false, startingDeadlineSeconds: 10 });
  assert.equal(jobs(world).length, 1, "too late for the time in between");
});

Deno.test("a new schedule counts from its next time on", () => {
  const world = new World();
  world.create(cronJob(["exit-later=0"], { schedule: "0 12 * * *" }));
  world.wait(1830);
  patch(world, { schedule: "*/10 * * * *" });
  assert.deepEqual(jobs(world), []);
  world.wait(600);
  assert.deepEqual(jobs(world), [`tick-${START_MS / 60_000 + 40}`]);
});

Deno.test("a schedule is read by the clock of its time zone", () => {
  const world = new World();
  world.create(cronJob(["exit-later=0"], { schedule: "5 9 * * *", timeZone: "Asia/Seoul" }));
  world.wait(301);
  const [name] = jobs(world);
  const { annotations } = world.api.get("jobs.batch", "default", name)!.metadata;
  assert.deepEqual(Object.values(annotations!), ["2026-11-24T09:05:00+09:00"]);
});

Deno.test("a Job made by hand from a CronJob is unexpected, and is not counted as active", () => {
  const world = new World();
  const owner = world.create(cronJob(["exit-later=0"]));
  world.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "by-hand",
      ownerReferences: [{
        apiVersion: "batch/v1",
        kind: "CronJob",
        name: "tick",
        uid: owner.metadata.uid,
        controller: true,
      }],
    },
    spec: owner.spec.jobTemplate.spec,
  });
  const message = "UnexpectedJob: Saw a job that the controller did not create or forgot: by-hand";
  assert.equal(world.events("tick")[0], message);
  assert.equal(statusOf(world)?.active, undefined);
});

Deno.test("a CronJob goes on after a restart without starting anything twice", () => {
  const world = new World();
  world.create(cronJob(["exit-later=0"]));
  world.wait(330);
  world.save();
  const resumed = world.resume();
  resumed.wait(1);
  assert.equal(jobs(resumed).length, 1);
  resumed.wait(300);
  assert.equal(jobs(resumed).length, 2);
});
