import { defineLesson, finding, prometheusOf, query } from "../../lib/lesson/mod.ts";
import type { Finding, LabView, Pod } from "../../lib/lesson/mod.ts";

const APP = "nginx-custom-metric";
const COUNTER = "nginx_http_requests_total";
const FILE = "requests.promql";
const API = "http://127.0.0.1:30950/api/v1/query";
const ask = (promql: string) =>
  `curl -sG ${API} --data-urlencode 'query=${promql}' | jq -r '.data.result[0].value[1]'`;

const COUNT = `sum(${COUNTER}{service="${APP}"})`;
const rateOver = (window: string) => `sum(rate(${COUNTER}{service="${APP}"}[${window}]))`;
/** What the windows that people take make of the same requests. */
const WINDOWS = ["1m", "2m", "5m", "10m"];
/** How far from the windows' own rates a value may be: `irate`, `deriv` and the like look at it otherwise. */
const SLACK = 0.5;

async function valueOf(view: LabView, promql: string): Promise<number | undefined> {
  return (await query(view, promql))?.[0]?.value;
}

const shown = (value: number) => String(Number(value.toPrecision(4)));

function wrongQuery(
  actual: [en: string, ko: string],
  why: [en: string, ko: string],
  next: [en: string, ko: string],
  waits = false,
): Finding[] {
  return [finding(
    [`a query in ${FILE} that gives requests per second`, actual[0], why[0], next[0]],
    [`${FILE}에 초당 요청 수를 주는 질의`, actual[1], why[1], next[1]],
    { waits },
  )];
}

const RATE: [string, string] = [
  "rate() of a range of the counter, summed: sum(rate(…[2m]))",
  "카운터 범위의 rate()를 더하세요: sum(rate(…[2m]))",
];

/** The query in the file gives what came in per second, however it is written. */
async function asksPerSecond(view: LabView): Promise<Finding[]> {
  const text = (await view.file(FILE))?.trim();
  if (!text) {
    return wrongQuery(
      ["there is no such file, or it is empty", "그런 파일이 없거나 비어 있습니다"],
      ["a file keeps the query for the next steps", "파일은 다음 단계를 위해 질의를 남깁니다"],
      [`echo 'QUERY' > ${FILE}`, `echo '질의' > ${FILE}`],
    );
  }
  const answer = await prometheusOf(view).query(text);
  if ("refused" in answer) {
    return wrongQuery(
      [`Prometheus refuses it: ${answer.refused}`, `Prometheus가 거부합니다: ${answer.refused}`],
      [
        "rate() takes a range, and what is asked is one expression: a counter with [2m] behind it",
        "rate()는 범위를 받고, 물어볼 것은 식 하나입니다. 카운터 뒤에 [2m]을 붙이세요",
      ],
      RATE,
    );
  }
  if (!("data" in answer)) {
    return wrongQuery(
      [
        `Prometheus does not answer: ${answer.down}`,
        `Prometheus가 응답하지 않습니다: ${answer.down}`,
      ],
      [
        "without it nobody knows what the query gives",
        "Prometheus 없이는 질의의 값을 알 수 없습니다",
      ],
      ["why does it not answer? kubectl get pods", "왜 응답하지 않을까요? kubectl get pods"],
      true,
    );
  }
  const found = answer.data;
  if (found.length === 0) {
    return wrongQuery(
      ["it finds nothing", "아무것도 찾지 못합니다"],
      [
        "rate() compares samples: within its window there have to be two of them, and one comes every 30 seconds",
        "rate()는 표본을 비교합니다. 창 안에 두 개가 있어야 하고, 하나가 30초마다 옵니다",
      ],
      [
        "take a window of four scrapes, [2m], and the very name",
        "수집 네 번의 창 [2m]과 정확한 이름을 쓰세요",
      ],
    );
  }
  const value = found.reduce((sum, one) => sum + one.value, 0);
  const count = await valueOf(view, COUNT) ?? 0;
  const rates: number[] = [];
  for (const window of WINDOWS) {
    const rate = await valueOf(view, rateOver(window));
    if (rate !== undefined) rates.push(rate);
  }
  const [low, high] = [Math.min(...rates) * (1 - SLACK), Math.max(...rates) * (1 + SLACK)];
  if (value >= low && value <= high) return [];
  if (Math.abs(value - count) <= count * 0.1) {
    return wrongQuery(
      [
        `it gives ${shown(value)}: every request so far`,
        `${shown(value)}: 지금까지의 요청 전부입니다`,
      ],
      [
        "a counter only grows, and says nothing of how many come now",
        "카운터는 커지기만 하고, 지금 얼마나 오는지 말하지 않습니다",
      ],
      RATE,
    );
  }
  return wrongQuery(
    [
      `it gives ${shown(value)}, and ${shown(rates[0] ?? 0)} come per second`,
      `${shown(value)}인데, 초당 ${shown(rates[0] ?? 0)}개가 옵니다`,
    ],
    [
      "increase() is the growth over the whole window, and delta() knows no counter; divide, or take rate()",
      "increase()는 창 전체에서 늘어난 양이고 delta()는 카운터를 모릅니다. 나누거나 rate()를 쓰세요",
    ],
    RATE,
  );
}

/** All pods of the application are of this step. */
async function restarted(view: LabView): Promise<Finding[]> {
  const pods = await view.list<Pod>("pods", { namespace: "default", labelSelector: `app=${APP}` });
  const since = Math.floor(view.since / 1000) * 1000;
  const isNew = ({ metadata }: Pod) => Date.parse(metadata.creationTimestamp ?? "") >= since;
  const isReady = ({ status }: Pod) =>
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
  if (pods.length > 0 && pods.every((pod) => isNew(pod) && isReady(pod))) return [];
  const old = pods.filter((pod) => !isNew(pod)).length;
  return [finding(
    [
      `pods of ${APP} that began in this step`,
      `${old} of ${pods.length} are older`,
      "a counter lives in its container, and begins at 0 with a new one",
      `kubectl rollout restart deployment ${APP}`,
    ],
    [
      `이 단계에서 시작한 ${APP} 파드`,
      `${pods.length}개 중 ${old}개가 더 오래됨`,
      "카운터는 컨테이너 안에 있고, 새 컨테이너에서는 0부터 셉니다",
      `kubectl rollout restart deployment ${APP}`,
    ],
    { waits: pods.some(isNew) },
  )];
}

export default defineLesson({
  id: "12-counter-trap",
  title: { en: "The counter trap and rate()", ko: "카운터의 함정과 rate()" },
  minutes: 15,
  requires: ["05-nginx"],
  steps: [
    {
      kind: "run",
      id: "count",
      about: "prometheus",
      lines: [
        "load http://127.0.0.1:30951 --rps 2 --for 10m",
        ask(COUNT),
      ],
      expect: { as: "text", output: "<1000..100000>" },
      look: {
        at: { en: "the counter after ten minutes of visits", ko: "10분 방문 뒤의 카운터" },
        asks: [`:30950/api/v1/<any>${COUNTER}`, ":30952"],
        shows: ["<1000..1000000>"],
      },
    },
    {
      kind: "predict",
      id: "per-second",
      about: "prometheus",
      tolerance: 0.1,
      async answer(view) {
        const now = await valueOf(view, COUNT) ?? 0;
        const then = await valueOf(view, COUNT.replace("})", "} offset 5m)")) ?? 0;
        const value = Math.round((now - then) / 300 * 10) / 10;
        return {
          value,
          arithmetic: [
            { en: `now ${now}, five minutes ago ${then}`, ko: `지금 ${now}, 5분 전 ${then}` },
            {
              en: `(${now} − ${then}) / 300 s = ${shown((now - then) / 300)} per second`,
              ko: `(${now} − ${then}) / 300초 = 초당 ${shown((now - then) / 300)}`,
            },
          ],
        };
      },
    },
    {
      kind: "task",
      id: "query",
      about: "prometheus",
      solution: [`echo 'sum(rate(${COUNTER}{service="${APP}"}[2m]))' > ${FILE}`],
      check: asksPerSecond,
      withinMs: 60_000,
      wrongAnswers: [
        {
          name: "the counter itself",
          lines: [`echo 'sum(${COUNTER})' > ${FILE}`],
          says: "every request so far",
        },
        {
          name: "increase over the window",
          lines: [`echo 'sum(increase(${COUNTER}[5m]))' > ${FILE}`],
          says: "increase() is the growth over the whole window",
        },
        {
          name: "a window shorter than two scrapes",
          lines: [`echo 'sum(rate(${COUNTER}[20s]))' > ${FILE}`],
          says: "it finds nothing",
        },
        {
          name: "no range",
          lines: [`echo 'sum(rate(${COUNTER}))' > ${FILE}`],
          says: "Prometheus refuses it",
        },
      ],
    },
    {
      kind: "run",
      id: "restart",
      about: "container",
      lines: [`kubectl rollout restart deployment ${APP}`],
      check: restarted,
      withinMs: 3 * 60_000,
    },
    {
      kind: "run",
      id: "fallen",
      about: "prometheus",
      after: "restart",
      lines: ["clock +6m", ask(COUNT), ask(rateOver("2m"))],
      look: {
        at: {
          en: "the counter of the new pod, and its rate",
          ko: "새 파드의 카운터와 그 rate",
        },
        asks: [`:30950/api/v1/<any>${COUNTER}`],
        shows: ["<1..999>", "<0..5>"],
      },
    },
  ],
});
