import { formatPromDuration } from "../../go/mod.ts";
import { conditionOf, isReady, transitionMs } from "../../kube/mod.ts";
import { intervalMsOf } from "../../prometheus/mod.ts";
import type { Adapter } from "../adapter.ts";
import { type Fault, fieldEvidence, type HopLook } from "../hop.ts";
import { containerTrouble, isStuck, klogTime, podText, withoutHead } from "../pods.ts";
import { said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { addressRemedy, wrongAddress } from "./adapter_address.ts";
import { readBefore } from "./adapter_config_read.ts";
import type { MetricWalk } from "./metric_walk.ts";
import { prometheusDown } from "./prometheus_down.ts";

export const adapterHop: HopLook<MetricWalk> = {
  hop: "adapter",
  async see(walk) {
    const adapter = await walk.adapter();
    if (!adapter) return { object: "", state: "absent", saw: said("there is none", "없음") };
    const { pod, isOurs, url } = adapter;
    if (!pod) return { object: "", state: "waits", saw: said("has no pod", "파드 없음") };
    const object = podText(pod);
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
  causes: [stuck, wrongAddress, prometheusAway, readBefore, cannotReach, notAllowed, shortMaxAge],
};

/** A pod of the adapter does not come up. */
async function stuck(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter) return undefined;
  const lost = adapter.pods.find(isStuck);
  if (!lost) return undefined;
  const { pod, reason, told, seen } = await containerTrouble(walk.cluster.reads, lost);
  const { name } = pod.metadata;
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
    evidence: [seen],
    remedy: {
      told: /^(ErrImage|ImagePull|InvalidImage)/.test(reason)
        ? said(
          "correct image.repository and image.tag in the chart's values, and upgrade",
          "차트의 values에서 image.repository와 image.tag를 고치고 업그레이드하세요",
        )
        : said(
          "mend what it says in the chart's values, and upgrade",
          "차트의 values에서 그것을 고치고 업그레이드하세요",
        ),
    },
    upstream: DOCS.adapterConfig,
  };
}

async function prometheusAway(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.isOurs || !adapter.pod) return undefined;
  const who = said("The adapter", "adapter가");
  return await prometheusDown(walk.cluster, who, adapter.url, adapter);
}

/** The adapter's log complains of Prometheus, other than of a query. */
async function cannotReach(walk: MetricWalk): Promise<Fault | undefined> {
  if (await walk.isDelivered()) return undefined;
  const adapter = await walk.adapter();
  const line = (await adapter?.log())?.findLast((line) =>
    /unable to update list of all metrics/.test(line)
  );
  if (!adapter?.pod || !line || /bad_data|bad_response: .*parse error/.test(line)) return undefined;
  if (await isOfBefore(walk, adapter, line)) return undefined;
  const right = await walk.cluster.prometheus();
  return {
    cause: "adapter-cannot-reach-prometheus",
    told: said(
      `The adapter cannot list what Prometheus has, and so exposes nothing new: ${whyOf(line)}.`,
      `adapter가 Prometheus의 시계열 목록을 얻지 못해 아무것도 새로 내보내지 못합니다: ${
        whyOf(line)
      }.`,
    ),
    evidence: [logEvidence(adapter, line, "unable to update")],
    remedy: addressRemedy(adapter.url, right?.service),
    upstream: DOCS.adapter,
  };
}

/** What went wrong, without the query that it went wrong of. */
function whyOf(line: string): string {
  return withoutHead(line)
    .replace(/^unable to update list of all metrics: /, "")
    .replace(/unable to fetch metrics for query "(?:\\.|[^"\\])*": /, "")
    .replace(/\?[^"]*"/, '?…"');
}

/** Whether the adapter complained of a Prometheus that has come up since: its next list will tell. */
async function isOfBefore({ cluster }: MetricWalk, adapter: Adapter, line: string) {
  const found = await cluster.prometheusAt(adapter.url, adapter);
  if (!("reader" in found)) return false;
  const { namespace, name } = found.reader.service;
  const service = await cluster.service(namespace, name);
  const ready = (service ? await cluster.podsOf(service) : []).filter(isReady);
  const readyMs = ready.map((pod) => transitionMs(conditionOf(pod, "Ready")));
  const saidMs = klogTime(line, await cluster.now());
  return saidMs !== undefined && readyMs.length > 0 && readyMs.every((ms) => ms > saidMs);
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
