import { type Cancel, type Clock, type SeededRandom } from "../base/mod.ts";
import { parseGoUrl, quote } from "../go/mod.ts";
import type { TagStyle } from "./image_tags.ts";
import type { BuiltInKinds, KubeObject, LabelSelector, ObjectOf } from "../kube/mod.ts";

/*
 * The seams between the rooms of the embedded cluster. Everything behind them is synchronous: one
 * callback runs at a time, at one virtual instant, and time moves only between callbacks. That is
 * what makes a run repeatable from its seed.
 */

// ---------------------------------------------------------------- state

/**
 * Durable key-value storage with one transaction at a time. Keys are paths such as
 * `object/pods/default/web-1` or `series/3`; prefixes are the tables.
 */
export interface StateFile {
  get(key: string): string | undefined;
  getBytes(key: string): Uint8Array | undefined;
  /** Every entry whose key starts with `prefix`, in key order. */
  entries(prefix: string): Iterable<[key: string, value: string]>;
  keys(prefix: string): Iterable<string>;
  /** Stages a write; it is durable after {@linkcode StateFile.commit}. */
  put(key: string, value: string | Uint8Array): void;
  delete(key: string): void;
  deletePrefix(prefix: string): void;
  /**
   * Makes everything staged since the last commit durable, all or nothing, against the end of the process and
   * of the machine.
   */
  commit(): void;
  close(): void;
}

/** Something with state to keep. `save` stages only what changed since it was last called. */
export interface Durable {
  save(state: StateFile): void;
}

// ---------------------------------------------------------------- the API, from inside

/** What happened to an object. `object` is frozen: clone it to change it. */
export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: "ADDED" | "MODIFIED" | "DELETED";
  object: T;
  /** The object before a MODIFIED event. */
  previous?: T;
}

export interface ListOptions {
  /** All namespaces when absent. */
  namespace?: string;
  /** A selector string or a `LabelSelector`. */
  labelSelector?: string | LabelSelector;
  /** Only `metadata.*` and upstream's selectable fields: `spec.nodeName=x,status.phase=Running`. */
  fieldSelector?: string;
}

/** What is to be said about an object. */
export interface EventText {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  component: string;
  host?: string;
  /** The part of the object it is about: `spec.containers{nginx}`. */
  fieldPath?: string;
}

/**
 * The API server as controllers, the kubelet and programs reach it: synchronous, in process.
 *
 * `resource` is the plural with its group, `pods`, `deployments.apps`,
 * `horizontalpodautoscalers.autoscaling` (served in the storage version: autoscaling/v2).
 * `namespace` is "" for cluster-scoped resources. Objects that come out are deeply frozen and
 * shared: use `structuredClone` to change one. Errors: ApiError, as a client would receive it.
 * Writes pass the same admission, defaulting and validation as those from outside.
 */
export interface SimApi {
  get<R extends keyof BuiltInKinds>(
    resource: R,
    namespace: string,
    name: string,
  ): ObjectOf<R> | undefined;
  get<T extends KubeObject = KubeObject>(
    resource: string,
    namespace: string,
    name: string,
  ): T | undefined;
  list<R extends keyof BuiltInKinds>(resource: R, options?: ListOptions): ObjectOf<R>[];
  list<T extends KubeObject = KubeObject>(resource: string, options?: ListOptions): T[];
  create<T extends KubeObject = KubeObject>(resource: string, object: T): T;
  /** Replaces everything but status; `metadata.resourceVersion`, when present, must match. */
  update<T extends KubeObject = KubeObject>(resource: string, object: T): T;
  /** Replaces status alone. */
  updateStatus<T extends KubeObject = KubeObject>(resource: string, object: T): T;
  /** RFC 7386 merge patch; `subresource` "status", "scale" or, for a pod's node, "binding". */
  patch<T extends KubeObject = KubeObject>(
    resource: string,
    namespace: string,
    name: string,
    merge: unknown,
    options?: { subresource?: string },
  ): T;
  delete(
    resource: string,
    namespace: string,
    name: string,
    options?: {
      propagationPolicy?: "Background" | "Foreground" | "Orphan";
      gracePeriodSeconds?: number;
      preconditions?: { uid?: string; resourceVersion?: string };
    },
  ): void;
  /**
   * Calls `handler` with ADDED for every present object, then with each change as it is stored.
   * Handlers run inside the write: they note what to do and return, and never write themselves.
   */
  watch<T extends KubeObject = KubeObject>(
    resource: string,
    handler: (event: WatchEvent<T>) => void,
    options?: { namespace?: string },
  ): Cancel;
  /** Until the answer is called, the lease is renewed as often as its holder would, as long as that is `identity`. */
  holdLease(namespace: string, name: string, identity: string): Cancel;
  /** Whether the resource is served now (a CRD may not be there yet). */
  serves(resource: string): boolean;
  /**
   * `GET path` as an HTTP client would, aggregated APIs included; for the HPA's metrics clients.
   * Gives the parsed JSON; Errors: ApiError.
   */
  raw(path: string, accept?: string): any;
  /** Records an Event about `object`, joined with earlier equal ones as upstream's recorder does. */
  event(object: KubeObject, event: EventText): void;
  /** The kind, scope and names of a resource, by plural.group or by apiVersion and kind. */
  resourceFor(apiVersion: string, kind: string): string | undefined;
}

// ---------------------------------------------------------------- the virtual network

/** The Service IP of cluster DNS, and the cluster's domain, as kubeadm sets them. */
export const CLUSTER_DNS_IP = "10.96.0.10";
export const CLUSTER_DOMAIN = "cluster.local";

export interface HttpRequest {
  method?: string;
  /** Absolute: `http://host:port/path?query`. */
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** Accept any certificate, as `-k` or `insecure_skip_verify` does. */
  insecureSkipVerify?: boolean;
}

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
  /**
   * How long after the request the answer came, in virtual ms; absent when no time to speak of. The
   * handler has run at once: a client that waits for its answers lets this long go by before its
   * next step.
   */
  durationMs?: number;
}

/**
 * A connection that failed, with Go's text: `dial tcp 10.96.0.5:9090: connect: connection refused`,
 * `dial tcp: lookup web.default.svc on 10.96.0.10:53: no such host`,
 * `dial tcp 10.244.1.9:80: i/o timeout`, `tls: failed to verify certificate: x509: …`.
 */
export class NetworkError extends Error {
  override name = "NetworkError";

  constructor(message: string) {
    // It is an answer that many scrapes and probes get; where it was made tells nobody anything, and takes time.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A URL that no request can be made of, in the words of Go's `url.Parse`, which name it. */
export class UrlError extends NetworkError {
  override name = "UrlError";
}

/**
 * What Go's http.Client says of a request that failed: `Get "http://…": dial tcp …`.
 * Source: golang/go src/net/http/client.go (do, stripPassword), request.go (NewRequestWithContext).
 */
export function clientError(verb: "Get" | "Post", url: string, error: NetworkError): string {
  if (error instanceof UrlError) return error.message;
  return `${verb} ${quote(parseGoUrl(url).redacted)}: ${error.message}`;
}

/** Header names reach a handler in lower case; `remoteAddress` is the client's IP as the server sees it. */
export type HttpHandler = (
  request: HttpRequest & { path: string; query: URLSearchParams; remoteAddress?: string },
) => HttpResponse;

/** Where a request comes from: it decides DNS search domains and what `localhost` is. */
export interface Peer {
  /** The namespace whose names are searched first; undefined outside pods. */
  namespace?: string;
  /** The pod's (or, with host network, the node's) IP. */
  ip: string;
}

/**
 * Pod, node and Service addresses, and the way between them. Services go the way kube-proxy sends
 * them: from cluster IP or node port to a ready endpoint's IP and target port.
 */
export interface Network {
  /** Errors: RangeError when the address and port are taken. */
  listen(
    ip: string,
    port: number,
    handler: HttpHandler,
    options?: {
      /** What a verifying TLS client is told. */ certificateError?: string;
      tls?: boolean;
      /** Bound to 127.0.0.1: only peers with the same IP reach it, as `localhost`. */
      loopback?: boolean;
    },
  ): Cancel;
  /** Errors: NetworkError; UrlError when the URL is none. */
  request(from: Peer, request: HttpRequest): HttpResponse;
  /** Opens a TCP connection and closes it. Errors: NetworkError. */
  dial(from: Peer, host: string, port: number): void;
  /** The full name that a name was found under, and its addresses. Errors: NetworkError. */
  lookup(from: Peer, host: string): { name: string; addresses: string[] };
}

// ---------------------------------------------------------------- programs

/** What a container sees, and all it sees. */
export interface ContainerContext {
  /** The container's command and args after `$(VAR)` expansion; command is empty when unset. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly pod: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly ip: string;
    readonly nodeName: string;
    readonly nodeIp: string;
    readonly serviceAccountName: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly containerName: string;
  readonly image: string;
  readonly startedAtMs: number;
  /** Mounted volumes; ConfigMaps and Secrets change under a running container. emptyDir is writable. */
  readonly files: {
    /** Bytes that are no UTF-8 (a gzipped Secret) come as one character a byte. */
    read(path: string): string | undefined;
    /** The full paths of the files under a directory, at any depth, in order. */
    list(directory: string): string[];
    write(path: string, text: string): void;
    kind(path: string): "file" | "directory" | undefined;
    /** The full paths of what is under a directory, empty directories included. */
    entries(directory: string): string[];
    mkdir(path: string): void;
    /** Removes a file or an empty directory. */
    remove(path: string): void;
    /** Whether a volume is mounted at a path or above it. */
    isMounted(path: string): boolean;
  };
  readonly net: {
    /** Listens on the pod's IP (and so on its localhost). */
    listen(
      port: number,
      handler: HttpHandler,
      options?: { certificateError?: string; tls?: boolean; loopback?: boolean },
    ): Cancel;
    request(request: HttpRequest): HttpResponse;
    /** Errors: NetworkError. */
    dial(host: string, port: number): void;
    /** Errors: NetworkError. */
    lookup(host: string): { name: string; addresses: string[] };
  };
  /** The API with the pod's service account. */
  readonly kube: SimApi;
  readonly random: SeededRandom;
  /** Virtual time in ms. Timers die with the container; `every` runs on a grid that survives a resume. */
  now(): number;
  after(delayMs: number, fn: () => void): Cancel;
  every(intervalMs: number, fn: () => void, options?: { originMs?: number }): Cancel;
  /** Appends one line to the container's log. */
  log(line: string): void;
  /** Writes bytes, one character each, to standard output; they reach the log line by line. */
  write(bytes: string): void;
  /** Whether the container has a terminal. */
  readonly tty: boolean;
  /** Standard input, where the container keeps it open: hands over bytes as they come. */
  readonly stdin?: (onBytes: (bytes: string) => void, onEnd: () => void) => Cancel;
  /** Reports present resource use, for the kubelet's metrics. */
  use(usage: { cpuMillicores: number; memoryBytes: number }): void;
  /**
   * Spends CPU on one piece of work, on one core, after what was asked for before it. Gives how many
   * ms pass until it is done; the container's limit makes that more than the work itself.
   */
  burn(cpuMs: number): number;
  /** Tells what it is at, `scaledobjects.keda.sh default/web`, for whoever finds it running too long. */
  note(what: string): void;
  /**
   * Ends the process; after a log line that says why, as the real one has. `how` is for a process that
   * could not even be started.
   */
  exit(code: number, how?: { reason: string; message?: string }): void;
  /** What memory there is for the container's processes. */
  readonly room: MemoryRoom;
  /** What {@linkcode RunningProgram.snapshot} gave before this process was resumed; else undefined. */
  readonly resumed: unknown;
  /** This container's own corner of the state file, for what is too big for a snapshot. */
  readonly storage: StateFile;
}

/** The memory that a container may have. */
export interface MemoryRoom {
  /** The container's limit, or its node's memory where it has none. */
  readonly memoryBytes: number;
  /**
   * Takes memory of the process that the cluster runs in, or gives it back; false when all containers
   * together have as much as they may.
   */
  reserve(deltaBytes: number): boolean;
}

/** A started container. */
export interface RunningProgram {
  /** State to keep over a restart of the tutor, as JSON; called at every save, so keep it cheap. */
  snapshot?(): unknown;
  /** Called at every save, before the commit; for use with `storage`. */
  save?(): void;
  /**
   * SIGTERM: let go of anything outside the context (listeners and timers go by themselves). Gives
   * "running" when the process goes on until it exits by itself or is killed.
   */
  stop?(): void | "running";
  /** SIGKILL, or the process has exited: nothing of the container runs any more. */
  killed?(): void;
  /** Runs a command beside the program; absent where the image holds nothing else. Errors: ExecError. */
  exec?(argv: readonly string[], stdio: Stdio): Execution;
}

/** The standard streams of a command that is run in a container, as byte strings. */
export interface Stdio {
  tty: boolean;
  stdin: boolean;
  onStdout(bytes: string): void;
  onStderr(bytes: string): void;
  onExit(code: number): void;
}

/** A command that runs in a container. */
export interface Execution {
  write(bytes: string): void;
  closeStdin(): void;
  kill(): void;
}

/** A command that cannot be started, in the words of the container runtime. */
export class ExecError extends Error {
  override name = "ExecError";
}

/**
 * Why the runtime does not start a command that it does not find, or that is a folder.
 * Source: golang/go os/exec/lp_unix.go; opencontainers/runc libcontainer/standard_init_linux.go.
 */
export function commandNotFound(name: string, isFolder = false): string {
  if (isFolder) return `exec: "${name}": permission denied`;
  return name.includes("/")
    ? `exec: "${name}": stat ${name}: no such file or directory`
    : `exec: "${name}": executable file not found in $PATH`;
}

/** The running containers, for the API's `pods/exec`, `pods/attach` and `pods/portforward`. */
export interface ContainerStreams {
  /** Errors: ExecError. */
  exec(at: ContainerPlace, command: readonly string[], stdio: Stdio): Execution;
  /** Joins the main process; `onExit` tells of its end. Undefined when it does not run. */
  attach(at: ContainerPlace, stdio: Stdio): Execution | undefined;
  /** A request to a port of a running pod, from inside it. Errors: NetworkError. */
  request(pod: Omit<ContainerPlace, "container">, request: HttpRequest): HttpResponse;
  /** Whether something listens on a port of a pod. Errors: NetworkError. */
  dial(pod: Omit<ContainerPlace, "container">, port: number): void;
}

export interface ContainerPlace {
  namespace: string;
  pod: string;
  container: string;
}

/** What a program leaves behind when it breaks, and with what it ends. */
export interface Crash {
  exitCode: number;
  /** What its log says of its end. */
  lines(why: string, nowMs: number): string[];
  /** What its log says of a request that broke, which it outlives; without it the process ends. */
  requestLines?(why: string, at: { nowMs: number; client: string }): string[];
}

/** What runs when a container of one of its images is started. */
export interface Program {
  /** Also the field manager of what it writes. */
  readonly name: string;
  /** Image names without tag or digest; `nginx` also stands for `docker.io/library/nginx`. */
  readonly images: readonly string[];
  /** How their tags are written: any other is none. Where it is absent each tag is one. */
  readonly tags?: TagStyle;
  /** Throws only on a bug, which ends the container: a wrong flag is logged and exits. */
  start(context: ContainerContext): RunningProgram;
  /** How it goes down when something in it breaks; as a program in Go does when absent. */
  readonly crash?: Crash;
  /** Memory and CPU at rest. */
  readonly baseline?: { cpuMillicores: number; memoryBytes: number };
  /** What lies around it in the image with a tag; absent where the image holds the program and nothing else. */
  userland?(tag: string): Userland;
}

/** An image with a shell and no program of its own: its containers run what their command says. */
export type ShellImage =
  & Pick<Program, "name" | "images" | "tags">
  & Required<Pick<Program, "userland">>;

/** An image that can be pulled. The cluster's own and those that a lesson or a user brings are alike. */
export type SimulatedImage = Program | ShellImage;

/** A command that asks a server of the lab. */
export type ClientName = "rabbitmqadmin" | "rabbitmqctl" | "redis-cli";

/** The shell, tools and files of an image; what is left out is as the base has it. */
export interface Userland {
  /** Whose shell and tools they are. */
  readonly base: "alpine" | "busybox" | "debian";
  /** A tag of the base: what it says of the version holds, and the newest where it says nothing. */
  readonly version?: string;
  /** Whether curl is among the tools. */
  readonly curl?: boolean;
  /** The clients of servers that are among them. */
  readonly clients?: readonly ClientName[];
  /** Texts of files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { uid: number; name: string };
  readonly workingDir?: string;
  /** The program by itself when absent. A script of `files` that stands here ends by running its arguments. */
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** Whether the entrypoint puts the program itself before arguments that begin so. */
  isOwnArgument?(first: string): boolean;
  /** Where the program is: `/usr/sbin/nginx`. In `/usr/local/bin`, by its name, when absent. */
  readonly path?: string;
  /** What the program prints on standard error for arguments that only ask, such as its version. */
  tells?(args: readonly string[]): string | undefined;
  /** How the process table shows the program. */
  title?(argv: readonly string[]): string;
}

/** A line of a container's log, as the kubelet keeps it. */
export interface LogLine {
  timeMs: number;
  text: string;
  /** A piece of a line that is longer than the runtime keeps together: no newline follows. */
  partial?: true;
}

/** The logs that the kubelets keep, for the API's `pods/log`. */
export interface ContainerLogs {
  /** The lines of a container's present or previous instance; undefined when there is none. */
  read(
    namespace: string,
    pod: string,
    container: string,
    options?: { previous?: boolean },
  ): readonly LogLine[] | undefined;
  /** Calls `onLine` for each further line and `onEnd` when the container is gone. */
  follow(
    namespace: string,
    pod: string,
    container: string,
    onLine: (line: LogLine) => void,
    onEnd: () => void,
  ): Cancel;
}

// ---------------------------------------------------------------- charts

export interface Release {
  name: string;
  namespace: string;
  revision: number;
  isInstall: boolean;
  isUpgrade: boolean;
  /**
   * From when on certificates hold, in milliseconds since the epoch; undefined where connections within the cluster are not
   * encrypted, and placeholders do.
   */
  certifiedAtMs?: number;
}

/** A Helm chart as a function from values to manifests, with upstream's names and labels. */
export interface Chart {
  /** The repository's URL, as given to `helm repo add`. */
  readonly repository: string;
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  readonly description: string;
  /** Default values; user values are merged over a copy, as helm does. */
  readonly values: Record<string, unknown>;
  /** CustomResourceDefinitions from the chart's `crds/`: created when absent, never upgraded. */
  readonly crds?: readonly KubeObject[];
  /** Errors: ChartError with helm's wording when a required value is missing or of the wrong type. */
  render(values: Record<string, unknown>, release: Release): KubeObject[];
  notes?(values: Record<string, unknown>, release: Release): string;
}

// ---------------------------------------------------------------- the parts of a running cluster

/** What a controller or the kubelet is given. */
export interface SimContext {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly api: SimApi;
  readonly network: Network;
  readonly state: StateFile;
}
