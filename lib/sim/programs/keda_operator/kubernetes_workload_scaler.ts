import { isTriggerActive } from "../../../autoscale/mod.ts";
import { parseSelector, type Pod, SelectorSyntaxError } from "../../../kube/mod.ts";
import {
  externalSpec,
  kedaQuantity,
  metricOf,
  normalized,
  prefixed,
  type Scaler,
  ScalerError,
  type ScalerParts,
  targetType,
} from "./scaler.ts";
import { typedConfig } from "./typed_config.ts";

interface Config {
  podSelector: string;
  value: number;
  activationValue: number;
  groupByNode: boolean;
}

/** Errors: ScalerError. Source: kedacore/keda pkg/scalers/kubernetes_workload_scaler.go. */
export function kubernetesWorkloadScaler(parts: ScalerParts): Scaler {
  const { context, namespace, trigger, index } = parts;
  const type = targetType(trigger);
  const prefix = "error parsing kubernetes workload metadata: ";
  const config = prefixed(prefix, () => {
    const read = prefixed(prefix, () =>
      typedConfig<Config>(
        parts.config,
        {
          podSelector: { type: "string" },
          value: { type: "float", default: "0" },
          activationValue: { type: "float", default: "0" },
          groupByNode: { type: "bool", default: "false" },
        },
        ({ value }) =>
          parts.asMetricSource || value > 0 ? undefined : "value must be a float greater than 0",
      ));
    checkSelector(read.podSelector);
    return read;
  });
  const metricName = `s${index}-${normalized(`workload-${namespace}`)}`;
  return {
    goName: "kubernetesWorkloadScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, config.value),
    read() {
      const pods = context.kube.list<Pod>("pods", { namespace, labelSelector: config.podSelector })
        .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");
      const nodes = pods.map(({ spec }) => spec?.nodeName).filter((node) => node);
      const count = config.groupByNode ? new Set(nodes).size : pods.length;
      return {
        metrics: [metricOf(context, metricName, kedaQuantity(count))],
        isActive: isTriggerActive(count, config.activationValue),
      };
    },
  };
}

function checkSelector(selector: string): void {
  try {
    parseSelector(selector);
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    throw new ScalerError(`error parsing pod selector: ${error.message}`);
  }
}
