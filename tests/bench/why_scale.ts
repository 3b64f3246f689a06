/**
 * What `why` costs on two hundred HPAs of ten pods each, against its own reads alone. Part of `deno task bench`; by
 * itself with `deno run -A tests/bench/why_scale.ts`.
 *
 * @module
 */
import { askWhy } from "../../lib/doctor/mod.ts";
import { KubeClient } from "../../lib/kube/mod.ts";
import { settled } from "./hpa_scale.ts";

const HPAS = 200;
const RUNS = 5;

/** Wall milliseconds of the first run and of the quickest, and of the quickest that only reads what `why` reads. */
export async function measureWhy(): Promise<{
  firstMs: number;
  leastMs: number;
  readsMs: number;
  reads: number;
}> {
  const cluster = settled(HPAS);
  const client = new KubeClient((request) => cluster.handle(request));
  const question = { namespace: "default", nowMs: cluster.clock.now() };
  const [whyMs, readsMs]: number[][] = [[], []];
  let paths: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startMs = performance.now();
    const { found, reads } = await askWhy(client, question);
    const readMs = performance.now();
    const whole = found.filter(({ verdict }) => verdict === "whole").length;
    if (whole !== HPAS) throw new Error(`${whole} of ${HPAS} HPAs are found whole`);
    const answers = await Promise.all(reads.map((path) => client.answer(path)));
    // An answer is an object, but for those of /metrics and of a log.
    for (const { text } of answers) if (text.startsWith("{")) JSON.parse(text);
    whyMs.push(readMs - startMs);
    readsMs.push(performance.now() - readMs);
    paths = reads;
  }
  cluster.close();
  return {
    firstMs: whyMs[0],
    leastMs: Math.min(...whyMs),
    readsMs: Math.min(...readsMs),
    reads: paths.length,
  };
}

/** A row of the bench's table. */
export async function whyScale(row: (what: string, ...figures: string[]) => void): Promise<void> {
  const { firstMs, leastMs, readsMs, reads } = await measureWhy();
  row(
    `why of ${HPAS} HPAs on ${HPAS * 10} pods`,
    `${firstMs.toFixed(0)} ms, then ${leastMs.toFixed(0)} ms`,
    `its ${reads} reads alone, ${readsMs.toFixed(0)} ms`,
    `${(leastMs / readsMs).toFixed(1)} x`,
  );
}

if (import.meta.main) await whyScale((...cells) => console.log(cells.join("  ")));
