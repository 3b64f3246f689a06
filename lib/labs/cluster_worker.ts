import { hostCluster } from "./cluster_host.ts";

/*
 * The thread of the embedded cluster, started by openSandbox(). It reads the schemas of `lib/sim`, and needs nothing else.
 */
hostCluster(self as unknown as Parameters<typeof hostCluster>[0]);
