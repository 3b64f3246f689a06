/**
 * RabbitMQ: a broker whose queues are filled and emptied over its management API, and by the commands in its container.
 *
 * @module
 */
import { basicAuth, own } from "../../../go/mod.ts";
import {
  type ContainerContext,
  NetworkError,
  type Program,
  type RunningProgram,
} from "../../seams.ts";
import { type AmqpCall, type AmqpReply, amqpWire } from "../../wires.ts";
import { tagOf } from "../../image_reference.ts";
import { type Broker, manage } from "./management.ts";
import { LOOK_EVERY_MS, Queues, type VirtualHosts } from "./queues.ts";

const AMQP_PORT = 5672;
const MANAGEMENT_PORT = 15672;
/** Where the commands in the container reach the broker: its port for other nodes. */
const NODE_PORT = 25672;
const BASELINE = { cpuMillicores: 8, memoryBytes: 110 << 20 };
const CPU_MS_PER_REQUEST = 1;
const NEWEST = "4.1.4";

interface Snapshot {
  hosts: VirtualHosts;
}

/**
 * Source: rabbitmq-server deps/rabbit, deps/rabbitmq_management; docker-library/rabbitmq docker-entrypoint.sh.
 * Differs: queues of the default exchange alone, without consumers that stay, and 1 MiB of messages in all.
 */
export const rabbitmq: Program = {
  name: "rabbitmq",
  images: ["rabbitmq"],
  tags: "1.2.3",
  baseline: BASELINE,
  start: (context) => new RabbitMq(context),
  crash: { exitCode: 1, lines: () => [] },
  userland: (tag) => ({
    base: tag.includes("alpine") ? "alpine" : "debian",
    clients: tag.includes("management") ? ["rabbitmqctl", "rabbitmqadmin"] : ["rabbitmqctl"],
    entrypoint: [],
    cmd: ["rabbitmq-server"],
    path: "/opt/rabbitmq/sbin/rabbitmq-server",
    title: () => "beam.smp -W w -MBas ageffcbf",
  }),
};

class RabbitMq implements RunningProgram {
  readonly #broker: Broker;

  constructor(private readonly context: ContainerContext) {
    const { env, pod, image, net } = context;
    const resumed = context.resumed as Snapshot | undefined;
    const tag = tagOf(image);
    const hosts = resumed?.hosts ?? { [env.RABBITMQ_DEFAULT_VHOST || "/"]: {} };
    this.#broker = {
      queues: new Queues(hosts),
      node: `rabbit@${pod.name}`,
      version: /^\d+\.\d+(\.\d+)?/.exec(tag)?.[0] ?? NEWEST,
      username: env.RABBITMQ_DEFAULT_USER || "guest",
      password: env.RABBITMQ_DEFAULT_PASS || "guest",
    };
    const hasPage = tag.includes("management");
    if (!resumed) this.#greet(hasPage);
    const { startedAtMs } = context;
    context.every(LOOK_EVERY_MS, () => this.#broker.queues.look(), { originMs: startedAtMs });
    net.listen(AMQP_PORT, (request) => {
      const call = amqpWire.readCall(request);
      // What does not begin as AMQP is closed.
      if (!call) throw new NetworkError("EOF");
      return { ...amqpWire.response(this.#amqp(call)), durationMs: this.#work() };
    });
    if (hasPage) {
      net.listen(
        MANAGEMENT_PORT,
        (request) => ({ ...manage(this.#broker, request), durationMs: this.#work() }),
      );
    }
    // Whoever is in the container has the node's cookie.
    const { username, password } = this.#broker;
    const authorization = basicAuth(username, password);
    net.listen(
      NODE_PORT,
      (request) => manage(this.#broker, { ...request, headers: { authorization } }),
      { loopback: true },
    );
  }

  snapshot(): Snapshot {
    return { hosts: this.#broker.queues.hosts };
  }

  stop(): void {
    this.#log("info", "RabbitMQ is asked to stop...");
    this.#log("info", "Successfully stopped RabbitMQ and its dependencies");
  }

  #work(): number {
    const memoryBytes = BASELINE.memoryBytes + 2 * this.#broker.queues.bytes;
    this.context.use({ ...BASELINE, memoryBytes });
    return this.context.burn(CPU_MS_PER_REQUEST);
  }

  /** Source: rabbitmq-server deps/rabbit/src/rabbit_reader.erl, rabbit_amqqueue.erl. */
  #amqp({ vhost, username, password, queue }: AmqpCall): AmqpReply {
    const { queues, ...broker } = this.#broker;
    if (username !== broker.username || password !== broker.password) {
      return { error: 'Exception (403) Reason: "username or password not allowed"' };
    }
    if (!own(queues.hosts, vhost)) {
      return { error: 'Exception (403) Reason: "no access to this vhost"' };
    }
    if (queue === undefined) return { messages: 0 };
    const found = queues.find(vhost, queue);
    if (found) return { messages: found.messages.length };
    return {
      error: `Exception (404) Reason: "NOT_FOUND - no queue '${queue}' in vhost '${vhost}'"`,
    };
  }

  #greet(hasPage: boolean): void {
    const { version } = this.#broker;
    this.#log("info", `Starting RabbitMQ ${version} on Erlang 27.3.4 [jit]`);
    this.#log("info", `started TCP listener on [::]:${AMQP_PORT}`);
    if (hasPage) {
      this.#log(
        "info",
        `Management plugin: HTTP (non-TLS) listener started on port ${MANAGEMENT_PORT}`,
      );
    }
    this.#log("info", `Server startup complete; ${hasPage ? 4 : 1} plugins started.`);
  }

  #log(level: string, text: string): void {
    const time = new Date(this.context.now()).toISOString().slice(0, 23).replace("T", " ");
    this.context.log(`${time}000+00:00 [${level}] <0.254.0> ${text}`);
  }
}
