import https from "node:https";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { makeAuthority, makeServerCertificate } from "../../../lib/sim/certificates.ts";

const VALID = {
  notBefore: new Date(Date.now() - 86_400_000),
  notAfter: new Date(Date.now() + 86_400_000),
};

/** An authority, and certificates that it signs. */
export class Authority {
  readonly #name: string;
  readonly #own;

  constructor(name: string) {
    this.#name = name;
    this.#own = makeAuthority(name, VALID);
  }

  get cert(): string {
    return this.#own.cert;
  }

  sign(name: string, hosts = { addresses: ["127.0.0.1"], names: [] as string[] }) {
    return makeServerCertificate(name, hosts, VALID, { name: this.#name, key: this.#own.key });
  }
}

/** Who a request is from, by client certificate or token. */
function userOf(request: IncomingMessage): string | undefined {
  const subject = (request.socket as any).getPeerCertificate?.()?.subject?.CN;
  const [, token] = /^Bearer (.*)$/.exec(request.headers.authorization ?? "") ?? [];
  const as = request.headers["impersonate-user"];
  if (as) return `${as}`;
  if (token?.startsWith("token-of-")) return token.slice("token-of-".length);
  return token === undefined ? subject : undefined;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * As much of an API server as a look at a cluster asks for, with further objects by their paths; `viewer` may not much,
 * `nobody` nothing.
 */
export function answerAs(uid: string, objects: Record<string, unknown> = {}): Answer {
  return (request, response) => answer(request, response, uid, objects);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  uid: string,
  objects: Record<string, unknown>,
): void {
  const say = (code: number, body: unknown) => {
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const refuse = (code: number, reason: string, message: string) =>
    say(code, { kind: "Status", apiVersion: "v1", status: "Failure", reason, message, code });
  const user = userOf(request);
  const path = request.url!.split("?")[0];
  if (user === undefined) return refuse(401, "Unauthorized", "Unauthorized");
  if (user === "nobody") return refuse(403, "Forbidden", `User "nobody" cannot get ${path}`);
  if (path === "/version") return say(200, { gitVersion: "v1.36.3" });
  if (path === "/api/v1/namespaces/kube-system") {
    return say(200, { kind: "Namespace", metadata: { name: "kube-system", uid } });
  }
  if (path in objects) return say(200, objects[path]);
  if (path === "/api/v1/nodes") {
    if (user === "viewer") return refuse(403, "Forbidden", 'User "viewer" cannot list nodes');
    return say(200, { kind: "NodeList", metadata: {}, items: [] });
  }
  if (path.endsWith("/selfsubjectreviews")) {
    return say(201, { status: { userInfo: { username: user, groups: ["g"] } } });
  }
  if (path.endsWith("/selfsubjectaccessreviews")) {
    return say(201, { status: { allowed: user !== "viewer" } });
  }
  refuse(404, "NotFound", "the server could not find the requested resource");
}

/** A server that listens on 127.0.0.1, until disposed. */
export class Listening implements AsyncDisposable {
  readonly #sockets = new Set<net.Socket>();

  private constructor(readonly server: net.Server) {
    server.on("connection", (socket: net.Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
    });
  }

  static async on(server: net.Server): Promise<Listening> {
    const listening = new Listening(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return listening;
  }

  static api(
    authority: Authority,
    { name = "127.0.0.1", answer = answerAs("uid-1") }: { name?: string; answer?: Answer } = {},
  ): Promise<Listening> {
    const hosts = name === "127.0.0.1" ? undefined : { addresses: [], names: [name] };
    const { cert, key } = authority.sign("server", hosts);
    const options = { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
    return Listening.on(https.createServer(options, answer));
  }

  /** A proxy that counts what goes through it. */
  static async proxy(): Promise<{ proxy: Listening; passed: () => number }> {
    let passed = 0;
    const server = http.createServer();
    server.on("connect", (request, socket) => {
      passed++;
      const [host, port] = request.url!.split(":");
      const way = net.connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        way.pipe(socket as any);
        socket.pipe(way as any);
      });
      way.on("error", () => socket.destroy());
      socket.on("error", () => way.destroy());
    });
    return { proxy: await Listening.on(server), passed: () => passed };
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
