import assert from "node:assert/strict";
import { type Handlers, Peer, PeerGoneError } from "../../lib/base/mod.ts";

/** Two sides that call each other. */
function pair(here: Handlers, there: Handlers) {
  const { port1, port2 } = new MessageChannel();
  const sides = [new Peer(port1, { handlers: here }), new Peer(port2, { handlers: there })];
  const close = () => {
    port1.close();
    port2.close();
  };
  return { sides, close };
}

Deno.test("Peer.forget() ends what is under way on both sides, and hears nothing more of it", async () => {
  const heard: string[] = [];
  let aborted = () => {};
  const isAborted = new Promise<void>((resolve) => aborted = resolve);
  const gone: unknown[] = [];
  const { sides: [main, worker], close } = pair({
    tell: (_call, what: string) => void heard.push(what),
    endless: () => new Promise(() => {}),
  }, {
    work: async (call) => {
      call.emit("step", "begun");
      await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
      aborted();
      return "too late";
    },
    name: () => "new",
  });
  const asked = worker.call("endless").catch((error) => gone.push(error));
  let begun = () => {};
  const isBegun = new Promise<void>((resolve) => begun = resolve);
  const work = main.call("work", [], { on: { step: () => begun() } });
  const failed = assert.rejects(work, (error) => {
    return error instanceof PeerGoneError && error.message === "Another time";
  });
  await isBegun;
  // Sent before the other side could know.
  void worker.call("tell", ["old"]).catch((error) => gone.push(error));
  main.forget("Another time");
  await failed;
  await isAborted;
  await asked;
  assert.equal(await main.call("name"), "new");
  await worker.call("tell", ["new"]);
  assert.deepEqual(heard, ["new"]);
  assert.deepEqual(gone.map((error) => error instanceof PeerGoneError), [true, true]);
  close();
});
