import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import WebSocket from "ws";
import type { Lab, LabStreamOptions } from "../../lib/labs/lab.ts";
import { streamOver } from "../../lib/labs/served_stream.ts";
import { type Listener, serveHttps } from "../../lib/sim/api/listener.ts";
import { Cluster } from "../../lib/sim/mod.ts";
import { MemoryState } from "../sim/fakes/mod.ts";
import { STRICT } from "../sim/_strict.ts";

/** A cluster with a pod that says something and sleeps, served. */
async function served(): Promise<{ one: Cluster; listener: Listener; close(): Promise<void> }> {
  const one = Cluster.boot({
    state: new MemoryState(),
    name: "hpa-practice",
    startMs: Date.UTC(2026, 10, 24),
    ...STRICT,
  });
  const api = one.api.client({ user: "system:admin", manager: "test" });
  api.create("pods", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "box", namespace: "default" },
    spec: {
      containers: [{
        name: "main",
        image: "busybox",
        command: ["sh", "-c", "echo hello; sleep 36000"],
      }],
    },
  });
  one.clock.advance(30_000);
  const lab = {
    api: (request: Request) => one.handle(request),
    stream(path: string, options: LabStreamOptions) {
      const url = new URL(path, "https://lab");
      const { protocol, start } = one.api.openStream({
        path: url.pathname,
        query: url.searchParams,
        headers: { "sec-websocket-protocol": options.protocols.join(", ") },
      });
      const handler = start({ send: options.onMessage, close: options.onClose });
      return Promise.resolve({
        protocol,
        send: (bytes: Uint8Array) => handler.onMessage(bytes),
        close: () => handler.onClose(),
      });
    },
  } as unknown as Lab;
  const listener = await serveHttps({
    handle: lab.api,
    stream: (request, accept) => streamOver(lab, request, accept),
  });
  const close = async () => {
    await listener.close();
    one.close();
  };
  return { one, listener, close };
}

/** What a client hears until the server ends, or `count` messages have come. */
async function heard(
  { url, kubeconfig }: Listener,
  path: string,
  { protocols = [], count = Infinity, say }: {
    protocols?: string[];
    count?: number;
    say?: string | Uint8Array;
  },
): Promise<{ status: number; protocol: string; messages: (string | number[])[] }> {
  const ca = atob(/certificate-authority-data: (.*)/.exec(kubeconfig)![1]);
  assert(new X509Certificate(ca).ca);
  const authorization = `Bearer ${/token: (.*)/.exec(kubeconfig)![1]}`;
  const socket = new WebSocket(url.replace("https", "wss") + path, protocols, {
    ca,
    headers: { authorization },
  });
  const messages: (string | number[])[] = [];
  return await new Promise((resolve, reject) => {
    const done = () => resolve({ status: 101, protocol: socket.protocol, messages });
    socket.on("open", () => say !== undefined && socket.send(say));
    socket.on("message", (data: Uint8Array, isBinary: boolean) => {
      messages.push(isBinary ? [...data] : new TextDecoder().decode(data));
      if (messages.length >= count) {
        socket.close();
        done();
      }
    });
    socket.on("unexpected-response", (_: unknown, response: { statusCode: number }) => {
      socket.terminate();
      resolve({ status: response.statusCode, protocol: "", messages });
    });
    socket.on("close", done);
    socket.on("error", (error: Error) => {
      if (!/established/.test(error.message)) reject(error);
    });
  });
}

const bytes = (text: string) => [...new TextEncoder().encode(text)];
const PODS = "/api/v1/namespaces/default/pods";

Deno.test("exec takes text frames, and no protocol at all", async () => {
  const { listener, close } = await served();
  const exec = `${PODS}/box/exec?stdin=true&stdout=true&command=sh&command=-c&command=${
    encodeURIComponent("read x; echo got $x")
  }`;
  const plain = await heard(listener, exec, { say: "\x00me\n" });
  assert.equal(plain.protocol, "");
  assert.deepEqual(plain.messages, [[1], [1, ...bytes("got me\n")]]);
  const text = await heard(listener, exec, {
    protocols: ["base64.channel.k8s.io"],
    say: `0${btoa("me\n")}`,
  });
  assert.deepEqual(text.messages, ["1", `1${btoa("got me\n")}`]);
  assert.equal((await heard(listener, exec, { protocols: ["v9.channel.k8s.io"] })).status, 403);
  const missing = await heard(listener, exec.replace("box", "none"), {});
  assert.equal(missing.status, 404);
  await close();
});

Deno.test("a watch tells its events as text", async () => {
  const { listener, close } = await served();
  const { messages, protocol } = await heard(listener, `${PODS}?watch=true`, {
    protocols: ["binary.k8s.io"],
    count: 1,
  });
  assert.equal(protocol, "binary.k8s.io");
  const event = JSON.parse(messages[0] as string);
  assert.equal(event.type, "ADDED");
  assert.equal(event.object.metadata.name, "box");
  const refused = await heard(listener, `${PODS.replace("pods", "none")}?watch=true`, {});
  assert.equal(refused.status, 404);
  await close();
});

Deno.test("a log comes as bytes, or in base64", async () => {
  const { listener, close } = await served();
  const log = `${PODS}/box/log`;
  for (const protocols of [[], ["binary.k8s.io"]]) {
    const { messages } = await heard(listener, log, { protocols });
    assert.deepEqual(messages, [[], bytes("hello\n")]);
  }
  const { messages } = await heard(listener, `${log}?follow=true`, {
    protocols: ["base64.binary.k8s.io"],
    count: 2,
  });
  assert.deepEqual(messages, ["", btoa("hello\n")]);
  assert.equal((await heard(listener, log, { protocols: ["v1"] })).status, 403);
  await close();
});
