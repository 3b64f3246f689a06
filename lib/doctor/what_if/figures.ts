import type { Replay, Syncs } from "./replay.ts";

/** What replicas over time add up to. */
export interface Figures {
  /** Hours of one pod. */
  podHours: number;
  scaleUps: number;
  scaleDowns: number;
  most: number;
  least: number;
  /** Minutes in which a metric was above its target; undefined for replicas that were not decided here. */
  minutesOverTarget?: number;
  /** Minutes at maxReplicas. */
  minutesAtMax?: number;
}

/** A sync stands for the time until the next; the last for none. */
export function figuresOf(
  replicas: readonly (number | undefined)[],
  { stepMs }: Syncs,
  decided?: Pick<Replay, "ratios" | "max">,
): Figures {
  const held = replicas.slice(0, -1);
  const known = replicas.filter((count) => count !== undefined);
  const moves = known.slice(1).map((count, at) => count - known[at]);
  const minutes = (isSo: (at: number) => boolean) =>
    held.filter((_, at) => isSo(at)).length * stepMs / 60_000;
  return {
    podHours: held.reduce<number>((sum, count) => sum + (count ?? 0), 0) * stepMs / 3_600_000,
    scaleUps: moves.filter((move) => move > 0).length,
    scaleDowns: moves.filter((move) => move < 0).length,
    most: known.reduce((most, count) => Math.max(most, count), 0),
    least: known.reduce((least, count) => Math.min(least, count), Infinity),
    ...decided
      ? {
        minutesOverTarget: minutes((at) => (decided.ratios[at] ?? 0) > 1),
        minutesAtMax: minutes((at) => replicas[at] === decided.max),
      }
      : {},
  };
}
