import { type Fault, fieldEvidence, missingEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import type { MetricWalk } from "./metric_walk.ts";

/** `--prometheus-url` leads to no Service, or to a port that it does not have. */
export async function wrongAddress(walk: MetricWalk): Promise<Fault | undefined> {
  const adapter = await walk.adapter();
  if (!adapter?.isOurs || !adapter.pod) return undefined;
  const found = await walk.cluster.prometheusAt(adapter.url, adapter);
  if ("reader" in found) return undefined;
  const right = await walk.cluster.prometheus();
  const near = right
    ? said(`; Prometheus is ${right.name}`, `. Prometheus는 ${right.name}입니다`)
    : said("", "");
  const args = fieldEvidence("pods", adapter.pod, ".spec.containers[0].args");
  if (found.missing === "own pod") {
    return {
      cause: "adapter-prometheus-address",
      told: said(
        `The adapter asks ${adapter.url}, which is its own pod, and no Prometheus is in it${near.en}.`,
        `adapter가 ${adapter.url}에 묻는데 그것은 adapter 자신의 파드이고 거기에 Prometheus가 없습니다${near.ko}.`,
      ),
      evidence: [args, fieldEvidence("pods", adapter.pod, ".spec.containers[*].name")],
      remedy: addressRemedy(adapter.url, right?.service),
      upstream: DOCS.adapter,
    };
  }
  const { name, namespace } = found.place;
  const isMissing = found.missing === "service";
  const why = found.missing === "domain" ? noSuchDomain(adapter.url) : undefined;
  const service = await walk.cluster.service(namespace, name);
  return {
    cause: "adapter-prometheus-address",
    told: why
      ? said(
        `The adapter asks ${adapter.url}, and ${why.en}${near.en}.`,
        `adapter가 ${adapter.url}에 묻는데 ${why.ko}${near.ko}.`,
      )
      : isMissing
      ? said(
        `The adapter asks ${adapter.url}, and there is no Service ${name} in ${namespace}${near.en}.`,
        `adapter가 ${adapter.url}에 묻는데 ${namespace}에 Service ${name}이(가) 없습니다${near.ko}.`,
      )
      : said(
        `The adapter asks ${adapter.url}, and the Service ${name} has no port ${found.place.port}${near.en}.`,
        `adapter가 ${adapter.url}에 묻는데 Service ${name}에 포트 ${found.place.port}이(가) 없습니다${near.ko}.`,
      ),
    evidence: [
      args,
      isMissing || !service
        ? missingEvidence("services", name, namespace)
        : fieldEvidence("services", service, ".spec.ports[*].port"),
    ],
    remedy: addressRemedy(adapter.url, right?.service),
    upstream: DOCS.adapter,
  };
}

/** What is told of a host that begins like a Service's and ends like none. */
export function noSuchDomain(address: string): Localized {
  const domain = new URL(address).hostname.replace(/\.$/, "").split(".").slice(2).join(".");
  return said(
    `no name in the cluster ends in .${domain}; a Service's ends in .svc`,
    `클러스터에 .${domain}(으)로 끝나는 이름은 없습니다. Service의 이름은 .svc로 끝납니다`,
  );
}

/** What brings an adapter from the address that it asks to where a Prometheus is. */
export function addressRemedy(
  url: string,
  right: { name: string; namespace: string; port: string } | undefined,
): Fault["remedy"] {
  const told = said(
    "in the adapter chart's values; then upgrade the release",
    "adapter 차트의 values에. 그다음 릴리스를 업그레이드하세요",
  );
  if (!right) return { told };
  const hasPath = URL.canParse(url) && new URL(url).pathname !== "/";
  return {
    diff:
      ` prometheus:\n+  url: http://${right.name}.${right.namespace}.svc\n+  port: ${right.port}` +
      (hasPath ? '\n+  path: ""' : ""),
    told,
  };
}
