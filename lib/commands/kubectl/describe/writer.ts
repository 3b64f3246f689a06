import { compareGo } from "../../../go/mod.ts";
import { escapeTerminal } from "../get_table.ts";
import { DESCRIBE_TABLE, TabWriter } from "../tabwriter.ts";

/** Upstream leaves the annotation of `apply` out of every description. */
const SKIPPED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";
const MAX_ANNOTATION_LENGTH = 140;

/**
 * Collects a description, indented by level and aligned by tabs.
 * Source: kubernetes/kubectl pkg/describe/describe.go (PrefixWriter, tabbedString).
 */
export class DescriptionWriter {
  readonly #table = new TabWriter(DESCRIBE_TABLE);
  #done = "";

  /** `nowMs` is what ages are counted from. */
  constructor(readonly nowMs: number) {}

  /** Writes text as it is, `level` steps in; tabs align. */
  write(level: number, text: string): void {
    this.#table.write(escapeTerminal("  ".repeat(level) + text));
  }

  /** A line `Name:<tab>value`; a text that is not there is empty, as in the structs that kubectl reads. */
  field(level: number, name: string, value: unknown): void {
    this.write(level, `${name}:\t${value ?? ""}\n`);
  }

  /** Ends the alignment of what was written so far. */
  flush(): void {
    this.#done += this.#table.flush();
  }

  finish(): string {
    this.flush();
    return this.#done;
  }

  /** `Labels:` with one label a line. */
  labels(
    title: string,
    labels: Record<string, string> | undefined,
    initial = "",
    inner = "\t",
  ): void {
    const keys = Object.keys(labels ?? {}).sort(compareGo);
    if (keys.length === 0) return this.write(0, `${initial}${title}:${inner}<none>\n`);
    keys.forEach((key, index) => {
      const start = index === 0 ? `${initial}${title}:${inner}` : initial + inner;
      this.write(0, `${start}${key}=${labels![key]}\n`);
    });
  }

  /** `Annotations:`, long ones on lines of their own. */
  annotations(title: string, annotations: Record<string, string> | undefined): void {
    const keys = Object.keys(annotations ?? {}).filter((key) => key !== SKIPPED_ANNOTATION)
      .sort(compareGo);
    if (keys.length === 0) return this.write(0, `${title}:\t<none>\n`);
    keys.forEach((key, index) => {
      const start = index === 0 ? `${title}:\t` : "\t";
      const value = annotations![key].replace(/\n$/, "");
      if (
        byteLength(value) + byteLength(key) + 2 <= MAX_ANNOTATION_LENGTH && !value.includes("\n")
      ) {
        return this.write(0, `${start}${key}: ${value}\n`);
      }
      this.write(0, `${start}${key}:\n`);
      for (const line of value.split("\n")) {
        this.write(0, `\t  ${shorten(line, MAX_ANNOTATION_LENGTH - 2)}\n`);
      }
    });
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function shorten(text: string, length: number): string {
  return text.length > length ? text.slice(0, length) + "..." : text;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
];

/** A timestamp in RFC 1123 with a numeric zone, as Go prints it in UTC: `Mon, 02 Jan 2006 15:04:05 +0000`. */
export function rfc1123(timestamp: string | null | undefined): string {
  if (!timestamp) return "Mon, 01 Jan 0001 00:00:00 +0000";
  const date = new Date(timestamp);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${day} ${date.getUTCFullYear()} ${time} +0000`;
}

/**
 * A duration in the few characters of an AGE column: `45s`, `3m20s`, `2d3h`.
 * Source: kubernetes/apimachinery pkg/util/duration/duration.go (HumanDuration).
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return pair(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(hours / 24 / 365);
  if (hours < 24 * 365 * 8) return pair(years, "y", days % 365, "d");
  return `${years}y`;
}

/** How long ago a timestamp was. */
export function ageOf(timestamp: string | null | undefined, nowMs: number): string {
  if (!timestamp) return "<unknown>";
  return humanDuration(nowMs - Date.parse(timestamp));
}
