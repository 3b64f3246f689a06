import { formatPromDuration } from "../../go/mod.ts";
import { type Container, isReady, type Pod } from "../../kube/mod.ts";
import { changedAt } from "../changed.ts";
import { containerTrouble, isStuck } from "../pods.ts";
import { type Localized, said } from "../said.ts";
import { wrongPort } from "./monitor_port.ts";
import { unselected } from "./monitor_selection.ts";
import { nameOf } from "./monitors.ts";
import type { Source } from "./source.ts";

/** How long a pod may take to be made: to be given a node, its images and its volumes. */
const MADE_WITHIN_MS = 120_000;
/** How long a container that runs may take to be ready, where its probes give it no longer. */
const READY_WITHIN_MS = 30_000;
/**
 * How long a monitor may take to be scraped by: the operator writes a Secret, the kubelet brings it into the pod, the
 * reloader sees it, Prometheus discovers.
 */
const CONFIGURED_WITHIN_MS = 180_000;

/** A time as it is told, in whole seconds: `1m30s`. */
export function timeText(ms: number): string {
  return formatPromDuration(Math.max(0, Math.round(ms / 1000)) * 1000);
}

/**
 * What samples of a source wait for that comes by itself, and when it will be known; undefined where they are there, or
 * where nothing more is to be waited for. Errors: NotSeen.
 */
export async function coming(source: Source): Promise<Localized | undefined> {
  if (await source.flows()) return undefined;
  return await comingPods(source) ?? await comingTarget(source) ?? await comingSample(source);
}

/** Pods that are starting, none of them ready. */
export async function comingPods(source: Source): Promise<Localized | undefined> {
  const pods = await source.pods();
  if (pods.length === 0 || pods.some(isReady)) return undefined;
  const nowMs = await source.cluster.now();
  const waits = pods.map((pod) => ({ pod, untilMs: readyBy(pod) }));
  const young = waits.find(({ pod, untilMs }) => !isStuck(pod) && untilMs > nowMs);
  if (!young) return undefined;
  const { pod, untilMs } = young;
  const { reason } = await containerTrouble(source.cluster.reads, pod);
  const made = timeText(nowMs - Date.parse(pod.metadata.creationTimestamp ?? ""));
  const left = timeText(untilMs - nowMs);
  return said(
    `the pod ${pod.metadata.name} to be ready: it was made ${made} ago (${reason}). If it is not ready in ${left}, ` +
      `why names what holds it`,
    `파드 ${pod.metadata.name}이(가) 준비되기를 기다립니다: ${made} 전에 생겼습니다 (${reason}). ${left} 안에 ` +
      `준비되지 않으면 why가 까닭을 말합니다`,
  );
}

/** Until when a pod that is not stuck may not be ready, in Unix milliseconds. */
function readyBy({ metadata, spec, status }: Pod): number {
  const runs = status?.containerStatuses ?? [];
  const starts = runs.map(({ state }) => Date.parse(String(state?.running?.startedAt)));
  if (runs.length === 0 || starts.some((ms) => Number.isNaN(ms))) {
    return Date.parse(metadata.creationTimestamp ?? "") + MADE_WITHIN_MS;
  }
  return Math.max(...starts) + Math.max(READY_WITHIN_MS, ...spec?.containers.map(probedMs) ?? []);
}

/** How long a container's probes give it. */
function probedMs({ startupProbe, readinessProbe }: Container): number {
  const within = (probe: Container["readinessProbe"]) =>
    probe
      ? ((probe.initialDelaySeconds ?? 0) +
        (probe.periodSeconds ?? 10) * (probe.failureThreshold ?? 3)) * 1000
      : 0;
  return within(startupProbe) + within(readinessProbe);
}

/** A monitor that Prometheus has yet to be told of. */
export async function comingTarget(source: Source): Promise<Localized | undefined> {
  if (!await source.hasNoTarget()) return undefined;
  if (await unselected(source) ?? await wrongPort(source)) return undefined;
  const nowMs = await source.cluster.now();
  const changes = [...await source.services(), ...await source.pods()].map(changedAt);
  for (const monitor of await source.monitors()) {
    const changedMs = Math.max(changedAt(monitor.object), ...changes);
    const untilMs = changedMs + CONFIGURED_WITHIN_MS;
    if (untilMs <= nowMs) continue;
    const [ago, left] = [timeText(nowMs - changedMs), timeText(untilMs - nowMs)];
    return said(
      `Prometheus to be told of the ${
        nameOf(monitor)
      } and what it leads to, changed ${ago} ago: its operator writes the ` +
        `configuration and Prometheus loads it, which takes up to two minutes. If there is no target in ${left}, ` +
        `why names what is wrong`,
      `Prometheus가 ${
        nameOf(monitor)
      }(${ago} 전에 바뀜)을(를) 알게 되기를 기다립니다: operator가 설정을 쓰고 ` +
        `Prometheus가 읽는 데 2분까지 걸립니다. ${left} 안에 대상이 없으면 why가 까닭을 말합니다`,
    );
  }
}

/** A target that was not scraped yet. */
export async function comingSample(source: Source): Promise<Localized | undefined> {
  const targets = await source.targets();
  if (targets.length === 0 || targets.some(({ health }) => health !== "unknown")) return undefined;
  const [{ scrapePool, scrapeInterval }] = targets;
  return said(
    `the first scrape of ${scrapePool}: Prometheus scrapes it every ${scrapeInterval}, so there is a sample within ` +
      `that time`,
    `${scrapePool}의 첫 수집을 기다립니다: Prometheus가 ${scrapeInterval}마다 수집하므로 그 안에 샘플이 생깁니다`,
  );
}
