import assert from "node:assert/strict";
import { type ContainerStatus, hasRun } from "../../lib/kube/mod.ts";

Deno.test("a container has run once it started, whatever it is now", () => {
  const rows: [status: Partial<ContainerStatus>, hasLog: boolean][] = [
    [{ state: { waiting: { reason: "InvalidImageName" } } }, false],
    [{ state: { waiting: { reason: "ErrImageNeverPull" } } }, false],
    [{ state: { waiting: { reason: "CreateContainerConfigError" } } }, false],
    [{ state: { running: {} } }, true],
    [{ state: { terminated: { exitCode: 1 } } }, true],
    [{ state: { waiting: { reason: "CrashLoopBackOff" } }, restartCount: 1 }, true],
    [{ state: { waiting: {} }, lastState: { terminated: { exitCode: 0 } } }, true],
  ];
  for (const [status, hasLog] of rows) {
    const whole = { name: "a", image: "", imageID: "", ready: false, restartCount: 0, ...status };
    assert.equal(hasRun(whole), hasLog, JSON.stringify(status));
  }
});
