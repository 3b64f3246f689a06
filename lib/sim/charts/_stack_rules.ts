import type { Manifest } from "../../kube/mod.ts";
import type { Stack } from "./_stack.ts";
import { given, optional, truncName, truthy } from "./_template.ts";

interface Group {
  /** The value under `defaultRules.rules` that turns it off. */
  value: string;
  /** The part of the PrometheusRule's name. */
  part: string;
  group: string;
  rules: Record<string, unknown>[];
}

/**
 * A subset of the rules that come with the chart: those that cost little to evaluate and say something
 * on a cluster of two nodes. The others' objects are left out with them.
 * Source: charts/kube-prometheus-stack/templates/prometheus/rules-1.14.
 */
export function ruleObjects(stack: Stack): Manifest[] {
  const { defaultRules, additionalPrometheusRulesMap } = stack.values;
  const groups = defaultRules.create
    ? defaultGroups(stack).filter(({ value }) => defaultRules.rules[value] !== false)
    : [];
  const object = (
    part: string,
    labels: Record<string, string> | undefined,
    spec: unknown,
  ): Manifest => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: {
      name: truncName(`${stack.full}-${part}`),
      namespace: stack.namespace,
      labels: { app: stack.name, ...stack.labels, ...labels },
      ...optional("annotations", defaultRules.annotations),
    },
    spec,
  });
  const disabled = (rule: Record<string, unknown>) =>
    typeof rule.alert === "string" && truthy(defaultRules.disabled?.[rule.alert]);
  return [
    ...groups.map(({ part, group, rules }) =>
      object(part, defaultRules.labels, {
        groups: [{ name: group, rules: rules.filter((rule) => !disabled(rule)) }],
      })
    ),
    ...Object.entries(given(additionalPrometheusRulesMap) ?? {}).map((
      [name, rule],
    ) => object(name, rule.additionalLabels, { groups: rule.groups })),
  ];
}

function defaultGroups(stack: Stack): Group[] {
  const { defaultRules, kubelet } = stack.values;
  const kubeletJob = given(kubelet.jobNameOverride) ?? "kubelet";
  const cadvisor = `job="${kubeletJob}", metrics_path="/metrics/cadvisor", image!=""`;
  const onNode = `* on (cluster, namespace, pod) group_left(node) ` +
    `topk by (cluster, namespace, pod) (1, max by (cluster, namespace, pod, node) (kube_pod_info{node!=""}))`;
  const busy = `node_cpu_seconds_total{mode!="idle",mode!="iowait",mode!="steal"}`;
  const jobs = "cluster, job, namespace, service";
  return [
    {
      value: "general",
      part: "general.rules",
      group: "general.rules",
      rules: [
        {
          alert: "TargetDown",
          annotations: {
            description:
              '{{ printf "%.4g" $value }}% of the {{ $labels.job }}/{{ $labels.service }} targets in {{ $labels.namespace }} namespace are down.',
            runbook_url: `${defaultRules.runbookUrl}/general/targetdown`,
            summary: "One or more targets are unreachable.",
          },
          expr: `100 * (count(up == 0) BY (${jobs}) / count(up) BY (${jobs})) > 10`,
          for: "10m",
          labels: { severity: "warning" },
        },
        {
          alert: "Watchdog",
          annotations: {
            runbook_url: `${defaultRules.runbookUrl}/general/watchdog`,
            summary:
              "An alert that should always be firing to certify that Alertmanager is working properly.",
          },
          expr: "vector(1)",
          labels: { severity: "none" },
        },
      ],
    },
    {
      value: "k8sContainerCpuUsageSecondsTotal",
      part: "k8s.rules.container-cpu-usage-seconds-total",
      group: "k8s.rules.container_cpu_usage_seconds_total",
      rules: [{
        expr:
          `sum by (cluster, namespace, pod, container) (rate(container_cpu_usage_seconds_total{${cadvisor}}[5m])) ${onNode}`,
        record: "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m",
      }],
    },
    {
      value: "k8sContainerMemoryWorkingSetBytes",
      part: "k8s.rules.container-memory-working-set-bytes",
      group: "k8s.rules.container_memory_working_set_bytes",
      rules: [{
        expr: `container_memory_working_set_bytes{${cadvisor}} ${onNode}`,
        record: "node_namespace_pod_container:container_memory_working_set_bytes",
      }],
    },
    {
      value: "kubePrometheusGeneral",
      part: "kube-prometheus-general.rules",
      group: "kube-prometheus-general.rules",
      rules: [
        { expr: "count without(instance, pod, node) (up == 1)", record: "count:up1" },
        { expr: "count without(instance, pod, node) (up == 0)", record: "count:up0" },
      ],
    },
    {
      value: "kubePrometheusNodeRecording",
      part: "kube-prometheus-node-recording.rules",
      group: "kube-prometheus-node-recording.rules",
      rules: [
        { expr: `sum(rate(${busy}[3m])) BY (instance)`, record: "instance:node_cpu:rate:sum" },
        { expr: `sum(rate(${busy}[5m]))`, record: "cluster:node_cpu:sum_rate5m" },
      ],
    },
  ];
}
