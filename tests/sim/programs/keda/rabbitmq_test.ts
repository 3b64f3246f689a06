import assert from "node:assert/strict";
import { amqpWire } from "../../../../lib/sim/wires.ts";
import { manage } from "../../../../lib/sim/programs/rabbitmq/management.ts";
import { rabbitmq } from "../../../../lib/sim/programs/rabbitmq/mod.ts";
import { Queues } from "../../../../lib/sim/programs/rabbitmq/queues.ts";
import { FakeContainer } from "../../fakes/mod.ts";
import { hpaOf, logOf, started, statusOf, valueOf, type World } from "./_world.ts";

const CHECK = "failed to ensure HPA is correctly created for ScaledObject: ";
const HTTP = "http://guest:guest@rabbit:15672/";
const AMQP = "amqp://guest:guest@rabbit.default.svc:5672/";

/** A cluster with a RabbitMQ with two queues: five messages in `jobs`, three in `mails`. */
function withRabbit(metadata: Record<string, string>): { world: World; name: string; put: Put } {
  const trigger = { type: "rabbitmq", metadata };
  const world = started({ minReplicaCount: 0, triggers: [trigger] });
  new FakeContainer(world.clock, world.network, world.api, { ip: "rabbit" }).start(rabbitmq);
  const broker = {
    queues: new Queues({ "/": {} }),
    node: "rabbit@pod-1",
    version: "4.1.4",
    username: "guest",
    password: "guest",
  };
  world.clock.every(5_000, () => broker.queues.look());
  world.network.servers.set("rabbit:15672", { handler: (request) => manage(broker, request) });
  const amqp = world.network.servers.get("rabbit:5672")!;
  world.network.servers.set("rabbit.default.svc:5672", amqp);
  const put: Put = (queue, count) => {
    broker.queues.declare("/", queue);
    for (let i = 0; i < count; i++) broker.queues.publish("/", queue, "x");
  };
  put("jobs", 5);
  put("mails", 3);
  world.clock.advance(31_000);
  const [name] = statusOf(world).externalMetricNames ?? [];
  return { world, name, put };
}

type Put = (queue: string, count: number) => void;

function ready(world: World): string {
  return statusOf(world).conditions.find((one: { type: string }) => one.type === "Ready").message;
}

/** Whether the operator's log has an error, which it writes as JSON. */
function logged(world: World, said: string): boolean {
  const written = JSON.stringify(said).slice(1, -1);
  return logOf(world).some((line) => line.includes(written));
}

Deno.test("rabbitmq makes an external metric of a queue's length, over its management API", () => {
  const { world, name } = withRabbit({
    host: HTTP,
    queueName: "jobs",
    mode: "QueueLength",
    value: "2",
  });
  assert.equal(name, "s0-rabbitmq-jobs");
  assert.deepEqual(hpaOf(world)!.spec.metrics[0].external.target, {
    type: "AverageValue",
    averageValue: "2",
  });
  assert.equal(valueOf(world, name), "5");
});

Deno.test("queues are put together by a regular expression, and a rate is one of messages a second", () => {
  const all = { host: HTTP, queueName: "^(jobs|mails)$", useRegex: "true", value: "1" };
  const valueBy = (operation: string) => {
    const { world, name } = withRabbit({ ...all, mode: "QueueLength", operation });
    return valueOf(world, name);
  };
  assert.deepEqual(["sum", "max", "avg"].map(valueBy), ["8", "5", "4"]);
  const { world, name, put } = withRabbit({
    host: HTTP,
    queueName: "jobs",
    mode: "MessageRate",
    value: "1",
  });
  assert.equal(valueOf(world, name), "0");
  put("jobs", 30);
  world.clock.advance(5_000);
  assert.equal(valueOf(world, name), "6");
});

Deno.test("a queue over AMQP is counted, and told when it is not there", () => {
  const { world, name } = withRabbit({ host: AMQP, queueName: "none" });
  assert.equal(name, "s0-rabbitmq-none");
  // Nothing is said of the mode: queueLength of twenty.
  assert.equal(hpaOf(world)!.spec.metrics[0].external.target.averageValue, "20");
  assert.match(valueOf(world, name), /metric:s0-rabbitmq-none encountered error$/);
  const said =
    `error inspecting RabbitMQ: Exception (404) Reason: "NOT_FOUND - no queue 'none' in vhost '/'"`;
  assert.ok(logged(world, said));
  assert.equal(
    ready(withRabbit({ host: AMQP.replace("guest@", "x@"), queueName: "none" }).world),
    `${CHECK}error establishing connection to RabbitMQ: Exception (403) Reason: ` +
      '"username or password not allowed"',
  );
  assert.throws(
    () => world.network.request({ ip: "1" }, { url: "http://rabbit:5672/" }),
    /EOF/,
  );
  const call = { vhost: "other", username: "guest", password: "guest" };
  assert.match(
    world.network.request({ ip: "1" }, amqpWire.request("rabbit:5672", call)).body,
    /no access to this vhost/,
  );
});

Deno.test("what the management API refuses is told without the password", () => {
  const { world } = withRabbit({ host: HTTP.replace("guest@", "secret@"), queueName: "jobs" });
  const said =
    "error inspecting RabbitMQ: error requesting RabbitMQ API status: 401 Unauthorized, " +
    'response: {"error":"not_authorized","reason":"Login failed"}, from: ' +
    "http://user:password@rabbit:15672/api/queues/%2F/jobs";
  assert.ok(logged(world, said));
});

Deno.test("what is no answer of the management API is told as Go's decoder tells it", async (t) => {
  const misfit = "json: cannot unmarshal";
  const rows: [string, Record<string, string>, string][] = [
    ["OK!", {}, "invalid character 'O' looking for beginning of value"],
    ["", {}, "EOF"],
    ["{", {}, "unexpected EOF"],
    ["[]", {}, `${misfit} array into Go value of type scalers.queueInfo`],
    [
      '{"messages":"x"}',
      {},
      `${misfit} string into Go struct field queueInfo.messages of type int`,
    ],
    [
      '{"messages":1.5}',
      {},
      `${misfit} number 1.5 into Go struct field queueInfo.messages of type int`,
    ],
    ["null", {}, ""],
    ["null", { useRegex: "true" }, ""],
    ['{"items":null}', { useRegex: "true" }, ""],
    ['{"items":[null,{"message_stats":null}]}', { useRegex: "true" }, ""],
  ];
  for (const [body, more, said] of rows) {
    await t.step(`${body} ${JSON.stringify(more)}`, () => {
      const metadata = { host: HTTP, queueName: "jobs", ...more };
      const world = started({ minReplicaCount: 0, triggers: [{ type: "rabbitmq", metadata }] });
      world.network.listen("rabbit", 15672, () => ({ status: 200, headers: {}, body }));
      world.clock.advance(31_000);
      const [name] = statusOf(world).externalMetricNames ?? [];
      if (said === "") assert.equal(valueOf(world, name), "0");
      else {
        assert.match(valueOf(world, name), /encountered error$/);
        assert.ok(logged(world, `error inspecting RabbitMQ: ${said}`));
      }
    });
  }
});

Deno.test("a host that is no URL, or a password in another script, is told of and ends nothing", () => {
  const bad = { host: "http://%zz", queueName: "jobs" };
  const parse = 'parse "http://%zz": invalid URL escape "%zz"';
  const http = withRabbit({ ...bad, protocol: "http" });
  assert.match(valueOf(http.world, http.name), /encountered error$/);
  assert.ok(logged(http.world, `error inspecting RabbitMQ: ${parse}`));
  assert.equal(
    ready(withRabbit({ ...bad, protocol: "amqp" }).world),
    `${CHECK}error establishing connection to RabbitMQ: ${parse}`,
  );
  assert.match(
    ready(withRabbit({ ...bad, host: HTTP, protocol: "amqp" }).world),
    /AMQP scheme must be either 'amqp:\/\/' or 'amqps:\/\/'$/,
  );
  const { world } = withRabbit({
    host: HTTP.replace("guest@", "%EB%B9%84%EB%B0%80@"),
    queueName: "jobs",
  });
  assert.ok(logged(world, "error requesting RabbitMQ API status: 401 Unauthorized"));
});

Deno.test("a rabbitmq trigger's metadata is checked in upstream's words", async (t) => {
  const base = { queueName: "jobs", host: HTTP };
  const rows: [string, Record<string, string>, string][] = [
    [
      "no host",
      { queueName: "jobs" },
      'missing required parameter "host" in [triggerMetadata authParams resolvedEnv]',
    ],
    ["another scheme", { ...base, host: "redis://x" }, "unknown host URL scheme: `redis`"],
    [
      "another protocol",
      { ...base, protocol: "mqtt" },
      "the protocol has to be either `amqp`, `http`, or `auto` but is `mqtt`",
    ],
    ["a mode alone", { ...base, mode: "QueueLength" }, "value must be specified"],
    ["a value alone", { ...base, value: "5" }, "mode must be specified"],
    [
      "a mode and a length",
      { ...base, queueLength: "5", mode: "QueueLength" },
      "queueLength is deprecated; use mode and value",
    ],
    [
      "another mode",
      { ...base, mode: "Length", value: "5" },
      "trigger mode Length must be one of QueueLength, MessageRate, DeliverGetRate, " +
      "PublishedToDeliveredRatio or ExpectedQueueConsumptionTime",
    ],
    [
      "a rate over AMQP",
      { queueName: "jobs", host: AMQP, mode: "MessageRate", value: "5" },
      "protocol amqp not supported; must be HTTP to use trigger mode MessageRate",
    ],
    [
      "an expression over AMQP",
      { queueName: "jobs", host: AMQP, useRegex: "true" },
      "configure useRegex=true only with HTTP protocol",
    ],
    ["no page", { ...base, pageSize: "0" }, "pageSize should be 1 or greater"],
  ];
  for (const [name, metadata, said] of rows) {
    await t.step(name, () => {
      const { world } = withRabbit(metadata);
      const prefix = "error parsing RabbitMQ metadata: error parsing RabbitMQ metadata: ";
      assert.equal(ready(world), CHECK + prefix + said);
    });
  }
});
