import { type Event, isReady } from "../../kube/mod.ts";
import { changedAt } from "../changed.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { comingTarget } from "./coming.ts";
import { servedMetrics } from "./container_hop.ts";
import { endpointsOf, type Monitor, nameOf, resourceOf } from "./monitors.ts";
import type { Source } from "./source.ts";

/**
 * The operator refuses a monitor for what stands in it, and says so in an event.
 * Source: prometheus-operator pkg/prometheus/resource_selector.go (InvalidConfiguration).
 */
export async function refusedMonitor(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget()) return undefined;
  for (const monitor of await source.monitors()) {
    const { name, namespace } = monitor.object.metadata;
    const events = await source.cluster.reads.list<Event>("v1/events", namespace);
    const refusal = events.find(({ involvedObject, reason, lastTimestamp }) =>
      involvedObject?.kind === monitor.kind && involvedObject.name === name &&
      reason === "InvalidConfiguration" &&
      // What was changed since is looked at anew.
      Date.parse(lastTimestamp ?? "") + 1000 >= changedAt(monitor.object)
    );
    if (!refusal) continue;
    const why = refusal.message?.replace(/^.*was rejected due to invalid configuration: /, "");
    return {
      cause: "monitor-refused",
      told: said(
        `The operator of Prometheus refuses the ${nameOf(monitor)}: ${why}.`,
        `Prometheus operator가 ${nameOf(monitor)}을(를) 거절합니다: ${why}.`,
      ),
      evidence: [{
        command: `kubectl -n ${namespace} events --for ${monitor.kind.toLowerCase()}/${name}`,
        printed: refusal.message ?? "",
      }],
      remedy: { told: said("mend what it names", "거기서 말하는 것을 고치세요") },
      upstream: DOCS.monitors,
    };
  }
}

/** Everything leads to the pods, and yet Prometheus has no target: relabelings drop it, or nobody tells Prometheus. */
export async function notPassedOn(source: Source): Promise<Fault | undefined> {
  if (!await source.hasNoTarget() || await comingTarget(source)) return undefined;
  if (!(await source.pods()).some(isReady)) return undefined;
  const [monitor] = await source.monitors();
  if (!monitor || !await isReached(source, monitor)) return undefined;
  const list = monitor.kind === "ServiceMonitor" ? "endpoints" : "podMetricsEndpoints";
  const dropping = endpointsOf(monitor).flatMap(({ relabelings = [] }) => relabelings)
    .some(({ action = "" }) => /^(drop|keep)/i.test(action));
  if (dropping) {
    return {
      cause: "relabelings-drop-targets",
      told: said(
        `The ${nameOf(monitor)} finds the pods, and its relabelings drop every target.`,
        `${nameOf(monitor)}이(가) 파드를 찾지만 relabelings가 대상을 모두 버립니다.`,
      ),
      evidence: [
        fieldEvidence(resourceOf(monitor), monitor.object, `.spec.${list}[*].relabelings`),
      ],
      remedy: {
        told: said(
          "take out the relabeling with action drop or keep, or correct its regex",
          "action이 drop이나 keep인 relabeling을 빼거나 regex를 고치세요",
        ),
      },
      upstream: DOCS.scraping,
    };
  }
  return await operatorDown(source, monitor);
}

/** Whether a monitor leads to a pod: by its own labels, or through a Service that selects some. */
async function isReached(source: Source, { kind }: Monitor): Promise<boolean> {
  if (kind === "PodMonitor") return true;
  for (const service of await source.services()) {
    if ((await source.cluster.podsOf(service)).length > 0) return true;
  }
  return false;
}

/** Nobody writes Prometheus' configuration anew. */
async function operatorDown(source: Source, monitor: Monitor): Promise<Fault | undefined> {
  const all = await source.cluster.reads.list("apps/v1/deployments");
  const operator = all.find(({ spec }) =>
    spec?.template?.spec?.containers?.some(({ image = "" }: { image?: string }) =>
      /\/prometheus-operator[:@]/.test(image)
    )
  );
  if (!operator || (operator.status?.readyReplicas ?? 0) > 0) return undefined;
  const { name, namespace } = operator.metadata;
  const isAtZero = operator.spec?.replicas === 0;
  return {
    cause: "prometheus-operator-down",
    told: said(
      `Nobody tells Prometheus of the ${
        nameOf(monitor)
      }: its operator, the Deployment ${name}, has no pod that is ready` +
        (isAtZero ? " (0 replicas)." : "."),
      `Prometheus에 ${
        nameOf(monitor)
      }을(를) 알려 줄 것이 없습니다: operator인 Deployment ${name}에 준비된 파드가 ` +
        (isAtZero ? "없습니다 (레플리카 0)." : "없습니다."),
    ),
    evidence: [fieldEvidence("deployments", operator, ".status")],
    remedy: {
      command: isAtZero
        ? `kubectl -n ${namespace} scale deployment ${name} --replicas=1`
        : `kubectl -n ${namespace} describe deployment ${name}`,
    },
    upstream: DOCS.monitors,
  };
}

/** The pod serves the metric, its target is up, and the monitor's metricRelabelings let no series of it in. */
export async function droppedAtScrape(source: Source): Promise<Fault | undefined> {
  if (await source.flows() || (await source.others()).length > 0) return undefined;
  const targets = await source.targets();
  if (!targets.some(({ health }) => health === "up")) return undefined;
  const monitor = (await source.monitors()).find((one) =>
    endpointsOf(one).some(({ metricRelabelings = [] }) => metricRelabelings.length > 0)
  );
  const [pod] = (await source.pods()).filter(isReady);
  const served = monitor && pod ? await servedMetrics(source, pod) : undefined;
  const name = (await source.seriesNames()).find((one) => served?.includes(one));
  if (!monitor || name === undefined) return undefined;
  const list = monitor.kind === "ServiceMonitor" ? "endpoints" : "podMetricsEndpoints";
  return {
    cause: "metric-relabelings-drop",
    told: said(
      `The pod ${pod.metadata.name} serves ${name}, and the metricRelabelings of the ${
        nameOf(monitor)
      } drop it as it ` +
        `is scraped.`,
      `파드 ${pod.metadata.name}이(가) ${name}을(를) 내보내지만 ${
        nameOf(monitor)
      }의 metricRelabelings가 수집할 때 ` +
        `버립니다.`,
    ),
    evidence: [
      fieldEvidence(resourceOf(monitor), monitor.object, `.spec.${list}[*].metricRelabelings`),
    ],
    remedy: {
      told: said(
        `take out the rule that drops ${name}, or correct its regex`,
        `${name}을(를) 버리는 규칙을 빼거나 regex를 고치세요`,
      ),
    },
    upstream: DOCS.scraping,
  };
}
