import type { Lab } from "../labs/mod.ts";
import type { Language } from "../lesson/lesson.ts";

/** What the tutor says where the lab is a real cluster, in one language. Backquotes mark what can be typed. */
export interface RealWords {
  /** `isOwn`: the cluster is made for the lab. */
  welcome: (context: string, isOwn: boolean) => string[];
  /** A progress line: what is awaited, how long that has been, how long it may take. */
  waiting: (awaited: string, waited: string, bound: string) => string;
  /** While a line prints nothing. */
  passing: (passed: string) => string;
  waited: (waited: string) => string;
  waitedInVain: (waited: string) => string;
  theStep: string;
  clockLine: (time: string) => string;
  freeBegun: string;
  freeEnded: string;
  confirmStart: (title: string, context: string) => string;
  confirmReset: (title: string, context: string) => string;
  stays: (context: string, command: string) => string;
  onSandbox: string;
  onContext: (context: string, server: string) => string;
  onKind: (context: string, server: string) => string;
  howToChoose: (command: string) => string;
  chosen: (on: string, command: string) => string;
}

const EN: RealWords = {
  welcome: (context, isOwn) => [
    "# hpa-tutor: scale pods on metrics of your own",
    "",
    isOwn
      ? `The lessons run on ${context}, a cluster of their own that your kind makes and deletes.`
      : `The lessons run on ${context}, a cluster of yours; what is not the tutor's there is left alone.`,
    "",
    "* Type or paste the commands of a lesson at the prompt; real output comes back.",
    "* `hint`, `check` and the other words above the prompt are for the tutor.",
    "* Time there cannot be moved: what takes time is waited for, and Ctrl-C leaves a wait.",
    "* Your place is kept after every line. Ctrl-D leaves, Ctrl-C stops a command.",
  ],
  waiting: (awaited, waited, bound) =>
    `Waiting for ${awaited}: ${waited}, at most ${bound}; Ctrl-C leaves`,
  passing: (passed) => `Waiting: ${passed}`,
  waited: (waited) => `That took ${waited}.`,
  waitedInVain: (waited) =>
    `Waited ${waited}, and it is not so yet. It may still come: \`check\` waits again.`,
  theStep: "the step",
  clockLine: (time) => `It is ${time} on the cluster; its time cannot be moved.`,
  freeBegun:
    "Free play: try what you like, and nothing counts until `free` again. On a real cluster nothing is brought back afterwards; `reset` begins the lesson anew.",
  freeEnded:
    "Free play is over. The cluster is as you left it; where that is not what the lesson needs, `reset` begins it anew.",
  confirmStart: (title, context) =>
    `"${title}" needs the lab as it is at its start. On ${context}, what this tutor made there is deleted, and what the lesson requires is made again; that takes minutes, and leaves all else alone. Do it? [y/N] `,
  confirmReset: (title, context) =>
    `Begin "${title}" anew? On ${context}, what this tutor made there is deleted, and what the lesson requires is made again; that takes minutes, and leaves all else alone. [y/N] `,
  stays: (context, command) => `What was made on ${context} stays there. ${command} takes it away.`,
  onSandbox: "The lab is the sandbox, a cluster inside this program.",
  onContext: (context, server) =>
    `The lab is the context ${context} of your kubeconfig, at ${server}.`,
  onKind: (context, server) =>
    server === ""
      ? `The lab is a kind cluster of its own, ${context}, which is not there now.`
      : `The lab is a kind cluster of its own, ${context}, at ${server}.`,
  howToChoose: (command) =>
    `To change that: \`on sandbox\`, \`on kind\`, \`on context=NAME\`. Progress is kept for each. A real cluster needs more permissions: begin with ${command}.`,
  chosen: (on, command) =>
    `From the next time on the lab is ${on}; your place here is kept. Leave with \`quit\` and begin with ${command}.`,
};

const KO: RealWords = {
  welcome: (context, isOwn) => [
    "# hpa-tutor: 직접 만든 메트릭으로 파드 늘리고 줄이기",
    "",
    isOwn
      ? `수업은 설치된 kind로 만들고 지우는 실습용 클러스터 ${context}에서 합니다.`
      : `수업은 내 클러스터 ${context}에서 합니다. 거기서 tutor가 만들지 않은 것은 건드리지 않습니다.`,
    "",
    "* 수업의 명령을 프롬프트에 입력하거나 붙여 넣으세요. 진짜 출력이 나옵니다.",
    "* `hint`, `check` 등 프롬프트 위의 말은 tutor에게 하는 말입니다.",
    "* 시간을 옮길 수 없어 시간이 걸리는 일은 기다립니다. Ctrl-C로 그만 기다립니다.",
    "* 위치는 한 줄마다 저장됩니다. Ctrl-D는 나가기, Ctrl-C는 명령 멈추기입니다.",
  ],
  waiting: (awaited, waited, bound) =>
    `기다리는 중: ${awaited}, ${waited} / 최대 ${bound}, Ctrl-C로 그만`,
  passing: (passed) => `기다리는 중: ${passed}`,
  waited: (waited) => `${waited} 걸렸습니다.`,
  waitedInVain: (waited) =>
    `${waited} 기다렸지만 아직 그렇지 않습니다. 더 걸릴 수도 있으니 \`check\`로 다시 기다려 보세요.`,
  theStep: "이 단계",
  clockLine: (time) => `클러스터의 시각은 ${time}이고, 옮길 수 없습니다.`,
  freeBegun:
    "자유 연습: 마음껏 해 보세요. 다시 `free` 할 때까지 세지 않습니다. 실제 클러스터에서는 나중에 되돌리지 않으며, `reset`으로 수업을 처음부터 다시 할 수 있습니다.",
  freeEnded:
    "자유 연습이 끝났습니다. 클러스터는 두고 온 그대로입니다. 수업에 필요한 상태가 아니면 `reset`으로 처음부터 다시 하세요.",
  confirmStart: (title, context) =>
    `"${title}"에는 처음 상태의 실습 환경이 필요합니다. ${context}에서 이 tutor가 만든 것을 지우고 수업에 필요한 것을 다시 만듭니다. 몇 분 걸리며 다른 것은 건드리지 않습니다. 할까요? [y/N] `,
  confirmReset: (title, context) =>
    `"${title}"을 처음부터 다시 할까요? ${context}에서 이 tutor가 만든 것을 지우고 수업에 필요한 것을 다시 만듭니다. 몇 분 걸리며 다른 것은 건드리지 않습니다. [y/N] `,
  stays: (context, command) =>
    `${context}에 만든 것은 그대로 남습니다. ${command}로 치울 수 있습니다.`,
  onSandbox: "실습 환경은 샌드박스, 곧 이 프로그램 안의 클러스터입니다.",
  onContext: (context, server) => `실습 환경은 kubeconfig의 컨텍스트 ${context}(${server})입니다.`,
  onKind: (context, server) =>
    server === ""
      ? `실습 환경은 실습용 kind 클러스터 ${context}인데 지금은 없습니다.`
      : `실습 환경은 실습용 kind 클러스터 ${context}(${server})입니다.`,
  howToChoose: (command) =>
    `바꾸려면: \`on sandbox\`, \`on kind\`, \`on context=NAME\`. 진도는 각각 보관합니다. 실제 클러스터에는 권한이 더 필요하니 ${command}로 시작하세요.`,
  chosen: (on, command) =>
    `다음부터 실습 환경은 ${on}입니다. 여기의 위치는 보관됩니다. \`quit\`으로 나가서 ${command}로 시작하세요.`,
};

/** Where lessons run, on a real cluster. */
export function whereOf(
  real: RealWords,
  { kind, context = "", server = "" }: Pick<Lab, "kind" | "context" | "server">,
): string {
  return kind === "kind" ? real.onKind(context, server) : real.onContext(context, server);
}

export const REAL_WORDS: Readonly<Record<Language, RealWords>> = { en: EN, ko: KO };
