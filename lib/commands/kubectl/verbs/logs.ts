import { allContainerNames, DEFAULT_CONTAINER } from "../pod_containers.ts";
import {
  ApiError,
  conditionOf,
  formatSelector,
  type KubeObject,
  type Pod,
  transitionMs,
} from "../../../kube/mod.ts";
import { CliError, failure, usageError } from "../errors.ts";
import { quote } from "../../../go/mod.ts";
import { findResources, type Info, typed } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

/** `kubectl logs`. Source: kubernetes/kubectl pkg/cmd/logs/logs.go. */
export const logs: Verb = { run };

const USAGE = `expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.
POD or TYPE/NAME is a required argument for the logs command`;
const SELECTOR_TAIL = 10;

/** One container's log. */
interface Stream {
  pod: string;
  namespace: string;
  container: string;
}

async function run(session: Session): Promise<void> {
  const { flags, args } = session;
  const selector = flags.string("selector");
  if (args.length === 0 && selector === "") throw usageError("logs", USAGE);
  if (args.length > 0 && selector !== "") {
    throw usageError("logs", "only a selector (-l) or a POD name is allowed");
  }
  if (args.length > 2) throw usageError("logs", USAGE);
  validate(session);
  const streams = await findStreams(session);
  const follow = flags.bool("follow");
  const limit = flags.int("max-log-requests");
  if (follow && streams.length > limit) {
    throw failure(
      `you are attempting to follow ${streams.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
    );
  }
  if (follow && streams.length > 1) {
    await Promise.all(streams.map((stream) => print(session, stream)));
  } else for (const stream of streams) await print(session, stream);
  if (session.io.signal.aborted) throw new CliError("", 130);
}

function validate({ flags, args }: Session): void {
  const container = flags.string("container");
  if (flags.string("since-time") !== "" && flags.durationMs("since") !== 0) {
    throw failure("at most one of `sinceTime` or `sinceSeconds` may be specified");
  }
  const sinceTime = flags.string("since-time");
  const problem = sinceTime === "" ? undefined : timeProblem(sinceTime);
  if (problem !== undefined) throw failure(problem);
  if (flags.bool("all-containers") && container !== "") {
    throw failure(`--all-containers=true should not be specified with container name ${container}`);
  }
  if (container !== "" && args.length === 2) {
    throw failure("only one of -c or an inline [CONTAINER] arg is allowed");
  }
  if (flags.int("limit-bytes") < 0) throw failure("--limit-bytes must be greater than 0");
  if (flags.durationMs("since") < 0) throw failure("--since must be greater than 0");
  if (flags.int("tail") < -1) throw failure("--tail must be greater than or equal to -1");
}

async function findStreams(session: Session): Promise<Stream[]> {
  const { flags, args } = session;
  const selector = flags.string("selector");
  if (selector !== "") {
    const found = await findResources(session, {
      args: ["pods"],
      labelSelector: selector,
      chunkSize: 0,
      stopOnError: true,
    });
    if (found.infos.length === 0) {
      session.err(`No resources found in ${session.namespace} namespace.\n`);
    }
    return found.infos.flatMap((info) => streamsOf(session, info.object));
  }
  const target = args[0].includes("/") ? [args[0]] : ["pods", args[0]];
  const object = typed(await findTarget(session, target));
  if (object.kind === "Pod") return streamsOf(session, object);
  const pods = await podsOf(session, object);
  if (pods.length > 1 && !flags.bool("all-pods")) {
    session.err(`Found ${pods.length} pods, using pod/${pods[0].metadata.name}\n`);
  }
  return (flags.bool("all-pods") ? pods : pods.slice(0, 1)).flatMap((pod) =>
    streamsOf(session, pod)
  );
}

/** The parts of RFC 3339 as Go's layout spells them, and what stands for each. */
const TIME_PARTS: [layout: string, value: RegExp][] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^(0[1-9]|1[0-2])/],
  ["-", /^-/],
  ["02", /^\d{2}/],
  ["T", /^T/],
  ["15", /^\d{1,2}/],
  [":", /^:/],
  ["04", /^\d{2}/],
  [":", /^:/],
  ["05", /^\d{2}(\.\d+)?/],
  ["Z07:00", /^(Z|[-+]\d{2}:\d{2})/],
];

/** What is wrong with a time, as Go says it; undefined when nothing is. Source: golang/go src/time/format.go. */
function timeProblem(text: string): string | undefined {
  const layout = TIME_PARTS.map(([part]) => part).join("");
  let rest = text;
  for (const [part, value] of TIME_PARTS) {
    const match = value.exec(rest);
    if (!match) {
      return `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${
        quote(part)
      }`;
    }
    rest = rest.slice(match[0].length);
  }
  return rest === "" ? undefined : `parsing time ${quote(text)}: extra text: ${quote(rest)}`;
}

async function findTarget(session: Session, args: string[]): Promise<Info> {
  try {
    const found = await findResources(session, { args, fetch: true, stopOnError: true });
    return found.infos[0];
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "NotFound") throw error;
    throw failure(
      `error from server (NotFound): ${error.message} in namespace ${quote(session.namespace)}`,
    );
  }
}

async function podsOf(session: Session, object: KubeObject): Promise<KubeObject[]> {
  const selector = object.kind === "Service" || object.kind === "ReplicationController"
    ? { matchLabels: object.spec?.selector }
    : object.spec?.selector;
  if (!selector) {
    const type = goTypeOf(object);
    // Upstream's words for any object that selects no pods; nothing is missing here.
    throw failure(`cannot get the logs from ${type}: selector for ${type} not implemented`);
  }
  const found = await findResources(session, {
    args: ["pods"],
    labelSelector: formatSelector(selector),
    stopOnError: true,
  });
  if (found.infos.length === 0) {
    throw failure("timed out waiting for the condition");
  }
  return found.infos.map((info) => info.object).toSorted(byLogging);
}

/** The Go type that client-go reads an object into: `*v1.ConfigMap`. */
function goTypeOf({ apiVersion, kind }: KubeObject): string {
  const [version, group = ""] = apiVersion.split("/").reverse();
  const isBuiltIn = !group.includes(".") || group.endsWith(".k8s.io");
  return isBuiltIn ? `*${version}.${kind}` : "*unstructured.Unstructured";
}

/** Source: kubernetes/kubectl pkg/util/podutils/podutils.go (ByLogging): assigned, running, ready, oldest first. */
function byLogging(left: Pod, right: Pod): number {
  const rank = (pod: Pod) => {
    const ready = conditionOf(pod, "Ready");
    const phase = ({ Unknown: 1, Pending: 2 } as Record<string, number>)[pod.status?.phase ?? ""] ??
      0;
    return [
      pod.spec?.nodeName ? 0 : 1,
      phase,
      ready?.status === "True" ? 0 : 1,
      ready?.status === "True" ? transitionMs(ready) : 0,
      -Math.max(
        0,
        ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount),
      ),
      Date.parse(pod.metadata.creationTimestamp ?? ""),
    ];
  };
  const [a, b] = [rank(left), rank(right)];
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

function streamsOf(session: Session, pod: Pod): Stream[] {
  const { flags, args } = session;
  const { name, namespace = "", annotations } = pod.metadata;
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const all = [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name);
  const stream = (container: string): Stream => ({ pod: name, namespace, container });
  if (flags.bool("all-containers")) return all.map(stream);
  let container = flags.string("container") || args[1] || "";
  const preferred = annotations?.[DEFAULT_CONTAINER];
  if (container === "" && preferred) {
    if (all.includes(preferred)) container = preferred;
    else session.err(`Default container name ${quote(preferred)} not found in pod ${name}\n`);
  }
  if (container === "") {
    container = containers[0].name;
    if (all.length > 1 && !flags.bool("all-pods")) {
      session.err(`Defaulted container ${quote(container)} out of: ${allContainerNames(pod)}\n`);
    }
  }
  if (!all.includes(container)) {
    throw failure(
      `container ${container} is not valid for pod ${name} out of: ${allContainerNames(pod)}`,
    );
  }
  return [stream(container)];
}

async function print(session: Session, stream: Stream): Promise<void> {
  const { flags } = session;
  const prefix = flags.bool("prefix") || flags.bool("all-pods")
    ? `[pod/${stream.pod}/${stream.container}] `
    : "";
  const { namespace, pod: name } = stream;
  const path = session.client.path("v1/pods", { namespace, name, subresource: "log" });
  const lines = new LineBuffer((line) => session.out(prefix + line));
  try {
    for await (const chunk of session.client.chunks(path, { query: queryOf(session, stream) })) {
      lines.write(chunk);
    }
  } catch (error) {
    if (!(error instanceof ApiError) || !flags.bool("ignore-errors")) throw error;
    session.out(`error: ${error.message}\n`);
  }
  lines.end();
}

function queryOf(session: Session, stream: Stream): Record<string, string | undefined> {
  const { flags } = session;
  const sinceMs = flags.durationMs("since");
  let tail = flags.int("tail");
  if (flags.string("selector") !== "" && !flags.changed("tail")) tail = SELECTOR_TAIL;
  const on = (name: string) => flags.bool(name) ? "true" : undefined;
  return {
    container: stream.container,
    follow: on("follow"),
    previous: on("previous"),
    timestamps: on("timestamps"),
    tailLines: tail >= 0 ? String(tail) : undefined,
    sinceSeconds: sinceMs > 0 ? String(Math.ceil(sinceMs / 1000)) : undefined,
    sinceTime: flags.string("since-time"),
    limitBytes: flags.int("limit-bytes") > 0 ? String(flags.int("limit-bytes")) : undefined,
  };
}

/** Passes text on line by line, so that streams read together do not mix within a line. */
class LineBuffer {
  #rest = "";
  constructor(readonly write_: (line: string) => void) {}

  write(text: string): void {
    const lines = (this.#rest + text).split(/(?<=\n)/);
    this.#rest = lines.at(-1)!.endsWith("\n") ? "" : lines.pop()!;
    if (lines.length > 0) { for (const line of lines) this.write_(line); }
  }

  end(): void {
    if (this.#rest !== "") this.write_(this.#rest);
    this.#rest = "";
  }
}
