/** Ends a process by a signal, from inside it. */
export class Signalled extends Error {
  override name = "Signalled";
  constructor(readonly signal: number) {
    super(`signal ${signal}`);
  }
}

export const SIGINT = 2;
export const SIGKILL = 9;
export const SIGSEGV = 11;
export const SIGPIPE = 13;
export const SIGTERM = 15;

/** What is thrown by a mistake of ours or by the engine below, and never by a program on purpose. */
const FAULTS = new Set([
  "DOMException",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
]);

/**
 * The signal that ends who let `error` out: that of the error, or a segmentation fault for what a real
 * program would have stumbled over. undefined for what means something else.
 */
export function fatalSignal(error: unknown): number | undefined {
  if (error instanceof Signalled) return error.signal;
  const isFault = error instanceof DOMException ||
    (error instanceof Error && FAULTS.has(error.constructor.name));
  return isFault ? SIGSEGV : undefined;
}
