import { conditionOf, type Event, type Pod, transitionMs } from "../../kube/mod.ts";
import { seenAt } from "../event_time.ts";
import type { Cluster } from "../cluster.ts";
import { type Evidence, type Fault, fieldEvidence } from "../hop.ts";
import { configMapsText } from "../pods.ts";
import { type Localized, said } from "../said.ts";

/** A probe that keeps a pod from being ready, or has its container started again. */
interface FailingProbe {
  told: Localized;
  evidence: Evidence[];
  remedy: Fault["remedy"];
}

/** As far before a pod is unready as the failure may be seen that makes it so. */
const TOGETHER_MS = 60_000;

/** What a probe fails of, and so what is to be mended. Source of its words: kubernetes/kubernetes pkg/probe. */
const REMEDIES: readonly [error: RegExp, told: (asked: string) => Localized][] = [
  [
    /refused/,
    (asked) =>
      said(
        `nothing listens where the probe asks (${asked}): let the container listen there, or give the probe the port ` +
          `on which it does`,
        `probe가 묻는 곳(${asked})에서 듣는 것이 없습니다. 컨테이너가 거기서 듣게 하거나, probe에 컨테이너가 듣는 포트를 ` +
          `쓰세요`,
      ),
  ],
  [
    /statuscode: \d+/,
    (asked) =>
      said(
        `let the container answer ${asked} with 200, or give the probe a path that it does answer so`,
        `컨테이너가 ${asked}에 200으로 답하게 하거나, probe에 그렇게 답하는 경로를 쓰세요`,
      ),
  ],
  [
    /deadline exceeded|timeout|timed out/i,
    (asked) =>
      said(
        `${asked} answers too late: raise the probe's timeoutSeconds, or give the container more CPU`,
        `${asked}의 답이 늦습니다. probe의 timeoutSeconds를 늘리거나 컨테이너에 CPU를 더 주세요`,
      ),
  ],
];

/**
 * The probe that fails of a pod that is not ready, as the kubelet says in an event; undefined where none does.
 * Source: kubernetes/kubernetes pkg/kubelet/prober/prober.go (recordContainerEvent). Errors: NotSeen.
 */
export async function failingProbe(cluster: Cluster, pod: Pod): Promise<FailingProbe | undefined> {
  const { name, namespace } = pod.metadata;
  const statuses = pod.status?.containerStatuses ?? [];
  const unready = new Map(statuses.flatMap((one) => one.ready ? [] : [[one.name, one]]));
  const since = transitionMs(conditionOf(pod, "Ready"));
  const events = await cluster.reads.list<Event>("v1/events", namespace);
  const found = events.flatMap((event) => {
    const [, kind, error] = /^(Readiness|Liveness|Startup) probe (?:failed|errored)[^:]*: (.*)$/s
      .exec(event.message ?? "") ?? [];
    const [, container = ""] = /\{(.*)\}/.exec(event.involvedObject?.fieldPath ?? "") ?? [];
    const lastMs = seenAt(event);
    const status = unready.get(container);
    // A container that has ended of itself was not ended by its readiness.
    const mayTell = kind !== "Readiness" || status?.state?.running !== undefined;
    const isOfNow = event.involvedObject?.name === name && status !== undefined && mayTell &&
      lastMs + TOGETHER_MS >= since;
    const message = event.message ?? "";
    return kind && isOfNow ? [{ kind, error: error.trim(), container, lastMs, message }] : [];
  }).toSorted((one, other) => other.lastMs - one.lastMs)[0];
  if (!found) return undefined;
  const { container, error, kind, message } = found;
  const field = `${kind.toLowerCase()}Probe` as "readinessProbe" | "livenessProbe" | "startupProbe";
  const spec = pod.spec?.containers.find((one) => one.name === container);
  const probe = spec?.[field];
  const { path = "/", port } = probe?.httpGet ?? {};
  const asked = probe?.httpGet
    ? `GET :${port}${path}`
    : probe?.tcpSocket
    ? `:${probe.tcpSocket.port}`
    : probe?.grpc
    ? `gRPC :${probe.grpc.port}`
    : (probe?.exec?.command ?? []).join(" ");
  const why = (REMEDIES.find(([pattern]) => pattern.test(error))?.[1] ?? ((asked: string) =>
    said(
      `mend what ${asked} complains of, or the ${field} itself`,
      `${asked}에서 나온 문제나 ${field} 자체를 고치세요`,
    )))(asked);
  const maps = configMapsText(pod, spec);
  return {
    told: said(
      `the ${field} of its container ${container} fails: ${error}`,
      `컨테이너 ${container}의 ${field}가 실패합니다: ${error}`,
    ),
    evidence: [
      fieldEvidence("pods", pod, `.spec.containers[?(@.name=="${container}")].${field}`),
      {
        command: `kubectl -n ${namespace} events --for pod/${name} | grep '${kind} probe'`,
        printed: message,
      },
    ],
    remedy: {
      told: maps === undefined
        ? why
        : said(`${why.en}; its configuration: ${maps}`, `${why.ko}. 설정: ${maps}`),
    },
  };
}
