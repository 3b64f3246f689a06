import type { YamlNode } from "../../../go/mod.ts";
import { type Fields, joined } from "./fields.ts";

/** A steady rate, or one that goes up and down. */
export interface Rate {
  low: number;
  high: number;
  periodMs: number;
}

/** `2`, or `{low: 0, high: 5, period: 10m}`. */
export function readRate(
  fields: Fields,
  node: YamlNode | undefined,
  place: string,
): Rate | undefined {
  if (!node) return undefined;
  if (node.kind === "scalar") {
    const steady = fields.amount(node, place, "rate");
    return steady === undefined ? undefined : { low: steady, high: steady, periodMs: 1 };
  }
  return readWave(fields, node, { place, kind: "rate" });
}

export function readWave(
  fields: Fields,
  node: YamlNode,
  { place, kind }: { place: string; kind: "rate" | "number" },
): Rate | undefined {
  const of = fields.known(node, place, ["low", "high", "period"]);
  const low = fields.amount(of.get("low"), joined(place, "low"), kind) ?? 0;
  const high = fields.amount(of.get("high"), joined(place, "high"), kind);
  const periodMs = fields.amount(of.get("period"), joined(place, "period"), "duration") ?? 600_000;
  if (!of.has("high")) return fields.problem(node, place, "high is missing");
  if (high === undefined) return undefined;
  if (high < low) return fields.problem(node, place, `low ${low} is above high ${high}`);
  if (periodMs === 0) return fields.problem(node, place, "period must be longer than 0s");
  return { low, high, periodMs };
}

/** Where it is at an instant; it is at its lowest when a period begins. */
export function valueAt({ low, high, periodMs }: Rate, nowMs: number): number {
  return (low + high) / 2 - (high - low) / 2 * Math.cos(2 * Math.PI * nowMs / periodMs);
}

/** How much came between two instants, at so much a second. */
export function cameBetween({ low, high, periodMs }: Rate, fromMs: number, toMs: number): number {
  const turn = (atMs: number) => Math.sin(2 * Math.PI * atMs / periodMs);
  const even = (low + high) / 2 * (toMs - fromMs);
  const swing = (high - low) / 2 * periodMs / (2 * Math.PI) * (turn(toMs) - turn(fromMs));
  return (even - swing) / 1000;
}
