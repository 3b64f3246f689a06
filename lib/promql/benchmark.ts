import { evaluateInstant, evaluateRange } from "./evaluate.ts";
import { ScrapeCache } from "./scrape_cache.ts";
import { type SeriesRef, SeriesStore } from "./series_store.ts";
import type { SegmentState } from "./_segments.ts";

/** Figures of {@linkcode benchmarkPromql}; times in milliseconds of the given clock. */
export interface PromqlFigures {
  series: number;
  samples: number;
  appendsPerSecond: number;
  /** Lines of known text per second, read through a ScrapeCache and appended. */
  scrapedLinesPerSecond: number;
  /** What an incremental save after one scrape, and a full load, take. */
  saveMs: number;
  loadMs: number;
  savedBytesPerSample: number;
  /** `sum by (pod) (rate(m[5m]))` over all series at one instant. */
  instantRateMs: number;
  /** `m` over all series at one instant. */
  instantSelectMs: number;
  /** The rate over an hour in steps of 15 s. */
  rangeRateMs: number;
}

const SCRAPE_MS = 15_000;

/**
 * Appends hours of scrapes to a store and asks it; `now` is a clock in milliseconds, which this
 * room does not have.
 */
export function benchmarkPromql(
  now: () => number,
  { series = 2000, scrapes = 480 }: { series?: number; scrapes?: number } = {},
): PromqlFigures {
  const timed = (fn: () => void): number => {
    const start = now();
    fn();
    return Math.max(now() - start, 1e-3);
  };
  const store = new SeriesStore();
  const refs: SeriesRef[] = [];
  for (let i = 0; i < series; i++) {
    refs.push(store.series({ __name__: "m_total", pod: `pod-${i % 50}`, path: `/${i}` }));
  }
  const appendMs = timed(() => {
    for (let scrape = 0; scrape < scrapes; scrape++) {
      for (let i = 0; i < series; i++) store.append(refs[i], scrape * SCRAPE_MS, scrape * i);
    }
  });
  const state = new MapState();
  store.save(state, "");
  let tMs = scrapes * SCRAPE_MS;
  for (const ref of refs) store.append(ref, tMs, 1);
  const saveMs = timed(() => store.save(state, ""));
  const bytes = state.bytes;
  const loadMs = timed(() => void SeriesStore.load(state, ""));

  const cache = new ScrapeCache((labels) => store.series({ ...labels, job: "scraped" }));
  const rounds = 50;
  const texts = Array.from({ length: rounds }, (_, round) => exposition(series, round));
  cache.scan(texts[0], (ref, value) => store.append(ref, tMs, value));
  const scrapeMs = timed(() => {
    for (const text of texts) {
      tMs += SCRAPE_MS;
      cache.scan(text, (ref, value) => store.append(ref, tMs, value));
    }
  });
  const rate = 'sum by (pod) (rate(m_total{job=""}[5m]))';
  const endMs = scrapes * SCRAPE_MS;
  const repeated = (query: string) => {
    const times = Array.from(
      { length: 5 },
      () => timed(() => evaluateInstant(store, query, endMs)),
    );
    return times.sort((a, b) => a - b)[2];
  };
  return {
    series,
    samples: store.sampleCount,
    appendsPerSecond: series * scrapes / appendMs * 1000,
    scrapedLinesPerSecond: series * rounds / scrapeMs * 1000,
    saveMs,
    loadMs,
    savedBytesPerSample: bytes / (series * (scrapes + 1)),
    instantRateMs: repeated(rate),
    instantSelectMs: repeated('m_total{job=""}'),
    rangeRateMs: timed(() =>
      evaluateRange(store, rate, { startMs: endMs - 3_600_000, endMs, stepMs: 15_000 })
    ),
  };
}

function exposition(lines: number, round: number): string {
  let text = "# HELP scraped_total Lines.\n# TYPE scraped_total counter\n";
  for (let i = 0; i < lines; i++) {
    text += `scraped_total{path="/${i}",method="GET",code="200"} ${i * round}\n`;
  }
  return text;
}

/** A state file in memory. */
class MapState implements SegmentState {
  readonly #map = new Map<string, string | Uint8Array>();

  get bytes(): number {
    let bytes = 0;
    for (const value of this.#map.values()) bytes += value.length;
    return bytes;
  }
  get(key: string): string | undefined {
    return this.#map.get(key) as string | undefined;
  }
  getBytes(key: string): Uint8Array | undefined {
    return this.#map.get(key) as Uint8Array | undefined;
  }
  keys(prefix: string): string[] {
    return Array.from(this.#map.keys()).filter((key) => key.startsWith(prefix)).sort();
  }
  put(key: string, value: string | Uint8Array): void {
    this.#map.set(key, value);
  }
  delete(key: string): void {
    this.#map.delete(key);
  }
}
