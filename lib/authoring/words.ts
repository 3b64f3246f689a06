import type { Language } from "../lesson/mod.ts";

/** What an author is told besides the problems of a lesson, in one language. */
export interface AuthorWords {
  playing: (id: string) => string;
  step: (id: string) => string;
  wrongAnswer: (step: string, name: string) => string;
  broken: (drawn: string) => string;
  seed: (seed: string) => string;
  ready: (seconds: string) => string;
  notReady: (count: number) => string;
  writeIt: (command: string) => string;
  onlyAuthors: (command: string) => string;
  noName: (name: string) => string;
  taken: (name: string) => string;
  noFolder: (dir: string) => string;
  mayNot: (dir: string, command: string) => string;
  badSeeds: (text: string) => string;
  recordHead: (requires: string) => string;
  recordEmpty: string;
  recordNotBuilt: (id: string, line: string) => string;
  recorded: (steps: number) => string;
  atStart: string;
  hint: (number: number) => string;
  ifWrong: (name: string) => string;
  learnerSees: string;
}

export const AUTHOR_WORDS: Record<Language, AuthorWords> = {
  en: {
    playing: (id) => `playing ${id}`,
    step: (id) => `step ${id}`,
    wrongAnswer: (step, name) => `step ${step}, wrong answer: ${name}`,
    broken: (drawn) => `broken: ${drawn}`,
    seed: (seed) => `the solution again, on the lab of seed ${seed}`,
    ready: (seconds) => `Ready to be taught (${seconds} s).`,
    notReady: (count) => `${count} lesson(s) cannot be taught yet.`,
    writeIt: (command) => `Write it, then: ${command}`,
    onlyAuthors: (command) => `Only the task for authors may write lessons: ${command}`,
    noName: (name) =>
      `"${name}" is no lesson name. Use lower-case words joined by dashes, such as: lesson new pod-labels`,
    taken: (name) => `There is a lesson of the name "${name}" already. Take another name.`,
    noFolder: (dir) => `There is no folder ${dir}. Make it first: mkdir ${dir}`,
    mayNot: (dir, command) =>
      `This task may not use ${dir}. In the project's folder, this command may:\n${command}`,
    badSeeds: (text) => `--seeds is a whole number from 1 to 9, as in --seeds 3; it is "${text}".`,
    recordHead: (requires) =>
      `A lab in which ${requires} was played. Each line becomes a step; a line "# words" before it ` +
      "becomes its text. End with exit or Ctrl-D.",
    recordEmpty: "No line was run, so there is no lesson to write.",
    recordNotBuilt: (id, line) => `The lab cannot be built, because "${id}" does not play: ${line}`,
    recorded: (steps) => `${steps} step(s) recorded.`,
    atStart: "what `check` says before anything is done:",
    hint: (number) => `hint ${number}:`,
    ifWrong: (name) => `wrong answer: ${name}`,
    learnerSees: "what `solution` shows:",
  },
  ko: {
    playing: (id) => `${id} 진행 중`,
    step: (id) => `단계 ${id}`,
    wrongAnswer: (step, name) => `단계 ${step}, 틀린 답: ${name}`,
    broken: (drawn) => `고장: ${drawn}`,
    seed: (seed) => `씨앗 ${seed}의 실습 환경에서 풀이를 다시`,
    ready: (seconds) => `가르칠 수 있습니다 (${seconds}초).`,
    notReady: (count) => `아직 가르칠 수 없는 수업이 ${count}개 있습니다.`,
    writeIt: (command) => `내용을 쓴 다음: ${command}`,
    onlyAuthors: (command) => `수업은 저자용 작업만 쓸 수 있습니다: ${command}`,
    noName: (name) =>
      `"${name}"은(는) 수업 이름이 될 수 없습니다. 소문자 단어를 줄표로 이으세요: lesson new pod-labels`,
    taken: (name) => `"${name}"이라는 수업이 이미 있습니다. 다른 이름을 쓰세요.`,
    noFolder: (dir) => `${dir} 폴더가 없습니다. 먼저 만드세요: mkdir ${dir}`,
    mayNot: (dir, command) =>
      `이 작업은 ${dir}을(를) 쓸 수 없습니다. 프로젝트 폴더에서 다음 명령은 쓸 수 있습니다.\n${command}`,
    badSeeds: (text) =>
      `--seeds는 1부터 9까지의 정수입니다(예: --seeds 3). 지금은 "${text}"입니다.`,
    recordHead: (requires) =>
      `${requires}까지 마친 실습 환경입니다. 한 줄이 한 단계가 되고, 그 앞의 "# 글" 줄은 ` +
      "그 단계의 글이 됩니다. exit나 Ctrl-D로 끝내세요.",
    recordEmpty: "실행한 줄이 없어서 쓸 수업이 없습니다.",
    recordNotBuilt: (id, line) =>
      `"${id}"이(가) 끝까지 되지 않아 실습 환경을 만들 수 없습니다: ${line}`,
    recorded: (steps) => `단계 ${steps}개를 기록했습니다.`,
    atStart: "아무것도 하기 전에 `check`가 하는 말:",
    hint: (number) => `힌트 ${number}:`,
    ifWrong: (name) => `틀린 답: ${name}`,
    learnerSees: "`solution`이 보여 주는 것:",
  },
};
