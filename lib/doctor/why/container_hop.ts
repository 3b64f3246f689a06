import { nearestNames } from "../../base/mod.ts";
import { isReady, type Pod, type Service } from "../../kube/mod.ts";
import { type Evidence, type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { podText } from "../pods.ts";
import { orUnseen, refusalOf } from "../reads.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { unreached } from "./exporter_address.ts";
import { endpointsOf, type Monitor, type MonitorEndpoint } from "./monitors.ts";
import { isRecorded, recordersOf } from "./recording_rules.ts";
import type { Source } from "./source.ts";

/** As many names as are told one by one. */
const MOST_NAMED = 3;

export const containerHop: HopLook<Source> = {
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
      const { en, ko } = podText(pod);
      return {
        object: said(`${en} (${names})`, `${ko} (${names})`),
        state: "ok",
        saw: { en: "is scraped", ko: "수집됨" },
      };
    }
    const served = await metricsOf(source, pod);
    if (!served) {
      return {
        object: podText(pod),
        state: "waits",
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
  port: number;
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
      const path = pathOn(pod, port, endpoint);
      return { port, path, ...await source.cluster.reads.raw(path) };
    }
  }
}

/** The path by which the API server passes on to a port of a pod. */
function pathOn(
  { metadata }: Pod,
  port: number,
  endpoint: { scheme?: string; path?: string },
): string {
  const scheme = endpoint.scheme === "https" ? "https:" : "";
  return `/api/v1/namespaces/${metadata.namespace}/pods/${scheme}${metadata.name}:${port}/proxy` +
    (endpoint.path ?? "/metrics");
}

/**
 * A port that a pod declares and serves the metric on, where the monitors look for it, or at /metrics where there are none;
 * undefined where none is seen.
 */
export async function servingPort(
  source: Source,
  pod: Pod,
): Promise<{ port: number; evidence: Evidence } | undefined> {
  const declared = (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  const wanted = (await source.seriesNames()).filter((name) => !isRecorded(name));
  const looked = (await source.monitors()).flatMap(endpointsOf);
  for (const endpoint of looked.length > 0 ? looked : [{}]) {
    for (const { containerPort: port } of declared) {
      const path = pathOn(pod, port, endpoint);
      const answer = await orUnseen(() => source.cluster.reads.raw(path));
      const families = answer?.code === 200 ? answer.text.match(/^# TYPE/gm)?.length : undefined;
      if (!answer || !families) continue;
      const names = namesIn(answer.text);
      if (wanted.length > 0 && !wanted.some((name) => names.includes(name))) continue;
      const command = `kubectl get --raw '${path}' | grep -c '^# TYPE'`;
      return { port, evidence: { command, printed: String(families) } };
    }
  }
}

function portOf(
  endpoint: MonitorEndpoint,
  { kind }: Monitor,
  services: readonly Service[],
  pod: Pod,
): number | undefined {
  const ports = (pod.spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  const byName = (name: unknown) =>
    typeof name === "number" ? name : ports.find((port) => port.name === name)?.containerPort;
  if (kind === "PodMonitor") {
    return byName(endpoint.port ?? endpoint.portNumber ?? endpoint.targetPort);
  }
  const port = services.flatMap(({ spec }) => spec?.ports ?? []).find(({ name }) =>
    name === endpoint.port
  );
  return port ? byName(port.targetPort ?? port.port) : byName(endpoint.targetPort);
}

/** The names of the metrics that a pod serves where it is scraped; undefined where it serves none. Errors: NotSeen. */
export async function servedMetrics(source: Source, pod: Pod): Promise<string[] | undefined> {
  const served = await metricsOf(source, pod);
  return served?.code === 200 ? namesIn(served.text) : undefined;
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
  if (wanted.some(isRecorded) || (await recordersOf(source.cluster, wanted)).length > 0) {
    return undefined;
  }
  if (served.code !== 200) {
    // Of a target that is down the scrape tells.
    if ((await source.targets()).some(({ health }) => health === "down")) return undefined;
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
  const asked = unable
    ? await orUnseen(() => unreached(source.cluster.reads, pod, served.port))
    : undefined;
  const has = names.slice(0, MOST_NAMED).join(", ") || "nothing";
  const near = wanted.length > 0 ? nearestNames(wanted[0], names, MOST_NAMED).join(", ") : "";
  return {
    cause: unable ? "exporter-cannot-reach" : "metric-not-served",
    told: unable
      ? said(
        `The exporter answers without ${wanted[0]}, and says ${unable}: ` +
          `${asked?.told.en ?? "it does not reach what it tells of"}.`,
        `exporter의 답에 ${wanted[0]}이(가) 없고 ${unable}입니다: ` +
          `${asked?.told.ko ?? "알려야 할 것에 닿지 못합니다"}.`,
      )
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
      ...(asked?.evidence ?? []),
    ],
    remedy: unable
      ? {
        told: asked?.remedy ?? said(
          "correct the address that the exporter asks, and look at it from inside the pod",
          "exporter가 묻는 주소를 고치고, 파드 안에서 열어 보세요",
        ),
      }
      : {
        told: near === ""
          ? said(
            "scrape the container and path that serve it, or ask for a metric that is there",
            "그것을 내보내는 컨테이너와 경로를 수집하세요. 아니면 있는 메트릭을 쓰세요",
          )
          : said(
            "make it by a rule (of the adapter, or a recording rule), scrape the container and path that serve " +
              `it, or ask for a metric that is there: ${near}`,
            "규칙(adapter의 규칙이나 기록 규칙)으로 만들거나, 그것을 내보내는 컨테이너와 경로를 수집하세요. " +
              `아니면 있는 메트릭을 쓰세요: ${near}`,
          ),
      },
    upstream: DOCS.exporters,
  };
}
