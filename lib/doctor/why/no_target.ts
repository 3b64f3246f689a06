import { editDistance, nearestNames } from "../../base/mod.ts";
import { apiVersionOf } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import type { Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";

/** So many letters are wrong in a name that is taken for misspelt. */
const MOST_TYPOS = 4;

/** As many names as are told. */
const MOST_NAMED = 3;

/** What there is of a kind beside a name that is not there: the nearest, and some of all, the nearest first. */
export interface Others {
  /** One that the name may stand for: a few letters away, or the only one that begins with it. */
  near?: string;
  names: string[];
}

/** What a namespace has of a kind beside a name that is not there; `like`: another that it may be called. Errors: NotSeen. */
export async function othersOf(
  cluster: Cluster,
  namespace: string,
  { kind, name, like = name }: { kind: string; name: string; like?: string },
): Promise<Others> {
  const ref = (await cluster.mapper()).resources.find((one) => one.kind === kind && one.namespaced);
  if (!ref) return { names: [] };
  const all = (await cluster.reads.list(ref, namespace)).map(({ metadata }) => metadata.name);
  const longer = all.filter((one) => one.startsWith(`${name}-`));
  const [first] = nearestNames(name, all, 1);
  const near = first !== undefined && editDistance(name, first) <= MOST_TYPOS
    ? first
    : longer.length === 1
    ? longer[0]
    : undefined;
  const alike = all.filter((one) => one.startsWith(like));
  const nearest = [...longer, ...alike, ...nearestNames(name, all), ...all];
  const names = [...new Set(nearest)].slice(0, MOST_NAMED);
  return { ...(near === undefined ? {} : { near }), names };
}

/** Kinds that are scaled by far most often. */
const USUAL_KINDS = { Deployment: "apps/v1/deployments", StatefulSet: "apps/v1/statefulsets" };

/** Another kind of workload of which there is one of that name. Errors: NotSeen. */
async function otherKindOf(
  { reads }: Cluster,
  namespace: string,
  { kind, name }: { kind: string; name: string },
): Promise<string | undefined> {
  for (const [other, ref] of Object.entries(USUAL_KINDS)) {
    if (other === kind) continue;
    const all = await reads.list(ref, namespace);
    if (all.some(({ metadata }) => metadata.name === name)) return other;
  }
}

function kindDiff(right: string): string {
  return `   scaleTargetRef:\n+    apiVersion: apps/v1\n+    kind: ${right}`;
}

/** Who scales, as it is told, and the evidence of whom. */
export interface Scaler {
  cluster: Cluster;
  called: "HPA" | "ScaledObject";
  evidence: Fault["evidence"][number];
}

/**
 * What is to be scaled is of no kind that the cluster has, is not there, or cannot be scaled. Source:
 * kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler, scaleForResourceMappings).
 */
export async function noTarget(
  { cluster, called, evidence }: Scaler,
  { kind, apiVersion, name, namespace, resource, scale, object }: Scaled,
): Promise<Fault | undefined> {
  if (!("error" in scale)) return undefined;
  if (scale.step === "mapping") {
    const known = (await cluster.mapper()).resources.find((one) => one.kind === kind);
    const right = known && apiVersionOf(known);
    return {
      cause: "target-kind-unknown",
      told: said(
        `The ${called} is to scale a ${kind}, and the cluster has no such kind: ${scale.error}` +
          (right ? `; ${kind} is of ${right}.` : "."),
        `${called}가 스케일할 것이 ${kind}인데 클러스터에 그런 종류가 없습니다: ${scale.error}` +
          (right ? `. ${kind}은(는) ${right}에 있습니다.` : "."),
      ),
      evidence: [evidence],
      remedy: right
        ? { diff: `   scaleTargetRef:\n-    apiVersion: ${apiVersion}\n+    apiVersion: ${right}` }
        : {
          told: said(
            "write kind and apiVersion as `kubectl api-resources` has them",
            "kind와 apiVersion을 `kubectl api-resources`대로 쓰세요",
          ),
        },
      upstream: DOCS.hpa,
    };
  }
  if (object) {
    return {
      cause: "target-cannot-scale",
      told: said(
        `The ${called} is to scale the ${kind} ${name}, and a ${kind} cannot be scaled: it has no scale subresource.`,
        `${called}가 스케일할 것이 ${kind} ${name}인데 ${kind}은(는) 스케일할 수 없습니다: scale 하위 리소스가 없습니다.`,
      ),
      evidence: [evidence, {
        command: `kubectl -n ${namespace} get ${resource} ${name} --subresource=scale`,
        printed: scale.error,
      }],
      remedy: {
        told: said(
          "name a workload that has replicas: a Deployment, a StatefulSet",
          "레플리카가 있는 워크로드를 쓰세요: Deployment, StatefulSet",
        ),
      },
      upstream: DOCS.hpa,
    };
  }
  const { near, names } = await othersOf(cluster, namespace, { kind, name });
  const other = await otherKindOf(cluster, namespace, { kind, name });
  return {
    cause: "target-missing",
    told: said(
      `The ${called} is to scale ${kind} ${name}, which is not in ${namespace}` +
        (other ? `; a ${other} of that name is.` : near ? `; the nearest name is ${near}.` : "."),
      `${called}가 스케일할 ${kind} ${name}이(가) ${namespace}에 없습니다` +
        (other
          ? `. 그 이름의 ${other}은(는) 있습니다.`
          : near
          ? `. 가까운 이름은 ${near}입니다.`
          : "."),
    ),
    evidence: [evidence, missingEvidence(resource, name, namespace)],
    remedy: other ? { diff: kindDiff(other), told: said(`in the ${called}`, `${called}에서`) } : {
      ...(near ? { diff: `   scaleTargetRef:\n-    name: ${name}\n+    name: ${near}` } : {}),
      told: near ? said(`in the ${called}`, `${called}에서`) : names.length > 0
        ? said(
          `name what is there in the ${called}'s scaleTargetRef (${
            names.join(", ")
          }), or make ${name}`,
          `${called}의 scaleTargetRef에 있는 것의 이름을 쓰거나 (${
            names.join(", ")
          }) ${name}을(를) 만드세요`,
        )
        : said(
          `make it, or name a workload of the ${called}'s own namespace in scaleTargetRef`,
          `만드세요. 아니면 scaleTargetRef에 ${called}와 같은 네임스페이스의 워크로드를 쓰세요`,
        ),
    },
    upstream: called === "HPA" ? DOCS.hpa : DOCS.keda,
  };
}
