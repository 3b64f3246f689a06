import { kedaOperator } from "../../../../lib/sim/programs/keda_operator/mod.ts";
import { prometheusTrigger, setUp, type World } from "./_world.ts";

export const SCALED_JOBS = "scaledjobs.keda.sh";
export const JOBS = "jobs.batch";

/** A ScaledJob `work` that starts a Job for each 10 that Prometheus gives. */
export function scaledJob(
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
) {
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledJob",
    metadata: { name: "work", namespace: "default", ...metadata },
    spec: {
      jobTargetRef: {
        backoffLimit: 2,
        template: {
          metadata: { labels: { app: "work" } },
          spec: { containers: [{ name: "work", image: "busybox" }] },
        },
      },
      maxReplicaCount: 5,
      triggers: [prometheusTrigger({}, { threshold: "10" })],
      ...spec,
    },
  };
}

/** Makes and starts what `spec` says in a world where Prometheus gives `queue`, and lets the operator work. */
export function startedJob(
  spec: Record<string, unknown> = {},
  { queue = "20", level, metadata }: {
    queue?: string;
    level?: string;
    metadata?: Record<string, unknown>;
  } = {},
): World {
  const world = setUp({ level });
  setQueue(world, queue);
  world.operator.start(kedaOperator);
  world.api.create(SCALED_JOBS, scaledJob(spec, metadata));
  world.clock.advance(1);
  return world;
}

/** What Prometheus gives from now on. */
export function setQueue({ state }: World, length: string): void {
  state.result = [{ metric: {}, value: [0, length] }];
}

export const jobsIn = ({ api }: World) => api.list(JOBS);

export function jobStatus({ api }: World) {
  return api.get(SCALED_JOBS, "default", "work")!.status;
}

/** `True ScaledJobReady: …`. */
export function jobCondition(world: World, type: string): string {
  const { conditions } = jobStatus(world);
  const { status, reason = "", message = "" } = conditions.find((one: { type: string }) =>
    one.type === type
  );
  return `${status} ${reason}: ${message}`;
}

/** Ends a Job. */
export function endJob(world: World, name: string, type: "Complete" | "Failed" = "Complete"): void {
  const job = world.api.get(JOBS, "default", name)!;
  const completionTime = type === "Complete"
    ? { completionTime: new Date(world.clock.now()).toISOString() }
    : {};
  world.api.updateStatus(JOBS, {
    ...job,
    status: { conditions: [{ type, status: "True" }], ...completionTime },
  });
}

/** `Normal KEDAJobsCreated: …` of each event so far. */
export function eventsOf({ api }: World): string[] {
  return api.events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}
