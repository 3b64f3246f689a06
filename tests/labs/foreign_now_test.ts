import assert from "node:assert/strict";
import { inLabTime } from "../../lib/labs/_foreign_now.ts";

const WALL_MS = Date.UTC(2026, 0, 1, 10);
const LAB_MS = WALL_MS + 3 * 3_600_000;
const URL_OF_QUERY = "http://127.0.0.1:30950/api/v1/query";

/** The moment that a request asks for once it is in the lab. */
async function asked(request: Request, labMs = LAB_MS): Promise<string | null> {
  const sent = await inLabTime(request, { wallMs: WALL_MS, labMs });
  const query = new URL(sent.url).searchParams;
  return query.get("time") ?? new URLSearchParams(await sent.text()).get("time");
}

const get = (form: Record<string, string>, url = URL_OF_QUERY) =>
  new Request(`${url}?${new URLSearchParams(form)}`);
const post = (form: Record<string, string>) =>
  new Request(URL_OF_QUERY, { method: "POST", body: new URLSearchParams(form) });

Deno.test("a query that asks for this machine's now is asked at the lab's", async () => {
  const now = `${WALL_MS / 1000 - 1.5}`;
  const lab = `${LAB_MS / 1000}`;
  assert.equal(await asked(get({ query: "up", time: now })), lab);
  assert.equal(await asked(post({ query: "up", time: now })), lab);
  assert.equal(await asked(get({ query: "up", time: "2026-01-01T10:00:01Z" })), lab);
  // A clock that was set back is none the less another one.
  const before = WALL_MS - 3_600_000;
  assert.equal(await asked(get({ query: "up", time: now }), before), `${before / 1000}`);
});

Deno.test("whatever asks for another moment, or for none, is left as it is", async () => {
  const now = `${WALL_MS / 1000}`;
  const earlier = `${WALL_MS / 1000 - 60}`;
  assert.equal(await asked(get({ query: "up", time: earlier })), earlier);
  assert.equal(await asked(post({ query: "up", time: earlier })), earlier);
  assert.equal(await asked(get({ query: "up" })), null);
  assert.equal(await asked(get({ time: now })), now);
  assert.equal(await asked(get({ query: "up", time: now }, "http://127.0.0.1:30951/")), now);
  assert.equal(await asked(get({ query: "up", time: now }), WALL_MS + 1_000), now);
  const range = get({ query: "up", time: now }, "http://127.0.0.1:30950/api/v1/query_range");
  assert.equal(await asked(range), now);
});

Deno.test("what else a request says goes on with it", async () => {
  const request = new Request(URL_OF_QUERY, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", "x-own": "1" },
    body: `query=a%2Bb&time=${WALL_MS / 1000}`,
  });
  const sent = await inLabTime(request, { wallMs: WALL_MS, labMs: LAB_MS });
  assert.equal(sent.method, "POST");
  assert.equal(sent.headers.get("x-own"), "1");
  assert.equal(new URLSearchParams(await sent.text()).get("query"), "a+b");
});
