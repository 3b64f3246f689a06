import { type HpaSpec, type MetricSpec } from "../../autoscale/mod.ts";
import {
  conditionOf,
  groupOf,
  groupResource,
  type HorizontalPodAutoscaler,
  type KubeObject,
} from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { rivalsOf } from "../decide.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { podsText } from "../pods.ts";
import { lazy } from "../reads.ts";
import { asIs, said } from "../said.ts";
import { findScaled, type Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";

/** An HPA and what it scales, with what was found on it. */
export class HpaWalk {
  readonly scaled: () => Promise<Scaled>;

  constructor(readonly cluster: Cluster, readonly hpa: HorizontalPodAutoscaler) {
    this.scaled = lazy(() => findScaled(cluster, this.namespace, this.spec.scaleTargetRef));
  }

  get namespace(): string {
    return this.hpa.metadata.namespace ?? "";
  }

  get spec(): HpaSpec {
    return this.hpa.spec as unknown as HpaSpec;
  }

  /** What the controller says of a metric that it cannot read. */
  get complaint(): string | undefined {
    const active = conditionOf(this.hpa, "ScalingActive");
    return active?.status === "False" ? active.message : undefined;
  }
}

const hpaHop: HopLook<HpaWalk> = {
  hop: "hpa",
  see({ hpa }) {
    const { currentReplicas = 0, desiredReplicas = 0 } = hpa.status ?? {};
    const object = `HorizontalPodAutoscaler ${hpa.metadata.name}`;
    const failed = ["AbleToScale", "ScalingActive"].map((type) => conditionOf(hpa, type))
      .find((condition) => condition?.status === "False");
    if (failed) {
      return { object, state: "waits", saw: asIs(`${failed.type}=False ${failed.reason}`) };
    }
    if (!conditionOf(hpa, "AbleToScale")) {
      return { object, state: "waits", saw: said("has not been synced yet", "아직 sync 전") };
    }
    return { object, state: "ok", saw: asIs(`${currentReplicas} → ${desiredReplicas} replicas`) };
  },
  causes: [],
};

const targetHop: HopLook<HpaWalk> = {
  hop: "target",
  async see(walk) {
    const { kind, name, scale, pods } = await walk.scaled();
    const object = `${kind} ${name}`;
    if ("error" in scale) return { object, state: "waits", saw: asIs(scale.error) };
    return {
      object,
      state: "ok",
      saw: said(
        `${scale.specReplicas} replicas, ${pods.length === 0 ? "no pod" : podsText(pods)}`,
        `replica ${scale.specReplicas}개, ${pods.length === 0 ? "파드 없음" : podsText(pods)}`,
      ),
    };
  },
  causes: [noTarget, atZero, ambiguous, rewritten],
};

/** What is to be scaled is not there, or cannot be scaled. */
async function noTarget(walk: HpaWalk): Promise<Fault | undefined> {
  const { kind, name, scale, resource } = await walk.scaled();
  if (!("error" in scale)) return undefined;
  const { hpa, namespace } = walk;
  const isUnknown = scale.step === "mapping";
  return {
    cause: isUnknown ? "target-kind-unknown" : "target-missing",
    told: isUnknown
      ? said(
        `The HPA is to scale a ${kind}, and the cluster has no such kind: ${scale.error}.`,
        `HPA가 스케일할 것이 ${kind}인데 클러스터에 그런 종류가 없습니다: ${scale.error}.`,
      )
      : said(
        `The HPA is to scale ${kind} ${name}, which is not in ${namespace}.`,
        `HPA가 스케일할 ${kind} ${name}이(가) ${namespace}에 없습니다.`,
      ),
    evidence: [
      fieldEvidence("hpa", hpa, ".spec.scaleTargetRef"),
      ...(isUnknown ? [] : [missingEvidence(resource, name, namespace)]),
    ],
    remedy: {
      told: said(
        "name a workload of the HPA's own namespace in scaleTargetRef",
        "scaleTargetRef에 HPA와 같은 네임스페이스의 워크로드를 쓰세요",
      ),
    },
    upstream: DOCS.hpa,
  };
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
  return {
    cause: "several-hpas-on-same-pods",
    told: said(
      `The HPAs ${own} and ${
        others.join(", ")
      } scale the same pods (${scale.selector}): none of them acts.`,
      `HPA ${own}와(과) ${
        others.join(", ")
      }이(가) 같은 파드(${scale.selector})를 스케일합니다: 아무것도 동작하지 않습니다.`,
    ),
    evidence: [{
      command: `kubectl -n ${walk.namespace} get hpa ${[own, ...others].join(" ")} ` +
        `-o jsonpath='{.items[*].spec.scaleTargetRef.name}'`,
      printed: await targetNames(walk, [own, ...others]),
    }],
    remedy: {
      command: `kubectl -n ${walk.namespace} delete hpa ${others[0]}`,
      told: said("or put both metrics into one HPA", "또는 두 메트릭을 한 HPA에 넣으세요"),
    },
    upstream: DOCS.hpa,
  };
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

/** Who writes the scale of a workload on an autoscaler's behalf. */
const SCALERS = /^(kube-controller-manager|keda|vpa-)/;

/** Somebody else writes `spec.replicas` after the HPA has scaled. */
async function rewritten(walk: HpaWalk): Promise<Fault | undefined> {
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

interface ManagedEntry {
  manager: string;
  time: string;
  fieldsV1?: { "f:spec"?: Record<string, unknown> };
}

function managedBy({ metadata }: KubeObject, manager: string): ManagedEntry[] {
  return ((metadata.managedFields ?? []) as ManagedEntry[]).filter((entry) =>
    entry.manager === manager
  );
}

function writersOf(
  { metadata }: KubeObject,
): { manager: string; timeMs: number; ownsReplicas: boolean }[] {
  return ((metadata.managedFields ?? []) as ManagedEntry[])
    .filter(({ fieldsV1 }) => fieldsV1?.["f:spec"])
    .map(({ manager, time, fieldsV1 }) => ({
      manager,
      timeMs: Date.parse(time),
      ownsReplicas: "f:replicas" in fieldsV1!["f:spec"]!,
    }));
}

/** An HPA, and what it scales. */
export const AUTOSCALER: readonly HopLook<HpaWalk>[] = [hpaHop, targetHop];

/** A metric of an HPA that is of one object. */
export class ObjectWalk {
  readonly object: () => Promise<KubeObject | undefined>;

  constructor(
    readonly cluster: Cluster,
    readonly hpa: HorizontalPodAutoscaler,
    readonly metric: NonNullable<MetricSpec["object"]>,
  ) {
    this.object = lazy(() => this.#find());
  }

  get namespace(): string {
    return this.hpa.metadata.namespace ?? "";
  }

  /** The resource of the described object's kind. */
  async resource() {
    const { kind, apiVersion = "v1" } = this.metric.describedObject;
    const mapper = await this.cluster.mapper();
    return mapper.kindIn(apiVersion, kind) ?? mapper.kindFor(groupOf(apiVersion), kind);
  }

  async #find(): Promise<KubeObject | undefined> {
    const { name } = this.metric.describedObject;
    const ref = await this.resource();
    if (!ref) return undefined;
    if (ref.namespaced === false) return await this.cluster.reads.find(ref, { name });
    return (await this.cluster.reads.list(ref, this.namespace))
      .find(({ metadata }) => metadata.name === name);
  }
}

const objectHop: HopLook<ObjectWalk> = {
  hop: "object",
  async see(walk) {
    const { kind, name } = walk.metric.describedObject;
    const found = await walk.object();
    return {
      object: `${kind} ${name}`,
      state: found ? "ok" : "waits",
      saw: found ? said("is there", "있음") : said("is not there", "없음"),
    };
  },
  causes: [noObject],
};

/** What the metric is of is not in the HPA's namespace. */
async function noObject(walk: ObjectWalk): Promise<Fault | undefined> {
  if (await walk.object()) return undefined;
  const { kind, name, apiVersion = "" } = walk.metric.describedObject;
  const { hpa, namespace } = walk;
  const ref = await walk.resource();
  const of = fieldEvidence("hpa", hpa, ".spec.metrics[*].object.describedObject");
  if (!ref) {
    return {
      cause: "object-kind-unknown",
      told: said(
        `The metric is said to be of a ${kind} (${
          apiVersion || "v1"
        }), which the cluster does not know.`,
        `메트릭이 ${kind} (${apiVersion || "v1"})의 것이라는데 클러스터에 그런 종류가 없습니다.`,
      ),
      evidence: [of],
      remedy: {
        told: said(
          "write kind and apiVersion as `kubectl api-resources` has them",
          "kind와 apiVersion을 `kubectl api-resources`대로 쓰세요",
        ),
      },
      upstream: DOCS.hpa,
    };
  }
  const elsewhere = await namespaceOf(walk, name);
  return {
    cause: elsewhere ? "object-in-other-namespace" : "object-missing",
    told: elsewhere
      ? said(
        `The HPA is in ${namespace}, and the ${kind} ${name} in ${elsewhere}: an HPA sees metrics of its own ` +
          `namespace alone.`,
        `HPA는 ${namespace}에, ${kind} ${name}은(는) ${elsewhere}에 있습니다. HPA는 자기 네임스페이스의 메트릭만 봅니다.`,
      )
      : said(
        `The metric is of the ${kind} ${name}, which is not in ${namespace}.`,
        `메트릭은 ${kind} ${name}의 것인데 ${namespace}에 없습니다.`,
      ),
    evidence: [of, missingEvidence(groupResource(ref), name, namespace)],
    remedy: elsewhere
      ? {
        told: said(
          `make the HPA, and what it scales, in ${elsewhere}`,
          `HPA와 대상을 ${elsewhere}에 만드세요`,
        ),
      }
      : {
        told: said("name an object that is there", "있는 오브젝트의 이름을 쓰세요"),
      },
    upstream: DOCS.hpa,
  };
}

async function namespaceOf(walk: ObjectWalk, name: string): Promise<string | undefined> {
  const ref = (await walk.resource())!;
  const all = await walk.cluster.reads.list(ref);
  return all.find(({ metadata }) => metadata.name === name)?.metadata.namespace;
}

export const OBJECT: readonly HopLook<ObjectWalk>[] = [objectHop];

/** A metric of a spec, as it is told: `Service metric hits`, `cpu`. */
export function metricTitle(spec: MetricSpec): string {
  const { object, pods, external, resource, containerResource } = spec;
  if (object) {
    return `${object.metric.name} of ${object.describedObject.kind} ${object.describedObject.name}`;
  }
  if (pods) return `${pods.metric.name} of pods`;
  if (external) return `${external.metric.name} (external)`;
  return containerResource
    ? `${containerResource.name} of container ${containerResource.container}`
    : `${resource?.name ?? ""} of pods`;
}
