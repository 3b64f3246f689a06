import {
  basicAuth,
  compileGoRegexp,
  type GoRegexp,
  isMap,
  JsonError,
  parseJson,
  RegexpSyntaxError,
  toText,
  unescapedPath,
  utf8Length,
} from "../../../go/mod.ts";
import type { HttpHandler, HttpResponse } from "../../seams.ts";
import { type Queues, type QueueState, rateOf } from "./queues.ts";

type Request = Parameters<HttpHandler>[0];

/** What the management API is about. */
export interface Broker {
  queues: Queues;
  node: string;
  version: string;
  username: string;
  password: string;
}

/** A body that cannot be used. */
class BadRequest extends Error {
  override name = "BadRequest";
}

/**
 * RabbitMQ's management API: overview, queues and messages.
 * Source: rabbitmq-server deps/rabbitmq_management priv/www/api/index.html, src/rabbit_mgmt_wm_*.erl.
 */
export function manage(broker: Broker, request: Request): HttpResponse {
  if (!request.path.startsWith("/api/")) {
    return {
      status: 404,
      headers: {},
      body: "the page of the management plugin is not simulated\n",
    };
  }
  if (!isKnown(broker, request.headers?.authorization)) {
    const headers = { "www-authenticate": 'Basic realm="RabbitMQ Management"' };
    return answer(401, { error: "not_authorized", reason: "Login failed" }, headers);
  }
  const [kind, vhost = "", ...rest] = request.path.slice("/api/".length).split("/")
    .map(unescapedPath);
  try {
    return found(broker, request, { kind, vhost, rest }) ??
      answer(404, { error: "Object Not Found", reason: "Not Found" });
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return answer(400, { error: "bad_request", reason: error.message });
  }
}

function isKnown({ username, password }: Broker, authorization = ""): boolean {
  return authorization === basicAuth(username, password);
}

interface Place {
  kind: string;
  vhost: string;
  rest: string[];
}

function found(
  broker: Broker,
  request: Request,
  { kind, vhost, rest: [name, verb] }: Place,
): HttpResponse | undefined {
  const { queues, node, version } = broker;
  const { method = "GET" } = request;
  if (kind === "overview" && vhost === "") {
    const all = Object.values(queues.hosts).flatMap((of) => Object.values(of));
    const messages = all.reduce((sum, queue) => sum + queue.messages.length, 0);
    const totals = { messages, messages_ready: messages, messages_unacknowledged: 0 };
    const counts = { queues: all.length };
    return answer(200, {
      rabbitmq_version: version,
      node,
      queue_totals: totals,
      object_totals: counts,
    });
  }
  if (kind === "exchanges" && name === "amq.default" && verb === "publish" && method === "POST") {
    return publish(broker, vhost, bodyOf(request));
  }
  if (kind !== "queues") return undefined;
  if (vhost !== "" && !Object.hasOwn(queues.hosts, vhost)) return undefined;
  if (name === undefined || name === "") {
    return method === "GET" ? list(broker, request, vhost) : undefined;
  }
  if (vhost === "") return undefined;
  if (method === "PUT" && verb === undefined) {
    const isNew = queues.declare(vhost, name);
    return isNew === "full" ? FULL : { status: isNew ? 201 : 204, headers: {}, body: "" };
  }
  const queue = queues.find(vhost, name);
  if (!queue) return undefined;
  const gone = { status: 204, headers: {}, body: "" };
  switch (`${method} ${verb ?? ""}`) {
    case "GET ":
      return answer(200, shown(broker, { vhost, name, queue }));
    case "DELETE ":
      queues.delete(vhost, name);
      return gone;
    case "DELETE contents":
      queues.purge(queue);
      return gone;
    case "POST get":
      return answer(200, get(queues, queue, { ...bodyOf(request), name }));
  }
  return undefined;
}

/** Errors: BadRequest for what is no object. */
function bodyOf({ body = "" }: Request): Record<string, unknown> {
  try {
    const value = parseJson(body || "{}");
    if (isMap(value)) return value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw new BadRequest("not_json");
}

/** Errors: BadRequest. */
function unpacked(base64: string): string {
  try {
    return toText(atob(base64));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new BadRequest(`not_base64: ${base64}`);
  }
}

function publish(
  { queues }: Broker,
  vhost: string,
  { routing_key: key, payload, payload_encoding: encoding = "string" }: Record<string, unknown>,
): HttpResponse {
  for (const [name, value] of Object.entries({ routing_key: key, payload })) {
    if (typeof value !== "string") throw new BadRequest(`key_missing: ${name}`);
  }
  const text = encoding === "base64" ? unpacked(String(payload)) : String(payload);
  const routed = queues.publish(vhost, String(key), text);
  return routed === "full" ? FULL : answer(200, { routed });
}

/** Takes messages out, or puts them back as they were: `ackmode` says which. */
function get(
  queues: Queues,
  queue: QueueState,
  { name, count = 1, ackmode = "ack_requeue_true" }: Record<string, unknown>,
): unknown[] {
  const isKept = /requeue_true$/.test(String(ackmode));
  const wanted = Number(count);
  if (!Number.isInteger(wanted) || wanted < 0) throw new BadRequest("count must be a number");
  const before = queue.messages.length;
  const messages = isKept ? queue.messages.slice(0, wanted) : queues.take(queue, wanted);
  return messages.map((payload, i) => ({
    payload_bytes: utf8Length(payload),
    redelivered: false,
    exchange: "",
    routing_key: name,
    message_count: before - i - 1,
    properties: [],
    payload,
    payload_encoding: "string",
  }));
}

function list(broker: Broker, { query }: Request, vhost: string): HttpResponse {
  const { queues } = broker;
  const hosts = vhost === "" ? Object.keys(queues.hosts) : [vhost];
  const all = hosts.flatMap((host) =>
    queues.names(host).map((name) =>
      shown(broker, { vhost: host, name, queue: queues.find(host, name)! })
    )
  );
  if (!query.has("page")) return answer(200, all);
  const wanted = query.get("name") ?? "";
  const isLike = query.get("use_regex") === "true"
    ? matcher(wanted)
    : (name: string) => name.includes(wanted);
  const items = all.filter(({ name }) => isLike(name));
  const size = Math.max(1, Number(query.get("page_size") ?? 100) || 100);
  const page = Math.max(1, Number(query.get("page")) || 1);
  return answer(200, {
    filtered_count: items.length,
    item_count: Math.min(size, items.length),
    items: items.slice((page - 1) * size, page * size),
    page,
    page_count: Math.max(1, Math.ceil(items.length / size)),
    page_size: size,
    total_count: all.length,
  });
}

/** How a queue is told of. */
function shown(
  { node }: Broker,
  { vhost, name, queue }: { vhost: string; name: string; queue: QueueState },
) {
  return {
    name,
    vhost,
    type: "classic",
    durable: true,
    auto_delete: false,
    exclusive: false,
    arguments: {},
    node,
    state: "running",
    consumers: 0,
    messages: queue.messages.length,
    messages_ready: queue.messages.length,
    messages_unacknowledged: 0,
    message_stats: {
      publish: queue.published,
      publish_details: { rate: rateOf(queue, "published") },
      deliver_get: queue.delivered,
      deliver_get_details: { rate: rateOf(queue, "delivered") },
    },
  };
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

const FULL = answer(503, {
  error: "resource_alarm",
  reason: "this lab keeps 1 MiB of messages",
});

function matcher(pattern: string): (name: string) => boolean {
  let regexp: GoRegexp;
  try {
    regexp = compileGoRegexp(pattern);
  } catch (error) {
    if (!(error instanceof RegexpSyntaxError)) throw error;
    throw new BadRequest("invalid_regex");
  }
  return (name) => regexp.test(name);
}
