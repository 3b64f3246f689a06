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
  // And where it is not: 서비스 and 네임, 메트릭 and 유닉.
  ["service이(가)", "service이(가)"],
  ["nginx-custom-metric은(는)", "nginx-custom-metric은(는)"],
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
