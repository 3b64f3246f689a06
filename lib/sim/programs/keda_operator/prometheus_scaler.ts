import {
  escapeQuery,
  JsonError,
  type JsonType,
  parseGoFloat,
  parseJson,
  rfc3339,
  unmarshalError,
} from "../../../go/mod.ts";
import { isTriggerActive } from "../../../autoscale/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { PrometheusError } from "../shared/prometheus_client.ts";
import type { Zap } from "../shared/zap.ts";
import { AUTH_PARAMETERS, type AuthConfig, authHeaders, authProblem } from "./authentication.ts";
import { httpGet } from "./http_get.ts";
import {
  externalSpec,
  kedaQuantity,
  metricOf,
  prefixed,
  type Scaler,
  ScalerError,
  type ScalerParts,
  targetType,
} from "./scaler.ts";
import { typedConfig } from "./typed_config.ts";

interface Config extends AuthConfig {
  serverAddress: string;
  query: string;
  queryParameters?: Record<string, string>;
  threshold: number;
  activationThreshold?: number;
  namespace?: string;
  customHeaders?: Record<string, string>;
  ignoreNullValues: boolean;
  unsafeSsl?: boolean;
  timeout?: number;
}

/** Errors: ScalerError. Source: kedacore/keda pkg/scalers/prometheus_scaler.go. */
export function prometheusScaler(parts: ScalerParts): Scaler {
  const { context, trigger, index, namespace, name } = parts;
  const type = targetType(trigger);
  const prefix = "error parsing prometheus metadata: ";
  const config = prefixed(prefix + prefix, () => {
    // The parameters for signing in stand in a part of their own, which is checked first.
    const mistakes: string[] = [];
    const read = <T>(make: () => T): T | undefined => {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof ScalerError)) throw error;
        mistakes.push(error.message);
        return undefined;
      }
    };
    const auth = read(() => typedConfig<AuthConfig>(parts.config, AUTH_PARAMETERS, authProblem));
    const own = read(() =>
      typedConfig<Config>(parts.config, {
        serverAddress: { type: "string" },
        query: { type: "string" },
        queryParameters: { type: "map", optional: true },
        threshold: { type: "float" },
        activationThreshold: { type: "float", optional: true },
        namespace: { type: "string", optional: true },
        customHeaders: { type: "map", optional: true },
        ignoreNullValues: { type: "bool", default: "true" },
        unsafeSsl: { type: "bool", optional: true },
        timeout: { type: "duration", optional: true },
      })
    );
    if (mistakes.length > 0) throw new ScalerError(mistakes.join("\n"));
    return { ...auth, ...own } as Config;
  });
  const metricName = `s${index}-prometheus`;
  const log = parts.log.named("prometheus_scaler")
    .with({ type: parts.kind, namespace, name });
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
        metrics: [metricOf(context, metricName, kedaQuantity(value))],
        isActive: isTriggerActive(value, config.activationThreshold ?? 0),
      };
    },
  };
}

/** Errors: ScalerError, PrometheusError. */
function executePromQuery(context: ContainerContext, config: Config, log: Zap): number {
  const query = escapeQuery(config.query);
  let url = `${config.serverAddress}/api/v1/query?query=${query}&time=${rfc3339(context.now())}`;
  if (config.namespace) url += `&namespace=${config.namespace}`;
  for (const [key, value] of Object.entries(config.queryParameters ?? {})) {
    url += `&${escapeQuery(key)}=${escapeQuery(value)}`;
  }
  const headers = { ...config.customHeaders, ...authHeaders(config) };
  const { unsafeSsl, timeout } = config;
  const response = httpGet(context, { url, headers, unsafeSsl, timeout });
  if (response.status < 200 || response.status > 299) {
    const message = `prometheus query api returned error. status: ${response.status}`;
    log.error(message, "prometheus query api returned error");
    throw new ScalerError(message);
  }
  return valueOf(resultOf(response.body), config, log);
}

function valueOf(
  result: readonly { value?: unknown[] }[],
  { query, ignoreNullValues }: Config,
  log: Zap,
): number {
  const missing = (what: string) => {
    if (ignoreNullValues) return 0;
    throw new ScalerError(
      `prometheus metrics 'prometheus' target may be lost, the ${what} is empty`,
    );
  };
  if (result.length === 0) return missing("result");
  if (result.length > 1) {
    throw new ScalerError(`prometheus query ${query} returned multiple elements`);
  }
  // A range's samples are called values, and are not looked at.
  const pair = result[0].value ?? [];
  if (pair.length === 0) return missing("value list");
  if (pair.length < 2) {
    throw new ScalerError(`prometheus query ${query} didn't return enough values`);
  }
  const value = pair[1] === null ? -1 : parseGoFloat(String(pair[1])) ?? NaN;
  if (Number.isFinite(value)) return value;
  if (ignoreNullValues) return 0;
  const shown = Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const message = `prometheus query returns ${shown}`;
  log.error(message, "Error converting prometheus value");
  throw new ScalerError(message);
}

const SERIES =
  'struct { Metric struct {} "json:\\"metric\\""; Value []interface {} "json:\\"value\\"" }';
const DATA =
  `struct { ResultType string "json:\\"resultType\\""; Result []${SERIES} "json:\\"result\\"" }`;

/** Which a scalar's result, a pair, does not fit. Source: pkg/scalers/prometheus_scaler.go (promQueryResult). */
const QUERY_RESULT: JsonType = {
  go: "scalers.promQueryResult",
  name: "promQueryResult",
  fields: {
    status: "string",
    data: {
      go: DATA,
      fields: {
        resultType: "string",
        result: {
          go: `[]${SERIES}`,
          items: {
            go: SERIES,
            fields: {
              metric: { go: "struct {}", fields: {} },
              value: { go: "[]interface {}", items: "any" },
            },
          },
        },
      },
    },
  },
};

function resultOf(body: string): { value?: unknown[] }[] {
  try {
    const answer = parseJson(body) as {
      data?: { result?: ({ value?: unknown[] } | null)[] };
    } | null;
    const wrong = unmarshalError(answer, QUERY_RESULT);
    if (wrong !== undefined) throw new ScalerError(wrong);
    return (answer?.data?.result ?? []).map((one) => one ?? {});
  } catch (error) {
    if (error instanceof JsonError) throw new ScalerError(error.message);
    throw error;
  }
}
