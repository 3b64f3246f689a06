import assert from "node:assert/strict";
import { BUSYBOX, ShellContainer } from "./_container.ts";

const read = (name: string) => Deno.readTextFileSync(new URL(`testdata/${name}`, import.meta.url));

Deno.test("the shell and its tools print what a real busybox printed for the same scripts", () => {
  const scripts = read("scripts.txt").trimEnd().split("\n----\n");
  const [, ...lines] = read("busybox.txt").split("\n");
  const expected = lines.join("\n").trimEnd().split(/\n----(?:\n|$)/);
  for (const [i, script] of scripts.entries()) {
    const container = new ShellContainer(BUSYBOX, { reference: "busybox:1.35.0" });
    const output = container.run(script).replace(/^BusyBox v.*$/gm, "BusyBox <version>");
    assert.equal(`${output}[${container.exitCode}]`, expected[i], script);
  }
});

Deno.test("a script that computes without end moves time on, and uses a whole core", () => {
  for (
    const script of [
      "while true; do :; done",
      "yes > /dev/null",
      "dd if=/dev/zero of=/dev/null",
      "cat /dev/urandom | md5sum",
      "f() { f; }; while true; do echo x > /dev/null; done",
    ]
  ) {
    const container = new ShellContainer(BUSYBOX).start(["sh", "-c", script]);
    container.wait(20);
    assert.equal(container.exitCode, undefined, script);
    const cores = container.usage.at(-1)! / 1000;
    assert.ok(cores > 0.9 && cores <= 1, `${script}: ${cores}`);
  }
});

Deno.test("a loop that sleeps uses little of a core, and a long sleep nothing", () => {
  const busy = new ShellContainer(BUSYBOX).start(["sh", "-c", "while sleep 0.1; do :; done"]);
  busy.wait(20);
  assert.ok(busy.usage.at(-1)! < 20, String(busy.usage));
  const idle = new ShellContainer(BUSYBOX).start([
    "sh",
    "-c",
    "seq 1000 >/dev/null; sleep 60",
  ]);
  idle.wait(10);
  assert.equal(idle.usage.at(-1), 0);
});
