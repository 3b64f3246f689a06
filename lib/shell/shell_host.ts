import {
  boundedTurns,
  boundTimers,
  endByAccident,
  type Handlers,
  type IncomingCall,
  KeyValues,
  type OwnCommand,
  Peer,
  setOwnCommand,
} from "../base/mod.ts";
import type { MessagePortLike } from "../base/mod.ts";
import { type Command, edit, type Edited, type EditRequest, FileError } from "../commands/mod.ts";
import { Board, type Lab, LAB_ERRORS, loadCharts, RemoteLab } from "../labs/mod.ts";
import { setImmediate } from "node:timers";
import { type RunResult, Shell } from "./shell.ts";
import { HOME } from "./workspace.ts";

/** What the shell's side needs to begin. */
export interface OpenShellRequest {
  workspaceDir: string;
  /** What the lab runs on. */
  on: Pick<Lab, "kind" | "context" | "server" | "programs">;
  /** The lab's time. */
  board: SharedArrayBuffer;
  /** Its first element is the number of the last line that Ctrl-C was pressed for. */
  interrupts: SharedArrayBuffer;
  /** What the lab keeps for commands: helm's repositories, the namespace in use. */
  records: [key: string, value: string][];
  /** Whether there is someone to open an editor for. */
  canEdit: boolean;
  /** How this program was begun. */
  ownCommand: OwnCommand;
  /** Variables, aliases and the working directory of a shell that was given up. */
  environment?: Record<string, string>;
}

/** What a line came to, and how it left the shell. */
export interface RanLine {
  result: RunResult;
  environment: Record<string, string>;
  /** The working directory as a prompt shows it. */
  place: string;
}

/** What there is besides a line and its call. */
export interface LineRequest {
  /** Numbers lines from 1. */
  number: number;
  text: string;
  columns?: number;
  language?: string;
  words?: readonly string[];
  plain?: boolean;
  holdsSums?: boolean;
  history?: readonly string[];
  followMs?: number;
  hasPager: boolean;
  hasKeyboard: boolean;
}

/** How much of a line's output may be on its way before it waits, in characters. */
const ROOM_CHARS = 64 * 1024;
/** A file that an editor on the other side is opened on. */
export interface OpenedFile extends Pick<EditRequest, "path" | "full" | "text" | "isNew" | "line"> {
  /** Whether its text can be tried as it stands. */
  canTry: boolean;
}

/** How long output is gathered before it goes out, in wall milliseconds and characters. */
const GATHER_MS = 16;
const GATHER_CHARS = 8 * 1024;
/** How long a line may go on without giving messages a turn: by itself, and at most, in its thread's CPU time. */
const TURN_MS = 50;
const STEP_MS = 5_000;

/** Runs a {@linkcode Shell} behind `port`: the worker's side of the wall. */
export function hostShell(
  port: MessagePortLike,
  commands: () => Promise<readonly Command[]>,
): void {
  let shell: Shell;
  let interrupts: Int32Array;
  const handlers: Handlers = {
    open: async (_call, request: OpenShellRequest) => {
      interrupts = new Int32Array(request.interrupts);
      setOwnCommand(request.ownCommand);
      const lab = new RemoteLab({
        ...request.on,
        peer: () => Promise.resolve(peer),
        board: new Board(request.board),
        state: new KeyValues(request.records, (key, value) => tell("record", key, value)),
        charts: await loadCharts(request.on.kind ?? "sandbox"),
      });
      const editor = request.canEdit ? openEditor : undefined;
      shell = new Shell({
        lab,
        workspaceDir: request.workspaceDir,
        commands: async () => [...await commands(), edit(editor)],
        environment: request.environment,
        turn: () => peer.call("turn"),
      });
    },
    warm: async () => {
      await shell.warm();
      return shell.commandNames;
    },
    needsMore: (_call, text: string) => shell.needsMore(text),
    complete: (_call, line: string, cursor: number) => shell.complete(line, cursor),
    read: (_call, path: string) => shell.files.read(atHome(path)),
    write: (_call, path: string, text: string) => shell.files.write(atHome(path), text),
    list: (_call, path: string) => shell.files.list(atHome(path)),
    stat: (_call, path: string) => shell.files.stat(atHome(path)),
    run: (call, line: LineRequest): Promise<RanLine> => run(call, line),
  };
  const bounded = boundedTurns(STEP_MS, ({ isStarved }) => {
    const why = isStarved
      ? "this machine had no time for it"
      : `it kept the shell busy for ${STEP_MS / 1000} s`;
    tell("stopped", `the line was ended: ${why}`);
    setTimeout(() => self.close(), 0);
  });
  boundTimers(bounded);
  const peer = new Peer(port, {
    handlers,
    bounded,
    errors: { ...LAB_ERRORS, FileError: (message) => new FileError(message) },
  });
  endByAccident((reason) => tell("stopped", `the line was ended: ${reason}`));
  const tell = (name: string, ...args: unknown[]) => void peer.call(name, args).catch(() => {});

  async function run(call: IncomingCall, line: LineRequest): Promise<RanLine> {
    const output = new Output(call, () => peer.call("turn"));
    const result = await shell.run(line.text, {
      began: (command) => call.emit("began", command),
      out: (text) => output.write("out", text),
      err: (text) => output.write("err", text),
      room: () => output.room(),
      isInterrupted: () => Atomics.load(interrupts, 0) === line.number,
      signal: call.signal,
      columns: line.columns,
      language: line.language,
      words: line.words,
      plain: line.plain,
      holdsSums: line.holdsSums,
      history: line.history,
      followMs: line.followMs,
      ...(line.hasPager
        ? {
          page: async (text: string) => {
            output.flush();
            await peer.call("page", [line.number, text]);
          },
        }
        : {}),
      ...(line.hasKeyboard
        ? {
          keyboard: (onText: (text: string) => void) => {
            output.typed = onText;
            call.emit("keyboard", true);
            return () => {
              output.typed = undefined;
              call.emit("keyboard", false);
            };
          },
        }
        : {}),
    });
    output.flush();
    return { result, environment: shell.environment, place: shell.place };
  }

  /** The editor is on the other side, with the terminal; the file is here. */
  async function openEditor(
    { path, full, text, isNew, line, save, attempt }: EditRequest,
  ): Promise<Edited> {
    handlers.saveEdited = (_call, changed: string) => save(changed);
    handlers.tryEdited = (_call, changed: string, columns: number) => attempt?.(changed, columns);
    const opened: OpenedFile = { path, full, text, isNew, line, canTry: attempt !== undefined };
    return await peer.call<Edited>("edit", [opened]);
  }
}

/** Whoever asks from outside means the learner's folder, wherever the shell is in it. */
function atHome(path: string): string {
  return path.startsWith("/") ? path : `${HOME}/${path}`;
}

/** Gathers what a line prints, in its order, and sends it in pieces; takes what is typed meanwhile. */
class Output {
  typed: ((text: string) => void) | undefined;
  readonly #call: IncomingCall;
  #parts: [stream: "out" | "err", text: string][] = [];
  #chars = 0;
  #sinceMs = 0;
  /** Sent, and not yet shown. */
  #onTheWay = 0;
  #wake = () => {};
  readonly #turn: () => Promise<unknown>;
  #turnedMs = performance.now();

  constructor(call: IncomingCall, turn: () => Promise<unknown>) {
    this.#call = call;
    this.#turn = turn;
    call.onTell((kind: "shown" | "typed", what: number | string) => {
      if (kind === "typed") return this.typed?.(what as string);
      this.#onTheWay -= what as number;
      this.#wake();
    });
    call.signal.addEventListener("abort", () => this.#wake());
  }

  write(stream: "out" | "err", text: string): void {
    const last = this.#parts.at(-1);
    if (last?.[0] === stream) last[1] += text;
    else this.#parts.push([stream, text]);
    this.#chars += text.length;
    const nowMs = performance.now();
    if (this.#parts.length === 1 && last === undefined) {
      this.#sinceMs = nowMs;
      setImmediate(() => this.flush());
    }
    // A line that never lets a timer run sends as well.
    if (this.#chars > GATHER_CHARS || nowMs - this.#sinceMs > GATHER_MS) this.flush();
  }

  flush(): void {
    if (this.#parts.length === 0) return;
    this.#call.emit("output", this.#parts);
    this.#onTheWay += this.#chars;
    this.#parts = [];
    this.#chars = 0;
  }

  /** Lets other work have its turn, and waits while too much is on its way. */
  async room(): Promise<void> {
    const isLong = performance.now() - this.#turnedMs > TURN_MS;
    if (this.#onTheWay <= ROOM_CHARS && !isLong) return;
    // By way of the other side, so that what comes then is a step of its own.
    await this.#turn();
    this.#turnedMs = performance.now();
    while (this.#onTheWay > ROOM_CHARS && !this.#call.signal.aborted) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
