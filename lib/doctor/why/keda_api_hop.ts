import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import { conditionOf } from "../../kube/mod.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { seeApiService, unreachable } from "./api_service.ts";
import { EXTERNAL, INSTALL_KEDA, type KedaWalk } from "./keda_walk.ts";

export const kedaApiHop: HopLook<KedaWalk> = {
  hop: "api",
  see: async (walk) => seeApiService(EXTERNAL, await walk.apiService()),
  causes: [noKeda, heldByOther, lostApi],
};

async function noKeda(walk: KedaWalk): Promise<Fault | undefined> {
  if (await walk.apiService()) return undefined;
  return {
    cause: "no-external-metrics-api",
    told: said(
      `Nobody serves ${METRICS_GROUPS.external}: KEDA is not installed, or not all of it.`,
      `${METRICS_GROUPS.external}을(를) 제공하는 것이 없습니다. KEDA가 (전부) 설치되어 있지 않습니다.`,
    ),
    evidence: [missingEvidence("apiservices.apiregistration.k8s.io", EXTERNAL)],
    remedy: {
      command: INSTALL_KEDA,
    },
    upstream: DOCS.kedaTroubleshooting,
  };
}

/** Somebody else answers for external metrics, and knows nothing of ScaledObjects. */
async function heldByOther(walk: KedaWalk): Promise<Fault | undefined> {
  const apiService = await walk.apiService();
  const { name, namespace } = apiService?.spec?.service ?? {};
  if (!apiService || /keda/.test(name ?? "")) return undefined;
  return {
    cause: "external-api-held-by-other",
    told: said(
      `${METRICS_GROUPS.external} belongs to ${namespace}/${name}, and only one can hold it: KEDA's HPAs get nothing.`,
      `${METRICS_GROUPS.external}은(는) ${namespace}/${name}의 것이고 하나만 가질 수 있습니다: KEDA의 HPA는 값을 받지 못합니다.`,
    ),
    evidence: [fieldEvidence("apiservices", apiService, ".spec.service")],
    remedy: {
      told: said(
        "take rules.external out of the adapter's values, then upgrade KEDA",
        "adapter의 values에서 rules.external을 빼고 KEDA를 업그레이드하세요",
      ),
    },
    upstream: DOCS.kedaFaq,
  };
}

async function lostApi(walk: KedaWalk): Promise<Fault | undefined> {
  const apiService = await walk.apiService();
  if (!apiService || conditionOf(apiService, "Available")?.status === "True") return undefined;
  return await unreachable(walk, apiService);
}
