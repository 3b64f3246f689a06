/// <reference lib="dom" />
import { isKorean } from "./words.ts";

/** The spans of time that can be chosen, as durations of Prometheus. */
export const SPANS = ["5m", "15m", "30m", "1h", "2h"];

/** What is looked at; it stands in the address, so that a link shows the same and Back goes back. */
export interface Looking {
  hpa?: string;
  span: string;
  /** The moment under the cursor, in Unix milliseconds of lab time; undefined for the one of now. */
  at?: number;
  /** Which of the HPA's metrics, by its place. */
  metric: number;
  large: boolean;
}

export function readAddress(): Looking {
  const asked = new URLSearchParams(location.search);
  const at = Number(asked.get("at"));
  return {
    ...(asked.get("hpa") ? { hpa: asked.get("hpa")! } : {}),
    span: SPANS.find((span) => span === asked.get("span")) ?? "15m",
    ...(at > 0 ? { at } : {}),
    metric: Number(asked.get("metric")) || 0,
    large: asked.get("view") === "large",
  };
}

export function addressOf({ hpa, span, at, metric, large }: Looking): string {
  const asked = new URLSearchParams({ lang: isKorean ? "ko" : "en" });
  if (hpa) asked.set("hpa", hpa);
  if (span !== "15m") asked.set("span", span);
  if (at !== undefined) asked.set("at", `${Math.round(at)}`);
  if (metric > 0) asked.set("metric", `${metric}`);
  if (large) asked.set("view", "large");
  return `?${asked}`;
}
