import { nearestWord } from "../base/mod.ts";
import { LANGUAGES, type Localized } from "../lesson/mod.ts";
import { codeSpan } from "../term/mod.ts";
import { free } from "./free_verb.ts";
import { list, reset, start } from "./lesson_verbs.ts";
import { MANUAL } from "./manual.ts";
import { shellPages } from "./shell_manual.ts";
import { tellStatus } from "./reports.ts";
import { graph, map, more } from "./seeing_verbs.ts";
import { again, back, check, hint, next, skip, solution } from "./step_verbs.ts";
import { showStep } from "./show.ts";
import type { Presenter } from "./present.ts";
import { exportAll, importAll } from "./transfer_verbs.ts";
import { on } from "./on_verb.ts";
import { redo, undo } from "./undo_verbs.ts";
import type { Teaching } from "./teaching.ts";
import type { HelpRow, Verb } from "./verb.ts";

const status: Verb = {
  name: "status",
  help: {
    en: ["status", "where you are, what it took so far, lab time, open ports, where files lie"],
    ko: ["status", "지금 위치, 지금까지 든 것, 실습 시각, 열린 포트, 파일이 있는 곳"],
  },
  run: (teaching) => tellStatus(teaching),
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
  aliases: ["man"],
  takes: () => [...VERB_WORDS, ...Object.keys(shellPages())],
  // `help kubectl get` asks for the command's own help.
  most: 3,
  async run(teaching, ...asked) {
    const { present, shell, words } = teaching;
    if (asked.length > 0) return await tellOf(teaching, asked);
    present.heading(words.verbsHead);
    present.labelled(helpRows(present));
    present.line();
    present.prose(words.verbsTail);
    present.heading(words.shellHead);
    present.labelled(shellRows((await shell.run("help", { language: present.language })).stdout));
  },
};

/** All that is to be said of a verb, of a command of the shell, or of one of its own commands. */
async function tellOf({ present, shell, words }: Teaching, asked: string[]): Promise<void> {
  const { language } = present;
  const [word] = asked;
  const verb = asked.length === 1 ? verbNamed(word) : undefined;
  if (verb?.help) {
    const [typed, does] = verb.help[language];
    present.heading(typed);
    present.prose(does);
    present.line();
    return present.prose(pageOf(verb)![language]);
  }
  const pages = shellPages();
  const page = asked.length === 1 && Object.hasOwn(pages, word) ? pages[word] : undefined;
  if (page) {
    present.heading(page.typed);
    present.prose(page.about[language]);
    if (!page.isOutside) {
      present.line();
      present.prose(words.ownHelp(codeSpan(`${word} --help`)));
    }
    return;
  }
  // What else the shell has tells of itself; `command` passes over what the learner gave its name to.
  if (asked.every((part) => /^[a-z][\w.-]*$/.test(part))) {
    const { stdout, exitCode } = await shell.run(`command ${asked.join(" ")} --help`, { language });
    if (exitCode === 0 && /[a-z]+[^]*\n.*--help|usage:/i.test(stdout)) {
      return present.output.show(stdout);
    }
    // `echo --help` prints what it is given, as in Bash.
    const { candidates } = await shell.complete(word, word.length);
    if (candidates.includes(word)) return present.prose(words.noOwnHelp(codeSpan(word)));
  }
  const near = nearestWord(word, [...VERB_WORDS, ...Object.keys(pages)]);
  present.prose(words.noPage(codeSpan(word)));
  if (near) present.prose(words.didYouMean(codeSpan(`help ${near}`)));
}

/** Verbs that share a row share a page, under the name of the first. */
function pageOf({ help }: Verb): Localized | undefined {
  const first = VERBS.find((verb) => verb.help === help && Object.hasOwn(MANUAL, verb.name));
  return first && MANUAL[first.name];
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
