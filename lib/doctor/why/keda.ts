import { METRICS_GROUPS } from "../../autoscale/mod.ts";
import { conditionOf, isReady, type KubeObject, type Pod } from "../../kube/mod.ts";
import { parse } from "../../promql/mod.ts";
import type { Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence, type HopLook, missingEvidence, rawEvidence } from "../hop.ts";
import { containerTrouble, isStuck, podsText } from "../pods.ts";
import type { PromAnswer, PrometheusReader, QueriedSample, SeriesLabels } from "../prometheus.ts";
import { everyPart } from "../query_shape.ts";
import { lazy } from "../reads.ts";
import { asIs, type Said, said } from "../said.ts";
import { findScaled, type Scaled } from "../scaled.ts";
import { DOCS } from "../upstream.ts";
import { unreachable } from "./custom.ts";
import { Source } from "./source.ts";

export const SCALED_OBJECTS = "keda.sh/v1alpha1/scaledobjects";
const EXTERNAL = `v1beta1.${METRICS_GROUPS.external}`;

/** A trigger of a ScaledObject. */
export interface Trigger {
  type: string;
  name?: string;
  metricType?: string;
  metadata?: Record<string, string>;
  authenticationRef?: { name: string; kind?: string };
}

/** A ScaledObject, who works on it, and what it scales. */
export class KedaWalk {
  readonly scaled: () => Promise<Scaled>;
  readonly operators: () => Promise<Pod[]>;

  constructor(readonly cluster: Cluster, readonly object: KubeObject) {
    this.scaled = lazy(() => {
      const { apiVersion = "apps/v1", kind = "Deployment", name } = object.spec.scaleTargetRef;
      return findScaled(cluster, this.namespace, { apiVersion, kind, name });
    });
    this.operators = lazy(() => this.#operators());
  }

  get namespace(): string {
    return this.object.metadata.namespace ?? "";
  }

  get triggers(): Trigger[] {
    return this.object.spec?.triggers ?? [];
  }

  async apiService(): Promise<KubeObject | undefined> {
    return await this.cluster.apiService(EXTERNAL);
  }

  async #operators(): Promise<Pod[]> {
    const behind = (await this.apiService())?.spec?.service;
    if (!behind) return [];
    return (await this.cluster.reads.list<Pod>("v1/pods", behind.namespace)).filter((
      { metadata },
    ) => metadata.labels?.app === "keda-operator" && !metadata.deletionTimestamp);
  }
}

const scaledObjectHop: HopLook<KedaWalk> = {
  hop: "scaledobject",
  see({ object }) {
    const parts = ["Ready", "Active", "Fallback", "Paused"].flatMap((type) => {
      const condition = conditionOf(object, type);
      return condition?.status ? [`${type}=${condition.status}`] : [];
    });
    const isOk = conditionOf(object, "Ready")?.status === "True";
    return {
      object: `ScaledObject ${object.metadata.name}`,
      state: isOk ? "ok" : "waits",
      saw: parts.length > 0 ? asIs(parts.join(" ")) : said("not looked at yet", "아직 처리 전"),
    };
  },
  causes: [paused, checkFailed, fallback],
};

/** An annotation stops KEDA. */
function paused({ object }: KedaWalk): Fault | undefined {
  const annotations = object.metadata.annotations ?? {};
  const key = Object.keys(annotations).find((key) =>
    key === "autoscaling.keda.sh/paused-replicas" ||
    key === "autoscaling.keda.sh/paused" && annotations[key] !== "false"
  );
  if (!key) return undefined;
  const { name, namespace } = object.metadata;
  return {
    cause: "scaledobject-paused",
    told: said(
      `The annotation ${key}=${
        annotations[key]
      } pauses the ScaledObject: KEDA does not scale, and keeps no HPA.`,
      `어노테이션 ${key}=${
        annotations[key]
      }이(가) ScaledObject를 멈췄습니다: KEDA가 스케일하지 않고 HPA도 없습니다.`,
    ),
    evidence: [fieldEvidence("scaledobjects.keda.sh", object, ".metadata.annotations")],
    remedy: { command: `kubectl -n ${namespace} annotate scaledobject ${name} ${key}-` },
    upstream: DOCS.kedaPause,
  };
}

/** KEDA refuses the ScaledObject as it is, and not for want of an authentication. */
async function checkFailed(walk: KedaWalk): Promise<Fault | undefined> {
  const { object } = walk;
  const ready = conditionOf(object, "Ready");
  if (ready?.status !== "False" || ready.reason !== "ScaledObjectCheckFailed") return undefined;
  if (await noAuthentication(walk)) return undefined;
  return {
    cause: "scaledobject-refused",
    told: said(
      `KEDA cannot work on it: ${ready.message}.`,
      `KEDA가 처리하지 못합니다: ${ready.message}.`,
    ),
    evidence: [
      fieldEvidence(
        "scaledobjects.keda.sh",
        object,
        '.status.conditions[?(@.type=="Ready")].message',
      ),
    ],
    remedy: { told: said("mend what it names", "거기서 말하는 것을 고치세요") },
    upstream: DOCS.keda,
  };
}

/** The fallback is on: the replicas are those that it says. */
function fallback({ object }: KedaWalk): Fault | undefined {
  if (conditionOf(object, "Fallback")?.status !== "True") return undefined;
  return {
    cause: "fallback-active",
    warns: true,
    told: said(
      `The fallback is active: its trigger failed more than ${object.spec.fallback?.failureThreshold} times, and KEDA ` +
        `reports as much as ${object.spec.fallback?.replicas} replicas need.`,
      `fallback 상태입니다: 트리거가 ${object.spec.fallback?.failureThreshold}번 넘게 실패해서 KEDA가 replica ` +
        `${object.spec.fallback?.replicas}개에 맞는 값을 알립니다.`,
    ),
    evidence: [fieldEvidence("scaledobjects.keda.sh", object, ".spec.fallback")],
    remedy: { told: said("mend the trigger", "트리거를 고치세요") },
    upstream: DOCS.keda,
  };
}

const targetHop: HopLook<KedaWalk> = {
  hop: "target",
  async see(walk) {
    const { kind, name, scale, pods } = await walk.scaled();
    const object = `${kind} ${name}`;
    if ("error" in scale) return { object, state: "waits", saw: asIs(scale.error) };
    return {
      object,
      state: "ok",
      saw: said(
        `${scale.specReplicas} replicas${pods.length > 0 ? `, ${podsText(pods)}` : ""}`,
        `replica ${scale.specReplicas}개${pods.length > 0 ? `, ${podsText(pods)}` : ""}`,
      ),
    };
  },
  causes: [noTarget],
};

async function noTarget(walk: KedaWalk): Promise<Fault | undefined> {
  const { kind, name, scale, resource, namespace } = await walk.scaled();
  if (!("error" in scale)) return undefined;
  return {
    cause: "target-missing",
    told: said(
      `The ScaledObject is to scale ${kind} ${name}, which is not in ${namespace}.`,
      `ScaledObject가 스케일할 ${kind} ${name}이(가) ${namespace}에 없습니다.`,
    ),
    evidence: [
      fieldEvidence("scaledobjects.keda.sh", walk.object, ".spec.scaleTargetRef"),
      missingEvidence(resource, name, namespace),
    ],
    remedy: {
      told: said("name a workload of its namespace", "같은 네임스페이스의 워크로드를 쓰세요"),
    },
    upstream: DOCS.keda,
  };
}

const apiHop: HopLook<KedaWalk> = {
  hop: "api",
  async see(walk) {
    const apiService = await walk.apiService();
    const available = conditionOf(apiService, "Available");
    const { namespace, name } = apiService?.spec?.service ?? {};
    if (!apiService) {
      return {
        object: EXTERNAL,
        state: "waits",
        saw: said("nobody serves it", "아무도 제공하지 않음"),
      };
    }
    return {
      object: `APIService ${EXTERNAL}`,
      state: available?.status === "True" ? "ok" : "waits",
      saw: available?.status === "True"
        ? said(`served by ${namespace}/${name}`, `${namespace}/${name}이(가) 제공`)
        : asIs(`Available=${available?.status ?? "Unknown"} ${available?.reason ?? ""}`),
    };
  },
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
      command: "helm upgrade --install keda kedacore/keda --namespace keda --create-namespace",
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

const operatorHop: HopLook<KedaWalk> = {
  hop: "keda",
  async see(walk) {
    const pods = await walk.operators();
    const ready = pods.filter(isReady).length;
    return {
      object: pods.length === 0 ? "" : podsText(pods),
      state: ready > 0 ? "ok" : pods.length === 0 ? "unknown" : "waits",
      saw: pods.length === 0 ? said("its operator was not found", "operator를 찾지 못함") : said(
        `operator: ${ready} of ${pods.length} ready`,
        `operator: ${pods.length}개 중 ${ready}개 준비됨`,
      ),
    };
  },
  causes: [operatorDown],
};

async function operatorDown(walk: KedaWalk): Promise<Fault | undefined> {
  const pods = await walk.operators();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const { pod, reason, told } = await containerTrouble(
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
    remedy: { command: `kubectl -n ${pod.metadata.namespace} logs ${pod.metadata.name}` },
    upstream: DOCS.kedaTroubleshooting,
  };
}

const authenticationHop: HopLook<KedaWalk> = {
  hop: "authentication",
  see({ triggers }) {
    const names = triggers.flatMap(({ authenticationRef }) => authenticationRef?.name ?? []);
    return {
      object: names.join(", "),
      state: names.length > 0 ? "ok" : "absent",
      saw: names.length > 0 ? said("is there", "있음") : said("none asked for", "필요 없음"),
    };
  },
  causes: [noAuthentication, noSecret],
};

async function authenticationOf(walk: KedaWalk, { name, kind }: { name: string; kind?: string }) {
  const isOfCluster = kind === "ClusterTriggerAuthentication";
  return isOfCluster
    ? await walk.cluster.reads.find("keda.sh/v1alpha1/clustertriggerauthentications", { name })
    : await walk.cluster.reads.find("keda.sh/v1alpha1/triggerauthentications", {
      name,
      namespace: walk.namespace,
    });
}

async function noAuthentication(walk: KedaWalk): Promise<Fault | undefined> {
  for (const { authenticationRef } of walk.triggers) {
    if (!authenticationRef || await authenticationOf(walk, authenticationRef)) continue;
    const { name, kind = "TriggerAuthentication" } = authenticationRef;
    return {
      cause: "authentication-missing",
      told: said(
        `A trigger names the ${kind} ${name}, which is not there.`,
        `트리거가 쓰는 ${kind} ${name}이(가) 없습니다.`,
      ),
      evidence: [missingEvidence(`${kind.toLowerCase()}s.keda.sh`, name, walk.namespace)],
      remedy: {
        told: said(
          "make it, or correct authenticationRef",
          "만들거나 authenticationRef를 고치세요",
        ),
      },
      upstream: DOCS.kedaAuthentication,
    };
  }
}

async function noSecret(walk: KedaWalk): Promise<Fault | undefined> {
  for (const { authenticationRef } of walk.triggers) {
    const found = authenticationRef && await authenticationOf(walk, authenticationRef);
    const namespace = found?.metadata.namespace ?? "keda";
    for (const { name, key, parameter } of found?.spec?.secretTargetRef ?? []) {
      const secret = await walk.cluster.reads.find("v1/secrets", { namespace, name });
      if (secret?.data && key in secret.data) continue;
      return {
        cause: "authentication-secret-missing",
        told: said(
          `${
            found!.metadata.name
          } takes ${parameter} from the key ${key} of the Secret ${namespace}/${name}, ` +
            `which is not there.`,
          `${
            found!.metadata.name
          }이(가) ${parameter}을(를) Secret ${namespace}/${name}의 키 ${key}에서 가져오는데 없습니다.`,
        ),
        evidence: [missingEvidence("secrets", name, namespace)],
        remedy: {
          command:
            `kubectl -n ${namespace} create secret generic ${name} --from-literal=${key}=VALUE`,
        },
        upstream: DOCS.kedaAuthentication,
      };
    }
  }
}

/** A ScaledObject, and who works on it. */
export const KEDA: readonly HopLook<KedaWalk>[] = [
  scaledObjectHop,
  targetHop,
  apiHop,
  operatorHop,
  authenticationHop,
];

/** A prometheus trigger, and what its query gives. */
export class TriggerWalk {
  readonly prometheus: () => Promise<PrometheusReader | undefined>;
  readonly result: () => Promise<PromAnswer<QueriedSample[]> | undefined>;
  readonly source: Source;

  constructor(readonly keda: KedaWalk, readonly trigger: Trigger, readonly number: number) {
    this.prometheus = lazy(() => this.#prometheus());
    this.result = lazy(async () => await (await this.prometheus())?.query(this.query));
    this.source = new Source({
      cluster: keda.cluster,
      namespace: keda.namespace,
      metric: this.selectors()[0]?.name ?? "",
      prometheus: this.prometheus,
      seriesNames: () => Promise.resolve(this.selectors().map(({ name }) => name).filter(Boolean)),
      series: () => this.#series(this.selectors().map(({ text }) => text)),
      others: () => this.#series(this.selectors().map(({ name }) => name).filter(Boolean)),
      pods: async () => (await keda.scaled()).pods,
    });
  }

  get query(): string {
    return this.trigger.metadata?.query ?? "";
  }

  get address(): string {
    return this.trigger.metadata?.serverAddress ?? "";
  }

  /** The series that the query asks for; none where it is no PromQL. */
  selectors(): { name: string; text: string }[] {
    try {
      return [...everyPart(parse(this.query))].flatMap((part) => {
        if (part.kind !== "vectorSelector") return [];
        const matchers = part.matchers.map(({ name, type, value }) =>
          `${name}${type}${JSON.stringify(value)}`
        );
        return [{ name: part.name, text: `{${matchers.join(",")}}` }];
      });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return [];
    }
  }

  async #prometheus(): Promise<PrometheusReader | undefined> {
    const found = await this.keda.cluster.prometheusAt(this.address);
    return "reader" in found ? found.reader : undefined;
  }

  async #series(selectors: readonly string[]): Promise<SeriesLabels[]> {
    const prometheus = await this.prometheus();
    if (!prometheus) return [];
    const found: SeriesLabels[] = [];
    for (const selector of selectors) {
      found.push(...await prometheus.live(selector));
    }
    return found;
  }
}

const triggerHop: HopLook<TriggerWalk> = {
  hop: "trigger",
  async see(walk) {
    const object = walk.query;
    const found = await walk.keda.cluster.prometheusAt(walk.address);
    if (!("reader" in found)) {
      return {
        object,
        state: "waits",
        saw: said("its Prometheus is not there", "Prometheus가 없음"),
      };
    }
    const result = await walk.result();
    if (!result || !("data" in result)) {
      const why = result && "refused" in result ? result.refused : result?.down ?? "";
      return { object, state: "waits", saw: asIs(why) };
    }
    const { threshold = "" } = walk.trigger.metadata ?? {};
    const [first] = result.data;
    return {
      object,
      state: first ? "ok" : "waits",
      saw: first
        ? said(
          `= ${Number(first.value.toPrecision(6))}, threshold ${threshold}`,
          `= ${Number(first.value.toPrecision(6))}, threshold ${threshold}`,
        )
        : said("finds nothing", "결과 없음"),
    };
  },
  causes: [noAddress, silent, refused, severalElements, noNumber, emptyResult],
};

function triggerEvidence({ keda, number }: TriggerWalk) {
  return fieldEvidence("scaledobjects.keda.sh", keda.object, `.spec.triggers[${number}].metadata`);
}

function patchTrigger({ keda, number }: TriggerWalk, key: string, value: string): string {
  const { name, namespace } = keda.object.metadata;
  const patch = [{ op: "add", path: `/spec/triggers/${number}/metadata/${key}`, value }];
  return `kubectl -n ${namespace} patch scaledobject ${name} --type=json -p '${
    JSON.stringify(patch)
  }'`;
}

/** `serverAddress` leads to no Service, or to a port that it does not have. */
async function noAddress(walk: TriggerWalk): Promise<Fault | undefined> {
  const { cluster } = walk.keda;
  if (walk.address === "") {
    return addressFault(walk, said("it has no serverAddress", "serverAddress가 없습니다"));
  }
  const found = await cluster.prometheusAt(walk.address);
  if ("reader" in found) return undefined;
  const { name, namespace, port } = found.place;
  return await addressFault(
    walk,
    found.missing === "service"
      ? said(
        `there is no Service ${name} in ${namespace} (serverAddress ${walk.address})`,
        `${namespace}에 Service ${name}이(가) 없습니다 (serverAddress ${walk.address})`,
      )
      : said(
        `the Service ${name} has no port ${port} (serverAddress ${walk.address})`,
        `Service ${name}에 포트 ${port}이(가) 없습니다 (serverAddress ${walk.address})`,
      ),
    found.missing === "service" ? missingEvidence("services", name, namespace) : undefined,
  );
}

async function addressFault(
  walk: TriggerWalk,
  why: Said,
  more?: Fault["evidence"][number],
): Promise<Fault> {
  const right = await walk.keda.cluster.prometheus();
  const address = right &&
    `http://${right.service.name}.${right.service.namespace}.svc:${right.service.port}`;
  return {
    cause: "trigger-server-address",
    told: said(
      `KEDA cannot ask Prometheus: ${why.en}.`,
      `KEDA가 Prometheus에 물을 수 없습니다: ${why.ko}.`,
    ),
    evidence: [triggerEvidence(walk), ...(more ? [more] : [])],
    remedy: address
      ? { command: patchTrigger(walk, "serverAddress", address) }
      : { told: said("write the address of a Prometheus", "Prometheus의 주소를 쓰세요") },
    upstream: DOCS.kedaPrometheus,
  };
}

/** The Service is there, and no Prometheus answers behind it. */
async function silent(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("down" in result)) return undefined;
  return await addressFault(
    walk,
    said(
      `${walk.address} answers: ${result.down}`,
      `${walk.address}의 응답: ${result.down}`,
    ),
  );
}

async function refused(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("refused" in result)) return undefined;
  return {
    cause: "trigger-query-refused",
    told: said(
      `Prometheus refuses the trigger's query: ${result.refused}.`,
      `Prometheus가 트리거의 질의를 거절합니다: ${result.refused}.`,
    ),
    evidence: [await queryEvidence(walk, result.refused)],
    remedy: { told: said("mend the query", "질의를 고치세요") },
    upstream: DOCS.querying,
  };
}

async function queryEvidence(walk: TriggerWalk, printed: string) {
  return rawEvidence((await walk.prometheus())!.path("query", { query: walk.query }), printed);
}

/** KEDA takes one number, and the query gives several. */
async function severalElements(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("data" in result) || result.data.length < 2) return undefined;
  return {
    cause: "trigger-returns-several-elements",
    told: said(
      `The trigger's query gives ${result.data.length} series, and KEDA takes one: it says that the query ` +
        `returned multiple elements.`,
      `트리거의 질의 결과가 ${result.data.length}개인데 KEDA는 하나만 받습니다 (returned multiple elements).`,
    ),
    evidence: [
      rawEvidence(
        (await walk.prometheus())!.path("query", { query: `count(${walk.query})` }),
        `count = ${result.data.length}`,
      ),
    ],
    remedy: { command: patchTrigger(walk, "query", `sum(${walk.query})`) },
    upstream: DOCS.kedaPrometheus,
  };
}

async function noNumber(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  const value = result && "data" in result ? result.data[0]?.value : undefined;
  if (value === undefined || Number.isFinite(value)) return undefined;
  return {
    cause: "trigger-value-not-a-number",
    told: said(
      `The trigger's query gives ${value}: something is divided by 0, or there is nothing to divide.`,
      `트리거의 질의 결과가 ${value}입니다: 0으로 나누었거나 나눌 것이 없습니다.`,
    ),
    evidence: [await queryEvidence(walk, String(value))],
    remedy: {
      command: patchTrigger(walk, "query", `(${walk.query}) > 0 or vector(0)`),
    },
    upstream: DOCS.kedaPrometheus,
  };
}

/** The query finds nothing; KEDA counts that as 0 unless it is told not to. */
async function emptyResult(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("data" in result) || result.data.length > 0) return undefined;
  const isCounted = walk.trigger.metadata?.ignoreNullValues !== "false";
  const [own, others] = [await walk.source.series(), await walk.source.others()];
  const names = [...new Set(walk.selectors().map(({ name }) => name))].filter(Boolean).join(", ");
  const why = others.length === 0
    ? said(`Prometheus has no series ${names}`, `Prometheus에 시계열 ${names}이(가) 없습니다`)
    : own.length === 0
    ? said(
      `Prometheus has ${names}, but none that these labels match`,
      `Prometheus에 ${names}이(가) 있지만 이 라벨에 맞는 것이 없습니다`,
    )
    : said("its series are there", "시계열은 있습니다");
  const then = isCounted
    ? said(
      "KEDA counts an empty result as 0 (ignoreNullValues is true), and scales down on it",
      "KEDA는 빈 결과를 0으로 세어 (ignoreNullValues 기본값 true) 줄입니다",
    )
    : said("KEDA takes an empty result for a failure", "KEDA는 빈 결과를 실패로 봅니다");
  return {
    cause: "trigger-result-empty",
    told: said(
      `The trigger's query finds nothing: ${why.en}; ${then.en}.`,
      `트리거의 질의 결과가 비어 있습니다: ${why.ko}. ${then.ko}.`,
    ),
    evidence: [await queryEvidence(walk, '{"result":[]}')],
    remedy: isCounted
      ? {
        command: patchTrigger(walk, "ignoreNullValues", "false"),
        told: said(
          "then nothing is an error and not 0; and bring the series back",
          "그러면 빈 결과는 0이 아니라 오류가 됩니다. 그리고 시계열을 되살리세요",
        ),
      }
      : { told: said("bring the series back", "시계열을 되살리세요") },
    upstream: DOCS.kedaPrometheus,
    // What is counted only when it happens has no series until then.
    ...(own.length > 0 ? { warns: true } : {}),
  };
}

export const TRIGGER: readonly HopLook<TriggerWalk>[] = [triggerHop];

/** Why a ScaledObject that is asked for is not there, where a workload of its name tells. */
export async function notThere(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Fault> {
  const evidence = [missingEvidence("scaledobjects.keda.sh", name, namespace)];
  const owner = (await cluster.hpas(namespace)).find(({ spec }) =>
    spec?.scaleTargetRef.name === name
  );
  if (!owner) {
    return {
      cause: "scaledobject-missing",
      told: said(
        `There is no ScaledObject ${name} in ${namespace}.`,
        `${namespace}에 ScaledObject ${name}이(가) 없습니다.`,
      ),
      evidence,
      remedy: { command: `kubectl -n ${namespace} get scaledobjects` },
      upstream: DOCS.keda,
    };
  }
  const { kind } = owner.spec!.scaleTargetRef;
  return {
    cause: "workload-already-managed-by-hpa",
    told: said(
      `There is no ScaledObject ${name}: the ${kind} ${name} is already managed by the HPA ` +
        `${owner.metadata.name}, and KEDA's webhook refuses a second owner.`,
      `ScaledObject ${name}이(가) 없습니다: ${kind} ${name}을(를) 이미 HPA ${owner.metadata.name}이(가) 관리하고, ` +
        `KEDA의 webhook은 두 번째를 거절합니다.`,
    ),
    evidence: [...evidence, fieldEvidence("hpa", owner, ".spec.scaleTargetRef")],
    remedy: {
      command: `kubectl -n ${namespace} delete hpa ${owner.metadata.name}`,
      told: said("then apply the ScaledObject again", "그다음 ScaledObject를 다시 적용하세요"),
    },
    upstream: DOCS.keda,
  };
}
