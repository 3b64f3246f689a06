import { METRICS_GROUPS, OWNER_LABEL } from "../../autoscale/mod.ts";
import { conditionOf, helmReleaseOf } from "../../kube/mod.ts";
import { type Adapter, ownAdapterOf } from "../adapter.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence } from "../hop.ts";
import { orUnseen } from "../reads.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { isOfKeda, seeApiService, unreachable } from "./api_service.ts";
import { installLine } from "./installs.ts";
import type { MetricWalk } from "./metric_walk.ts";

export const apiHop: HopLook<MetricWalk> = {
  hop: "api",
  async see(walk) {
    const name = apiServiceName(walk);
    return seeApiService(name, await walk.cluster.apiService(name));
  },
  causes: [forbidden, notRegistered, heldByKeda, unavailable],
};

function apiServiceName({ wanted: { api } }: MetricWalk): string {
  return `v1beta1.${METRICS_GROUPS[api]}`;
}

/** The autoscaler's controller may not read the API. */
function forbidden({ wanted }: MetricWalk): Fault | undefined {
  const { complaint = "", api } = wanted;
  const user =
    /is forbidden: User "(system:[^"]*horizontal-pod-autoscaler|system:kube-controller-manager)"/
      .exec(complaint)?.[1];
  if (!user) return undefined;
  const group = METRICS_GROUPS[api];
  const [resource] = /resource "[^"]+"/.exec(complaint) ?? [];
  const verb = wanted.names.length === 1 && wanted.resource?.resource !== "pods" ? "get" : "list";
  return {
    cause: "controller-may-not-read",
    told: said(
      `The autoscaler's controller may not read ${group}: ${
        resource ?? "it"
      } is forbidden to ${user}.`,
      `오토스케일러의 컨트롤러가 ${group}을(를) 읽을 수 없습니다: ${user}에게 ${
        resource ?? ""
      } 권한이 없습니다.`,
    ),
    evidence: [{
      command: `kubectl auth can-i ${verb} services.${group} --as=${user}`,
      printed: "no",
    }],
    remedy: {
      command:
        `kubectl create clusterrole hpa-reads-${api}-metrics --verb=get,list --resource='*.${group}' && ` +
        `kubectl create clusterrolebinding hpa-reads-${api}-metrics ` +
        `--clusterrole=hpa-reads-${api}-metrics --serviceaccount=kube-system:horizontal-pod-autoscaler`,
    },
    upstream: DOCS.rbac,
  };
}

async function notRegistered(walk: MetricWalk): Promise<Fault | undefined> {
  const { api } = walk.wanted;
  const group = METRICS_GROUPS[api];
  if (await walk.cluster.apiService(apiServiceName(walk))) return undefined;
  if (await walk.cluster.apiService(`v1beta2.${group}`)) return undefined;
  const adapter = api === "custom" ? await ownAdapterOf(walk.cluster) : undefined;
  if (adapter) return notServed(adapter, apiServiceName(walk));
  const external = await walk.cluster.apiService(`v1beta1.${METRICS_GROUPS.external}`);
  const isKedas = api === "custom" && isOfKeda(external);
  return {
    cause: api === "custom" ? "no-custom-metrics-api" : "no-external-metrics-api",
    told: api === "custom"
      ? said(
        `Nobody serves ${group}: no adapter is installed` +
          (isKedas
            ? `; KEDA holds ${METRICS_GROUPS.external}, and serves only its ScaledObjects' metrics there.`
            : "."),
        `${group}을(를) 제공하는 것이 없습니다. adapter가 설치되어 있지 않습니다` +
          (isKedas
            ? `. ${METRICS_GROUPS.external}은(는) KEDA의 것이고 ScaledObject의 메트릭만 있습니다.`
            : "."),
      )
      : said(
        `Nobody serves ${group}: the adapter does so only with rules under rules.external, and no KEDA is there.`,
        `${group}을(를) 제공하는 것이 없습니다. adapter는 rules.external이 있을 때만 제공하고 KEDA도 없습니다.`,
      ),
    evidence: [missingEvidence("apiservices.apiregistration.k8s.io", apiServiceName(walk))],
    remedy: api === "custom"
      ? {
        command: installLine("prometheus-adapter", await addressFlags(walk)),
      }
      : {
        diff: ` rules:\n+  external:\n+    - seriesQuery: '{__name__="…",namespace!=""}'\n` +
          `+      resources: {overrides: {namespace: {resource: namespace}}}\n` +
          `+      name: {as: ${walk.wanted.metric}}\n` +
          `+      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>})'`,
        told: said(
          "in the adapter chart's values; or let KEDA ask by a ScaledObject",
          "adapter 차트의 values에. 아니면 KEDA의 ScaledObject로 하세요",
        ),
      },
    upstream: DOCS.hpaMetricsApis,
  };
}

/** Flags by which a new adapter asks the Prometheus that is there. */
async function addressFlags({ cluster }: MetricWalk): Promise<string> {
  const found = (await orUnseen(() => cluster.prometheus()))?.service;
  return found
    ? `--set prometheus.url=http://${found.name}.${found.namespace}.svc --set prometheus.port=${found.port}`
    : "-f values.yaml";
}

/**
 * The adapter runs, and its API is not registered: its chart does so only where there are rules for it.
 * Source: prometheus-community/helm-charts prometheus-adapter/templates/custom-metrics-apiservice.yaml.
 */
function notServed(adapter: Adapter, name: string): Fault {
  const config = adapter.config();
  const hasRules = "rules" in config && config.rules.length > 0;
  const release = adapter.configMap && helmReleaseOf(adapter.configMap);
  const is = hasRules ? said("the APIService is gone", "APIService가 없어졌습니다") : said(
    "it has no rule for a custom metric, and without one its chart leaves the APIService out",
    "custom 메트릭을 위한 규칙이 없어서 차트가 APIService를 만들지 않았습니다",
  );
  return {
    cause: "custom-metrics-api-left-out",
    told: said(
      `Nobody serves ${METRICS_GROUPS.custom}, though prometheus-adapter is in ${adapter.namespace}: ${is.en}.`,
      `${adapter.namespace}에 prometheus-adapter가 있지만 ${METRICS_GROUPS.custom}을(를) 제공하는 것이 없습니다: ${is.ko}.`,
    ),
    evidence: [
      missingEvidence("apiservices.apiregistration.k8s.io", name),
      ...(adapter.configMap ? [fieldEvidence("configmaps", adapter.configMap, ".data")] : []),
    ],
    remedy: hasRules && release
      ? {
        command: installLine("prometheus-adapter", "--reuse-values", release),
      }
      : {
        diff: " rules:\n+  default: true",
        told: said(
          "in the adapter chart's values, or rules of your own under rules.custom; then upgrade the release",
          "adapter 차트의 values에. 아니면 rules.custom에 직접 규칙을 쓰세요. 그다음 릴리스를 업그레이드하세요",
        ),
      },
    upstream: DOCS.adapterConfig,
  };
}

/** KEDA answers for external metrics, and knows only those of its ScaledObjects. */
async function heldByKeda(walk: MetricWalk): Promise<Fault | undefined> {
  const { api, metric, selector } = walk.wanted;
  const apiService = await walk.cluster.apiService(apiServiceName(walk));
  if (api !== "external" || !isOfKeda(apiService)) return undefined;
  if (selector?.matchLabels?.[OWNER_LABEL]) return undefined;
  if (await walk.isDelivered()) return undefined;
  return {
    cause: "external-api-held-by-keda",
    told: said(
      `${METRICS_GROUPS.external} belongs to KEDA, which serves only its ScaledObjects' metrics; ` +
        `an adapter's rule for ${metric} is never asked.`,
      `${METRICS_GROUPS.external}은(는) KEDA의 것이고 ScaledObject의 메트릭만 제공합니다. ` +
        `adapter에 ${metric} 규칙이 있어도 묻지 않습니다.`,
    ),
    evidence: [fieldEvidence("apiservices", apiService!, ".spec.service")],
    remedy: {
      told: said(
        "scale by a ScaledObject with that query, or expose the metric as a custom one",
        "그 질의로 ScaledObject를 만들거나 custom 메트릭으로 내보내세요",
      ),
    },
    upstream: DOCS.kedaFaq,
  };
}

/** The APIService is there, and the API server does not reach who stands behind it. */
async function unavailable(walk: MetricWalk): Promise<Fault | undefined> {
  const apiService = await walk.cluster.apiService(apiServiceName(walk));
  const available = conditionOf(apiService, "Available");
  if (!apiService || available?.status === "True") return undefined;
  return await unreachable(walk, apiService);
}
