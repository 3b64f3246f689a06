import assert from "node:assert/strict";
import type { ContainerContext, Program, RunningProgram } from "../../../lib/sim/seams.ts";
import { NetworkError } from "../../../lib/sim/seams.ts";
import { IDLE, idle, podOf, World } from "./_world.ts";

/** A program that breaks where its first argument says. */
function fragile(more: Partial<Program> = {}): Program {
  return {
    name: "fragile",
    images: ["fragile"],
    start: (context) => new Fragile(context),
    ...more,
  };
}

class Fragile implements RunningProgram {
  readonly #place: string;

  constructor(context: ContainerContext) {
    this.#place = context.args[0];
    this.#at("start");
    if (context.resumed !== undefined) this.#at("resume");
    context.log("started");
    context.after(5000, () => this.#at("after"));
    context.every(5000, () => this.#at("every"));
    if (this.#place === "loop") {
      const again = () => void context.after(0, again);
      context.after(5000, again);
    }
    context.kube.watch("configmaps", ({ object }) => {
      if (object.metadata.name === "signal") this.#at("watch");
    });
    context.net.listen(80, () => {
      this.#at("request");
      return { status: 200, headers: {}, body: "fine" };
    });
  }

  #at(place: string): void {
    if (place === this.#place) throw new TypeError(`broken in ${place}`);
  }

  snapshot(): unknown {
    this.#at("snapshot");
    return { kept: 1 };
  }

  save(): void {
    this.#at("save");
  }

  stop(): void {
    this.#at("stop");
  }

  killed(): void {
    this.#at("killed");
  }

  exec(): never {
    throw new TypeError("broken in exec");
  }
}

function worldOf(place: string, program = fragile()): World {
  const world = new World(undefined, { programs: [program], fenced: true });
  world.create(podOf("web", {
    containers: [{ name: "main", image: "fragile:1", args: [place] }],
    terminationGracePeriodSeconds: 5,
  }));
  world.create(podOf("other", idle(["listen=80"])));
  return world.wait(12);
}

const main = (world: World): any => world.pod("web")?.status?.containerStatuses?.[0];

const ignore = { tty: false, stdin: false, onStdout() {}, onStderr() {}, onExit() {} };

const CRASHES: [place: string, provoke: (world: World) => void][] = [
  ["start", () => {}],
  ["after", () => {}],
  ["every", () => {}],
  ["watch", (world) => {
    world.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "signal" } });
  }],
  ["save", (world) => world.save()],
  ["snapshot", (world) => world.save()],
  ["exec", (world) => {
    const at = { namespace: "default", pod: "web", container: "main" };
    assert.throws(() => world.kubelets.streams.exec(at, ["ls"], ignore), /container not running/);
  }],
];

for (const [place, provoke] of CRASHES) {
  Deno.test(`a program that breaks in ${place} ends its container as a panic does`, () => {
    const world = worldOf(place);
    provoke(world);
    world.wait(3);
    const { state, lastState } = main(world);
    const { exitCode, reason } = (state.terminated ?? lastState.terminated) as any;
    assert.deepEqual([exitCode, reason], [2, "Error"]);
    assert.equal(world.faults[0], `container default/web/main: broken in ${place}`);
    const logs = [
      ...world.log("web", "main", { previous: true }) ?? [],
      ...world.log("web", "main") ?? [],
    ];
    assert.ok(logs.includes(`panic: broken in ${place}`), logs.join("\n"));
    world.wait(60);
    assert.ok(main(world).restartCount > 0, "it is started again");
    assert.ok(world.faults.every((fault) => fault.startsWith("container default/web/main: ")));
    assert.equal(world.pod("other")?.status?.phase, "Running");
    world.close();
  });
}

Deno.test("a container that goes on breaking is in CrashLoopBackOff, with its event", () => {
  const world = worldOf("start").wait(120);
  assert.equal(main(world).state.waiting.reason, "CrashLoopBackOff");
  assert.ok(world.events("web").some((event) => event.startsWith("BackOff: Back-off restarting")));
  world.close();
});

Deno.test("a program that breaks while it is stopped or killed goes all the same", () => {
  for (const place of ["stop", "killed"]) {
    const world = worldOf(place);
    world.api.delete("pods", "default", "web");
    world.wait(10);
    assert.equal(world.pod("web"), undefined, place);
    assert.equal(world.faults[0], `container default/web/main: broken in ${place}`);
    world.close();
  }
});

Deno.test("a request that breaks a server resets its connection, is logged, and is all that fails", () => {
  const world = worldOf("request");
  const ip = world.pod("web")!.status!.podIP;
  assert.throws(
    () => world.get(`http://${ip}/`),
    (error) => error instanceof NetworkError && error.message === "EOF",
  );
  world.wait(60);
  assert.equal(main(world).restartCount, 0);
  assert.match(
    world.log("web", "main")![1],
    /^2026\/11\/24 00:00:12 http: panic serving 172\.18\.0\.1:\d{5}: broken in request$/,
  );
  world.close();
});

Deno.test("a program with a crash of its own ends as it says", () => {
  const crash = { exitCode: 139, lines: () => ["core dumped"] };
  const world = worldOf("request", fragile({ crash }));
  assert.throws(() => world.get(`http://${world.pod("web")!.status!.podIP}/`), NetworkError);
  world.wait(3);
  assert.equal((main(world).state.terminated ?? main(world).lastState.terminated).exitCode, 139);
  world.close();
});

Deno.test("a program that loops at one instant is ended, and time goes on", () => {
  const world = worldOf("loop").wait(5);
  assert.equal(
    world.faults[0],
    "container default/web/main: More than 100000 callbacks at one instant",
  );
  assert.equal((main(world).state.terminated ?? main(world).lastState.terminated).exitCode, 2);
  world.close();
});

Deno.test("a save in which a program breaks keeps the state of the others", () => {
  const world = worldOf("snapshot");
  world.save();
  const resumed = world.resume([fragile()]);
  assert.equal(resumed.pod("other")?.status?.phase, "Running");
  assert.equal(resumed.log("other", "main")![0], "args listen=80");
  assert.ok(resumed.log("web", "main")!.includes("panic: broken in snapshot"));
  resumed.wait(30);
  assert.ok(main(resumed).restartCount >= 1);
  resumed.close();
});

Deno.test("a program that breaks when it is taken up again is a crashed container", () => {
  const world = worldOf("resume");
  world.save();
  const resumed = world.resume([fragile()]);
  assert.deepEqual(resumed.faults, ["container default/web/main: broken in resume"]);
  resumed.wait(60);
  assert.equal(main(resumed).restartCount, 1);
  assert.equal(main(resumed).state.running !== undefined, true, "and started anew without it");
  assert.equal(resumed.pod("other")?.status?.phase, "Running");
  resumed.close();
});

Deno.test("a snapshot that cannot be read is as none", () => {
  const world = worldOf("resume");
  world.save();
  const uid = world.pod("web")!.metadata.uid;
  world.state.put(`kubelet/program/${uid}/main`, '{"kept":');
  world.state.put(`kubelet/pod/${world.pod("other")!.metadata.uid}`, "{");
  const resumed = world.resume([fragile()]).wait(30);
  assert.deepEqual(resumed.faults, []);
  assert.equal(main(resumed).restartCount, 0);
  assert.equal(resumed.pod("other")?.status?.phase, "Running");
  resumed.close();
});

Deno.test("a container whose image is gone when it is taken up again ends, and cannot be pulled", () => {
  const world = new World(undefined, { programs: [{ ...IDLE, name: "own", images: ["own"] }] });
  world.create(podOf("web", { containers: [{ name: "main", image: "own:1" }] }));
  world.wait(10).save();
  const resumed = world.resume().wait(90);
  assert.match(main(resumed).state.waiting.reason, /^(ErrImagePull|ImagePullBackOff)$/);
  assert.equal(main(resumed).lastState.terminated.exitCode, 137);
  assert.equal(resumed.log("web", "main", { previous: false })?.[0], "args ");
  resumed.close();
});

Deno.test("a pod that finds no address left on its node is told so, and gets one later", () => {
  const world = new World();
  const batch = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const spec = { ...idle(["exit=0"]), restartPolicy: "Never", nodeName: "hpa-practice-worker" };
      world.api.create("pods", podOf(`done-${i}`, spec));
    }
    world.wait(30);
  };
  for (let from = 0; from < 250; from += 50) batch(from, from + 50);
  batch(250, 253);
  world.create(podOf("late", { ...idle(), nodeName: "hpa-practice-worker" }));
  world.wait(30);
  const [event] = world.events("late").filter((one) => one.startsWith("FailedCreatePodSandBox"));
  assert.match(event, /no IP addresses available in range set: 10\.244\.1\.1-10\.244\.1\.254$/);
  for (let i = 0; i < 5; i++) {
    world.api.delete("pods", "default", `done-${i}`, { gracePeriodSeconds: 0 });
  }
  world.wait(60);
  assert.equal(world.pod("late")?.status?.phase, "Running");
  world.close();
});
