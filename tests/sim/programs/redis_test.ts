import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { redis } from "../../../lib/sim/programs/redis/mod.ts";
import { readRedisReply, type RedisReply, redisRequest } from "../../../lib/sim/redis_wire.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";
import { ShellContainer } from "../userland/_container.ts";

function server(args: string[] = [], resumed?: unknown) {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24, 3, 0, 0));
  const network = new FakeNetwork();
  const container = new FakeContainer(clock, network, new FakeApi(() => clock.now()), {
    ip: "redis",
    args,
  }).start(redis, resumed);
  const ask = (line: string, more = {}): RedisReply => {
    const call = { words: line.split(" "), db: 0, ...more };
    return readRedisReply(network.request({ ip: "1" }, redisRequest("redis:6379", call)))!;
  };
  return { container, network, ask };
}

/** Commands in a row, and what each is answered; as redis-cli shows it of Redis 8. */
const ROWS: [string, unknown][] = [
  ["PING", { status: "PONG" }],
  ["rpush jobs a b c", { integer: 3 }],
  ["LPUSH jobs z", { integer: 4 }],
  ["LLEN jobs", { integer: 4 }],
  ["LRANGE jobs 0 -1", { array: ["z", "a", "b", "c"].map((bulk) => ({ bulk })) }],
  ["LRANGE jobs -2 1", { array: [] }],
  ["LINDEX jobs -1", { bulk: "c" }],
  ["LPOP jobs", { bulk: "z" }],
  ["RPOP jobs 2", { array: [{ bulk: "c" }, { bulk: "b" }] }],
  ["TYPE jobs", { status: "list" }],
  ["LPOP jobs", { bulk: "a" }],
  ["EXISTS jobs", { integer: 0 }],
  ["LPOP jobs", { bulk: null }],
  ["BLPOP jobs 0", { bulk: null }],
  ["INCR hits", { integer: 1 }],
  ["INCRBY hits 41", { integer: 42 }],
  ["GET hits", { bulk: "42" }],
  ["LLEN hits", { error: "WRONGTYPE Operation against a key holding the wrong kind of value" }],
  ["SET hits x", { status: "OK" }],
  ["INCR hits", { error: "ERR value is not an integer or out of range" }],
  ["LPUSH jobs", { error: "ERR wrong number of arguments for 'lpush' command" }],
  ["JUMP a b", { error: "ERR unknown command 'JUMP', with args beginning with: 'a' 'b' " }],
  ["SADD set a b a", { integer: 2 }],
  ["SCARD set", { integer: 2 }],
  ["HSET hash a 1 b 2", { integer: 2 }],
  ["HGET hash __proto__", { bulk: null }],
  ["ZADD z 2 b 1 a", { integer: 2 }],
  ["ZRANGE z 0 -1", { array: [{ bulk: "a" }, { bulk: "b" }] }],
  ["KEYS h*", { array: [{ bulk: "hits" }, { bulk: "hash" }] }],
  ["DBSIZE", { integer: 4 }],
  ["DEL set z none", { integer: 2 }],
  ["FLUSHALL", { status: "OK" }],
  ["DBSIZE", { integer: 0 }],
  ["RPUSH __proto__ a", { integer: 1 }],
  ["LLEN __proto__", { integer: 1 }],
];

Deno.test("Redis answers as Redis does", () => {
  const { ask } = server();
  for (const [line, reply] of ROWS) assert.deepEqual(ask(line), reply, line);
});

Deno.test("Redis keeps what it has when it is taken up again, and not without end", () => {
  const first = server();
  first.ask("RPUSH jobs a b");
  const kept = JSON.parse(JSON.stringify(first.container.running!.snapshot!()));
  assert.deepEqual(server([], kept).ask("LLEN jobs"), { integer: 2 });
  const long = "x".repeat(400_000);
  assert.deepEqual(first.ask(`RPUSH jobs ${long}`), { integer: 3 });
  assert.deepEqual(first.ask(`RPUSH jobs ${long}`), { integer: 4 });
  assert.deepEqual(first.ask(`RPUSH jobs ${long}`), {
    error: "OOM command not allowed when used memory > 'maxmemory'.",
  });
});

Deno.test("Redis with a password lets in who knows it, and databases are apart", () => {
  const { ask, network } = server(["--requirepass", "secret"]);
  assert.deepEqual(ask("PING"), { error: "NOAUTH Authentication required." });
  assert.deepEqual(ask("PING", { password: "secret" }), { status: "PONG" });
  assert.deepEqual(ask("INCR n", { password: "secret", db: 3 }), { integer: 1 });
  assert.deepEqual(ask("GET n", { password: "secret" }), { bulk: null });
  assert.throws(() => network.request({ ip: "1" }, { url: "http://redis:6379/" }), /EOF/);
});

/** A container with redis-cli, on a network with one Redis. */
function shell(tty = false): ShellContainer {
  const { network } = server();
  return new ShellContainer({ userland: () => ({ base: "debian", clients: ["redis-cli"] }) }, {
    answer: (request) =>
      network.request({ ip: "1" }, { ...request, url: request.url.replace("127.0.0.1", "redis") }),
    ...(tty ? { tty } : {}),
  });
}

Deno.test("redis-cli prints replies bare where nobody looks", () => {
  const said = shell().run(`
redis-cli RPUSH jobs "one job" two
redis-cli LRANGE jobs 0 -1
redis-cli LPOP none
redis-cli LLEN
redis-cli --no-raw LRANGE jobs 0 -1
printf 'LPUSH jobs x\\nLLEN jobs\\n' | redis-cli
for i in 1 2 3; do redis-cli RPUSH jobs $i; done >/dev/null
redis-cli BLPOP jobs 0
redis-cli BLPOP empty 1
redis-cli -h gone LLEN jobs
`);
  assert.equal(
    said,
    `2
one job
two

ERR wrong number of arguments for 'llen' command

1) "one job"
2) "two"
3
3
jobs
x

Could not connect to Redis at gone:6379: Connection refused
`,
  );
});
