import assert from "node:assert/strict";
import { isLocalHost, type Limits, openDoor, upgradeWebSocket } from "../../../lib/sim/api/door.ts";

interface Setting {
  handle?: (request: Request) => Promise<Response>;
  limits?: Partial<Limits>;
  sameOriginOnly?: boolean;
  maxConnections?: number;
}

async function withDoor(setting: Setting, work: (port: number) => Promise<void>): Promise<void> {
  const door = await openDoor({
    port: 0,
    maxBodyBytes: 1000,
    maxConnections: setting.maxConnections ?? 100,
    sameOriginOnly: setting.sameOriginOnly ?? false,
    limits: setting.limits,
    handle: setting.handle ?? (async (request) => new Response(`got ${await request.text()}`)),
    refuse: ({ code, message }) => new Response(message, { status: code }),
  });
  try {
    await work(door.port);
  } finally {
    await door.close();
  }
}

/** Sends text as it is, and gives all that comes until the other side ends. */
async function raw(port: number, text: string): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text().catch((error) => `${error}`);
}

const head = (port: number, lines: string[] = [], method = "GET") =>
  [`${method} / HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Connection: close", ...lines, "", ""]
    .join("\r\n");
const code = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

Deno.test("isLocalHost() takes this machine's names only", () => {
  const hosts = ["127.0.0.1", "localhost:30951", "[::1]:30950", "LOCALHOST:1"];
  for (const host of hosts) assert.equal(isLocalHost(host), true, host);
  const others = [
    "",
    "127.0.0.1.evil.example",
    "evil.example",
    "10.0.0.1:30951",
    "localhost.x:1",
    "localhost@evil.example",
    "127.0.0.1:80:80",
  ];
  for (const host of others) assert.equal(isLocalHost(host), false, host);
});

Deno.test("a door lets in requests to this machine's names, and of no page that would change something", () =>
  withDoor({}, async (port) => {
    const own = `Origin: http://127.0.0.1:${port}`;
    const table: [string, number][] = [
      [head(port), 200],
      [`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`, 200],
      [`GET / HTTP/1.1\r\nHost: evil.example:${port}\r\nConnection: close\r\n\r\n`, 403],
      ["GET / HTTP/1.0\r\n\r\n", 403],
      [`GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`, 400],
      [head(port, ["Origin: https://evil.example"]), 200],
      [head(port, ["Sec-Fetch-Site: cross-site"]), 200],
      [head(port, ["Origin: https://evil.example"], "POST"), 403],
      [head(port, ["Origin: null"], "POST"), 403],
      [head(port, ["Sec-Fetch-Site: same-site"], "DELETE"), 403],
      [head(port, [own, "Sec-Fetch-Site: same-origin"], "POST"), 200],
      [head(port, [], "POST"), 200],
    ];
    for (const [request, status] of table) {
      assert.equal(code(await raw(port, request)), status, request);
    }
  }));

Deno.test("a door that is for its own pages alone shows others nothing", () =>
  withDoor({ sameOriginOnly: true }, async (port) => {
    for (const line of ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"]) {
      assert.equal(code(await raw(port, head(port, [line]))), 403, line);
    }
    assert.equal(code(await raw(port, head(port))), 200);
  }));

Deno.test("a body that is too large is refused, whether or not it says so first", () =>
  withDoor({}, async (port) => {
    const said = head(port, ["Content-Length: 5000"], "POST");
    assert.equal(code(await raw(port, said + "x".repeat(5000))), 413);
    const boast = head(port, ["Content-Length: 5000000000"], "POST");
    assert.equal(code(await raw(port, boast)), 413);
    const chunk = `200\r\n${"x".repeat(512)}\r\n`;
    const unsaid = head(port, ["Transfer-Encoding: chunked"], "POST") + chunk.repeat(3) +
      "0\r\n\r\n";
    assert.equal(code(await raw(port, unsaid)), 413);
    const fits = head(port, ["Transfer-Encoding: chunked"], "POST") + chunk + "0\r\n\r\n";
    assert.match(await raw(port, fits), /got xxx/);
    const long = head(port, [`X: ${"x".repeat(100_000)}`]);
    assert.equal(code(await raw(port, long)), 431);
  }));

Deno.test("what comes too slowly, or never, is not waited for", () => {
  const limits = { headMs: 200, requestMs: 400, idleMs: 200 };
  return withDoor({ limits }, async (port) => {
    const slow = [
      "",
      "GET / HT",
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: `,
      head(port, ["Content-Length: 10"], "POST") + "abc",
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
    ];
    const answers = await Promise.all(slow.map((text) => raw(port, text)));
    assert.deepEqual(answers.map(code), [408, 408, 408, 408, 200]);
  });
});

Deno.test("a client that goes away aborts its request at once", async () => {
  let gone: Promise<void> | undefined;
  let cancelled = false;
  const handle = (request: Request) => {
    gone = new Promise((resolve) => request.signal.addEventListener("abort", () => resolve()));
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("first\n")),
      cancel: () => void (cancelled = true),
    });
    return Promise.resolve(new Response(body));
  };
  await withDoor({ handle }, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode(head(port)));
    await connection.read(new Uint8Array(1000));
    connection.close();
    await gone;
    assert.equal(cancelled, true);
  });
});

Deno.test("a client that stops reading is let go of, and holds no more than lies between", async () => {
  const chunk = new Uint8Array(64 * 1024);
  let sent = 0;
  let cancelled: (() => void) | undefined;
  const over = new Promise<void>((resolve) => cancelled = resolve);
  const handle = () => {
    const body = new ReadableStream({
      pull: (controller) => {
        sent += chunk.length;
        controller.enqueue(chunk);
      },
      cancel: () => cancelled!(),
    }, { highWaterMark: 0 });
    return Promise.resolve(new Response(body));
  };
  await withDoor({ handle, limits: { readMs: 200 } }, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode(head(port)));
    await over;
    assert(sent < 64 * 2 ** 20, `${sent} bytes`);
    connection.close();
  });
});

Deno.test("there are only so many connections", () =>
  withDoor({ maxConnections: 2 }, async (port) => {
    const held = [];
    for (let i = 0; i < 2; i++) held.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    const third = await raw(port, head(port)).catch(() => "");
    assert(Number.isNaN(code(third)), third);
    for (const connection of held) connection.close();
  }));

Deno.test("a request for a WebSocket is answered like any other, or upgraded", async () => {
  const handle = async (request: Request) => {
    if (new URL(request.url).pathname === "/no") return new Response("no", { status: 404 });
    const { socket, response } = await upgradeWebSocket(request, { protocol: "v5.channel.k8s.io" });
    socket.onmessage = ({ data }) => socket.send(`echo ${data}`);
    return response;
  };
  await withDoor({ handle }, async (port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, ["v5.channel.k8s.io"]);
    const reply = new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
    await new Promise((resolve) => socket.onopen = resolve);
    assert.equal(socket.protocol, "v5.channel.k8s.io");
    socket.send("hello");
    assert.equal(await reply, "echo hello");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
    const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];
    const lines = [...upgrade, "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    const no = await raw(
      port,
      [`GET /no HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...lines, "", ""].join("\r\n"),
    );
    assert.equal(code(no), 404);
    const foreign = await raw(
      port,
      [`GET / HTTP/1.1`, `Host: evil.example`, ...lines, "", ""].join("\r\n"),
    );
    assert.equal(code(foreign), 403);
  });
});
