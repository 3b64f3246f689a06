import type { Manifest } from "../../kube/mod.ts";
import type { Chart, Release } from "../seams.ts";
import { kubeStateMetrics } from "./_kube_state_metrics.ts";
import { monitoringCrds } from "./_monitoring_crds.ts";
import { nodeExporter } from "./_node_exporter.ts";
import { OPERATOR_VERSION, STACK_NAME, STACK_VERSION, stackOf } from "./_stack.ts";
import { exporters } from "./_stack_exporters.ts";
import { operatorObjects } from "./_stack_operator.ts";
import { prometheusObjects } from "./_stack_prometheus.ts";
import { ruleObjects } from "./_stack_rules.ts";
import { type StackValues, stackValues } from "./_stack_values.ts";
import { ChartError, checkTables, extraObjects, manifests, refuse } from "./_template.ts";

/**
 * The kube-prometheus-stack chart with its subcharts crds, kube-state-metrics and
 * prometheus-node-exporter.
 * Source: prometheus-community/helm-charts charts/kube-prometheus-stack (88.5.3).
 * Differs: Grafana and Alertmanager must be disabled, as in the lab; of the 35 PrometheusRules five are rendered, those
 * that cost little (see `_stack_rules.ts`); the webhook certificate's Jobs are their outcome (see `_stack_operator.ts`).
 */
export const kubePrometheusStack: Chart = {
  repository: "https://prometheus-community.github.io/helm-charts",
  name: STACK_NAME,
  version: STACK_VERSION,
  appVersion: OPERATOR_VERSION,
  description:
    "kube-prometheus-stack collects Kubernetes manifests, Grafana dashboards, and Prometheus rules combined with documentation and scripts to provide easy to operate end-to-end Kubernetes cluster monitoring with Prometheus using the Prometheus Operator.",
  values: stackValues,
  crds: monitoringCrds,
  render: (values, release) => render(values as StackValues, release),
  notes: (values, release) => notes(values as StackValues, release),
};

function render(values: StackValues, release: Release): Manifest[] {
  checkTables(STACK_NAME, stackValues, values);
  for (const part of ["grafana", "alertmanager"] as const) {
    if (values[part].enabled) {
      throw new ChartError(
        `${STACK_NAME}: ${part} is not simulated here; set ${part}.enabled to false in the values`,
      );
    }
  }
  refuse(STACK_NAME, "prometheus.agentMode", values.prometheus.agentMode);
  const spec = values.prometheus.prometheusSpec as Record<string, unknown>;
  for (
    const field of [
      "additionalAlertManagerConfigs",
      "alertingEndpoints",
      "thanos",
    ]
  ) refuse(STACK_NAME, `prometheus.prometheusSpec.${field}`, spec[field]);
  refuse(STACK_NAME, "windowsMonitoring.enabled", values.windowsMonitoring.enabled);
  const webhooks = values.prometheusOperator.admissionWebhooks;
  refuse(
    STACK_NAME,
    "prometheusOperator.admissionWebhooks.certManager.enabled",
    webhooks.certManager.enabled,
  );
  refuse(
    STACK_NAME,
    "prometheusOperator.admissionWebhooks.deployment.enabled",
    webhooks.deployment.enabled,
  );
  const stack = stackOf(values, release);
  return manifests([
    ...(values.kubeStateMetrics.enabled ? kubeStateMetrics(values, release) : []),
    ...(values.nodeExporter.enabled ? nodeExporter(values, release) : []),
    ...exporters(stack),
    ...operatorObjects(stack),
    ...prometheusObjects(stack),
    ...ruleObjects(stack),
    ...extraObjects(STACK_NAME, values, "extraManifests"),
  ]);
}

/**
 * How to look at the stack.
 * Differs: upstream goes on to say how to reach Grafana even when it is not installed.
 */
function notes(values: StackValues, release: Release): string {
  const { namespace } = stackOf(values, release);
  return [
    `${STACK_NAME} has been installed. Check its status by running:`,
    `  kubectl --namespace ${namespace} get pods -l "release=${release.name}"`,
    "",
    "Visit https://github.com/prometheus-operator/kube-prometheus for instructions on how to create & configure Alertmanager and Prometheus instances using the Operator.",
    "",
  ].join("\n");
}
