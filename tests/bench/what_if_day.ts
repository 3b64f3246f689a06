/**
 * What replaying a day costs: the recorded day of the examples in 15 s syncs, reading and queries included. Part of
 * `deno task bench`; by itself with `deno run -R=. tests/bench/what_if_day.ts`.
 *
 * @module
 */
import { readRecording, readScalers, whatIf } from "../../lib/doctor/mod.ts";

const EXAMPLES = new URL("../../examples/04_what_if/", import.meta.url);
const example = (name: string) => Deno.readTextFileSync(new URL(name, EXAMPLES));
const QUERY = 'sum(rate(http_requests_total{namespace="shop"}[5m]))';
const RUNS = 5;

/** Wall milliseconds for each of some runs, and how many syncs a run has. */
export async function measureDay(): Promise<{ syncs: number; runsMs: number[] }> {
  const runsMs: number[] = [];
  let syncs = 0;
  for (let run = 0; run < RUNS; run++) {
    const startMs = performance.now();
    const source = readRecording(example("recorded-day.json"), "recorded-day.json");
    const result = await whatIf(readScalers(example("hpa.yaml"), "hpa.yaml"), source, {
      fromMs: source.startMs(),
      toMs: source.now(),
      stepMs: 15_000,
      readyAfterMs: 10_000,
      requests: new Map(),
      queries: new Map([["http_requests_per_second", QUERY]]),
      models: new Map(),
      queryFor: () => undefined,
    });
    runsMs.push(performance.now() - startMs);
    syncs = result.syncs.count;
  }
  return { syncs, runsMs };
}

/** Rows of the bench's table. */
export async function whatIfDay(row: (what: string, ...figures: string[]) => void): Promise<void> {
  const { syncs, runsMs } = await measureDay();
  const [first, least] = [runsMs[0], Math.min(...runsMs)];
  row(
    `what-if of a day, ${syncs} syncs`,
    `${first.toFixed(0)} ms, then ${least.toFixed(0)} ms`,
    "a day",
    `${(86_400_000 / least).toFixed(0)} x`,
  );
}

if (import.meta.main) await whatIfDay((...cells) => console.log(cells.join("  ")));
