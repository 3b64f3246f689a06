import assert from "node:assert/strict";
import {
  evaluateInstant,
  parseSelector,
  SegmentError,
  type SegmentState,
  SeriesStore,
  type SeriesStore as Store,
  toApiData,
} from "../../lib/promql/mod.ts";
import { SeededRandom } from "../../lib/base/mod.ts";
import { loadedStore } from "./_dataset.ts";

/** A state file in memory. */
class MemoryState implements SegmentState {
  readonly map = new Map<string, string | Uint8Array>();
  puts = 0;
  /** Read and written so far. */
  bytes = 0;

  get(key: string): string | undefined {
    const value = this.map.get(key);
    return typeof value === "string" ? value : undefined;
  }
  getBytes(key: string): Uint8Array | undefined {
    const value = this.map.get(key);
    if (!(value instanceof Uint8Array)) return undefined;
    this.bytes += value.length;
    return value;
  }
  keys(prefix: string): string[] {
    return Array.from(this.map.keys()).filter((key) => key.startsWith(prefix)).sort();
  }
  put(key: string, value: string | Uint8Array): void {
    this.puts++;
    this.bytes += value.length;
    this.map.set(key, value);
  }
  delete(key: string): void {
    this.map.delete(key);
  }
}

/** Everything a store holds, as text. */
function dump(store: Store): string {
  const at = (store.timeRange?.maxMs ?? 0) + 1;
  const answer = toApiData(evaluateInstant(store, '{__name__=~".+"}[100d]', at));
  const visible = toApiData(evaluateInstant(store, '{__name__=~".+"}', at));
  return JSON.stringify([answer, visible]);
}

function names(store: Store, selector: string, range?: { minMs: number; maxMs: number }): string[] {
  return store.select(parseSelector(selector), range).map(({ labels }) => labels.id ?? "");
}

Deno.test("SeriesStore gives one handle for equal labels, whatever their order", () => {
  const store = new SeriesStore();
  const ref = store.series({ __name__: "up", job: "web", empty: "" });
  assert.equal(store.series({ job: "web", __name__: "up" }), ref);
  assert.notEqual(store.series({ job: "web", __name__: "down" }), ref);
  assert.deepEqual(ref.labels, { __name__: "up", job: "web" });
  assert.equal(store.seriesCount, 2);
});

Deno.test("SeriesStore.append() refuses samples out of order and contradicting ones", () => {
  const store = new SeriesStore();
  const ref = store.series({ __name__: "a" });
  assert.equal(store.append(ref, 1000, 1), "ok");
  assert.equal(store.append(ref, 999, 1), "out of order sample");
  assert.equal(store.append(ref, 1000, 2), "duplicate sample for timestamp");
  assert.equal(store.append(ref, 1000, 1), "ok");
  assert.equal(store.appendStale(ref, 1000), "duplicate sample for timestamp");
  assert.equal(store.append(ref, 2000, NaN), "ok");
  assert.equal(store.append(ref, 2000, NaN), "ok");
  assert.equal(store.sampleCount, 2);
  assert.deepEqual(store.timeRange, { minMs: 1000, maxMs: 2000 });
});

Deno.test("SeriesStore.select() finds by every kind of matcher", () => {
  const store = new SeriesStore();
  for (const [id, env] of [["1", "prod"], ["2", "dev"], ["3", ""], ["4", "prod"]]) {
    store.append(store.series({ __name__: "m", id, env }), Number(id) * 1000, 1);
  }
  const table: [string, string[]][] = [
    ["m", ["1", "2", "3", "4"]],
    ['m{env="prod"}', ["1", "4"]],
    ['m{env!="prod"}', ["2", "3"]],
    ['m{env=""}', ["3"]],
    ['m{env!=""}', ["1", "2", "4"]],
    ['m{env=~"pr.*"}', ["1", "4"]],
    ['m{env=~"pr"}', []],
    ['m{env=~"pr.*|"}', ["1", "3", "4"]],
    ['m{env!~"pr.*"}', ["2", "3"]],
    ['{env="prod",id=~"[2-9]"}', ["4"]],
    ['{id="1",id="4"}', []],
    ["absent", []],
  ];
  for (const [selector, expected] of table) assert.deepEqual(names(store, selector), expected);
  assert.deepEqual(names(store, "m", { minMs: 2000, maxMs: 3000 }), ["2", "3"]);
});

Deno.test("SeriesStore lists label names and values, of all or of selected series", () => {
  const store = new SeriesStore();
  store.append(store.series({ __name__: "a", job: "x", pod: "p1" }), 1000, 1);
  store.append(store.series({ __name__: "b", job: "y" }), 2000, 1);
  assert.deepEqual(store.labelNames(), ["__name__", "job", "pod"]);
  assert.deepEqual(store.labelNames(parseSelector("b")), ["__name__", "job"]);
  assert.deepEqual(store.labelValues("job"), ["x", "y"]);
  assert.deepEqual(store.labelValues("job", parseSelector('{pod!=""}')), ["x"]);
  assert.deepEqual(store.labelValues("nope"), []);
  assert.deepEqual(store.labelValues("job", undefined, { minMs: 5000, maxMs: 9000 }), []);
});

Deno.test("SeriesStore.dropBefore() lets go of old chunks and emptied series", () => {
  const store = new SeriesStore();
  const [old, live] = ["old", "live"].map((id) => store.series({ __name__: "m", id }));
  for (let i = 0; i < 1000; i++) {
    store.append(live, i * 1000, i);
    if (i < 300) store.append(old, i * 1000, i);
  }
  store.dropBefore(500_000);
  assert.deepEqual(names(store, "m"), ["live"]);
  assert.deepEqual(store.labelValues("id"), ["live"]);
  // Whole chunks go: at most one chunk of older samples stays.
  assert.ok(store.sampleCount >= 500 && store.sampleCount < 500 + 128, `${store.sampleCount}`);
  const [series] = (toApiData(evaluateInstant(store, "m[100s]", 600_000)) as any).result;
  assert.equal(series.values.length, 100);
  // The handle of the emptied series still works.
  assert.equal(store.append(old, 1_000_000, 7), "ok");
  assert.deepEqual(names(store, "m").sort(), ["live", "old"]);
  assert.equal(store.append(old, 999_999, 7), "out of order sample");
});

Deno.test("SeriesStore reads windows and instants across chunks, staleness and gaps", () => {
  const random = new SeededRandom(7);
  const store = new SeriesStore();
  const ref = store.series({ __name__: "m" });
  const model: { t: number; v: number | undefined }[] = [];
  let t = 0;
  for (let i = 0; i < 1500; i++) {
    // Now and then a gap longer than one chunk can span.
    t += random.next() < 0.002 ? 3_000_000_000 : 1 + random.int(30_000);
    const stale = random.next() < 0.05;
    model.push({ t, v: stale ? undefined : i });
    if (stale) store.appendStale(ref, t);
    else store.append(ref, t, i);
  }
  for (let round = 0; round < 500; round++) {
    const at = model[random.int(model.length)].t + random.int(3) - 1;
    const last = model.findLast((sample) => sample.t <= at);
    const expected = last && last.t > at - 300_000 && last.v !== undefined ? [String(last.v)] : [];
    const instant = toApiData(evaluateInstant(store, "m", at)) as any;
    assert.deepEqual(instant.result.map((row: any) => row.value[1]), expected, `at ${at}`);
    const inRange = model.filter((s) => s.t > at - 600_000 && s.t <= at && s.v !== undefined);
    const range = toApiData(evaluateInstant(store, "m[10m]", at)) as any;
    assert.deepEqual(
      range.result.flatMap((row: any) =>
        row.values.map(([seconds]: [number]) => Math.round(seconds * 1000))
      ),
      inRange.map((sample) => sample.t),
      `range at ${at}`,
    );
  }
});

Deno.test("SeriesStore.save() writes what is new, and load() brings everything back", () => {
  const state = new MemoryState();
  const store = loadedStore();
  store.save(state, "prom/");
  const once = state.puts;
  store.save(state, "prom/");
  assert.equal(state.puts, once, "nothing new, nothing written");
  assert.equal(dump(SeriesStore.load(state, "prom/")), dump(store));
  const ref = store.series({ __name__: "late" });
  store.append(ref, 1_800_000_000_000, 1.5);
  store.save(state, "prom/");
  const again = SeriesStore.load(state, "prom/");
  assert.equal(dump(again), dump(store));
  assert.equal(again.sampleCount, store.sampleCount);
  assert.equal(SeriesStore.load(state, "other/").seriesCount, 0);
});

Deno.test("saved segments stay few over many saves, and survive reloads and retention", () => {
  const state = new MemoryState();
  const random = new SeededRandom(3);
  let store = new SeriesStore();
  for (let save = 0; save < 400; save++) {
    for (let scrape = 0; scrape < 3; scrape++) {
      const t = (save * 3 + scrape) * 15_000;
      for (let id = 0; id < 10; id++) {
        if (random.next() < 0.1) continue;
        const ref = store.series({ __name__: "m", id: String(id + Math.floor(save / 50)) });
        if (random.next() < 0.02) store.appendStale(ref, t);
        else store.append(ref, t, random.next() < 0.3 ? random.next() : save);
      }
    }
    store.save(state, "p/");
    if (save % 37 === 0) {
      const loaded = SeriesStore.load(state, "p/");
      assert.equal(dump(loaded), dump(store), `after save ${save}`);
      store = loaded;
    }
  }
  assert.ok(state.keys("p/samples/").length < 60, `${state.keys("p/samples/").length} segments`);
  assert.ok(state.keys("p/series/").length < 40, `${state.keys("p/series/").length} batches`);
  const before = state.keys("p/samples/").length;
  store.dropBefore(399 * 3 * 15_000);
  store.save(state, "p/");
  assert.ok(state.keys("p/samples/").length < before);
  const loaded = SeriesStore.load(state, "p/");
  const recent = (s: Store) => toApiData(evaluateInstant(s, "m[45s]", 1199 * 15_000));
  assert.deepEqual(recent(loaded), recent(store));
});

Deno.test("no save reads and writes much more than what it saves, however much there is", () => {
  const state = new MemoryState();
  const random = new SeededRandom(5);
  const store = new SeriesStore();
  let most = 0;
  for (let save = 0; save < 600; save++) {
    for (let scrape = 0; scrape < 3; scrape++) {
      const tMs = (save * 3 + scrape) * 15_000;
      for (let id = 0; id < 40; id++) {
        store.append(store.series({ __name__: "m", id: String(id) }), tMs, random.next());
      }
    }
    state.bytes = 0;
    store.save(state, "p/");
    most = Math.max(most, state.bytes);
  }
  const held = [...state.map.values()].reduce((sum, value) => sum + value.length, 0);
  assert.ok(held > 600_000, `${held} bytes in all`);
  assert.ok(most < 100_000, `${most} bytes in one save`);
  assert.ok(state.keys("p/samples/").length < 100);
  assert.equal(dump(SeriesStore.load(state, "p/")), dump(store));
});

Deno.test("SeriesStore.load() says which saved entry cannot be read", () => {
  const state = new MemoryState();
  loadedStore().save(state, "p/");
  const [samples] = state.keys("p/samples/");
  state.map.set(samples, state.getBytes(samples)!.slice(0, 1000));
  assert.throws(() => SeriesStore.load(state, "p/"), (error) => {
    return error instanceof SegmentError && error.message.includes(samples);
  });
});
