import { joinHostPort, parseGoBool } from "../../../go/mod.ts";
import { type ContainerContext, NetworkError } from "../../seams.ts";
import { type RedisReply, redisWire } from "../../wires.ts";
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

interface Config {
  listLength: number;
  activationListLength?: number;
  listName: string;
  databaseIndex?: number;
  enableTLS?: string;
  tls?: string;
  address?: string[];
  host?: string[];
  port?: string[];
  username?: string;
  password?: string;
}

const LISTS: ParameterSource[] = ["triggerMetadata", "authParams", "resolvedEnv"];
const HOSTS: ParameterSource[] = ["triggerMetadata", "resolvedEnv", "authParams"];
const list = (aliases: string[], from: ParameterSource[]): Parameter => ({
  type: "list",
  aliases,
  from,
  optional: true,
});
const secret: Parameter = { type: "string", from: HOSTS, optional: true };

/** How many things a key of each type holds, as the scaler's script asks for it. */
const SIZES: Readonly<Record<string, string>> = {
  zset: "ZCARD",
  set: "SCARD",
  hash: "HLEN",
  list: "LLEN",
  none: "LLEN",
};

/**
 * The length of a list, or the size of a set or hash, of a Redis.
 * Errors: ScalerError. Source: kedacore/keda pkg/scalers/redis_scaler.go.
 */
export function redisScaler(parts: ScalerParts): Scaler {
  const { context, trigger, index } = parts;
  const type = targetType(trigger);
  const prefix = "error parsing redis metadata: ";
  const config = prefixed(prefix + prefix, () => configOf(parts));
  const address = config.address![0];
  const ask = (...words: string[]) => askRedis(context, { address, config, words });
  prefixed("connection to redis failed: ", () => ask("PING"));
  const metricName = `s${index}-${normalized(`redis-${config.listName}`)}`;
  const log = parts.log.named("redis_scaler")
    .with({ type: parts.kind, namespace: parts.namespace, name: parts.name });
  return {
    goName: "redisScaler",
    trigger,
    metricName,
    spec: externalSpec(metricName, type, config.listLength),
    read() {
      try {
        const length = lengthOf(ask, config.listName);
        return {
          metrics: [metricOf(context, metricName, kedaQuantity(length))],
          isActive: length > (config.activationListLength ?? 0),
        };
      } catch (error) {
        if (error instanceof ScalerError) log.error(error.message, "error getting list length");
        throw error;
      }
    },
  };
}

/** Errors: ScalerError. */
function configOf({ config }: ScalerParts): Config {
  return typedConfig<Config>(config, {
    listLength: { type: "int", default: "5" },
    activationListLength: { type: "int", optional: true },
    listName: { type: "string" },
    databaseIndex: { type: "int", optional: true },
    enableTLS: { type: "string", optional: true },
    tls: { type: "string", from: ["authParams"], optional: true },
    address: list(["addresses"], LISTS),
    host: list(["hosts"], HOSTS),
    port: list(["ports"], HOSTS),
    username: secret,
    password: secret,
  }, (values) => addressProblem(values) ?? tlsProblem(values));
}

/** Puts hosts and ports together to addresses. */
function addressProblem(values: Config): string | undefined {
  const { address = [], host = [], port = [] } = values;
  if (host.length > 0 && port.length > 0) {
    if (host.length !== port.length) {
      return "not enough hosts or ports given. number of hosts should be equal to the number of ports";
    }
    address.push(...host.map((one, i) => joinHostPort(one, port[i])));
  }
  values.address = address;
  if (address.length > 0) return undefined;
  return "no addresses or hosts given. address should be a comma separated list of host:port or " +
    "set the host/port values";
}

function tlsProblem({ enableTLS, tls }: Config): string | undefined {
  if (enableTLS && tls) {
    return "unable to set `tls` in both ScaledObject and TriggerAuthentication together";
  }
  const isOn = enableTLS ? parseGoBool(enableTLS) : false;
  if (typeof isOn !== "boolean") return `EnableTLS parsing error ${isOn.problem}`;
  if (tls && !["enable", "disable"].includes(tls)) {
    return `error incorrect TLS value given, got ${tls}`;
  }
  return undefined;
}

type Ask = (...words: string[]) => RedisReply;

/** Errors: ScalerError. */
function lengthOf(ask: Ask, key: string): number {
  const found = ask("TYPE", key);
  const type = "status" in found ? found.status : "";
  const command = SIZES[type];
  if (!command) throw new ScalerError(`ERR unsupported key type: ${type}`);
  const size = ask(command, key);
  return "integer" in size ? size.integer : 0;
}

/** One command. Errors: ScalerError. */
function askRedis(
  { net }: ContainerContext,
  { address, config, words }: { address: string; config: Config; words: string[] },
): RedisReply {
  const { databaseIndex = 0, username, password } = config;
  try {
    const call = { words, db: databaseIndex, username, password };
    const reply = redisWire.readReply(net.request(redisWire.request(address, call)));
    if (!reply) throw new ScalerError('redis: can\'t parse "HTTP/1.1 400 Bad Request"');
    if ("error" in reply) throw new ScalerError(reply.error);
    return reply;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new ScalerError(error.message);
  }
}
