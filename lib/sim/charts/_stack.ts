import { own } from "../../go/mod.ts";
import type { Manifest, ObjectMeta } from "../../kube/mod.ts";
import type { Release } from "../seams.ts";
import type { StackValues } from "./_stack_values.ts";
import {
  chartName,
  fullname,
  given,
  optional,
  truncName,
  type WorkloadPlace,
} from "./_template.ts";

export const STACK_NAME = "kube-prometheus-stack";
export const STACK_VERSION = "88.5.3";
export const OPERATOR_VERSION = "v0.93.1";

/** The chart's values and the names its helper templates give. */
export interface Stack {
  values: StackValues;
  release: Release;
  namespace: string;
  /** `kube-prometheus-stack`: the prefix of every `app` label. */
  name: string;
  /** At most 26 characters, since longer names are made of it. */
  full: string;
  operator: string;
  /** The Prometheus object's name. */
  prometheus: string;
  labels: Record<string, string>;
  operatorLabels: Record<string, string>;
  /** Metadata of an object with `app: <name>-<app>`. */
  metadata(suffix: string, app: string, more?: Partial<ObjectMeta>): ObjectMeta;
}

/** Source: charts/kube-prometheus-stack/templates/_helpers.tpl. */
export function stackOf(values: StackValues, release: Release): Stack {
  const name = chartName(STACK_NAME, values, 50);
  const full = fullname(STACK_NAME, values, release, 26);
  const namespace = given(values.namespaceOverride) ?? release.namespace;
  const override = values.prometheusOperator.fullnameOverride;
  const labels = {
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/instance": release.name,
    "app.kubernetes.io/version": STACK_VERSION,
    "app.kubernetes.io/part-of": name,
    chart: `${STACK_NAME}-${STACK_VERSION}`,
    release: release.name,
    heritage: "Helm",
    ...values.commonLabels,
  };
  return {
    values,
    release,
    namespace,
    name,
    full,
    operator: override ? truncName(override, 35) : `${full}-operator`,
    prometheus: values.cleanPrometheusOperatorObjectNames ? full : `${full}-prometheus`,
    labels,
    operatorLabels: {
      ...labels,
      app: `${name}-operator`,
      "app.kubernetes.io/name": `${name}-prometheus-operator`,
      "app.kubernetes.io/component": "prometheus-operator",
    },
    metadata: (suffix, app, more = {}) => ({
      name: `${full}-${suffix}`,
      namespace,
      ...more,
      labels: { app: `${name}-${app}`, ...labels, ...more.labels },
    }),
  };
}

/** A ServiceMonitor; its settings that are empty are left out. */
export function serviceMonitor(metadata: ObjectMeta, spec: Record<string, unknown>): Manifest {
  return { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor", metadata, spec };
}

/** The ServiceMonitor of an exporter's own chart, with what `more` says of its endpoints. */
export function exporterMonitor(
  at: Pick<WorkloadPlace, "name" | "namespace" | "labels" | "selector">,
  settings: { additionalLabels?: Record<string, string>; jobLabel?: unknown },
  more: Record<string, unknown>,
): Manifest {
  const { name, namespace, labels, selector } = at;
  return serviceMonitor(
    { name, namespace, labels: { ...labels, ...settings.additionalLabels } },
    {
      jobLabel: given(settings.jobLabel) ?? "app.kubernetes.io/name",
      ...scrapeLimits(settings),
      selector: { matchLabels: selector },
      ...more,
    },
  );
}

interface Relabelings {
  metricRelabelings?: unknown;
  relabelings?: unknown;
}

/** An endpoint's relabelings, where the values have any. */
export function relabelings(settings: Relabelings): Record<string, unknown> {
  return {
    ...optional("metricRelabelings", settings.metricRelabelings),
    ...optional("relabelings", settings.relabelings),
  };
}

/** Limits on a scrape that a ServiceMonitor may carry. */
export function scrapeLimits(settings: object): Record<string, unknown> {
  const names = [
    "sampleLimit",
    "targetLimit",
    "labelLimit",
    "labelNameLengthLimit",
    "labelValueLengthLimit",
  ];
  return Object.assign({}, ...names.map((name) => optional(name, own(settings, name))));
}

/** An image's name with its registry and, when there is one, its digest. */
export function imageName(
  global: { imageRegistry?: string },
  image: { registry?: string; repository: string; tag?: string; sha?: string },
  tag: string,
): string {
  const registry = given(global.imageRegistry) ?? given(image.registry);
  const name = `${registry ? `${registry}/` : ""}${image.repository}:${given(image.tag) ?? tag}`;
  return image.sha ? `${name}@sha256:${image.sha}` : name;
}

interface ExporterValues {
  fullnameOverride?: string;
  nameOverride?: string;
  namespaceOverride?: string;
  releaseLabel?: boolean;
  serviceAccount: { create: boolean; name?: string | null };
}

/** What the exporters' subcharts name their objects by. Source: prometheus-community/helm-charts, their _helpers.tpl. */
export function exporterNames(
  chart: { name: string; version: string; appVersion: string },
  { values, release, labels }: {
    values: ExporterValues;
    release: Release;
    labels: Record<string, string>;
  },
) {
  const name = fullname(chart.name, values, release);
  const namespace: string = given(values.namespaceOverride) ?? release.namespace;
  const selector = {
    "app.kubernetes.io/name": chartName(chart.name, values),
    "app.kubernetes.io/instance": release.name,
  };
  const { serviceAccount } = values;
  return {
    name,
    namespace,
    selector,
    labels: {
      "helm.sh/chart": `${chart.name}-${chart.version}`,
      "app.kubernetes.io/managed-by": "Helm",
      "app.kubernetes.io/component": "metrics",
      "app.kubernetes.io/part-of": chartName(chart.name, values),
      ...selector,
      "app.kubernetes.io/version": chart.appVersion,
      ...labels,
      ...(values.releaseLabel ? { release: release.name } : {}),
    },
    account: {
      name: given(serviceAccount.name) ?? (serviceAccount.create ? name : "default"),
      namespace,
    },
  };
}
