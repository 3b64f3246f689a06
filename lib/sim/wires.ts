import { isMap, JsonError, parseJson } from "../go/mod.ts";
import type { HttpRequest, HttpResponse } from "./seams.ts";

/*
 * What goes between a Redis, or a RabbitMQ, and its clients. The lab's network carries whole requests and answers, so
 * that a call and its reply are one of each, marked as the protocol's own: what is no client of it gets no answer.
 */

/** A reply by its kind in Redis' protocol. Source: redis/docs reference/protocol-spec. */
export type RedisReply =
  | { status: string }
  | { error: string }
  | { integer: number }
  | { bulk: string | null }
  | { array: readonly RedisReply[] };

/** A command, and the connection that it comes on. */
export interface RedisCall {
  /** One at least. */
  words: readonly string[];
  db: number;
  username?: string;
  password?: string;
}

/** Who asks over AMQP for which queue; without a queue the connection alone is tried. */
export interface AmqpCall {
  vhost: string;
  username: string;
  password: string;
  queue?: string;
}

/** How many messages a queue has, or what the broker closes the connection with. */
export type AmqpReply = { messages: number } | { error: string };

/** One protocol. */
export interface Wire<Call, Reply> {
  request(address: string, call: Call): HttpRequest;
  /** The call in a request; undefined when it comes from something else than a client. */
  readCall(request: HttpRequest): Call | undefined;
  response(reply: Reply): HttpResponse;
  /** The reply in an answer; undefined when what answered speaks something else. */
  readReply(response: HttpResponse): Reply | undefined;
}

type Guard<T> = (value: unknown) => value is T;

/** A protocol with the header that marks it, which anyone may send, so that what comes is looked at. */
function wire<Call, Reply>(
  mark: string,
  isCall: Guard<Call>,
  isReply: Guard<Reply>,
): Wire<Call, Reply> {
  const headers = { [mark]: "1" };
  function read<T>(
    given: { headers?: Record<string, string>; body?: string },
    isOne: Guard<T>,
  ): T | undefined {
    if (given.headers?.[mark] !== "1") return undefined;
    try {
      const value = parseJson(given.body ?? "");
      return isOne(value) ? value : undefined;
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return undefined;
    }
  }
  return {
    request: (address, call) => ({
      method: "POST",
      url: `http://${address}/`,
      headers,
      body: JSON.stringify(call),
    }),
    readCall: (request) => read(request, isCall),
    response: (reply) => ({ status: 200, headers, body: JSON.stringify(reply) }),
    readReply: (response) => read(response, isReply),
  };
}

export const redisWire = wire("x-redis-command", isRedisCall, isRedisReply);
export const amqpWire = wire("x-amqp-method", isAmqpCall, isAmqpReply);

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

function isRedisCall(value: unknown): value is RedisCall {
  return isMap(value) && Array.isArray(value.words) && value.words.length > 0 &&
    value.words.every(isText) && Number.isInteger(value.db) && isTextOrNone(value.username) &&
    isTextOrNone(value.password);
}

function isRedisReply(value: unknown): value is RedisReply {
  return isMap(value) &&
    (isText(value.status) || isText(value.error) || typeof value.integer === "number" ||
      isText(value.bulk) || value.bulk === null ||
      Array.isArray(value.array) && value.array.every(isRedisReply));
}

function isAmqpCall(value: unknown): value is AmqpCall {
  return isMap(value) && isText(value.vhost) && isText(value.username) &&
    isText(value.password) && isTextOrNone(value.queue);
}

function isAmqpReply(value: unknown): value is AmqpReply {
  return isMap(value) && (typeof value.messages === "number" || isText(value.error));
}
