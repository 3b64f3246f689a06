import assert from "node:assert/strict";
import { ApiError } from "../../../../lib/kube/mod.ts";
import { kedaOperator } from "../../../../lib/sim/programs/keda_operator/mod.ts";
import { redis } from "../../../../lib/sim/programs/redis/mod.ts";
import { amqpWire, redisWire } from "../../../../lib/sim/wires.ts";
import { FakeContainer } from "../../fakes/mod.ts";
import {
  endJob,
  eventsOf,
  jobCondition,
  JOBS,
  jobsIn,
  jobStatus,
  SCALED_JOBS,
  scaledJob,
  setQueue,
  startedJob,
} from "./_scaled_job.ts";
import { logOf, prometheusTrigger, type World } from "./_world.ts";

const POLL_MS = 30_000;

function annotate({ api, clock }: World, annotations: Record<string, string>): void {
  const object = api.get(SCALED_JOBS, "default", "work")!;
  api.update(SCALED_JOBS, { ...object, metadata: { ...object.metadata, annotations } });
  clock.advance(1);
}

function respec({ api, clock }: World, spec: Record<string, unknown>): void {
  const object = api.get(SCALED_JOBS, "default", "work")!;
  api.update(SCALED_JOBS, { ...object, spec: { ...object.spec, ...spec } });
  clock.advance(1);
}

// Source: kedacore/keda pkg/scaling/executor/scale_jobs.go (generateJobs), and its test's TestGenerateJobs.
Deno.test("a ScaledJob's Jobs carry what upstream puts on them", () => {
  const world = startedJob({}, {
    metadata: {
      labels: { team: "mail", secret: "x" },
      annotations: { note: "n", "scaledjob.keda.sh/job-excluded-labels": "secret" },
    },
  });
  const jobs = jobsIn(world);
  assert.equal(jobs.length, 2);
  const [{ metadata, spec }] = jobs;
  assert.match(metadata.name, /^work-/);
  assert.equal(metadata.generateName, "work-");
  assert.deepEqual(metadata.labels, {
    "app.kubernetes.io/managed-by": "keda-operator",
    "app.kubernetes.io/name": "work",
    "app.kubernetes.io/part-of": "work",
    "app.kubernetes.io/version": "2.20.2",
    "scaledjob.keda.sh/name": "work",
    team: "mail",
  });
  assert.deepEqual(metadata.annotations, {
    note: "n",
    "scaledjob.keda.sh/job-excluded-labels": "secret",
    "scaledjob.keda.sh/generation": "1",
  });
  const { kind, name, controller, blockOwnerDeletion } = metadata.ownerReferences![0];
  assert.deepEqual([kind, name, controller, blockOwnerDeletion], ["ScaledJob", "work", true, true]);
  assert.deepEqual(spec, {
    backoffLimit: 2,
    template: {
      metadata: {
        generateName: "work-",
        labels: { app: "work", "scaledjob.keda.sh/name": "work" },
      },
      spec: { containers: [{ name: "work", image: "busybox" }], restartPolicy: "OnFailure" },
    },
  });
});

Deno.test("a ScaledJob tells how it stands in its status, in events and in the log", () => {
  const world = startedJob();
  assert.deepEqual(world.api.get(SCALED_JOBS, "default", "work")!.metadata.finalizers, [
    "finalizer.keda.sh",
  ]);
  assert.deepEqual(jobStatus(world), {
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "ScaledJobReady",
        message: "ScaledJob is defined correctly and is ready for scaling",
      },
      {
        type: "Active",
        status: "True",
        reason: "ScalerActive",
        message: "Scaling is performed because triggers are active",
      },
      { type: "Fallback", status: "Unknown" },
      { type: "Paused", status: "False" },
    ],
    triggersTypes: "prometheus",
    authenticationsTypes: "",
    lastActiveTime: "2026-11-24T03:00:00Z",
    triggersActivity: { "s0-prometheus": { isActive: true } },
  });
  const [elected, ...events] = eventsOf(world);
  assert.match(elected, /^Normal LeaderElection: pod-1_[0-9a-f-]+ became leader$/);
  assert.deepEqual(events, [
    "Normal KEDAScalersStarted: Scaler prometheus is built",
    "Normal KEDAScalersStarted: Started scalers watch",
    "Normal ScaledJobReady: ScaledJob is ready for scaling",
    "Normal KEDAJobsCreated: Created 2 jobs",
    "Normal ScaledJobActive: Scaling is performed because triggers are active",
  ]);
  const log = logOf(world);
  assert.deepEqual(log.slice(log.indexOf("INFO Reconciling ScaledJob")), [
    "INFO Reconciling ScaledJob",
    "INFO Adding Finalizer for the ScaledJob",
    "INFO RolloutStrategy: immediate, No jobs owned by the previous version of the scaledJob",
    "INFO Initializing Scaling logic according to ScaledJob Specification",
    "INFO Scaling Jobs",
    "INFO Scaling Jobs",
    "INFO Creating jobs",
    "INFO Creating jobs",
    "INFO Created jobs",
  ]);
  assert.ok(world.operator.lines.at(-1)!.endsWith(
    'INFO\tscaleexecutor\tCreated jobs\t{"scaledJob.Name": "work", "scaledJob.Namespace": "default", ' +
      '"Number of jobs": 2}',
  ));
  setQueue(world, "0");
  world.clock.advance(POLL_MS);
  assert.equal(
    jobCondition(world, "Active"),
    "False ScalerNotActive: Scaling is not performed because triggers are not active",
  );
  assert.equal(
    eventsOf(world).at(-1),
    "Normal ScaledJobInactive: Scaling is not performed because triggers are not active",
  );
  assert.equal(jobStatus(world).lastActiveTime, "2026-11-24T03:00:00Z");
});

Deno.test("Jobs that run are not started again, and those that end make room", () => {
  const world = startedJob({}, { queue: "100" });
  assert.equal(jobsIn(world).length, 5);
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, 5);
  assert.ok(
    logOf(world).includes("INFO No need to create jobs - all requested jobs already exist"),
  );
  endJob(world, jobsIn(world)[0].metadata.name);
  endJob(world, jobsIn(world)[1].metadata.name, "Failed");
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, 7);
});

Deno.test("the minimum runs although the queue is empty", () => {
  const world = startedJob({ minReplicaCount: 2, maxReplicaCount: 4 }, { queue: "0" });
  assert.equal(jobsIn(world).length, 2);
  assert.match(jobCondition(world, "Active"), /^True ScalerActive/);
  setQueue(world, "100");
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, 4);
});

// Expectations: kedacore/keda pkg/scaling/executor/scale_jobs_test.go (TestGetPendingJobCount).
Deno.test("a Job is pending until a pod of it has what pendingPodConditions asks for", async (t) => {
  const both = ["Ready", "PodScheduled"];
  const pod = (...conditions: string[]) => ({
    conditions: conditions.map((type) => ({ type, status: "True" })),
  });
  const rows: [conditions: string[] | undefined, pods: object[], pending: number][] = [
    [undefined, [{ phase: "Succeeded" }], 0],
    [undefined, [{ phase: "Running" }], 0],
    [undefined, [{ phase: "Failed" }], 1],
    [undefined, [{ phase: "Pending" }], 1],
    [undefined, [{ phase: "Unknown" }], 1],
    [both, [pod()], 1],
    [both, [pod("Ready")], 1],
    [both, [pod("PodScheduled")], 1],
    [both, [pod("Ready", "PodScheduled")], 0],
    [both, [pod("Ready", "PodScheduled"), pod("Ready", "PodScheduled")], 0],
    [both, [pod("Ready", "PodScheduled"), pod("Ready")], 0],
    [both, [pod("Ready"), pod("PodScheduled")], 1],
    [both, [pod(), pod("Ready"), pod("Ready", "PodScheduled")], 0],
    [both, [pod(), pod("Ready"), pod("PodScheduled")], 1],
    [[], [{ phase: "Running", ...pod("Ready") }], 0],
  ];
  for (const [pendingPodConditions, pods, pending] of rows) {
    await t.step(JSON.stringify([pendingPodConditions, pods]), () => {
      const world = startedJob({
        scalingStrategy: { pendingPodConditions, strategy: "accurate" },
      }, { queue: "10" });
      const [{ metadata: { name: job } }] = jobsIn(world);
      pods.forEach((status, i) =>
        world.api.create("pods", {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: `p${i}`, namespace: "default", labels: { "job-name": job } },
          status,
        })
      );
      world.clock.advance(POLL_MS);
      const told = world.operator.lines.filter((line) => line.includes("Number of pending Jobs"));
      assert.match(told.at(-1)!, new RegExp(`"Number of pending Jobs": ${pending}}`));
      // One message, and one Job at it: what begins is off the queue, for the accurate strategy.
      assert.equal(jobsIn(world).length, pending === 1 ? 1 : 2);
    });
  }
});

// Expectations: kedacore/keda pkg/scaling/executor/scale_jobs_test.go (TestCleanUp…).
Deno.test("of the Jobs that are over the history limits keep the last", async (t) => {
  const ended = (type: string, times: Record<string, string>) =>
    Object.entries(times).map(([name, completionTime]) => ({ name, type, completionTime }));
  const many = (prefix: string) => ({
    [`${prefix}0`]: "2020-07-29T15:35:00Z",
    ...Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`${prefix}${i + 1}`, "2020-07-29T15:40:00Z"]),
    ),
  });
  const rows: [string, Record<string, number>, ReturnType<typeof ended>, string[]][] = [
    [
      "two of three",
      { successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 2 },
      ended("Complete", {
        name1: "2020-07-29T15:37:00Z",
        name2: "2020-07-29T15:36:00Z",
        name3: "2020-07-29T15:38:00Z",
      }),
      ["name2"],
    ],
    [
      "each kind by itself",
      { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 2 },
      [
        ...ended("Complete", {
          success1: "2020-07-29T15:37:00Z",
          success2: "2020-07-29T15:36:00Z",
          success3: "2020-07-29T15:35:00Z",
        }),
        ...ended("Failed", {
          fail1: "2020-07-29T15:37:00Z",
          fail2: "2020-07-29T15:36:00Z",
          fail3: "2020-07-29T15:38:00Z",
        }),
      ],
      ["success3", "success2", "fail2"],
    ],
    [
      "a hundred of each where nothing is said",
      {},
      [...ended("Complete", many("success")), ...ended("Failed", many("fail"))],
      ["success0", "fail0"],
    ],
    ["none", { successfulJobsHistoryLimit: 0 }, ended("Complete", many("s")).slice(0, 1), ["s0"]],
  ];
  for (const [name, limits, jobs, gone] of rows) {
    await t.step(name, () => {
      const world = startedJob({ ...limits, rollout: { strategy: "gradual" } }, { queue: "0" });
      for (const { name, type, completionTime } of jobs) {
        world.api.create(JOBS, {
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: {
            name,
            namespace: "default",
            labels: { "scaledjob.keda.sh/name": "work" },
          },
          status: { conditions: [{ type, status: "True" }], completionTime },
        });
      }
      world.clock.advance(POLL_MS);
      const left = jobsIn(world).map(({ metadata }) => metadata.name);
      assert.deepEqual(
        jobs.map(({ name }) => name).filter((one) => !left.includes(one)).sort(),
        gone.toSorted(),
      );
      const told = world.operator.lines.filter((line) =>
        line.includes("reaching the historyLimit")
      );
      assert.equal(told.length, gone.length);
    });
  }
});

Deno.test("a change deletes the Jobs of before, unless the roll-out is gradual", () => {
  const world = startedJob();
  const before = jobsIn(world).map(({ metadata }) => metadata.name);
  setQueue(world, "0");
  respec(world, { maxReplicaCount: 3 });
  assert.deepEqual(jobsIn(world), []);
  const told = eventsOf(world);
  for (
    const event of [
      "Normal ScaledJobRolloutCleanupStarted: Deleting 2 jobs owned by the previous version of the scaledJob",
      "Normal ScaledJobRolloutCleanupCompleted: Deleted 2 jobs owned by the previous version of the scaledJob",
    ]
  ) assert.ok(told.includes(event), event);
  assert.equal(before.length, 2);

  const gradual = startedJob({ rollout: { strategy: "gradual" } });
  setQueue(gradual, "0");
  respec(gradual, { maxReplicaCount: 3 });
  assert.equal(jobsIn(gradual).length, 2);
  const old = startedJob({ rolloutStrategy: "gradual" });
  setQueue(old, "0");
  respec(old, { maxReplicaCount: 3 });
  assert.equal(jobsIn(old).length, 2);
  assert.ok(logOf(old).some((line) => line.includes("RolloutStrategy is deprecated")));
});

Deno.test("an annotation pauses a ScaledJob, and without it it goes on", () => {
  const world = startedJob({}, { queue: "10" });
  annotate(world, { "autoscaling.keda.sh/paused": "true" });
  assert.equal(jobCondition(world, "Paused"), "True ScaledJobPaused: ScaledJob is paused");
  assert.equal(
    jobCondition(world, "Ready"),
    "True ScaledJobReady: ScaledJob is paused, skipping reconcile loop",
  );
  assert.deepEqual(eventsOf(world).slice(-2), [
    "Normal ScaledJobPaused: ScaledJob is paused",
    "Normal KEDAScalersStopped: Stopped scalers watch",
  ]);
  setQueue(world, "50");
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, 1);
  annotate(world, { "autoscaling.keda.sh/paused": "false" });
  assert.equal(jobCondition(world, "Paused"), "False ScaledJobUnpaused: ScaledJob is unpaused");
  assert.equal(jobsIn(world).length, 5);
});

Deno.test("triggers that fail are told of, and those that do not go on", () => {
  const world = startedJob({}, { queue: "10" });
  world.state.result = undefined;
  world.clock.advance(POLL_MS);
  assert.equal(
    jobCondition(world, "Ready"),
    "False TriggerError: Triggers defined in ScaledJob are not working correctly",
  );
  assert.match(
    eventsOf(world).findLast((event) => event.includes("KEDAScalerFailed"))!,
    /^Warning KEDAScalerFailed: prometheus query api returned error\. status: 503/,
  );
  assert.ok(
    logOf(world).some((line) =>
      line.startsWith("ERROR Error getting scaler metrics and activity, but continue: ")
    ),
  );
  const other = startedJob({
    triggers: [
      prometheusTrigger({}, { threshold: "10", query: "up" }),
      prometheusTrigger({}, { threshold: "10", query: "down" }),
    ],
  });
  other.state.values.down = "down";
  other.clock.advance(POLL_MS);
  assert.equal(
    jobCondition(other, "Ready"),
    "Unknown PartialTriggerError: Some triggers defined in ScaledJob are not working correctly",
  );
  assert.deepEqual(jobStatus(other).triggersActivity, {
    "s0-prometheus": { isActive: true },
    "s1-prometheus": { isActive: false },
  });
});

Deno.test("a ScaledJob that cannot work is refused in upstream's words, and tried again", async (t) => {
  const cron = {
    type: "cron",
    metadata: { timezone: "UTC", start: "0 8 * * *", end: "0 9 * * *", desiredReplicas: "2" },
  };
  const built = "Failed to ensure ScaledJob is correctly created";
  const triggersWrong = "ScaledJob doesn't have correct triggers specification";
  const rows: [string, Record<string, unknown>, ready: string, log: string][] = [
    [
      "cpu",
      { triggers: [{ type: "cpu", metadata: { value: "50" } }] },
      built,
      "ERROR Error getting scalers: error parsing cpu metadata: unknown metric type: , allowed values " +
      "are 'Utilization' or 'AverageValue'",
    ],
    [
      "a scaler that is not simulated",
      { triggers: [{ type: "kafka", metadata: {} }] },
      built,
      "ERROR Error getting scalers: the kafka scaler is not simulated in this lab; prometheus, cron, " +
      "cpu, memory, kubernetes-workload, metrics-api, redis, rabbitmq are",
    ],
    [
      "a parameter that is missing",
      { triggers: [{ type: "prometheus", metadata: { query: "up", threshold: "1" } }] },
      built,
      "ERROR Error getting scalers: error parsing prometheus metadata: error parsing prometheus " +
      'metadata: missing required parameter \\"serverAddress\\" in [triggerMetadata]',
    ],
    [
      "a container that is not there",
      { envSourceContainerName: "other" },
      built,
      "ERROR Error getting scalers: error resolving secrets for ScaleTarget: couldn't find container " +
      "with name other on Target object",
    ],
    [
      "two triggers of one name",
      { triggers: [{ ...cron, name: "x" }, { ...cron, name: "x" }] },
      triggersWrong,
      `ERROR ${triggersWrong}: triggerName \\"x\\" is defined multiple times in the ` +
      "ScaledObject/ScaledJob, but it must be unique",
    ],
    [
      "a metricType",
      { triggers: [{ ...cron, metricType: "Value" }] },
      "Cannot set metricType in ScaledJob triggers",
      "ERROR metricType cannot be set in ScaledJob triggers: metricType is set in one of the ScaledJob " +
      "scaler",
    ],
  ];
  for (const [name, spec, ready, line] of rows) {
    await t.step(name, () => {
      const world = startedJob(spec);
      assert.equal(jobCondition(world, "Ready"), `False ScaledJobCheckFailed: ${ready}`);
      assert.equal(
        jobCondition(world, "Active"),
        "Unknown UnknownState: ScaledJob check failed",
      );
      assert.ok(eventsOf(world).includes(`Warning ScaledJobCheckFailed: ${ready}`));
      const log = logOf(world);
      assert.ok(log.includes(line), log.join("\n"));
      const tries = () => logOf(world).filter((one) => one === "INFO Reconciling ScaledJob").length;
      world.clock.advance(1_000);
      assert.ok(tries() > 5, String(tries()));
      assert.deepEqual(jobsIn(world), []);
    });
  }
  const bare = startedJob({ jobTargetRef: undefined });
  assert.ok(
    eventsOf(bare).includes(
      "Warning ScaledJobCheckFailed: ScaledJob.spec.jobTargetRef not found",
    ),
  );
});

Deno.test("a Job that the API refuses is told of", () => {
  const world = startedJob({}, { queue: "0" });
  const create = world.api.create.bind(world.api);
  world.api.create = (resource, object) => {
    if (resource === JOBS) throw ApiError.forbidden(resource, "", "exceeded quota: few");
    return create(resource, object);
  };
  setQueue(world, "10");
  world.clock.advance(POLL_MS);
  assert.match(
    eventsOf(world).find((event) => event.includes("KEDAJobCreateFailed"))!,
    /^Warning KEDAJobCreateFailed: Failed to create job work-: .*exceeded quota: few/,
  );
  assert.ok(logOf(world).some((line) => line.startsWith("ERROR Failed to create a new Job: ")));
});

Deno.test("a ScaledJob's trigger reads the environment of its Job's container", () => {
  const env = [{ name: "REDIS", value: "gone:6379" }];
  const world = startedJob({
    envSourceContainerName: "second",
    jobTargetRef: {
      template: {
        spec: {
          containers: [{ name: "first", image: "a" }, { name: "second", image: "b", env }],
        },
      },
    },
    triggers: [{ type: "redis", metadata: { addressFromEnv: "REDIS", listName: "jobs" } }],
  });
  assert.ok(
    logOf(world).includes(
      "ERROR Error getting scalers: connection to redis failed: dial tcp gone:6379: connect: connection " +
        "refused",
    ),
  );
});

Deno.test("its Jobs' work goes on where the operator left off", () => {
  const world = startedJob({}, { queue: "100" });
  const snapshot = world.operator.running!.snapshot!();
  world.operator.stop();
  const events = world.api.events.length;
  for (const { metadata } of jobsIn(world)) endJob(world, metadata.name);
  new FakeContainer(world.clock, world.network, world.api, world.operator.options)
    .start(kedaOperator, structuredClone(snapshot));
  world.clock.advance(29_998);
  assert.equal(world.api.events.length, events);
  world.clock.advance(1);
  assert.equal(jobsIn(world).length, 10);
});

Deno.test("a resumed operator tries a ScaledJob again that had failed", () => {
  const world = startedJob({ triggers: [{ type: "kafka", metadata: {} }] });
  world.clock.advance(1_000);
  const snapshot = JSON.parse(JSON.stringify(world.operator.running!.snapshot!()));
  world.operator.stop();
  const again = new FakeContainer(world.clock, world.network, world.api, world.operator.options)
    .start(kedaOperator, snapshot);
  const tries = () => again.lines.filter((line) => line.includes("Reconciling ScaledJob")).length;
  assert.equal(tries(), 0);
  // The next ones are due 1.275 s and 2.555 s after the first, and no others.
  world.clock.advance(1_600);
  assert.equal(tries(), 2);
});

Deno.test("a resumed operator makes the rest of the Jobs that a poll asked for", () => {
  const world = startedJob({ minReplicaCount: 75, maxReplicaCount: 80 }, { queue: "0" });
  world.clock.advance(1_000);
  assert.equal(jobsIn(world).length, 50);
  const snapshot = JSON.parse(JSON.stringify(world.operator.running!.snapshot!()));
  world.operator.stop();
  const again = new FakeContainer(world.clock, world.network, world.api, world.operator.options)
    .start(kedaOperator, snapshot);
  world.clock.advance(999);
  assert.equal(jobsIn(world).length, 70);
  world.clock.advance(1_000);
  assert.equal(jobsIn(world).length, 75);
  assert.ok(eventsOf(world).includes("Normal KEDAJobsCreated: Created 75 jobs"));
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, 75);
  assert.deepEqual((again.running!.snapshot!() as { jobBatches: unknown }).jobBatches, {});
});

Deno.test("a ScaledJob that is deleted stops, and takes leave of its authentication", () => {
  const world = startedJob({
    triggers: [{
      ...prometheusTrigger({}, { threshold: "10" }),
      authenticationRef: { name: "key" },
    }],
  });
  const { api, clock } = world;
  const users = () =>
    api.get("triggerauthentications.keda.sh", "default", "key")?.status?.scaledjobs;
  api.create("triggerauthentications.keda.sh", {
    apiVersion: "keda.sh/v1alpha1",
    kind: "TriggerAuthentication",
    metadata: { name: "key", namespace: "default" },
    spec: {},
  });
  respec(world, { maxReplicaCount: 9 });
  assert.equal(users(), "work");
  assert.equal(jobStatus(world).authenticationsTypes, "key");
  api.delete(SCALED_JOBS, "default", "work");
  clock.advance(1);
  assert.equal(api.get(SCALED_JOBS, "default", "work"), undefined);
  assert.equal(users(), "");
  assert.deepEqual(eventsOf(world).slice(-2), [
    "Normal KEDAScalersStopped: Stopped scalers watch",
    "Warning ScaledJobDeleted: ScaledJob was deleted",
  ]);
  const jobs = jobsIn(world).length;
  clock.advance(10 * POLL_MS);
  assert.equal(jobsIn(world).length, jobs);
});

Deno.test("a trigger that fails is built again, with what its Secret says now", () => {
  const secret = (password: string) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s", namespace: "default" },
    data: { username: btoa("me"), password: btoa(password) },
  });
  const world = startedJob({}, { queue: "0" });
  const { api, network } = world;
  network.servers.set("guarded:9090", {
    handler: ({ headers = {} }) => {
      const isKnown = headers.authorization === `Basic ${btoa("me:right")}`;
      const result = [{ metric: {}, value: [0, "10"] }];
      const data = { resultType: "vector", result };
      return {
        status: isKnown ? 200 : 401,
        headers: {},
        body: JSON.stringify({ status: "success", data }),
      };
    },
  });
  api.create("secrets", secret("wrong"));
  api.create("triggerauthentications.keda.sh", {
    apiVersion: "keda.sh/v1alpha1",
    kind: "TriggerAuthentication",
    metadata: { name: "key", namespace: "default" },
    spec: {
      secretTargetRef: ["username", "password"].map((key) => ({ parameter: key, name: "s", key })),
    },
  });
  const trigger = prometheusTrigger({ authenticationRef: { name: "key" } }, {
    serverAddress: "http://guarded:9090",
    threshold: "10",
    authModes: "basic",
  });
  respec(world, { triggers: [trigger] });
  assert.match(jobCondition(world, "Ready"), /^False TriggerError/);
  api.update("secrets", { ...api.get("secrets", "default", "s")!, ...secret("right") });
  world.clock.advance(POLL_MS);
  assert.match(jobCondition(world, "Ready"), /^True ScaledJobReady/);
  assert.equal(jobsIn(world).length, 1);
});

Deno.test("many Jobs are made as fast as the operator may ask the API, and no longer than it is wanted", () => {
  const world = startedJob({ minReplicaCount: 2_000_000_000, maxReplicaCount: 2_000_000_000 });
  assert.equal(jobsIn(world).length, 30);
  world.clock.advance(9_000);
  assert.equal(jobsIn(world).length, 30 + 9 * 20);
  // A poll that is under way holds up the next.
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, 30 + 39 * 20);
  assert.ok(!eventsOf(world).some((event) => event.includes("KEDAJobsCreated")));
  annotate(world, { "autoscaling.keda.sh/paused": "true" });
  const count = jobsIn(world).length;
  world.clock.advance(POLL_MS);
  assert.equal(jobsIn(world).length, count);
  const done = startedJob({ minReplicaCount: 40, maxReplicaCount: 50 }, { queue: "0" });
  done.clock.advance(1_000);
  assert.equal(jobsIn(done).length, 40);
  assert.ok(eventsOf(done).includes("Normal KEDAJobsCreated: Created 40 jobs"));
  done.clock.advance(POLL_MS);
  assert.equal(jobsIn(done).length, 40);
});

Deno.test("useCachedMetrics is not for ScaledJobs, and the log says so", () => {
  const world = startedJob({
    triggers: [prometheusTrigger({ useCachedMetrics: true }, { threshold: "10" })],
  });
  assert.ok(
    logOf(world).includes(
      "INFO Warning: property useCachedMetrics is not supported for ScaledJobs.",
    ),
  );
  assert.equal(jobsIn(world).length, 2);
});

Deno.test("each strategy is told in a log at debug level", () => {
  const lines = (scalingStrategy: Record<string, unknown>) =>
    startedJob({ scalingStrategy }, { level: "debug" }).operator.lines
      .filter((line) => line.includes("Selecting Scale") || line.includes("Fail to convert"))
      .map((line) => line.split("\t").slice(3).join(" "));
  const about = '{"scaledJob.Name": "work", "scaledJob.Namespace": "default", ';
  assert.deepEqual(lines({ strategy: "eager" }), [
    `Selecting Scale Strategy ${about}"specified": "eager", "selected": "eager"}`,
  ]);
  assert.deepEqual(lines({ strategy: "custom", customScalingRunningJobPercentage: "x" }), [
    `Selecting Scale Strategy ${about}"specified": "custom", "selected:": "custom", ` +
    '"customScalingQueueLength": null, "customScallingRunningJobPercentage": "x"}',
    `Fail to convert CustomScalingRunningJobPercentage into float ${about}"error": null, ` +
    '"CustomScalingRunningJobPercentage": "x"}',
    `Selecting Scale has been changed ${about}"selected": "default"}`,
  ]);
});

Deno.test("a ScaledJob of the same name as a ScaledObject is another", () => {
  const world = startedJob();
  world.api.create(SCALED_JOBS, scaledJob({ maxReplicaCount: 1 }, { namespace: "other" }));
  world.clock.advance(1);
  const count = (namespace: string) => world.api.list(JOBS, { namespace }).length;
  assert.deepEqual([count("default"), count("other")], [2, 1]);
});

Deno.test("Jobs are started for every kind of trigger that is simulated", async (t) => {
  const amqp = "amqp://guest:guest@rabbit:5672/";
  const rows: [type: string, metadata: Record<string, string>, jobs: number][] = [
    ["prometheus", prometheusTrigger({}, { threshold: "10" }).metadata, 2],
    [
      "cron",
      { timezone: "UTC", start: "0 2 * * *", end: "0 4 * * *", desiredReplicas: "3" },
      3,
    ],
    ["kubernetes-workload", { podSelector: "app=web", value: "2" }, 2],
    ["metrics-api", { url: "http://app:8080/", valueLocation: "left", targetValue: "10" }, 3],
    ["redis", { address: "redis:6379", listName: "jobs", listLength: "2" }, 2],
    ["rabbitmq", { host: amqp, queueName: "jobs", mode: "QueueLength", value: "1" }, 4],
  ];
  for (const [type, metadata, jobs] of rows) {
    await t.step(type, () => {
      const world = startedJob({ triggers: [{ type, metadata }] });
      const { clock, network, api } = world;
      network.servers.set("app:8080", {
        handler: () => ({ status: 200, headers: {}, body: '{"left":21}' }),
      });
      new FakeContainer(clock, network, api, { ip: "redis" }).start(redis);
      const push = { words: ["RPUSH", "jobs", "a", "b", "c"], db: 0 };
      network.request({ ip: "10.0.0.1" }, redisWire.request("redis:6379", push));
      network.servers.set("rabbit:5672", {
        handler: () => amqpWire.response({ messages: 4 }),
      });
      for (const name of ["w1", "w2", "w3"]) {
        api.create("pods", {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name, namespace: "default", labels: { app: "web" } },
          status: { phase: "Running" },
        });
      }
      clock.advance(2 * POLL_MS);
      assert.equal(jobsIn(world).length, jobs, logOf(world).join("\n"));
    });
  }
});
