import assert from "node:assert/strict";
import { lockHome, openHostPort, openSandbox, Pump } from "../../lib/labs/mod.ts";
import { VirtualClock } from "../../lib/base/mod.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("lockHome() names who holds a home, and lets go", () =>
  withFolder((folder) => {
    const lock = lockHome(folder, "tutor exec");
    assert.throws(() => lockHome(folder, "other"), (error: Error) => {
      assert.equal(error.name, "HomeInUseError");
      assert.match(error.message, new RegExp(`"tutor exec" \\(process ${Deno.pid}`));
      assert.match(error.message, /--home DIR/);
      return true;
    });
    lock.release();
    lockHome(folder, "again").release();
    return Promise.resolve();
  }));

/** A port that is taken, below those that are tried in its place. */
function takenPort(): Deno.TcpListener {
  for (;;) {
    try {
      return Deno.listen({
        hostname: "127.0.0.1",
        port: 20_000 + Math.floor(Math.random() * 9_000),
      });
    } catch {
      // Somebody else has that one.
    }
  }
}

Deno.test("A busy host port is open under another number, and answers there as itself", async () => {
  const taken = takenPort();
  const { port } = taken.addr;
  const open = await openHostPort(port, ({ url }) => Promise.resolve(new Response(url)));
  try {
    assert.deepEqual([open.port, open.state], [port, "open"]);
    assert.ok(open.at !== undefined && open.at > port);
    const answer = await fetch(`http://127.0.0.1:${open.at}/x?y`);
    assert.equal(await answer.text(), `http://127.0.0.1:${port}/x?y`);
  } finally {
    await open.close();
    taken.close();
  }
});

Deno.test("A host port for which none is free is named; a free one answers local names only", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 65_500 });
  const number = taken.addr.port;
  const port = await openHostPort(number, () => Promise.resolve(new Response("")));
  assert.equal(port.state, "busy");
  taken.close();
  const open = await openHostPort(number, async ({ url }) => {
    if (url.endsWith("/none")) throw new TypeError("connect: connection refused");
    return new Response("hello");
  });
  const get = async (path: string, host?: string, fetch = "") => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: number });
    const name = host ?? `127.0.0.1:${number}`;
    await connection.write(
      new TextEncoder().encode(
        `GET ${path} HTTP/1.1\r\nHost: ${name}\r\n${fetch}Connection: close\r\n\r\n`,
      ),
    );
    const text = await new Response(connection.readable).text();
    return text;
  };
  assert.match(await get("/"), /^HTTP\/1\.1 200[^]*hello/);
  assert.match(await get("/", "evil.example:80"), /^HTTP\/1\.1 403/);
  const image =
    "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n";
  const query = "/api/v1/query?time=1e300&query=up[1d:1h]";
  assert.match(await get(query, undefined, image), /^HTTP\/1\.1 403/, "an image of another page");
  assert.match(await get("/none"), /^HTTP\/1\.1 502[^]*connection refused/);
  await open.close();
});

Deno.test("Busy host ports are told of together, and once", () =>
  withFolder(async (homeDir) => {
    const taken = [takenPort(), takenPort()];
    const ports = taken.map(({ addr }) => addr.port);
    const told: unknown[] = [];
    const lab = await openSandbox({
      homeDir,
      hostPorts: true,
      onNotice: (notice) => notice.kind === "ports" && told.push(notice.ports.map((p) => p.port)),
    });
    try {
      const extraPortMappings = ports.map((hostPort) => ({ hostPort, containerPort: 30950 }));
      for (let time = 0; time < 2; time++) {
        await lab.createCluster("one", { config: { nodes: [{ extraPortMappings }] } });
        await lab.deleteCluster("one");
      }
      assert.deepEqual(told, [ports]);
    } finally {
      await lab.close();
      taken.forEach((listener) => listener.close());
    }
  }));

Deno.test("Pump moves time by the speed, stops when held or idle, and saves now and then", async () => {
  let nowMs = 0;
  let wallMs = 0;
  let saves = 0;
  const idle: boolean[] = [];
  const pump = new Pump({ now: () => nowMs, advanceTo: (toMs) => void (nowMs = toMs) }, 10, {
    wall: () => wallMs,
    idleMinutes: 1,
    onIdle: (now) => idle.push(now),
    onAutosave: () => saves++,
  });
  const tick = (passedMs: number) => {
    wallMs += passedMs;
    pump.tick();
  };
  tick(50);
  assert.equal(nowMs, 500);
  pump.speed = 0;
  tick(50);
  assert.equal(nowMs, 500);
  pump.speed = 60;
  tick(50);
  assert.equal(nowMs, 3_500);
  await pump.hold(() => Promise.resolve(tick(50)));
  assert.equal(nowMs, 3_500);
  tick(6_000);
  assert.equal(nowMs, 63_500, "a laptop that slept does not catch up");
  assert.equal(saves, 1);
  tick(61_000);
  assert.deepEqual([nowMs, idle], [63_500, [true]]);
  pump.touch();
  tick(50);
  assert.deepEqual([nowMs, idle], [66_500, [true, false]]);
});

Deno.test("Pump moves a clock of whole milliseconds once a tick, and loses no part of one", () => {
  const clock = new VirtualClock(0);
  let wallMs = 0;
  let calls = 0;
  const counted = {
    now: () => clock.now(),
    advanceTo(toMs: number) {
      assert.ok(++calls < 100, "the pump turns on the spot");
      clock.advanceTo(toMs);
    },
  };
  const pump = new Pump(counted, 3, { wall: () => wallMs });
  for (let tick = 0; tick < 8; tick++) {
    wallMs += 50.125;
    pump.tick();
  }
  assert.deepEqual([clock.now(), calls], [8 * 50.125 * 3, 8]);
});

/** A clock of which each slice takes 5 ms, and the wall that they take them from. */
function slowPump(): { pump: Pump; lab: { nowMs: number; wallMs: number }; rest(): Promise<void> } {
  const lab = { nowMs: 0, wallMs: 50 };
  const slow = {
    now: () => lab.nowMs,
    advanceTo: (toMs: number) => void (lab.nowMs = toMs, lab.wallMs += 5),
  };
  const pump = new Pump(slow, 600, { wall: () => lab.wallMs });
  lab.wallMs += 50;
  return { pump, lab, rest: () => new Promise((resolve) => setTimeout(resolve, 100)) };
}

Deno.test("Pump gives the event loop back when the clock is slower than asked, again and again within a tick", async () => {
  const { pump, lab, rest } = slowPump();
  pump.tick();
  assert.ok(lab.wallMs <= 100 + 5, `${lab.wallMs}`);
  const { nowMs } = lab;
  await rest();
  assert.ok(lab.wallMs <= 100 + 25, `${lab.wallMs}`);
  assert.ok(lab.nowMs > nowMs && lab.nowMs < 30_000);
});

for (
  const [what, leave] of Object.entries<(pump: Pump) => unknown>({
    "the lab stops": (pump) => pump.stop(),
    "somebody else moves the clock": (pump) => pump.hold(() => Promise.resolve()),
    "the clock is to stand still": (pump) => pump.speed = 0,
  })
) {
  Deno.test(`Pump leaves the rest of a tick where ${what}`, async () => {
    const { pump, lab, rest } = slowPump();
    pump.tick();
    const { nowMs } = lab;
    await leave(pump);
    await rest();
    assert.equal(lab.nowMs, nowMs);
  });
}

Deno.test("Sandbox keeps lab time while there is no cluster, and refuses as kubectl is refused", () =>
  withFolder(async (folder) => {
    const startMs = Date.UTC(2026, 0, 1);
    const lab = await openSandbox({ homeDir: folder, startMs });
    await lab.clock.advance(90_000);
    assert.equal(lab.clock.now(), startMs + 90_000);
    lab.state.put("tutor/note", "kept");
    await lab.close();
    const again = await openSandbox({ homeDir: folder });
    assert.equal(again.clock.now(), startMs + 90_000);
    assert.equal(again.state.get("tutor/note"), "kept");
    await again.close();
  }));

Deno.test("Sandbox goes back to a snapshot with the learner's records, and that can be undone", () =>
  withFolder(async (homeDir) => {
    const lab = await openSandbox({ homeDir });
    assert.deepEqual(await lab.snapshots(), []);
    lab.state.put("tutor/progress", "first");
    lab.state.put("sandbox/kept", "of the home");
    await lab.snapshot("01-first");
    lab.state.put("tutor/progress", "second");
    lab.state.put("files/a", "text");
    lab.state.put("sandbox/kept", "as it was");
    await lab.lines.begin("a line");
    await lab.createCluster("hpa-practice", {});
    lab.lines.end(true);
    await lab.lines.begin("the way back");
    assert.deepEqual((await lab.snapshots()).map(({ name }) => name), ["01-first"]);
    await lab.goBackTo("01-first");
    assert.deepEqual(await lab.clusters(), []);
    assert.deepEqual(
      ["tutor/progress", "files/a", "sandbox/kept"].map((key) => lab.state.get(key)),
      ["first", undefined, "as it was"],
    );
    lab.lines.end(true);
    await lab.lines.undo(1);
    assert.deepEqual(await lab.clusters(), ["hpa-practice"]);
    assert.equal(lab.state.get("tutor/progress"), "second");
    await assert.rejects(lab.goBackTo("02-nope"), Deno.errors.NotFound);
    await lab.close();
  }));

Deno.test("Sandbox keeps the speed of its clock", () =>
  withFolder(async (homeDir) => {
    const first = await openSandbox({ homeDir });
    assert.equal(first.clock.speed, 10);
    first.clock.setSpeed(0);
    await first.save();
    await first.close();
    const second = await openSandbox({ homeDir });
    assert.equal(second.clock.speed, 0);
    await second.close();
  }));

Deno.test("Sandbox.clock.advance() yields, tells how far it is, and ends when aborted", () =>
  withFolder(async (folder) => {
    const lab = await openSandbox({ homeDir: folder });
    const startMs = lab.clock.now();
    const controller = new AbortController();
    const done: number[] = [];
    await lab.clock.advance(60_000, { onProgress: (doneMs) => done.push(doneMs) });
    assert.equal(done.at(-1), 60_000);
    setTimeout(() => controller.abort(), 5);
    await lab.clock.advance(1e12, { signal: controller.signal });
    assert.ok(lab.clock.now() - startMs < 1e12);
    await lab.close();
  }));

Deno.test("Sandbox.clock.hurry() stops soon after what it waits for", () =>
  withFolder(async (folder) => {
    const lab = await openSandbox({ homeDir: folder });
    const startMs = lab.clock.now();
    const result = lab.clock.hurry(
      new Promise<string>((resolve) => {
        const look = () =>
          lab.clock.now() - startMs >= 20_000 ? resolve("there") : setTimeout(look, 0);
        look();
      }),
    );
    assert.equal(await result, "there");
    await lab.close();
  }));

Deno.test("A state file that is none is told of, and left as it is", () =>
  withFolder(async (folder) => {
    const text = "this is not a database, not at all".repeat(50);
    await Deno.writeTextFile(`${folder}/state.db`, text);
    await assert.rejects(() => openSandbox({ homeDir: folder }), (error: Error) => {
      assert.equal(error.name, "StateError");
      assert.match(error.message, /state\.db is no database\. It is left as it is\./);
      return true;
    });
    assert.equal(await Deno.readTextFile(`${folder}/state.db`), text);
    // The home is free again.
    lockHome(folder, "a test").release();
  }));

Deno.test("Each cluster of a lab has names of its own, and another lab's first has those of the first", async () => {
  const tokens = async (homeDir: string) => {
    const lab = await openSandbox({ homeDir, seed: 7, startMs: Date.UTC(2026, 0, 1) });
    const uids: string[] = [];
    for (let number = 0; number < 2; number++) {
      await lab.createCluster("one", {});
      const response = await lab.api(new Request("https://lab/api/v1/namespaces/default"));
      uids.push((await response.json()).metadata.uid);
      await lab.deleteCluster("one");
    }
    await lab.close();
    return uids;
  };
  await withFolder((one) =>
    withFolder(async (other) => {
      const [first, second] = await tokens(one);
      assert.notEqual(first, second);
      assert.deepEqual(await tokens(other), [first, second]);
    })
  );
});

Deno.test("A cluster whose program cannot be loaded is tried a few times, and then told of", () =>
  withFolder(async (homeDir) => {
    const told: string[] = [];
    const lab = await openSandbox({
      homeDir,
      worker: new URL("data:application/javascript,throw new Error('no such program')"),
      permissions: {},
      onNotice: ({ kind }) => told.push(kind),
    });
    await assert.rejects(lab.ready(), { name: "PeerGoneError", message: /no such program/ });
    assert.deepEqual(told, ["brought-back", "brought-back", "frozen"]);
    await lab.close();
  }));
