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
import type { Verb } from "./verb.ts";

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
    present.line();
    const groups = (await lab.images()).filter(({ images }) => images.length > 0);
    present.labelled(groups.map(({ use, images }) => [words.imageUses[use], images.join(", ")]));
    present.line();
    present.prose(words.imagesTail);
  },
};

const help: Verb = {
  name: "help",
  help: {
    en: ["help WORD, help all", "more of one of these words; something of each"],
    ko: ["help WORD, help all", "이 말 하나를 자세히, 모두를 한 줄씩"],
  },
  aliases: ["man"],
  takes: () => [ALL, ...VERB_WORDS, ...Object.keys(shellPages())],
  // `help kubectl get` asks for the command's own help.
  most: 3,
  async run(teaching, ...asked) {
    const { present, shell, words } = teaching;
    const isWhole = asked.length === 1 && asked[0] === ALL;
    if (asked.length > 0 && !isWhole) return await tellOf(teaching, asked);
    const { language } = present;
    const { own, unix } = shellRows((await shell.run("help", { language })).stdout);
    present.heading(words.verbsHead);
    if (!isWhole) {
      present.labelled(GROUPS.map(({ words, about }) => [namesOf(words), about[language]]));
      present.line();
      const others = own.filter(([name]) => !NAMES.has(name));
      present.labelled([[words.shellHead, namesOf(others.map(([name]) => ({ name })))], unix]);
      present.line();
      return present.prose(words.helpTail);
    }
    present.labelled(helpRows(present));
    present.line();
    present.prose(words.verbsTail);
    present.heading(words.shellHead);
    present.labelled(own);
    present.line();
    present.labelled([unix]);
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

/** What the shell's own help prints: a row for each command, `name  what it does`, and below them the names from Unix. */
function shellRows(text: string): { own: [string, string][]; unix: [string, string] } {
  const [rows, unix = ""] = text.trimEnd().split("\n\n");
  const [label, names = ""] = unix.split(": ");
  return {
    own: rows.split("\n").map((line) => {
      const [, name = "", does = line] = /^(\S+) {2,}(.*)$/.exec(line) ?? [];
      return [name, does];
    }),
    unix: [label, names],
  };
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

/** Words that help tells of together, and what for. */
interface Group {
  words: readonly (Verb | typeof clock)[];
  about: Localized;
}

/** The lab's time is the shell's command, and what a learner looks for here. */
const CLOCK = "`clock +5m`, `clock x60`, `clock pause`, `clock resume`";
const clock = { name: "clock", help: { en: ["clock", CLOCK], ko: ["clock", CLOCK] } } as const;

/** What `help` asks for with each word's row. */
const ALL = "all";

/** The words for the tutor, in the order of the help screen. */
const GROUPS: readonly Group[] = [
  {
    words: [next, hint, check, solution],
    about: {
      en: "go on; what is missing; look at the lab; what to type",
      ko: "다음으로, 아직 안 된 것, 실습 환경 보기, 입력할 것",
    },
  },
  {
    words: [skip, again, back],
    about: {
      en: "have the step done; show it again; the one before",
      ko: "단계를 대신 해 주기, 다시 보기, 앞 단계",
    },
  },
  {
    words: [undo, redo, reset],
    about: {
      en: "take a line back; do it again; the lesson's start",
      ko: "한 줄 되돌리기, 다시 하기, 수업을 처음부터",
    },
  },
  {
    words: [clock],
    about: { en: "the lab's time: `clock +5m` jumps", ko: "실습 시각: `clock +5m`은 건너뛰기" },
  },
  {
    words: [map, graph, more],
    about: {
      en: "a metric's way; an HPA over time; all of a long output",
      ko: "메트릭이 가는 길, 시간에 따른 HPA, 긴 출력 모두",
    },
  },
  {
    words: [free, exportAll, importAll],
    about: {
      en: "try what you like; all of this to a file, and back",
      ko: "마음껏 해 보기, 모두 파일로 내보내기, 가져오기",
    },
  },
  {
    words: [list, start, status],
    about: { en: "all lessons; go to one; where you are", ko: "모든 수업, 한 수업으로, 지금 위치" },
  },
  {
    words: [on, images],
    about: {
      en: "a cluster of your own; which images run here",
      ko: "내 클러스터에서 하기, 여기서 실행되는 이미지",
    },
  },
  {
    words: [lang, help, quit],
    about: {
      en: "한국어: `lang ko`; this help; leave",
      ko: "English: `lang en`, 이 도움말, 나가기",
    },
  },
];

const NAMES = new Set(GROUPS.flatMap(({ words }) => words.map(({ name }) => name)));

/** The verbs, which win over commands of the same name. */
const VERBS = GROUPS.flatMap(({ words }) => words).filter((word): word is Verb => word !== clock);

function namesOf(words: readonly { name: string }[]): string {
  return words.map(({ name }) => name).join(" ");
}

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
  const rows = new Set(GROUPS.flatMap(({ words }) => words).flatMap(({ help }) => help ?? []));
  return [...rows].map((row) => [...row[language]]);
}
