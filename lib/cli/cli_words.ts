import { tutorCommand } from "../base/mod.ts";
import type { Language, Localized } from "../lesson/lesson.ts";

/**
 * What the commands of the command line print, and why they refuse, in one language. It is loaded by who says something of
 * it, so that the first prompt does not wait for it.
 */
export interface CliWords {
  noLesson: (name: string, near: readonly string[], all: readonly string[]) => string;
  spoiltLesson: (id: string, why: Localized) => string;
  noLessons: (why: string) => string;
  noHome: string;
  homeNotAllowed: (command: string) => string;
  noLab: (asked: string, on: string) => string;
  clustersUnread: (path: string) => string;
  isSandbox: (command: string) => string;
  playWhat: string;
  badDraws: (max: number, given: string) => string;
  quoteLine: (line: string) => string;
  noExecOption: (option: string) => string;
  notWritten: (why: string) => string;
  pipeNeedsYes: string;
  nobodyToAsk: (command: string) => string;
  /** What a reset brings back. */
  lessonStart: (lesson: string) => string;
  veryBeginning: string;
  confirmReset: (what: string) => string;
  asBefore: string;
  backAt: (what: string) => string;
  notBroken: (lesson: string, line: string) => string;
  stoppedAt: (lesson: string, line: string | undefined) => string;
  played: (count: number) => string;
  cannotBegin: (lesson: string, because: string) => string;
  afterTime: (seconds: number, line: string) => string;
  states: {
    none: (name: string, command: string) => string;
    filesAre: (name: string) => string;
    aside: (command: string) => string;
    nothingBefore: string;
    goesOn: (name: string) => string;
    afresh: string;
    removed: (names: string) => string;
    noneYet: (home: string) => string;
    howTo: string;
    howToRemoveFiles: (command: string) => string;
    yourFiles: string;
    present: string;
    kinds: Record<"set-aside" | "snapshot", string>;
    noCluster: string;
  };
  serve: {
    answers: (url: string, speed: number) => string;
    elsewhere: string;
    ages: string;
    ends: string;
    ahead: (by: string) => string;
    behind: (by: string) => string;
  };
}

const EN: CliWords = {
  noLesson: (name, near, all) =>
    `There is no lesson "${name}".${
      near.length > 0 ? ` Did you mean ${near.map((id) => `"${id}"`).join(" or ")}?` : ""
    } The lessons are: ${all.join(", ")}`,
  spoiltLesson: (id, why) => `Lesson "${id}" cannot be taught: ${why.en}`,
  noLessons: (why) => `There is no lesson that can be taught.${why && `\n${why}`}`,
  noHome: "--home needs a folder: --home .tutor/second",
  homeNotAllowed: (command) =>
    "The tutor may write below .tutor and in /tmp alone, as in: --home .tutor/second\n" +
    `To let it use another folder, begin it in the project's folder with:\n${command}`,
  noLab: (asked, on) =>
    `${asked} "${on}" names no lab: it is sandbox, kind, or context=NAME for a context of your kubeconfig`,
  clustersUnread: (path) =>
    `${path}, where it is kept which clusters you let the tutor work on, cannot be read. ` +
    "Nothing was changed. Move it away, and the tutor asks again.",
  isSandbox: (command) => `The lab of this home is the sandbox; name a cluster: ${command}`,
  playWhat: "Name a lesson to play, or say --all.",
  badDraws: (max, given) =>
    `--draws is a whole number from 1 to ${max}, as in --draws 3; it is "${given}".`,
  quoteLine: (line) => `Put a line in quotes: exec '${line}'`,
  noExecOption: (option) => `There is no option "${option}" (exec --help)`,
  notWritten: (why) => `The output could not be written: ${why}`,
  pipeNeedsYes: "What comes from a pipe leaves nobody to ask: say --yes.",
  nobodyToAsk: (command) => `Nobody is here to ask; say --yes to ${command}.`,
  lessonStart: (lesson) => `the start of lesson "${lesson}"`,
  veryBeginning: "the very beginning",
  confirmReset: (what) => `Bring lab and files back to ${what}? Your files are kept aside. [y/N] `,
  asBefore: "Lab and files are as they were.",
  backAt: (what) => `Back at ${what}.`,
  notBroken: (lesson, line) => `What "${lesson}" breaks could not be broken: ${line}`,
  stoppedAt: (lesson, line) => `Lesson "${lesson}" stopped at: ${line ?? "its first step"}`,
  played: (count) => `${count} lesson(s) played, every step as expected.`,
  cannotBegin: (lesson, because) => `"${lesson}" cannot begin, because "${because}" does not play:`,
  afterTime: (seconds, line) => `after ${seconds} s of lab time: ${line}`,
  states: {
    none: (name, command) => `There is no state "${name}". To see them: ${command}`,
    filesAre: (name) => `Your files are those of "${name}".`,
    aside: (command) => `The state of before is put aside. To take it back: ${command}`,
    nothingBefore: "There was no state before.",
    goesOn: (name) => `The lab goes on from "${name}".`,
    afresh: "The next start begins afresh.",
    removed: (names) => `Removed: ${names}`,
    noneYet: (home) => `There is no state in ${home} yet.`,
    howTo: "To take one back, to remove some, to put the present state aside and begin afresh:",
    howToRemoveFiles: (command) => `To remove all files that were kept aside: ${command}`,
    yourFiles: "your files",
    present: "present",
    kinds: { "set-aside": "put aside", snapshot: "snapshot" },
    noCluster: "no cluster",
  },
  serve: {
    answers: (url, speed) => `The cluster answers at ${url}, its clock runs x${speed}.`,
    elsewhere: "In another terminal:",
    ages:
      "Ages that kubectl works out by itself, as of events in describe, read <invalid> where the\n" +
      "lab's clock is ahead of yours.\n" +
      "Ask Prometheus for one moment, your now, as promtool does: it is the lab's now.\n" +
      "Ranges are in the lab's time, which Prometheus' page shows.",
    ends: "Ctrl-C ends it; everything is kept.",
    ahead: (by) =>
      `The lab's clock is ${by} ahead of yours, and cannot go back: it keeps that\n` +
      "lead. Who asks for a range by your clock (Grafana, promtool) does not see what\n" +
      "is new yet. For a lab at your time, end this with Ctrl-C, put this lab aside\n" +
      "and serve a new one:\n\n" +
      `  ${tutorCommand("lab states --set-aside")}\n  ${tutorCommand("lab serve --wall-time")}`,
    behind: (by) => `The lab is ${by} behind your clock: that time passes now. Ctrl-C ends it.`,
  },
};

const KO: CliWords = {
  noLesson: (name, near, all) =>
    `"${name}" 수업은 없습니다.${
      near.length > 0 ? ` ${near.map((id) => `"${id}"`).join(" 또는 ")}을(를) 찾으셨나요?` : ""
    } 수업: ${all.join(", ")}`,
  spoiltLesson: (id, why) => `"${id}" 수업은 지금 할 수 없습니다. 만든 사람에게: ${why.ko}`,
  noLessons: (why) => `할 수 있는 수업이 없습니다.${why && `\n${why}`}`,
  noHome: "--home 뒤에는 폴더가 필요합니다: --home .tutor/second",
  homeNotAllowed: (command) =>
    "tutor는 .tutor 아래와 /tmp에만 쓸 수 있습니다. 예: --home .tutor/second\n" +
    `다른 폴더를 쓰게 하려면 프로젝트 폴더에서 이렇게 시작하세요:\n${command}`,
  noLab: (asked, on) =>
    `${asked} "${on}"은(는) 실습 환경이 아닙니다. sandbox, kind, 또는 kubeconfig의 컨텍스트를 context=NAME으로 적으세요`,
  clustersUnread: (path) =>
    `tutor가 일해도 되는 클러스터를 적어 둔 ${path} 파일을 읽을 수 없습니다. ` +
    "아무것도 바꾸지 않았습니다. 그 파일을 옮기면 tutor가 다시 묻습니다.",
  isSandbox: (command) => `이 홈의 실습 환경은 샌드박스입니다. 클러스터를 적으세요: ${command}`,
  playWhat: "재생할 수업을 적거나 --all을 붙이세요.",
  badDraws: (max, given) =>
    `--draws에는 1부터 ${max}까지의 정수를 적으세요. 예: --draws 3. 지금은 "${given}"입니다.`,
  quoteLine: (line) => `한 줄을 따옴표로 묶으세요: exec '${line}'`,
  noExecOption: (option) => `"${option}" 옵션은 없습니다 (exec --help)`,
  notWritten: (why) => `출력을 쓸 수 없었습니다: ${why}`,
  pipeNeedsYes: "파이프로 받으면 물어볼 사람이 없습니다. --yes를 붙이세요.",
  nobodyToAsk: (command) => `물어볼 사람이 없습니다. ${command} 하려면 --yes를 붙이세요.`,
  lessonStart: (lesson) => `"${lesson}" 수업의 처음`,
  veryBeginning: "맨 처음",
  confirmReset: (what) =>
    `실습 환경과 파일을 ${what}(으)로 되돌릴까요? 지금 파일은 따로 보관합니다. [y/N] `,
  asBefore: "실습 환경과 파일은 전과 같습니다.",
  backAt: (what) => `${what}(으)로 돌아왔습니다.`,
  notBroken: (lesson, line) => `"${lesson}" 수업이 고장 낼 것을 고장 내지 못했습니다: ${line}`,
  stoppedAt: (lesson, line) => `"${lesson}" 수업에서 멈췄습니다: ${line ?? "첫 단계"}`,
  played: (count) => `수업 ${count}개를 재생했고, 모든 단계가 기대한 대로였습니다.`,
  cannotBegin: (lesson, because) =>
    `"${because}" 수업이 재생되지 않아 "${lesson}" 수업을 시작할 수 없습니다:`,
  afterTime: (seconds, line) => `실습 시간 ${seconds}초 뒤: ${line}`,
  states: {
    none: (name, command) => `"${name}" 상태는 없습니다. 목록 보기: ${command}`,
    filesAre: (name) => `이제 파일은 "${name}"의 것입니다.`,
    aside: (command) => `이전 상태는 따로 보관했습니다. 되찾으려면: ${command}`,
    nothingBefore: "이전 상태는 없었습니다.",
    goesOn: (name) => `실습 환경은 "${name}"에서 이어집니다.`,
    afresh: "다음에는 처음부터 시작합니다.",
    removed: (names) => `지웠습니다: ${names}`,
    noneYet: (home) => `${home}에는 아직 상태가 없습니다.`,
    howTo: "되찾기, 지우기, 지금 상태를 따로 보관하고 처음부터 시작하기:",
    howToRemoveFiles: (command) => `따로 보관한 파일을 모두 지우려면: ${command}`,
    yourFiles: "파일",
    present: "지금",
    kinds: { "set-aside": "따로 보관", snapshot: "스냅샷" },
    noCluster: "클러스터 없음",
  },
  serve: {
    answers: (url, speed) => `클러스터가 ${url}에서 답합니다. 시계는 ${speed}배로 갑니다.`,
    elsewhere: "다른 터미널에서:",
    ages:
      "kubectl이 스스로 셈하는 나이(describe의 이벤트 등)는 실습 시계가 이 컴퓨터의 시계보다\n" +
      "앞서 있으면 <invalid>로 보입니다.\n" +
      "promtool처럼 이 컴퓨터의 지금을 Prometheus에 물으면 실습의 지금으로 답합니다.\n" +
      "범위로 물을 때는 실습 시각을 씁니다. Prometheus 페이지에 보입니다.",
    ends: "Ctrl-C로 끝냅니다. 모두 보관됩니다.",
    ahead: (by) =>
      `실습 시계가 이 컴퓨터보다 ${by} 앞서 있습니다. 되돌릴 수 없어 그만큼 앞선\n` +
      "채로 갑니다. 이 컴퓨터의 시계로 범위를 묻는 프로그램(Grafana, promtool)에는 새\n" +
      "값이 아직 보이지 않습니다. 시각이 같은 실습 환경이 필요하면 Ctrl-C로 끝내고,\n" +
      `이것을 따로 보관한 뒤 새로 여세요.\n\n  ${tutorCommand("lab states --set-aside")}\n  ${
        tutorCommand("lab serve --wall-time")
      }`,
    behind: (by) => `실습 시계가 ${by} 뒤져 있어 그 시간을 지금 보냅니다. Ctrl-C로 끝냅니다.`,
  },
};

export const CLI_WORDS: Readonly<Record<Language, CliWords>> = { en: EN, ko: KO };
