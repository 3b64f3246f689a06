import type { ContainerContext } from "../../seams.ts";
import { LogTime } from "./log_time.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** How a program's lines begin: Prometheus writes `time=… level=INFO source=…`, the operator `ts=…`. */
export type SlogStyle = "prometheus" | "operator";

export type LogFields = Readonly<Record<string, string | number | boolean>>;

/**
 * Writes log lines as Go's slog text handler does, or its JSON handler.
 * Source: golang/go src/log/slog/text_handler.go; prometheus/common promslog/slog.go;
 * prometheus-operator/prometheus-operator internal/log/slog.go.
 */
export class Slog {
  readonly #context: ContainerContext;
  readonly #style: SlogStyle;
  readonly #level: LogLevel;
  readonly #format: string;
  readonly #time: LogTime;

  constructor(
    context: ContainerContext,
    style: SlogStyle,
    options: { level?: string; format?: string } = {},
  ) {
    this.#context = context;
    this.#time = new LogTime(context);
    this.#style = style;
    this.#level = (options.level as LogLevel | undefined) ?? "info";
    this.#format = options.format ?? "logfmt";
  }

  debug(source: string, message: string, fields: LogFields = {}): void {
    this.#write("debug", source, message, fields);
  }

  info(source: string, message: string, fields: LogFields = {}): void {
    this.#write("info", source, message, fields);
  }

  warn(source: string, message: string, fields: LogFields = {}): void {
    this.#write("warn", source, message, fields);
  }

  error(source: string, message: string, fields: LogFields = {}): void {
    this.#write("error", source, message, fields);
  }

  #write(level: LogLevel, source: string, message: string, fields: LogFields): void {
    if (ORDER.indexOf(level) < ORDER.indexOf(this.#level)) return;
    const nano = this.#time.next();
    const head: [string, string][] = this.#style === "prometheus"
      ? [["time", `${nano.slice(0, 23)}Z`], ["level", level.toUpperCase()], ["source", source], [
        "msg",
        message,
      ]]
      : [
        ["ts", nano.replace(/\.?0*Z$/, "Z")],
        ["level", level],
        ["caller", source],
        ["msg", message],
      ];
    if (this.#format === "json") {
      this.#context.log(JSON.stringify({ ...Object.fromEntries(head), ...fields }));
      return;
    }
    this.#context.log(
      [...head, ...Object.entries(fields)]
        .map(([key, value]) => `${key}=${slogValue(String(value))}`).join(" "),
    );
  }
}

/** A value as the text handler writes it: quoted when it is empty or has a blank, `=` or `"`. */
function slogValue(text: string): string {
  // deno-lint-ignore no-control-regex
  return text === "" || /[\s="\x00-\x1f\x7f]/.test(text) ? JSON.stringify(text) : text;
}
