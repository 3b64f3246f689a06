import { bytesOfArray, bytesToArray, parseGoUint } from "../../go/mod.ts";
import { ApiError, type KubeObject } from "../../kube/mod.ts";
import {
  type ContainerPlace,
  type ContainerStreams,
  ExecError,
  type Execution,
  NetworkError,
  type Stdio,
} from "../seams.ts";
import { isTrue } from "./options.ts";
import { HttpBytes } from "./http_bytes.ts";
import { SpdyConnection } from "./spdy.ts";

/** One side of a connection that carries messages: a WebSocket, or a pair of functions in this process. */
export interface MessageSocket {
  send(bytes: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** What is done with what comes over a connection. */
export interface MessageHandler {
  onMessage(bytes: Uint8Array): void;
  onClose(): void;
}

/** A stream that may be opened: the protocol agreed on, and what serves it. */
export interface OpenedStream {
  protocol: string;
  start(socket: MessageSocket): MessageHandler;
}

/** Whether the messages of a protocol are text. */
export function isTextProtocol(protocol: string): boolean {
  return /^(v4\.)?base64\./.test(protocol);
}

export type StreamKind = "exec" | "attach" | "portforward";

export interface StreamRequest {
  kind: StreamKind;
  pod: KubeObject;
  query: URLSearchParams;
  /** In the client's order of preference. */
  protocols: readonly string[];
  /** A name that follows from what is run, for messages. */
  execId(): string;
}

/** What kube-apiserver serves by itself, in front of the kubelet's protocols. Source: kubernetes pkg/registry/core/rest. */
const REMOTE_COMMAND = "v5.channel.k8s.io";
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
/** Source: kubernetes/streaming pkg/httpstream/wsstream, cri-streaming pkg/streaming/remotecommand/websocket.go. */
const KUBELET_COMMAND = [
  "",
  "channel.k8s.io",
  "base64.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
];
/** Source: cri-streaming pkg/streaming/portforward/websocket.go. */
const KUBELET_FORWARD = ["", "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
/** v5: the client has no more to say on a channel. */
const CLOSE = 255;

/**
 * Opens `pods/exec`, `pods/attach` and `pods/portforward`.
 * Errors: ApiError, also for no protocol in common; KubeletRefusal for a container that does not run.
 * Source: kubernetes pkg/registry/core/pod/strategy.go (streamLocation), pkg/kubelet/kubelet_pods.go.
 */
export function openPodStream(streams: ContainerStreams, request: StreamRequest): OpenedStream {
  const { kind, pod, protocols } = request;
  const { name, namespace = "" } = pod.metadata;
  const protocol = agreedOn(kind, protocols);
  if (kind === "portforward") {
    assigned(pod);
    if (pod.status?.phase !== "Running") {
      throw new KubeletRefusal(`pod not found ("${name}_${namespace}")`);
    }
    if (protocol === undefined) throw noProtocol();
    if (protocol === TUNNEL) return { protocol, start: (socket) => tunnel(streams, pod, socket) };
    const ports = portsOf(request.query);
    return framed({
      protocol,
      start: (socket) => forwardChannels(streams, pod, { socket, ports }),
    });
  }
  const container = containerOf(pod, request.query.get("container") ?? "");
  assigned(pod);
  const running = [
    ...pod.status?.containerStatuses ?? [],
    ...pod.status?.initContainerStatuses ?? [],
    ...pod.status?.ephemeralContainerStatuses ?? [],
  ]
    .find((status: { name: string }) => status.name === container)?.state?.running;
  if (!running) throw new KubeletRefusal(`container not found ("${container}")`);
  // Source: cri-streaming pkg/streaming/remotecommand/httpstream.go (NewOptions).
  if (!["stdin", "stdout", "stderr"].some((name) => isTrue(request.query.get(name)))) {
    throw new KubeletRefusal("you must specify at least 1 of stdin, stdout, stderr", 400);
  }
  if (protocol === undefined) throw noProtocol();
  const place: ContainerPlace = { namespace, pod: name, container };
  return framed({
    protocol,
    start: (socket) => remoteCommand(streams, { ...request, protocol, place, socket }),
  });
}

/** What the API server serves comes first, then what the kubelet does in the client's order; "" when none is asked for. */
function agreedOn(kind: StreamKind, protocols: readonly string[]): string | undefined {
  const [own, known] = kind === "portforward"
    ? [TUNNEL, KUBELET_FORWARD]
    : [REMOTE_COMMAND, KUBELET_COMMAND];
  if (protocols.includes(own)) return own;
  return protocols.length === 0 ? "" : protocols.find((one) => known.includes(one));
}

/** A stream whose messages are as its protocol has them: those of the base64 ones are text. */
function framed({ protocol, start }: OpenedStream): OpenedStream {
  if (!isTextProtocol(protocol)) return { protocol, start };
  return {
    protocol,
    start(socket) {
      const handler = start({
        send: (bytes) =>
          socket.send(
            new TextEncoder().encode(`${bytes[0]}${bytes.subarray(1).toBase64()}`),
          ),
        close: (code, reason) => socket.close(code, reason),
      });
      return {
        onMessage(bytes) {
          const data = fromBase64(new TextDecoder().decode(bytes.subarray(1)));
          if (data) handler.onMessage(new Uint8Array([bytes[0] - ZERO, ...data]));
        },
        onClose: () => handler.onClose(),
      };
    },
  };
}

const ZERO = "0".charCodeAt(0);

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch (error) {
    // Upstream drops what it cannot read.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function assigned(pod: KubeObject): void {
  if (!pod.spec?.nodeName) {
    throw ApiError.badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  }
}

/** Source: golang.org/x/net websocket/server.go (newServerConn), where the handshake is refused. */
function noProtocol(): KubeletRefusal {
  return new KubeletRefusal("", 403);
}

/** What the kubelet says in plain words, where the API server would say it in a Status. */
export class KubeletRefusal extends Error {
  override name = "KubeletRefusal";
  constructor(message: string, readonly code = 500) {
    super(message);
  }
}

/** Source: kubernetes pkg/registry/core/pod/strategy.go (validateContainer). */
function containerOf(pod: KubeObject, wanted: string): string {
  const { name } = pod.metadata;
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const names: string[] = [...initContainers, ...containers, ...ephemeralContainers]
    .map((one: { name: string }) => one.name);
  if (wanted === "") {
    if (containers.length === 1) return containers[0].name;
    throw ApiError.badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]`,
    );
  }
  if (!names.includes(wanted)) {
    throw ApiError.badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  return wanted;
}

// ---------------------------------------------------------------- exec and attach

function remoteCommand(
  streams: ContainerStreams,
  { kind, query, protocol, place, socket, execId }: StreamRequest & {
    protocol: string;
    place: ContainerPlace;
    socket: MessageSocket;
  },
): MessageHandler {
  const on = (name: string) => isTrue(query.get(name));
  const tty = on("tty");
  const command = query.getAll("command");
  let over = false;
  const send = (channel: number, bytes: string) => {
    if (over || bytes === "") return;
    const message = new Uint8Array(bytes.length + 1);
    message[0] = channel;
    message.set(bytesToArray(bytes), 1);
    socket.send(message);
  };
  const isStructured = /^v\d/.test(protocol);
  const finish = (status: { status?: string; message?: string }) => {
    if (over) return;
    if (isStructured) send(ERROR, JSON.stringify(status));
    else if (status.status !== "Success") send(ERROR, status.message ?? "");
    over = true;
    socket.close(1000, "");
  };
  // Tells the client that it is connected.
  socket.send(new Uint8Array([on("stdout") ? STDOUT : on("stderr") ? STDERR : ERROR]));
  const stdio: Stdio = {
    tty,
    stdin: on("stdin"),
    onStdout: (bytes) => on("stdout") && send(STDOUT, bytes),
    onStderr: (bytes) => on("stderr") && send(STDERR, bytes),
    onExit: (code) => finish(kind === "attach" || code === 0 ? SUCCESS : exitStatus(command, code)),
  };
  let execution: Execution | undefined;
  const failed = (why: string) =>
    finish(internalStatus(
      `error executing command in container: failed to exec in container: failed to start exec ` +
        `"${execId()}": OCI runtime exec failed: exec failed: ${why}`,
    ));
  // Source: opencontainers/runc utils_linux.go (validateProcessSpec).
  const isEmpty = kind === "exec" && command.length === 0;
  if (isEmpty) failed("args must not be empty");
  try {
    if (kind === "attach") execution = streams.attach(place, stdio);
    else if (!isEmpty) execution = streams.exec(place, command, stdio);
    // It has ended, and the API has yet to say so: there is nothing more to hear.
    if (!execution) finish(SUCCESS);
  } catch (error) {
    if (!(error instanceof ExecError)) throw error;
    failed(`unable to start container process: ${error.message}`);
  }
  return {
    onMessage(bytes) {
      if (over || bytes.length === 0) return;
      if (bytes[0] === STDIN) execution?.write(bytesOfArray(bytes.subarray(1)));
      else if (bytes[0] === CLOSE && bytes[1] === STDIN) execution?.closeStdin();
    },
    onClose() {
      over = true;
      execution?.kill();
    },
  };
}

const SUCCESS = { metadata: {}, status: "Success" };

/** Source: kubernetes/apiserver pkg/util/... remotecommand (writeStatus); client-go tools/remotecommand/v4.go. */
function exitStatus(command: readonly string[], code: number) {
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: error executing command [${
      command.join(" ")
    }], exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  };
}

function internalStatus(why: string): { status?: string; message?: string } {
  return ApiError.internal(why).toStatus();
}

// ---------------------------------------------------------------- port-forward

function portsOf(query: URLSearchParams): number[] {
  const ports = query.getAll("ports").flatMap((text) => text.split(",")).map((text) => {
    const port = parseGoUint(text, 16);
    if (typeof port === "number") return port;
    throw ApiError.badRequest(`cannot convert to []int32: ${port.problem}`);
  });
  const [first] = ports;
  if (first === undefined) throw new KubeletRefusal('query parameter "port" is required', 400);
  if (ports.includes(0)) throw new KubeletRefusal('port "0" must be > 0', 400);
  return ports;
}

/** One connection to a port of a pod. */
class Forwarding {
  readonly #http: HttpBytes;

  constructor(
    private readonly streams: ContainerStreams,
    private readonly pod: KubeObject,
    private readonly port: number,
    out: (bytes: string) => void,
    end: () => void,
  ) {
    const { name, namespace = "" } = pod.metadata;
    this.#http = new HttpBytes(
      ({ path, ...request }) => {
        try {
          const { headers, ...response } = streams.request(
            { namespace, pod: name },
            { ...request, url: `http://localhost:${port}${path}` },
          );
          return { ...response, headers };
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          return undefined;
        }
      },
      out,
      end,
    );
  }

  /** Why nothing listens there, in the words of the container runtime; undefined when something does. */
  problem(): string | undefined {
    const { name, namespace = "", uid } = this.pod.metadata;
    try {
      this.streams.dial({ namespace, pod: name }, this.port);
      return undefined;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      // Source: containerd internal/cri/server/sandbox_portforward_linux.go.
      return `error forwarding port ${this.port} to pod ${sandboxOf(uid ?? "")}, uid : ` +
        `failed to execute portforward in network namespace "/var/run/netns/cni-${uid}": ` +
        `failed to connect to localhost:${this.port} inside namespace "${sandboxOf(uid ?? "")}", ` +
        `IPv4: dial tcp4 127.0.0.1:${this.port}: connect: connection refused ` +
        `IPv6 dial tcp6 [::1]:${this.port}: connect: connection refused `;
    }
  }

  feed(bytes: Uint8Array): void {
    this.#http.feed(bytesOfArray(bytes));
  }
}

/** Sandbox ids have the look of a digest. */
function sandboxOf(uid: string): string {
  return uid.replaceAll("-", "").repeat(2).slice(0, 64);
}

/** SPDY streams in pairs, one for data and one for an error, inside a WebSocket. */
function tunnel(streams: ContainerStreams, pod: KubeObject, socket: MessageSocket): MessageHandler {
  const errorStreams = new Map<string, number>();
  const nothing = { onData: () => {}, onEnd: () => {}, onReset: () => {} };
  const spdy: SpdyConnection = new SpdyConnection(
    (bytes) => socket.send(bytes),
    (id, headers) => {
      const request = headers.get("requestid") ?? "";
      if (headers.get("streamtype") === "error") {
        errorStreams.set(request, id);
        return nothing;
      }
      const errorId = errorStreams.get(request);
      errorStreams.delete(request);
      const close = () => {
        spdy.end(id);
        if (errorId !== undefined) spdy.end(errorId);
      };
      const forwarding = new Forwarding(
        streams,
        pod,
        Number(headers.get("port")),
        (bytes) => spdy.write(id, bytesToArray(bytes)),
        close,
      );
      const problem = forwarding.problem();
      if (problem !== undefined) {
        // The reply has to be out before what comes over the stream.
        queueMicrotask(() => {
          if (errorId !== undefined) spdy.write(errorId, bytesToArray(problem));
          close();
        });
        return nothing;
      }
      return { onData: (bytes) => forwarding.feed(bytes), onEnd: close, onReset: () => {} };
    },
    () => socket.close(1000, ""),
  );
  return { onMessage: (bytes) => spdy.receive(bytes), onClose: () => spdy.close() };
}

/**
 * Two channels a port, for data and for an error, each of which begins with the port's number.
 * Source: kubernetes pkg/kubelet streaming/portforward/websocket.go.
 */
function forwardChannels(
  streams: ContainerStreams,
  pod: KubeObject,
  { socket, ports }: { socket: MessageSocket; ports: readonly number[] },
): MessageHandler {
  const send = (channel: number, bytes: Uint8Array) => {
    const message = new Uint8Array(bytes.length + 1);
    message[0] = channel;
    message.set(bytes, 1);
    socket.send(message);
  };
  const forwardings = ports.map((port, i) => {
    for (const channel of [2 * i, 2 * i + 1]) {
      send(channel, new Uint8Array([port & 255, port >> 8]));
    }
    const forwarding = new Forwarding(
      streams,
      pod,
      port,
      (bytes) => send(2 * i, bytesToArray(bytes)),
      () => socket.close(1000, ""),
    );
    const problem = forwarding.problem();
    if (problem !== undefined) {
      send(2 * i + 1, bytesToArray(problem));
      socket.close(1000, "");
    }
    return forwarding;
  });
  return {
    onMessage(bytes) {
      if (bytes.length > 1 && bytes[0] % 2 === 0) {
        forwardings[bytes[0] / 2]?.feed(bytes.subarray(1));
      }
    },
    onClose: () => {},
  };
}
