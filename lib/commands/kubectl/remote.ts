import type { Status } from "../../kube/mod.ts";
import type { LabStream } from "../../labs/lab.ts";
import { Detached, DetachKeys, LeaveHint } from "./detach.ts";
import { CliError, failure } from "./errors.ts";
import type { Session } from "./session.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const CLOSE = 255;
const CTRL_C = "\x03";
/** How long what was interrupted gets to end by itself, in wall milliseconds. */
const FAREWELL_MS = 250;

/** A command to run in a container, or its main process to join. */
export interface RemoteOptions {
  pod: string;
  namespace: string;
  container: string;
  command?: readonly string[];
  /** All that is sent to its standard input; undefined when it has none. */
  stdin?: Uint8Array;
  tty: boolean;
  /** Bytes that are typed to leave without an end. */
  detachKeys?: string;
  onStdout(bytes: Uint8Array): void;
  onStderr(bytes: Uint8Array): void;
}

/**
 * Runs `pods/exec`, or `pods/attach` without a command, over its channels until it ends; Ctrl-C goes to a
 * terminal, and ends everything else. Pressed three times it ends a terminal's session too, whatever the
 * container makes of it.
 * Errors: CliError with the remote exit code; Detached; ApiError.
 * Source: kubernetes/client-go tools/remotecommand/websocket.go, v4.go (errorDecoderV4).
 */
export async function remoteCommand(session: Session, options: RemoteOptions): Promise<void> {
  const { lab, signal } = session.io;
  const query = new URLSearchParams();
  for (const word of options.command ?? []) query.append("command", word);
  query.append("container", options.container);
  if (options.stdin !== undefined) query.append("stdin", "true");
  query.append("stdout", "true");
  if (options.tty) query.append("tty", "true");
  else query.append("stderr", "true");
  const { namespace, pod: name, command } = options;
  const place = { namespace, name, subresource: command ? "exec" : "attach" };
  const path = `${session.client.path("v1/pods", place)}?${query}`;
  let status: Status | undefined;
  let isLeft = false;
  let close = () => {};
  const closed = new Promise<void>((resolve) => close = resolve);
  const stream = await upgraded(lab.stream(path, {
    protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"],
    onMessage(bytes) {
      if (isLeft) return;
      const content = bytes.subarray(1);
      if (bytes[0] === STDOUT) options.onStdout(content);
      else if (bytes[0] === STDERR) options.onStderr(content);
      else if (bytes[0] === ERROR) status = JSON.parse(new TextDecoder().decode(content));
    },
    onClose: close,
  }));
  if (options.stdin !== undefined && options.stdin.length > 0) send(stream, options.stdin);
  if (options.stdin !== undefined && !options.tty) {
    stream.send(new Uint8Array([CLOSE, STDIN]));
  }
  const detachKeys = new DetachKeys(() => performance.now());
  const hint = new LeaveHint((text) => session.io.err(text));
  const release = options.tty && options.stdin !== undefined
    ? session.io.keyboard?.((text) => {
      if (isLeft) return;
      isLeft = detachKeys.typed(text);
      hint.typed(text);
      if (isLeft || (options.detachKeys && text === options.detachKeys)) close();
      else send(stream, new TextEncoder().encode(text));
    })
    : undefined;
  const interrupted = new Promise<void>((resolve) => {
    const stop = () => {
      if (options.tty && options.stdin !== undefined) {
        send(stream, new TextEncoder().encode(CTRL_C));
        setTimeout(resolve, FAREWELL_MS);
      } else resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await waitFor(session, Promise.race([closed, interrupted]));
  } finally {
    release?.();
    hint.close();
    stream.close();
  }
  if (isLeft && status === undefined) throw new Detached();
  if (signal.aborted && status === undefined) throw new CliError("", 130);
  report(status);
}

/** Errors: CliError. Source: client-go transport/websocket, apimachinery pkg/util/httpstream/spdy/roundtripper.go. */
async function upgraded(stream: Promise<LabStream>): Promise<LabStream> {
  try {
    return await stream;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw failure(`unable to upgrade connection: ${error.message}`);
  }
}

function send(stream: LabStream, bytes: Uint8Array): void {
  const message = new Uint8Array(bytes.length + 1);
  message[0] = STDIN;
  message.set(bytes, 1);
  stream.send(message);
}

function report(status: Status | undefined): void {
  if (!status || status.status === "Success") return;
  if (status.reason !== "NonZeroExitCode") throw failure(status.message ?? "");
  const cause = status.details?.causes?.find((one) => one.reason === "ExitCode");
  const code = Number(cause?.message ?? 1);
  throw new CliError(`command terminated with exit code ${code}`, code);
}

/**
 * Whether standard input is to be a terminal of the container's: wanted, and there is one.
 * Source: kubectl pkg/cmd/exec/exec.go (SetupTTY).
 */
export function setupTty(session: Session, wanted: boolean): boolean {
  const { flags, io } = session;
  if (!wanted || !flags.bool("stdin")) return false;
  if (io.keyboard) return true;
  if (!flags.bool("quiet")) {
    session.err("Unable to use a TTY - input is not a terminal or the right kind of file\n");
  }
  return false;
}

/** Waits in lab time: as the clock runs where a person looks on, and by moving it elsewhere. */
export async function waitFor<T>(session: Session, work: Promise<T>): Promise<T> {
  const { lab, signal, columns, follows } = session.io;
  const { clock } = lab;
  const looksOn = columns !== undefined && clock.speed > 0;
  if (!clock.movable || looksOn || follows) return await work;
  return await clock.hurry(work, { signal });
}

/** Writes bytes as text as they come. */
export function textSink(write: (text: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  return (bytes) => write(decoder.decode(bytes, { stream: true }));
}
