import {
  basicAuth,
  escapeQuery,
  type GoUrl,
  GoUrlError,
  httpStatus,
  JsonError,
  type JsonStruct,
  parseGoUrl,
  parseJson,
  unmarshalError,
  userText,
} from "../../../go/mod.ts";
import { type ContainerContext, NetworkError } from "../../seams.ts";
import { amqpWire } from "../../wires.ts";
import { PrometheusError } from "../shared/prometheus_client.ts";
import { httpGet } from "./http_get.ts";
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
import { type Parameter, type ParameterSource, typedConfig } from "./typed_config.ts";

const MODES = [
  "QueueLength",
  "MessageRate",
  "DeliverGetRate",
  "PublishedToDeliveredRatio",
  "ExpectedQueueConsumptionTime",
] as const;
type Mode = typeof MODES[number];

const UNKNOWN = "Unknown";
const DEFAULT_LENGTH = 20;

interface Config {
  queueName: string;
  mode: string;
  queueLength?: number;
  value?: number;
  activationValue?: number;
  host: string;
  protocol: string;
  vhostName?: string;
  useRegex?: boolean;
  excludeUnacknowledged?: boolean;
  pageSize: number;
  operation: string;
  timeout?: number;
  username?: string;
  password?: string;
  cert?: string;
  key?: string;
  tls: string;
  unsafeSsl?: boolean;
}

const OPTIONAL = { optional: true } as const;
const BOTH: ParameterSource[] = ["triggerMetadata", "authParams"];
const secret = (from: ParameterSource[]): Parameter => ({ type: "string", from, ...OPTIONAL });

const PARAMETERS: Record<string, Parameter> = {
  queueName: { type: "string" },
  mode: { type: "string", default: UNKNOWN },
  queueLength: { type: "float", ...OPTIONAL },
  value: { type: "float", ...OPTIONAL },
  activationValue: { type: "float", ...OPTIONAL },
  host: { type: "string", from: [...BOTH, "resolvedEnv"] },
  protocol: { type: "string", from: BOTH, default: "auto" },
  vhostName: secret(BOTH),
  useRegex: { type: "bool", ...OPTIONAL },
  excludeUnacknowledged: { type: "bool", ...OPTIONAL },
  pageSize: { type: "int", default: "100" },
  operation: { type: "string", default: "sum" },
  timeout: { type: "duration", ...OPTIONAL },
  username: secret(["authParams", "resolvedEnv"]),
  password: secret(["authParams", "resolvedEnv"]),
  cert: secret(["authParams"]),
  key: secret(["authParams"]),
  tls: { type: "string", from: ["authParams"], default: "disable" },
  unsafeSsl: { type: "bool", ...OPTIONAL },
};

/** What a queue is at now, or several together. */
interface QueueInfo {
  messages: number;
  ready: number;
  publishRate: number;
  deliverGetRate: number;
}

/**
 * The length of a queue of RabbitMQ, or how fast it is filled and emptied, over AMQP or its management API.
 * Errors: ScalerError. Source: kedacore/keda pkg/scalers/rabbitmq_scaler.go.
 * Differs: OAuth2 and the workload identity of Azure are not asked for.
 */
export function rabbitmqScaler(parts: ScalerParts): Scaler {
  const { context, trigger, index } = parts;
  const type = targetType(trigger);
  const prefix = "error parsing RabbitMQ metadata: ";
  const config = prefixed(
    prefix + prefix,
    () => typedConfig<Config>(parts.config, PARAMETERS, problemOf),
  );
  if (config.protocol === "amqp") {
    prefixed("error establishing connection to RabbitMQ: ", () => askAmqp(context, config));
  }
  const metricName = `s${index}-${normalized(`rabbitmq-${escapeQuery(config.queueName)}`)}`;
  return {
    goName: "rabbitMQScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, config.value!),
    read() {
      const { value, isActive } = valueOf(infoNow(context, config), config);
      return { metrics: [metricOf(context, metricName, kedaQuantity(value))], isActive };
    },
  };
}

// ---------------------------------------------------------------- metadata

/** The first thing wrong with what was read, which is completed meanwhile. Source: as above (Validate). */
function problemOf(values: Config): string | undefined {
  const { protocol, tls, cert, key, pageSize, username, password, host } = values;
  if (host === undefined || protocol === undefined) return undefined;
  if (!["amqp", "http", "auto"].includes(protocol)) {
    return "the protocol has to be either `amqp`, `http`, or `auto` but is `" + protocol + "`";
  }
  if (tls !== "enable" && tls !== "disable") return `incorrect value for TLS given: ${tls}`;
  if (Boolean(cert) !== Boolean(key)) return "both key and certificate must be provided";
  if (pageSize < 1) return "pageSize should be 1 or greater";
  if (Boolean(username) !== Boolean(password)) {
    return "username and password must be given together";
  }
  if (protocol === "auto") {
    const found = protocolOf(host);
    if ("problem" in found) return found.problem;
    values.protocol = found.protocol;
  }
  const isHttp = values.protocol === "http";
  if (values.useRegex && !isHttp) return "configure useRegex=true only with HTTP protocol";
  if (values.excludeUnacknowledged && !isHttp) {
    return "configure excludeUnacknowledged=true only with HTTP protocol";
  }
  return triggerProblem(values);
}

function protocolOf(host: string): { protocol: string } | { problem: string } {
  let scheme: string;
  try {
    ({ scheme } = urlOf(host));
  } catch (error) {
    if (!(error instanceof ScalerError)) throw error;
    return { problem: `can't parse host to find protocol: ${error.message}` };
  }
  if (scheme === "amqp" || scheme === "amqps") return { protocol: "amqp" };
  if (scheme === "http" || scheme === "https") return { protocol: "http" };
  return { problem: "unknown host URL scheme: `" + scheme + "`" };
}

/** Errors: ScalerError. */
function urlOf(host: string): GoUrl {
  try {
    return parseGoUrl(host);
  } catch (error) {
    if (!(error instanceof GoUrlError)) throw error;
    throw new ScalerError(error.message);
  }
}

/** Source: as above (validateTrigger). */
function triggerProblem(values: Config): string | undefined {
  const { queueLength = 0, mode, value = 0, protocol, timeout = 0 } = values;
  const lengthOf = (length: number) => {
    values.mode = "QueueLength";
    values.value = length;
    return undefined;
  };
  if (queueLength === 0 && mode === UNKNOWN && value === 0) return lengthOf(DEFAULT_LENGTH);
  if (queueLength !== 0) {
    if (mode === UNKNOWN && value === 0) return lengthOf(queueLength);
    return "queueLength is deprecated; use mode and value";
  }
  if (mode === UNKNOWN) return "mode must be specified";
  if (value === 0) return "value must be specified";
  if (!(MODES as readonly string[]).includes(mode)) {
    const last = MODES.at(-1);
    return `trigger mode ${mode} must be one of ${MODES.slice(0, -1).join(", ")} or ${last}`;
  }
  if (mode !== "QueueLength" && protocol !== "http") {
    return `protocol ${protocol} not supported; must be HTTP to use trigger mode ${mode}`;
  }
  if (protocol === "amqp" && timeout !== 0) {
    return `AMQP protocol doesn't support custom timeouts: ${timeout * 1e6}`;
  }
  return undefined;
}

// ---------------------------------------------------------------- values

/** Source: as above (GetMetricsAndActivity). */
function valueOf(
  { messages, publishRate, deliverGetRate }: QueueInfo,
  { mode, activationValue: activation = 0 }: Config,
): { value: number; isActive: boolean } {
  switch (mode as Mode) {
    case "QueueLength":
      return { value: messages, isActive: messages > activation };
    case "MessageRate":
      return {
        value: publishRate,
        isActive: publishRate > activation || messages > activation,
      };
    case "DeliverGetRate":
      return { value: deliverGetRate, isActive: deliverGetRate > activation };
    case "PublishedToDeliveredRatio": {
      const isStuck = publishRate > 0 && deliverGetRate === 0;
      const ratio = isStuck ? activation : publishRate > 0 ? publishRate / deliverGetRate : 0;
      return { value: ratio, isActive: ratio > activation || isStuck };
    }
    case "ExpectedQueueConsumptionTime": {
      const eta = deliverGetRate === 0
        ? activation
        : (publishRate - deliverGetRate + messages) / deliverGetRate;
      return { value: eta, isActive: eta > activation || deliverGetRate === 0 };
    }
  }
}

/** Errors: ScalerError. */
function infoNow(context: ContainerContext, config: Config): QueueInfo {
  try {
    if (config.protocol !== "http") {
      const messages = askAmqp(context, config, config.queueName);
      return { messages, ready: messages, publishRate: 0, deliverGetRate: 0 };
    }
    const info = askHttp(context, config);
    return config.excludeUnacknowledged ? { ...info, messages: info.ready } : info;
  } catch (error) {
    if (!(error instanceof ScalerError)) throw error;
    const said = `error inspecting RabbitMQ: ${error.message}`;
    throw new ScalerError(said.replace(/([^ /:]+):([^/:]+)@/g, "user:password@"));
  }
}

/** How many messages a queue has; without one, tries the connection. Errors: ScalerError. */
function askAmqp({ net }: ContainerContext, config: Config, queue?: string): number {
  const url = urlOf(config.host);
  if (url.scheme !== "amqp" && url.scheme !== "amqps") {
    throw new ScalerError("AMQP scheme must be either 'amqp://' or 'amqps://'");
  }
  const [username, password] = [
    config.username ?? url.user?.name,
    config.password ?? url.user?.password,
  ];
  const call = {
    vhost: config.vhostName || url.path.slice(1) || "/",
    username: username || "guest",
    password: password || "guest",
    ...(queue === undefined ? {} : { queue }),
  };
  const address = /:\d+$/.test(url.host) ? url.host : `${url.host}:5672`;
  try {
    const reply = amqpWire.readReply(net.request(amqpWire.request(address, call)));
    if (!reply) {
      throw new ScalerError('Exception (501) Reason: "Exception (501) Reason: \\"EOF\\""');
    }
    if ("error" in reply) throw new ScalerError(reply.error);
    return reply.messages;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new ScalerError(error.message);
  }
}

/** Errors: ScalerError. Source: as above (getQueueInfoViaHTTP, getJSON). */
function askHttp(context: ContainerContext, config: Config): QueueInfo {
  const { url, authorization } = managementUrl(config);
  try {
    const headers: Record<string, string> = authorization ? { authorization } : {};
    const { unsafeSsl, timeout } = config;
    const { status, body } = httpGet(context, { url, headers, unsafeSsl, timeout });
    if (status !== 200) {
      throw new ScalerError(
        `error requesting RabbitMQ API status: ${
          httpStatus(status)
        }, response: ${body}, from: ${url}`,
      );
    }
    return config.useRegex
      ? composed(decoded<RegexAnswer>(body, REGEX_QUEUE_INFO), config)
      : infoOf(decoded<Answered>(body, QUEUE_INFO));
  } catch (error) {
    if (error instanceof PrometheusError) throw new ScalerError(error.message);
    throw error;
  }
}

/** What an answer holds; null is none of it. Errors: ScalerError. */
function decoded<T extends object>(body: string, type: JsonStruct): Partial<T> {
  let value: unknown;
  try {
    value = parseJson(body);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (!error.ended) throw new ScalerError(error.message);
    throw new ScalerError(body.trim() === "" ? "EOF" : "unexpected EOF");
  }
  const wrong = unmarshalError(value, type);
  if (wrong !== undefined) throw new ScalerError(wrong);
  return (value ?? {}) as Partial<T>;
}

function managementUrl(config: Config): { url: string; authorization?: string } {
  const parsed = urlOf(config.host);
  const parts = parsed.escapedPath.split("/");
  const below = parts.slice(0, -1).filter((part) => part !== "").map((part) => `/${part}`).join("");
  const last = config.vhostName ? escapeQuery(config.vhostName) : parts.at(-1);
  const username = config.username ?? parsed.user?.name;
  const password = config.password ?? parsed.user?.password ?? "";
  const user = username ? `${userText({ name: username, password })}@` : "";
  const queue = escapeQuery(config.queueName);
  const api = `${parsed.scheme}://${user}${parsed.host}${below}/api/queues/${last || "%2F"}`;
  return {
    url: config.useRegex
      ? `${api}?page=1&use_regex=true&pagination=false&name=${queue}&page_size=${config.pageSize}`
      : `${api}/${queue}`,
    ...(username ? { authorization: basicAuth(username, password) } : {}),
  };
}

type Rate = { rate?: number | null } | null;

interface Answered {
  messages?: number | null;
  messages_ready?: number | null;
  message_stats?: { publish_details?: Rate; deliver_get_details?: Rate } | null;
}

interface RegexAnswer {
  items?: (Answered | null)[] | null;
  page_count?: number | null;
}

const INT = { go: "int", kind: "number" } as const;
const detail = (go: string): JsonStruct => ({
  go: `scalers.${go}`,
  name: go,
  fields: { rate: { go: "float64", kind: "number" } },
});

/** Source: as above (queueInfo, messageStat). */
const QUEUE_INFO: JsonStruct = {
  go: "scalers.queueInfo",
  name: "queueInfo",
  fields: {
    messages: INT,
    messages_ready: INT,
    messages_unacknowledged: INT,
    message_stats: {
      go: "scalers.messageStat",
      name: "messageStat",
      fields: {
        publish_details: detail("publishDetail"),
        deliver_get_details: detail("deliverGetDetail"),
      },
    },
    name: "string",
  },
};

/** Source: as above (regexQueueInfo). */
const REGEX_QUEUE_INFO: JsonStruct = {
  go: "scalers.regexQueueInfo",
  name: "regexQueueInfo",
  fields: { items: { go: "[]scalers.queueInfo", items: QUEUE_INFO }, page_count: INT },
};

function infoOf({ messages, messages_ready, message_stats }: Answered): QueueInfo {
  return {
    messages: messages ?? 0,
    ready: messages_ready ?? 0,
    publishRate: message_stats?.publish_details?.rate ?? 0,
    deliverGetRate: message_stats?.deliver_get_details?.rate ?? 0,
  };
}

/** Errors: ScalerError. Source: as above (getComposedQueue). */
function composed({ items, page_count }: RegexAnswer, { operation }: Config): QueueInfo {
  if ((page_count ?? 0) > 1) {
    throw new ScalerError("regex matches more queues than can be recovered at once");
  }
  const all = (items ?? []).map((one) => infoOf(one ?? {}));
  const merge = (of: (values: number[], isWhole: boolean) => number): QueueInfo => ({
    messages: of(all.map((one) => one.messages), true),
    ready: of(all.map((one) => one.ready), true),
    publishRate: of(all.map((one) => one.publishRate), false),
    deliverGetRate: of(all.map((one) => one.deliverGetRate), false),
  });
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  if (all.length === 0) return infoOf({});
  switch (operation) {
    case "sum":
      return merge(sum);
    case "avg":
      return merge((values, isWhole) => {
        const mean = sum(values) / values.length;
        return isWhole ? Math.trunc(mean) : mean;
      });
    case "max":
      return merge((values) => Math.max(0, ...values));
  }
  throw new ScalerError(`operation mode ${operation} must be one of sum, avg, max`);
}
