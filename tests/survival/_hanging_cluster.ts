import { hostCluster } from "../../lib/labs/cluster_host.ts";
import type { FurtherControllers } from "../../lib/sim/mod.ts";
import { keyOf, nameOf, type Reconciler } from "../../lib/sim/reconcile.ts";
import type { Program } from "../../lib/sim/seams.ts";

/** How long a step may take here, in wall milliseconds: longer than it takes to be told that the lab keeps silent. */
const STEP_MS = 3_000;

/** How long a container of `example.com/slow` keeps the thread at a time, in wall milliseconds: less than it may. */
const SLOW_MS = 1_500;

/** Keep the cluster's thread: for ever, where a container starts, answers or is made ready, and now and then. */
const PROGRAMS: Program[] = [
  {
    name: "hang",
    images: ["example.com/hang"],
    start() {
      for (;;);
    },
  },
  {
    name: "trap",
    images: ["example.com/trap"],
    start({ net, note }) {
      net.listen(80, ({ path }) => {
        note(`page ${path}`);
        for (;;);
      });
      return {};
    },
  },
  {
    name: "hook",
    images: ["example.com/hook"],
    start({ net, note }) {
      net.listen(443, () => {
        note("a review");
        for (;;);
      }, { tls: true });
      return {};
    },
  },
  {
    name: "unready",
    images: ["example.com/unready"],
    /** What the kubelet itself asks for. */
    get baseline(): never {
      for (;;);
    },
    start: () => ({}),
  },
  {
    name: "slow",
    images: ["example.com/slow"],
    start({ every }) {
      every(1_000, () => {
        const untilMs = performance.now() + SLOW_MS;
        while (performance.now() < untilMs);
      });
      return {};
    },
  },
];

/**
 * A controller whose own code loops, throws or never has enough, as a ConfigMap's `do` asks; and which looks at what is
 * there as it starts.
 */
const controllers: FurtherControllers = ({ api, clock }) => {
  const scope = clock.scope("controller tester");
  for (const object of api.list("configmaps")) {
    scope.during(nameOf("configmaps", keyOf(object)), () => {
      if (object.data?.start === "throws") throw new TypeError("nil map");
    });
  }
  let enqueue: Parameters<NonNullable<Reconciler["follow"]>>[0] = () => {};
  return [{
    name: "tester",
    watches: [{ resource: "configmaps" }],
    follow(given) {
      enqueue = given;
      return () => {};
    },
    reconcile(key) {
      const object = api.get("configmaps", key.namespace, key.name);
      const seen = clock.now() - Date.parse(object?.metadata.creationTimestamp ?? "");
      switch (object?.data?.do) {
        case "loop":
          for (;;);
        case "loop-later":
          if (seen < 5_000) return { requeueAfterMs: 5_000 };
          for (;;);
        case "throw":
          throw new TypeError("nil map");
        case "again":
          enqueue(key);
      }
    },
  }];
};

hostCluster(
  self as unknown as Parameters<typeof hostCluster>[0],
  () => Promise.resolve(PROGRAMS),
  { controllers, stepMs: STEP_MS },
);
