import assert from "node:assert/strict";
import { pause } from "../../lib/base/mod.ts";

Deno.test("pause() ends with its time or with its signal, and leaves nothing behind", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let [added, removed] = [0, 0];
  signal.addEventListener = new Proxy(signal.addEventListener, {
    apply: (add, self, args) => (added++, Reflect.apply(add, self, args)),
  });
  signal.removeEventListener = new Proxy(signal.removeEventListener, {
    apply: (remove, self, args) => (removed++, Reflect.apply(remove, self, args)),
  });
  await pause(1, signal);
  assert.deepEqual([added, removed], [1, 1]);
  const long = pause(3_600_000, signal);
  controller.abort();
  await long;
  await pause(3_600_000, signal);
  assert.deepEqual([added, removed], [2, 2]);
});
