import { type Labels, SeriesStore } from "../../lib/promql/mod.ts";
import { SeededRandom } from "../../lib/base/mod.ts";

/** Start of the data: 2023-11-14T22:13:20Z, a multiple of 20 s but not of a minute. */
export const START_MS = 1_700_000_000_000;
const SCRAPE_MS = 15_000;
const SCRAPES = 160;

/** A value, or a staleness marker. */
export type SampleValue = number | "stale";

export interface DatasetSeries {
  labels: Labels;
  samples: [tMs: number, value: SampleValue][];
}

/**
 * Forty minutes of made-up metrics: counters that reset, gaps, late starts, staleness markers,
 * NaN and infinities, histograms (sound and not), and series to join. The same at every call: the
 * recorded answers of a real Prometheus are answers about these very samples.
 */
export function dataset(): DatasetSeries[] {
  const random = new SeededRandom(20231114);
  const all: DatasetSeries[] = [];
  const add = (
    labels: Labels,
    valueAt: (scrape: number) => SampleValue | undefined,
    jitterMs = 0,
  ) => {
    const samples: DatasetSeries["samples"] = [];
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      const value = valueAt(scrape);
      const shiftMs = jitterMs > 0 ? random.int(jitterMs) : 0;
      if (value !== undefined) {
        samples.push([START_MS + scrape * SCRAPE_MS + shiftMs, value]);
      }
    }
    all.push({ labels, samples });
  };
  const counter = (most: number, resetChance = 0) => {
    let total = random.int(500);
    return () => {
      total = random.next() < resetChance ? random.int(5) : total + random.int(most);
      return total;
    };
  };

  for (const job of ["api", "web"]) {
    for (const instance of ["a:80", "b:80", "c:80"]) {
      for (const code of ["200", "404", "500"]) {
        const next = counter(code === "200" ? 40 : 3, instance === "b:80" ? 0.04 : 0);
        add(
          { __name__: "http_requests_total", job, instance, code },
          (i) => instance === "c:80" && i < 60 ? undefined : next(),
          instance === "a:80" ? 0 : 900,
        );
      }
      add(
        { __name__: "up", job, instance },
        (i) => instance === "b:80" && i % 40 < 3 ? 0 : 1,
      );
      const version = job === "api" ? "v1.10.2" : instance === "a:80" ? "v1.9.0" : "v1.2.11";
      add({ __name__: "build_info", job, instance, version, node: `n-${instance[0]}` }, () => 1);
      let memory = 1e8 + random.int(1e7);
      add({ __name__: "memory_bytes", job, instance }, () => memory += random.int(2e6) - 9e5);
    }
  }
  // A gauge that goes below zero and one in fractions; NaN and infinities among them.
  for (const room of ["attic", "cellar", "hall"]) {
    add({ __name__: "temperature_celsius", room }, (i) => {
      if (room === "cellar" && i % 50 === 7) return NaN;
      if (room === "attic" && i === 100) return Infinity;
      return Math.round((Math.sin(i / 9) * 12 + random.next() * 3 - 2) * 1000) / 1000;
    });
  }
  add({ __name__: "weird", kind: "nan" }, () => NaN);
  add({ __name__: "weird", kind: "inf" }, () => Infinity);
  add({ __name__: "weird", kind: "-inf" }, () => -Infinity);
  add({ __name__: "weird", kind: "tiny" }, () => 1.5e-9);
  add({ __name__: "weird", kind: "huge" }, () => 3.25e24);
  add({ __name__: "weird", kind: "zero" }, () => 0);
  // Sums that need care: the small one is lost without it.
  add({ __name__: "kahan", part: "1" }, () => 1e100);
  add({ __name__: "kahan", part: "2" }, () => 1);
  add({ __name__: "kahan", part: "3" }, () => -1e100);
  add({ __name__: "overflow", part: "1" }, () => 1.7e308);
  add({ __name__: "overflow", part: "2" }, () => 1.6e308);
  // Life and death of series.
  add({ __name__: "flaky", pod: "web-1" }, (i) => i < 80 ? i : i === 80 ? "stale" : undefined);
  add({ __name__: "flaky", pod: "web-2" }, (i) => i < 90 ? 2 * i : i === 90 ? "stale" : 3 * i);
  add({ __name__: "flaky", pod: "web-3" }, (i) => i > 50 && i < 100 ? undefined : 10 + i);
  add({ __name__: "flaky", pod: "web-4" }, (i) => i < 155 ? undefined : 1);
  add({ __name__: "once" }, (i) => i === 90 ? 42 : undefined);
  add({ __name__: "event_time_seconds", what: "deploy" }, (i) => 1_709_164_800 + i * 86_399.5);
  add({ __name__: "event_time_seconds", what: "epoch" }, () => 0);
  add({ __name__: "constant", label: "x" }, () => 7);
  add({ __name__: "constant", label: "new\nline" }, () => 8);
  add({ __name__: "constant", label: 'quote"d' }, () => 9);
  add({ __name__: "constant", label: "한글" }, () => 10);
  add({ __name__: "same_values", id: "1" }, (i) => i % 4);
  add({ __name__: "same_values", id: "2" }, (i) => i % 4);
  add({ __name__: "same_values", id: "3" }, (i) => i % 3);
  histograms(add, random);
  return all;
}

function histograms(
  add: (labels: Labels, valueAt: (scrape: number) => SampleValue | undefined) => void,
  random: SeededRandom,
): void {
  const bounds = ["0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "+Inf"];
  for (const path of ["/", "/cart"]) {
    const rows: number[][] = [];
    const counts = bounds.map(() => 0);
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      for (let observation = random.int(12); observation > 0; observation--) {
        const seconds = random.next() ** 2 * (path === "/" ? 1.2 : 4);
        bounds.forEach((bound, i) => {
          if (bound === "+Inf" || seconds <= Number(bound)) counts[i]++;
        });
      }
      rows.push(counts.slice());
    }
    const name = "request_duration_seconds";
    bounds.forEach((le, b) => add({ __name__: `${name}_bucket`, path, le }, (i) => rows[i][b]));
    add({ __name__: `${name}_count`, path }, (i) => rows[i][bounds.length - 1]);
    add({ __name__: `${name}_sum`, path }, (i) => rows[i][bounds.length - 1] * 0.375);
  }
  // Counts that fall from bucket to bucket, one without +Inf, one with bounds below zero.
  [["0.1", 10], ["0.2", 6], ["0.5", 30], ["+Inf", 28]].forEach(([le, count]) =>
    add({ __name__: "bent_bucket", le: String(le) }, () => Number(count))
  );
  [["1", 5], ["2", 9]].forEach(([le, count]) =>
    add({ __name__: "open_bucket", le: String(le) }, () => Number(count))
  );
  [["-2", 4], ["0", 10], ["3", 19], ["+Inf", 20]].forEach(([le, count]) =>
    add({ __name__: "negative_bucket", le: String(le) }, () => Number(count))
  );
  add({ __name__: "negative_bucket", le: "many" }, () => 1);
  add({ __name__: "negative_bucket" }, () => 1);
}

/** The data in a store. */
export function loadedStore(): SeriesStore {
  const store = new SeriesStore();
  for (const { labels, samples } of dataset()) {
    const ref = store.series(labels);
    for (const [tMs, value] of samples) {
      if (value === "stale") store.appendStale(ref, tMs);
      else store.append(ref, tMs, value);
    }
  }
  return store;
}
