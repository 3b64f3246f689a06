import type { Language, Part } from "../lesson/mod.ts";

/** What is said from the saved file of the adapter's values to the metric. */
export interface EditWords {
  checked: string;
  notLooked: string;
  wrong: string;
  wantedWrong: string;
  parts: Record<Part, string>;
  rule: (line: number) => string;
  finds: (series: number, metrics: string) => string;
  on: (metric: string, resources: string) => string;
  givesNow: (value: string) => string;
  andMore: (names: string, more: number) => string;
  nothingServed: string;
  sameAsRunning: (revision: string) => string;
  changes: (revision: number | undefined) => string;
  stillFailed: string;
  offer: (line: string) => string;
  upgradeBy: (line: string) => string;
  runs: string;
  refused: (revision: number) => string;
  release: string;
  released: (before: number | undefined, now: number, status: string) => string;
  releaseFailed: (now: number, why: string) => string;
  configMap: string;
  configSame: string;
  configChanged: string;
  restart: string;
  restarted: (pod: string | undefined) => string;
  restartedBy: (args: readonly string[]) => string;
  noRestart: string;
  crashes: (pod: string, reason: string, last: string, serving: string | undefined) => string;
  metric: string;
  waitingFor: (metric: string, waited: string, bound: string) => string;
  appeared: (metric: string, whose: string, value: string, waited: string | undefined) => string;
  notYet: (metric: string) => string;
  leftWaiting: (metric: string) => string;
  askEditor: (program: string) => string;
  solutionFile: (path: string) => string;
  /** Above what was changed in the file. */
  written: (path: string) => string;
  fileIsRight: string;
  tooMany: (path: string) => string;
  applyIt: (path: string) => string;
  applied: (path: string) => string;
  thenUpgrade: (line: string) => string;
}

const en: EditWords = {
  checked: "right so far",
  notLooked: "not looked at",
  wrong: "wrong",
  wantedWrong: "leave it: it is what this step asks for",
  parts: {
    yaml: "YAML",
    keys: "keys and fields",
    regex: "regular expressions",
    template: "templates",
    promql: "PromQL",
    address: "Prometheus' address",
    series: "the rule on the series that are there",
  },
  rule: (line) => `rule, line ${line}`,
  finds: (series, metrics) => `finds ${series} series, and serves ${metrics}`,
  on: (metric, resources) => `${metric} on ${resources}`,
  givesNow: (value) => `; its value now: ${value}`,
  andMore: (names, more) => `${names} and ${more} more`,
  nothingServed: "nothing",
  sameAsRunning: (revision) => `The running release (revision ${revision}) has these very values.`,
  changes: (revision) =>
    revision === undefined
      ? "There is no release yet; it would be made of these values:"
      : `What an upgrade would change in the running release (revision ${revision}):`,
  stillFailed: "The values are those of the last revision, which failed.",
  offer: (line) => `Enter upgrades: ${line}`,
  upgradeBy: (line) => `The cluster has it after: ${line}`,
  runs: "which runs",
  refused: (revision) =>
    `Helm refused it, so nothing in the cluster changed: the release is still revision ${revision}.`,
  release: "release",
  released: (before, now, status) =>
    before === undefined ? `revision ${now}, ${status}` : `revision ${before} → ${now}, ${status}`,
  releaseFailed: (now, why) => `revision ${now} failed: ${why}`,
  configMap: "ConfigMap",
  configSame: "the same rules as before",
  configChanged: "other rules:",
  restart: "restart",
  restarted: (pod) =>
    `its checksum stands in the pod's annotations, so a new pod took over${pod ? `: ${pod}` : ""}`,
  restartedBy: (args) => ["the adapter's arguments changed:", ...args].join("\n"),
  noRestart: "none: nothing in the pod's template changed",
  crashes: (pod, reason, last, serving) =>
    `the new pod ${pod} does not come up (${reason}): ${last}` +
    (serving ? `\n${serving} of before serves meanwhile, with the rules of before` : ""),
  metric: "metric",
  waitingFor: (metric, waited, bound) => `Waiting for ${metric}: ${waited} of at most ${bound}`,
  appeared: (metric, whose, value, waited) =>
    `${metric} is served; ${whose}: ${value}${waited ? ` (after ${waited} of lab time)` : ""}`,
  notYet: (metric) => `${metric} is not served yet:`,
  leftWaiting: (metric) => `Left the wait for ${metric}. \`check\` looks again.`,
  askEditor: (program) =>
    `You have set ${program} as your editor. Open files in it from now on, in place of the tutor's own? [y/N] `,
  solutionFile: (path) => `What to change in ${path}:`,
  written: (path) => `Changed in ${path}; all else in it stays:`,
  fileIsRight: "Your file is right; what is missing comes after it:",
  tooMany: (path) => `What ${path} makes is one too many:`,
  applyIt: (path) => `Write this to ${path}? (undo brings yours back.) [y/N] `,
  applied: (path) => `Written to ${path}`,
  thenUpgrade: (line) => `Then: ${line}`,
};

const ko: EditWords = {
  checked: "여기까지 맞음",
  notLooked: "보지 않음",
  wrong: "틀린 곳",
  wantedWrong: "그대로 두세요. 이 단계가 바라는 것입니다",
  parts: {
    yaml: "YAML",
    keys: "키와 필드",
    regex: "정규식",
    template: "템플릿",
    promql: "PromQL",
    address: "Prometheus 주소",
    series: "지금 있는 시계열로 시험한 규칙",
  },
  rule: (line) => `${line}번째 줄의 규칙`,
  finds: (series, metrics) => `시계열 ${series}개를 찾아 내보내는 것: ${metrics}`,
  on: (metric, resources) => `${metric} (${resources})`,
  givesNow: (value) => `. 지금 값: ${value}`,
  andMore: (names, more) => `${names} 외 ${more}개`,
  nothingServed: "없음",
  sameAsRunning: (revision) => `지금 릴리스(리비전 ${revision})의 값과 같습니다.`,
  changes: (revision) =>
    revision === undefined
      ? "아직 릴리스가 없습니다. 이 값으로 만들어집니다:"
      : `업그레이드하면 지금 릴리스(리비전 ${revision})에서 바뀌는 것:`,
  stillFailed: "값은 실패한 마지막 리비전과 같습니다.",
  offer: (line) => `Enter를 누르면 업그레이드합니다: ${line}`,
  upgradeBy: (line) => `클러스터로 보내려면: ${line}`,
  runs: "실행되는 명령",
  refused: (revision) =>
    `helm이 거절해서 클러스터는 그대로입니다. 릴리스는 여전히 리비전 ${revision}입니다.`,
  release: "릴리스",
  released: (before, now, status) =>
    before === undefined ? `리비전 ${now}, ${status}` : `리비전 ${before} → ${now}, ${status}`,
  releaseFailed: (now, why) => `리비전 ${now} 실패: ${why}`,
  configMap: "ConfigMap",
  configSame: "규칙은 전과 같습니다",
  configChanged: "바뀐 규칙:",
  restart: "재시작",
  restarted: (pod) =>
    `ConfigMap의 체크섬이 파드의 애너테이션에 있어서 새 파드가 넘겨받았습니다${
      pod ? `: ${pod}` : ""
    }`,
  restartedBy: (args) => ["adapter의 인자가 바뀌었습니다:", ...args].join("\n"),
  noRestart: "없음. 파드 템플릿은 그대로입니다",
  crashes: (pod, reason, last, serving) =>
    `새 파드 ${pod}이(가) 뜨지 못합니다 (${reason}): ${last}` +
    (serving ? `\n그동안 예전의 ${serving}이(가) 예전 규칙으로 서비스합니다` : ""),
  metric: "메트릭",
  waitingFor: (metric, waited, bound) => `${metric} 기다리는 중: ${waited} / 최대 ${bound}`,
  appeared: (metric, whose, value, waited) =>
    `${metric}이(가) 나옵니다. ${whose}: ${value}${waited ? ` (실습 시간 ${waited} 뒤)` : ""}`,
  notYet: (metric) => `${metric}이(가) 아직 나오지 않습니다:`,
  leftWaiting: (metric) => `${metric}을(를) 더 기다리지 않습니다. \`check\`로 다시 볼 수 있습니다.`,
  askEditor: (program) =>
    `편집기로 ${program}을(를) 설정해 두셨습니다. 이제부터 tutor의 편집기 대신 그것으로 파일을 열까요? [y/N] `,
  solutionFile: (path) => `${path}에서 바꿀 것:`,
  written: (path) => `${path}에서 바꾼 것. 나머지는 그대로입니다:`,
  fileIsRight: "파일은 맞습니다. 그다음이 빠졌습니다:",
  tooMany: (path) => `${path}이(가) 만드는 것이 하나 더 많습니다:`,
  applyIt: (path) => `${path}에 이대로 쓸까요? (undo로 되돌릴 수 있습니다.) [y/N] `,
  applied: (path) => `${path}에 썼습니다`,
  thenUpgrade: (line) => `그다음: ${line}`,
};

export const EDIT_WORDS: Record<Language, EditWords> = { en, ko };
