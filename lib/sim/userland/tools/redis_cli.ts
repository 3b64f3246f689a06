import { CHECKPOINT, readAll, readLine, type Task } from "../channels.ts";
import type { Tool, ToolCall } from "../tool.ts";
import { type RedisReply, redisWire } from "../../wires.ts";
import { CONTROL_LETTERS, toBytes, toText } from "../../../go/mod.ts";
import { exchange, socketError } from "./http.ts";
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

/** How replies are told. */
interface Style {
  isRaw: boolean;
  /** Whether an error ends it, and is told where errors are. */
  endsAtError: boolean;
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
  const asText = (value: string | undefined) => value === undefined ? undefined : toText(value);
  const connection: Connection = {
    host: options.value("h") ?? "127.0.0.1",
    port: options.value("p") ?? "6379",
    db: Math.trunc(Number(options.value("n"))) || 0,
    username: asText(options.value("user")),
    password: asText(options.value("a") ?? call.env.REDISCLI_AUTH),
  };
  if (options.has("a") && !options.has("no-auth-warning")) {
    call.err(
      "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n",
    );
  }
  const style: Style = {
    isRaw: options.has("raw") || (!options.has("no-raw") && !call.stdout.isTty),
    endsAtError: options.has("e"),
  };
  const words = options.rest.map(toText);
  if (options.has("x")) words.push(toText(yield* readAll(call.stdin, call.held)));
  if (words.length === 0) return yield* session(call, connection, style);
  const times = Math.trunc(Number(options.value("r") ?? 1)) || 0;
  const pauseMs = Math.max(0, Number(options.value("i")) || 0) * 1000;
  // Less than none is for ever.
  for (let i = 0; times < 0 || i < times; i++) {
    if (i > 0) yield pauseMs > 0 ? call.machine.sleep(pauseMs) : CHECKPOINT;
    const reply = yield* ask(call, connection, words);
    if (!reply) return 1;
    if (!tell(call, reply, style)) return 1;
  }
  return 0;
};

/** Lines of standard input, one command each. */
function* session(call: ToolCall, connection: Connection, style: Style): Task<number> {
  const isTty = call.stdin.isTty === true;
  for (;;) {
    const db = connection.db > 0 ? `[${connection.db}]` : "";
    if (isTty) call.out(`${connection.host}:${connection.port}${db}> `);
    const line = yield* readLine(call.stdin, call.held);
    if (line === undefined) return 0;
    const words = wordsOf(toText(line));
    if (words === undefined) {
      call.out("Invalid argument(s)\n");
      continue;
    }
    if (words.length === 0) continue;
    const [first, ...args] = words;
    const name = first.toLowerCase();
    if (name === "quit" || name === "exit") return 0;
    const reply = yield* ask(call, connection, words);
    if (!reply) continue;
    if (!tell(call, reply, style)) return 1;
    if ("error" in reply) continue;
    if (name === "select") connection.db = Number(args[0]);
    if (name === "auth") {
      connection.password = args.at(-1);
      connection.username = args.length > 1 ? args[0] : undefined;
    }
  }
}

/** The reply to a command, once there is one; undefined, and a complaint, where nothing replies. */
function* ask(
  call: ToolCall,
  { host, port, db, username, password }: Connection,
  words: readonly string[],
): Task<RedisReply | undefined> {
  const untilMs = waitOf(words, call.machine.now());
  const request = redisWire.request(`${host}:${port}`, { words, db, username, password });
  for (;;) {
    const outcome = yield* exchange(call, request);
    if ("failure" in outcome) {
      const { kind } = outcome.failure;
      call.err(
        kind === "protocol"
          ? "Error: Server closed the connection\n"
          : `Could not connect to Redis at ${host}:${port}: ${socketError(kind).text}\n`,
      );
      return undefined;
    }
    const reply = redisWire.readReply(outcome.response);
    if (!reply) call.err('Error: Protocol error, got "H" as reply type byte\n');
    else if ("bulk" in reply && reply.bulk === null && call.machine.now() < untilMs) {
      yield call.machine.sleep(LOOK_EVERY_MS);
      continue;
    }
    return reply;
  }
}

/** Prints a reply; gives whether the client goes on after it. */
function tell(call: ToolCall, reply: RedisReply, { isRaw, endsAtError }: Style): boolean {
  if (endsAtError && "error" in reply) {
    call.err(toBytes(`${reply.error}\n`));
    return false;
  }
  call.out(toBytes(`${isRaw ? raw(reply) : formatted(reply, "")}\n`));
  return true;
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
  if ("bulk" in reply) return reply.bulk === null ? "(nil)" : quoted(reply.bulk);
  if (reply.array.length === 0) return "(empty array)";
  const width = String(reply.array.length).length;
  return reply.array.map((item, i) => {
    const number = `${String(i + 1).padStart(width)}) `;
    return `${i === 0 ? "" : indent}${number}${
      formatted(item, indent + " ".repeat(number.length))
    }`;
  }).join("\n");
}

/** Bytes in quotes. Source: redis/redis src/sds.c (sdscatrepr). */
function quoted(text: string): string {
  const shown = toBytes(text).replace(/[^ !#-[\]-~]/g, (byte) => {
    if (byte === '"' || byte === "\\") return `\\${byte}`;
    const letter = "abnrt".split("").find((one) => CONTROL_LETTERS[one] === byte);
    return letter ? `\\${letter}` : `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${shown}"`;
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
