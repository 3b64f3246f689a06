import { rfc3339 } from "../../go/mod.ts";
import type { Cancel, Clock, ClockScope } from "../../base/mod.ts";
import {
  ApiError,
  conditionOf,
  isConditionTrue,
  type KubeObject,
  type Loose,
  type models,
  rootPath,
} from "../../kube/mod.ts";
import { type HttpResponse, type Network, NetworkError, type SimApi } from "../seams.ts";
import type { ApiResource } from "./_data.ts";
import type { RemoteVersion } from "./discovery.ts";

/** A request that is another server's to answer; the path carries its query. */
export interface ProxiedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** The state of an APIService, as its Available condition carries it. */
interface Availability {
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
}

const API_SERVICES = "apiservices.apiregistration.k8s.io";
const RESYNC_MS = 30_000;
const FIRST_RETRY_MS = 5;
/** What the API server asks on behalf of whoever asked it. */
const IDENTITY = { "x-remote-user": "kubernetes-admin", "x-remote-group": "system:masters" };
/** Go's own client, which the checks leave as it is. */
const CHECKER = "Go-http-client/2.0";
/** Where requests of the API server come from. */
export const CONTROL_PLANE_IP = "172.18.0.2";

/**
 * The APIs that other servers answer for: keeps the Available condition of every APIService, and hands
 * requests over to the Service behind it, from the control plane's node.
 *
 * A check runs when the APIService, its Service or the endpoints change, every 30 s, and after a failure
 * again in 5 ms, 10 ms and so on up to 30 s.
 * Source: kubernetes/kube-aggregator pkg/controllers/status/remote/remote_available_controller.go,
 * pkg/apiserver/handler_proxy.go.
 */
export class Aggregator {
  readonly #api: SimApi;
  readonly #network: Network;
  readonly #clock: ClockScope;
  readonly #queued = new Set<string>();
  readonly #retries = new Map<string, { delayMs: number; cancel: Cancel }>();
  /** What the last good check found, by APIService; undone by a failed one. */
  readonly #discovered = new Map<string, { body: string; resources: ApiResource[] }>();

  constructor({ api, network, clock }: { api: SimApi; network: Network; clock: Clock }) {
    this.#api = api;
    this.#network = network;
    this.#clock = clock.scope("aggregator");
    let resuming = true;
    api.watch(API_SERVICES, ({ type, object, previous }) => {
      const { name } = object.metadata;
      if (type === "DELETED") return this.#forget(name);
      // What was found out before a restart holds until something changes: the servers are only starting.
      const settled = resuming && conditionOf(object, "Available");
      const statusAlone = previous && JSON.stringify(previous.spec) === JSON.stringify(object.spec);
      if (!settled && !statusAlone) this.#enqueue(name);
    });
    api.watch("services", ({ object }) => {
      if (!resuming) this.#enqueueBehind(object.metadata.namespace, object.metadata.name);
    });
    api.watch("endpointslices.discovery.k8s.io", ({ object }) => {
      const name = object.metadata.labels?.["kubernetes.io/service-name"];
      if (!resuming && name) this.#enqueueBehind(object.metadata.namespace, name);
    });
    resuming = false;
    this.#clock.every(RESYNC_MS, () => {
      for (const { metadata } of this.#remoteServices()) this.#enqueue(metadata.name);
    }, { originMs: 0 });
  }

  /** Whether another server answers for a group and version. */
  serves(group: string, version: string): boolean {
    return this.#serviceFor(group, version) !== undefined;
  }

  /** Every group and version that other servers answer for. */
  remoteVersions(): RemoteVersion[] {
    return this.#remoteServices().map((service) => {
      const { group, version } = service.spec;
      return { group, version, resources: this.#resourcesOf(service) };
    });
  }

  /** Hands a request over; an unavailable server is answered for with 503 and plain text. */
  proxy({ method, path, headers, body }: ProxiedRequest): HttpResponse {
    const [, , group, version] = path.split(/[/?]/);
    const apiService = this.#serviceFor(group, version);
    if (!apiService || !isConditionTrue(apiService, "Available")) {
      return plain(503, "service unavailable");
    }
    let address: string;
    try {
      address = this.#addressOf(apiService);
    } catch (error) {
      if (error instanceof RangeError) return plain(503, "service unavailable");
      throw error;
    }
    try {
      return this.#request(apiService, {
        method,
        url: `${address}${path}`,
        headers: { ...forwarded(headers), ...IDENTITY },
        ...(body ? { body } : {}),
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return plain(503, `error trying to reach service: ${error.message}`);
    }
  }

  #serviceFor(group: string, version: string): KubeObject | undefined {
    const found = this.#api.get(API_SERVICES, "", `${version}.${group}`);
    return found?.spec?.service ? found : undefined;
  }

  #remoteServices(): KubeObject[] {
    return this.#api.list(API_SERVICES).filter(({ spec }) => spec?.service);
  }

  #enqueueBehind(namespace: string | undefined, name: string): void {
    for (const { metadata, spec } of this.#remoteServices()) {
      if (spec.service.namespace === namespace && spec.service.name === name) {
        this.#enqueue(metadata.name);
      }
    }
  }

  #enqueue(name: string): void {
    if (this.#queued.has(name)) return;
    this.#queued.add(name);
    this.#clock.post(() => {
      this.#queued.delete(name);
      const apiService = this.#api.get(API_SERVICES, "", name);
      if (!apiService) return;
      this.#clock.run(() => this.#check(apiService), () => this.#retryLater(name), name);
    });
  }

  #check(apiService: KubeObject): void {
    const { name } = apiService.metadata;
    const found = apiService.spec.service ? this.#availability(apiService) : LOCAL;
    this.#record(apiService, found);
    if (found.reason === "FailedDiscoveryCheck") this.#retryLater(name);
    else this.#stopRetrying(name);
    if (found.status !== "True") this.#discovered.delete(name);
  }

  #availability(apiService: KubeObject): Availability {
    const { namespace = "", name = "", port }: models.APIServiceReference = apiService.spec.service;
    const missing = (reason: string, message: string): Availability => ({
      status: "False",
      reason,
      message,
    });
    const service = this.#api.get("services", namespace, name);
    if (!service) {
      return missing("ServiceNotFound", `service/${name} in "${namespace}" is not present`);
    }
    if (service.spec.type === "ClusterIP") {
      const found = portsOf(service).find((entry) => entry.port === port);
      if (!found) {
        const message = `service/${name} in "${namespace}" is not listening on port ${port}`;
        return missing("ServicePortError", message);
      }
      const slices = this.#api.list("endpointslices.discovery.k8s.io", {
        namespace,
        labelSelector: `kubernetes.io/service-name=${name}`,
      });
      if (slices.length === 0) {
        const message = `cannot find endpointslices for service/${name} in "${namespace}"`;
        return missing("EndpointsNotFound", message);
      }
      const portName = found.name ?? "";
      if (!slices.some((slice) => hasReadyPort(slice, portName))) {
        return missing(
          "MissingEndpoints",
          `endpointslices for service/${name} in "${namespace}" have no addresses with port name "${portName}"`,
        );
      }
    }
    const failure = this.#discover(apiService);
    return failure === undefined ? PASSED : missing("FailedDiscoveryCheck", failure);
  }

  /** Asks the server for its discovery document, five times at once as upstream does; gives why all of them failed. */
  #discover(apiService: KubeObject): string | undefined {
    const { group, version } = apiService.spec;
    let url: string;
    try {
      url = `${this.#addressOf(apiService)}${rootPath(`${group}/${version}`)}`;
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
    let why = "";
    let isGood = false;
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        const { status, body } = this.#request(apiService, {
          method: "GET",
          url,
          headers: { "user-agent": CHECKER, ...IDENTITY },
        });
        if (status >= 200 && status < 300) {
          const { name } = apiService.metadata;
          if (this.#discovered.get(name)?.body !== body) {
            this.#discovered.set(name, { body, resources: resourcesIn(body) });
          }
          isGood = true;
          continue;
        }
        why = `bad status from ${url}: ${status}`;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        // The check gives up long before the dial does.
        const text = error.message.endsWith("i/o timeout")
          ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
          : error.message;
        why = `Get "${url}": ${text}`;
      }
    }
    return isGood ? undefined : `failing or missing response from ${url}: ${why}`;
  }

  /** Where a Service is reached. Errors: RangeError with upstream's words when nowhere. */
  #addressOf(apiService: KubeObject): string {
    const { namespace = "", name = "", port }: models.APIServiceReference = apiService.spec.service;
    const service = this.#api.get("services", namespace, name);
    if (!service) throw new RangeError(`service "${name}" not found`);
    const { type, clusterIP, externalName, ports = [] }: models.ServiceSpec = service.spec;
    if (type === "ExternalName") return `https://${externalName}:${port}`;
    if (clusterIP === "None") throw new RangeError(`cannot route to service with ClusterIP "None"`);
    if (!ports.some((entry) => entry.port === port)) {
      throw new RangeError(`no service port ${port} found for service "${name}"`);
    }
    return `https://${clusterIP}:${port}`;
  }

  #request(
    apiService: KubeObject,
    request: { method: string; url: string; headers: Record<string, string>; body?: string },
  ): HttpResponse {
    const { insecureSkipTLSVerify, caBundle } = apiService.spec;
    return this.#network.request({ ip: CONTROL_PLANE_IP }, {
      ...request,
      insecureSkipVerify: insecureSkipTLSVerify === true || Boolean(caBundle),
    });
  }

  #record(apiService: KubeObject, { status, reason, message }: Availability): void {
    const before = conditionOf(apiService, "Available");
    const same = before?.status === status && before.reason === reason &&
      before.message === message;
    if (same) return;
    const now = rfc3339(this.#clock.now());
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    const { conditions = [] }: models.APIServiceStatus = apiService.status ?? {};
    const others = conditions.filter(({ type }) => type !== "Available");
    const next = structuredClone(apiService);
    next.status = {
      ...next.status,
      conditions: [...others, { type: "Available", status, lastTransitionTime, reason, message }],
    };
    try {
      this.#api.updateStatus(API_SERVICES, next);
    } catch (error) {
      // Somebody changed it meanwhile: that change brings it here again.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #retryLater(name: string): void {
    const before = this.#retries.get(name);
    before?.cancel();
    const delayMs = before ? Math.min(before.delayMs * 2, RESYNC_MS) : FIRST_RETRY_MS;
    const cancel = this.#clock.after(delayMs, () => this.#enqueue(name));
    this.#retries.set(name, { delayMs, cancel });
  }

  #stopRetrying(name: string): void {
    this.#retries.get(name)?.cancel();
    this.#retries.delete(name);
  }

  #forget(name: string): void {
    this.#stopRetrying(name);
    this.#discovered.delete(name);
  }

  #resourcesOf(apiService: KubeObject): ApiResource[] | undefined {
    const { name } = apiService.metadata;
    if (!isConditionTrue(apiService, "Available")) return undefined;
    // A resumed process has not asked yet.
    if (!this.#discovered.has(name)) this.#discover(apiService);
    return this.#discovered.get(name)?.resources;
  }
}

const PASSED: Availability = { status: "True", reason: "Passed", message: "all checks passed" };
const LOCAL: Availability = {
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

function portsOf({ spec }: KubeObject<models.ServiceSpec>): models.ServicePort[] {
  return spec?.ports ?? [];
}

function hasReadyPort(slice: KubeObject, portName: string): boolean {
  const { ports, endpoints } = slice as Loose<models.EndpointSlice>;
  return (ports ?? []).some(({ name = "" }) => name === portName) &&
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false);
}

function resourcesIn(body: string): ApiResource[] {
  try {
    const { resources } = JSON.parse(body);
    return Array.isArray(resources) ? resources : [];
  } catch {
    return [];
  }
}

/** The headers that a proxy hands on. */
export function forwarded(headers: Record<string, string>): Record<string, string> {
  const own = new Set(["authorization", "connection", "host", "content-length", "accept-encoding"]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
}

/** As Go's `http.Error` writes it. */
function plain(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
    body: `${text}\n`,
  };
}
