import type { HttpRequest, HttpResponse } from "./seams.ts";

/*
 * What goes between a Redis and its clients. The lab's network carries whole requests and answers, so that a command and
 * its reply are one of each, marked as Redis' own: what is no client of Redis gets no answer.
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
  words: readonly string[];
  db: number;
  username?: string;
  password?: string;
}

const MARK = "x-redis-command";

export function redisRequest(address: string, call: RedisCall): HttpRequest {
  return {
    method: "POST",
    url: `http://${address}/`,
    headers: { [MARK]: "1" },
    body: JSON.stringify(call),
  };
}

/** The command in a request; undefined when it comes from something else than a client of Redis. */
export function readRedisCall({ headers, body = "" }: HttpRequest): RedisCall | undefined {
  return headers?.[MARK] === "1" ? JSON.parse(body) : undefined;
}

export function redisResponse(reply: RedisReply): HttpResponse {
  return { status: 200, headers: { [MARK]: "1" }, body: JSON.stringify(reply) };
}

/** The reply in an answer; undefined when what answered is no Redis. */
export function readRedisReply({ headers, body }: HttpResponse): RedisReply | undefined {
  return headers[MARK] === "1" ? JSON.parse(body) : undefined;
}
