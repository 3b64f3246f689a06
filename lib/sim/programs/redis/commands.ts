import { own, setOwn } from "../../../go/mod.ts";
import type { RedisReply } from "../../wires.ts";

/** What stands under a key. */
export type Value =
  | { type: "string"; text: string }
  | { type: "list"; items: string[] }
  | { type: "set"; items: string[] }
  | { type: "hash"; fields: Record<string, string> }
  | { type: "zset"; scores: Record<string, number> };

/** The keys of one database. */
export type Database = Record<string, Value>;

type Of<T extends Value["type"]> = Extract<Value, { type: T }>;

/** A command that is not carried out, in Redis' words. */
class RedisError extends Error {
  override name = "RedisError";
}

/** What all databases of a server may hold; everything of it is kept in the lab's file. */
const MAX_BYTES = 1 << 20;
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
export const NO_DATABASE = "ERR DB index is out of range";
const NOT_INTEGER = "ERR value is not an integer or out of range";
const OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";

const OK: RedisReply = { status: "OK" };
const NIL: RedisReply = { bulk: null };
const integer = (value: number): RedisReply => ({ integer: value });
const bulk = (text: string | undefined): RedisReply => text === undefined ? NIL : { bulk: text };
const array = (texts: readonly string[]): RedisReply => ({ array: texts.map(bulk) });

/** The keys that a command works on, by the database that its connection has chosen. */
export class Store {
  #bytes: number | undefined;

  constructor(readonly databases: Record<string, Database>) {}

  at(db: number): Database {
    return this.databases[db] ??= {};
  }

  /** Counted again only after a change. */
  get bytes(): number {
    return this.#bytes ??= JSON.stringify(this.databases).length;
  }

  changed(): void {
    this.#bytes = undefined;
  }
}

interface Command {
  /** How many words it has with its own name; negative for that many or more. */
  arity: number;
  /** Whether it takes memory, or gives some back. */
  changes?: "grows" | "shrinks";
  run(keys: Database, args: readonly string[], store: Store): RedisReply;
}

/**
 * Carries out a command. Source: redis/redis src/server.c (processCommand), src/t_list.c, t_set.c, t_hash.c, t_zset.c,
 * t_string.c, db.c.
 * Differs: strings, lists, sets, hashes and sorted sets, with the commands that queues and counters are made of; no
 * expiry, transactions, streams, scripts, and 1 MiB in all.
 */
export function runCommand(store: Store, db: number, words: readonly string[]): RedisReply {
  const [name, ...args] = words;
  const command = own(COMMANDS, name.toLowerCase());
  if (!command) {
    const shown = args.map((arg) => `'${arg}' `).join("");
    return { error: `ERR unknown command '${name}', with args beginning with: ${shown}` };
  }
  const { arity, changes, run } = command;
  if (arity >= 0 ? words.length !== arity : words.length < -arity) {
    return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` };
  }
  if (changes === "grows" && store.bytes + words.join("").length > MAX_BYTES) {
    return { error: OUT_OF_MEMORY };
  }
  try {
    return run(store.at(db), args, store);
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    return { error: error.message };
  } finally {
    if (changes) store.changed();
  }
}

export function isDatabase(db: number): boolean {
  return db >= 0 && db <= 15;
}

/** The value under a key, when it is of the kind. Errors: RedisError for another kind. */
function find<T extends Value["type"]>(keys: Database, key: string, type: T): Of<T> | undefined {
  const found = own(keys, key);
  if (found && found.type !== type) throw new RedisError(WRONG_TYPE);
  return found as Of<T> | undefined;
}

/** The value under a key, made when it is not there. */
function make<T extends Value>(keys: Database, key: string, empty: T): T {
  const found = find(keys, key, empty.type) as T | undefined;
  if (found) return found;
  setOwn(keys, key, empty);
  return empty;
}

function integerOf(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new RedisError(NOT_INTEGER);
  return value;
}

/** A part of a list by its first and last place, from the end when negative. */
function slice(items: readonly string[], from: string, to: string): [number, number] {
  const at = (text: string) => {
    const value = integerOf(text);
    return value < 0 ? items.length + value : value;
  };
  return [Math.max(0, at(from)), Math.max(0, at(to) + 1)];
}

function push(side: "push" | "unshift", mustBe = false): Command {
  return {
    arity: -3,
    changes: "grows",
    run(keys, [key, ...values]) {
      if (mustBe && !find(keys, key, "list")) return integer(0);
      const { items } = make(keys, key, { type: "list", items: [] } as Of<"list">);
      for (const value of values) items[side](value);
      return integer(items.length);
    },
  };
}

function pop(side: "pop" | "shift"): Command {
  return {
    arity: -2,
    changes: "shrinks",
    run(keys, [key, count]) {
      const list = find(keys, key, "list");
      const wanted = count === undefined ? 1 : integerOf(count);
      if (wanted < 0) throw new RedisError("ERR value is out of range, must be positive");
      if (!list) return NIL;
      const taken: string[] = [];
      while (taken.length < wanted && list.items.length > 0) taken.push(list.items[side]()!);
      if (list.items.length === 0) delete keys[key];
      return count === undefined ? bulk(taken[0]) : array(taken);
    },
  };
}

/** The first of several lists that has something; the client waits and asks again. */
function blockingPop(side: "pop" | "shift"): Command {
  return {
    arity: -3,
    changes: "shrinks",
    run(keys, args) {
      for (const key of args.slice(0, -1)) {
        const list = find(keys, key, "list");
        if (!list) continue;
        const value = list.items[side]()!;
        if (list.items.length === 0) delete keys[key];
        return array([key, value]);
      }
      return NIL;
    },
  };
}

function add(by: (args: readonly string[]) => number, arity: number): Command {
  return {
    arity,
    changes: "grows",
    run(keys, args) {
      const [key] = args;
      const sum = integerOf(find(keys, key, "string")?.text ?? "0") + by(args);
      make(keys, key, { type: "string", text: "" } as Of<"string">).text = String(sum);
      return integer(sum);
    },
  };
}

/** How many things a value of the kind has. */
function count<T extends Value["type"]>(type: T, size: (value: Of<T>) => number): Command {
  return {
    arity: 2,
    run(keys, [key]) {
      const value = find(keys, key, type);
      return integer(value ? size(value) : 0);
    },
  };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  ping: { arity: -1, run: (_, [text]) => text === undefined ? { status: "PONG" } : bulk(text) },
  echo: { arity: 2, run: (_, [text]) => bulk(text) },
  select: {
    arity: 2,
    run(_, [text]) {
      if (!isDatabase(integerOf(text))) throw new RedisError(NO_DATABASE);
      return OK;
    },
  },
  dbsize: { arity: 1, run: (keys) => integer(Object.keys(keys).length) },
  flushdb: {
    arity: -1,
    changes: "shrinks",
    run: (keys) => (Object.keys(keys).forEach((key) => delete keys[key]), OK),
  },
  flushall: {
    arity: -1,
    changes: "shrinks",
    run(_keys, _args, { databases }) {
      for (const db of Object.keys(databases)) delete databases[db];
      return OK;
    },
  },
  keys: {
    arity: 2,
    run(keys, [pattern]) {
      const isLike = globOf(pattern);
      return array(Object.keys(keys).filter(isLike));
    },
  },
  type: { arity: 2, run: (keys, [key]) => ({ status: own(keys, key)?.type ?? "none" }) },
  exists: {
    arity: -2,
    run: (keys, names) => integer(names.filter((key) => Object.hasOwn(keys, key)).length),
  },
  del: {
    arity: -2,
    changes: "shrinks",
    run: (keys, names) =>
      integer(names.filter((key) => Object.hasOwn(keys, key) && delete keys[key]).length),
  },
  set: {
    arity: 3,
    changes: "grows",
    run(keys, [key, text]) {
      delete keys[key];
      make(keys, key, { type: "string", text });
      return OK;
    },
  },
  get: { arity: 2, run: (keys, [key]) => bulk(find(keys, key, "string")?.text) },
  incr: add(() => 1, 2),
  decr: add(() => -1, 2),
  incrby: add(([, by]) => integerOf(by), 3),
  decrby: add(([, by]) => -integerOf(by), 3),
  lpush: push("unshift"),
  rpush: push("push"),
  lpushx: push("unshift", true),
  rpushx: push("push", true),
  lpop: pop("shift"),
  rpop: pop("pop"),
  blpop: blockingPop("shift"),
  brpop: blockingPop("pop"),
  llen: count("list", ({ items }) => items.length),
  lrange: {
    arity: 4,
    run(keys, [key, from, to]) {
      const items = find(keys, key, "list")?.items ?? [];
      return array(items.slice(...slice(items, from, to)));
    },
  },
  lindex: {
    arity: 3,
    run: (keys, [key, at]) => bulk(find(keys, key, "list")?.items.at(integerOf(at))),
  },
  ltrim: {
    arity: 4,
    changes: "shrinks",
    run(keys, [key, from, to]) {
      const list = find(keys, key, "list");
      if (!list) return OK;
      list.items = list.items.slice(...slice(list.items, from, to));
      if (list.items.length === 0) delete keys[key];
      return OK;
    },
  },
  sadd: {
    arity: -3,
    changes: "grows",
    run(keys, [key, ...values]) {
      const set = make(keys, key, { type: "set", items: [] } as Of<"set">);
      const before = set.items.length;
      set.items = [...new Set([...set.items, ...values])];
      return integer(set.items.length - before);
    },
  },
  srem: {
    arity: -3,
    changes: "shrinks",
    run(keys, [key, ...values]) {
      const set = find(keys, key, "set");
      if (!set) return integer(0);
      const left = set.items.filter((item) => !values.includes(item));
      const gone = set.items.length - left.length;
      set.items = left;
      if (left.length === 0) delete keys[key];
      return integer(gone);
    },
  },
  smembers: { arity: 2, run: (keys, [key]) => array(find(keys, key, "set")?.items ?? []) },
  scard: count("set", ({ items }) => items.length),
  hset: {
    arity: -4,
    changes: "grows",
    run(keys, [key, ...pairs]) {
      if (pairs.length % 2 === 1) {
        throw new RedisError("ERR wrong number of arguments for 'hset' command");
      }
      const { fields } = make(keys, key, { type: "hash", fields: {} } as Of<"hash">);
      const before = Object.keys(fields).length;
      for (let i = 0; i < pairs.length; i += 2) setOwn(fields, pairs[i], pairs[i + 1]);
      return integer(Object.keys(fields).length - before);
    },
  },
  hget: {
    arity: 3,
    run: (keys, [key, field]) => bulk(own(find(keys, key, "hash")?.fields ?? {}, field)),
  },
  hgetall: {
    arity: 2,
    run: (keys, [key]) => array(Object.entries(find(keys, key, "hash")?.fields ?? {}).flat()),
  },
  hdel: {
    arity: -3,
    changes: "shrinks",
    run(keys, [key, ...names]) {
      const fields: Record<string, string> = find(keys, key, "hash")?.fields ?? {};
      const gone = names.filter((name) => Object.hasOwn(fields, name) && delete fields[name]);
      if (Object.keys(fields).length === 0) delete keys[key];
      return integer(gone.length);
    },
  },
  hlen: count("hash", ({ fields }) => Object.keys(fields).length),
  zadd: {
    arity: -4,
    changes: "grows",
    run(keys, [key, ...pairs]) {
      const scores = pairs.filter((_, i) => i % 2 === 0).map(Number);
      if (pairs.length % 2 === 1) throw new RedisError("ERR syntax error");
      if (scores.some(Number.isNaN)) throw new RedisError("ERR value is not a valid float");
      const set = make(keys, key, { type: "zset", scores: {} } as Of<"zset">);
      const before = Object.keys(set.scores).length;
      scores.forEach((score, i) => setOwn(set.scores, pairs[2 * i + 1], score));
      return integer(Object.keys(set.scores).length - before);
    },
  },
  zrange: {
    arity: 4,
    run(keys, [key, from, to]) {
      const scores = find(keys, key, "zset")?.scores ?? {};
      const items = Object.keys(scores)
        .sort((a, b) => scores[a] - scores[b] || (a < b ? -1 : 1));
      return array(items.slice(...slice(items, from, to)));
    },
  },
  zrem: {
    arity: -3,
    changes: "shrinks",
    run(keys, [key, ...names]) {
      const scores: Record<string, number> = find(keys, key, "zset")?.scores ?? {};
      const gone = names.filter((name) => Object.hasOwn(scores, name) && delete scores[name]);
      if (Object.keys(scores).length === 0) delete keys[key];
      return integer(gone.length);
    },
  },
  zcard: count("zset", ({ scores }) => Object.keys(scores).length),
};

/** A pattern of `*` and `?`, matched from left to right and never back further than the last star. */
function globOf(pattern: string): (text: string) => boolean {
  return (text) => {
    let [at, in_, star, mark] = [0, 0, -1, 0];
    while (in_ < text.length) {
      if (pattern[at] === "*") [star, mark] = [at++, in_];
      else if (pattern[at] === "?" || pattern[at] === text[in_]) [at, in_] = [at + 1, in_ + 1];
      else if (star >= 0) [at, in_] = [star + 1, ++mark];
      else return false;
    }
    while (pattern[at] === "*") at++;
    return at === pattern.length;
  };
}
