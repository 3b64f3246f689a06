import { explainVerb, type Verb } from "./verb.ts";
import type { Asked } from "./see.ts";
import type { Teaching } from "./teaching.ts";

/** What reads and draws autoscalers is large, and loaded when one is looked at. */
const seeing = () => import("./see.ts");

/** Words as `[NAME] [-n NS] [last 10m] [live]`; undefined where they are not that. */
function readAsked(words: readonly string[]): Asked | undefined {
  const asked: Asked = {};
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, glued] = /^(?:-n=?|--namespace=)(.+)$/.exec(word) ?? [];
    if (glued) asked.namespace = glued;
    else if (["-n", "--namespace"].includes(word)) asked.namespace = rest.shift() ?? "";
    else if (word === "last") asked.last = rest.shift() ?? "";
    else if (word === "live") asked.isLive = true;
    else if (word.startsWith("-") || asked.name !== undefined) return undefined;
    else asked.name = word.replace(/^(hpa|horizontalpodautoscalers?(\.autoscaling)?)\//, "");
  }
  return asked.namespace === "" ? undefined : asked;
}

const names = async (teaching: Teaching) => await (await seeing()).autoscalerNames(teaching);

export const graph: Verb = {
  name: "graph",
  help: {
    en: ["graph [HPA] [last 10m]", "an HPA's metric, target and replicas over time; `graph live`"],
    ko: ["graph [HPA] [last 10m]", "시간에 따른 HPA의 메트릭, 목표, 레플리카. `graph live`"],
  },
  takes: async (teaching) => [...await names(teaching), "last", "live", "-n"],
  most: 6,
  async run(teaching, ...words) {
    const asked = readAsked(words);
    if (!asked) return explainVerb(teaching.present, graph);
    await (await seeing()).showGraph(teaching, asked);
  },
};

export const map: Verb = {
  name: "map",
  help: {
    en: [
      "map [HPA]",
      "the way of a metric through this lab, what each hop shows, and where you are",
    ],
    ko: ["map [HPA]", "메트릭이 이 실습 환경에서 가는 길, 각 지점의 지금, 그리고 내 위치"],
  },
  takes: names,
  most: 3,
  async run(teaching, ...words) {
    const asked = readAsked(words);
    if (!asked || asked.last !== undefined || asked.isLive) {
      return explainVerb(teaching.present, map);
    }
    await (await seeing()).showMap(teaching, asked);
  },
};

export const more: Verb = {
  name: "more",
  help: {
    en: ["more", "all of an output that was too long, a page at a time"],
    ko: ["more", "너무 길어 생략한 출력을 한 쪽씩 모두 보기"],
  },
  isAlone: true,
  async run({ present, screen }) {
    const { folded } = present.output;
    if (folded === undefined) return present.prose(present.seeing.nothingFolded);
    await screen.page(folded);
  },
};
