import { isSet, type MetricSpec, selectorFault } from "../../autoscale/mod.ts";
import { groupOf, Quantity, selectorRequirements } from "../../kube/mod.ts";
import { type Localized, said } from "../said.ts";
import { type FiledHpa, metricOf } from "./hpa_file.ts";
import type { RulesFile } from "./rules_file.ts";
import { readyRules, Served, type TrialGround } from "./try_rules.ts";

/** A trigger of a ScaledObject. */
interface Trigger {
  type: "prometheus" | "cpu" | "memory";
  metricType: string;
  metadata: Record<string, string>;
}

/** A step of the way over, and what is typed for it. */
export interface MigrationStep {
  said: Localized;
  commands?: string[];
}

/** An HPA on the adapter's metrics, as KEDA would do it. */
export interface KedaScaling {
  hpa: string;
  namespace: string;
  /** The ScaledObject; undefined when none of its metrics can be had. */
  scaledObject?: Record<string, unknown>;
  /** Metrics that KEDA cannot be asked for, and why. */
  missing: Localized[];
  /** What is not the same afterwards. */
  different: Localized[];
  steps: MigrationStep[];
}

/** Where Prometheus is found, for who scales by it from within the cluster. */
export interface KedaOptions {
  serverAddress?: string;
}

const NO_ADDRESS = "http://PROMETHEUS.NAMESPACE.svc:9090";

/**
 * The same scaling with KEDA, for every HPA that reads a metric of these rules.
 * Errors: MetricSourceError when the source does not answer.
 * Source: kedacore/keda apis/keda/v1alpha1/scaledobject_types.go, controllers/keda/hpa.go,
 * pkg/scalers/prometheus_scaler.go, cmd/webhooks (transfer-hpa-ownership).
 */
export async function toKeda(
  file: RulesFile,
  ground: TrialGround,
  options: KedaOptions = {},
): Promise<KedaScaling[]> {
  const { all } = await readyRules(file, ground);
  const served = new Served(all, ground);
  const serverAddress = options.serverAddress ?? file.prometheusUrl ?? NO_ADDRESS;
  const hasExternal = file.rules.some(({ kind }) => kind === "external");
  const isOfRules = ({ spec }: FiledHpa) =>
    (spec.metrics ?? []).some((metric) => metricOf(metric).api !== "resource");
  return ground.hpas.filter(isOfRules).map((hpa) => {
    const made = (hpa.spec.metrics ?? []).map((metric) =>
      triggerOf(metric, hpa, served, ground, serverAddress)
    );
    const triggers = made.flatMap(({ trigger }) => trigger ?? []);
    const missing = made.flatMap(({ missing }) => missing ?? []);
    return {
      hpa: hpa.name,
      namespace: hpa.namespace,
      ...(triggers.length > 0 ? { scaledObject: scaledObject(hpa, triggers) } : {}),
      missing,
      different: [...differences(hpa), ...serverAddress === NO_ADDRESS ? [OPEN_ADDRESS] : []],
      steps: triggers.length > 0 && missing.length === 0 ? steps(hpa, hasExternal) : [],
    };
  });
}

const OPEN_ADDRESS = said(
  `serverAddress is not known: put the address of Prometheus in the place of ${NO_ADDRESS}`,
  `serverAddress를 알 수 없습니다. ${NO_ADDRESS} 자리에 Prometheus의 주소를 쓰세요`,
);

type Made = { trigger: Trigger; missing?: undefined } | { trigger?: undefined; missing: Localized };

function triggerOf(
  metric: MetricSpec,
  hpa: FiledHpa,
  served: Served,
  ground: TrialGround,
  serverAddress: string,
): Made {
  const resource = metric.resource ?? metric.containerResource;
  if (resource) return resourceTrigger(metric);
  const { metric: { name: wanted }, target } = (metric.object ?? metric.pods ?? metric.external)!;
  const query = concreteQuery(metric, hpa, served, ground);
  if (query === undefined) {
    return {
      missing: said(
        `no rule exposes ${wanted} now: rules why ${wanted}`,
        `지금 ${wanted}을(를) 내보내는 규칙이 없습니다: rules why ${wanted}`,
      ),
    };
  }
  const isAverage = isSet(target.averageValue);
  const amount = target.averageValue ?? target.value;
  if (!isSet(amount)) {
    return {
      missing: said(
        `${wanted} has a target of type ${target.type}, which a custom metric cannot have`,
        `${wanted}의 목표 유형 ${target.type}은(는) 사용자 정의 메트릭에 쓸 수 없습니다`,
      ),
    };
  }
  return {
    trigger: {
      type: "prometheus",
      metricType: isAverage ? "AverageValue" : "Value",
      metadata: {
        serverAddress,
        query,
        threshold: String(Quantity.parse(amount!).asNumber()),
        // Without a value the adapter answers 404 and the HPA holds still; KEDA would take it for 0.
        ignoreNullValues: "false",
      },
    },
  };
}

/** The PromQL that the adapter asks, all places filled in; undefined when no rule has the metric. */
export function concreteQuery(
  metric: MetricSpec,
  { namespace, spec }: Pick<FiledHpa, "namespace" | "spec">,
  served: Served,
  { mapper }: Pick<TrialGround, "mapper">,
): string | undefined {
  const source = metric.object ?? metric.pods ?? metric.external;
  const selector = source?.metric.selector;
  if (selectorFault(selector)) return undefined;
  const requirements = selectorRequirements(selector) ?? [];
  if (metric.external) {
    const query = served.external.queryForMetric(
      metric.external.metric.name,
      namespace,
      requirements,
    );
    return query && "query" in query ? `sum(${query.query})` : undefined;
  }
  const { name } = metricOf(metric);
  if (metric.pods) {
    const info = { resource: { group: "", resource: "pods" }, namespaced: true, metric: name };
    // Several names make the adapter ask by an expression.
    const query = served.registry.queryForMetric(info, namespace, requirements, ["POD-1", "POD-2"]);
    if (!("query" in query)) return undefined;
    return `sum(${query.query.replaceAll("POD-1|POD-2", podPattern(spec.scaleTargetRef))})`;
  }
  const { kind, apiVersion = "", name: object } = metric.object!.describedObject;
  const found = mapper.kindFor(groupOf(apiVersion), kind);
  if (!found) return undefined;
  const isNamespace = found.group === "" && found.resource === "namespaces";
  const info = {
    resource: { group: found.group, resource: found.resource },
    namespaced: !isNamespace,
    metric: name,
  };
  const query = served.registry.queryForMetric(
    info,
    isNamespace ? "" : namespace,
    requirements,
    [object],
  );
  return "query" in query ? query.query : undefined;
}

/** What the pods of a workload are called. Source: kubernetes pkg/controller/controller_utils.go, apiserver names/generate.go. */
export function podPattern({ kind, name }: { kind: string; name: string }): string {
  if (kind === "Deployment") return `${name}-[a-z0-9]+-[a-z0-9]{5}`;
  return kind === "StatefulSet" ? `${name}-[0-9]+` : `${name}-.+`;
}

function resourceTrigger(metric: MetricSpec): Made {
  const { name, target } = (metric.resource ?? metric.containerResource)!;
  if (name !== "cpu" && name !== "memory") {
    return {
      missing: said(
        `${name} is no resource that KEDA scales on: cpu and memory are`,
        `${name}은(는) KEDA가 쓰는 리소스가 아닙니다. cpu와 memory만 됩니다`,
      ),
    };
  }
  const isShare = isSet(target.averageUtilization);
  if (!isShare && !isSet(target.averageValue)) {
    return {
      missing: said(
        `${name} has no target: averageUtilization or averageValue`,
        `${name}에 목표가 없습니다. averageUtilization이나 averageValue가 필요합니다`,
      ),
    };
  }
  return {
    trigger: {
      type: name,
      metricType: isShare ? "Utilization" : "AverageValue",
      metadata: {
        value: String(isShare ? target.averageUtilization : target.averageValue),
        ...(metric.containerResource ? { containerName: metric.containerResource.container } : {}),
      },
    },
  };
}

function scaledObject({ name, namespace, spec }: FiledHpa, triggers: Trigger[]) {
  const { apiVersion, kind, name: target } = spec.scaleTargetRef;
  const { behavior } = spec;
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: {
      name,
      namespace,
      annotations: { "scaledobject.keda.sh/transfer-hpa-ownership": "true" },
    },
    spec: {
      scaleTargetRef: { ...(apiVersion ? { apiVersion } : {}), kind, name: target },
      minReplicaCount: spec.minReplicas ?? 1,
      maxReplicaCount: spec.maxReplicas,
      advanced: { horizontalPodAutoscalerConfig: { name, ...(behavior ? { behavior } : {}) } },
      triggers,
    },
  };
}

function differences({ spec }: FiledHpa): Localized[] {
  const { metrics = [], minReplicas, scaleTargetRef } = spec;
  const list: Localized[] = [];
  if (metrics.some(({ type }) => type === "Pods")) {
    const pattern = podPattern(scaleTargetRef);
    list.push(
      said(
        `the adapter asks for the pods that the workload selects, KEDA for those that are called ${pattern}`,
        `adapter는 워크로드가 고르는 파드를, KEDA는 이름이 ${pattern}인 파드를 묻습니다`,
      ),
      said(
        "the HPA takes the mean of the pods that have a value, and is careful about the others; KEDA divides the sum by all replicas",
        "HPA는 값이 있는 파드의 평균을 내고 나머지를 조심스레 다루지만, KEDA는 합을 모든 레플리카로 나눕니다",
      ),
    );
  }
  if (minReplicas === 0) {
    list.push(said(
      "at zero KEDA decides by itself: it wakes the workload when the value is above activationThreshold (0), and lets it sleep cooldownPeriod (5m) after the last time",
      "0에서는 KEDA가 직접 정합니다. 값이 activationThreshold(0)를 넘으면 깨우고, 마지막으로 넘은 뒤 cooldownPeriod(5m)가 지나면 재웁니다",
    ));
  }
  list.push(said(
    "the HPA's metric is then called s0-prometheus and is External: dashboards and alerts that name the old one need the new",
    "HPA의 메트릭은 s0-prometheus라는 External 메트릭이 됩니다. 예전 이름을 쓰는 대시보드와 알림을 고치세요",
  ));
  return list;
}

function steps({ name, namespace }: FiledHpa, hasExternal: boolean): MigrationStep[] {
  const at = `-n ${namespace}`;
  const external: MigrationStep[] = hasExternal
    ? [{
      said: said(
        "The adapter serves external.metrics.k8s.io too, and KEDA wants it: only one can. Take its external rules away together with this step, all HPAs that read them at once.",
        "adapter도 external.metrics.k8s.io를 맡고 있는데 하나만 맡을 수 있습니다. 이 단계와 함께 external 규칙을 없애고, 그것을 읽는 HPA를 한꺼번에 옮기세요.",
      ),
    }]
    : [];
  return [
    {
      said: said("Install KEDA beside the adapter.", "adapter 옆에 KEDA를 설치합니다."),
      commands: ["helm install keda kedacore/keda --namespace keda --create-namespace"],
    },
    ...external,
    {
      said: said(
        "Apply the ScaledObject. It takes over the HPA as it is, by its name: the HPA is changed, never deleted, and goes on scaling.",
        "ScaledObject를 적용합니다. 있는 HPA를 이름으로 넘겨받습니다. HPA는 지워지지 않고 바뀔 뿐이며 계속 조절합니다.",
      ),
      commands: ["kubectl apply -f scaledobject.yaml"],
    },
    {
      said: said(
        "Wait until KEDA reads the metric, and look whether the HPA has a value.",
        "KEDA가 메트릭을 읽을 때까지 기다리고, HPA에 값이 있는지 봅니다.",
      ),
      commands: [
        `kubectl wait --for=condition=Ready scaledobject/${name} ${at} --timeout=2m`,
        `kubectl get hpa ${name} ${at}`,
      ],
    },
    {
      said: said(
        "Take the HPA's manifest out of what you deploy, but not out of the cluster: applied again it would undo KEDA's.",
        "배포하는 것에서 HPA 매니페스트를 뺍니다. 클러스터에서는 지우지 마세요. 다시 적용하면 KEDA의 것을 되돌립니다.",
      ),
    },
    {
      said: said(
        "When no HPA asks for the metric any more, take its rule away; after the last one, the adapter.",
        "그 메트릭을 묻는 HPA가 더 없으면 규칙을, 마지막이면 adapter를 없앱니다.",
      ),
    },
    {
      said: said(
        "The way back: deleting the ScaledObject deletes its HPA, so apply the old one at once; the replicas stay meanwhile.",
        "되돌리려면: ScaledObject를 지우면 HPA도 지워지므로 바로 예전 것을 적용하세요. 그사이 레플리카는 그대로입니다.",
      ),
      commands: [`kubectl delete scaledobject ${name} ${at}`, "kubectl apply -f hpa.yaml"],
    },
  ];
}
