import {
  commandNotFound,
  type ContainerContext,
  type Crash,
  ExecError,
  type Execution,
  type Program,
  type RunningProgram,
  type SimulatedImage,
  type Stdio,
  type Userland,
} from "../seams.ts";
import { tagOf } from "../image_reference.ts";
import { toBytes, toText } from "../../go/mod.ts";
import { type Channel, FedInput, NULL_CHANNEL, Output, type Task } from "./channels.ts";
import { FileFault } from "./files.ts";
import type { Image } from "./image.ts";
import { imageOf } from "./images.ts";
import { Machine, type Standard } from "./machine.ts";
import { OutOfMemory } from "./memory.ts";
import { type Proc } from "./proc.ts";
import { callOf, isTooLong } from "./run_program.ts";
import { runShell, sh, shellFor } from "./sh.ts";
import { SIGINT, SIGKILL, SIGTERM } from "./signalled.ts";
import { Terminal } from "./terminal.ts";
import { findTool, type Tool } from "./tool.ts";
import { sleepMs } from "./tools/time.ts";

/** What is kept of a standard input that nobody reads. */
const MAX_INPUT_BYTES = 16 << 20;

/**
 * The program of an image with a userland: runs whatever the container's command says, and commands beside it. Its
 * own program runs when the command names it, and when there is no command. An image without userland has its program
 * as it is.
 * Differs: a shell that is resumed begins its script anew, with its log kept; a lone `sleep` goes on.
 */
export function withUserland(image: SimulatedImage): Program {
  if (image.userland === undefined) return image as Program;
  const { name, images, tags, userland } = image;
  const main = "start" in image ? image : undefined;
  return {
    name,
    images,
    ...(tags ? { tags } : {}),
    baseline: main ? main.baseline : { cpuMillicores: 0, memoryBytes: 1 << 20 },
    start: (context) => new UserlandContainer(context, userland(tagOf(context.image)), main),
    crash: main ? main.crash : SEGMENTATION_FAULT,
  };
}

/** A shell or tool that breaks is a C program: its parent would tell of it, and process 1 has none. */
const SEGMENTATION_FAULT: Crash = { exitCode: 139, lines: () => [] };

/** A container of an image with a shell, while it runs. */
export class UserlandContainer implements RunningProgram {
  readonly #machine: Machine;
  readonly #image: Image<Tool>;
  /** Where the image keeps its program. */
  readonly #path: string;
  #main: RunningProgram | undefined;
  #first: Proc | undefined;

  constructor(
    private readonly context: ContainerContext,
    private readonly userland: Userland,
    private readonly program: Program | undefined,
  ) {
    this.#path = userland.path ?? `/usr/local/bin/${program?.name}`;
    const bare = imageOf(userland, program && { path: this.#path });
    this.#image = program
      ? {
        ...bare,
        tools: new Map([
          ...bare.tools,
          [this.#path, (call) => this.#runMain(call.args, call.err)],
        ]),
      }
      : bare;
    const args = context.args.length > 0 ? context.args : this.#image.cmd;
    const isOwn = args.length > 0 && userland.isOwnArgument?.(args[0]) === true;
    const argv = context.command.length > 0
      ? [...context.command, ...context.args]
      : [...this.#image.entrypoint, ...(isOwn ? [this.#path] : []), ...args];
    const output = this.#output((bytes) => context.write(bytes), context.tty);
    this.#machine = new Machine(context, this.#image, { stdout: output, stderr: output });
    const own = this.#ownArguments(argv);
    if (own) this.#startMain(argv, own);
    else this.#boot(argv.map(toBytes));
  }

  /** What its processes did and hold, and what went wrong in them that should not. */
  get account(): { steps: number; memoryBytes: number; fault: unknown } {
    const { work, memory, fault } = this.#machine;
    return { steps: work.steps, memoryBytes: memory.bytes, fault };
  }

  snapshot(): unknown {
    return this.#main?.snapshot?.();
  }

  save(): void {
    this.#main?.save?.();
  }

  stop(): void | "running" {
    if (this.#main) return this.#main.stop?.();
    if (!this.#first || this.#first.exitCode !== undefined) return;
    this.#machine.signalProc(this.#first, SIGTERM, { fromOutside: true });
    if (this.#first.exitCode === undefined) return "running";
  }

  killed(): void {
    this.#machine.killAll();
  }

  /** Output that leaves the container, line by line, which takes the time of who writes. */
  #output(write: (bytes: string) => void, isTty = false): Output {
    return new Output((bytes) => {
      this.#machine.work.spend(0, linesIn(bytes) / 4 + bytes.length / 1_024);
      write(bytes);
    }, isTty);
  }

  // ------------------------------------------------------------ the main process

  /** The main program's arguments, when `argv` is to run it. */
  #ownArguments(argv: readonly string[]): readonly string[] | undefined {
    if (!this.program) return undefined;
    const [script] = this.#image.entrypoint;
    const rest = argv[0] === script && script !== this.#path ? argv.slice(1) : argv;
    const name = this.#path.slice(this.#path.lastIndexOf("/") + 1);
    return rest[0] === this.#path || rest[0] === name ? rest.slice(1) : undefined;
  }

  #startMain(argv: readonly string[], args: readonly string[]): void {
    this.#machine.takePid();
    this.#machine.main = {
      title: this.userland.title?.(argv) ?? argv.join(" "),
      signal: (signal) => {
        if (signal !== SIGTERM && signal !== SIGINT && signal !== 3) return;
        this.#main?.stop?.();
        this.context.after(100, () => this.context.exit(0));
      },
    };
    this.#main = this.program!.start({ ...this.context, command: [], args });
  }

  /** The main program as a shell script runs it. */
  *#runMain(words: readonly string[], print: (text: string) => void): Task<number> {
    const args = words.map(toText);
    const told = this.userland.tells?.(args);
    if (told !== undefined) {
      print(told);
      return 0;
    }
    let code: number | undefined;
    let resume = () => {};
    this.#main = this.program!.start({
      ...this.context,
      command: [],
      args,
      log: (line) => print(toBytes(`${line}\n`)),
      exit: (given) => {
        code = given;
        resume();
      },
    });
    while (code === undefined) {
      yield (next) => {
        resume = next;
        return () => {
          resume = () => {};
        };
      };
    }
    this.#main = undefined;
    return code;
  }

  #boot(argv: readonly string[]): void {
    const { context } = this;
    const missing = this.#missing(argv);
    if (missing !== undefined) return this.#cannotStart(`error during container init: ${missing}`);
    const streams = this.#mainStreams();
    try {
      this.#first = this.#machine.spawn(
        argv,
        0,
        (proc) => this.#run(proc, this.#resumed(argv), streams),
      );
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      return this.#cannotStart("container init was OOM-killed (memory limit too low?)");
    }
    if (this.#first.exitCode !== undefined) context.exit(this.#first.exitCode);
    else this.#first.ends.push((code) => context.exit(code));
  }

  #cannotStart(why: string): void {
    const message =
      "failed to create containerd task: failed to create shim task: OCI runtime create failed: " +
      `runc create failed: unable to start container process: ${why}`;
    this.context.exit(128, { reason: "StartError", message });
  }

  /** A sleep that was under way when the tutor was killed has less left to sleep. */
  #resumed(argv: readonly string[]): readonly string[] {
    const sinceMs = this.context.now() - this.context.startedAtMs;
    const name = argv[0].slice(argv[0].lastIndexOf("/") + 1);
    const ms = sinceMs > 0 && name === "sleep" ? sleepMs(argv.slice(1)) : undefined;
    if (ms === undefined || ms === Infinity) return argv;
    return [argv[0], String(Math.max(0, ms - sinceMs) / 1000)];
  }

  #mainStreams(): Standard {
    const { context } = this;
    if (context.tty) {
      const terminal = new Terminal(
        this.#output((text) => context.write(text)).write,
        () => this.#machine.interrupt(this.#first!),
      );
      context.stdin?.((bytes) => terminal.feed(bytes), () => terminal.end());
      return { stdin: terminal.input, stdout: terminal.output, stderr: terminal.output };
    }
    const output = this.#output((bytes) => context.write(bytes));
    let stdin: Channel = NULL_CHANNEL;
    if (context.stdin) {
      const fed = new FedInput(MAX_INPUT_BYTES);
      context.stdin((bytes) => fed.feed(bytes), () => fed.end());
      stdin = fed;
    }
    return { stdin, stdout: output, stderr: output };
  }

  *#run(
    self: () => Proc,
    argv: readonly string[],
    streams: Standard,
  ): Task<number> {
    const proc = self();
    const shell = shellFor(this.#machine, proc, streams, this.#image);
    proc.handler = undefined;
    const path = shell.find(argv[0])!;
    const tool = this.#image.tools.get(path);
    if (tool === sh) return yield* runShell(callOf(shell, argv), proc, { own: true });
    if (!tool) {
      return yield* runShell(callOf(shell, ["/bin/sh", path, ...argv.slice(1)]), proc, {
        own: true,
      });
    }
    const call = callOf(shell, argv);
    try {
      const result = tool(call);
      return typeof result === "number" ? result : yield* result;
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      call.err(`${call.name}: write error: ${error.message}\n`);
      return 1;
    } finally {
      call.held.release();
    }
  }

  /** Why a command cannot be started; undefined when it can. */
  #missing(argv: readonly string[]): string | undefined {
    const [name] = argv;
    if (isTooLong(argv)) return `exec ${name}: argument list too long`;
    const cwd = this.#image.workingDir;
    const path = this.context.env.PATH ?? this.#image.env.PATH;
    if (findTool(this.#machine, name, { path, cwd }) !== undefined) return undefined;
    return commandNotFound(name, this.#machine.files.kind(name) === "directory");
  }

  // ------------------------------------------------------------ further commands

  exec(command: readonly string[], stdio: Stdio): Execution {
    const argv = command.map(toBytes);
    const missing = this.#missing(argv);
    if (missing !== undefined) throw new ExecError(missing);
    const fed = new FedInput(MAX_INPUT_BYTES);
    const terminal: Terminal | undefined = stdio.tty
      ? new Terminal(
        this.#output((text) => stdio.onStdout(text)).write,
        () => this.#machine.interrupt(proc),
      )
      : undefined;
    const streams = terminal
      ? { stdin: terminal.input, stdout: terminal.output, stderr: terminal.output }
      : {
        stdin: stdio.stdin ? fed : NULL_CHANNEL,
        stdout: this.#output((bytes) => stdio.onStdout(bytes)),
        stderr: this.#output((bytes) => stdio.onStderr(bytes)),
      };
    const proc: Proc = this.#spawn(argv, streams);
    if (proc.exitCode !== undefined) stdio.onExit(proc.exitCode);
    else proc.ends.push((code) => stdio.onExit(code));
    return {
      write: (bytes) => terminal ? terminal.feed(bytes) : fed.feed(bytes),
      closeStdin: () => terminal ? terminal.end() : fed.end(),
      kill: () => this.#machine.signalProc(proc, SIGKILL, { fromOutside: true }),
    };
  }

  /** Errors: ExecError when the container has no memory for one more process. */
  #spawn(argv: readonly string[], streams: Standard): Proc {
    try {
      return this.#machine.spawn(argv, 0, (self) => this.#run(self, argv, streams));
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      this.#machine.endOutOfMemory();
      throw new ExecError("container not running");
    }
  }
}

function linesIn(bytes: string): number {
  let lines = 0;
  for (let at = bytes.indexOf("\n"); at >= 0; at = bytes.indexOf("\n", at + 1)) lines++;
  return lines;
}
