import { editDistance, nearestNames } from "../../base/mod.ts";
import { apiVersionOf } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import type { Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";

/** So many letters are wrong in a name that is taken for misspelt. */
const MOST_TYPOS = 4;

/** The object of a kind whose name is nearest to one that is not there. Errors: NotSeen. */
export async function nearestIn(
  cluster: Cluster,
  namespace: string,
  { kind, name }: { kind: string; name: string },
): Promise<string | undefined> {
  const ref = (await cluster.mapper()).resources.find((one) => one.kind === kind && one.namespaced);
  if (!ref) return undefined;
  const names = (await cluster.reads.list(ref, namespace)).map(({ metadata }) => metadata.name);
  const [near] = nearestNames(name, names, 1);
  return near !== undefined && editDistance(name, near) <= MOST_TYPOS ? near : undefined;
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
  { kind, name, namespace, resource, scale, object }: Scaled,
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
        ? { diff: `   scaleTargetRef:\n-    apiVersion: …\n+    apiVersion: ${right}` }
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
  const near = await nearestIn(cluster, namespace, { kind, name });
  return {
    cause: "target-missing",
    told: said(
      `The ${called} is to scale ${kind} ${name}, which is not in ${namespace}` +
        (near ? `; the nearest name is ${near}.` : "."),
      `${called}가 스케일할 ${kind} ${name}이(가) ${namespace}에 없습니다` +
        (near ? `. 가까운 이름은 ${near}입니다.` : "."),
    ),
    evidence: [evidence, missingEvidence(resource, name, namespace)],
    remedy: {
      ...(near ? { diff: `   scaleTargetRef:\n-    name: ${name}\n+    name: ${near}` } : {}),
      told: said(
        `name a workload of the ${called}'s own namespace in scaleTargetRef`,
        `scaleTargetRef에 ${called}와 같은 네임스페이스의 워크로드를 쓰세요`,
      ),
    },
    upstream: called === "HPA" ? DOCS.hpa : DOCS.keda,
  };
}
