import { isReady, type KubeClient, type Pod, type Service } from "../../kube/mod.ts";
import type { HostPort, Lab } from "../lab.ts";
import { carryToPod, type PodPort } from "../port_stream.ts";
import { othersOf, refusalOf } from "../ports.ts";

/** A forward that listens, or why it does not; until closed. */
export interface Forward extends HostPort {
  close(): void;
}

/** The way into a cluster. */
export interface Way {
  client: KubeClient;
  stream: Lab["stream"];
}

/**
 * Listens on 127.0.0.1 and carries each connection to a pod of the Service that has `port` as its node port, one ready
 * pod after the other, as kube-proxy spreads them. A connection that nobody stands behind is ended, as kind's port
 * mapping does. Where the port is taken another is opened for it, and where all of these are, one that the system gives: the
 * lab's pages have no other way.
 */
export function openForward(port: number, way: Way): Forward {
  let refused: Omit<HostPort, "port"> = { state: "busy" };
  for (const wanted of [port, ...othersOf(port), 0]) {
    try {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: wanted });
      void accept(listener, new Backends(port, way.client), way);
      const at = listener.addr.port;
      return {
        port,
        ...(at === port ? {} : { at }),
        state: "open",
        close: () => listener.close(),
      };
    } catch (error) {
      refused = refusalOf(error as Error);
      if (refused.state === "refused") break;
    }
  }
  return { port, ...refused, close() {} };
}

async function accept(listener: Deno.Listener, backends: Backends, way: Way): Promise<void> {
  try {
    for await (const connection of listener) void carry(connection as Deno.TcpConn, backends, way);
  } catch {
    // It is closed.
  }
}

/** Whom connections to a node port go to. */
class Backends {
  #turn = 0;

  constructor(readonly port: number, readonly client: KubeClient) {}

  /** The next pod and its port; undefined where no ready pod stands behind. */
  async next(): Promise<PodPort | undefined> {
    const { items: services } = await this.client.list<Service>("v1/services");
    for (const { metadata: { namespace, name }, spec } of services) {
      const port = spec?.ports?.find(({ nodePort }) => nodePort === this.port);
      if (!port) continue;
      const pods = await this.#pods(namespace!, spec?.selector ?? {});
      if (pods.length === 0) continue;
      const pod = pods[this.#turn++ % pods.length];
      const number = targetPort(pod, port);
      if (number === undefined) {
        throw new Error(`no port ${port.targetPort} in the pods of ${name}`);
      }
      return { namespace: namespace!, name: pod.metadata.name, port: number };
    }
    return undefined;
  }

  async #pods(namespace: string, selector: Record<string, string>): Promise<Pod[]> {
    const wanted = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
    if (wanted.length === 0) return [];
    const query = { labelSelector: wanted.join(",") };
    const { items } = await this.client.list<Pod>("v1/pods", { namespace }, { query });
    return items.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp);
  }
}

function targetPort(
  pod: Pod,
  { targetPort, port }: { targetPort?: number | string; port: number },
): number | undefined {
  const target = targetPort ?? port;
  if (typeof target === "number") return target;
  for (const container of pod.spec?.containers ?? []) {
    const found = container.ports?.find(({ name }) => name === target);
    if (found) return found.containerPort;
  }
}

/** One connection; what is not reached is as if nobody stood behind. */
async function carry(connection: Deno.TcpConn, backends: Backends, way: Way): Promise<void> {
  try {
    const to = await backends.next();
    if (to) return void await carryToPod(connection, way.stream, to);
  } catch {
    // The connection ends: that is all its other side can be told.
  }
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
