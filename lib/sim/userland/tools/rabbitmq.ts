import { toBytes, toText } from "../../../go/mod.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { type HttpResponse, NetworkError } from "../../seams.ts";
import { readOptions } from "./options.ts";

/** One request to the broker; undefined, and a complaint, where there is none. */
type Ask = (method: string, path: string, body?: unknown) => HttpResponse | undefined;

const NODE = "http://127.0.0.1:25672";

/**
 * `rabbitmqctl`, which reaches the broker of its own container. Source: rabbitmq-server deps/rabbitmq_cli.
 * Differs: it knows list_queues, purge_queue and delete_queue.
 */
export const rabbitmqctl: Tool = (call) => {
  const options = readOptions(call.args, "qsp:n:t:", {
    long: { "quiet": "q", "silent": "s", "vhost=": "p", "no-table-headers": "" },
  });
  const [command, ...words] = options.rest;
  const vhost = options.value("p") ?? "/";
  const isQuiet = options.has("q", "s");
  const say = (text: string) => isQuiet || call.out(`${text}\n`);
  const host = encodeURIComponent(vhost);
  const ask: Ask = (method, path) => {
    try {
      return call.machine.host.net.request({ method, url: `${NODE}${path}` });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      call.err(
        `Error: unable to perform an operation on node 'rabbit@${call.machine.host.pod.name}'. ` +
          "Please see diagnostics information and suggestions below.\n",
      );
      return undefined;
    }
  };
  if (command === "list_queues") {
    say("Timeout: 60.0 seconds ...");
    say(`Listing queues for vhost ${vhost} ...`);
    const found = ask("GET", `/api/queues/${host}`);
    if (!found) return 69;
    const columns = words.length > 0 ? words : ["name", "messages"];
    if (!options.has("s", "no-table-headers")) call.out(`${columns.join("\t")}\n`);
    for (const queue of queuesIn(found)) {
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
  const path = `/api/queues/${host}/${encodeURIComponent(toText(name))}`;
  const before = ask("GET", path);
  if (!before) return 69;
  if (before.status === 404) {
    call.err(`Error:\n${isPurge ? "" : "Queue "}not_found\n`);
    return 69;
  }
  ask("DELETE", isPurge ? `${path}/contents` : path);
  const { messages } = JSON.parse(before.body);
  if (!isPurge) say(`Queue was successfully deleted with ${messages} ready messages`);
  return 0;
};

/**
 * `rabbitmqadmin`, which speaks with the management API of any broker.
 * Source: rabbitmq-server deps/rabbitmq_management/bin/rabbitmqadmin.
 * Differs: it knows `list`, `declare`, `purge` and `delete` of queues, `publish` and `get`.
 */
export const rabbitmqadmin: Tool = (call) => {
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
  const [verb = "", ...words] = options.rest;
  const [host, port] = [options.value("H") ?? "localhost", options.value("P") ?? "15672"];
  const vhost = encodeURIComponent(options.value("V") ?? "/");
  const user = `${options.value("u") ?? "guest"}:${options.value("p") ?? "guest"}`;
  const ask: Ask = (method, path, body) => {
    try {
      const response = call.machine.host.net.request({
        method,
        url: `http://${host}:${port}${path}`,
        headers: { authorization: `Basic ${btoa(user)}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.status < 400) return response;
      const reason = {
        401: "Access refused",
        404: `Not found: ${path}`,
      }[response.status] ?? `Received ${response.status} for path ${path}\n${response.body}`;
      call.err(`*** ${reason}\n`);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      call.err("*** Could not connect: [Errno 111] Connection refused\n");
    }
    return undefined;
  };
  return administer(call, { verb, words, vhost, ask });
};

function administer(
  call: ToolCall,
  { verb, words, vhost, ask }: { verb: string; words: readonly string[]; vhost: string; ask: Ask },
): number {
  const given = Object.fromEntries(
    words.filter((word) => word.includes("=")).map((word) => {
      const at = word.indexOf("=");
      return [word.slice(0, at), toText(word.slice(at + 1))];
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
  switch (`${verb} ${what}`.trim()) {
    case "list queues": {
      const found = ask("GET", `/api/queues/${vhost}`);
      if (!found) return 1;
      const columns = words.length > 1 ? words.slice(1) : ["name", "messages"];
      const rows = queuesIn(found).map((one) => columns.map((name) => String(one[name] ?? "")));
      call.out(toBytes(table(columns, rows)));
      return 0;
    }
    case "declare queue":
      return need("name") ? done(ask("PUT", queue, {}), "queue declared") : 1;
    case "purge queue":
      return need("name") ? done(ask("DELETE", `${queue}/contents`), "queue purged") : 1;
    case "delete queue":
      return need("name") ? done(ask("DELETE", queue), "queue deleted") : 1;
    case "publish": {
      if (!need("routing_key")) return 1;
      const exchange = encodeURIComponent(given.exchange || "amq.default");
      const body = {
        routing_key: given.routing_key,
        payload: given.payload ?? "",
        payload_encoding: given.payload_encoding ?? "string",
        properties: {},
      };
      const answer = ask("POST", `/api/exchanges/${vhost}/${exchange}/publish`, body);
      const isRouted = answer && JSON.parse(answer.body).routed === true;
      return done(answer, `Message published${isRouted ? "" : " but NOT routed"}`);
    }
    case "get": {
      if (!need("queue")) return 1;
      const { count = "1", ackmode = "ack_requeue_true" } = given;
      const found = ask("POST", `${queue}/get`, {
        count: Number(count),
        ackmode,
        encoding: "auto",
      });
      if (!found) return 1;
      const columns = ["routing_key", "exchange", "message_count", "payload", "redelivered"];
      const rows = queuesIn(found).map((one) =>
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

function queuesIn({ body }: HttpResponse): Record<string, unknown>[] {
  return JSON.parse(body);
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
