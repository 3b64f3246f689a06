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
import type { Trigger } from "./scaled_object.ts";

/** What the triggers of one ScaledObject share. */
export interface BuildContext {
  context: ContainerContext;
  /** The operator's own log. */
  rootLog: Zap;
  /** The scale handler's, with what it is about. */
  log: Zap;
  namespace: string;
  name: string;
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
export function buildScaler(trigger: Trigger, index: number, build: BuildContext): Scaler {
  const { context, namespace, name, pods, asMetricSource } = build;
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
    namespace,
    name,
    trigger,
    index,
    config,
    asMetricSource,
  });
}
