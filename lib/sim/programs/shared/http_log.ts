import { fnv32a, SeededRandom } from "../../../base/mod.ts";
import { formatGoDuration } from "../../../go/mod.ts";
import type { ContainerContext, HttpRequest } from "../../seams.ts";
import type { Klog } from "./klog.ts";

/** A request as a server has it. */
export type ServedRequest = HttpRequest & {
  path: string;
  query: URLSearchParams;
  remoteAddress?: string;
};

/** The verbosity at which a server tells of every request; Source: withLoggingLevel. */
const LEVEL = 3;
/** Where a client's ports come from; Source: Linux ip_local_port_range. */
const FIRST_PORT = 32_768;
const PORTS = 28_232;
/** Clients that open a connection for each request. */
const CLOSING = /^(kube-probe|curl|Wget)\//;
/** What an answer takes, in milliseconds: about this, and up to three times as much. */
const LATENCIES: readonly [path: RegExp, ms: number][] = [
  [/^\/(healthz|livez|readyz)/, 0.12],
  [/^\/apis\/[^/]+\/[^/]+\/./, 2.4],
  [/^/, 0.35],
];

/**
 * The line that a server of k8s.io/apiserver writes for each request. What differs from one to the next (latency,
 * port, audit ID) follows from the seed and the instant, and takes no chance of the cluster's.
 * Source: kubernetes/apiserver pkg/server/httplog/httplog.go.
 */
export class HttpLog {
  #count = 0;

  constructor(private readonly context: ContainerContext, private readonly klog: Klog) {}

  add(request: ServedRequest, status: number): void {
    if (this.klog.verbosity < LEVEL) return;
    const { headers = {}, remoteAddress = "127.0.0.1", path } = request;
    const agent = headers["user-agent"] ?? "";
    const { uid } = this.context.pod;
    const random = new SeededRandom(fnv32a(`${uid}/${this.context.now()}/${this.#count++}`));
    const [, ms] = LATENCIES.find(([pattern]) => pattern.test(path))!;
    const latencyNs = Math.round(ms * 1e6 * (1 + 2 * random.next() ** 2));
    const port = CLOSING.test(agent)
      ? random.int(PORTS)
      : fnv32a(`${uid}/${remoteAddress}/${agent}`) % PORTS;
    const search = request.query.size > 0 ? `?${request.query}` : "";
    this.klog.infoS(LEVEL, "httplog.go:132", "HTTP", {
      verb: verbOf(request),
      URI: path + search,
      latency: formatGoDuration(latencyNs / 1e6),
      userAgent: agent,
      "audit-ID": random.uuid(),
      srcIP: `${remoteAddress}:${FIRST_PORT + port}`,
      resp: status,
    });
  }
}

/** A GET of a resource that names no object is a LIST. Source: pkg/endpoints/metrics/metrics.go (NormalizedVerb). */
function verbOf({ method = "GET", path }: ServedRequest): string {
  if (method !== "GET" || !path.startsWith("/apis/")) return method;
  const rest = path.split("/").slice(4);
  const tail = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  return tail.length === 1 ? "LIST" : "GET";
}
