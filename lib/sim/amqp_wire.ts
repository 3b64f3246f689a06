import type { HttpRequest, HttpResponse } from "./seams.ts";

/*
 * What goes between a RabbitMQ and those who ask for a queue over AMQP, or from inside its container. The lab's network
 * carries whole requests and answers: a connection that is made and a queue that is declared passively are one of each.
 */

/** Who asks for which queue; without a queue the connection alone is tried. */
export interface AmqpCall {
  vhost: string;
  username: string;
  password: string;
  queue?: string;
}

/** How many messages a queue has, or what the broker closes the connection with. */
export type AmqpReply = { messages: number } | { error: string };

const MARK = "x-amqp-method";

export function amqpRequest(address: string, call: AmqpCall): HttpRequest {
  return {
    method: "POST",
    url: `http://${address}/`,
    headers: { [MARK]: "1" },
    body: JSON.stringify(call),
  };
}

/** What is asked for; undefined when it comes from something else than a client of AMQP. */
export function readAmqpCall({ headers, body = "" }: HttpRequest): AmqpCall | undefined {
  return headers?.[MARK] === "1" ? JSON.parse(body) : undefined;
}

export function amqpResponse(reply: AmqpReply): HttpResponse {
  return { status: 200, headers: { [MARK]: "1" }, body: JSON.stringify(reply) };
}

/** The reply in an answer; undefined when what answered is no broker. */
export function readAmqpReply({ headers, body }: HttpResponse): AmqpReply | undefined {
  return headers[MARK] === "1" ? JSON.parse(body) : undefined;
}
