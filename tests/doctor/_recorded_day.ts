/**
 * The recorded day of `examples/04_what_if`: made up, and from a seed, so that it can be made again.
 * `deno run -W=examples tests/doctor/_recorded_day.ts` writes it.
 *
 * @module
 */
import { SeededRandom } from "../../lib/base/mod.ts";

const SEED = 20260105;
const START = "2026-01-05T00:00:00Z";
const STEP_S = 60;
const MINUTES = 24 * 60;
/** Replicas that the workload had all day. */
const REPLICAS = 10;

/** Requests per second at a minute of the day: a quiet night, two humps, a noon dip, and a rush at 20:30. */
export function requestsPerSecond(minute: number, random: SeededRandom): number {
  const hump = (at: number, width: number) => Math.exp(-(((minute - at) / width) ** 2));
  const rush = minute >= 1230 && minute < 1250 ? 110 : 0;
  const day = 12 + 130 * hump(620, 150) + 155 * hump(960, 190) - 40 * hump(760, 40) + rush;
  return Math.max(1, day * (0.94 + 0.12 * random.next()));
}

/** The recording, in the form of docs/what-if.md. */
export function recordedDay(seed = SEED) {
  const random = new SeededRandom(seed);
  let total = 0;
  const counter = Array.from({ length: MINUTES + 1 }, (_, minute) => {
    total += Math.round(requestsPerSecond(minute, random) * STEP_S);
    return total;
  });
  const labels = { namespace: "shop", service: "web", job: "web" };
  return {
    start: START,
    step: `${STEP_S}s`,
    series: [
      { metric: { __name__: "http_requests_total", ...labels }, values: counter },
      {
        metric: {
          __name__: "kube_deployment_status_replicas",
          namespace: "shop",
          deployment: "web",
        },
        step: "4m",
        values: Array(MINUTES / 4 + 1).fill(REPLICAS),
      },
    ],
  };
}

export const DAY_FILE = new URL("../../examples/04_what_if/recorded-day.json", import.meta.url);

export function dayText(): string {
  return `${JSON.stringify(recordedDay())}\n`;
}

if (import.meta.main) await Deno.writeTextFile(DAY_FILE, dayText());
