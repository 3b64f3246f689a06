import type { ContainerContext } from "../../seams.ts";
import { LogTime } from "./log_time.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

const ORDER: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * How a program's lines begin: Prometheus writes `time=… level=INFO source=…`, the operator `ts=…`, and what is left
 * of go-kit `level=info ts=…`.
 */
export type SlogStyle = "prometheus" | "operator" | "go-kit";

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
    options: { level?: string; format?: string; time?: LogTime } = {},
  ) {
    this.#context = context;
    this.#time = options.time ?? new LogTime(context);
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
    const head = this.#head(level, source, message);
    if (this.#format === "json") {
      this.#context.log(JSON.stringify({ ...Object.fromEntries(head), ...fields }));
      return;
    }
    this.#context.log(
      [...head, ...Object.entries(fields)]
        .map(([key, value]) => `${key}=${this.#value(String(value))}`).join(" "),
    );
  }

  #head(level: LogLevel, source: string, message: string): [string, string][] {
    const nano = this.#time.next();
    const short = nano.replace(/\.?0*Z$/, "Z");
    switch (this.#style) {
      case "prometheus":
        return [
          ["time", `${nano.slice(0, 23)}Z`],
          ["level", level.toUpperCase()],
          ["source", source],
          ["msg", message],
        ];
      case "operator":
        return [["ts", short], ["level", level], ["caller", source], ["msg", message]];
      case "go-kit":
        return [["level", level], ["ts", short], ["caller", source], ["msg", message]];
    }
  }

  /** go-logfmt leaves nothing where a value is empty. */
  #value(text: string): string {
    return this.#style === "go-kit" && text === "" ? "" : slogValue(text);
  }
}

/** A value as the text handler writes it: quoted when it is empty or has a blank, `=` or `"`. */
function slogValue(text: string): string {
  // deno-lint-ignore no-control-regex
  return text === "" || /[\s="\x00-\x1f\x7f]/.test(text) ? JSON.stringify(text) : text;
}
