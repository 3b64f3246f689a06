import { fieldsOf, own, parseYaml } from "../go/mod.ts";
import type { Node, Service } from "../kube/mod.ts";
import type { LabView } from "./lesson.ts";
import { type Mistake, mistake } from "./_mistake.ts";
import { nearestNames } from "../base/mod.ts";
import type { ValuesFile } from "./values_file.ts";

/** What the chart takes where the file says nothing. Source: HC charts/prometheus-adapter/values.yaml. */
const DEFAULTS = { url: "http://prometheus.default.svc", port: 9090, path: "" };

type Field = keyof typeof DEFAULTS;

/**
 * Which part of the address of Prometheus in a values file is wrong, by the Services that there are; undefined also
 * where no Prometheus is.
 */
export async function addressMistake(
  view: LabView,
  file: ValuesFile,
): Promise<Mistake | undefined> {
  const known = (await view.list<Service>("services")).filter(({ spec }) =>
    spec?.selector?.["app.kubernetes.io/name"] === "prometheus"
  );
  if (known.length === 0) return undefined;
  const { url, port, path } = { ...DEFAULTS, ...fieldsOf(file.values.prometheus) };
  const wrong = (field: Field, en: string, ko: string) => wrongField(file, field, en, ko);
  const [nearest] = namesOf(known);
  if (url === null || url === "" || typeof url === "object") {
    const [en, ko] = typeof url === "object" && url !== null
      ? ["is no text", "글이 아닙니다"]
      : ["is empty", "비어 있습니다"];
    return wrong(
      "url",
      `prometheus.url ${en}; Prometheus is http://${nearest}`,
      `prometheus.url이 ${ko}. Prometheus는 http://${nearest}입니다`,
    );
  }
  // `http:/x` lacks a slash, and `localhost:9090` all of it.
  if (!/^(\w+:\/\/|https?:)/.test(String(url))) {
    return wrong(
      "url",
      `prometheus.url has to begin with http://, and is ${url}; Prometheus is http://${nearest}`,
      `prometheus.url은 http://로 시작해야 하는데 ${url}입니다. Prometheus는 http://${nearest}입니다`,
    );
  }
  if (/\s/.test(String(url))) {
    return wrong(
      "url",
      `there is a blank in prometheus.url: ${url}`,
      `prometheus.url에 공백이 있습니다: ${url}`,
    );
  }
  if (String(port ?? "") !== "" && !/^\d+$/.test(String(port))) {
    return wrong(
      "port",
      `prometheus.port is ${port}, and has to be a number`,
      `prometheus.port가 ${port}입니다. 숫자여야 합니다`,
    );
  }
  if (/^https?:\/{0,1}[^/]/.test(String(url))) {
    return wrong(
      "url",
      `prometheus.url has no \`//\` behind its colon: ${url}`,
      `prometheus.url의 콜론 뒤에 \`//\`가 없습니다: ${url}`,
    );
  }
  const [, before] = /^\w+:\/\/[^/]+(\/+[^/].*)$/.exec(String(url)) ?? [];
  if (port && before !== undefined) {
    return wrong(
      "url",
      `prometheus.url has a path, ${before}, and the port comes behind it: ${url}:${port}`,
      `prometheus.url에 경로 ${before}가 있는데 그 뒤에 포트가 붙습니다: ${url}:${port}`,
    );
  }
  if (port && /^\w+:\/\/[^/]+\/+$/.test(String(url))) {
    return wrong(
      "url",
      `prometheus.url ends in \`/\`, and the port comes behind it: ${url}:${port}`,
      `prometheus.url이 \`/\`로 끝나는데 그 뒤에 포트가 붙습니다: ${url}:${port}`,
    );
  }
  let address: URL;
  try {
    address = new URL(`${url}${port ? `:${port}` : ""}${path ?? ""}`);
  } catch {
    return /:\d+\/?$/.test(String(url)) && port
      ? wrong(
        "url",
        `prometheus.url ends in a port, and prometheus.port adds another: ${url}:${port}`,
        `prometheus.url에 포트가 있는데 prometheus.port가 또 붙습니다: ${url}:${port}`,
      )
      : wrong(
        "url",
        `prometheus.url and port make no address: ${url}:${port}`,
        `prometheus.url과 port로 주소가 되지 않습니다: ${url}:${port}`,
      );
  }
  const wrongPath = () =>
    address.pathname === "/" ? undefined : wrong(
      path ? "path" : "url",
      `prometheus.path is ${address.pathname}; Prometheus answers at the root, ""`,
      `prometheus.path가 ${address.pathname}입니다. Prometheus는 맨 위, ""에서 응답합니다`,
    );
  if (address.protocol !== "http:") {
    return wrong(
      "url",
      `prometheus.url begins with ${address.protocol}//; Prometheus here speaks http://`,
      `prometheus.url이 ${address.protocol}//로 시작합니다. 여기의 Prometheus는 http://입니다`,
    );
  }
  if (/^[\d.]+$/.test(address.hostname) || address.hostname.startsWith("[")) {
    return await wrongNumber(view, known, address, wrong) ?? wrongPath();
  }
  // A dot at the end says that the name is whole.
  const [name, namespace = "default", ...domain] = address.hostname.replace(/\.$/, "").split(".");
  const service = known.find(({ metadata }) =>
    metadata.name === name && metadata.namespace === namespace
  );
  if (!service && own(file.values.prometheus, "url") === undefined) return notSet(file, known);
  if (!service) return await wrongHost(view, known, name, namespace, wrong);
  if (!["", "svc", "svc.cluster.local"].includes(domain.join("."))) {
    const right = `${name}.${namespace}.svc`;
    return wrong(
      "url",
      `prometheus.url ends in .${domain.join(".")}, and a Service's name in .svc: ${right}`,
      `prometheus.url이 .${domain.join(".")}로 끝나는데 Service의 이름은 .svc로 끝납니다: ${right}`,
    );
  }
  const ports = (service.spec?.ports ?? []).filter(({ name }) => !name?.startsWith("reloader")).map(
    ({ port }) => port,
  );
  const used = Number(address.port || 80);
  if (!ports.includes(used)) {
    const right = ports.join(", ");
    if (!port && address.port) {
      return wrong(
        "url",
        `prometheus.url ends in port ${address.port}; Prometheus' Service ${name} has ${right}`,
        `prometheus.url의 포트가 ${address.port}입니다. Prometheus의 Service ${name}의 포트는 ${right}입니다`,
      );
    }
    const field = port || own(file.values.prometheus, "port") !== undefined ? "port" : "url";
    return wrong(
      field,
      `prometheus.port is ${
        port || (port === 0 ? "0, which the chart takes for none" : "not set")
      }; Prometheus' Service ${name} has ${right}`,
      `prometheus.port가 ${
        port || (port === 0 ? "0(차트에는 없는 것과 같음)" : "없음")
      }입니다. Prometheus의 Service ${name}의 포트는 ${right}입니다`,
    );
  }
  return wrongPath();
}

/** The names by which Services are asked; what Prometheus' operator makes for itself last. */
function namesOf(known: readonly Service[]): string[] {
  return known.toSorted((a, b) =>
    Number(a.metadata.name === "prometheus-operated") -
    Number(b.metadata.name === "prometheus-operated")
  ).map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc`);
}

/** An address in numbers: right where it is a Service's of Prometheus, or a node's with its node port. */
async function wrongNumber(
  view: LabView,
  known: readonly Service[],
  address: URL,
  wrong: (field: Field, en: string, ko: string) => Mistake,
): Promise<Mistake | undefined> {
  const { hostname, port } = address;
  const nodes = (await view.list<Node>("nodes")).flatMap(({ status }) => status?.addresses ?? []);
  const isNode = nodes.some((one) => one.address === hostname);
  const isRight = known.some(({ spec }) =>
    (spec?.ports ?? []).some((one) =>
      isNode
        ? one.nodePort === Number(port)
        : spec?.clusterIP === hostname && one.port === Number(port || 80)
    )
  );
  if (isRight) return undefined;
  const [near] = namesOf(known);
  return /^127\.|^\[::1\]$/.test(hostname)
    ? wrong(
      "url",
      `prometheus.url names ${hostname}, which is the adapter's own pod; Prometheus is ${near}`,
      `prometheus.url의 ${hostname}은(는) adapter 파드 자신입니다. Prometheus는 ${near}입니다`,
    )
    : wrong(
      "url",
      `prometheus.url names ${address.host}, and no Service of Prometheus has this address; Prometheus is ${near}`,
      `prometheus.url의 ${address.host}은(는) Prometheus의 어느 Service의 주소도 아닙니다. Prometheus는 ${near}입니다`,
    );
}

/** Without an address of its own the file leaves the chart's. */
function notSet({ text }: ValuesFile, known: readonly Service[]): Mistake {
  const [near] = namesOf(known);
  const line = text.split("\n").findIndex((row) => /^\s*#\s*(prometheus|url):/.test(row)) + 1;
  const hidden = line > 0 ? [" (it is commented)", " (주석입니다)"] : ["", ""];
  return mistake(
    line || undefined,
    [
      `prometheus.url is not set${
        hidden[0]
      }, so the chart's own stands: ${DEFAULTS.url}, where there is no Service`,
      "the adapter asks Prometheus at this address for series; until that works it has nothing to list",
      `set prometheus.url to http://${near}: edit rules`,
    ],
    [
      `prometheus.url이 없어서${
        hidden[1]
      } 차트의 기본값 ${DEFAULTS.url}을 씁니다. 그런 Service는 없습니다`,
      "adapter는 이 주소의 Prometheus에 시계열을 물어봅니다. 그것이 되기 전에는 보여 줄 것이 없습니다",
      `prometheus.url을 http://${near}(으)로 하세요: edit rules`,
    ],
    "address",
  );
}

async function wrongHost(
  view: LabView,
  known: readonly Service[],
  name: string,
  namespace: string,
  wrong: (field: Field, en: string, ko: string) => Mistake,
): Promise<Mistake> {
  const other = await view.get("services", namespace, name);
  const names = namesOf(known);
  const near = nearestNames(`${name}.${namespace}.svc`, names, 1)[0] ?? names[0];
  return other
    ? wrong(
      "url",
      `prometheus.url names the Service ${name}, behind which there is no Prometheus; ${near} has it`,
      `prometheus.url의 Service ${name} 뒤에는 Prometheus가 없습니다. ${near}에 있습니다`,
    )
    : wrong(
      "url",
      `prometheus.url names ${name} in namespace ${namespace}; there is no such Service; Prometheus is ${near}`,
      `prometheus.url이 네임스페이스 ${namespace}의 ${name}인데 그런 Service는 없습니다. Prometheus는 ${near}입니다`,
    );
}

function wrongField({ text }: ValuesFile, field: Field, en: string, ko: string): Mistake {
  const root = parseYaml(text);
  const block = root?.kind === "map"
    ? root.entries.find(({ key }) => key.kind === "scalar" && key.text === "prometheus")
    : undefined;
  const entry = block?.value.kind === "map"
    ? block.value.entries.find(({ key }) => key.kind === "scalar" && key.text === field)
    : undefined;
  return mistake(
    (entry ?? block)?.key.line,
    [
      en,
      "the adapter asks Prometheus at this address for series; until that works it has nothing to list",
      `correct prometheus.${field}: edit rules`,
    ],
    [
      ko,
      "adapter는 이 주소의 Prometheus에 시계열을 물어봅니다. 그것이 되기 전에는 보여 줄 것이 없습니다",
      `prometheus.${field}을(를) 고치세요: edit rules`,
    ],
    "address",
  );
}
