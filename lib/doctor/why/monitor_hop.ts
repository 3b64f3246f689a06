import { formatSelector, selects, type Service } from "../../kube/mod.ts";
import { awaited, type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { podsText } from "../pods.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { comingTarget } from "./coming.ts";
import { droppedAtScrape, notPassedOn, refusedMonitor } from "./monitor_drops.ts";
import { wrongPort } from "./monitor_port.ts";
import { otherLabels, otherNamespace, unselected } from "./monitor_selection.ts";
import {
  endpointsOf,
  looksInto,
  monitorsOf,
  nameOf,
  prometheusObjects,
  resourceOf,
} from "./monitors.ts";
import { notAnnotated } from "./not_annotated.ts";
import { selectsNoPod } from "./service_hop.ts";
import type { Source } from "./source.ts";

/** As many names as are told one by one. */
const MOST_NAMED = 3;

export const monitorHop: HopLook<Source> = {
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
      ...awaited(await comingTarget(source)),
    };
  },
  causes: [
    unselected,
    refusedMonitor,
    wrongPort,
    otherNamespace,
    otherLabels,
    noMonitor,
    notAnnotated,
    notPassedOn,
    droppedAtScrape,
  ],
};

/** A ServiceMonitor is there for a Service with the pods' own labels, and the Service is not. */
async function noService(source: Source): Promise<Fault | undefined> {
  const [pod] = await source.pods();
  const monitor = pod &&
    (await monitorsOf(source.cluster)).find(({ kind, object }) =>
      kind === "ServiceMonitor" && looksInto({ kind, object }, source.namespace) &&
      Object.keys(object.spec?.selector?.matchLabels ?? {}).length > 0 &&
      selects(object.spec.selector, pod.metadata.labels)
    );
  if (!monitor) return undefined;
  const { selector } = monitor.object.spec;
  const all = await source.cluster.reads.list<Service>("v1/services", source.namespace);
  const there = all.find(({ metadata }) => selects(selector, metadata.labels));
  if (there) {
    const selectsOthers = (await source.cluster.podsOf(there)).length > 0;
    return selectsOthers ? undefined : await selectsNoPod(source, there);
  }
  const [{ port = "metrics" } = {}] = endpointsOf(monitor);
  const labels = JSON.stringify(selector.matchLabels);
  const target = (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
    .find(({ name }) => name === port);
  return {
    cause: "no-service",
    told: said(
      `The ${nameOf(monitor)} looks for Services with ${
        formatSelector(selector)
      }, and no Service selects ` +
        `${pod.metadata.name}.`,
      `${nameOf(monitor)}은(는) 레이블이 ${
        formatSelector(selector)
      }인 Service를 찾는데 ${pod.metadata.name}을(를) ` +
        `고르는 Service가 없습니다.`,
    ),
    evidence: [
      fieldEvidence(resourceOf(monitor), monitor.object, ".spec.selector"),
      {
        command: `kubectl -n ${source.namespace} get services -l '${formatSelector(selector)}'`,
        printed: `No resources found in ${source.namespace} namespace.`,
      },
    ],
    remedy: {
      diff: [
        "apiVersion: v1",
        "kind: Service",
        `metadata: {name: ${monitor.object.metadata.name}, namespace: ${source.namespace}, labels: ${labels}}`,
        "spec:",
        `  selector: ${labels}`,
        `  ports: [{name: ${port}, port: ${target?.containerPort ?? "PORT"}${
          target ? "" : ", targetPort: PORT"
        }}]`,
      ].map((line) => `+${line}`).join("\n"),
      told: said(
        target
          ? "apply it"
          : "apply it; PORT is the port on which the container serves its metrics",
        target ? "적용하세요" : "적용하세요. PORT는 컨테이너가 메트릭을 내보내는 포트입니다",
      ),
    },
    upstream: DOCS.services,
  };
}

/** Nothing tells Prometheus of these pods. */
async function noMonitor(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget() || await source.flows()) return undefined;
  if ((await source.monitors()).length > 0) return undefined;
  const [services, pods] = [await source.services(), await source.pods()];
  if (services.length + pods.length === 0) return undefined;
  if ((await prometheusObjects(source.cluster)).length === 0) return undefined;
  const lacking = services.length === 0 ? await noService(source) : undefined;
  if (lacking) return lacking;
  const of = pods[0] ? podsText(pods) : asIs(`Service ${services[0].metadata.name}`);
  const others = (await source.others()).length;
  const [name = source.metric] = await source.seriesNames();
  const has = others > 0
    ? {
      en: `Prometheus has ${name} of others, and no sample of ${of.en}: `,
      ko: `Prometheus에 ${name}이(가) 다른 것은 있지만 ${of.ko}의 샘플은 없습니다: `,
    }
    : {
      en: `Prometheus has no sample of ${of.en}: `,
      ko: `Prometheus에 ${of.ko}의 샘플이 없습니다: `,
    };
  const why = services.length === 0
    ? {
      en: "no Service selects these pods, and no PodMonitor leads to them.",
      ko: "이 파드를 고르는 Service도 PodMonitor도 없습니다.",
    }
    : {
      en: `no ServiceMonitor leads to the Service ${services[0].metadata.name}.`,
      ko: `Service ${services[0].metadata.name}(으)로 가는 ServiceMonitor가 없습니다.`,
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
