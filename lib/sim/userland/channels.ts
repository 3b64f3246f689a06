import type { Cancel } from "../../base/mod.ts";
import type { Memory, MemoryPart } from "./memory.ts";
import { Signalled, SIGPIPE } from "./signalled.ts";
import type { Work } from "./work.ts";

/** Suspends whoever yields it until it calls `resume`. */
export type Wait = (resume: () => void) => Cancel;

/**
 * Work that may be suspended in virtual time. A task that it yields is done first, by who runs it, and
 * what came of that is given back: however deep, that takes none of the stack.
 */
export type Task<T> = Generator<Wait | Task<unknown>, T, unknown>;

/** Runs a task as a step of its own. */
export function* nested<T>(task: Task<T>): Task<T> {
  return (yield task) as T;
}

/** Lets who runs a task interrupt it, when it owes CPU time or its reader is behind. */
export const CHECKPOINT: Wait = (resume) => {
  resume();
  return () => {};
};

/** What a pipe takes its memory and its time from. */
export interface PipeHost {
  readonly memory: Memory;
  readonly work: Work;
  /** A writer is ahead of its reader, and should wait at its next step. */
  congested(channel: Channel): void;
}

/** What is to be read, and what was written, over a file descriptor. Texts are byte strings. */
export interface Channel {
  /** Some text; undefined at the end; null when there is none yet: wait for {@linkcode Channel.readable}. */
  read?(): string | undefined | null;
  readonly readable?: Wait;
  /** Gives back what was read too much. */
  unread?(text: string): void;
  /** Errors: Signalled when nobody reads any more. */
  write?(text: string): void;
  /** Whether a writer should wait for {@linkcode Channel.drained}. */
  readonly full?: boolean;
  readonly drained?: Wait;
  readonly isTty?: boolean;
  /** One more and one fewer process has it open. */
  retain?(): void;
  release?(): void;
}

const PIPE_BYTES = 65536;

/** Callbacks to be called once. */
class Waiters {
  readonly #waiting = new Set<() => void>();

  readonly wait: Wait = (resume) => {
    this.#waiting.add(resume);
    return () => this.#waiting.delete(resume);
  };

  wake(): void {
    if (this.#waiting.size === 0) return;
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of all) resume();
  }
}

/** A pipe's buffer, with an end to read and an end to write. */
export class Pipe {
  #buffer = "";
  #readers = 0;
  #writers = 0;
  readonly #readable = new Waiters();
  readonly #drained = new Waiters();

  readonly reader: Channel = {
    read: () => {
      if (this.#buffer === "") return this.#writers === 0 ? undefined : null;
      const text = this.#buffer;
      this.host.memory.shrink(text.length);
      this.#buffer = "";
      this.#drained.wake();
      return text;
    },
    readable: this.#readable.wait,
    unread: (text) => {
      this.host.memory.grow(text.length);
      this.#buffer = text + this.#buffer;
    },
    retain: () => {
      this.#readers++;
    },
    release: () => {
      if (--this.#readers > 0) return;
      this.host.memory.shrink(this.#buffer.length);
      this.#buffer = "";
      this.#drained.wake();
    },
  };

  readonly writer: Channel;

  constructor(private readonly host: PipeHost) {
    const isFull = () => this.#buffer.length >= PIPE_BYTES && this.#readers > 0;
    this.writer = {
      write: (text) => this.#write(text),
      get full() {
        return isFull();
      },
      drained: this.#drained.wait,
      retain: () => {
        this.#writers++;
      },
      release: () => {
        if (--this.#writers === 0) this.#readable.wake();
      },
    };
  }

  #write(text: string): void {
    if (this.#readers === 0) throw new Signalled(SIGPIPE);
    this.host.memory.grow(text.length);
    this.host.work.move(text.length);
    this.#buffer += text;
    if (this.#buffer.length >= PIPE_BYTES) this.host.congested(this.writer);
    this.#readable.wake();
  }
}

/** Text that is all there. */
export class TextInput implements Channel {
  constructor(private text: string) {}

  read(): string | undefined {
    if (this.text === "") return undefined;
    const { text } = this;
    this.text = "";
    return text;
  }

  unread(text: string): void {
    this.text = text + this.text;
  }
}

/**
 * Standard input that someone outside writes to. Of what nobody reads, `limitBytes` are kept: there is
 * no way to make those outside wait.
 */
export class FedInput implements Channel {
  #buffer = "";
  #ended = false;
  #endsOnce = false;
  readonly #waiters = new Waiters();
  readonly readable = this.#waiters.wait;

  constructor(private readonly limitBytes: number) {}

  feed(text: string): void {
    this.#buffer += text.slice(0, Math.max(0, this.limitBytes - this.#buffer.length));
    this.#waiters.wake();
  }

  end(): void {
    this.#ended = true;
    this.#waiters.wake();
  }

  /** Lets one reader see an end; more may follow for the next. */
  endOnce(): void {
    this.#endsOnce = true;
    this.#waiters.wake();
  }

  /** Forgets what nobody has read. */
  clear(): void {
    this.#buffer = "";
    this.#endsOnce = false;
  }

  read(): string | undefined | null {
    if (this.#buffer === "") {
      const isEnd = this.#ended || this.#endsOnce;
      this.#endsOnce = false;
      return isEnd ? undefined : null;
    }
    const text = this.#buffer;
    this.#buffer = "";
    return text;
  }

  unread(text: string): void {
    this.#buffer = text + this.#buffer;
  }
}

/** Output that goes to a function. */
export class Output implements Channel {
  constructor(readonly write: (text: string) => void, readonly isTty = false) {}
}

export const NULL_CHANNEL: Channel = { read: () => undefined, write: () => {} };

/** Everything that comes; `held` is the memory it takes. */
export function* readAll(input: Channel, held: MemoryPart): Task<string> {
  let out = "";
  for (;;) {
    const text = yield* readSome(input);
    if (text === undefined) return out;
    held.grow(text.length);
    out += text;
  }
}

/** The next text; undefined at the end. */
export function* readSome(input: Channel): Task<string | undefined> {
  if (!input.read) return undefined;
  for (;;) {
    yield CHECKPOINT;
    const text = input.read();
    if (text !== null) return text;
    yield input.readable!;
  }
}

/** The next line, with its newline when it has one; undefined at the end. */
export function* readLine(input: Channel, held: MemoryPart): Task<string | undefined> {
  const before = held.bytes;
  let line = "";
  try {
    for (;;) {
      const text = yield* readSome(input);
      if (text === undefined) return line === "" ? undefined : line;
      const end = text.indexOf("\n");
      if (end < 0) {
        held.grow(text.length);
        line += text;
        continue;
      }
      if (end + 1 < text.length) input.unread!(text.slice(end + 1));
      return line + text.slice(0, end + 1);
    }
  } finally {
    held.shrinkTo(before);
  }
}

/** Writes, and waits while the reader is behind. */
export function* writeTo(output: Channel, text: string): Task<void> {
  output.write?.(text);
  while (output.full) yield output.drained!;
  yield CHECKPOINT;
}
