import {
  bytesOfArray,
  bytesToArray,
  readTar,
  TAR_END,
  type TarEntry,
  TarError,
  tarPart,
  toReadable,
  utf8Bytes,
} from "../../../go/mod.ts";
import { FileError } from "../../command.ts";
import { CliError, failure } from "../errors.ts";
import { chooseContainer, objectNamed } from "../pod_containers.ts";
import { remoteCommand, textSink } from "../remote.ts";
import type { Session, Verb } from "../session.ts";

/** One side of a copy: a path here, or in a pod. */
interface Place {
  pod?: string;
  namespace?: string;
  path: string;
}

/**
 * `kubectl cp`, by `tar` in the container. Source: kubernetes/kubectl pkg/cmd/cp/cp.go, filespec.go.
 * Differs: the learner's files are texts.
 */
export const cp: Verb = {
  async run(session) {
    const { args } = session;
    if (args.length !== 2) throw failure("source and destination are required");
    const [from, to] = args.map(placeOf);
    if (from.pod !== undefined && to.pod !== undefined) {
      throw failure("one of src or dest must be a local file specification");
    }
    if (from.path === "" || to.path === "") throw failure("filepath can not be empty");
    if (from.pod !== undefined) await copyFromPod(session, from, to.path);
    else if (to.pod !== undefined) await copyToPod(session, from.path, to);
    else throw failure("one of src or dest must be a remote file specification");
  },
};

function placeOf(text: string): Place {
  const colon = text.indexOf(":");
  if (colon === 0) {
    throw failure("filespec must match the canonical format: [[namespace/]pod:]file/path");
  }
  if (colon < 0) return { path: text };
  const pieces = text.slice(0, colon).split("/");
  const path = text.slice(colon + 1);
  if (pieces.length === 1) return { pod: pieces[0], path };
  if (pieces.length === 2) return { namespace: pieces[0], pod: pieces[1], path };
  throw failure("filespec must match the canonical format: [[namespace/]pod:]file/path");
}

const clean = (path: string) => path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
const baseName = (path: string) => clean(path).split("/").at(-1) || "/";
const folderOf = (path: string) => {
  const slash = clean(path).lastIndexOf("/");
  return slash < 0 ? "." : clean(path).slice(0, slash) || "/";
};

interface Run {
  command: string[];
  stdin?: Uint8Array;
  onStdout?: (bytes: Uint8Array) => void;
  onStderr?: (bytes: Uint8Array) => void;
}

async function runIn(session: Session, place: Place, run: Run): Promise<void> {
  const namespace = place.namespace ?? session.namespace;
  const pod = place.namespace === undefined || place.namespace === session.namespace
    ? await objectNamed(session, [place.pod!])
    : await session.client.get("v1/pods", { namespace, name: place.pod });
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") {
    throw failure(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  await remoteCommand(session, {
    pod: pod.metadata.name,
    namespace,
    container: chooseContainer(session, pod, session.flags.string("container")).name,
    command: run.command,
    stdin: run.stdin,
    tty: false,
    onStdout: run.onStdout ?? (() => {}),
    onStderr: run.onStderr ?? (() => {}),
  });
}

// ---------------------------------------------------------------- into a pod

async function copyToPod(session: Session, from: string, to: Place): Promise<void> {
  const { files, lab } = session.io;
  if (!(await files.stat(from))) throw failure(`${from} doesn't exist in local filesystem`);
  let target = to.path;
  if (await isRemoteFolder(session, to)) target = `${clean(to.path)}/${baseName(from)}`;
  const entries: TarEntry[] = [];
  await collect(session, clean(from), baseName(target), entries);
  const folder = folderOf(target);
  const archive = entries.map((entry) => tarPart(entry, lab.clock.now())).join("");
  await runIn(session, to, {
    command: ["tar", "-xmf", "-", ...(folder === "" ? [] : ["-C", folder])],
    stdin: bytesToArray(archive + TAR_END),
    onStdout: textSink((text) => session.out(text)),
    onStderr: textSink((text) => session.err(text)),
  });
}

async function isRemoteFolder(session: Session, place: Place): Promise<boolean> {
  try {
    await runIn(session, place, { command: ["test", "-d", place.path] });
    return true;
  } catch (error) {
    if (error instanceof CliError && error.exitCode !== 130) return false;
    throw error;
  }
}

async function collect(
  session: Session,
  path: string,
  name: string,
  entries: TarEntry[],
): Promise<void> {
  const { files } = session.io;
  if (!(await files.stat(path))?.isDirectory) {
    entries.push({ name: utf8Bytes(name), content: utf8Bytes(await files.read(path)) });
    return;
  }
  const names = await files.list(path);
  if (names.length === 0) entries.push({ name: utf8Bytes(name) });
  for (const one of names) {
    const bare = one.replace(/\/$/, "");
    await collect(session, `${path}/${bare}`, `${name}/${bare}`, entries);
  }
}

// ---------------------------------------------------------------- out of a pod

async function copyFromPod(session: Session, from: Place, to: string): Promise<void> {
  let archive = "";
  await runIn(session, from, {
    command: ["tar", "cf", "-", from.path],
    onStdout: (bytes) => void (archive += bytesOfArray(bytes)),
    // As upstream, on standard output.
    onStderr: textSink((text) => session.out(text)),
  });
  const prefix = clean(from.path).replace(/^(\.?\/)+/, "");
  const { files } = session.io;
  const target = (await files.stat(to))?.isDirectory ? `${clean(to)}/${baseName(from.path)}` : to;
  for (const { name, content } of entriesOf(archive)) {
    if (!name.startsWith(prefix)) throw failure("tar contents corrupted");
    if (content === undefined) continue;
    const path = clean(target + (prefix === name ? "" : `/${name.slice(prefix.length)}`));
    try {
      await files.write(path, toReadable(content));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      throw failure(`open ${path}: ${error.message}`);
    }
  }
}

function entriesOf(archive: string): TarEntry[] {
  try {
    return [...readTar(archive)].map(({ name, ...rest }) => ({ name: toReadable(name), ...rest }));
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw failure(error.message);
  }
}
