import { helm } from "../../../lib/commands/helm/mod.ts";
import { Cluster } from "../../../lib/sim/mod.ts";
import { memoryState } from "../../../lib/sim/state/mod.ts";
import { fakeIo, folder, splitLine } from "../kubectl/_lab.ts";
import { labOf } from "../kubectl/_live_lab.ts";

/** What a line of helm printed, without what no two runs have in common. */
export interface Outcome {
  line: string;
  out: string;
  exitCode: number;
}

export const HERE = new URL("testdata/", import.meta.url).pathname;

/** The lines of the list, without its comments. */
export function lines(): string[] {
  return Deno.readTextFileSync(`${HERE}lines.txt`).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** A cluster of the lab's, as it comes up. */
export function bootCluster(startMs: number): Cluster {
  return Cluster.boot({ state: memoryState(), name: "hpa-practice", startMs, seed: 3 });
}

/** Runs a line in process; lab time passes while it waits. */
export async function runHere(cluster: Cluster, line: string): Promise<Outcome> {
  const io = fakeIo({ files: folder(HERE) });
  const lab = labOf(cluster, (request) => cluster.handle(request), {
    flows: true,
    context: { namespace: "default" },
  });
  const exitCode = await helm.execute(splitLine(line), { ...io, lab } as typeof io);
  return { line, out: withoutTimes(io.stdout + io.stderr), exitCode };
}

const ANSIC = /[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g;
const GO_TIME = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.?\d* \+0000 UTC */g;
const RFC3339 = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*Z/g;
const LOG_LINE = /^(level=|I\d{4}|E\d{4}|W\d{4}|\d{4}\/).*\n/gm;

/** A text without times, and without what helm and client-go log. */
export function withoutTimes(text: string): string {
  return text.replace(LOG_LINE, "").replace(ANSIC, "<time>").replace(GO_TIME, "<time> ")
    .replace(RFC3339, "<time>").replace(/^UPDATED\s+/gm, "UPDATED ").replace(
      /UPDATED +/g,
      "UPDATED ",
    );
}
