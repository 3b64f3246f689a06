/**
 * What runs in the simulated containers: a program for each image of the lab, found by the image's
 * name.
 *
 * @module
 */
import type { Program } from "../seams.ts";
import { configReloader } from "./config_reloader.ts";
import { imagePrograms } from "./images.ts";
import { kedaAdmissionWebhooks } from "./keda_admission_webhooks.ts";
import { kedaMetricsApiserver } from "./keda_metrics_apiserver.ts";
import { kedaOperator } from "./keda_operator.ts";
import { kubeStateMetrics } from "./kube_state_metrics.ts";
import { localPathProvisioner } from "./local_path_provisioner.ts";
import { kubeWebhookCertgen } from "./kube_webhook_certgen.ts";
import { metricsServer } from "./metrics_server.ts";
import { nginxExporter } from "./nginx_exporter.ts";
import { prometheusAdapter } from "./prometheus_adapter.ts";
import { prometheusOperator } from "./prometheus_operator/mod.ts";
import { systemPrograms } from "./system.ts";

/** Every program that comes with the embedded cluster. */
export const programs: readonly Program[] = [
  ...systemPrograms,
  localPathProvisioner,
  ...imagePrograms,
  metricsServer,
  nginxExporter,
  prometheusOperator,
  configReloader,
  kubeStateMetrics,
  kubeWebhookCertgen,
  prometheusAdapter,
  kedaOperator,
  kedaMetricsApiserver,
  kedaAdmissionWebhooks,
];
