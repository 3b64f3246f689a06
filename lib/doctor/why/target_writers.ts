import type { KubeObject } from "../../kube/mod.ts";
import { managedEntries, type ManagedEntry } from "../changed.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { HpaWalk } from "./hpa_walk.ts";

/** Who writes the scale of a workload on an autoscaler's behalf. */
const SCALERS = /^(kube-controller-manager|keda|vpa-)/;

/** Somebody else writes `spec.replicas` after the HPA has scaled. */
export async function rewritten(walk: HpaWalk): Promise<Fault | undefined> {
  const { object, resource, name } = await walk.scaled();
  const lastMs = Date.parse(String(walk.hpa.status?.lastScaleTime));
  if (!object || Number.isNaN(lastMs)) return undefined;
  const others = writersOf(object).filter(({ manager }) => !SCALERS.test(manager));
  const now = others.find(({ ownsReplicas, timeMs }) => ownsReplicas && timeMs >= lastMs);
  const undone = now ? undefined : await shrunkByAnother(walk);
  if (!now && !undone) return undefined;
  const manager = (now ?? others.toSorted((a, b) => b.timeMs - a.timeMs)[0])?.manager;
  const who = manager ?? "somebody";
  return {
    cause: "replicas-written-by-another",
    told: said(
      `${who} writes spec.replicas of ${name} too, after the HPA had scaled: the two undo each other.`,
      `${
        manager ?? "다른 누군가"
      }도 ${name}의 spec.replicas를 쓰고 있습니다. HPA가 스케일한 뒤에도 썼습니다: 서로 되돌립니다.`,
    ),
    evidence: [
      ...(undone ? [undone] : []),
      ...(manager === undefined ? [] : [{
        command: `kubectl -n ${walk.namespace} get ${resource} ${name} --show-managed-fields ` +
          `-o jsonpath='{.metadata.managedFields[?(@.manager=="${manager}")].time}'`,
        printed: managedBy(object, manager).map(({ time }) => time).join(" "),
      }]),
      fieldEvidence("hpa", walk.hpa, ".status.lastScaleTime"),
    ],
    remedy: {
      diff: ` spec:\n-  replicas: ${object.spec?.replicas}`,
      told: said(
        `take replicas out of what ${who} applies`,
        `${manager ?? "그쪽"}이(가) 적용하는 파일에서 spec.replicas를 빼세요`,
      ),
    },
    upstream: DOCS.hpaReplicas,
  };
}

/** A size that the workload's pods of now were brought down to, and that the HPA never asked for. */
async function shrunkByAnother(walk: HpaWalk): Promise<Fault["evidence"][number] | undefined> {
  const { name, pods } = await walk.scaled();
  const own = new Set(
    pods.flatMap(({ metadata }) => metadata.ownerReferences?.map(({ name }) => name) ?? []),
  );
  const events = await walk.cluster.reads.list<KubeObject>("v1/events", walk.namespace);
  const asked = new Set(
    events.flatMap(({ involvedObject, message }) =>
      involvedObject?.kind === "HorizontalPodAutoscaler"
        ? /^New size: (\d+);/.exec(message ?? "")?.[1] ?? []
        : []
    ),
  );
  for (const { involvedObject, message = "" } of events) {
    if (involvedObject?.name !== name) continue;
    // Of the ReplicaSet of now alone: a rollout brings the ones of before down.
    const [, set, to] = /Scaled down replica set (\S+) from \d+ to ([1-9]\d*)/.exec(message) ?? [];
    if (to === undefined || asked.has(to) || !own.has(set)) continue;
    return {
      command: `kubectl -n ${walk.namespace} events --for deployment/${name} | grep 'Scaled down'`,
      printed: message,
    };
  }
}

function managedBy(object: KubeObject, manager: string): ManagedEntry[] {
  return managedEntries(object).filter((entry) => entry.manager === manager);
}

function writersOf(
  object: KubeObject,
): { manager: string; timeMs: number; ownsReplicas: boolean }[] {
  return managedEntries(object)
    .filter(({ fieldsV1 }) => fieldsV1?.["f:spec"])
    .map(({ manager, time, fieldsV1 }) => ({
      manager,
      timeMs: Date.parse(time),
      ownsReplicas: "f:replicas" in fieldsV1!["f:spec"]!,
    }));
}
