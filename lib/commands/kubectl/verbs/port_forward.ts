import { messageOf } from "../../../base/mod.ts";
import { parseGoUint, quote } from "../../../go/mod.ts";
import type { KubeObject, Pod, Service } from "../../../kube/mod.ts";
import { carryToPod } from "../../../labs/mod.ts";
import { CliError, failure, usageError } from "../errors.ts";
import { attachablePod, objectNamed } from "../pod_containers.ts";
import { waitFor } from "../remote.ts";
import type { Session, Verb } from "../session.ts";

interface Mapping {
  local: number;
  remote: number;
}

/**
 * `kubectl port-forward`: opens the ports on 127.0.0.1 of this machine while it runs.
 * Source: kubernetes/kubectl pkg/cmd/portforward/portforward.go, client-go tools/portforward/portforward.go.
 * Differs: listens on 127.0.0.1 alone, whatever `--address` says.
 */
export const portForward: Verb = {
  async run(session) {
    const { args } = session;
    if (args.length < 2) {
      throw usageError("port-forward", "TYPE/NAME and list of ports are required for port-forward");
    }
    const object = await objectNamed(session, [args[0]]);
    const pod = await attachablePod(session, object);
    const specs = args.slice(1).map((spec) => {
      const parts = spec.split(":");
      return parts.length === 2
        ? parts as [string, string]
        : [parts[0], parts[0]] as [string, string];
    });
    const mappings = specs.map((spec) =>
      object.kind === "Service" ? throughService(object, pod, spec) : throughPod(pod, spec)
    );
    const phase = pod.status?.phase;
    if (phase !== "Running") {
      throw failure(
        `unable to forward port because pod is not running. Current status=${phase}`,
      );
    }
    await forward(session, pod, mappings);
  },
};

function portNumber(text: string, what: string): number {
  const port = parseGoUint(text, 16);
  if (typeof port === "number") return port;
  throw failure(`error parsing ${what} port '${text}': ${port.problem}`);
}

function mapping([local, remote]: [string, string]): Mapping {
  const localPort = local === "" ? 0 : portNumber(local, "local");
  const remotePort = portNumber(remote, "remote");
  if (remotePort === 0) throw failure("remote port must be > 0");
  return { local: localPort, remote: remotePort };
}

/** Source: portforward.go (translateServicePortToTargetPort); kubectl pkg/util/service_port.go. */
function throughService(
  service: Service,
  pod: Pod,
  [local, remote]: [string, string],
): Mapping {
  const ports = service.spec?.ports ?? [];
  let number = Number(remote);
  let shownLocal = local;
  if (!/^\d+$/.test(remote)) {
    const named = ports.find((one) => one.name === remote);
    if (!named) {
      throw failure(`Service '${service.metadata.name}' does not have a named port '${remote}'`);
    }
    number = named.port;
    if (local === remote) shownLocal = String(number);
  }
  const found = ports.find((one) => one.port === number);
  if (!found) {
    throw failure(`Service ${service.metadata.name} does not have a service port ${number}`);
  }
  const target = service.spec?.clusterIP === "None" ? number : found.targetPort ?? found.port;
  const targetPort = typeof target === "number" ? target : containerPort(pod, target);
  return mapping([shownLocal, String(targetPort)]);
}

/** Source: portforward.go (convertPodNamedPortToNumber). */
function throughPod(pod: Pod, [local, remote]: [string, string]): Mapping {
  if (remote === "") throw failure("remote port cannot be empty");
  if (/^\d+$/.test(remote)) return mapping([local, remote]);
  const number = String(containerPort(pod, remote));
  return mapping([local === remote ? number : local, number]);
}

function containerPort(pod: Pod, name: string): number {
  for (const container of pod.spec?.containers ?? []) {
    const found = container.ports?.find((one) => one.name === name);
    if (found) return found.containerPort;
  }
  throw failure(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

async function forward(
  session: Session,
  pod: Pod,
  mappings: readonly Mapping[],
): Promise<void> {
  const { io } = session;
  const listeners: Deno.Listener[] = [];
  let lost = () => {};
  const broken = new Promise<"lost">((resolve) => lost = () => resolve("lost"));
  const stopped = new Promise<"stopped">((resolve) => {
    if (io.signal.aborted) resolve("stopped");
    io.signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  try {
    for (const { local, remote } of mappings) {
      const listener = listen(session, { local, remote });
      if (!listener) continue;
      listeners.push(listener);
      const { port } = listener.addr as Deno.NetAddr;
      session.out(`Forwarding from 127.0.0.1:${port} -> ${remote}\n`);
      void accept(session, listener, { pod, local: port, remote, lost });
    }
    if (listeners.length === 0) {
      const shown = mappings.map(({ local, remote }) => `{${local} ${remote}}`).join(" ");
      throw failure(`unable to listen on any of the requested ports: [${shown}]`);
    }
    const end = await waitFor(session, Promise.race([broken, stopped]));
    if (end === "lost") throw failure("lost connection to pod");
    throw new CliError("", 130);
  } finally {
    for (const listener of listeners) listener.close();
  }
}

function listen(session: Session, { local }: Mapping): Deno.Listener | undefined {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port: local });
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "address already in use"
      : messageOf(error);
    session.out(
      `Unable to listen on port ${local}: Listeners failed to create with the following errors: ` +
        `[unable to create listener: Error listen tcp4 127.0.0.1:${local}: bind: ${why}]\n`,
    );
    return undefined;
  }
}

interface Door {
  pod: KubeObject;
  local: number;
  remote: number;
  lost(): void;
}

async function accept(session: Session, listener: Deno.Listener, door: Door): Promise<void> {
  try {
    for await (const connection of listener) {
      session.out(`Handling connection for ${door.local}\n`);
      void carry(session, connection as Deno.TcpConn, door);
    }
  } catch {
    // The listener is closed: the command has ended.
  }
}

/** One connection. */
async function carry(session: Session, connection: Deno.TcpConn, door: Door): Promise<void> {
  const { pod: { metadata: { name, namespace = "" } }, local, remote } = door;
  // Either side may hang up at any time.
  const problem = await carryToPod(connection, session.io.lab.stream, {
    namespace,
    name,
    port: remote,
  }).catch(() => "");
  if (problem === "") return;
  session.err(
    `${stamp(session)} portforward.go:522] "Unhandled Error" err=${
      quote(`an error occurred forwarding ${local} -> ${remote}: ${problem}`)
    }\n`,
  );
  door.lost();
}

/** klog's head of a line. */
function stamp({ io }: Session): string {
  const iso = new Date(io.lab.clock.now()).toISOString();
  return `E${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000 ${
    String(Deno.pid).padStart(7)
  }`;
}
