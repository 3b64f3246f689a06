import assert from "node:assert/strict";
import { load } from "../../../lib/commands/load.ts";
import type { Transport } from "../../../lib/labs/lab.ts";
import { displayWidth } from "../../../lib/term/mod.ts";
import { fakeIo } from "../kubectl/_lab.ts";

Deno.test("load visits as often as asked, in the lab's time, and sums up", async () => {
  let visits = 0;
  const http: Transport = () =>
    Promise.resolve(new Response("", { status: visits++ % 10 === 9 ? 503 : 200 }));
  const io = fakeIo({ http, movable: true });
  const code = await load.execute(["http://127.0.0.1:30951", "--rps", "5", "--for=1m"], io);
  assert.equal(code, 0);
  assert.equal(visits, 300);
  assert.equal(io.lab.clock.now(), 60_000);
  assert.equal(
    io.stdout,
    "Visiting http://127.0.0.1:30951/ 5 times per second for 1m of the lab's time\n" +
      "   30s  150 requests: 135 × 200, 15 × 503\n" +
      "Done after 1m: 300 requests: 270 × 200, 30 × 503 (5.0 per second)\n",
  );
});

Deno.test("load tells of its visits in the learner's language", async () => {
  const http: Transport = () => Promise.resolve(new Response(""));
  const io = Object.assign(fakeIo({ http, movable: true }), { language: "ko" });
  await load.execute(["http://127.0.0.1:30951", "--rps", "2", "--for=30s"], io);
  assert.equal(
    io.stdout,
    "실습 시간으로 30s 동안 초당 2번 방문: http://127.0.0.1:30951/\n" +
      "30s 만에 끝: 요청 60번: 60 × 200 (초당 2.0번)\n",
  );
});

Deno.test("load goes below one request per second", async () => {
  let visits = 0;
  const http: Transport = () => Promise.resolve(new Response(String(++visits)));
  await load.execute(
    ["127.0.0.1:30951", "--rps", "0.5", "--for", "20s"],
    fakeIo({ http, movable: true }),
  );
  assert.equal(visits, 10);
});

Deno.test("load says when nothing answers", async () => {
  const io = fakeIo({ movable: true });
  assert.equal(await load.execute(["http://localhost:30951", "--for", "1s"], io), 1);
  assert.match(
    io.stdout,
    /10 requests: 10 × no connection \(10\.0 per second\)\nNothing answered: connection refused\n$/,
  );
});

Deno.test("load stops at Ctrl-C and tells what it did", async () => {
  const interrupt = new AbortController();
  let visits = 0;
  const http: Transport = () => {
    if (++visits === 25) interrupt.abort();
    return Promise.resolve(new Response());
  };
  const io = fakeIo({ http, movable: true, signal: interrupt.signal });
  assert.equal(await load.execute(["127.0.0.1:30951"], io), 130);
  assert.match(io.stdout, /\nStopped after \d+s?: 25 requests: 25 × 200/);
});

Deno.test("load refuses what it cannot do, and says what it can", async () => {
  const rows: [args: string[], message: string][] = [
    [[], "which address? The lab's nginx is at http://127.0.0.1:30951"],
    [
      ["http://example.com"],
      '"http://example.com" is no address of the lab; try http://127.0.0.1:30951',
    ],
    [["127.0.0.1:30951", "--rps", "0"], '--rps goes from 0.1 to 1000 requests per second, not "0"'],
    [["127.0.0.1:30951", "--rps"], '--rps needs a value, such as "--rps 20"'],
    [["127.0.0.1:30951", "--for", "soon"], 'cannot read the duration "soon"; write 30s, 2m or 1h'],
    [["127.0.0.1:30951", "--for", "2d"], '--for goes up to 1h, not "2d"'],
    [["127.0.0.1:30951", "--nope"], 'there is no option "--nope"'],
    [["127.0.0.1:30951", "x"], 'one URL at a time, not also "x"'],
    [
      ["127.0.0.1:30951", "--rps=1000", "--for=1h"],
      "1000 requests per second for 1h are more than 500000 requests; ask for less",
    ],
  ];
  for (const [args, message] of rows) {
    const io = fakeIo({ movable: true });
    assert.equal(await load.execute(args, io), 2);
    assert.equal(io.stderr.split("\n")[0], `load: ${message}`);
    const korean = Object.assign(fakeIo({ movable: true }), { language: "ko" });
    await load.execute(args, korean);
    assert.match(korean.stderr.split("\n")[0], /^load: .*[가-힣]/);
    const wide = korean.stderr.split("\n").slice(1).filter((row) => displayWidth(row) > 80);
    assert.deepEqual(wide, []);
  }
});
