import type { Container, Pod } from "../../kube/mod.ts";
import type { Evidence } from "../hop.ts";
import { configMapsText } from "../pods.ts";
import type { Reads } from "../reads.ts";
import { type Localized, said } from "../said.ts";

/** Where an exporter is told to look, and by what: a flag, or a variable of its environment. */
interface Asked {
  container: Container;
  setting: string;
  address: string;
}

/** What an exporter does not reach, why, and what mends it. */
export interface Unreached {
  told: Localized;
  remedy: Localized;
  evidence: Evidence[];
}

/** Settings that say where an exporter itself listens, and no target. */
const OWN = /listen|telemetry|web\.|config|log/i;

/** The address that an exporter asks and does not reach, with its own words; undefined where it is told none. Errors: NotSeen. */
export async function unreached(
  reads: Reads,
  pod: Pod,
  port: number | undefined,
): Promise<Unreached | undefined> {
  const asked = askedAddress(pod, port);
  if (!asked) return undefined;
  const { container, setting, address } = asked;
  const { name, namespace } = pod.metadata;
  const lines = (await reads.log(pod, { container: container.name })).split("\n");
  const line = lines.findLast((one) => /error|fail/i.test(one))?.trim();
  const [, quoted] = /\berr(?:or)?="((?:\\.|[^"\\])*)"/.exec(line ?? "") ?? [];
  const error = (quoted?.replaceAll('\\"', '"') ?? line ?? "").replace(/^failed to get \S+ /, "");
  const server = serverOf(pod, asked);
  const maps = server && configMapsText(pod, server);
  const whose = server ? said(`the container ${server.name}`, `컨테이너 ${server.name}`) : said(
    "whoever is asked",
    "묻는 상대",
  );
  const config = maps ? ` (${maps})` : "";
  const isPath = /\b404\b/.test(error);
  return {
    told: said(
      `its container ${container.name} asks ${address} (${setting})` +
        (error ? `, and gets: ${error}` : ", and does not reach it"),
      `컨테이너 ${container.name}이(가) ${address}에 묻는데 (${setting}) ` +
        (error ? `결과는 이렇습니다: ${error}` : "닿지 못합니다"),
    ),
    remedy: isPath
      ? said(
        `give ${setting} a path that ${whose.en} serves, or let it serve that path${config}`,
        `${setting}에 ${whose.ko}이(가) 제공하는 경로를 쓰거나, 그 경로를 제공하게 하세요${config}`,
      )
      : said(
        `give ${setting} the address at which ${whose.en} listens, or let it listen there${config}`,
        `${setting}에 ${whose.ko}이(가) 듣는 주소를 쓰거나, 그 주소에서 듣게 하세요${config}`,
      ),
    evidence: line === undefined ? [] : [{
      command:
        `kubectl -n ${namespace} logs ${name} -c ${container.name} | grep -i error | tail -1`,
      printed: line,
    }],
  };
}

/** The first address that the container which serves a port is told, other than its own. */
function askedAddress(pod: Pod, port: number | undefined): Asked | undefined {
  const containers = pod.spec?.containers ?? [];
  const serving = containers.filter(({ ports = [] }) =>
    ports.some(({ containerPort }) => containerPort === port)
  );
  for (const container of serving.length > 0 ? serving : containers) {
    const words = [...container.command ?? [], ...container.args ?? []];
    const flags = words.flatMap((word, at): [string, string][] => {
      const [, setting, value = words[at + 1] ?? ""] = /^(--?[\w.-]+)(?:=(.*))?$/s.exec(word) ?? [];
      return setting === undefined ? [] : [[setting, value]];
    });
    const variables = (container.env ?? []).map((
      { name, value = "" },
    ): [string, string] => [name, value]);
    const found = [...flags, ...variables].find(([setting, value]) =>
      !OWN.test(setting) && isAddress(value)
    );
    if (found) return { container, setting: found[0], address: found[1] };
  }
}

function isAddress(text: string): boolean {
  return /^[a-z][\w+.-]*:\/\/./i.test(text) || /^[\w.-]+:\d+$/.test(text);
}

/** The container of the same pod that is asked, where it is one of it. */
function serverOf(pod: Pod, { address, container }: Asked): Container | undefined {
  const url = address.includes("://") ? address : `tcp://${address}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  if (!["localhost", "127.0.0.1", "[::1]"].includes(hostname)) return undefined;
  const wanted = Number(port) || (protocol === "https:" ? 443 : 80);
  const others = pod.spec!.containers.filter(({ name }) => name !== container.name);
  return others.find(({ ports = [] }) => ports.some((one) => one.containerPort === wanted)) ??
    (others.length === 1 ? others[0] : undefined);
}
