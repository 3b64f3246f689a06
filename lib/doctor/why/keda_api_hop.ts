import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import { conditionOf, helmReleaseOf, type Service } from "../../kube/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { orUnseen } from "../reads.ts";
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
  const own = await orUnseen(() => metricsServiceOf(walk.cluster));
  const holder = helmReleaseOf(apiService);
  return {
    cause: "external-api-held-by-other",
    told: said(
      `${METRICS_GROUPS.external} belongs to ${namespace}/${name}, and only one can hold it: KEDA's HPAs get nothing.`,
      `${METRICS_GROUPS.external}은(는) ${namespace}/${name}의 것이고 하나만 가질 수 있습니다: KEDA의 HPA는 값을 받지 못합니다.`,
    ),
    evidence: [fieldEvidence("apiservices", apiService, ".spec.service")],
    // What a release made goes with its values: a patch would only last until then.
    remedy: holder !== undefined && !/keda/.test(holder.name)
      ? {
        told: said(
          `take rules.external out of the values of the Helm release ${holder.name} and upgrade it, which deletes this ` +
            `APIService; then upgrade KEDA, which makes its own`,
          `Helm 릴리스 ${holder.name}의 values에서 rules.external을 빼고 업그레이드하면 이 APIService가 지워집니다. 그다음 ` +
            `KEDA를 업그레이드하면 KEDA의 것이 생깁니다`,
        ),
      }
      : own
      ? {
        command: `kubectl patch apiservice ${EXTERNAL} --type=merge -p '${
          JSON.stringify({ spec: { service: own } })
        }'`,
      }
      : {
        told: said("install KEDA's metrics server again", "KEDA의 메트릭 서버를 다시 설치하세요"),
      },
    upstream: DOCS.kedaFaq,
  };
}

/**
 * The Service of KEDA's own metrics server, of its chart or of its plain manifests. Errors: NotSeen.
 * Source: kedacore/charts keda/templates/metrics-server/service.yaml; kedacore/keda config/metrics-server/service.yaml.
 */
async function metricsServiceOf(
  { reads }: Cluster,
): Promise<{ name: string; namespace: string } | undefined> {
  const found = (await reads.list<Service>("v1/services")).find(({ metadata }) =>
    /^keda-(operator-)?metrics-apiserver$/.test(metadata.name)
  );
  return found && { name: found.metadata.name, namespace: found.metadata.namespace! };
}

async function lostApi(walk: KedaWalk): Promise<Fault | undefined> {
  const apiService = await walk.apiService();
  if (!apiService || conditionOf(apiService, "Available")?.status === "True") return undefined;
  return await unreachable(walk, apiService);
}
