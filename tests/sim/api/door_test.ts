import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { Bodies } from "../../../lib/sim/api/_door_bodies.ts";
import { Connections } from "../../../lib/sim/api/_door_connections.ts";
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
      [head(port, ["Origin: https://evil.example"]), 403],
      [head(port, ["Origin: null"]), 403],
      [head(port, ["Sec-Fetch-Site: cross-site"]), 403],
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

/** What browsers say of a request that a page of another site makes them send. */
const FOREIGN: [what: string, method: string, lines: string[], status: number][] = [
  ["a link", "GET", ["Mode: navigate", "Dest: document", "User: ?1"], 200],
  ["a page that is opened by a script", "GET", ["Mode: navigate", "Dest: document"], 200],
  ["a form that changes something", "POST", ["Mode: navigate", "Dest: document"], 403],
  ["a frame", "GET", ["Mode: navigate", "Dest: iframe"], 403],
  ["an embedded page", "GET", ["Mode: navigate", "Dest: embed"], 403],
  ["an image", "GET", ["Mode: no-cors", "Dest: image"], 403],
  ["a script", "GET", ["Mode: no-cors", "Dest: script"], 403],
  ["a style sheet", "GET", ["Mode: no-cors", "Dest: style"], 403],
  ["fetch()", "GET", ["Mode: cors", "Dest: empty"], 403],
  ["fetch() that does not look", "GET", ["Mode: no-cors", "Dest: empty"], 403],
  ["fetch() of a head", "HEAD", ["Mode: no-cors", "Dest: empty"], 403],
  ["a beacon", "POST", ["Mode: no-cors", "Dest: empty"], 403],
];

Deno.test("of what pages of other sites send, a door lets links in and nothing else", () =>
  withDoor({}, async (port) => {
    for (const site of ["cross-site", "same-site"]) {
      for (const [what, method, lines, status] of FOREIGN) {
        const fetch = [`Site: ${site}`, ...lines].map((line) => `Sec-Fetch-${line}`);
        assert.equal(code(await raw(port, head(port, fetch, method))), status, `${site}: ${what}`);
      }
      const ahead = ["Site: cross-site", "Mode: navigate", "Dest: document"]
        .map((line) => `Sec-Fetch-${line}`);
      const prefetch = head(port, [...ahead, "Sec-Purpose: prefetch;prerender"]);
      assert.equal(code(await raw(port, prefetch)), 403);
    }
    const own = ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"];
    assert.equal(code(await raw(port, head(port, own))), 200, "the page's own fetch()");
    const typed = ["Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
    assert.equal(code(await raw(port, head(port, typed))), 200, "an address that is typed");
  }));

const GO_END = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";

Deno.test("what Go's server cannot read is answered in its words", () =>
  withDoor({}, async (port) => {
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const table: [request: string, line: string, text?: string][] = [
      [`GET / HTTP/1.1\r\n${host}${host}\r\n`, "400 Bad Request: too many Host headers"],
      ["GET / HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header"],
      ["GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 Bad Request: malformed Host header"],
      [
        `GET / HTTP/2.0\r\n${host}\r\n`,
        "505 HTTP Version Not Supported: unsupported protocol version",
      ],
      ["GET /\r\n\r\n", "400 Bad Request"],
      [`GET /%zz HTTP/1.1\r\n${host}\r\n`, "400 Bad Request"],
      [`GET /a b HTTP/1.1\r\n${host}\r\n`, "400 Bad Request"],
      [`GET / HTTP/1.1\r\n${host}X: a\x01b\r\n\r\n`, "400 Bad Request"],
      [
        `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\n`,
        "501 Not Implemented",
        "Unsupported transfer encoding",
      ],
      [
        `GET / HTTP/1.1\r\n${host}X: ${"x".repeat(100_000)}\r\n\r\n`,
        "431 Request Header Fields Too Large",
      ],
    ];
    for (const [request, line, text = line] of table) {
      const answer = await raw(port, request);
      assert.equal(answer, `HTTP/1.1 ${line}${GO_END}${text}`, request.slice(0, 100));
    }
    const local = await raw(port, `GET /?%zz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
    assert.equal(code(local), 200, "a query may hold anything");
  }));

Deno.test("HEAD is answered with the headers of GET, and TRACE comes through as what it is", () => {
  const seen: string[] = [];
  const handle = async (request: Request) => {
    seen.push(request.method);
    const body = new TextEncoder().encode(await request.text() || "twelve bytes");
    if (new URL(request.url).pathname === "/watch") return new Response(new ReadableStream());
    return new Response(body, { headers: { "content-length": String(body.length) } });
  };
  return withDoor({ handle }, async (port) => {
    const parts = async (method: string) =>
      (await raw(port, head(port, [], method))).replace(/Date: .*\r\n/, "").split("\r\n\r\n");
    const [headers, body] = await parts("GET");
    assert.equal(body, "twelve bytes");
    assert.deepEqual(await parts("HEAD"), [headers, ""]);
    assert.equal((await parts("TRACE"))[1], "twelve bytes");
    const watch = await raw(port, head(port, [], "HEAD").replace(" / ", " /watch "));
    assert.match(watch, /^HTTP\/1\.1 200 [^]*\r\n\r\n$/, "a stream that never ends");
    const options = await raw(port, head(port, [], "OPTIONS").replace(" / ", " * "));
    assert.match(options, /^HTTP\/1\.1 200 OK\r\n/);
    assert.deepEqual(seen, ["GET", "HEAD", "TRACE", "HEAD"]);
  });
});

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

/** Opens a connection, sends text, and gives what came of it until one who waits for `until` is content. */
async function hold(port: number, text = "", until = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  const bytes = new Uint8Array(1000);
  for (let seen = ""; !seen.includes(until);) {
    const length = await connection.read(bytes);
    assert(length, `ended after ${JSON.stringify(seen)}`);
    seen += new TextDecoder().decode(bytes.subarray(0, length));
  }
  return connection;
}

/** Whether the other side ends a connection. */
async function ends(connection: Deno.TcpConn): Promise<boolean> {
  return await connection.read(new Uint8Array(1)).catch(() => null) === null;
}

Deno.test("where there are too many connections, the one that has waited longest makes room", () =>
  withDoor({ maxConnections: 3 }, async (port) => {
    const alive = head(port).replace("Connection: close\r\n", "");
    const first = await hold(port);
    const second = await hold(port, alive, "0\r\n\r\n");
    const third = await hold(port, alive, "0\r\n\r\n");
    await second.write(new TextEncoder().encode(alive));
    await second.read(new Uint8Array(1000));
    assert.equal(code(await raw(port, head(port))), 200);
    assert(await ends(first), "the one that has said nothing");
    const fourth = await hold(port, alive, "0\r\n\r\n");
    const fifth = await hold(port, alive, "0\r\n\r\n");
    assert(await ends(third), "the next");
    for (const connection of [first, second, third, fourth, fifth]) connection.close();
  }));

Deno.test("where all connections are at work, a new one is closed", async () => {
  const body = () => new ReadableStream({ start: (it) => it.enqueue(new Uint8Array([65])) });
  const handle = () => Promise.resolve(new Response(body()));
  await withDoor({ maxConnections: 2, handle }, async (port) => {
    const held = [await hold(port, head(port), "A"), await hold(port, head(port), "A")];
    assert(Number.isNaN(code(await raw(port, head(port)).catch(() => ""))));
    for (const connection of held) connection.close();
  });
});

Deno.test("a request whose answer never comes holds nothing once its client is gone", async () => {
  let answer: ((response: Response) => void) | undefined;
  let seen: ((request: Request) => void) | undefined;
  const asked = new Promise<Request>((resolve) => seen = resolve);
  const handle = (request: Request) => {
    seen!(request);
    return new Promise<Response>((resolve) => answer = resolve);
  };
  await withDoor({ handle }, async (port) => {
    const connection = await hold(port, head(port));
    const { signal } = await asked;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    connection.close();
    await aborted;
  });
  // The door has closed without it; what comes at last is let go of.
  const cancelled = new Promise<void>((resolve) =>
    answer!(new Response(new ReadableStream({ cancel: () => resolve() })))
  );
  await cancelled;
});

Deno.test("the requests of one connection are answered one after another", async () => {
  let running = 0;
  let most = 0;
  const handle = async (request: Request) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running--;
    return new Response(new URL(request.url).pathname, { headers: { "content-length": "2" } });
  };
  await withDoor({ handle }, async (port) => {
    const paths = Array.from({ length: 9 }, (_, i) => `/${i + 1}`);
    const requests = paths.map((path) =>
      head(port, path === "/9" ? ["Connection: close"] : []).replace(" / ", ` ${path} `)
        .replace("Connection: close\r\n", "")
    );
    const answers = await raw(port, requests.join(""));
    assert.deepEqual(answers.match(/\/\d(?!\.)/g), paths);
    assert.equal(most, 1);
  });
});

Deno.test("a client that stops reading an answer of known length is let go of", async () => {
  const body = new Uint8Array(64 * 2 ** 20);
  let gone: Promise<void> | undefined;
  const handle = (request: Request) => {
    gone = new Promise((resolve) => request.signal.addEventListener("abort", () => resolve()));
    const headers = { "content-length": String(body.length) };
    return Promise.resolve(new Response(body, { headers }));
  };
  await withDoor({ handle, limits: { readMs: 200 } }, async (port) => {
    const connection = await hold(port, head(port), "200 OK");
    await gone;
    connection.close();
  });
});

Deno.test("bodies that never come to their end make room for others", async () => {
  const bodies = new Bodies(2_500);
  const slow = Array.from({ length: 3 }, () => incoming("x".repeat(1_000)));
  const reads = slow.map((request) => bodies.read(request, 2_000).catch(() => "given up"));
  assert.equal(await reads[0], "given up");
  assert.equal(slow[0].socket.destroyed, true);
  for (const request of slow.slice(1)) request.push(null);
  const lengths = (await Promise.all(reads.slice(1))).map((body) => body?.length);
  assert.deepEqual(lengths, [1_000, 1_000]);
});

/** A request of which `text` has come. */
function incoming(text: string): IncomingMessage {
  const socket = new Socket();
  const request = new IncomingMessage(socket);
  socket.on("close", () => request.destroy(new Error("aborted")));
  request.push(text);
  return request;
}

Deno.test("connections come in while descriptors are left for the rest of the process", () => {
  const DESCRIPTORS = 256;
  let others = 60;
  const open = new Set<Duplex>();
  let least = Infinity;
  const connections = new Connections((count) => count <= DESCRIPTORS - others - open.size);
  const door = {};
  const come = () => {
    const stream = new Duplex();
    stream._destroy = (_error, done) => {
      open.delete(stream);
      done(null);
      stream.emit("close");
    };
    open.add(stream);
    if (!connections.admit(stream, door, 2_000)) stream.destroy();
    least = Math.min(least, DESCRIPTORS - others - open.size);
    return stream;
  };
  for (let i = 0; i < 1_000; i++) come();
  assert(connections.size > 100, `${connections.size} connections`);
  assert(least >= 24, `${least} descriptors were left`);
  const busy = [...open];
  for (const stream of busy) connections.engage(stream);
  assert.equal(come().destroyed, true, "none waits, and the new one is closed");
  connections.wait(busy[5]);
  assert.equal(come().destroyed, false);
  assert.equal(busy[5].destroyed, true, "the one that waits makes room");
  others = 250;
  for (const stream of [...open]) stream.destroy();
  assert.equal(come().destroyed, true, "no room at all");
  others = 60;
  assert.equal(come().destroyed, false, "room again");
});

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
