import { readLine, type Task } from "../channels.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { NetworkError } from "../../seams.ts";
import { readRedisReply, type RedisReply, redisRequest } from "../../redis_wire.ts";
import { toBytes } from "../../../go/mod.ts";
import { readOptions } from "./options.ts";

/** How often a client that waits for an item looks again. */
const LOOK_EVERY_MS = 100;

interface Connection {
  host: string;
  port: string;
  db: number;
  username: string | undefined;
  password: string | undefined;
}

/**
 * `redis-cli`: one command, a line each from standard input, or a prompt. Source: redis/redis src/redis-cli.c.
 */
export const redisCli: Tool = function* (call) {
  const options = readOptions(call.args, "h:p:n:a:r:i:ex", {
    stopAtFirst: true,
    long: { "raw": "", "no-raw": "", "no-auth-warning": "", "pass=": "a", "user=": "" },
  });
  if (options.unknown) {
    call.err(`Unrecognized option or bad number of args for: '${options.unknown}'\n`);
    return 1;
  }
  const connection: Connection = {
    host: options.value("h") ?? "127.0.0.1",
    port: options.value("p") ?? "6379",
    db: Number(options.value("n") ?? 0),
    username: options.value("user="),
    password: options.value("a") ?? call.env.REDISCLI_AUTH,
  };
  if (options.has("a") && !options.has("no-auth-warning")) {
    call.err(
      "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n",
    );
  }
  const isRaw = options.has("raw") || (!options.has("no-raw") && !call.stdout.isTty);
  if (options.rest.length === 0) return yield* session(call, connection, isRaw);
  let status = 0;
  const times = Math.max(1, Number(options.value("r") ?? 1) || 1);
  for (let i = 0; i < times; i++) {
    if (i > 0) yield call.machine.sleep((Number(options.value("i") ?? 0) || 0) * 1000);
    status = yield* command(call, connection, { words: options.rest, isRaw });
  }
  return status;
};

/** Lines of standard input, one command each. */
function* session(call: ToolCall, connection: Connection, isRaw: boolean): Task<number> {
  const isTty = call.stdin.isTty === true;
  for (;;) {
    const db = connection.db > 0 ? `[${connection.db}]` : "";
    if (isTty) call.out(`${connection.host}:${connection.port}${db}> `);
    const line = yield* readLine(call.stdin, call.held);
    if (line === undefined) return 0;
    const words = wordsOf(line);
    if (words === undefined) {
      call.out("Invalid argument(s)\n");
      continue;
    }
    if (words.length === 0) continue;
    const name = words[0].toLowerCase();
    if (name === "quit" || name === "exit") return 0;
    if (name === "auth") {
      [connection.password, connection.username] = [words.at(-1), words[2] && words[1]];
    }
    if (name === "select" && /^\d+$/.test(words[1] ?? "")) connection.db = Number(words[1]);
    const asked = name === "auth" ? ["ping"] : words;
    const shown = name === "auth" ? { ok: "OK" } : {};
    yield* command(call, connection, { words: asked, isRaw, ...shown });
  }
}

function* command(
  call: ToolCall,
  { host, port, db, username, password }: Connection,
  { words, isRaw, ok }: { words: readonly string[]; isRaw: boolean; ok?: string },
): Task<number> {
  const untilMs = waitOf(words, call.machine.now());
  for (;;) {
    let reply: RedisReply | undefined;
    try {
      const request = redisRequest(`${host}:${port}`, { words, db, username, password });
      reply = readRedisReply(call.machine.host.net.request(request));
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const why = /no such host/.test(error.message)
        ? "Name or service not known"
        : /i\/o timeout/.test(error.message)
        ? "Connection timed out"
        : "Connection refused";
      call.err(`Could not connect to Redis at ${host}:${port}: ${why}\n`);
      return 1;
    }
    if (!reply) {
      call.err('Error: Protocol error, got "H" as reply type byte\n');
      return 1;
    }
    if ("bulk" in reply && reply.bulk === null && call.machine.now() < untilMs) {
      yield call.machine.sleep(LOOK_EVERY_MS);
      continue;
    }
    const isError = "error" in reply;
    const told = ok !== undefined && !isError ? { status: ok } : reply;
    call.out(toBytes(`${isRaw ? raw(told) : formatted(told, "")}\n`));
    return isError && isRaw ? 1 : 0;
  }
}

/** Until when a command waits for an item: `BLPOP key 0` for ever. */
function waitOf(words: readonly string[], nowMs: number): number {
  if (!/^b[lr]pop$/i.test(words[0])) return nowMs;
  const seconds = Number(words.at(-1));
  return seconds === 0 ? Infinity : nowMs + (seconds || 0) * 1000;
}

function raw(reply: RedisReply): string {
  if ("status" in reply) return reply.status;
  if ("error" in reply) return `${reply.error}\n`;
  if ("integer" in reply) return String(reply.integer);
  if ("bulk" in reply) return reply.bulk ?? "";
  return reply.array.map(raw).join("\n");
}

/** As a person at a terminal sees it. */
function formatted(reply: RedisReply, indent: string): string {
  if ("status" in reply) return reply.status;
  if ("error" in reply) return `(error) ${reply.error}`;
  if ("integer" in reply) return `(integer) ${reply.integer}`;
  if ("bulk" in reply) return reply.bulk === null ? "(nil)" : JSON.stringify(reply.bulk);
  if (reply.array.length === 0) return "(empty array)";
  const width = String(reply.array.length).length;
  return reply.array.map((item, i) => {
    const number = `${String(i + 1).padStart(width)}) `;
    return `${i === 0 ? "" : indent}${number}${
      formatted(item, indent + " ".repeat(number.length))
    }`;
  }).join("\n");
}

/** The words of a line, with quotes; undefined where one is not closed. Source: redis/redis src/sds.c (sdssplitargs). */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== "") {
    const match = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']\S*))(?=\s|$)\s*/.exec(rest);
    if (!match) return undefined;
    const [whole, double, single, plain] = match;
    words.push(plain ?? (double ?? single).replace(/\\(.)/g, "$1"));
    rest = rest.slice(whole.length);
  }
  return words;
}
