import { type FlagType, flagValue, parseCommandLine } from "../../../go/mod.ts";

export { FlagError, type FlagType } from "../../../go/mod.ts";

/** Values by flag name; a flag that was not given is absent. Durations are in milliseconds. */
export type FlagValues = Record<string, string | boolean | number | string[]>;

/**
 * Reads a program's flags; a name of one letter is also a shorthand, as Go's flags become pflag's.
 * Words that are none are passed over. Errors: FlagError.
 */
export function parseFlags(
  words: readonly string[],
  types: Readonly<Record<string, FlagType>>,
): FlagValues {
  const flags = Object.entries(types).map(([name, type]) => ({
    name,
    type,
    ...(name.length === 1 ? { shorthand: name } : {}),
  }));
  const values: FlagValues = {};
  for (const [name, texts] of parseCommandLine(words, flags).given) {
    const all = texts.map((text) => flagValue(types[name], text)) as FlagValues[string][];
    values[name] = Array.isArray(all[0]) ? (all as string[][]).flat() : all.at(-1)!;
  }
  return values;
}

/** Flags of every server built on k8s.io/apiserver that change nothing here. */
export const API_SERVER_FLAGS: Readonly<Record<string, FlagType>> = {
  "secure-port": "int",
  "bind-address": "string",
  "cert-dir": "string",
  "tls-cert-file": "string",
  "tls-private-key-file": "string",
  "tls-cipher-suites": "list",
  "tls-min-version": "string",
  "client-ca-file": "string",
  "audit-log-path": "string",
  "audit-log-maxage": "int",
  "audit-log-maxbackup": "int",
  "audit-log-maxsize": "int",
  "authentication-kubeconfig": "string",
  "authentication-skip-lookup": "bool",
  "authentication-token-webhook-cache-ttl": "duration",
  "authorization-kubeconfig": "string",
  "authorization-always-allow-paths": "list",
  "requestheader-client-ca-file": "string",
  "requestheader-allowed-names": "list",
  "requestheader-extra-headers-prefix": "list",
  "requestheader-group-headers": "list",
  "requestheader-username-headers": "list",
  "enable-priority-and-fairness": "bool",
  "profiling": "bool",
  "contention-profiling": "bool",
  "http2-max-streams-per-connection": "int",
  "disable-http2": "bool",
  "feature-gates": "list",
  "lister-kubeconfig": "string",
  "discovery-interval": "duration",
  "client-ca-name": "string",
  "kubeconfig": "string",
  "v": "int",
  "vmodule": "string",
  "logtostderr": "bool",
  "stderrthreshold": "string",
  "alsologtostderr": "bool",
  "log_dir": "string",
  "skip_headers": "bool",
  "logging-format": "string",
  "log-flush-frequency": "duration",
};
