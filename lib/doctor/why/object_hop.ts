import type { MetricSpec } from "../../autoscale/mod.ts";
import {
  apiVersionOf,
  groupOf,
  groupResource,
  type HorizontalPodAutoscaler,
  type KubeObject,
} from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { othersOf } from "./no_target.ts";
import { lazy } from "../reads.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";

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

export const objectHop: HopLook<ObjectWalk> = {
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
    const known = (await walk.cluster.mapper()).resources.find((one) => one.kind === kind);
    const right = known && apiVersionOf(known);
    return {
      cause: "object-kind-unknown",
      told: said(
        `The metric is said to be of a ${kind} (${
          apiVersion || "v1"
        }), which the cluster does not know` + (right ? `; ${kind} is of ${right}.` : "."),
        `메트릭이 ${kind} (${apiVersion || "v1"})의 것이라는데 클러스터에 그런 종류가 없습니다` +
          (right ? `. ${kind}은(는) ${right}에 있습니다.` : "."),
      ),
      evidence: [of],
      remedy: right
        ? {
          diff: `   describedObject:\n-    apiVersion: ${apiVersion}\n+    apiVersion: ${right}`,
          told: said("in the HPA", "HPA에서"),
        }
        : {
          told: said(
            "write kind and apiVersion as `kubectl api-resources` has them",
            "kind와 apiVersion을 `kubectl api-resources`대로 쓰세요",
          ),
        },
      upstream: DOCS.hpa,
    };
  }
  const elsewhere = await namespaceOf(walk, name);
  const { near, names } = await othersOf(walk.cluster, namespace, {
    kind,
    name,
    like: hpa.spec!.scaleTargetRef.name,
  });
  const service = kind === "Service" ? undefined : await walk.cluster.service(namespace, name);
  const hint = service
    ? said("; a Service of that name is.", ". 그 이름의 Service는 있습니다.")
    : near
    ? said(`; the nearest name is ${near}.`, `. 가까운 이름은 ${near}입니다.`)
    : said(".", ".");
  return {
    cause: elsewhere ? "object-in-other-namespace" : "object-missing",
    told: elsewhere
      ? said(
        `The HPA is in ${namespace}, and the ${kind} ${name} in ${elsewhere}: an HPA sees metrics of its own ` +
          `namespace alone.`,
        `HPA는 ${namespace}에, ${kind} ${name}은(는) ${elsewhere}에 있습니다. HPA는 자기 네임스페이스의 메트릭만 봅니다.`,
      )
      : said(
        `The metric is of the ${kind} ${name}, which is not in ${namespace}${hint.en}`,
        `메트릭은 ${kind} ${name}의 것인데 ${namespace}에 없습니다${hint.ko}`,
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
        ...(service
          ? { diff: `   describedObject:\n-    kind: ${kind}\n+    kind: Service` }
          : near
          ? { diff: `   describedObject:\n-    name: ${name}\n+    name: ${near}` }
          : {}),
        told: near || service ? said("in the HPA", "HPA에서") : names.length > 0
          ? said(
            `name one that is there in the HPA's describedObject (${
              names.join(", ")
            }), or make ${name}`,
            `HPA의 describedObject에 있는 것의 이름을 쓰거나 (${
              names.join(", ")
            }) ${name}을(를) 만드세요`,
          )
          : said(
            `make it, or name in the HPA's describedObject what the metric is of`,
            `만드세요. 아니면 HPA의 describedObject에 메트릭이 무엇의 것인지 쓰세요`,
          ),
      },
    upstream: DOCS.hpa,
  };
}

async function namespaceOf(walk: ObjectWalk, name: string): Promise<string | undefined> {
  const ref = (await walk.resource())!;
  const all = await walk.cluster.reads.list(ref);
  return all.find(({ metadata }) => metadata.name === name)?.metadata.namespace;
}
