import { type Labels, SeriesStore } from "../../lib/promql/mod.ts";

/** Where the samples of `recorder/main.go` begin and end: one every 15 s for an hour. */
export const LIMITS_START_MS = 1_700_000_000_000;
const SCRAPE_MS = 15_000;
const SCRAPES = 240;
export const LIMITS_END_MS = LIMITS_START_MS + (SCRAPES - 1) * SCRAPE_MS;

/** The samples about which a real Prometheus was asked for `testdata/limits.json`. */
export function limitsStore(): SeriesStore {
  const store = new SeriesStore();
  const add = (labels: Labels, valueAt: (scrape: number) => number) => {
    const series = store.series(labels);
    for (let i = 0; i < SCRAPES; i++) {
      store.append(series, LIMITS_START_MS + i * SCRAPE_MS, valueAt(i));
    }
  };
  for (let i = 0; i < 10; i++) add({ __name__: "up", job: "j", instance: `${i}` }, () => 1);
  for (let i = 0; i < 5; i++) {
    ["200", "500"].forEach((code, c) =>
      add({ __name__: "http_requests_total", pod: `${i}`, code }, (scrape) => scrape * (i + c + 1))
    );
  }
  ["1.0", "2.0", "+Inf"].forEach((le, i) =>
    add({ __name__: "h_bucket", le }, (scrape) => scrape * (i + 1))
  );
  return store;
}
