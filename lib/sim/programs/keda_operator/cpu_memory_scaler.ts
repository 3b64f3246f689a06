import { parseGoInt } from "../../../go/mod.ts";
import { Quantity, QuantitySyntaxError } from "../../../kube/mod.ts";
import { prefixed, type Scaler, ScalerError, type ScalerParts } from "./scaler.ts";
import { typedConfig } from "./typed_config.ts";

interface Config {
  value: string;
  containerName?: string;
}

/**
 * cpu and memory: the HPA measures them itself.
 * Errors: ScalerError. Source: kedacore/keda pkg/scalers/cpu_memory_scaler.go.
 * Differs: a value that is no quantity is an error; upstream's reconciler panics and recovers.
 */
export function cpuMemoryScaler({ trigger, config }: ScalerParts): Scaler {
  const name = trigger.type;
  const { target, containerName: container } = prefixed(`error parsing ${name} metadata: `, () => {
    const { value, containerName } = typedConfig<Config>(config, {
      type: {
        type: "string",
        deprecated:
          "The 'type' setting is DEPRECATED and is removed in v2.18 - Use 'metricType' instead.",
      },
      value: { type: "string" },
      containerName: { type: "string", optional: true },
    });
    return { target: targetOf(trigger.metricType ?? "", value), containerName };
  });
  return {
    goName: "cpuMemoryScaler",
    trigger,
    spec: container
      ? { type: "ContainerResource", containerResource: { name, target, container } }
      : { type: "Resource", resource: { name, target } },
    read: () => ({ metrics: [], isActive: true }),
  };
}

function targetOf(type: string, value: string) {
  if (type === "AverageValue") {
    try {
      return { type, averageValue: Quantity.parse(value).toString() };
    } catch (error) {
      if (!(error instanceof QuantitySyntaxError)) throw error;
      throw new ScalerError(`cannot parse '${value}': ${error.message}`);
    }
  }
  if (type === "Utilization") {
    const averageUtilization = parseGoInt(value, { bits: 32 });
    if (typeof averageUtilization === "object") {
      throw new ScalerError(averageUtilization.problem);
    }
    return { type, averageUtilization };
  }
  throw new ScalerError(
    `unknown metric type: ${type}, allowed values are 'Utilization' or 'AverageValue'`,
  );
}
