import assert from "node:assert/strict";
import { withParticles } from "../../lib/base/mod.ts";

const CASES: [text: string, said: string][] = [
  // Behind a Korean word.
  ["서비스이(가)", "서비스가"],
  ["메트릭이(가)", "메트릭이"],
  ["파일(으)로", "파일로"],
  ["목록(으)로", "목록으로"],
  ["파드와(과)", "파드와"],
  ["노드과(와)", "노드와"],
  // Behind a number: 영, 일, 이 … 구; 십.
  ["규칙 1-6은(는)", "규칙 1-6은"],
  ["0이(가)", "0이"],
  ["4이(가)", "4가"],
  ["10을(를)", "10을"],
  ["9091(으)로", "9091로"],
  ["100(으)로", "100으로"],
  ["30(으)로, 7(으)로, 5(으)로", "30으로, 7로, 5로"],
  // Behind a Latin word whose end is plain.
  ["nginx_http_requests_total을(를)", "nginx_http_requests_total을"],
  ["`nginx_http_requests_total`(으)로", "`nginx_http_requests_total`로"],
  ['"nginx"(이)라는', '"nginx"라는'],
  ["https://web.io을(를)", "https://web.io를"],
  ["`seriesQuery`이(가)", "`seriesQuery`가"],
  ["prometheus-adapter이(가)", "prometheus-adapter가"],
  ["requests_per_second이(가)", "requests_per_second가"],
  ["`pod`(이)라는", "`pod`라는"],
  ["service이(가)", "service가"],
  ["nginx-custom-metric은(는)", "nginx-custom-metric은"],
  ["monitoring을(를), log을(를)", "monitoring을, log를"],
  ["default은(는), object와(과), graph(으)로", "default는, object와, graph로"],
  ["web-table(으)로, name(으)로, ui-app(으)로", "web-table로, name으로, ui-app으로"],
  ["HTTP은(는), UID이(가), YAML(으)로", "HTTP는, UID가, YAML로"],
  // And where it is not: 타깃 and 레이트, 타입 and 파이프, 알.
  ["target이(가), bucket을(를)", "target이(가), bucket을(를)"],
  ["type이(가), pipe이(가), CR을(를)", "type이(가), pipe이(가), CR을(를)"],
  ["sum(up)을(를)", "sum(up)을(를)"],
  // What is no particle stays.
  ["이름이(가나다)", "이름이(가나다)"],
  ["a row (of 3) here", "a row (of 3) here"],
];

Deno.test("withParticles() says the particle that the word before it takes, where that can be told", async (t) => {
  for (const [text, said] of CASES) {
    await t.step(text, () => assert.equal(withParticles(text), said));
  }
});

Deno.test("withParticles() takes no longer for a long word than for many short ones", () => {
  const long = "a".repeat(300_000);
  const startMs = performance.now();
  assert.equal(withParticles(`${long} (x) ${long}이(가)`), `${long} (x) ${long}가`);
  assert.equal(withParticles(`"${'"'.repeat(300_000)}(`), `"${'"'.repeat(300_000)}(`);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 2_000, `${tookMs} ms`);
});
