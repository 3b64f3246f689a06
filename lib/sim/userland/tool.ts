import type { Channel, Task } from "./channels.ts";
import type { Machine, Standard } from "./machine.ts";
import type { MemoryPart } from "./memory.ts";
import { type Proc } from "./proc.ts";

/** A program of an image's file system, as it is started: it reads, writes, and gives an exit code. */
export type Tool = (call: ToolCall) => number | Task<number>;

/** One run of a tool. Texts are byte strings. */
export interface ToolCall extends Readonly<Standard> {
  readonly machine: Machine;
  readonly proc: Proc;
  /** Programs that it may run, by their path. */
  readonly tools: ReadonlyMap<string, Tool>;
  /** The memory it has of its own; given back when it ends. */
  readonly held: MemoryPart;
  /** The name it was called by. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
  /** An absolute path. */
  path(path: string): string;
  /** Runs another program to its end, as this one's child. */
  run(argv: readonly string[], streams?: { stdin?: Channel; stdout?: Channel }): Task<number>;
}

/** The file a command is, by the PATH; undefined when there is none. */
export function findTool(
  machine: Machine,
  name: string,
  options: { path: string; cwd: string },
): string | undefined {
  const { tools } = machine.image;
  const exists = (path: string) => tools.has(path) || machine.files.kind(path) === "file";
  if (name.includes("/")) {
    const path = machine.files.resolve(name, options.cwd);
    return exists(path) ? path : undefined;
  }
  for (const folder of options.path.split(":")) {
    const path = `${folder}/${name}`;
    if (tools.has(path)) return path;
    if (folder !== "" && machine.files.kind(path) === "file") return path;
  }
  return undefined;
}
