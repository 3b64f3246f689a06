import { Cluster } from "../../../lib/sim/mod.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";

/** Manifests that are wrong in some way, and what stock kubectl says of them. */
export interface ManifestRecording {
  tool: string;
  date: string;
  cases: {
    file: string;
    text: string;
    /** Lines with FILE for the file's name. */
    runs: { line: string; printed: string; exitCode: number }[];
  }[];
}

export function wordsOf(line: string, file: string): string[] {
  return line.split(" ").map((word) => word === "FILE" ? file : word);
}

/** A cluster half a minute after its birth. */
export function bootedCluster(): Cluster {
  const cluster = Cluster.boot({ state: memoryState(), name: "hpa-practice", startMs: 0 });
  cluster.clock.advanceTo(30_000);
  return cluster;
}
