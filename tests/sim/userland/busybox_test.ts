import assert from "node:assert/strict";
import { busyboxImage } from "../../../lib/sim/userland/mod.ts";
import { ShellContainer } from "./_container.ts";

const read = (name: string) => Deno.readTextFileSync(new URL(`testdata/${name}`, import.meta.url));

Deno.test("the shell and its tools print what a real busybox printed for the same scripts", () => {
  const scripts = read("scripts.txt").trimEnd().split("\n----\n");
  const [, ...lines] = read("busybox.txt").split("\n");
  const expected = lines.join("\n").trimEnd().split(/\n----(?:\n|$)/);
  for (const [i, script] of scripts.entries()) {
    const container = new ShellContainer(busyboxImage, { reference: "busybox:1.35.0" });
    const output = container.run(script).replace(/^BusyBox v.*$/gm, "BusyBox <version>");
    assert.equal(`${output}[${container.exitCode}]`, expected[i], script);
  }
});
