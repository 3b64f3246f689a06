import { DurationSyntaxError, parseGoDuration, quote } from "../../../go/mod.ts";
import type { SeededRandom } from "../../../base/mod.ts";
import { Quantity, QuantitySyntaxError } from "../../../kube/mod.ts";
import { expandNames, type Names, namesIn } from "./texts.ts";

/** A text that is no such amount; the message says what is. */
export class MeasureError extends Error {
  override name = "MeasureError";
}

/** What an amount is of; durations come in ms, CPU at rest in millicores, memory in bytes, chances from 0 to 1. */
export type MeasureKind =
  | "duration"
  | "cores"
  | "memory"
  | "number"
  | "count"
  | "status"
  | "chance"
  | "rate";

/** An amount, which may follow from a request, and from chance. Errors: MeasureError. */
export type Measure = (names: Names, random: SeededRandom) => number;

const HOUR_MS = 3_600_000;

/** Whether an amount may lie between two, as in `20ms..80ms`. */
const RANGED: ReadonlySet<MeasureKind> = new Set(["duration", "memory", "number", "count"]);

/** An amount as it is written: `20ms`, `20ms..80ms`, `${seconds}s`. Errors: MeasureError. */
export function measureOf(text: string, kind: MeasureKind): Measure {
  if (namesIn(text).length > 0) {
    return (names, random) => fixed(expandNames(text, names), kind)(names, random);
  }
  return fixed(text, kind);
}

/** An amount that is the same for ever. Errors: MeasureError. */
export function amountOf(text: string, kind: MeasureKind): number {
  return READERS[kind](text);
}

function fixed(text: string, kind: MeasureKind): Measure {
  const at = RANGED.has(kind) ? text.indexOf("..") : -1;
  if (at < 0) {
    const value = READERS[kind](text);
    return () => value;
  }
  const low = READERS[kind](text.slice(0, at));
  const high = READERS[kind](text.slice(at + 2));
  if (high < low) throw new MeasureError(`${quote(text)} ends before it begins`);
  const isWhole = kind === "count" || kind === "memory";
  return (_names, random) => {
    const value = low + random.next() * (high - low);
    return isWhole ? Math.round(value) : value;
  };
}

const READERS: Readonly<Record<MeasureKind, (text: string) => number>> = {
  duration(text) {
    const ms = durationOf(text);
    if (ms >= 0 && ms <= HOUR_MS) return ms;
    throw new MeasureError(`${quote(text)} is no duration up to 1h: write it as 20ms or 1.5s`);
  },
  cores: (text) => quantityOf(text, "no amount of CPU: write it as 5m or 0.1") * 1000,
  memory: (text) => Math.round(quantityOf(text, "no amount of memory: write it as 64Ki or 5Mi")),
  number: (text) => numberOf(text, "is no number"),
  count(text) {
    const value = numberOf(text, "is no whole number");
    if (Number.isInteger(value) && value >= 0 && value <= 1e9) return value;
    throw new MeasureError(`${quote(text)} is no whole number from 0 to 1000000000`);
  },
  status(text) {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 200 && value <= 599) return value;
    throw new MeasureError(`${quote(text)} is no HTTP status: write one from 200 to 599`);
  },
  chance(text) {
    const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
    if (text.trim() !== "" && value >= 0 && value <= 1) return value;
    throw new MeasureError(`${quote(text)} is no chance: write it as 5% or 0.05`);
  },
  rate(text) {
    const value = numberOf(text, "is no number a second");
    if (value >= 0 && value <= 100_000) return value;
    throw new MeasureError(`${quote(text)} is no number a second from 0 to 100000`);
  },
};

function durationOf(text: string): number {
  try {
    return parseGoDuration(text);
  } catch (error) {
    if (!(error instanceof DurationSyntaxError)) throw error;
    return NaN;
  }
}

function numberOf(text: string, problem: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new MeasureError(`${quote(text)} ${problem}`);
}

function quantityOf(text: string, problem: string): number {
  try {
    const value = Quantity.parse(text).asNumber();
    if (value >= 0) return value;
  } catch (error) {
    if (!(error instanceof QuantitySyntaxError)) throw error;
  }
  throw new MeasureError(`${quote(text)} is ${problem}`);
}
