/**
 * Helm charts as functions from values to manifests: metrics-server, kube-prometheus-stack,
 * prometheus-adapter and KEDA, with upstream's object names, labels, args, ports, probes and roles.
 * Installing them is `helm`'s business (`lib/commands/helm`); this room knows no cluster.
 *
 * @module
 */
import type { Chart } from "../seams.ts";
import { keda } from "./keda.ts";
import { kubePrometheusStack } from "./kube_prometheus_stack.ts";
import { metricsServer } from "./metrics_server.ts";
import { prometheusAdapter } from "./prometheus_adapter.ts";

export { ChartError } from "./_template.ts";
export { keda, kubePrometheusStack, metricsServer, prometheusAdapter };

/** Every chart that can be installed. */
export const charts: readonly Chart[] = [
  metricsServer,
  kubePrometheusStack,
  prometheusAdapter,
  keda,
];
