import { hostCluster } from "../../lib/labs/cluster_host.ts";
import type { Program } from "../../lib/sim/seams.ts";

/** How long a container of `example.com/slow` keeps the thread at a time, in wall milliseconds: less than it may. */
const SLOW_MS = 1_500;

/** Keep the cluster's thread: for ever, and now and then. */
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

hostCluster(
  self as unknown as Parameters<typeof hostCluster>[0],
  () => Promise.resolve(PROGRAMS),
);
