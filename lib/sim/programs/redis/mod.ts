/**
 * Redis: a server of lists, sets and counters, which a queue is kept in; its container has `redis-cli`.
 *
 * @module
 */
import type { ContainerContext, Program, RunningProgram } from "../../seams.ts";
import { NetworkError } from "../../seams.ts";
import { tagOf } from "../../image_reference.ts";
import { type RedisCall, type RedisReply, redisWire } from "../../wires.ts";
import { type Database, isDatabase, NO_DATABASE, runCommand, Store } from "./commands.ts";

const BASELINE = { cpuMillicores: 2, memoryBytes: 8 << 20 };
const CPU_MS_PER_COMMAND = 0.02;
const NEWEST = "8.2.1";
const DEFAULT_PORT = 6379;
const WRONG_PASSWORD: RedisReply = {
  error: "WRONGPASS invalid username-password pair or user is disabled.",
};

interface Settings {
  port: number;
  password: string;
}

interface Snapshot extends Settings {
  databases: Record<string, Database>;
}

export const redis: Program = {
  name: "redis",
  images: ["redis"],
  tags: "1.2.3",
  baseline: BASELINE,
  start: (context) => new Redis(context),
  crash: { exitCode: 139, lines: () => [] },
  userland: (tag) => ({
    base: tag.includes("alpine") ? "alpine" : "debian",
    clients: ["redis-cli"],
    workingDir: "/data",
    entrypoint: [],
    // Source: redis/docker-library-redis docker-entrypoint.sh.
    isOwnArgument: (first) => first.startsWith("-") || first.endsWith(".conf"),
    cmd: ["redis-server"],
    path: "/usr/local/bin/redis-server",
    title: (argv) => `redis-server *:${/ --port (\d+)/.exec(argv.join(" "))?.[1] ?? DEFAULT_PORT}`,
  }),
};

/** What Redis does not start with, as it says so. */
class FatalError extends Error {
  override name = "FatalError";

  constructor(message: string, readonly kind: "file" | "line") {
    super(message);
  }
}

/**
 * The lines of the file that is the first argument, and one more for each option. Errors: FatalError.
 * Source: redis/redis src/server.c (main), src/config.c (loadServerConfigFromString).
 */
function readSettings({ args, files }: ContainerContext): Settings {
  const hasFile = args.length > 0 && !args[0].startsWith("-");
  const text = hasFile ? files.read(args[0]) : "";
  if (text === undefined) {
    throw new FatalError(
      `Fatal error, can't open config file '${args[0]}': No such file or directory`,
      "file",
    );
  }
  const options: string[] = [];
  for (const word of hasFile ? args.slice(1) : args) {
    if (word.startsWith("--")) options.push(word.slice(2));
    else if (options.length > 0) options.push(`${options.pop()} "${word}"`);
  }
  const settings: Settings = { port: DEFAULT_PORT, password: "" };
  `${text}\n${options.join("\n")}`.split("\n").forEach((line, i) => {
    const [, name, value] = /^(\S+)(?:\s+(.*))?$/.exec(line.trim()) ?? [];
    const given = value?.replace(/^"(.*)"$/, "$1");
    if (name === "requirepass") settings.password = given ?? "";
    if (name !== "port") return;
    const problem = portProblem(given);
    if (problem !== undefined) {
      throw new FatalError(
        `Reading the configuration file, at line ${i + 1}\n>>> '${line.trim()}'\n${problem}`,
        "line",
      );
    }
    settings.port = Number(given);
  });
  return settings;
}

function portProblem(text: string | undefined): string | undefined {
  if (text === undefined) return "wrong number of arguments";
  if (!/^-?\d+$/.test(text)) return "argument couldn't be parsed into an integer";
  const port = Number(text);
  return port < 0 || port > 65535 ? "argument must be between 0 and 65535 inclusive" : undefined;
}

class Redis implements RunningProgram {
  readonly #store: Store;
  readonly #port: number;
  readonly #password: string;
  /** How much it was when that was told last. */
  #bytes: number | undefined;

  constructor(private readonly context: ContainerContext) {
    const resumed = context.resumed as Snapshot | undefined;
    this.#store = new Store(resumed?.databases ?? {});
    const settings = resumed ?? this.#settings();
    this.#port = settings?.port ?? 0;
    this.#password = settings?.password ?? "";
    if (!settings) return;
    if (!resumed) this.#greet();
    // On port 0 it listens to nobody.
    if (this.#port === 0) return;
    context.net.listen(this.#port, (request) => {
      const call = redisWire.readCall(request);
      // What comes from a browser or curl it takes for an attack, and closes the connection.
      if (!call) throw new NetworkError("EOF");
      const durationMs = context.burn(CPU_MS_PER_COMMAND);
      const reply = this.#answer(call);
      this.#use();
      return { ...redisWire.response(reply), durationMs };
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

  /** Undefined where it ends for what they are. */
  #settings(): Settings | undefined {
    try {
      return readSettings(this.context);
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      if (error.kind === "file") this.#log(error.message, "#", "C");
      else {
        const title = `*** FATAL CONFIG FILE ERROR (Redis ${this.#version}) ***`;
        for (const line of ["", title, ...error.message.split("\n")]) this.context.log(line);
      }
      this.context.exit(1);
      return undefined;
    }
  }

  /** Source: redis/redis src/server.c (processCommand). */
  #answer({ words, db, username, password }: RedisCall): RedisReply {
    const [name, ...args] = words;
    if (name.toLowerCase() === "auth") return this.#auth(args);
    if (!isDatabase(db)) return { error: NO_DATABASE };
    if (password === undefined) {
      if (this.#password !== "") return { error: "NOAUTH Authentication required." };
    } else if (!this.#isKnown(username, password)) return WRONG_PASSWORD;
    return runCommand(this.#store, db, words);
  }

  /** Source: redis/redis src/acl.c (authCommand). */
  #auth([first, second, ...more]: string[]): RedisReply {
    if (first === undefined) return { error: "ERR wrong number of arguments for 'auth' command" };
    if (more.length > 0) return { error: "ERR syntax error" };
    if (second === undefined && this.#password === "") {
      return {
        error: "ERR AUTH <password> called without any password configured for the default " +
          "user. Are you sure your configuration is correct?",
      };
    }
    const isKnown = this.#isKnown(second && first, second ?? first);
    return isKnown ? { status: "OK" } : WRONG_PASSWORD;
  }

  /** There is one user; whose password is none, any will do. */
  #isKnown(username = "default", password: string): boolean {
    return username === "default" && (this.#password === "" || password === this.#password);
  }

  #use(): void {
    const { bytes } = this.#store;
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.context.use({ ...BASELINE, memoryBytes: BASELINE.memoryBytes + 2 * bytes });
  }

  get #version(): string {
    return /^\d+\.\d+(\.\d+)?/.exec(tagOf(this.context.image))?.[0] ?? NEWEST;
  }

  #greet(): void {
    this.#log("oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo", "*", "C");
    this.#log(
      `Redis version=${this.#version}, bits=64, commit=00000000, modified=0, pid=1, just started`,
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
