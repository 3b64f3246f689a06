import { basicAuth } from "../../../go/mod.ts";
import type { Parameter, ParameterSource } from "./typed_config.ts";

const AUTH: readonly ParameterSource[] = ["authParams"];
const BOTH: readonly ParameterSource[] = ["triggerMetadata", "authParams"];
const secret: Parameter = { type: "string", from: AUTH, optional: true };

/**
 * How a trigger shows who it is.
 * Source: kedacore/keda pkg/scalers/authentication/authentication_types.go.
 */
export const AUTH_PARAMETERS: Record<string, Parameter> = {
  authModes: {
    type: "list",
    aliases: ["authMode"],
    from: BOTH,
    optional: true,
    enum: ["apiKey", "basic", "tls", "bearer", "custom", "oauth"],
    exclusive: ["bearer", "basic", "oauth"],
  },
  bearerToken: { ...secret, aliases: ["token"] },
  username: secret,
  password: secret,
  cert: secret,
  key: secret,
  ca: secret,
  oauthTokenURI: secret,
  clientID: secret,
  customAuthHeader: secret,
  customAuthValue: secret,
  apiKey: { ...secret, from: BOTH },
  method: {
    type: "string",
    from: BOTH,
    optional: true,
    default: "header",
    enum: ["header", "query"],
  },
  keyParamName: { ...secret, from: BOTH },
};

/** The parameters, as they were read. */
export interface AuthConfig {
  authModes?: string[];
  bearerToken?: string;
  username?: string;
  password?: string;
  cert?: string;
  key?: string;
  ca?: string;
  oauthTokenURI?: string;
  clientID?: string;
  customAuthHeader?: string;
  customAuthValue?: string;
  apiKey?: string;
  /** Where the key of `apiKey` goes. */
  method?: "header" | "query";
  keyParamName?: string;
}

/** What a mode lacks; undefined when nothing does. */
export function authProblem(config: AuthConfig): string | undefined {
  const has = (mode: string) => config.authModes?.includes(mode) ?? false;
  const shown = (value: string | undefined) => value ? "<present>" : "<empty>";
  const both = (one: keyof AuthConfig, two: keyof AuthConfig, mode: string) =>
    `${one}=${shown(config[one] as string)} and ${two}=${shown(config[two] as string)} are ` +
    `required when ${mode} is enabled`;
  if (has("bearer") && !config.bearerToken) {
    return "bearer token=<empty> is required when bearer auth is enabled";
  }
  if (has("basic") && !config.username) {
    return "username=<empty> is required when basic auth is enabled";
  }
  if (has("tls") && !(config.cert && config.key)) return both("cert", "key", "tls auth");
  if (has("oauth") && !(config.oauthTokenURI && config.clientID)) {
    return both("oauthTokenURI", "clientID", "oauth");
  }
  if (has("custom") && !(config.customAuthHeader && config.customAuthValue)) {
    return both("customAuthHeader", "customAuthValue", "custom auth");
  }
  if (has("apiKey") && !config.apiKey) return "apiKey is required when apiKey auth is enabled";
  return undefined;
}

/** The request headers that show it. Source: pkg/scalers/prometheus_scaler.go (ExecutePromQuery). */
export function authHeaders(config: AuthConfig): Record<string, string> {
  const has = (mode: string) => config.authModes?.includes(mode) ?? false;
  if (has("bearer")) return { authorization: `Bearer ${config.bearerToken}` };
  if (has("basic")) {
    return { authorization: basicAuth(config.username ?? "", config.password ?? "") };
  }
  if (has("custom")) return { [config.customAuthHeader!]: config.customAuthValue! };
  return {};
}
