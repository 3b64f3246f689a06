import assert from "node:assert/strict";
import {
  type Autoscaler,
  type HopNow,
  type Past,
  SEEING_WORDS,
  tellGraph,
  tellMap,
} from "../../lib/seeing/mod.ts";
import { displayWidth, stripEscapes, styleFor } from "../../lib/term/mod.ts";
import { drawGraph, whyEmpty } from "../../lib/tutor/draw_graph.ts";
import { drawMap } from "../../lib/tutor/draw_map.ts";

const fromMs = Date.UTC(2026, 0, 1, 12, 0, 0);
const at = (minute: number) => fromMs + minute * 60_000;

const hpa: Autoscaler = {
  namespace: "default",
  name: "web",
  scales: { kind: "Deployment", name: "web" },
  min: 1,
  max: 3,
  replicas: 3,
  desired: 3,
  metrics: [{ source: "Object", name: "visits", targetType: "value", target: 50, current: 47 }],
  createdMs: fromMs,
};

/** Ten minutes: no value, then little, then twice the target, then below it again. */
const past: Past = {
  hpa,
  metric: hpa.metrics[0],
  fromMs,
  toMs: at(10),
  values: [undefined, undefined, 3, 3, 3, 100, 100, 100, 47, 47, 47],
  desired: [undefined, undefined, 1, 1, 1, 3, 3, 3, 3, 3, 3],
  ready: [1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3],
  events: [{ atMs: at(5), to: 3, isUp: true, reason: "Service metric visits above target" }],
};

const style = styleFor({ color: false, plain: true });
const en = SEEING_WORDS.en;
const ko = SEEING_WORDS.ko;

Deno.test("a graph stands in 80 columns and 24 rows, beside the prompt", () => {
  assert.equal(
    drawGraph(past, en, { columns: 80, rows: 24, style }).join("\n"),
    GRAPH_80,
  );
});

Deno.test("a graph takes the width that there is, in Korean too, and no more", () => {
  assert.equal(drawGraph(past, ko, { columns: 120, rows: 24, style }).join("\n"), GRAPH_120_KO);
  for (const columns of [60, 80, 100, 160, 200]) {
    for (const words of [en, ko]) {
      const lines = drawGraph(past, words, { columns, rows: 24, style });
      assert.deepEqual(lines.filter((line) => displayWidth(line) > Math.max(columns, 80)), []);
    }
  }
});

Deno.test("a graph is the same drawing in colours, and has none where none may be", () => {
  const draw = (color: boolean) =>
    drawGraph(past, en, { columns: 80, rows: 24, style: styleFor({ color, plain: false }) })
      .join("\n");
  assert.equal(stripEscapes(draw(true)), GRAPH_80);
  assert.equal(stripEscapes(draw(false)), GRAPH_80);
  // deno-lint-ignore no-control-regex
  assert.match(draw(true), /\x1b\[36m/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(draw(false), /\x1b\[3\dm/);
});

Deno.test("a graph of nothing yet is an empty one", () => {
  const empty = { ...past, values: [undefined, undefined], desired: [], ready: [], events: [] };
  const lines = drawGraph(empty, en, { columns: 80, rows: 24, style });
  assert.equal(lines.length, 21);
});

Deno.test("an empty graph has its reason below, and one with a value now has none", () => {
  const metric = { ...hpa.metrics[0], current: undefined };
  const trouble = "FailedGetObjectMetric: \x1b[2Jno such metric";
  const empty = { ...past, metric, hpa: { ...hpa, trouble }, values: [undefined, undefined] };
  assert.deepEqual(whyEmpty(empty, en), [
    en.nothingInTime,
    "The HPA could not read visits the last time; its target is 50.",
    "FailedGetObjectMetric: ^[[2Jno such metric",
  ]);
  // What was read before is drawn; that it is not read any more is said.
  assert.deepEqual(whyEmpty({ ...empty, values: [1, 2] }, en), whyEmpty(empty, en).slice(1));
  assert.deepEqual(whyEmpty(past, en), []);
});

Deno.test("a graph in sentences says where the metric rose, fell and stayed, and what was scaled", () => {
  assert.deepEqual(tellGraph(past, en), [
    "HPA web in namespace default.",
    "Lab time 12:00:00 to 12:10:00.",
    "From 12:00:00 to 12:02:00 there is no value.",
    "From 12:02:00 to 12:04:00, visits stayed near 3.",
    "From 12:04:00 to 12:05:00, visits rose from 3 to 100.",
    "From 12:05:00 to 12:07:00, visits stayed near 100.",
    "From 12:07:00 to 12:08:00, visits fell from 100 to 47.",
    "From 12:08:00 to 12:10:00, visits stayed near 47.",
    "Now visits is 47; its target is 50.",
    "Ready replicas: 1 from 12:00:00, 3 from 12:06:00.",
    "Desired replicas: 1 from 12:02:00, 3 from 12:05:00.",
    "12:05:00 scaled up to 3: Service metric visits above target",
  ]);
  assert.ok(
    tellGraph(past, ko).includes("12:04:00부터 12:05:00까지 visits: 3에서 100(으)로 올랐습니다."),
  );
});

Deno.test("a staircase of scrapes is one way up, and a plateau is none", () => {
  const steps = [0, 0, 0, 20, 20, 20, 40, 40, 40, 60, 60, 60, 80, 80, 80];
  const values = [...Array(15).fill(0), ...steps, ...Array(30).fill(80), 40, 40, 0];
  const told = tellGraph({ ...past, values }, en).filter((line) => line.startsWith("From"));
  assert.deepEqual(told.map((line) => line.replace(/^From [\d:]+ to [\d:]+, /, "")), [
    "visits stayed near 0.",
    "visits rose from 0 to 80.",
    "visits stayed near 80.",
    "visits fell from 80 to 0.",
  ]);
});

Deno.test("without a past it is said why, and what is so now", () => {
  const now: Past = {
    ...past,
    values: [],
    desired: [],
    ready: [],
    events: [],
    gap: "no prometheus",
  };
  assert.deepEqual(tellGraph({ ...now, hpa: { ...hpa, trouble: "FailedGet: \x1b[2Jno" } }, en), [
    "HPA web in namespace default.",
    en.gap["no prometheus"],
    "Now visits is 47; its target is 50.",
    "FailedGet: ^[[2Jno",
    "replicas 3 (1 to 3)",
    "It did not scale in this time.",
  ]);
});

const hops: HopNow[] = [
  {
    hop: "container",
    state: "works",
    what: "web (example.com/web:1)",
    shows: { en: "3 of 3 pods ready", ko: "파드 3개 중 3개 준비됨" },
  },
  {
    hop: "adapter",
    state: "fails",
    what: "prometheus-adapter",
    shows: {
      en: `no rule gives services/visits; ${"and so on ".repeat(20)}`,
      ko: `services/visits을(를) 주는 규칙 없음; ${"등등 ".repeat(40)}`,
    },
  },
  { hop: "hpa", state: "absent", what: "", shows: { en: "not there yet", ko: "아직 없음" } },
];

Deno.test("a map marks where the learner is, and what fails takes two lines at most", () => {
  const draw = (language: "en" | "ko", columns: number) =>
    drawMap(hops, { words: SEEING_WORDS[language], language, here: "adapter" }, { columns, style });
  assert.deepEqual(draw("en", 80), [
    "✓ container     web (example.com/web:1)",
    "│               3 of 3 pods ready",
    "✗ adapter rule  prometheus-adapter  ◀ you are here",
    "│               no rule gives services/visits; and so on and so on and so on and",
    "│               so on and so on and so on and so on and so on and so on and so …",
    "○ HPA",
    "                not there yet",
  ]);
  assert.deepEqual(draw("ko", 120).slice(2, 4), [
    "✗ adapter 규칙  prometheus-adapter  ◀ 지금 여기",
    "│               services/visits를 주는 규칙 없음; 등등 등등 등등 등등 등등 등등 등등 등등 등등 등등 등등 등등 등등 등등",
  ]);
  for (const columns of [60, 80, 120]) {
    assert.deepEqual(draw("ko", columns).filter((line) => displayWidth(line) > columns), []);
  }
});

Deno.test("a map in sentences names each hop, how it fares, and where the learner is", () => {
  assert.deepEqual(
    tellMap(hops.with(1, { ...hops[1], shows: { en: "no rule", ko: "" } }), {
      words: en,
      language: "en",
      here: "adapter",
    }),
    [
      "1. container, web (example.com/web:1): works; 3 of 3 pods ready.",
      "2. adapter rule, prometheus-adapter: does not work; no rule. You are here.",
      "3. HPA: is absent.",
    ],
  );
});

const GRAPH_80 = `web · visits 47/50 · replicas 3 (1 to 3)
150 ┤
    │
    │
    │
    │                                  ⡏⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⡇
    │                                  ⡇                     ⡇
    │                                  ⡇                     ⡇
 50 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⡇┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⡇┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
    │                                  ⡇                     ⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
    │                                  ⡇
    │                                  ⡇
  0 ┤           ⠠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠇
  3 ┤                                  ───────██████████████████████████████████
    │                                         ██████████████████████████████████
    │▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃██████████████████████████████████
    │███████████████████████████████████████████████████████████████████████████
    └─────────────────────────────────────▲─────────────────────────────────────
     12:00:00                          12:05:00                         12:10:00
⠒ metric  ┄ target  █ ready  ─ desired, where it differs  ▲▼ scaled
12:05:00 scaled up to 3: Service metric visits above target`;

const GRAPH_120_KO = `web · visits 47/50 · 레플리카 3 (1~3)
150 ┤
    │
    │
    │
    │                                                    ⡏⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⡇
    │                                                    ⡇                                 ⡇
    │                                                    ⡇                                 ⡇
 50 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⡇┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⡇┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
    │                                                    ⡇                                 ⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉
    │                                                    ⡇
    │                                                    ⡇
  0 ┤                 ⠠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠇
  3 ┤                                                    ───────────████████████████████████████████████████████████████
    │                                                               ████████████████████████████████████████████████████
    │▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃████████████████████████████████████████████████████
    │███████████████████████████████████████████████████████████████████████████████████████████████████████████████████
    └─────────────────────────────────────────────────────────▲─────────────────────────────────────────────────────────
     12:00:00                                              12:05:00                                             12:10:00
⠒ 메트릭  ┄ 목표  █ 준비됨  ─ 원하는 수(다를 때)  ▲▼ 크기 변경
12:05:00 3개로 늘림: Service metric visits above target`;
