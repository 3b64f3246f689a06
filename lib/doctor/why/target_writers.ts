import type { Event, KubeObject } from "../../kube/mod.ts";
import { seenAt } from "../event_time.ts";
import { managedEntries, type ManagedEntry } from "../changed.ts";
import { type Evidence, type Fault, fieldEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { timeText } from "./coming.ts";
import type { HpaWalk } from "./hpa_walk.ts";

/** Who writes the scale of a workload on an autoscaler's behalf. */
const SCALERS = /^(kube-controller-manager|keda|vpa-)/;

/** Times this often at least are no accident. */
const AGAIN = 2;
/** Who writes again and again does so within this: longer than a GitOps tool waits by default. */
const RECENT_MS = 900_000;
/** As far apart as a write and the event of what came of it may be. */
const TOGETHER_MS = 5_000;

/**
 * Somebody else writes `spec.replicas` after the HPA has scaled. What happened once, and the HPA has mended, is to be
 * minded as long as a manifest that says it is there to be applied again, and is nothing after that.
 */
export async function rewritten(walk: HpaWalk): Promise<Fault | undefined> {
  const { object } = await walk.scaled();
  const lastMs = Date.parse(String(walk.hpa.status?.lastScaleTime));
  if (!object || Number.isNaN(lastMs)) return undefined;
  const others = writersOf(object).filter(({ manager }) => !SCALERS.test(manager));
  const now = others.find(({ ownsReplicas, timeMs }) => ownsReplicas && timeMs >= lastMs);
  const undone = await shrunkByAnother(walk);
  if (now) return flapping(walk, object, now.manager, undone);
  if (!undone) return undefined;
  const { count, atMs } = undone;
  const manager = others.find(({ timeMs }) => Math.abs(timeMs - atMs) <= TOGETHER_MS)?.manager;
  const isRecent = await walk.cluster.now() - atMs < RECENT_MS;
  if (atMs > lastMs || count >= AGAIN && isRecent) {
    return flapping(walk, object, manager, undone);
  }
  return onceSetBack(walk, object, undone);
}

/** The two undo each other. */
async function flapping(
  walk: HpaWalk,
  object: KubeObject,
  manager: string | undefined,
  undone: Shrink | undefined,
): Promise<Fault> {
  const { resource, name } = await walk.scaled();
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
      ...(undone ? [undone.evidence] : []),
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

/** It was set back, the HPA has scaled again, and the next apply of the same manifest would set it back too. */
async function onceSetBack(
  walk: HpaWalk,
  object: KubeObject,
  { atMs, evidence }: Shrink,
): Promise<Fault | undefined> {
  const replicas = appliedReplicas(object);
  if (replicas === undefined) return undefined;
  const { resource, name } = await walk.scaled();
  const ago = timeText(await walk.cluster.now() - atMs);
  return {
    cause: "replicas-in-manifest",
    warns: true,
    told: said(
      `An apply set ${name} back to ${replicas} ${ago} ago, and the HPA has scaled it again since: the manifest still ` +
        `says replicas: ${replicas}, so the next apply does the same.`,
      `${ago} 전에 apply가 ${name}을(를) ${replicas}개로 되돌렸고 그 뒤 HPA가 다시 스케일했습니다. 매니페스트에 아직 ` +
        `spec.replicas ${replicas}이(가) 있어 다음 apply도 그렇게 합니다.`,
    ),
    evidence: [
      evidence,
      {
        command: `kubectl -n ${walk.namespace} apply view-last-applied ${resource} ${name} ` +
          `| grep '^  replicas:'`,
        printed: `  replicas: ${replicas}`,
      },
    ],
    remedy: {
      diff: ` spec:\n-  replicas: ${replicas}`,
      told: said(
        "take replicas out of the manifest, then: kubectl apply set-last-applied -f FILE",
        "매니페스트에서 spec.replicas를 빼고: kubectl apply set-last-applied -f 파일",
      ),
    },
    upstream: DOCS.hpaReplicas,
  };
}

/** The replicas of the manifest that `kubectl apply` applied last; undefined where it names none. */
function appliedReplicas({ metadata }: KubeObject): number | undefined {
  const applied = metadata.annotations?.["kubectl.kubernetes.io/last-applied-configuration"];
  if (applied === undefined) return undefined;
  try {
    return JSON.parse(applied).spec?.replicas ?? undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** A size that the workload's pods of now were brought down to, and that the HPA never asked for. */
interface Shrink {
  count: number;
  /** The last time, in Unix milliseconds. */
  atMs: number;
  evidence: Evidence;
}

async function shrunkByAnother(walk: HpaWalk): Promise<Shrink | undefined> {
  const { name, pods } = await walk.scaled();
  const own = new Set(
    pods.flatMap(({ metadata }) => metadata.ownerReferences?.map(({ name }) => name) ?? []),
  );
  const events = await walk.cluster.reads.list<Event>("v1/events", walk.namespace);
  const asked = new Set(
    events.flatMap(({ involvedObject, message }) =>
      involvedObject?.kind === "HorizontalPodAutoscaler"
        ? /^New size: (\d+);/.exec(message ?? "")?.[1] ?? []
        : []
    ),
  );
  const found = events.filter(({ involvedObject, message = "" }) => {
    if (involvedObject?.name !== name) return false;
    // Of the ReplicaSet of now alone: a rollout brings the ones of before down.
    const [, set, to] = /Scaled down replica set (\S+) from \d+ to ([1-9]\d*)/.exec(message) ?? [];
    return to !== undefined && !asked.has(to) && own.has(set);
  }).toSorted((a, b) => seenAt(b) - seenAt(a));
  if (found.length === 0) return undefined;
  return {
    count: found.reduce((sum, { count, series }) => sum + (series?.count ?? count ?? 1), 0),
    atMs: seenAt(found[0]),
    evidence: {
      command: `kubectl -n ${walk.namespace} events --for deployment/${name} | grep 'Scaled down'`,
      printed: found[0].message ?? "",
    },
  };
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
