import assert from "node:assert/strict";
import { formatGoFloat } from "../../../../lib/go/mod.ts";
import { GoMetrics } from "../../../../lib/sim/programs/shared/go_metrics.ts";

const options = {
  seed: "web-1",
  startedAtMs: 1_700_000_000_000,
  heapBytes: 12 << 20,
  goroutines: 20,
  cpuMillicores: 5,
};

Deno.test("formatGoFloat() writes numbers as the text format does", () => {
  // Recorded from prometheus/client_golang v1.23.2 on Go 1.26.
  const table: [number, string][] = [
    [0, "0"],
    [184720, "184720"],
    [1443837, "1.443837e+06"],
    [744153999, "7.44153999e+08"],
    [18446744073709551615, "1.8446744073709552e+19"],
    [8.064e-6, "8.064e-06"],
    [0.25, "0.25"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of table) assert.equal(formatGoFloat(value), text);
});

Deno.test("GoMetrics exposes memory classes only where they are registered", () => {
  const plain = new GoMetrics(options).text(options.startedAtMs + 60_000);
  assert(!plain.includes("go_memory_classes_"));
  assert(!plain.includes("promhttp_"));
  const full = new GoMetrics({ ...options, runtime: ["memory"], promhttp: true })
    .text(options.startedAtMs + 60_000);
  assert.match(full, /^go_memory_classes_heap_objects_bytes \S+$/m);
  assert.match(full, /^promhttp_metric_handler_requests_total\{code="200"\} 0$/m);
});

Deno.test("GoMetrics is the same for the same instant and counts its scrapes", () => {
  const first = new GoMetrics({ ...options, promhttp: true });
  const atMs = options.startedAtMs + 3_600_000;
  const text = first.text(atMs);
  const resumed = new GoMetrics({ ...options, promhttp: true }, first.scrapes);
  assert.notEqual(first.text(atMs), text);
  assert.equal(resumed.text(atMs), first.text(atMs).replace('"200"} 2', '"200"} 1'));
});

Deno.test("GoMetrics has counters that never fall", () => {
  const metrics = new GoMetrics({ ...options, runtime: ["gc", "scheduler", "memory"] });
  let before = new Map<string, number>();
  for (let second = 0; second < 600; second += 7) {
    const text = metrics.text(options.startedAtMs + second * 1000);
    const counters = new Set(Array.from(text.matchAll(/^# TYPE (\S+) counter$/gm), (m) => m[1]));
    const now = new Map<string, number>();
    for (const [, name, value] of text.matchAll(/^(\w+) (\S+)$/gm)) {
      if (counters.has(name)) now.set(name, Number(value));
    }
    for (const [name, value] of now) assert(value >= (before.get(name) ?? 0), name);
    before = now;
  }
});
