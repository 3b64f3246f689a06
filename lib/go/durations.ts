import { quote } from "./quote.ts";
/** A duration that will not parse. */
export class DurationSyntaxError extends SyntaxError {
  override name = "DurationSyntaxError";
}

const GO_UNITS_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds in a Go duration such as `1h15m30.5s`.
 * Errors: DurationSyntaxError with Go's wording. Source: golang/go src/time/format.go.
 */
export function parseGoDuration(text: string): number {
  const invalid = () => new DurationSyntaxError(`time: invalid duration ${JSON.stringify(text)}`);
  const match = /^([-+]?)(.*)$/s.exec(text)!;
  let rest = match[2];
  if (rest === "0") return 0;
  if (rest === "") throw invalid();
  let total = 0;
  while (rest !== "") {
    const part = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest);
    if (!part) throw invalid();
    if (part[2] === "") {
      throw new DurationSyntaxError(`time: missing unit in duration ${JSON.stringify(text)}`);
    }
    const unit = GO_UNITS_MS[part[2]];
    if (unit === undefined) {
      throw new DurationSyntaxError(
        `time: unknown unit ${JSON.stringify(part[2])} in duration ${JSON.stringify(text)}`,
      );
    }
    total += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return match[1] === "-" ? -total : total;
}

/** A duration as Go prints it: `1m30s`, `500ms`, `0s`. */
export function formatGoDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  const sign = durationMs < 0 ? "-" : "";
  const ms = Math.abs(durationMs);
  if (ms < 0.001) return `${sign}${trimNumber(ms * 1e6)}ns`;
  if (ms < 1) return `${sign}${trimNumber(ms * 1000)}µs`;
  if (ms < 1000) return `${sign}${trimNumber(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = trimNumber((ms % 60_000) / 1000);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m${seconds}s`;
  return `${sign}${seconds}s`;
}

function trimNumber(value: number): string {
  return String(Number(value.toFixed(9)));
}

const PROM_UNITS_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** The longest duration that upstream holds: 2^63 nanoseconds. */
const MAX_PROM_MS = 2 ** 63 / 1e6;

/**
 * Milliseconds in a Prometheus duration such as `5m` or `1d12h`: units from large to small, each once.
 * Errors: DurationSyntaxError with Prometheus's wording. Source: prometheus/common model/time.go.
 */
export function parsePromDuration(text: string): number {
  if (text === "0") return 0;
  if (text === "") throw new DurationSyntaxError("empty duration string");
  const invalid = () => new DurationSyntaxError(`not a valid duration string: ${quote(text)}`);
  const parts = /^\d/.test(text) ? text.matchAll(/(\d+)(\D*)/g) : [];
  const units = Object.keys(PROM_UNITS_MS).reverse();
  let total = 0;
  let last = -1;
  for (const [, digits, unit] of parts) {
    if (unit === "" || Number(digits) >= 2 ** 64) throw invalid();
    const place = units.indexOf(unit);
    if (place < 0) {
      throw new DurationSyntaxError(`unknown unit ${quote(unit)} in duration ${quote(text)}`);
    }
    if (place <= last) throw invalid();
    last = place;
    total += Number(digits) * PROM_UNITS_MS[unit];
    if (total >= MAX_PROM_MS) throw new DurationSyntaxError("duration out of range");
  }
  if (last < 0) throw invalid();
  return total;
}

/** A duration as Prometheus prints it: `5m`, `1d12h`, `0s`. */
export function formatPromDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let rest = Math.round(durationMs);
  let out = "";
  for (const unit of ["y", "w", "d", "h", "m", "s", "ms"]) {
    const size = PROM_UNITS_MS[unit];
    const exactOnly = unit === "y" || unit === "w" || unit === "d";
    if (exactOnly && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * size;
  }
  return out;
}

/**
 * An age as kubectl prints it: `46s`, `3m20s`, `49m`, `5h30m`, `2d`.
 * Source: kubernetes/apimachinery pkg/util/duration/duration.go (HumanDuration).
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (days < 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  if (days < 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
}
