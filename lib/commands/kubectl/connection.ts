import { DurationSyntaxError, parseGoDuration, quote } from "../../go/mod.ts";
import type { Lab } from "../../labs/lab.ts";
import type { CommandIo } from "../command.ts";
import { CliError, failure } from "./errors.ts";
import type { Flags } from "./flags.ts";

/** Where the lab's API is said to be; the shell's kubectl reaches it without an address. */
const SERVER_URL = "https://127.0.0.1:6443";

/** The name of the context, cluster and user that kind writes for a cluster of the lab. */
function contextName(cluster: string): string {
  return `kind-${cluster}`;
}

/** The contexts that this shell's kubectl knows: a real cluster's own, or kind's for each of the lab's. */
export async function contextsOf(lab: Lab): Promise<string[]> {
  const clusters = await lab.clusters();
  if (clusters.length > 0 && lab.context !== undefined) return [lab.context];
  return clusters.map(contextName);
}

/** Where the API is said to be. */
export function serverUrl({ server }: Lab): string {
  return server ?? SERVER_URL;
}

/**
 * Checks the flags that say which server to go to, and as whom: a kubeconfig of kind's with the lab's
 * cluster is all there is. Errors: CliError, as client-go's loader words it.
 * Differs: credentials (`--token`, `--client-key`…) are not looked at, since none are asked for in process;
 * no other kubeconfig is read, and no other server reached.
 * Source: kubernetes/client-go tools/clientcmd (loader.go, client_config.go, helpers.go).
 */
export async function checkConnection(flags: Flags, io: CommandIo): Promise<void> {
  const known = await contextsOf(io.lab);
  const given = (name: string) => {
    // `create rolebinding --user` is another flag.
    const isGlobal = flags.definitions.find((each) => each.name === name)?.type === "string";
    const value = isGlobal ? flags.string(name) : "";
    return value === "" || known.includes(value) ? undefined : value;
  };
  await checkKubeconfig(flags.string("kubeconfig"), io);
  const context = given("context");
  if (context !== undefined) {
    throw flags.changed("namespace")
      ? failure(`context ${quote(context)} does not exist`)
      : new CliError(
        `Error in configuration: context was not found for specified context: ${context}`,
      );
  }
  const user = given("user");
  if (user !== undefined) throw failure(`auth info ${quote(user)} does not exist`);
  const cluster = given("cluster");
  if (cluster !== undefined) throw failure(`no server found for cluster ${quote(cluster)}`);
  const server = flags.string("server");
  if (server !== "" && server !== serverUrl(io.lab)) {
    const address = server.replace(/^\w+:\/\//, "").replace(/\/.*$/, "");
    throw new CliError(
      `The connection to the server ${address} was refused - did you specify the right host or port?`,
    );
  }
  requestTimeoutMs(flags);
}

async function checkKubeconfig(path: string, { files }: CommandIo): Promise<void> {
  if (path === "") return;
  const found = await files.stat(path).catch(() => undefined);
  if (!found) throw failure(`stat ${path}: no such file or directory`);
  throw failure(`the lab's kubectl reads no kubeconfig; leave --kubeconfig out`);
}

/** `--request-timeout`; 0 for none. Errors: CliError. */
function requestTimeoutMs(flags: Flags): number {
  const text = flags.string("request-timeout");
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  try {
    return text === "" ? 0 : parseGoDuration(text);
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    throw failure(
      "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
    );
  }
}
