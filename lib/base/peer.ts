/** What messages go over: a worker, a worker's own global scope, one end of a MessageChannel. */
export interface MessagePortLike {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** One call as its handler sees it. */
export interface IncomingCall {
  /** Aborts when the caller gives up, and when the other side is gone. */
  readonly signal: AbortSignal;
  /** Calls back one of the caller's `on` functions; what they give is not waited for. */
  emit(event: string, ...args: unknown[]): void;
  /** Takes what the caller tells this call while it runs. */
  onTell(take: (...args: any[]) => void): void;
}

/** What answers calls, by name. What it throws reaches the caller as an error. */
export type Handlers = Record<string, (call: IncomingCall, ...args: any[]) => unknown>;

export interface CallOptions {
  /** Tells the other side to give up. The call still ends with what the other side makes of that. */
  signal?: AbortSignal;
  /** Functions that the handler calls with {@linkcode IncomingCall.emit}. */
  on?: Record<string, (...args: any[]) => void>;
}

/** A call under way, for whoever has more to tell it. */
export interface OutgoingCall {
  readonly result: Promise<unknown>;
  tell(...args: unknown[]): void;
  abort(): void;
}

/** The other side of a wall has ended, so that nothing more is heard of a call. */
export class PeerGoneError extends Error {
  override name = "PeerGoneError";
}

type Message =
  | { kind: "call"; id: number; name: string; args: unknown[] }
  | { kind: "abort"; id: number }
  | { kind: "tell"; id: number; args: unknown[] }
  | { kind: "emit"; id: number; event: string; args: unknown[] }
  | { kind: "done"; id: number; value: unknown }
  | { kind: "failed"; id: number; error: SentError }
  | { kind: "forget" }
  | { kind: "forgotten" };

/** An error as data. */
interface SentError {
  name: string;
  message: string;
  stack?: string;
  fields: Record<string, unknown>;
}

/** Makes an error of a name again, from its message and its own fields. */
export type Revive = (message: string, fields: Record<string, any>) => Error;

/**
 * One of two sides that share no memory and call each other by messages. Either side calls the functions
 * of the other; a call may be aborted, calls back while it runs, and is told more. Messages arrive in the
 * order they were sent, so what a call emitted is there before it ends.
 *
 * Errors cross as name, message and own fields; `errors` makes classes of them again.
 */
export class Peer {
  readonly #port: MessagePortLike;
  readonly #handlers: Handlers;
  readonly #errors: Record<string, Revive>;
  readonly #outgoing = new Map<number, {
    resolve(value: unknown): void;
    reject(error: unknown): void;
    on: CallOptions["on"];
  }>();
  readonly #incoming = new Map<number, { controller: AbortController; tell: Taker }>();
  #nextId = 1;
  /** How many times the other side has still to say that it has forgotten. */
  #forgetting = 0;
  #gone: Error | undefined;

  constructor(
    port: MessagePortLike,
    options: {
      handlers?: Handlers;
      errors?: Record<string, Revive>;
      /** Runs what a message brings about. */
      bounded?: (work: () => void) => void;
    } = {},
  ) {
    this.#port = port;
    this.#handlers = options.handlers ?? {};
    this.#errors = { TypeError: (message) => new TypeError(message), ...options.errors };
    const { bounded = (work) => work() } = options;
    port.onmessage = ({ data }) => bounded(() => this.#take(data as Message));
  }

  /** Calls a function of the other side. Errors: its own; PeerGoneError. */
  call<T>(name: string, args: unknown[] = [], options: CallOptions = {}): Promise<T> {
    return this.open(name, args, options).result as Promise<T>;
  }

  /** {@linkcode Peer.call}, for a call that is told more while it runs. */
  open(name: string, args: unknown[] = [], options: CallOptions = {}): OutgoingCall {
    const id = this.#nextId++;
    const { signal } = options;
    const abort = () => this.#post({ kind: "abort", id });
    const result = new Promise<unknown>((resolve, reject) => {
      if (this.#gone) return reject(this.#gone);
      // Throws for what cannot be sent.
      this.#post({ kind: "call", id, name, args });
      this.#outgoing.set(id, { resolve, reject, on: options.on });
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
    const release = () => signal?.removeEventListener("abort", abort);
    result.then(release, release);
    return { result, abort, tell: (...args) => this.#post({ kind: "tell", id, args }) };
  }

  /** The other side has ended, or is given up: every call fails, and whoever works for it stops. */
  end(reason = "The other side has ended"): void {
    if (this.#gone) return;
    this.#gone = new PeerGoneError(reason);
    this.#port.onmessage = null;
    this.#giveUp(this.#gone);
  }

  /**
   * Gives up whatever is under way, as {@linkcode Peer.end} does, on both sides: nothing is heard any more that the other
   * side sent before it knew. Later calls go on as ever.
   */
  forget(reason: string): void {
    if (this.#gone) return;
    this.#forgetting++;
    this.#post({ kind: "forget" });
    this.#giveUp(new PeerGoneError(reason));
  }

  #giveUp(error: Error): void {
    for (const { reject } of this.#outgoing.values()) reject(error);
    this.#outgoing.clear();
    for (const { controller } of this.#incoming.values()) controller.abort();
    this.#incoming.clear();
  }

  #post(message: Message): void {
    if (!this.#gone) this.#port.postMessage(message);
  }

  #take(message: Message): void {
    if (message.kind === "forgotten") return void this.#forgetting--;
    if (this.#forgetting > 0) return;
    if (message.kind === "forget") {
      this.#post({ kind: "forgotten" });
      return this.#giveUp(new PeerGoneError("The other side has given up"));
    }
    const { id } = message;
    switch (message.kind) {
      case "call":
        return void this.#answer(id, message.name, message.args);
      case "abort":
        return this.#incoming.get(id)?.controller.abort();
      case "tell":
        return this.#incoming.get(id)?.tell.take(message.args);
      case "emit":
        return this.#outgoing.get(id)?.on?.[message.event]?.(...message.args);
      case "done":
      case "failed": {
        const call = this.#outgoing.get(id);
        this.#outgoing.delete(id);
        if (message.kind === "done") call?.resolve(message.value);
        else call?.reject(this.#revived(message.error));
      }
    }
  }

  async #answer(id: number, name: string, args: unknown[]): Promise<void> {
    const controller = new AbortController();
    const tell = new Taker();
    this.#incoming.set(id, { controller, tell });
    let reply: Message;
    try {
      const handler = this.#handlers[name];
      if (!handler) throw new TypeError(`Nothing is called "${name}" here`);
      const value = await handler({
        signal: controller.signal,
        emit: (event, ...args) => this.#post({ kind: "emit", id, event, args }),
        onTell: (take) => tell.give(take),
      }, ...args);
      reply = { kind: "done", id, value };
    } catch (error) {
      reply = { kind: "failed", id, error: sent(error) };
    }
    this.#incoming.delete(id);
    try {
      this.#post(reply);
    } catch (error) {
      // What cannot be sent (a function, say) is the handler's mistake.
      this.#post({ kind: "failed", id, error: sent(error) });
    }
  }

  #revived({ name, message, stack, fields }: SentError): Error {
    const revive = this.#errors[name];
    const error = revive ? revive(message, fields) : Object.assign(new Error(message), fields);
    if (!revive) error.name = name;
    if (stack !== undefined) error.stack = stack;
    return error;
  }
}

/** Keeps what a call is told until somebody takes it. */
class Taker {
  #take: ((...args: unknown[]) => void) | undefined;
  #kept: unknown[][] = [];

  give(take: (...args: unknown[]) => void): void {
    this.#take = take;
    for (const args of this.#kept.splice(0)) take(...args);
  }

  take(args: unknown[]): void {
    if (this.#take) this.#take(...args);
    else this.#kept.push(args);
  }
}

function sent(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), fields: {} };
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error)) {
    if (isData(value)) fields[key] = value;
  }
  return { name: error.name, message: error.message, stack: error.stack, fields };
}

function isData(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
