import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, createDeflate } from "node:zlib";
import { ApiError } from "../../../lib/kube/mod.ts";
import { Cluster } from "../../../lib/sim/mod.ts";
import { DICTIONARY } from "../../../lib/sim/api/spdy.ts";
import { MemoryState } from "../fakes/mod.ts";
import { STRICT } from "../_strict.ts";

const START_MS = Date.UTC(2026, 10, 24);
const REMOTE = "v5.channel.k8s.io";
const TUNNEL = "SPDY/3.1+portforward.k8s.io";

/** A cluster with a busybox and an nginx pod. */
function cluster(): Cluster {
  const one = Cluster.boot({
    state: new MemoryState(),
    name: "hpa-practice",
    startMs: START_MS,
    ...STRICT,
  });
  const api = one.api.client({ user: "system:admin", manager: "test" });
  const containers: [string, object][] = [
    ["box", { image: "busybox", command: ["sleep", "36000"] }],
    ["web", { image: "nginx" }],
    ["typed", { image: "busybox", command: ["sh"], stdin: true, tty: true }],
    ["bare", { image: "registry.k8s.io/etcd:3.6.6" }],
  ];
  for (const [name, container] of containers) {
    api.create("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: { containers: [{ name: "main", ...container }] },
    });
  }
  one.clock.advance(30_000);
  return one;
}

/** A stream as a client sees it: what came over each channel, and whether it was ended. */
class Client {
  readonly received: string[] = [];
  closed = false;
  readonly protocol: string;
  readonly #handler: { onMessage(bytes: Uint8Array): void; onClose(): void };

  constructor(
    one: Cluster,
    path: string,
    protocols: string,
    onBytes?: (bytes: Uint8Array) => void,
  ) {
    const url = new URL(`/api/v1/namespaces/default/pods/${path}`, "https://lab");
    const { protocol, start } = one.api.openStream({
      path: url.pathname,
      query: url.searchParams,
      headers: { "sec-websocket-protocol": protocols },
    });
    this.protocol = protocol;
    this.#handler = start({
      send: (bytes) => {
        onBytes?.(bytes);
        const channel = bytes[0];
        this.received[channel] = (this.received[channel] ?? "") +
          new TextDecoder().decode(bytes.subarray(1));
      },
      close: () => void (this.closed = true),
    });
  }

  send(...bytes: number[]): this {
    this.#handler.onMessage(new Uint8Array(bytes));
    return this;
  }

  type(text: string): this {
    return this.send(0, ...new TextEncoder().encode(text));
  }

  get status() {
    return JSON.parse(this.received[3]);
  }
}

const command = (...words: string[]) =>
  words.map((word) => `command=${encodeURIComponent(word)}`).join("&") + "&stdout=true&stderr=true";

Deno.test("exec runs a command, and gives its output and exit code over their channels", () => {
  const one = cluster();
  const run = new Client(
    one,
    `box/exec?${command("sh", "-c", "echo out; echo err >&2; exit 7")}`,
    REMOTE,
  );
  assert.equal(run.protocol, REMOTE);
  assert.equal(run.received[1], "out\n");
  assert.equal(run.received[2], "err\n");
  assert.deepEqual(run.status.details.causes, [{ reason: "ExitCode", message: "7" }]);
  assert.equal(run.closed, true);
  const fed = new Client(
    one,
    `box/exec?stdin=true&${command("cat")}`,
    `x, v4.channel.k8s.io, ${REMOTE}`,
  );
  fed.type("é\n");
  assert.equal(fed.received[1], "é\n");
  assert.equal(fed.closed, false);
  fed.send(255, 0);
  assert.equal(fed.status.status, "Success");
  const later = new Client(one, `box/exec?${command("sh", "-c", "sleep 5; echo late")}`, REMOTE);
  assert.equal(later.received[1], "");
  one.clock.advance(6_000);
  assert.equal(later.received[1], "late\n");
  one.close();
});

Deno.test("exec is refused as upstream refuses it", () => {
  const one = cluster();
  const missing = new Client(one, `bare/exec?${command("sh")}`, REMOTE).status;
  assert.equal(missing.reason, "InternalError");
  assert.match(
    missing.message,
    /^Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in \$PATH$/,
  );
  const refusals: [path: string, code: number, message: RegExp][] = [
    [`none/exec?${command("ls")}`, 404, /^pods "none" not found$/],
    [`box/exec?container=x&${command("ls")}`, 400, /^container x is not valid for pod box$/],
    [`box/status?${command("ls")}`, 404, /could not find/],
  ];
  for (const [path, code, message] of refusals) {
    assert.throws(() => new Client(one, path, REMOTE), (error: ApiError) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(
    () => new Client(one, `box/exec?${command("ls")}`, "v9.channel.k8s.io"),
    { name: "KubeletRefusal", code: 403 },
  );
  one.close();
});

Deno.test("exec without a command, a stream or a port that makes sense is refused, and breaks no container", () => {
  const one = cluster();
  for (const asked of [REMOTE, "v4.channel.k8s.io"]) {
    const { status } = new Client(one, "box/exec?stdout=true", asked);
    assert.equal(status.reason, "InternalError");
    assert.match(status.message, /OCI runtime exec failed: exec failed: args must not be empty$/);
  }
  assert.match(
    new Client(one, "box/exec?stdout=yes&command=", REMOTE).status.message,
    /exec: "": /,
  );
  const refusals: [path: string, name: string, message: string][] = [
    [
      "box/exec?command=ls",
      "KubeletRefusal",
      "you must specify at least 1 of stdin, stdout, stderr",
    ],
    ["box/attach", "KubeletRefusal", "you must specify at least 1 of stdin, stdout, stderr"],
    ["box/portforward", "KubeletRefusal", 'query parameter "port" is required'],
    ["box/portforward?ports=0", "KubeletRefusal", 'port "0" must be > 0'],
    [
      "box/portforward?ports=80,x",
      "ApiError",
      'cannot convert to []int32: strconv.ParseUint: parsing "x": invalid syntax',
    ],
    [
      "box/portforward?ports=65536",
      "ApiError",
      'cannot convert to []int32: strconv.ParseUint: parsing "65536": value out of range',
    ],
  ];
  for (const [path, name, message] of refusals) {
    assert.throws(() => new Client(one, path, "v4.channel.k8s.io"), { name, message, code: 400 });
  }
  // It goes on as it was.
  assert.equal(new Client(one, `box/exec?${command("echo", "on")}`, REMOTE).received[1], "on\n");
  one.close();
});

Deno.test("exec speaks every protocol of the kubelet's; the oldest tell a failure in words alone", () => {
  const one = cluster();
  const path = `box/exec?stdin=true&${command("sh", "-c", "cat; exit 3")}`;
  const words = "command terminated with non-zero exit code: " +
    "error executing command [sh -c cat; exit 3], exit code 3";
  for (const asked of ["", "channel.k8s.io", "x, channel.k8s.io, v4.channel.k8s.io"]) {
    const fed = new Client(one, path, asked);
    assert.equal(fed.protocol, asked && "channel.k8s.io");
    fed.type("hi\n\x04");
    assert.equal(fed.received[1], "hi\n\x04");
    const run = new Client(one, `box/exec?${command("sh", "-c", "exit 3")}`, asked);
    assert.equal(run.received[3], words.replace("cat; ", ""));
    assert.equal(new Client(one, `box/exec?${command("true")}`, asked).received[3], undefined);
  }
  for (const protocol of ["base64.channel.k8s.io", "v4.base64.channel.k8s.io"]) {
    const texts: string[] = [];
    const run = new Client(
      one,
      `box/exec?stdin=true&${command("sh", "-c", "read x; echo $x; exit 3")}`,
      protocol,
      (bytes) => texts.push(new TextDecoder().decode(bytes)),
    );
    run.send(...new TextEncoder().encode("0not base64!"));
    run.send(...new TextEncoder().encode(`0${btoa("hi\n")}`));
    assert.deepEqual(texts.slice(0, 2), ["1", `1${btoa("hi\n")}`]);
    const ended = atob(texts[2].slice(1));
    assert.equal(
      protocol.startsWith("v4") ? JSON.parse(ended).reason : ended.slice(0, 18),
      {
        "base64.channel.k8s.io": "command terminated",
        "v4.base64.channel.k8s.io": "NonZeroExitCode",
      }[protocol],
    );
  }
  one.close();
});

Deno.test("attach joins a terminal: a prompt, an echo, Ctrl-C and what is typed", () => {
  const one = cluster();
  const joined = new Client(one, "typed/attach?stdin=true&stdout=true&tty=true", REMOTE);
  joined.type("echo $((6*7))\r").type("nonsen\x7fse\x03").type("sleep 100\r");
  assert.equal(
    joined.received[1],
    "echo $((6*7))\r\n42\r\n/ # nonsen\b \bse^C\r\n/ # sleep 100\r\n",
  );
  joined.type("\x03");
  assert.match(joined.received[1], /\^C\r\n\/ # $/);
  joined.type("exit 3\r");
  assert.equal(joined.closed, true);
  one.clock.advance(2_000);
  const pod = one.api.client({ user: "system:admin", manager: "test" }).get(
    "pods",
    "default",
    "typed",
  )!;
  assert.equal(
    pod.status.containerStatuses[0].lastState.terminated?.exitCode ??
      pod.status.containerStatuses[0].state.terminated?.exitCode,
    3,
  );
  one.close();
});

Deno.test("a port is forwarded over two channels, an error over the second", () => {
  const one = cluster();
  const request = new TextEncoder().encode("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  const open = new Client(one, "web/portforward?ports=80", "v4.channel.k8s.io");
  open.send(0, ...request).send(0, ...request);
  assert.equal(open.received[0].slice(2).match(/HTTP\/1\.1 404 Not Found/g)!.length, 2);
  assert.equal(open.closed, false);
  const shut = new Client(one, "web/portforward?ports=81", "v4.channel.k8s.io");
  assert.match(shut.received[1].slice(2), /^error forwarding port 81 to pod .* connection refused/);
  assert.equal(shut.closed, true);
  one.close();
});

/** A SPDY header block, compressed as one stream from block to block. */
class Headers {
  readonly #deflate = createDeflate({ dictionary: DICTIONARY });
  async block(headers: Record<string, string>): Promise<Buffer> {
    const number = (value: number) => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(value);
      return out;
    };
    const texts = Object.entries(headers).flat();
    const plain = Buffer.concat([
      number(texts.length / 2),
      ...texts.flatMap((text) => [number(text.length), Buffer.from(text)]),
    ]);
    const parts: Buffer[] = [];
    const onData = (part: Buffer) => void parts.push(part);
    this.#deflate.on("data", onData);
    await new Promise<void>((resolve) => void this.#deflate.write(plain, () => resolve()));
    await new Promise<void>((resolve) =>
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve())
    );
    this.#deflate.off("data", onData);
    return Buffer.concat(parts);
  }
}

Deno.test("a port is forwarded by SPDY streams inside a WebSocket, as kubectl does", async () => {
  const one = cluster();
  let sent = Buffer.alloc(0);
  const client = new Client(one, "web/portforward", TUNNEL, (bytes) => {
    sent = Buffer.concat([sent, bytes]);
  });
  assert.equal(client.protocol, TUNNEL);
  const headers = new Headers();
  const synStream = async (id: number, type: string) => {
    const block = await headers.block({ streamtype: type, port: "80", requestid: "0" });
    const frame = Buffer.alloc(18);
    frame.writeUInt32BE(0x80030001, 0);
    frame.writeUInt32BE(10 + block.length, 4);
    frame.writeUInt32BE(id, 8);
    return Buffer.concat([frame, block]);
  };
  const body = Buffer.from("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const head = Buffer.alloc(8);
  head.writeUInt32BE(3, 0);
  head.writeUInt32BE(body.length, 4);
  const all = Buffer.concat([await synStream(1, "error"), await synStream(3, "data"), head, body]);
  // In pieces, as a network may bring them.
  for (let at = 0; at < all.length; at += 7) client.send(...all.subarray(at, at + 7));
  while (!sent.includes("</html>")) await new Promise((resolve) => setTimeout(resolve, 5));
  // Two replies, then data on stream 3.
  assert.equal(sent.readUInt32BE(0), 0x80030002);
  assert.equal(sent.readUInt32BE(8), 1);
  assert.match(sent.toString("latin1"), /HTTP\/1\.1 200 OK[^]*Welcome to nginx!/);
  one.close();
});
