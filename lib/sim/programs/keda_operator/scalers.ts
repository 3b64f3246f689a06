import { isTriggerActive } from "../../../autoscale/mod.ts";
import {
  CronSchedule,
  CronSyntaxError,
  parseSelector,
  Quantity,
  QuantitySyntaxError,
  SelectorSyntaxError,
} from "../../../base/mod.ts";
import type { Pod } from "../../../kube/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { rfc3339 } from "../_aggregated.ts";
import { parseFloatGo, PrometheusError, send } from "../_prometheus_client.ts";
import type { Zap } from "../_zap.ts";
import type { KedaMetricSpec, Trigger } from "./scaled_object.ts";

/** A trigger that cannot be built or read; the message is upstream's. */
export class ScalerError extends Error {
  override name = "ScalerError";
}

/** A value as the operator passes it on. */
export interface ExternalMetricValue {
  metricName: string;
  metricLabels: null;
  timestamp: string;
  value: string;
}

/** One trigger made ready for use. */
export interface Scaler {
  /** How log lines name it: `prometheusScaler`. */
  readonly goName: string;
  readonly trigger: Trigger;
  readonly spec: KedaMetricSpec;
  /** The name of its external metric; undefined for cpu and memory. */
  readonly metricName?: string;
  /** Errors: ScalerError. */
  read(): { metrics: ExternalMetricValue[]; isActive: boolean };
}

interface BuildContext {
  context: ContainerContext;
  log: Zap;
  namespace: string;
  name: string;
}

/**
 * Builds the scaler of one trigger.
 * Errors: ScalerError. Source: kedacore/keda pkg/scaling/scalers_builder.go (buildScaler).
 * Differs: prometheus, cron, cpu, memory and kubernetes-workload alone, without TriggerAuthentication.
 */
export function buildScaler(trigger: Trigger, index: number, build: BuildContext): Scaler {
  switch (trigger.type) {
    case "prometheus":
      return prometheusScaler(trigger, index, build);
    case "cron":
      return cronScaler(trigger, index, build);
    case "cpu":
    case "memory":
      return resourceScaler(trigger);
    case "kubernetes-workload":
      return workloadScaler(trigger, index, build);
    default:
      throw new ScalerError(`no scaler found for type: ${trigger.type}`);
  }
}

type Parameter = { type: "string" | "float" | "bool" | "int"; optional?: true };

/**
 * Reads a trigger's metadata; every mistake is reported, one a line.
 * Errors: ScalerError. Source: kedacore/keda pkg/scalers/scalersconfig/typed_config.go.
 */
function typedConfig(
  metadata: Record<string, string>,
  parameters: Record<string, Parameter>,
): Record<string, any> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { type, optional }] of Object.entries(parameters)) {
    const text = metadata[name];
    if (text === undefined || text === "") {
      if (!optional) problems.push(`missing required parameter "${name}" in [triggerMetadata]`);
      continue;
    }
    const wrong = (why: string) => {
      problems.push(`unable to set param "${name}" value ${JSON.stringify(text)}: ${why}`);
    };
    if (type === "string") values[name] = text;
    else if (type === "bool") {
      if (/^(1|t|T|TRUE|true|True)$/.test(text)) values[name] = true;
      else if (/^(0|f|F|FALSE|false|False)$/.test(text)) values[name] = false;
      else {
        const parsing = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
        wrong(`unable to parse boolean value ${JSON.stringify(text)}: ${parsing}`);
      }
    } else {
      const pattern = type === "int" ? /^-?\d+$/ : /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;
      if (pattern.test(text)) values[name] = Number(text);
      else {
        const go = type === "int" ? "int64" : "float64";
        wrong(
          `unable to unmarshal to field type ${go}: invalid character '${
            text[0]
          }' looking for beginning of value`,
        );
      }
    }
  }
  if (problems.length > 0) throw new ScalerError(problems.join("\n"));
  return values;
}

/** Source: kedacore/keda pkg/scalers/scaler.go (GetMetricTargetType). */
function targetType({ metricType }: Trigger): "AverageValue" | "Value" {
  if (metricType === "Utilization") {
    throw new ScalerError(
      "error getting scaler metric type: 'Utilization' metric type is unsupported for external metrics, allowed values are 'Value' or 'AverageValue'",
    );
  }
  return metricType === "Value" ? "Value" : "AverageValue";
}

function externalSpec(
  metricName: string,
  type: "AverageValue" | "Value",
  target: number,
): KedaMetricSpec {
  const quantity = kedaQuantity(target);
  return {
    type: "External",
    external: {
      metric: { name: metricName },
      target: type === "Value" ? { type, value: quantity } : { type, averageValue: quantity },
    },
  };
}

/** To the thousandth; what is not a number is 0. Source: pkg/scalers/scaler.go. */
export function kedaQuantity(value: number): string {
  return Number.isFinite(value) ? Quantity.parse(value.toFixed(3)).toString() : "0";
}

function metricOf(
  context: ContainerContext,
  metricName: string,
  value: number,
): ExternalMetricValue {
  return {
    metricName,
    metricLabels: null,
    timestamp: rfc3339(context.now()),
    value: kedaQuantity(value),
  };
}

/** Source: kedacore/keda pkg/util/normalize_string.go. */
function normalized(text: string): string {
  return text.replaceAll("/", "-").replaceAll(".", "-").replaceAll(":", "-").replaceAll("%", "-")
    .replaceAll("(", "-").replaceAll(")", "-");
}

/** Source: kedacore/keda pkg/scalers/prometheus_scaler.go. */
function prometheusScaler(trigger: Trigger, index: number, build: BuildContext): Scaler {
  const { context } = build;
  const type = targetType(trigger);
  const prefix = "error parsing prometheus metadata: ";
  const config = prefixed(prefix + prefix, () =>
    typedConfig(trigger.metadata, {
      serverAddress: { type: "string" },
      query: { type: "string" },
      threshold: { type: "float" },
      activationThreshold: { type: "float", optional: true },
      namespace: { type: "string", optional: true },
      customHeaders: { type: "string", optional: true },
      queryParameters: { type: "string", optional: true },
      ignoreNullValues: { type: "bool", optional: true },
      unsafeSsl: { type: "bool", optional: true },
    }));
  const metricName = `s${index}-prometheus`;
  const log = build.log.named("prometheus_scaler").with({
    type: "ScaledObject",
    namespace: build.namespace,
    name: build.name,
  });
  return {
    goName: "prometheusScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, config.threshold),
    read() {
      let value: number;
      try {
        value = executePromQuery(context, config, log);
      } catch (error) {
        if (!(error instanceof ScalerError || error instanceof PrometheusError)) throw error;
        log.error(error.message, "error executing prometheus query");
        throw new ScalerError(error.message);
      }
      return {
        metrics: [metricOf(context, metricName, value)],
        isActive: isTriggerActive(value, config.activationThreshold ?? 0),
      };
    },
  };
}

/** Errors: ScalerError, PrometheusError. */
function executePromQuery(
  context: ContainerContext,
  config: Record<string, any>,
  log: Zap,
): number {
  const ignoreNull = config.ignoreNullValues ?? true;
  const query = escaped(config.query);
  let url = `${config.serverAddress}/api/v1/query?query=${query}&time=${rfc3339(context.now())}`;
  if (config.namespace) url += `&namespace=${config.namespace}`;
  for (const [key, value] of pairs(config.queryParameters)) {
    url += `&${escaped(key)}=${escaped(value)}`;
  }
  const response = send(context, "GET", url, {
    headers: Object.fromEntries(pairs(config.customHeaders)),
    insecureSkipVerify: config.unsafeSsl === true,
  });
  if (response.status < 200 || response.status > 299) {
    const message = `prometheus query api returned error. status: ${response.status}`;
    log.error(message, "prometheus query api returned error");
    throw new ScalerError(message);
  }
  const result = resultOf(response.body);
  if (result.length === 0) {
    if (ignoreNull) return 0;
    throw new ScalerError(
      "prometheus metrics 'prometheus' target may be lost, the result is empty",
    );
  }
  if (result.length > 1) {
    throw new ScalerError(`prometheus query ${config.query} returned multiple elements`);
  }
  const value = parseFloatGo(result[0].value[1]);
  if (Number.isFinite(value)) return value;
  if (ignoreNull) return 0;
  const shown = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const message = `prometheus query returns ${shown}`;
  log.error(message, "Error converting prometheus value");
  throw new ScalerError(message);
}

function resultOf(body: string): { value: [number, string] }[] {
  let answer: any;
  try {
    answer = JSON.parse(body);
  } catch {
    const first = body.trimStart()[0];
    throw new ScalerError(
      first === undefined
        ? "unexpected end of JSON input"
        : `invalid character '${first}' looking for beginning of value`,
    );
  }
  const result = answer?.data?.result ?? [];
  // A scalar's result is a pair, which does not fit the list of series.
  if (answer?.data?.resultType === "scalar") {
    throw new ScalerError(
      'json: cannot unmarshal number into Go struct field promQueryResult.data.result of type struct { Metric struct {} "json:\\"metric\\""; Value []interface {} "json:\\"value\\"" }',
    );
  }
  return result;
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+")
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** `a=b,c=d`. */
function pairs(text: string | undefined): [string, string][] {
  return (text ?? "").split(",").filter((pair) => pair.includes("="))
    .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
}

/** Source: kedacore/keda pkg/scalers/cron_scaler.go. */
function cronScaler(trigger: Trigger, index: number, { context }: BuildContext): Scaler {
  const type = targetType(trigger);
  const prefix = "error parsing cron metadata: ";
  const config = prefixed(prefix, () =>
    typedConfig(trigger.metadata, {
      start: { type: "string" },
      end: { type: "string" },
      timezone: { type: "string" },
      desiredReplicas: { type: "int" },
    }));
  const schedule = (which: "start" | "end") => {
    try {
      return new CronSchedule(config[which], config.timezone);
    } catch (error) {
      if (error instanceof CronSyntaxError) {
        throw new ScalerError(`${prefix}error parsing ${which} schedule: ${error.message}`);
      }
      if (error instanceof RangeError) {
        throw new ScalerError(`unable to load timezone: unknown time zone ${config.timezone}`);
      }
      throw error;
    }
  };
  const start = schedule("start");
  const end = schedule("end");
  if (config.start === config.end) {
    throw new ScalerError(`${prefix}start and end can not have exactly same time input`);
  }
  if (config.desiredReplicas === 0) throw new ScalerError(`${prefix}no desiredReplicas specified`);
  const spell = (text: string) =>
    text.replaceAll(" ", "").replaceAll("*", "x").replaceAll("/", "Sl").replaceAll("?", "Qm")
      .replaceAll(",", "Cm");
  const metricName = `s${index}-` +
    normalized(`cron-${config.timezone}-${spell(config.start)}-${spell(config.end)}`);
  return {
    goName: "cronScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, 1),
    read() {
      const nowMs = context.now();
      // The end comes before the next start: we are between the two.
      const isActive = end.next(nowMs) <= start.next(nowMs);
      const value = isActive ? config.desiredReplicas : 0;
      return { metrics: [metricOf(context, metricName, value)], isActive };
    },
  };
}

/** Source: kedacore/keda pkg/scalers/cpu_memory_scaler.go. */
function resourceScaler(trigger: Trigger): Scaler {
  const name = trigger.type;
  const prefix = `error parsing ${name} metadata: `;
  const config = prefixed(prefix, () =>
    typedConfig(trigger.metadata, {
      value: { type: "string" },
      containerName: { type: "string", optional: true },
    }));
  const target = resourceTarget(trigger.metricType ?? "", config.value, prefix);
  const container = config.containerName as string | undefined;
  return {
    goName: "cpuMemoryScaler",
    trigger,
    spec: container
      ? { type: "ContainerResource", containerResource: { name, target, container } }
      : { type: "Resource", resource: { name, target } },
    read: () => ({ metrics: [], isActive: true }),
  };
}

function resourceTarget(type: string, value: string, prefix: string) {
  if (type === "AverageValue") {
    try {
      return { type, averageValue: Quantity.parse(value).toString() };
    } catch (error) {
      if (!(error instanceof QuantitySyntaxError)) throw error;
      throw new ScalerError(`${prefix}cannot parse '${value}': ${error.message}`);
    }
  }
  if (type === "Utilization") {
    if (!/^[-+]?\d+$/.test(value)) {
      throw new ScalerError(
        `${prefix}strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`,
      );
    }
    return { type, averageUtilization: Number(value) };
  }
  throw new ScalerError(
    `${prefix}unknown metric type: ${type}, allowed values are 'Utilization' or 'AverageValue'`,
  );
}

/** Source: kedacore/keda pkg/scalers/kubernetes_workload_scaler.go. */
function workloadScaler(
  trigger: Trigger,
  index: number,
  { context, namespace }: BuildContext,
): Scaler {
  const type = targetType(trigger);
  const prefix = "error parsing kubernetes workload metadata: ";
  const config = prefixed(prefix + prefix, () =>
    typedConfig(trigger.metadata, {
      podSelector: { type: "string" },
      value: { type: "float", optional: true },
      activationValue: { type: "float", optional: true },
      groupByNode: { type: "bool", optional: true },
    }));
  if (!(config.value > 0)) {
    throw new ScalerError(`${prefix}${prefix}value must be a float greater than 0`);
  }
  try {
    parseSelector(config.podSelector);
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    throw new ScalerError(`${prefix}error parsing pod selector: ${error.message}`);
  }
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
        metrics: [metricOf(context, metricName, count)],
        isActive: isTriggerActive(count, config.activationValue ?? 0),
      };
    },
  };
}

function prefixed<T>(prefix: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ScalerError)) throw error;
    throw new ScalerError(prefix + error.message);
  }
}
