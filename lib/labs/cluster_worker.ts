import { hostCluster } from "./cluster_host.ts";

/*
 * The thread of the embedded cluster, started by openSandbox(). It needs no permission.
 */
hostCluster(self as unknown as Parameters<typeof hostCluster>[0]);
