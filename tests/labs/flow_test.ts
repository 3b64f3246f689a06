import assert from "node:assert/strict";
import { Peer } from "../../lib/base/mod.ts";
import { ConnectionError } from "../../lib/kube/mod.ts";
import { Board, LAB_ERRORS, RemoteLab, serveLab } from "../../lib/labs/mod.ts";
import type { ServedLab } from "../../lib/labs/serve_lab.ts";
import { fakeLab, MemoryState } from "./fake_lab.ts";

const CHUNK = 10_000;

/** A lab beyond a wall whose every answer has no end; `made` is how much of them was asked for, in bytes. */
function endless(): {
  remote: RemoteLab;
  made: () => number;
  cancelled: () => boolean;
  close(): void;
} {
  let made = 0;
  let cancelled = false;
  const api = () =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          pull: (controller) => {
            made += CHUNK;
            controller.enqueue(new Uint8Array(CHUNK));
          },
          cancel: () => void (cancelled = true),
        }),
      ),
    );
  const { port1, port2 } = new MessageChannel();
  new Peer(port1, { handlers: serveLab({ ...fakeLab(), api } as unknown as ServedLab) });
  const peer = new Peer(port2);
  const remote = new RemoteLab({
    peer: () => Promise.resolve(peer),
    board: new Board(),
    state: new MemoryState(),
  });
  const close = () => [port1, port2].forEach((port) => port.close());
  return { remote, made: () => made, cancelled: () => cancelled, close };
}

const aWhile = () => new Promise((resolve) => setTimeout(resolve, 50));

Deno.test("an answer that nobody reads waits where it is made, and goes on when it is read", async () => {
  const { remote, made, cancelled, close } = endless();
  const reader = (await remote.api(new Request("https://lab/x"))).body!.getReader();
  await aWhile();
  const waiting = made();
  assert.ok(waiting < 400_000, `${waiting} bytes wait`);
  await aWhile();
  assert.equal(made(), waiting);
  let read = 0;
  while (read < 3_000_000) read += (await reader.read()).value!.length;
  assert.ok(made() - read < 400_000, `${made() - read} bytes ahead`);
  await reader.cancel();
  await aWhile();
  assert.ok(cancelled());
  close();
});

Deno.test("a server that does not answer is told of in the same class on both sides of the wall", async () => {
  const { port1, port2 } = new MessageChannel();
  const api = () => Promise.reject(new ConnectionError("refused", "거부됨"));
  new Peer(port1, { handlers: serveLab({ ...fakeLab(), api } as unknown as ServedLab) });
  const peer = new Peer(port2, { errors: LAB_ERRORS });
  const remote = new RemoteLab({
    peer: () => Promise.resolve(peer),
    board: new Board(),
    state: new MemoryState(),
  });
  await assert.rejects(
    Promise.resolve(remote.api(new Request("https://lab/x"))),
    (error) => error instanceof ConnectionError && error.ko === "거부됨",
  );
  [port1, port2].forEach((port) => port.close());
});
