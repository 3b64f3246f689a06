import { DurationSyntaxError, parseGoDuration } from "../../go/mod.ts";
import type { RulesFile } from "./rules_file.ts";

/** The relist interval and so the age, where neither is set. Source: prometheus-adapter cmd/adapter/adapter.go. */
const DEFAULT_MAX_AGE_MS = 10 * 60_000;

/** How far back the adapter looks for series, in milliseconds. */
export function maxAgeMs({ maxAge }: Pick<RulesFile, "maxAge">): number {
  if (!maxAge) return DEFAULT_MAX_AGE_MS;
  try {
    return parseGoDuration(maxAge.text);
  } catch (error) {
    if (error instanceof DurationSyntaxError) return DEFAULT_MAX_AGE_MS;
    throw error;
  }
}
