import { LANGUAGES } from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { free } from "./free_verb.ts";
import { list, reset, start } from "./lesson_verbs.ts";
import { MANUAL } from "./manual.ts";
import { tellStatus } from "./reports.ts";
import { graph, map, more } from "./seeing_verbs.ts";
import { again, back, check, hint, next, skip, solution } from "./step_verbs.ts";
import { showStep } from "./show.ts";
import type { Presenter } from "./present.ts";
import { exportAll, importAll } from "./transfer_verbs.ts";
import { on } from "./on_verb.ts";
import { redo, undo } from "./undo_verbs.ts";
import type { HelpRow, Verb } from "./verb.ts";

const status: Verb = {
  name: "status",
  help: {
    en: ["status", "where you are, what it took so far, lab time, open ports, where files lie"],
    ko: ["status", "지금 위치, 지금까지 든 것, 실습 시각, 열린 포트, 파일이 있는 곳"],
  },
  run: ({ present, place, lab, home }) => tellStatus(present, place, lab, home),
};

const lang: Verb = {
  name: "lang",
  help: { en: ["lang ko", "한국어로"], ko: ["lang en", "in English"] },
  takes: () => LANGUAGES,
  run(teaching, word) {
    const { present } = teaching;
    const language = LANGUAGES.find((language) => language === word);
    if (!language) return present.prose(teaching.words.unknownLanguage);
    teaching.speak(language);
    present.line(teaching.words.languageSet);
    if (!teaching.progress.stepDone) showStep(teaching);
  },
};

const images: Verb = {
  name: "images",
  help: {
    en: ["images", "which images run here"],
    ko: ["images", "여기서 실행되는 이미지"],
  },
  async run({ present, lab, words }) {
    if (!lab.images) return present.line(words.everyImage);
    present.line(words.imagesHead);
    for (const { images } of await lab.images()) present.line(images.join(", "));
    present.prose(words.imagesTail);
  },
};

const help: Verb = {
  name: "help",
  help: {
    en: ["help WORD", "more of one of these words"],
    ko: ["help WORD", "이 말 하나를 자세히"],
  },
  takes: () => VERB_WORDS,
  async run({ present, shell, words }, word) {
    if (word !== undefined) return tellOf(present, word);
    present.heading(words.verbsHead);
    present.labelled(helpRows(present));
    present.line();
    present.prose(words.verbsTail);
    present.heading(words.shellHead);
    present.labelled(shellRows((await shell.run("help", { language: present.language })).stdout));
  },
};

/** All that is to be said of one word. */
function tellOf(present: Presenter, word: string): void {
  const { words, language } = present;
  const verb = verbNamed(word);
  // Verbs that share a row share a page, under the name of the first.
  const page = verb && VERBS.find(({ name, help }) => help === verb.help && name in MANUAL);
  if (!verb?.help || !page) return present.prose(words.noPage(codeSpan(`${word} --help`)));
  const [typed, does] = verb.help[language];
  present.heading(typed);
  present.prose(does);
  present.line();
  present.prose(MANUAL[page.name][language]);
}

/** The rows that the shell's own help prints, `name  what it does`, and what stands below them. */
function shellRows(text: string): [string, string][] {
  return text.trimEnd().split("\n").map((line) => {
    const [, name = "", does = line] = /^(\S+) {2,}(.*)$/.exec(line) ?? [];
    return [name, does];
  });
}

const quit: Verb = {
  name: "quit",
  aliases: ["exit"],
  help: {
    en: ["quit", "leave; Ctrl-D does it too"],
    ko: ["quit", "나가기. Ctrl-D도 같음"],
  },
  run: (teaching) => void (teaching.isLeaving = true),
};

/** The lab's time is the shell's command, and what a learner looks for here. */
const CLOCK = "`clock +5m`, `clock x60`, `clock pause`, `clock resume`";
const clock: { help: HelpRow } = { help: { en: ["clock", CLOCK], ko: ["clock", CLOCK] } };

/** The verbs, which win over commands of the same name, in the order of the help screen. */
const VERBS: readonly Verb[] = [
  next,
  hint,
  check,
  solution,
  skip,
  again,
  back,
  undo,
  redo,
  reset,
  map,
  graph,
  more,
  free,
  exportAll,
  importAll,
  list,
  start,
  status,
  on,
  images,
  lang,
  help,
  quit,
];

/** Every word that is a verb. */
export const VERB_WORDS: readonly string[] = VERBS.flatMap(({ name, aliases = [] }) => [
  name,
  ...aliases,
]);

/** The verb that a word is, if it is one. */
export function verbNamed(word: string): Verb | undefined {
  return VERBS.find(({ name, aliases }) => name === word || aliases?.includes(word));
}

function helpRows({ language }: Presenter): [string, string][] {
  const at = VERBS.indexOf(reset) + 1;
  const shown = [...VERBS.slice(0, at), clock, ...VERBS.slice(at)];
  const rows = new Set(shown.flatMap(({ help }) => help ?? []));
  return [...rows].map((row) => [...row[language]]);
}
