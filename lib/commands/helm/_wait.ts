import { isConditionTrue, isReady, type KubeObject, scaledValue } from "../../kube/mod.ts";
import { type CommandIo, inLanguage, passTime } from "../command.ts";
import { type Cluster, describe, type Info } from "./_cluster.ts";
import { HelmError } from "./_errors.ts";

/** How often a wait looks, in lab time. Source: helm/helm pkg/kube/wait.go polls every 2 s. */
const LOOK_MS = 1000;

/**
 * Waits until `done` says so. Where the lab's clock can be moved it is, a step at a time, so that no
 * more lab time passes than the wait takes. `timeoutMs` is lab time.
 * Errors: HelmError `context deadline exceeded`.
 */
async function waitUntil(
  io: CommandIo,
  timeoutMs: number,
  hint: () => string,
  done: () => Promise<boolean>,
): Promise<void> {
  for (let waitedMs = 0; !await done(); waitedMs += LOOK_MS) {
    if (io.signal.aborted) throw new HelmError("context canceled", 130);
    if (waitedMs >= timeoutMs) throw new HelmError("context deadline exceeded", 1, hint());
    await passTime(io, LOOK_MS);
  }
}

/**
 * Waits until objects are ready, as `helm --wait` understands it.
 * Source: helm/helm pkg/kube/wait.go, ready.go.
 * Differs: one that runs out says where to look, not what kstatus makes of each object.
 */
export async function waitReady(
  cluster: Cluster,
  infos: readonly Info[],
  timeoutMs: number,
): Promise<void> {
  let rest = infos.filter(({ object }) => object.kind in READY);
  const hint = () =>
    rest.map((info) => {
      const look = `kubectl -n ${info.namespace || "default"} get pods`;
      return inLanguage(
        cluster.io,
        `Not ready in time: ${describe(info)}. Look at its pods: ${look}`,
        `제시간에 준비되지 않았습니다: ${describe(info)}. 파드를 살펴보세요: ${look}`,
      );
    }).join("\n");
  await waitUntil(cluster.io, timeoutMs, hint, async () => {
    const waiting: Info[] = [];
    for (const info of rest) {
      const live = await cluster.get(info);
      if (!live || !READY[live.kind](live)) waiting.push(info);
    }
    rest = waiting;
    return rest.length === 0;
  });
}

/** Waits until objects are gone. */
export async function waitGone(
  cluster: Cluster,
  infos: readonly Info[],
  timeoutMs: number,
): Promise<void> {
  const hint = () => "";
  await waitUntil(cluster.io, timeoutMs, hint, async () => {
    for (const info of infos) if (await cluster.get(info)) return false;
    return true;
  });
}

const READY: Record<string, (object: KubeObject) => boolean> = {
  CustomResourceDefinition: (crd) => isConditionTrue(crd, "Established"),
  DaemonSet({ metadata, spec, status }) {
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 1)) return false;
    if (spec.updateStrategy?.type === "OnDelete") return true;
    const desired = status.desiredNumberScheduled ?? 0;
    if ((status.updatedNumberScheduled ?? 0) !== desired) return false;
    const spare = scaledValue(
      spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1,
      desired,
      true,
    );
    return (status.numberReady ?? 0) >= desired - spare;
  },
  Deployment({ metadata, spec, status }) {
    if (spec.paused) return true;
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 1)) return false;
    const replicas = spec.replicas ?? 1;
    const rolling = spec.strategy?.type === "Recreate" ? {} : spec.strategy?.rollingUpdate ?? {};
    const surge = scaledValue(rolling.maxSurge ?? 0, replicas, true);
    const spare = scaledValue(rolling.maxUnavailable ?? 0, replicas, false);
    const unavailable = surge === 0 && spare === 0 && rolling.maxSurge !== undefined ? 1 : spare;
    // The new ReplicaSet's ready pods, which the Deployment's status counts only together with the
    // old one's: with no old pods left the two are the same.
    const fresh = (status.updatedReplicas ?? 0) -
      Math.max(0, (status.replicas ?? 0) - (status.readyReplicas ?? 0));
    return (status.updatedReplicas ?? 0) >= replicas && fresh >= replicas - unavailable;
  },
  PersistentVolumeClaim: ({ status }) => status?.phase === "Bound",
  Pod: isReady,
  ReplicaSet: ({ spec, status }) => (status?.readyReplicas ?? 0) >= (spec.replicas ?? 1),
  Service: ({ spec, status }) =>
    spec.type !== "LoadBalancer" || (status?.loadBalancer?.ingress?.length ?? 0) > 0,
  StatefulSet({ metadata, spec, status }) {
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 1)) return false;
    const replicas = spec.replicas ?? 1;
    return (status.updatedReplicas ?? 0) >= replicas && (status.readyReplicas ?? 0) >= replicas;
  },
};
