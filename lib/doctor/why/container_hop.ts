import { isReady, type Pod, type Service } from "../../kube/mod.ts";
import { type Fault, type HopLook, rawEvidence } from "../hop.ts";
import { refusalOf } from "../reads.ts";
import { asIs, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { endpointsOf, type Monitor } from "./monitors.ts";
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
