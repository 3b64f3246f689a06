import assert from "node:assert/strict";
import { LessonGate } from "../../lib/authoring/mod.ts";
import { openStage } from "../../lib/cli/lesson.ts";
import { judgeStep, loadLessons, playStep, type TaskStep } from "../../lib/lesson/mod.ts";

const COUNTER = 'nginx_http_requests_total{service="nginx-custom-metric"}';

/** Queries that give the requests per second, each in its own way. */
const RIGHT = [
  "sum(rate(nginx_http_requests_total[1m]))",
  "sum(rate(nginx_http_requests_total[5m]))",
  "rate(nginx_http_requests_total[2m])",
  `sum(irate(${COUNTER}[2m]))`,
  `sum(increase(${COUNTER}[5m])) / 300`,
  `sum(deriv(${COUNTER}[5m]))`,
  `(sum(${COUNTER}) - sum(${COUNTER} offset 5m)) / 300`,
];

/** Queries that do not, and what is said of them. */
const WRONG: [query: string, says: RegExp][] = [
  ["", /no such file, or it is empty/],
  ["nginx_http_request_total", /it finds nothing/],
  [`rate(${COUNTER}[2m`, /Prometheus refuses it/],
  [`sum(increase(${COUNTER}[1m]))`, /come per second/],
  [`sum(rate(${COUNTER}[2m])) * 60`, /come per second/],
  [`sum(${COUNTER})`, /every request so far/],
];

Deno.test("lesson 12 takes every query that gives requests per second, and says what another gives", async () => {
  const lessons = await loadLessons();
  const loaded = lessons.find(({ lesson }) => lesson.id === "12-counter-trap")!;
  const gate = new LessonGate(lessons, (seed) => openStage({ seed }));
  try {
    const { stage } = await gate.open(loaded);
    assert.ok(stage);
    try {
      const [count, , query] = loaded.lesson.steps;
      assert.ok((await playStep(stage, count)).ok);
      const said = async (text: string): Promise<string> => {
        await stage.shell.run(`cat > requests.promql <<'EOF'\n${text}\nEOF`);
        const { ok, findings } = await judgeStep(stage, query as TaskStep, undefined, {
          atOnce: true,
        });
        return ok ? "right" : findings.map(({ actual }) => actual.en).join("\n");
      };
      for (const text of RIGHT) assert.equal(await said(text), "right", text);
      for (const [text, says] of WRONG) assert.match(await said(text), says, text);
    } finally {
      await stage.close();
    }
  } finally {
    await gate.close();
  }
});
