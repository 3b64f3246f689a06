import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import { conditionOf } from "../../kube/mod.ts";
import { type Fault, type HopLook, missingEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { seeApiService, unreachable } from "./api_service.ts";
import { installLine } from "./installs.ts";
import { RESOURCE_METRICS, type ResourceWalk } from "./resource_walk.ts";

export const resourceApiHop: HopLook<ResourceWalk> = {
  hop: "api",
  see: async (walk) => seeApiService(RESOURCE_METRICS, await walk.apiService()),
  causes: [noServer, lostServer],
};

async function noServer(walk: ResourceWalk): Promise<Fault | undefined> {
  if (await walk.apiService()) return undefined;
  return {
    cause: "no-metrics-server",
    told: said(
      `Nobody serves ${METRICS_GROUPS.resource}: metrics-server is not installed.`,
      `${METRICS_GROUPS.resource}을(를) 제공하는 것이 없습니다. metrics-server가 설치되어 있지 않습니다.`,
    ),
    evidence: [missingEvidence("apiservices.apiregistration.k8s.io", RESOURCE_METRICS)],
    remedy: { command: installLine("metrics-server") },
    upstream: DOCS.metricsServer,
  };
}

async function lostServer(walk: ResourceWalk): Promise<Fault | undefined> {
  const apiService = await walk.apiService();
  if (!apiService || conditionOf(apiService, "Available")?.status === "True") return undefined;
  return await unreachable(walk, apiService);
}
