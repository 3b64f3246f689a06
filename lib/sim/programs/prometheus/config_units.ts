import { DurationSyntaxError, formatPromDuration, parsePromDuration } from "../../../go/mod.ts";
import { ConfigError } from "./config_fields.ts";

/** A duration of the configuration in milliseconds. Errors: ConfigError. */
export function duration(text: unknown): number {
  try {
    return parsePromDuration(String(text));
  } catch (error) {
    if (error instanceof DurationSyntaxError) throw new ConfigError(error.message);
    throw error;
  }
}

const SIZE_UNITS: Record<string, number> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/** A size of the configuration in bytes. Errors: ConfigError. */
export function sizeBytes(raw: unknown): number {
  const match = /^(\d+(?:\.\d+)?)(\D*)$/.exec(String(raw));
  if (!match) throw new ConfigError(`units: invalid ${raw}`);
  if (raw !== 0 && raw !== "0" && !/^(?:B|[KMG]i?B)$/.test(match[2])) {
    throw new ConfigError(`units: unknown unit ${match[2]} in ${raw}`);
  }
  return Number(match[1]) * SIZE_UNITS[(match[2] || "B").replace("i", "")];
}

/** A size as the configuration shows it. Source: alecthomas/units bytes.go (Base2Bytes.String). */
export function shownSize(bytes: number): string {
  let text = "";
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const) {
    if (bytes >= size) text += `${Math.floor(bytes / size)}${unit}`;
    bytes %= size;
  }
  return bytes > 0 || text === "" ? `${text}${bytes}B` : text;
}

/** A duration as the configuration shows it. */
export function shownDuration(durationMs: number): string {
  return formatPromDuration(durationMs);
}
