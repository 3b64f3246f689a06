import { rfc3339 } from "../../../go/mod.ts";
import type { ContainerContext } from "../../seams.ts";

/** Values of a log line: in order, and shown as JSON. */
export type ZapFields = Record<string, unknown>;

const LEVELS = { debug: -1, info: 0, error: 2, panic: 4 } as const;

/**
 * zap's console lines as controller-runtime sets them up: time, level, logger, message and fields,
 * with tabs between.
 * Source: uber-go/zap zapcore/console_encoder.go; sigs.k8s.io/controller-runtime pkg/log/zap.
 */
export class Zap {
  constructor(
    private readonly context: Pick<ContainerContext, "now" | "log">,
    /** `--zap-log-level`. */
    private readonly level: string,
    private readonly logger: string = "",
    private readonly fields: readonly [key: string, value: unknown][] = [],
  ) {}

  named(logger: string): Zap {
    return new Zap(this.context, this.level, logger, this.fields);
  }

  with(fields: ZapFields): Zap {
    return new Zap(this.context, this.level, this.logger, [
      ...this.fields,
      ...Object.entries(fields),
    ]);
  }

  /** `V(1).Info`. */
  debug(message: string, fields: ZapFields = {}): void {
    if (this.#threshold() <= LEVELS.debug) this.#write("DEBUG", message, fields);
  }

  info(message: string, fields: ZapFields = {}): void {
    if (this.#threshold() <= LEVELS.info) this.#write("INFO", message, fields);
  }

  error(error: string, message: string, fields: ZapFields = {}): void {
    if (this.#threshold() <= LEVELS.error) this.#write("ERROR", message, { ...fields, error });
  }

  /** A number is how far below info, as in `--zap-log-level=4`. */
  #threshold(): number {
    if (/^\d+$/.test(this.level)) return -Number(this.level);
    return LEVELS[this.level as keyof typeof LEVELS] ?? LEVELS.info;
  }

  #write(level: string, message: string, fields: ZapFields): void {
    const time = rfc3339(this.context.now());
    // A name that was given twice is written twice.
    const all = [...this.fields, ...Object.entries(fields)];
    // The console spaces the outermost object and nothing inside it.
    const json = all.map(([key, value]) =>
      `${JSON.stringify(key)}: ${JSON.stringify(value === undefined ? null : value)}`
    ).join(", ");
    const parts = [time, level, ...(this.logger ? [this.logger] : []), message];
    this.context.log(parts.join("\t") + (all.length > 0 ? `\t{${json}}` : ""));
  }
}
