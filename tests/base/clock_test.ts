import assert from "node:assert/strict";
import { ActivityBoard, InvariantError, VirtualClock } from "../../lib/base/mod.ts";
import { threadCpuMs } from "../../lib/base/thread_cpu.ts";

Deno.test("advance() runs timers in order of time, then of setting", () => {
  const clock = new VirtualClock(1_000);
  const ran: string[] = [];
  clock.after(20, () => ran.push(`late ${clock.now()}`));
  clock.after(10, () => ran.push(`first ${clock.now()}`));
  clock.after(10, () => ran.push(`second ${clock.now()}`));
  clock.advance(15);
  assert.deepEqual(ran, ["first 1010", "second 1010"]);
  assert.equal(clock.now(), 1015);
  clock.advance(5);
  assert.deepEqual(ran.at(-1), "late 1020");
});

Deno.test("post() runs before time moves on", () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(10, () => clock.post(() => ran.push(`posted ${clock.now()}`)));
  clock.after(11, () => ran.push(`timer ${clock.now()}`));
  clock.advance(20);
  assert.deepEqual(ran, ["posted 10", "timer 11"]);
});

Deno.test("every() keeps to the grid of its origin, whenever it was set", () => {
  const clock = new VirtualClock(100_007);
  const ran: number[] = [];
  const cancel = clock.every(15_000, () => ran.push(clock.now()), { originMs: 7 });
  clock.advance(45_000);
  assert.deepEqual(ran, [105_007, 120_007, 135_007]);
  cancel();
  clock.advance(60_000);
  assert.equal(ran.length, 3);
});

Deno.test("a cancelled timer does not run", () => {
  const clock = new VirtualClock(0);
  const cancel = clock.after(5, () => assert.fail("ran"));
  cancel();
  clock.advance(10);
  assert.equal(clock.nextTimerMs(), undefined);
});

Deno.test("callbacks that post each other without end are an InvariantError", () => {
  const clock = new VirtualClock(0);
  const again = () => clock.post(again);
  clock.post(again);
  assert.throws(() => clock.drain(), InvariantError);
});

Deno.test("time is kept in whole milliseconds, whatever it is told", () => {
  const clock = new VirtualClock(1000.4);
  const ran: number[] = [];
  clock.after(10.5, () => ran.push(clock.now()));
  clock.advance(20.7);
  assert.deepEqual([clock.now(), ...ran], [1020, 1011]);
});

/** A clock whose faults are kept as `label: message`. */
function fenced(startMs = 0) {
  const faults: string[] = [];
  const labels = new Map<number, string>();
  const activity = new ActivityBoard();
  const wall = { ms: 0 };
  const clock = new VirtualClock(startMs, {
    onFault: ({ label, error }) => faults.push(`${label}: ${(error as Error).message}`),
    onScope: (id, label) => label === undefined ? labels.delete(id) : labels.set(id, label),
    activity,
    wall: () => wall.ms,
  });
  return { clock, faults, labels, activity, wall };
}

Deno.test("what a callback throws is reported under its scope, and time moves on", () => {
  const { clock, faults } = fenced();
  const ran: number[] = [];
  clock.scope("container default/bomb/bomb").every(10, () => {
    throw new TypeError("no such thing");
  });
  clock.every(10, () => void ran.push(clock.now()), { originMs: 0 });
  clock.post(() => {
    throw new Error("posted");
  });
  clock.advance(20);
  assert.deepEqual(ran, [10, 20]);
  assert.deepEqual(faults, [
    "clock: posted",
    "container default/bomb/bomb: no such thing",
    "container default/bomb/bomb: no such thing",
  ]);
});

Deno.test("a scope puts right what it can, and what that throws is reported too", () => {
  const { clock, faults } = fenced();
  const seen: string[] = [];
  const mended = clock.scope("mended", (error) => void seen.push((error as Error).message));
  const hopeless = clock.scope("hopeless", () => {
    throw new Error("again");
  });
  for (const scope of [mended, hopeless]) {
    scope.after(1, () => {
      throw new Error("once");
    });
  }
  clock.advance(1);
  assert.deepEqual(seen, ["once"]);
  assert.deepEqual(faults, ["mended: once", "hopeless: once", "hopeless: again"]);
});

Deno.test("a clock without a fault handler throws out of a scope, and its owner is not asked", () => {
  const clock = new VirtualClock(0);
  const scope = clock.scope("strict", () => assert.fail("asked"));
  scope.after(1, () => {
    throw new Error("out");
  });
  assert.throws(() => clock.advance(1), /out/);
  assert.throws(() => scope.run(() => assert.fail("in"), () => 0), /in/);
});

Deno.test("run() answers for a call that throws, and names what it was about", () => {
  const { clock, faults } = fenced();
  const scope = clock.scope("webhook");
  assert.equal(scope.run(() => 1, () => 0), 1);
  assert.equal(scope.run<number>(() => assert.fail("no"), () => 0, "one"), 0);
  assert.deepEqual(faults, ["webhook one: no"]);
});

Deno.test("what runs, and what of it, is there to be read by whoever shares the memory", () => {
  const { clock, labels, activity } = fenced();
  const [outer, inner] = [clock.scope("outer"), clock.scope("inner")];
  const reader = new ActivityBoard(activity.buffer);
  const seen: string[] = [];
  const look = () => {
    seen.push(
      reader.read().map(({ id, about }) => `${labels.get(id)} ${about}`.trim()).join(" > "),
    );
  };
  outer.post(() => {
    look();
    outer.note("pods default/web");
    inner.run(
      () => {
        look();
        inner.note("all");
        look();
      },
      () => {},
      "GET /",
    );
    look();
    assert.throws(() => inner.during("a throw", () => assert.fail()));
    look();
  });
  clock.post(look);
  clock.drain();
  look();
  assert.deepEqual(seen, [
    "outer",
    "outer pods default/web > inner GET /",
    "outer pods default/web > inner all",
    "outer pods default/web",
    "outer pods default/web",
    "clock",
    "",
  ]);
  inner.close();
  assert.equal(labels.get(inner.id), undefined);
});

Deno.test("of what is very deep or long, the outermost and the innermost are read, and a beginning", () => {
  const activity = new ActivityBoard();
  for (let id = 0; id < 100; id++) activity.enter(id, `${id}`.repeat(500));
  const read = activity.read();
  assert.deepEqual(read.map(({ id }) => id), [0, 1, 2, 3, 4, 5, 6, 99]);
  assert.deepEqual(read.map(({ about }) => about.length), Array(8).fill(200));
  for (let id = 0; id < 93; id++) activity.leave();
  assert.deepEqual(activity.read().map(({ id }) => id), [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("a scope that loops at one instant is named and held back alone, longer each time", () => {
  for (const way of ["post", "after"] as const) {
    const { clock, faults } = fenced();
    const loops = clock.scope("controller loops");
    const at: number[] = [];
    let ticks = 0;
    const again = () => {
      if (at.at(-1) !== clock.now()) at.push(clock.now());
      if (way === "post") loops.post(again);
      else loops.after(0, again);
    };
    loops.post(again);
    clock.every(100, () => ticks++, { originMs: 0 });
    clock.advance(4000);
    assert.deepEqual(at, [0, 1000, 3000], way);
    assert.equal(ticks, 40);
    assert.deepEqual(
      faults,
      Array(3).fill("controller loops: More than 100000 callbacks at one instant"),
    );
  }
});

Deno.test("a scope that loops slowly is held back alone, before the wall's time is up", () => {
  const { clock, faults, wall } = fenced();
  const loops = clock.scope("controller slow");
  let [runs, ticks] = [0, 0];
  const again = () => {
    runs++;
    wall.ms += 100;
    loops.post(again);
  };
  loops.post(again);
  clock.every(100, () => ticks++, { originMs: 0 });
  clock.advance(900);
  assert.deepEqual(faults, ["controller slow: More than 3 s of callbacks at one instant"]);
  assert.deepEqual([runs, ticks], [35, 9]);
  assert.equal(loops.spentMs, 0, "that was another instant");
});

Deno.test("a scope that is slow because its thread has to wait is not held back", () => {
  const faults: string[] = [];
  const [wall, cpu] = [{ ms: 0 }, { ms: 0 }];
  const clock = new VirtualClock(0, {
    onFault: ({ error }) => faults.push((error as Error).message),
    wall: () => wall.ms,
    cpu: () => cpu.ms,
  });
  const scope = clock.scope("controller slow");
  let runs = 0;
  const again = () => {
    wall.ms += 1_000;
    cpu.ms += 50;
    if (++runs < 40) scope.post(again);
  };
  scope.post(again);
  clock.drain();
  assert.deepEqual([runs, faults], [40, []]);
  assert.equal(scope.spentMs, 1_000 + 35 * 50);
  const loop = () => {
    again();
    scope.post(loop);
  };
  scope.post(loop);
  clock.advance(900);
  assert.equal(runs, 40 + 5 + 41);
  assert.deepEqual(faults, ["More than 3 s of callbacks at one instant"]);
});

Deno.test("a thread's CPU time grows while it works, and not while it waits", async () => {
  const beforeMs = threadCpuMs();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const waitedMs = threadCpuMs() - beforeMs;
  const fromMs = threadCpuMs();
  while (threadCpuMs() - fromMs < 100);
  assert.ok(waitedMs < 250, `${waitedMs} ms`);
});

Deno.test("callbacks that are slow and few are no loop", () => {
  const { clock, faults, wall } = fenced();
  const slow = clock.scope("slow");
  let ran = 0;
  for (let i = 0; i < 5; i++) {
    slow.post(() => {
      ran++;
      wall.ms += 10_000;
    });
  }
  clock.advance(10);
  assert.deepEqual([ran, faults], [5, []]);
});

Deno.test("what was held back can still be cancelled, and runs when it was not", () => {
  const { clock } = fenced();
  const scope = clock.scope("crowd");
  let ran = 0;
  for (let i = 0; i < 100_000; i++) scope.after(5, () => ran++);
  const cancel = scope.after(5, () => ran++);
  scope.after(5, () => ran++);
  clock.advance(5);
  assert.equal(ran, 100_000);
  cancel();
  clock.advance(1000);
  assert.equal(ran, 100_001);
});

Deno.test("a timer without a time is refused, for nothing behind it would ever come", () => {
  const clock = new VirtualClock(0);
  assert.throws(() => clock.after(NaN, () => {}), RangeError);
});

Deno.test("calls from outside at one instant are no loop", () => {
  const { clock, faults } = fenced();
  let ran = 0;
  for (let i = 0; i < 100_001; i++) {
    clock.post(() => ran++);
    clock.drain();
  }
  assert.deepEqual([ran, faults], [100_001, []]);
});
