import assert from "node:assert/strict";
import type { Fault } from "../../lib/base/mod.ts";
import { ActivityBoard, VirtualClock } from "../../lib/base/mod.ts";
import { ApiError } from "../../lib/kube/mod.ts";
import { type Key, nameOf, type Reconciler, startReconciler } from "../../lib/sim/reconcile.ts";
import type { SimContext } from "../../lib/sim/seams.ts";

/** A reconciler on a clock of its own, without a cluster. */
function start(reconcile: (key: Key, again: (key: Key) => void) => void) {
  const faults: string[] = [];
  const activity = new ActivityBoard();
  const wall = { ms: 0 };
  const clock = new VirtualClock(0, {
    onFault: ({ label, error }: Fault) => faults.push(`${label}: ${(error as Error).message}`),
    activity,
    wall: () => wall.ms,
  });
  const ran: string[] = [];
  let enqueue: (key: Key) => void = () => {};
  const reconciler: Reconciler = {
    name: "tester",
    watches: [],
    subject: ({ namespace, name }) => `${namespace}/${name}`,
    follow: (name) => {
      enqueue = name;
      return () => {};
    },
    reconcile(key) {
      ran.push(`${key.name} ${clock.now()}`);
      reconcile(key, enqueue);
    },
  };
  const stop = startReconciler({ clock } as unknown as SimContext, reconciler);
  return {
    clock,
    activity,
    wall,
    faults,
    ran,
    stop,
    enqueue: (name: string) => enqueue({ namespace: "ns", name }),
  };
}

Deno.test("whatever a reconcile throws is that key's failure, tried again later each time", () => {
  const it = start(({ name }) => {
    if (name === "bad") throw new TypeError("null has no spec");
  });
  it.enqueue("bad");
  it.enqueue("good");
  it.clock.advance(40);
  assert.deepEqual(it.ran, ["bad 0", "good 0", "bad 5", "bad 15", "bad 35"]);
  assert.deepEqual(new Set(it.faults), new Set(["controller tester ns/bad: null has no spec"]));
  it.stop();
});

Deno.test("an answer of the API is tried again too, and is no fault", () => {
  const it = start(() => {
    throw ApiError.notFound("pods", "web");
  });
  it.enqueue("web");
  it.clock.advance(5);
  assert.deepEqual([it.ran, it.faults], [["web 0", "web 5"], []]);
  it.stop();
});

Deno.test("a key that is named again without end is held back, and the others go on", () => {
  const it = start((key, again) => {
    if (key.name === "loop") again(key);
  });
  it.enqueue("loop");
  it.enqueue("good");
  it.clock.advance(4000);
  assert.deepEqual(
    it.faults,
    Array(3).fill("controller tester ns/loop: Reconciled 1000 times at one instant"),
  );
  const times = new Set(it.ran.map((one) => one.replace("loop ", "")));
  assert.deepEqual([...times], ["0", "good 0", "1000", "3000"]);
  it.enqueue("good");
  it.clock.drain();
  assert.equal(it.ran.at(-1), "good 4000");
  it.stop();
});

Deno.test("a key that is named again without end and slowly is held back, and the others go on", () => {
  const it = start((key, again) => {
    if (key.name !== "loop") return;
    it.wall.ms += 100;
    again(key);
  });
  it.enqueue("loop");
  it.enqueue("good");
  it.clock.advance(900);
  assert.deepEqual(
    it.faults,
    ["controller tester ns/loop: Reconciled for more than 2 s at one instant"],
  );
  it.enqueue("good");
  it.clock.drain();
  assert.equal(it.ran.at(-1), "good 900");
  it.stop();
});

Deno.test("another thread can read which object is reconciled", () => {
  const seen: string[] = [];
  const it = start(() => void seen.push(it.activity.read().at(-1)!.about));
  it.enqueue("web");
  it.clock.drain();
  assert.deepEqual(seen, ["ns/web"]);
  assert.equal(nameOf("nodes", { namespace: "", name: "worker" }), "nodes worker");
  assert.equal(
    nameOf("deployments.apps", { namespace: "a", name: "b" }),
    "deployments.apps a/b",
  );
  it.stop();
});
