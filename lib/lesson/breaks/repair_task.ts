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

/** An object without which nothing can be mended: the plural with its group, and the name, in the namespace `default`. */
export type Needed = readonly [resource: string, name: string];

/**
 * A task to mend what was planted: done when so many of the lesson's breaks are mended, whichever they are and however
 * that was done. What its finding tells of, and its solution mends, is the break that comes first in the catalogue; where
 * an object is gone that the lesson needs, it tells that.
 */
export function repairTask(
  { id, mended, of: catalogue, needs }: {
    id: string;
    mended: number;
    of: readonly Mendable[];
    needs: readonly Needed[];
  },
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
      const gone = await goneFrom(view, needs);
      if (gone !== undefined) return [toBringBack(gone, { mended, count, all: drawn.length })];
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

/** What of it is not there, as kubectl names it; "" where there is no cluster. */
async function goneFrom(view: LabView, needs: readonly Needed[]): Promise<string | undefined> {
  if ((await view.raw("/version")).code === 0) return "";
  for (const [resource, name] of needs) {
    if (!(await view.get(resource, "default", name))) return `${resource}/${name}`;
  }
  return undefined;
}

function toBringBack(
  gone: string,
  { mended, count, all }: { mended: number; count: number; all: number },
): Finding {
  const en = gone === "" ? "there is no cluster" : `${gone} is gone`;
  const ko = gone === "" ? "클러스터가 없습니다" : `${gone} 오브젝트가 없어졌습니다`;
  return finding(
    [
      `${mended} of ${all} breaks mended`,
      `${count} mended, and ${en}`,
      "the breaks are to be mended where they are, and what is deleted shows none of them",
      "undo takes back your last line; reset brings the lesson's start back, with the same breaks",
    ],
    [
      `고장 ${all}개 가운데 ${mended}개를 고침`,
      `고친 것은 ${count}개이고, ${ko}`,
      "고장은 그 자리에서 고쳐야 합니다. 삭제된 것에서는 아무것도 보이지 않습니다",
      "undo는 마지막 줄을 되돌립니다. reset은 같은 고장으로 레슨의 처음을 되돌립니다",
    ],
  );
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
