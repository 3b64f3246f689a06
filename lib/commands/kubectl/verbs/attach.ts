import type { KubeObject } from "../../../kube/mod.ts";
import { failure, usageError } from "../errors.ts";
import { attachablePod, chooseContainer, objectNamed } from "../pod_containers.ts";
import { remoteCommand, setupTty, textSink } from "../remote.ts";
import type { Session, Verb } from "../session.ts";

/** `kubectl attach`. Source: kubernetes/kubectl pkg/cmd/attach/attach.go. */
export const attach: Verb = {
  async run(session) {
    const { args, flags } = session;
    if (args.length === 0) throw failure("at least 1 argument is required for attach");
    if (args.length > 2) {
      throw failure(
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${
          args.join(" ")
        }]`,
      );
    }
    if (flags.durationMs("pod-running-timeout") <= 0) {
      throw usageError("attach", "--pod-running-timeout must be higher than zero");
    }
    const pod = await attachablePod(session, await objectNamed(session, args));
    const { phase } = pod.status ?? {};
    if (phase === "Succeeded" || phase === "Failed") {
      throw failure(`cannot attach a container in a completed pod; current phase is ${phase}`);
    }
    await attachTo(session, pod);
  },
};

/** Joins the main process of a pod's container until it ends. */
export async function attachTo(session: Session, pod: KubeObject): Promise<void> {
  const { flags } = session;
  const container = chooseContainer(session, pod, flags.string("container"));
  const quiet = flags.bool("quiet");
  const wantsStdin = flags.bool("stdin");
  if (flags.bool("tty") && !container.tty && !quiet) {
    session.err(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`);
  }
  const tty = setupTty(session, container.tty === true);
  if (!quiet) {
    session.err(
      "All commands and output from this session will be recorded in container logs, including " +
        "credentials and sensitive information passed through the command prompt.\n" +
        "If you don't see a command prompt, try pressing enter.\n",
    );
  }
  await remoteCommand(session, {
    pod: pod.metadata.name,
    namespace: pod.metadata.namespace!,
    container: container.name,
    stdin: wantsStdin ? new TextEncoder().encode(session.io.stdin) : undefined,
    tty,
    detachKeys: "\x10\x11",
    onStdout: textSink((text) => session.out(text)),
    onStderr: textSink((text) => session.err(text)),
  });
  if (!quiet && wantsStdin && tty) {
    const { name, namespace } = pod.metadata;
    session.out(
      `Session ended, resume using 'kubectl attach ${name} -c ${container.name} -n ${namespace} -i -t' command\n`,
    );
  }
}
