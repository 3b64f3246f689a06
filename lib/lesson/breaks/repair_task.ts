import {
  type Finding,
  finding,
  type LabView,
  type LessonBreaks,
  type TaskStep,
} from "../lesson.ts";
import type { Break, Mendable } from "./break.ts";

/** What of a catalogue is planted at the start of a lesson. */
export function breaksOf(catalogue: readonly Mendable[], take: number): LessonBreaks {
  return { from: catalogue.map(asData), take };
}

/**
 * A task to mend what was planted: done when so many of the lesson's breaks are mended, whichever they are and however
 * that was done. What its finding tells of, and its solution mends, is the break that comes first in the catalogue.
 */
export function repairTask(
  { id, mended, of: catalogue }: { id: string; mended: number; of: readonly Mendable[] },
): TaskStep {
  return {
    kind: "task",
    id,
    solution: ["why"],
    repairs: catalogue.map(asData),
    withinMs: 60_000,
    async check(view) {
      const drawn = catalogue.filter((one) => view.drawn.includes(one.id));
      const broken = await stillBroken(view, drawn);
      const count = drawn.length - broken.length;
      if (count >= Math.min(mended, drawn.length)) return [];
      // What comes by itself is no finding to work on, and what has to be worked on is not waited for.
      const soon = broken.filter(({ how }) => how === "soon").length;
      const waits = count + soon >= Math.min(mended, drawn.length);
      const [first] = waits ? broken : broken.filter(({ how }) => how === false);
      return [toMend(first.one, { mended, count, all: drawn.length, waits })];
    },
  };
}

async function stillBroken(
  view: LabView,
  drawn: readonly Mendable[],
): Promise<{ one: Mendable; how: "soon" | false }[]> {
  const broken: { one: Mendable; how: "soon" | false }[] = [];
  for (const one of drawn) {
    const how = await one.isMended(view);
    if (how !== true) broken.push({ one, how });
  }
  return broken;
}

function toMend(
  { id, shows, why, next }: Break,
  { mended, count, all, waits }: { mended: number; count: number; all: number; waits: boolean },
): Finding {
  return {
    ...finding(
      [`${mended} of ${all} breaks mended`, `${count} mended, and ${shows.en}`, why.en, next.en],
      [
        `고장 ${all}개 가운데 ${mended}개를 고침`,
        `고친 것은 ${count}개이고, ${shows.ko}`,
        why.ko,
        next.ko,
      ],
      { waits },
    ),
    repair: id,
  };
}

function asData({ isMended: _, ...data }: Mendable): Break {
  return data;
}
