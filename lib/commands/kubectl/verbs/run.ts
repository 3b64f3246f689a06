import { passTime } from "../../command.ts";
import { messageOf } from "../../../base/mod.ts";
import { ApiError, isFinished, isReady, KubeClient, type KubeObject } from "../../../kube/mod.ts";
import { CliError, failure, inOwnWords, usageError } from "../errors.ts";
import { numError, quote } from "../../../go/mod.ts";
import { Detached } from "../detach.ts";
import { chooseContainer } from "../pod_containers.ts";
import { dryRunOf, ObjectReport } from "../report.ts";
import { waitFor } from "../remote.ts";
import type { Info } from "../resources.ts";
import type { Session, Verb } from "../session.ts";
import { attachTo } from "./attach.ts";
import { createInfo } from "./create.ts";
import { requireFlags } from "./scale.ts";

/** Source: distribution/reference regexp.go (ReferenceRegexp). */
const IMAGE =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?:[._-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?$/;
const POLL_MS = 250;

/** `kubectl run`. Source: kubernetes/kubectl pkg/cmd/run/run.go, pkg/generate/versioned/run.go. */
export const run: Verb = { run: runPod };

async function runPod(session: Session): Promise<void> {
  const { flags, args } = session;
  requireFlags(session, ["image"]);
  if (args.length === 0 || flags.dashAt === 0) throw usageError("run", "NAME is required for run");
  const image = flags.string("image");
  if (image === "") throw failure("--image is required");
  if (!IMAGE.test(image)) {
    throw failure(`Invalid image name ${quote(image)}: invalid reference format`);
  }
  const interactive = flags.bool("stdin");
  if (flags.bool("tty") && !interactive) {
    throw usageError("run", "-i/--stdin is required for containers with -t/--tty=true");
  }
  if (flags.bool("expose") && flags.string("port") === "") {
    throw usageError("run", "--port must be set when exposing a service");
  }
  const restart = flags.string("restart") || (interactive ? "OnFailure" : "Always");
  if (!["Always", "OnFailure", "Never"].includes(restart)) {
    throw usageError("run", `invalid restart policy: ${restart}`);
  }
  const attaches = flags.changed("attach") ? flags.bool("attach") : interactive;
  if (!attaches && flags.bool("rm")) {
    throw usageError("run", "--rm should only be used for attached containers");
  }
  if (attaches && dryRunOf(session) !== "none") {
    throw usageError(
      "run",
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  }
  const policy = flags.string("image-pull-policy");
  if (!["", "Always", "IfNotPresent", "Never"].includes(policy)) {
    throw usageError("run", `invalid image pull policy: ${policy}`);
  }
  const created = [await createOne(session, podOf(session, restart))];
  if (flags.bool("expose")) {
    const service = await createOne(session, serviceOf(session));
    created.push(service);
    await new ObjectReport(session, { collect: false }).print(service, "created");
    // Both the command and its printer put a line between the two.
    if (flags.string("output") === "yaml") session.out("---\n---\n");
  }
  if (!attaches) {
    await new ObjectReport(session, { collect: false }).print(created[0], "created");
    return;
  }
  try {
    await attachAndWait(session, created[0], restart);
  } finally {
    if (flags.bool("rm")) await removeAll(session, created);
  }
}

async function createOne(session: Session, object: KubeObject): Promise<Info> {
  const mapping = (await session.mapper()).forKind(object.apiVersion, object.kind);
  const { namespace } = session;
  const inNamespace = session.explicitNamespace
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object;
  const info: Info = { mapping, namespace, name: object.metadata.name, object: inNamespace };
  await createInfo(session, info);
  return info;
}

function labelsOf({ flags, args }: Session): Record<string, string> {
  const given = flags.string("labels");
  if (given === "") return { run: args[0] };
  return Object.fromEntries(
    given.split(",").map((pair) => {
      const parts = pair.split("=");
      if (parts.length !== 2) throw failure(`unexpected label spec: ${pair}`);
      return parts as [string, string];
    }),
  );
}

function podOf(session: Session, restart: string): KubeObject {
  const { flags, args } = session;
  const [name] = args;
  const command = args.slice(1);
  const env = flags.list("env").map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) throw failure(`invalid env: ${pair}`);
    return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
  });
  const annotations = Object.fromEntries(
    flags.list("annotations").map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 0) throw failure(`unexpected annotation: ${pair}`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
  const port = flags.string("port");
  if (port !== "" && !/^\d+$/.test(port)) {
    throw failure(numError("Atoi", port));
  }
  const interactive = flags.bool("stdin");
  const policy = flags.string("image-pull-policy");
  const pod: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      labels: labelsOf(session),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: {
      containers: [{
        name,
        image: flags.string("image"),
        ...(command.length > 0 ? { [flags.bool("command") ? "command" : "args"]: command } : {}),
        ...(port === "" ? {} : { ports: [{ containerPort: Number(port) }] }),
        ...(env.length > 0 ? { env } : {}),
        resources: {},
        ...(policy === "" ? {} : { imagePullPolicy: policy }),
        ...(flags.bool("privileged") ? { securityContext: { privileged: true } } : {}),
        ...(interactive ? { stdin: true } : {}),
        ...(interactive && !flags.bool("leave-stdin-open") ? { stdinOnce: true } : {}),
        ...(flags.bool("tty") ? { tty: true } : {}),
      }],
      dnsPolicy: "ClusterFirst",
      restartPolicy: restart,
    },
    status: {},
  };
  const overrides = flags.string("overrides");
  return overrides === "" ? pod : merged(pod, parseOverrides(overrides)) as KubeObject;
}

function parseOverrides(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw failure(`Invalid JSON Patch: ${messageOf(error)}`);
  }
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> =
    target !== null && typeof target === "object" && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merged(out[key], value);
  }
  return out;
}

function serviceOf(session: Session): KubeObject {
  const { flags, args } = session;
  const port = Number(flags.string("port"));
  const labels = labelsOf(session);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: args[0], ...(flags.string("labels") === "" ? {} : { labels }) },
    spec: { ports: [{ port, protocol: "TCP", targetPort: port }], selector: labels },
    status: { loadBalancer: {} },
  };
}

// ---------------------------------------------------------------- attached

async function attachAndWait(session: Session, info: Info, restart: string): Promise<void> {
  const { flags } = session;
  const pod = await untilPod(session, info, isRunningOrOver);
  if (isFinished(pod)) await printLog(session, pod);
  else {
    // What was said before anybody could listen.
    await printLog(session, pod);
    try {
      await attachTo(session, pod);
    } catch (error) {
      if (session.io.signal.aborted || error instanceof Detached) throw error;
      const why = error instanceof CliError || error instanceof ApiError
        ? error.message.replace(/^error: /, "")
        : undefined;
      if (why === undefined) throw error;
      session.err(
        `warning: couldn't attach to pod/${info.name}, falling back to streaming logs: ${why}\n`,
      );
      await printLog(session, pod);
    }
  }
  if (flags.bool("leave-stdin-open") || restart === "Always") return;
  const ended = await untilPod(
    session,
    info,
    (one) =>
      one.status?.phase === "Succeeded" || (restart === "Never" && one.status?.phase === "Failed"),
  );
  if (ended.status?.phase === "Succeeded") return;
  const terminated = ended.status?.containerStatuses?.[0]?.state?.terminated;
  const { namespace, name } = ended.metadata;
  if (!terminated?.exitCode) {
    throw failure(`pod ${namespace}/${name} failed with unknown exit code`);
  }
  throw new CliError(
    `pod ${namespace}/${name} terminated (${terminated.reason})\n${terminated.message ?? ""}`,
    terminated.exitCode,
  );
}

/** Source: kubectl pkg/cmd/run/run.go (podRunningAndReady). */
function isRunningOrOver(pod: KubeObject): boolean {
  return isFinished(pod) || (pod.status?.phase === "Running" && isReady(pod));
}

/** Waits for the pod to be as wanted, at most as long as `--pod-running-timeout` says. */
async function untilPod(
  session: Session,
  info: Info,
  holds: (pod: KubeObject) => boolean,
): Promise<KubeObject> {
  const timeoutMs = session.flags.durationMs("pod-running-timeout") || 60_000;
  for (let waitedMs = 0;; waitedMs += POLL_MS) {
    const pod = await session.client.get("v1/pods", info);
    if (holds(pod)) return pod;
    if (session.io.signal.aborted) throw new CliError("", 130);
    if (waitedMs >= timeoutMs) throw failure("timed out waiting for the condition");
    await passTime(session.io, POLL_MS);
  }
}

async function printLog(session: Session, pod: KubeObject): Promise<void> {
  const { name, namespace } = pod.metadata;
  const quietly = { ...pod };
  const container = chooseContainer(session, quietly, session.flags.string("container")).name;
  const path = session.client.path("v1/pods", { namespace, name, subresource: "log" });
  const work = (async () => {
    for await (const chunk of session.client.chunks(path, { query: { container } })) {
      session.out(chunk);
    }
  })();
  await waitFor(session, work);
}

async function removeAll(session: Session, created: readonly Info[]): Promise<void> {
  // The signal that ended the session must not keep the pod.
  const client = new KubeClient(session.io.lab.api, { translate: inOwnWords });
  const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" };
  for (const { mapping, namespace, name } of created) {
    try {
      await client.delete(mapping, { namespace, name }, { body });
      if (!session.flags.bool("quiet")) {
        session.out(
          `${mapping.kind.toLowerCase()} ${quote(name)} deleted from ${namespace} namespace\n`,
        );
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}
