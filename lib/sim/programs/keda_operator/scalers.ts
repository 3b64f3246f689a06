import type { ContainerContext } from "../../seams.ts";
import type { Zap } from "../shared/zap.ts";
import { cpuMemoryScaler } from "./cpu_memory_scaler.ts";
import { cronScaler } from "./cron_scaler.ts";
import { SCALER_TYPES } from "../../../autoscale/mod.ts";
import { kubernetesWorkloadScaler } from "./kubernetes_workload_scaler.ts";
import { metricsApiScaler } from "./metrics_api_scaler.ts";
import { prometheusScaler } from "./prometheus_scaler.ts";
import { rabbitmqScaler } from "./rabbitmq_scaler.ts";
import { redisScaler } from "./redis_scaler.ts";
import { authParams, containerEnv, type TargetPods } from "./resolver.ts";
import { prefixed, type Scaler, ScalerError } from "./scaler.ts";
import { kindOf, type Scalable } from "./scalable.ts";

/** What the triggers of one ScaledObject or ScaledJob share. */
export interface BuildContext {
  context: ContainerContext;
  /** The operator's own log. */
  rootLog: Zap;
  /** The scale handler's, with what it is about. */
  log: Zap;
  pods: TargetPods | undefined;
  asMetricSource: boolean;
}

const KINDS = {
  prometheus: prometheusScaler,
  cron: cronScaler,
  cpu: cpuMemoryScaler,
  memory: cpuMemoryScaler,
  "kubernetes-workload": kubernetesWorkloadScaler,
  "metrics-api": metricsApiScaler,
  redis: redisScaler,
  rabbitmq: rabbitmqScaler,
};

/**
 * Builds the scaler of one trigger.
 * Errors: ScalerError. Source: kedacore/keda pkg/scaling/scalers_builder.go (buildScaler).
 * Differs: prometheus, metrics-api, redis, rabbitmq, cron, cpu, memory and kubernetes-workload alone; of KEDA's others it is said
 * that the lab has them not.
 */
export function buildScaler(object: Scalable, index: number, build: BuildContext): Scaler {
  const { context, pods, asMetricSource } = build;
  const { namespace = "", name } = object.metadata;
  const trigger = object.spec!.triggers[index];
  const resolvedEnv = !pods ? {} : prefixed(
    "error resolving secrets for ScaleTarget: ",
    () => containerEnv(context.kube, pods, namespace),
  );
  const config = {
    type: trigger.type,
    metadata: trigger.metadata ?? {},
    resolvedEnv,
    authParams: authParams(context, build.log, { trigger, namespace, pods }),
  };
  if (!Object.hasOwn(KINDS, trigger.type)) {
    throw new ScalerError(
      SCALER_TYPES.includes(trigger.type)
        ? `the ${trigger.type} scaler is not simulated in this lab; ${
          Object.keys(KINDS).join(", ")
        } are`
        : `no scaler found for type: ${trigger.type}`,
    );
  }
  return KINDS[trigger.type as keyof typeof KINDS]({
    context,
    log: build.rootLog,
    kind: kindOf(object),
    namespace,
    name,
    trigger,
    index,
    config,
    asMetricSource,
  });
}

/**
 * Builds the scalers of all triggers, and tells of them in events.
 * Errors: ScalerError. Source: kedacore/keda pkg/scaling/scalers_builder.go (buildScalers).
 */
export function buildScalers(
  object: Scalable,
  { isNews, tell, ...build }: BuildContext & {
    /** Whether to tell of those that are built. */
    isNews: boolean;
    tell: (type: "Normal" | "Warning", reason: string, message: string) => void;
  },
): Scaler[] {
  return object.spec!.triggers.map((trigger, index) => {
    try {
      const built = buildScaler(object, index, build);
      if (isNews) tell("Normal", "KEDAScalersStarted", `Scaler ${trigger.type} is built`);
      return built;
    } catch (error) {
      if (!(error instanceof ScalerError)) throw error;
      tell("Warning", "KEDAScalerFailed", error.message);
      build.log.error(error.message, "error resolving auth params", { triggerIndex: index });
      throw error;
    }
  });
}
