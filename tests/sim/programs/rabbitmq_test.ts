import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { manage } from "../../../lib/sim/programs/rabbitmq/management.ts";
import { rabbitmq } from "../../../lib/sim/programs/rabbitmq/mod.ts";
import { Queues } from "../../../lib/sim/programs/rabbitmq/queues.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../fakes/mod.ts";
import { ShellContainer } from "../userland/_container.ts";

function broker() {
  return {
    queues: new Queues({ "/": {} }),
    node: "rabbit@pod-1",
    version: "4.1.4",
    username: "guest",
    password: "guest",
  };
}

/** The management API, asked by whoever knows the password. */
function api(of = broker()) {
  return (method: string, path: string, body?: unknown, user = "guest:guest") => {
    const url = new URL(`http://rabbit${path}`);
    const response = manage(of, {
      method,
      url: String(url),
      path: url.pathname,
      query: url.searchParams,
      headers: { authorization: `Basic ${btoa(user)}` },
      body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: response.body && JSON.parse(response.body) };
  };
}

Deno.test("RabbitMQ's queues are declared, filled, looked at and emptied over its API", () => {
  const ask = api();
  assert.equal(ask("PUT", "/api/queues/%2F/jobs", {}).status, 201);
  assert.equal(ask("PUT", "/api/queues/%2F/jobs", {}).status, 204);
  const publish = (key: string, payload: string) =>
    ask("POST", "/api/exchanges/%2F/amq.default/publish", {
      routing_key: key,
      payload,
      payload_encoding: "string",
      properties: {},
    }).body;
  assert.deepEqual(["a", "b", "c"].map((text) => publish("jobs", text).routed), [true, true, true]);
  assert.deepEqual(publish("nobody", "x"), { routed: false });
  assert.equal(ask("GET", "/api/queues/%2F/jobs").body.messages_ready, 3);
  assert.equal(ask("GET", "/api/overview").body.queue_totals.messages, 3);
  const get = (ackmode: string) =>
    ask("POST", "/api/queues/%2F/jobs/get", { count: 2, ackmode, encoding: "auto" }).body
      .map(({ payload }: { payload: string }) => payload);
  assert.deepEqual(get("ack_requeue_true"), ["a", "b"]);
  assert.deepEqual(get("ack_requeue_false"), ["a", "b"]);
  assert.deepEqual(get("ack_requeue_false"), ["c"]);
  assert.equal(ask("DELETE", "/api/queues/%2F/jobs/contents").status, 204);
  assert.equal(ask("DELETE", "/api/queues/%2F/jobs").status, 204);
  assert.deepEqual(ask("GET", "/api/queues/%2F/jobs"), {
    status: 404,
    body: { error: "Object Not Found", reason: "Not Found" },
  });
});

Deno.test("RabbitMQ's API refuses in its own words", () => {
  const ask = api();
  assert.deepEqual(ask("GET", "/api/queues", undefined, "guest:x"), {
    status: 401,
    body: { error: "not_authorized", reason: "Login failed" },
  });
  assert.equal(ask("GET", "/api/queues/other").status, 404);
  assert.equal(ask("POST", "/api/exchanges/%2F/amq.default/publish", "{").body.reason, "not_json");
  assert.equal(ask("GET", "/api/queues/%2F?page=1&use_regex=true&name=(").status, 400);
});

Deno.test("RabbitMQ has its management API in images that say so, and says what it listens on", () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24, 3, 0, 0));
  const network = new FakeNetwork();
  const container = new FakeContainer(clock, network, new FakeApi(() => clock.now()), {
    ip: "rabbit",
  }).start(rabbitmq);
  assert.deepEqual([...network.servers.keys()], ["rabbit:5672", "rabbit:25672"]);
  assert.match(container.lines[1], /^2026-11-24 03:00:00\.000000\+00:00 \[info\] .* \[::\]:5672$/);
  const { images, userland } = rabbitmq;
  assert.deepEqual(images, ["rabbitmq"]);
  assert.deepEqual(userland!("4-management").clients, ["rabbitmqctl", "rabbitmqadmin"]);
});

Deno.test("rabbitmqadmin fills and drains a queue, and rabbitmqctl tells of it", () => {
  const of = broker();
  const shell = new ShellContainer({
    userland: () => ({ base: "debian", clients: ["rabbitmqctl", "rabbitmqadmin"] }),
  }, {
    answer: (request) => {
      const url = new URL(request.url);
      const known = { authorization: `Basic ${btoa("guest:guest")}` };
      const headers = url.port === "25672" ? known : request.headers ?? {};
      return manage(of, { ...request, headers, path: url.pathname, query: url.searchParams });
    },
  });
  const said = shell.run(`
rabbitmqadmin declare queue name=jobs
for i in 1 2 3; do rabbitmqadmin publish routing_key=jobs payload="job $i"; done
rabbitmqadmin publish routing_key=none payload=x
rabbitmqctl list_queues
rabbitmqctl -q list_queues name messages_ready
rabbitmqadmin list queues
rabbitmqadmin get queue=jobs ackmode=ack_requeue_false
rabbitmqctl purge_queue jobs
rabbitmqadmin get queue=jobs
rabbitmqctl delete_queue jobs
rabbitmqctl delete_queue jobs
rabbitmqadmin -p x list queues
rabbitmqadmin get
`);
  assert.equal(
    said,
    `queue declared
Message published
Message published
Message published
Message published but NOT routed
Timeout: 60.0 seconds ...
Listing queues for vhost / ...
name	messages
jobs	3
name	messages_ready
jobs	3
+------+----------+
| name | messages |
+------+----------+
| jobs | 3        |
+------+----------+
+-------------+----------+---------------+---------+-------------+
| routing_key | exchange | message_count | payload | redelivered |
+-------------+----------+---------------+---------+-------------+
| jobs        |          | 2             | job 1   | False       |
+-------------+----------+---------------+---------+-------------+
Purging queue 'jobs' in vhost '/' ...
No items
Deleting queue 'jobs' on vhost '/' ...
Queue was successfully deleted with 0 ready messages
Deleting queue 'jobs' on vhost '/' ...
Error:
Queue not_found
*** Access refused
*** mandatory argument "queue" required
`,
  );
});
