import { failure, usageError } from "../errors.ts";
import { attachablePod, chooseContainer, objectNamed } from "../pod_containers.ts";
import { remoteCommand, setupTty, textSink } from "../remote.ts";
import { findResources } from "../resources.ts";
import type { Session, Verb } from "../session.ts";

/** `kubectl exec`. Source: kubernetes/kubectl pkg/cmd/exec/exec.go. */
export const exec: Verb = { run };

async function run(session: Session): Promise<void> {
  const { args, flags } = session;
  const files = flags.list("filename");
  const name = args.length > 0 && flags.dashAt !== 0 ? args[0] : undefined;
  const command = flags.dashAt >= 0 ? args.slice(flags.dashAt) : [];
  if (flags.dashAt < 0 && (args.length > 1 || (args.length > 0 && files.length > 0))) {
    throw usageError(
      "exec",
      "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
    );
  }
  if (name === undefined && files.length === 0) {
    throw failure("pod, type/name or --filename must be specified");
  }
  if (command.length === 0) {
    throw failure("you must specify at least one command for the container");
  }
  const object = name === undefined
    ? (await findResources(session, { fetch: true, stopOnError: true })).infos[0].object
    : await objectNamed(session, [name]);
  const pod = await attachablePod(session, object);
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") {
    throw failure(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const container = chooseContainer(session, pod, flags.string("container"));
  const stdin = flags.bool("stdin") ? new TextEncoder().encode(session.io.stdin) : undefined;
  const tty = setupTty(session, flags.bool("tty"));
  await remoteCommand(session, {
    pod: pod.metadata.name,
    namespace: pod.metadata.namespace!,
    container: container.name,
    command,
    stdin,
    tty,
    onStdout: textSink((text) => session.out(text)),
    onStderr: textSink((text) => session.err(text)),
  });
}
