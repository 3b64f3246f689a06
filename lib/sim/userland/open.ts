import { type Channel, NULL_CHANNEL, TextInput } from "./channels.ts";
import { FileFault } from "./files.ts";
import type { Machine } from "./machine.ts";

const ZEROS = "\0".repeat(65536);
/** CPU time that a piece of an endless device costs. */
const READ_US = 1_000;
const RANDOM_BYTES = 4_096;
/** Bytes of chance, and of nothing, that are made in one step. */
const RANDOM_PER_STEP = 40;
const ZEROS_PER_STEP = 16_384;

/**
 * A file for reading or writing, devices and `/dev/stdout` included.
 * Errors: FileFault.
 */
export function openFile(
  machine: Machine,
  path: string,
  how: "read" | "write" | "append",
  channels: ReadonlyMap<number, Channel>,
): Channel {
  const device = deviceAt(machine, path, channels);
  if (device) return device;
  const { files } = machine;
  if (how === "read") return new TextInput(files.read(path));
  if (how === "write" || files.kind(path) !== "file") files.write(path, "");
  return { write: (text) => files.append(path, text) };
}

function deviceAt(
  machine: Machine,
  path: string,
  channels: ReadonlyMap<number, Channel>,
): Channel | undefined {
  const fd = /^\/(?:dev\/fd|proc\/self\/fd)\/(\d+)$/.exec(path)?.[1] ??
    { "/dev/stdin": "0", "/dev/stdout": "1", "/dev/stderr": "2" }[path];
  if (fd !== undefined) {
    const channel = channels.get(Number(fd));
    if (!channel) throw new FileFault("No such file or directory");
    return channel;
  }
  const first = /^\/proc\/1\/fd\/([12])$/.exec(path)?.[1];
  if (first) return machine.firstOutput(Number(first) as 1 | 2);
  if (path === "/dev/null") return NULL_CHANNEL;
  if (path === "/dev/tty") return channels.get(0)?.isTty ? channels.get(1) : undefined;
  if (path === "/dev/zero") return endless(machine, { make: () => ZEROS, perStep: ZEROS_PER_STEP });
  if (path === "/dev/urandom" || path === "/dev/random") {
    const { random } = machine.host;
    const make = () => {
      const bytes = Array.from({ length: RANDOM_BYTES }, () => random.int(256));
      return String.fromCharCode(...bytes);
    };
    return endless(machine, { make, perStep: RANDOM_PER_STEP });
  }
  return undefined;
}

/** A device that never runs dry: reading it costs CPU time, so that time passes for who reads on. */
function endless(
  machine: Machine,
  { make, perStep }: { make: () => string; perStep: number },
): Channel {
  return {
    read: () => {
      const text = make();
      machine.work.spend(READ_US, 1 + text.length / perStep);
      return text;
    },
    unread: () => {},
    write: () => {},
  };
}
