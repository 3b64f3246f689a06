import { visible } from "../base/mod.ts";
import type { LineLog } from "../labs/lab.ts";
import { tellAway } from "./greet.ts";
import { keepRecords } from "./records.ts";
import { showStep } from "./show.ts";
import type { Teaching } from "./teaching.ts";
import type { HelpRow, Verb } from "./verb.ts";
import type { Words } from "./words.ts";

const UNDO_AND_REDO: HelpRow = {
  en: [
    "undo, undo N, redo",
    "take back the last line, or N, that changed something: cluster, files, clock, place",
  ],
  ko: [
    "undo, undo N, redo",
    "무언가 바꾼 마지막 줄, 또는 N줄을 되돌리기: 클러스터, 파일, 시계, 위치",
  ],
};

export const undo = travelling("undo", {
  there: (lines) => lines.done,
  go: (lines, count) => lines.undo(count),
  tell: (words, gone) => words.undone(gone),
  nothing: (words) => words.nothingToUndo,
});

export const redo = travelling("redo", {
  there: (lines) => lines.undone,
  go: (lines, count) => lines.redo(count),
  tell: (words, gone) => words.redone(gone),
  nothing: (words) => words.nothingToRedo,
});

interface Way {
  there(lines: LineLog): readonly string[];
  go(lines: LineLog, count: number): Promise<string[]>;
  tell(words: Words, lines: readonly string[]): string;
  nothing(words: Words): string;
}

function travelling(name: string, way: Way): Verb {
  return {
    name,
    travels: true,
    help: UNDO_AND_REDO,
    takes: ({ lab: { lines } }) => lines ? way.there(lines).map((_, at) => `${at + 1}`) : [],
    async run(teaching, word = "1") {
      const { present, words, lab: { lines } } = teaching;
      if (!lines) return present.prose(words.cannotUndo);
      const there = way.there(lines).length;
      if (!/^[1-9]\d{0,3}$/.test(word)) return present.prose(words.howMany(there));
      if (there === 0) return present.line(way.nothing(words));
      await travel(teaching, way, lines, Number(word));
    },
  };
}

async function travel(teaching: Teaching, way: Way, lines: LineLog, count: number) {
  // What was changed in another window has a line of its own, and is not lost with those before.
  await teaching.lines.begin("");
  await teaching.lines.end();
  const before = placeOf(teaching);
  const gone = await way.go(lines, count);
  const { records } = teaching.progress;
  teaching.followLab({ mayBeNone: true });
  // What was taken in goes whole.
  if (!gone.some((line) => /^import\s/.test(line))) keepRecords(records, teaching.progress);
  await teaching.keep();
  teaching.present.good(way.tell(teaching.words, gone.map(short)));
  if (placeOf(teaching) === before) return;
  if (teaching.step) showStep(teaching);
  else tellAway(teaching);
}

function placeOf({ progress: { lesson, step, stepDone } }: Teaching): string {
  return `${lesson}/${step} ${stepDone === true}`;
}

/** A line on one line. */
function short(line: string): string {
  const [first, ...others] = visible(line).split("\n");
  return (first || "Enter") + (others.length > 0 ? " …" : "");
}
