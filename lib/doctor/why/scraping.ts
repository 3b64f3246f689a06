import {
  formatSelector,
  isReady,
  type KubeObject,
  type Pod,
  type Service,
} from "../../kube/mod.ts";

import { containerTrouble, podsText } from "../pods.ts";
import { type Fault, fieldEvidence, type HopLook, rawEvidence } from "../hop.ts";
import { refusalOf } from "../reads.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import {
  endpointsOf,
  fits,
  looksInto,
  type Monitor,
  monitorsOf,
  passedOver,
  prometheusObjects,
} from "./monitors.ts";

import type { Source } from "./source.ts";

/** As many names as are told one by one. */
const MOST_NAMED = 3;

const prometheusHop: HopLook<Source> = {
  hop: "prometheus",
  async see(source) {
    const prometheus = await source.prometheus();
    if (!prometheus) {
      return {
        object: "",
        state: "absent",
        saw: { en: "there is no Prometheus", ko: "Prometheus가 없습니다" },
      };
    }
    await prometheus.now();
    return {
      object: `Service ${prometheus.name}`,
      state: "ok",
      saw: { en: "answers", ko: "응답함" },
    };
  },
  causes: [],
};

const seriesHop: HopLook<Source> = {
  hop: "series",
  async see(source) {
    const [own, [name = source.metric]] = [await source.series(), await source.seriesNames()];
    if (own.length > 0) {
      const names = [...new Set(own.map(({ __name__ }) => __name__))].slice(0, MOST_NAMED).join(
        ", ",
      );
      return {
        object: names,
        state: "ok",
        saw: { en: `${own.length} series`, ko: `시계열 ${own.length}개` },
      };
    }
    const others = await source.others();
    return {
      object: name,
      state: "waits",
      saw: others.length > 0
        ? {
          en: `none of these objects; ${others.length} of others`,
          ko: `이 오브젝트의 것은 없음. 다른 것의 시계열 ${others.length}개`,
        }
        : { en: "Prometheus has none", ko: "Prometheus에 없음" },
    };
  },
  causes: [exported],
};

/** The exporter's own labels were renamed, and Prometheus' are those of the exporter. */
async function exported(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  const one = (await source.others()).find((labels) =>
    labels.exported_namespace === source.namespace
  );
  if (!one) return undefined;
  const prometheus = (await source.prometheus())!;
  const promql = `${one.__name__}{exported_namespace="${source.namespace}"}`;
  return {
    cause: "exported-namespace",
    told: {
      en:
        `The series ${one.__name__} carry namespace="${one.namespace}", where the exporter runs; ` +
        `${source.namespace} stands in exported_namespace.`,
      ko: `시계열 ${one.__name__}의 namespace는 exporter가 있는 "${one.namespace}"이고, ` +
        `${source.namespace}은(는) exported_namespace에 있습니다.`,
    },
    evidence: [rawEvidence(prometheus.path("query", { query: promql }), JSON.stringify(one))],
    remedy: {
      diff: "   endpoints:\n     - port: …\n+      honorLabels: true",
      told: {
        en: "in the exporter's monitor; or read exported_namespace in the rule's overrides",
        ko: "exporter의 monitor에. 아니면 규칙의 overrides에서 exported_namespace를 읽으세요",
      },
    },
    upstream: DOCS.scraping,
  };
}

const scrapeHop: HopLook<Source> = {
  hop: "scrape",
  async see(source) {
    const targets = await source.targets();
    if (targets.length === 0) {
      return await source.flows()
        ? {
          object: "",
          state: "absent",
          saw: {
            en: "its series are of no target: recorded, or written from elsewhere",
            ko: "대상에서 온 시계열이 아님: 기록 규칙이나 다른 곳의 것",
          },
        }
        : {
          object: "",
          state: "waits",
          saw: { en: "Prometheus has no target for them", ko: "Prometheus에 이들의 대상이 없음" },
        };
    }
    const up = targets.filter(({ health }) => health === "up").length;
    const text = {
      en: `${up} of ${targets.length} targets up`,
      ko: `대상 ${targets.length}개 중 ${up}개 up`,
    };
    return { object: targets[0].scrapePool, state: up > 0 ? "ok" : "waits", saw: text };
  },
  causes: [down],
};

async function down(source: Source): Promise<Fault | undefined> {
  const targets = await source.targets();
  const lost = targets.filter(({ health }) => health === "down");
  if (lost.length === 0) return undefined;
  const pods = await source.pods();
  // What no pod serves while none is ready is the pods' to tell.
  if (pods.length > 0 && !pods.some(isReady)) return undefined;
  const isAll = lost.length === targets.length;
  if (!isAll && await source.flows() && lost.length * 2 < targets.length) return undefined;
  const [{ labels, lastError, scrapeUrl }] = lost;
  const prometheus = (await source.prometheus())!;
  const promql = `up{job="${labels.job}",instance="${labels.instance}"}`;
  return {
    cause: "target-down",
    told: {
      en: `Prometheus cannot scrape ${scrapeUrl}: ${lastError}.`,
      ko: `Prometheus가 ${scrapeUrl}을(를) 수집하지 못합니다: ${lastError}.`,
    },
    evidence: [
      rawEvidence(prometheus.path("query", { query: promql }), `${promql} 0`),
    ],
    remedy: {
      told: /\b404\b/.test(lastError)
        ? {
          en: "the path is not the exporter's: set `path` in the monitor's endpoint",
          ko: "exporter의 경로가 아닙니다. monitor의 endpoint에 `path`를 쓰세요",
        }
        : /refused/.test(lastError)
        ? {
          en:
            "nothing listens on that port: name the port of the container that serves the metrics",
          ko: "그 포트에는 아무것도 없습니다. 메트릭을 내보내는 컨테이너의 포트를 쓰세요",
        }
        : {
          en: "open that address from inside the cluster, and mend what it answers",
          ko: "클러스터 안에서 그 주소를 열어 보고 고치세요",
        },
    },
    upstream: DOCS.scraping,
    ...(await source.flows() ? { warns: true } : {}),
  };
}

const monitorHop: HopLook<Source> = {
  hop: "monitor",
  async see(source) {
    const [target] = await source.targets();
    if (target) {
      const [kind, namespace, name] = target.scrapePool.split("/");
      const isMonitor = kind === "serviceMonitor" || kind === "podMonitor";
      return {
        object: isMonitor
          ? `${kind === "serviceMonitor" ? "ServiceMonitor" : "PodMonitor"} ${namespace}/${name}`
          : `job ${target.scrapePool}`,
        state: "ok",
        saw: {
          en: `scraped every ${target.scrapeInterval}`,
          ko: `${target.scrapeInterval}마다 수집`,
        },
      };
    }
    const monitors = await source.monitors();
    if (monitors.length === 0) {
      return await source.flows()
        ? { object: "", state: "absent", saw: { en: "none needed", ko: "필요 없음" } }
        : {
          object: "",
          state: "waits",
          saw: { en: "none leads to them", ko: "이리로 오는 것이 없음" },
        };
    }
    return {
      object: monitors.map(nameOf).slice(0, MOST_NAMED).join(", "),
      state: "waits",
      saw: {
        en: "leads to them; Prometheus has no target of it yet",
        ko: "이리로 오지만 Prometheus에 아직 대상이 없음",
      },
    };
  },
  causes: [unselected, wrongPort, otherNamespace, otherLabels, noMonitor],
};

function nameOf({ kind, object }: Monitor): string {
  return `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

function resourceOf({ kind }: Monitor): string {
  return `${kind.toLowerCase()}s.monitoring.coreos.com`;
}

/** Whether the monitors may be at fault: there is no target. */
async function hasNoTarget(source: Source): Promise<boolean> {
  return await source.prometheus() !== undefined && (await source.targets()).length === 0;
}

/** No Prometheus object looks at the monitor. */
async function unselected(source: Source): Promise<Fault | undefined> {
  const known = await source.monitors();
  const targets = await source.targets();
  const scraped = (monitor: Monitor) =>
    targets.some(({ scrapePool }) =>
      scrapePool.split("/").slice(1, 3).join("/") ===
        `${monitor.object.metadata.namespace}/${monitor.object.metadata.name}`
    );
  if (known.some(scraped) || targets.length > 0) return undefined;
  for (const monitor of known) {
    const why = await passedOver(source.cluster, monitor);
    if (!why) return undefined;
    const { metadata, spec } = why.prometheus;
    const field = monitor.kind === "ServiceMonitor" ? "serviceMonitor" : "podMonitor";
    const name = monitor.object.metadata.name;
    const where = `-n ${monitor.object.metadata.namespace}`;
    if (why.by === "labels") {
      const wanted = formatSelector(spec[`${field}Selector`]);
      const labels = Object.entries(spec[`${field}Selector`]?.matchLabels ?? {});
      return {
        cause: "monitor-not-selected",
        told: {
          en: `The Prometheus ${metadata.name} looks only at ${monitor.kind}s with the labels ` +
            `${wanted}, and ${name} does not have them.`,
          ko: `Prometheus ${metadata.name}은(는) 라벨이 ${wanted}인 ${monitor.kind}만 보는데, ` +
            `${name}에는 그 라벨이 없습니다.`,
        },
        evidence: [
          fieldEvidence(
            "prometheuses.monitoring.coreos.com",
            why.prometheus,
            `.spec.${field}Selector`,
          ),
          fieldEvidence(resourceOf(monitor), monitor.object, ".metadata.labels"),
        ],
        remedy: labels.length > 0
          ? {
            command: `kubectl ${where} label ${monitor.kind.toLowerCase()} ${name} --overwrite ` +
              labels.map(([key, value]) => `${key}=${value}`).join(" "),
          }
          : {
            told: {
              en: `give it labels that ${wanted} selects`,
              ko: `${wanted}이(가) 고르는 라벨을 붙이세요`,
            },
          },
        upstream: DOCS.monitors,
      };
    }
    return {
      cause: "monitor-namespace-not-selected",
      told: {
        en:
          `The Prometheus ${metadata.namespace}/${metadata.name} does not look at ${monitor.kind}s of ` +
          `the namespace ${monitor.object.metadata.namespace}.`,
        ko: `Prometheus ${metadata.namespace}/${metadata.name}은(는) 네임스페이스 ` +
          `${monitor.object.metadata.namespace}의 ${monitor.kind}를 보지 않습니다.`,
      },
      evidence: [
        fieldEvidence(
          "prometheuses.monitoring.coreos.com",
          why.prometheus,
          `.spec.${field}NamespaceSelector`,
        ),
      ],
      remedy: {
        diff: ` spec:\n+  ${field}NamespaceSelector: {}`,
        told: {
          en: `in the Prometheus ${metadata.name}: an empty selector takes every namespace`,
          ko: `Prometheus ${metadata.name}에. 빈 selector는 모든 네임스페이스입니다`,
        },
      },
      upstream: DOCS.monitors,
    };
  }
}

/** The monitor names a port that the Service, or the pod, does not have. */
async function wrongPort(source: Source): Promise<Fault | undefined> {
  if (!await hasNoTarget(source)) return undefined;
  const [services, pods] = [await source.services(), await source.pods()];
  for (const monitor of await source.monitors()) {
    const names = monitor.kind === "ServiceMonitor"
      ? services.flatMap(({ spec }) => spec?.ports ?? []).map(({ name }) => name ?? "")
      : pods.flatMap(({ spec }) => spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
        .map(({ name }) => name ?? "");
    const wanted = endpointsOf(monitor).map(({ port }) => port).filter((port) =>
      port !== undefined
    );
    if (wanted.length === 0 || wanted.some((port) => names.includes(port))) continue;
    const has = [...new Set(names.filter((name) => name !== ""))];
    const { name, namespace } = monitor.object.metadata;
    const whose = monitor.kind === "ServiceMonitor"
      ? `Service ${services[0]?.metadata.name}`
      : `pod ${pods[0]?.metadata.name}`;
    const list = monitor.kind === "ServiceMonitor" ? "endpoints" : "podMetricsEndpoints";
    const isNumber = services.flatMap(({ spec }) => spec?.ports ?? []).find(({ port }) =>
      String(port) === String(wanted[0])
    );
    const meant = isNumber?.name ?? likelyPort(has);
    return {
      cause: "monitor-port",
      told: {
        en: `The ${monitor.kind} ${name} scrapes a port named "${wanted[0]}"; the ${whose} has ` +
          `${has.length > 0 ? `only ${has.join(", ")}` : "no port with a name"}.`,
        ko:
          `${monitor.kind} ${name}은(는) 이름이 "${wanted[0]}"인 포트를 수집하는데, ${whose}에는 ` +
          `${has.length > 0 ? `${has.join(", ")}뿐입니다` : "이름이 있는 포트가 없습니다"}.`,
      },
      evidence: [
        fieldEvidence(resourceOf(monitor), monitor.object, `.spec.${list}[*].port`),
        ...(services[0] && monitor.kind === "ServiceMonitor"
          ? [fieldEvidence("services", services[0], ".spec.ports[*].name")]
          : []),
      ],
      remedy: meant === undefined
        ? {
          told: {
            en: "give the port that serves the metrics a name, and name it in the monitor",
            ko: "메트릭을 내보내는 포트에 이름을 붙이고 monitor에 그 이름을 쓰세요",
          },
        }
        : {
          command:
            `kubectl -n ${namespace} patch ${monitor.kind.toLowerCase()} ${name} --type=json ` +
            `-p '[{"op":"replace","path":"/spec/${list}/0/port","value":"${meant}"}]'`,
        },
      upstream: DOCS.monitors,
    };
  }
}

/** The port that most likely serves metrics. */
function likelyPort(names: readonly string[]): string | undefined {
  return names.find((name) => /metric|export|prom/.test(name)) ?? names[0];
}

/** A monitor's selector fits, and its namespaces do not. */
async function otherNamespace(source: Source): Promise<Fault | undefined> {
  if (!await hasNoTarget(source) || await source.flows()) return undefined;
  if ((await source.monitors()).length > 0) return undefined;
  const ends = await source.ends();
  const monitor = (await monitorsOf(source.cluster)).find((monitor) =>
    fits(monitor, ends) && !looksInto(monitor, source.namespace) && !isCatchAll(monitor)
  );
  if (!monitor) return undefined;
  const { name, namespace } = monitor.object.metadata;
  return {
    cause: "monitor-looks-elsewhere",
    told: {
      en: `The ${monitor.kind} ${namespace}/${name} selects these labels, but looks only into ` +
        `${namespacesOf(monitor)}, not into ${source.namespace}.`,
      ko:
        `${monitor.kind} ${namespace}/${name}은(는) 이 라벨을 고르지만 ${
          namespacesOf(monitor)
        }만 보고 ` +
        `${source.namespace}은(는) 보지 않습니다.`,
    },
    evidence: [fieldEvidence(resourceOf(monitor), monitor.object, ".spec.namespaceSelector")],
    remedy: {
      command: `kubectl -n ${namespace} patch ${monitor.kind.toLowerCase()} ${name} --type=merge ` +
        `-p '{"spec":{"namespaceSelector":{"matchNames":["${source.namespace}"]}}}'`,
    },
    upstream: DOCS.monitors,
  };
}

/** An empty selector fits everything, and says nothing of what was meant. */
function isCatchAll({ object }: Monitor): boolean {
  const { matchLabels = {}, matchExpressions = [] } = object.spec?.selector ?? {};
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

function namespacesOf({ object }: Monitor): string {
  const { matchNames = [] } = object.spec?.namespaceSelector ?? {};
  return matchNames.length > 0 ? matchNames.join(", ") : object.metadata.namespace ?? "";
}

/** A monitor that is meant for the Service, whose selector does not fit its labels. */
async function otherLabels(source: Source): Promise<Fault | undefined> {
  if (!await hasNoTarget(source) || await source.flows()) return undefined;
  if ((await source.monitors()).length > 0) return undefined;
  const [services, pods] = [await source.services(), await source.pods()];
  const meant: [KubeObject, string][] = [
    ...services.map((object): [KubeObject, string] => [object, "Service"]),
    ...pods.slice(0, 1).map((object): [KubeObject, string] => [object, "pod"]),
  ];
  for (const monitor of await monitorsOf(source.cluster)) {
    const found = meant.find(([object, kind]) =>
      (kind === "Service") === (monitor.kind === "ServiceMonitor") &&
      looksInto(monitor, source.namespace) && isMeantFor(monitor, object)
    );
    if (!found) continue;
    const [object, kind] = found;
    const selector = formatSelector(monitor.object.spec?.selector);
    const { name, namespace } = monitor.object.metadata;
    const resource = kind === "Service" ? "services" : "pods";
    const labels = Object.entries(monitor.object.spec?.selector?.matchLabels ?? {});
    return {
      cause: "monitor-selects-other-labels",
      told: {
        en:
          `The ${monitor.kind} ${namespace}/${name} selects ${kind}s with ${selector}; the ${kind} ` +
          `${object.metadata.name} has other labels.`,
        ko:
          `${monitor.kind} ${namespace}/${name}은(는) 라벨이 ${selector}인 ${kind}를 고르는데, ${kind} ` +
          `${object.metadata.name}의 라벨은 다릅니다.`,
      },
      evidence: [
        fieldEvidence(resourceOf(monitor), monitor.object, ".spec.selector"),
        fieldEvidence(resource, object, ".metadata.labels"),
      ],
      remedy: kind === "Service" && labels.length > 0
        ? {
          command:
            `kubectl -n ${source.namespace} label service ${object.metadata.name} --overwrite ` +
            labels.map(([key, value]) => `${key}=${value}`).join(" "),
        }
        : {
          told: {
            en: "make the monitor's selector fit the labels",
            ko: "monitor의 selector를 라벨에 맞추세요",
          },
        },
      upstream: DOCS.monitors,
    };
  }
}

/** By its name, or by a label that it asks for and that the object has with another value. */
function isMeantFor({ object }: Monitor, { metadata }: KubeObject): boolean {
  if (object.metadata.name === metadata.name) return true;
  const wanted: Record<string, string> = object.spec?.selector?.matchLabels ?? {};
  const text = Object.values(wanted).join(" ");
  return text.includes(metadata.name) ||
    Object.keys(wanted).some((key) => wanted[key] === metadata.labels?.[key]);
}

/** Nothing tells Prometheus of these pods. */
async function noMonitor(source: Source): Promise<Fault | undefined> {
  if (!await hasNoTarget(source) || await source.flows()) return undefined;
  if ((await source.monitors()).length > 0) return undefined;
  const [services, pods] = [await source.services(), await source.pods()];
  if (services.length + pods.length === 0) return undefined;
  if ((await prometheusObjects(source.cluster)).length === 0) return undefined;
  const of = pods[0] ? podsText(pods) : `Service ${services[0].metadata.name}`;
  const others = (await source.others()).length;
  const [name = source.metric] = await source.seriesNames();
  const has = others > 0
    ? {
      en: `Prometheus has ${name} of others, and no sample of ${of}: `,
      ko: `Prometheus에 ${name}이(가) 다른 것은 있지만 ${of}의 샘플은 없습니다: `,
    }
    : { en: `Prometheus has no sample of ${of}: `, ko: `Prometheus에 ${of}의 샘플이 없습니다: ` };
  const why = services.length === 0
    ? {
      en: "no Service selects these pods, and no PodMonitor leads to them.",
      ko: "이 파드를 고르는 Service도 PodMonitor도 없습니다.",
    }
    : {
      en: `no ServiceMonitor leads to the Service ${services[0].metadata.name}.`,
      ko: `Service ${services[0].metadata.name}로 가는 ServiceMonitor가 없습니다.`,
    };
  return {
    cause: "no-monitor",
    told: { en: has.en + why.en, ko: has.ko + why.ko },
    evidence: [
      {
        command: `kubectl -n ${source.namespace} get servicemonitors,podmonitors -o name`,
        printed: (await monitorsOf(source.cluster))
          .filter(({ object }) => object.metadata.namespace === source.namespace)
          .map((monitor) =>
            `${monitor.kind.toLowerCase()}.monitoring.coreos.com/${monitor.object.metadata.name}`
          )
          .join("\n") || `No resources found in ${source.namespace} namespace.`,
      },
    ],
    remedy: {
      told: {
        en:
          "make a ServiceMonitor for their Service, or a PodMonitor; or scale on a metric that they have",
        ko:
          "그 Service의 ServiceMonitor나 PodMonitor를 만드세요. 아니면 이 파드가 가진 메트릭을 쓰세요",
      },
    },
    upstream: DOCS.monitors,
  };
}

const serviceHop: HopLook<Source> = {
  hop: "service",
  async see(source) {
    const services = await source.services();
    if (services.length === 0) {
      return {
        object: "",
        state: "absent",
        saw: { en: "none selects these pods", ko: "이 파드를 고르는 것이 없음" },
      };
    }
    const [service] = services;
    const behind = await source.cluster.podsOf(service);
    const ports = (service.spec?.ports ?? []).map(({ name, port }) =>
      name ? `${name} ${port}` : port
    );
    return {
      object: `Service ${service.metadata.name} (${ports.join(", ")})`,
      state: behind.length > 0 ? "ok" : "waits",
      saw: { en: `selects ${behind.length} pods`, ko: `파드 ${behind.length}개를 고름` },
    };
  },
  causes: [selectsNone, noTargetPort],
};

/** The Service's selector fits no pod. */
async function selectsNone(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  for (const service of await source.services()) {
    if (!service.spec?.selector || (await source.cluster.podsOf(service)).length > 0) continue;
    const [pod] = await source.pods();
    const selector = formatSelector({ matchLabels: service.spec.selector });
    return {
      cause: "service-selects-no-pod",
      told: {
        en:
          `The Service ${service.metadata.name} selects pods with ${selector}, and there are none` +
          (pod ? `; ${pod.metadata.name} has other labels.` : "."),
        ko:
          `Service ${service.metadata.name}은(는) 라벨이 ${selector}인 파드를 고르는데 그런 파드가 없습니다` +
          (pod ? `. ${pod.metadata.name}의 라벨은 다릅니다.` : "."),
      },
      evidence: [
        fieldEvidence("services", service, ".spec.selector"),
        ...(pod ? [fieldEvidence("pods", pod, ".metadata.labels")] : []),
      ],
      remedy: pod ? { command: selectorPatch(service, pod) } : {
        told: { en: "scale the workload up", ko: "워크로드의 파드를 늘리세요" },
      },
      upstream: DOCS.services,
    };
  }
}

/** A selector of those labels of a pod that its own workload selects it by, as far as the Service can tell. */
function selectorPatch({ metadata, spec }: Service, { metadata: { labels = {} } }: Pod): string {
  const wrong = Object.keys(spec!.selector!).filter((key) => spec!.selector![key] !== labels[key]);
  const kept = wrong.filter((key) => labels[key] !== undefined).map((key) => [key, labels[key]]);
  const selector = Object.fromEntries(
    kept.length > 0
      ? kept
      : Object.entries(labels).filter(([key]) => !/hash|generation|revision/.test(key)),
  );
  return `kubectl -n ${metadata.namespace} patch service ${metadata.name} --type=merge ` +
    `-p '${JSON.stringify({ spec: { selector } })}'`;
}

/** The Service's port leads to a port of the pod that it does not have. */
async function noTargetPort(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  const wanted = new Set((await source.monitors()).flatMap(endpointsOf).map(({ port }) => port));
  for (const service of await source.services()) {
    const [pod] = await source.cluster.podsOf(service);
    const names = (pod?.spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
      .map(({ name }) => name);
    for (const port of service.spec?.ports ?? []) {
      if (!pod || typeof port.targetPort !== "string" || names.includes(port.targetPort)) continue;
      if (wanted.size > 0 && !wanted.has(port.name)) continue;
      const has = names.filter(Boolean).join(", ");
      return {
        cause: "service-target-port",
        told: {
          en:
            `The port ${port.name ?? port.port} of the Service ${service.metadata.name} leads to ` +
            `"${port.targetPort}", which is no port of its pods (${has || "none has a name"}).`,
          ko: `Service ${service.metadata.name}의 포트 ${port.name ?? port.port}은(는) ` +
            `"${port.targetPort}"로 가는데 파드에 그런 포트가 없습니다 (${has || "이름 없음"}).`,
        },
        evidence: [
          fieldEvidence("services", service, ".spec.ports"),
          fieldEvidence("pods", pod, ".spec.containers[*].ports[*].name"),
        ],
        remedy: {
          told: {
            en: "name a port of the container in targetPort, or its number",
            ko: "targetPort에 컨테이너 포트의 이름이나 번호를 쓰세요",
          },
        },
        upstream: DOCS.services,
      };
    }
  }
}

const endpointsHop: HopLook<Source> = {
  hop: "endpoints",
  async see(source) {
    const pods = await source.pods();
    const ready = pods.filter(isReady).length;
    return {
      object: pods.length === 0 ? "" : podsText(pods),
      state: ready > 0 ? "ok" : pods.length === 0 ? "absent" : "waits",
      saw: {
        en: `${ready} of ${pods.length} pods ready`,
        ko: `파드 ${pods.length}개 중 ${ready}개 준비됨`,
      },
    };
  },
  causes: [notReady],
};

/** No pod is ready, so none is behind the Service. */
async function notReady(source: Source): Promise<Fault | undefined> {
  const pods = await source.pods();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const { pod, reason, told } = await containerTrouble(source.cluster.reads, pods[0]);
  return {
    cause: "pods-not-ready",
    told: {
      en: `The pod ${pod.metadata.name} is not ready (${reason})${told ? `: ${told}` : ""}.`,
      ko: `파드 ${pod.metadata.name}이(가) 준비되지 않았습니다 (${reason})${
        told ? `: ${told}` : ""
      }.`,
    },
    evidence: [fieldEvidence("pods", pod, '.status.conditions[?(@.type=="Ready")].message')],
    remedy: { command: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}` },
    upstream: DOCS.probes,
  };
}

const containerHop: HopLook<Source> = {
  hop: "container",
  async see(source) {
    if ((await source.pods()).length === 0) {
      return { object: "", state: "absent", saw: said("no pod is known", "아는 파드 없음") };
    }
    const [pod] = (await source.pods()).filter(isReady);
    if (!pod) {
      return { object: "", state: "waits", saw: { en: "no pod is ready", ko: "준비된 파드 없음" } };
    }
    if (await source.flows()) {
      const names = pod.spec?.containers.map(({ name }) => name).join(", ");
      return {
        object: `pod ${pod.metadata.name} (${names})`,
        state: "ok",
        saw: { en: "is scraped", ko: "수집됨" },
      };
    }
    const served = await metricsOf(source, pod);
    if (!served) {
      return {
        object: `pod ${pod.metadata.name}`,
        state: "unknown",
        saw: {
          en: "no monitor says where its metrics are",
          ko: "메트릭이 어디 있는지 monitor가 없어 모름",
        },
      };
    }
    const { path, code, text } = served;
    return {
      object: path,
      state: code === 200 ? "ok" : "waits",
      saw: code === 200
        ? {
          en: `serves ${namesIn(text).length} metrics`,
          ko: `메트릭 ${namesIn(text).length}개를 내보냄`,
        }
        : asIs(refusalOf({ code, text }).message),
    };
  },
  causes: [servesNot],
};

interface Served {
  path: string;
  code: number;
  text: string;
}

/** What the pod serves where the monitor looks. Errors: NotSeen. */
async function metricsOf(source: Source, pod: Pod): Promise<Served | undefined> {
  for (const monitor of await source.monitors()) {
    for (const endpoint of endpointsOf(monitor)) {
      const port = portOf(endpoint, monitor, await source.services(), pod);
      if (port === undefined) continue;
      const scheme = endpoint.scheme === "https" ? "https:" : "";
      const { namespace, name } = pod.metadata;
      const path = `/api/v1/namespaces/${namespace}/pods/${scheme}${name}:${port}/proxy` +
        (endpoint.path ?? "/metrics");
      return { path, ...await source.cluster.reads.raw(path) };
    }
  }
}

function portOf(
  endpoint: any,
  { kind }: Monitor,
  services: readonly Service[],
  pod: Pod,
): number | undefined {
  const ports = (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  const byName = (name: unknown) =>
    typeof name === "number" ? name : ports.find((port) => port.name === name)?.containerPort;
  if (kind === "PodMonitor") return byName(endpoint.port ?? endpoint.targetPort);
  const port = services.flatMap(({ spec }) => spec?.ports ?? []).find(({ name }) =>
    name === endpoint.port
  );
  return port ? byName(port.targetPort ?? port.port) : byName(endpoint.targetPort);
}

/** The names of metrics in a text of them. */
function namesIn(text: string): string[] {
  return [
    ...new Set(text.split("\n").flatMap((line) => /^([a-zA-Z_:][\w:]*)/.exec(line)?.[1] ?? [])),
  ];
}

/** The container answers, and what it serves is not the metric. */
async function servesNot(source: Source): Promise<Fault | undefined> {
  if (await source.flows()) return undefined;
  const [pod] = (await source.pods()).filter(isReady);
  const served = pod && await metricsOf(source, pod);
  if (!served) return undefined;
  const wanted = await source.seriesNames();
  if (served.code !== 200) {
    const said = refusalOf(served).message;
    return {
      cause: "container-does-not-serve",
      told: {
        en: `The pod ${pod.metadata.name} serves no metrics where it is scraped: ${said}.`,
        ko: `파드 ${pod.metadata.name}이(가) 수집되는 곳에서 메트릭을 내보내지 않습니다: ${said}.`,
      },
      evidence: [rawEvidence(served.path, said)],
      remedy: {
        told: {
          en: "name the port and the path of the container that serves the metrics",
          ko: "메트릭을 내보내는 컨테이너의 포트와 경로를 쓰세요",
        },
      },
      upstream: DOCS.exporters,
    };
  }
  const names = namesIn(served.text);
  if (wanted.length === 0 || wanted.some((name) => names.includes(name))) return undefined;
  // An exporter that does not reach what it tells of says so in a gauge of its own.
  const unable = served.text.split("\n").find((line) => /^\w+_up(\{.*\})? 0$/.test(line));
  const args = pod.spec!.containers.flatMap(({ args = [], name }) =>
    args.filter((arg) => /https?:\/\//.test(arg)).map((arg) => ({ arg, name }))
  );
  const [exporter] = args;
  const at = exporter ? ` (${exporter.name}: ${exporter.arg})` : "";
  const has = names.slice(0, MOST_NAMED).join(", ") || "nothing";
  return {
    cause: unable ? "exporter-cannot-reach" : "metric-not-served",
    told: unable
      ? {
        en:
          `The exporter answers without ${
            wanted[0]
          }, and says ${unable}: it does not reach what it ` +
          `tells of${at}.`,
        ko: `exporter의 답에 ${
          wanted[0]
        }이(가) 없고 ${unable}입니다: 알려야 할 것에 닿지 못합니다${at}.`,
      }
      : {
        en:
          `The pod ${pod.metadata.name} serves ${names.length} metrics (${has}…), and ${
            wanted[0]
          } is ` +
          `none of them.`,
        ko:
          `파드 ${pod.metadata.name}이(가) 내보내는 메트릭 ${names.length}개(${has}…)에 ${
            wanted[0]
          }은(는) ` +
          `없습니다.`,
      },
    evidence: [
      {
        command: `kubectl get --raw '${served.path}' | grep -c '^${wanted[0]}'`,
        printed: "0",
      },
      ...(unable
        ? [{ command: `kubectl get --raw '${served.path}' | grep _up`, printed: unable }]
        : []),
    ],
    remedy: unable
      ? {
        told: {
          en: "correct the address that the exporter asks, and look at it from inside the pod",
          ko: "exporter가 묻는 주소를 고치고, 파드 안에서 열어 보세요",
        },
      }
      : {
        told: {
          en: "scrape the container and path that serve it, or ask for a metric that is there",
          ko: "그것을 내보내는 컨테이너와 경로를 수집하세요. 아니면 있는 메트릭을 쓰세요",
        },
      },
    upstream: DOCS.exporters,
  };
}

/** The way of a metric's samples, from Prometheus back to the container that counts. */
export const SCRAPING: readonly HopLook<Source>[] = [
  prometheusHop,
  seriesHop,
  scrapeHop,
  monitorHop,
  serviceHop,
  endpointsHop,
  containerHop,
];
