import type { SimulatedImage } from "../seams.ts";
import { app, demoApps } from "./app/mod.ts";
import { configReloader } from "./config_reloader/mod.ts";
import { kedaAdmissionWebhooks } from "./keda_admission_webhooks/mod.ts";
import { kedaMetricsApiserver } from "./keda_metrics_apiserver/mod.ts";
import { kedaOperator } from "./keda_operator/mod.ts";
import { kubeStateMetrics } from "./kube_state_metrics/mod.ts";
import { kubeWebhookCertgen } from "./kube_webhook_certgen/mod.ts";
import { localPathProvisioner } from "./local_path_provisioner/mod.ts";
import { metricsServer } from "./metrics_server/mod.ts";
import { nginx, nginxUnprivileged } from "./nginx/mod.ts";
import { nginxExporter } from "./nginx_exporter/mod.ts";
import { nodeExporter } from "./node_exporter/mod.ts";
import { phpApache } from "./php_apache/mod.ts";
import { prometheus } from "./prometheus/mod.ts";
import { prometheusAdapter } from "./prometheus_adapter/mod.ts";
import { prometheusOperator } from "./prometheus_operator/mod.ts";
import { rabbitmq } from "./rabbitmq/mod.ts";
import { redis } from "./redis/mod.ts";
import { shells } from "./shells/mod.ts";
import { systemPrograms } from "./system/mod.ts";

/** The images that come with the embedded cluster, by what they are for. */
const IMAGES = {
  yours: [app],
  toDeploy: [nginx, nginxUnprivileged, nginxExporter, phpApache],
  demos: demoApps,
  queues: [redis, rabbitmq],
  shells,
  metrics: [
    metricsServer,
    prometheus,
    prometheusOperator,
    configReloader,
    prometheusAdapter,
    nodeExporter,
    kubeStateMetrics,
  ],
  keda: [kedaOperator, kedaMetricsApiserver, kedaAdmissionWebhooks],
  cluster: [...systemPrograms, localPathProvisioner, kubeWebhookCertgen],
} satisfies Record<string, readonly SimulatedImage[]>;

/** What an image is for. */
export type ImageUse = keyof typeof IMAGES;

/**
 * Every image that comes with the embedded cluster: each entry names the image, its program, and the userland around
 * it. What a lesson or a user brings is an entry like these, and comes before them.
 */
export const registry: readonly SimulatedImage[] = Object.values(IMAGES).flat();

/** The same by what they are for, as whoever lists them tells them. */
export const imagesByUse = Object.entries(IMAGES) as [ImageUse, readonly SimulatedImage[]][];
