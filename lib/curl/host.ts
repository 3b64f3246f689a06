/** A request as curl sends it. Texts are byte strings. */
export interface CurlRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** Whether any certificate will do. */
  insecureSkipVerify: boolean;
}

/** An answer without its body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why no answer came. `ip` is known once the name was; a timeout without one is that of the whole transfer. */
export type Failure =
  | { kind: "name"; note?: string }
  | { kind: "refused"; ip: string }
  | { kind: "reset" }
  | { kind: "timeout"; ip: string }
  | { kind: "certificate"; text: string }
  | { kind: "protocol"; text: string };

/** What came of a request, and how long it took; `body` is a byte string. */
export type Outcome<A extends Answer = Answer> =
  | { response: A; body: string; ms: number }
  | { failure: Failure; ms: number };

/** How long a request may take as a whole, and until it is connected. */
export interface Limits {
  totalMs?: number;
  connectMs?: number;
}

/**
 * What curl needs of where it runs. What may take time is a generator, which yields what its runner waits by: a
 * promise outside, virtual time inside. Texts are byte strings.
 */
export interface CurlHost<W> {
  /** What `--version` says behind the version. */
  readonly build: string;
  /** Whether the progress meter is shown where output goes to standard output, and where it goes to a file. */
  readonly meter: { stdout: boolean; file: boolean };
  /** The address that requests come from. */
  readonly ownIp: string;
  out(text: string): void;
  err(text: string): void;
  /** The address of a name, where it has one. */
  addressOf(host: string): string | undefined;
  send(request: CurlRequest, limits: Limits): Generator<W, Outcome, unknown>;
  /** A file's text, standard input's for `-`; undefined where it cannot be read. */
  read(path: string): Generator<W, string | undefined, unknown>;
  /** Whether a file could be written. */
  write(path: string, text: string): Generator<W, boolean, unknown>;
  sleep(ms: number): Generator<W, void, unknown>;
}
