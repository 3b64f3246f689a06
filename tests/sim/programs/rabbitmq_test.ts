import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/base/mod.ts";
import { basicAuth, utf8Bytes } from "../../../lib/go/mod.ts";
import { NetworkError } from "../../../lib/sim/seams.ts";
import { amqpWire } from "../../../lib/sim/wires.ts";
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
  publish("jobs", "안녕");
  const [{ payload_bytes: bytes }] = ask("POST", "/api/queues/%2F/jobs/get", { count: 1 }).body;
  assert.equal(bytes, 6);
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
  assert.equal(ask("GET", "/api/queues/%FF").status, 404);
  assert.equal(ask("PUT", "/api/queues//jobs", {}).status, 404);
  const publish = "/api/exchanges/%2F/amq.default/publish";
  for (const body of ["null", "[]", "1"]) {
    assert.deepEqual(ask("POST", publish, body), {
      status: 400,
      body: { error: "bad_request", reason: "not_json" },
    });
  }
  const packed = { routing_key: "jobs", payload: "%", payload_encoding: "base64" };
  assert.equal(ask("POST", publish, packed).body.reason, "not_base64: %");
  ask("PUT", "/api/queues/%2F/jobs", {});
  ask("POST", publish, { ...packed, payload: "7JWI64WV" });
  assert.equal(ask("POST", "/api/queues/%2F/jobs/get", {}).body[0].payload, "안녕");
});

Deno.test("RabbitMQ keeps count of what its queues hold, and takes 1 MiB", () => {
  const of = broker();
  const ask = api(of);
  const { queues } = of;
  const counted = () => {
    assert.equal(queues.bytes, new Queues(structuredClone(queues.hosts)).bytes);
    return queues.bytes;
  };
  for (const name of ["jobs", "mails"]) queues.declare("/", name);
  const empty = counted();
  for (const text of ["a", "bc", "안녕"]) queues.publish("/", "jobs", text);
  assert.ok(counted() > empty);
  queues.take(queues.find("/", "jobs")!, 2);
  counted();
  ask("DELETE", "/api/queues/%2F/jobs/contents");
  assert.equal(counted(), empty);
  queues.publish("/", "jobs", "x");
  ask("DELETE", "/api/queues/%2F/jobs");
  ask("DELETE", "/api/queues/%2F/mails");
  assert.equal(counted(), 0);
  const names = Array.from({ length: 20 }, (_, i) => String(i).repeat(60_000));
  const statuses = names.map((name) => ask("PUT", `/api/queues/%2F/${name}`, {}).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [201, 503]);
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

Deno.test("RabbitMQ with a page lets in who knows its password, and keeps its queues when it is taken up again", () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 24, 3, 0, 0));
  const env = { RABBITMQ_DEFAULT_USER: "user", RABBITMQ_DEFAULT_PASS: "비밀" };
  const start = (resumed?: unknown) => {
    const network = new FakeNetwork();
    const container = new FakeContainer(clock, network, new FakeApi(() => clock.now()), {
      ip: "rabbit",
      image: "rabbitmq:4.0-management",
      env,
    }).start(rabbitmq, resumed);
    const ask = (method: string, path: string, password = "비밀") =>
      network.request({ ip: "1" }, {
        method,
        url: `http://rabbit:15672${path}`,
        headers: { authorization: basicAuth("user", password) },
      });
    return { container, network, ask };
  };
  const first = start();
  assert.match(first.container.lines.join("\n"), /HTTP \(non-TLS\) listener started on port 15672/);
  assert.equal(JSON.parse(first.ask("GET", "/api/overview").body).rabbitmq_version, "4.0");
  assert.equal(first.ask("GET", "/api/overview", "guest").status, 401);
  assert.equal(first.ask("PUT", "/api/queues/%2F/jobs").status, 201);
  const kept = JSON.parse(JSON.stringify(first.container.running!.snapshot!()));
  const second = start(kept);
  assert.deepEqual(second.container.lines, []);
  assert.equal(second.ask("GET", "/api/queues/%2F/jobs").status, 200);
  // Anyone may send the mark; what follows it must be a call.
  const call = { vhost: "/", username: "user", password: "비밀", queue: "jobs" };
  const marked = amqpWire.request("rabbit:5672", call);
  const reply = amqpWire.readReply(second.network.request({ ip: "1" }, marked));
  assert.deepEqual(reply, { messages: 0 });
  for (const body of ["x", "{}", "null"]) {
    assert.throws(() => second.network.request({ ip: "1" }, { ...marked, body }), /EOF/, body);
  }
});

Deno.test("rabbitmqadmin fills and drains a queue, and rabbitmqctl tells of it", () => {
  const of = broker();
  const shell = new ShellContainer({
    userland: () => ({ base: "debian", clients: ["rabbitmqctl", "rabbitmqadmin"] }),
  }, {
    answer: (request) => {
      const url = new URL(request.url);
      if (url.hostname === "web") return { status: 200, headers: {}, body: "OK!" };
      if (url.hostname === "gone") {
        throw new NetworkError("dial tcp: lookup gone on 10.96.0.10:53: no such host");
      }
      const known = { authorization: `Basic ${btoa("guest:guest")}` };
      const headers = url.port === "25672" ? known : request.headers ?? {};
      return manage(of, { ...request, headers, path: url.pathname, query: url.searchParams });
    },
  });
  const said = shell.run(utf8Bytes(`
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
rabbitmqctl -q list_queues -p nope; echo $?
rabbitmqctl list_queues --all; echo $?
rabbitmqadmin --all list queues; echo $?
rabbitmqadmin -H web -P 80 list queues; echo $?
rabbitmqadmin -H web -P 80 publish routing_key=jobs; echo $?
rabbitmqadmin -H gone list queues; echo $?
rabbitmqadmin -u 손님 list queues
`));
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
Virtual host 'nope' does not exist
65
Error (argument validation): Invalid options for this command:
--all : 
Arguments given:
	list_queues --all
64
rabbitmqadmin: error: no such option: --all
2
*** what answers is no management API of RabbitMQ
1
*** what answers is no management API of RabbitMQ
1
*** Could not connect: [Errno -2] Name or service not known
1
*** Access refused
`,
  );
});
