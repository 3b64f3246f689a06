import { hostCluster } from "../../lib/labs/cluster_host.ts";

/*
 * The thread of a cluster in which a container of the image `example.com/hang` keeps it for ever.
 */
hostCluster(self as unknown as Parameters<typeof hostCluster>[0], () =>
  Promise.resolve([{
    name: "hang",
    images: ["example.com/hang"],
    start() {
      for (;;);
    },
  }]));
