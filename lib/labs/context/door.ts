import { fromYaml } from "../../go/mod.ts";
import { ApiError, ConnectionError } from "../../kube/mod.ts";
import { type Listener, serveHttps } from "../../sim/api/listener.ts";
import { writePrivately } from "../../sim/state/mod.ts";
import { isWrite, pathAsked } from "../asked.ts";
import type { Lab } from "../lab.ts";
import type { ProgramIo } from "../programs.ts";
import { streamOver } from "../served_stream.ts";

/** What stands behind the door. */
export interface Behind extends Pick<Lab, "api" | "stream"> {
  readonly context: string;
  /** Where the kubeconfig is written, and what makes the door the same next time is kept. */
  readonly homeDir: string;
}

/** A door to a lab's guarded API, until closed. */
export interface GuardedDoor {
  /** Told of each request, while somebody is. */
  asked: ProgramIo["asked"];
  /** Writes a kubeconfig that leads through the door, at a namespace; gives its path. */
  writeKubeconfig(namespace: string): string;
  /** The namespace that the kubeconfig is at now: a program may have set another. */
  readonly namespace: string | undefined;
  close(): Promise<void>;
}

/**
 * Opens a door of this machine for programs of the learner's own: what they send is admitted, marked and refused as what
 * the shell's own commands send is, and the cluster's credentials stay on this side.
 */
export async function openGuardedDoor(behind: Behind): Promise<GuardedDoor> {
  const { api, stream, context, homeDir } = behind;
  const path = `${homeDir}/kubeconfig`;
  const door: { asked: ProgramIo["asked"] } = { asked: undefined };
  const handle = async (request: Request): Promise<Response> => {
    if (isStranger(request)) return unauthorized();
    door.asked?.(pathAsked(request.url), isWrite(request));
    try {
      return await api(request);
    } catch (error) {
      if (request.signal.aborted || !isAway(error)) throw error;
      const { message } = error as Error;
      const status = new ApiError(503, "ServiceUnavailable", message);
      return Response.json(status.toStatus(), { status: 503 });
    }
  };
  const listener: Listener = await serveHttps({
    handle,
    stream: async (request, accept) => {
      if (isStranger(request)) return unauthorized();
      door.asked?.(pathAsked(request.url), false);
      return await streamOver({ api: handle, stream }, request, accept);
    },
  }, { homeDir });
  return {
    set asked(asked: ProgramIo["asked"]) {
      door.asked = asked;
    },
    writeKubeconfig(namespace: string): string {
      writePrivately(path, kubeconfigAt(listener, context, namespace));
      return path;
    },
    get namespace() {
      return namespaceIn(path);
    },
    close: () => listener.close(),
  };
}

/**
 * The listener takes its own token off, and lets service accounts' pass to an API that can verify them. This door's
 * sends everything on with the learner's credentials, so whoever comes with another token stays outside.
 */
function isStranger(request: Request): boolean {
  return request.headers.has("authorization");
}

function unauthorized(): Response {
  const status = new ApiError(401, "Unauthorized", "Unauthorized");
  return Response.json(status.toStatus(), { status: 401 });
}

/** The cluster does not answer, or there is none. */
function isAway(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof TypeError;
}

/** Where there is no cluster, there is no context: kubectl then says so itself. */
export function emptyKubeconfig(homeDir: string): string {
  const path = `${homeDir}/kubeconfig`;
  writePrivately(path, '{"apiVersion":"v1","kind":"Config"}\n');
  return path;
}

/** As much of a kubeconfig as is read here. */
interface Kubeconfig {
  clusters: { name: string }[];
  users: { name: string }[];
  contexts: { name: string; context: { namespace?: string } }[];
  "current-context": string;
}

/** The listener's own, under the context's name. */
function kubeconfigAt({ kubeconfig }: Listener, name: string, namespace: string): string {
  const { clusters: [cluster], users: [user], ...rest } = fromYaml(kubeconfig) as Kubeconfig;
  return `${
    JSON.stringify({
      ...rest,
      clusters: [{ ...cluster, name }],
      users: [{ ...user, name }],
      contexts: [{ name, context: { cluster: name, user: name, namespace } }],
      "current-context": name,
    })
  }\n`;
}

function namespaceIn(path: string): string | undefined {
  try {
    const config = fromYaml(Deno.readTextFileSync(path)) as Kubeconfig;
    const at = config.contexts.find(({ name }) => name === config["current-context"]);
    return at!.context.namespace || "default";
  } catch {
    return undefined; // A program has made something else of it: it is written anew for the next one.
  }
}
