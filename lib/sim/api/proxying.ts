import { quote } from "../../go/mod.ts";
import { ApiError, type KubeObject, type Loose, type models } from "../../kube/mod.ts";
import { type HttpResponse, NetworkError } from "../seams.ts";
import { CONTROL_PLANE_IP, forwarded } from "./aggregator.ts";
import { type ApiRequest, decodePart } from "./requests.ts";
import type { ResourceServer } from "./resource_server.ts";
import type { ApiResponse } from "./responses.ts";

/** A way through the API server: to what, and the path there as it was written. */
interface Passage {
  resource: string;
  namespace: string;
  /** A name, and perhaps a scheme before and a port after it. */
  id: string;
  /** Empty, or from its first slash on. */
  path: string;
}

/** What an id names. */
interface Named {
  scheme: string;
  name: string;
  port: string;
}

const PASSAGE =
  /^\/api\/v1\/(?:namespaces\/([^/]+)\/(pods|services)|(nodes))\/([^/]+)\/proxy(\/.*)?$/;
const KUBELET_PORT = "10250";

/** Where a request to `proxy` below a node, pod or Service goes, when it is one. */
export function passageOf({ path }: ApiRequest): Passage | undefined {
  const found = PASSAGE.exec(path);
  if (!found) return undefined;
  const [, namespace = "", below, node, id, rest = ""] = found;
  const resource = below ?? node;
  return { resource, namespace: decodePart(namespace), id: decodePart(id), path: rest };
}

/**
 * Hands requests on to nodes, pods and Services from the control plane's node, whose certificates are not
 * looked at.
 *
 * Differs: HTML and redirects are passed on as they are, where upstream leads their links back through
 * itself; a WebSocket is not passed on.
 * Source: kubernetes pkg/registry/core/{node,pod}/strategy.go (ResourceLocation),
 * pkg/registry/core/service/storage/storage.go, apimachinery pkg/util/proxy/{upgradeaware,transport}.go.
 */
export function passOn(server: ResourceServer, request: ApiRequest, to: Passage): ApiResponse {
  const { method, headers, body } = request;
  const search = request.query.size === 0 ? "" : `?${request.query}`;
  const address = addressOf(server, to);
  if (to.path === "" && (method === "GET" || method === "HEAD")) {
    return { status: 301, headers: { location: `${request.path}/${search}` }, body: "" };
  }
  if (!server.network) throw ApiError.unavailable("error trying to reach service: no network");
  let answer: HttpResponse;
  try {
    answer = server.network.request({ ip: CONTROL_PLANE_IP }, {
      method,
      url: `${address}${to.path}${search}`,
      headers: {
        ...forwarded(headers),
        "x-forwarded-uri": request.path,
        // It shows the kubelet a client certificate, of which the network knows nothing.
        ...(isKubelet(to) ? { authorization: "Bearer kube-apiserver-kubelet-client" } : {}),
      },
      insecureSkipVerify: true,
      ...(body ? { body } : {}),
    });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw ApiError.unavailable(`error trying to reach service: ${error.message}`);
  }
  return { status: answer.status, headers: answer.headers, body: answer.body };
}

/** Scheme, host and port. Errors: ApiError when there is no such place. */
function addressOf(server: ResourceServer, to: Passage): string {
  const named = namedBy(to);
  const find = (resource: string) =>
    server.get(server.registry.byPath("v1", resource)!, to.namespace, named.name);
  if (to.resource === "nodes") return nodeAddress(find("nodes"), named, isKubelet(to));
  if (to.resource === "pods") return podAddress(find("pods"), named);
  return serviceAddress(server, to.namespace, named, () => find("services"));
}

/** Source: apimachinery pkg/util/net/port_split.go (SplitSchemeNamePort). */
function namedBy({ resource, id }: Passage): Named {
  const parts = id.split(":");
  const [scheme, name, port = ""] = parts.length === 3 ? parts : ["", ...parts];
  if (parts.length > 3 || !name || !["", "http", "https"].includes(scheme)) {
    throw ApiError.badRequest(`invalid ${resource.slice(0, -1)} request ${quote(id)}`);
  }
  return { scheme, name, port };
}

function isKubelet(to: Passage): boolean {
  if (to.resource !== "nodes") return false;
  const { port } = namedBy(to);
  return port === "" || port === KUBELET_PORT;
}

function nodeAddress(node: KubeObject, { scheme, port }: Named, toKubelet: boolean): string {
  const addresses: models.NodeAddress[] = node.status?.addresses ?? [];
  const found = addresses.find(({ type }) => type === "InternalIP");
  if (!found) {
    const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(" ");
    const message = `no preferred addresses found; known addresses: [${known}]`;
    throw new ApiError(500, "", message);
  }
  if (toKubelet) return `https://${found.address}:${KUBELET_PORT}`;
  return `${scheme || "http"}://${found.address}:${port}`;
}

function podAddress({ spec, status }: KubeObject, { scheme, port }: Named): string {
  const ip = status?.podIPs?.[0]?.ip ?? status?.podIP;
  if (!ip) throw ApiError.badRequest("address not allowed");
  const { containers }: models.PodSpec = spec;
  const first = containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0];
  const to = port || first?.containerPort;
  return `${scheme || "http"}://${ip}${to ? `:${to}` : ""}`;
}

function servicePorts({ spec }: KubeObject<models.ServiceSpec>): models.ServicePort[] {
  return spec?.ports ?? [];
}

function serviceAddress(
  server: ResourceServer,
  namespace: string,
  { scheme, name, port }: Named,
  find: () => KubeObject,
): string {
  let portName = port;
  if (/^[+-]?\d+$/.test(port)) {
    const found = servicePorts(find()).find((entry) => entry.port === Number(port));
    if (!found) {
      throw ApiError.unavailable(
        `no service port ${Number(port)} found for service ${quote(name)}`,
      );
    }
    portName = found.name ?? "";
  }
  const slices = server.store.list("endpointslices.discovery.k8s.io", namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  if (slices.length === 0) throw ApiError.notFound("endpoints", name);
  for (const { ports, endpoints } of slices as Loose<models.EndpointSlice>[]) {
    const found = (ports ?? []).find((entry) => (entry.name ?? "") === portName);
    const ready = (endpoints ?? []).find(({ conditions }) => conditions?.ready !== false);
    if (found && ready) return `${scheme || "http"}://${ready.addresses?.[0]}:${found.port}`;
  }
  throw ApiError.unavailable(`no endpoints available for service ${quote(name)}`);
}
