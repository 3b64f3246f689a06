import assert from "node:assert/strict";
import { redis } from "../../../../lib/sim/programs/redis/mod.ts";
import { redisWire } from "../../../../lib/sim/wires.ts";
import { FakeContainer } from "../../fakes/mod.ts";
import { condition, hpaOf, logOf, started, statusOf, valueOf, type World } from "./_world.ts";

const CHECK = "failed to ensure HPA is correctly created for ScaledObject: ";
const METADATA = { address: "redis:6379", listName: "jobs", listLength: "10" };

function command(world: World, ...words: string[]): unknown {
  const call = { words, db: 0 };
  return redisWire.readReply(
    world.network.request({ ip: "10.0.0.1" }, redisWire.request("redis:6379", call)),
  );
}

/** A cluster with a Redis whose key `jobs` holds what the commands put there. */
function withRedis(
  commands: string[],
  metadata: Record<string, string> = METADATA,
  args: string[] = [],
): { world: World; name: string } {
  const world = started({ minReplicaCount: 0, triggers: [{ type: "redis", metadata }] });
  new FakeContainer(world.clock, world.network, world.api, { ip: "redis", args }).start(redis);
  for (const line of commands) command(world, ...line.split(" "));
  world.clock.advance(31_000);
  const [name] = statusOf(world).externalMetricNames ?? [];
  return { world, name };
}

Deno.test("redis makes an external metric of a list's length", () => {
  const { world, name } = withRedis(["RPUSH jobs a b c"]);
  assert.equal(name, "s0-redis-jobs");
  assert.deepEqual(hpaOf(world)!.spec.metrics, [{
    type: "External",
    external: {
      metric: { name, selector: { matchLabels: { "scaledobject.keda.sh/name": "web" } } },
      target: { type: "AverageValue", averageValue: "10" },
    },
  }]);
  assert.equal(valueOf(world, name), "3");
  assert.equal(condition(world.api, "Active"), "True ScalerActive");
  command(world, "DEL", "jobs");
  world.clock.advance(31_000);
  assert.equal(condition(world.api, "Active"), "False ScalerCooldown");
});

Deno.test("what a key of another type holds is counted, and a text is not", () => {
  for (
    const [line, value] of [
      ["SADD jobs a b", "2"],
      ["HSET jobs a 1", "1"],
      ["ZADD jobs 1 a 2 b 3 c 4 d", "4"],
    ]
  ) {
    const { world, name } = withRedis([line]);
    assert.equal(valueOf(world, name), value);
  }
  const { world, name } = withRedis(["SET jobs 5"]);
  assert.match(valueOf(world, name), /^rpc error: .*metric:s0-redis-jobs encountered error$/);
  assert.ok(logOf(world).some((line) => line.includes("ERR unsupported key type: string")));
});

Deno.test("a redis trigger's metadata is checked in upstream's words", async (t) => {
  const parsing = `${CHECK}error parsing redis metadata: error parsing redis metadata: `;
  const rows: [string, Record<string, string>, string][] = [
    [
      "no list",
      { address: "redis:6379" },
      'missing required parameter "listName" in [triggerMetadata]',
    ],
    [
      "no address",
      { listName: "jobs" },
      "no addresses or hosts given. address should be a comma separated list of host:port or set the " +
      "host/port values",
    ],
    [
      "more hosts than ports",
      { listName: "jobs", hosts: "a,b", ports: "1" },
      "not enough hosts or ports given. number of hosts should be equal to the number of ports",
    ],
    [
      "a length in words",
      { ...METADATA, listLength: "ten" },
      'unable to set param "listLength" value "ten": unable to unmarshal to field type int64: ' +
      "invalid character 'e' in literal true (expecting 'r')",
    ],
    [
      "TLS in words",
      { ...METADATA, enableTLS: "yes" },
      'EnableTLS parsing error strconv.ParseBool: parsing "yes": invalid syntax',
    ],
  ];
  for (const [name, metadata, said] of rows) {
    await t.step(name, () => {
      const { world } = withRedis([], metadata);
      const ready = statusOf(world).conditions.find((one: { type: string }) =>
        one.type === "Ready"
      );
      assert.equal(ready.message, parsing + said);
    });
  }
});

Deno.test("a redis that is away or wants a password is told in the words of its client", () => {
  const away = withRedis([], { ...METADATA, address: "gone:6379" }).world;
  const message = (world: World) =>
    statusOf(world).conditions.find((one: { type: string }) => one.type === "Ready").message;
  assert.equal(
    message(away),
    `${CHECK}connection to redis failed: dial tcp gone:6379: connect: connection refused`,
  );
  const other = started({ minReplicaCount: 0, triggers: [{ type: "redis", metadata: METADATA }] });
  const { headers } = redisWire.response({ integer: 1 });
  other.network.listen("redis", 6379, () => ({ status: 200, headers, body: '{"array":[{}]}' }));
  other.clock.advance(31_000);
  assert.match(message(other), /connection to redis failed: redis: can't parse/);
  const closed = withRedis([], METADATA, ["--requirepass", "secret"]).world;
  assert.equal(
    message(closed),
    `${CHECK}connection to redis failed: NOAUTH Authentication required.`,
  );
  const wrong = withRedis([], { ...METADATA, password: "x" }, ["--requirepass", "secret"]).world;
  assert.match(message(wrong), /WRONGPASS invalid username-password pair or user is disabled\.$/);
  const right = withRedis([], { ...METADATA, password: "secret" }, ["--requirepass", "secret"]);
  assert.equal(valueOf(right.world, right.name), "0");
});
