import { quote } from "../../../go/mod.ts";
import type { ContainerContext } from "../../seams.ts";
import { LogTime } from "./log_time.ts";

/** A value of a structured log line; an Error prints its message. */
export type KlogValue = string | number | boolean | Error | undefined;

/**
 * klog's lines: `E1124 03:30:39.123456       1 provider.go:229] unable to …`.
 * Source: kubernetes/klog klog.go (header), internal/serialize/keyvalues.go.
 */
export class Klog {
  readonly #time: LogTime;

  constructor(
    private readonly context: Pick<ContainerContext, "now" | "pod" | "log" | "exit">,
    /** `--v`. */
    readonly verbosity: number = 0,
  ) {
    this.#time = new LogTime(context);
  }

  /** `V(level).Infof`. */
  info(level: number, source: string, message: string): void {
    if (level <= this.verbosity) this.#write("I", source, message);
  }

  warning(source: string, message: string): void {
    this.#write("W", source, message);
  }

  error(source: string, message: string): void {
    this.#write("E", source, message);
  }

  /** `V(level).InfoS`. */
  infoS(level: number, source: string, message: string, values: Record<string, KlogValue>): void {
    if (level <= this.verbosity) this.#write("I", source, structured(message, values));
  }

  /** `ErrorS`; `err` comes first. */
  errorS(source: string, err: string, message: string, values: Record<string, KlogValue>): void {
    this.#write("E", source, structured(message, { err, ...values }));
  }

  /** `Fatalf`: the line, then the end of the process with status 255. */
  fatal(source: string, message: string): void {
    this.#write("F", source, message);
    this.context.exit(255);
  }

  #write(severity: string, source: string, message: string): void {
    const iso = this.#time.next();
    const stamp = `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 26)}`;
    this.context.log(`${severity}${stamp}       1 ${source}] ${message}`);
  }
}

function structured(message: string, values: Record<string, KlogValue>): string {
  const pairs = Object.entries(values).map(([key, value]) => {
    if (value instanceof Error) return ` ${key}=${quote(value.message)}`;
    if (typeof value === "string") return ` ${key}=${quote(value)}`;
    return ` ${key}=${value === undefined ? "<nil>" : value}`;
  });
  return quote(message) + pairs.join("");
}
