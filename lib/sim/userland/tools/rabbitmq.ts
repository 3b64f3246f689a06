import { basicAuth, isMap, JsonError, parseJson, toBytes, toText } from "../../../go/mod.ts";
import type { Task } from "../channels.ts";
import type { Tool, ToolCall } from "../tool.ts";
import type { HttpResponse } from "../../seams.ts";
import { exchange, socketError } from "./http.ts";
import { readOptions } from "./options.ts";

/** One request to the broker; undefined, and a complaint, where there is none. */
type Ask = (method: string, path: string, body?: unknown) => Task<HttpResponse | undefined>;

const NODE = "http://127.0.0.1:25672";

/**
 * `rabbitmqctl`, which reaches the broker of its own container. Source: rabbitmq-server deps/rabbitmq_cli.
 * Differs: it knows list_queues, purge_queue and delete_queue.
 */
export const rabbitmqctl: Tool = function* (call) {
  const options = readOptions(call.args, "qsp:n:t:", {
    long: { "quiet": "q", "silent": "s", "vhost=": "p", "no-table-headers": "" },
  });
  const [command, ...words] = options.rest.map(toText);
  if (options.unknown) {
    call.err(
      `Error (argument validation): Invalid options for this command:\n${options.unknown} : \n` +
        `Arguments given:\n\t${call.args.join(" ")}\n`,
    );
    return 64;
  }
  const vhost = toText(options.value("p") ?? "/");
  const isQuiet = options.has("q", "s");
  const say = (text: string) => isQuiet || call.out(toBytes(`${text}\n`));
  const host = encodeURIComponent(vhost);
  const ask: Ask = function* (method, path) {
    const outcome = yield* exchange(call, { method, url: `${NODE}${path}` });
    if ("response" in outcome) return outcome.response;
    call.err(
      `Error: unable to perform an operation on node 'rabbit@${call.machine.host.pod.name}'. ` +
        "Please see diagnostics information and suggestions below.\n",
    );
    return undefined;
  };
  if (command === "list_queues") {
    say("Timeout: 60.0 seconds ...");
    say(`Listing queues for vhost ${vhost} ...`);
    const found = yield* ask("GET", `/api/queues/${host}`);
    if (!found) return 69;
    if (found.status === 404) {
      call.err(toBytes(`Virtual host '${vhost}' does not exist\n`));
      return 65;
    }
    const columns = words.length > 0 ? words : ["name", "messages"];
    if (!options.has("s", "no-table-headers")) call.out(toBytes(`${columns.join("\t")}\n`));
    for (const queue of rowsIn(found) ?? []) {
      call.out(toBytes(`${columns.map((column) => String(queue[column] ?? "")).join("\t")}\n`));
    }
    return 0;
  }
  if (command !== "purge_queue" && command !== "delete_queue") {
    call.err("only list_queues, purge_queue and delete_queue of rabbitmqctl are simulated\n");
    return 64;
  }
  const [name] = words;
  if (name === undefined) {
    call.err(
      `Error (argument validation): not enough arguments.\nUsage\n\nrabbitmqctl ${command} <queue>\n`,
    );
    return 64;
  }
  const isPurge = command === "purge_queue";
  say(
    isPurge
      ? `Purging queue '${name}' in vhost '${vhost}' ...`
      : `Deleting queue '${name}' on vhost '${vhost}' ...`,
  );
  const path = `/api/queues/${host}/${encodeURIComponent(name)}`;
  const before = yield* ask("GET", path);
  if (!before) return 69;
  if (before.status === 404) {
    call.err(`Error:\n${isPurge ? "" : "Queue "}not_found\n`);
    return 69;
  }
  yield* ask("DELETE", isPurge ? `${path}/contents` : path);
  const messages = mapIn(before)?.messages;
  if (!isPurge) say(`Queue was successfully deleted with ${messages} ready messages`);
  return 0;
};

/**
 * `rabbitmqadmin`, which speaks with the management API of any broker.
 * Source: rabbitmq-server deps/rabbitmq_management/bin/rabbitmqadmin.
 * Differs: it knows `list`, `declare`, `purge` and `delete` of queues, `publish` and `get`.
 */
export const rabbitmqadmin: Tool = function* (call) {
  const options = readOptions(call.args, "H:P:u:p:V:q", {
    long: {
      "host=": "H",
      "port=": "P",
      "username=": "u",
      "password=": "p",
      "vhost=": "V",
      "quiet": "q",
    },
  });
  if (options.unknown) {
    call.err(`rabbitmqadmin: error: no such option: ${options.unknown}\n`);
    return 2;
  }
  const [verb = "", ...words] = options.rest.map(toText);
  const [host, port] = [options.value("H") ?? "localhost", options.value("P") ?? "15672"];
  const vhost = encodeURIComponent(toText(options.value("V") ?? "/"));
  const [user, password] = ["u", "p"].map((name) => toText(options.value(name) ?? "guest"));
  const ask: Ask = function* (method, path, body) {
    const outcome = yield* exchange(call, {
      method,
      url: `http://${host}:${port}${path}`,
      headers: { authorization: basicAuth(user, password) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if ("failure" in outcome) {
      const { errno, text } = socketError(outcome.failure.kind);
      call.err(`*** Could not connect: [Errno ${errno}] ${text}\n`);
      return undefined;
    }
    const { response } = outcome;
    if (response.status < 400) return response;
    const reason = {
      401: "Access refused",
      404: `Not found: ${path}`,
    }[response.status] ?? `Received ${response.status} for path ${path}\n${response.body}`;
    call.err(toBytes(`*** ${reason}\n`));
    return undefined;
  };
  return yield* administer(call, { verb, words, vhost, ask });
};

function* administer(
  call: ToolCall,
  { verb, words, vhost, ask }: { verb: string; words: readonly string[]; vhost: string; ask: Ask },
): Task<number> {
  const given = Object.fromEntries(
    words.filter((word) => word.includes("=")).map((word) => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  );
  const what = words[0]?.includes("=") ? "" : words[0] ?? "";
  const queue = `/api/queues/${vhost}/${encodeURIComponent(given.name ?? given.queue ?? "")}`;
  const need = (...names: string[]) => {
    const missing = names.find((name) => given[name] === undefined);
    if (missing !== undefined) call.err(`*** mandatory argument "${missing}" required\n`);
    return missing === undefined;
  };
  const done = (answer: HttpResponse | undefined, text: string) => {
    if (answer) call.out(`${text}\n`);
    return answer ? 0 : 1;
  };
  const isNone = () => {
    call.err("*** what answers is no management API of RabbitMQ\n");
    return 1;
  };
  switch (`${verb} ${what}`.trim()) {
    case "list queues": {
      const found = yield* ask("GET", `/api/queues/${vhost}`);
      if (!found) return 1;
      const queues = rowsIn(found);
      if (!queues) return isNone();
      const columns = words.length > 1 ? words.slice(1) : ["name", "messages"];
      const rows = queues.map((one) => columns.map((name) => String(one[name] ?? "")));
      call.out(toBytes(table(columns, rows)));
      return 0;
    }
    case "declare queue":
      return need("name") ? done(yield* ask("PUT", queue, {}), "queue declared") : 1;
    case "purge queue":
      return need("name") ? done(yield* ask("DELETE", `${queue}/contents`), "queue purged") : 1;
    case "delete queue":
      return need("name") ? done(yield* ask("DELETE", queue), "queue deleted") : 1;
    case "publish": {
      if (!need("routing_key")) return 1;
      const exchange = encodeURIComponent(given.exchange || "amq.default");
      const body = {
        routing_key: given.routing_key,
        payload: given.payload ?? "",
        payload_encoding: given.payload_encoding ?? "string",
        properties: {},
      };
      const answer = yield* ask("POST", `/api/exchanges/${vhost}/${exchange}/publish`, body);
      if (!answer) return 1;
      const said = mapIn(answer);
      if (!said) return isNone();
      return done(answer, `Message published${said.routed === true ? "" : " but NOT routed"}`);
    }
    case "get": {
      if (!need("queue")) return 1;
      const { count = "1", ackmode = "ack_requeue_true" } = given;
      const found = yield* ask("POST", `${queue}/get`, {
        count: Number(count),
        ackmode,
        encoding: "auto",
      });
      if (!found) return 1;
      const messages = rowsIn(found);
      if (!messages) return isNone();
      const columns = ["routing_key", "exchange", "message_count", "payload", "redelivered"];
      const rows = messages.map((one) =>
        columns.map((name) => name === "redelivered" ? "False" : String(one[name]))
      );
      call.out(rows.length === 0 ? "No items\n" : toBytes(table(columns, rows)));
      return 0;
    }
  }
  call.err(
    "*** only list queues, declare, purge and delete queue, publish and get of rabbitmqadmin are simulated\n",
  );
  return 1;
}

/** The list of objects that an answer is; undefined when it is none. */
function rowsIn(answer: HttpResponse): Record<string, unknown>[] | undefined {
  const value = valueIn(answer);
  return Array.isArray(value) && value.every(isMap) ? value : undefined;
}

function mapIn(answer: HttpResponse): Record<string, unknown> | undefined {
  const value = valueIn(answer);
  return isMap(value) ? value : undefined;
}

function valueIn({ body }: HttpResponse): unknown {
  try {
    return parseJson(body);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return undefined;
  }
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => row[i].length))
  );
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+\n`;
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |\n`;
  return rule + line(columns) + rule + rows.map(line).join("") + (rows.length > 0 ? rule : "");
}
