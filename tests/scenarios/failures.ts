import { ADAPTER_FAILURES } from "./adapter_failures.ts";
import type { Failure } from "./_failure.ts";
import { HPA_FAILURES } from "./hpa_failures.ts";
import { KEDA_FAILURES } from "./keda_failures.ts";
import { SCRAPING_FAILURES } from "./scraping_failures.ts";

/** The catalogue, most frequent first. */
export const FAILURES: readonly Failure[] = [
  ...SCRAPING_FAILURES,
  ...ADAPTER_FAILURES,
  ...HPA_FAILURES,
  ...KEDA_FAILURES,
].sort((a, b) => a.number - b.number);
