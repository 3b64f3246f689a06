import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { toText, utf8Bytes } from "../../../lib/go/mod.ts";
import { redis } from "../../../lib/sim/programs/redis/mod.ts";
import { type RedisReply, redisWire } from "../../../lib/sim/wires.ts";
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
    return redisWire.readReply(
      network.request({ ip: "1" }, redisWire.request("redis:6379", call)),
    )!;
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
  ["RPUSH l a b c", { integer: 3 }],
  ["LRANGE l 0 -5", { array: [] }],
  ["LTRIM l 0 -5", { status: "OK" }],
  ["EXISTS l", { integer: 0 }],
  ["INCRBY n abc", { error: "ERR value is not an integer or out of range" }],
  ["EXISTS n", { integer: 0 }],
  ["SELECT 99", { error: "ERR DB index is out of range" }],
  ["HSET h __proto__ 1", { integer: 1 }],
  ["HGET h __proto__", { bulk: "1" }],
  ["ZADD s 1 __proto__", { integer: 1 }],
  ["ZCARD s", { integer: 1 }],
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
  const refused = { error: "WRONGPASS invalid username-password pair or user is disabled." };
  assert.deepEqual(ask("AUTH x"), refused);
  assert.deepEqual(ask("AUTH secret"), { status: "OK" });
  assert.deepEqual(ask("AUTH default secret"), { status: "OK" });
  assert.deepEqual(ask("AUTH bob secret"), refused);
  assert.match(JSON.stringify(server().ask("AUTH x")), /without any password configured/);
  assert.throws(() => network.request({ ip: "1" }, { url: "http://redis:6379/" }), /EOF/);
  // Anyone may send the mark; what follows it must be a command.
  const marked = redisWire.request("redis:6379", { words: ["PING"], db: 0 });
  for (const body of ["x", "{}", "null", '{"words":[],"db":0}', '{"words":[null],"db":0}']) {
    assert.throws(() => network.request({ ip: "1" }, { ...marked, body }), /EOF/, body);
  }
});

Deno.test("Redis ends for settings that it cannot use, and says which", () => {
  const problem = (args: string[]) => {
    const { container } = server(args);
    assert.equal(container.exitCode, 1);
    return container.lines;
  };
  assert.deepEqual(problem(["--requirepass", "x", "--port", "abc"]), [
    "",
    "*** FATAL CONFIG FILE ERROR (Redis 8.2.1) ***",
    "Reading the configuration file, at line 3",
    ">>> 'port \"abc\"'",
    "argument couldn't be parsed into an integer",
  ]);
  assert.equal(
    problem(["--port", "70000"]).at(-1),
    "argument must be between 0 and 65535 inclusive",
  );
  assert.match(
    problem(["/none.conf"])[0],
    /^1:C .* # Fatal error, can't open config file '\/none\.conf': No such file or directory$/,
  );
});

/** A container with redis-cli, on a network with one Redis. */
function shell(tty = false, args: string[] = []): ShellContainer {
  const { network } = server(args);
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

Deno.test("redis-cli signs in, chooses a database and repeats as it is told, in any language", () => {
  const said = shell(false, ["--requirepass", "비밀"]).run(utf8Bytes(`
printf 'AUTH x\nPING\nAUTH 비밀\nSELECT 99\nPING\nSELECT 2\nSET k 안녕\nGET k\n' | redis-cli
export REDISCLI_AUTH=비밀
redis-cli --user bob PING
redis-cli -n 2 GET k
redis-cli -n 2 --no-raw GET k
redis-cli -r 2 INCR n
timeout 1 redis-cli -r -1 -i 0.3 INCR n
timeout 1 redis-cli -r -1 INCR endless >/dev/null; echo $?
printf 'two lines\nat once' | redis-cli -x SET text
redis-cli --no-raw GET text
redis-cli -e LLEN text; echo $?
redis-cli LLEN text >/dev/null; echo $?
redis-cli -p abc PING
`));
  const wrong = "WRONGPASS invalid username-password pair or user is disabled.\n\n";
  const type = "WRONGTYPE Operation against a key holding the wrong kind of value";
  assert.equal(
    toText(said),
    `${wrong}NOAUTH Authentication required.

OK
ERR DB index is out of range

PONG
OK
OK
안녕
${wrong}안녕
"\\xec\\x95\\x88\\xeb\\x85\\x95"
1
2
3
4
5
6
124
OK
"two lines\\nat once"
${type}
1
0
Could not connect to Redis at 127.0.0.1:abc: Name or service not known
`,
  );
  // A container's own command is text.
  assert.equal(toText(shell().start(["redis-cli", "ECHO", "안녕"]).wait(1).output), "안녕\n");
  const open = shell().run("redis-cli AUTH pw");
  assert.match(open, /^ERR AUTH <password> called without any password configured/);
});
