import { isReady } from "../../kube/mod.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { containerTrouble, isStuck, podsText } from "../pods.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { KedaWalk } from "./keda_walk.ts";

export const operatorHop: HopLook<KedaWalk> = {
  hop: "keda",
  async see(walk) {
    const pods = await walk.operators();
    const ready = pods.filter(isReady).length;
    const deployment = pods.length === 0 ? await walk.operatorDeployment() : undefined;
    if (deployment) {
      return {
        object: `Deployment ${deployment.metadata.name}`,
        state: "waits",
        saw: said("operator: no pod", "operator: 파드 없음"),
      };
    }
    const { namespace } = (await walk.apiService())?.spec?.service ?? {};
    const absent = namespace === undefined
      ? said("its operator was not found", "operator를 찾지 못함")
      : said(
        `no operator in the namespace ${namespace}, where the API leads`,
        `API가 가리키는 네임스페이스 ${namespace}에는 operator 없음`,
      );
    return {
      object: podsText(pods),
      state: ready > 0 ? "ok" : pods.length === 0 ? "absent" : "waits",
      saw: pods.length === 0 ? absent : said(
        `operator: ${ready} of ${pods.length} ready`,
        `operator: ${pods.length}개 중 ${ready}개 준비됨`,
      ),
    };
  },
  causes: [noOperator, operatorDown],
};

/** Nobody works on ScaledObjects. */
async function noOperator(walk: KedaWalk): Promise<Fault | undefined> {
  if ((await walk.operators()).length > 0) return undefined;
  const deployment = await walk.operatorDeployment();
  if (!deployment) return undefined;
  const { name, namespace } = deployment.metadata;
  const isAtZero = deployment.spec?.replicas === 0;
  return {
    cause: "keda-operator-down",
    told: said(
      `KEDA's operator has no pod: the Deployment ${namespace}/${name} ` +
        (isAtZero ? "is at 0 replicas." : `wants ${deployment.spec?.replicas}, and none is made.`),
      `KEDA operator의 파드가 없습니다: Deployment ${namespace}/${name}의 ` +
        (isAtZero
          ? "레플리카가 0입니다."
          : `레플리카 ${deployment.spec?.replicas}개가 생기지 않습니다.`),
    ),
    evidence: [fieldEvidence("deployments", deployment, ".spec.replicas")],
    remedy: {
      command: isAtZero
        ? `kubectl -n ${namespace} scale deployment ${name} --replicas=1`
        : `kubectl -n ${namespace} describe deployment ${name}`,
    },
    upstream: DOCS.kedaTroubleshooting,
  };
}

async function operatorDown(walk: KedaWalk): Promise<Fault | undefined> {
  const pods = await walk.operators();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const { pod, reason, told, look } = await containerTrouble(
    walk.cluster.reads,
    pods.find(isStuck) ?? pods[0],
  );
  return {
    cause: "keda-operator-down",
    told: said(
      `KEDA's operator ${pod.metadata.name} is not ready (${reason})${told ? `: ${told}` : ""}.`,
      `KEDA의 operator ${pod.metadata.name}이(가) 준비되지 않았습니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    ),
    evidence: [fieldEvidence("pods", pod, '.status.conditions[?(@.type=="Ready")].message')],
    remedy: { command: look },
    upstream: DOCS.kedaTroubleshooting,
  };
}
