import type { Hop, Language } from "../lesson/mod.ts";
import type { Past } from "./past.ts";
import type { HopState } from "./pipeline.ts";

/** What `graph`, `map` and `more` say. Times are lab time, as text. */
export interface SeeingWords {
  folded: (lines: number, characters: number) => string;
  nothingFolded: string;
  noAutoscaler: string;
  noSuchAutoscaler: (name: string) => string;
  whichAutoscaler: string;
  notALength: (text: string) => string;
  needsTerminal: string;
  endsLive: string;
  /** The names in the legend. */
  legend: { metric: string; target: string; ready: string; desired: string; scaled: string };
  replicas: (count: string, min: number, max: number) => string;
  otherMetrics: (names: string) => string;
  graphOf: (name: string, namespace: string) => string;
  from: (from: string, to: string) => string;
  rose: (metric: string, at: Span) => string;
  fell: (metric: string, at: Span) => string;
  stayed: (metric: string, at: Span) => string;
  noValue: (from: string, to: string) => string;
  now: (metric: string, value: string, target: string) => string;
  nothingRead: (metric: string, target: string) => string;
  /** Where a graph has no value to draw. */
  nothingInTime: string;
  runs: { ready: string; desired: string };
  run: (count: string, from: string) => string;
  none: string;
  scaled: (at: string, isUp: boolean, to: number, reason: string) => string;
  neverScaled: string;
  gap: Record<NonNullable<Past["gap"]>, string>;
  mapOf: (metric: string, name: string, at: string) => string;
  mapOfNothing: (at: string) => string;
  mapOfResource: (at: string) => string;
  stillToCome: (later: readonly { hops: readonly Hop[]; lesson: number }[]) => string;
  others: (names: string) => string;
  here: string;
  /** The same as a sentence. */
  hereAlone: string;
  hops: Record<Hop, string>;
  states: Record<HopState, string>;
}

/** From when to when, and from what value to what. */
export interface Span {
  from: string;
  to: string;
  first: string;
  last: string;
}

const NAMES = {
  exporter: "exporter",
  service: "Service",
  "service-monitor": "ServiceMonitor",
  prometheus: "Prometheus",
  "metrics-server": "metrics-server",
  keda: "KEDA",
  "api-service": "APIService",
  hpa: "HPA",
  deployment: "Deployment",
} as const;

const count = (number: number) => number.toLocaleString("en");

const en: SeeingWords = {
  folded: (lines, characters) =>
    lines > 0
      ? `… ${count(lines)} ${lines === 1 ? "line" : "lines"}; \`more\` shows them`
      : `… ${count(characters)} characters; \`more\` shows them`,
  nothingFolded: "Nothing was left out. `more FILE` shows a file a page at a time.",
  noAutoscaler: "There is no HPA in the lab yet.",
  noSuchAutoscaler: (name) => `There is no HPA "${name}".`,
  whichAutoscaler: "Which one? Name it:",
  notALength: (text) =>
    `${text === "" ? "A length of time is missing" : `"${text}" is no length of time`}; ` +
    "say it as in `graph last 10m`.",
  needsTerminal: "`live` needs a terminal that can be drawn on; this is how it is now.",
  endsLive: "Ctrl-C ends this",
  legend: {
    metric: "metric",
    target: "target",
    ready: "ready",
    desired: "desired, where it differs",
    scaled: "scaled",
  },
  replicas: (count, min, max) => `replicas ${count} (${min} to ${max})`,
  otherMetrics: (names) => `It has other metrics too, not drawn: ${names}.`,
  graphOf: (name, namespace) => `HPA ${name} in namespace ${namespace}.`,
  from: (from, to) => `Lab time ${from} to ${to}.`,
  rose: (metric, { from, to, first, last }) =>
    `From ${from} to ${to}, ${metric} rose from ${first} to ${last}.`,
  fell: (metric, { from, to, first, last }) =>
    `From ${from} to ${to}, ${metric} fell from ${first} to ${last}.`,
  stayed: (metric, { from, to, first }) => `From ${from} to ${to}, ${metric} stayed near ${first}.`,
  noValue: (from, to) => `From ${from} to ${to} there is no value.`,
  now: (metric, value, target) => `Now ${metric} is ${value}; its target is ${target}.`,
  nothingInTime: "In this time the metric has no value; why says what it waits for.",
  nothingRead: (metric, target) =>
    `The HPA could not read ${metric} the last time; its target is ${target}.`,
  runs: { ready: "Ready replicas", desired: "Desired replicas" },
  run: (count, from) => `${count} from ${from}`,
  none: "none known",
  scaled: (at, isUp, to, reason) => `${at} scaled ${isUp ? "up" : "down"} to ${to}: ${reason}`,
  neverScaled: "It did not scale in this time.",
  gap: {
    "no prometheus":
      "There is no past to draw: Prometheus keeps it, and none answers at http://127.0.0.1:30950. What is so now:",
    "no series":
      "There is no past to draw: Prometheus has no series of this HPA yet (kube-state-metrics tells it, every 30 s). What is so now:",
  },
  mapOf: (metric, name, at) => `The way of ${metric} to the HPA ${name}, at ${at}`,
  mapOfNothing: (at) => `The way of a metric, as far as it is there at ${at}`,
  mapOfResource: (at) => `The way of CPU and memory, as far as it is there at ${at}`,
  stillToCome: (later) =>
    `Still to come: ${
      later.map(({ hops, lesson }) =>
        `${hops.map((hop) => en.hops[hop]).join(", ")} in lesson ${lesson}`
      ).join("; ")
    }.`,
  others: (names) => `Other HPAs: ${names} (\`map NAME\`)`,
  here: "you are here",
  hereAlone: "You are here.",
  hops: { ...NAMES, container: "container", adapter: "adapter rule" },
  states: { works: "works", fails: "does not work", waits: "is on its way", absent: "is absent" },
};

const ko: SeeingWords = {
  folded: (lines, characters) =>
    lines > 0
      ? `… ${count(lines)}줄 생략. \`more\`로 볼 수 있습니다`
      : `… ${count(characters)}자 생략. \`more\`로 볼 수 있습니다`,
  nothingFolded: "생략한 것이 없습니다. `more FILE`은 파일을 한 쪽씩 보여 줍니다.",
  noAutoscaler: "실습 환경에 아직 HPA가 없습니다.",
  noSuchAutoscaler: (name) => `"${name}" HPA는 없습니다.`,
  whichAutoscaler: "어느 것인가요? 이름을 붙여 주세요:",
  notALength: (text) =>
    `${text === "" ? "시간 길이가 빠졌습니다" : `"${text}"은(는) 시간 길이가 아닙니다`}. ` +
    "`graph last 10m`처럼 입력하세요.",
  needsTerminal: "`live`는 그림을 그릴 수 있는 터미널에서만 됩니다. 지금은 이렇습니다.",
  endsLive: "Ctrl-C로 끝내기",
  legend: {
    metric: "메트릭",
    target: "목표",
    ready: "준비됨",
    desired: "원하는 수(다를 때)",
    scaled: "크기 변경",
  },
  replicas: (count, min, max) => `레플리카 ${count} (${min}~${max})`,
  otherMetrics: (names) => `그리지 않은 다른 메트릭도 있습니다: ${names}.`,
  graphOf: (name, namespace) => `네임스페이스 ${namespace}의 HPA ${name}.`,
  from: (from, to) => `실습 시각 ${from}부터 ${to}까지.`,
  rose: (metric, { from, to, first, last }) =>
    `${from}부터 ${to}까지 ${metric}: ${first}에서 ${last}(으)로 올랐습니다.`,
  fell: (metric, { from, to, first, last }) =>
    `${from}부터 ${to}까지 ${metric}: ${first}에서 ${last}(으)로 내렸습니다.`,
  stayed: (metric, { from, to, first }) =>
    `${from}부터 ${to}까지 ${metric}: ${first} 근처에 머물렀습니다.`,
  noValue: (from, to) => `${from}부터 ${to}까지는 값이 없습니다.`,
  now: (metric, value, target) => `지금 ${metric}: ${value}, 목표: ${target}.`,
  nothingInTime: "이 시간에는 메트릭의 값이 없습니다. 무엇을 기다리는지는 why로 볼 수 있습니다.",
  nothingRead: (metric, target) =>
    `HPA가 마지막에 ${metric}을(를) 읽지 못했습니다. 목표: ${target}.`,
  runs: { ready: "준비된 레플리카", desired: "원하는 레플리카" },
  run: (count, from) => `${from}부터 ${count}`,
  none: "알려진 것 없음",
  scaled: (at, isUp, to, reason) => `${at} ${to}개로 ${isUp ? "늘림" : "줄임"}: ${reason}`,
  neverScaled: "이 시간에는 크기를 바꾸지 않았습니다.",
  gap: {
    "no prometheus":
      "그릴 과거가 없습니다. 과거는 Prometheus에 있는데 http://127.0.0.1:30950 에서 응답이 없습니다. 지금은 이렇습니다:",
    "no series":
      "그릴 과거가 없습니다. Prometheus에 아직 이 HPA의 시계열이 없습니다(kube-state-metrics가 30초마다 알려 줍니다). 지금은 이렇습니다:",
  },
  mapOf: (metric, name, at) => `${metric}이(가) HPA ${name}까지 가는 길, ${at}`,
  mapOfNothing: (at) => `메트릭이 가는 길. ${at}에 있는 것까지`,
  mapOfResource: (at) => `CPU와 메모리가 가는 길. ${at}에 있는 것까지`,
  stillToCome: (later) =>
    `앞으로 나올 것: ${
      later.map(({ hops, lesson }) => `${hops.map((hop) => ko.hops[hop]).join(", ")}(${lesson}과)`)
        .join(", ")
    }.`,
  others: (names) => `다른 HPA: ${names} (\`map NAME\`)`,
  here: "지금 여기",
  hereAlone: "지금 여기입니다.",
  hops: { ...NAMES, container: "컨테이너", adapter: "adapter 규칙" },
  states: { works: "됨", fails: "안 됨", waits: "진행 중", absent: "없음" },
};

export const SEEING_WORDS: Record<Language, SeeingWords> = { en, ko };
