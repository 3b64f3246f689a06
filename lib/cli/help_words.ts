import type { Language } from "../lesson/lesson.ts";

/** The names of the commands, as a path below the program. */
export type CommandName =
  | "tutor"
  | "start"
  | "list"
  | "status"
  | "reset"
  | "play"
  | "export"
  | "import"
  | "exec"
  | "leave"
  | "rules"
  | "what-if"
  | "why"
  | "decide"
  | "completions"
  | "lab"
  | "lab serve"
  | "lab states"
  | "lesson"
  | "lesson new"
  | "lesson check"
  | "lesson preview"
  | "lesson record"
  | "verify"
  | "class"
  | "class report"
  | "preflight";

/** What `--help` says, and what is said of a command line that cannot be read, in one language. */
export interface HelpWords {
  commands: Record<CommandName, string>;
  arguments: Record<
    "lesson" | "export" | "import" | "lines" | "name" | "receipts" | "receiptsOfClass",
    string
  >;
  options: Record<
    | "home"
    | "plain"
    | "lang"
    | "on"
    | "allow"
    | "api"
    | "json"
    | "wallTime"
    | "yes"
    | "all"
    | "draws"
    | "seed"
    | "restore"
    | "remove"
    | "aside"
    | "lessons"
    | "allowLessons"
    | "receipt"
    | "name"
    | "html"
    | "seeds"
    | "requires"
    | "tools"
    | "version"
    | "help"
    | "helpCommand",
    string
  >;
  /** Before what a mistake in this program comes to. */
  bug: string;
  /** Below an error. */
  whatThereIs: string;
  whatItTakes: string;
  noFolder: string;
  noCommand: (name: string, near: string | undefined) => string;
  install: { head: string; tail: string; belowCompinit: string };
  /** Commander's own words, as it has them; what is not here stays. Source: commander lib/help.js, lib/command.js. */
  titles: Record<string, string>;
  errors: readonly [pattern: RegExp, text: string][];
}

const EN: HelpWords = {
  commands: {
    tutor: "Teaches Kubernetes autoscaling on custom metrics, on a cluster inside this program.\n" +
      "Without a command it opens the guided shell where you left off.",
    start: "Open the guided shell at a lesson",
    list: "List the lessons and how far you are",
    status: "Tell where you are and how the lab stands",
    reset: "Bring a lesson's start back; without one, begin everything afresh",
    play: "Play lessons with their authors' solutions, in a lab of their own",
    export: "Write lab, your files and progress to a file",
    import: "Take in what was exported, in place of what is there",
    exec: "Run shell lines on the lab, print what they print",
    leave: "Take away what the tutor made on a real cluster, and say what stays",
    rules: "Try the adapter's rules, ask where a metric comes from, go over to KEDA",
    "what-if": "Replay recorded metrics through HPAs and ScaledObjects",
    why: "Name the first broken hop of an autoscaler's metric, in the lab or by a kubeconfig",
    decide: "Show the arithmetic of an HPA now, in the lab or by a kubeconfig",
    completions: "Print completions for a shell; --help says how to install them",
    lab: "The lab itself",
    "lab serve": "Keep the cluster running for kubectl and others in other terminals",
    "lab states":
      "List the states of the lab, and your files of before: the present state, snapshots, those put aside",
    lesson: "For those who write lessons",
    "lesson new": "Begin a lesson",
    "lesson check": "Check a lesson, or all: it loads, its start fails, its solution passes",
    "lesson preview": "Show a lesson as its learner will see it, with hints and wrong answers",
    "lesson record": "Make a lesson of what you type at a shell",
    verify: "Say whether receipts are as they were signed",
    class: "For those who teach a class",
    "class report": "Make one page of many receipts: who stands where, what is missing most",
    preflight: "See whether this machine can have a kind cluster, and what to do where it cannot",
  },
  arguments: {
    lesson: "its id, its number, or a part of its id",
    export: "a name without a folder is kept with the lab; - is standard output",
    import: "as for export; - is standard input",
    lines: "each line in quotes: exec 'kubectl get pods'",
    name: "words joined by dashes: pod-labels",
    receipts: "what status --receipt has printed; - is standard input",
    receiptsOfClass: "receipts; one that was edited is named and left out",
  },
  options: {
    home: "where the lab and your files are kept (default: .tutor)",
    plain: "no colours, no boxes, no cursor movement: for screen readers and logs",
    lang: "the language to speak",
    on: "where lessons run: sandbox, kind, or context=NAME of your kubeconfig; remembered",
    allow: "let the tutor work on that context without asking",
    api: "also serve the Kubernetes API for a second terminal",
    json: "print JSON",
    wallTime: "keep the lab's clock at this computer's, for programs that go by that",
    yes: "do not ask",
    all: "every lesson, in order",
    draws: "how often a lesson that breaks something is played",
    seed: "what its draws are made of",
    restore: "take one back; the present one is put aside",
    remove: "remove some; work.old is all your files of before",
    aside: "put the present one aside, and begin afresh",
    lessons: "a folder of further lessons",
    allowLessons: "let the lessons of that folder run without asking",
    receipt: "print a signed record of what you did, to hand in",
    name: "your name, for the receipt",
    html: "print a page for a browser",
    seeds: "on how many labs its solution is played (default: 2)",
    requires: "the lesson that the shell begins after (default: the first)",
    tools: "whose kubectl and helm a real cluster is worked on with; remembered",
    version: "output the version number",
    help: "display help for command",
    helpCommand: "show help, of a command where one is named",
  },
  bug: "This is a mistake in hpa-tutor, not yours:",
  whatThereIs: "(--help shows what there is)",
  whatItTakes: "(--help shows what it takes)",
  noFolder: "It names no folder.",
  noCommand: (name, near) =>
    `There is no command "${name}".${
      near ? ` Did you mean "${near}"?` : ""
    } To run a shell line: exec '${name} …'`,
  install: {
    head: "To have them in every new shell:",
    tail: "They complete what stands after deno task tutor and deno task lesson.",
    belowCompinit: "below compinit",
  },
  titles: {},
  errors: [],
};

const KO: HelpWords = {
  commands: {
    tutor:
      "사용자 정의 메트릭으로 하는 쿠버네티스 오토스케일링을 이 프로그램 안의 클러스터에서 가르칩니다.\n" +
      "명령 없이 실행하면 지난번에 멈춘 곳에서 튜터를 엽니다.",
    start: "수업 하나에서 튜터 열기",
    list: "수업 목록과 어디까지 했는지 보기",
    status: "지금 위치와 실습 환경의 상태 보기",
    reset: "수업의 처음으로 되돌리기. 수업이 없으면 모두 처음부터",
    play: "만든 사람의 답으로 수업을 따로 만든 실습 환경에서 재생하기",
    export: "실습 환경, 파일, 진도를 파일 하나로 내보내기",
    import: "내보낸 것을 지금 것 대신 가져오기",
    exec: "실습 환경에서 셸의 줄을 실행하고 출력을 그대로 보이기",
    leave: "실제 클러스터에 tutor가 만든 것을 치우고 남는 것을 말하기",
    rules: "adapter의 규칙을 시험하고, 메트릭의 출처를 묻고, KEDA로 옮기기",
    "what-if": "기록된 메트릭을 HPA와 ScaledObject에 다시 흘려 보기",
    why: "오토스케일러의 메트릭이 처음 끊긴 지점을 실습 환경이나 kubeconfig로 찾기",
    decide: "지금 HPA의 계산을 실습 환경이나 kubeconfig로 보기",
    completions: "셸의 자동 완성을 출력하기. 설치 방법은 --help에 있습니다",
    lab: "실습 환경 자체",
    "lab serve": "다른 터미널의 kubectl 등이 쓰도록 클러스터를 켜 두기",
    "lab states": "실습 환경의 상태와 이전 파일의 목록: 지금 상태, 스냅샷, 따로 보관한 것",
    lesson: "수업을 만드는 사람을 위한 명령",
    "lesson new": "수업 하나를 새로 시작하기",
    "lesson check": "수업 하나 또는 전부를 검사하기: 읽히고, 처음에는 실패하고, 답이면 통과하는지",
    "lesson preview": "배우는 사람이 볼 그대로 수업을 보이기. 힌트와 틀린 답까지",
    "lesson record": "셸에서 입력하는 것으로 수업 만들기",
    verify: "수료 기록이 서명된 그대로인지 말하기",
    class: "수업을 진행하는 사람을 위한 명령",
    "class report":
      "수료 기록 여럿을 한 쪽으로 모으기: 누가 어디까지 했고, 무엇을 가장 많이 틀리는지",
    preflight: "이 컴퓨터에서 kind 클러스터를 쓸 수 있는지, 안 되면 무엇을 할지 보기",
  },
  arguments: {
    lesson: "수업의 id, 번호, 또는 id의 일부",
    export: "폴더 없는 이름은 실습 환경 옆에 둡니다. -는 표준 출력입니다",
    import: "export와 같습니다. -는 표준 입력입니다",
    lines: "한 줄씩 따옴표로: exec 'kubectl get pods'",
    name: "빼기표로 이은 낱말: pod-labels",
    receipts: "status --receipt가 출력한 것. -는 표준 입력입니다",
    receiptsOfClass: "수료 기록. 고친 것은 이름을 말하고 뺍니다",
  },
  options: {
    home: "실습 환경과 파일을 두는 곳 (기본: .tutor)",
    plain: "색, 상자, 커서 이동 없이: 화면 낭독기와 로그용",
    lang: "사용할 언어",
    on: "수업을 하는 곳: sandbox, kind, 또는 kubeconfig의 context=NAME. 기억합니다",
    allow: "그 컨텍스트에서 묻지 않고 일하게 하기",
    api: "다른 터미널에서도 쓰도록 쿠버네티스 API도 열기",
    json: "JSON으로 출력하기",
    wallTime: "실습 시계를 이 컴퓨터의 시계에 맞추기. 그 시계로 묻는 프로그램용",
    yes: "묻지 않기",
    all: "모든 수업을 차례대로",
    draws: "무언가를 고장 내는 수업을 몇 번 재생할지",
    seed: "무엇을 고장 낼지 뽑는 데 쓰는 글자",
    restore: "하나를 되찾기. 지금 것은 따로 보관합니다",
    remove: "지우기. work.old는 이전 파일 전부입니다",
    aside: "지금 것을 따로 보관하고 처음부터 시작하기",
    lessons: "다른 수업이 든 폴더",
    allowLessons: "그 폴더의 수업을 묻지 않고 실행하게 하기",
    receipt: "한 일을 서명한 기록으로 출력하기. 제출할 때 씁니다",
    name: "기록에 적을 이름",
    html: "브라우저로 볼 쪽으로 출력하기",
    seeds: "답을 몇 개의 실습 환경에서 재생할지 (기본: 2)",
    requires: "셸이 어느 수업 다음에서 시작할지 (기본: 첫 수업)",
    tools: "실제 클러스터에서 누구의 kubectl과 helm을 쓸지. 기억합니다",
    version: "버전 보기",
    help: "도움말 보기",
    helpCommand: "도움말 보기. 명령을 적으면 그 명령의 도움말",
  },
  bug: "여러분의 잘못이 아니라 hpa-tutor의 잘못입니다:",
  whatThereIs: "(--help로 무엇이 있는지 볼 수 있습니다)",
  whatItTakes: "(--help로 무엇을 적는지 볼 수 있습니다)",
  noFolder: "폴더 이름이 아닙니다.",
  noCommand: (name, near) =>
    `"${name}"(이)라는 명령은 없습니다.${
      near ? ` "${near}"을(를) 찾으셨나요?` : ""
    } 셸의 줄을 실행하려면: exec '${name} …'`,
  install: {
    head: "새 셸마다 쓰려면:",
    tail: "deno task tutor와 deno task lesson 뒤에 오는 것을 완성합니다.",
    belowCompinit: "compinit 아래에",
  },
  titles: {
    "Usage:": "사용법:",
    "Arguments:": "인자:",
    "Options:": "옵션:",
    "Commands:": "명령:",
    "choices:": "고를 수 있는 것:",
  },
  errors: [
    [/unknown option '(.*)'/, "'$1' 옵션은 없습니다"],
    [/unknown command '(.*)'/, "'$1' 명령은 없습니다"],
    [/missing required argument '(.*)'/, "'$1' 자리에 적을 것이 빠졌습니다"],
    [/option '(.*)' argument missing/, "'$1' 옵션 뒤에 적을 것이 빠졌습니다"],
    [
      /option '(.*)' cannot be used with option '(.*)'/,
      "'$1' 옵션은 '$2' 옵션과 함께 쓸 수 없습니다",
    ],
    [/option '(.*)' argument '(.*)' is invalid\./s, "'$1' 옵션에 '$2'은(는) 쓸 수 없습니다."],
    [
      /command-argument value '(.*)' is invalid for argument '(.*)'\./s,
      "'$2' 자리에 '$1'은(는) 쓸 수 없습니다.",
    ],
    [/Allowed choices are (.*)\./, "쓸 수 있는 것: $1."],
    [
      /too many arguments(?: for '(.*?)')?\. Expected (\d+) arguments? but got (\d+): (.*)\./s,
      "적은 것이 너무 많습니다. $2개까지인데 $3개입니다: $4.",
    ],
    [/\(Did you mean one of (.*)\?\)/, "(찾으신 것이 이 가운데 있나요? $1)"],
    [/\(Did you mean (.*)\?\)/, "($1을(를) 찾으셨나요?)"],
    [/^error: /, "오류: "],
  ],
};

const HELP_WORDS: Readonly<Record<Language, HelpWords>> = { en: EN, ko: KO };

export function helpWords(language: Language): HelpWords {
  return HELP_WORDS[language];
}
