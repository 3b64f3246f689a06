import { type Fault, missingEvidence } from "../hop.ts";
import { type Localized, said } from "../said.ts";
import { DOCS } from "../upstream.ts";
import { noSuchDomain } from "./adapter_address.ts";
import { patchTrigger, triggerEvidence, type TriggerWalk } from "./trigger_walk.ts";

/** `serverAddress` leads to no Service, or to a port that it does not have. */
export async function noAddress(walk: TriggerWalk): Promise<Fault | undefined> {
  if (walk.address === "") {
    return addressFault(walk, said("it has no serverAddress", "serverAddress가 없습니다"));
  }
  const found = await walk.found();
  if ("reader" in found) return undefined;
  if (found.missing === "own pod") {
    return await addressFault(
      walk,
      said(
        `serverAddress ${walk.address} is the pod of KEDA's own operator, and no Prometheus is in it`,
        `serverAddress ${walk.address}은(는) KEDA operator 자신의 파드이고 거기에 Prometheus가 없습니다`,
      ),
    );
  }
  const { name, namespace, port } = found.place;
  if (found.missing === "domain") {
    const why = noSuchDomain(walk.address);
    return await addressFault(
      walk,
      said(
        `${why.en} (serverAddress ${walk.address})`,
        `${why.ko} (serverAddress ${walk.address})`,
      ),
    );
  }
  return await addressFault(
    walk,
    found.missing === "service"
      ? said(
        `there is no Service ${name} in ${namespace} (serverAddress ${walk.address})`,
        `${namespace}에 Service ${name}이(가) 없습니다 (serverAddress ${walk.address})`,
      )
      : said(
        `the Service ${name} has no port ${port} (serverAddress ${walk.address})`,
        `Service ${name}에 포트 ${port}이(가) 없습니다 (serverAddress ${walk.address})`,
      ),
    found.missing === "service" ? missingEvidence("services", name, namespace) : undefined,
  );
}

async function addressFault(
  walk: TriggerWalk,
  why: Localized,
  more?: Fault["evidence"][number],
): Promise<Fault> {
  const right = await walk.keda.cluster.prometheus();
  const address = right &&
    `http://${right.service.name}.${right.service.namespace}.svc:${right.service.port}`;
  return {
    cause: "trigger-server-address",
    told: said(
      `KEDA cannot ask Prometheus: ${why.en}.`,
      `KEDA가 Prometheus에 물을 수 없습니다: ${why.ko}.`,
    ),
    evidence: [triggerEvidence(walk), ...(more ? [more] : [])],
    remedy: address
      ? { command: patchTrigger(walk, "serverAddress", address) }
      : { told: said("write the address of a Prometheus", "Prometheus의 주소를 쓰세요") },
    upstream: DOCS.kedaPrometheus,
  };
}

/** The Service is there, and no Prometheus answers behind it. */
export async function silent(walk: TriggerWalk): Promise<Fault | undefined> {
  const result = await walk.result();
  if (!result || !("down" in result)) return undefined;
  return await addressFault(
    walk,
    said(
      `${walk.address} answers: ${result.down}`,
      `${walk.address}의 응답: ${result.down}`,
    ),
  );
}
