import {
  controllerOf,
  type HorizontalPodAutoscaler,
  type Pod,
  workloadOf,
} from "../../kube/mod.ts";
import { rivalsOf } from "../decide.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { HpaWalk } from "./hpa_walk.ts";
import { noTarget } from "./no_target.ts";
import { notMade } from "./pods_not_made.ts";
import { someStuck } from "./pods_stuck.ts";
import { targetSeen } from "./target_seen.ts";
import { rewritten } from "./target_writers.ts";

export const targetHop: HopLook<HpaWalk> = {
  hop: "target",
  see: async (walk) => targetSeen(await walk.scaled()),
  causes: [lost, atZero, noPods, ambiguous, rewritten, stuck, foreign],
};

async function lost(walk: HpaWalk): Promise<Fault | undefined> {
  const evidence = fieldEvidence("hpa", walk.hpa, ".spec.scaleTargetRef");
  return await noTarget({ cluster: walk.cluster, called: "HPA", evidence }, await walk.scaled());
}

async function noPods(walk: HpaWalk): Promise<Fault | undefined> {
  return notMade(await walk.scaled());
}

/** Kinds whose pods tell by their owner whose they are. */
const OWNERS = ["Deployment", "StatefulSet", "ReplicaSet"];

/** Whether a pod is of a workload, as far as it says: one of a ReplicaSet tells by its hash of which Deployment. */
function mayBeOf(pod: Pod, kind: string, name: string): boolean {
  const owner = controllerOf(pod);
  if (kind !== "Deployment" || owner?.kind !== "ReplicaSet") {
    return owner?.kind === kind && owner.name === name;
  }
  return pod.metadata.labels?.["pod-template-hash"] === undefined || workloadOf(pod) === name;
}

/** The selector takes pods of something else too: they are counted, and their readings with them. */
async function foreign(walk: HpaWalk): Promise<Fault | undefined> {
  const { pods, kind, name, scale } = await walk.scaled();
  if ("error" in scale || !OWNERS.includes(kind)) return undefined;
  const others = pods.filter((pod) => !mayBeOf(pod, kind, name));
  if (others.length === 0) return undefined;
  const [other] = others;
  const of = workloadOf(other) ?? other.metadata.name;
  const selector = scale.selector;
  return {
    cause: "selector-takes-other-pods",
    warns: true,
    told: said(
      `The selector of the ${kind} ${name} (${selector}) also selects pods of ${of}: ${others.length} of the ` +
        `${pods.length} pods that the HPA counts are not its own.`,
      `${kind} ${name}의 셀렉터(${selector})가 ${of}의 파드도 고릅니다: HPA가 세는 파드 ${pods.length}개 중 ` +
        `${others.length}개는 이 워크로드의 것이 아닙니다.`,
    ),
    evidence: [{
      command: `kubectl -n ${walk.namespace} get pods -l '${selector}' -o name`,
      printed: pods.map(({ metadata }) => `pod/${metadata.name}`).sort().join("\n"),
    }],
    remedy: {
      told: said(
        `give the pods of ${of} labels that ${selector} does not select, or make ${name} anew with a selector of its own`,
        `${of}의 파드에 ${selector}이(가) 고르지 않는 레이블을 주거나, ${name}을(를) 자기만의 셀렉터로 다시 만드세요`,
      ),
    },
    upstream: DOCS.hpaAlgorithm,
  };
}

async function stuck(walk: HpaWalk): Promise<Fault | undefined> {
  return await someStuck(walk.cluster, await walk.scaled());
}

/** At 0 replicas an HPA does nothing. */
async function atZero(walk: HpaWalk): Promise<Fault | undefined> {
  const { scale, object, resource, name } = await walk.scaled();
  if ("error" in scale || scale.specReplicas !== 0 || !object) return undefined;
  if (walk.hpa.metadata.ownerReferences?.some(({ kind }) => kind === "ScaledObject")) {
    return undefined;
  }
  return {
    cause: "scaled-to-zero",
    told: said(
      `The target has 0 replicas: an HPA does not scale what somebody has set to 0.`,
      `대상의 레플리카가 0입니다. 누군가 0으로 둔 것은 HPA가 건드리지 않습니다.`,
    ),
    evidence: [fieldEvidence(resource, object, ".spec.replicas")],
    remedy: { command: `kubectl -n ${walk.namespace} scale ${resource} ${name} --replicas=1` },
    upstream: DOCS.hpa,
  };
}

/** Another HPA selects the same pods. */
async function ambiguous(walk: HpaWalk): Promise<Fault | undefined> {
  const { pods, scale } = await walk.scaled();
  const rivals = await rivalsOf(walk.cluster, walk.namespace, pods);
  if (rivals.length < 2 || "error" in scale) return undefined;
  const own = walk.hpa.metadata.name;
  const others = rivals.map(({ name }) => name).filter((name) => name !== own);
  const names = rivals.map(({ name }) => name);
  const all = (await walk.cluster.hpas(walk.namespace))
    .filter(({ metadata }) => names.includes(metadata.name));
  // What KEDA owns it would make again; of the others the newest, whichever is asked about.
  const spare = all.filter((hpa) => !isOfKeda(hpa)).toSorted(newestFirst)[0]?.metadata.name ??
    others[0];
  const targets = new Set(
    all.map(({ spec }) => `${spec?.scaleTargetRef.kind} ${spec?.scaleTargetRef.name}`),
  );
  return {
    cause: "several-hpas-on-same-pods",
    told: said(
      `The HPAs ${own} and ${
        others.join(", ")
      } scale the same pods (${scale.selector}): none of them acts.`,
      `HPA ${own}와(과) ${
        others.join(", ")
      }이(가) 같은 파드(${scale.selector})를 스케일합니다: 어느 HPA도 동작하지 않습니다.`,
    ),
    evidence: [{
      command: `kubectl -n ${walk.namespace} get hpa ${[own, ...others].join(" ")} ` +
        `-o jsonpath='{.items[*].spec.scaleTargetRef.name}'`,
      printed: await targetNames(walk, [own, ...others]),
    }],
    remedy: targets.size > 1 ? ownLabels([...targets]) : {
      command: `kubectl -n ${walk.namespace} delete hpa ${spare}`,
      told: said("or put both metrics into one HPA", "또는 두 메트릭을 한 HPA에 넣으세요"),
    },
    upstream: DOCS.hpa,
  };
}

/** What workloads that select each other's pods need. */
function ownLabels(targets: readonly string[]): Fault["remedy"] {
  const all = targets.toSorted().join(", ");
  return {
    told: said(
      `${all} select the same pods: make one of them anew with a label of its own in selector and template (a ` +
        `selector cannot be changed)`,
      `${all}이(가) 같은 파드를 고릅니다: 하나를 셀렉터와 템플릿에 자기만의 레이블을 넣어 다시 만드세요 (셀렉터는 ` +
        `바꿀 수 없습니다)`,
    ),
  };
}

function isOfKeda({ metadata }: HorizontalPodAutoscaler): boolean {
  return metadata.ownerReferences?.some(({ kind }) => kind === "ScaledObject") === true;
}

function newestFirst(one: HorizontalPodAutoscaler, other: HorizontalPodAutoscaler): number {
  const [a, b] = [one, other].map(({ metadata: { creationTimestamp = "", name } }) =>
    `${creationTimestamp} ${name}`
  );
  return a < b ? 1 : -1;
}

async function targetNames(
  { cluster, namespace }: HpaWalk,
  names: readonly string[],
): Promise<string> {
  const all = await cluster.hpas(namespace);
  return names.map((name) =>
    all.find(({ metadata }) => metadata.name === name)?.spec?.scaleTargetRef.name ?? ""
  ).join(" ");
}
