import { hostCluster } from "../labs/cluster_host.ts";
import { lessonPrograms } from "../lesson/lesson_programs.ts";

/*
 * The thread of the cluster, with the programs that lessons bring for further images. Where the lessons are may
 * be told in this module's own address: `cluster_worker.ts?lessons=file:///…/`, more than once.
 */
const folders = new URL(import.meta.url).searchParams.getAll("lessons").map((at) => new URL(at));
hostCluster(
  self as unknown as Parameters<typeof hostCluster>[0],
  () => lessonPrograms(folders.length === 0 ? undefined : folders),
);
