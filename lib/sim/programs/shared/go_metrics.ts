import { formatGoFloat } from "../../../go/mod.ts";
import { fnv32a } from "../../../base/mod.ts";

/**
 * Which of the Go runtime's metrics a program registers beside the ones every program has.
 * `memory` are the `go_memory_classes_*`, as Kubernetes' components and the operator expose them.
 */
export type RuntimeMetrics = "gc" | "scheduler" | "memory";

export interface GoProcessOptions {
  /** Tells processes of one kind apart: their heaps are not in step. Usually the pod's name. */
  seed: string;
  startedAtMs: number;
  /** Live heap at rest, in bytes. */
  heapBytes: number;
  goroutines: number;
  /** CPU the process uses, in thousandths of a core. */
  cpuMillicores: number;
  goVersion?: string;
  /** `GOGC`, in percent. */
  gogc?: number;
  runtime?: readonly RuntimeMetrics[];
  /** Whether scrapes are counted by `promhttp_metric_handler_requests_*`. */
  promhttp?: boolean;
}

interface Family {
  name: string;
  type: "counter" | "gauge" | "summary";
  help: string;
  of?: RuntimeMetrics | "promhttp";
  value: (state: State) => number | [suffix: string, value: number][];
}

/** What the metrics of one instant are made of; bytes, seconds and counts. */
interface State {
  options: GoProcessOptions;
  uptimeSeconds: number;
  heap: number;
  heapGoal: number;
  unused: number;
  released: number;
  free: number;
  stacks: number;
  metadata: number;
  other: number;
  mspan: number;
  buckets: number;
  allocated: number;
  objects: number;
  allocatedObjects: number;
  gcCycles: number;
  lastGcSeconds: number;
  pauseSeconds: number;
  threads: number;
  scrapes: number;
}

const GOMEMLIMIT = 9223372036854775807;
const MCACHE_IN_USE = 9_664;
const MCACHE_SIZE = 31_408;
const DEFAULT_GO = "go1.26.3";

/**
 * The text of the `go_*`, `process_*` and `promhttp_*` metrics of one Go process. Values follow from
 * the options and the time alone, so they survive a resume.
 *
 * The heap is a sawtooth: it fills until the collector's goal, and is collected.
 * Source of names: prometheus/client_golang prometheus/collectors (v1.23, Go 1.26), recorded.
 * Differs: the runtime's histograms and its `go_godebug_*` are left out.
 */
export class GoMetrics {
  readonly #options: GoProcessOptions;
  readonly #phase: number;
  readonly #heads: string[] = [];
  readonly #families: Family[];
  #scrapes: number;

  /** `scrapes` is what {@linkcode GoMetrics.scrapes} was before a resume. */
  constructor(options: GoProcessOptions, scrapes = 0) {
    this.#options = options;
    this.#phase = fnv32a(options.seed) / 2 ** 32;
    this.#scrapes = scrapes;
    this.#families = FAMILIES.filter(({ of }) =>
      of === undefined ||
      (of === "promhttp" ? options.promhttp === true : options.runtime?.includes(of))
    );
    for (const { name, type, help } of this.#families) {
      this.#heads.push(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}`);
    }
  }

  /** Scrapes answered so far. */
  get scrapes(): number {
    return this.#scrapes;
  }

  /** The resident memory now, in bytes. */
  residentBytes(nowMs: number): number {
    return residentBytes(this.#state(nowMs));
  }

  /** The text at `nowMs`; counts as one answered scrape. */
  text(nowMs: number): string {
    const state = this.#state(nowMs);
    this.#scrapes++;
    let out = "";
    for (let i = 0; i < this.#families.length; i++) {
      const { name, value } = this.#families[i];
      const found = value(state);
      if (typeof found === "number") {
        out += `${this.#heads[i]} ${formatGoFloat(found)}\n`;
        continue;
      }
      found.forEach(([suffix, sample], index) => {
        out += `${index === 0 ? this.#heads[i] : name}${suffix} ${formatGoFloat(sample)}\n`;
      });
    }
    return out;
  }

  #state(nowMs: number): State {
    const options = this.#options;
    const uptimeSeconds = Math.max(0, (nowMs - options.startedAtMs) / 1000);
    const heapGoal = Math.max(4 << 20, Math.floor(options.heapBytes * (1 + gogc(options) / 100)));
    // The runtime collects every two minutes even when nothing is allocated.
    const bytesPerSecond = options.cpuMillicores * 15_000 + 20_000;
    const gcPeriodSeconds = Math.min(120, (heapGoal - options.heapBytes) / bytesPerSecond);
    const turn = uptimeSeconds / gcPeriodSeconds + this.#phase;
    const gcCycles = Math.floor(turn) + 5;
    const allocated = Math.floor(options.heapBytes * 1.5 + bytesPerSecond * uptimeSeconds);
    const heap = Math.floor(
      options.heapBytes + (turn % 1) * gcPeriodSeconds * bytesPerSecond,
    );
    return {
      options,
      uptimeSeconds,
      heap,
      heapGoal,
      unused: Math.floor(heapGoal * 0.06),
      released: Math.floor(heapGoal * 0.25),
      free: Math.max(0, heapGoal - heap),
      stacks: options.goroutines * 8192 + 262_144,
      metadata: Math.floor(heapGoal * 0.04) + 2_000_000,
      other: 1_100_000,
      mspan: Math.floor(heapGoal * 0.01) + 90_000,
      buckets: 1_450_000,
      allocated,
      objects: Math.floor(heap / 96),
      allocatedObjects: Math.floor(allocated / 90),
      gcCycles,
      lastGcSeconds: Math.floor(nowMs - (turn % 1) * gcPeriodSeconds * 1000) / 1000,
      pauseSeconds: 0.00006 + this.#phase * 0.00004,
      threads: 8 + Math.floor(this.#phase * 5),
      scrapes: this.#scrapes,
    };
  }
}

function gogc(options: GoProcessOptions): number {
  return options.gogc ?? 75;
}

function systemBytes(s: State): number {
  return s.heap + s.unused + s.released + s.free + s.stacks + s.metadata + s.other + s.mspan +
    s.buckets + MCACHE_SIZE;
}

function residentBytes(s: State): number {
  return 4096 * Math.floor((systemBytes(s) - s.released + 14_000_000) / 4096);
}

const family = (
  name: string,
  type: Family["type"],
  help: string,
  value: Family["value"],
): Family => ({ name, type, help, value });

const ofRuntime = (of: NonNullable<Family["of"]>, families: Family[]): Family[] =>
  families.map((one) => ({ ...one, of }));

const gcFamilies = ofRuntime("gc", [
  family(
    "go_gc_cycles_automatic_gc_cycles_total",
    "counter",
    "Count of completed GC cycles generated by the Go runtime. Sourced from /gc/cycles/automatic:gc-cycles.",
    (s) => s.gcCycles,
  ),
  family(
    "go_gc_cycles_forced_gc_cycles_total",
    "counter",
    "Count of completed GC cycles forced by the application. Sourced from /gc/cycles/forced:gc-cycles.",
    () => 0,
  ),
  family(
    "go_gc_cycles_total_gc_cycles_total",
    "counter",
    "Count of all completed GC cycles. Sourced from /gc/cycles/total:gc-cycles.",
    (s) => s.gcCycles,
  ),
  family(
    "go_gc_heap_allocs_bytes_total",
    "counter",
    "Cumulative sum of memory allocated to the heap by the application. Sourced from /gc/heap/allocs:bytes.",
    (s) => s.allocated,
  ),
  family(
    "go_gc_heap_frees_bytes_total",
    "counter",
    "Cumulative sum of heap memory freed by the garbage collector. Sourced from /gc/heap/frees:bytes.",
    (s) => Math.max(0, s.allocated - s.heap),
  ),
  family(
    "go_gc_heap_goal_bytes",
    "gauge",
    "Heap size target for the end of the GC cycle. Sourced from /gc/heap/goal:bytes.",
    (s) => s.heapGoal,
  ),
  family(
    "go_gc_heap_live_bytes",
    "gauge",
    "Heap memory occupied by live objects that were marked by the previous GC. Sourced from /gc/heap/live:bytes.",
    (s) => s.options.heapBytes,
  ),
  family(
    "go_gc_heap_objects_objects",
    "gauge",
    "Number of objects, live or unswept, occupying heap memory. Sourced from /gc/heap/objects:objects.",
    (s) => s.objects,
  ),
]);

const memoryClass = (name: string, help: string, value: (s: State) => number): Family =>
  family(`go_memory_classes_${name}_bytes`, "gauge", help, value);

const memoryFamilies = ofRuntime("memory", [
  memoryClass(
    "heap_free",
    "Memory that is completely free and eligible to be returned to the underlying system, but has not been. Sourced from /memory/classes/heap/free:bytes.",
    (s) => s.free,
  ),
  memoryClass(
    "heap_objects",
    "Memory occupied by live objects and dead objects that have not yet been marked free by the garbage collector. Sourced from /memory/classes/heap/objects:bytes.",
    (s) => s.heap,
  ),
  memoryClass(
    "heap_released",
    "Memory that is completely free and has been returned to the underlying system. Sourced from /memory/classes/heap/released:bytes.",
    (s) => s.released,
  ),
  memoryClass(
    "heap_stacks",
    "Memory allocated from the heap that is reserved for stack space, whether or not it is currently in-use. Sourced from /memory/classes/heap/stacks:bytes.",
    (s) => s.stacks,
  ),
  memoryClass(
    "heap_unused",
    "Memory that is reserved for heap objects but is not currently used to hold heap objects. Sourced from /memory/classes/heap/unused:bytes.",
    (s) => s.unused,
  ),
  memoryClass(
    "metadata_mcache_free",
    "Memory that is reserved for runtime mcache structures, but not in-use. Sourced from /memory/classes/metadata/mcache/free:bytes.",
    () => MCACHE_SIZE - MCACHE_IN_USE,
  ),
  memoryClass(
    "metadata_mcache_inuse",
    "Memory that is occupied by runtime mcache structures that are currently being used. Sourced from /memory/classes/metadata/mcache/inuse:bytes.",
    () => MCACHE_IN_USE,
  ),
  memoryClass(
    "metadata_mspan_free",
    "Memory that is reserved for runtime mspan structures, but not in-use. Sourced from /memory/classes/metadata/mspan/free:bytes.",
    (s) => Math.floor(s.mspan * 0.1),
  ),
  memoryClass(
    "metadata_mspan_inuse",
    "Memory that is occupied by runtime mspan structures that are currently being used. Sourced from /memory/classes/metadata/mspan/inuse:bytes.",
    (s) => s.mspan - Math.floor(s.mspan * 0.1),
  ),
  memoryClass(
    "metadata_other",
    "Memory that is reserved for or used to hold runtime metadata. Sourced from /memory/classes/metadata/other:bytes.",
    (s) => s.metadata,
  ),
  memoryClass(
    "os_stacks",
    "Stack memory allocated by the underlying operating system. Sourced from /memory/classes/os-stacks:bytes.",
    () => 0,
  ),
  memoryClass(
    "other",
    "Memory used by execution trace buffers, structures for debugging the runtime, finalizer and profiler specials, and more. Sourced from /memory/classes/other:bytes.",
    (s) => s.other,
  ),
  memoryClass(
    "profiling_buckets",
    "Memory that is used by the stack trace hash map used for profiling. Sourced from /memory/classes/profiling/buckets:bytes.",
    (s) => s.buckets,
  ),
  memoryClass(
    "total",
    "All memory mapped by the Go runtime into the current process as read-write. Sourced from /memory/classes/total:bytes.",
    systemBytes,
  ),
]);

const schedulerFamilies = ofRuntime("scheduler", [
  family(
    "go_sched_goroutines_goroutines",
    "gauge",
    "Count of live goroutines. Sourced from /sched/goroutines:goroutines.",
    (s) => s.options.goroutines,
  ),
  family(
    "go_sync_mutex_wait_total_seconds_total",
    "counter",
    "Approximate cumulative time goroutines have spent blocked on a sync.Mutex, sync.RWMutex, or runtime-internal lock. Sourced from /sync/mutex/wait/total:seconds.",
    (s) => s.uptimeSeconds * s.options.cpuMillicores * 1e-7,
  ),
]);

const memstats = (
  name: string,
  type: "counter" | "gauge",
  help: string,
  value: (s: State) => number,
): Family => family(`go_memstats_${name}`, type, help, value);

const FAMILIES: readonly Family[] = [
  family(
    "go_gc_duration_seconds",
    "summary",
    "A summary of the wall-time pause (stop-the-world) duration in garbage collection cycles.",
    (s) => [
      ['{quantile="0"}', s.pauseSeconds * 0.4],
      ['{quantile="0.25"}', s.pauseSeconds * 0.7],
      ['{quantile="0.5"}', s.pauseSeconds * 0.9],
      ['{quantile="0.75"}', s.pauseSeconds * 1.2],
      ['{quantile="1"}', s.pauseSeconds * 6],
      ["_sum", s.pauseSeconds * s.gcCycles],
      ["_count", s.gcCycles],
    ],
  ),
  family(
    "go_gc_gogc_percent",
    "gauge",
    "Heap size target percentage configured by the user, otherwise 100. This value is set by the GOGC environment variable, and the runtime/debug.SetGCPercent function. Sourced from /gc/gogc:percent.",
    (s) => gogc(s.options),
  ),
  family(
    "go_gc_gomemlimit_bytes",
    "gauge",
    "Go runtime memory limit configured by the user, otherwise math.MaxInt64. This value is set by the GOMEMLIMIT environment variable, and the runtime/debug.SetMemoryLimit function. Sourced from /gc/gomemlimit:bytes.",
    () => GOMEMLIMIT,
  ),
  ...gcFamilies,
  family(
    "go_goroutines",
    "gauge",
    "Number of goroutines that currently exist.",
    (s) => s.options.goroutines,
  ),
  family(
    "go_info",
    "gauge",
    "Information about the Go environment.",
    (s) => [[`{version="${s.options.goVersion ?? DEFAULT_GO}"}`, 1]],
  ),
  ...memoryFamilies,
  memstats(
    "alloc_bytes",
    "gauge",
    "Number of bytes allocated in heap and currently in use. Equals to /memory/classes/heap/objects:bytes.",
    (s) => s.heap,
  ),
  memstats(
    "alloc_bytes_total",
    "counter",
    "Total number of bytes allocated in heap until now, even if released already. Equals to /gc/heap/allocs:bytes.",
    (s) => s.allocated,
  ),
  memstats(
    "buck_hash_sys_bytes",
    "gauge",
    "Number of bytes used by the profiling bucket hash table. Equals to /memory/classes/profiling/buckets:bytes.",
    (s) => s.buckets,
  ),
  memstats(
    "frees_total",
    "counter",
    "Total number of heap objects frees. Equals to /gc/heap/frees:objects + /gc/heap/tiny/allocs:objects.",
    (s) => Math.max(0, s.allocatedObjects - s.objects),
  ),
  memstats(
    "gc_sys_bytes",
    "gauge",
    "Number of bytes used for garbage collection system metadata. Equals to /memory/classes/metadata/other:bytes.",
    (s) => s.metadata,
  ),
  memstats(
    "heap_alloc_bytes",
    "gauge",
    "Number of heap bytes allocated and currently in use, same as go_memstats_alloc_bytes. Equals to /memory/classes/heap/objects:bytes.",
    (s) => s.heap,
  ),
  memstats(
    "heap_idle_bytes",
    "gauge",
    "Number of heap bytes waiting to be used. Equals to /memory/classes/heap/released:bytes + /memory/classes/heap/free:bytes.",
    (s) => s.released + s.free,
  ),
  memstats(
    "heap_inuse_bytes",
    "gauge",
    "Number of heap bytes that are in use. Equals to /memory/classes/heap/objects:bytes + /memory/classes/heap/unused:bytes",
    (s) => s.heap + s.unused,
  ),
  memstats(
    "heap_objects",
    "gauge",
    "Number of currently allocated objects. Equals to /gc/heap/objects:objects.",
    (s) => s.objects,
  ),
  memstats(
    "heap_released_bytes",
    "gauge",
    "Number of heap bytes released to OS. Equals to /memory/classes/heap/released:bytes.",
    (s) => s.released,
  ),
  memstats(
    "heap_sys_bytes",
    "gauge",
    "Number of heap bytes obtained from system. Equals to /memory/classes/heap/objects:bytes + /memory/classes/heap/unused:bytes + /memory/classes/heap/released:bytes + /memory/classes/heap/free:bytes.",
    (s) => s.heap + s.unused + s.released + s.free,
  ),
  memstats(
    "last_gc_time_seconds",
    "gauge",
    "Number of seconds since 1970 of last garbage collection.",
    (s) => s.lastGcSeconds,
  ),
  memstats(
    "mallocs_total",
    "counter",
    "Total number of heap objects allocated, both live and gc-ed. Semantically a counter version for go_memstats_heap_objects gauge. Equals to /gc/heap/allocs:objects + /gc/heap/tiny/allocs:objects.",
    (s) => s.allocatedObjects,
  ),
  memstats(
    "mcache_inuse_bytes",
    "gauge",
    "Number of bytes in use by mcache structures. Equals to /memory/classes/metadata/mcache/inuse:bytes.",
    () => MCACHE_IN_USE,
  ),
  memstats(
    "mcache_sys_bytes",
    "gauge",
    "Number of bytes used for mcache structures obtained from system. Equals to /memory/classes/metadata/mcache/inuse:bytes + /memory/classes/metadata/mcache/free:bytes.",
    () => MCACHE_SIZE,
  ),
  memstats(
    "mspan_inuse_bytes",
    "gauge",
    "Number of bytes in use by mspan structures. Equals to /memory/classes/metadata/mspan/inuse:bytes.",
    (s) => s.mspan - Math.floor(s.mspan * 0.1),
  ),
  memstats(
    "mspan_sys_bytes",
    "gauge",
    "Number of bytes used for mspan structures obtained from system. Equals to /memory/classes/metadata/mspan/inuse:bytes + /memory/classes/metadata/mspan/free:bytes.",
    (s) => s.mspan,
  ),
  memstats(
    "next_gc_bytes",
    "gauge",
    "Number of heap bytes when next garbage collection will take place. Equals to /gc/heap/goal:bytes.",
    (s) => s.heapGoal,
  ),
  memstats(
    "other_sys_bytes",
    "gauge",
    "Number of bytes used for other system allocations. Equals to /memory/classes/other:bytes.",
    (s) => s.other,
  ),
  memstats(
    "stack_inuse_bytes",
    "gauge",
    "Number of bytes obtained from system for stack allocator in non-CGO environments. Equals to /memory/classes/heap/stacks:bytes.",
    (s) => s.stacks,
  ),
  memstats(
    "stack_sys_bytes",
    "gauge",
    "Number of bytes obtained from system for stack allocator. Equals to /memory/classes/heap/stacks:bytes + /memory/classes/os-stacks:bytes.",
    (s) => s.stacks,
  ),
  memstats(
    "sys_bytes",
    "gauge",
    "Number of bytes obtained from system. Equals to /memory/classes/total:byte.",
    systemBytes,
  ),
  family(
    "go_sched_gomaxprocs_threads",
    "gauge",
    "The current runtime.GOMAXPROCS setting, or the number of operating system threads that can execute user-level Go code simultaneously. Sourced from /sched/gomaxprocs:threads.",
    () => 4,
  ),
  ...schedulerFamilies,
  family("go_threads", "gauge", "Number of OS threads created.", (s) => s.threads),
  family(
    "process_cpu_seconds_total",
    "counter",
    "Total user and system CPU time spent in seconds.",
    (s) => Math.floor(s.uptimeSeconds * s.options.cpuMillicores / 10) / 100 + 0.05,
  ),
  family(
    "process_max_fds",
    "gauge",
    "Maximum number of open file descriptors.",
    () => 1_048_576,
  ),
  family(
    "process_network_receive_bytes_total",
    "counter",
    "Number of bytes received by the process over the network.",
    (s) => Math.floor(s.uptimeSeconds * (900 + s.options.cpuMillicores * 400)),
  ),
  family(
    "process_network_transmit_bytes_total",
    "counter",
    "Number of bytes sent by the process over the network.",
    (s) => Math.floor(s.uptimeSeconds * (1400 + s.options.cpuMillicores * 300)),
  ),
  family("process_open_fds", "gauge", "Number of open file descriptors.", (s) => s.threads + 3),
  family(
    "process_resident_memory_bytes",
    "gauge",
    "Resident memory size in bytes.",
    residentBytes,
  ),
  family(
    "process_start_time_seconds",
    "gauge",
    "Start time of the process since unix epoch in seconds.",
    (s) => Math.floor(s.options.startedAtMs / 10) / 100,
  ),
  family(
    "process_virtual_memory_bytes",
    "gauge",
    "Virtual memory size in bytes.",
    (s) => 1_270_000_000 + 4096 * Math.floor(systemBytes(s) / 4096),
  ),
  family(
    "process_virtual_memory_max_bytes",
    "gauge",
    "Maximum amount of virtual memory available in bytes.",
    () => 18446744073709551615,
  ),
  ...ofRuntime("promhttp", [
    family(
      "promhttp_metric_handler_requests_in_flight",
      "gauge",
      "Current number of scrapes being served.",
      () => 1,
    ),
    family(
      "promhttp_metric_handler_requests_total",
      "counter",
      "Total number of scrapes by HTTP status code.",
      (s) => [['{code="200"}', s.scrapes], ['{code="500"}', 0], ['{code="503"}', 0]],
    ),
  ]),
];
