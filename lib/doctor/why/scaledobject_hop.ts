import { CronSchedule, CronSyntaxError } from "../../go/mod.ts";
import { conditionOf, type KubeObject } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { awaited, type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { NotSeen } from "../reads.ts";
import { asIs, type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { noAuthentication, noSecret } from "./authentication_hop.ts";
import { timeText } from "./coming.ts";
import { INSTALL_KEDA, type KedaWalk } from "./keda_walk.ts";
import { othersOf } from "./no_target.ts";
import { noScaler } from "./other_trigger_hop.ts";
import { paused } from "./paused.ts";

export const scaledObjectHop: HopLook<KedaWalk> = {
  hop: "scaledobject",
  see: ({ object, cluster }) =>
    seeScalable(cluster, object, {
      conditions: ["Ready", "Active", "Fallback", "Paused"],
      it: said("ScaledObject", "ScaledObject를"),
      then: said("makes the HPA", "HPA를 만듭니다"),
    }),
  causes: [paused, checkFailed, fallback],
};

/** A ScaledObject or ScaledJob by its conditions; one that has none yet waits for KEDA, which then does what `then` says. */
export async function seeScalable(
  cluster: Cluster,
  object: KubeObject,
  { conditions, it, then }: { conditions: string[]; it: Localized; then: Localized },
) {
  const parts = conditions.flatMap((type) => {
    const condition = conditionOf(object, type);
    return condition?.status ? [`${type}=${condition.status}`] : [];
  });
  const isOk = conditionOf(object, "Ready")?.status === "True";
  return {
    object: `${it.en} ${object.metadata.name}`,
    state: isOk ? "ok" as const : "waits" as const,
    saw: parts.length > 0 ? asIs(parts.join(" ")) : said("not looked at yet", "아직 처리 전"),
    ...awaited(parts.length > 0 ? undefined : await firstLook(cluster, object, { it, then })),
  };
}

/** How long KEDA may take until it looks at a new ScaledObject. */
const LOOKED_AT_WITHIN_MS = 60_000;

async function firstLook(
  cluster: Cluster,
  object: KubeObject,
  { it, then }: Record<"it" | "then", Localized>,
): Promise<Localized | undefined> {
  const nowMs = await cluster.now();
  const madeMs = Date.parse(object.metadata.creationTimestamp ?? "");
  const leftMs = madeMs + LOOKED_AT_WITHIN_MS - nowMs;
  if (!(leftMs > 0)) return undefined;
  const [ago, left] = [timeText(nowMs - madeMs), timeText(leftMs)];
  return said(
    `KEDA's first look at the ${it.en}, made ${ago} ago: it comes within seconds, and ${then.en}. If it has not ` +
      `come in ${left}, its operator is to be looked at`,
    `${ago} 전에 생긴 ${it.ko} KEDA가 처음 처리하기를 기다립니다: 몇 초 안에 처리하고 ${then.ko}. ${left} ` +
      `안에 처리하지 않으면 operator를 보세요`,
  );
}

/** Whether what it scales is known not to be there. */
async function isTargetLost(walk: KedaWalk): Promise<boolean> {
  try {
    return "error" in (await walk.scaled()).scale;
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    return false;
  }
}

/** KEDA refuses the ScaledObject as it is, and not for want of an authentication. */
async function checkFailed(walk: KedaWalk): Promise<Fault | undefined> {
  const { object } = walk;
  const ready = conditionOf(object, "Ready");
  if (ready?.status !== "False" || ready.reason !== "ScaledObjectCheckFailed") return undefined;
  // What it refuses has a hop of its own, which knows more of it.
  if (await isTargetLost(walk)) return undefined;
  if (await noAuthentication(walk) ?? await noSecret(walk)) return undefined;
  const { triggers } = walk;
  for (const [number, trigger] of triggers.entries()) {
    if (await noScaler({ keda: walk, trigger, number })) return undefined;
  }
  return {
    cause: "scaledobject-refused",
    told: said(
      `KEDA cannot work on it: ${ready.message}.`,
      `KEDA가 처리하지 못합니다: ${ready.message}.`,
    ),
    evidence: [
      fieldEvidence(
        "scaledobjects.keda.sh",
        object,
        '.status.conditions[?(@.type=="Ready")].message',
      ),
    ],
    remedy: { told: wayOut(walk, ready.message ?? "") },
    upstream: DOCS.keda,
  };
}

/**
 * What is to be changed where KEDA names a parameter of a trigger, or the metric that it makes of one.
 * Source: kedacore/keda pkg/scalers/scalersconfig/typed_config.go; kubernetes/kubernetes pkg/apis/autoscaling/validation.
 */
export function wayOut(walk: KedaWalk, message: string): Localized {
  if (message.includes("error resolving secrets for ScaleTarget")) {
    return said(
      "make the Secret or ConfigMap that env or envFrom of the container names, or take it out there",
      "컨테이너의 env나 envFrom이 쓰는 Secret 또는 ConfigMap을 만들거나, 거기서 빼세요",
    );
  }
  return parameterOf(walk, message) ?? said("mend what it names", "거기서 말하는 것을 고치세요");
}

/** The parameter of a trigger that is to be written or corrected, where KEDA names one. Source: as above. */
export function parameterOf(
  { object, triggers, kind }: KedaWalk,
  message: string,
): Localized | undefined {
  const numbered = triggers.map(({ type, metadata = {} }, number) => ({ type, metadata, number }));
  const [, missing] = /missing required parameter "([^"]+)"/.exec(message) ?? [];
  if (missing !== undefined) {
    const at = ofType(numbered, message).find(({ metadata }) => metadata[missing] === undefined);
    return said(
      `write ${missing} in the metadata of trigger ${at?.number ?? 0} of the ${kind}`,
      `${kind}의 트리거 ${at?.number ?? 0}의 metadata에 ${missing}을(를) 쓰세요`,
    );
  }
  const [, wrong, value = ""] = /unable to set param "([^"]+)" value "([^"]*)"/.exec(message) ?? [];
  if (wrong !== undefined) {
    const at = ofType(numbered, message).find(({ metadata }) => metadata[wrong] === value);
    return said(
      `correct ${wrong}: "${value}" in the metadata of trigger ${at?.number ?? 0} of the ${kind}`,
      `${kind}의 트리거 ${at?.number ?? 0}의 metadata에서 ${wrong}: "${value}"을(를) 고치세요`,
    );
  }
  // Source: kedacore/keda pkg/scalers/cron_scaler.go.
  const [, schedule] =
    /error parsing cron metadata: error parsing (start|end) schedule/.exec(message) ?? [];
  if (schedule !== undefined) {
    const at = ofType(numbered, message)
      .find(({ type, metadata }) => type === "cron" && !isSchedule(metadata[schedule] ?? ""));
    if (!at) return undefined;
    const written = `${schedule}: "${at.metadata[schedule]}"`;
    return said(
      `correct ${written} in the metadata of trigger ${at.number} of the ${kind}: ` +
        `minute, hour, day, month, weekday`,
      `${kind}의 트리거 ${at.number}의 metadata에서 ${written}을(를) 고치세요: ` +
        `분, 시, 일, 월, 요일`,
    );
  }
  const [, metric] =
    /spec\.metrics\[(\d+)\]\.\S+: .*must be (?:positive|greater than 0)/.exec(message) ?? [];
  // A formula's metric is of no trigger.
  if (metric !== undefined && !object.spec?.advanced?.scalingModifiers?.formula) {
    const at = numbered.toSorted((a, b) => rankOf(a) - rankOf(b))[Number(metric)];
    const key = Object.keys(at?.metadata ?? {}).find((name) =>
      TARGET_KEY.test(name) && Number(at.metadata[name]) <= 0
    );
    const named = key ? ` (${key})` : "";
    return said(
      `write a target above 0 in trigger ${at?.number ?? 0} of the ${kind}${named}`,
      `${kind}의 트리거 ${at?.number ?? 0}에 0보다 큰 목표를 쓰세요${named}`,
    );
  }
  return undefined;
}

/** Whether a text is a schedule, in whichever time zone. */
function isSchedule(text: string): boolean {
  try {
    new CronSchedule(text, "UTC");
    return true;
  } catch (error) {
    if (!(error instanceof CronSyntaxError)) throw error;
    return false;
  }
}

interface Numbered {
  type: string;
  metadata: Record<string, string>;
  number: number;
}

/** What scalers call their target: `threshold`, `listLength`, `targetValue`, `lagThreshold`. */
const TARGET_KEY = /^(?!activation).*(threshold|value|length|count|replicas)$/i;

/** The triggers whose scaler KEDA names (`error parsing redis metadata`); all where it names none of theirs. */
function ofType(triggers: readonly Numbered[], message: string): readonly Numbered[] {
  const [, scaler = ""] = /error parsing (.+?) metadata/.exec(message) ?? [];
  // The metrics-api scaler calls itself "metric API".
  const plain = (name: string) =>
    name.toLowerCase().replace(/[^a-z]+/g, "").replace(/^metricsapi/, "metricapi");
  const own = triggers.filter(({ type }) => scaler !== "" && plain(type).startsWith(plain(scaler)));
  return own.length > 0 ? own : triggers;
}

/**
 * Where an HPA of KEDA's has a trigger's metric: sorted by ContainerResource, External, Resource.
 * Source: kedacore/keda controllers/keda/hpa.go (getScaledObjectMetricSpecs).
 */
function rankOf({ type, metadata }: Numbered): number {
  if (type !== "cpu" && type !== "memory") return 1;
  return metadata.containerName ? 0 : 2;
}

/** The fallback is on: the replicas are those that it says. */
function fallback({ object }: KedaWalk): Fault | undefined {
  if (conditionOf(object, "Fallback")?.status !== "True") return undefined;
  return {
    cause: "fallback-active",
    warns: true,
    told: said(
      `The fallback is active: its trigger failed more than ${object.spec.fallback?.failureThreshold} times, and KEDA ` +
        `reports as much as ${object.spec.fallback?.replicas} replicas need.`,
      `fallback 상태입니다: 트리거가 ${object.spec.fallback?.failureThreshold}번 넘게 실패해서 KEDA가 레플리카 ` +
        `${object.spec.fallback?.replicas}개에 맞는 값을 알립니다.`,
    ),
    evidence: [fieldEvidence("scaledobjects.keda.sh", object, ".spec.fallback")],
    remedy: { told: said("mend the trigger", "트리거를 고치세요") },
    upstream: DOCS.keda,
  };
}

/** The cluster has no such kind. */
export function notInstalled(kind: "ScaledObject" | "ScaledJob" = "ScaledObject"): Fault {
  const it = kind === "ScaledJob" ? "ScaledJob이" : "ScaledObject가";
  return {
    cause: "keda-not-installed",
    told: said(
      `There are no ${kind}s in this cluster: KEDA is not installed.`,
      `이 클러스터에는 ${it} 없습니다: KEDA가 설치되어 있지 않습니다.`,
    ),
    evidence: [
      missingEvidence(
        "customresourcedefinitions.apiextensions.k8s.io",
        `${kind.toLowerCase()}s.keda.sh`,
      ),
    ],
    remedy: { command: INSTALL_KEDA },
    upstream: DOCS.kedaTroubleshooting,
  };
}

/** Why a ScaledObject that is asked for is not there, where a workload of its name tells. */
export async function notThere(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Fault> {
  if ((await cluster.reads.raw("/apis/keda.sh/v1alpha1")).code === 404) return notInstalled();
  const evidence = [missingEvidence("scaledobjects.keda.sh", name, namespace)];
  const owner = (await cluster.hpas(namespace)).find(({ spec }) =>
    spec?.scaleTargetRef.name === name
  );
  if (!owner) {
    const { near } = await othersOf(cluster, namespace, { kind: "ScaledObject", name });
    return {
      cause: "scaledobject-missing",
      told: said(
        `There is no ScaledObject ${name} in ${namespace}${
          near ? `; the nearest name is ${near}.` : "."
        }`,
        `${namespace}에 ScaledObject ${name}이(가) 없습니다${
          near ? `. 가까운 이름은 ${near}입니다.` : "."
        }`,
      ),
      evidence,
      remedy: {
        command: near
          ? `why so/${near} -n ${namespace}`
          : `kubectl -n ${namespace} get scaledobjects`,
      },
      upstream: DOCS.keda,
    };
  }
  const { kind } = owner.spec!.scaleTargetRef;
  return {
    cause: "workload-already-managed-by-hpa",
    told: said(
      `There is no ScaledObject ${name}: the ${kind} ${name} is already managed by the HPA ` +
        `${owner.metadata.name}, and KEDA's webhook refuses a second owner.`,
      `ScaledObject ${name}이(가) 없습니다: ${kind} ${name}을(를) 이미 HPA ${owner.metadata.name}이(가) 관리하고, ` +
        `KEDA의 webhook은 두 번째를 거절합니다.`,
    ),
    evidence: [...evidence, fieldEvidence("hpa", owner, ".spec.scaleTargetRef")],
    remedy: {
      command: `kubectl -n ${namespace} delete hpa ${owner.metadata.name}`,
      told: said("then apply the ScaledObject again", "그다음 ScaledObject를 다시 적용하세요"),
    },
    upstream: DOCS.keda,
  };
}
