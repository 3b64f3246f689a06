import assert from "node:assert/strict";
import { containerTrouble } from "../../lib/doctor/pods.ts";
import type { Reads } from "../../lib/doctor/reads.ts";

const KILLED = { terminated: { reason: "OOMKilled", exitCode: 137 } };
const backOff = (reason: string) => ({ waiting: { reason, message: "wait 10s" } });

/** A container's status, what it logged; why it is not ready, what is told of it, and the field that says so. */
const ENDS: [given: Record<string, unknown>, reason: string, told: string, field: string][] = [
  [{ state: KILLED }, "OOMKilled", "exit code 137", "state.terminated"],
  [
    { state: backOff("CrashLoopBackOff"), lastState: KILLED },
    "CrashLoopBackOff",
    "OOMKilled, exit code 137",
    "lastState.terminated",
  ],
  [
    { state: backOff("ErrImagePull"), lastState: KILLED },
    "ErrImagePull",
    "wait 10s",
    "state.waiting.message",
  ],
];

Deno.test("of a container that ended in silence the way that it ended is told", async () => {
  const reads = { log: () => Promise.resolve("\n") } as unknown as Reads;
  for (const field of ["containerStatuses", "initContainerStatuses"]) {
    for (const [given, reason, told, path] of ENDS) {
      const status = { [field]: [{ name: "web", restartCount: 2, ready: false, ...given }] };
      const pod = { metadata: { name: "web-1", namespace: "shop" }, status } as any;
      const trouble = await containerTrouble(reads, pod);
      assert.deepEqual([trouble.reason, trouble.told], [reason, told]);
      const { command, printed } = trouble.seen;
      assert.ok(command.includes(`{.status.${field}[?(@.name=="web")].${path}}`), command);
      assert.match(printed, path.endsWith("terminated") ? /137/ : /^wait 10s$/);
    }
  }
});
