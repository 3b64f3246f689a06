/**
 * Redis: a server of lists, sets and counters, which a queue is kept in; its container has `redis-cli`.
 *
 * @module
 */
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { NetworkError } from "../../seams.ts";
import { tagOf } from "../../image_reference.ts";
import { readRedisCall, type RedisReply, redisResponse } from "../../redis_wire.ts";
import { type Database, runCommand, Store } from "./commands.ts";

const BASELINE = { cpuMillicores: 2, memoryBytes: 8 << 20 };
const CPU_MS_PER_COMMAND = 0.02;
const NEWEST = "8.2.1";

interface Snapshot {
  databases: Record<string, Database>;
  port: number;
  password: string;
}

export const redis: Program = {
  name: "redis",
  images: ["redis", "valkey/valkey"],
  baseline: BASELINE,
  start: (context) => new Redis(context),
  crash: { exitCode: 139, lines: () => [] },
  userland: (tag) => ({
    base: tag.includes("alpine") ? "alpine" : "debian",
    clients: ["redis-cli"],
    workingDir: "/data",
    entrypoint: [],
    cmd: ["redis-server"],
    path: "/usr/local/bin/redis-server",
    title: () => "redis-server *:6379",
  }),
};

/** Source: redis/redis src/config.c (loadServerConfigFromString), src/server.c (main). */
function readSettings({ args, files }: ContainerContext): Record<string, string> {
  const settings: Record<string, string> = { port: "6379", requirepass: "" };
  const [first = "", ...rest] = args;
  const text = first.startsWith("-") ? undefined : files.read(first);
  for (const line of text?.split("\n") ?? []) {
    const [, name, value] = /^\s*([a-z-]+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name) settings[name] = value.replace(/^"(.*)"$/, "$1");
  }
  const words = first.startsWith("-") ? args : rest;
  words.forEach((word, i) => {
    if (word.startsWith("--")) settings[word.slice(2)] = words[i + 1] ?? "";
  });
  return settings;
}

class Redis implements RunningProgram {
  readonly #store: Store;
  readonly #port: number;
  readonly #password: string;

  constructor(private readonly context: ContainerContext) {
    const resumed = context.resumed as Snapshot | undefined;
    const { port, requirepass } = readSettings(context);
    this.#port = resumed?.port ?? Number(port);
    this.#password = resumed?.password ?? requirepass;
    this.#store = new Store(resumed?.databases ?? {});
    if (!resumed) this.#greet();
    context.net.listen(this.#port, (request) => {
      const call = readRedisCall(request);
      // What comes from a browser or curl it takes for an attack, and closes the connection.
      if (!call) throw new NetworkError("EOF");
      const durationMs = context.burn(CPU_MS_PER_COMMAND);
      const reply = this.#refusal(call) ?? runCommand(this.#store, call.db, call.words);
      this.#use();
      return { ...redisResponse(reply), durationMs };
    });
  }

  snapshot(): Snapshot {
    const { databases } = this.#store;
    return { databases, port: this.#port, password: this.#password };
  }

  stop(): void {
    const seconds = Math.floor(this.context.now() / 1000);
    this.context.log(`1:signal-handler (${seconds}) Received SIGTERM scheduling shutdown...`);
    this.#log("User requested shutdown...", "*");
    this.#log("Redis is now ready to exit, bye bye...", "#");
  }

  /** Source: redis/redis src/server.c (processCommand), src/acl.c. */
  #refusal({ words, db, username, password }: NonNullable<ReturnType<typeof readRedisCall>>):
    | RedisReply
    | undefined {
    if (db < 0 || db > 15) return { error: "ERR DB index is out of range" };
    const isNamed = username === undefined || username === "default";
    if (password !== undefined && this.#password === "") {
      if (isNamed) {
        return words[0].toLowerCase() === "auth"
          ? {
            error: "ERR AUTH <password> called without any password configured for the default " +
              "user. Are you sure your configuration is correct?",
          }
          : undefined;
      }
    } else if (this.#password === "") return undefined;
    else if (password === undefined) return { error: "NOAUTH Authentication required." };
    if (isNamed && password === this.#password) return undefined;
    return { error: "WRONGPASS invalid username-password pair or user is disabled." };
  }

  #use(): void {
    this.context.use({ ...BASELINE, memoryBytes: BASELINE.memoryBytes + 2 * this.#store.bytes });
  }

  #greet(): void {
    const version = /^\d+\.\d+(\.\d+)?/.exec(tagOf(this.context.image))?.[0] ?? NEWEST;
    this.#log("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", "*", "C");
    this.#log(
      `Redis version=${version}, bits=64, commit=00000000, modified=0, pid=1, just started`,
      "*",
      "C",
    );
    this.#log("monotonic clock: POSIX clock_gettime", "*");
    this.#log(`Running mode=standalone, port=${this.#port}.`, "*");
    this.#log("Server initialized", "*");
    this.#log("Ready to accept connections tcp", "*");
  }

  /** `1:M 24 Nov 2026 03:00:00.000 * …`. Source: redis/redis src/server.c (serverLogRaw). */
  #log(text: string, level: "*" | "#", role = "M"): void {
    const iso = new Date(this.context.now());
    const [, day, month, year] = iso.toUTCString().split(" ");
    const time = iso.toISOString().slice(11, 23);
    this.context.log(`1:${role} ${day} ${month} ${year} ${time} ${level} ${text}`);
  }
}
