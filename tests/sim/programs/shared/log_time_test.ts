import assert from "node:assert/strict";
import { VirtualClock } from "../../../../lib/base/mod.ts";
import { LogTime } from "../../../../lib/sim/programs/shared/log_time.ts";
import { Slog } from "../../../../lib/sim/programs/shared/slog.ts";
import type { Program } from "../../../../lib/sim/seams.ts";
import { FakeApi, FakeContainer, FakeNetwork } from "../../fakes/mod.ts";

const START = Date.UTC(2026, 10, 24, 3, 0, 0);

function runs(start: Program["start"]): FakeContainer {
  const clock = new VirtualClock(START);
  const api = new FakeApi(() => clock.now());
  const container = new FakeContainer(clock, new FakeNetwork(), api);
  return container.start({ name: "one", images: [], start });
}

Deno.test("lines of one instant are written one after the other, and the same in the same lab", () => {
  const times = () => {
    const out: string[] = [];
    runs((context) => {
      const time = new LogTime(context);
      for (let i = 0; i < 40; i++) out.push(time.next());
      context.after(7, () => out.push(time.next()));
      return {};
    }).clock.advance(7);
    return out;
  };
  const first = times();
  assert.deepEqual(times(), first);
  assert.deepEqual([...first].sort(), first);
  assert.equal(new Set(first).size, first.length);
  for (const time of first) assert.match(time, /^2026-11-24T03:00:00\.00[0-9]{7}Z$/);
  assert.match(first.at(-1)!, /^2026-11-24T03:00:00\.007/);
});

Deno.test("a log begins as its library has it", () => {
  const { lines } = runs((context) => {
    for (const style of ["prometheus", "operator", "go-kit"] as const) {
      new Slog(context, style).info("main.go:7", "a b", { empty: "", n: 1 });
    }
    return {};
  });
  const patterns = [
    /^time=2026-11-24T03:00:00\.000Z level=INFO source=main\.go:7 msg="a b" empty="" n=1$/,
    /^ts=2026-11-24T03:00:00\.000\d{1,6}Z level=info caller=main\.go:7 msg="a b" empty="" n=1$/,
    /^level=info ts=2026-11-24T03:00:00\.000\d{1,6}Z caller=main\.go:7 msg="a b" empty= n=1$/,
  ];
  lines.forEach((line, i) => assert.match(line, patterns[i]));
});
