import { buildLesson, lessonNamed, startLesson } from "./open_lesson.ts";
import { tellLessons } from "./reports.ts";
import type { Teaching } from "./teaching.ts";
import type { HelpRow, Verb } from "./verb.ts";

const LIST_AND_START: HelpRow = {
  en: ["list, start LESSON", "all lessons; go to one"],
  ko: ["list, start LESSON", "모든 수업 보기, 한 수업으로 가기"],
};

const lessonIds = ({ lessons }: Teaching) => lessons.map(({ lesson }) => lesson.id);

export const list: Verb = {
  name: "list",
  help: LIST_AND_START,
  run: ({ present, place }) => tellLessons(present, place),
};

export const start: Verb = {
  name: "start",
  help: LIST_AND_START,
  takes: lessonIds,
  async run(teaching, word) {
    if (word === undefined) return tellLessons(teaching.present, teaching.place);
    const found = lessonNamed(teaching, word);
    if (found) await startLesson(teaching, found);
  },
};

export const reset: Verb = {
  name: "reset",
  help: {
    en: ["reset", "bring the lesson's start back (your files are kept aside)"],
    ko: ["reset", "수업의 처음으로 되돌리기 (파일은 따로 보관)"],
  },
  takes: lessonIds,
  async run(teaching, word) {
    const { present, words } = teaching;
    const found = word === undefined ? teaching.place.loaded : lessonNamed(teaching, word);
    if (!found) return;
    const title = present.local(found.lesson.title);
    const { context } = teaching.lab;
    const question = context === undefined
      ? words.confirmReset(title)
      : present.real.confirmReset(title, context);
    if (!(await teaching.confirm(question))) return present.line(words.kept);
    await buildLesson(teaching, found, { folder: teaching.shell.environment?.PWD });
  },
};
