import type { Cancel } from "../../base/mod.ts";
import { type HttpHandler, type HttpResponse, NetworkError } from "../seams.ts";
import { cadvisorMetrics, kubeletMetrics, probeMetrics, resourceMetrics } from "./node_metrics.ts";
import { summary } from "./node_summary.ts";
import type { KubeletWorld, NodeRuntime } from "./node.ts";
import type { PodWorker } from "./pod_worker.ts";

const PORT = 10_250;
const TEXT = "text/plain; version=0.0.4; charset=utf-8; escaping=values";

/**
 * The kubelet's own HTTPS endpoint, with a certificate of its own making, as kubeadm leaves it.
 * Source: kubernetes pkg/kubelet/server/server.go.
 */
export function serveNode(
  world: KubeletWorld,
  node: NodeRuntime,
  workers: () => Iterable<PodWorker>,
): Cancel {
  const pages: Record<string, () => HttpResponse> = {
    "/metrics": () => text(kubeletMetrics(world, node, workers())),
    "/metrics/cadvisor": () => text(cadvisorMetrics(world, node, workers())),
    "/metrics/resource": () => text(resourceMetrics(world, node, workers())),
    "/metrics/probes": () => text(probeMetrics(workers())),
    "/stats/summary": () => json(summary(world, node, workers())),
    "/healthz": () => ({ ...text("ok"), headers: { "content-type": "text/plain; charset=utf-8" } }),
    "/pods": () =>
      json({
        kind: "PodList",
        apiVersion: "v1",
        metadata: {},
        items: [...workers()].map((worker) => worker.pod),
      }),
  };
  const scope = world.clock.scope(`kubelet server ${node.name}`);
  const handler: HttpHandler = ({ path, headers }) => {
    if (!headers?.authorization) return { status: 401, headers: {}, body: "Unauthorized" };
    const page = pages[path.replace(/\/$/, "")];
    if (!page) return { status: 404, headers: {}, body: "404 page not found\n" };
    return scope.run(page, () => {
      throw new NetworkError("EOF");
    }, path);
  };
  const unlisten = world.network.listen(node.ip, PORT, handler, {
    tls: true,
    certificateError: `x509: cannot validate certificate for ${node.ip} because it doesn't ` +
      "contain any IP SANs",
  });
  return () => {
    unlisten();
    scope.close();
  };
}

function text(body: string): HttpResponse {
  return { status: 200, headers: { "content-type": TEXT }, body };
}

function json(value: unknown): HttpResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
