import { hostCluster } from "../labs/cluster_host.ts";
import { lessonPrograms } from "../lesson/mod.ts";

/*
 * The thread of the cluster, with the programs that lessons bring for further images. Where the lessons are may
 * be told in this module's own address: `cluster_worker.ts?lessons=file:///…/`.
 */
const lessons = new URL(import.meta.url).searchParams.get("lessons");
hostCluster(
  self as unknown as Parameters<typeof hostCluster>[0],
  () => lessonPrograms(lessons === null ? undefined : new URL(lessons)),
);
