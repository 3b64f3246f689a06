import { isReady } from "../../kube/mod.ts";
import type { Asker, Cluster } from "../cluster.ts";
import { type Fault, fieldEvidence } from "../hop.ts";
import { containerTrouble, isStuck } from "../pods.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { prometheusObjects } from "./monitors.ts";

/** The address leads to the Service of a Prometheus that has no pod, or none that comes up. Errors: NotSeen. */
export async function prometheusDown(
  cluster: Cluster,
  who: Localized,
  address: string,
  asker: Asker,
): Promise<Fault | undefined> {
  const found = await cluster.prometheusAt(address, asker);
  if (!("reader" in found)) return undefined;
  const { service: place } = found.reader;
  const service = await cluster.service(place.namespace, place.name);
  if (!service?.spec?.selector) return undefined;
  const pods = await cluster.podsOf(service);
  const stuck = pods.find(isStuck);
  if (pods.some(isReady) || pods.length > 0 && !stuck) return undefined;
  const trouble = stuck && await containerTrouble(cluster.reads, stuck);
  const of = `${place.namespace}/${place.name}`;
  const [object] = (await prometheusObjects(cluster)).filter(({ metadata, spec }) =>
    metadata.namespace === place.namespace && spec?.replicas === 0
  );
  return {
    cause: "prometheus-does-not-run",
    told: trouble
      ? said(
        `${who.en} cannot ask Prometheus: its pod ${stuck.metadata.name} does not run (${trouble.reason})` +
          `${trouble.told ? `: ${trouble.told}` : ""}.`,
        `${who.ko} Prometheus에 물을 수 없습니다: 파드 ${stuck.metadata.name}이(가) 뜨지 못합니다 (${trouble.reason})` +
          `${trouble.told ? `: ${trouble.told}` : ""}.`,
      )
      : said(
        `${who.en} cannot ask Prometheus: it has no pod behind the Service ${of}` +
          (object ? `, for the Prometheus ${object.metadata.name} wants 0 replicas.` : "."),
        `${who.ko} Prometheus에 물을 수 없습니다: Service ${of} 뒤에 파드가 없습니다` +
          (object ? `. Prometheus ${object.metadata.name}의 spec.replicas가 0입니다.` : "."),
      ),
    evidence: [
      object
        ? fieldEvidence("prometheuses.monitoring.coreos.com", object, ".spec.replicas")
        : fieldEvidence("services", service, ".spec.selector"),
    ],
    remedy: object
      ? {
        command: `kubectl -n ${place.namespace} patch prometheus ${object.metadata.name} ` +
          `--type=merge -p '{"spec":{"replicas":1}}'`,
      }
      : {
        command: stuck
          ? `kubectl -n ${place.namespace} describe pod ${stuck.metadata.name}`
          : `kubectl -n ${place.namespace} get prometheuses,statefulsets,pods`,
      },
    upstream: DOCS.monitors,
  };
}
