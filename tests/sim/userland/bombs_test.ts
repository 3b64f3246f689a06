import assert from "node:assert/strict";
import { SeededRandom } from "../../../lib/base/mod.ts";
import type { ContainerContext, Program, RunningProgram } from "../../../lib/sim/seams.ts";
import { type UserlandContainer, withUserland } from "../../../lib/sim/userland/mod.ts";
import { podOf, World } from "../kubelet/_world.ts";
import { bomb } from "./_bombs.ts";
import { BUSYBOX } from "./_container.ts";

const SEED = Number(Deno.env.get("BOMB_SEED") ?? 20261124);
const BATCHES = 6;
const PODS = 50;
const MINUTES = 2;
/** Codes that a shell or a tool gives, or that signals leave. */
const isCode = (code: number) =>
  code <= 128 || [130, 134, 137, 139, 141, 143, 254, 255].includes(code);
/** The worker's cores, and the steps that each may take in a second; and those of who waits in between. */
const CORES = 4;
const STEPS_PER_CPU_SECOND = 600;
const STEPS_PER_IDLE_SECOND = 1_000;
const BURST_STEPS = 20_000;
const ALL_MEMORY_BYTES = 256 << 20;

/** A program that is watched: what its containers did, and the memory they took. */
class Watched implements Program {
  readonly name = "busybox";
  readonly images = ["busybox"];
  readonly #program = withUserland(BUSYBOX);
  readonly containers: UserlandContainer[] = [];
  reservedBytes = 0;
  mostBytes = 0;

  start(context: ContainerContext): RunningProgram {
    const reserve = (deltaBytes: number) => {
      const given = context.room.reserve(deltaBytes);
      if (given) this.reservedBytes += deltaBytes;
      this.mostBytes = Math.max(this.mostBytes, this.reservedBytes);
      return given;
    };
    const running = this.#program.start({ ...context, room: { ...context.room, reserve } });
    this.containers.push(running as UserlandContainer);
    return running;
  }

  get steps(): number {
    return this.containers.reduce((sum, { account }) => sum + account.steps, 0);
  }
}

function bombPod(random: SeededRandom, name: string, script: string) {
  const limits = random.pick([undefined, { memory: "16Mi" }, { cpu: "100m", memory: "64Mi" }]);
  return podOf(name, {
    restartPolicy: random.pick(["Never", "Always", "OnFailure"]),
    terminationGracePeriodSeconds: 1,
    containers: [{
      name: "main",
      image: "busybox",
      command: ["sh", "-c", script],
      resources: limits ? { limits } : {},
    }],
  });
}

Deno.test(`300 scripts made to throw, loop, grow or recurse end alone or are held back (seed ${SEED})`, () => {
  console.log(`bombs: seed ${SEED}`);
  const random = new SeededRandom(SEED);
  for (let batch = 0; batch < BATCHES; batch++) {
    const watched = new Watched();
    const one = new World(undefined, { programs: [watched] });
    const scripts = Array.from({ length: PODS }, () => bomb(random));
    scripts.forEach((script, i) => one.create(bombPod(random, `bomb-${i}`, script)));
    one.wait(MINUTES * 30);
    const before = watched.steps;
    const begun = watched.containers.length;
    one.wait(MINUTES * 30);
    const taken = watched.steps - before;
    const started = watched.containers.length - begun;
    const most = MINUTES * 30 * (CORES * STEPS_PER_CPU_SECOND + PODS * STEPS_PER_IDLE_SECOND) +
      started * BURST_STEPS;
    assert.ok(taken <= most, `${taken} steps, of ${most}`);
    assert.ok(watched.mostBytes <= ALL_MEMORY_BYTES, String(watched.mostBytes));
    scripts.forEach((script, i) => {
      for (const status of one.pod(`bomb-${i}`)!.status!.containerStatuses ?? []) {
        for (const state of [status.state, status.lastState]) {
          const { exitCode = 0, reason } = state?.terminated ?? {};
          assert.ok(isCode(exitCode), `${exitCode}: ${script}`);
          if (reason === "OOMKilled") assert.equal(exitCode, 137);
        }
      }
    });
    for (const container of watched.containers) {
      assert.equal(container.account.fault, undefined, scripts.join("\n----\n"));
    }
    one.save();
    one.close();
    assert.equal(Math.round(watched.reservedBytes), 0);
  }
});
