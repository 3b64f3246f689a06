import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import { editDistance, nearestNames } from "../../base/mod.ts";
import { formatPromDuration } from "../../go/mod.ts";
import { conditionOf, groupResource, isReady, type KubeObject, type Pod } from "../../kube/mod.ts";
import { parse } from "../../promql/mod.ts";
import type { Adapter, TriedRule } from "../adapter.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence, rawEvidence } from "../hop.ts";
import { containerTrouble, isStuck, withoutHead } from "../pods.ts";
import { intervalMsOf } from "../prometheus.ts";
import { everyPart } from "../query_shape.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { type MetricWalk, namesOf } from "./metric_walk.ts";

const MOST_NAMED = 3;
/** So many letters are wrong in a name that is taken for misspelt. */
const MOST_TYPOS = 2;
const RESTART = (namespace: string, name: string) =>
  `kubectl -n ${namespace} rollout restart deploy/${name}`;

// ---------------------------------------------------------------- the API

const apiHop: HopLook<MetricWalk> = {
  hop: "api",
  async see(walk) {
    const name = apiServiceName(walk);
    const apiService = await walk.cluster.apiService(name);
    if (!apiService) {
      return {
        object: name,
        state: "waits",
        saw: said("nobody serves it", "아무도 제공하지 않음"),
      };
    }
    const available = conditionOf(apiService, "Available");
    const { namespace, name: service } = apiService.spec?.service ?? {};
    const by = service ? `${namespace}/${service}` : "the API server";
    return {
      object: `APIService ${name}`,
      state: available?.status === "True" ? "ok" : "waits",
      saw: available?.status === "True"
        ? said(`served by ${by}`, `${by}이(가) 제공`)
        : asIs(`${by}: Available=${available?.status ?? "Unknown"} ${available?.reason ?? ""}`),
    };
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
      `autoscaler의 컨트롤러가 ${group}을(를) 읽을 수 없습니다: ${user}에게 ${
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
        command:
          "helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter " +
          "-f values.yaml",
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

function isOfKeda(apiService: KubeObject | undefined): boolean {
  return /keda/.test(apiService?.spec?.service?.name ?? "");
}

/** KEDA answers for external metrics, and knows only those of its ScaledObjects. */
async function heldByKeda(walk: MetricWalk): Promise<Fault | undefined> {
  const { api, metric, selector } = walk.wanted;
  const apiService = await walk.cluster.apiService(apiServiceName(walk));
  if (api !== "external" || !isOfKeda(apiService)) return undefined;
  if (selector?.matchLabels?.["scaledobject.keda.sh/name"]) return undefined;
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

/** Why an APIService is not available, as far as its Service and pods tell. */
export async function unreachable(
  { cluster }: Pick<MetricWalk, "cluster">,
  apiService: KubeObject,
): Promise<Fault | undefined> {
  const available = conditionOf(apiService, "Available");
  const { namespace, name, port = 443 } = apiService.spec.service ?? {};
  const state = fieldEvidence("apiservices", apiService, ".status.conditions[0].message");
  const service = await cluster.service(namespace, name);
  const of = `${namespace}/${name}`;
  if (!service) {
    return {
      cause: "api-service-missing",
      told: said(
        `The APIService ${apiService.metadata.name} leads to the Service ${of}, which is not there.`,
        `APIService ${apiService.metadata.name}이(가) 가리키는 Service ${of}이(가) 없습니다.`,
      ),
      evidence: [missingEvidence("services", name, namespace)],
      remedy: {
        told: said(
          "install the adapter again, or delete the APIService if nobody is to serve it",
          "adapter를 다시 설치하세요. 아무도 제공하지 않을 것이면 APIService를 지우세요",
        ),
      },
      upstream: DOCS.aggregation,
    };
  }
  const pods = await cluster.podsOf(service);
  if (pods.length > 0 && !pods.some(isReady)) return undefined;
  const entry = service.spec?.ports?.find((one) => one.port === port);
  const listening = pods[0] && portsOf(pods[0]);
  const isLost = entry && listening &&
    !listening.some(({ name, containerPort }) =>
      [name, containerPort].includes(entry.targetPort ?? entry.port)
    );
  if (isLost) {
    const has = listening.map(({ name, containerPort }) =>
      name ? `${name} ${containerPort}` : containerPort
    );
    const to = listening[0].name ?? listening[0].containerPort;
    return {
      cause: "api-service-port",
      told: said(
        `The API server does not reach the adapter: the Service ${of} leads to port ${entry.targetPort}, ` +
          `and its pods listen on ${has.join(", ")}.`,
        `API 서버가 adapter에 닿지 못합니다: Service ${of}은(는) 포트 ${entry.targetPort}로 가는데 ` +
          `파드의 포트는 ${has.join(", ")}입니다.`,
      ),
      evidence: [
        fieldEvidence("services", service, ".spec.ports[*].targetPort"),
        fieldEvidence("pods", pods[0], ".spec.containers[*].ports"),
        state,
      ],
      remedy: {
        command: `kubectl -n ${namespace} patch service ${name} --type=json -p ` +
          `'[{"op":"replace","path":"/spec/ports/0/targetPort","value":${JSON.stringify(to)}}]'`,
      },
      upstream: DOCS.aggregation,
    };
  }
  if (pods.length === 0) {
    return {
      cause: "api-service-without-pods",
      told: said(
        `The Service ${of} behind the APIService selects no pod.`,
        `APIService 뒤의 Service ${of}이(가) 고르는 파드가 없습니다.`,
      ),
      evidence: [fieldEvidence("services", service, ".spec.selector"), state],
      remedy: { command: `kubectl -n ${namespace} get deployments,pods` },
      upstream: DOCS.services,
    };
  }
  return {
    cause: "api-not-available",
    told: said(
      `The API server does not reach ${of}: ${available?.message ?? "it has not looked yet"}.`,
      `API 서버가 ${of}에 닿지 못합니다: ${available?.message ?? "아직 확인하지 않음"}.`,
    ),
    evidence: [state],
    remedy: { command: `kubectl describe apiservice ${apiService.metadata.name}` },
    upstream: DOCS.aggregation,
  };
}

function portsOf({ spec }: Pod): { name?: string; containerPort: number }[] {
  return (spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
}

// ---------------------------------------------------------------- the adapter

const adapterHop: HopLook<MetricWalk> = {
  hop: "adapter",
  async see(walk) {
    const adapter = await walk.adapter();
    if (!adapter) return { object: "", state: "absent", saw: said("there is none", "없음") };
    const { pod, isOurs, url } = adapter;
    if (!pod) return { object: "", state: "waits", saw: said("has no pod", "파드 없음") };
    const object = `pod ${pod.metadata.name}`;
    if (!isOurs) {
      return {
        object,
        state: "unknown",
        saw: said(
          "is not prometheus-adapter: what it does is unknown",
          "prometheus-adapter가 아니라 모름",
        ),
      };
    }
    return {
      object,
      state: isReady(pod) ? "ok" : "waits",
      saw: isReady(pod)
        ? said(`asks ${url}`, `${url}에 물음`)
        : said("is not ready", "준비되지 않음"),
    };
  },
  causes: [stuck, wrongAddress, readBefore, cannotReach, notAllowed, shortMaxAge],
};

/** A pod of the adapter does not come up. */
async function stuck(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter) return undefined;
  const lost = adapter.pods.find(isStuck);
  if (!lost) return undefined;
  const { pod, reason, told } = await containerTrouble(walk.cluster.reads, lost);
  const { name, namespace } = pod.metadata;
  const serving = adapter.pods.find(isReady);
  const old = serving
    ? said(
      `; ${serving.metadata.name} of before serves on`,
      `. 예전의 ${serving.metadata.name}이(가) 계속 서비스합니다`,
    )
    : said("", "");
  return {
    cause: "adapter-does-not-run",
    told: said(
      `The adapter's pod ${name} does not run (${reason}): ${told}${old.en}.`,
      `adapter의 파드 ${name}이(가) 뜨지 못합니다 (${reason}): ${told}${old.ko}.`,
    ),
    evidence: [{ command: `kubectl -n ${namespace} logs ${name} --tail=1`, printed: told }],
    remedy: {
      told: said(
        "mend what it says in the chart's values, and upgrade",
        "차트의 values에서 그것을 고치고 업그레이드하세요",
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** `--prometheus-url` leads to no Service, or to a port that it does not have. */
async function wrongAddress(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.isOurs || !adapter.pod) return undefined;
  const found = await walk.cluster.prometheusAt(adapter.url);
  if ("reader" in found) return undefined;
  const { name, namespace } = found.place;
  const right = await walk.cluster.prometheus();
  const near = right
    ? said(`; Prometheus is ${right.name}`, `. Prometheus는 ${right.name}입니다`)
    : said("", "");
  const isMissing = found.missing === "service";
  const service = await walk.cluster.service(namespace, name);
  return {
    cause: "adapter-prometheus-address",
    told: isMissing
      ? said(
        `The adapter asks ${adapter.url}, and there is no Service ${name} in ${namespace}${near.en}.`,
        `adapter가 ${adapter.url}에 묻는데 ${namespace}에 Service ${name}이(가) 없습니다${near.ko}.`,
      )
      : said(
        `The adapter asks ${adapter.url}, and the Service ${name} has no port ${found.place.port}${near.en}.`,
        `adapter가 ${adapter.url}에 묻는데 Service ${name}에 포트 ${found.place.port}이(가) 없습니다${near.ko}.`,
      ),
    evidence: [
      fieldEvidence("pods", adapter.pod, ".spec.containers[0].args"),
      isMissing || !service
        ? missingEvidence("services", name, namespace)
        : fieldEvidence("services", service, ".spec.ports[*].port"),
    ],
    remedy: addressRemedy(right && { ...right.service }),
    upstream: DOCS.adapter,
  };
}

function addressRemedy(
  right: { name: string; namespace: string; port: string } | undefined,
): Fault["remedy"] {
  const told = said(
    "in the adapter chart's values; then upgrade the release",
    "adapter 차트의 values에. 그다음 릴리스를 업그레이드하세요",
  );
  if (!right) return { told };
  return {
    diff:
      ` prometheus:\n+  url: http://${right.name}.${right.namespace}.svc\n+  port: ${right.port}`,
    told,
  };
}

/** The ConfigMap was changed after the adapter had read it. */
async function readBefore(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.pod || !adapter.configMap) return undefined;
  const { pod, configMap, container } = adapter;
  const status = pod.status?.containerStatuses?.find(({ name }) => name === container?.name);
  const began = Date.parse(String(status?.state?.running?.startedAt));
  const changed = changedAt(configMap);
  if (!(changed > began + 1000)) return undefined;
  const { name, namespace } = configMap.metadata;
  const [deployment] = nameOfDeployment(pod);
  return {
    cause: "adapter-read-config-before",
    told: said(
      `The ConfigMap ${name} was changed after the adapter had started, and the adapter reads its rules ` +
        `once: those of before are in force.`,
      `adapter가 시작한 뒤에 ConfigMap ${name}이(가) 바뀌었습니다. adapter는 규칙을 시작할 때 한 번만 읽으므로 ` +
        `예전 규칙이 쓰이고 있습니다.`,
    ),
    evidence: [
      {
        command: `kubectl -n ${namespace} get configmap ${name} --show-managed-fields ` +
          `-o jsonpath='{.metadata.managedFields[*].time}'`,
        printed: managedTimes(configMap).join(" "),
      },
      fieldEvidence("pods", pod, ".status.containerStatuses[0].state.running.startedAt"),
    ],
    remedy: { command: RESTART(namespace ?? "", deployment ?? pod.metadata.name) },
    upstream: DOCS.adapterConfig,
  };
}

function managedTimes({ metadata }: KubeObject): string[] {
  return (metadata.managedFields ?? []).map((entry: any) => entry.time).filter(Boolean);
}

function changedAt(object: KubeObject): number {
  const times = managedTimes(object).map((time) => Date.parse(time));
  return Math.max(...times, Date.parse(object.metadata.creationTimestamp ?? "") || 0);
}

/** The Deployment of a pod, by the name that its ReplicaSet's has before the hash. */
function nameOfDeployment({ metadata }: Pod): string[] {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === "ReplicaSet")?.name;
  const hash = metadata.labels?.["pod-template-hash"];
  return owner && hash ? [owner.replace(`-${hash}`, "")] : [];
}

/** The adapter's log complains of Prometheus, other than of a query. */
async function cannotReach(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.isDelivered()) return undefined;
  const adapter = await walk.adapter();
  const line = (await adapter?.log())?.findLast((line) =>
    /unable to update list of all metrics/.test(line)
  );
  if (!adapter?.pod || !line || /bad_data|bad_response: .*parse error/.test(line)) return undefined;
  const right = await walk.cluster.prometheus();
  return {
    cause: "adapter-cannot-reach-prometheus",
    told: said(
      `The adapter cannot list what Prometheus has, and so exposes nothing new: ${
        withoutHead(line)
      }.`,
      `adapter가 Prometheus의 시계열 목록을 얻지 못해 아무것도 새로 내보내지 못합니다: ${
        withoutHead(line)
      }.`,
    ),
    evidence: [logEvidence(adapter, line, "unable to update")],
    remedy: addressRemedy(right && { ...right.service }),
    upstream: DOCS.adapter,
  };
}

function logEvidence({ pod }: Adapter, line: string, pattern: string) {
  const { namespace, name } = pod!.metadata;
  return {
    command: `kubectl -n ${namespace} logs ${name} | grep '${pattern}' | tail -1`,
    printed: line.trim(),
  };
}

/** The adapter may not read what it has to. */
async function notAllowed(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.isDelivered()) return undefined;
  const adapter = await walk.adapter();
  const line = (await adapter?.log())?.findLast((line) => /is forbidden: User/.test(line));
  if (!adapter?.pod || !line) return undefined;
  const [, user, verb, resource] = /User "([^"]+)" cannot (\w+) resource "([^"]+)"/.exec(line) ??
    [];
  const [, , namespace, account] = (user ?? "").split(":");
  return {
    cause: "adapter-may-not-read",
    told: said(
      `The adapter may not ${verb} ${resource}, which it needs to know the objects: ${
        withoutHead(line)
      }.`,
      `adapter에게 ${resource}을(를) ${verb}할 권한이 없어 오브젝트를 알 수 없습니다: ${
        withoutHead(line)
      }.`,
    ),
    evidence: [
      { command: `kubectl auth can-i ${verb} ${resource} --as=${user}`, printed: "no" },
      logEvidence(adapter, line, "is forbidden"),
    ],
    remedy: {
      command: `kubectl create clusterrolebinding prometheus-adapter-reads --clusterrole=view ` +
        `--serviceaccount=${namespace}:${account}`,
      told: said(
        "or upgrade the chart with rbac.create=true",
        "또는 rbac.create=true로 차트를 업그레이드하세요",
      ),
    },
    upstream: DOCS.rbac,
  };
}

/** The adapter looks back less far than a scrape interval: metrics come and go. */
async function shortMaxAge(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.isOurs || !adapter.pod) return undefined;
  const [target] = await walk.source.targets();
  const everyMs = target && intervalMsOf(target);
  if (!everyMs || everyMs <= adapter.maxAgeMs) return undefined;
  const [every, age] = [formatPromDuration(everyMs), formatPromDuration(adapter.maxAgeMs)];
  const wide = formatPromDuration(everyMs * 2);
  return {
    cause: "max-age-under-scrape-interval",
    told: said(
      `${target.scrapePool} is scraped every ${every}, and the adapter looks back only ${age}: the metric ` +
        `comes and goes.`,
      `${target.scrapePool}은(는) ${every}마다 수집되는데 adapter는 ${age} 전까지만 봅니다: 메트릭이 나타났다 ` +
        `사라집니다.`,
    ),
    evidence: [fieldEvidence("pods", adapter.pod, ".spec.containers[0].args")],
    remedy: {
      diff: `+extraArguments:\n+  - --metrics-max-age=${wide}`,
      told: said(
        "in the adapter chart's values; or scrape more often",
        "adapter 차트의 values에. 아니면 더 자주 수집하세요",
      ),
    },
    upstream: DOCS.adapter,
  };
}

// ---------------------------------------------------------------- the rule

const ruleHop: HopLook<MetricWalk> = {
  hop: "rule",
  async see(walk) {
    const tried = await walk.tried();
    const rule = await walk.used();
    if (rule) {
      const shadowed = tried.filter((one) => one !== rule && walk.exposes(one));
      const over = shadowed.map(({ number }) => number).join(", ");
      return {
        object: `rule ${rule.number} of ${tried.length}`,
        state: "ok",
        saw: said(
          `exposes ${walk.path}${over ? `, over rule ${over}` : ""}`,
          `${walk.path}을(를) 내보냄${over ? `. 규칙 ${over} 대신` : ""}`,
        ),
      };
    }
    const adapter = await walk.adapter();
    if (!adapter?.isOurs) return { object: "", state: "unknown", saw: said("unknown", "모름") };
    return {
      object: `${tried.length} rules`,
      state: "waits",
      saw: said(`none exposes ${walk.path}`, `${walk.path}을(를) 내보내는 규칙 없음`),
    };
  },
  causes: [refusedRule, noRules, deadOverride, wrongLabels, kept, renamed, excluded, noRule],
};

/** One rule whose seriesQuery Prometheus refuses ends every relist. */
async function refusedRule(walk: MetricWalk): Promise<Fault | undefined> {
  const bad = (await walk.tried()).find(({ refused }) => refused !== undefined);
  if (!bad) return undefined;
  const prometheus = (await walk.prometheus())!;
  const { seriesQuery } = bad.rule;
  return {
    cause: "rule-refused-by-prometheus",
    told: said(
      `Prometheus refuses the seriesQuery of rule ${bad.number}, and one rule that fails ends every relist: ` +
        `no metric is listed anew. It says: ${bad.refused}.`,
      `Prometheus가 규칙 ${bad.number}의 seriesQuery를 거절합니다. 규칙 하나가 실패하면 목록 갱신이 모두 멈춥니다. ` +
        `거절한 말: ${bad.refused}.`,
    ),
    evidence: [rawEvidence(
      prometheus.path("series", { "match[]": seriesQuery }),
      `{"status":"error","errorType":"bad_data","error":${JSON.stringify(bad.refused)}}`,
    )],
    remedy: {
      diff: `-    - seriesQuery: '${seriesQuery}'`,
      told: said("mend it, or take that rule out", "그 규칙을 고치거나 빼세요"),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** The ConfigMap holds no configuration that could be read. */
async function noRules(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  const config = adapter?.isOurs ? adapter.config() : undefined;
  if (!config || !("mistake" in config) || !adapter?.configMap) return undefined;
  const { name, namespace } = adapter.configMap.metadata;
  return {
    cause: "adapter-config-unreadable",
    told: said(
      `The adapter's configuration in the ConfigMap ${name} cannot be read: ${config.mistake}.`,
      `ConfigMap ${name}의 adapter 설정을 읽을 수 없습니다: ${config.mistake}.`,
    ),
    evidence: [{
      command: `kubectl -n ${namespace} get configmap ${name} -o yaml`,
      printed: config.mistake,
    }],
    remedy: {
      told: said(
        "mend it in the chart's values, and upgrade",
        "차트의 values에서 고치고 업그레이드하세요",
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** A rule reads a label that no series has, while they carry the one that is meant. */
async function deadOverride(walk: MetricWalk): Promise<Fault | undefined> {
  const { resource, metric } = walk.wanted;
  for (const one of (await walk.tried()).toReversed()) {
    if (!namesOf(one).includes(metric)) continue;
    const [series] = one.series;
    for (const [label, to] of Object.entries(one.rule.resources.overrides ?? {})) {
      if (one.series.some((labels) => label in labels)) continue;
      const singular = to.resource.replace(/s$/, "");
      if (resource && resource.resource !== `${singular}s`) continue;
      if (!(singular in series) || singular in (one.rule.resources.overrides ?? {})) continue;
      const isRead = one.trial.metrics.some(({ path }) => path === `${singular}s/${metric}`);
      if (isRead) continue;
      return {
        cause: "rule-label-missing",
        told: said(
          `Rule ${one.number} reads the label ${label} as the ${singular}, and no series has it; they carry ` +
            `"${singular}". So there is no ${singular}s/${metric}.`,
          `규칙 ${one.number}은(는) 라벨 ${label}을 ${singular}(으)로 읽는데 그 라벨이 있는 시계열이 없습니다. 있는 것은 ` +
            `"${singular}"입니다. 그래서 ${singular}s/${metric}이(가) 없습니다.`,
        ),
        evidence: [await seriesEvidence(walk, series.__name__, series)],
        remedy: {
          diff: `     overrides:\n-      ${label}: {resource: ${to.resource}}\n` +
            `+      ${singular}: {resource: ${to.resource}}`,
        },
        upstream: DOCS.adapterWalkthrough,
      };
    }
  }
}

async function seriesEvidence(walk: MetricWalk, name: string, shown: unknown) {
  const prometheus = (await walk.prometheus())!;
  return rawEvidence(prometheus.path("series", { "match[]": name }), JSON.stringify(shown));
}

/** A rule gives the name, and attaches it to other resources. */
async function wrongLabels(walk: MetricWalk): Promise<Fault | undefined> {
  const { resource, metric } = walk.wanted;
  if (!resource || await walk.used()) return undefined;
  const one = (await walk.tried()).findLast((rule) => namesOf(rule).includes(metric));
  if (!one) return undefined;
  const has = one.trial.metrics.map(({ path }) => path).filter((path) =>
    path.endsWith(`/${metric}`)
  );
  const series = one.series.find(({ __name__ }) => __name__)!;
  const labels = Object.keys(series).filter((label) => label !== "__name__").sort();
  return {
    cause: "rule-attaches-elsewhere",
    told: said(
      `Rule ${one.number} exposes ${
        has.join(", ") || "nothing"
      }, and not ${walk.path}: no label of the series ` +
        `is read as ${groupResource(resource)} (${labels.join(", ")}).`,
      `규칙 ${one.number}이(가) 내보내는 것은 ${
        has.join(", ") || "없음"
      }이고 ${walk.path}이(가) 아닙니다. 시계열의 라벨 중 ` +
        `${groupResource(resource)}(으)로 읽히는 것이 없습니다 (${labels.join(", ")}).`,
    ),
    evidence: [await seriesEvidence(walk, series.__name__, series)],
    remedy: {
      diff: `       overrides:\n+        LABEL: {resource: ${resource.resource.replace(/s$/, "")}}`,
      told: said(
        "LABEL is the label that names the object",
        "LABEL은 오브젝트의 이름이 있는 라벨입니다",
      ),
    },
    upstream: DOCS.adapterWalkthrough,
  };
}

/** The series is there under the wanted name, and a rule calls it something else. */
async function renamed(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.used()) return undefined;
  const { metric } = walk.wanted;
  for (const one of (await walk.tried()).toReversed()) {
    const found = one.trial.series.find((tried) =>
      tried.labels.__name__ === metric && tried.outcome === "exposed" && tried.name !== metric
    );
    if (found?.outcome !== "exposed") continue;
    const { name, matches, as } = { name: found.name, ...one.rule.name };
    return {
      cause: "rule-renames",
      told: said(
        `Rule ${one.number} calls the series ${metric} ${name} (matches: ${matches}, as: ${
          as || '""'
        }); the API ` +
          `has no ${walk.path}.`,
        `규칙 ${one.number}이(가) 시계열 ${metric}을(를) ${name}(이)라고 부릅니다 (matches: ${matches}, as: ${
          as || '""'
        }). API에 ${walk.path}은(는) 없습니다.`,
      ),
      evidence: [await listEvidence(walk, name)],
      remedy: {
        diff: `   metric:\n-    name: ${metric}\n+    name: ${name}`,
        told: said(
          "in the HPA; or add a rule of your own whose name.as is that name",
          "HPA에서. 아니면 name.as가 그 이름인 규칙을 더하세요",
        ),
      },
      upstream: DOCS.adapterConfig,
    };
  }
}

async function listEvidence(walk: MetricWalk, pattern: string) {
  const group = METRICS_GROUPS[walk.wanted.api];
  const { code, text } = await walk.cluster.reads.raw(`/apis/${group}/v1beta1`);
  const names: string[] = code === 200
    ? (JSON.parse(text).resources ?? []).map(({ name }: { name: string }) => name)
    : [];
  return {
    command:
      `kubectl get --raw /apis/${group}/v1beta1 | jq -r '.resources[].name' | grep ${pattern}`,
    printed: names.filter((name) => name.includes(pattern)).join("\n"),
  };
}

/** A filter of a rule keeps the series out. */
async function kept(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.used()) return undefined;
  const { metric } = walk.wanted;
  for (const one of (await walk.tried()).toReversed()) {
    const found = one.trial.series.find(({ labels }) =>
      [metric, `${metric}_total`].includes(labels.__name__)
    );
    if (found?.outcome !== "filtered") continue;
    const isExposed = (await walk.tried()).some((other) =>
      other.trial.series.some(({ labels, outcome }) =>
        labels.__name__ === found.labels.__name__ && outcome === "exposed"
      )
    );
    const isMeant = one.rule.seriesQuery.includes(metric);
    if (isExposed && !isMeant) continue;
    const { is, isNot } = found.by;
    const filter = is ? `is: ${is}` : `isNot: ${isNot}`;
    const field = is !== undefined && is === one.rule.name.matches
      ? `name.matches: ${is}`
      : `seriesFilters ${filter}`;
    // A rule of the chart that was never meant for it is not the cause.
    if (!isMeant && isNot) continue;
    return {
      cause: "rule-filters-out",
      told: said(
        `Rule ${one.number} finds ${found.labels.__name__} and keeps it out: ${field}.`,
        `규칙 ${one.number}이(가) ${found.labels.__name__}을(를) 찾고도 걸러 냅니다: ${field}.`,
      ),
      evidence: [await seriesEvidence(walk, found.labels.__name__, found.labels)],
      remedy: { diff: `-        ${filter}`, told: said("let it pass", "통과하게 하세요") },
      upstream: DOCS.adapterConfig,
    };
  }
}

/** A condition of the seriesQuery excludes series that are there. */
async function excluded(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.used()) return undefined;
  const could = await walk.couldExpose();
  const prometheus = await walk.prometheus();
  if (!could || !prometheus || could.rule.series.length > 0) return undefined;
  const { rule: { rule, number }, series } = could;
  const answer = await prometheus.series(`{__name__=${JSON.stringify(series)}}`, 60_000);
  const found = "data" in answer ? answer.data : [];
  if (found.length === 0) return undefined;
  return {
    cause: "rule-excludes-series",
    told: said(
      `The seriesQuery of rule ${number} does not find ${series}, which Prometheus has ${found.length} ` +
        `series of: ${rule.seriesQuery}.`,
      `Prometheus에 ${series} 시계열이 ${found.length}개 있는데 규칙 ${number}의 seriesQuery로는 찾지 못합니다: ` +
        `${rule.seriesQuery}.`,
    ),
    evidence: [await seriesEvidence(walk, series, found[0])],
    remedy: {
      told: said(
        "take out the condition that those labels do not meet",
        "그 라벨이 맞지 않는 조건을 빼세요",
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}

/** No rule is about the metric at all. */
async function noRule(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.isOurs || !await walk.prometheus() || await walk.used()) return undefined;
  const { metric, api } = walk.wanted;
  const tried = await walk.tried();
  const near = nearestNames(metric, tried.flatMap(namesOf), MOST_NAMED);
  const could = await walk.couldExpose();
  // A rule for every name would take this one too; it is misspelt where another is but a letter or two away.
  const isMisspelt = near.length > 0 && editDistance(metric, near[0]) <= MOST_TYPOS;
  if (could && (could.isMeant || !isMisspelt)) return undefined;
  const names = await (await walk.prometheus())!.names();
  const isThere = names.includes(metric);
  const nearSeries = nearestNames(metric, names, MOST_NAMED);
  const like = near.length > 0
    ? said(
      `; nearest that are exposed: ${near.join(", ")}`,
      `. 내보내는 것 중 가까운 이름: ${near.join(", ")}`,
    )
    : nearSeries.length > 0 && !isThere
    ? said(
      `; nearest in Prometheus: ${nearSeries.join(", ")}`,
      `. Prometheus의 가까운 이름: ${nearSeries.join(", ")}`,
    )
    : said("", "");
  const where = api === "external" ? "rules.external" : "rules.custom";
  return {
    cause: near.length > 0 && !isThere ? "metric-name-unknown" : "no-rule",
    told: isThere
      ? said(
        `Prometheus has ${metric}, and no rule of the adapter exposes it${like.en}.`,
        `Prometheus에 ${metric}이(가) 있지만 내보내는 규칙이 없습니다${like.ko}.`,
      )
      : said(
        `No rule exposes ${metric}, and Prometheus has no series of that name${like.en}.`,
        `${metric}을(를) 내보내는 규칙이 없고 Prometheus에도 그런 이름의 시계열이 없습니다${like.ko}.`,
      ),
    evidence: [await listEvidence(walk, metric)],
    remedy: near.length > 0 && !isThere
      ? { diff: `-    name: ${metric}\n+    name: ${near[0]}`, told: said("in the HPA", "HPA에서") }
      : {
        diff:
          ` ${where.replace(".", ":\n   ")}:\n+    - seriesQuery: '${metric}{namespace!=""}'\n` +
          `+      resources: {template: "<<.Resource>>"}\n` +
          `+      metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`,
        told: said("in the adapter chart's values", "adapter 차트의 values에"),
      },
    upstream: DOCS.adapterConfig,
  };
}

// ---------------------------------------------------------------- the query

const queryHop: HopLook<MetricWalk> = {
  hop: "query",
  async see(walk) {
    const asked = await walk.query();
    if (!asked) return { object: "", state: "waits", saw: said("none is sent", "보내지 않음") };
    if ("why" in asked) return { object: "", state: "waits", saw: asIs(asked.why) };
    const result = await walk.result();
    const object = asked.promql;
    if (!result || !("data" in result)) {
      return { object, state: "waits", saw: said("is refused", "거절됨") };
    }
    const [first] = result.data;
    return {
      object,
      state: first ? "ok" : "waits",
      saw: first
        ? asIs(
          `= ${
            result.data.slice(0, MOST_NAMED).map(({ value }) => Number(value.toPrecision(6))).join(
              ", ",
            )
          }`,
        )
        : said("finds nothing", "결과 없음"),
    };
  },
  causes: [notAskable, refusedQuery, dropsLabel, shortWindow, findsNothing],
};

/** The rule has no label to ask by. */
async function notAskable(walk: MetricWalk): Promise<Fault | undefined> {
  const asked = await walk.query();
  if (!asked || !("why" in asked)) return undefined;
  const rule = (await walk.used())!;
  return {
    cause: "rule-cannot-ask",
    told: said(
      `The adapter cannot make the query of rule ${rule.number}: ${asked.why}.`,
      `adapter가 규칙 ${rule.number}의 질의를 만들 수 없습니다: ${asked.why}.`,
    ),
    evidence: [rawEvidence(walk.wanted.path ?? "", await refusalText(walk))],
    remedy: {
      diff: `     resources:\n       overrides:\n+        namespace: {resource: namespace}`,
      told: said(
        "resources has to say which labels are the namespace and the object",
        "resources에 네임스페이스와 오브젝트의 라벨을 적으세요",
      ),
    },
    upstream: DOCS.adapterConfig,
  };
}

async function refusalText(walk: MetricWalk): Promise<string> {
  const delivery = await walk.delivery();
  return "refused" in delivery ? delivery.refused : JSON.stringify({ items: delivery.items });
}

async function refusedQuery(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (!asked || "why" in asked || !result || !("refused" in result)) return undefined;
  return {
    cause: "query-refused",
    told: said(
      `Prometheus refuses the metricsQuery of rule ${rule!.number}: ${result.refused}.`,
      `Prometheus가 규칙 ${rule!.number}의 metricsQuery를 거절합니다: ${result.refused}.`,
    ),
    evidence: [await queryEvidence(walk, asked.promql, result.refused)],
    remedy: {
      diff: `-      metricsQuery: '${rule!.rule.metricsQuery}'`,
      told: said("mend it", "고치세요"),
    },
    upstream: DOCS.querying,
  };
}

async function queryEvidence(walk: MetricWalk, promql: string, printed: string) {
  return rawEvidence((await walk.prometheus())!.path("query", { query: promql }), printed);
}

/** The result has no label that says whose value it is. */
async function dropsLabel(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (walk.wanted.api === "external" || !asked || "why" in asked) return undefined;
  if (!result || !("data" in result) || result.data.length === 0) return undefined;
  const label = await walk.label();
  if (label === undefined || result.data.some(({ metric }) => metric[label] !== undefined)) {
    return undefined;
  }
  const has = Object.keys(result.data[0].metric).join(", ");
  return {
    cause: "query-drops-label",
    told: said(
      `The query of rule ${
        rule!.number
      } drops the label ${label}: the adapter cannot tell whose value the ` +
        `result is${has ? ` (it has ${has})` : ""}.`,
      `규칙 ${
        rule!.number
      }의 질의가 라벨 ${label}을(를) 버립니다: adapter는 결과가 누구의 값인지 알 수 없습니다` +
        `${has ? ` (있는 것: ${has})` : ""}.`,
    ),
    evidence: [
      await queryEvidence(walk, asked.promql, JSON.stringify({ result: result.data.slice(0, 1) })),
    ],
    remedy: {
      diff: `-      metricsQuery: '${rule!.rule.metricsQuery}'\n+      metricsQuery: '${
        withGroupBy(rule!)
      }'`,
    },
    upstream: DOCS.adapterWalkthrough,
  };
}

function withGroupBy({ rule: { metricsQuery } }: TriedRule): string {
  return /\bby\s*\([^)]*\)/.test(metricsQuery)
    ? metricsQuery.replace(/\bby\s*\([^)]*\)/, "by (<<.GroupBy>>)")
    : `${metricsQuery} by (<<.GroupBy>>)`;
}

/** A window that holds no two samples. */
async function shortWindow(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, rule] = [await walk.query(), await walk.used()];
  if (!asked || "why" in asked) return undefined;
  const [target] = await walk.source.targets();
  const everyMs = target && intervalMsOf(target);
  const ranges = rangesOf(asked.promql);
  const short = everyMs ? ranges.find((rangeMs) => rangeMs < 2 * everyMs) : undefined;
  if (!everyMs || short === undefined) return undefined;
  const [range, every] = [formatPromDuration(short), formatPromDuration(everyMs)];
  const wide = formatPromDuration(Math.max(everyMs * 4, 60_000));
  return {
    cause: "rate-window-too-short",
    told: said(
      `The window [${range}] of rule ${
        rule!.number
      } holds no two scrapes for sure, which come every ${every}: ` +
        `the value comes and goes.`,
      `규칙 ${
        rule!.number
      }의 창 [${range}]에 ${every}마다 오는 수집이 둘 들지 않을 수 있습니다: 값이 나타났다 사라집니다.`,
    ),
    evidence: [
      await queryEvidence(walk, asked.promql, await resultText(walk)),
    ],
    remedy: {
      diff: `-      metricsQuery: '${rule!.rule.metricsQuery}'\n+      metricsQuery: '${
        rule!.rule.metricsQuery.replaceAll(`[${range}]`, `[${wide}]`)
      }'`,
    },
    upstream: DOCS.rate,
  };
}

async function resultText(walk: MetricWalk): Promise<string> {
  const result = await walk.result();
  return result && "data" in result ? JSON.stringify({ result: result.data }) : "";
}

/** The ranges of a query, in milliseconds. */
function rangesOf(promql: string): number[] {
  try {
    return [...everyPart(parse(promql))].flatMap((part) =>
      part.kind === "matrixSelector" ? [part.rangeMs] : []
    );
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

/** The objects have series, and the query asks by something that they do not have. */
async function findsNothing(walk: MetricWalk): Promise<Fault | undefined> {
  const [asked, result, rule] = [await walk.query(), await walk.result(), await walk.used()];
  if (!asked || "why" in asked || !result || !("data" in result) || result.data.length > 0) {
    return undefined;
  }
  const own = await walk.source.series();
  if (own.length === 0) return undefined;
  const [series] = own;
  const matchers = [...everyPart(parse(asked.promql))].flatMap((part) =>
    part.kind === "vectorSelector" ? part.matchers : []
  );
  const strange = matchers.find((matcher) =>
    !matcher.matches(series[matcher.name] ?? "") && matcher.name !== "__name__"
  );
  return {
    cause: "query-finds-nothing",
    told: strange
      ? said(
        `The query of rule ${
          rule!.number
        } asks for ${strange.name}${strange.type}"${strange.value}", and the ` +
          `series have ${strange.name}="${series[strange.name] ?? ""}".`,
        `규칙 ${
          rule!.number
        }의 질의는 ${strange.name}${strange.type}"${strange.value}"을(를) 찾는데 시계열은 ` +
          `${strange.name}="${series[strange.name] ?? ""}"입니다.`,
      )
      : said(
        `The query of rule ${rule!.number} finds nothing, though the series are there.`,
        `시계열이 있는데도 규칙 ${rule!.number}의 질의 결과가 비어 있습니다.`,
      ),
    evidence: [await queryEvidence(walk, asked.promql, '{"result":[]}')],
    remedy: {
      diff: `-      metricsQuery: '${rule!.rule.metricsQuery}'`,
      told: said("ask by labels that the series have", "시계열에 있는 라벨로 질의하세요"),
    },
    upstream: DOCS.adapterWalkthrough,
  };
}

/** The way of a metric from Prometheus to the API, backwards. */
export const ADAPTER: readonly HopLook<MetricWalk>[] = [apiHop, adapterHop, ruleHop, queryHop];
